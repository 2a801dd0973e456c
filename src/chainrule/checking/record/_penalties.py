"""A penalty of the weights' squares: the loss and the gradient must have the same."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from chainrule.checking.record._judgement import TOLERANCE, Judgement, factor
from chainrule.checking.record._operations import Array
from chainrule.checking.record._runs import scaled_at
from chainrule.checking.record._spots import WrongCode, lost_in_a_loop, spot
from chainrule.checking.record._steps import Group
from chainrule.checking.record.table import Code

_SAME = 1e-3  # of a strength
_IDEA = "the loss that is computed and the gradient that is used do not have the same penalty"


class _Parts(NamedTuple):
    """What makes up a gradient or a change: so much of another, and so much of the parameter."""

    other: float
    decay: float


def penalties(found: Sequence[Judgement]) -> Iterator[WrongCode]:
    """Where the computed loss penalises weights, and the gradient not, or not as much.

    A decay alone, of which the loss knows nothing, is nobody's mistake.
    """
    right = [one for one in found if not one.wrong and not one.adaptive and not one.loss.apart]
    data = max(right, key=lambda one: len(one.decayed), default=None)
    if data is None:
        return
    whole = data.loss.computed  # what adds up to it is a part of it, and no total
    parts = 0 if whole is None or data.decayed else data.runs.ancestors[whole]
    totals = [
        one for one in found
        if one.loss.computed is not None and not one.loss.apart
        and not parts >> one.loss.computed & 1
    ]  # fmt: skip
    for total in sorted(totals, key=lambda one: -(one.loss.computed or 0)):
        due = {g: _due(total, data, g) for g in data.groups}
        used = {g: _parts(data.changes[g.number], data, g) for g in data.groups}
        pairs = [(g, d, u) for g, d in due.items() if d and (u := used[g])]
        if len(pairs) < len(data.groups) or not any(d.decay for _, d, _ in pairs):
            continue
        if max(d.other for _, d, _ in pairs) - min(d.other for _, d, _ in pairs) > _SAME:
            continue
        for group, in_loss, in_change in pairs:
            mistake = _compared(data, total, group, in_loss, in_change)
            if mistake is not None:
                yield mistake
        return


def _due(total: Judgement, data: Judgement, group: Group) -> _Parts | None:
    """The derivative of a computed loss in its parts; its penalty may be of the new weights."""
    parts = _parts(total.gradients.get(group.number), data, group)
    if parts is None or parts.decay:
        return parts
    runs = total.runs
    slopes, weights = [], []
    for number in group.numbers:
        for adjoint, table in zip(total.adjoints, runs.tables, strict=True):
            slopes.append(adjoint.of(table, number).ravel())
            weights.append(table.result(number).ravel())
    strength = factor(slopes, weights)
    return parts if strength is None else parts._replace(decay=-strength)


def _parts(arrays: Sequence[Array] | None, data: Judgement, group: Group) -> _Parts | None:
    """An array as a sum of the gradient without penalty and the parameter; None if it is none."""
    if arrays is None:
        return None
    whole, gradient, weight = (
        np.concatenate([np.ravel(a) for a in some])
        for some in (arrays, data.gradients[group.number], group.before())
    )
    if whole.size != gradient.size or not np.isfinite(whole).all():
        return None
    both = np.stack([gradient, weight], axis=1)
    if not np.any(weight) or np.linalg.matrix_rank(both) < 2:
        both[:, 1] = 0
    (other, decay), *_ = np.linalg.lstsq(both, whole, rcond=None)
    if np.abs(whole - both @ (other, decay)).max() > TOLERANCE * np.abs(whole).max() or not other:
        return None
    plain = abs(decay) * np.abs(weight).max() <= TOLERANCE * np.abs(whole).max()
    return _Parts(float(other), 0.0 if plain else float(decay))


def _compared(
    data: Judgement, total: Judgement, group: Group, in_loss: _Parts, in_change: _Parts
) -> WrongCode | None:
    due, used = in_loss.decay / in_loss.other, in_change.decay / in_change.other
    if abs(due - used) <= _SAME * max(abs(due), abs(used)):
        return None
    computed = total.loss.computed
    assert computed is not None
    runs = total.runs
    lost = None if due else lost_in_a_loop(runs, runs.ancestors[computed], computed)
    if lost is not None:
        sentence = f"the loss does not have the penalties of all weights: {lost.sentence}"
        return WrongCode(spot(data, lost.number), "grad-penalty", sentence, _IDEA)
    loss = (
        f"the loss that is computed in {runs.code(computed)[0]}" if runs.code(computed) else "it"
    )
    if not used:
        sentence = f"{loss} has a penalty, whose derivative is missing here"
    elif not due:
        sentence = f"the weights decay here, and {loss} penalises others, and not these"
    else:
        sentence = f"the derivative of the penalty in {loss} is {due / used:.4g} times this one"
    return WrongCode(_where(data, group), "grad-penalty", sentence, _IDEA)


def _where(data: Judgement, group: Group) -> Code:
    """Where the parameter is scaled on the way to its change; else where its gradient is."""
    scaled = scaled_at(data.runs, group.numbers, group.ids(0))
    if scaled:
        return spot(data, scaled[-1])
    gradient = data.gradient_at(group) if len(group.numbers) == 1 else None
    return spot(data, group.number if gradient is None else gradient)
