"""The judgement of a file's training: which parameters go down on the loss, and what is wrong."""

import contextlib
import re
from collections.abc import Sequence, Set
from dataclasses import dataclass, field, replace

import numpy as np

from chainrule.checking.learner.imports import HEAVY
from chainrule.checking.record._beside import idle_masks, of_smaller_batches
from chainrule.checking.record._candidates import judgements
from chainrule.checking.record._cost import loss_for_derivative
from chainrule.checking.record._edges import wrong_way_back
from chainrule.checking.record._entries import wrong_entries
from chainrule.checking.record._fixed import as_made, weights_left_out
from chainrule.checking.record._flow import Operand, members
from chainrule.checking.record._forgotten import forgotten
from chainrule.checking.record._form import Spot
from chainrule.checking.record._judgement import (
    NOISE,
    Judgement,
    factor,
    largest_of,
    same_factor,
)
from chainrule.checking.record._lost_steps import lost_steps
from chainrule.checking.record._never_used import never_used
from chainrule.checking.record._not_squashed import not_squashed
from chainrule.checking.record._operations import LEAF
from chainrule.checking.record._opinion import agree
from chainrule.checking.record._optimisers import steps_of
from chainrule.checking.record._penalties import penalties
from chainrule.checking.record._plain import (
    LABELS,
    broken_loss,
    half_of_the_loss,
    is_of_unlike_shapes,
    never_set_back,
    other_loss,
    plain_mistakes,
    slope_too_many,
    uphill,
)
from chainrule.checking.record._plans import Plan
from chainrule.checking.record._rounding import is_lost_in_rounding
from chainrule.checking.record._runs import Runs
from chainrule.checking.record._search import explained_mistakes
from chainrule.checking.record._spots import WrongCode, named_frame, once
from chainrule.checking.record._standins import UNREAD
from chainrule.checking.record._steps import Group, Step
from chainrule.checking.record._sums_first import sums_first
from chainrule.checking.record._unjudged import (
    GradientNotFoundError,
    NotAllSeenError,
    NotJudgedError,
    RoundingError,
    UnlikeShapesError,
)
from chainrule.checking.record._unmoved import never_filled
from chainrule.checking.record._untrained import (
    changed_by_constants,
    changed_without_parameters,
    left_behind,
    untrained,
    without_gradient,
)
from chainrule.checking.record.table import Code, Table

_LEAST_INFORMATIVE = 0.05  # of what the updates change
_MOST_TURNS = 6  # steps that are looked at, where a sample has inputs of 0 alone
_TABLES = r"\.(csv|txt|data|dat|tsv)$|ubyte|idx"


@dataclass(frozen=True)
class Judged:
    """What was found out about a training.

    Attributes:
        mistakes: in it, the first cause first; none if it is right.
        loss: that it is right for, in words.
        update: where its parameters are changed, or where their gradients are computed.
        functions: of the file that the judged step ran through.
        ran: those of it in which anything was computed.
        judgement: of the step, under the loss that was taken.
        partly: whether only the gradients were judged, and not what a step makes of them.
        rule: by which steps are made of them and of earlier ones, where that is known.
        own_rate: whether a step goes along the gradient by a rate that depends on the parameters.
        clipped: whether a step is made of a gradient by a function of that alone, as by clipping.
        notes: sentences on what is not wrong, or was not seen.
        idle: where masks left nothing out, so that they tell nothing.
        left_out: statements of the file that were not done.
        as_made: where weights are made that no step changes.
    """

    mistakes: tuple[WrongCode, ...]
    loss: str
    update: Code
    functions: frozenset[str]
    ran: frozenset[str]
    judgement: Judgement = field(repr=False, compare=False)
    partly: bool = False
    rule: str = ""
    own_rate: bool = False
    clipped: bool = False
    notes: tuple[str, ...] = ()
    idle: tuple[tuple[Code, ...], ...] = ()
    left_out: tuple[Spot, ...] = ()
    as_made: tuple[Code, ...] = ()


def judge(tables: Sequence[Table], shifted: Table, plan: Plan | None = None) -> Judged:
    """Judge a training by several runs of it.

    Args:
        tables: runs with different first values.
        shifted: the first of them again, its first values a little off.
        plan: how it was called, if the file does not call it itself. Then its data are not those
            that it is meant for, and nothing is said of their shapes.

    Raises:
        NotJudgedError: if nothing can be said, and why.
    """
    return _judge(Runs(tables), shifted, plan)


