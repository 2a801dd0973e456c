"""The way from a right gradient into the step that is made of it."""

from collections.abc import Mapping, Sequence

import numpy as np

from chainrule.checking.record._steps.factors import factor
from chainrule.checking.record._steps.flow import Operand, members
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._steps.steps import Group, Step
from chainrule.checking.record._tape.operations import Array

_HALF = 0.5  # the power of a root


class Way:
    """What lies between the gradients of a step's parameters and their changes."""

    def __init__(self, runs: Runs, step: Step, gradients: Mapping[int, Sequence[Array]]) -> None:
        """Take the right gradients, for each run, by the numbers of their groups."""
        self._runs, self._step, self._gradients = runs, step, gradients

    def path(self, group: Group) -> list[int]:
        """The operations of its size that lead to the change of an array."""
        runs, size = self._runs, self._gradients[group.number][0].size
        return [
            n for n in members(runs.before([group.number]))
            if n not in runs.barrier and runs.operation(n).size == size
        ]  # fmt: skip

    def is_gradient(self, group: Group, number: int) -> bool:
        """Whether an operation gives the right gradient of an array, up to a factor."""
        return factor(self._runs.results(number), self._gradients[group.number]) is not None

    def gradient_at(self, group: Group) -> int | None:
        """The first operation that gives the right gradient of an array, up to a factor."""
        return next((n for n in self.path(group) if self.is_gradient(group, n)), None)

    def outside_roots(self, group: Group) -> set[int]:
        """The operations of its size that lead to the change of an array by way of no root."""
        runs, found = self._runs, set[int]()
        waiting = [*runs.given(runs.change(group.number))]
        while waiting:
            number = waiting.pop()
            if number in found | runs.barrier or self.is_root(number):
                continue
            if runs.operation(number).size == runs.operation(group.number).size:
                found.add(number)
                waiting += set().union(*runs.sources[number])
        return found

    def is_root(self, number: int) -> bool:
        """Whether an operation takes the root of numbers, or gives one over it."""
        operation, runs = self._runs.operation(number), self._runs
        return operation.name == "sqrt" or (
            operation.name == "power"
            and all(np.all(np.abs(e) == _HALF) for e in runs.values(Operand(number, 1)))
        )

    def meets_parameter(self, group: Group, gradient: int) -> bool:
        """Whether the gradient of an array is multiplied with a parameter before its step."""
        runs = self._runs
        later = [
            n for n in self.path(group)
            if runs.operation(n).name == "multiply" and runs.ancestors[n] >> gradient & 1
        ]  # fmt: skip
        return any(
            ids.size > 1 and runs.given(Operand(n, place)) & runs.barrier
            for n in later for place, ids in enumerate(runs.operation(n).ids)
        )  # fmt: skip

    def is_added_to(self, group: Group, gradient: int) -> bool:
        """Whether more than a penalty of its own is added to the gradient of an array in its step.

        Then what is right is a part of a sum, as of the first step in time that is gone back.
        """
        runs = self._runs
        own = sum(1 << n for n in runs.given(runs.updates[group.number].parameter))
        now = sum(1 << n for n in self._step.before)
        for number in self.path(group):
            if runs.operation(number).name not in ("add", "subtract"):
                continue
            by = [runs.leads_to(Operand(number, place))[0] for place in (0, 1)]
            through = [mask >> gradient & 1 for mask in by]
            if any(through) and any(
                not t and mask & now & ~own for t, mask in zip(through, by, strict=True)
            ):
                return True
        return False

    def ways_to(self, operand: Operand, end: int) -> list[tuple[tuple[str, int], ...]]:
        """The names and places by which one comes from an operand back to an operation."""
        given = self._runs.given(operand)
        if end in given:
            return [()]
        (number,) = given if len(given) == 1 else (-1,)
        if number < end or number in self._runs.barrier:
            return []
        name, places = self._runs.operation(number).name, range(len(self._runs.sources[number]))
        return [
            ((name, place), *way)
            for place in places
            for way in self.ways_to(Operand(number, place), end)
        ]

    def followed(self, operand: Operand, way: Sequence[tuple[str, int]]) -> Operand | None:
        """What one comes to by the same way back from another operand; None if it is another."""
        for name, place in way:
            given = self._runs.given(operand)
            (number,) = given if len(given) == 1 else (-1,)
            if number < 0 or self._runs.operation(number).name != name:
                return None
            operand = Operand(number, place)
        return operand
