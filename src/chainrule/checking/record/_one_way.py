"""The judgement of one way of running a file, or of calling what is in it."""

import contextlib
from dataclasses import replace

from chainrule.checking.hints import place_in_words
from chainrule.checking.learner.source import Source
from chainrule.checking.record._at_sight.beside import copies, leaves_out, of_idle_masks
from chainrule.checking.record._at_sight.plain import INNER
from chainrule.checking.record._at_sight.shared_rows import shared_rows
from chainrule.checking.record._conventions import excuse
from chainrule.checking.record._later import judged_later
from chainrule.checking.record._other_runs import RUNS, several
from chainrule.checking.record._otherwise import judged_otherwise
from chainrule.checking.record._required import (
    beside_probabilities,
    has_known_shapes,
    require_true_targets,
)
from chainrule.checking.record._search.where_named import where_named
from chainrule.checking.record._source.program import rates
from chainrule.checking.record._source.words import says_cross_entropy
from chainrule.checking.record._standins.form import PLAIN
from chainrule.checking.record._steps.generic import shifted
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.opinion import SHIFT
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._steps.unjudged import (
    NotAllSeenError,
    NotJudgedError,
    RoundingError,
)
from chainrule.checking.record._unseen import has_other_changes
from chainrule.checking.record.judge import judge, liveliness, same_changes
from chainrule.checking.record.judged import Judged, of_what_led_to_it
from chainrule.checking.record.recorder import (
    Recorder,
    Run,
    WholeRun,
    is_whole,
    varied,
)

_SCALE = 0.05  # of first values, where others saturate units
_MOST_RATES = 8  # that are tried, where masks leave nothing out


def judged_way(recorder: Recorder, whole: WholeRun, made_up: bool = False) -> Judged:
    """The judgement of a way of running a file; of a variant of it, where that tells more."""

    def judge_run(run: WholeRun) -> Judged:
        return as_it_is(recorder, run, made_up)

    def again(run: WholeRun) -> Judged:
        return judged_way(recorder, run, made_up)

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


def as_it_is(
    recorder: Recorder, whole: WholeRun, made_up: bool = False, scale: float = 1.0
) -> Judged:
    run, scout = whole
    runs, tables = several(recorder, whole, scale)
    lively = [*range(len(tables))]
    if len(tables) > RUNS:
        lively = sorted(lively, key=lambda i: -liveliness(tables[i]))[:RUNS]
    chosen = runs[lively[0]]
    again = chosen._replace(first=shifted(chosen.first, chosen.seed, SHIFT))
    turned = []
    if made_up and chosen.plan is not None and chosen.plan.takes_data:
        plan = replace(chosen.plan, form=replace(chosen.form, turn=1))
        turned = [chosen._replace(plan=plan, form=plan.form)]
    moved, *others = recorder.tables([again, *turned])
    if any(same_changes(tables[lively[0]], other) for other in others):
        raise NotJudgedError("called with small data, it makes nothing of the targets")
    try:
        judged = judge([tables[i] for i in lively], moved, chosen.plan)
    except RoundingError:
        if scale < 1:
            raise
        return as_it_is(recorder, whole, made_up, _SCALE)
    if judged.mistakes:
        _look_at_made_up_targets(recorder, chosen, judged.judgement)
    judged = _of_what_ran(recorder, judged)
    if chosen.plan is not None:
        judged = of_what_led_to_it(judged)
    column = (
        _in_columns(run) if made_up and any(m.fault == INNER for m in judged.mistakes) else None
    )
    if column is not None:  # an inner product of vectors would be the outer one of columns
        (table,) = recorder.tables([column])
        if is_whole(Runs([table])):
            return judged_way(recorder, WholeRun(column, Runs([table])), made_up=True)
    if judged.mistakes and chosen.plan is not None and chosen.plan.layer:
        doubled = chosen._replace(plan=replace(chosen.plan, doubled=True))
        (more,) = recorder.tables([doubled])
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
        (table,) = recorder.tables([run._replace(form=form, plan=plan)])
        require_true_targets(best, met, table)


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
                opened = judged_way(recorder, run, made_up)
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
