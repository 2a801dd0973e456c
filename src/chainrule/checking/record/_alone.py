"""Functions of the lab's names, by what their file calls them with where no training tells."""

import ast
from collections.abc import Sequence

from chainrule.checking.diagnosis.finding import Finding
from chainrule.checking.diagnosis.readings import ACTIVATIONS, COLUMNS, LAB, ONE
from chainrule.checking.learner.budget import Budget
from chainrule.checking.learner.imports import HEAVY
from chainrule.checking.learner.source import Source
from chainrule.checking.learner.uses import shows_columns, shows_rows
from chainrule.checking.record._source.about import keeps_contract
from chainrule.checking.record._standins.form import Form
from chainrule.checking.record.recorder import Recorder, Run
from chainrule.checking.record.table import Called, Table, nothing

_NOT_USED_HERE = "what is right depends on how it is used, and nothing here uses it in a training"


def by_themselves(
    source: Source,
    findings: Sequence[Finding],
    budget: Budget | None,
    *,
    of_lab: bool = False,
) -> tuple[Finding, ...]:
    """The findings on functions, by what the file calls them with, as a run of it shows.

    Where it keeps the lab's contract they are held to that, unless all of it runs, and its
    functions call them with single samples alone. Elsewhere each that the calls do not tell of is
    wrong only if it is so in all usual uses.

    Args:
        source: the file.
        findings: on its definitions.
        budget: what its code may still take.
        of_lab: whether classes in it keep the lab's contract.
    """
    wrong = [f for f in findings if f.passed is False and "." not in f.name]
    if not any(finding.readings or finding.problem for finding in wrong):
        return tuple(findings)
    with Recorder(source.path, budget) as recorder:
        (run,) = recorder.record([Run(Form(), watch=True)])
    table = run if isinstance(run, Table) else nothing("")
    of_others = any(name.split(".", maxsplit=1)[0] not in HEAVY for name in table.standins)
    own_nll = any(f.name == "nll" and _may_be_used(f, table, source, LAB) for f in wrong)
    of_lab = of_lab or (keeps_contract(source, but_nll=own_nll) and not of_others)
    useful = [
        f for f in wrong
        if (_takes_single_samples(f, table) if of_lab else _may_be_used(f, table, source))
    ]  # fmt: skip
    return tuple(unless_accused(f, _NOT_USED_HERE) if f in useful else f for f in findings)


def _takes_single_samples(finding: Finding, table: Table) -> bool:
    """Whether the file's functions call one with these alone, and it is right for them."""
    calls = _calls_of(finding, table)
    alone = all(call.axes <= _axes_of_one(finding) for call in calls)
    is_right = ONE in finding.readings or _works(finding, table)
    inner = any(call.inner for call in calls)
    return is_right and alone and inner and table.stop.kind == ""


def _may_be_used(finding: Finding, table: Table, source: Source, but: str = "") -> bool:
    """Whether a function is right for something that the calls of it may have been meant for.

    Where it fails by the lab's contract alone, and not where it is called, it is another function.

    Args:
        finding: on it.
        table: of a run of the file. What is made up there is no batch because it looks like one.
        source: the file.
        but: a use that does not count.
    """
    if _works(finding, table):
        return True
    known = [] if table.standins else _calls_of(finding, table)
    against = {
        ONE: any(call.axes > _axes_of_one(finding) for call in known),
        ACTIVATIONS: any(call.beyond for call in known),
        COLUMNS: takes_batches_of_rows(source),
        but: True,
    }
    return any(not against.get(reading) for reading in finding.readings)


def _works(finding: Finding, table: Table) -> bool:
    """Whether what fails by the lab's contract is called in the file, and does not fail there."""
    failed = table.stop.problem is not None and table.stop.problem.function == finding.name
    return finding.problem is not None and bool(_calls_of(finding, table)) and not failed


def _calls_of(finding: Finding, table: Table) -> list[Called]:
    return [call for call in table.calls if call.name == finding.name.lower()]


def _axes_of_one(finding: Finding) -> int:
    """How many axes a single sample has, or its label."""
    return 0 if finding.name.lower() == "one_hot" else 1


def takes_batches_of_rows(source: Source) -> bool:
    """Whether samples are rows in a file, which takes them neither as columns nor one by one."""
    trees = [cell.tree for cell in source.cells]
    loops = any(isinstance(n, ast.For | ast.While | ast.comprehension)
                for tree in trees for n in ast.walk(tree))  # fmt: skip
    return any(map(shows_rows, trees)) and not any(map(shows_columns, trees)) and not loops


def unless_accused(finding: Finding, reason: str) -> Finding:
    """A finding, not judged where it accuses.

    What is wrong by the customs of the lab, with samples in rows and batches of them, may be right
    where it is used: a softmax of columns, a sigmoid of one number.
    """
    if finding.passed is not False or finding.faults == ("not-implemented",):
        return finding
    return Finding(finding.name, finding.definition, passed=None, reason=reason,
                   cell=finding.cell, line=finding.line)  # fmt: skip
