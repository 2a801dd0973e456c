"""What lies between the gradients of a parameter and its updates, over all steps of a record."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from chainrule.checking.record._steps.adjoint import Adjoint, Seeds, adjoint
from chainrule.checking.record._steps.flow import Operand
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._steps.steps import Group
from chainrule.checking.record._tape.operations import SOURCES, Array
from chainrule.checking.record.table import Table

LEAST_STEPS = 2  # of the longest trail one more: two may be those of many rules
_JOINING = ("add", "subtract", "multiply", "divide", "negative")
_PREPARING = frozenset([*_JOINING, "clip", "minimum", "maximum"])  # as clipping and decay do
_KNOWN = frozenset([*_PREPARING, "sqrt", "power", "square", "absolute", "sign"])


class UnreadError(Exception):
    """Something that a step makes of its gradient is not understood."""


@dataclass(frozen=True, eq=False)
class Scaling:
    """A piece of code that multiplies or divides by a single number, in each step.

    Attributes:
        name: "multiply" or "divide".
        numbers: of the operations, step by step.
        values: of the number, step by step.
    """

    name: str
    numbers: tuple[int, ...]
    values: Array


class Trail:
    """The updates of one parameter, and all that is computed between its gradients and them.

    Attributes:
        updates: numbers of the operations, step by step.
        parameters: the operations that give the parameter its values, one after the other.
        gradients: the last operation of each step that the gradient alone, and weight decay, go
            into.
        first: the gradient of the loss in each step.
        path: the operations between gradients and updates.
    """

    def __init__(self, judged: Judgement, group: Group) -> None:
        """Follow a parameter's updates back.

        Raises:
            UnreadError: if it cannot be told what belongs to a step.
        """
        runs, base = judged.runs, judged.gradient_at(group)
        if base is None or len(group.numbers) > 1:
            raise UnreadError
        self.runs, self.size = runs, runs.operation(group.number).size
        chain = runs.chain[group.number]
        own = sorted(n for n in runs.updates if runs.chain[n] == chain)
        self.parameters = {*own, *runs.given(runs.updates[own[0]].parameter)}
        self.updates = [n for n in own if not self._only_decays(n)]
        orders = [runs.order[n] for n in own]
        if orders != [*range(1, len(own) + 1)] or len(self.updates) < LEAST_STEPS:
            raise UnreadError
        self._base = runs.operation(base).place
        self._gradients = sum(
            1 << n for n in range(runs.length) if runs.operation(n).place == self._base
        )
        self.path: set[int] = set()
        bases: set[int] = set()
        self._follow(bases)
        self.first = [self._of_step(bases, k) for k in range(len(self.updates))]
        self._users: dict[int, set[int]] = {}
        for number in self.path:
            for source in set().union(*runs.sources[number]):
                self._users.setdefault(source, set()).add(number)
        last = runs.operation(self._prepared(self.first[1])).place
        alike = {n for n in {*self.path, *bases} if runs.operation(n).place == last}
        # A first step that has nothing to average with may take the gradient as it is.
        self.gradients = [
            self._of_step([n for n in alike if self.step_of(n) == k] or bases, k)
            for k in range(len(self.updates))
        ]

    def _only_decays(self, update: int) -> bool:
        """Whether an update takes a part of the parameter away, and nothing else."""
        return all(map(self._is_of_parameter, self.runs.given(self.runs.change(update))))

    def _of_step(self, numbers: Iterable[int], step: int) -> int:
        """The one of some operations that lies in a step."""
        found = [n for n in numbers if self.step_of(n) == step]
        if not found:
            raise UnreadError
        return max(found)

    def step_of(self, number: int) -> int:
        """The step that an operation belongs to, from 0 on: that of the next update."""
        return sum(update < number for update in self.updates)

    def _follow(self, bases: set[int]) -> None:
        runs, waiting = self.runs, list(self.updates)
        self.path.update(waiting)
        while waiting:
            number = waiting.pop()
            for place in range(len(runs.sources[number])):
                for source in runs.given(Operand(number, place)):
                    operation = runs.operation(source)
                    if operation.place == self._base and operation.size == self.size:
                        bases.add(source)
                    elif (
                        source in self.path
                        or source in self.parameters
                        or operation.name in SOURCES
                        or self.is_single(Operand(number, place))
                    ):
                        continue
                    elif operation.name in _KNOWN and operation.size == self.size:
                        self.path.add(source)
                        waiting.append(source)
                    else:
                        raise UnreadError

    def is_single(self, operand: Operand) -> bool:
        """Whether a single number goes in that is the same for all of a parameter."""
        if self.runs.ids(0, operand).size > 1:
            return False
        return self.size > 1 or not any(
            s in self.parameters or self.runs.candidate_ancestors(s) & self._gradients
            for s in self.runs.given(operand)
        )

    def _prepared(self, number: int) -> int:
        """The last operation that a gradient alone goes into, but for decay, on all ways."""
        runs = self.runs
        while True:
            users = self._users.get(number, set())
            if len(users) != 1:
                return number
            (user,) = users
            arrays = [
                given for place, given in enumerate(runs.sources[user])
                if given and not self._scales(Operand(user, place))
            ]  # fmt: skip
            decay = [given for given in arrays if given != {number}]
            if (
                user in self.updates
                or runs.operation(user).name not in _PREPARING
                or (decay and runs.operation(user).name not in ("add", "subtract"))
                or not all(self._is_of_parameter(s) for given in decay for s in given)
            ):
                return number
            number = user

    def _scales(self, operand: Operand) -> bool:
        """Whether a single number goes in that is written, or multiplies or divides."""
        adds = self.runs.operation(operand.number).name in ("add", "subtract")
        return self.is_single(operand) and not (adds and self.runs.depends_on_parameters(operand))

    def _is_of_parameter(self, number: int) -> bool:
        """Whether it is the parameter itself, or that times single numbers."""
        runs = self.runs
        if number in self.parameters:
            return True
        given = [given for given in runs.sources[number] if given]
        scales = runs.operation(number).name in ("multiply", "divide") and len(given) == 1
        return scales and all(map(self._is_of_parameter, given[0]))

    def derivatives(
        self,
        step: int,
        seeds: Sequence[Seeds],
        but: Sequence[int],
        tables: Sequence[Table],
        through: bool = False,
    ) -> list[Adjoint]:
        """Derivatives along the path back to gradients and parameters, in each run.

        Args:
            step: that they are taken in.
            seeds: where they begin, in each run.
            but: operations that are taken for given.
            tables: of the runs, or the same with other operations.
            through: whether to go through earlier values of the parameter, back to the first.
        """
        inner = self.path - {*self.gradients, *but}
        inner = inner if through else inner - self.parameters | {self.updates[step]}
        return [
            adjoint(table, seed, lambda n: n not in inner)
            for table, seed in zip(tables, seeds, strict=True)
        ]

    def between(self, step: int) -> list[int]:
        """The operations of the path in a step, in their order."""
        return sorted(n for n in self.path if self.step_of(n) == step)

    @cached_property
    def _scaled(self) -> list[tuple[int, float]]:
        """What multiplies or divides by a single number, and by which."""
        found = []
        for number in sorted(self.path):
            name = self.runs.operation(number).name
            for place in (0, 1) if name == "multiply" else (1,) if name == "divide" else ():
                operand = Operand(number, place)
                if self.is_single(operand) and not self.is_single(Operand(number, 1 - place)):
                    found.append((number, float(np.ravel(self.runs.values(operand)[0])[0])))
        return found

    @property
    def factors(self) -> set[float]:
        """All single numbers that something is multiplied by."""
        return {v for n, v in self._scaled if self.runs.operation(n).name == "multiply"}

    @cached_property
    def scalings(self) -> list[Scaling]:
        """All that is multiplied or divided by a single number, in every step."""
        found: dict[int, list[tuple[int, float]]] = {}
        for number, value in self._scaled:
            found.setdefault(self.runs.operation(number).place, []).append((number, value))
        return [
            Scaling(self.runs.operation(each[0][0]).name, tuple(n for n, _ in each),
                    np.array([v for _, v in each]))
            for each in found.values()
            if [self.step_of(n) for n, _ in each] == [*range(len(self.updates))]
        ]  # fmt: skip

    def leads(self, number: int, end: int) -> bool:
        """Whether what an operation gave goes into another one within its step."""
        if number == end:
            return True
        last = self.updates[self.step_of(number)]
        return any(
            user <= min(end, last) and self.leads(user, end)
            for user in self._users.get(number, ())
        )


def flat(runs: Runs, number: int) -> list[Array]:
    """What an operation gave, in each run. Shape: flat."""
    return [r.ravel() for r in runs.results(number)]
