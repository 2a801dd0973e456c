"""Mistakes that are searched for: the fewest changes after which a training is right."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from chainrule.checking.record._search import naming
from chainrule.checking.record._search.blame import Explanation, Search
from chainrule.checking.record._search.mending import Change, What
from chainrule.checking.record._search.misplaced import misplaced
from chainrule.checking.record._search.quantities import Kind
from chainrule.checking.record._search.reasons import reason
from chainrule.checking.record._search.softmax_axis import softmax_axis
from chainrule.checking.record._search.telling import mistake_of, slipped
from chainrule.checking.record._search.unfinished import unfinished
from chainrule.checking.record._steps.factors import SAME_FACTOR, factor, same_factor
from chainrule.checking.record._steps.flow import Operand, members
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.losses import COMPUTED, SQUARED
from chainrule.checking.record._steps.operands import operands
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._steps.spots import (
    Lost,
    WrongCode,
    gradient_of,
    lost_in_a_loop,
    once,
    spot,
)
from chainrule.checking.record._steps.steps import Group
from chainrule.checking.record._steps.unjudged import NotJudgedError, RoundingError
from chainrule.checking.record._tape.operations import LEAF

_MOST_LOSSES = 4
_NOT_GIVEN_BACK = (
    "what comes back from here is not the derivative of what went forward, times what came in"
)


def explained_mistakes(
    found: Sequence[Judgement], sure: bool = False
) -> tuple[Judgement, list[WrongCode]]:
    """The fewest mistakes under any loss; under the one that is computed if that is sure.

    Raises:
        NotJudgedError: if nothing explains the gradients well enough to accuse anyone.
    """
    if any(_has_noise(found[0].runs, n) for group in found[0].wrong for n in group.numbers):
        raise NotJudgedError("numbers that are drawn for each of its steps are added to them")
    some_right = any(one.right for one in found)
    names: list[str] = []
    fixes: list[tuple[tuple[float, ...], Judgement, list[WrongCode]]] = []
    for one in found:
        if sure and one.loss.computed is None:
            continue
        if one.loss.name in names or len(names) >= _MOST_LOSSES:
            continue
        names.append(one.loss.name)
        if some_right and not one.right and (one.loss.computed is None or _is_plain_sum(one)):
            continue
        fix = _fix(one, some_right or sure, sure)
        if fix is not None:
            fixes.append((fix[0], one, fix[1]))
    named = any(all(mistake.fault for mistake in mistakes) for *_, mistakes in fixes)
    at_wrong_places = None if named else misplaced(found[0])
    if at_wrong_places is not None:
        return found[0], [at_wrong_places]
    if not fixes and not found[0].runs.is_finite:
        raise RoundingError("numbers become too large in it for a loss to be known")
    if not fixes and some_right:
        raise NotJudgedError(
            "some of its parameters do not change along their gradient, and where that begins is "
            "not known here"
        )
    if not fixes:
        raise NotJudgedError(
            "no parameter changes along the gradient of a loss that is known here, and no change "
            "of its code that is known here makes it so"
        )
    _, chosen, mistakes = min(fixes, key=lambda fix: fix[0])
    return chosen, mistakes


def _is_plain_sum(one: Judgement) -> bool:
    """Whether what is taken for a loss is a sum of predictions, as a bias's unused gradient is."""
    slopes = [a.flat[one.runs.ids(r, o)].ravel() for o in one.loss.outputs
              for r, a in enumerate(one.adjoints)]  # fmt: skip
    every = np.concatenate(slopes) if slopes else np.zeros(1)
    return bool(every[0]) and np.allclose(every, every[0], rtol=1e-9)


def _has_noise(runs: Runs, number: int) -> bool:
    """Whether an update adds numbers that were drawn for it alone."""
    size = runs.operation(number).size
    added = set().union(*(given for n in runs.summed(number) for given in runs.sources[n]))
    return any(
        runs.operation(n).name == LEAF and runs.operation(n).size == size
        and runs.is_not_written([n]) and len(runs.users[n]) == 1 and np.any(runs.first.result(n))
        for n in added - runs.barrier
    )  # fmt: skip


