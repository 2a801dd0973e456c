"""Several runs of the same code side by side: what goes into which operation, and comes of it."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from chainrule.checking.record._tape.operations import CONSTANT, ELEMENTWISE, TWICE, WRITTEN, Array
from chainrule.checking.record._tape.tape import Ids
from chainrule.checking.record.table import Code, Operation, Table


class Operand(NamedTuple):
    """One of the arrays that go into an operation."""

    number: int
    place: int


class Flow:
    """What several runs have in common.

    Attributes:
        tables: of the runs.
        first: the first of them, whose structure stands for all.
        length: how many operations are the same in all.
        sources: for each operation, and each of what goes in, the operations that gave it, in any
            run.
        users: for each operation those that take what it gave.
    """

    def __init__(self, tables: Sequence[Table]) -> None:
        self.tables = tuple(tables)
        self.first = tables[0]
        self.length = common_length(tables)
        operations = self.first.operations[: self.length]
        self._unlike = [t for t in self.tables if t.operations is not self.first.operations]
        self.sources = [
            [self._sources(number, place) for place in range(len(operation.ids))]
            for number, operation in enumerate(operations)
        ]
        self.users: list[list[int]] = [[] for _ in operations]
        for number, given in enumerate(self.sources):
            for source in set().union(*given) if given else ():
                self.users[source].append(number)
        self._user_masks: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self.tables)

    def operation(self, number: int) -> Operation:
        """An operation, as the first run has it."""
        return self.first.operations[number]

    def code(self, number: int) -> tuple[Code, ...]:
        """Where an operation stands, innermost frame first."""
        return self.first.places[self.operation(number).place]

    def results(self, number: int) -> list[Array]:
        """What an operation gave in each run. Shapes: its own."""
        return [table.result(number) for table in self.tables]

    def values(self, operand: Operand) -> list[Array]:
        """What went in, in each run. Shapes: as it was."""
        return [self.values_in(run, operand) for run in range(len(self.tables))]

    def values_in(self, run: int, operand: Operand) -> Array:
        """What went in, in one run. Shape: as it was."""
        return np.asarray(self.tables[run].values[self.ids(run, operand)])

    def ids(self, run: int, operand: Operand) -> Ids:
        """The ids of what went in. Shape: as it was."""
        return self.tables[run].operations[operand.number].ids[operand.place]

    def given(self, operand: Operand) -> set[int]:
        """Operations that gave what went in, without constants."""
        return self.sources[operand.number][operand.place]

    @property
    def is_finite(self) -> bool:
        """Whether all that is computed is a number."""
        return all(np.isfinite(table.values).all() for table in self.tables)

    def arrays_into(self, number: int) -> int:
        """How many arrays go into an operation, or parts of one, beside single numbers."""
        operation = self.operation(number)
        return sum(
            (ids.size > 1 or operation.size == 1 or self._is_of_array(given))
            and self.is_not_written(given)
            for ids, given in zip(operation.ids, self.sources[number], strict=True)
        )

    def _is_of_array(self, given: Iterable[int]) -> bool:
        return any(self.operation(n).size > 1 for n in given)

    def is_not_written(self, given: Iterable[int]) -> bool:
        """Whether something among it is no number that stands in the code, or in a variable."""
        return any(not self.operation(n).settings.get("written") for n in given)

    def users_of(self, source: int) -> int:
        """The operations that take what one gave, as bits."""
        mask = self._user_masks.get(source)
        if mask is None:
            mask = 0
            for user in self.users[source]:
                mask |= 1 << user
            self._user_masks[source] = mask
        return mask

    def _sources(self, number: int, place: int) -> set[int]:
        """What goes in, in any run: a mask may choose nothing of it in another."""
        found, first = self.first.givers(number)[place], self.first.operations[number].ids[place]
        for table in self._unlike:
            if not np.array_equal(table.operations[number].ids[place], first):
                found = found | table.givers(number)[place]
        return {n for n in found if self.operation(n).name not in WRITTEN}


def common_length(tables: Sequence[Table]) -> int:
    """How many operations are the same in all runs, but for the values."""
    length = 0
    if all(t.operations is tables[0].operations for t in tables):
        return len(tables[0].operations)
    for together in zip(*(table.operations for table in tables), strict=False):
        first = together[0]
        if any(
            o.name != first.name
            or (o.settings != first.settings and TWICE not in o.settings)
            or tables[r].places[o.place] != tables[0].places[first.place]
            or not _same_shapes(o, first)
            for r, o in enumerate(together)
        ):
            break
        length += 1
    return length


def _same_shapes(one: Operation, other: Operation) -> bool:
    """Whether the shapes of two operations are the same, but for what a mask takes out."""
    if one.name == CONSTANT or (is_elementwise(one) and one.shape != other.shape):
        return one.name == CONSTANT or (len(one.shape) == 1 == len(other.shape))
    return one.shape == other.shape and [i.shape for i in one.ids] == [i.shape for i in other.ids]


def members(mask: int) -> list[int]:
    """The numbers in a set of bits, in ascending order."""
    return [i for i, bit in enumerate(reversed(bin(mask)[2:])) if bit == "1"]


def is_elementwise(operation: Operation) -> bool:
    """Whether each number of what came out depends on single numbers of what went in."""
    return operation.name in ELEMENTWISE
