"""Runs a file's training, or calls what would train, and judges what was recorded."""

import contextlib
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import replace
from itertools import islice

from chainrule.checking.record._later import judged_besides
from chainrule.checking.record._one_way import as_it_is, judged_way
from chainrule.checking.record._running.plans import Plan
from chainrule.checking.record._running.ways import layers, plans
from chainrule.checking.record._source.signatures import Signatures
from chainrule.checking.record._standins.standins import UNREAD
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._steps.unjudged import (
    GradientNotFoundError,
    MadeUpTargetsError,
    NotJudgedError,
    UnlikeShapesError,
)
from chainrule.checking.record._tape.operations import LEAF
from chainrule.checking.record._unseen import of_the_top_level
from chainrule.checking.record.judged import Judged
from chainrule.checking.record.recorder import (
    MOST_CALLS,
    Recorder,
    Sizes,
    WholeRun,
    driven_runs,
    whole_runs,
)

_LENT = (
    "What functions it is given is not known: it was lent a sigmoid with its derivative, or the "
    "derivative of the squared error."
)
_MOST_FORMS = 3  # of data with which a training is looked at
_MOST_UNREAD = 5  # the same where what reads them failed, so that less is known of them
_MOST_LAYERS = 8


def judge_trainings(recorder: Recorder) -> tuple[Judged, ...]:
    """Run a file several times, and judge what it trains.

    Where nothing in the file calls what trains, it is called with small data, in the ways that
    run: it is right if it is for one, and wrong if all say so of the same code.

    Args:
        recorder: of the file.

    Returns:
        The judgement of a training, and those of others in the file that can be told from it.

    Raises:
        NotJudgedError: if nothing can be said, and why.
        ChainruleError: if the file cannot be read.
    """
    first, whole = _first(recorder)
    if whole is None:
        return (first, *_of_other_plans(recorder, first))
    found = list(judged_besides(recorder, whole, first, lambda run: as_it_is(recorder, run)))
    notes = tuple(each for each in found if isinstance(each, str))
    return (
        replace(first, notes=(*first.notes, *notes)),
        *(each for each in found if isinstance(each, Judged)),
    )


def _first(recorder: Recorder) -> tuple[Judged, WholeRun | None]:
    """A training that can be judged, and how the file runs, if it does without being called."""
    reason: NotJudgedError | None = None
    accused: tuple[Judged, WholeRun] | None = None
    unread: list[WholeRun] = []
    refused = set[str]()  # kinds of targets
    fitting = (w for w in whole_runs(recorder) if w.run.form.targets not in refused)
    try:
        for number, whole in enumerate(islice(fitting, _MOST_UNREAD), start=1):
            if any(name.startswith(UNREAD) for name in whole.scout.first.standins):
                unread.append(whole)
                continue
            try:
                judged = judged_way(recorder, whole)
            except NotJudgedError as error:
                reason = reason or error
                if isinstance(error, MadeUpTargetsError):
                    refused.add(whole.run.form.targets)
            else:
                if not judged.mistakes or not whole.run.form.side or whole.scout.first.standins:
                    return judged, whole
                # Data of its own have the sizes that it writes, and more may follow from them
                # than a small model keeps: whether it is wrong is seen as it is, if it can be.
                accused = judged, whole
            if number == _MOST_FORMS:
                break
    except NotJudgedError as error:
        if accused is None:
            return _of_plans(recorder, error), None
    if unread and accused is None:
        return _of_unread(recorder, unread, reason), None
    if reason is not None:
        raise reason
    assert accused is not None  # there is a whole run, or an exception says why not
    return accused


def _of_unread(
    recorder: Recorder, unread: Sequence[WholeRun], before: NotJudgedError | None
) -> Judged:
    """The judgement where what reads the data failed: as of code that is called with made-up ones.

    Raises:
        NotJudgedError: if nothing can be said: why it could not be before, if that is known.
    """
    try:
        judged = _of_calls(recorder, unread, _MOST_UNREAD)
    except NotJudgedError as error:
        raise (before or error) from error
    assert judged is not None  # there is one
    return judged


def _of_plans(recorder: Recorder, reason: NotJudgedError) -> Judged:
    """The judgement of the first plan that can be judged; its training runs first.

    Raises:
        NotJudgedError: if none can be, with the reason that is given if none even runs.
    """
    beside = tuple(of_the_top_level(recorder.source, reason))
    for plan in plans(recorder.source):
        try:
            judged = _of_plan(recorder, plan, reason)
        except NotJudgedError as other:
            reason = other
        else:
            return replace(judged, notes=(*judged.notes, *beside))
    raise reason


