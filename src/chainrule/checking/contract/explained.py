"""What is said of an answer to an exercise that is wrong, or not written to its end."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from chainrule.checking.contract.answers import Answer, first_wrong
from chainrule.checking.contract.attempt import Attempt
from chainrule.checking.contract.lines import Lines, lines_of, parts_left
from chainrule.checking.contract.slips import written_instead
from chainrule.checking.contract.symptoms import nothing_returned, noticed, symptom_of
from chainrule.checking.diagnosis.blame import Blame, LineVerdict, Slip
from chainrule.checking.diagnosis.code import blame_for_problem, fault_of_code, is_halted, placed
from chainrule.checking.diagnosis.finding import Finding
from chainrule.checking.learner.desk import Problem
from chainrule.faults import fault

BLANK = ("not-implemented",)
_OF_NAMES = "reads-notebook-variable"


def explained(
    attempt: Attempt,
    known: Finding,
    method: str,
    answers: Sequence[Answer],
    own: Sequence[Answer],
) -> Finding:
    """The finding on an answer that fails a trial, by the best that is known of it.

    Args:
        attempt: the answer.
        known: by the wider judgement.
        method: of the class, "" for a function.
        answers: what came of the trials, with right ones around it where these are not.
        own: the same with all that the learner has around it.
    """
    return next(_explanations(attempt, known, method, answers, own))


def _explanations(
    attempt: Attempt,
    known: Finding,
    method: str,
    answers: Sequence[Answer],
    own: Sequence[Answer],
) -> Iterator[Finding]:
    """The finding with what explains it: the best first, at last without an explanation."""
    wrong = first_wrong([*answers, *own])
    assert wrong is not None  # else there would be nothing to explain
    base = Finding(known.name, known.definition, passed=False, cell=known.cell, line=known.line,
                   symptom=symptom_of(wrong))  # fmt: skip
    problem = wrong.problem
    if problem is not None and is_halted(problem):
        halted = replace(base, passed=None, symptom=None, problem=problem, reason=problem.text)
        yield placed(halted, attempt.definition)
    nothing = nothing_returned(answers)
    if nothing is not None:
        reason = (
            f"{known.name} returns no numbers{nothing}: is a `return` missing? `print` shows "
            "a value, and does not return it"
        )
        yield replace(base, reason=reason)
    hidden = _problem_without_the_notebook(attempt, method, answers)
    if hidden is not None:
        blames = (Blame(_OF_NAMES, attempt.exercise.name),)
        yield placed(replace(base, blames=blames, problem=hidden), attempt.definition)
    mistake = _mistake(attempt, method, answers, own)
    lines = lines_of(attempt, method)
    base = replace(base, lines=lines.verdicts if lines.wrong else ())
    if mistake is not None:
        yield _with([mistake], base)
    of_code = fault_of_code(known.name, problem)
    if of_code is not None:
        blamed = replace(base, blames=of_code.blames, problem=problem, lines=())
        yield placed(blamed, attempt.definition)
    if lines.wrong and lines.mistakes:
        yield _with(lines.mistakes, base)
    if known.passed is False and known.faults and known.faults != BLANK:
        yield replace(base, blames=known.blames, mistakes=known.mistakes, problem=known.problem)
    first = next((line for line in base.lines if line.passed is False), None)
    if problem is not None and first is not None and first.line < _line_of(problem, base.lines):
        reason = f"the first line that is wrong is line {first.line}, `{first.source}`"
        yield replace(base, line=first.line, reason=reason)
    if problem is not None:
        yield placed(replace(base, problem=problem), attempt.definition)
    if base.lines:
        yield base
    reason = known.reason if known.passed is False else ""
    yield replace(base, reason=reason or f"it is wrong for {wrong.trial.what}")


def _line_of(problem: Problem, lines: Sequence[LineVerdict]) -> int:
    """The first line of the statement that raised an exception; 0 if it is none of these."""
    at = problem.line or 0
    return max((line.line for line in lines if line.line <= at), default=0)


def _mistake(
    attempt: Attempt, method: str, answers: Sequence[Answer], own: Sequence[Answer]
) -> Slip | Blame | None:
    """What was written instead, with right ones around the method, or with the learner's."""
    lab, exercise = attempt.lab, attempt.exercise
    return (
        written_instead(lab, exercise, method, answers)
        or noticed(lab, exercise, method, answers)
        or noticed(lab, exercise, method, own)
    )


def _problem_without_the_notebook(
    attempt: Attempt, method: str, answers: Sequence[Answer]
) -> Problem | None:
    """What it ends in without a variable of the notebook that it computes with."""
    if not any(a.given is not None or a.problem for a in answers):
        return None
    trials = [a.trial for a in answers if not a.is_right][:1]
    problems = (again.problem for again in attempt.asked(trials, method=method, hide=True))
    return next((p for p in problems if p is not None and blame_for_problem(p) == _OF_NAMES), None)


def unfinished(attempt: Attempt, known: Finding, method: str) -> Finding:
    """The finding on what is not written to its end: its lines so far.

    Args:
        attempt: the answer.
        known: by the wider judgement.
        method: of the class, "" for a function.
    """
    base = Finding(known.name, known.definition, passed=None, blames=(Blame(*BLANK, known.name),),
                   cell=known.cell, line=known.line)  # fmt: skip
    lines = lines_of(attempt, method)
    if lines.raises:
        return _with_its_raise(attempt, base, method, lines)
    if not lines.written or not any(line.passed is not None for line in lines.verdicts):
        return base
    left = parts_left(lines.verdicts)
    if not lines.wrong:
        reason = f"What is there is right. Still to be written: {left}." if left else ""
        return replace(base, reason=reason, lines=lines.verdicts)
    reason = f"still to be written: {left}" if left else ""
    wrong = replace(base, passed=False, reason=reason, lines=lines.verdicts)
    return _with(lines.mistakes, wrong)


def _with_its_raise(attempt: Attempt, base: Finding, method: str, lines: Lines) -> Finding:
    """The finding on code above a line `raise NotImplementedError` that was left there."""
    answers = attempt.answers(method, without_raise=True)
    wrong = first_wrong(answers)
    delete = "Delete the line `raise NotImplementedError`, which stops it"
    if wrong is None:
        return replace(base, reason=f"{delete}; your code is right without it.")
    # What is looked at beside the result is there however little is written.
    given = [a.given for a in [b for b in answers if not b.trial.result] or answers]
    if lines.left or all(g is None or all(v is None for v in g.values()) for g in given):
        shown = lines.verdicts if any(v.passed is not None for v in lines.verdicts) else ()
        return replace(base, reason=f"{delete}, when your code is whole.", lines=shown)
    mistake = _mistake(attempt, method, answers, answers)
    reason = f"{delete}; without it, your code is not right yet."
    if mistake is not None:
        known = fault(mistake.fault) if isinstance(mistake, Blame) else mistake
        reason += f" The mistake: {known.title}."
    return replace(base, reason=reason, symptom=symptom_of(wrong))


def _with(mistakes: Sequence[Slip | Blame], finding: Finding) -> Finding:
    """A finding with these mistakes."""
    return replace(
        finding,
        blames=tuple(m for m in mistakes if isinstance(m, Blame)),
        slips=tuple(m for m in mistakes if isinstance(m, Slip)),
    )
