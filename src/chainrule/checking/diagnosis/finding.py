"""What was found out about one function or method."""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from numpy.typing import NDArray

from chainrule.checking.diagnosis import wording
from chainrule.checking.diagnosis.blame import Blame, LineVerdict, Mistake, Slip, Symptom
from chainrule.checking.diagnosis.errors_explained import explain_problem
from chainrule.checking.diagnosis.graph import Graph
from chainrule.checking.diagnosis.network import Network
from chainrule.checking.hints import HINTS
from chainrule.checking.learner.desk import Problem
from chainrule.errors import ChainruleError

T = TypeVar("T")


@dataclass(frozen=True)
class Finding:
    """What was found out about one function or method.

    Attributes:
        name: `softmax`, `NeuralNet.grad_loss`.
        definition: 1 for the first definition of that name in the file, and so on.
        passed: None where nothing could be judged.
        blames: the mistakes that explain everything seen.
        remarks: ids of what is worth a word but not wrong.
        reason: one sentence: why nothing could be judged, or what is known where no mistake of the
            catalogue fits.
        problem: the exception that was seen.
        cell: of a notebook, counted from 1.
        line: in the cell or the file; of the call, where its mistakes are in a module.
        expected: what should have come out, where that is instructive.
        actual: what came out.
        mistakes: wrong pieces of code, the first cause first, where they were found one by one.
        note: a sentence on what passed: for which loss it is right.
        graph: the computation that it is a part of, where that was asked for.
        network: what its class computes, where that is known.
        slips: mistakes that have no name in the catalogue, in words of their own.
        symptom: a small input that shows what is wrong.
        lines: its statements one by one, where they were judged so.
        of_lab: whether it is an answer of the lab, in whose notebooks the probabilities are
            `y_pred`, and `y` the labels.
        readings: of a function that is wrong by the lab's contract, what it is right for.
    """

    name: str
    definition: int = 1
    passed: bool | None = True
    blames: tuple[Blame, ...] = ()
    remarks: tuple[str, ...] = ()
    reason: str = ""
    problem: Problem | None = None
    cell: int | None = None
    line: int | None = None
    expected: NDArray[Any] | None = field(default=None, compare=False)
    actual: NDArray[Any] | None = field(default=None, compare=False)
    mistakes: tuple[Mistake, ...] = ()
    note: str = ""
    graph: Graph | None = field(default=None, compare=False)
    network: Network | None = field(default=None, compare=False)
    slips: tuple[Slip, ...] = ()
    symptom: Symptom | None = field(default=None, compare=False)
    lines: tuple[LineVerdict, ...] = ()
    of_lab: bool = False
    readings: frozenset[str] = field(default=frozenset(), compare=False)

    @property
    def faults(self) -> tuple[str, ...]:
        """Ids of the mistakes, each once, sorted."""
        named = {mistake.fault for mistake in self.mistakes if mistake.fault}
        return tuple(sorted({blame.fault for blame in self.blames} | named))

    @property
    def shows(self) -> Symptom | None:
        """The symptom; what an exception means is said once, where its line is."""
        if self.symptom is None or self.problem is None or self.symptom.given[:9] != "It fails.":
            return self.symptom
        return replace(self.symptom, given="It fails.")

    def in_its_names(self, text: str) -> str:
        """A text of the catalogue in the names of the code that this is about."""
        return wording.in_the_notebook(text) if self.of_lab else text

    def shown(self, hint: int) -> NDArray[Any] | None:
        """What should have come out, as far as a hint shows it. Shape: `(...)`.

        Below the last hint only a few numbers are shown: those of the one small input that shows
        the mistake. More of them could be copied in place of a computation.
        """
        if self.expected is None or hint == HINTS[-1] or self.expected.size <= wording.FEW:
            return self.expected
        return None

    def message(self, hint: int = 2) -> str:
        """What to tell the learner; "" of what passed without a remark.

        Args:
            hint: 1 says what kind of mistake it is and where to look, 2 what was computed and
                what that takes to be true, 3 what is true and why.

        Raises:
            ChainruleError: if hint is not 1, 2 or 3.
        """
        if hint not in HINTS:
            raise ChainruleError(f"hint must be 1, 2 or 3; got {hint!r}")
        if self.passed:
            remarks = [wording.REMARKS[remark] for remark in self.remarks]
            return "\n".join([*remarks, *filter(None, [self.note])])
        if self.mistakes:
            return "\n\n".join(wording.of_mistake(mistake, hint) for mistake in self.mistakes)
        parts = list(wording.of_symptom(self.shows))
        if self.faults == ("not-implemented",):
            parts.append(f"`{self.name}` is not written yet.")
            parts += filter(None, [self.reason])
            return "\n".join([*parts, *wording.of_lines(self.lines)])
        parts += [
            self.in_its_names(wording.mistake(self.name, g, hint))
            for g in wording.grouped(self.blames)
        ]
        parts += ["\n".join(wording.of_slip(slip, hint)) for slip in self.slips]
        if self.reason and (self.problem is None or self.reason != self.problem.text):
            parts.append(wording.as_sentence(self.reason, self.name))
        if self.problem is not None:
            parts.append(explain_problem(self.problem))
        if self.passed is False and not self.blames and not self.slips and not self.symptom:
            parts += wording.without_a_name(self.name, self.shown(hint), self.actual, hint)
        elif self.symptom and not self.blames and not self.slips and hint == HINTS[-1]:
            parts += map(self.in_its_names, wording.right_form(self.name))
        parts += ["\n".join(wording.of_lines(self.lines))] if self.lines else []
        return "\n\n".join(parts)

    def to_dict(self, hint: int = 2) -> dict[str, Any]:
        """The finding as data that JSON can hold, with the message of this hint.

        `expected` and `actual` are nested lists of numbers with six significant digits, or None;
        numbers that are not finite are the texts "nan", "inf" and "-inf", since JSON has none.
        `expected` is None below hint 3 where it holds more than a few numbers.
        `mistakes` lists what is wrong, the first cause first, each with its fault's id or None,
        its place, code and message. The place is a `file`, `cell` and `line`: the file is None in
        the one that is checked; where the mistake is in a module that it imports, it is that
        module's, from the folder of the checked file, and the finding's own `line` is that of the
        call. `lines` lists the statements that were judged one by one, in order: the `line` in the
        cell or the file, its `code`, its `verdict` ("right", "wrong", "not yet" or "not judged"),
        the `shape` of what it gives or None, and a `message`.

        Raises:
            ChainruleError: if hint is not 1, 2 or 3.
        """
        return {
            "name": self.name,
            "definition": self.definition,
            "passed": self.passed,
            "faults": list(self.faults),
            "remarks": list(self.remarks),
            "message": self.message(hint),
            "cell": self.cell,
            "line": self.line,
            "expected": wording.nested(self.shown(hint)),
            "actual": wording.nested(self.actual),
            "mistakes": list(self._mistakes(hint)),
            "lines": [line.to_dict() for line in self.lines],
        }

    def whether(self) -> "Finding":
        """A finding that says whether the code is right, and nothing of what is wrong."""
        return Finding(self.name, self.definition, self.passed)

    def _mistakes(self, hint: int) -> Iterator[dict[str, Any]]:
        """Each mistake as data, at its own line if it was found by itself, else at the name's."""
        for mistake in self.mistakes:
            yield {
                "fault": mistake.fault or None,
                "file": mistake.file or None,
                "cell": mistake.cell,
                "line": mistake.line,
                "code": mistake.code,
                "message": wording.of_mistake(mistake, hint),
            }
        if self.passed is not False or self.mistakes or self == self.whether():
            return
        for group in wording.grouped(self.blames) or [[]]:
            message = wording.mistake(self.name, group, hint) if group else self.message(hint)
            excerpt = next((blame.excerpt for blame in group if blame.excerpt), None)
            yield {
                "fault": group[0].fault if group else None,
                "file": None,
                "cell": self.cell,
                "line": self.line if excerpt is None else excerpt.line,
                "code": "" if excerpt is None else excerpt.piece,
                "message": message,
            }


def first_right(several: Iterable[T], finding_of: Callable[[T], Finding]) -> T:
    """The first of what was tried that passed; if none did, what the fewest mistakes explain.

    Args:
        several: at least one; no more of them are taken than are needed.
        finding_of: gives what was found of each.
    """
    seen = []
    for one in several:
        if finding_of(one).passed:
            return one
        seen.append(one)
    return min(seen, key=lambda one: len(finding_of(one).faults) or math.inf)
