"""A loss that is computed from what the prediction was changed to on the way back.

An array has two names, as after `error = outputs`, and what is taken from the one is gone from the
other: a loss that is computed later is one of the error, or of a part of the gradient.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from chainrule.checking.record._steps.flow import Operand, is_elementwise, members
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.operands import moving, operands
from chainrule.checking.record._steps.replay import Edit, Given, Replay
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._steps.spots import WrongCode, spot
from chainrule.checking.record._steps.steps import way_to
from chainrule.checking.record._tape.operations import Array
from chainrule.checking.record._tape.tape import Ids

_STEP = 1e-4  # of a number of the prediction, by which it is moved
_NEAR = 0.01  # of a slope, since a small number may keep a logarithm from zero
_MOST_LOSSES = 5


def spoiled(best: Judgement, found: Sequence[Judgement]) -> WrongCode | None:
    """Where a prediction is changed, if with the prediction in its place a loss would be right."""
    if any(one.loss.computed is not None and not one.wrong for one in found):
        return None  # a loss that is computed is right as it is
    runs, error = best.runs, best.loss.outputs[0].number
    used = runs.before(best.step.numbers)
    back = sum(1 << n for n in way_to(runs, best.step.groups) if runs.ancestors[n] >> error & 1)
    for number in _losses(runs, error, used)[:_MOST_LOSSES]:
        places = _read(runs, runs.ancestors[number] & ~used, back)
        if places and _is_loss_of(best, number, places):
            where = runs.code(number)[0]
            return WrongCode(
                spot(best, error), "",
                f"the loss that is computed in {where} takes what this gives for the prediction: "
                "where an array is changed that has two names, a copy is to be changed",
                f"the loss that is computed in {where} is not computed from the prediction",
            )  # fmt: skip
    return None


def _losses(runs: Runs, error: int, used: int) -> list[int]:
    """The last single numbers that are computed from the error and change nothing."""
    return [
        n for n in range(error + 1, runs.length)
        if runs.ancestors[n] >> error & 1
        and n not in runs.barrier
        and not used >> n & 1
        and runs.operation(n).size == 1
        and runs.code(n)
        and not any(runs.operation(u).size == 1 for u in runs.users[n])
    ]  # fmt: skip


def _read(runs: Runs, of_loss: int, back: int) -> dict[Operand, list[Ids]]:
    """Where a loss takes what was made of the prediction, and, in each run, its ids before."""
    found = {}
    for number in members(of_loss & ~runs.barrier_mask):
        for operand in operands(runs, number):
            if any(back >> n & 1 for n in runs.given(operand)):
                before = [_before(runs, run, operand, back) for run in range(len(runs))]
                found[operand] = before
    return found


def _before(runs: Runs, run: int, operand: Operand, back: int) -> Ids:
    """What the numbers of an operand were before the way back changed them, one by one."""
    table, ids = runs.tables[run], runs.ids(run, operand).copy()
    flat = ids.reshape(-1)
    while changed := [n for n in table.owners(flat) if back >> n & 1]:
        operation = table.operations[number := max(changed)]
        given = [operation.ids[o.place] for o in moving(runs, number)]
        along = [each for each in given if each.shape == operation.shape]
        if not is_elementwise(operation) or len(along) != 1:
            break
        mine = (flat >= operation.start) & (flat < operation.start + operation.size)
        flat[mine] = along[0].ravel()[flat[mine] - operation.start]
    return ids


def _is_loss_of(best: Judgement, number: int, places: Mapping[Operand, list[Ids]]) -> bool:
    """Whether a number is the loss that is gone down on, with the prediction in these places."""
    runs, ratios = best.runs, []
    replay = Replay(runs)
    for draw in range(2):
        moves = [
            np.random.default_rng(draw).uniform(0.5, 1.5, t.values.size) * _STEP * t.values
            for t in runs.tables
        ]
        try:
            above, below = (
                replay.result(_edits(runs, places, moves, sign), number) for sign in (1, -1)
            )
        except ValueError:  # what is opaque cannot be computed again
            return False
        for run, (up, down) in enumerate(zip(above, below, strict=True)):
            due = sum(float(np.sum(g * moves[run][ids])) for ids, g in best.loss.seeds[run])
            ratios.append(float((up - down).item()) / (2 * due) if due else 0.0)
    return all(np.isfinite(r) and r > 0 and abs(r / ratios[0] - 1) < _NEAR for r in ratios)


def _edits(
    runs: Runs, places: Mapping[Operand, list[Ids]], moves: list[Array], sign: int
) -> dict[int, Edit]:
    """The operations that take the prediction, moved a little, in place of what became of it."""
    instead: dict[int, dict[int, Callable[[int], Array]]] = {}
    for (number, place), ids in places.items():

        def given(run: int, ids: list[Ids] = ids) -> Array:
            return np.asarray((runs.tables[run].values + sign * moves[run])[ids[run]])

        instead.setdefault(number, {})[place] = given
    return {n: Given(runs.operation(n), by_place) for n, by_place in instead.items()}
