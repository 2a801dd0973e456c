"""Judges one_hot, of the number of classes and the labels, in the order in which it takes them."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from chainrule.checking.diagnosis.blame import Blame, catalogued
from chainrule.checking.diagnosis.code import blame_for_problem, unjudged
from chainrule.checking.diagnosis.compare import relation, same
from chainrule.checking.diagnosis.finding import Finding
from chainrule.checking.diagnosis.trial import make_trials
from chainrule.checking.learner.desk import Desk
from chainrule.checking.learner.local import takes_labels_first
from chainrule.nn.functions import one_hot


def judge_one_hot(
    desk: Desk, place: int, references: Mapping[str, str], *, hide: bool = False
) -> Finding:
    """Judge one definition of one_hot, as `judge_function` has it."""
    definition = desk.definitions[place]
    taken = [name for name in definition.parameters if not name.startswith("*")]
    required = [name for name in taken if not name.endswith("=")]
    if definition.problem is None and (len(taken) == 1 or len(required) > 2):
        return _one_hot_of_its_own(desk, place, references, hide=hide)
    swapped = takes_labels_first(definition.parameters)
    found = _one_hot_in_order(desk, place, references, hide, swapped)
    if found.passed is False and len(taken) >= 2:
        other = _one_hot_in_order(desk, place, references, hide, not swapped)
        if other.passed:
            return other
    return found


def _one_hot_of_its_own(
    desk: Desk, place: int, references: Mapping[str, str], *, hide: bool
) -> Finding:
    """A one_hot that takes something else: labels alone are judged, if one-hot rows come out."""
    definition = desk.definitions[place]
    labels = np.array([4, 0, 5, 2])
    (trial,) = make_trials(
        desk, place, references, hide, [("labels alone", (labels,), one_hot(6, labels))]
    )
    stopped = unjudged("one_hot", definition, [trial.reply])
    if stopped:
        return stopped
    actual = trial.actual
    if len(definition.parameters) == 1 and actual is not None and actual.ndim == 2:
        for rows in (actual, actual.T):
            classes = rows.shape[1]
            fits = len(rows) == len(labels) and classes > labels.max()
            if fits and same(rows, one_hot(classes, labels), 1e-9):
                return Finding("one_hot")
    reason = "it takes other arguments than the number of classes and the labels"
    return Finding("one_hot", passed=None, reason=reason)


def _one_hot_in_order(
    desk: Desk, place: int, references: Mapping[str, str], hide: bool, swapped: bool
) -> Finding:
    """A one_hot of the number of classes and the labels, or of the labels first if `swapped`."""
    k = 6
    labels = np.array([4, 0, 5, 2])
    single = np.int64(3)

    def call(y: Any) -> tuple[Any, ...]:
        return (y, k) if swapped else (k, y)

    trials = make_trials(
        desk,
        place,
        references,
        hide,
        [
            ("an array of labels", call(labels), one_hot(k, labels)),
            ("a list of labels", call(labels.tolist()), one_hot(k, labels)),
            ("one label", call(single), one_hot(k, single)),
            ("one label", call(3), one_hot(k, single)),
            ("float labels", call(labels.astype(float)), one_hot(k, labels)),
        ],
    )
    *whole, floats = trials
    stopped = unjudged("one_hot", desk.definitions[place], [trial.reply for trial in whole])
    if stopped:
        return stopped
    wrong = [trial for trial in whole if not trial.right(1e-9)]
    array_alone = whole[0].right(1e-9) and all(trial.actual is None for trial in wrong)
    if wrong and not array_alone:
        first = wrong[0]
        how = "it fails on" if first.actual is None else "the values are wrong for"
        said = "" if first.actual is None else relation(first.actual, first.expected)
        blames = (catalogued("one-hot-wrong", "one_hot"),)
        problem = first.reply.problem
        if problem is not None and len(wrong) == len(whole):
            code = blame_for_problem(problem)
            blames = (Blame(code, "one_hot"),) if code else blames
        return Finding(
            "one_hot", passed=False, blames=blames, problem=problem,
            reason=": ".join(filter(None, (f"{how} {first.what}", said))),
            expected=first.expected, actual=first.actual,
        )  # fmt: skip
    remarks: tuple[str, ...] = ("one-hot-needs-array",) if wrong else ()
    remarks += () if floats.right(1e-9) else ("labels-not-integers",)
    return Finding("one_hot", remarks=remarks)
