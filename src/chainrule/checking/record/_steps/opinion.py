"""The second opinion: the same run with its first values a little off.

Before anything is called right or wrong, the derivative that was computed from the record must
be the one that is seen when the code itself runs again, and no number may have changed that the
record takes for given.
"""

import numpy as np

from chainrule.checking.record._steps.flow import common_length, members
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.operands import at
from chainrule.checking.record._steps.unjudged import NotJudgedError
from chainrule.checking.record._tape.operations import CONSTANT, DATA, HELD, OPAQUE
from chainrule.checking.record.table import Table

SHIFT = 1e-6  # of the first values
_TOLERANCE = 1e-3
_SAME = 1e-11


def agree(judged: Judgement, shifted: Table) -> None:
    """Compare the first run with one whose first values are a little off.

    Raises:
        NotJudgedError: if the record and the run do not agree.
    """
    runs = judged.runs
    last = max([judged.step.last, judged.loss.computed or 0, *_seeded(judged)])
    if common_length([runs.first, shifted]) <= last:
        raise NotJudgedError("its run takes another course when a first value changes a little")
    _nothing_given_moves(judged, shifted)
    _derivative_is_seen(judged, shifted)


def _nothing_given_moves(judged: Judgement, shifted: Table) -> None:
    """No number may have moved that the record takes for data, or for written in the code."""
    runs, first = judged.runs, judged.runs.first
    mask = judged.step.mask
    for number in _seeded(judged) if judged.loss.computed is not None else ():
        mask |= runs.ancestors[number]
    mask |= sum(1 << number for number in judged.step.numbers)
    for number in members(mask):
        operation = runs.operation(number)
        given = (DATA, OPAQUE)
        if operation.name in given and not _same(first.result(number), shifted.result(number)):
            raise _leak(judged, number)
        for place in range(len(operation.ids)):
            ids, other = operation.ids[place], shifted.operations[number].ids[place]
            constant = _constant(first, ids) & _constant(shifted, other)
            if constant.any() and not _same(
                np.where(constant, first.values[ids], 0),
                np.where(constant, shifted.values[other], 0),
            ):
                raise _leak(judged, number)


def _constant(table: Table, ids: np.ndarray) -> np.ndarray:
    """Which numbers are constants, which stand together at the beginning. Shape: like `ids`."""
    assert table.operations[0].name == CONSTANT
    return np.asarray(ids <= table.operations[0].size)


def _same(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(np.allclose(a, b, rtol=_SAME, atol=0, equal_nan=True))


def _leak(judged: Judgement, number: int) -> NotJudgedError:
    where = at(judged.runs, number)
    return NotJudgedError(f"numbers leave the record on their way, as by `int()` or a text{where}")


def _seeded(judged: Judgement) -> set[int]:
    """The operations by whose results the derivative of the loss is known."""
    first = judged.runs.first
    return set[int]().union(*(first.owners(ids) for ids, _ in judged.loss.seeds[0]))


def _derivative_is_seen(judged: Judgement, shifted: Table) -> None:
    runs, first, adjoint = judged.runs, judged.runs.first, judged.adjoints[0]
    expected = size = 0.0
    held = {n for n in adjoint.reached if runs.operation(n).name == HELD}
    for number in adjoint.reached & runs.barrier | held:
        moved = shifted.result(number) - first.result(number)
        terms = adjoint.of(first, number) * moved
        expected += float(terms.sum())
        size += float(np.abs(terms).sum())
    last = max(_seeded(judged))
    before, after = ([o.start for o in t.operations[: last + 1]] for t in (first, shifted))
    moved = np.subtract(after, before)
    seen = 0.0
    for ids, gradient in judged.loss.seeds[0]:
        change = shifted.values[ids + moved[first.owner[ids]]] - first.values[ids]
        seen += float(np.sum(gradient * change))
    if abs(seen - expected) > _TOLERANCE * max(size, 1e-300):
        raise NotJudgedError("its record and a second run do not agree about the derivative")