def _fix(
    one: Judgement, some_right: bool, sure: bool
) -> tuple[tuple[float, ...], list[WrongCode]] | None:
    """The mistakes under one loss, and how far-fetched they are; None if there is no telling."""
    supposed = one.loss.computed is None
    by_factor = _only_factors(one)
    if by_factor is not None:
        return (0, supposed, len(by_factor), supposed, 0), by_factor
    axis = softmax_axis(one)
    if axis is not None:
        sentence = f"softmax is normalised over the wrong axis: it belongs over axis {axis.axis}"
        mistake = WrongCode(spot(one, axis.number), "softmax-over-batch", sentence)
        return (0, 0, 1, 0, 0), [mistake]
    search = Search(one)
    explained = search.explanation()
    mistakes = [mistake_of(one, search, change, explained) for change in explained.changes]
    if not _is_believable(one, explained, mistakes, some_right):
        return None
    causes = [
        bool(mistake.fault)
        or change.before is not None
        or change.what is What.PART  # what else the array has may be anything
        or search.causes.may_be(change, explained.changes)
        for change, mistake in zip(explained.changes, mistakes, strict=True)
    ]
    likely = int(one.loss.name not in (SQUARED, COMPUTED))
    far = sum(change.rank > 1 for change in explained.changes)
    if all(_is_unknown(c) and m.fault in ("", "grad-path-missing")
           for c, m in zip(explained.changes, mistakes, strict=True)):  # fmt: skip
        part = unfinished(one, search.forward)
        if part is not None:
            return (0, not one.right, 1, supposed, likely), [part]
    if mistakes and all(_is_unknown(c) and not m.fault
                        and c.after is not None and c.after.kind is Kind.BY_PARAMETER
                        for c, m in zip(explained.changes, mistakes, strict=True)):  # fmt: skip
        # Parameter by parameter nothing is known: what they have in common may be.
        lost = lost_in_a_loop(one.runs, one.step.mask, explained.changes[0].number)
        mistakes, causes = ([_lost(one, lost)], [True]) if lost else (mistakes, causes)
    told = [
        (mistake, cause, _is_told(change, mistake))
        for change, mistake, cause in zip(explained.changes, mistakes, causes, strict=False)
    ]
    known = [c for c, (*_, is_told) in zip(explained.changes, told, strict=False) if is_told]
    slip = None
    if one.right and (not told or len(known) < len(explained.changes)):
        slip = search.within.slip(known)
    if slip is not None:
        mistakes = [slipped(one, search, slip, explained), *(m for m, _, of in told if of)]
        causes = [True, *(c for _, c, of in told if of)]
    elif sure and any(_is_unknown(change) for change in explained.changes):
        mistakes, causes = [_not_given_back(one, explained.changes[0].number)], [True]
    count = len(once(mistakes)) + far
    mistakes = [mistake for mistake, cause in zip(mistakes, causes, strict=True) if cause]
    if explained.left and not explained.changes and slip is None:
        mistakes = _unexplained(one, search, explained)
        count = len(mistakes)
    if not mistakes and len(one.wrong) == 1 and slip is None:
        mistakes = _of_another(one, search, one.wrong[0])
        count = len(mistakes)
    if not mistakes:
        return None
    followed = not supposed and bool(one.right)  # it is the loss that is gone down on
    weight = (len(explained.left), not followed, count, supposed, likely)
    return weight, once(mistakes)


def _unexplained(one: Judgement, search: Search, explained: Explanation) -> list[WrongCode]:
    """Where what goes in is right, and what comes out is not; none if there is no telling."""
    entry = one.entries.get(explained.left[0].number)
    given = set() if entry is None else one.runs.given(entry)
    number = max(given) if given else gradient_of(one, explained.left[0])
    lost = lost_in_a_loop(one.runs, one.step.mask, number)
    if not one.right or not (lost or search.is_wrong_at(number)):
        return []
    sentence = "this gradient is wrong, and no change that is known here makes it right"
    return [_lost(one, lost) if lost else WrongCode(spot(one, number), "", sentence)]


