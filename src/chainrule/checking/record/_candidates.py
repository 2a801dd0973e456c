"""Which losses a step may be meant to go down on, and the judgement of it under each."""

import contextlib
import math
from collections.abc import Sequence

from chainrule.checking.record._at_sight.entries import wrong_entries
from chainrule.checking.record._steps.decay import Penalties
from chainrule.checking.record._steps.flow import Operand, members
from chainrule.checking.record._steps.in_parts import in_parts
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.losses import Loss, losses
from chainrule.checking.record._steps.rivals import losses_of_rivals
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._steps.steps import Step
from chainrule.checking.record._steps.unjudged import NoTargetError, NotJudgedError, RoundingError

_MANY = 60  # losses that a step may go down on
_MOST_WHOLE = 20  # of many that are parts of no other
_MOST_EVALUATIONS = 3


def judgements(runs: Runs, step: Step) -> tuple[list[Judgement], tuple[Operand, ...]]:
    """The step under each loss that may be meant, the best explanation first.

    Also gives where the prediction meets a target of another shape.

    Raises:
        NotJudgedError: if no loss can be found, or the gradient comes of finite differences.
    """
    if _by_differences(runs, step):
        raise NoTargetError("its gradient is computed by finite differences of the loss")
    found = losses(runs, step)
    candidates = _latest(runs, _whole(runs, step, found.candidates))
    by_place: dict[int, Judgement] = {}
    apart: list[Judgement] = []
    reason: NotJudgedError | None = None
    penalties = Penalties(runs)
    known = -1  # which computed one explains all
    for place in _wholes_first(runs, candidates):
        loss = candidates[place]
        if (
            loss.computed is not None
            and known >= 0
            and not runs.ancestors[loss.computed] >> known & 1
        ):
            continue  # only what is made of that one says more, as that with a penalty
        try:
            one = Judgement(runs, step, loss, penalties)
        except (NotJudgedError, ValueError) as error:
            reason = error if isinstance(error, NotJudgedError) else reason
            continue
        # What the mistakes are is told by the step's own forward pass.
        if one.groups and loss.apart and one.wrong:
            apart.append(one)
        elif one.groups:
            by_place[place] = one
            if loss.computed is not None and known < 0 and one.explains_all:
                known = loss.computed
    done = [by_place[place] for place in sorted(by_place)]
    if not any(one.right for one in (*done, *apart)):
        for loss in losses_of_rivals(runs, step):
            with contextlib.suppress(NotJudgedError, ValueError):
                one = Judgement(runs, step, loss, penalties)
                if len(one.groups) == len(step.groups) and one.explains_all:
                    return [one, *done], found.unlike
    done = done or [one for one in apart if wrong_entries(one)]
    if not done and reason is None and not runs.is_finite:
        raise RoundingError("numbers become too large in it for a loss to be known")
    if not done:
        shapes = ", or their shapes differ" if found.unlike else ""
        raise reason or NoTargetError(f"the prediction and its target were not found{shapes}")
    most = max(one.known for one in done)
    done = [one for one in done if one.known == most]
    done += [
        one
        for one in apart
        if one not in done and any(_adds_to(runs, one, other) for other in done)
    ]
    done.sort(key=lambda one: one.weight, reverse=True)
    whole = _whole_loss(runs, done)
    whole = in_parts(whole, list(by_place.values()), penalties) or whole
    return [whole, *(one for one in done if one is not whole)], found.unlike


def _adds_to(runs: Runs, one: Judgement, other: Judgement) -> bool:
    """Whether a loss has more than another one has, that is right but for a penalty."""
    whole, part = one.loss.computed, other.loss.computed
    if whole is None or part is None or other.wrong or not other.decayed:
        return False
    return other.loss.apart and bool(runs.ancestors[whole] >> part & 1)


