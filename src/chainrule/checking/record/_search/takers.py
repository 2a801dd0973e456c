"""What takes a gradient that lacks a factor, or has its numbers in another order."""

from collections.abc import Sequence

import numpy as np

from chainrule.checking.record._search.blame import Search
from chainrule.checking.record._search.mending import Change, What
from chainrule.checking.record._search.naming import Name
from chainrule.checking.record._search.quantities import Kind
from chainrule.checking.record._steps.factors import factor
from chainrule.checking.record._steps.flow import Operand
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.operands import operands
from chainrule.checking.record._steps.replay import instead
from chainrule.checking.record._tape.operations import Array

OTHER_ORDER = Name(
    "",
    "the gradient has its numbers in another order than what it belongs to went forward: where "
    "axes were moved before a reshape, they are to be moved back after one",
    "the shapes fit, and numbers meet others than those that they belong to",
)


def takers(one: Judgement, search: Search, change: Change) -> tuple[Operand, ...]:
    """What takes a gradient that lacks a factor, or else a parameter that scaled what it is of."""
    runs, number = one.runs, change.number
    if change.what is not What.SLOPE_ADDED:
        return ()
    if change.after is not None and change.after.kind is Kind.SCALE:
        return _gradients(one, search, change)
    return tuple(
        Operand(user, place)
        for user in runs.users[number] if one.step.mask >> user & 1
        for place, given in enumerate(runs.sources[user]) if number in given
    )  # fmt: skip


def _gradients(one: Judgement, search: Search, change: Change) -> tuple[Operand, ...]:
    """The gradients that go into the operations of a change."""
    return tuple(
        operand
        for number in change.edits
        for operand in operands(one.runs, number)
        if (stands := search.stands(operand)) is not None and stands.kind.is_gradient
    )


def in_another_order(one: Judgement, search: Search, change: Change) -> tuple[Operand, ...]:
    """The gradient that goes in, if all that is wrong is that its numbers stand in another order.

    So it is where axes were moved on the way forward, before a reshape, and are not moved back.
    """
    due_kind = change.after.kind if change.after is not None else None
    if change.what not in (What.REPLACED, What.RESULT) or due_kind is not Kind.BY_PREACTIVATION:
        return ()
    runs = one.runs
    inputs = [table.inputs(change.number) for table in runs.tables]
    due = [change.edits[change.number](run, arrays) for run, arrays in enumerate(inputs)]
    for operand in _gradients(one, search, change):
        seen = runs.values(operand)
        for number in sorted(search.forward):
            if runs.operation(number).shape != seen[0].shape:
                continue
            right = one.by(number)
            edit = instead(runs, operand, right)
            ordered = [[np.sort(abs(a), axis=None) for a in some] for some in (seen, right)]
            if not _are_alike(*ordered) or _are_alike(seen, right):
                continue
            now = [edit(run, arrays) for run, arrays in enumerate(inputs)]
            if _are_alike(now, due):
                return (operand,)
    return ()


def _are_alike(some: Sequence[Array], others: Sequence[Array]) -> bool:
    return factor(some, others) is not None
