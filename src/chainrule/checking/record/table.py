"""What a run computed: operations of a fixed list, and numbers.

Every operation can be computed again from what went in. A record that does not agree with itself
is refused, and nothing is judged by it.
"""

import ast
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule.checking.hints import place_in_words
from chainrule.checking.learner.desk import Problem
from chainrule.checking.record._tape.operations import (
    CONSTANT,
    OPAQUE,
    SOURCES,
    Array,
    Settings,
    computed,
)
from chainrule.checking.record._tape.tape import (
    MOST_EVENTS,
    Ids,
    Place,
    Tape,
)
from chainrule.errors import ChainruleError

TOLERANCE = 1e-9  # of a number that is computed again, beside the largest that came out


class RecordError(ChainruleError):
    """A record that cannot be read, or does not agree with itself."""


class Code(NamedTuple):
    """A piece of the learner's source.

    Attributes:
        cell: of a notebook, from 1 on; 0 in a file.
        line: where it begins, from 1 on.
        last_line: where it ends.
        column: where it begins, in bytes of UTF-8.
        last_column: where it ends.
        function: in which function it stands, `<module>` at the top level.
        file: of the learner's module that it is in, `Module.file`; "" in the file itself.
    """

    cell: int
    line: int
    last_line: int = 0
    column: int = 0
    last_column: int = 0
    function: str = ""
    file: str = ""

    def __str__(self) -> str:
        """Its cell, if it is in a notebook, and line; those of another module with its file."""
        return place_in_words(self.cell, self.line, self.file)

    def at(self, node: ast.expr | ast.stmt) -> "Code":
        """What stands at another place of the same function."""
        return self._replace(
            line=node.lineno, last_line=node.end_lineno or node.lineno,
            column=node.col_offset, last_column=node.end_col_offset or 0,
        )  # fmt: skip

    @property
    def sheet(self) -> tuple[str, int]:
        """The text that it stands in, as `sheets_of` has it."""
        return self.file, self.cell

    @property
    def home(self) -> tuple[str, str]:
        """The function that it stands in, and the file of that."""
        return self.file, self.function


class Stop(NamedTuple):
    """How a run came to its end.

    Attributes:
        kind: "" by itself; "enough" was seen, or "time" is up; by a "problem" of the learner's
            code; what it did was "refused" by the record.
        text: why it was refused; `PASSED_OVER` where it went on though calls had failed.
        problem: the exception.
    """

    kind: str = ""
    text: str = ""
    problem: Problem | None = None


class Called(NamedTuple):
    """What one of the lab's functions was called with.

    Attributes:
        name: of the function, in small letters.
        axes: of more than one number that its largest argument has.
        beyond: whether there are numbers below 0 or above 1 in its first argument.
        inner: whether it was called in a function, and not merely tried at the top level.
    """

    name: str
    axes: int
    beyond: bool
    inner: bool


_ENDED = Stop()
PASSED_OVER = "calls that failed were passed over"


@dataclass(frozen=True)
class Operation:
    """One operation of a run.

    Attributes:
        name: in the list of operations.
        settings: such as the axis.
        ids: of the numbers that went in, array by array. Shapes: of the arrays.
        shape: of what came out.
        start: the id of its first number; the others follow.
        place: index into `Table.places`.
    """

    name: str
    settings: Settings
    ids: tuple[Ids, ...]
    shape: tuple[int, ...]
    start: int
    place: int

    @cached_property
    def size(self) -> int:
        """How many numbers came out."""
        return math.prod(self.shape)


