"""The chain rule backwards over a table: the derivative of one number by all before it.

Source of the method: S. Linnainmaa, Taylor expansion of the accumulated rounding error,
BIT 16 (1976), 146–160.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from chainrule.checking.record._tape.operations import OPAQUE, SOURCES, Array, back
from chainrule.checking.record._tape.tape import Ids
from chainrule.checking.record.table import Table

Seeds = Sequence[tuple[Ids, Array]]


class Adjoint(NamedTuple):
    """Derivatives by every number of a table.

    Attributes:
        flat: by id; 0 where nothing depends on it. Shape: `(ids,)`.
        reached: numbers of the operations that the derivative went back to. None is later than
            what it was taken of, which is in all runs.
        opaque: numbers of operations that it could not go through.
    """

    flat: Array
    reached: frozenset[int]
    opaque: frozenset[int]

    def of(self, table: Table, number: int) -> Array:
        """The derivative by what an operation gave. Shape: as what it gave."""
        operation = table.operations[number]
        part = self.flat[operation.start : operation.start + operation.size]
        return part.reshape(operation.shape)


def in_each_run(adjoints: Sequence[Adjoint], tables: Sequence[Table], number: int) -> list[Array]:
    """The derivative by what an operation gave, in each run. Shapes: as what it gave."""
    return [a.of(t, number) for a, t in zip(adjoints, tables, strict=True)]


def adjoint(
    table: Table, seeds: Seeds, ends: Callable[[int], bool] = lambda number: False
) -> Adjoint:
    """Go back from derivatives by some numbers to those by all before them.

    Args:
        table: what was computed.
        seeds: ids, and the derivative by each. Shapes: alike.
        ends: whether to go no further back than to the operation of that number.
    """
    flat = np.zeros(table.values.size)
    reached: set[int] = set()
    opaque: set[int] = set()
    last = -1
    for ids, gradient in seeds:
        np.add.at(flat, ids.ravel(), np.broadcast_to(gradient, ids.shape).ravel())
        found = table.owners(ids)
        reached.update(found)
        last = max([last, *found])
    for number in range(last, -1, -1):
        if number not in reached or ends(number):
            continue
        operation = table.operations[number]
        if operation.name in SOURCES:
            continue
        if operation.name == OPAQUE:
            opaque.add(number)
            continue
        part = flat[operation.start : operation.start + operation.size].reshape(operation.shape)
        reached.update(*table.givers(number))
        if not part.any():
            continue
        arrays, result = table.inputs(number), table.result(number)
        for place, ids in enumerate(operation.ids):
            slope = back(operation.name, arrays, operation.settings, result, part, place)
            np.add.at(flat, ids.ravel(), np.ravel(slope))
    return Adjoint(flat, frozenset(reached), frozenset(opaque))
