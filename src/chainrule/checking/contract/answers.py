"""What a learner's definition gives in the trials, beside what is right."""

import linecache
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from chainrule.checking.contract.exercises import Exercise, Lab
from chainrule.checking.contract.trials import CLOSE, Trial
from chainrule.checking.diagnosis.compare import Array, finite, same
from chainrule.checking.learner.desk import Leaves, Problem
from chainrule.checking.learner.leaves import copies, leaves
from chainrule.checking.learner.problems import explain
from chainrule.checking.learner.scripts import FUNCTIONS, executed, right_answers


@dataclass(frozen=True, eq=False)  # arrays have no single truth value
class Answer:
    """What came of one trial.

    Attributes:
        trial: that was made.
        right: what should have come out: arrays by their path in it; none where nobody asks.
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
        if self.given is None:
            return False
        if self.trial.result.isidentifier():  # an argument, which must be the very same
            given, right = self.given.get(""), self.right.get("")
            return given is not None and right is not None and np.array_equal(given, right)
        if self.trial.need_only_be_finite:
            return all(finite(self.given.get(path)) for path in self.right)
        return alike(self.given, self.right, self.trial.close)

    def is_that_of(self, learner: "Answer") -> bool:
        """Whether a learner's answer to the same trial came to the same, or fails likewise."""
        if self.given is None or learner.given is None:
            return self.given is learner.given and _fail_alike(self.problem, learner.problem)
        if self.trial.need_only_be_finite and all(map(finite, self.given.values())):
            return all(map(finite, learner.given.values()))
        return alike(learner.given, self.given, self.trial.close)

    @property
    def place(self) -> str | None:
        """The path of the first array that is wrong or missing; None if there is none."""
        if self.trial.result.isidentifier():
            return ""
        given = self.given or {}
        close = self.trial.close
        return next((p for p in self.right if not _same(given.get(p), self.right[p], close)), None)


def alike(given: Leaves, right: Leaves, close: float = CLOSE) -> bool:
    """Whether all that is right is there, under the same paths; a dictionary may hold more."""
    more = set(given) - set(right)
    if more and ("" in right or any(path.isdigit() for path in right)):
        return False
    return all(_same(given.get(path), array, close) for path, array in right.items())


def _same(given: Array | None, right: Array | None, close: float) -> bool:
    if given is None or right is None:
        return given is right
    whole = right.dtype.kind == "i" and given.dtype.kind == "f"
    return given.shape == right.shape and not whole and same(given, right, close)


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
        return copies(leaves(executed(text, {**_right(solutions), "np": np})))


@cache
def _right(solutions: str) -> Mapping[str, Any]:
    return right_answers(solutions)


def given_instead(
    lab: Lab, exercise: Exercise, instead: str, trial: Trial, *, library: bool
) -> Answer:
    """What comes out with another answer in place of the right one.

    Args:
        lab: with the right answers.
        exercise: that is answered otherwise.
        instead: the other answer.
        trial: that is made.
        library: whether the functions around it are chainrule's, which refuse what does not fit.
    """
    around_it = others(lab, exercise) if library else lab.solutions
    whole = _with_another(around_it, instead)
    try:
        with np.errstate(all="ignore"):
            return Answer(trial, {}, copies(leaves(executed(trial.text, dict(whole)))))
    except Exception as error:  # whatever is wrong with a wrong answer
        return Answer(trial, {}, None, explain(error, whole, frozenset(), {}))


@cache
def _with_another(solutions: str, instead: str) -> dict[str, Any]:
    around = {**FUNCTIONS, **_right(solutions), "np": np}
    filename = f"<instead {hash(instead)}>"  # its lines are read where it fails
    lines = instead.splitlines(keepends=True)
    linecache.cache[filename] = (len(instead), None, lines, filename)
    exec(compile(instead, filename, "exec"), around)
    return around


def _fail_alike(one: Problem | None, other: Problem | None) -> bool:
    """Whether two exceptions are of a kind, and about arrays of the same shapes.

    Shapes are not compared where they are not known, or where it is other code that fails.
    """
    if one is None or other is None:
        return one is other
    if one.kind != other.kind:
        return False
    shapes = [[shape for _, shape in problem.operands] for problem in (one, other)]
    return one.function != other.function or not all(shapes) or shapes[0] == shapes[1]


def first_wrong(several: Sequence[Answer]) -> Answer | None:
    """The first that is wrong; None if none is."""
    return next((answer for answer in several if not answer.is_right), None)
