"""A softmax that is normalised over the wrong axis: all would be right over another."""

from dataclasses import dataclass

import numpy as np

from chainrule.checking.record._steps.adjoint import Seeds
from chainrule.checking.record._steps.factors import common, factor, same_factor
from chainrule.checking.record._steps.flow import Operand, members
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.operands import targets
from chainrule.checking.record._steps.replay import Replay
from chainrule.checking.record._tape.operations import Array


@dataclass(frozen=True)
class WrongAxis:
    """A softmax that is normalised over the wrong axis.

    Attributes:
        number: of the division.
        axis: over which it belongs.
    """

    number: int
    axis: int


def softmax_axis(judged: Judgement) -> WrongAxis | None:
    """Would all be right if the exponentials were divided by their sum over another axis?"""
    runs = judged.runs
    for output in judged.loss.outputs[:1]:
        divisions = [
            n for n in members(runs.leads_to(output)[0])
            if runs.operation(n).name == "divide" and len(runs.operation(n).shape) == 2
        ]  # fmt: skip
        for number in divisions[-1:]:
            given = runs.given(Operand(number, 0))
            if len(given) != 1 or runs.operation(next(iter(given))).name != "exp":
                continue
            for axis in (0, 1):
                if _is_mended_by_axis(judged, output, number, next(iter(given)), axis):
                    return WrongAxis(number, axis)
    return None


def _is_mended_by_axis(
    judged: Judgement, output: Operand, number: int, exponential: int, axis: int
) -> bool:
    runs = judged.runs

    def normalised(_run: int, arrays: list[Array]) -> Array:
        with np.errstate(all="ignore"):  # all exponentials along an axis may be 0
            return np.asarray(arrays[0] / arrays[0].sum(axis, keepdims=True))

    seeds: list[Seeds] = []
    for run, table in enumerate(runs.tables):
        right = normalised(run, table.inputs(number))
        if np.allclose(right, table.result(number)):
            return False
        target = targets(runs, output)[run]
        if target.shape != right.shape or not np.allclose(target.sum(axis), 1):
            return False
        seeds.append([(runs.ids(run, Operand(exponential, 0)), right - target)])
    adjoints = [runs.adjoint(r, seed) for r, seed in enumerate(seeds)]
    try:
        changes = Replay(runs).changes({**judged.edits, number: normalised}, judged.groups)
    except ValueError:
        return False
    factors = [factor(changes[g.number], g.right(adjoints)) for g in judged.groups]
    chosen = common(factors)
    return all(c is not None and chosen is not None and same_factor(c, chosen) for c in factors)
