"""What is added to a gradient beside the forward pass: the derivative of a penalty of weights.

It is made of the weights alone, in whatever way, or takes each of them towards 0. Without it a
step is to be right; whether the loss has the same penalty is looked at in `penalties`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from chainrule.checking.record._steps.flow import Operand
from chainrule.checking.record._steps.operands import moving, operands
from chainrule.checking.record._steps.replay import Edit, Replay, instead
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._steps.steps import Group
from chainrule.checking.record._tape.operations import DATA, LEAF, Array
from chainrule.checking.record.table import distinct

_MOST = 0.5  # of the largest weight: a penalty takes less away in a step
_SCALED = ("multiply", "divide", "negative", "clip")


class Decay(NamedTuple):
    """What leaves the penalties out of the change of an array.

    Attributes:
        terms: what is added.
        edits: of the operations at which they are added.
        without: the changes that are left, in each run. Shapes: flat.
        towards: 1 if each weight goes towards 0 by what is left out, and -1 if some of it takes
            each away from there; else 0.
    """

    terms: Sequence[Operand]
    edits: Mapping[int, Edit]
    without: Sequence[Array]
    towards: int


class Penalties:
    """Looks for penalties in the changes of arrays: what they take is the same for all losses.

    Attributes:
        replay: computes the changes again.
    """

    def __init__(self, runs: Runs) -> None:
        self._runs, self.replay = runs, Replay(runs)
        self._taken: dict[tuple[int, bool, tuple[Operand, ...]], int | None] = {}

    def of(self, group: Group, others: int, clips: Mapping[int, Edit]) -> Decay | None:
        """The penalties in the change of an array; None if it has none.

        Args:
            group: the array.
            others: what no penalty is made of, as `others_than_penalties` gives it.
            clips: what leaves out how its gradient is clipped.

        Raises:
            ValueError: if shapes do not fit without them.
        """
        edits: dict[int, Edit] = {}
        added: list[Operand] = []
        towards = 1
        for terms in _terms(self._runs, group, others):
            some = {term.number: _left_out(self._runs, group, term) for term in terms}
            way = self._way(group, terms, some, clips)
            if way or (way is not None and self._runs.depends_on_parameters(terms[0])):
                towards = min(towards, way)
                edits.update(some)
                added += terms
        if not edits:
            return None
        without = self.replay.changes({**clips, **edits}, [group])[group.number]
        return Decay(added, edits, without, towards)

    def _way(
        self,
        group: Group,
        terms: Sequence[Operand],
        edits: Mapping[int, Edit],
        clips: Mapping[int, Edit],
    ) -> int | None:
        """Whether terms take weights towards 0 (1), away (-1), or neither; None if too far."""
        key = (group.number, bool(clips), tuple(terms))
        if key not in self._taken:
            changes, without = (
                self.replay.changes(some, [group])[group.number]
                for some in (clips, {**clips, **edits})
            )
            taken = [c - w for c, w in zip(changes, without, strict=True)]
            before, way = group.before(), None
            if all(
                np.isfinite(t).all() and np.any(t) and np.abs(t).max() < _MOST * np.abs(b).max()
                for t, b in zip(taken, before, strict=True)
            ):
                products = np.concatenate([t * b for t, b in zip(taken, before, strict=True)])
                way = 1 if np.all(products <= 0) else -int(np.all(products >= 0))
            self._taken[key] = way
        return self._taken[key]


def forward_of(runs: Runs, reached: frozenset[int]) -> int:
    """The operations that a loss goes through to its parameters, as bits."""
    return sum(1 << n for n in reached if runs.depends[n] and n not in runs.barrier)


def others_than_penalties(runs: Runs, reached: frozenset[int]) -> int:
    """The operations of the forward pass, and data that are no mask, as bits."""
    found = forward_of(runs, reached)
    for number in range(runs.length):
        operation = runs.operation(number)
        if operation.name not in (LEAF, DATA) or number in runs.barrier:
            continue
        mask = operation.size > 1 and distinct(runs.first.result(number)) <= 2
        if not operation.settings.get("written") and (number in reached or not mask):
            found |= 1 << number
    return found


def _terms(runs: Runs, group: Group, others: int) -> Iterator[list[Operand]]:
    """What is added on the way to a change and knows nothing of the forward pass, by code."""
    found: dict[tuple[int, int], list[Operand]] = {}
    for update in group.updates:
        if update.parameter.number != update.number:  # the parameter is scaled first
            found.setdefault((-1, 0), []).append(Operand(update.number, update.place))
        waiting, seen = [runs.change(update.number)], set[int]()
        while waiting:
            for number in runs.given(waiting.pop()) - seen - runs.barrier:
                seen.add(number)
                if others >> number & 1:
                    continue  # a bias in a prediction is added to it, too, and is no penalty
                operation = runs.operation(number)
                if operation.name in ("add", "subtract"):
                    for operand in operands(runs, number):
                        if _is_term(runs, operand, runs.chain[update.number], others):
                            key = (operation.place, operand.place)
                            found.setdefault(key, []).append(operand)
                        else:
                            waiting.append(operand)
                elif operation.name in _SCALED:
                    waiting += moving(runs, number)
    yield from found.values()


def _is_term(runs: Runs, operand: Operand, chain: int, others: int) -> bool:
    """Whether something is made of a parameter alone, or of no parameter at all."""
    ancestors, depends = runs.leads_to(operand)
    return (
        not ancestors & others
        and depends & runs.changed in (0, 1 << chain)
        and any(np.any(v) for v in runs.values(operand))
    )


def _left_out(runs: Runs, group: Group, term: Operand) -> Edit:
    """The operation at which a penalty is added, without it."""
    parameter = {u.number: u.parameter for u in group.updates}.get(term.number)
    if parameter is None:
        return instead(runs, term, [np.zeros_like(v) for v in runs.values(term)])
    return instead(runs, term, runs.values(parameter))
