"""Calls of a function beside what they should give, and what is known where they give it not."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.checking.diagnosis.blame import Blame, catalogued
from chainrule.checking.diagnosis.code import blame_for_problem
from chainrule.checking.diagnosis.compare import Array, as_array, in_words, same
from chainrule.checking.diagnosis.finding import Finding
from chainrule.checking.learner.desk import Call, Desk, Reply, Request
from chainrule.faults import FORMULAS


@dataclass(frozen=True, eq=False)  # arrays have no single truth value
class Trial:
    """One call of a function, what it should give and what it gave.

    Attributes:
        what: it is called with: "a batch", "one sample", "a list of labels".
        args: of the call.
        expected: the right answer.
        reply: what came of it.
        actual: the array that it returned, None if there is none.
    """

    what: str
    args: tuple[Any, ...]
    expected: Array
    reply: Reply
    actual: Array | None

    def right(self, tolerance: float) -> bool:
        """Whether what it gave is right."""
        return same(self.actual, self.expected, tolerance)


def make_trials(
    desk: Desk,
    place: int,
    references: Mapping[str, str],
    hide: bool,
    trials: Sequence[tuple[str, tuple[Any, ...], Array]],
) -> list[Trial]:
    """Call a function, each time with other arguments.

    Args:
        desk: where the code is.
        place: of the definition in `desk.definitions`.
        references: functions that it may call, to be replaced by right ones.
        hide: whether the notebook's arrays are taken away.
        trials: what each is called, the arguments, and the right answer, `(...)`.
    """
    replies = desk.ask(
        [
            Request(place, (Call("", args),), references=references, hide=hide)
            for _, args, _ in trials
        ]
    )
    return [
        Trial(what, args, expected, reply, as_array(reply.results[0]) if reply.results else None)
        for (what, args, expected), reply in zip(trials, replies, strict=True)
    ]


def is_replaced(desk: Desk, place: int) -> bool:
    """Whether a later definition of that name stands in the file, so that this was a first step.

    Such a step may be for one sample, where the next is for a batch.
    """
    name = desk.definitions[place].name
    later = desk.definitions[place + 1 :]
    return any(d.name == name and d.problem is None and "" not in d.blanks for d in later)


def formula_blame(name: str, trials: Sequence[Trial], tolerance: float) -> Blame | None:
    """The fault of the catalogue that gives what the function gave in every trial."""
    kinds = (name, "loss") if name == "nll" else (name,)
    for id_, formulas in FORMULAS.items():
        for wrong in formulas:
            if wrong.kind in kinds and _explains(wrong.formula, trials, tolerance):
                return catalogued(id_, name, wrong.text)
    return None


def _explains(formula: Callable[..., Any], trials: Sequence[Trial], tolerance: float) -> bool:
    """Whether a wrong formula gives the same as the function, and fails where it fails."""
    seen = False
    for trial in trials:
        try:
            with np.errstate(all="ignore"):
                value = np.asarray(formula(*trial.args))
        except (ValueError, IndexError):  # sizes that do not fit
            if trial.actual is not None:
                return False
            continue
        if trial.actual is None or not same(trial.actual, value, tolerance):
            return False
        seen = seen or not trial.right(tolerance)
    return seen


def unexplained_trials(name: str, trials: Sequence[Trial], tolerance: float) -> Finding:
    """No fault of the catalogue gives these numbers: say what is known."""
    trial = next(t for t in trials if not t.right(tolerance))
    problem = trial.reply.problem
    if problem is not None:
        code = blame_for_problem(problem)
        blames = (Blame(code, name),) if code else ()
        return Finding(name, passed=False, blames=blames, problem=problem,
                       reason=f"{name} fails on {trial.what}",
                       expected=trial.expected)  # fmt: skip
    if trial.actual is None:
        return Finding(name, passed=False, expected=trial.expected,
                       reason=f"{name} of {trial.what} does not return numbers")  # fmt: skip
    factor = constant_factor(trials)
    of_numbers = f"it is {factor:.4g} times the right one; " if factor else ""
    return Finding(
        name, passed=False, expected=trial.expected, actual=trial.actual,
        reason=f"{name} of {trial.what} is wrong: {of_numbers}"
        f"{in_words(trial.actual, trial.expected)}",
    )  # fmt: skip


def constant_factor(trials: Sequence[Trial]) -> float:
    """The constant that every loss is off by, 0 if there is none."""
    ratios = [
        float(np.squeeze(trial.actual) / trial.expected)
        for trial in trials
        if trial.actual is not None and trial.actual.size == trial.expected.size == 1
    ]
    if len(ratios) < max(2, len(trials)) or not np.allclose(ratios, ratios[0], rtol=1e-4):
        return 0.0
    return ratios[0]