def _of_another(one: Judgement, search: Search, group: Group) -> list[WrongCode]:
    """Where the gradient of another parameter is made the change of this one."""
    number = gradient_of(one, group)
    for stands in map(search.stands, operands(one.runs, number)):
        if stands is None or stands.kind is not Kind.BY_PARAMETER or not one.right:
            continue
        if factor(stands.values, one.gradients[group.number]) is None:
            sentence = "the gradient of another parameter goes in here, and no right one comes out"
            return [WrongCode(spot(one, number), "", sentence)]
    return []


def _not_given_back(one: Judgement, number: int) -> WrongCode:
    """A wrong result of a part of a network: of the loop that loses most of what it computes."""
    lost = lost_in_a_loop(one.runs, one.step.mask, number)
    return WrongCode(spot(one, number), "", _NOT_GIVEN_BACK) if lost is None else _lost(one, lost)


def _lost(one: Judgement, lost: Lost) -> WrongCode:
    return WrongCode(spot(one, lost.number), "grad-not-added-up", lost.sentence)


def _is_unknown(change: Change) -> bool:
    """Whether what stands there is not known for anything, and only what belongs there is."""
    return change.what is What.RESULT and change.before is None


def _is_due_and_more(one: Judgement, change: Change) -> bool:
    """Whether what belongs there is added to more, as by a part of the loss that is not known."""
    runs, number = one.runs, change.number
    if not _is_unknown(change) or runs.operation(number).name not in ("add", "subtract"):
        return False
    due = [change.edits[number](run, t.inputs(number)) for run, t in enumerate(runs.tables)]
    shape = runs.operation(number).shape
    return any(
        runs.ids(0, operand).shape == shape and factor(runs.values(operand), due) is not None
        for operand in operands(runs, number)
    )


def _is_told(change: Change, mistake: WrongCode) -> bool:
    """Whether it is known what stands where a change mends a step, and not only what belongs."""
    unsure = change.before is None and change.what in (What.RESULT, What.REPLACED, What.SIGN)
    known = mistake.fault not in ("", "grad-path-missing") or bool(mistake.taken_by)
    return known or not unsure


def _is_believable(
    one: Judgement, explained: Explanation, mistakes: Sequence[WrongCode], some_right: bool
) -> bool:
    """Whether to accuse: the loss may be another than those known, or have a part more.

    Where no parameter is right, an error at the output that is no known one tells nothing; only a
    wrong derivative that is recognised for what it is does, or a loss that the code computes.
    """
    together = zip(explained.changes, mistakes, strict=True)
    more = any(not mistake.fault and _is_due_and_more(one, change) for change, mistake in together)
    if more or one.right or some_right:
        return not more
    if explained.left or not explained.changes:
        return False
    first = explained.changes[0]
    known = (
        reason(one, first) if first.what is What.RESULT and len(explained.changes) == 1 else None
    )
    diagonal = known is not None and known.fault == "grad-softmax-diagonal"
    if diagonal or _passes_units_that_are_off(one, first):
        return True
    if first.before is not None and first.before.kind in _RECOGNISED:
        into = first.after.kind if first.after is not None else None
        return into is None or not into.is_gradient
    unknown = any(_is_unknown(c) and reason(one, c) is None for c in explained.changes)
    if unknown or first.before is None:
        return one.loss.computed is not None and not unknown
    at_output = first.after is not None and first.after.layer == explained.layers
    plain = first.what in (What.TRANSPOSED, What.AXIS)
    return one.loss.computed is not None or plain or not at_output


def _passes_units_that_are_off(one: Judgement, change: Change) -> bool:
    """Whether more than 0 comes back where an activation's slope is 0: so it does by no loss."""
    if change.what is not What.SLOPE_ADDED or change.after is None:
        return False
    pairs = zip(one.runs.results(change.number), change.after.values, strict=True)
    return change.after.kind is Kind.SLOPE and any(
        came.shape == slope.shape and np.any(came[slope == 0]) for came, slope in pairs
    )


