"""The loss that is computed is not the one whose gradient is used."""

import math
from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np

from chainrule.checking.record._at_sight.spoiled import spoiled
from chainrule.checking.record._steps.adjoint import adjoint
from chainrule.checking.record._steps.factors import factor
from chainrule.checking.record._steps.flow import Operand, members
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.losses import BINARY, LIKELIHOOD, SQUARED, with_values
from chainrule.checking.record._steps.operands import targets
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._steps.spots import WrongCode, spot
from chainrule.checking.record._tape.operations import Array

_NEAR = 0.02  # of the largest derivative
_SAME = 1e-6  # of the largest target


def unlike_losses(best: Judgement, found: Sequence[Judgement]) -> Iterator[WrongCode]:
    """Where a loss is computed that another one than the gradient belongs to."""
    if best.loss.computed is not None or not best.loss.outputs:
        return
    kinds = (
        spoiled,
        _all_with_all,
        _other_targets,
        _broken_loss,
        _other_loss,
        _half_of_the_loss,
        _slope_too_many,
        _not_squashed,
    )
    yield from islice(filter(None, (kind(best, found) for kind in kinds)), 1)


def _all_with_all(best: Judgement, found: Sequence[Judgement]) -> WrongCode | None:
    """A loss in which each prediction meets the targets of all samples."""
    runs, output = best.runs, best.loss.outputs[0]
    target, count = targets(runs, output)[0].ravel(), runs.ids(0, output).size
    before = 0
    for one in found:
        if one.wrong and one.loss.computed is not None:
            before |= runs.ancestors[one.loss.computed]
    for number in members(before):
        shapes = [ids.shape for ids in runs.operation(number).ids]
        sizes = [*map(math.prod, shapes), runs.operation(number).size]
        if count < 2 or target.size != count or sizes != [count, count, count**2]:
            continue
        sides = [Operand(number, 0), Operand(number, 1)]
        met = [runs.values(o)[0].ravel() for o in sides if not runs.depends_on_parameters(o)]
        if len(met) == 1 and any(np.allclose(abs(met[0]), abs(t)) for t in (target, 1 - target)):
            return WrongCode(
                spot(best, number), "grad-output-shape",
                f"{shapes[0]} and {shapes[1]} give {runs.operation(number).shape} here: each "
                "prediction meets the targets of all samples",
            )  # fmt: skip
    return None


def _broken_loss(best: Judgement, found: Sequence[Judgement]) -> WrongCode | None:
    """The loss that is computed of logarithms, where it is not the one that is gone down on."""
    if best.loss.name != BINARY:
        return None
    runs, output = best.runs, best.loss.outputs[0]
    shape, outputs = runs.operation(output.number).shape, runs.values(output)
    met = [np.broadcast_to(t, shape) for t in targets(runs, output)]
    if outputs[0].size != met[0].size:
        return None
    right = _of_binary(outputs, met)
    for other in found:
        number = other.loss.computed
        if number is None or not other.wrong or not _is_of_logarithms(best, number):
            continue
        slopes = []
        # The loss may be computed from what the prediction of the gradient was clipped from.
        same = with_values(runs, members(runs.ancestors[number]), outputs)
        for run, by in enumerate(other.adjoints):
            slope = by.flat[runs.ids(run, output)].ravel()
            if same is not None and not np.any(slope):
                slope = by.of(runs.tables[run], same).ravel()
            slopes.append(slope)
        if _like(slopes, right):
            continue
        fault, what = "", "is not"
        if factor([np.abs(s) for s in slopes], [np.abs(r) for r in right]) is not None:
            fault, what = "nll-sign", "has a sign that is not that of"
        sentence = (
            f"the loss that is computed here {what} the binary cross-entropy whose gradient is "
            "used"
        )
        return WrongCode(spot(best, number), fault, sentence)
    return None


