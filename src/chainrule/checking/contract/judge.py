"""Judges a learner's answers to the lab's exercises, by what the lab asks and does with them.

The wider judgement of `diagnosis` names what it knows; here it is decided what is wrong. A method
is judged by itself, with right ones around it where the learner's are not. "Right" is said only if
what comes after the exercise runs as well.
"""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from chainrule.checking.contract.answers import Answer, answers, first_wrong
from chainrule.checking.contract.exercises import Exercise, Lab
from chainrule.checking.contract.following import said_of, what_fails_after
from chainrule.checking.contract.lines import Lines, lines_of, others_of, parts_left
from chainrule.checking.contract.slips import written_instead
from chainrule.checking.contract.symptoms import nothing_returned, noticed, symptom_of
from chainrule.checking.contract.trials import Trial, made_of, trials_of
from chainrule.checking.diagnosis.blame import Blame, Slip
from chainrule.checking.diagnosis.code import TOO_MUCH, blame_for_problem, is_halted, placed
from chainrule.checking.diagnosis.finding import Finding
from chainrule.checking.diagnosis.judge import judge
from chainrule.checking.learner.desk import LAB_FUNCTIONS, Definition, Desk, SpentError
from chainrule.faults import fault

_BLANK = ("not-implemented",)
_OF_NAMES = ("reads-notebook-variable",)


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
        one = _Judged(desk, place, lab, exercise, references)
        try:
            found = one.of_class(known) if exercise.is_class else one.of_function(known)
        except SpentError as error:
            reason = str(error)
            found = [replace(f, passed=None, blames=(), reason=reason) for f in known]
        judged[place] = found
        if definition.name in LAB_FUNCTIONS and any(f.passed is not True for f in found):
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


