"""The judgement of a file's training: which steps it takes, and whether each is right."""

import contextlib
from collections.abc import Sequence, Set
from dataclasses import replace

import numpy as np

from chainrule.checking.record._at_sight.untrained import changed_by_constants
from chainrule.checking.record._candidates import judgements
from chainrule.checking.record._one_step import of_step
from chainrule.checking.record._rounding import is_lost_in_rounding
from chainrule.checking.record._running.plans import Plan
from chainrule.checking.record._steps.factors import factor
from chainrule.checking.record._steps.flow import Operand
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.operands import at
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._steps.steps import Step
from chainrule.checking.record._steps.unjudged import (
    NotAllSeenError,
    NotJudgedError,
    RoundingError,
)
from chainrule.checking.record.judged import Judged
from chainrule.checking.record.table import Table

_MOST_TURNS = 6  # steps that are looked at, where a sample has inputs of 0 alone


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
            where = at(runs, number)
            raise NotAllSeenError(
                f"some of its parameters change in steps of their own{where}, and {reason}"
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
        found, unlike = _known_step(runs, made_up, but)
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
        return of_step(found, unlike, shifted, plan)
    states = _states(found) - runs.states
    if states:
        return _judge(Runs(runs.tables, states | runs.states, runs.sure), shifted, plan)
    reason: NotAllSeenError | None = None
    judged: Judged | None = None
    try:
        judged = _of_found(found, unlike, shifted, plan)
    except NotAllSeenError as error:
        reason = error
    right = found[0] if judged is None else judged.judgement
    more = set[Operand]()
    if not runs.known and (judged is None or not judged.mistakes):
        more = set(changed_by_constants(right))
    if more:
        judged = _judge(Runs(runs.tables, runs.states, more), shifted, plan)
        # What changes parameters that are known for some changes no other things.
        known = {runs.code(n)[:1] for n in runs.updates}
        if judged.mistakes and not {runs.code(n)[:1] for n, _ in more} <= known:
            raise NotAllSeenError("some parameters change by what none of them goes into")
    if judged is None:
        assert reason is not None  # it says why there is none
        raise reason
    return judged


def _of_found(
    found: Sequence[Judgement], unlike: tuple[Operand, ...], shifted: Table, plan: Plan | None
) -> Judged:
    runs, step, made_up = found[0].runs, found[0].step, plan is not None
    # An array of which nothing is made is rather the gradient by the inputs than a loss.
    losses = [n for one in found if (n := one.loss.computed) is not None]
    if not made_up and not step.memory and all(runs.operation(n).size > 1 for n in losses):
        first, name = _of_first_step(runs, shifted)
        if first is not None and first.mistakes:
            return first
        if found[0].wrong:
            found = [one for one in found if one.loss.name == name] or found
    return of_step(found, unlike, shifted, plan)


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
) -> tuple[list[Judgement], tuple[Operand, ...]]:
    """The second step and its judgements; the first where units are saturated in the second.

    A loss that is called for made-up data is called before the first step.

    Raises:
        RoundingError: if numbers are known to too few digits in both.
        NotJudgedError: if nothing can be said for another reason.
    """
    lost: RoundingError | None = None
    best: tuple[list[Judgement], tuple[Operand, ...]] | None = None
    for turn in (0,) if made_up else (1, 0, *range(2, _MOST_TURNS)):
        if turn > 1 and (best is None or turn >= best[0][0].step.turns):
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
        if best is None or len(found[0].groups) > len(best[0][0].groups):
            best = found, unlike
        if len(found[0].groups) == len(step.groups):
            break
    if best is None:
        assert lost is not None  # there is a step, or an exception says why not
        raise lost
    return best


def _of_first_step(runs: Runs, shifted: Table) -> tuple[Judged | None, str]:
    """The judgement of the first step, where a loss is printed that others have not, and its name.

    A bias that begins as a plain 0 does not change in it yet.
    """
    step, name = Step(runs, turn=0, whole=False), ""
    with contextlib.suppress(NotJudgedError):
        found, unlike = judgements(runs, step)
        if any(map(_computes_loss, found)) and not is_lost_in_rounding(found[0]):
            name = _name_of_computed(found)
            return of_step(found, unlike, shifted, None), name
    return None, name


def _computes_loss(one: Judgement) -> bool:
    return one.loss.computed is not None


def _name_of_computed(found: Sequence[Judgement]) -> str:
    """Which of the losses that are supposed the computed one is; "" if none."""
    for one in filter(_computes_loss, found):
        for other in found:
            if other.loss.computed is not None:
                continue
            slopes = [g for seeds in other.loss.seeds for _, g in seeds]
            computed = [
                adjoint.flat[ids]
                for adjoint, seeds in zip(one.adjoints, other.loss.seeds, strict=True)
                for ids, _ in seeds
            ]
            if (factor(computed, slopes) or 0) < 0:
                return other.loss.name
    return ""


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
