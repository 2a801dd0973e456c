"""Records a file's training, in processes of its own, as tables that were checked."""

import dataclasses
import pickle
from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple, Self

from chainrule.checking import chance
from chainrule.checking.diagnosis.errors_explained import explain_problem
from chainrule.checking.learner.budget import Budget
from chainrule.checking.learner.imports import HEAVY
from chainrule.checking.learner.process import Child, EndError
from chainrule.checking.learner.project import modules_of
from chainrule.checking.learner.source import Source, read_source
from chainrule.checking.record._running.fitting import FEW, MANY, MODEL, forms_for, sides_in
from chainrule.checking.record._running.plans import SMALL, Plan, forms, single_forms
from chainrule.checking.record._standins.form import Form
from chainrule.checking.record._standins.standins import UNREAD
from chainrule.checking.record._steps.flow import members
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._steps.unjudged import NotJudgedError
from chainrule.checking.record._tape.operations import DATA, Array
from chainrule.checking.record._tape.tape import MOST_NUMBERS
from chainrule.checking.record.coding import decode
from chainrule.checking.record.table import RecordError, Stop, Table

_AT_ONCE = 2
_PARTS = 4  # of what is left, of which one run may take one
_PARTS_AGAIN = _AT_ONCE  # the same where it is known that it comes to an end
_MOST_SIZED = 32  # of the sizes of arrays that the code makes
_MORE_FORMS = 8  # where the first can be run, but not judged
_MOST_CLASSES = 100  # of a size that may as well be that of something else
MOST_CALLS = 2  # with data of one class, and of several, that say enough about a plan
_GLANCE = 300_000  # numbers of a first look, after which a file is run in a small model of it
_LONG = 4_000  # operations, of the same
_LEAST_STEPS = 2
_CUT = ("enough", "time")  # how a run stops that goes on
_MOST_CUT = 6  # forms of data with which a file computes too much: so it does with others
_FEWER = 15  # the same, where some of them may be kept for tests


class Run(NamedTuple):
    """What a run is to be like.

    Attributes:
        form: of the data that stand in for what cannot be read.
        seed: of what is drawn.
        first: other first values, by the number of what is made or drawn. Shapes: as it is made.
        plan: a call to make at the end.
        most: numbers that it may compute.
        watch: whether to note what the lab's functions are called with, and nothing else.
    """

    form: Form
    seed: int = 0
    first: Mapping[int, Array] = {}
    plan: Plan | None = None
    most: int = MOST_NUMBERS
    watch: bool = False


