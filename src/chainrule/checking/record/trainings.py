"""Runs a file's training, or calls what would train, and judges what was recorded."""

import contextlib
from collections.abc import Sequence, Set
from dataclasses import replace
from itertools import islice
from pathlib import Path

from chainrule.checking.learner.budget import Budget
from chainrule.checking.learner.source import read_source
from chainrule.checking.record._conventions import excuse
from chainrule.checking.record._generic import generic, shifted
from chainrule.checking.record._operations import LEAF
from chainrule.checking.record._opinion import SHIFT
from chainrule.checking.record._plain import INNER
from chainrule.checking.record._plans import Plan
from chainrule.checking.record._runs import GradientNotFoundError, NotJudgedError, Runs
from chainrule.checking.record._ways import layers, plans
from chainrule.checking.record.judge import Judged, judge, liveliness, same_changes
from chainrule.checking.record.recorder import (
    Run,
    driven_runs,
    is_whole,
    record_runs,
    whole_runs,
)
from chainrule.checking.record.table import Table

RUNS = 3  # with different first values
SPARE = 1  # more of them, of which the least lively is left out
_NEAR = 1e-3  # how far first values lie from others, where those further off do something else
_MOST_FORMS = 3  # of data with which a training is looked at
_MOST_CALLS = 2
_MOST_LAYERS = 8


def judge_training(path: Path, budget: Budget | None = None) -> Judged:
    """Run a file several times, and judge its training.

    Where nothing in the file calls what trains, it is called with small data, in the ways that
    run: it is right if it is for one, and wrong if all say so of the same code.

    Args:
        path: of the file.
        budget: what its code may still take.

    Raises:
        NotJudgedError: if nothing can be said, and why.
        ChainruleError: if the file cannot be read.
    """
    budget = budget or Budget()
    reason: NotJudgedError | None = None
    accused: Judged | None = None
    try:
        for form, scout in islice(whole_runs(path, budget), _MOST_FORMS):
            try:
                judged = _judged(path, Run(form), scout, budget)
            except NotJudgedError as error:
                reason = reason or error
                continue
            if not judged.mistakes or not form.side or scout.first.standins:
                return judged
            # Data of its own have the sizes that it writes, and more may follow from them than a
            # small model keeps: whether it is wrong is seen as it is, where that can be seen.
            accused = judged
    except NotJudgedError as error:
        if accused is None:
            return _of_plans(path, error, budget)
    if reason is not None:
        raise reason
    assert accused is not None  # there is a whole run, or an exception says why not
    return accused


def _of_plans(path: Path, reason: NotJudgedError, budget: Budget) -> Judged:
    """The judgement of the first plan that can be judged; its training runs first.

    Raises:
        NotJudgedError: if none can be, with the reason that is given if none even runs.
    """
    for plan in plans(read_source(path)):
        for single in (False, True):
            calls = driven_runs(path, plan, budget, single=single)
            try:
                if calls:
                    return _of_calls(path, calls, budget)
            except NotJudgedError as other:
                reason = other
            if not isinstance(reason, GradientNotFoundError):
                break  # else it may be meant for one sample: its shapes are not those of a batch
    raise reason


def judged_layers(
    path: Path, but: Set[str] = frozenset(), budget: Budget | None = None
) -> dict[str, Judged]:
    """Parts of a network, each judged by going through it and back.

    What goes backward into a part is chosen; what it must give is the derivative by its input, and
    by its parameters.

    Args:
        path: of the file.
        but: functions of parts that were judged otherwise.
        budget: what the file's code may still take.

    Returns:
        By the name of the class or function that goes back.
    """
    budget = budget or Budget()
    found: dict[str, Judged] = {}
    for by_input, by_parameters in layers(read_source(path))[:_MOST_LAYERS]:
        name = by_input.each[-1].function
        if name in but or by_input.each[0].function in but:
            continue
        with contextlib.suppress(NotJudgedError):
            found[name] = _of_layer(path, by_input, by_parameters, budget)
    return found


def _of_layer(path: Path, by_input: Plan, by_parameters: Plan, budget: Budget) -> Judged:
    calls = driven_runs(path, by_input, budget)
    first = _of_calls(path, calls, budget) if calls else None
    if first is not None and first.mistakes:
        return first
    more = driven_runs(path, by_parameters, budget)
    if more:
        return _of_calls(path, more, budget)
    if first is None:
        raise NotJudgedError("no way was found to go through it and back")
    (table,) = _tables(path, [calls[0]._replace(plan=replace(by_parameters, form=calls[0].form))],
                       budget)  # fmt: skip
    if any(o.name == LEAF and Runs([table]).users[n] for n, o in enumerate(table.operations)):
        raise NotJudgedError("the gradients of its parameters were not found")
    return first


