"""Zeros that a mask puts into a gradient, and those that belong there."""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

import numpy as np

from chainrule.checking.record._search.mending import Change, What, variants
from chainrule.checking.record._search.quantities import Kind, Quantities, Quantity, identify
from chainrule.checking.record._steps.flow import Operand
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.operands import operands
from chainrule.checking.record._steps.replay import Edit, instead
from chainrule.checking.record._steps.steps import way_to
from chainrule.checking.record._tape.operations import MASKED


class Masks:
    """The masks on the way back of a step."""

    def __init__(
        self,
        judged: Judgement,
        quantities: Quantities,
        identified: Callable[[Operand], Quantity | None],
    ) -> None:
        """Look for nothing yet.

        Args:
            judged: the step.
            quantities: those that are right.
            identified: which of them an operand is.
        """
        self._judged, self._runs, self._quantities = judged, judged.runs, quantities
        self._identified = identified

    def mended(self, uses: Sequence[Operand]) -> Iterator[Change]:
        """A gradient of which a mask lets through something else than the activation's slope."""
        first = uses[0]
        stands, scale = self._unmasked(first)
        if self.is_rightly_masked(first):
            return
        for quantity in self._quantities.near(first.number):
            if quantity.kind is not Kind.BY_PREACTIVATION:
                continue
            if stands is not None and (
                stands.kind is not Kind.BY_ACTIVATION or stands.layer != quantity.layer
            ):
                continue
            edits: dict[int, Edit] = {}
            for use in uses:
                for values in variants(quantity, self._runs.ids(0, use).shape, False)[:1]:
                    edits[use.number] = instead(self._runs, use, values, scale)
            if len(edits) == len(uses):
                yield Change(self.mask_at(first), What.MASK, 1 if stands is not None else 5,
                             edits, stands, quantity)  # fmt: skip

    @cached_property
    def uses(self) -> list[list[Operand]]:
        """Where zeros stand that a mask has put into what an operation gave, array by array."""
        runs = self._runs
        found: dict[bytes, list[Operand]] = {}
        for number in way_to(runs, self._judged.groups):
            if number in self._quantities.forward:
                continue
            for operand in operands(runs, number):
                ids = runs.ids(0, operand)
                if ids.size > 1 and len(runs.given(operand)) == 1 and self.mask_at(operand):
                    found.setdefault(np.sort(ids, axis=None).tobytes(), []).append(operand)
        return list(found.values())

    def mask_at(self, operand: Operand) -> int:
        """The operation that put one number into an operand by a mask, as 0; 0 if none did."""
        runs = self._runs
        return next(
            (n for n in sorted(runs.first.owners(runs.ids(0, operand)))
             if runs.operation(n).name == MASKED and not np.ptp(runs.first.result(n))), 0
        )  # fmt: skip

    def is_rightly_masked(self, operand: Operand) -> bool:
        """Whether a gradient by a pre-activation is what a mask has left."""
        stands = self._identified(operand)
        return stands is not None and stands.kind is Kind.BY_PREACTIVATION

    def _unmasked(self, operand: Operand) -> tuple[Quantity | None, float]:
        """Which gradient it was before a mask put zeros into it, and its factor."""
        (source,) = self._runs.given(operand)
        stands, scale = identify(self._runs.results(source), self._quantities.near(operand.number))
        gradient = stands is not None and stands.kind.is_gradient
        return (stands, scale) if gradient else (None, 1.0)