def _of_plan(recorder: Recorder, plan: Plan, reason: NotJudgedError) -> Judged:
    """The judgement of calls with data of usual sizes, or of others where the reason is these.

    Raises:
        NotJudgedError: if nothing can be said, with the reason that is given if nothing runs.
    """
    for which in Sizes:
        # Some say that it may be meant for one sample, or for sizes that it has itself.
        if which is Sizes.SINGLE and not isinstance(reason, GradientNotFoundError):
            continue
        if which is Sizes.OWN and not isinstance(reason, UnlikeShapesError):
            continue
        try:
            judged = _of_calls(recorder, driven_runs(recorder, plan, which))
            if judged is not None:
                notes = (_LENT,) if plan.lends and not judged.mistakes else ()
                return replace(judged, notes=(*judged.notes, *notes))
        except NotJudgedError as other:
            reason = other
    raise reason


def _of_other_plans(recorder: Recorder, first: Judged) -> Iterator[Judged]:
    """The judgements of what trains in classes and functions that were not run by now."""
    source = recorder.source
    signatures, ran = Signatures(source), set(first.ran)
    for plan in plans(source):
        through = {r for c in plan.each if c.function in signatures
                   for r in signatures.reach(c.function)}  # fmt: skip
        known = [signatures[name].node for name in ran if name in signatures]
        if any(signatures[name].node in known for name in through):
            continue
        with contextlib.suppress(NotJudgedError):
            judged = _of_plan(recorder, plan, NotJudgedError())
            ran |= judged.ran
            yield judged


def judged_layers(recorder: Recorder, but: Set[str] = frozenset()) -> dict[str, Judged]:
    """Parts of a network, each judged by going through it and back.

    What goes backward into a part is chosen; what it must give is the derivative by its input, and
    by its parameters.

    Args:
        recorder: of the file.
        but: functions of parts that were judged otherwise.

    Returns:
        By the name of the class or function that goes back.
    """
    found: dict[str, Judged] = {}
    for by_input, by_parameters in layers(recorder.source)[:_MOST_LAYERS]:
        name = by_input.each[-1].function
        if name in but or by_input.each[0].function in but:
            continue
        with contextlib.suppress(NotJudgedError):
            found[name] = _of_layer(recorder, by_input, by_parameters)
    return found


def _of_layer(recorder: Recorder, by_input: Plan, by_parameters: Plan) -> Judged:
    calls = list(driven_runs(recorder, by_input))
    first = _of_calls(recorder, calls)
    if first is not None and first.mistakes:
        return first
    more = _of_calls(recorder, driven_runs(recorder, by_parameters))
    if more is not None:
        return more
    if first is None:
        raise NotJudgedError("no way was found to go through it and back")
    run = calls[0].run
    (table,) = recorder.tables([run._replace(plan=replace(by_parameters, form=run.form))])
    if any(o.name == LEAF and Runs([table]).users[n] for n, o in enumerate(table.operations)):
        raise NotJudgedError("the gradients of its parameters were not found")
    return first


def _of_calls(
    recorder: Recorder, calls: Iterable[WholeRun], most: int = MOST_CALLS
) -> Judged | None:
    """The judgement of code that is called in several ways; None if there are none.

    It is right if it is so in one of them: each is judged as soon as it is found. Where there are
    several classes, shapes that do not belong together fail; a single output may fit by
    broadcasting, so that it accuses only alone.
    """
    found: dict[bool, list[Judged]] = {True: [], False: []}
    reasons: list[NotJudgedError] = []
    plans_of_calls: list[Plan | None] = []
    one: list[WholeRun] = []

    def in_order() -> Iterator[WholeRun]:
        for call in calls:
            plans_of_calls.append(call.run.plan)
            if call.run.form.classes == 1:
                one.append(call)
            elif len(plans_of_calls) - len(one) <= most:
                yield call
        yield from one[:most]

    for call in in_order():
        try:
            judged = judged_way(recorder, call, made_up=True)
        except NotJudgedError as reason:
            reasons.append(reason)
            continue
        if not judged.mistakes:
            return judged
        found[call.run.form.classes > 1].append(judged)
    if not plans_of_calls:
        return None
    wrong = found[True] or found[False]
    codes = [{mistake.code for mistake in judged.mistakes} for judged in wrong]
    plan = plans_of_calls[0]
    alone = len(plans_of_calls) == len(one) or (plan is not None and plan.descends)
    if codes and set.intersection(*codes) and (found[True] or alone):
        return min(wrong, key=lambda judged: len(judged.mistakes))
    if reasons and not wrong:
        raise reasons[0]
    raise NotJudgedError(
        "called in different ways, its training comes out wrong in different places"
    )
