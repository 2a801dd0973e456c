"""Recorded runs of source text, in the process of the test."""

from collections.abc import Mapping
from pathlib import Path

from chainrule.checking.learner.project import modules_of
from chainrule.checking.learner.source import Source, read_source
from chainrule.checking.record._standins.form import Form
from chainrule.checking.record._steps.generic import generic, shifted
from chainrule.checking.record._steps.opinion import SHIFT
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._tape.operations import Array
from chainrule.checking.record.coding import decode, encode
from chainrule.checking.record.judge import judge, liveliness
from chainrule.checking.record.judged import Judged
from chainrule.checking.record.recorder import Recorder
from chainrule.checking.record.run import record
from chainrule.checking.record.table import Table
from chainrule.checking.record.trainings import judge_trainings, judged_layers
from learner_files import write_notebook

SECONDS = 20.0  # of processor time; none of these comes near


def source_of(folder: Path, text: str) -> Source:
    """A file; a notebook if lines of `# %%` divide the text into cells."""
    cells = text.split("# %%\n")
    if len(cells) > 1:
        return read_source(write_notebook(folder / "training.ipynb", cells))
    path = folder / "training.py"
    path.write_text(text, encoding="utf-8")
    return read_source(path)


def recorded(
    folder: Path, text: str, seed: int = 0, first: Mapping[int, Array] | None = None
) -> Table:
    """What a source computes, by way of its bytes."""
    source = source_of(folder, text)
    table = record(source, Form(), seed, first or {}, SECONDS)
    return decode(encode(table), {module.file for module in modules_of(source).values()})


def runs_of(folder: Path, text: str) -> tuple[list[Table], Table]:
    """Three runs with different first values, and the first of them a little off."""
    scout = Runs([recorded(folder, text)])
    first = [generic(scout, seed) for seed in range(4)]
    tables = [recorded(folder, text, seed, values) for seed, values in enumerate(first)]
    lively = sorted(range(4), key=lambda i: -liveliness(tables[i]))[:3]
    chosen = lively[0]
    moved = recorded(folder, text, chosen, shifted(first[chosen], chosen, SHIFT))
    return [tables[i] for i in lively], moved


def judged(folder: Path, text: str) -> Judged:
    return judge(*runs_of(folder, text))


def judged_file(path: Path) -> Judged:
    with Recorder(path) as recorder:
        return judge_trainings(recorder)[0]


def judged_parts(path: Path) -> dict[str, Judged]:
    with Recorder(path) as recorder:
        return judged_layers(recorder)


def assert_told_apart(folder: Path, text: str, right: str, wrong: str) -> None:
    """A training is judged right, and wrong at the line of one mistake."""
    assert text.count(right) == 1
    assert judged_file(source_of(folder, text).path).mistakes == ()
    verdict = judged_file(source_of(folder, text.replace(right, wrong)).path)
    line = text[: text.index(right)].count("\n") + 1
    assert [mistake.code.line for mistake in verdict.mistakes] == [line]
