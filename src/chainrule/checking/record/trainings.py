"""Runs a file's training, or calls what would train, and judges what was recorded."""

import contextlib
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import replace
from itertools import islice

import numpy as np

from chainrule.checking.hints import place_in_words
from chainrule.checking.learner.source import Source
from chainrule.checking.record._at_sight.beside import copies, leaves_out, of_idle_masks
from chainrule.checking.record._at_sight.plain import INNER
from chainrule.checking.record._at_sight.shared_rows import shared_rows
from chainrule.checking.record._conventions import excuse
from chainrule.checking.record._later import judged_besides, judged_later
from chainrule.checking.record._otherwise import judged_otherwise
from chainrule.checking.record._required import (
    beside_probabilities,
    has_known_shapes,
    require_true_targets,
)
from chainrule.checking.record._running.plans import Plan
from chainrule.checking.record._running.ways import layers, plans
from chainrule.checking.record._search.where_named import where_named
from chainrule.checking.record._source.program import rates
from chainrule.checking.record._source.signatures import Signatures
from chainrule.checking.record._source.words import says_cross_entropy
from chainrule.checking.record._standins.form import PLAIN
from chainrule.checking.record._standins.standins import UNREAD
from chainrule.checking.record._steps.flow import common_length
from chainrule.checking.record._steps.generic import generic, shifted
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.opinion import SHIFT
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._steps.unjudged import (
    GradientNotFoundError,
    MadeUpTargetsError,
    NotAllSeenError,
    NotJudgedError,
    RoundingError,
    UnlikeShapesError,
)
from chainrule.checking.record._tape.operations import LEAF
from chainrule.checking.record._unseen import has_other_changes, of_the_top_level
from chainrule.checking.record.judge import judge, liveliness, same_changes
from chainrule.checking.record.judged import Judged, of_what_led_to_it
from chainrule.checking.record.recorder import (
    MOST_CALLS,
    Recorder,
    Run,
    Sizes,
    WholeRun,
    driven_runs,
    is_whole,
    varied,
    whole_runs,
)
from chainrule.checking.record.table import Table

_LENT = (
    "What functions it is given is not known: it was lent a sigmoid with its derivative, or the "
    "derivative of the squared error."
)
RUNS = 3  # with different first values
SPARE = 1  # more of them, of which the least lively is left out
_NEAR = 1e-3  # how far first values lie from others, where those further off do something else
_SCALE = 0.05  # of first values, where others saturate units
_MOST_FORMS = 3  # of data with which a training is looked at
_MOST_UNREAD = 5  # the same where what reads them failed, so that less is known of them
_MOST_LAYERS = 8
_MOST_RATES = 8  # that are tried, where masks leave nothing out


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
    found = list(judged_besides(recorder, whole, first, lambda run: _as_it_is(recorder, run)))
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
                judged = _judged(recorder, whole)
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
            judged = _of_plans(recorder, error)
            beside = of_the_top_level(recorder.source, error)
            return replace(judged, notes=(*judged.notes, *beside)), None
    if unread and accused is None:
        try:
            judged_unread = _of_calls(recorder, unread, _MOST_UNREAD)
            if judged_unread is not None:
                return judged_unread, None
        except NotJudgedError as error:
            reason = reason or error
    if reason is not None:
        raise reason
    assert accused is not None  # there is a whole run, or an exception says why not
    return accused


def _of_plans(recorder: Recorder, reason: NotJudgedError) -> Judged:
    """The judgement of the first plan that can be judged; its training runs first.

    Raises:
        NotJudgedError: if none can be, with the reason that is given if none even runs.
    """
    for plan in plans(recorder.source):
        try:
            return _of_plan(recorder, plan, reason)
        except NotJudgedError as other:
            reason = other
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
    (table,) = _tables(recorder, [run._replace(plan=replace(by_parameters, form=run.form))])
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
            judged = _judged(recorder, call, made_up=True)
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


def _judged(recorder: Recorder, whole: WholeRun, made_up: bool = False) -> Judged:
    """The judgement of a way of running a file; of a variant of it, where that tells more."""

    def judge_run(run: WholeRun) -> Judged:
        return _as_it_is(recorder, run, made_up)

    def again(run: WholeRun) -> Judged:
        return _judged(recorder, run, made_up)

    try:
        judged = judge_run(whole)
    except NotJudgedError as error:
        plan = whole.run.plan
        other = None if plan else judged_later(recorder, whole, error, again)
        if other is None and not made_up:
            other = judged_otherwise(recorder, whole, judge_run, None)
        if other is None:
            raise
        return other
    return judged_otherwise(recorder, whole, judge_run, judged) or judged


