"""The judge on what the lab asks for around the networks: a loop, a slope, a look at the worst."""

from pathlib import Path

import pytest

from chainrule.checking.diagnosis.judge import judge
from chainrule.checking.learner.remote import RemoteDesk
from exercise_cells import START, in_a_line, in_a_notebook
from lab_answers import IMPORTS, LAB, Answer
from notebook_cells import Notebook

EXERCISES = ("train_epoch", "finite_difference", "worst_predictions")
IMAGE = "X[i : i + 1], one_hot(model.output_size, y[i : i + 1])"
RANKED = "np.argsort(-losses)[:n]"


@pytest.mark.parametrize(
    ("name", "right", "wrong", "said"),
    [
        ("train_epoch", IMAGE, "X[i : i + 1], y[i : i + 1]", "is given labels"),
        ("train_epoch", IMAGE, "X, one_hot(model.output_size, y)", "with all images"),
        ("train_epoch", IMAGE, IMAGE.replace("i : i + 1", "0:1"), "with the first image"),
        ("train_epoch", "range(len(X))", "range(len(X) - 1)", "the last image is left out"),
        ("train_epoch", "range(len(X))", "range(1, len(X))", "the first image is left out"),
        ("train_epoch", "* grad_b", "* grad_b\n        return", "ends with its first image"),
        ("train_epoch", "-= learning_rate", "-= learning_rate / len(X)", "divided by the number"),
        ("finite_difference", "(2 * step)", "step", "two steps apart"),
        ("finite_difference", "(2 * step)", "2 * step", "a bracket is missing"),
        ("finite_difference", " / (2 * step)", "", "not yet divided"),
        ("finite_difference", "above - loss_below", "below - loss_above", "sign is turned round"),
        ("finite_difference", "= value - step", "= value", "where the weight was at first"),
        ("finite_difference", "= value + step", "= value", "It gives"),
        ("worst_predictions", "-losses", "losses", "the best predictions come first"),
        ("worst_predictions", RANKED, "np.argsort(losses)[-n:]", "the worst of them comes last"),
        ("worst_predictions", RANKED, "np.argsort(-losses)", "where the first n are asked for"),
        ("worst_predictions", RANKED, "np.sort(losses)[::-1][:n]", "losses are returned"),
        ("worst_predictions", "[np.arange(len(y)), y]", ".max(axis=1)", "how sure the model is"),
        ("worst_predictions", "[:n]", "[1 : n + 1]", "the very worst is left out"),
    ],
)  # fmt: skip
def test_what_was_written_instead_is_said(name: str, right: str, wrong: str, said: str) -> None:
    (finding,) = in_a_notebook(Answer(name, ((right, wrong),), {}))
    assert finding.passed is False
    assert said in in_a_line(finding.message(1))


def test_one_step_for_all_images_is_told_from_one_for_each() -> None:
    loop = f"for i in range(len(X)):\n        x, t = {IMAGE}"
    together = "if True:\n        x, t = X, one_hot(model.output_size, y)"
    for mean in ((), (("-= learning_rate", "-= 1 / len(X) * learning_rate"),)):
        (finding,) = in_a_notebook(Answer("train_epoch", ((loop, together), *mean), {}))
        assert "one step is taken for all images together" in finding.message(1)


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        ("-= learning_rate", "+= learning_rate", "train-sign"),
        ("W -= learning_rate", "W += learning_rate", "train-sign"),
        ("b -= learning_rate", "b += learning_rate", "train-sign"),
        ("model.b -= learning_rate * grad_b", "", "train-missing-parameter"),
        ("model.W -= learning_rate * grad_W", "", "train-missing-parameter"),
        ("grad_W, grad_b =", "grad_w, grad_b =", "misspelt-name"),
    ],
)
def test_a_mistake_of_the_catalogue_is_named(right: str, wrong: str, fault: str) -> None:
    (finding,) = in_a_notebook(Answer("train_epoch", ((right, wrong),), {}))
    assert (finding.passed, finding.faults) == (False, (fault,))


def test_what_ends_the_program_is_not_judged() -> None:
    (finding,) = in_a_notebook(
        Answer("worst_predictions", (("return", "exit()\n    return"),), {})
    )
    assert (finding.passed, finding.faults) == (None, ())


@pytest.mark.parametrize("name", EXERCISES)
def test_blanks_are_not_judged(name: str) -> None:
    header = LAB.exercises[name].solution.split("\n")[0]
    code = f"{header}\n    raise NotImplementedError\n"
    for above in ("", START.format(LAB.exercises[name].part)):
        (finding,) = Notebook(f"{above}{code}").run("result = check()")
        assert (finding.name, finding.passed) == (name, None)
        assert finding.faults == ("not-implemented",)


@pytest.mark.parametrize("name", EXERCISES)
def test_outside_of_the_lab_it_is_said_where_they_are_judged(name: str, tmp_path: Path) -> None:
    code = f"{IMPORTS}{LAB.exercises[name].solution}\n"
    (finding,) = Notebook(code).run("result = check()")
    assert (finding.name, finding.passed, finding.faults) == (name, None, ())
    assert "judged where the first cell of its notebook" in finding.message(1)
    path = tmp_path / "lab.py"
    path.write_text(code)
    with RemoteDesk(path) as desk:
        (in_a_file,) = judge(desk)
    assert (in_a_file.name, in_a_file.passed) == (name, None)
    assert in_a_file.message(1) == finding.message(1)


def test_other_functions_of_these_names_are_not_the_labs() -> None:
    assert not list(
        Notebook("def train_epoch(net, data):\n    return 3\n").run("result = check()")
    )


def test_a_wrong_one_hot_does_not_spoil_the_loop() -> None:
    code = "import numpy as np\ndef one_hot(n, y):\n    return np.zeros((np.size(y), n))\n"
    epoch = LAB.exercises["train_epoch"].solution
    found = Notebook(START.format(4), f"{code}{epoch}").run("result = check()")
    assert {f.name: f.passed for f in found} == {"one_hot": False, "train_epoch": True}
