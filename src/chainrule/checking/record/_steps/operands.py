"""What goes into an operation, and where it stands: what all rooms ask of a record."""

from collections.abc import Iterable

import numpy as np

from chainrule.checking.record._steps.flow import Operand
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._tape.operations import Array


def operands(runs: Runs, number: int) -> list[Operand]:
    """All that goes into an operation, in its order."""
    return [Operand(number, place) for place in range(len(runs.operation(number).ids))]


def moving(runs: Runs, number: int) -> list[Operand]:
    """What goes into an operation and depends on parameters."""
    return [o for o in operands(runs, number) if runs.depends_on_parameters(o)]


def other(operand: Operand) -> Operand:
    """The other one of two."""
    return Operand(operand.number, 1 - operand.place)


def targets(runs: Runs, prediction: Operand) -> list[Array]:
    """What a prediction meets, in each run: it may be less than nothing where it is added."""
    return [np.abs(t) for t in runs.values(other(prediction))]


def at(runs: Runs, number: int) -> str:
    """Where an operation stands, as it follows a word; "" if that is not known."""
    codes = runs.code(number)
    return f" ({codes[0]})" if codes else ""


def by_place(runs: Runs, numbers: Iterable[int]) -> dict[int, list[int]]:
    """Operations by where they stand: those of one piece of code together."""
    found: dict[int, list[int]] = {}
    for number in numbers:
        found.setdefault(runs.operation(number).place, []).append(number)
    return found