def _as_it_is(
    recorder: Recorder, whole: WholeRun, made_up: bool = False, scale: float = 1.0
) -> Judged:
    run, scout = whole
    runs, tables = _several(recorder, whole, scale)
    lively = [*range(len(tables))]
    if len(tables) > RUNS:
        lively = sorted(lively, key=lambda i: -liveliness(tables[i]))[:RUNS]
    chosen = runs[lively[0]]
    again = chosen._replace(first=shifted(chosen.first, chosen.seed, SHIFT))
    turned = []
    if made_up and chosen.plan is not None and chosen.plan.takes_data:
        plan = replace(chosen.plan, form=replace(chosen.form, turn=1))
        turned = [chosen._replace(plan=plan, form=plan.form)]
    moved, *others = _tables(recorder, [again, *turned])
    if any(same_changes(tables[lively[0]], other) for other in others):
        raise NotJudgedError("called with small data, it makes nothing of the targets")
    try:
        judged = judge([tables[i] for i in lively], moved, chosen.plan)
    except RoundingError:
        if scale < 1:
            raise
        return _as_it_is(recorder, whole, made_up, _SCALE)
    if judged.mistakes:
        _look_at_made_up_targets(recorder, chosen, judged.judgement)
    judged = _of_what_ran(recorder, judged)
    if chosen.plan is not None:
        judged = of_what_led_to_it(judged)
    column = (
        _in_columns(run) if made_up and any(m.fault == INNER for m in judged.mistakes) else None
    )
    if column is not None:  # an inner product of vectors would be the outer one of columns
        (table,) = _tables(recorder, [column])
        if is_whole(Runs([table])):
            return _judged(recorder, WholeRun(column, Runs([table])), made_up=True)
    if judged.mistakes and chosen.plan is not None and chosen.plan.layer:
        doubled = chosen._replace(plan=replace(chosen.plan, doubled=True))
        (more,) = _tables(recorder, [doubled])
        reason = excuse(judged, tables[lively[0]], others[0], more, chosen.plan.layer)
        if reason:
            raise NotJudgedError(reason)
    alike = () if judged.mistakes else tuple(copies(scout))
    notes = (*judged.notes, *alike)
    judged = replace(judged, notes=notes, left_out=run.form.variant.left_out)
    return _with_open_masks(recorder, whole, judged, made_up) if judged.idle else judged


def _look_at_made_up_targets(recorder: Recorder, run: Run, best: Judgement) -> None:
    """Believe no accusation where probabilities meet what was made up and is no distribution.

    Raises:
        NotJudgedError: where they do.
    """
    known = run.plan is None and all(map(has_known_shapes, best.runs.first.standins))
    met = [] if known else beside_probabilities(best)
    if met:
        form = replace(run.form, turn=run.form.turn + 1, seed=run.form.seed + 1)
        plan = run.plan and replace(run.plan, form=form)
        (table,) = _tables(recorder, [run._replace(form=form, plan=plan)])
        require_true_targets(best, met, table)


def _several(recorder: Recorder, whole: WholeRun, scale: float) -> tuple[list[Run], list[Table]]:
    """Runs with other first values, which do the same, and what they computed.

    Raises:
        NotJudgedError: if there are no other first values.
    """
    run, scout = whole
    runs = [
        run._replace(seed=seed, first=generic(scout, seed, scale)) for seed in range(RUNS + SPARE)
    ]
    tables = _lively(recorder, runs)
    if _part(tables):  # as where what is drawn chooses how many samples are kept for tests
        runs = [run._replace(seed=runs[0].seed) for run in runs]
        tables = _lively(recorder, runs)
    if _part(tables):  # as where a gradient is clipped if it is long: some do the same
        more = [run._replace(first=generic(scout, RUNS + SPARE + i, scale))
                for i, run in enumerate(runs)]  # fmt: skip
        every = [*tables, *_tables(recorder, more)]
        runs, tables = _alike([*runs[: len(tables)], *more], every) or (runs, tables)
    if not _shared_updates(tables):  # what they do depends on signs: they are to stay
        near = [shifted(runs[0].first, seed, _NEAR) for seed in range(RUNS + SPARE)]
        runs = [runs[0]._replace(first=first) for first in near]
        tables = _lively(recorder, runs)
    if all(same_changes(tables[0], table) for table in tables[1:]):
        raise NotJudgedError(_why_alike(runs, tables[0]))
    return runs, tables


def _lively(recorder: Recorder, runs: Sequence[Run]) -> list[Table]:
    """What runs computed; the spare ones, too, where one may be livelier, or they come apart."""
    tables = _tables(recorder, runs[:RUNS])
    together = common_length(tables) == max(len(table.operations) for table in tables)
    if together and all(liveliness(table) == 1 for table in tables):
        return tables
    return [*tables, *_tables(recorder, runs[RUNS:])]


