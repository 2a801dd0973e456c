"""What was left out on the way back: a slope or a mask, of its places, and a scale."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from chainrule.checking.record._search.mending import Change, What
from chainrule.checking.record._search.quantities import Kind, Quantities, Quantity, identify
from chainrule.checking.record._steps.factors import factor
from chainrule.checking.record._steps.flow import Operand
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.operands import operands
from chainrule.checking.record._steps.replay import Edit, instead
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._steps.spots import scale_of
from chainrule.checking.record._tape.operations import Array

_NEARER, _AT_HOME = 0.06, 0.07  # of a rank


class LeftOut:
    """Prefers what hands on the gradient that a slope or a mask belongs to."""

    def __init__(
        self, runs: Runs, quantities: Quantities, identified: Callable[[Operand], Quantity | None]
    ) -> None:
        """Take what is known of a step, and what tells which right quantity an operand is."""
        self._runs, self._quantities, self._identified = runs, quantities, identified

    def nearness(self, number: int, slope: Quantity) -> float:
        """How much likelier it is than elsewhere that a slope or a mask was left out here."""
        if not self._hands_on(number, slope):
            return 0
        runs = self._runs
        codes = [runs.code(n)[:1] for n in (number, self._unscaled(slope.given)) if n >= 0]
        classes = [c.function.rpartition(".")[0] for code in codes for c in code]
        return _AT_HOME if len(classes) == 2 and classes[0] == classes[1] != "" else _NEARER

    def _hands_on(self, number: int, slope: Quantity) -> bool:
        """Whether a gradient passes as it is, or scaled, where a slope or a mask belongs to it."""
        runs = self._runs
        if not self._scales(number) or runs.updates.keys() & runs.users[number]:
            return False
        if identify(runs.results(number), self._quantities.met_by(slope))[0]:
            return True
        # What came before may be wrong, too: then it is known by the weights that it went through.
        before = self._unscaled(number)
        through = map(self._identified, operands(runs, before) if before >= 0 else ())
        weights = (Kind.WEIGHTS, slope.layer + 1)
        return any(q is not None and (q.kind, q.layer) == weights for q in through)

    def _scales(self, number: int) -> bool:
        """Whether it multiplies by one number, as by a mask that leaves nothing out, too."""
        runs = self._runs
        if scale_of(runs, number) is not None:
            return True
        if runs.operation(number).name != "multiply":
            return False
        given = [o for o in operands(runs, number) if not runs.depends_on_parameters(o)]
        return len(given) == 1 and all(np.all(v == 1) for v in runs.values(given[0]))

    def _unscaled(self, number: int) -> int:
        """The operation that gave what then passed as it is, or scaled; −1 if none did."""
        while number >= 0 and self._scales(number):
            number = max(set().union(*self._runs.sources[number]), default=-1)
        return number


def unscaled(judged: Judgement, quantities: Quantities, path: Sequence[int]) -> Iterator[Change]:
    """What comes back to a product with a parameter, and goes on without it wherever it does.

    Each number of something is multiplied on the way forward, as a normalisation is scaled.
    """
    runs = judged.runs
    for number in quantities.forward:
        operation = runs.operation(number)
        scales = operation.name == "multiply" and operation.size > 1
        for place, other in ((0, 1), (1, 0)) if scales else ():
            given = runs.given(Operand(number, place))
            if not given or given - runs.barrier or operation.ids[other].shape != operation.shape:
                continue
            scale = [np.broadcast_to(v, operation.shape)
                     for v in runs.values(Operand(number, place))]  # fmt: skip
            came = judged.by(number)
            edits = {
                n: _times(runs, operand, scale)
                for n in path
                for operand in operands(runs, n)
                if runs.ids(0, operand).shape == operation.shape
                and factor(runs.values(operand), came) is not None
            }
            if edits:
                after = Quantity(Kind.SCALE, -1, tuple(scale))
                yield Change(min(edits), What.SLOPE_ADDED, 0.85, edits, None, after)


def _times(runs: Runs, operand: Operand, scale: Sequence[Array]) -> Edit:
    values = zip(runs.values(operand), scale, strict=True)
    return instead(runs, operand, [v * s for v, s in values])
