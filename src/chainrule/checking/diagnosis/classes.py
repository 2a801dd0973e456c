"""Judges a network class: each of its methods, at every way of making an object of it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from chainrule.checking.diagnosis.blame import Blame
from chainrule.checking.diagnosis.code import (
    definition_fails,
    fault_of_code,
    is_halted,
    left_to_do,
    placed,
)
from chainrule.checking.diagnosis.finding import Finding
from chainrule.checking.diagnosis.methods import Methods
from chainrule.checking.diagnosis.probes import N
from chainrule.checking.diagnosis.recognition import spellings
from chainrule.checking.diagnosis.spelling import Spelling
from chainrule.checking.learner.desk import LAB_METHODS, Definition, Desk, Problem, Reply, Request

_NO_PARAMETERS = "an object of this class was made, and no parameters are known in it"
MOST_CLASSES = 100  # with which a network is tried that was written for another number


def judge_network(desk: Desk, place: int, references: dict[str, str]) -> list[Finding]:
    """Judge every method of a network class; an empty list if the class is none."""
    definition = desk.definitions[place]
    methods = [name for name in LAB_METHODS if name in (definition.methods or {})]
    names = {m: f"{definition.name}.{definition.called.get(m, m)}" for m in methods}
    if definition.problem is not None:
        return [
            placed(definition_fails(n, definition.problem), definition) for n in names.values()
        ]
    ways, problem = spellings(desk, place)
    if problem is not None and "abstract" in problem.text:
        return []
    if not ways:
        return (
            [placed(_unmade(m, n, definition, problem), definition) for m, n in names.items()]
            if (problem is not None or definition.blanks)
            else []
        )
    results = [_judged_at(desk, spelling, references, names) for spelling in ways]
    return [
        _unless_inherited(
            _placed(_worst([r[name] for r in results if name in r]), definition), definition
        )
        for name in methods if any(name in r for r in results)
    ]  # fmt: skip


def _unless_inherited(finding: Finding, definition: Definition) -> Finding:
    """A finding on a method; not judged if it fails and was written for another class."""
    fails = finding.passed is False and finding.problem is not None and not finding.blames
    here = definition.cell or 0, definition.line or 0
    cell, line = definition.places.get(finding.name.partition(".")[2], here)
    if not fails or (cell or 0, line) >= here:
        return finding
    reason = "it is inherited from a class for which it was written, and fails in this one"
    return replace(finding, passed=None, problem=None, reason=reason)


def _judged_at(
    desk: Desk, spelling: Spelling, references: dict[str, str], names: dict[str, str]
) -> dict[str, Finding]:
    """The findings on one way of making a class: which may fail only for the number of classes."""
    found = Methods(desk, spelling, references, names).judge()
    called = desk.definitions[spelling.place].called
    doubtful = {method for method in called if method in found and not found[method].passed}
    if doubtful:  # it may be something else than its name says
        desk = _Without(desk, spelling.place, frozenset(doubtful))
        names = {method: name for method, name in names.items() if method not in doubtful}
        found = Methods(desk, spelling, references, names).judge()
    for count in sorted(_other_counts(found.values(), spelling)):
        several = Methods(desk, spelling.of_classes(count), references, names).judge()
        for method, finding in found.items():
            if finding.passed is False and finding.problem and several[method].passed:
                reason = (
                    f"{names[method]} is right for {count} classes, and fails for any other number"
                )
                blame = Blame("fixed-classes", names[method], str(count))
                found[method] = Finding(
                    names[method], passed=False, blames=(blame,), reason=reason
                )
    return found


@dataclass(frozen=True)
class _Without:
    """A desk on which a class has no methods for some of the lab's."""

    desk: Desk
    place: int
    methods: frozenset[str]

    @property
    def definitions(self) -> Sequence[Definition]:
        definitions = list(self.desk.definitions)
        here = definitions[self.place]
        kept = {name: takes for name, takes in (here.methods or {}).items()
                if name not in self.methods}  # fmt: skip
        definitions[self.place] = replace(here, methods=kept)
        return definitions

    def ask(self, requests: Sequence[Request]) -> list[Reply]:
        return self.desk.ask(requests)


def _other_counts(findings: Iterable[Finding], spelling: Spelling) -> set[int]:
    """The sizes that code of a class stopped at which are none of its own, nor the samples'."""
    problems = [f.problem for f in findings if f.passed is False and f.problem and not f.blames]
    stopped = [p for p in problems if p.kind in ("ValueError", "IndexError")]
    sizes = {int(n) for p in stopped for n in re.findall(r"\b\d+\b", p.text)}
    fixed = not spelling.made or spelling.made[-1] != spelling.sizes[-1]
    return set() if fixed else {n for n in sizes if 1 < n <= MOST_CLASSES} - {N, *spelling.sizes}


def _placed(finding: Finding, definition: Definition) -> Finding:
    """A finding with its place: that of the constructor, where the mistake is in what it makes."""
    at = placed(finding, definition)
    if "wrong-shape" in finding.faults and "__init__" in definition.places:
        cell, line = definition.places["__init__"]
        return replace(at, cell=cell, line=line)
    return at


def _worst(findings: Sequence[Finding]) -> Finding:
    """Of the same method at several depths: a mistake first, then what could not be judged."""
    return min(findings, key=lambda f: {False: 0, True: 1, None: 2}[f.passed])


def _unmade(method: str, name: str, definition: Definition, problem: Problem | None) -> Finding:
    if "__init__" in definition.blanks or (problem is None and method in definition.blanks):
        return left_to_do(name)
    if problem is None:
        return Finding(name, passed=None, reason=_NO_PARAMETERS)
    if problem.kind == "Unknown":
        return Finding(name, passed=None, reason=problem.text)
    reason = "no object of this class could be made"
    unknown = Finding(name, passed=None, problem=problem, reason=reason)
    return unknown if is_halted(problem) else fault_of_code(name, problem) or unknown
