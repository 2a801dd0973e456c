"""chainrule check: learners' notebooks and modules, judged side by side."""

import contextlib
import json
import multiprocessing
import os
import signal
import tempfile
import textwrap
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from chainrule.cli._console import progress_bar
from chainrule.errors import ChainruleError

if TYPE_CHECKING:
    from chainrule.checking.diagnosis import Finding
    from chainrule.checking.learner.salvage import Note

WRONG, UNREADABLE, NOT_JUDGED = 1, 2, 3
WHETHER = 0  # the hint that says whether a function is right, and nothing of what is wrong
SUFFIXES = (".ipynb", ".py")


@dataclass(frozen=True)
class Outcome:
    """What became of one file.

    Attributes:
        path: as it was given.
        findings: on everything that it defines.
        notes: what in it could not be used.
        error: why it could not be judged at all.
    """

    path: Path
    findings: "tuple[Finding, ...]" = ()
    notes: "tuple[Note, ...]" = ()
    error: str = ""

    @property
    def is_judged(self) -> bool:
        """Whether something in it was found right or wrong."""
        return any(finding.passed is not None for finding in self.findings)

    @property
    def is_wrong(self) -> bool:
        """Whether something in it was found wrong."""
        return any(finding.passed is False for finding in self.findings)


class _Asked(NamedTuple):
    """What is asked of the judgement of each file.

    Attributes:
        timeout: in seconds, for one call of its code.
        draw: whether graphs are to be made.
    """

    timeout: float
    draw: bool


@click.command(
    epilog="""\b
Examples:
  chainrule check lab_2.ipynb
  chainrule check lab_2.ipynb --hint 1
  chainrule check submissions/ --json
  chainrule check training.py --html verdict.html
"""
)
@click.argument("paths", metavar="FILE…", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--hint",
    type=click.IntRange(WHETHER, 3),
    default=2,
    show_default=True,
    help="How much to say: 0 only whether it is right, 1 what kind of mistake and where, 2 what "
    "was computed instead, 3 what is right and why.",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    metavar="NUMBER",
    help="How many files to judge at a time. [default: one for each processor]",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0.5),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="For one call of the file's code; what takes longer is stopped and not judged.",
)
@click.option(
    "--html",
    "page",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="PAGE",
    help="Write the verdicts to this HTML page too, with a graph of each judged training.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object on a line for each file."
)
def check(
    paths: tuple[Path, ...],
    hint: int,
    jobs: int | None,
    timeout: float,
    page: Path | None,
    as_json: bool,
) -> None:
    """Find the mistakes in notebooks and Python files.

    FILE is a notebook, a Python file, or a folder with such files. The lab's functions (one_hot,
    softmax, nll, sigmoid, dsigmoid) and every class with a network's methods are judged by what
    they compute; each mistake is named, with the line where it is.

    Only imports, definitions and constants of a file are executed. Where they are no network that
    can be judged so, a file that trains one is run as a whole, with small data in place of what
    pandas, scikit-learn and packages that are not here would load, until its parameters have
    changed a few times. Both run with your own rights, in a process with limits on time, memory
    and output: that guards against accidents, it is no sandbox against malice.

    What is wrong on purpose is left out by the cell tag chainrule-skip, or by a comment
    "# chainrule: skip" in the cell.

    The environment variable CHAINRULE_MAX_HINT limits what --hint may ask for. The exit code is
    2 if a file could not be read, else 1 if something is wrong, else 3 if of some file nothing
    could be judged, else 0.
    """
    from chainrule.checking.diagnosis.verdict import limit

    hint = min(hint, limit())
    files = list(_files(paths))
    outcomes = []
    bar = progress_bar(len(files), "file", "Check") if len(files) > 1 else None
    try:
        asked = _Asked(timeout, draw=page is not None and hint > WHETHER)
        with contextlib.closing(_outcomes(files, asked, jobs or _processors())) as judged:
            for outcome in judged:
                outcomes.append(outcome)
                if bar is not None:
                    bar.clear()
                _show(outcome, hint, as_json)
                if bar is not None:
                    bar.update()
    finally:
        if bar is not None:
            bar.close()
    if page is not None:
        _write_page(page, outcomes, hint)
    if len(files) > 1 and not as_json:
        if hint > WHETHER:
            _show_table(outcomes)
        _show_sums(outcomes)
    if any(outcome.error for outcome in outcomes):
        raise SystemExit(UNREADABLE)
    if any(outcome.is_wrong for outcome in outcomes):
        raise SystemExit(WRONG)
    if not all(outcome.is_judged for outcome in outcomes):
        raise SystemExit(NOT_JUDGED)


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    """The files, and of folders the notebooks and modules below them, each once."""
    listed = set()
    for path in paths:
        files = [path]
        if path.is_dir():
            below = sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES)
            files = [p for p in below if p.is_file() and not _is_hidden(p.relative_to(path))]
            if not files:
                raise ChainruleError(f"{path} holds no notebook (.ipynb) and no Python file (.py)")
        for file in files:
            if file.absolute() not in listed:
                listed.add(file.absolute())
                yield file


