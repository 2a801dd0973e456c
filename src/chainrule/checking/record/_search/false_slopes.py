"""What stands where the derivative of an activation belongs, where it is no derivative."""

from dataclasses import replace

import numpy as np

from chainrule.checking.record._search.mending import Change, What
from chainrule.checking.record._search.quantities import FALSE_SLOPES, Kind, Quantities, Quantity
from chainrule.checking.record._steps.factors import factor
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._tape.operations import Array


def as_false_slope(runs: Runs, quantities: Quantities, change: Change) -> Change:
    """A result that is another gradient, as the wrong derivative that stands in it."""
    if change.what is not What.RESULT or change.before is not None or change.after is None:
        return change
    cut = runs.operation(change.number).name == "maximum"  # it is no product
    if change.after.kind is not Kind.BY_PREACTIVATION or cut:
        return change
    slopes = quantities.of(Kind.SLOPE, change.after.layer)
    if not slopes:  # each output depends on every input, as with softmax
        return replace(change, before=_quotient(runs, quantities, change, change.after.layer))
    stands = _quotient(runs, quantities, change)
    if stands is None:
        return change
    slope = Quantity(Kind.SLOPE, change.after.layer, change.after.values)
    return replace(change, what=What.REPLACED, before=stands, after=slope)


def _quotient(
    runs: Runs, quantities: Quantities, change: Change, of_outputs: int = 0
) -> Quantity | None:
    """What stands where the slope belongs: what is there over what should be, times it.

    Args:
        runs: the record.
        quantities: those that are right.
        change: whose result is a wrong derivative.
        of_outputs: a layer that has no slope of its own: there it is what is there over the
            derivative by its outputs. 0 if it has one.
    """
    assert change.after is not None
    seen = runs.results(change.number)
    due = [change.edits[change.number](r, []) for r in range(len(runs))]
    kind = Kind.BY_ACTIVATION if of_outputs else Kind.SLOPE
    known = [
        q for q in quantities.of(kind, change.after.layer)
        if q.values[0].size == due[0].size
    ]  # fmt: skip
    if not known or seen[0].shape != due[0].shape:
        return None
    with np.errstate(all="ignore"):
        stands = [
            s / w.reshape(s.shape) if of_outputs else s / d * w.reshape(s.shape)
            for s, d, w in zip(seen, due, known[0].values, strict=True)
        ]
    stands = [np.where(np.isfinite(v), v, 0) for v in stands]
    for quantity in quantities.all:
        if quantity.kind not in FALSE_SLOPES or quantity.layer != change.after.layer:
            continue
        if quantity.values[0].size != seen[0].size:
            continue
        forms = [(quantity.kind, _itself), *FALSE_SLOPES[quantity.kind]]
        for kind, taken in forms:
            wanted = [
                taken(v).reshape(s.shape) for v, s in zip(quantity.values, seen, strict=True)
            ]
            masked = [np.where(s != 0, v, 0) for v, s in zip(wanted, stands, strict=True)]
            if factor(stands, masked) is not None:
                return Quantity(kind, quantity.layer, tuple(wanted))
    return None


def _itself(values: Array) -> Array:
    return values
