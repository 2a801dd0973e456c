"""Adam's corrections of its moments: each by the share of what is new in that moment."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from chainrule.checking.record._judgement import SAME_FACTOR, Judgement, factor
from chainrule.checking.record._operations import Array
from chainrule.checking.record._runs import Operand, Runs, members
from chainrule.checking.record._spots import WrongCode, spot


class _Moment(NamedTuple):
    """A moment in its first step.

    Attributes:
        share: of the new gradient, or its square, in it.
        number: of the operation that corrects it.
        correction: what it is divided by there.
    """

    share: float
    number: int
    correction: float


def exchanged_corrections(best: Judgement) -> Iterator[WrongCode]:
    """Where a moment is divided by the share of the other one: 1 − β₁ in place of 1 − β₂.

    In the first step each correction takes away the share of what is new. See Kingma and Ba,
    "Adam: A Method for Stochastic Optimization", 2015.
    """
    runs = best.runs
    for group in best.groups:
        if group.number not in best.adaptive:
            continue
        path = [n for n in members(runs.before(group.numbers)) if n not in runs.barrier]
        gradients = best.gradients[group.number]
        moments = [_moment(runs, path, [g**p for g in gradients]) for p in (1, 2)]
        first, second = moments
        if first is None or second is None or _same(first.share, second.share):
            continue
        for own, other in ((first, second), (second, first)):
            if _same(own.correction, other.share):
                yield WrongCode(
                    spot(best, own.number), "train-moment-correction",
                    f"this divides by {own.correction:.4g} in the first step, and the share of "
                    f"what is new in it is {own.share:.4g}",
                )  # fmt: skip


def _moment(runs: Runs, path: list[int], new: list[Array]) -> _Moment | None:
    share = None
    for number in path:
        operation = runs.operation(number)
        if operation.name not in ("multiply", "divide") or operation.size != new[0].size:
            continue
        for place in (0, 1) if operation.name == "multiply" else (1,):
            scale, scaled = Operand(number, place), Operand(number, 1 - place)
            if runs.ids(0, scale).size > 1 or runs.ids(0, scaled).size != new[0].size:
                continue
            if factor([v.ravel() for v in runs.values(scaled)], new) is None:
                continue
            value = float(np.ravel(runs.values(scale)[0])[0])
            if operation.name == "multiply" and 0 < value < 1:
                share = share or value
            elif operation.name == "divide" and share is not None:
                return _Moment(share, number, value)
    return None


def _same(a: float, b: float) -> bool:
    return abs(a / b - 1) < SAME_FACTOR if b else False
