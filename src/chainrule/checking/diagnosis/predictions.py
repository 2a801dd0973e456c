"""Judges what is read off a network's outputs: the predicted classes, and their accuracy."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.checking.diagnosis.bench import Bench, Setting, output_of
from chainrule.checking.diagnosis.blame import Blame, catalogued
from chainrule.checking.diagnosis.compare import Array, same
from chainrule.checking.diagnosis.finding import Finding, first_right
from chainrule.checking.diagnosis.forward import SINGLES, stopped, unexplained
from chainrule.checking.learner.desk import Call
from chainrule.faults import FORMULAS

SEVEN = 7
SHARES = (3, 2, 5)  # of seven samples, how many labels are predicted: one share may be chance
FAR = 5.0  # what samples are multiplied by, so that biases alone do not decide
VARIED = 10  # sets of samples among which one is looked for that has several predicted classes


def judge_predict(bench: Bench, settings: Sequence[Setting], name: str) -> tuple[Finding, bool]:
    """Judge the predicted classes by the learner's own outputs.

    Returns:
        What was found, and whether it is right for single samples alone, giving something else
        for a batch.
    """
    found = (_predict_in(bench, setting, name) for setting in settings)
    return first_right(found, lambda one: one[0])


def _predict_in(bench: Bench, setting: Setting, name: str) -> tuple[Finding, bool]:
    data, k = bench.samples, bench.spelling.sizes[-1]
    inputs = [data.X, *data.X[:SINGLES]]
    replies = bench.desk.ask(
        [bench.request(setting, Call("forward", (x,)), Call("predict", (x,))) for x in inputs]
    )
    outputs = [output_of(r, 0, (*np.shape(x)[:-1], k)) for r, x in zip(replies, inputs,
                                                                       strict=True)]  # fmt: skip
    actual = [output_of(r, 1, np.shape(x)[:-1]) for r, x in zip(replies, inputs, strict=True)]
    good = [
        y is not None and same(a, np.squeeze(y).argmax(axis=-1))
        for y, a in zip(outputs, actual, strict=True)
    ]
    if good[0]:
        return Finding(name), False
    flat = outputs[0] is not None and same(actual[0], np.asarray(outputs[0].argmax()))
    whole = replies[0].results[1] if len(replies[0].results) > 1 else {}
    if all(good[1:]) and len(replies[0].results) > 1 and not whole:
        reason = f"{name} is right for one sample, and returns nothing for a batch"
        blames = (Blame("missing-return", name),)
        return Finding(name, passed=False, blames=blames, reason=reason), False
    if all(good[1:]) and (actual[0] is None or flat):
        return Finding(name), flat  # meant for one sample: the classes of a batch run together
    wanted: list[Array | None] = [
        None if y is None else np.squeeze(y).argmax(axis=-1) for y in outputs
    ]
    shown = 0 if actual[0] is not None else 1
    if actual[shown] is None or outputs[shown] is None:
        return stopped(name, replies) or unexplained(name, None, np.zeros(0), replies), False
    for wrong in FORMULAS["predict-not-argmax"]:
        pairs = [(a, y) for a, y in zip(actual, outputs, strict=True)
                 if a is not None and y is not None]  # fmt: skip
        if all(_gives(wrong.formula, (y,), a) for a, y in pairs):
            blame = Blame("predict-not-argmax", name, wrong.text, "np.argmax(y, axis=-1)")
            return Finding(name, passed=False, blames=(blame,), expected=wanted[shown],
                           actual=actual[shown]), False  # fmt: skip
    expected = wanted[shown]
    assert expected is not None
    found = unexplained(name, actual[shown], expected, replies)
    if found.problem is None:  # it gives numbers, and they are not the classes
        found = replace(found, blames=(catalogued("predict-not-argmax", name),))
    return found, False


def _gives(
    formula: Callable[..., Any], args: tuple[Any, ...], actual: Array, tolerance: float = 1e-5
) -> bool:
    try:
        return same(actual, np.asarray(formula(*args)), tolerance)
    except (ValueError, IndexError):
        return False


def judge_accuracy(
    bench: Bench, settings: Sequence[Setting], name: str, *, right_classes: bool = False
) -> Finding:
    """Judge the accuracy by the classes that the learner's own outputs predict.

    Args:
        bench: with the class.
        settings: to try, in order.
        name: for the finding.
        right_classes: whether to put right classes in place of what `predict` gives.
    """
    found = (_accuracy_in(bench, setting, name, right_classes) for setting in settings)
    return first_right(found, lambda one: one)


def _accuracy_in(bench: Bench, setting: Setting, name: str, right_classes: bool) -> Finding:
    classes: Array | None = None
    for seed in range(bench.seed, bench.seed + VARIED):
        bench = replace(bench, seed=seed, scale=FAR)
        got = _predicted(bench, setting, name)
        if isinstance(got, Finding):
            return got
        classes = got
        if len(set(classes.tolist())) > 1:
            break  # where all samples are of one class, every label can be compared with every
    assert classes is not None
    samples, k = bench.samples, bench.spelling.sizes[-1]
    returns = {"predict": classes} if right_classes else {}
    rows = [_labels(classes, k, share) for share in SHARES]
    forms = [[row, np.eye(k)[row]] for row in rows]
    replies = bench.desk.ask(
        [
            bench.request(setting, Call("accuracy", (samples.X, given)), returns=returns)
            for form in zip(*forms, strict=True)
            for given in form
        ]
    )
    expected = [np.asarray(np.mean(classes == row)) for row in rows]
    each = [
        [output_of(reply, 0, ()) for reply in replies[first : first + len(rows)]]
        for first in range(0, len(replies), len(rows))
    ]
    if any(all(map(same, actual, expected)) for actual in each):
        return Finding(name)
    first = each[0]
    shown = next((i for i, a in enumerate(first) if not same(a, expected[i])), 0)
    actual = first[shown]
    if actual is None:
        found = stopped(name, replies[: len(rows)])
        raised = None if found is None or found.blames else found.problem
        unfit = raised is not None and (raised.kind, raised.function) == ("ValueError", "accuracy")
        if found is not None and unfit:  # what it compares does not fit together
            found = replace(found, blames=(catalogued("accuracy-wrong", name),))
        return found or unexplained(name, None, expected[shown], replies)
    for wrong in FORMULAS["accuracy-wrong"]:
        pairs = zip(rows, first, strict=True)
        if all(a is not None and _gives(wrong.formula, (classes, r), a, 2e-3) for r, a in pairs):
            blame = Blame("accuracy-wrong", name, wrong.text, "np.mean(predicted == y)")
            return Finding(
                name, passed=False, blames=(blame,), expected=expected[shown], actual=actual
            )
    found = unexplained(name, actual, expected[shown], replies)
    if found.problem is None and actual.size == 1:
        found = replace(found, blames=(catalogued("accuracy-wrong", name),))
    return found


def _predicted(bench: Bench, setting: Setting, name: str) -> Array | Finding:
    """The classes of the samples by the learner's own outputs, or why there are none.

    Shape: `(N,)`.
    """
    data, k = bench.samples, bench.spelling.sizes[-1]
    rows = [Call("forward", (x,)) for x in data.X]
    whole, *each = bench.desk.ask(
        [
            bench.request(setting, Call("forward", (data.X,))),
            *(bench.request(setting, call) for call in rows),
        ]
    )
    y = output_of(whole, 0, (bench.n, k))
    if y is None or y.shape != (bench.n, k):
        parts = [output_of(reply, 0, (k,)) for reply in each]
        if any(part is None or part.size != k for part in parts):
            return stopped(name, [whole, *each]) or Finding(
                name, passed=None, reason="there were no outputs to judge it by"
            )
        y = np.stack([np.ravel(part) for part in parts if part is not None])
    classes: Array = y.argmax(axis=1)
    return classes


def _labels(classes: Array, k: int, share: int) -> NDArray[np.int64]:
    """Labels of which so many in seven are the predicted classes. Shapes: `(N,)`."""
    places = np.arange(len(classes))
    hits = places % SEVEN < share
    return np.where(hits, classes, (classes + 1 + places % (k - 1)) % k)
