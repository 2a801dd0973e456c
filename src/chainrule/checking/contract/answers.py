"""What a learner's definition gives in the trials, beside what is right."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from chainrule.checking.contract.exercises import Exercise, Lab
from chainrule.checking.contract.trials import Trial
from chainrule.checking.diagnosis.compare import Array, finite
from chainrule.checking.learner.desk import Desk, Leaves, Problem, Request, Script
from chainrule.checking.learner.leaves import leaves
from chainrule.checking.learner.scripts import executed, right_answers

CLOSE = 1e-6  # of the largest number: what rounding leaves, and a small step of a difference


@dataclass(frozen=True, eq=False)  # arrays have no single truth value
class Answer:
    """What came of one trial.

    Attributes:
        trial: that was made.
        right: what should have come out: arrays by their path in it.
        given: what did come out; None where it ended in an exception.
        problem: this exception.
    """

    trial: Trial
    right: Leaves
    given: Leaves | None = None
    problem: Problem | None = None

    @property
    def is_right(self) -> bool:
        """Whether all numbers that should come out did, in the right shapes."""
        return self.given is not None and alike(self.given, self.right)

    @property
    def place(self) -> str | None:
        """The path of the first array that is wrong or missing; None if there is none."""
        given = self.given or {}
        return next((p for p in self.right if not _same(given.get(p), self.right[p])), None)


def alike(given: Leaves, right: Leaves) -> bool:
    """Whether both hold the same arrays under the same paths."""
    return set(given) == set(right) and all(_same(given[path], right[path]) for path in right)


def _same(given: Array | None, right: Array | None) -> bool:
    if given is None or right is None:
        return given is right
    if given.shape != right.shape or (right.dtype.kind == "i" and given.dtype.kind == "f"):
        return False
    if not finite(right):
        return bool(np.array_equal(given, right, equal_nan=True))
    tolerance = CLOSE if given.dtype == np.float64 or given.dtype.kind == "i" else 1e-4
    with np.errstate(all="ignore"):
        return bool(np.abs(given - right).max() <= tolerance * max(np.abs(right).max(), 1e-3))


def answers(
    desk: Desk,
    place: int,
    lab: Lab,
    exercise: Exercise,
    trials: Sequence[Trial],
    **how: Any,
) -> list[Answer]:
    """Make trials of a learner's definition.

    Args:
        desk: where it is.
        place: of the definition in `desk.definitions`.
        lab: whose right answers stand around it.
        exercise: that it answers.
        trials: to make.
        how: fields of `Script` and of `Request` beside these.
    """
    of_request = {k: how.pop(k) for k in ("references", "hide") if k in how}
    solutions = lab.solutions if how.get("others_right") else others(lab, exercise)
    replies = desk.ask(
        [
            Request(place, script=Script(t.text, exercise.name, solutions, **how), **of_request)
            for t in trials
        ]
    )
    return [
        Answer(t, right_of(lab, t), r.results[0] if r.results else None, r.problem)
        for t, r in zip(trials, replies, strict=True)
    ]


def others(lab: Lab, exercise: Exercise) -> str:
    """The right answers of the exercises that take what another makes: classes and loops.

    The functions of the lab are the learner's own, where there are any.
    """
    return "\n\n\n".join(
        e.solution for e in lab.exercises.values()
        if e.name != exercise.name and (e.is_class or e.name == "train_epoch")
    )  # fmt: skip


def right_of(lab: Lab, trial: Trial) -> Leaves:
    """What is right in a trial."""
    return _given_by(lab.solutions, trial.text)


@cache
def _given_by(solutions: str, text: str) -> Leaves:
    with np.errstate(all="ignore"):
        return _copied(leaves(executed(text, {**_right(solutions), "np": np})))


@cache
def _right(solutions: str) -> Mapping[str, Any]:
    return right_answers(solutions)


def given_instead(lab: Lab, exercise: Exercise, instead: str, trial: Trial) -> Leaves | None:
    """What comes out with another answer in place of the right one; None if it fails."""
    try:
        with np.errstate(all="ignore"):
            around = dict(right_answers(f"{lab.solutions}\n\n\n{instead}"))
            return _copied(leaves(executed(trial.text, {**around, "np": np})))
    except Exception:  # whatever is wrong with a wrong answer
        return None


def _copied(found: Leaves) -> Leaves:
    return {path: None if array is None else array.copy() for path, array in found.items()}


def first_wrong(several: Sequence[Answer]) -> Answer | None:
    """The first that is wrong; None if none is."""
    return next(_wrong(several), None)


def _wrong(several: Sequence[Answer]) -> Iterator[Answer]:
    return (answer for answer in several if not answer.is_right)
