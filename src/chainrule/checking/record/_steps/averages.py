"""How a sum of gradients, or of their squares, forgets earlier ones, and how it is corrected."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from chainrule.checking.record._steps.trail import Scaling, UnreadError
from chainrule.checking.record._steps.weighing import Reading
from chainrule.checking.record._tape.operations import Array

SAME = 1e-6
_MOST_TIMES = 1000


class Correction(NamedTuple):
    """A multiplication or division by 1 − β^t.

    Attributes:
        scaling: where it stands.
        rate: β.
        times: t, step by step.
    """

    scaling: Scaling
    rate: float
    times: tuple[int, ...]

    @property
    def counts(self) -> bool:
        """Whether t is the number of the step."""
        return self.times == (*range(1, len(self.times) + 1),)


@dataclass(frozen=True, eq=False)
class Average:
    """What gradients, or their squares, are added up to.

    Attributes:
        weights: of each gradient in each step. Shape: `(steps, steps)`.
        rates: numbers in the code that its rate may be.
        corrections: that its sum goes through.
    """

    weights: Array
    rates: Sequence[float]
    corrections: Sequence[Correction]

    @property
    def scale(self) -> Array:
        """The weight of the gradient of the step itself, in each step."""
        return np.diag(self.weights)

    @cached_property
    def shape(self) -> tuple[str, float]:
        """How it forgets, and its rate.

        Of the last gradient alone ("last"); a "sum"; an "average" of a rate; what it will be after
        a step more ("ahead"); an average that its correction is written into ("stored"); or
        none of these ("").
        """
        rows = self.weights / self.scale[:, None]
        steps = np.arange(len(rows))
        age = np.maximum(steps[:, None] - steps[None, :], 0)
        past = np.tri(len(rows))
        if _alike(rows, np.eye(len(rows))):
            return "last", 0.0
        if _alike(rows, past):
            return "sum", 1.0
        for rate in self.rates:
            powers = past * rate**age
            shares = np.cumprod([1, *(1 - rate ** steps[1:])])
            for name, wanted in (
                ("average", powers),
                ("ahead", np.where(age > 0, powers * rate / (1 + rate), powers)),
                ("stored", powers * shares[None, :] / shares[:, None]),
            ):
                if _alike(rows, wanted):
                    return name, rate
        return "", 0.0

    @property
    def rest(self) -> Array:
        """Its scale but for the corrections that stand in the code; 1 in the first step."""
        rest = self.scale.copy()
        for correction in self.corrections:
            values = correction.scaling.values[: len(rest)]
            rest = rest * values if correction.scaling.name == "divide" else rest / values
        return np.asarray(rest / rest[0])

    @property
    def is_even(self) -> bool:
        """Whether nothing but its corrections makes its scale another from step to step."""
        return _alike(self.rest, np.ones(len(self.rest)))

    @property
    def falls(self) -> bool:
        """The same, or what multiplies it becomes less: a learning rate that falls."""
        return self.counts and bool(np.all(self.rest > 0) and np.all(np.diff(self.rest) <= SAME))

    @property
    def counts(self) -> bool:
        """Whether its corrections are by its own rate and the number of the step."""
        return all(
            c.counts and c.rate == self.shape[1] and c.scaling.name == "divide"
            for c in self.corrections
        )

    @property
    def is_corrected(self) -> bool:
        """Whether its weights add up to the same in every step, though it begins with 0."""
        rate = self.shape[1]
        return _alike(self.scale * (1 - rate ** count(self)), self.scale[0] * (1 - rate))


def count(average: Average) -> Array:
    """The numbers of its steps, from 1 on. Shape: `(steps,)`."""
    return np.arange(1.0, len(average.weights) + 1)


def averages(read: Reading) -> tuple[Average, Average | None]:
    """The average that goes along, and that of what divides it, if there is one.

    Raises:
        UnreadError: if there is nothing finite to look at.
    """
    if not read.finite:
        raise UnreadError
    scalings = read.trail.scalings
    rates = sorted({r for w in read.trail.factors for r in (w, 1 - w) if 0 < r < 1})
    corrections = list(_corrections(scalings, rates))
    ends = read.root or read.division
    under = [c for c in corrections if read.trail.leads(c.scaling.numbers[0], ends[0])] if (
        ends) else []  # fmt: skip
    first = Average(read.weights, rates, [c for c in corrections if c not in under])
    if read.squares is None:
        return first, None
    return first, Average(read.squares[: read.finite], rates, under)


def _corrections(scalings: Sequence[Scaling], rates: Sequence[float]) -> Iterator[Correction]:
    for scaling in scalings:
        constant = np.ptp(scaling.values) == 0
        if (constant and scaling.name == "multiply") or not np.all(
            (scaling.values > 0) & (scaling.values < 1)
        ):
            continue
        found = []
        for rate in rates:
            times = np.log1p(-scaling.values) / np.log(rate)
            near = np.round(times)
            if np.abs(times - near).max() < SAME and 0 < near.min() <= near.max() < _MOST_TIMES:
                found.append(Correction(scaling, rate, tuple(map(int, near))))
        if found:
            yield max(found, key=lambda c: c.counts)


def _alike(one: Array, other: Array) -> bool:
    return bool(np.allclose(one, other, rtol=SAME, atol=0))