def _of_binary(outputs: Sequence[Array], met: Sequence[Array]) -> list[Array]:
    """The derivative of the binary cross-entropy by its predictions, in each run. Shapes: flat."""
    with np.errstate(all="ignore"):
        return [
            (a - t) / (a * (1 - a))
            for a, t in zip(map(np.ravel, outputs), map(np.ravel, met), strict=True)
        ]


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


def _other_loss(best: Judgement, found: Sequence[Judgement]) -> WrongCode | None:
    """The squared error is computed, and the gradient is that of a cross-entropy."""
    if best.loss.name not in (BINARY, LIKELIHOOD):
        return None
    runs, output = best.runs, best.loss.outputs[0]
    outputs, met = runs.values(output), targets(runs, output)
    if outputs[0].shape != met[0].shape:
        return None
    errors = [a - t for a, t in zip(outputs, met, strict=True)]
    for other in found:
        if other.loss.computed is None:
            continue
        slopes = [a.flat[runs.ids(run, output)] for run, a in enumerate(other.adjoints)]
        if factor(slopes, errors) is not None:
            where = runs.code(other.loss.computed)[0]
            return WrongCode(
                spot(best, output.number), "grad-output-mismatch",
                f"this is the error at the output of {best.loss.name}, and the loss that is "
                f"computed in {where} is the squared error: for that, the derivative of the "
                "output's activation is missing",
                if_meant=f"The loss that is computed in {where} is another, the squared error: "
                         "no step goes down on that.",
            )  # fmt: skip
    return None


def _half_of_the_loss(best: Judgement, found: Sequence[Judgement]) -> WrongCode | None:
    """The binary cross-entropy is computed, and gone down on where a target is 1 only.

    That is the negative log likelihood of classes, whose probabilities add up to 1.
    """
    if best.loss.name != LIKELIHOOD:
        return None
    runs, output = best.runs, best.loss.outputs[0]
    outputs, met = runs.values(output), targets(runs, output)
    if outputs[0].shape != met[0].shape or any(
        np.allclose(a.sum(axis), 1) for a in outputs for axis in range(a.ndim)
    ):
        return None
    slopes = _of_binary(outputs, met)
    for other in found:
        number = other.loss.computed
        if number is None or other.right:
            continue
        same = with_values(runs, members(runs.ancestors[number]), outputs)
        if same is None:  # it may be computed from what the prediction is clipped from
            continue
        if factor(other.by(same), slopes) is not None:
            return WrongCode(
                spot(best, output.number), "",
                f"the loss that is computed in {runs.code(number)[0]} is {BINARY}, and this its "
                "derivative for targets of 1 only: that for targets of 0 is missing",
            )  # fmt: skip
    return None


def _slope_too_many(best: Judgement, found: Sequence[Judgement]) -> WrongCode | None:
    """The binary cross-entropy is computed, and the gradient is that of the squared error.

    With a sigmoid the one is (a - t), and the other (a - t) a (1 - a).
    """
    if best.loss.name != SQUARED or len(best.loss.outputs) != 1:
        return None
    if _is_measured(best):
        return None  # by the error itself; the cross-entropy is one measure more
    runs, output = best.runs, best.loss.outputs[0]
    outputs, met = runs.values(output), targets(runs, output)
    if outputs[0].size != met[0].size:
        return None
    slopes = _of_binary(outputs, met)
    for other in found:
        if other.loss.computed is None or other.loss.apart or other.right:
            continue
        computed = [a.flat[runs.ids(run, output)] for run, a in enumerate(other.adjoints)]
        if (factor(computed, slopes) or 0) >= 0:
            continue
        flat = zip(map(np.ravel, outputs), map(np.ravel, met), strict=True)
        times_slope = [(a - t) * a * (1 - a) for a, t in flat]
        for number in members(best.step.mask):
            if number in runs.barrier or runs.operation(number).size != met[0].size:
                continue
            if factor(runs.results(number), times_slope) is not None:
                where = runs.code(other.loss.computed)[0]
                return WrongCode(
                    spot(best, number), "grad-output-sigmoid-factor",
                    "the derivative of the activation of the output layer is a factor too many: "
                    f"the loss that is computed in {where} is {BINARY}, and this is the error of "
                    "the squared error",
                    "a factor of this product is already in what it is multiplied with",
                )  # fmt: skip
    return None


