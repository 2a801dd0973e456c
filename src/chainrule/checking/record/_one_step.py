"""The judgement of a step under the losses that may be meant."""

import contextlib
from collections.abc import Sequence
from dataclasses import replace

from chainrule.checking.record._at_sight.beside import idle_masks, never_twice, of_smaller_batches
from chainrule.checking.record._at_sight.edges import wrong_way_back
from chainrule.checking.record._at_sight.entries import masks_alone, wrong_entries
from chainrule.checking.record._at_sight.first_weights import only_first_weights
from chainrule.checking.record._at_sight.fixed import as_made, weights_left_out
from chainrule.checking.record._at_sight.forgotten import forgotten
from chainrule.checking.record._at_sight.lost_steps import lost_steps
from chainrule.checking.record._at_sight.never_used import never_used
from chainrule.checking.record._at_sight.only_last import only_the_last
from chainrule.checking.record._at_sight.optimisers import steps_of
from chainrule.checking.record._at_sight.penalties import penalties
from chainrule.checking.record._at_sight.plain import (
    LABELS,
    is_of_unlike_shapes,
    never_set_back,
    plain_mistakes,
)
from chainrule.checking.record._at_sight.replaced import replaced
from chainrule.checking.record._at_sight.sums_first import sums_first
from chainrule.checking.record._at_sight.unlike_losses import beside_a_softmax, unlike_losses
from chainrule.checking.record._at_sight.untrained import never_filled, untrained, without_gradient
from chainrule.checking.record._at_sight.uphill import uphill
from chainrule.checking.record._at_sight.written_over import written_over
from chainrule.checking.record._required import (
    has_known_shapes,
    require_apart,
    require_called,
    require_computed_loss,
    require_distributions,
    require_information,
    require_kept,
)
from chainrule.checking.record._running.plans import Plan
from chainrule.checking.record._search.cost import loss_for_derivative
from chainrule.checking.record._search.search import explained_mistakes
from chainrule.checking.record._steps.flow import Operand
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.operands import at
from chainrule.checking.record._steps.opinion import agree
from chainrule.checking.record._steps.spots import WrongCode, once
from chainrule.checking.record._steps.unjudged import (
    NotAllSeenError,
    NotJudgedError,
    UnlikeShapesError,
)
from chainrule.checking.record.judged import Judged, judged_as
from chainrule.checking.record.table import Table


def of_step(
    found: Sequence[Judgement], unlike: tuple[Operand, ...], shifted: Table, plan: Plan | None
) -> Judged:
    """The judgement of a step under the losses that may be meant.

    Args:
        found: the step under each of them, the best explanation first.
        unlike: where the prediction meets a target of another shape.
        shifted: the first run again, its first values a little off.
        plan: how the file was called, if it does not call itself.

    Raises:
        NotJudgedError: if nothing can be said, and why.
    """
    best, runs, step = found[0], found[0].runs, found[0].step
    made_up, part = plan is not None, plan is not None and bool(plan.layer)
    if plan is not None:
        require_called(best, plan)
    require_apart(best)
    require_kept(best)
    if step.memory:
        return _with_memory(found, shifted, made_up)
    agree(best, shifted)
    unsure = made_up or not all(map(has_known_shapes, runs.first.standins))
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
    mistakes = mistakes or masks_alone(best)
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
            return judged_as(along, (), own_rate=True)
    elif not mistakes and (unmoved := list(never_filled(best))) and not made_up:
        mistakes = unmoved
    elif not mistakes:
        require_information(best)
        if not part:
            mistakes = [*uphill(best, found), *replaced(best), *unlike_losses(best, found),
                        *written_over(best), *untrained(best), *without_gradient(best),
                        *weights_left_out(best), *lost_steps(best), *only_the_last(best),
                        *only_first_weights(best), *penalties(found)]  # fmt: skip
            # Data that are made up may give an epoch a single step.
            mistakes += forgotten(best) if not made_up and not runs.first.standins else ()
            mistakes = mistakes or list(never_used(best))
    if mistakes and plan is not None and plan.makes_up and not part:
        require_computed_loss(chosen)
    if mistakes or part:
        return judged_as(chosen, tuple(once(mistakes)))
    # How many samples are left for the last batch is known only of the code's own data.
    beside = [] if made_up or runs.first.standins else list(of_smaller_batches(found))
    wrong = [each for each in beside if isinstance(each, WrongCode)]
    notes = (
        *(each for each in beside if isinstance(each, str)), *beside_a_softmax(best),
        *never_twice(best),
    )  # fmt: skip
    judged = judged_as(best, tuple(wrong))
    notes = (*judged.notes, *notes)
    return replace(judged, notes=notes, idle=idle_masks(best), as_made=as_made(best))


def _explained(found: Sequence[Judgement], part: bool) -> tuple[Judgement, list[WrongCode]]:
    """The mistakes, and under which loss.

    Raises:
        NotJudgedError: if nothing explains the gradients well enough to accuse anyone.
    """
    if not part:
        require_distributions(found[0])
    computed = next((one for one in found if one.loss.computed is not None), None)
    of_engine = None if computed is None or part else wrong_way_back(computed)
    if computed is not None and of_engine is not None:
        return computed, [of_engine]
    return explained_mistakes(found, part)


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
        return judged_as(found[0], tuple(once(summed)))
    steps = steps_of(found)
    best = found[0] if steps is None else steps.judged
    if steps is not None:
        best.right |= {group.number for group in best.groups}
    if not best.wrong:
        agree(best, shifted)
        require_information(best)
        wrong = [*uphill(best, found), *replaced(best), *(steps.mistakes if steps else ()),
                 *unlike_losses(best, found), *untrained(best),
                 *without_gradient(best), *weights_left_out(best), *lost_steps(best),
                 *only_the_last(best), *only_first_weights(best), *penalties(found)]  # fmt: skip
        wrong = wrong or list(never_used(best))
        if not wrong:
            best.step.require_first_changes()
        judged = judged_as(best, tuple(once(wrong)), steps.rule if steps else "")
        notes = tuple(never_twice(best))
        return replace(judged, notes=notes, idle=idle_masks(best), as_made=as_made(best))
    joined = min(best.joined, default=None)
    if joined is not None:
        raise NotAllSeenError(
            "more than its own gradient goes into the step of one of its parameters"
            f"{at(best.runs, joined)}"
        )
    require_distributions(best)
    chosen, mistakes = explained_mistakes(found)
    known = all(mistake.fault for mistake in mistakes)
    # Of single numbers it is not known whether a right gradient is divided by a root.
    unsure = bool(chosen.adaptive) and any(len(group.numbers) > 1 for group in chosen.wrong)
    if not known and (unsure or not chosen.right or len(mistakes) > 1):
        raise NotJudgedError("its steps build on earlier ones, and the first does not go along a "
                        "gradient that is known here")  # fmt: skip
    agree(chosen, shifted)
    return judged_as(chosen, tuple(once(mistakes)))