def _of_calls(path: Path, calls: Sequence[Run], budget: Budget) -> Judged:
    """The judgement of code that is called in several ways.

    It is right if it is so in one of them. Where there are several classes, shapes that do not
    belong together fail; a single output may fit by broadcasting, so that it accuses only alone.
    """
    several = [call for call in calls if call.form.classes > 1][:_MOST_CALLS]
    one = [call for call in calls if call.form.classes == 1][:_MOST_CALLS]
    found: dict[bool, list[Judged]] = {True: [], False: []}
    reasons: list[NotJudgedError] = []
    for call in (*several, *one):
        try:
            (table,) = _tables(path, [call], budget)
            judged = _judged(path, call, Runs([table]), budget, made_up=True)
        except NotJudgedError as reason:
            reasons.append(reason)
            continue
        if not judged.mistakes:
            return judged
        found[call in several].append(judged)
    wrong = found[True] or found[False]
    codes = [{mistake.code for mistake in judged.mistakes} for judged in wrong]
    alone = not several or (calls[0].plan is not None and calls[0].plan.descends)
    if codes and set.intersection(*codes) and (found[True] or alone):
        return min(wrong, key=lambda judged: len(judged.mistakes))
    if reasons and not wrong:
        raise reasons[0]
    raise NotJudgedError(
        "called in different ways, its training comes out wrong in different places"
    )


def _judged(path: Path, run: Run, scout: Runs, budget: Budget, made_up: bool = False) -> Judged:
    runs = [run._replace(seed=seed, first=generic(scout, seed)) for seed in range(RUNS + SPARE)]
    tables = _tables(path, runs, budget)
    if not Runs(tables).updates:  # what they do depends on signs: they are to stay
        near = [shifted(runs[0].first, seed, _NEAR) for seed in range(RUNS + SPARE)]
        runs = [runs[0]._replace(first=first) for first in near]
        tables = _tables(path, runs, budget)
    lively = sorted(range(len(runs)), key=lambda i: -liveliness(tables[i]))[:RUNS]
    chosen = runs[lively[0]]
    again = chosen._replace(first=shifted(chosen.first, chosen.seed, SHIFT))
    turned = []
    if made_up and chosen.plan is not None and chosen.plan.takes_data:
        plan = replace(chosen.plan, form=replace(chosen.form, turn=1))
        turned = [chosen._replace(plan=plan, form=plan.form)]
    moved, *others = _tables(path, [again, *turned], budget)
    if any(same_changes(tables[lively[0]], other) for other in others):
        raise NotJudgedError("called with small data, it makes nothing of the targets")
    judged = judge([tables[i] for i in lively], moved, chosen.plan)
    column = (
        _in_columns(run) if made_up and any(m.fault == INNER for m in judged.mistakes) else None
    )
    if column is not None:  # an inner product of vectors would be the outer one of columns
        (table,) = _tables(path, [column], budget)
        if is_whole(Runs([table])):
            return _judged(path, column, Runs([table]), budget, made_up=True)
    if judged.mistakes and chosen.plan is not None and chosen.plan.layer:
        doubled = chosen._replace(plan=replace(chosen.plan, doubled=True))
        (more,) = _tables(path, [doubled], budget)
        reason = excuse(judged, tables[lively[0]], others[0], more, chosen.plan.layer)
        if reason:
            raise NotJudgedError(reason)
    return judged


def _in_columns(run: Run) -> Run | None:
    """The same run with each sample as a column; None if it has no samples of one axis."""
    plan = run.plan
    if plan is None or plan.form.samples not in ("rows", "single"):
        return None
    form = replace(plan.form, samples="each")
    if plan.form.samples == "single":
        form = replace(plan.form, samples="columns", count=1)
    return run._replace(plan=replace(plan, form=form), form=form)


def _tables(path: Path, runs: Sequence[Run], budget: Budget) -> list[Table]:
    tables = []
    for table in record_runs(path, runs, budget):
        if not isinstance(table, Table):
            raise table
        tables.append(table)
    return tables