def _is_measured(best: Judgement) -> bool:
    """Whether a single number without logarithms is made of the error, and changes nothing."""
    runs, error = best.runs, best.loss.outputs[0].number
    used = runs.before(best.step.numbers)
    return any(
        runs.ancestors[n] >> error & 1
        and runs.operation(n).size == 1
        and not used >> n & 1
        and n not in runs.barrier
        and not _is_of_logarithms(best, n)
        for n in range(error + 1, runs.length)
    )


def _not_squashed(best: Judgement, found: Sequence[Judgement]) -> WrongCode | None:
    """The likelihood of a sigmoid or softmax is computed, and its argument less the target used.

    That is the error of the squared error of what goes into it.
    """
    runs, squashed = best.runs, _squashed(best)
    if not squashed:
        return None
    output = best.loss.outputs[0]
    outputs, met = runs.values(output), targets(runs, output)
    for other in found:
        number = other.loss.computed
        if number is None or other.right or runs.operation(number).size > 1:
            continue
        # It may be computed where the step before has ended, of the same numbers.
        same = with_values(runs, members(runs.ancestors[number]), outputs)
        if same is None:
            continue
        slopes = _slopes(runs, number, same)
        for (loss, squash), values in squashed.items():
            right = [(p - t).ravel() for p, t in zip(values, met, strict=True)]
            # What keeps a logarithm from 0 changes a derivative by little.
            if 0 < _turn(slopes, right) < np.inf and _like(slopes, right):
                where = runs.code(number)[0]
                return WrongCode(
                    spot(best, output.number), "",
                    f"the loss that is computed in {where} is {loss} of a {squash}, and this is "
                    f"the error of what goes into the {squash}: what comes out of it belongs here",
                    f"the loss that is computed in {where} is not the one whose error this is",
                )  # fmt: skip
    return None


def _turn(slopes: Sequence[Array], right: Sequence[Array]) -> float:
    return float(np.concatenate(slopes) @ np.concatenate(right))


def _squashed(best: Judgement) -> dict[tuple[str, str], list[Array]]:
    """What a sigmoid, and a softmax over the classes, make of the prediction of a squared error.

    Shapes: as it, in each run.
    """
    runs = best.runs
    if best.loss.name != SQUARED or len(best.loss.outputs) != 1:
        return {}
    output = best.loss.outputs[0]
    outputs, met = runs.values(output), targets(runs, output)
    if outputs[0].shape != met[0].shape:
        return {}
    with np.errstate(all="ignore"):
        found = {(BINARY, "sigmoid"): [1 / (1 + np.exp(-z)) for z in outputs]}
    for axis in range(outputs[0].ndim):
        if outputs[0].shape[axis] > 1 and all(np.allclose(t.sum(axis), 1) for t in met):
            powers = [np.exp(z - z.max(axis, keepdims=True)) for z in outputs]
            found[LIKELIHOOD, "softmax"] = [e / e.sum(axis, keepdims=True) for e in powers]
    return found


def beside_a_softmax(best: Judgement) -> Iterator[str]:
    """A word where the prediction of a squared error goes into a softmax, and no step takes that.

    It may be meant to be shown alone, or be what the error is to be computed from.
    """
    for (_, squash), values in _squashed(best).items():
        number = with_values(best.runs, range(best.runs.length), values)
        if number is not None and squash == "softmax" and best.runs.code(number):
            yield (
                f"The softmax in {best.runs.code(number)[0]} takes no part in that: the error is "
                "what goes into it less the target, and not what comes out of it."
            )


