"""Losses of networks that are trained against each other, where none is computed with a step.

One gives numbers for what is real and for what another network made, and has another target for
each; the other one is to make what is taken for real. A target that is the same for all samples is
often written nowhere: the error is `p - 1`, or `p` itself. So each such loss is tried, and counts
where all that a step changes goes down along its gradient.
"""

from collections.abc import Iterator
from itertools import product

import numpy as np

from chainrule.checking.record._steps.flow import members
from chainrule.checking.record._steps.losses import BINARY, SQUARED, Loss
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._steps.steps import Step
from chainrule.checking.record._tape.operations import Array

_MOST = 3  # forward passes in a step
_SAID = "One of its steps computes no loss: by its gradients, its forward passes are to give {}."


def losses_of_rivals(runs: Runs, step: Step) -> Iterator[Loss]:
    """The losses that a step of one of several networks may go down on."""
    own = sum(1 << chain for chain in {runs.chain[n] for n in step.numbers})
    outputs = _outputs(runs, step, own)
    through_others = any(runs.depends[n] & runs.changed & ~own for n in outputs)
    if not through_others or len(outputs) > _MOST:
        return
    for targets in product((1, 0), repeat=len(outputs)):
        if len(outputs) > 1 and len(set(targets)) == 1:
            continue
        if len(outputs) == 1 and targets == (0,):
            continue  # to be told apart is no aim of what makes samples
        for name in (BINARY, SQUARED):
            seeds = [
                [(np.arange(a.start, a.start + a.size), _slope(name, t.result(n), one).ravel())
                 for n, one in zip(outputs, targets, strict=True) for a in [t.operations[n]]]
                for t in runs.tables
            ]  # fmt: skip
            words = " and ".join(map(str, targets))
            yield Loss(name, tuple(seeds), said=_SAID.format(words))


def _slope(name: str, z: Array, target: int) -> Array:
    """The derivative of the mean of a loss by the numbers that a network gives."""
    given = 1 / (1 + np.exp(-z)) if name == BINARY else z
    return np.asarray((given - target) / z.size)


def _outputs(runs: Runs, step: Step, own: int) -> list[int]:
    """Where the last of the parameters comes in, of each forward pass of a step."""
    found: list[int] = []
    for number in members(step.mask & ~runs.barrier_mask):
        depends = runs.depends[number]
        given = set().union(*runs.sources[number]) if runs.sources[number] else set[int]()
        if depends & own != own or any(
            runs.depends[s] == depends for s in given if s not in runs.barrier
        ):
            continue
        found = [n for n in found if not runs.ancestors[number] >> n & 1] + [number]
    return found