class Recorder:
    """Runs a file anew as often as it is asked to, in two processes side by side.

    They are kept from one request to the next, with what the file imports; a run that ends its
    process costs that one alone.

    Attributes:
        path: of the file.
        budget: what its code may take; one run has a part of what is left then.
    """

    def __init__(self, path: Path, budget: Budget | None = None) -> None:
        """Start nothing yet."""
        self.path, self.budget = path, budget or Budget()
        self._children: list[Child | None] = [None] * _AT_ONCE

    def __enter__(self) -> Self:
        """Nothing is started before something is asked for."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the processes."""
        for place in range(_AT_ONCE):
            self._end(place)

    def record(self, runs: Sequence[Run]) -> list[Table | NotJudgedError]:
        """What the file computes in each of these runs, or why that is not known."""
        if self.budget.is_spent:
            spent = f"its code had taken the {self.budget.seconds:g} s before"
            return [NotJudgedError(spent)] * len(runs)
        _ = self._files  # before their code runs, which may change them
        found: list[Table | NotJudgedError] = []
        for place, run in enumerate(runs[:_AT_ONCE]):
            self._send(place, run)
        for number in range(len(runs)):
            place, later = number % _AT_ONCE, number + _AT_ONCE
            found.append(self._received(place))
            if later < len(runs):
                self._send(place, runs[later])
        return found

    @cached_property
    def source(self) -> Source:
        """The file, read once, before its code runs, which may change it."""
        return read_source(self.path)

    @cached_property
    def _files(self) -> frozenset[str]:
        """The modules in which its code may be said to stand."""
        modules = modules_of(self.source)
        return frozenset(module.file for module in modules.values())

    def _send(self, place: int, run: Run) -> None:
        child = self._children[place] or Child(self.path.absolute(), self.budget, "record")
        self._children[place] = child
        seconds = self.budget.left / (_PARTS_AGAIN if run.first else _PARTS)
        form, plan = _drawn(run.form), run.plan
        if plan is not None:
            plan = dataclasses.replace(plan, form=_drawn(plan.form))
        seed = chance.number(7, run.seed)
        what = (form, seed, dict(run.first), plan, seconds, run.most, run.watch)
        child.send(pickle.dumps(what))

    def _received(self, place: int) -> Table | NotJudgedError:
        child = self._children[place]
        assert child is not None  # it was sent a run
        try:
            return decode(child.receive(), self._files)
        except RecordError as error:
            return NotJudgedError(str(error))
        except EndError as error:
            self._end(place)
            return NotJudgedError(f"it was run, and {error}")

    def tables(self, runs: Sequence[Run]) -> list[Table]:
        """What runs of the file computed.

        Raises:
            NotJudgedError: if one of them tells nothing, and why.
        """
        tables = []
        for table in self.record(runs):
            if not isinstance(table, Table):
                raise table
            tables.append(table)
        return tables

    def _end(self, place: int) -> None:
        child, self._children[place] = self._children[place], None
        if child is not None:
            child.end()


def _drawn(form: Form) -> Form:
    return dataclasses.replace(form, seed=chance.number(8, form.seed))


class WholeRun(NamedTuple):
    """A way of running a file, or of calling what is in it, that goes through its training.

    Attributes:
        run: with the first values that the code itself makes.
        scout: what it computed.
    """

    run: Run
    scout: Runs


def whole_runs(recorder: Recorder) -> Iterator[WholeRun]:
    """The data with which a file runs through two steps of its training, one after the other.

    Raises:
        NotJudgedError: if there are none, and why.
    """
    form, first = _first_look(recorder)
    runs_as_it_is = is_whole(first) and first.first.stop.kind != "time"
    if runs_as_it_is:
        yield WholeRun(Run(form), first)
    any_whole, furthest, cut = runs_as_it_is, first.first, 0
    forms = forms_for(first.first, recorder.source) if first.first.standins else []
    if runs_as_it_is:
        forms = [one for one in forms if not _are_as_usual(one)][:_MORE_FORMS]
    for begin in range(0, len(forms), _AT_ONCE):
        some = [Run(one) for one in forms[begin : begin + _AT_ONCE]]
        for run, table in zip(some, recorder.record(some), strict=True):
            if not isinstance(table, Table):
                continue
            furthest = max(furthest, table, key=lambda table: len(table.operations))
            cut += table.stop.kind in _CUT
            if run.form.count in MANY and any(n.startswith(UNREAD) for n in table.standins):
                continue  # more of what stands in for nothing that was read says less than a call
            if is_whole(Runs([table])):
                any_whole = True
                yield WholeRun(run, Runs([table]))
        if not any_whole and cut >= _MOST_CUT:
            break
    if form.side:
        full = _looked_at(recorder.record([Run(Form())])[0])
        if is_whole(full):
            yield WholeRun(Run(Form()), full)
    if any_whole:
        return
    if first.updates and max(first.order.values()) >= 1 and not first.first.stop.kind:
        yield WholeRun(Run(form), first)
        return
    raise NotJudgedError(why_not(furthest))


