"""Mistakes that learners make in the lab's own cells, and what check says of them."""

import re

import pytest

from chainrule.checking.verdict import Verdict
from chainrule.lab._release import notebooks
from chainrule.lab._sources import parts
from notebook_cells import Notebook

IMPORTS = (
    "import numpy as np\n"
    "from chainrule import check, dsigmoid, load_digits, nll, one_hot, sigmoid, softmax\n"
)


def judged(part: int, name: str, right: str, wrong: str, hint: int = 1) -> Verdict:
    """The verdict on the cell of the solution that defines a name, with a line changed."""
    content = notebooks(solutions=True)[f"{parts()[part - 1].name}.ipynb"]
    (cell,) = (
        c["source"]
        for c in content["cells"]
        if re.search(rf"^(def|class) {name}\b", c["source"], re.MULTILINE)
        and "exercise" in c["metadata"].get("tags", [])
    )
    assert right in cell
    notebook = Notebook(IMPORTS, cell.replace(right, wrong))
    verdict = notebook.run(f"result = check({name}, hint={hint})")
    assert isinstance(verdict, Verdict)
    return verdict


def wrong(verdict: Verdict) -> dict[str, tuple[str, ...]]:
    return {f.name.split(".")[-1]: f.faults for f in verdict if f.passed is False}


@pytest.mark.parametrize(
    ("part", "name", "right", "mistaken", "expected"),
    [
        (1, "one_hot", "[y]", "[:, y]", {"one_hot": ("one-hot-wrong",)}),
        (3, "LogisticRegression", "X.T @ grad_z", "X @ grad_z",
         {"grad_loss": ("grad-transposed",)}),
        (3, "LogisticRegression", "y_pred - y_true", "y_true - y_pred",
         {"grad_loss": ("grad-output-sign",)}),
        (6, "NeuralNet", "h.T @ grad_z_o", "z_h.T @ grad_z_o",
         {"grad_loss": ("grad-preactivation",)}),
        (6, "NeuralNet", "X.T @ grad_z_h", "X.T @ grad_h",
         {"grad_loss": ()}),
        (6, "NeuralNet", "y_pred - t", "y_pred - y", {"grad_loss": ()}),
        (6, "NeuralNet", "nll(one_hot(self.output_size, y), ", "nll(y, ", {"loss": ()}),
        (9, "DeepNet", "grad_z_h2 @ self.W_h2.T", "grad_h2 @ self.W_h2.T",
         {"grad_loss": ("grad-hidden-no-derivative",)}),
        (9, "DeepNet", "h @ self.W_h2", "x @ self.W_h", {"forward": ()}),
    ],
)  # fmt: skip
def test_each_is_found_where_it_is(
    part: int, name: str, right: str, mistaken: str, expected: dict[str, tuple[str, ...]]
) -> None:
    assert wrong(judged(part, name, right, mistaken)) == expected


def test_what_builds_on_an_unknown_forward_pass_is_left_until_that_is_right() -> None:
    verdict = judged(9, "DeepNet", "sigmoid(z_h2)", "sigmoid(2 * z_h2)")
    found = {f.name: f for f in verdict}
    assert found["DeepNet.forward"].passed is False
    assert found["DeepNet.grad_loss"].passed is None
    assert "it is judged once that is right" in found["DeepNet.grad_loss"].message(1)


def test_one_layer_has_no_names_of_two() -> None:
    said = repr(judged(3, "LogisticRegression", "y_pred - y_true", "y_true - y_pred", 3))
    assert "`grad_z`" in said
    assert "grad_z_o" not in said.split("Right")[0]


def test_what_is_right_is_shown_for_the_layer_where_the_mistake_is() -> None:
    verdict = judged(9, "DeepNet", "grad_h2 * dsigmoid(z_h2)", "grad_h2 * dsigmoid(h2)", 3)
    said = " ".join(repr(verdict).split())
    assert "in place of `grad_h2 * dsigmoid(z_h2)`" in said
    assert "Right: `grad_z_h = " not in said


def test_a_mistake_without_a_name_is_answered_at_every_hint() -> None:
    hints = [repr(judged(2, "nll", "-np.sum(", "-0.7 * np.sum(", hint)) for hint in (1, 2, 3)]
    assert "More: check(…, hint=2)" in hints[0]
    assert "Right would be" in hints[1]
    assert "Right: `-np.sum(Y_true * np.log(np.clip(Y_pred, 1e-15, 1)))`" in " ".join(
        hints[2].split()
    )


@pytest.mark.parametrize(
    ("part", "name", "right", "mistaken", "said"),
    [
        (2, "softmax", "return exp / ", "exp / ", "returns no numbers: is a `return` missing?"),
        (2, "softmax", "return exp / exp.sum(axis=-1, keepdims=True)", "return np.argmax(X)",
         "its shape is ()"),
        (2, "nll", "1e-15, 1 - 1e-15", "0.01, 0.99", "is a probability kept too far off 0?"),
        (5, "NeuralNet", "X @ self.W_h +", "X @ W_h +", "Did you mean `self.W_h`?"),
        (6, "NeuralNet", "grad_W_o = h.T @ grad_z_o", "grad_W_o = h @ grad_z_o.T",
         "the shapes do not fit for a matrix product"),
    ],
)  # fmt: skip
def test_what_is_said_helps(part: int, name: str, right: str, mistaken: str, said: str) -> None:
    verdict = judged(part, name, right, mistaken)
    assert not verdict
    assert said in " ".join(repr(verdict).split())


def test_a_name_that_holds_something_else_is_told() -> None:
    notebook = Notebook(IMPORTS, "one_hot = one_hot(3, 1)")
    said = repr(notebook.run("result = check(one_hot)"))
    assert "`one_hot` is no function any more: the name now holds an array" in " ".join(
        said.split()
    )
    notebook = Notebook(IMPORTS, "np = 1", "def one_hot(n, y):\n    return np.eye(n)[y]\n")
    (finding,) = notebook.run("result = check(one_hot)")
    assert finding.passed is None
    assert "run `import numpy as np` again" in finding.message(1)
