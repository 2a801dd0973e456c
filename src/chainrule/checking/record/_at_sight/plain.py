"""Mistakes that need no search: a look at the record of one step tells them."""

from collections.abc import Iterator, Sequence

import numpy as np

from chainrule.checking.record._steps.factors import factor, same_factor
from chainrule.checking.record._steps.flow import Operand
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.losses import losses, takes_every_label
from chainrule.checking.record._steps.operands import moving, other, targets
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._steps.spots import WrongCode, spot
from chainrule.checking.record._steps.steps import Group, Step
from chainrule.checking.record._tape.operations import PRODUCTS, Array

_NEAR = 0.02  # of the largest derivative
_SCALING = ("multiply", "divide", "negative")
LABELS = "grad-output-labels"
INNER = "grad-elementwise"  # where an inner product stands in the place of another


def plain_mistakes(best: Judgement, unlike: Sequence[Operand]) -> Iterator[WrongCode]:
    runs, step = best.runs, best.step
    if step.grown is not None:  # what met in the first step is what it grows by
        unlike = [o for o in losses(runs, Step(runs, 0)).unlike if _as_many(runs, o)]
    if step.grown is not None and not unlike:
        yield WrongCode(
            spot(best, *_made_for(best, step.grown)), "grad-bias-not-summed",
            "the update makes the parameter larger: its gradient is not summed over the samples",
        )  # fmt: skip
    elif is_of_unlike_shapes(best, unlike):
        number, place = unlike[0]
        a, b = (runs.operation(number).ids[p].shape for p in (place, 1 - place))
        yield WrongCode(
            spot(best, number), "grad-output-shape",
            f"the prediction of shape {a} meets a target of shape {b}, and the difference has "
            f"shape {runs.operation(number).shape}",
        )  # fmt: skip
    for output in best.loss.outputs[:1] if best.wrong else ():
        if _is_of_plain_labels(runs, output):
            yield WrongCode(
                spot(best, output.number), LABELS,
                "one number a sample, its label, is taken from the probabilities of all classes",
            )  # fmt: skip
        if takes_every_label(runs, output):
            yield WrongCode(
                spot(best, output.number), "grad-output-every-label",
                "1 is taken from the probabilities of all samples' labels, for each sample",
            )  # fmt: skip
        times = None if best.right else _multiple_of_one(best, output)
        if times is not None:
            yield WrongCode(
                spot(best, output.number), "",
                f"the targets here are {times:.4g} times those that meet the probabilities of a "
                "softmax, which add up to 1 for each sample",
                "what comes out of a softmax adds up to 1, and so do its targets",
            )  # fmt: skip
    unkept = best.groups if runs.never_kept else best.lost
    for place_of in {g.place: g for g in unkept if not best.wrong or g in best.lost}.values():
        yield WrongCode(
            spot(best, place_of.number), "train-missing-parameter",
            "the new value is not kept: the parameter never changes",
        )  # fmt: skip
    yield from lost_repeats(best)
    if not best.right:
        yield from one_for_all(best)


def sums_of_targets(best: Judgement) -> Array | None:
    """What the targets of each sample add up to, where the predictions do to 1; else None."""
    runs = best.runs
    sums = []
    for output in best.loss.outputs:
        both = [*zip(runs.values(output), runs.values(other(output)), strict=True)]
        axes = [
            axis for axis in range(both[0][0].ndim)
            if all(a.shape == t.shape and np.allclose(a.sum(axis), 1) for a, t in both)
        ]  # fmt: skip
        over_others = any(
            all(np.allclose(t.sum(axis), 1) for _, t in both) for axis in range(both[0][1].ndim)
        )
        if not axes or over_others or runs.operation(output.number).name != "subtract":
            return None
        sums += [np.abs(t.sum(axes[0])).ravel() for _, t in both]
    return np.concatenate(sums) if sums else None


def _multiple_of_one(best: Judgement, output: Operand) -> float | None:
    """By what a one-hot target is multiplied, where probabilities of a softmax meet it."""
    sums = sums_of_targets(best)
    if sums is None or not sums[0] or not np.allclose(sums, sums[0]) or np.allclose(sums, 1):
        return None
    c, met = float(sums[0]), targets(best.runs, output)
    return c if all(np.all((t == 0) | np.isclose(t, c)) for t in met) else None


def _made_for(best: Judgement, update: int) -> tuple[int, list[int]]:
    """What gives an update its change, and nothing else, on another line; and all of that code.

    The update itself where there is none, as where errors are taken that are used elsewhere, too.
    """
    runs, lines = best.runs, {(c.sheet, c.line) for c in best.runs.code(update)[:1]}
    number, given = update, runs.given(runs.change(update))
    while len(given) == 1 and runs.users[source := min(given)] == [number]:
        number = source
        if {(c.sheet, c.line) for c in runs.code(number)[:1]} - lines:
            place = runs.operation(number).place
            return number, [n for n in range(runs.length) if runs.operation(n).place == place]
        given = set().union(*map(runs.given, moving(runs, number)))
    return update, []


def _is_of_plain_labels(runs: Runs, output: Operand) -> bool:
    """Whether whole numbers, one for each sample, are taken from the probabilities of classes."""
    target, outputs = targets(runs, output)[0], runs.values(output)[0]
    if runs.operation(output.number).name != "subtract" or outputs.ndim != 2 or np.any(target % 1):
        return False
    return any(
        np.shape(np.atleast_2d(target)) == np.sum(outputs, axis, keepdims=True).shape
        and outputs.shape[axis] > 1 < target.size
        and np.allclose(outputs.sum(axis), 1)
        for axis in (0, 1)
    )


