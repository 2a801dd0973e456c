"""A step computed again with something else at one of its operations."""

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence, Set

import numpy as np
from numpy.typing import NDArray

from chainrule.checking.record._operations import Array, compute
from chainrule.checking.record._runs import Operand, Runs, members
from chainrule.checking.record._steps import Group
from chainrule.checking.record._tape import Ids

# What an operation is to give instead: of the run, and of the arrays that go in.
Edit = Callable[[int, list[Array]], Array]


class Replay:
    """Computes a step again, for one way to mend it after the other."""

    def __init__(self, runs: Runs, entries: Mapping[int, Operand] | None = None) -> None:
        """Begin with a record, and the groups of which a gradient is looked at, not the change."""
        self._runs, self._entries = runs, entries or {}
        self._before: dict[tuple[int, ...], frozenset[int]] = {}
        self._recorded: dict[tuple[int, Operand], Array] = {}
        self._holders: dict[tuple[int, Operand, int], tuple[NDArray[np.bool_], Ids]] = {}

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

    def operand(self, edits: Mapping[int, Edit], operand: Operand) -> list[Array]:
        """What goes into an operation after some changes, in each run. Shapes: as it was."""
        wanted = frozenset(members(self._runs.leads_to(operand)[0])) - self._runs.barrier
        return [
            self._gathered(run, operand, self._again(run, edits, wanted))
            for run in range(len(self._runs))
        ]

    def _again(self, run: int, edits: Mapping[int, Edit], wanted: Set[int]) -> dict[int, Array]:
        """What changes, of what is wanted, one operation after the other. Shapes: their own."""
        runs = self._runs
        changed: dict[int, Array] = {}
        waiting = sorted(wanted & edits.keys())
        reached = set(waiting)
        while waiting:
            number = heapq.heappop(waiting)
            operation = runs.operation(number)
            arrays = [
                self._gathered(run, Operand(number, place), changed)
                for place in range(len(operation.ids))
            ]
            if number in edits:
                changed[number] = np.asarray(edits[number](run, arrays), dtype=np.float64)
            elif operation.name == "clip":  # a right gradient may be longer than a wrong one
                changed[number] = np.broadcast_to(arrays[0], operation.shape)
            else:
                changed[number] = compute(operation.name, arrays, operation.settings)
            for user in runs.users[number]:
                if user in wanted and user not in reached:
                    reached.add(user)
                    heapq.heappush(waiting, user)
        return changed

    def _gathered(self, run: int, operand: Operand, changed: Mapping[int, Array]) -> Array:
        """What goes in, with what is changed."""
        hit = [n for n in self._runs.given(operand) if n in changed]
        recorded = self._recorded.get((run, operand))
        if recorded is None:
            recorded = self._runs.values_in(run, operand)
            self._recorded[run, operand] = recorded
        if not hit:
            return recorded
        table, ids = self._runs.tables[run], self._runs.ids(run, operand)
        if len(hit) == 1:
            new, old = changed[hit[0]], table.operations[hit[0]]
            if new.shape != old.shape:
                whole = np.arange(old.start, old.start + old.size)
                if ids.size == old.size and np.array_equal(ids.ravel(), whole):
                    return new
                if len(old.shape) == 2 and ids.shape == old.shape[::-1]:
                    return new.T
                raise ValueError("shapes that do not fit")
        values = recorded.copy()
        for number in hit:
            mine, places = self._held(run, operand, number)
            values[mine] = changed[number].ravel()[places]
        return values

    def _held(self, run: int, operand: Operand, number: int) -> tuple[NDArray[np.bool_], Ids]:
        """Which of what goes in an operation gave, and which of its numbers those are."""
        known = self._holders.get((run, operand, number))
        if known is None:
            ids, old = self._runs.ids(run, operand), self._runs.tables[run].operations[number]
            mine = (ids >= old.start) & (ids < old.start + old.size)
            known = self._holders[run, operand, number] = (mine, ids[mine] - old.start)
        return known

    def _change(self, run: int, group: Group, changed: Mapping[int, Array]) -> Array:
        table = self._runs.tables[run]
        if group.number in self._entries:
            return -np.ravel(self._gathered(run, self._entries[group.number], changed))
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
