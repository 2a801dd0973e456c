"""Judges the lab's five functions: each as the file has it, and with what it calls put right."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chainrule.checking.diagnosis.blame import Blame
from chainrule.checking.diagnosis.code import left_to_do, placed
from chainrule.checking.diagnosis.elementwise import judge_elementwise
from chainrule.checking.diagnosis.finding import Finding
from chainrule.checking.diagnosis.nll import judge_nll
from chainrule.checking.diagnosis.one_hot import judge_one_hot
from chainrule.checking.diagnosis.probes import D, K, N, probabilities, samples
from chainrule.checking.diagnosis.readings import readings
from chainrule.checking.learner.desk import Call, Definition, Desk, Reply, Request


def judge_function(
    desk: Desk, place: int, references: Mapping[str, str]
) -> tuple[Finding, Mapping[str, str]]:
    """Judge one definition of one of the lab's functions.

    Args:
        desk: where the code is.
        place: of the definition in `desk.definitions`.
        references: functions that it may call and that were found wrong, to be replaced.

    Returns:
        What was found, and how to replace this function by a right one in what calls it.
    """
    definition = desk.definitions[place]
    name = definition.name.lower()
    others = {k: v for k, v in references.items() if k != definition.name}
    found, how = _judged(desk, place, {})
    if (found.passed is not True or found.remarks) and others:
        again, how_again = _judged(desk, place, others)
        if again.passed or (again.blames and not found.blames):
            found, how = again, how_again
    if found.passed is not True:
        hidden, _ = _judged(desk, place, others, hide=True)
        alone = not found.blames or found.faults == ("loss-constant",)
        if alone and hidden.faults == ("reads-notebook-variable",):
            found = hidden
    if found.passed is False and not found.blames and found.problem is None:
        found = _of_one_of_several(desk, place, found)
    if found.passed is False and "" in definition.blanks:
        found = left_to_do(name)
    if found.passed is False:
        found = dataclasses.replace(found, readings=readings(desk, place))
    if definition.name != name:  # Softmax
        blames = tuple(dataclasses.replace(b, quantity=definition.name) for b in found.blames)
        found = dataclasses.replace(found, name=definition.name, blames=blames)
    return placed(found, definition), {definition.name: how}


def _judged(
    desk: Desk, place: int, references: Mapping[str, str], *, hide: bool = False
) -> tuple[Finding, str]:
    """What is found of a function, and how it is to be replaced."""
    name = desk.definitions[place].name.lower()
    if name == "nll":
        return judge_nll(desk, place, references, hide=hide)
    judge = judge_one_hot if name == "one_hot" else judge_elementwise
    return judge(desk, place, references, hide=hide), ""


@dataclass(frozen=True)
class _OneOfSeveral:
    """A desk on which a function that returns several things returns one of them."""

    desk: Desk
    place: str

    @property
    def definitions(self) -> Sequence[Definition]:
        return self.desk.definitions

    def ask(self, requests: Sequence[Request]) -> list[Reply]:
        return [
            dataclasses.replace(
                reply, results=tuple({"": r[self.place]} if self.place in r else r
                                     for r in reply.results)
            )
            for reply in self.desk.ask(requests)
        ]  # fmt: skip


def _of_one_of_several(desk: Desk, place: int, found: Finding) -> Finding:
    """What is to be said of a function that returns several things, where one has the right shape.

    That is a mistake, and what is wrong with this one comes after it.
    """
    name = desk.definitions[place].name.lower()
    if name == "one_hot":
        return found
    x = samples(N, D, K, 0).X
    args: tuple[Any, ...] = (samples(N, D, K, 0).t, probabilities(N, K, 0))
    args, shape = (args, ()) if name == "nll" else ((x,), x.shape)
    (reply,) = desk.ask([Request(place, (Call("", args),))])
    parts = reply.results[0] if reply.results else {}
    count = len({path.partition(".")[0] for path in parts})
    fitting = [path for path, part in parts.items()
               if path.isdigit() and part is not None and part.shape == shape]  # fmt: skip
    if count < 2 or not fitting:
        return found
    of_part, _ = _judged(_OneOfSeveral(desk, fitting[0]), place, {})
    order = {"0": "first", "1": "second"}.get(fitting[0], "last")
    said = f"{name} returns {count} things; what calls it needs the {order} of them alone"
    reason = f"{said}. And {of_part.reason}" if of_part.reason else said
    blames = (Blame("returns-several", name), *of_part.blames)
    return dataclasses.replace(of_part, passed=False, blames=blames, reason=reason, remarks=())