@dataclass(frozen=True)
class Table:
    """What a run computed.

    Attributes:
        operations: in the order in which they happened.
        values: every number by its id. Shape: `(ids,)`.
        places: where operations stand, innermost frame first, and then where others were done.
        stop: how the run ended.
        standins: modules that were stood in for.
        calls: of the lab's functions, if these were asked for.
    """

    operations: tuple[Operation, ...]
    values: Array
    places: tuple[tuple[Code, ...], ...]
    stop: Stop = _ENDED
    standins: tuple[str, ...] = ()
    calls: tuple[Called, ...] = ()
    _lengths: NDArray[np.int64] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        starts = np.array([0, *(o.start for o in self.operations)], dtype=np.int64)
        object.__setattr__(self, "_lengths", starts)

    @cached_property
    def owner(self) -> NDArray[np.int64]:
        """For each id the number of the operation that it came from. Shape: `(ids,)`."""
        ids = np.arange(self.values.size)
        return np.searchsorted(self._lengths, ids, side="right") - 2

    def owners(self, ids: NDArray[np.int64]) -> set[int]:
        """The operations that these numbers came from."""
        return set(self.owner[ids].ravel().tolist())

    @cached_property
    def _givers(self) -> dict[int, tuple[set[int], ...]]:
        return {}

    def givers(self, number: int) -> tuple[set[int], ...]:
        """The operations that the arrays came from that go into one, array by array."""
        known = self._givers.get(number)
        if known is None:
            known = tuple(map(self.owners, self.operations[number].ids))
            self._givers[number] = known
        return known

    def inputs(self, number: int) -> list[Array]:
        """The arrays that went into an operation. Shapes: as they were."""
        return [np.asarray(self.values[ids]) for ids in self.operations[number].ids]

    def result(self, number: int) -> Array:
        """What came out of it. Shape: its own."""
        operation = self.operations[number]
        return self.values[operation.start : operation.start + operation.size].reshape(
            operation.shape
        )

    def verify(self) -> None:
        """Compute every operation again.

        Raises:
            RecordError: if one does not give what the record says.
        """
        with np.errstate(all="ignore"):
            for number, operation in enumerate(self.operations):
                if operation.name in SOURCES or operation.name == OPAQUE:
                    continue
                written = self.result(number)
                try:
                    again = computed(operation.name, self.inputs(number), operation.settings)
                except Exception as error:  # NumPy's functions each have their own kinds
                    raise RecordError(f"operation {number} cannot be computed again") from error
                if again.shape != written.shape or not _same(again, written):
                    raise RecordError(f"operation {number} does not give what the record says")


def _same(again: Array, written: Array) -> bool:
    if (again == written).all():
        return True
    finite = np.isfinite(written)
    if not np.array_equal(finite, np.isfinite(again)):
        return False
    largest = np.abs(written[finite]).max(initial=0.0)
    return bool(np.abs(again - written)[finite].max(initial=0.0) <= TOLERANCE * largest)


def distinct(array: NDArray[Any]) -> int:
    """How many different numbers there are in an array. Shape: `(...)`.

    `numpy.unique` would do, but loads masked arrays at its first call: 20 ms in each process.
    """
    numbers = set(array.ravel().tolist())
    known = {number for number in numbers if not math.isnan(number)}  # each NaN is another
    return len(known) + (len(known) < len(numbers))


def table_of(
    tape: Tape,
    code_of: Callable[[Place], Code | None],
    stop: Stop,
    standins: tuple[str, ...],
) -> Table:
    """The table of a tape that is no longer written on.

    Constants come first, together: how many there are may differ from run to run, and the
    operations that follow can then be compared one by one.
    """
    known: dict[tuple[Place, ...], int] = {}
    codes: dict[Place, Code | None] = {}
    places: list[tuple[Code, ...]] = [()]

    def told(place: tuple[Place, ...]) -> tuple[Code, ...]:
        codes.update({one: code_of(one) for one in place if one not in codes})
        return tuple(code for one in place if (code := codes[one]) is not None)

    events = tape.events[:MOST_EVENTS]
    ends = [math.prod(event.shape) + event.start for event in events]
    last = ends[-1] if ends else 1
    constant = np.zeros(last, dtype=bool)
    for event, end in zip(events, ends, strict=True):
        if event.name == CONSTANT:
            constant[event.start : end] = True
    order = np.concatenate(
        [[0], np.flatnonzero(constant), 1 + np.flatnonzero(~constant[1:])]
    ).astype(np.int64)
    new = np.empty_like(order)
    new[order] = np.arange(order.size)
    count = int(constant.sum())
    operations = [Operation(CONSTANT, {}, (), (count,), 1, 0)]
    start = 1 + count
    for event, end in zip(events, ends, strict=True):
        if event.name == CONSTANT:
            continue
        place = known.get(event.place)
        if place is None:
            place = known[event.place] = len(places)
            places.append(told(event.place))
        ids = tuple(new[one] for one in event.ids)
        operations.append(Operation(event.name, event.settings, ids, event.shape, start, place))
        start += end - event.start
    for beside in tape.passed.values():
        if beside not in known:
            known[beside] = len(places)
            places.append(told(beside))
    values = tape.values[:last][order]
    return Table(tuple(operations), values, tuple(places), stop, standins)


def nothing(why: str) -> Table:
    """The table of a run of which nothing can be told, and why."""
    source = Operation(CONSTANT, {}, (), (0,), 1, 0)
    return Table((source,), np.zeros(1), ((),), Stop("refused", why))
