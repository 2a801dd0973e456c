"""Faults of the code rather than of a formula: told by the exception and the source."""

from collections.abc import Sequence
from dataclasses import replace

from chainrule.checking.diagnosis.blame import Blame
from chainrule.checking.diagnosis.finding import Finding
from chainrule.checking.learner.desk import Definition, Problem, Reply

# Limits that code runs into: they say nothing of what it computes.
TOO_MUCH = ("TimeoutError", "MemoryError", "Killed")
# What else keeps it from being judged.
HALTS = (
    *TOO_MUCH,
    *("OutputError", "EOFError", "SystemExit"),
    *("SyntaxError", "Overwritten"),
)


def blame_for_problem(problem: Problem) -> str:
    """The id of the fault that an exception shows, "" if it shows none."""
    if problem.kind == "UnboundLocalError" or (problem.kind == "TypeError" and problem.local):
        return "shadows-function"
    if problem.kind == "NameError":
        if problem.imported:
            return ""
        return "reads-notebook-variable" if problem.notebook else "misspelt-name"
    if problem.kind == "AttributeError":
        nothing = "None" in problem.owner
        return "misspelt-name" if problem.near and not nothing else ""
    if problem.kind == "IndexError" and (
        "integer" in problem.text or "must be of integer" in problem.text
    ):
        return "labels-not-integers"
    return ""


def fault_of_code(name: str, problem: Problem | None) -> Finding | None:
    """A finding for the fault that an exception shows; None if it shows none."""
    code = "" if problem is None else blame_for_problem(problem)
    if not code:
        return None
    return Finding(name, passed=False, blames=(Blame(code, name),), problem=problem)


def is_halted(problem: Problem) -> bool:
    """Whether an exception keeps code from being judged, and says nothing of what it computes."""
    return problem.imported or problem.kind in HALTS


def unjudged(name: str, definition: Definition, replies: Sequence[Reply]) -> Finding | None:
    """A finding, if the code is left to do or could not be run at all; None if it was run."""
    if definition.problem is not None:
        return definition_fails(name, definition.problem)
    problems = [reply.problem for reply in replies]
    raised = [problem for problem in problems if problem is not None]
    nothing = all(
        problem is None
        and reply.results
        and all(leaf is None for leaf in reply.results[-1].values())
        for problem, reply in zip(problems, replies, strict=True)
    )
    gives_up = any(problem.kind == "NotImplementedError" for problem in raised)
    if gives_up or ((nothing or raised) and "" in definition.blanks):
        return left_to_do(name)
    if nothing:
        return Finding(
            name, passed=False, reason=f"{name} returns no numbers: is a `return` missing?"
        )
    return _halted(name, raised[0]) if len(raised) == len(replies) else None


def _halted(name: str, problem: Problem) -> Finding | None:
    """A finding for what every call ended in, if it says enough."""
    if is_halted(problem):
        return Finding(name, passed=None, problem=problem, reason=problem.text)
    return fault_of_code(name, problem)


def definition_fails(name: str, problem: Problem) -> Finding:
    """A finding for what could not even be defined."""
    reason = problem.text if problem.kind == "Overwritten" else "it could not be defined"
    unknown = Finding(name, passed=None, problem=problem, reason=reason)
    return fault_of_code(name, problem) or unknown


def left_to_do(name: str) -> Finding:
    """A finding for what has a mark in place of its code."""
    return Finding(name, passed=None, blames=(Blame("not-implemented", name),))


def placed(finding: Finding, definition: Definition) -> Finding:
    """A finding with its place: where the exception was raised, else where the code begins."""
    method = finding.name.partition(".")[2]
    cell, line = definition.places.get(method, (definition.cell, definition.line))
    problem = finding.problem
    if problem is not None and problem.kind in TOO_MUCH and not finding.blames:
        finding = replace(finding, passed=None, reason=problem.text)
    if problem is not None and problem.line:
        cell, line = problem.cell, problem.line
    return replace(finding, definition=definition.number, cell=cell, line=line)