def _other_targets(best: Judgement, found: Sequence[Judgement]) -> WrongCode | None:
    """The same loss is computed, with the same targets, and those are at other places in it."""
    if best.loss.name not in (BINARY, LIKELIHOOD, SQUARED):
        return None
    runs = best.runs
    outputs, met = _prediction(best)
    if not outputs:
        return None
    for other in found:
        number = other.loss.computed
        if number is None or not other.wrong or runs.operation(number).size > 1:
            continue
        same = with_values(runs, members(runs.ancestors[number]), outputs)
        if same is None:
            continue
        used = [
            _targets_of(best.loss.name, a.ravel(), t, slope)
            for a, t, slope in zip(outputs, met, _slopes(runs, number, same), strict=True)
        ]
        both = [(u, t) for u, t in zip(used, met, strict=True) if u is not None]
        if len(both) < len(used):
            continue
        near = _SAME * max(float(np.abs(t).max()) for t in met)
        ordered = [(np.sort(u), np.sort(t)) for u, t in both]
        alike, same_order = (
            all(np.allclose(u, t, rtol=0, atol=near) for u, t in pairs)
            for pairs in (ordered, both)
        )
        if alike and not same_order:
            where = runs.code(number)[0]
            return WrongCode(
                spot(best, best.loss.outputs[0].number), "",
                "the targets here are not in the order of those of the loss that is computed in "
                f"{where}: some samples are given the target of another",
                f"these are not the targets of the loss that is computed in {where}",
            )  # fmt: skip
    return None


def _prediction(best: Judgement) -> tuple[list[Array], list[Array]]:
    """The whole prediction and, as flat, its targets, for each run; none if they are not known.

    What `p[range(N), labels] -= 1` takes has targets of 1 there, and 0 elsewhere.
    """
    runs, first = best.runs, best.loss.outputs[0]
    outputs: list[Array] = []
    met: list[Array] = []
    for run, table in enumerate(runs.tables):
        ids = runs.ids(run, first)
        target = targets(runs, first)[run]
        if target.size == ids.size:
            target = target.ravel()
        elif target.size == 1:
            target = np.broadcast_to(target, ids.shape).ravel()
        else:
            return [], []
        owners = set(table.owners(ids))
        if len(best.loss.outputs) > 1 or len(owners) != 1:
            return [], []
        whole = table.operations[owners.pop()]
        places = ids.ravel() - whole.start
        if whole.size > ids.size and (best.loss.name != LIKELIHOOD or np.any(target != 1)):
            return [], []
        all_targets = np.zeros(whole.size)
        all_targets[places] = target
        outputs.append(table.values[whole.start : whole.start + whole.size].reshape(whole.shape))
        met.append(all_targets)
    return outputs, met


def _targets_of(name: str, a: Array, t: Array, slope: Array) -> Array | None:
    """The targets with which a loss has a slope by the prediction; None if it is not that loss.

    They add up to as much as the targets `t`, which tells by what the loss is multiplied.
    """
    own = 0 if name == LIKELIHOOD else 1
    weight = {BINARY: a * (1 - a), LIKELIHOOD: a, SQUARED: np.ones(a.shape)}[name]
    with np.errstate(all="ignore"):
        error = slope * weight  # a number times a - t, or -t for the likelihood
        expected = own * a - t
        c = error.sum() / expected.sum()
        found = own * a - error / c
    return found if np.isfinite(found).all() and abs(expected.sum()) > _SAME else None


def _slopes(runs: Runs, number: int, by: int) -> list[Array]:
    """The derivative of a number by what an earlier operation gave, flat, for each run."""
    slopes = []
    for table in runs.tables:
        seed = (table.operations[number].start + np.arange(1), np.ones(1))
        slopes.append(adjoint(table, [seed]).of(table, by).ravel())
    return slopes