def _first_look(recorder: Recorder) -> tuple[Form, Runs]:
    """A file as it is; a small model of it, if it computes much, and that runs."""
    first = _looked_at(recorder.record([Run(Form(), most=_GLANCE)])[0])
    size, length = first.first.values.size, len(first.first.operations)
    is_small = is_whole(first) and size < _GLANCE and length < _LONG
    if first.first.stop.kind != "enough" or is_small:
        return Form(), first
    found: tuple[Form, Runs] | None = None
    for form in (MODEL, dataclasses.replace(MODEL, count=_FEWER)):
        small = whole_run(recorder, Run(form))
        if small is None:
            break
        found = form, small.scout
        if not found[1].first.standins or len(found[1].first.operations) < _LONG:
            break  # else it goes through made-up samples one by one: fewer do
    length = length if found is None else len(found[1].first.operations)
    if length >= _LONG:  # as of single numbers
        form = dataclasses.replace(MODEL, few=True)
        small = whole_run(recorder, Run(form))
        if small is not None and len(small.scout.first.operations) < length:
            found = form, small.scout
    if found is not None:
        return found
    if size < _GLANCE:
        return Form(), first
    return Form(), _looked_at(recorder.record([Run(Form())])[0])


def _are_as_usual(form: Form) -> bool:
    """Whether such data are those of the first run, but for how many there are."""
    if form.count in (*FEW, *MANY):
        return True
    return form == MODEL or dataclasses.replace(form, count=Form().count, scaled=False) == Form()


def _looked_at(table: Table | NotJudgedError) -> Runs:
    if isinstance(table, NotJudgedError):
        raise table
    return Runs([table])


def whole_run(recorder: Recorder, run: Run) -> WholeRun | None:
    """A run, if it goes through two steps of a training."""
    (table,) = recorder.record([run])
    whole = isinstance(table, Table) and is_whole(Runs([table]))
    return WholeRun(run, Runs([table])) if isinstance(table, Table) and whole else None


def varied(recorder: Recorder, whole: WholeRun, **changes: Any) -> WholeRun | None:
    """The same run of a variant of the code; None if that does not go through its training.

    Args:
        recorder: of the file.
        whole: how it runs.
        changes: of the variant that runs there, by the names that `Variant` has for them.
    """
    form = whole.run.form
    form = dataclasses.replace(form, variant=dataclasses.replace(form.variant, **changes))
    plan = whole.run.plan and dataclasses.replace(whole.run.plan, form=form)
    return whole_run(recorder, whole.run._replace(form=form, plan=plan))


def is_whole(runs: Runs) -> bool:
    """Whether two steps of a training were seen, if only steps whose new values are not kept.

    Of a record that was cut off in the second, a parameter that changes later in it would not be
    known for one, and not be looked at.
    """
    steps = max(runs.order.values(), default=0)
    cut = runs.first.stop.kind in _CUT
    seen = steps > _LEAST_STEPS or (steps == _LEAST_STEPS and not (cut and runs.leaves_one_out))
    return bool(runs.updates) and (seen or runs.never_kept)


def why_not(table: Table) -> str:
    """Why nothing is known of a training, in a sentence."""
    stop = table.stop
    often = _done_often(table) if stop.kind in _CUT and not Runs([table]).updates else ""
    if often:
        return f"it was run for long: {often}, and no parameter changed by a gradient"
    if stop.kind in _CUT:
        much = "took too long" if stop.kind == "time" else "computed too much"
        return f"it was run, and {much} before its parameters were seen to change twice"
    if stop.problem is not None:
        read = (name for name in table.standins if not name.startswith(UNREAD))
        made_up = next((name for name in read if name.partition(".")[0] not in HEAVY), "")
        how = f", with data that are made up for `{made_up}`," if made_up else ","
        return f"it was run{how} and came to no end. {explain_problem(stop.problem)}"
    if stop.kind == "refused":
        return f"it was run, and {stop.text}"
    if len(table.operations) <= 1:
        return "nothing in it calls what trains: a call with small data, at its end, would help"
    return "it was run, and no parameter was seen to change twice by way of a gradient"


def _done_often(table: Table) -> str:
    """The line that was done most often, in words; "" where none was done again and again."""
    often = Counter(o.place for o in table.operations if table.places[o.place])
    for place, times in often.most_common(1):
        if times > _LEAST_STEPS + 1:
            return f"{table.places[place][0]} was done {times:,} times"
    return ""