# What is plainly not what belongs at the output, whatever the loss.
_RECOGNISED = (
    Kind.SLOPE_OF_ACTIVATION, Kind.PRODUCT_OF_PREACTIVATION, Kind.SLOPE, Kind.WEIGHTS,
    Kind.ACTIVATION,
)  # fmt: skip


def _only_factors(one: Judgement) -> list[WrongCode] | None:
    """Mistakes, if all that is wrong is wrong by a constant factor only."""
    off = [g for g in one.wrong if one.factors[g.number] is not None]
    if len(off) < len(one.wrong) or one.factor is None:
        return None
    twice = _changed_twice(one)
    if twice is not None:
        sentence = (
            "this changes a parameter once more by the same gradient: it goes twice as far as the "
            "others"
        )
        return [WrongCode(spot(one, twice), "", sentence, "in a step each parameter changes once")]
    sizes = frozenset(
        side for n in members(one.step.mask) for side in one.runs.operation(n).shape if side > 1
    )
    ratios = {group.number: (one.factors[group.number] or 0) / one.factor for group in off}
    numbers = {group.number: gradient_of(one, group, ratios[group.number]) for group in off}
    mistakes = []
    for group in off:
        ratio = ratios[group.number]
        name = naming.of_factor(ratio, sizes) or _of_rate(one, group, ratio)
        if name is None:
            raise NotJudgedError(
                f"one of its parameters changes {ratio:.4g} times as much as the others, against "
                "their gradients: a learning rate of its own, or a factor"
            )
        if ratio < 0 and numbers[group.number] == group.number:
            name = naming.Name(
                "train-sign", "this step goes along the gradient, unlike the others"
            )
        code = spot(one, numbers[group.number], numbers.values())
        mistakes.append(WrongCode(code, name.fault, name.sentence))
    return mistakes


def _changed_twice(one: Judgement) -> int | None:
    """The second change by the same gradient of the one parameter that goes twice as far."""
    runs = one.runs
    for group in one.groups:
        given = [*runs.given(runs.change(group.number))]
        parts = [p for n in given if runs.operation(n).name == "add" for p in runs.sources[n]]
        others = [one.factors[g.number] for g in one.groups if g is not group]
        c = one.factors[group.number]
        if (
            [len(part) for part in parts] == [1, 1]
            and parts[0] != parts[1]
            and all(map(np.array_equal, *(runs.results(*part) for part in parts)))
            and c
            and others
            and all(o and same_factor(2 * o, c) for o in others)
        ):
            return group.number
    return None


def _of_rate(one: Judgement, group: Group, ratio: float) -> naming.Name | None:
    """A learning rate that is left out for one parameter, where no other number stands for it."""
    runs = one.runs
    right = [Counter(_rates(runs, g)) for g in one.groups if g.number in one.right]
    mine = Counter(_rates(runs, group))
    for rate in set.intersection(*(set(rates) for rates in right)) if right else ():
        if (
            {rates[rate] for rates in right} == {mine[rate] + 1}
            and 1 not in mine
            and 0 < rate < 1
            and abs(ratio * rate - 1) < SAME_FACTOR
        ):
            sentence = f"this is not multiplied by {rate:.4g}, as the others"
            return naming.Name("train-learning-rate", sentence)
    return None


def _rates(runs: Runs, group: Group) -> list[float]:
    """The single numbers that are factors on the way to the change of a parameter."""
    return [
        abs(float(runs.values(Operand(number, place))[0].item()))
        for number in members(runs.before(group.numbers[:1]))
        if runs.operation(number).name == "multiply" and number not in runs.barrier
        for place, ids in enumerate(runs.operation(number).ids)
        if ids.size == 1 and not runs.depends_on_parameters(Operand(number, place))
    ]