def _judge(runs: Runs, shifted: Table, plan: Plan | None) -> Judged:
    if not runs.updates and len(runs) > 1:  # the runs part before a step is whole
        raise NotJudgedError("its runs with different first values part before two steps are done")
    judged = _of_some(runs, shifted, plan)
    runs = judged.judgement.runs
    covered = judged.judgement.step.chains
    while not judged.mistakes and (left := _chains(runs) - covered):
        try:
            other = _of_some(runs, shifted, plan, covered)
        except NotJudgedError as reason:
            number = next(n for n in runs.updates if runs.chain[n] in left)
            codes = runs.code(number)
            at = f" ({codes[0]})" if codes else ""
            raise NotAllSeenError(
                f"some of its parameters change in steps of their own{at}, and {reason}"
            ) from None
        covered |= other.judgement.step.chains
        judged = other if other.mistakes else _both(judged, other)
    return judged


def _chains(runs: Runs) -> frozenset[int]:
    """Those of the parameters that were seen to change more than once.

    A single number that changes by itself alone may be meant to fade.
    """
    return frozenset(
        runs.chain[n] for n in runs.updates
        if runs.order[n] > 1
        and (runs.operation(n).size > 1
             or runs.leads_to(runs.change(n))[1] != 1 << runs.chain[n])
    )  # fmt: skip


def _both(first: Judged, other: Judged) -> Judged:
    """What is right of steps that take turns."""
    return replace(
        first,
        functions=first.functions | other.functions,
        notes=tuple(dict.fromkeys((*first.notes, *other.notes))),
        idle=(*first.idle, *other.idle),
        partly=first.partly or other.partly,
        as_made=tuple(c for c in first.as_made if c in other.as_made),
    )


def _of_some(runs: Runs, shifted: Table, plan: Plan | None, but: Set[int] = frozenset()) -> Judged:
    """The judgement of the steps in which most parameters change, but for some.

    Raises:
        NotJudgedError: if nothing can be said, and why.
    """
    made_up = plan is not None
    try:
        step, found, unlike = _known_step(runs, made_up, but)
    except RoundingError:
        raise
    except NotJudgedError:  # as where the error is never computed, and the loss only now and then
        if but:
            raise
        first, _ = (None, "") if made_up or Step(runs).memory else _of_first_step(runs, shifted)
        if first is None or not first.mistakes:
            raise
        return first
    if but:
        return _of_step(step, found, unlike, shifted, plan)
    states = _states(found)
    if states:
        return _judge(Runs(runs.tables, states), shifted, plan)
    reason: NotAllSeenError | None = None
    judged: Judged | None = None
    try:
        judged = _of_found(step, found, unlike, shifted, plan)
    except NotAllSeenError as error:
        reason = error
    right = found[0] if judged is None else judged.judgement
    more = set[Operand]()
    if not runs.known and (judged is None or not judged.mistakes):
        more = set(changed_by_constants(right))
    if more:
        judged = _judge(Runs(runs.tables, sure=more), shifted, plan)
        if judged.mistakes:
            raise NotAllSeenError("some parameters change by what none of them goes into")
    if judged is None:
        assert reason is not None  # it says why there is none
        raise reason
    return judged


def _of_found(
    step: Step,
    found: Sequence[Judgement],
    unlike: tuple[Operand, ...],
    shifted: Table,
    plan: Plan | None,
) -> Judged:
    runs, made_up = found[0].runs, plan is not None
    # An array of which nothing is made is rather the gradient by the inputs than a loss.
    losses = [n for one in found if (n := one.loss.computed) is not None]
    if not made_up and not step.memory and all(runs.operation(n).size > 1 for n in losses):
        first, name = _of_first_step(runs, shifted)
        if first is not None and first.mistakes:
            return first
        if found[0].wrong:
            found = [one for one in found if one.loss.name == name] or found
    return _of_step(step, found, unlike, shifted, plan)


def _states(found: Sequence[Judgement]) -> set[int]:
    """Updates of what no loss depends on, and what others change by: as AdaDelta's averages."""
    runs, step = found[0].runs, found[0].step
    chains = {
        runs.chain[group.number] for group in step.groups
        if not any(np.any(g) for one in found for g in group.right(one.adjoints))
        and all(map(runs.is_state, group.numbers))
    }  # fmt: skip
    return {n for n in runs.updates if runs.chain[n] in chains}