def _why_alike(runs: Sequence[Run], table: Table) -> str:
    """Why runs with other first values may change their parameters alike."""
    seen = Runs([table])
    if not any(np.any(seen.values(seen.change(n))[0]) for n in seen.updates):
        return "its steps change nothing: what is added to its parameters is 0"
    if any(run.first for run in runs):
        return (
            "whatever its parameters are, they change by the same: nothing of that shows whether "
            "it is right"
        )
    return (
        "its parameters begin as numbers that it writes, so that all its runs are the same, "
        "and what fits may fit by chance"
    )


def _of_what_ran(recorder: Recorder, judged: Judged) -> Judged:
    """The same without what a later part of the file may still do: to train the rest, too.

    Where rows of weights are one list, that comes before all that is said of their gradients.

    Raises:
        NotAllSeenError: if nothing else is wrong.
    """
    source = recorder.source
    shared = tuple(shared_rows(source, judged.judgement))
    if shared:
        return replace(judged, mistakes=shared)
    judged = replace(judged, mistakes=where_named(source, judged.judgement, judged.mistakes))
    judged = _as_it_says(source, judged)
    if not any(m.elsewhere for m in judged.mistakes):
        return judged
    if not has_other_changes(source, judged.judgement):
        return judged
    kept = tuple(m for m in judged.mistakes if not m.elsewhere)
    if not kept:
        raise NotAllSeenError(
            "a gradient is computed in it, and what it belongs to is not changed by what ran"
        )
    return replace(judged, mistakes=kept)


def _as_it_says(source: Source, judged: Judged) -> Judged:
    """The same, but right where the error is said to be of the loss that it belongs to."""
    meant = [m for m in judged.mistakes if m.if_meant]
    if not meant or not all(says_cross_entropy(source, m.code) for m in judged.mistakes):
        return judged
    return replace(judged, mistakes=(), notes=(*judged.notes, *(m.if_meant for m in meant)))


def _part(tables: Sequence[Table]) -> bool:
    """Whether runs come apart before all that is updated in the first of them."""
    return len(_shared_updates(tables)) < len(Runs(tables[:1]).updates)


def _alike(runs: list[Run], tables: list[Table]) -> tuple[list[Run], list[Table]] | None:
    """Those of some runs, and what they computed, that do the same; None of too few."""
    for table in tables[: 1 - RUNS]:
        same = [i for i, other in enumerate(tables) if not _part([table, other])]
        if len(same) >= RUNS:
            return [runs[i] for i in same], [tables[i] for i in same]
    return None


def _shared_updates(tables: Sequence[Table]) -> set[int]:
    """What is updated in the first of some runs before they come apart.

    Sums may look like updates where those of a whole run are not seen.
    """
    return {*Runs(tables).updates} & {*Runs(tables[:1]).updates}


def _with_open_masks(recorder: Recorder, whole: WholeRun, judged: Judged, made_up: bool) -> Judged:
    """The judgement where masks leave something out, that left nothing out in a right training.

    It is that of the same code with another rate in the place of a 0 or 1. Where none is found, or
    nothing can be said, it says that the masks were not judged.
    """
    unseen = replace(judged, notes=(*judged.notes, of_idle_masks(judged.idle)))
    if judged.mistakes or whole.run.form.variant != PLAIN:
        return judged
    for place in rates(recorder.source)[:_MOST_RATES]:
        run = varied(recorder, whole, opened=place)
        if run is not None and any(leaves_out(run.scout, codes) for codes in judged.idle):
            with contextlib.suppress(NotJudgedError):
                opened = _judged(recorder, run, made_up)
                at = f", as shows with another rate in {place_in_words(*place[:2])}"
                wrong = tuple(replace(m, sentence=m.sentence + at) for m in opened.mistakes)
                return replace(opened, mistakes=wrong) if wrong else judged
    return unseen


def _in_columns(run: Run) -> Run | None:
    """The same run with each sample as a column; None if it has no samples of one axis."""
    plan = run.plan
    if plan is None or plan.form.samples not in ("rows", "single"):
        return None
    form = replace(plan.form, samples="each")
    if plan.form.samples == "single":
        form = replace(plan.form, samples="columns", count=1)
    return run._replace(plan=replace(plan, form=form), form=form)


def _tables(recorder: Recorder, runs: Sequence[Run]) -> list[Table]:
    tables = []
    for table in recorder.record(runs):
        if not isinstance(table, Table):
            raise table
        tables.append(table)
    return tables