def is_of_unlike_shapes(best: Judgement, unlike: Sequence[Operand]) -> bool:
    """Whether the prediction meets a target of another shape that belongs together otherwise.

    Where they have as many numbers, each meets every other: no loss is meant so, though its
    gradient may be right.
    """
    return bool(unlike) and (not best.right or _as_many(best.runs, unlike[0]))


def _as_many(runs: Runs, output: Operand) -> bool:
    """Whether there are as many targets as predictions, and more than one."""
    return runs.ids(0, output).size == runs.ids(0, other(output)).size > 1


def lost_repeats(best: Judgement) -> Iterator[WrongCode]:
    """Rows that are taken out several times, of whose changes only the last is kept."""
    for group in best.wrong:
        if len(group.numbers) > 1 or group.number == best.step.grown:
            continue
        ids, change = group.ids(0), group.changes()[0]
        _, first, which = np.unique(ids, return_index=True, return_inverse=True)
        if first.size == ids.size:
            continue
        differ = not np.allclose(change, change[first][which.ravel()])
        if differ or _is_right_added_up(best, group):
            yield WrongCode(
                spot(best, group.number), "grad-not-added-up",
                "rows that are taken several times change once only: of several changes to the "
                "same row the last is kept, and they are not added up",
            )  # fmt: skip


def _is_right_added_up(best: Judgement, group: Group) -> bool:
    """Whether the changes to the same numbers, added up, go along the gradient."""
    changes, gradients = [], []
    for run, change in enumerate(best.changes[group.number]):
        _, first, which = np.unique(group.ids(run), return_index=True, return_inverse=True)
        changes.append(np.bincount(which.ravel(), change).astype(np.float64))
        gradients.append(best.gradients[group.number][run][first])
    c = factor(changes, gradients)
    return c is not None and (best.factor is None or same_factor(c, best.factor))


def one_for_all(best: Judgement) -> Iterator[WrongCode]:
    """Weights that all change by one number, an inner product of errors with something.

    Whatever the loss, the gradient of a weight has what it is multiplied with as a factor.
    """
    runs = best.runs
    for group in best.wrong:
        number = group.number
        change = runs.change(number)
        if len(group.numbers) > 1 or runs.ids(0, change).size > 1:
            continue
        alike = any(np.ptp(g) <= _NEAR * np.abs(g).max() for g in best.gradients[number])
        inner = None if alike else _inner_product(runs, change)
        if inner is not None:
            yield WrongCode(
                spot(best, inner), INNER,
                "an inner product makes one number of this, and all weights change by it: each "
                "has a gradient of its own, which an outer product gives",
            )  # fmt: skip


def _inner_product(runs: Runs, change: Operand) -> int | None:
    """The product of two vectors that a number is, but for single numbers times it."""
    for number in _multiples(runs, change):
        operation = runs.operation(number)
        if operation.size > 1 or not runs.depends[number]:
            return None
        if operation.name in PRODUCTS:
            vectors = all(ids.ndim == 1 and ids.size > 1 for ids in operation.ids)
            return number if vectors else None
    return None


def never_set_back(best: Judgement) -> Iterator[WrongCode]:
    """Sums of gradients that begin with those of the step before.

    With momentum, what is kept is scaled first.
    """
    runs = best.runs
    for group in best.groups:
        number = group.numbers[0]  # of several single numbers, the first stands for all
        later = [
            n for n in runs.updates
            if runs.chain[n] == runs.chain[number] and runs.order[n] == runs.order[number] + 1
        ]  # fmt: skip
        if len(later) != 1 or group.number not in best.right:
            continue
        before, after = (_summed(runs, n) for n in (number, later[0]))
        way = [] if None in (before, after) else _added_up(runs, after, before)
        if way and runs.code(way[-1]):
            # What does not set them back is what has both done: the sum, and the step.
            homes = {c.home for c in runs.code(number)}
            code = next((c for c in runs.code(way[-1]) if c.home in homes), spot(best, way[-1]))
            yield WrongCode(
                code, "train-gradients-kept",
                "this sum still has the gradients of the step before: it is not set back to 0",
            )  # fmt: skip


def _summed(runs: Runs, update: int) -> int | None:
    """The sum that an update is a multiple of; None if it is something else."""
    for number in _multiples(runs, runs.change(update)):
        operation = runs.operation(number)
        if operation.name == "add" and operation.size == runs.operation(update).size:
            return number
    return None


def _multiples(runs: Runs, change: Operand) -> Iterator[int]:
    """What something is a multiple of, by what no parameter goes into, one after the other."""
    while len(given := runs.given(change)) == 1 and not given & runs.barrier:
        (number,) = given
        yield number
        along = moving(runs, number)
        if runs.operation(number).name not in _SCALING or len(along) != 1:
            return
        (change,) = along


def _added_up(runs: Runs, number: int | None, end: int | None) -> list[int]:
    """The additions from one sum back to an earlier one, which is not among them; [] if none."""
    way: list[int] = []
    while number is not None and end is not None and number > end:
        way.append(number)
        given = set().union(*runs.sources[number]) - runs.barrier
        if end in given:
            return way
        place = runs.operation(way[0]).place
        number = max((n for n in given if runs.operation(n).place == place), default=None)
    return []
