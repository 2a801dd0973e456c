"""A step computed again with something else at one of its operations."""

import heapq
from collections.abc import Callable, Container, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule.checking.record._steps.flow import Operand, members
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._steps.steps import Group
from chainrule.checking.record._tape.operations import Array, compute, computed
from chainrule.checking.record._tape.tape import Ids
from chainrule.checking.record.table import Operation

# What an operation is to give instead: of the run, and of the arrays that go in.
Edit = Callable[[int, list[Array]], Array]


@dataclass(frozen=True)
class Given:
    """An edit: an operation that is given other things.

    Attributes:
        operation: that is done.
        instead: for a place of what goes in, what is given there in each run.
    """

    operation: Operation
    instead: Mapping[int, Callable[[int], Array]]

    def __call__(self, run: int, arrays: list[Array]) -> Array:
        """What it gives. Shape: its own."""
        given = [self.instead[i](run) if i in self.instead else a for i, a in enumerate(arrays)]
        return compute(self.operation.name, given, self.operation.settings)


def instead(runs: Runs, operand: Operand, values: Sequence[Array], scale: float = 1.0) -> Edit:
    """An operation that is given other values at a place, in each run, times a number."""
    operation = runs.operation(operand.number)
    return Given(operation, {operand.place: lambda run: np.asarray(scale * values[run])})


def constantly(values: Sequence[Array]) -> Edit:
    """What gives the same whatever goes in. Shapes: in each run alike."""
    return lambda run, _arrays: values[run]


def both(one: Edit, other: Edit) -> Edit | None:
    """Two edits of the same operation as one, if they are of different things that go in."""
    if (
        not isinstance(one, Given)
        or not isinstance(other, Given)
        or {*one.instead} & {*other.instead}
    ):
        return None
    return Given(one.operation, {**one.instead, **other.instead})


class _Entering(NamedTuple):
    """Something that goes into an operation, and which operations give it that are changed."""

    operand: Operand
    changed: tuple[int, ...]


class _Held(NamedTuple):
    """Which of the numbers that go in an operation gave, and which of its numbers those are.

    Attributes:
        mine: which of them, or None for all.
        places: of the operation's numbers, or None for all in their order.
    """

    mine: NDArray[np.bool_] | None
    places: Ids | None