class Sizes(Enum):
    """Of data that are made up for a plan."""

    USUAL = "batches, and others where they do not run"
    OWN = "those of the arrays that the code makes"
    SINGLE = "single samples"


def driven_runs(recorder: Recorder, plan: Plan, which: Sizes = Sizes.USUAL) -> Iterator[WholeRun]:
    """The forms of data with which a plan runs through two steps of a training, as they are found.

    Batches come before single samples; of calls that take both, single samples say nothing more,
    unless what comes of batches cannot be judged.

    Args:
        recorder: of the file.
        plan: of calls.
        which: sizes to try.
    """
    given, tried = forms(plan), list[Table]()
    if which is not Sizes.USUAL:
        list(_that_run(recorder, given[:_AT_ONCE], tried))
    elif (yield from _that_run(recorder, given, tried)) or _goes_through(plan, tried):
        return
    if which is not Sizes.SINGLE:
        more = dict.fromkeys(p for sizes in _sizes_in(tried) for p in forms(plan, *sizes))
        found = yield from _that_run(recorder, list(more)[:_MOST_SIZED], [])
        if found or plan.layer or which is Sizes.OWN:
            return
    sizes = [(SMALL.inputs, SMALL.classes), *_sizes_in(tried)]
    for targets in ("one-hot", "labels"):
        alone = [p for s in sizes for p in single_forms(plan, *s, targets)]
        if (yield from _that_run(recorder, alone, [])):
            return


def _goes_through(plan: Plan, tried: Sequence[Table]) -> bool:
    """Whether calls came to their end: what they did not train has other reasons than the sizes.

    Where all of them may fail, that says something only if none did, and only if parameters are
    made by the code: that what is made up has the shapes that are meant is not known.
    """
    if all(call.may_fail for call in plan.each):
        return not plan.makes_up and any(table.stop == Stop() for table in tried)
    return any(table.stop.kind == "" for table in tried)


def _that_run(
    recorder: Recorder, given: Sequence[Plan], tried: list[Table]
) -> Generator[WholeRun, None, bool]:
    """Those of the plans that run, as many as are looked at; in the end, whether there are any.

    What is computed meanwhile is added to `tried`.
    """
    outputs: list[int] = []
    for begin in range(0, len(given), _AT_ONCE):
        some = [Run(plan.form, plan=plan) for plan in given[begin : begin + _AT_ONCE]]
        for run, table in zip(some, recorder.record(some), strict=True):
            if isinstance(table, Table):
                tried.append(table)
                runs = Runs([table])
                if _is_believed(runs):
                    outputs.append(run.form.classes)
                    yield WholeRun(run, runs)
        if min(outputs.count(1), len(outputs) - outputs.count(1)) >= MOST_CALLS:
            break
    return bool(outputs)


def _is_believed(runs: Runs) -> bool:
    """Whether two whole steps ran, on parameters that the code itself made.

    What a step that is called for it gives may be meant to be kept by who calls it.
    """
    return (
        is_whole(runs)
        and not runs.never_kept
        and runs.first.stop.kind in ("", "enough", "time")
        and all(runs.operation(n).name != DATA for root in runs.roots if not runs.is_shift(root)
                for n in members(runs.candidate_ancestors(root)))
    )  # fmt: skip


def _sizes_in(tables: Sequence[Table]) -> list[tuple[int, int]]:
    """Inputs and outputs that the sizes of the arrays that were made may stand for."""
    sides = next(filter(None, map(sides_in, tables)), None)
    if sides is None:
        return []
    oblong = [side for side in sides if len(set(side)) > 1]  # no rows of labels
    first = sorted(set(sides[0]), reverse=True)
    last = [b for side in (sides[-1], *oblong[-1:]) for b in sorted(set(side))]
    last = [b for b in last if b <= _MOST_CLASSES] or last[:1]
    wide = (first[0], first[0] - 1, *first[1:])  # one may be a bias
    return [(a, b) for a in wide for b in dict.fromkeys(last)]
