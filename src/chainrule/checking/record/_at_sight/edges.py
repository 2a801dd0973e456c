"""Engines of single numbers, which go back through the graph that they made: a wrong way back.

There the same few lines go back through every operation of a kind. They are the mistake if the
step is right with the derivative of that operation, times what came into it, in place of what they
give.
"""

from collections.abc import Iterator

import numpy as np

from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.operands import by_place
from chainrule.checking.record._steps.replay import Edit, Replay
from chainrule.checking.record._steps.spots import WrongCode, spot
from chainrule.checking.record._steps.steps import way_to
from chainrule.checking.record._tape.operations import (
    ELEMENTWISE,
    WRITTEN,
    Array,
    back,
    compute,
)
from chainrule.checking.record.table import Code

_MOST_PLACES = 12
_DIGITS = 10  # in which two numbers agree that are the same
_FACTORS = ("multiply", "divide")
_OF_ONE = "what comes back from `{}` is not its derivative, times what came in"
_OF_TWO = "what comes back to one of the two in `{}` is not the derivative, times what came in"

# What goes back through an operation: what came in, what went into it, and what is right.
_Edge = tuple[float, tuple[float, ...], float]


def wrong_way_back(one: Judgement) -> WrongCode | None:
    """The code that goes back through an operation of the computed loss wrongly, if that is known.

    Args:
        one: a step, under the loss that the code computes, of which every gradient is wrong or
            most are.
    """
    reached = one.adjoints[0].reached
    if one.loss.computed is None or any(_is_of_arrays(one, n) for n in reached):
        return None
    if not _is_of_an_engine(one):
        return None
    replay = Replay(one.runs, one.entries)
    for numbers in _places(one):
        for name, place in _kinds(one):
            edges = [_edges(one, run, name, place) for run in range(len(one.runs))]
            edits = {number: _instead(one, number, edges) for number in numbers}
            found = one.factors_of(replay.changes(edits, one.groups))
            if all(c is not None and c > 0 for c in found.values()):
                words = _OF_ONE if len(ELEMENTWISE[name].slopes) == 1 else _OF_TWO
                return WrongCode(spot(one, numbers[0], numbers), "", words.format(name))
    return None


def _is_of_an_engine(one: Judgement) -> bool:
    """Whether the products of the forward pass are made in one place that many others ask."""
    runs = one.runs
    callers: dict[Code, set[Code]] = {}
    for number in one.adjoints[0].reached:
        codes = runs.code(number)
        if len(codes) > 1 and runs.operation(number).name in _FACTORS:
            callers.setdefault(codes[0], set()).add(codes[1])
    return any(len(several) > 1 for several in callers.values())


def _is_of_arrays(one: Judgement, number: int) -> bool:
    operation = one.runs.operation(number)
    return operation.size > 1 and operation.name not in WRITTEN


def _places(one: Judgement) -> Iterator[list[int]]:
    """Products on the way back, by where they stand."""
    runs, forward = one.runs, one.adjoints[0].reached
    way = (n for n in way_to(runs, one.groups) if n not in forward)
    found = by_place(runs, (n for n in way if runs.operation(n).name in _FACTORS))
    yield from list(found.values())[:_MOST_PLACES]


def _kinds(one: Judgement) -> list[tuple[str, int]]:
    """The operations that the loss goes through, and which of what goes in is gone back to."""
    runs = one.runs
    names = {
        runs.operation(n).name for n in one.adjoints[0].reached
        if runs.operation(n).name in ELEMENTWISE
    }  # fmt: skip
    return [(name, place) for name in sorted(names - {"add", "subtract", "negative"})
            for place in range(len(ELEMENTWISE[name].slopes))]  # fmt: skip


def _edges(one: Judgement, run: int, name: str, place: int) -> dict[float, list[_Edge]]:
    """The ways back through the operations of a name in one run, by what comes into them."""
    runs, table, adjoint = one.runs, one.runs.tables[run], one.adjoints[run]
    found: dict[float, list[_Edge]] = {}
    for number in adjoint.reached:
        if runs.operation(number).name != name:
            continue
        came = adjoint.of(table, number)
        arrays, settings = table.inputs(number), table.operations[number].settings
        right = back(name, arrays, settings, table.result(number), came, place)
        edge = float(came.item()), tuple(float(a.item()) for a in arrays), float(right.item())
        found.setdefault(_rounded(edge[0]), []).append(edge)
    return found


def _instead(one: Judgement, number: int, edges: list[dict[float, list[_Edge]]]) -> Edit:
    operation = one.runs.operation(number)

    def edit(run: int, arrays: list[Array]) -> Array:
        given = [float(a.item()) for a in arrays]
        known = [e for each in given for e in edges[run].get(_rounded(each), [])]
        # Several that the same came into differ in what went into them: one of that is here, too.
        alike = {_rounded(each) for each in given}
        nearer = [e for e in known if any(_rounded(each) in alike for each in e[1])] or known
        if not nearer:
            return compute(operation.name, arrays, operation.settings)
        return np.reshape(nearer[0][2], operation.shape)

    return edit


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
