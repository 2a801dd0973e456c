"""The cells that come after an exercise, on a few digits: what is right must run there."""

import contextlib
import io
from functools import cache
from typing import Any

import numpy as np

from chainrule.checking.contract.answers import others
from chainrule.checking.contract.exercises import Exercise, Lab
from chainrule.checking.diagnosis.errors_explained import explain_problem
from chainrule.checking.learner.desk import Desk, Problem, Request, Script
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
    desk: Desk, place: int, lab: Lab, exercise: Exercise, **of_request: Any
) -> tuple[str, Problem] | None:
    """The statement below an exercise that fails with the learner's answer, and why.

    None if all of them run.
    """
    statements = cells_after(lab.solutions, exercise)
    solutions = others(lab, exercise)

    def problem(count: int) -> Problem | None:
        text = "\n".join(statements[:count])
        script = Script(text, exercise.name, solutions, few_digits=True)
        (reply,) = desk.ask([Request(place, script=script, **of_request)])
        return reply.problem

    raised = problem(len(statements))
    if raised is None:
        return None
    # The first that fails: those before it run.
    low, high = 0, len(statements)
    while high - low > 1:
        middle = (low + high) // 2
        found = problem(middle)
        low, high, raised = (middle, high, raised) if found is None else (low, middle, found)
    return statements[high - 1], raised


def said_of(statement: str, raised: Problem) -> str:
    """What to say of a statement that fails."""
    first = statement.split("\n", maxsplit=1)[0]
    shown = f"{first[:70]} …" if len(first) > 70 or "\n" in statement else first
    return f"the notebook goes on with `{shown}`, and there it fails: {explain_problem(raised)}"
