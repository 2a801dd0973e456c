"""Velocities and averages of which nothing is kept from step to step."""

from collections.abc import Iterator

import numpy as np

from chainrule.checking.record._steps.factors import factor
from chainrule.checking.record._steps.flow import Operand, members
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._steps.spots import WrongCode, spot
from chainrule.checking.record._tape.operations import LEAF

_SAME = 1e-6
_ANEW = "these zeros are made anew in each step: nothing is kept of the steps before"
_AS_BEFORE = (
    "this takes the zeros of before the first step in each step: what is made of them is not kept"
)


def forgotten(judged: Judgement) -> Iterator[WrongCode]:
    """What should be kept from step to step, and is made anew or written over in each."""
    for group in judged.groups:
        gradient = judged.gradient_at(group)
        if gradient is None or len(group.numbers) > 1 or group.changes()[0].size == 1:
            continue
        lost = _zeros_again(judged, group.number, gradient)
        for number, sentence in lost:
            yield WrongCode(spot(judged, number), "train-state-lost", sentence)
        over = None if lost else _written_over(judged, group.number, gradient)
        if over is not None:
            yield WrongCode(
                spot(judged, over), "train-state-lost",
                "a share of the square of the step's own gradient is all that is under the root: "
                "it is written over what was kept of the steps before",
            )  # fmt: skip


def _after(runs: Runs, update: int, gradient: int) -> Iterator[tuple[int, Operand, float]]:
    """Where something is multiplied by a share between gradient and update; it, and the share."""
    for number in members(runs.before([update])):
        operation = runs.operation(number)
        if number <= gradient or number in runs.barrier or operation.name != "multiply":
            continue
        for place in (0, 1):
            scale, array = Operand(number, place), Operand(number, 1 - place)
            if runs.given(scale) or runs.ids(0, scale).size > 1:
                continue
            share = float(np.ravel(runs.values(scale)[0])[0])
            if 0 < share < 1 and operation.size == runs.operation(update).size:
                yield number, array, share


def _zeros_again(judged: Judgement, update: int, gradient: int) -> list[tuple[int, str]]:
    """Where zeros take the place of a velocity or an average in each step of a parameter."""
    runs = judged.runs
    later = [u for u in runs.updates if runs.chain[u] == runs.chain[update]
             and runs.order[u] == runs.order[update] + 1]  # fmt: skip
    first, again = (
        {
            runs.operation(number).place: (min(runs.given(array)), runs.ids(0, array), number)
            for number, array, _ in _after(runs, one, gradient)
            if [runs.operation(n).name for n in runs.given(array)] == [LEAF]
            and not any(np.any(v) for v in runs.values(array))
        }
        for one in (update, *(later or [update])[:1])
    )
    found = []
    for place, (zeros, ids, number) in first.items():
        others = again.get(place, (zeros, ids, number))
        if others[0] != zeros:
            found.append((zeros, _ANEW))
        elif others[2] != number and np.array_equal(others[1], ids):
            found.append((number, _AS_BEFORE))
    return found


def _written_over(judged: Judgement, update: int, gradient: int) -> int | None:
    """A share of the square of a gradient, under a root, where zeros were made for the sum."""
    runs = judged.runs
    unused = any(
        runs.operation(n).name == LEAF and not runs.users[n]
        and runs.operation(n).shape == runs.operation(update).shape
        and not any(np.any(r) for r in runs.results(n))
        for n in range(gradient)
    )  # fmt: skip
    squares = [g**2 for g in runs.results(gradient)]
    for number, _, share in _after(runs, update, gradient) if unused else ():
        rooted = any(
            runs.operation(n).name == "sqrt"
            and runs.operation(n).size == squares[0].size
            and factor(runs.values(Operand(n, 0)), squares) is not None
            for n in members(runs.before([update]))
            if n > number
        )
        if rooted and np.isclose(-(factor(runs.results(number), squares) or 0), share, rtol=_SAME):
            return number
    return None
