"""What a file trains besides what was judged: before it, after it, or where it cannot be judged.

What is seen of a run ends after a few steps of the first training, and of several in one record
one is judged: that with the most parameters. So the file runs again without the statement that
makes these steps, as long as something in it trains that was not looked at.
"""

import ast
import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from chainrule.checking.hints import place_in_words
from chainrule.checking.learner.source import Cell, Source
from chainrule.checking.record._source.about import has_a_step
from chainrule.checking.record._source.signatures import Signatures, called_name
from chainrule.checking.record._standins.form import Spot
from chainrule.checking.record._steps.flow import members
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._steps.unjudged import NoTargetError, NotJudgedError
from chainrule.checking.record.judged import Judged
from chainrule.checking.record.recorder import Recorder, WholeRun, varied
from chainrule.checking.record.table import Code

Judge = Callable[[WholeRun], Judged]

_MOST_LEFT_OUT = 2  # statements before what can be judged
_NOT_TRAINED = "train-missing-parameter"
_MOST_BESIDES = 5  # statements, where something was


def judged_later(
    recorder: Recorder, whole: WholeRun, reason: NotJudgedError, judge: Judge
) -> Judged | None:
    """The judgement of what is trained after what cannot be judged; None if nothing is.

    It is right only where what comes before it has no targets.

    Args:
        recorder: of the file.
        whole: how it runs.
        reason: why that cannot be judged.
        judge: judges a run.
    """
    updates, stop = whole.scout.updates, whole.scout.first.stop
    left_out = whole.run.form.variant.left_out
    if len(left_out) == _MOST_LEFT_OUT or not updates or stop.kind != "enough":
        return None
    spot = _statement(whole.scout, min(updates), recorder.source, lambda *_: True)
    other = None if spot is None else varied(recorder, whole, left_out=(*left_out, spot))
    if spot is None or other is None:
        return None
    with contextlib.suppress(NotJudgedError):
        judged = judge(other)
        if judged.mistakes or isinstance(reason, NoTargetError):
            note = f"What is trained before, in {_in_words(spot)}, was not judged: {reason}."
            return replace(judged, notes=(*judged.notes, note))
    return None


def judged_besides(
    recorder: Recorder, whole: WholeRun, first: Judged, judge: Judge
) -> Iterator[Judged | str]:
    """The judgements of what else a file trains, or a sentence on why one could not be judged.

    What is done again by code that was judged is not looked at a second time, unless more
    parameters are trained by it, or it takes another way through that code.

    Args:
        recorder: of the file.
        whole: how it runs.
        first: how the first of its trainings was judged.
        judge: judges a run.
    """
    source = recorder.source
    signatures = Signatures(source)
    known = _Known()
    known.note(first)
    left_out, runs = first.left_out, first.judgement.runs
    number = max(first.judgement.step.groups[0].numbers)
    while True:
        spot = _statement(runs, number, source, known.elsewhere(runs, signatures))
        if spot is not None and len(left_out) == _MOST_BESIDES:
            yield f"What is trained besides {_in_words(spot)} and earlier was not looked at."
            return
        left_out = left_out if spot is None else (*left_out, spot)
        other = None if spot is None else varied(recorder, whole, left_out=left_out)
        if spot is None or other is None:
            return
        runs = other.scout
        number = min(known.unknown(runs), default=min(runs.updates))
        again = not known.unknown(runs) and known.most >= _parameters(runs, runs.updates)
        if again and not known.goes_another_way(runs):
            continue
        try:
            judged = judge(other)
            if any(mistake.fault == _NOT_TRAINED for mistake in judged.mistakes):
                raise NotJudgedError("what it does not train may be trained elsewhere")
        except NotJudgedError as reason:
            at = runs.code(number)[:1]
            where = f", in {at[0]}," if at else ""
            yield f"What is trained besides{where} was not judged: {reason}."
            known.note_all(runs)
        else:
            runs = judged.judgement.runs
            number = max(judged.judgement.step.groups[0].numbers)
            known.note(judged)
            yield judged


