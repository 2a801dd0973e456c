"""Conventions by which a part of a network may be right though it looks wrong by itself.

What comes back into a part need not be the derivative by what it gave: it may be that by its
pre-activation, where the next part or the loss has taken the slope; the targets; or an error
whose sign or mean is taken elsewhere. What it gives back may have the slope of the part before it
already. None of these can be told from a mistake by looking at the part alone.
"""

from collections.abc import Iterator

import numpy as np

from chainrule.checking.record._steps.decay import Penalties
from chainrule.checking.record._steps.factors import TOLERANCE
from chainrule.checking.record._steps.flow import Operand, members
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.losses import COMPUTED, Loss
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._steps.steps import Group, Step
from chainrule.checking.record._steps.unjudged import NotJudgedError
from chainrule.checking.record._tape.operations import LEAF
from chainrule.checking.record.judged import Judged
from chainrule.checking.record.table import Table

_SAME = 1e-6  # of a change in the first step, beside its largest number


def excuse(judged: Judged, first: Table, turned: Table, doubled: Table, layer: str) -> str:
    """By what convention a part may be right; "" if by none that is known.

    Args:
        judged: what was found out about it.
        first: a run that goes through it and back.
        turned: the same, with something else that comes back into it.
        doubled: the same as the first, with twice as much in the first step.
        layer: whether its "input" or its "parameters" are changed.
    """
    if not _is_in_proportion(first, doubled):
        return "what it gives back is not in proportion to what comes back into it"
    try:
        runs = Runs([first, turned])
        step = Step(runs, turn=0)
    except NotJudgedError:
        return ""
    penalties = Penalties(runs)
    for loss in _with_seeds_elsewhere(runs, judged):
        try:
            one = Judgement(runs, step, loss, penalties)
        except (NotJudgedError, ValueError):
            continue
        if len(one.groups) == len(judged.judgement.groups) and _is_right(one, layer):
            return (
                "it is right if what comes back into it is the derivative by something else than "
                "what it gave, or what it gives back is that by something else than its input"
            )
    return ""


def _is_in_proportion(first: Table, doubled: Table) -> bool:
    """Whether in the first step the changes of one run are twice those of another.

    Where a part changes its parameters itself, theirs tell: what it gives back after that may
    be computed with the changed ones by mistake.
    """
    runs = Runs([first, doubled])
    changed = [number for number in runs.updates if runs.order[number] == 1]
    for number in [n for n in changed if runs.code(n)] or changed:
        once, twice = runs.values(runs.change(number))
        if np.abs(twice - 2 * once).max() > _SAME * max(np.abs(once).max(), 1e-300):
            return False
    return True


def _with_seeds_elsewhere(runs: Runs, judged: Judged) -> Iterator[Loss]:
    """What comes back, taken for the derivative by each array of its shape on the way forward."""
    computed = judged.judgement.loss.computed
    if computed is None:
        return
    (squares,) = runs.given(Operand(computed, 0))
    if not runs.operation(squares).ids:  # it is another loss than that of what comes back
        return
    upstream = Operand(squares, 0)
    values = runs.values(upstream)
    for number in members(runs.ancestors[computed] | runs.barrier_mask):
        operation = runs.operation(number)
        if operation.shape != values[0].shape or number >= squares:
            continue
        if runs.depends[number] or number in runs.barrier:
            ids = np.arange(operation.start, operation.start + operation.size)
            seeds = []
            for run, table in enumerate(runs.tables):
                start = table.operations[number].start
                seeds.append([((ids - operation.start + start).reshape(operation.shape),
                               values[run])])  # fmt: skip
            yield Loss(COMPUTED, tuple(seeds), computed)


def _is_right(one: Judgement, layer: str) -> bool:
    """Whether the parameters are right, or what is given back, up to slopes of the part before."""
    if layer == "parameters":
        return not one.wrong
    inputs = [g for g in one.groups if not one.runs.code(g.number)]
    has_parameters = len(one.groups) > len(inputs) or any(
        o.name == LEAF and n not in one.runs.barrier and one.runs.users[n]
        for n, o in enumerate(one.runs.first.operations)
    )
    return bool(inputs) and all(
        one.factors[g.number] is not None or (has_parameters and _is_scaled(one, g))
        for g in inputs
    )


def _is_scaled(one: Judgement, group: Group) -> bool:
    """Whether each number is the right one times the same in both runs, whatever comes back."""
    changes, gradients = one.changes[group.number], one.gradients[group.number]
    with np.errstate(all="ignore"):
        here, there = (c / g for c, g in zip(changes, gradients, strict=True))
    return bool(np.isfinite(here).all() and np.allclose(here, there, rtol=TOLERANCE, atol=0))
