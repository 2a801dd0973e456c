"""A penalty of the weights, of any form: the loss and the gradient must have the same."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import reduce
from operator import and_
from typing import NamedTuple

import numpy as np

from chainrule.checking.record._steps.adjoint import Adjoint, adjoint
from chainrule.checking.record._steps.decay import forward_of
from chainrule.checking.record._steps.factors import TOLERANCE, factor, same_factor
from chainrule.checking.record._steps.flow import members
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.operands import operands, other
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._steps.spots import WrongCode, lost_in_a_loop, scale_of, spot
from chainrule.checking.record._steps.steps import Group
from chainrule.checking.record._steps.unjudged import NotAllSeenError
from chainrule.checking.record._tape.operations import MULTIPLICATIONS, Array
from chainrule.checking.record.table import Code

_SAME = 1e-3  # of a strength
_SCALE = "grad-batch-scale"
_GROWS = "this takes each weight away from 0: as the derivative of a penalty, its sign is wrong"
_IDEA = "the loss that is computed and the gradient that is used do not have the same penalty"


class _Due(NamedTuple):
    """The derivative of a computed loss by an array, in its parts.

    Attributes:
        other: how many times it has the gradient without penalty.
        penalty: what it has beside that, divided by `other`, in all runs. Shape: flat.
        mixed: whether several parameters meet in a product there: then it is no penalty.
    """

    other: float
    penalty: Array
    mixed: bool


def penalties(found: Sequence[Judgement]) -> Iterator[WrongCode]:
    """Where the computed loss penalises weights, and the gradient not, or not as much.

    A decay alone, of which the loss knows nothing, is nobody's mistake, if it is one.

    Raises:
        NotAllSeenError: if that is not known.
    """
    right = [
        one for one in found
        if not one.wrong and not one.adaptive and (one.decayed or not one.loss.apart)
        and all(one.factors[group.number] is not None for group in one.groups)
    ]  # fmt: skip
    if not right:
        return
    # Of several the one that has least of a penalty in it.
    data = max(right, key=lambda one: (len(one.decayed), -(one.loss.computed or 0)))
    runs, parts = data.runs, 0
    for judged in right:  # what adds up to one that explains all is a part of it, and no total
        whole = judged.loss.computed
        if whole is not None and not judged.decayed:
            parts |= runs.ancestors[whole] & ~(1 << whole)
    totals = [
        one for one in found
        if one.loss.computed is not None and (one.wrong or not one.loss.apart)
        and not parts >> one.loss.computed & 1
    ]  # fmt: skip
    for total in sorted(totals, key=lambda one: -(one.loss.computed or 0)):
        due = [_due(total, data, group) for group in data.groups]
        known = [one for one in due if one is not None]
        if len(known) < len(due) or not any(np.any(one.penalty) for one in known):
            continue
        if not all(same_factor(one.other, known[0].other) for one in known):
            continue
        each = [_compared(data, total, g, one) for g, one in zip(data.groups, known, strict=True)]
        yield from _at_once(data, [m for m, one in zip(each, known, strict=True)
                                   if m is not None or np.any(one.penalty)])  # fmt: skip
        return
    if not all(one.decayed for one in right):
        return
    for group in data.groups:
        way = data.decays[group.number].towards if group.number in data.decayed else 1
        if way < 0:
            yield WrongCode(_where(data, group), "grad-penalty", _GROWS, _IDEA)
        elif way == 0:
            raise NotAllSeenError(
                "something that is made of the weights alone is added to a gradient, and no loss "
                "that it computes has such a penalty"
            )


def _at_once(data: Judgement, each: Sequence[WrongCode | None]) -> list[WrongCode]:
    """The mistakes; one where a single factor makes all gradients too large or too small."""
    runs, mistakes = data.runs, [mistake for mistake in each if mistake is not None]
    alike = {(m.fault, m.sentence) if m else None for m in each}
    if len(alike) > 1 or not mistakes or mistakes[0].fault != _SCALE or len(data.groups) < 2:
        return mistakes
    shared = reduce(and_, (runs.before(g.numbers) for g in data.groups)) & ~runs.barrier_mask
    scales = [n for n in members(shared) if runs.depends[n]
              and n not in data.adjoints[0].reached and scale_of(runs, n) is not None]  # fmt: skip
    if len(scales) != 1:
        return mistakes
    return [replace(mistakes[0], code=spot(data, scales[0]))]


def _due(total: Judgement, data: Judgement, group: Group) -> _Due | None:
    """The derivative of a computed loss in its parts; None if it has others."""
    if group.number not in total.gradients:
        return None
    runs, own = total.runs, np.concatenate(data.gradients[group.number])
    forward = forward_of(runs, data.adjoints[0].reached) | runs.barrier_mask
    forward |= sum(1 << n for n in range(runs.length) if not runs.depends[n])

    def ends(number: int) -> bool:
        return bool(forward >> number & 1)

    beside = [
        adjoint(table, seeds, ends)
        for table, seeds in zip(runs.tables, total.loss.seeds, strict=True)
    ]
    penalty = np.concatenate(group.right(beside))
    gradient = np.concatenate(total.gradients[group.number])
    other = factor([gradient - penalty], [-own])
    if other is None:
        return None
    if np.abs(penalty).max() <= TOLERANCE * np.abs(gradient).max():
        penalty = _of_new_weights(runs, group, beside)
    return _Due(other, penalty / other, any(_mixes(runs, n) for n in beside[0].reached))


def _mixes(runs: Runs, number: int) -> bool:
    """Whether an operation multiplies what comes of several parameters."""
    if runs.operation(number).name not in MULTIPLICATIONS:
        return False
    parts = [runs.leads_to(operand)[1] for operand in operands(runs, number)]
    return all(parts) and len(set(parts)) > 1


def _of_new_weights(runs: Runs, group: Group, beside: Sequence[Adjoint]) -> Array:
    """A penalty by the weights before the step, where it is computed by those after it.

    Only one by their squares is known by that.
    """
    both = list(zip(beside, runs.tables, strict=True))
    slopes = [one.of(table, n) for n in group.numbers for one, table in both]
    weights = [table.result(n) for n in group.numbers for _, table in both]
    strength = -(factor(slopes, weights) or 0)
    return strength * np.concatenate(group.before())


def _compared(data: Judgement, total: Judgement, group: Group, parts: _Due) -> WrongCode | None:
    one, due = data.decays.get(group.number), parts.penalty
    used = np.zeros_like(due)
    if one is not None and group.number in data.decayed:
        c = data.factors[group.number] or 1
        used = np.concatenate(
            [w - a for a, w in zip(data.changes[group.number], one.without, strict=True)]
        ) / c  # fmt: skip
    if np.abs(due - used).max() <= _SAME * max(np.abs(due).max(), np.abs(used).max()):
        return None
    own = np.concatenate(data.gradients[group.number])
    if not np.any(used) and np.abs(due).max() <= 2 * TOLERANCE * np.abs(own).max():
        return None  # beside such a gradient none is seen, whether it is there or not
    computed = total.loss.computed
    assert computed is not None
    runs = total.runs
    lost = None if np.any(due) else lost_in_a_loop(runs, runs.ancestors[computed], computed)
    if lost is not None:
        sentence = f"the loss does not have the penalties of all weights: {lost.sentence}"
        return WrongCode(spot(data, lost.number), "grad-penalty", sentence, _IDEA)
    loss = (
        f"the loss that is computed in {runs.code(computed)[0]}" if runs.code(computed) else "it"
    )
    times = factor([due], [-used])
    beside = _beside(data, group, parts) if times is not None and times > 0 else None
    if beside is not None:
        sentence = (f"beside the derivative of the penalty in {loss} this has {times:.4g} times "
                    "as much of the rest as belongs there")  # fmt: skip
        return WrongCode(spot(data, beside), _SCALE, sentence, _IDEA)
    if not np.any(used) and parts.mixed:
        sentence = f"{loss} has a term, whose derivative is missing here"
        return WrongCode(_where(data, group), "grad-path-missing", sentence)
    if not np.any(used):
        sentence = f"{loss} has a penalty, whose derivative is missing here"
    elif not np.any(due):
        sentence = f"the weights decay here, and {loss} penalises others, and not these"
    elif times is None:
        sentence = f"this is not the derivative of the penalty in {loss}"
    else:
        sentence = f"the derivative of the penalty in {loss} is {times:.4g} times this one"
    return WrongCode(_where(data, group), "grad-penalty", sentence, _IDEA)


def _beside(data: Judgement, group: Group, parts: _Due) -> int | None:
    """What a penalty is added to, where that is the derivative of the loss's as it stands."""
    one = data.decays.get(group.number)
    if one is None or len(one.terms) > 1:
        return None
    (term,), runs = one.terms, data.runs
    added = np.concatenate([v.ravel() for v in runs.values(term)])
    whole = parts.penalty * parts.other
    if added.shape != whole.shape or np.abs(np.abs(added) - np.abs(whole)).max() > (
        _SAME * np.abs(whole).max()
    ):
        return None
    rest = runs.given(other(term)) - runs.barrier
    return max(rest, default=None)


def _where(data: Judgement, group: Group) -> Code:
    """What is added as the derivative of a penalty; else where the gradient is."""
    one = data.decays.get(group.number)
    if one is not None:
        term = one.terms[-1]
        return spot(data, max(data.runs.given(term) - data.runs.barrier, default=term.number))
    gradient = data.gradient_at(group) if len(group.numbers) == 1 else None
    return spot(data, group.number if gradient is None else gradient)
