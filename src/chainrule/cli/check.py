"""chainrule check: learners' notebooks and modules, judged side by side."""

import contextlib
import json
import os
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from chainrule.checking import chance
from chainrule.checking.batch import Outcome, Terms, judge_files
from chainrule.checking.hints import WHETHER, WIDTH, limit, place_in_words
from chainrule.checking.learner import process
from chainrule.checking.learner.budget import SECONDS
from chainrule.checking.learner.salvage import Note
from chainrule.cli._outputs import check_output
from chainrule.cli._progress import progress_bar
from chainrule.cli._streams import say, styled
from chainrule.errors import ChainruleError

WRONG, UNREADABLE, NOT_JUDGED = 1, 2, 3
SUFFIXES = (".ipynb", ".py")
_LOOKS: dict[str, dict[str, Any]] = {
    "title": {"bold": True}, "underline": {"fg": "red", "bold": True}
}  # fmt: skip


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
    default=1,
    show_default=True,
    help="How much to say: 0 only whether it is right, 1 what shows and which mistake it is, 2 "
    "the idea behind it, 3 the formula and why it is right.",
)
@click.option(
    "--lab",
    "is_lab",
    is_flag=True,
    help="Judge by chainrule's own lab: by the text of its exercises, and by the cells after "
    "them. Files in which a part of it is started are judged so in any case.",
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
    default=SECONDS,
    show_default=True,
    metavar="SECONDS",
    help="Processor time for all code of a file together; what takes longer is stopped and not "
    "judged.",
)
@click.option(
    "--html",
    "page",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="PAGE",
    help="Write the verdicts to this HTML page too, with a graph of each judged training.",
)
@click.option(
    "--seed",
    type=click.IntRange(0, chance.MOST - 1),
    metavar="NUMBER",
    help="Of the numbers on which code is tried. [default: others each time, and said]",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object on a line for each file."
)
def check(
    paths: tuple[Path, ...],
    hint: int,
    is_lab: bool,
    jobs: int | None,
    timeout: float,
    page: Path | None,
    seed: int | None,
    as_json: bool,
) -> None:
    """Find the mistakes in notebooks and Python files.

    FILE is a notebook, a Python file, or a folder with such files. The lab's functions (one_hot,
    softmax, nll, sigmoid, dsigmoid) and every class with a network's methods are judged by what
    they compute; each mistake is named, with the line where it is.

    Only imports, definitions and constants of a file are executed. Where they are no network that
    can be judged so, a file that trains one is run as a whole, with small data in place of files
    and packages that are not here, pandas and scikit-learn, until its parameters have changed a
    few times; what nothing in it calls is called. Both run with your own rights, in a
    process with limits on time, memory and output: that guards against accidents, it is no
    sandbox against malice.

    What is wrong on purpose is left out by the cell tag chainrule-skip, or by a comment
    "# chainrule: skip" in the cell; a note says so.

    The environment variable CHAINRULE_MAX_HINT limits what --hint may ask for. The exit code is
    2 if a file could not be read, else 1 if something is wrong, else 3 if of some file nothing
    could be judged, else 0.
    """
    from chainrule.lab import PARTS

    hint = min(hint, limit())
    seed = chance.drawn() if seed is None else seed
    terms = Terms(timeout, hint, page is not None and hint > WHETHER, seed, str(PARTS), is_lab)
    process.prepare()
    files = list(_files(paths))
    check_output(page, "--html", (".html", ".htm"), files)
    outcomes = []
    bar = progress_bar(len(files), "file", "Check") if len(files) > 1 else None
    try:
        with contextlib.closing(judge_files(files, jobs or _processors(), terms)) as judged:
            for outcome in judged:
                outcomes.append(outcome)
                if bar is not None:
                    bar.clear()
                _show(outcome, seed, as_json)
                if bar is not None:
                    bar.update()
    finally:
        if bar is not None:
            bar.close()
    if page is not None:
        _write_page(page, outcomes)
    if len(files) > 1 and not as_json:
        if hint > WHETHER:
            _show_table(outcomes)
        _show_sums(outcomes)
    if not as_json and any(outcome.results for outcome in outcomes):
        say(f"Tried on numbers drawn with --seed {seed}")
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


def _write_page(path: Path, outcomes: Sequence[Outcome]) -> None:
    from chainrule.report.verdicts import FileVerdict, verdicts_html
    from chainrule.runs.folder import write_whole

    files = [
        FileVerdict(
            click.format_filename(o.path), o.page,
            (*map(_in_words, o.notes), *filter(None, [o.error])),
        )
        for o in outcomes
    ]  # fmt: skip
    write_whole(path, verdicts_html(files))


