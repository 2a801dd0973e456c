"""Judges a learner's answers to the lab's exercises, by what the lab asks and does with them.

The wider judgement of `diagnosis` names what it knows; here it is decided what is wrong. A method
is judged by itself, with right ones around it where the learner's are not. "Right" is said only if
what comes after the exercise runs as well.
"""

import difflib
from collections.abc import Sequence
from dataclasses import replace

from chainrule.checking.contract.answers import first_wrong
from chainrule.checking.contract.attempt import Attempt
from chainrule.checking.contract.exercises import Lab
from chainrule.checking.contract.explained import BLANK, explained, unfinished
from chainrule.checking.contract.following import said_of, what_fails_after
from chainrule.checking.diagnosis.code import TOO_MUCH, placed
from chainrule.checking.diagnosis.finding import Finding
from chainrule.checking.diagnosis.judge import judge
from chainrule.checking.learner.desk import LAB_FUNCTIONS, Desk, SpentError


def judge_lab(desk: Desk, lab: Lab, only: Sequence[int] | None = None) -> list[Finding]:
    """Judge the definitions on a desk: the exercises of the lab by its contract.

    Args:
        desk: where the code is.
        lab: whose exercises they may answer.
        only: places of the definitions to report on; all if it is None.

    Returns:
        A finding for each function and each method, in the order of the file.
    """
    wanted = range(len(desk.definitions)) if only is None else only
    wider: dict[tuple[str, int], list[Finding]] = {}
    for finding in judge(desk, only):
        wider.setdefault((finding.name.partition(".")[0], finding.definition), []).append(finding)
    judged: dict[int, list[Finding]] = {}
    references: dict[str, str] = {}
    for place in _functions_first(desk, lab):
        definition = desk.definitions[place]
        exercise = lab.exercise(definition.name, definition.methods or ())
        if place not in wanted and definition.name not in LAB_FUNCTIONS:
            continue
        known = wider.get((definition.name, definition.number), [])
        attempt = Attempt(desk, place, lab, exercise, references)
        try:
            findings = (_of_class if exercise.is_class else _of_function)(attempt, known)
        except SpentError as error:
            reason = str(error)
            findings = [replace(f, passed=None, blames=(), reason=reason) for f in known]
        judged[place] = findings
        if definition.name in LAB_FUNCTIONS and any(f.passed is not True for f in findings):
            references[definition.name] = "sum" if definition.name == "nll" else ""
    return [
        replace(finding, of_lab=place in judged)
        for place in wanted
        for finding in judged.get(
            place,
            wider.get((desk.definitions[place].name, desk.definitions[place].number), []),
        )
    ]


def _functions_first(desk: Desk, lab: Lab) -> list[int]:
    """The places of what answers an exercise: functions in the order of the lab, then classes."""
    order = list(lab.exercises)
    places = [
        place
        for place, definition in enumerate(desk.definitions)
        if definition.name in lab.exercises
        and lab.exercises[definition.name].is_class == (definition.methods is not None)
    ]
    return sorted(
        places,
        key=lambda p: (
            desk.definitions[p].methods is not None,
            order.index(desk.definitions[p].name),
        ),
    )


# Functions


def _of_function(attempt: Attempt, wider: Sequence[Finding]) -> list[Finding]:
    """The finding on a function, in a list."""
    # Where a function is not reported on there is none by the wider rules.
    known = wider[0] if wider else Finding(attempt.exercise.name, passed=None)
    if attempt.definition.problem is not None or _is_halted(known):
        return [known]
    if "" in attempt.definition.blanks:
        return [unfinished(attempt, known, "")]
    answers = attempt.answers("")
    if first_wrong(answers) is not None:
        return [explained(attempt, known, "", answers, answers)]
    if known.passed is False and known.faults:
        return [known]
    return _unless_stopped(attempt, [replace(known, passed=True, blames=(), reason="")])


# Classes


