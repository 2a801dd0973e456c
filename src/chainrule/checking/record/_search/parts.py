"""The parts of which gradients are made: what comes back by one use of what went forward.

A normalisation uses what it takes several times, and what goes back to that is the sum of a part
by each use. A part is right whatever is made of it.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

from chainrule.checking.record._search.quantities import Kind, Quantities
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.operands import operands
from chainrule.checking.record._tape.operations import ELEMENTWISE, REDUCTIONS, Array, back

_NEAR = 1e-6


class Parts:
    """What went forward in a step, and what comes back by each use of it, under one loss."""

    def __init__(self, judged: Judgement, quantities: Quantities) -> None:
        self._judged, self._runs, self._quantities = judged, judged.runs, quantities

    def is_part(self, number: int, scale: float) -> bool:
        """Whether an operation gives what comes back by something on the way forward."""
        runs = self._runs
        seen = _line(runs.results(number))
        summed = any(runs.operation(n).name in REDUCTIONS for n in runs.users[number])
        return any(
            _near(seen, scale * part)
            for parts in (self._parts[0], self._parts[1] if summed else {})
            for part in parts.get(seen.size, ())
        )

    def is_forward(self, number: int) -> bool:
        """Whether something is computed once more that went forward."""
        seen = _line(self._runs.results(number))
        return any(_near(seen, values) for values in self._by_size.get(seen.size, ()))

    @cached_property
    def _by_size(self) -> Mapping[int, list[Array]]:
        """What goes forward, in all runs. Shapes: flat."""
        found: dict[int, list[Array]] = {}
        for values in map(_line, self.forward):
            found.setdefault(values.size, []).append(values)
        return found

    @cached_property
    def _parts(self) -> tuple[Mapping[int, list[Array]], Mapping[int, list[Array]]]:
        """The gradients by what goes forward, as a whole and by each of its uses, by their size.

        The second are those that are still to be summed, to the shape of what was read.
        """
        runs, quantities = self._runs, self._quantities
        found: tuple[dict[bytes, Array], dict[bytes, Array]] = ({}, {})
        for quantity in (*quantities.all, *quantities.between):
            if quantity.kind.is_gradient and quantity.kind is not Kind.BY_PARAMETER:
                self._keep(found[0], quantity.values)
        for number in sorted(quantities.forward):
            for place, given in enumerate(runs.sources[number]):
                if given <= runs.barrier:
                    continue  # what comes back to a parameter, or to a constant, goes no further
                uses = [self._by_use(run, number, place) for run in range(len(runs))]
                for kept, arrays in zip(found, zip(*uses, strict=True), strict=True):
                    self._keep(kept, arrays)
        by_size: tuple[dict[int, list[Array]], dict[int, list[Array]]] = ({}, {})
        for kept, sized in zip(found, by_size, strict=True):
            for values in kept.values():
                sized.setdefault(values.size, []).append(values)
        return by_size

    def _keep(self, found: dict[bytes, Array], values: Sequence[Array]) -> None:
        for turned in (False, True)[: 1 + (values[0].ndim == 2)]:
            line = _line([v.T if turned else v for v in values])
            if np.isfinite(line).all() and line.any():
                found.setdefault(np.round(line, 12).tobytes(), line)

    def _by_use(self, run: int, number: int, place: int) -> list[Array]:
        """What comes back to what an operation read: summed to its shape, and before that."""
        runs, table = self._runs, self._runs.tables[run]
        operation, arrays = runs.operation(number), table.inputs(number)
        came = self._judged.adjoints[run].of(table, number)
        result = table.result(number)
        wide = list(arrays)
        if operation.name in ELEMENTWISE:
            wide[place] = np.broadcast_to(arrays[place], operation.shape)
        return [
            back(operation.name, given, operation.settings, result, came, place)
            for given in (arrays, wide)
        ]

    @cached_property
    def forward(self) -> list[list[Array]]:
        """What goes forward, the last first, each once."""
        runs, found = self._runs, dict[bytes, list[Array]]()
        for number in sorted(self._quantities.forward, reverse=True):
            for arrays in (runs.results(number), *map(runs.values, operands(runs, number))):
                if arrays[0].size > 1:
                    found.setdefault(arrays[0].tobytes(), arrays)
        return list(found.values())


def _line(values: Sequence[Array]) -> Array:
    return np.concatenate([v.ravel() for v in values])


def _near(a: Array, b: Array) -> bool:
    return float(np.abs(a - b).max()) <= _NEAR * float(np.abs(b).max(initial=0))


def alike(a: Sequence[Array], b: Sequence[Array]) -> bool:
    return all(x.size == y.size for x, y in zip(a, b, strict=True)) and _near(_line(a), _line(b))