def _show(outcome: Outcome, seed: int, as_json: bool) -> None:
    name = click.format_filename(outcome.path)
    if outcome.error:
        if as_json:
            say(_compact({"file": name, "error": outcome.error}))
        say(f"chainrule: {outcome.error}", err=True)
        return
    if as_json:
        say(_compact({"file": name, "seed": seed, "results": outcome.results}))
        for note in outcome.notes:
            say(f"chainrule: {name}: {_in_words(note)}", err=True)
        return
    say(name, bold=True)
    for note in outcome.notes:
        say(f"  note: {_in_words(note)}")
    if not outcome.results:
        say("  Not judged: none of the lab's functions and no training was found in it.")
    width = max((len(_title(result)) for result in outcome.results), default=0)
    for result, lines in zip(outcome.results, outcome.lines, strict=True):
        click.echo(f"  {styled(_title(result)):{width}}  {_verdict(result, width)}")
        for look, text in lines:
            say(text, **_LOOKS.get(look, {}))
    say()


def _compact(data: Mapping[str, Any]) -> str:
    return json.dumps(data, separators=(",", ":"))


def _in_words(note: Note) -> str:
    where = place_in_words(note.cell, note.line)
    return ": ".join(part for part in (where, note.message, note.source) if part)


def _title(result: Mapping[str, Any]) -> str:
    name, number = result["name"], result["definition"]
    return f"{name} #{number}" if number > 1 else name


def _verdict(result: Mapping[str, Any], width: int) -> str:
    if result["passed"]:
        return click.style("right", fg="green")
    wrong = result["passed"] is False
    word = "WRONG" if wrong else "not judged"
    style: dict[str, Any] = {"fg": "red", "bold": True} if wrong else {"fg": "yellow"}
    at: Mapping[str, Any] = next(iter(result["mistakes"]), {})
    at = at if at.get("file") else result  # in a module it is told there, not where that is called
    where = place_in_words(at["cell"], at["line"], at.get("file"))
    where = where.replace(" ", "\N{NO-BREAK SPACE}")
    more = [", ".join(result["faults"]) if wrong else "", f"({where})" if where else ""]
    begin = width + 4 + len(word) + 1
    rest = textwrap.fill(
        styled(" ".join(filter(None, more))), max(WIDTH, begin + 20), initial_indent=" " * begin,
        subsequent_indent=" " * begin, break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
    said = f"{click.style(word, **style)} {rest[begin:]}"
    return said.replace("\N{NO-BREAK SPACE}", " ").rstrip()


def _show_table(outcomes: Sequence[Outcome]) -> None:
    """How often each mistake was found, and in how many files."""
    times: Counter[str] = Counter()
    files: Counter[str] = Counter()
    for outcome in outcomes:
        faults = [fault for result in outcome.results for fault in result["faults"]]
        times.update(faults)
        files.update(set(faults))
    if times:
        say("times  files  mistake")
        for fault, count in sorted(times.items(), key=lambda item: (-item[1], item[0])):
            say(f"{count:5d}  {files[fault]:5d}  {fault}")
        say()


def _show_sums(outcomes: Sequence[Outcome]) -> None:
    """How many files and functions are wrong."""
    verdicts = Counter(result["passed"] for o in outcomes for result in o.results)
    with_mistakes = sum(outcome.is_wrong for outcome in outcomes)
    unreadable = sum(bool(outcome.error) for outcome in outcomes)
    unjudged = sum(not outcome.is_judged for outcome in outcomes) - unreadable
    say(
        f"{len(outcomes)} files: {with_mistakes} with mistakes, "
        f"{len(outcomes) - with_mistakes - unreadable - unjudged} without, "
        f"{unjudged} not judged, {unreadable} not read"
    )
    say(
        f"{verdicts.total()} functions and methods: {verdicts[False]} wrong, "
        f"{verdicts[True]} right, {verdicts[None]} not judged"
    )
    in_part = sum(
        outcome.is_judged
        and not outcome.is_wrong
        and any(result["passed"] is None for result in outcome.results)
        for outcome in outcomes
    )
    if in_part:
        files = f"{in_part} files" if in_part > 1 else "1 file"
        say(f"Of those without mistakes, {files} had something not written yet or not judged")
