"""One file, judged: by `batch` in a process of its own, so that it costs itself alone."""

import ast
import json
import os
import tempfile
from collections.abc import Sequence
from itertools import product
from pathlib import Path

from chainrule.checking import chance
from chainrule.checking.batch import Outcome, Terms
from chainrule.checking.contract.exercises import read_lab
from chainrule.checking.contract.judge import judge_lab
from chainrule.checking.diagnosis.explain import prepare_mistakes
from chainrule.checking.diagnosis.finding import Finding
from chainrule.checking.diagnosis.html import as_html
from chainrule.checking.diagnosis.judge import judge
from chainrule.checking.diagnosis.located import located_in
from chainrule.checking.diagnosis.text import Teller
from chainrule.checking.hints import HINTS, WHETHER
from chainrule.checking.learner import process
from chainrule.checking.learner.budget import Budget
from chainrule.checking.learner.remote import EndsError, RemoteDesk
from chainrule.checking.learner.salvage import Note
from chainrule.checking.learner.source import Source, nodes_of, read_source
from chainrule.checking.record.findings import prepare_roles, with_training
from chainrule.errors import ChainruleError
from chainrule.faults import catalogue, network_steps
from chainrule.faults.steps import OUTPUTS


def judge_file(path: Path, terms: Terms) -> Outcome:
    """Judge one file; whatever goes wrong with it is in the outcome.

    Args:
        path: of the file.
        terms: on which it is judged.
    """
    with chance.seeded(terms.seed):
        return _judged(path, terms)


def _judged(path: Path, terms: Terms) -> Outcome:
    budget = Budget(terms.timeout)
    try:
        with RemoteDesk(path, budget) as desk:
            held = bool(terms.lab) and (terms.is_lab or starts_a_part(read_source(path)))
            found = judge_lab(desk, read_lab(Path(terms.lab))) if held else judge(desk)
            notes = tuple(desk.notes)
        found = located_in(read_source(path), found)
        findings = found if held else with_training(path, found, budget, draw=terms.draw)
        return _outcome(path, findings, notes, terms)
    except EndsError as error:
        return Outcome.unjudged(path, str(error))
    except ChainruleError as error:
        return Outcome(path, error=str(error))
    except Exception as error:  # one file must not end the batch, even by a fault of ours
        text = f"{path}: this should not happen ({type(error).__name__}: {error})"
        return Outcome(path, error=f"{text}; please report it with the file")


def starts_a_part(source: Source) -> bool:
    """Whether a file is a notebook of the lab: it imports `start` of the lab, and calls it."""
    nodes = [node for cell in source.cells for node in nodes_of(cell.tree)]
    imports = any(
        isinstance(n, ast.ImportFrom)
        and n.module in ("chainrule.lab", "chainrule.lab.session")
        and any(alias.name == "start" for alias in n.names)
        for n in nodes
    )
    calls = (n.func for n in nodes if isinstance(n, ast.Call))
    return imports and any(
        isinstance(called, ast.Name) and called.id == "start" for called in calls
    )


def _outcome(
    path: Path, findings: Sequence[Finding], notes: tuple[Note, ...], terms: Terms
) -> Outcome:
    if terms.hint == WHETHER:
        findings = [finding.whether() for finding in findings]
    hint = max(terms.hint, HINTS[0])
    teller = Teller(hint)
    return Outcome(
        path,
        tuple(finding.to_dict(hint) for finding in findings),
        notes,
        lines=tuple([(line.look.value, line.text) for line in teller.lines(f)] for f in findings),
        page=as_html(findings, hint) if terms.draw and findings else "",
    )


def prepare() -> None:
    """Make what the judges of many files would each make anew."""
    catalogue()
    prepare_roles()
    for hidden, output in product((1, 2), OUTPUTS):
        prepare_mistakes(network_steps(hidden, output=output))


def run(path: str, terms: str, folder: str) -> None:
    """Judge a file, and write what came of it to standard output.

    Args:
        path: of the file.
        terms: on which it is judged, as JSON.
        folder: for temporary folders.
    """
    if process.FORKS:
        process.fork_nursery()  # before there is anything here that the file could look for
    tempfile.tempdir = folder
    text = memoryview(judge_file(Path(path), Terms(**json.loads(terms))).encoded())
    while text:
        text = text[os.write(1, text) :]
    process.close_nursery()
