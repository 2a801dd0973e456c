"""Right quantities of one number each, for code that computes number by number.

There may be a thousand of them in a step, and as many operations: all are compared at once.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from chainrule.checking.record._search.mending import Change, What
from chainrule.checking.record._search.quantities import Kind, Quantities, Quantity, false_slopes
from chainrule.checking.record._steps.flow import Operand
from chainrule.checking.record._steps.replay import Edit, instead
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._tape.operations import Array

_SAME, _ALONG = 1e-9, 1e-7  # how near a value, and a multiple of a gradient, must be


class Singles:
    """The single right quantities of a step."""

    def __init__(self, runs: Runs, quantities: Quantities) -> None:
        """Take those that have one number."""
        self._runs = runs
        single = [q for q in quantities.all if q.values[0].size == 1]
        self._all = [*single, *false_slopes(single)]
        values = [[v.item() for v in q.values] for q in self._all]
        self._values = np.array(values, dtype=np.float64).reshape(len(self._all), len(runs))
        self._lengths = np.einsum("qr,qr->q", self._values, self._values)
        self._is_gradient = np.array([q.kind.is_gradient for q in self._all], dtype=bool)
        self._units: dict[tuple[Kind, int], list[Quantity]] = {}
        for quantity in self._all:
            self._units.setdefault((quantity.kind, quantity.layer), []).append(quantity)

    def stands(self, operand: Operand) -> tuple[Quantity, float] | None:
        """Which of them an operand is, and the factor of a gradient; None if it is none."""
        seen: Array = np.array([v.item() for v in self._runs.values(operand)])
        with np.errstate(all="ignore"):
            c = np.where(self._is_gradient, self._values @ seen / self._lengths, 1.0)
        right = c[:, None] * self._values
        near = np.where(self._is_gradient, _ALONG, _SAME)[:, None] * np.abs(right)
        fits = (np.abs(seen - right) <= near).all(axis=1) & (c != 0)
        if not fits.any():
            return None
        first = int(fits.argmax())
        return self._all[first], float(c[first])

    def counterpart(self, quantity: Quantity, kind: Kind) -> Quantity | None:
        """The quantity of another kind that belongs to the same unit."""
        mine = self._units[quantity.kind, quantity.layer]
        others = self._units.get((kind, quantity.layer), [])
        if not others or len(mine) % len(others):  # false slopes are there in several forms
            return None
        return others[next(i for i, q in enumerate(mine) if q is quantity) % len(others)]

    def everywhere(self, numbers: Sequence[int], place: int) -> Iterator[Change]:
        """The same change at every execution of an operation on single numbers."""
        runs = self._runs
        first = numbers[0]
        if any(runs.ids(0, Operand(n, place)).size != 1 for n in numbers):
            return
        stand = {n: self.stands(Operand(n, place)) for n in numbers}
        known = {n: s for n, s in stand.items() if s is not None}
        if len(known) < len(numbers):
            return
        if runs.operation(first).name == "multiply":
            other = 1 - place
            yield Change(first, What.REMOVED, 3,
                         {n: lambda _run, arrays: arrays[other] for n in numbers},
                         known[first][0])  # fmt: skip
        for kind in (Kind.PREACTIVATION, Kind.ACTIVATION, Kind.SLOPE, Kind.BY_PREACTIVATION,
                     Kind.BY_ACTIVATION):  # fmt: skip
            belongs = {n: self.counterpart(q, kind) for n, (q, _) in known.items()}
            edits: dict[int, Edit] = {}
            for number, quantity in belongs.items():
                stands, scale = known[number]
                if quantity is None or quantity.kind is stands.kind:
                    break
                operand = Operand(number, place)
                values = [v.reshape(runs.ids(0, operand).shape) for v in quantity.values]
                c = scale if kind.is_gradient else 1.0
                edits[number] = instead(runs, operand, values, c)
            else:
                yield Change(first, What.REPLACED, 1, edits, known[first][0], belongs[first])