def _of_class(attempt: Attempt, wider: Sequence[Finding]) -> list[Finding]:
    """A finding for each method of the exercise that the class has, or should have."""
    exercise, definition = attempt.exercise, attempt.definition
    by_method = {f.name.partition(".")[2]: f for f in wider}
    if definition.problem is not None or any(map(_is_halted, wider)):
        return list(wider)
    if not attempt.is_made_as_in_the_lab:
        return _unless_stopped(attempt, list(wider))
    # What the wider rules take for one of the lab's has another name all the same.
    there = [name for name in definition.methods or () if name not in definition.called]
    findings = []
    for method in exercise.methods:
        name = f"{exercise.name}.{method}"
        known = by_method.get(method, placed(Finding(name), definition))
        absent = method not in there
        finding = _missing(attempt, name, there) if absent else _of_method(attempt, known, method)
        findings.append(finding)
        if not finding.passed:
            attempt.wrong.append(method)
    return _unless_stopped(attempt, findings)


def _of_method(attempt: Attempt, known: Finding, method: str) -> Finding:
    exercise, definition = attempt.exercise, attempt.definition
    if method in definition.blanks and method in exercise.asked:
        return unfinished(attempt, known, method)
    answers = attempt.answers(method)
    wrong = first_wrong(answers)
    waits = ""
    if wrong is None and method not in exercise.asked and definition.blanks & {*exercise.asked}:
        alone = attempt.asked(attempt.trials(method)[:1], method=method)
        waits = "" if first_wrong(alone) is None else "it is given, and waits for what it calls"
    elif wrong is not None and wrong.problem is not None:
        not_written = wrong.problem.kind == "NotImplementedError"
        waits = "it is judged once what it calls is written" if not_written else ""
    if waits:
        return placed(Finding(known.name, passed=None, reason=waits), definition)
    if wrong is None:
        return replace(known, passed=True, blames=(), reason="", problem=None, expected=None,
                       actual=None)  # fmt: skip
    with_right_methods = attempt.answers_with_right_methods(method) or answers
    return explained(attempt, known, method, with_right_methods, answers)


def _missing(attempt: Attempt, name: str, there: Sequence[str]) -> Finding:
    """A method that is not there, perhaps since it has another name."""
    method = name.partition(".")[2]
    others = [n for n in there if n not in attempt.exercise.methods]
    likely = attempt.definition.called.get(method, "")
    near = [likely] if likely else difflib.get_close_matches(method, others, 1, 0.6)
    reason = f"the class has no method `{method}`, which the lab calls by this name"
    if near:
        reason += f": is it `{near[0]}` here? Give it its name back"
    return placed(Finding(name, passed=False, reason=reason), attempt.definition)


# What comes after


def _unless_stopped(attempt: Attempt, findings: list[Finding]) -> list[Finding]:
    """The findings, if the cells below the exercise run with the answer, or it is wrong."""
    if not all(finding.passed for finding in findings):
        return findings
    name = attempt.exercise.name
    wrong = {k: v for k, v in attempt.references.items() if k != name}
    stopped = what_fails_after(attempt, wrong)
    if stopped is not None:  # what is not written yet below it, or wrong, says nothing of it
        right = {k: "sum" if k == "nll" else "" for k in LAB_FUNCTIONS if k != name}
        stopped = what_fails_after(attempt, right)
    if stopped is None:
        return _with_a_warning(attempt, findings, tuple(wrong))
    statement, raised = stopped
    if raised.kind in TOO_MUCH:
        return findings
    methods = [f.name.partition(".")[2] for f in findings]
    at = methods.index(raised.function) if raised.function in methods else 0
    reason = said_of(statement, raised)
    findings[at] = replace(findings[at], passed=False, reason=reason, remarks=(), note="")
    return findings


def _with_a_warning(
    attempt: Attempt, findings: list[Finding], wrong: Sequence[str]
) -> list[Finding]:
    """The findings on what is right, with a word on functions that stop the cells below it."""
    stopped = what_fails_after(attempt, {}) if wrong else None
    if stopped is None:
        return findings
    *before, last = findings
    names = " and ".join(f"`{name}`" for name in wrong)
    note = (
        f"This is right by itself. What it needs is not: {names}, of which "
        f"check({', '.join(wrong)}) says more. So {said_of(*stopped)}"
    )
    return [*before, replace(last, note=f"{last.note} {note}".strip())]


def _is_halted(finding: Finding) -> bool:
    """Whether nothing could be found out, since the code takes too much or cannot be made."""
    return finding.passed is None and finding.faults != BLANK and finding.problem is not None
