"""Mistakes that need no search: a look at the record of one step tells them."""

from collections.abc import Iterator, Sequence

import numpy as np

from chainrule.checking.record._flow import Operand, members
from chainrule.checking.record._judgement import Judgement, factor, same_factor
from chainrule.checking.record._losses import (
    BINARY,
    LIKELIHOOD,
    SQUARED,
    takes_every_label,
    with_values,
)
from chainrule.checking.record._operations import PRODUCTS, Array
from chainrule.checking.record._runs import Runs
from chainrule.checking.record._spots import WrongCode, spot
from chainrule.checking.record._steps import Group

_NEAR = 0.02  # of the largest derivative
_SCALING = ("multiply", "divide", "negative")
LABELS = "grad-output-labels"
INNER = "grad-elementwise"  # where an inner product stands in the place of another


def plain_mistakes(best: Judgement, unlike: Sequence[Operand]) -> Iterator[WrongCode]:
    runs, step = best.runs, best.step
    if step.grown is not None:
        yield WrongCode(
            spot(best, step.grown), "grad-bias-not-summed",
            "the update makes the parameter larger: its gradient is not summed over the samples",
        )  # fmt: skip
    if is_of_unlike_shapes(best, unlike):
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
    unkept = best.groups if runs.never_kept else best.lost
    for place_of in {g.place: g for g in unkept if not best.wrong or g in best.lost}.values():
        yield WrongCode(
            spot(best, place_of.number), "train-missing-parameter",
            "the new value is not kept: the parameter never changes",
        )  # fmt: skip
    yield from lost_repeats(best)
    if not best.right:
        yield from one_for_all(best)


def _is_of_plain_labels(runs: Runs, output: Operand) -> bool:
    """Whether whole numbers, one for each sample, are taken from the probabilities of classes."""
    number, place = output
    target = np.abs(runs.values(Operand(number, 1 - place))[0])
    outputs = runs.values(output)[0]
    if runs.operation(number).name != "subtract" or outputs.ndim != 2 or np.any(target % 1):
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
    runs = best.runs
    sizes = [[runs.ids(0, Operand(number, p)).size for p in (0, 1)] for number, _ in unlike[:1]]
    return bool(unlike) and (not best.right or any(a == b > 1 for a, b in sizes))


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
    while True:
        given = [n for n in runs.given(change) if runs.depends[n]]
        if len(given) != 1 or given[0] in runs.barrier:
            return None
        (number,) = given
        operation = runs.operation(number)
        if operation.size > 1:
            return None
        if operation.name in PRODUCTS:
            vectors = all(ids.ndim == 1 and ids.size > 1 for ids in operation.ids)
            return number if vectors else None
        if operation.name not in _SCALING:
            return None
        places = range(len(operation.ids))
        moving = [p for p in places if runs.depends_on_parameters(Operand(number, p))]
        if len(moving) != 1:
            return None
        change = Operand(number, moving[0])


def uphill(found: Sequence[Judgement]) -> Iterator[WrongCode]:
    """All parameters along the gradient, in place of against it."""
    supposed = [one for one in found if one.loss.computed is None and not one.wrong]
    up = [(one.factor or 0) < 0 for one in found if not (one.wrong or _is_turned(one))]
    if supposed and all(up):
        best = supposed[0]
        for group in best.groups:
            yield WrongCode(
                spot(best, group.number), "train-sign",
                "the step goes along the gradient, and the loss grows",
            )  # fmt: skip
            return


def _is_turned(judgement: Judgement) -> bool:
    """Whether what is computed is not yet the loss, which is minus it."""
    runs, number = judgement.runs, judgement.loss.computed
    waiting = [] if number is None else [number]
    seen = set(waiting)
    while waiting:
        number = waiting.pop()
        for user in runs.users[number]:
            operation = runs.operation(user)
            places = [i for i, given in enumerate(runs.sources[user]) if number in given]
            if operation.name == "negative" or (operation.name == "subtract" and places == [1]):
                return True
            scaled = operation.name in ("multiply", "divide") and len(places) == 1
            if scaled and np.all(runs.values(Operand(user, 1 - places[0]))[0] < 0):
                return True
            if operation.size == 1 and user not in seen:
                seen.add(user)
                waiting.append(user)
    return False


