"""Weights that stay as they were made: meant so, or forgotten where they should be changed.

A gradient that is computed for them, and comes to nothing, tells the one from the other.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from chainrule.checking.record._steps.adjoint import Adjoint, in_each_run
from chainrule.checking.record._steps.factors import factor
from chainrule.checking.record._steps.flow import Operand, is_elementwise
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._steps.spots import WrongCode, spot
from chainrule.checking.record._tape.operations import DATA, LEAF, PRODUCTS, SOURCES
from chainrule.checking.record.table import Code


def weights_left_out(best: Judgement) -> Iterator[WrongCode]:
    """Gradients of weights that are computed, and the weights never change."""
    for weights, gradient in _fixed(best):
        if gradient is not None:
            yield WrongCode(
                spot(best, gradient), "train-missing-parameter",
                f"this comes back to what is made in {best.runs.code(weights)[0]}, and nothing "
                "changes that by it",
                elsewhere=True,
            )  # fmt: skip


def as_made(best: Judgement) -> tuple[Code, ...]:
    """Where weights are made that never change, and that no gradient is computed for."""
    return tuple(dict.fromkeys(
        best.runs.code(weights)[0] for weights, gradient in _fixed(best) if gradient is None
    ))  # fmt: skip


def _fixed(best: Judgement) -> Iterator[tuple[int, int | None]]:
    """Weights that never change, and what computes their gradient in the judged step, if it is.

    What comes back to their layer, and is then used for nothing, is as good.
    """
    runs = best.runs
    changed = {n for update in runs.candidates.values() for n in runs.given(update.parameter)}
    changing = runs.barrier_mask | sum(1 << n for n in changed)
    weighed = {
        n: users for n in range(min(runs.updates, default=0))
        if is_drawn(runs, n) and not (runs.candidate_ancestors(n) | 1 << n) & changing
        and any(user > best.step.last for user in runs.users[n])
        and (users := [u for u in runs.users[n]
                       if any(_is_weighed(best, Operand(u, p), n) for p in (0, 1))])
    }  # fmt: skip
    if not weighed:
        return
    whole = best.whole
    for leaf, users in weighed.items():
        if whole[0].reached.isdisjoint(users):  # products of the way back
            continue
        if all(map(np.any, in_each_run(whole, runs.tables, leaf))):
            own = next(_along(runs, whole, leaf), None)
            back = (n for user in users for n in _along(runs, whole, user) if not runs.users[n])
            yield leaf, next(back, None) if own is None else own


def _along(runs: Runs, whole: Sequence[Adjoint], number: int) -> Iterator[int]:
    """What computes, on the way back, the derivative by what an operation gave, or a multiple."""
    right = in_each_run(whole, runs.tables, number)
    for n in range(number, runs.length):
        if n in whole[0].reached or n in runs.barrier or not (runs.code(n) and runs.depends[n]):
            continue
        if runs.operation(n).size == right[0].size and factor(runs.results(n), right) is not None:
            yield n


def is_drawn(runs: Runs, number: int) -> bool:
    """Whether it is an array that was drawn, or made of such by scaling."""
    operation = runs.operation(number)
    made = operation.name == LEAF or (operation.name not in SOURCES and runs.begins(number))
    several = operation.size > 1 and bool(runs.code(number))
    return made and several and bool(np.ptp(runs.first.result(number)) > 0)


def _is_weighed(best: Judgement, operand: Operand, leaf: int) -> bool:
    """Whether what was made stands in a product as weights do, and not as samples do.

    Weights meet what other parameters lead to, or samples. These lie along an axis in which a bias
    is the same for all, and which no later product adds up.
    """
    runs, (number, place) = best.runs, operand
    operation = runs.operation(number)
    if operation.name not in PRODUCTS or runs.given(operand) != {leaf} or number in runs.barrier:
        return False
    other = Operand(number, 1 - place)
    if runs.given(other) & runs.barrier:
        return False
    if runs.depends_on_parameters(other):
        return True
    if all(runs.operation(n).name == DATA for n in runs.given(other)):
        return True  # which no weights are
    axis = _axis_of_samples(best, number) if len(operation.shape) <= 2 else None
    from_left = axis == 0 and operation.ids[0].ndim == 2
    return axis is not None and place == (1 if from_left else 0)


def _axis_of_samples(best: Judgement, number: int) -> int | None:
    """The axis of a product of samples and weights along which the samples lie, if it shows."""
    runs, shape = best.runs, best.runs.operation(number).shape
    for user in sorted(runs.users[number]):
        operation = runs.operation(user)
        places = [p for p, given in enumerate(runs.sources[user]) if number in given]
        if operation.name == "add" and len(places) == 1:
            bias = Operand(user, 1 - places[0])
            small = runs.ids(0, bias).shape
            small = (1,) * (len(shape) - len(small)) + small
            along = [i for i, (a, b) in enumerate(zip(shape, small, strict=False)) if a > b]
            if len(along) == 1 and _may_be_bias(runs, bias):
                return along[0]
        if user in best.adjoints[0].reached and operation.name in PRODUCTS:
            given = operation.ids[places[0]].shape
            if len(places) == 1 and given == shape and len(set(shape)) == 2:
                return places[0]
        if is_elementwise(operation) and operation.shape == shape:
            found = _axis_of_samples(best, user)
            if found is not None:
                return found
    return None


def _may_be_bias(runs: Runs, operand: Operand) -> bool:
    given = runs.given(operand)
    return bool(given & runs.barrier or (given and all(map(runs.begins, given))))
