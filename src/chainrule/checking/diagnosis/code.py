"""Faults of the code rather than of a formula: told by the exception and the source."""

from collections.abc import Sequence
from dataclasses import replace

from chainrule.checking.diagnosis.blame import Blame
from chainrule.checking.diagnosis.finding import Finding
from chainrule.checking.learner.desk import OF_A_LIBRARY, Definition, Leaves, Problem, Reply

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
    kind, text = problem.kind, problem.text
    shown = ""
    if kind == "UnboundLocalError" or (kind == "TypeError" and problem.local):
        shown = "shadows-function"
    elif kind == "SyntaxError" and text.startswith("it does not parse"):
        shown = "does-not-parse"
    elif kind == "NameError" and not problem.imported:
        shown = "reads-notebook-variable" if problem.notebook else "misspelt-name"
    elif kind == "IndexError" and ("integer" in text or "must be of integer" in text):
        shown = "labels-not-integers"
    elif kind in ("AttributeError", "TypeError"):
        shown = _blame_for_a_name(problem)
    return shown


def _blame_for_a_name(problem: Problem) -> str:
    """The same of an attribute, or an argument, that there is not."""
    of_module = problem.kind == "AttributeError" and problem.text.startswith("module ")
    of_library = problem.kind == "TypeError" and problem.owner == OF_A_LIBRARY
    if of_module or of_library:
        return "misspelt-name" if problem.near else "not-in-library"
    of_nothing = "None" in problem.owner
    named = problem.kind == "AttributeError" or (problem.name and "argument" in problem.text)
    return "misspelt-name" if named and problem.near and not of_nothing else ""


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
    last = [reply.results[-1] if reply.results else None for reply in replies]
    nothing = not raised and all(
        result is not None and all(leaf is None for leaf in result.values()) for result in last
    )
    gives_up = any(problem.kind == "NotImplementedError" for problem in raised)
    if gives_up or ((nothing or raised) and "" in definition.blanks):
        return left_to_do(name)
    if nothing:
        return no_numbers(name, last[0])
    return _halted(name, raised[0]) if len(raised) == len(replies) else None


def no_numbers(name: str, result: Leaves | None) -> Finding:
    """A finding for what runs to its end, and gives nothing back, or what is no number."""
    reason = f"{name} returns no numbers: is a `return` missing?"
    blames = (Blame("missing-return", name),) if result == {} else ()
    return Finding(name, passed=False, blames=blames, reason=reason)


def _halted(name: str, problem: Problem) -> Finding | None:
    """A finding for what every call ended in, if it says enough."""
    if is_halted(problem):
        return Finding(name, passed=None, problem=problem, reason=problem.text)
    return fault_of_code(name, problem)


def definition_fails(name: str, problem: Problem) -> Finding:
    """A finding for what could not even be defined."""
    reason = problem.text if problem.kind == "Overwritten" else "it could not be defined"
    unknown = Finding(name, passed=None, problem=problem, reason=reason)
    return unknown if is_halted(problem) else fault_of_code(name, problem) or unknown


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
