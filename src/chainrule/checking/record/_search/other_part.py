"""Another part of an array than the one that is taken, such as all columns but the first."""

from collections.abc import Iterator, Sequence

import numpy as np

from chainrule.checking.record._search.mending import Change, What
from chainrule.checking.record._steps.flow import Operand
from chainrule.checking.record._steps.replay import Edit, Given
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._tape.operations import Array
from chainrule.checking.record._tape.tape import Ids


def parts_beside(runs: Runs, numbers: Sequence[int]) -> Iterator[Change]:
    """The same operations with the part of an array that lies one place on, or before.

    An axis of what is taken must be shorter than that of the array: else there is nothing beside.
    """
    first = runs.operation(numbers[0])
    for place in range(len(first.ids)) if first.size > 1 else ():
        yield from _at(runs, numbers, place)


def _at(runs: Runs, numbers: Sequence[int], place: int) -> Iterator[Change]:
    ids = [runs.ids(0, Operand(n, place)) for n in numbers]
    for step in _steps(runs, Operand(numbers[0], place)):
        moved = [
            [runs.ids(run, Operand(n, place)) + step for run in range(len(runs))] for n in numbers
        ]
        if all(
            _owner(runs, new[0]) == _owner(runs, old) for old, new in zip(ids, moved, strict=True)
        ):
            edits = {n: _given(runs, n, place, new) for n, new in zip(numbers, moved, strict=True)}
            yield Change(numbers[0], What.PART, 1, edits, axis=np.sign(step))


def _given(runs: Runs, number: int, place: int, ids: Sequence[Ids]) -> Edit:
    def taken(run: int) -> Array:
        return np.asarray(runs.tables[run].values[ids[run]])

    return Given(runs.operation(number), {place: taken})


def _owner(runs: Runs, ids: Ids) -> int:
    """The operation that gave all of some numbers; −1 if several did."""
    owners = runs.first.owners(ids) if ids.max() < runs.first.values.size else set()
    return owners.pop() if len(owners) == 1 else -1


def _steps(runs: Runs, operand: Operand) -> Iterator[int]:
    """By how much ids differ from those of a part beside, where there is one."""
    ids = runs.ids(0, operand)
    if not 1 <= ids.ndim <= 2 or ids.size < 2 or _owner(runs, ids) < 0:
        return
    lengths = {}
    for axis, length in enumerate(ids.shape):
        differences = np.diff(ids, axis=axis)
        if length > 1 and np.ptp(differences) == 0:
            lengths[abs(int(differences.flat[0]))] = length
        elif length > 1:
            return
    within = runs.operation(_owner(runs, ids)).size  # how many ids there are along an axis
    for step in sorted(lengths, reverse=True):
        if step and lengths[step] * step < within:
            yield from (step, -step)
        within = step
    if len(lengths) < ids.ndim and within > 1:  # one column
        yield from (1, -1)