def _known_step(
    runs: Runs, made_up: bool, but: Set[int] = frozenset()
) -> tuple[Step, list[Judgement], tuple[Operand, ...]]:
    """The second step and its judgements; the first where units are saturated in the second.

    A loss that is called for made-up data is called before the first step.

    Raises:
        RoundingError: if numbers are known to too few digits in both.
        NotJudgedError: if nothing can be said for another reason.
    """
    lost: RoundingError | None = None
    best: tuple[Step, list[Judgement], tuple[Operand, ...]] | None = None
    for turn in (0,) if made_up else (1, 0, *range(2, _MOST_TURNS)):
        if turn > 1 and (best is None or turn >= best[0].turns):
            break
        try:
            step = Step(runs, turn=turn, but=but)
            found, unlike = judgements(runs, step)
            if is_lost_in_rounding(found[0]):
                raise RoundingError(
                    "rounding hides the gradient of a parameter, as of saturated units"
                )
        except RoundingError as error:
            if best is not None:  # a parameter did not move in it: that it is right is not seen
                raise
            lost = error
            continue
        except NotJudgedError:
            if best is None:
                raise
            break
        if best is None or len(found[0].groups) > len(best[1][0].groups):
            best = step, found, unlike
        if len(found[0].groups) == len(step.groups):
            break
    if best is None:
        assert lost is not None  # there is a step, or an exception says why not
        raise lost
    return best


def _computes_loss(one: Judgement) -> bool:
    return one.loss.computed is not None


def _of_first_step(runs: Runs, shifted: Table) -> tuple[Judged | None, str]:
    """The judgement of the first step, where a loss is printed that others have not, and its name.

    A bias that begins as a plain 0 does not change in it yet.
    """
    step, name = Step(runs, turn=0, whole=False), ""
    with contextlib.suppress(NotJudgedError):
        found, unlike = judgements(runs, step)
        if any(map(_computes_loss, found)) and not is_lost_in_rounding(found[0]):
            name = _name_of_computed(found)
            return _of_step(step, found, unlike, shifted, None), name
    return None, name


def _name_of_computed(found: Sequence[Judgement]) -> str:
    """Which of the losses that are supposed the computed one is; "" if none."""
    for one in filter(_computes_loss, found):
        for other in found:
            if other.loss.computed is not None:
                continue
            slopes = [g.ravel() for seeds in other.loss.seeds for _, g in seeds]
            computed = [
                adjoint.flat[ids].ravel()
                for adjoint, seeds in zip(one.adjoints, other.loss.seeds, strict=True)
                for ids, _ in seeds
            ]
            if (factor(computed, slopes) or 0) < 0:
                return other.loss.name
    return ""


def _of_step(
    step: Step,
    found: Sequence[Judgement],
    unlike: tuple[Operand, ...],
    shifted: Table,
    plan: Plan | None,
) -> Judged:
    """The judgement of a step under the losses that may be meant.

    Raises:
        NotJudgedError: if nothing can be said, and why.
    """
    best, runs = found[0], found[0].runs
    made_up, part = plan is not None, plan is not None and bool(plan.layer)
    if plan is not None and plan.descends:
        _require_all(best)
    _require_apart(best)
    if step.memory:
        return _with_memory(found, shifted, made_up)
    agree(best, shifted)
    unsure = made_up or not all(map(_has_known_shapes, runs.first.standins))
    alone = best.loss.apart and best.wrong  # nothing that a step goes through tells of the loss
    mistakes = (wrong_entries(best) if alone else []) or list(plain_mistakes(best, unlike))
    if unsure and (
        step.grown is not None
        or is_of_unlike_shapes(best, unlike)
        or any(mistake.fault == LABELS for mistake in mistakes)
    ):
        raise UnlikeShapesError(
            "with small data that are made up, its shapes do not fit one another"
        )
    chosen = best
    if not mistakes and not best.right and not part:
        mistakes = [*sums_first(found), *loss_for_derivative(found)][:1]
    if not mistakes and best.wrong:
        along = next((one for one in found if one.along_in_each_run), None)
        with contextlib.suppress(*([] if along is None else [NotJudgedError])):
            chosen, mistakes = _explained(found, part)
            agree(chosen, shifted)
        if along is not None and not (mistakes and all(m.fault for m in mistakes)):
            agree(along, shifted)
            if part or not along.all_along_in_each_run:
                raise NotJudgedError(
                    "each of its steps goes along a gradient, by a rate that depends on the "
                    "parameters"
                )
            return _judged(along, (), own_rate=True)
    elif not mistakes and (unmoved := list(never_filled(best))) and not made_up:
        mistakes = unmoved
    elif not mistakes:
        _require_information(best)
        if not part:
            mistakes = [*uphill(found), *broken_loss(best, found), *other_loss(best, found),
                        *half_of_the_loss(best, found), *slope_too_many(best, found),
                        *untrained(best), *without_gradient(best), *left_behind(best),
                        *weights_left_out(best), *not_squashed(best, found),
                        *lost_steps(best), *penalties(found)]  # fmt: skip
            # Data that are made up may give an epoch a single step.
            mistakes += forgotten(best) if not made_up and not runs.first.standins else ()
            mistakes = mistakes or list(never_used(best))
    if mistakes and plan is not None and plan.makes_up and not part:
        _require_computed_loss(chosen)
    if mistakes or part:
        return _judged(chosen, tuple(once(mistakes)))
    # How many samples are left for the last batch is known only of the code's own data.
    beside = [] if made_up or runs.first.standins else list(of_smaller_batches(found))
    wrong = [each for each in beside if isinstance(each, WrongCode)]
    notes = tuple(each for each in beside if isinstance(each, str))
    return replace(
        _judged(best, tuple(wrong)), notes=notes, idle=idle_masks(best), as_made=as_made(best)
    )


