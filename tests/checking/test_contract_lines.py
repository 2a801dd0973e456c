"""The lines of an answer by the lab's contract: which is wrong, and which is to be deleted."""

import re

import pytest

from exercise_cells import START, in_a_line, in_a_notebook, learners_cell
from lab_answers import IMPORTS, LAB, Answer
from notebook_cells import Notebook

_SHIFTED_IN_X = ("    shifted = X - X", "    X = X - X")
_WRONG_BELOW = ('"W_o": grad_W_o', '"W_o": grad_W_o.T')
_HALVED = ("        grad_W_o = ", "        h = h / 2\n        grad_W_o = ")
_WRITTEN_INTO = """grad_z_o = y_pred.copy()
        grad_z_o[np.arange(len(y)), y] -= 1"""
_IN_A_LOOP = """grad_b_o = np.zeros(self.output_size)
        for row in grad_z_o:
            grad_b_o += row"""
_USED_TWICE: dict[str, tuple[str, tuple[tuple[str, str], ...]]] = {
    "an argument": (
        "softmax",
        (
            _SHIFTED_IN_X,
            ("    exp = np.exp(shifted)\n", "    ...\n"),
            ("    return exp / exp.sum(axis=-1, keepdims=True)", ""),
        ),
    ),
    "an argument, and the lines below it": (
        "softmax",
        (_SHIFTED_IN_X, ("np.exp(shifted)", "np.exp(X)"), ("exp.sum(axis=-1,", "exp.sum(axis=0,")),
    ),
    "written into": ("NeuralNet", (("grad_z_o = y_pred - t", _WRITTEN_INTO), _WRONG_BELOW)),
    "in a loop": ("NeuralNet", (("grad_b_o = grad_z_o.sum(axis=0)", _IN_A_LOOP), _WRONG_BELOW)),
    "and read": ("NeuralNet", (_HALVED,)),
}


@pytest.mark.parametrize("name", _USED_TWICE)
def test_a_line_is_not_called_wrong_for_a_name_that_is_used_twice(name: str) -> None:
    exercise, changes = _USED_TWICE[name]
    verdict = in_a_notebook(Answer(exercise, changes, {}))
    assert not verdict
    assert "| WRONG" not in repr(verdict)


def test_what_has_no_name_that_is_used_twice_is_called_wrong_all_the_same() -> None:
    changes = (_HALVED, ("grad_W_h = X.T @ grad_z_h", "grad_W_h = X.T @ grad_h"))
    said = repr(in_a_notebook(Answer("NeuralNet", changes, {})))
    assert re.findall(r"\| WRONG +(\w+)", said) == ["grad_W_h"]


def test_the_table_of_lines_is_data_too() -> None:
    changes = (
        ("grad_W_o = h.T @ grad_z_o", "grad_W_o = z_h.T @ grad_z_o"),
        ("grad_b_h = grad_z_h.sum(axis=0)", "grad_b_h = ..."),
    )
    results = in_a_notebook(Answer("NeuralNet", changes, {})).to_dict()["results"]
    (lines,) = (r["lines"] for r in results if r["name"] == "NeuralNet.grad_loss")
    table = {one["code"].partition(" = ")[0]: (one["verdict"], one["shape"]) for one in lines}
    assert table["grad_z_o"] == ("right", [6, 3])
    assert table["grad_W_o"] == ("wrong", [4, 3])
    assert table["grad_W_h"] == ("right", [2, 4])
    assert table["grad_b_h"] == ("not yet", [4])
    numbers = [one["line"] for one in lines]
    assert numbers == sorted(numbers)
    (wrong,) = (one for one in lines if one["verdict"] == "wrong")
    assert "is right" in wrong["message"]
    assert not any(r["lines"] for r in results if r["passed"])


def test_a_line_is_not_called_wrong_for_want_of_one_that_is_still_to_be_written() -> None:
    changes = (("grad_z_o = y_pred - t", "off = ...\n        grad_z_o = off * 1.0"),)
    verdict = in_a_notebook(Answer("NeuralNet", changes, {}))
    assert "| WRONG" not in repr(verdict)
    assert {f.name: f.passed for f in verdict}["NeuralNet.grad_loss"] is None


_FORWARD = """        z = X @ self.W + self.b  # (N, K)
        return softmax(z)
"""
_IN_ONE_LINE = "        return softmax(X @ self.W + self.b)\n"
_RAISE = "        raise NotImplementedError  # your code here\n"
_FIRST = "        grads = self.grad_loss(X, y)\n"
_LAST = '        self.b_o -= learning_rate * grads["b_o"]\n'


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("LogisticRegression.forward", (_FORWARD, _RAISE + _FORWARD)),
        ("LogisticRegression.forward", (_FORWARD, _FORWARD + _RAISE)),
        ("LogisticRegression.forward", (_FORWARD, _RAISE + _IN_ONE_LINE)),
        ("LogisticRegression.forward", (_FORWARD, _IN_ONE_LINE + _RAISE)),
        ("NeuralNet.train", (_FIRST, _RAISE + _FIRST)),
        ("NeuralNet.train", (_LAST, _LAST + _RAISE)),
        ("sigmoid", ("    return 1", "    raise NotImplementedError\n    return 1")),
    ],
)
def test_a_raise_above_or_below_right_code_is_to_be_deleted(
    name: str, change: tuple[str, str]
) -> None:
    verdict = in_a_notebook(Answer(name.partition(".")[0], (change,), {}))
    finding = next(f for f in verdict if f.name == name)
    said = in_a_line(finding.message(1))
    assert finding.passed is None
    assert "Delete the line `raise NotImplementedError`" in said
    assert "your code is right without it" in said


@pytest.mark.parametrize("text", [_RAISE, "        Z = X @ self.W + self.b\n" + _RAISE])
def test_what_is_given_waits_for_a_forward_that_is_begun_as_for_one_that_is_not(
    text: str,
) -> None:
    whole, empty = (
        LAB.exercises["LogisticRegression"].solution,
        learners_cell("LogisticRegression"),
    )
    for begun in (whole.replace(_FORWARD, text), empty.replace(_RAISE, text, 1)):
        assert begun.count(text)
        notebook = Notebook(START.format(3), IMPORTS, begun)
        found = {f.name.partition(".")[2]: f for f in notebook.run(
            "result = check(LogisticRegression)")}  # fmt: skip
        assert found["forward"].passed is None
        assert "not right" not in found["forward"].message(1)
        for method in ("predict", "accuracy"):
            assert found[method].passed is None
            assert "waits for what it calls" in found[method].reason