def _whole(runs: Runs, step: Step, candidates: Sequence[Loss]) -> Sequence[Loss]:
    """The losses without parts of them, where there are many, as on the tape of an autograd.

    The whole loss depends on most parameters, and on nothing of the way back from it.
    """
    if len(candidates) < _MANY:
        return candidates
    parameters = step.before
    mask = sum(1 << number for number in parameters)
    reached = [
        len(parameters) if c.computed is None else (runs.ancestors[c.computed] & mask).bit_count()
        for c in candidates
    ]
    most = max(n for n, c in zip(reached, candidates, strict=True) if c.computed is not None)
    some = [c for n, c in zip(reached, candidates, strict=True) if n >= most]
    used = runs.before(step.numbers)
    first = next(n for i in _wholes_first(runs, some) if (n := some[i].computed) is not None)
    back = used & ~runs.ancestors[first] & ~runs.barrier_mask
    return [c for c in some if c.computed is None or not runs.ancestors[c.computed] & back]


def _latest(runs: Runs, candidates: Sequence[Loss]) -> Sequence[Loss]:
    """The losses without the earliest parts of sums that go through thousands of numbers.

    Of what is in no other one the earliest are kept: the last are of a step that is not whole.
    """
    if len(candidates) < _MANY:
        return candidates
    computed = [i for i, c in enumerate(candidates) if c.computed is not None]
    computed.sort(key=lambda i: candidates[i].computed or 0)
    parts = _parts(runs, candidates)
    inner, whole = (
        [i for i in computed if parts >> (candidates[i].computed or 0) & 1 == is_part]
        for is_part in (1, 0)
    )
    kept = {*computed[-_MANY:]} & {*inner} | {*whole[:_MOST_WHOLE]}
    return [one for i, one in enumerate(candidates) if one.computed is None or i in kept]


def _parts(runs: Runs, candidates: Sequence[Loss]) -> int:
    """What losses are computed from, as bits."""
    parts = 0
    for number in (c.computed for c in candidates if c.computed is not None):
        parts |= runs.ancestors[number] & ~(1 << number)
    return parts


def _wholes_first(runs: Runs, candidates: Sequence[Loss]) -> list[int]:
    """The places of the losses, those that are parts of others last."""
    parts = _parts(runs, candidates)
    return sorted(range(len(candidates)), key=lambda i: parts >> (candidates[i].computed or 0) & 1)


def _whole_loss(runs: Runs, found: Sequence[Judgement]) -> Judgement:
    """The best; of those that explain as much, the last that the code computes from its loss.

    A sum becomes a mean only then.
    """
    as_much = [one for one in found if one.fit >= found[0].fit]
    best = next((one for one in as_much if not one.is_of_later_steps), found[0])
    for other in found:
        part, whole = best.loss.computed, other.loss.computed
        if part is None or whole is None or other.fit < found[0].fit:
            continue
        if (
            not other.loss.apart
            and runs.ancestors[whole] >> part & 1
            and not other.is_of_later_steps
        ):
            best = other
    return best


def _by_differences(runs: Runs, step: Step) -> bool:
    """Whether losses are subtracted from one another on the way to the updates."""
    used = runs.before(step.numbers)
    numbers = members(used)
    ends = sum(1 << n for n in numbers if runs.operation(n).name in ("log", "power", "square"))
    evaluations = 0
    for number in numbers:
        operation = runs.operation(number)
        if operation.name == "subtract" and operation.size == 1 and number not in runs.barrier:
            single = all(
                any(runs.operation(s).size == 1 and runs.ancestors[s] & used for s in given)
                for given in runs.sources[number]
            )
            evaluations += bool(single and runs.ancestors[number] & ends)
    arrays = any(group.shape and max(group.shape) > 1 and len(group.numbers) == 1
                 for group in step.groups)  # fmt: skip
    numbers_changed = sum(max(1, math.prod(group.shape)) for group in step.groups)
    return evaluations > min(_MOST_EVALUATIONS, numbers_changed - 1) and arrays
