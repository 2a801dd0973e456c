"""What is changed as the parameters are, and goes nowhere into the loss: a bias not added."""

import math
from collections.abc import Iterator
from functools import reduce
from operator import or_

import numpy as np

from chainrule.checking.record._steps.factors import factor, same_factor
from chainrule.checking.record._steps.flow import Operand, members
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.spots import WrongCode, spot
from chainrule.checking.record._steps.unjudged import NotAllSeenError
from chainrule.checking.record._tape.operations import LEAF, Array

_IN_VAIN = "it changes something that its loss does not depend on"


def never_used(best: Judgement) -> Iterator[WrongCode]:
    """Arrays that go down along the gradient of a bias, and are used for nothing.

    Raises:
        NotAllSeenError: if what changes the parameters changes another array, too, that is used
            for nothing, and it is not known what that is.
    """
    runs = best.runs
    places = {runs.operation(n).place for n in best.step.numbers}
    found: dict[int, int] = {}  # where it belongs, and what changes it
    unknown = set[int]()
    for number, place in _changed_in_vain(best):
        together = runs.operation(number).place in places
        added = _not_added(best, number, place, together)
        if added is not None:
            found.setdefault(added, number)
        elif together:
            unknown.add(runs.operation(number).place)
    for added, number in found.items():
        yield WrongCode(
            spot(best, added, found), "forward-no-bias",
            f"what {runs.code(number)[0]} changes as a bias of this is not added to it",
        )  # fmt: skip
    if unknown - {runs.operation(number).place for number in found.values()}:
        raise NotAllSeenError(_IN_VAIN)


def _changed_in_vain(best: Judgement) -> Iterator[tuple[int, int]]:
    """Operations that change an array by what the step computes, and of which nothing comes.

    With each the place at which the array goes in.
    """
    runs, own = best.runs, best.step.mask & ~best.runs.barrier_mask
    used = [best.loss.computed] if best.loss.computed is not None else []
    leads = reduce(or_, map(runs.candidate_ancestors, {*used, *runs.updates}), 0)
    for number in range(runs.length):
        operation = runs.operation(number)
        if operation.name not in ("add", "subtract") or number in runs.candidates:
            continue
        for place in (0, 1) if operation.name == "add" else (0,):
            array, change = Operand(number, place), Operand(number, 1 - place)
            before = _values_of(best, array)
            if (
                before
                and not leads & (before | 1 << number)
                and runs.ids(0, array).shape == operation.shape
                and runs.leads_to(change)[0] & own
                and runs.depends_on_parameters(change)
                and any(np.any(values) for values in runs.values(change))
            ):
                yield number, place


def _values_of(best: Judgement, array: Operand) -> int:
    """The operations that gave an array its values, back to where it was made; 0 if it was not."""
    runs, found = best.runs, 0
    given, start = runs.given(array), min(members(best.step.mask & ~runs.barrier_mask))
    while len(given) == 1:
        (number,) = given
        found |= 1 << number
        if runs.operation(number).name == LEAF or (number < start and runs.begins(number)):
            return found | runs.candidate_ancestors(number)
        one, other = runs.operation(number), runs.operation(array.number)
        if (one.place, one.name) != (other.place, other.name):
            break
        given = runs.given(Operand(number, array.place))
    return 0


def _not_added(best: Judgement, number: int, place: int, together: bool) -> int | None:
    """What an array belongs to as a bias, by what changes it; None if it is none.

    Args:
        best: the judgement.
        number: of the operation that changes it.
        place: at which it goes in.
        together: whether the parameters are changed there, too; how much may then depend on
            earlier steps.
    """
    runs = best.runs
    change, size = Operand(number, 1 - place), runs.operation(number).size
    after, before = runs.results(number), runs.values(Operand(number, place))
    steps = [[a - b for a, b in zip(after, before, strict=True)]]
    if together and best.adaptive:
        way = members(runs.leads_to(change)[0] & ~runs.barrier_mask)
        steps += [runs.results(n) for n in way if runs.operation(n).size == size]
    elif size == 1 and not together:
        return None  # a counter's or an average's
    for added, gradient in _bias_gradients(best, size):
        c = next((c for step in steps if (c := factor(step, gradient)) is not None), None)
        as_others = best.factor is not None and c is not None and same_factor(c, best.factor)
        if c is not None and (as_others or (together and best.adaptive)):
            trained = (g for n, g in best.gradients.items() if g[0].size == size)
            return None if any(factor(g, gradient) is not None for g in trained) else added
    return None


def _bias_gradients(best: Judgement, size: int) -> Iterator[tuple[int, list[Array]]]:
    """For what the forward pass computes, the gradient of a bias of a size that it may have had.

    Samples may go through one code one by one.
    """
    runs = best.runs
    reached = frozenset.intersection(*(a.reached for a in best.adjoints))
    by_code: dict[tuple[int, tuple[int, ...]], list[int]] = {}
    for number in sorted(reached - runs.barrier):
        if runs.sources[number]:
            operation = runs.operation(number)
            by_code.setdefault((operation.place, operation.shape), []).append(number)
    for (_, shape), numbers in by_code.items():
        several = [[n] for n in numbers] + ([numbers] if len(numbers) > 1 else [])
        for some in several if size in (*shape, math.prod(shape)) else ():
            each = zip(*map(best.by, some), strict=True)
            by_result: list[Array] = [np.sum(parts, axis=0) for parts in each]
            if by_result[0].size == size:
                yield some[0], by_result
            for axis in range(len(shape)):
                others = tuple(a for a in range(len(shape)) if a != axis)
                if shape[axis] == size and others:
                    yield some[0], [a.sum(axis=others) for a in by_result]