def _explained(found: Sequence[Judgement], part: bool) -> tuple[Judgement, list[WrongCode]]:
    """The mistakes, and under which loss.

    Raises:
        NotJudgedError: if nothing explains the gradients well enough to accuse anyone.
    """
    computed = next(filter(_computes_loss, found), None)
    of_engine = None if computed is None or part else wrong_way_back(computed)
    if computed is not None and of_engine is not None:
        return computed, [of_engine]
    return explained_mistakes(found, part)


def _require_computed_loss(chosen: Judgement) -> None:
    """Parameters that are made up accuse only beside right gradients of a computed loss."""
    if chosen.loss.computed is None or not chosen.right:
        raise NotJudgedError(
            "nothing in it makes its parameters, and with some that are made up no other gradient "
            "is that of a loss that it computes"
        )


def _has_known_shapes(standin: str) -> bool:
    """Whether the targets that it would really give have the shape of those made up, `(N,)`.

    So it is with what well-known packages load, and with columns of a text; not with arrays that
    someone stored, or what another file of theirs gives.
    """
    name = standin.lower()
    return not name.startswith(UNREAD) and (
        name.split(".", maxsplit=1)[0] in HEAVY or bool(re.search(_TABLES, name))
    )


def _require_apart(judged: Judgement) -> None:
    """Each number of what is wrong is to have a derivative of its own."""
    if any(group.shares_one_number() for group in judged.wrong):
        raise NotJudgedError("one number was written to several places of a parameter")


def _require_all(best: Judgement) -> None:
    """Every array that is made and goes into the loss must have a gradient that was found."""
    runs = best.runs
    for number in best.adjoints[0].reached:
        if number >= runs.length or runs.operation(number).name != LEAF or number in runs.barrier:
            continue
        if np.any(best.adjoints[0].of(runs.first, number)):
            codes = runs.code(number)
            at = f" ({codes[0]})" if codes else ""
            raise GradientNotFoundError(f"the gradient of one of its parameters was not found{at}")


def liveliness(table: Table) -> float:
    """How much of what a run's updates change is not zero: units that are off tell nothing."""
    runs = Runs([table])
    changes = [runs.values(runs.change(n))[0] for n in runs.updates]
    shares = [np.count_nonzero(c) / c.size for c in changes if c.size]
    return float(np.mean(shares)) if shares else 0.0


def same_changes(table: Table, other: Table) -> bool:
    """Whether two runs change their parameters alike."""
    runs = Runs([table, other])
    changes = [runs.values(runs.change(n)) for n in runs.updates]
    return bool(changes) and all(np.array_equal(a, b) for a, b in changes)


def _judged(
    best: Judgement, mistakes: tuple[WrongCode, ...], rule: str = "", *, own_rate: bool = False
) -> Judged:
    runs = best.runs
    step = (runs.code(n) for n in members(best.step.mask))
    functions, ran = (
        frozenset(code.function for codes in ways for code in codes if not code.file)
        for ways in (step, runs.first.places)
    )
    group = best.step.groups[0]
    partly = best.step.memory or bool(best.adaptive)
    codes = runs.code(group.number)
    if (partly or not codes) and group in best.groups and len(group.numbers) == 1:
        number = best.gradient_at(group)
        codes = codes if number is None else runs.code(number) or codes
    unknown = partly and not rule and not own_rate
    return Judged(mistakes, best.loss.name, named_frame(codes), functions, ran, best,
                  unknown, rule, own_rate, best.is_clipped)  # fmt: skip