def _is_hidden(path: Path) -> bool:
    """Whether it is in a folder of a program's own, such as .ipynb_checkpoints."""
    return any(part.startswith(".") or part == "__pycache__" for part in path.parts)


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _outcomes(files: Sequence[Path], asked: _Asked, jobs: int) -> Generator[Outcome]:
    """Judge files, several at a time; what became of each, in their order."""
    if len(files) == 1 or jobs == 1:
        for file in files:
            yield judge_file(file, asked.timeout, asked.draw)
        return
    # In a folder of ours: a worker that is ended as it makes its own leaves that one behind.
    with tempfile.TemporaryDirectory(prefix="chainrule-", ignore_cleanup_errors=True) as folder:
        yield from _outcomes_of_workers(files, asked, min(jobs, len(files)), folder)


def _outcomes_of_workers(
    files: Sequence[Path], asked: _Asked, workers: int, folder: str
) -> Generator[Outcome]:
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, context, _prepare_worker, (folder,))
    futures = [pool.submit(_judge_in_worker, file, asked) for file in files]
    try:
        for file, future in zip(files, futures, strict=True):
            try:
                yield future.result()
            except BrokenProcessPool:
                yield Outcome(file, error=f"{file}: the process that judged it was ended")
    except (KeyboardInterrupt, GeneratorExit):
        for process in multiprocessing.active_children():
            process.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _prepare_worker(folder: str) -> None:
    """Leave Ctrl-C to the parent, which then asks for an end; keep temporary folders in one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end_worker)
    tempfile.tempdir = folder


def _end_worker(_number: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise SystemExit


def _judge_in_worker(path: Path, asked: _Asked) -> Outcome:
    try:
        return judge_file(path, asked.timeout, asked.draw)
    except SystemExit:  # the pool would take it for a result, and hand out the next file
        os._exit(UNREADABLE)


def judge_file(path: Path, timeout: float, draw: bool = False) -> Outcome:
    """Judge one file, with graphs if they are to be drawn; what goes wrong is in the outcome."""
    from chainrule.checking.diagnosis import judge
    from chainrule.checking.diagnosis.located import located_in
    from chainrule.checking.learner.remote import RemoteDesk
    from chainrule.checking.learner.source import read_source
    from chainrule.checking.record.findings import with_training

    try:
        with RemoteDesk(path, timeout) as desk:
            findings, notes = judge(desk), tuple(desk.notes)
        findings = located_in(read_source(path), findings)
        return Outcome(path, with_training(path, findings, timeout / 2, draw=draw), notes)
    except ChainruleError as error:
        return Outcome(path, error=str(error))
    except Exception as error:  # one file must not end the batch, even by a fault of ours
        text = f"{path}: this should not happen ({type(error).__name__}: {error})"
        return Outcome(path, error=f"{text}; please report it with the file")


def _write_page(path: Path, outcomes: Sequence[Outcome], hint: int) -> None:
    from chainrule.report.verdicts import FileVerdict, verdicts_html
    from chainrule.runs.folder import write_whole

    files = [
        FileVerdict(
            click.format_filename(o.path), tuple(_shown(o, hint)),
            (*map(_in_words, o.notes), *filter(None, [o.error])),
        )
        for o in outcomes
    ]  # fmt: skip
    write_whole(path, verdicts_html(files, max(hint, 1)))


def _show(outcome: Outcome, hint: int, as_json: bool) -> None:
    from chainrule.checking.diagnosis.text import Look, Teller

    name = click.format_filename(outcome.path)
    if outcome.error:
        if as_json:
            click.echo(_compact({"file": name, "error": outcome.error}))
        click.echo(f"chainrule: {outcome.error}", err=True)
        return
    if as_json:
        results = [finding.to_dict(max(hint, 1)) for finding in _shown(outcome, hint)]
        click.echo(_compact({"file": name, "results": results}))
        for note in outcome.notes:
            click.echo(f"chainrule: {name}: {_in_words(note)}", err=True)
        return
    click.echo(click.style(name, bold=True))
    for note in outcome.notes:
        click.echo(f"  note: {_in_words(note)}")
    if not outcome.findings:
        click.echo("  Not judged: none of the lab's functions and no training was found in it.")
    width = max((len(_title(finding)) for finding in outcome.findings), default=0)
    teller = Teller(max(hint, 1))
    looks: dict[Look, dict[str, Any]] = {
        Look.TITLE: {"bold": True}, Look.UNDERLINE: {"fg": "red", "bold": True}
    }  # fmt: skip
    for finding in _shown(outcome, hint):
        click.echo(f"  {_title(finding):{width}}  {_verdict(finding, width)}")
        for line in teller.lines(finding):
            click.echo(click.style(line.text, **looks.get(line.look, {})))
    click.echo()


def _shown(outcome: Outcome, hint: int) -> "Sequence[Finding]":
    """The findings as far as a hint goes."""
    if hint == WHETHER:
        return [finding.whether() for finding in outcome.findings]
    return outcome.findings


def _compact(data: dict[str, Any]) -> str:
    return json.dumps(data, separators=(",", ":"))


def _in_words(note: "Note") -> str:
    from chainrule.checking.diagnosis.blame import place_in_words

    where = place_in_words(note.cell, note.line)
    return ": ".join(part for part in (where, note.message, note.source) if part)


def _title(finding: "Finding") -> str:
    return f"{finding.name} #{finding.definition}" if finding.definition > 1 else finding.name


def _verdict(finding: "Finding", width: int) -> str:
    from chainrule.checking.diagnosis.blame import place_in_words
    from chainrule.checking.diagnosis.text import WIDTH

    if finding.passed:
        return click.style("right", fg="green")
    wrong = finding.passed is False
    word = "WRONG" if wrong else "not judged"
    style: dict[str, Any] = {"fg": "red", "bold": True} if wrong else {"fg": "yellow"}
    where = place_in_words(finding.cell, finding.line).replace(" ", "\N{NO-BREAK SPACE}")
    more = [", ".join(finding.faults) if wrong else "", f"({where})" if where else ""]
    begin = width + 4 + len(word) + 1
    rest = textwrap.fill(
        " ".join(filter(None, more)), max(WIDTH, begin + 20), initial_indent=" " * begin,
        subsequent_indent=" " * begin, break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
    said = f"{click.style(word, **style)} {rest[begin:]}"
    return said.replace("\N{NO-BREAK SPACE}", " ").rstrip()


def _show_table(outcomes: Sequence[Outcome]) -> None:
    """How often each mistake was found, and in how many files."""
    times: Counter[str] = Counter()
    files: Counter[str] = Counter()
    for outcome in outcomes:
        faults = [fault for finding in outcome.findings for fault in finding.faults]
        times.update(faults)
        files.update(set(faults))
    if times:
        click.echo("times  files  mistake")
        for fault, count in sorted(times.items(), key=lambda item: (-item[1], item[0])):
            click.echo(f"{count:5d}  {files[fault]:5d}  {fault}")
        click.echo()


def _show_sums(outcomes: Sequence[Outcome]) -> None:
    """How many files and functions are wrong."""
    verdicts = Counter(finding.passed for o in outcomes for finding in o.findings)
    with_mistakes = sum(outcome.is_wrong for outcome in outcomes)
    unreadable = sum(bool(outcome.error) for outcome in outcomes)
    unjudged = sum(not outcome.is_judged for outcome in outcomes) - unreadable
    click.echo(
        f"{len(outcomes)} files: {with_mistakes} with mistakes, "
        f"{len(outcomes) - with_mistakes - unreadable - unjudged} without, "
        f"{unjudged} not judged, {unreadable} not read"
    )
    click.echo(
        f"{verdicts.total()} functions and methods: {verdicts[False]} wrong, "
        f"{verdicts[True]} right, {verdicts[None]} not judged"
    )
