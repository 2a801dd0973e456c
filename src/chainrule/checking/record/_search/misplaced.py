"""Gradients that are put together piece by piece, with pieces at the place of another index.

Added up over that index they are right, and number by number they are not.
"""

from collections.abc import Sequence

from chainrule.checking.record._steps.factors import factor, same_factor
from chainrule.checking.record._steps.flow import Operand
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.operands import operands
from chainrule.checking.record._steps.replay import Replay, instead
from chainrule.checking.record._steps.spots import WrongCode, spot
from chainrule.checking.record._steps.steps import way_to
from chainrule.checking.record._tape.operations import Array


def misplaced(one: Judgement) -> WrongCode | None:
    """Where such pieces are put, if with them at their places all parameters are right."""
    runs = one.runs
    if not one.right or not one.wrong or one.factor is None:
        return None
    groups = one.wrong
    for number in way_to(runs, groups):
        for operand in operands(runs, number):
            ids = runs.ids(0, operand)
            pieces = {n for n in runs.given(operand) - runs.barrier if runs.depends[n]}
            if number in one.adjoints[0].reached or ids.ndim < 2 or len(pieces) < 2:
                continue
            for due in _gradients(one, ids.shape):
                axis = _axis_of(runs.values(operand), due)
                if axis is not None and _mends(one, operand, due):
                    return WrongCode(
                        spot(one, min(pieces), pieces), "",
                        f"what is put together here is right, added up over axis {axis}, and "
                        "its parts stand at wrong places along it",
                        "a part of a gradient belongs where what it comes from stood",
                    )  # fmt: skip
    return None


def _gradients(one: Judgement, shape: tuple[int, ...]) -> list[list[Array]]:
    """What the loss has for gradients, of a shape."""
    runs = one.runs
    return [
        one.by(n)
        for n in sorted(one.adjoints[0].reached - runs.barrier)
        if runs.operation(n).shape == shape
    ]


def _axis_of(seen: Sequence[Array], due: Sequence[Array]) -> int | None:
    """The axis over which arrays have the sums of others, up to a factor, and are not those."""
    if factor(seen, due) is not None:
        return None
    for axis, length in enumerate(seen[0].shape):
        sums = [[a.sum(axis=axis) for a in arrays] for arrays in (seen, due)]
        if length > 1 and sums[0][0].size > 1 and factor(*sums) is not None:
            return axis
    return None


def _mends(one: Judgement, operand: Operand, due: Sequence[Array]) -> bool:
    """Whether all parameters are right with the gradient at its places."""
    runs = one.runs
    placed = [s.sum() / d.sum() * d for s, d in zip(runs.values(operand), due, strict=True)]
    edits = {operand.number: instead(runs, operand, placed)}
    found = one.factors_of(Replay(runs, one.entries).changes(edits, one.wrong))
    return all(c is not None and same_factor(c, one.factor or 0) for c in found.values())