class _Known:
    """Where parameters change in what was looked at, and the most that did in one training."""

    def __init__(self) -> None:
        self._places: set[tuple[Code, ...]] = set()
        self._lines: set[tuple[object, int]] = set()
        self.most = 0

    def note(self, judged: Judged) -> None:
        """Remember the step that was judged."""
        self._note(judged.judgement.runs, judged.judgement.step.numbers)

    def note_all(self, runs: Runs) -> None:
        """Remember all that is trained in a run."""
        self._note(runs, runs.updates)

    def _note(self, runs: Runs, numbers: Iterable[int]) -> None:
        numbers = list(numbers)
        self._places |= {runs.code(n)[:1] for n in numbers}
        self._lines |= _lines(runs, numbers)
        self.most = max(self.most, _parameters(runs, numbers))

    def goes_another_way(self, runs: Runs) -> bool:
        """Whether lines lead to the updates of a run that led to none of what was looked at."""
        return not _lines(runs, runs.updates) <= self._lines

    def unknown(self, runs: Runs) -> list[int]:
        """The updates of a run that stand elsewhere."""
        return [n for n in runs.updates if runs.code(n)[:1] not in self._places]

    def elsewhere(
        self, runs: Runs, signatures: Signatures
    ) -> Callable[[Code, ast.stmt, Sequence[ast.stmt]], bool]:
        """Whether there is more that trains than a statement does: after it, or in the record.

        Takes a frame, the statement that it stands in, and those that follow it.
        """
        others = [runs.code(n) for n in self.unknown(runs)]

        def trains(frame: Code, statement: ast.stmt, later: Sequence[ast.stmt]) -> bool:
            apart = (
                code for codes in others for code in codes
                if code.home == frame.home and code.sheet == frame.sheet
                and not _holds(statement, code)
            )  # fmt: skip
            return any(apart) or any(_comes_to_a_step(each, signatures) for each in later)

        return trains


def _lines(runs: Runs, numbers: Iterable[int]) -> set[tuple[object, int]]:
    """Lines of the learner's code in which the changes of some parameters are computed."""
    return {(c.sheet, c.line) for n in members(runs.before(numbers)) for c in runs.code(n)[:1]}


def _parameters(runs: Runs, numbers: Iterable[int]) -> int:
    return len({runs.chain[n] for n in numbers})


def _comes_to_a_step(statement: ast.stmt, signatures: Signatures) -> bool:
    """Whether a statement that is done reads like a step of training, or calls what does."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return False
    called = {called_name(node) for node in ast.walk(statement)}
    return has_a_step([statement]) or any(
        s.method in called and signatures.reaches_change(s.name) for s in signatures.values()
    )


def _statement(
    runs: Runs,
    number: int,
    source: Source,
    wanted: Callable[[Code, ast.stmt, Sequence[ast.stmt]], bool],
) -> Spot | None:
    """The outermost statement in which an update is done that others follow, as they are wanted.

    Args:
        runs: a run.
        number: of the update.
        source: the file.
        wanted: takes a frame, the statement that it stands in, and those that follow.
    """
    frames = [code for code in runs.code(number) if not code.file]
    for depth in reversed(range(len(frames))):
        code, inner = frames[depth], frames[depth - 1] if depth else None
        cell = next((c for c in source.cells if (c.number or 0) == code.cell), None)
        if cell is None:
            return None
        body = list(_around(cell.tree, code, inner))
        more = _after(source, cell) if code.function == "<module>" else []
        for place, statement in enumerate(body):
            later = [*body[place + 1 :], *more]
            if _holds(statement, code) and wanted(code, statement, later):
                return (code.cell, statement.lineno, statement.col_offset)
    return None


def _holds(statement: ast.stmt, code: Code) -> bool:
    return statement.lineno <= code.line <= (statement.end_lineno or statement.lineno)


def _after(source: Source, cell: Cell) -> list[ast.stmt]:
    """The statements of the cells that follow one."""
    after = source.cells[source.cells.index(cell) + 1 :]
    return [statement for each in after for statement in each.tree.body]


def _around(tree: ast.Module, code: Code, inner: Code | None) -> Iterator[ast.stmt]:
    """The statements that are done one after the other where a frame is, in the same function.

    Those of a loop, too, in which what trains is called with one setting after the other: it has
    a loop of its own.

    Args:
        tree: of the cell.
        code: the frame.
        inner: that of what is called there; None if nothing is.
    """
    body: Sequence[ast.stmt] = tree.body
    calls_what_trains = False
    for node in ast.walk(tree):
        if isinstance(node, ast.For | ast.While) and inner is not None:
            calls_what_trains |= _holds(node, inner) and not _holds(node, code)
        if not isinstance(node, ast.FunctionDef) or not code.function.endswith(node.name):
            continue
        if node.lineno <= code.line <= (node.end_lineno or node.lineno):
            body = node.body
    for statement in body:
        if isinstance(statement, ast.If):  # as whether it is the file that is run
            yield from statement.body
        elif isinstance(statement, ast.For | ast.While) and calls_what_trains:
            yield from statement.body if _holds(statement, code) else [statement]
        else:
            yield statement


def _in_words(spot: Spot) -> str:
    return place_in_words(*spot[:2])
