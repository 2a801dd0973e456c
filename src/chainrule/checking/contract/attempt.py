"""A learner's answer to an exercise, and with what around it that is tried."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from chainrule.checking.contract.answers import Answer, first_wrong, others, right_of
from chainrule.checking.contract.exercises import Exercise, Lab
from chainrule.checking.contract.trials import Trial, made_of, trials_of
from chainrule.checking.learner.desk import Definition, Desk, Request, Script


@dataclass(frozen=True)
class Attempt:
    """A definition that answers an exercise.

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

    def wrong_beside(self, method: str) -> tuple[str, ...]:
        """The other methods that were found wrong, or that are not written."""
        return tuple(name for name in self.wrong if name != method)

    def trials(self, method: str) -> tuple[Trial, ...]:
        """What it is tried on; with parameters that are set where it makes others each time."""
        trials = trials_of(self.exercise, method)
        if not self.exercise.is_class or self._made.is_right:
            return trials
        shapes = {path: a.shape for path, a in self._made.right.items() if a is not None}
        return tuple(trial.with_parameters(shapes) for trial in trials)

    @property
    def is_made_as_in_the_lab(self) -> bool:
        """Whether its constructor makes the parameters of the lab, whatever their values."""
        given, right = (
            {path: array.shape for path, array in leaves.items() if array is not None}
            for leaves in (self._made.given or {}, self._made.right)
        )
        return self._made.given is not None and given == right

    @cached_property
    def _made(self) -> Answer:
        """What its constructor makes, beside the parameters of the lab."""
        (made,) = self.asked([made_of(self.exercise)])
        return made

    def answers(self, method: str, **how: Any) -> list[Answer]:
        """What came of the trials; with what is right around it, if its own spoils them.

        Args:
            method: of the class, "" for a function.
            how: as in `asked`.
        """
        trials = self.trials(method)
        answers = self.asked(trials, method=method, **how)
        if first_wrong(answers) is None:
            return answers
        for changed in self._settings(method):
            again = self.asked(trials, method=method, **how, **changed)
            if first_wrong(again) is None:
                return again
        return answers

    def answers_with_right_methods(self, method: str) -> list[Answer] | None:
        """What came of the trials with right methods around it; None if all of them fail there."""
        for setting in self._settings(method):
            if setting.get("right_methods"):
                answers = self.asked(self.trials(method), method=method, **setting)
                if any(answer.given is not None for answer in answers):
                    return answers
        return None

    def _settings(self, method: str) -> Iterator[dict[str, Any]]:
        """What may be put right around the code that is looked at."""
        references = {k: v for k, v in self.references.items() if k != self.exercise.name}
        if references:
            yield {"references": references}
        wrong = self.wrong_beside(method)
        if method and wrong:
            yield {"right_methods": wrong, "references": references}
        # `train` takes what its own `grad_loss` gives, in whatever form that is.
        if method == "train" and wrong and (kept := tuple(n for n in wrong if n != "grad_loss")):
            yield {"right_methods": kept, "references": references}
        if method:
            all_others = tuple(name for name in self.exercise.methods if name != method)
            yield {"right_methods": all_others, "references": references}

    def asked(
        self,
        trials: Sequence[Trial],
        *,
        references: Mapping[str, str] | None = None,
        hide: bool = False,
        **how: Any,
    ) -> list[Answer]:
        """Make trials of it.

        Args:
            trials: to make.
            references: as in `Request`.
            hide: the same.
            how: fields of `Script`.
        """
        all_right = how.get("right_methods")
        solutions = self.lab.solutions if all_right else others(self.lab, self.exercise)
        requests = [
            Request(
                self.place,
                script=Script(trial.text, self.exercise.name, solutions, **how),
                references=references or {},
                hide=hide,
            )
            for trial in trials
        ]
        return [
            Answer(
                trial,
                right_of(self.lab, trial),
                reply.results[0] if reply.results else None,
                reply.problem,
            )
            for trial, reply in zip(trials, self.desk.ask(requests), strict=True)
        ]
