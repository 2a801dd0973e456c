"""Gradients of many samples, or batches, of which a step takes the last alone."""

from collections.abc import Iterator
from functools import reduce
from operator import or_

import numpy as np

from chainrule.checking.record._steps.flow import Operand
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._steps.spots import WrongCode, spot


def only_the_last(best: Judgement) -> Iterator[WrongCode]:
    """The gradient of a right step that was computed before it again and again, for nothing.

    Each step of its parameter must be like this one: elsewhere gradients may be looked at.
    """
    runs = best.runs
    found: list[tuple[bool, int, Operand, int]] = []
    for group in best.groups:
        gradient = best.gradient_at(group)
        if gradient is None or len(group.numbers) > 1:
            return
        updates = [n for n in runs.updates if runs.chain[n] == runs.chain[group.number]]
        counts = [len(_for_nothing(runs, n, _same_in_step(runs, n, gradient))) for n in updates]
        if len(counts) == 1 or min(counts) == 0:
            return
        takes = [n for n in runs.users[gradient] if best.step.mask >> n & 1 or n in group.numbers]
        place = next(i for i, given in enumerate(runs.sources[takes[-1]]) if gradient in given)
        found.append((len(takes) > 1, gradient, Operand(takes[-1], place), counts[0]))
    for _, gradient, taken, count in sorted(found)[:1]:  # it is one loop that loses all of them
        yield WrongCode(
            spot(best, gradient),
            "grad-not-added-up",
            f"this is computed {count + 1} times before each step, and only the last is in it: "
            "the others come to nothing",
            taken_by=(taken,),
        )


def _same_in_step(runs: Runs, update: int, gradient: int) -> list[int]:
    """What the code of a gradient gave between the step before an update and this one."""
    like, chain = runs.operation(gradient), runs.chain[update]
    before = max((n for n in runs.updates if n < update and runs.chain[n] == chain), default=0)
    return [
        n for n in range(before, update)
        if (runs.operation(n).place, runs.operation(n).name) == (like.place, like.name)
        and runs.operation(n).shape == like.shape
    ]  # fmt: skip


def _for_nothing(runs: Runs, update: int, again: list[int]) -> list[int]:
    """Those of them that are other numbers than the last, if none of all changes a parameter."""
    if not again or not runs.before([update]) >> again[-1] & 1:
        return []
    last = runs.results(again[-1])
    unlike = [
        n for n in again[:-1]
        if not all(np.array_equal(a, b) for a, b in zip(runs.results(n), last, strict=True))
    ]  # fmt: skip
    used = reduce(or_, map(runs.candidate_ancestors, runs.candidates), 0)
    return [] if any(used >> n & 1 for n in again[:-1]) else unlike
