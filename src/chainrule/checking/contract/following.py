"""The cells that come after an exercise, on a few digits: what is right must run there."""

import contextlib
import io
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from chainrule.checking.contract.answers import others
from chainrule.checking.contract.attempt import Attempt
from chainrule.checking.contract.exercises import Exercise
from chainrule.checking.diagnosis.errors_explained import explain_problem
from chainrule.checking.learner.desk import Problem, Request, Script
from chainrule.checking.learner.scripts import executed, right_answers


@cache
def cells_after(solutions: str, exercise: Exercise) -> tuple[str, ...]:
    """The statements below an exercise that run with a right answer where nothing is drawn.

    Those that need a picture, or a widget, fail there whatever the answer is, and are left out.
    """
    around: dict[str, Any] = {**right_answers(solutions), "np": np}
    kept = []
    with contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
        for statement in exercise.following:
            try:
                executed(statement, around, few_digits=True)
            except Exception:  # which then says nothing of the learner's
                continue
            kept.append(statement)
    return tuple(kept)


def what_fails_after(
    attempt: Attempt, references: Mapping[str, str]
) -> tuple[str, Problem] | None:
    """The statement below an exercise that fails with the learner's answer, and why.

    Args:
        attempt: the answer.
        references: functions that are right ones there, as in `Request`.

    Returns:
        None if all of them run.
    """
    exercise = attempt.exercise
    statements = cells_after(attempt.lab.solutions, exercise)
    solutions = others(attempt.lab, exercise)

    def problem(count: int) -> Problem | None:
        text = "\n".join(statements[:count])
        script = Script(text, exercise.name, solutions, few_digits=True)
        request = Request(attempt.place, script=script, references=references)
        (reply,) = attempt.desk.ask([request])
        return reply.problem

    raised = problem(len(statements))
    if raised is None:
        return None
    # The first that fails: those before it run.
    low, high = 0, len(statements)
    while high - low > 1:
        middle = (low + high) // 2
        earlier = problem(middle)
        low, high, raised = (middle, high, raised) if earlier is None else (low, middle, earlier)
    return statements[high - 1], raised


def said_of(statement: str, raised: Problem) -> str:
    """What to say of a statement that fails."""
    first = statement.split("\n", maxsplit=1)[0]
    shown = f"{first[:70]} …" if len(first) > 70 or "\n" in statement else first
    return f"the notebook goes on with `{shown}`, and there it fails: {explain_problem(raised)}"