def broken_loss(best: Judgement, found: Sequence[Judgement]) -> Iterator[WrongCode]:
    """The loss that is computed of logarithms, where it is not the one that is gone down on."""
    if best.loss.computed is not None or best.loss.name != BINARY or not best.loss.outputs:
        return
    runs, output = best.runs, best.loss.outputs[0]
    for other in found:
        number = other.loss.computed
        if number is None or not _is_of_logarithms(best, number):
            continue
        slopes, right = [], []
        # The loss may be computed from what the prediction of the gradient was clipped from.
        same = with_values(runs, members(runs.ancestors[number]), runs.values(output))
        for run, table in enumerate(runs.tables):
            ids = runs.ids(run, output)
            a = table.values[ids].ravel()
            target = np.abs(runs.values(Operand(output.number, 1 - output.place))[run])
            t = np.broadcast_to(target, runs.operation(output.number).shape).ravel()
            if t.size != a.size:
                return
            with np.errstate(all="ignore"):
                right.append((a - t) / (a * (1 - a)))
            slopes.append(other.adjoints[run].flat[ids].ravel())
            if same is not None and not np.any(slopes[-1]):
                slopes[-1] = other.adjoints[run].of(table, same).ravel()
        if _like(slopes, right):
            continue
        sentence = (
            "the loss that is computed here is not the binary cross-entropy whose gradient is used"
        )
        if factor([np.abs(s) for s in slopes], [np.abs(r) for r in right]) is not None:
            sentence = ("the loss has a wrong sign: it is not the binary cross-entropy whose "
                        "gradient is used")  # fmt: skip
        yield WrongCode(spot(best, number), "", sentence)
        return


def _is_of_logarithms(best: Judgement, number: int) -> bool:
    """Whether a loss takes logarithms of what the prediction is computed from, or of itself."""
    runs = best.runs
    return any(
        runs.operation(n).name in ("log", "log1p", "log2") and runs.depends[n]
        for n in members(runs.ancestors[number])
    )


def _like(slopes: Sequence[Array], right: Sequence[Array]) -> bool:
    """Whether some are a number times the others, but for what keeps a logarithm from zero."""
    a, b = np.concatenate(slopes), np.concatenate(right)
    size = float(b @ b)
    if not np.isfinite(a).all() or not np.isfinite(b).all() or not size or not np.any(a):
        return True  # nothing can be told
    c = float(a @ b) / size
    return c != 0 and float(np.abs(a - c * b).max()) <= _NEAR * float(np.abs(a).max())


def other_loss(best: Judgement, found: Sequence[Judgement]) -> Iterator[WrongCode]:
    """The squared error is computed, and the gradient is that of a cross-entropy."""
    if best.loss.name not in (BINARY, LIKELIHOOD) or not best.loss.outputs:
        return
    runs, output = best.runs, best.loss.outputs[0]
    for other in found:
        if other.loss.computed is None:
            continue
        slopes, errors = [], []
        for run, table in enumerate(runs.tables):
            ids = runs.ids(run, output)
            target = np.abs(runs.values(Operand(output.number, 1 - output.place))[run])
            if target.shape != ids.shape:
                return
            errors.append((table.values[ids] - target).ravel())
            slopes.append(other.adjoints[run].flat[ids].ravel())
        if factor(slopes, errors) is not None:
            where = runs.code(other.loss.computed)[0]
            yield WrongCode(
                spot(best, output.number), "grad-output-mismatch",
                f"this is the error at the output of {best.loss.name}, and the loss that is "
                f"computed in {where} is the squared error: for that, the derivative of the "
                "output's activation is missing",
            )  # fmt: skip
            return


