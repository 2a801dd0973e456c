"""The judge on what the lab asks for around the networks."""

from pathlib import Path
from typing import Any

import pytest

from chainrule.checking.diagnosis.judge import judge
from chainrule.checking.learner.remote import RemoteDesk
from notebook_cells import Notebook

EPOCH = """
import numpy as np
from chainrule import one_hot

def train_epoch(model, X, y, learning_rate):
    for i in range(len(X)):
        x, t = X[i : i + 1], one_hot(model.output_size, y[i : i + 1])
        grad_W, grad_b = model.grad_loss(x, t, model.forward(x))
        model.W -= learning_rate * grad_W
        model.b -= learning_rate * grad_b
"""
SLOPE = """
def finite_difference(model, X, y, name, place, step=1e-5):
    parameter = getattr(model, name)
    value = parameter[place]
    parameter[place] = value + step
    above = model.loss(X, y)
    parameter[place] = value - step
    below = model.loss(X, y)
    parameter[place] = value
    return (above - below) / (2 * step)
"""
WORST = """
import numpy as np

def worst_predictions(model, X, y, n):
    p = model.forward(X)[np.arange(len(X)), y]
    return np.argsort(p)[:n]
"""
RIGHT = {"train_epoch": EPOCH, "finite_difference": SLOPE, "worst_predictions": WORST}


def judged(code: str) -> Any:
    (found,) = Notebook(code).run("result = check()")
    return found


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_passes(name: str) -> None:
    found = judged(RIGHT[name])
    assert (found.name, found.passed, found.message()) == (name, True, "")


@pytest.mark.parametrize("name", RIGHT)
def test_a_file_is_judged_as_a_notebook_is(name: str, tmp_path: Path) -> None:
    path = tmp_path / "lab.py"
    path.write_text(RIGHT[name])
    with RemoteDesk(path) as desk:
        (found,) = judge(desk)
    assert (found.name, found.passed) == (name, True)


@pytest.mark.parametrize(
    ("name", "right", "wrong", "said"),
    [
        ("train_epoch", "model.W -=", "model.W +=", ""),
        ("train_epoch", "        model.b -= learning_rate * grad_b\n", "", "parameter"),
        ("train_epoch", "range(len(X))", "range(len(X) - 1)", "leaves out the last sample"),
        ("train_epoch", "range(len(X))", "range(1, len(X))", "leaves out the first sample"),
        ("train_epoch", "X[i : i + 1]", "X[0:1]", ""),
        ("train_epoch", "        model.b", "    model.b", ""),
        ("train_epoch", "model.b -= learning_rate * grad_b", "return", ""),
        ("train_epoch", "learning_rate * grad", "grad", ""),
        ("finite_difference", "(2 * step)", "step", "two steps apart"),
        ("finite_difference", "(2 * step)", "2 * step", "a bracket is missing"),
        ("finite_difference", "above - below", "below - above", "the sign turned round"),
        ("finite_difference", "= value - step", "= value", "move it by −step"),
        ("finite_difference", "    parameter[place] = value\n", "", "leaves the model changed"),
        ("finite_difference", "    return", "    result =", "return"),
        ("worst_predictions", "argsort(p)", "argsort(-p)", "gives the best first"),
        ("worst_predictions", "np.argsort(p)[:n]", "np.argsort(-p)[-n:]", "the worst"),
        ("worst_predictions", "np.argsort(p)[:n]", "np.argsort(p)", "where the first n"),
        ("worst_predictions", "[np.arange(len(X)), y]", ".max(axis=1)", "how sure the model is"),
        ("worst_predictions", "np.argsort(p)[:n]", "np.sort(-np.log(p))[::-1][:n]", "losses"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said(name: str, right: str, wrong: str, said: str) -> None:
    assert right in RIGHT[name]
    found = judged(RIGHT[name].replace(right, wrong))
    assert found.passed is False
    assert said in found.message(1)
    assert "\n" not in found.message(1).strip() or found.faults


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("-= learning_rate", "+= learning_rate"), "train-sign"),
        (("        model.b -= learning_rate * grad_b\n", ""), "train-missing-parameter"),
        (("        model.W -= learning_rate * grad_W\n", ""), "train-missing-parameter"),
        (("learning_rate * grad", "1.0 * grad"), "train-learning-rate"),
        (("grad_W, grad_b =", "grad_w, grad_b ="), "misspelt-name"),
    ],
)
def test_a_known_mistake_in_the_loop_is_named(change: tuple[str, str], fault: str) -> None:
    assert judged(EPOCH.replace(*change)).faults == (fault,)


def test_blanks_are_not_judged() -> None:
    for name, code in RIGHT.items():
        header = next(line for line in code.split("\n") if line.startswith("def"))
        found = judged(f"{header}\n    raise NotImplementedError\n")
        assert (found.name, found.passed, found.faults) == (name, None, ("not-implemented",))


def test_other_functions_of_these_names_are_not_the_labs() -> None:
    assert not list(
        Notebook("def train_epoch(net, data):\n    return 3\n").run("result = check()")
    )


def test_a_wrong_one_hot_does_not_spoil_the_loop() -> None:
    code = "import numpy as np\ndef one_hot(n, y):\n    return np.zeros((np.size(y), n))\n"
    found = Notebook(code + EPOCH.replace("from chainrule import one_hot", "")).run(
        "result = check()"
    )
    assert {f.name: f.passed for f in found} == {"one_hot": False, "train_epoch": True}
