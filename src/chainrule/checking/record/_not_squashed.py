"""The error is taken before the sigmoid, and the loss that is computed is taken after it."""

from collections.abc import Iterator, Sequence

import numpy as np

from chainrule.checking.record._adjoint import adjoint
from chainrule.checking.record._flow import Operand, members
from chainrule.checking.record._judgement import Judgement, factor
from chainrule.checking.record._losses import BINARY, SQUARED, with_values
from chainrule.checking.record._spots import WrongCode, spot


def not_squashed(best: Judgement, found: Sequence[Judgement]) -> Iterator[WrongCode]:
    """The binary cross-entropy of a sigmoid is computed, and its argument less the target used.

    That is the error of the squared error of what goes into the sigmoid.
    """
    if best.loss.computed is not None or best.loss.name != SQUARED or len(best.loss.outputs) != 1:
        return
    runs, output = best.runs, best.loss.outputs[0]
    outputs = [table.values[runs.ids(run, output)] for run, table in enumerate(runs.tables)]
    targets = [np.abs(t) for t in runs.values(Operand(output.number, 1 - output.place))]
    if outputs[0].shape != targets[0].shape:
        return
    with np.errstate(all="ignore"):
        right = [(1 / (1 + np.exp(-z)) - t).ravel() for z, t in zip(outputs, targets, strict=True)]
    for other in found:
        number = other.loss.computed
        if number is None or other.right or runs.operation(number).size > 1:
            continue
        # It may be computed where the step before has ended, of the same numbers.
        same = with_values(runs, members(runs.ancestors[number]), outputs)
        if same is None:
            continue
        seeds = [(t.operations[number].start + np.arange(1), np.ones(1)) for t in runs.tables]
        back = [adjoint(t, [seed]) for t, seed in zip(runs.tables, seeds, strict=True)]
        computed = [a.of(t, same).ravel() for a, t in zip(back, runs.tables, strict=True)]
        if factor(computed, right) is not None:
            where = runs.code(number)[0]
            yield WrongCode(
                spot(best, output.number), "",
                f"the loss that is computed in {where} is {BINARY} of a sigmoid, and this is the "
                "error of what goes into the sigmoid: what comes out of it belongs here",
                f"the loss that is computed in {where} is not the one whose error this is",
            )  # fmt: skip
            return
