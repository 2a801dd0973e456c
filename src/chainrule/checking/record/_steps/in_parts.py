"""A loss in parts that are never added up, as where each of them is only printed.

How much of each part is in the gradients is read from those of parameters that are right for such
a sum and no part alone; the same weights then hold for all.
"""

from collections.abc import Sequence

import numpy as np

from chainrule.checking.record._steps.decay import Penalties
from chainrule.checking.record._steps.factors import TOLERANCE, same_factor
from chainrule.checking.record._steps.flow import members
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.losses import COMPUTED, Loss, measures
from chainrule.checking.record._steps.steps import Group, way_to
from chainrule.checking.record._tape.operations import Array

_MOST = 4  # parts
_LEAST = 3  # numbers of a gradient for each part that it is read from
_OTHERS = ("exp", "logaddexp", "maximum")  # that measure where no gradient goes through them
_CLEAR = 1e-3  # of a gradient: what a part has in it


def in_parts(
    best: Judgement, found: Sequence[Judgement], penalties: Penalties
) -> Judgement | None:
    """The judgement by the sum of all parts; None if it explains less than one of them.

    Args:
        best: by the loss that explains most.
        found: the step under each loss that may be meant.
        penalties: of the step.
    """
    parts = _parts(found) if best.wrong and not best.loss.apart else []
    if not 1 < len(parts) <= _MOST:
        return None
    read = _weights(parts)
    several = [*read, *(tuple(map(abs, weights)) for weights in read), (1.0,) * len(parts)]
    wholes = [(min(weights) > 0, _whole(parts, weights, penalties)) for weights in several]
    wholes = [(added, one) for added, one in wholes if best.right <= one.right]
    return max(wholes, key=lambda w: (len(w[1].right), w[0]), default=(False, None))[1]


def _whole(
    parts: Sequence[Judgement], weights: Sequence[float], penalties: Penalties
) -> Judgement:
    """The judgement by a weighted sum of parts."""
    first = parts[0]
    seeds = tuple(
        [(ids, w * g) for one, w in zip(parts, weights, strict=True)
         for ids, g in one.loss.seeds[run]]
        for run in range(len(first.runs))
    )  # fmt: skip
    last = max(one.loss.computed or 0 for one in parts)
    loss = Loss(COMPUTED, seeds, last, first.loss.outputs, said=_said(parts, weights))
    return Judgement(first.runs, first.step, loss, penalties)


def _said(parts: Sequence[Judgement], weights: Sequence[float]) -> str:
    terms = [
        f"{'' if same_factor(weight, 1) else f'{weight:.4g} times '}that of {codes[0]}"
        for one, weight in zip(parts, weights, strict=True)
        if (codes := one.runs.code(one.loss.computed or 0))
    ]
    return f"The parts of its loss are never added up: the gradient is {' and '.join(terms)}."


def _parts(found: Sequence[Judgement]) -> list[Judgement]:
    """The measures that are computed of the step, and are in no other one."""
    runs = found[0].runs
    computed = {
        n: one for one in found
        if not one.loss.apart and not one.loss.taken_back
        and (n := one.loss.computed) is not None
        and runs.operation(n).size == 1
    }  # fmt: skip
    inner = 0
    for number in computed:
        inner |= runs.ancestors[number] & ~(1 << number)
    return [one for n, one in computed.items() if not inner >> n & 1 and _measures(one)]


def _measures(one: Judgement) -> bool:
    """Whether it is made of the step by what no gradient goes through, and is more than a sum."""
    runs = one.runs
    return any(
        runs.operation(n).name in _OTHERS or measures(runs.operation(n))
        for n in members(runs.ancestors[one.loss.computed or 0] & ~one.step.mask)
    )


def _weights(parts: Sequence[Judgement]) -> list[tuple[float, ...]]:
    """How much there is of each part in what goes along a sum of them all."""
    found: list[tuple[float, ...]] = []
    for group in parts[0].step.groups:
        weights = _weights_of(parts, group)
        if weights and not any(all(map(same_factor, weights, other)) for other in found):
            found.append(weights)
    return found[:_MOST]


def _weights_of(parts: Sequence[Judgement], group: Group) -> tuple[float, ...] | None:
    """The weights of the parts in the gradient of an array, relative to the first."""
    runs = parts[0].runs
    each = [np.concatenate(group.right(one.adjoints)) for one in parts]
    size = runs.operation(group.number).size
    way = [n for n in way_to(runs, [group]) if runs.operation(n).size == size]
    way = way if len(group.numbers) == 1 else []
    stands = [group.changes(), *(runs.results(n) for n in way)]
    for values in stands:
        weights = _fitted(each, np.concatenate([v.ravel() for v in values]))
        if weights is not None:
            return weights
    return None


def _fitted(each: Sequence[Array], values: Array) -> tuple[float, ...] | None:
    """What some numbers have of each of several; None if they are not made of them all."""
    largest = float(np.abs(values).max(initial=0.0))
    if values.size < _LEAST * len(each) or not 0 < largest < np.inf:
        return None
    found = np.linalg.lstsq(np.stack(each, axis=1), values)[0]
    terms = [c * one for c, one in zip(found, each, strict=True)]
    if any(np.abs(t).max() < _CLEAR * largest for t in terms):
        return None
    if np.abs(sum(terms) - values).max() > TOLERANCE * largest:
        return None
    return tuple(float(c / found[0]) for c in found)
