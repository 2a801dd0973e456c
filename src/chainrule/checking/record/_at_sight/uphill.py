"""All parameters go along the gradient of what should fall, in place of against it."""

from collections.abc import Iterator, Sequence

import numpy as np

from chainrule.checking.record._steps.flow import Operand
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.operands import moving, operands
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._steps.spots import WrongCode, spot
from chainrule.checking.record._tape.operations import Array

_LOGARITHMS = ("log", "log2", "log10")
_OF_ERRORS = ("absolute", "power", "square")
_SQUARE = 2


def uphill(best: Judgement, found: Sequence[Judgement]) -> Iterator[WrongCode]:
    """A step along the gradient of a loss that is known to be one.

    Such is one that is supposed, where no computed one is gone down on, and one that is made of
    squared errors, or of minus logarithms of probabilities. What else is computed may be meant to
    grow, as a likelihood or a reward.

    Args:
        best: the judgement under which all is right.
        found: those under all losses, some of which are made of others.
    """
    if best.step.memory:
        up = _goes(best, 1) and (best.loss.computed is None or _is_to_fall(best))
        up = up or (_goes(best, -1) and _is_turned(best) and _is_to_grow(best))
    else:
        right = [one for one in found if not one.wrong]
        supposed = [one for one in right if one.loss.computed is None]
        all_up = all((one.factor or 0) < 0 for one in right if not _is_turned(one))
        up = bool(supposed) and all_up
        up = up or any((one.factor or 0) < 0 and _is_to_fall(one) for one in right)
        best = next(iter(supposed), best)
    if not up:
        return
    runs = best.runs
    places = {runs.operation(n).place: n for g in best.groups for n in g.numbers}
    outputs = best.loss.outputs
    turned = len(outputs) == 1 and outputs[0].place == 1  # the target less the prediction
    if len(places) > 1 and turned and not best.step.memory:
        # One change of sign there mends what several steps would have to.
        yield WrongCode(
            spot(best, outputs[0].number), "grad-output-sign",
            "the error has the other sign than its steps want: they go along the gradient, and "
            "the loss grows",
        )  # fmt: skip
        return
    yield WrongCode(
        spot(best, best.groups[0].number), "train-sign",
        "the step goes along the gradient, and the loss grows",
    )  # fmt: skip


def rises(best: Judgement) -> bool:
    """Whether a right step goes up along the gradient of what the code computes.

    It is right if that is to grow, as a likelihood or a reward is.
    """
    if best.loss.computed is None or best.wrong or _is_turned(best):
        return False
    return _goes(best, 1) if best.step.memory else (best.factor or 0) < 0


def _goes(best: Judgement, way: int) -> bool:
    """Whether each step of each parameter goes along the gradient (1), or against it (-1)."""
    return all(
        way * float(change @ gradient) > 0
        for group in best.groups
        for change, gradient in zip(group.changes(), best.gradients[group.number], strict=True)
    )


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


def _is_to_fall(one: Judgement) -> bool:
    """Whether a computed loss is made of errors or of minus logarithms of probabilities."""
    number = one.loss.computed
    return number is not None and set(_signs(one.runs, number, 1)) == {1}


def _is_to_grow(one: Judgement) -> bool:
    """Whether it is made of logarithms of probabilities alone, which is minus a loss."""
    number = one.loss.computed
    return number is not None and set(_signs(one.runs, number, 1)) == {-1}


def _signs(runs: Runs, number: int, sign: int) -> Iterator[int]:
    """For each term of a sum 1 if it is to fall with the sum, -1 if to grow; 0 if it is not known.

    Args:
        runs: the record.
        number: the operation that gives the sum.
        sign: -1 where what it gives is taken away.
    """
    name, given, along = runs.operation(number).name, operands(runs, number), moving(runs, number)
    if name in _LOGARITHMS:
        yield -sign if all(np.all(v <= 1) for v in runs.values(given[0])) else 0
    elif name in _OF_ERRORS and along == given[:1]:
        exponents = [v for o in given[1:] for v in runs.values(o)]
        even = name != "power" or all(np.all(v == _SQUARE) for v in exponents)
        yield sign if even and _is_error(runs, along[0]) else 0
    elif name in ("add", "subtract"):
        for operand in along:
            turned = -sign if name == "subtract" and operand.place else sign
            yield from _signs_of(runs, operand, turned)
    elif name in ("sum", "mean", "negative", "multiply", "divide") and len(along) == 1:
        scales = [v for o in given if o not in along for v in runs.values(o)]
        under = name == "divide" and along[0].place == 1
        if under or not (_all(scales, 1) or _all(scales, -1)):
            yield 0
        else:
            turned = name == "negative" or (bool(scales) and not _all(scales, 1))
            yield from _signs_of(runs, along[0], -sign if turned else sign)
    else:
        yield 0


def _signs_of(runs: Runs, operand: Operand, sign: int) -> Iterator[int]:
    for source in runs.given(operand):
        if source in runs.barrier:
            yield 0
        elif runs.depends[source]:
            yield from _signs(runs, source, sign)


def _all(values: Sequence[Array], sign: int) -> bool:
    """Whether none of these numbers has the other sign."""
    return all(np.all(sign * v >= 0) for v in values)


def _is_error(runs: Runs, operand: Operand) -> bool:
    """Whether it is a difference between what parameters lead to, and what they do not."""
    given = list(runs.given(operand))
    if len(given) != 1 or runs.operation(given[0]).name != "subtract":
        return False
    return len(moving(runs, given[0])) < len(operands(runs, given[0]))
