"""A step computed again with something else at one of its operations."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from chainrule.checking.record._operations import Array, compute
from chainrule.checking.record._runs import Operand, Runs, members
from chainrule.checking.record._steps import Group

# What an operation is to give instead: of the run, and of the arrays that go in.
Edit = Callable[[int, list[Array]], Array]


class Replay:
    """Computes a step again."""

    def __init__(self, runs: Runs) -> None:
        self._runs = runs

    def changes(
        self, edits: Mapping[int, Edit], groups: Sequence[Group], count: int | None = None
    ) -> dict[int, list[Array]]:
        """What would be added to the parameters, in the first so many runs. Shapes: flat.

        Raises:
            ValueError: if shapes do not fit.
        """
        runs = self._runs
        ends = {n for group in groups for n in group.numbers}
        wanted = runs.before(ends) | sum(1 << number for number in ends)
        todo = [n for n in members(wanted) if n >= min(edits)]
        found: dict[int, list[Array]] = {group.number: [] for group in groups}
        for run in range(len(runs) if count is None else count):
            changed = self._again(run, edits, todo, ends)
            for group in groups:
                found[group.number].append(self._change(run, group, changed))
        return found

    def _again(
        self, run: int, edits: Mapping[int, Edit], todo: Sequence[int], ends: set[int]
    ) -> dict[int, Array]:
        runs = self._runs
        changed: dict[int, Array] = {}
        for number in todo:
            given = runs.sources[number]
            if number not in edits and not any(not s.isdisjoint(changed) for s in given):
                continue
            if number in runs.barrier and number not in ends:
                continue
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
        return changed

    def _gathered(self, run: int, operand: Operand, changed: Mapping[int, Array]) -> Array:
        runs = self._runs
        table, ids = runs.tables[run], runs.ids(run, operand)
        hit = [n for n in runs.given(operand) if n in changed]
        values = np.array(table.values[ids])
        if not hit:
            return values
        starts = {n: table.operations[n] for n in hit}
        if len(hit) == 1:
            new, old = changed[hit[0]], starts[hit[0]]
            if new.shape != old.shape:
                whole = np.arange(old.start, old.start + old.size)
                if ids.size == old.size and np.array_equal(ids.ravel(), whole):
                    return new
                if len(old.shape) == 2 and ids.shape == old.shape[::-1]:
                    return new.T
                raise ValueError("shapes that do not fit")
        for number in hit:
            old = starts[number]
            mine = (ids >= old.start) & (ids < old.start + old.size)
            values[mine] = changed[number].ravel()[ids[mine] - old.start]
        return values

    def _change(self, run: int, group: Group, changed: Mapping[int, Array]) -> Array:
        table = self._runs.tables[run]
        parts = []
        for update in group.updates:
            before = self._runs.values(update.parameter)[run]
            new = changed.get(update.number, table.result(update.number))
            if new.size != before.size:
                raise ValueError("shapes that do not fit")
            parts.append(np.ravel(new.reshape(before.shape) - before))
        return np.concatenate(parts)