class Replay:
    """Computes a step again, for one way to mend it after the other."""

    def __init__(self, runs: Runs, entries: Mapping[int, Operand] | None = None) -> None:
        """Begin with a record, and the groups of which a gradient is looked at, not the change."""
        self._runs, self._entries = runs, entries or {}
        self._before: dict[tuple[int, ...], frozenset[int]] = {}
        self._orders: dict[
            tuple[frozenset[int], frozenset[int]], list[tuple[int, list[_Entering]]]
        ] = {}
        self._recorded: list[dict[Operand, Array]] = [{} for _ in range(len(runs))]
        self._holders: list[dict[tuple[Operand, int], _Held]] = [{} for _ in range(len(runs))]

    def changes(
        self, edits: Mapping[int, Edit], groups: Sequence[Group]
    ) -> dict[int, list[Array]]:
        """What would be added to the parameters, in each run. Shapes: flat.

        Raises:
            ValueError: if shapes do not fit.
        """
        each = list(self.each(edits, groups))
        return {group.number: [run[group.number] for run in each] for group in groups}

    def each(
        self, edits: Mapping[int, Edit], groups: Sequence[Group]
    ) -> Iterator[dict[int, Array]]:
        """What would be added to the parameters, one run after the other. Shapes: flat.

        Raises:
            ValueError: if shapes do not fit.
        """
        ends = tuple(n for group in groups for n in group.numbers)
        if ends not in self._before:
            wanted = self._runs.before(ends) | sum(1 << number for number in set(ends))
            stay = self._runs.barrier - set(ends)
            self._before[ends] = frozenset(members(wanted)) - stay
        for run in range(len(self._runs)):
            changed = self._again(run, edits, self._before[ends])
            yield {group.number: self._change(run, group, changed) for group in groups}

    def result(self, edits: Mapping[int, Edit], number: int) -> list[Array]:
        """What an operation gives after some changes, in each run. Shapes: as it was, if it fits.

        Raises:
            ValueError: if shapes do not fit.
        """
        wanted = frozenset(members(self._runs.ancestors[number])) - self._runs.barrier
        found = []
        for run, table in enumerate(self._runs.tables):
            changed = self._again(run, edits, wanted)
            found.append(changed[number] if number in changed else table.result(number))
        return found

    def operand(self, edits: Mapping[int, Edit], operand: Operand) -> list[Array]:
        """What goes into an operation after some changes, in each run. Shapes: as it was."""
        wanted = frozenset(members(self._runs.leads_to(operand)[0])) - self._runs.barrier
        found = []
        for run in range(len(self._runs)):
            changed = self._again(run, edits, wanted)
            found.append(self._gathered(run, self._given(operand, changed), changed))
        return found

    def _again(
        self, run: int, edits: Mapping[int, Edit], wanted: frozenset[int]
    ) -> dict[int, Array]:
        """What changes, of what is wanted, one operation after the other. Shapes: their own."""
        begin = frozenset(wanted & edits.keys())
        order = self._orders.get((begin, wanted))
        if order is None:
            order = self._orders[begin, wanted] = self._order(begin, wanted)
        changed: dict[int, Array] = {}
        with np.errstate(all="ignore"):
            for number, given in order:
                operation = self._runs.operation(number)
                arrays = [self._gathered(run, one, changed) for one in given]
                if number in begin:
                    changed[number] = np.asarray(edits[number](run, arrays), dtype=np.float64)
                elif operation.name == "clip":  # a right gradient may be longer than a wrong one
                    changed[number] = np.broadcast_to(arrays[0], operation.shape)
                else:
                    changed[number] = computed(operation.name, arrays, operation.settings)
        return changed

    def _order(self, begin: Set[int], wanted: Set[int]) -> list[tuple[int, list[_Entering]]]:
        """The operations that are reached from some, of those wanted, with what goes into each."""
        waiting, reached = sorted(begin), set(begin)
        order = []
        while waiting:
            number = heapq.heappop(waiting)
            places = range(len(self._runs.operation(number).ids))
            given = [self._given(Operand(number, place), reached) for place in places]
            order.append((number, given))
            for user in self._runs.users[number]:
                if user in wanted and user not in reached:
                    reached.add(user)
                    heapq.heappush(waiting, user)
        return order

    def _given(self, operand: Operand, changed: Container[int]) -> _Entering:
        return _Entering(operand, tuple(n for n in self._runs.given(operand) if n in changed))

    def _gathered(self, run: int, given: _Entering, changed: Mapping[int, Array]) -> Array:
        """What goes in, with what is changed."""
        operand = given.operand
        recorded = self._recorded[run].get(operand)
        if recorded is None:
            recorded = self._recorded[run][operand] = self._runs.values_in(run, operand)
        if not given.changed:
            return recorded
        table, values = self._runs.tables[run], None
        for number in given.changed:
            new, old = changed[number], table.operations[number]
            mine, places = self._held(run, operand, number)
            if len(given.changed) == 1 and new.shape != old.shape:
                if mine is None and places is None:
                    return new
                if len(old.shape) == 2 and recorded.shape == old.shape[::-1]:
                    return new.T
                raise ValueError("shapes that do not fit")
            flat = new.ravel() if places is None else new.ravel()[places]
            if mine is None:
                return flat.reshape(recorded.shape)
            values = recorded.copy() if values is None else values
            values[mine] = flat
        return recorded if values is None else values

    def _held(self, run: int, operand: Operand, number: int) -> _Held:
        """Which of what goes in an operation gave, and which of its numbers those are."""
        known = self._holders[run].get((operand, number))
        if known is None:
            ids, old = self._runs.ids(run, operand), self._runs.tables[run].operations[number]
            mine = (ids >= old.start) & (ids < old.start + old.size)
            places = ids[mine] - old.start
            whole = places.size == old.size and np.array_equal(places, np.arange(old.size))
            known = _Held(None if mine.all() else mine, None if whole else places)
            self._holders[run][operand, number] = known
        return known

    def _change(self, run: int, group: Group, changed: Mapping[int, Array]) -> Array:
        table = self._runs.tables[run]
        if group.number in self._entries:
            entry = self._given(self._entries[group.number], changed)
            return -np.ravel(self._gathered(run, entry, changed))
        parts = []
        for update in group.updates:
            before = self._runs.values_in(run, update.parameter)
            new = changed.get(update.number)
            if new is None:
                new = table.result(update.number)
            if new.size != before.size:
                raise ValueError("shapes that do not fit")
            parts.append(np.ravel(new.reshape(before.shape) - before))
        return np.concatenate(parts)