def of_what_led_to_it(judged: Judged) -> Judged:
    """The same for code that was called: only what led to its step, or its loss, was looked at."""
    one, runs = judged.judgement, judged.judgement.runs
    led = [n for group in one.step.groups for n in group.numbers]
    led += [one.loss.computed] if one.loss.computed is not None else []
    mask = one.step.mask
    for number in led:
        mask |= runs.candidate_ancestors(number)
    return replace(judged, ran=frozenset(
        code.function for n in members(mask) for code in runs.code(n) if not code.file
    ))  # fmt: skip


def _with_memory(found: Sequence[Judgement], shifted: Table, made_up: bool) -> Judged:
    """With momentum and the like the gradients of the first step are judged, and then the rule.

    A mistake without a name is believed alone, beside parameters that go along their gradients.
    """
    summed = list(never_set_back(found[0]))
    if summed and made_up:  # what sets them back may be what calls it
        raise NotJudgedError(
            "called with small data, each of its steps goes along the sum of all gradients so "
            "far, and whether that is meant is not known"
        )
    if summed:
        agree(found[0], shifted)
        return _judged(found[0], tuple(once(summed)))
    steps = steps_of(found)
    best = found[0] if steps is None else steps.judged
    if steps is not None:
        best.right |= {group.number for group in best.groups}
    if not best.wrong:
        agree(best, shifted)
        _require_information(best)
        wrong = [*uphill(found), *(steps.mistakes if steps else ()), *without_gradient(best),
                 *weights_left_out(best), *lost_steps(best), *penalties(found)]  # fmt: skip
        wrong = wrong or list(never_used(best))
        if not wrong:
            best.step.require_first_changes()
        judged = _judged(best, tuple(once(wrong)), steps.rule if steps else "")
        return replace(judged, idle=idle_masks(best), as_made=as_made(best))
    chosen, mistakes = explained_mistakes(found)
    known = all(mistake.fault for mistake in mistakes)
    # Of single numbers it is not known whether a right gradient is divided by a root.
    unsure = bool(chosen.adaptive) and any(len(group.numbers) > 1 for group in chosen.wrong)
    if not known and (unsure or not chosen.right or len(mistakes) > 1):
        raise NotJudgedError("its steps build on earlier ones, and the first does not go along a "
                        "gradient that is known here")  # fmt: skip
    agree(chosen, shifted)
    return _judged(chosen, tuple(once(mistakes)))


def _cancels_out(best: Judgement, group: Group) -> bool:
    """Whether each use of a parameter has a gradient, and these add up to 0.

    So do those of a bias of which the loss has differences alone.
    """
    runs = best.runs
    users = {
        user for update in group.updates for source in runs.given(update.parameter)
        for user in runs.users[source] if user in best.adjoints[0].reached
    }  # fmt: skip
    return any(
        all(np.any(a.of(t, n)) for a, t in zip(best.adjoints, runs.tables, strict=True))
        for n in users
    )


def _require_information(best: Judgement) -> None:
    moved = [np.count_nonzero(c) / c.size for g in best.groups for c in best.changes[g.number]]
    if np.mean(moved) < _LEAST_INFORMATIVE:
        raise NotJudgedError("almost none of its parameters change: nothing can be told from that")
    if best.factor is None and not best.right:
        raise NotJudgedError("no change was seen that is along a gradient")
    elsewhere = next(changed_without_parameters(best), None)
    if elsewhere is not None:
        codes = best.runs.code(elsewhere)
        at = f" ({codes[0]})" if codes else ""
        raise NotAllSeenError(
            f"something that its loss depends on is changed by what no parameter goes into{at}"
        )
    for group in best.step.once:
        c = factor(group.changes(), group.right(best.adjoints))
        if c is None or best.factor is None or not same_factor(c, best.factor):
            codes = best.runs.code(group.number)
            at = f" ({codes[0]})" if codes else ""
            raise NotAllSeenError(f"a part of an array is changed that is not used again{at}")
    largest = max(largest_of(g.changes()) for g in best.step.groups)
    unknown = [g for g in best.step.groups if g not in best.groups]
    if any(largest_of(g.changes()) > NOISE * largest for g in unknown):
        raise NotJudgedError("it changes something that its loss does not depend on")
    # What a normalisation takes away again has a gradient of nothing but rounding, which is right.
    unknown = [
        g for g in unknown
        if not any(np.any(a) for a in g.right(best.adjoints)) and not _cancels_out(best, g)
    ]  # fmt: skip
    if unknown:
        codes = best.runs.code(unknown[0].number)
        at = f" ({codes[0]})" if codes else ""
        raise NotJudgedError(f"one of its parameters has a gradient of 0 in all runs{at}")
