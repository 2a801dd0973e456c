"""What is said of each mistake agrees with what is computed, and can be read by a student."""

import re
import tomllib
from importlib.resources import files
from typing import Any

import numpy as np
import pytest

from chainrule.faults import FORMULAS, catalogue, network_steps, run_steps
from chainrule.faults._catalogue import CODE_FAULTS, RECORD_FAULTS
from chainrule.faults.steps import Step
from chainrule.nn.activations import dsigmoid, dtanh, sigmoid
from chainrule.nn.functions import nll, one_hot, softmax
from chainrule.nn.models import NeuralNet

every_fault = pytest.mark.parametrize("id_", FORMULAS)
N, D, H, K = 7, 6, 5, 3
NAMES: dict[str, Any] = {
    "np": np,
    "sigmoid": sigmoid,
    "dsigmoid": dsigmoid,
    "dtanh": dtanh,
    "softmax": softmax,
}


def quantities(hidden: tuple[int, ...], **more: str) -> tuple[tuple[Step, ...], dict[str, Any]]:
    """The right steps of a network, and random values of all its quantities, biases too."""
    steps = network_steps(len(hidden), **more)
    rng = np.random.default_rng(1)
    known: dict[str, Any] = {
        name: rng.normal(size=p.shape)
        for name, p in NeuralNet(D, hidden, K, seed=0).parameters.items()
    }
    known |= {"x": rng.normal(size=(N, D)), "t": np.eye(K)[np.resize(range(K), N)]}
    return steps, run_steps(steps, known | {"learning_rate": 0.3})


def test_there_are_words_for_every_fault_and_for_nothing_else() -> None:
    words = tomllib.loads(files("chainrule.faults").joinpath("words.toml").read_text("utf-8"))
    assert sorted(words) == sorted(FORMULAS)
    needed = {"title", "where", "believed", "right", "truth"}
    assert all(needed <= set(entry) <= needed | {"seen"} for entry in words.values())
    assert all(text.strip() == text != "" for entry in words.values() for text in entry.values())


def test_titles_and_beliefs_are_told_apart() -> None:
    titles = [fault.title for fault in catalogue().values()]
    assert len(set(titles)) == len(titles)
    for fault in catalogue().values():
        assert fault.where != fault.truth


@every_fault
def test_words_fit_where_they_are_used(id_: str) -> None:
    fault = catalogue()[id_]
    assert not re.match(r"[A-Z]\w", fault.title)  # after "The mistake: "
    assert not fault.title.endswith(".")
    assert len(fault.title) < 80
    assert not re.match(r"[A-Z][a-z]", fault.believed)  # after "the thought that"
    assert not fault.believed.endswith(".")
    assert "\n" not in fault.right
    for text in (fault.where, fault.truth):
        assert "\n" not in text
        assert text.endswith((".", "?", ")"))
    assert fault.right not in fault.where


@every_fault
def test_words_are_those_of_the_lab(id_: str) -> None:
    fault = catalogue()[id_]
    said = " ".join((fault.title, fault.where, fault.believed, fault.truth, fault.right))
    strange = (
        r"jacobian|autodiff|autograd|\bvjp\b|broadcast|tensor|traceback|exception|stack|stupid"
    )
    assert not re.search(strange, said, re.IGNORECASE)


COUNTED = {
    "softmax-one-sample-fails": "17 of the 167",
    "nll-mean-over-entries": "a few of the 167",
    "nll-binary-cross-entropy": "1 of the 167",
    "loss-softmax-again": "5 of the 167",
    "loss-constant": "1 of the 167",
    "forward-logits": "2 of the 167",
    "forward-softmax-hidden": "1 of the 167",
    "grad-output-mismatch": "70 of the 111",
    "grad-preactivation": "95 of the 111",
    "grad-hidden-derivative-at-activation": "3 of the 167",
    "reads-notebook-variable": "7 of the 167",
    "misspelt-name": "7 of the 167",
    "shadows-function": "1 of the 167",
    "not-implemented": "8 to 16 of the 167",
}


@every_fault
def test_only_what_was_counted_is_said_to_have_been_seen(id_: str) -> None:
    seen = catalogue()[id_].seen
    count = COUNTED.get(id_, "")
    assert seen.startswith(f"{count} public versions of the lab" if count else "")
    assert bool(seen) == bool(count)


def evaluated(text: str, names: dict[str, Any]) -> Any:
    """The value of statements separated by semicolons: of the last expression or assignment."""
    scope = NAMES | names
    *before, last = text.split("; ")
    exec("; ".join(before), scope)
    target = re.match(r"(\w+) = ", last)
    return eval(last.removeprefix(target[0]) if target else last, scope)


RIGHT_FUNCTIONS = {
    "softmax-": ("X", softmax),
    "sigmoid-": ("X", sigmoid),
    "dsigmoid-": ("X", dsigmoid),
}


@every_fault
def test_the_right_formula_is_right(id_: str) -> None:
    right = catalogue()[id_].right
    steps, values = quantities((H,))
    names = values | {"X": values["x"]}
    target = re.match(r"(\w+) = ", right)
    if id_ == "one-hot-wrong":
        for y in (2, [0, 2, 1], np.array([1, 1])):
            expected = one_hot(4, y)
            np.testing.assert_array_equal(evaluated(right, {"n_classes": 4, "y": y}), expected)
    elif id_.startswith("nll-"):
        given = {"Y_true": values["t"], "Y_pred": values["y"]}
        assert evaluated(right, given) == pytest.approx(nll(values["t"], values["y"]))
    elif id_ == "loss-not-nll":
        assert evaluated(right, values) == pytest.approx(float(values["loss"]))
    elif any(id_.startswith(begin) for begin in RIGHT_FUNCTIONS):
        function = next(f for begin, (_, f) in RIGHT_FUNCTIONS.items() if id_.startswith(begin))
        for X in (names["X"], names["X"][0]):
            np.testing.assert_allclose(evaluated(right, {"X": X}), function(X), rtol=1e-12)
    elif (
        id_ not in (*CODE_FAULTS, *RECORD_FAULTS)
        and target
        and target[1] in {step.name for step in steps}
        and "then" not in right
    ):
        np.testing.assert_allclose(evaluated(right, names), values[target[1]], rtol=1e-12)
    else:  # said in words, or a line of a method
        assert id_ in (
            *(*CODE_FAULTS, *RECORD_FAULTS),
            *("loss-softmax-again", "loss-constant", "predict-not-argmax", "accuracy-wrong"),
            *("grad-output-mismatch", "grad-batch-scale", "grad-missing-parameter"),
            *("grad-hidden-stale-or-updated-weights", "train-sign", "train-missing-parameter"),
            "train-learning-rate",
        )