def half_of_the_loss(best: Judgement, found: Sequence[Judgement]) -> Iterator[WrongCode]:
    """The binary cross-entropy is computed, and gone down on where a target is 1 only.

    That is the negative log likelihood of classes, whose probabilities add up to 1.
    """
    if best.loss.computed is not None or best.loss.name != LIKELIHOOD or not best.loss.outputs:
        return
    runs, output = best.runs, best.loss.outputs[0]
    outputs = [table.values[runs.ids(run, output)] for run, table in enumerate(runs.tables)]
    targets = [np.abs(t) for t in runs.values(Operand(output.number, 1 - output.place))]
    if outputs[0].shape != targets[0].shape or any(
        np.allclose(a.sum(axis), 1) for a in outputs for axis in range(a.ndim)
    ):
        return
    with np.errstate(all="ignore"):
        slopes = [((a - t) / (a * (1 - a))).ravel() for a, t in zip(outputs, targets, strict=True)]
    for other in found:
        number = other.loss.computed
        if number is None or other.right:
            continue
        same = with_values(runs, members(runs.ancestors[number]), outputs)
        if same is None:  # it may be computed from what the prediction is clipped from
            continue
        computed = [
            adjoint.of(table, same).ravel()
            for adjoint, table in zip(other.adjoints, runs.tables, strict=True)
        ]
        if factor(computed, slopes) is not None:
            yield WrongCode(
                spot(best, output.number), "",
                f"the loss that is computed in {runs.code(number)[0]} is {BINARY}, and this its "
                "derivative for targets of 1 only: that for targets of 0 is missing",
            )  # fmt: skip
            return


def slope_too_many(best: Judgement, found: Sequence[Judgement]) -> Iterator[WrongCode]:
    """The binary cross-entropy is computed, and the gradient is that of the squared error.

    With a sigmoid the one is (a - t), and the other (a - t) a (1 - a).
    """
    if best.loss.computed is not None or best.loss.name != SQUARED or len(best.loss.outputs) != 1:
        return
    runs, output = best.runs, best.loss.outputs[0]
    outputs = [
        table.values[runs.ids(run, output)].ravel() for run, table in enumerate(runs.tables)
    ]
    targets = [np.abs(t).ravel() for t in runs.values(Operand(output.number, 1 - output.place))]
    if outputs[0].size != targets[0].size:
        return
    both = list(zip(outputs, targets, strict=True))
    with np.errstate(all="ignore"):
        slopes = [(a - t) / (a * (1 - a)) for a, t in both]
    for other in found:
        if other.loss.computed is None or other.loss.apart or other.right:
            continue
        computed = [adjoint.flat[runs.ids(run, output)].ravel()
                    for run, adjoint in enumerate(other.adjoints)]  # fmt: skip
        if (factor(computed, slopes) or 0) >= 0:
            continue
        times_slope = [(a - t) * a * (1 - a) for a, t in both]
        for number in members(best.step.mask):
            if number in runs.barrier or runs.operation(number).size != targets[0].size:
                continue
            if factor([r.ravel() for r in runs.results(number)], times_slope) is not None:
                where = runs.code(other.loss.computed)[0]
                yield WrongCode(
                    spot(best, number), "grad-output-sigmoid-factor",
                    "the derivative of the activation of the output layer is a factor too many: "
                    f"the loss that is computed in {where} is {BINARY}, and this is the error of "
                    "the squared error",
                    "a factor of this product is already in what it is multiplied with",
                )  # fmt: skip
                return


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
            code = spot(best, way[-1])
            if len(group.numbers) > 1:  # of an engine's sums: the step does not set them back
                function = runs.code(number)[0].function if runs.code(number) else ""
                code = next((c for c in runs.code(way[-1]) if c.function == function), code)
            yield WrongCode(
                code, "train-gradients-kept",
                "this sum still has the gradients of the step before: it is not set back to 0",
            )  # fmt: skip


def _summed(runs: Runs, update: int) -> int | None:
    """What an update is a multiple of; None if it is something else."""
    change = runs.change(update)
    while True:
        given = list(runs.given(change))
        if len(given) != 1 or given[0] in runs.barrier:
            return None
        (number,) = given
        operation = runs.operation(number)
        if operation.name == "add" and operation.size == runs.operation(update).size:
            return number
        places = range(len(operation.ids))
        moving = [p for p in places if runs.depends_on_parameters(Operand(number, p))]
        if operation.name not in _SCALING or len(moving) != 1:
            return None
        change = Operand(number, moving[0])


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