@dataclass(frozen=True)
class _Judged:
    """The judgement of one definition.

    Attributes:
        desk: where it is.
        place: of it in `desk.definitions`.
        lab: whose contract holds.
        exercise: that it answers.
        references: functions around it that are to be right ones.
        wrong: its methods that were found wrong, or that are not written.
    """

    desk: Desk
    place: int
    lab: Lab
    exercise: Exercise
    references: Mapping[str, str]
    wrong: list[str] = field(default_factory=list)

    @property
    def definition(self) -> Definition:
        """What is judged."""
        return self.desk.definitions[self.place]

    # Functions

    def of_function(self, wider: Sequence[Finding]) -> list[Finding]:
        """The finding on a function, in a list."""
        name = self.exercise.name
        known = wider[0] if wider else Finding(name, passed=None)  # where it is not reported on
        if self.definition.problem is not None or _is_halted(known):
            return [known]
        if "" in self.definition.blanks:
            return [self._unfinished(known, "", name)]
        found = self._answers("")
        wrong = first_wrong(found)
        if wrong is not None:
            return [self._wrong(known, "", found, found)]
        if known.passed is False and known.faults:
            return [known]
        return self._unless_stopped([replace(known, passed=True, blames=(), reason="")])

    def _answers(self, method: str, **how: Any) -> list[Answer]:
        """What came of the trials; with right functions around it if its own spoil them."""
        trials = self._trials(method)
        found = self._asked(trials, method=method, **how)
        if first_wrong(found) is None:
            return found
        for changed in self._settings(method):
            again = self._asked(trials, method=method, **{**how, **changed})
            if first_wrong(again) is None:
                return again
        return found

    def _asked(self, trials: Sequence[Any], **how: Any) -> list[Answer]:
        return answers(self.desk, self.place, self.lab, self.exercise, trials, **how)

    def _settings(self, method: str) -> Iterator[dict[str, Any]]:
        """What may be put right around the code that is looked at."""
        others = {k: v for k, v in self.references.items() if k != self.exercise.name}
        if others:
            yield {"references": others}
        wrong = tuple(name for name in self.wrong if name != method)
        if method and wrong:
            yield {"right_methods": wrong, "references": others}
        # `train` takes what its own `grad_loss` gives, in whatever form that is.
        if method == "train" and wrong and (kept := tuple(n for n in wrong if n != "grad_loss")):
            yield {"right_methods": kept, "references": others}
        if method:
            yield {"right_methods": others_of(self.exercise, method), "references": others}

    # Classes

    def of_class(self, wider: Sequence[Finding]) -> list[Finding]:
        """A finding for each method of the exercise that the class has, or should have."""
        by_method = {f.name.partition(".")[2]: f for f in wider}
        if self.definition.problem is not None or any(map(_is_halted, wider)):
            return list(wider)
        # What the wider rules take for one of the lab's has another name all the same.
        called = self.definition.called
        taken = {n: t for n, t in (self.definition.methods or {}).items() if n not in called}
        if not self._is_made_as_in_the_lab():
            return self._unless_stopped(list(wider))
        found = []
        for method in self.exercise.methods:
            name = f"{self.exercise.name}.{method}"
            known = by_method.get(method, placed(Finding(name), self.definition))
            absent = method not in taken
            found.append(
                self._missing(name, method, taken) if absent else self._of_method(known, method)
            )
            if not found[-1].passed:
                self.wrong.append(method)
        return self._unless_stopped(found)

    @cached_property
    def _made(self) -> Answer:
        """What its constructor makes, beside the parameters of the lab."""
        (made,) = self._asked([made_of(self.exercise)])
        return made

    def _is_made_as_in_the_lab(self) -> bool:
        """Whether its constructor makes the parameters of the lab, whatever their values."""
        shapes = [
            {path: array.shape for path, array in leaves.items() if array is not None}
            for leaves in (self._made.given or {}, self._made.right)
        ]
        return self._made.given is not None and shapes[0] == shapes[1]

    def _trials(self, method: str) -> tuple[Trial, ...]:
        """What it is tried on; with parameters that are set where it makes others each time."""
        trials = trials_of(self.exercise, method)
        if not self.exercise.is_class or self._made.is_right:
            return trials
        shapes = {path: a.shape for path, a in self._made.right.items() if a is not None}
        return tuple(trial.with_parameters(shapes) for trial in trials)

    def _of_method(self, known: Finding, method: str) -> Finding:
        if method in self.definition.blanks and method in self.exercise.asked:
            return self._unfinished(known, method, known.name)
        found = self._answers(method)
        wrong = first_wrong(found)
        unfinished = self.definition.blanks.intersection(self.exercise.asked)
        if method not in self.exercise.asked and unfinished and wrong is None:
            own = first_wrong(self._asked(self._trials(method)[:1], method=method))
            if own is not None:
                reason = "it is given, and waits for what it calls"
                return placed(Finding(known.name, passed=None, reason=reason), self.definition)
        if wrong is None:
            return replace(known, passed=True, blames=(), reason="", problem=None, expected=None,
                           actual=None)  # fmt: skip
        problem = wrong.problem
        if problem is not None and problem.kind == "NotImplementedError":
            reason = "it is judged once what it calls is written"
            return placed(Finding(known.name, passed=None, reason=reason), self.definition)
        alone = next(
            (a for s in self._settings(method) if (a := self._alone(method, s)) is not None), found
        )
        return self._wrong(known, method, alone, found)

    def _alone(self, method: str, setting: Mapping[str, Any]) -> list[Answer] | None:
        """The trials of a method with right ones around it; None if all of them fail there."""
        if not setting.get("right_methods"):
            return None
        found = self._asked(self._trials(method), method=method, **setting)
        return found if any(a.given is not None for a in found) else None

    def _missing(self, name: str, method: str, taken: Mapping[str, Any]) -> Finding:
        """A method that is not there, perhaps since it has another name."""
        others = [n for n in taken if n not in self.exercise.methods]
        likely = self.definition.called.get(method, "")
        near = [likely] if likely else difflib.get_close_matches(method, others, 1, 0.6)
        said = f"the class has no method `{method}`, which the lab calls by this name"
        if near:
            said += f": is it `{near[0]}` here? Give it its name back"
        return placed(Finding(name, passed=False, reason=said), self.definition)

    # What is wrong

    def _mistake(
        self, method: str, found: Sequence[Answer], own: Sequence[Answer]
    ) -> Slip | Blame | None:
        """What was written instead, with right ones around the method, or with the learner's."""
        return (
            written_instead(self.lab, self.exercise, method, found)
            or noticed(self.lab, self.exercise, method, found)
            or noticed(self.lab, self.exercise, method, own)
        )

    def _wrong(
        self, known: Finding, method: str, found: Sequence[Answer], own: Sequence[Answer]
    ) -> Finding:
        """The finding on an answer that fails a trial, by the best that is known of it.

        Args:
            known: by the wider judgement.
            method: of the class, "" for a function.
            found: what came of the trials, with right ones around it where these are not.
            own: the same with all that the learner has around it.
        """
        wrong = first_wrong(found) or first_wrong(own)
        assert wrong is not None
        base = Finding(
            known.name, known.definition, passed=False, cell=known.cell, line=known.line,
            symptom=symptom_of(wrong),
        )  # fmt: skip
        return next(self._explained(base, known, method, (found, own)))

    def _explained(
        self,
        base: Finding,
        known: Finding,
        method: str,
        answered: tuple[Sequence[Answer], Sequence[Answer]],
    ) -> Iterator[Finding]:
        """The finding with what explains it: the best first, at last without an explanation."""
        found, own = answered
        wrong = first_wrong(found) or first_wrong(own)
        problem = None if wrong is None else wrong.problem
        if problem is not None and is_halted(problem):
            yield placed(Finding(known.name, known.definition, passed=None, problem=problem,
                                 reason=problem.text), self.definition)  # fmt: skip
        nothing = nothing_returned(found)
        if nothing is not None:
            reason = (
                f"{known.name} returns no numbers{nothing}: is a `return` missing? `print` shows "
                "a value, and does not return it"
            )
            yield replace(base, reason=reason)
        hidden = self._hidden(method, found)
        if hidden is not None:
            yield placed(replace(base, blames=(hidden[0],), problem=hidden[1]), self.definition)
        mistake = self._mistake(method, found, own)
        lines = self._lines(method)
        verdicts = lines.verdicts if lines.wrong else ()
        if mistake is not None:
            yield _with([mistake], replace(base, lines=verdicts))
        code = "" if problem is None else blame_for_problem(problem)
        if code and problem is not None:
            blames = (Blame(code, known.name),)
            yield placed(replace(base, blames=blames, problem=problem), self.definition)
        if lines.wrong and lines.mistakes:
            yield _with(lines.mistakes, replace(base, lines=verdicts))
        if known.passed is False and known.faults and known.faults != _BLANK:
            yield replace(base, blames=known.blames, mistakes=known.mistakes, lines=verdicts,
                          problem=known.problem)  # fmt: skip
        if problem is not None:
            yield placed(replace(base, problem=problem, lines=verdicts), self.definition)
        reason = known.reason if known.passed is False and not verdicts else ""
        if not verdicts and wrong is not None:
            reason = reason or f"it is wrong for {wrong.trial.what}"
        yield replace(base, reason=reason, lines=verdicts)

    def _hidden(self, method: str, found: Sequence[Answer]) -> tuple[Blame, Any] | None:
        """Whether it computes with a variable of the notebook, and not with its argument."""
        if not any(a.given is not None or a.problem for a in found):
            return None
        trials = [a.trial for a in found if not a.is_right][:1]
        for again in self._asked(trials, method=method, hide=True):
            problem = again.problem
            if problem is not None and blame_for_problem(problem) in _OF_NAMES:
                return Blame(_OF_NAMES[0], self.exercise.name), problem
        return None

    def _lines(self, method: str) -> Lines:
        """The statements of the answer one by one, where there are more than one."""
        trial = next(
            (t for t in self._trials(method) if t.what.startswith("several")),
            self._trials(method)[0],
        )
        lines = lines_of(
            self.desk, self.place, self.lab, self.exercise, method, trial,
            right_methods=tuple(name for name in self.wrong if name != method),
        )  # fmt: skip
        return lines if len(lines.verdicts) > 1 else replace(lines, verdicts=())

    def _unfinished(self, known: Finding, method: str, name: str) -> Finding:
        """The finding on what is not written to its end: its lines so far."""
        base = Finding(
            name, known.definition, passed=None, blames=(Blame(*_BLANK, name),), cell=known.cell,
            line=known.line,
        )  # fmt: skip
        lines = self._lines(method)
        if lines.raises:
            return self._with_its_raise(base, method, lines)
        if not lines.written or not any(one.passed is not None for one in lines.verdicts):
            return base
        left = parts_left(lines.verdicts)
        if not lines.wrong:
            reason = f"What is there is right. Still to be written: {left}." if left else ""
            return replace(base, reason=reason, lines=lines.verdicts)
        reason = f"still to be written: {left}" if left else ""
        wrong = replace(base, passed=False, reason=reason, lines=lines.verdicts)
        return _with(lines.mistakes, wrong)

    def _with_its_raise(self, base: Finding, method: str, lines: Lines) -> Finding:
        """The finding on code above a line `raise NotImplementedError` that was left there."""
        found = self._answers(method, without_raise=True)
        wrong = first_wrong(found)
        delete = "Delete the line `raise NotImplementedError`, which stops it"
        if wrong is None:
            return replace(base, reason=f"{delete}; your code is right without it.")
        # What is looked at beside the result is there however little is written.
        given = [a.given for a in [b for b in found if not b.trial.result] or found]
        if lines.left or all(one is None or all(v is None for v in one.values()) for one in given):
            shown = lines.verdicts if any(v.passed is not None for v in lines.verdicts) else ()
            return replace(base, reason=f"{delete}, when your code is whole.", lines=shown)
        mistake = self._mistake(method, found, found)
        reason = f"{delete}; without it, your code is not right yet."
        if mistake is not None:
            known = fault(mistake.fault) if isinstance(mistake, Blame) else mistake
            reason += f" The mistake: {known.title}."
        return replace(base, reason=reason, symptom=symptom_of(wrong))

    def _unless_stopped(self, found: list[Finding]) -> list[Finding]:
        """The findings, if the cells below the exercise run with the answer, or it is wrong."""
        if not all(finding.passed for finding in found):
            return found
        own = self.exercise.name
        wrong = {k: v for k, v in self.references.items() if k != own}
        # What is not written yet below it, or wrong, says nothing of this answer.
        right = {k: "sum" if k == "nll" else "" for k in LAB_FUNCTIONS if k != own}
        for references in (wrong, right):
            stopped = what_fails_after(
                self.desk, self.place, self.lab, self.exercise, references=references
            )
            if stopped is None:
                return found
        assert stopped is not None
        statement, raised = stopped
        if raised.kind in TOO_MUCH:
            return found
        methods = [f.name.partition(".")[2] for f in found]
        at = methods.index(raised.function) if raised.function in methods else 0
        reason = said_of(statement, raised)
        found[at] = replace(found[at], passed=False, reason=reason, remarks=(), note="")
        return found


def _with(mistakes: Sequence[Slip | Blame], finding: Finding) -> Finding:
    """A finding with these mistakes."""
    return replace(
        finding,
        blames=tuple(m for m in mistakes if isinstance(m, Blame)),
        slips=tuple(m for m in mistakes if isinstance(m, Slip)),
    )


def _is_halted(finding: Finding) -> bool:
    """Whether nothing could be found out, since the code takes too much or cannot be made."""
    return finding.passed is None and finding.faults != _BLANK and finding.problem is not None
