"""What one is likely to write instead: in words, by hints, or by its name in the catalogue.

A slip is a change in the text of the right answer. If the changed answer gives in all trials what
the learner's gives, that is what was written, however it is spelt. The changes and their words
stand in `slips.toml`.
"""

import itertools
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from chainrule.checking.contract.answers import Answer, given_instead
from chainrule.checking.contract.exercises import Exercise, Lab
from chainrule.checking.diagnosis.blame import Blame, Slip
from chainrule.checking.learner.desk import LAB_FUNCTIONS


@dataclass(frozen=True)
class Change:
    """A change of a right answer.

    Attributes:
        of: name of the exercise.
        method: of its class, "" for a function.
        old: what stands in the right answer; "" for all of it.
        new: what stands there instead.
        mistake: its words, or what the catalogue calls it.
    """

    of: str
    method: str
    old: str
    new: str
    mistake: Slip | Blame


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("slips.toml").read_text("utf-8"))


def words_of(name: str, /, **pieces: str) -> Slip:
    """The words for what no change of a text is, with these pieces in their places."""
    return Slip(**{key: text.format(**pieces) for key, text in _table()["noticed"][name].items()})


@cache
def known_changes() -> tuple[Change, ...]:
    """All that are known."""
    changes = []
    for entry in _table()["slip"]:
        words = {key: entry[key] for key in ("title", "idea", "formula") if key in entry}
        mistake = Blame(**entry["blame"]) if "blame" in entry else Slip(**words)
        for where, old, new in entry["changes"]:
            of, _, method = where.partition(".")
            changes.append(Change(of, method, old, new, mistake))
    return tuple(changes)


def written_instead(
    lab: Lab, exercise: Exercise, method: str, answers: Sequence[Answer]
) -> Slip | Blame | None:
    """What was written instead of the right answer, by what came of all its trials."""
    for change in (*_changes(exercise, method), *_in_turn(exercise, method)):
        calls_others = bool(change.old) and exercise.name not in LAB_FUNCTIONS
        for library in (False, True) if calls_others else (False,):
            if _explains(lab, exercise, change.new, answers, library):
                return change.mistake
    return None


def changes_of(exercise: Exercise, method: str) -> tuple[Change, ...]:
    """The changes of a method of an exercise."""
    return tuple(c for c in known_changes() if (c.of, c.method) == (exercise.name, method))


def _changes(exercise: Exercise, method: str) -> Iterator[Change]:
    """The same, each with the whole of the changed answer for what is new."""
    for change in changes_of(exercise, method):
        changed = replaced(exercise, method, change.old, change.new)
        if changed is not None:
            yield replace(change, new=changed)


def replaced(exercise: Exercise, method: str, old: str, new: str) -> str | None:
    """The right answer with a piece of a method exchanged; None if it has no such piece."""
    if not old:
        return new
    lines = exercise.solution.split("\n")
    node = exercise.methods[method]
    own = slice(node.lineno - 1, node.end_lineno)
    text = "\n".join(lines[own])
    if old not in text:
        return None
    return "\n".join([*lines[: own.start], text.replace(old, new), *lines[own.stop :]])


def _explains(
    lab: Lab, exercise: Exercise, instead: str, answers: Sequence[Answer], library: bool
) -> bool:
    texts = set()
    for answer in answers:
        one = given_instead(lab, exercise, instead, answer.trial, library=library)
        if not one.is_that_of(answer):
            return False
        texts.add(None if one.problem is None else one.problem.text)
    if any(answer.given is not None for answer in answers):
        return True
    # Where nothing comes out, it must at least fail in the same words.
    return any(a.problem.text in texts for a in answers if a.problem is not None)


def _in_turn(exercise: Exercise, method: str) -> Iterator[Change]:
    """Training that computes gradients anew between its updates, in whatever order."""
    if exercise.name != "NeuralNet" or method != "train":
        return
    mistake = words_of("gradient-after-a-change")
    for steps in _partitions(("W_h", "b_h", "W_o", "b_o")):
        body = ""
        for together in steps:
            body += "        grads = self.grad_loss(X, y)\n"
            for name in together:
                body += f'        self.{name} -= learning_rate * grads["{name}"]\n'
        node = exercise.methods[method]
        lines = exercise.solution.split("\n")
        kept = [*lines[: node.lineno + 2], body, *lines[node.end_lineno or node.lineno :]]
        yield Change(exercise.name, method, "", "\n".join(kept), mistake)


@cache
def _partitions(names: tuple[str, ...]) -> tuple[tuple[tuple[str, ...], ...], ...]:
    """Ways to take names in turn, some of them together, but not all."""
    partitions = []
    for order in itertools.permutations(names):
        for cuts in itertools.product((False, True), repeat=len(names) - 1):
            groups: list[list[str]] = [[order[0]]]
            for name, cut in zip(order[1:], cuts, strict=True):
                if cut:
                    groups.append([name])
                else:
                    groups[-1].append(name)
            if len(groups) > 1 and all(g == sorted(g) for g in groups):
                partitions.append(tuple(tuple(g) for g in groups))
    return tuple(partitions)
