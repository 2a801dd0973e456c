"""Mistakes in what steps make of right gradients.

Each is told by the weights of the gradients, which a rule with this one mistake explains, and by
the operation of the record that departs from the rule.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from chainrule.checking.record._steps.averages import Average, Correction, averages
from chainrule.checking.record._steps.factors import factor
from chainrule.checking.record._steps.flow import members
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.operands import by_place
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._steps.trail import UnreadError
from chainrule.checking.record._steps.weighing import Reading, turned
from chainrule.checking.record._tape.operations import DATA, LEAF

_SAME = 1e-6
_STORED = "train-moment-stored"
_SMALL = 1e-5  # what only keeps a divisor from 0; more damps a step that is meant to have no root


class Misstep(NamedTuple):
    """A mistake in what one parameter's steps are made of.

    Attributes:
        number: of the operation.
        fault: id in the catalogue.
        sentence: what stands there, and what belongs there.
    """

    number: int
    fault: str
    sentence: str


def missteps(judged: Judgement, read: Reading) -> list[Misstep]:
    """The mistakes in how one parameter's steps are made of its gradients, as far as known.

    Several only where each stands by itself; else the first may be the cause of others.

    Raises:
        UnreadError: if there is nothing to look at.
    """
    found = _missteps(judged, read)
    first = next(found, None)
    if first is None or first.fault != _STORED:
        return [] if first is None else [first]
    return [first, *(one for one in found if one.fault == _STORED)]


def _missteps(judged: Judgement, read: Reading) -> Iterator[Misstep]:
    trail, root = read.trail, read.root
    for scaling in trail.scalings:
        values = scaling.values
        if scaling.name == "divide" and values[0] == 0 and np.all(np.diff(values) >= 0):
            counts = "begins with 0" if np.any(values) else "stays 0"
            yield Misstep(
                scaling.numbers[0], "train-step-count",
                f"this divides by 0 in the first step: what counts the steps {counts}",
            )  # fmt: skip
    if read.squares is not None and root and read.power == 1:
        yield Misstep(
            _joined(read, 0, root[0]), "train-square-missing",
            "a root is taken of an average of gradients, not of their squares",
        )  # fmt: skip
    if read.squares is not None and root and read.squares[0, 0] < 0:
        yield Misstep(
            _joined(read, 0, root[0]), "train-square-missing",
            "the square of the gradient is taken away, and a root is taken of what is left",
        )  # fmt: skip
    first, second = averages(read)
    kind, rate = first.shape
    if not kind:
        yield from _turned(read, first)
    shapes = (kind, "" if second is None else second.shape[0])
    unrooted = read.power == 2 and not root and read.small < _SMALL
    if unrooted and shapes in (("last", "sum"), ("last", "average"), ("average", "average")):
        yield Misstep(
            read.division[0], "train-root-missing",
            "this divides by what squares are added up to, and not by its root",
        )  # fmt: skip
    yield from _miscorrected(judged, read, first, second)
    if second is not None:
        yield from _miscorrected(judged, read, second, first)
    elif kind in ("average", "ahead"):
        yield from _rate_twice(read, rate)


def _turned(read: Reading, average: Average) -> Iterator[Misstep]:
    """A term with the wrong sign, so that earlier gradients are taken against the step's own."""
    trail, runs = read.trail, read.trail.runs
    if np.any(average.scale >= 0) or not np.any(average.weights > 0):
        return
    inner = sorted(trail.path - {*trail.updates})
    sums = [n for n in inner if runs.operation(n).name in ("add", "subtract")]
    for numbers in by_place(runs, sums).values():
        for place in (0, 1) if runs.operation(numbers[0]).name == "add" else (1,):
            try:
                one = replace(average, weights=turned(read, numbers, place))
            except UnreadError:
                continue
            kind, rate = one.shape
            if kind in ("average", "ahead") and one.is_even and np.all(one.scale < 0):
                ahead = "Nesterov's " if kind == "ahead" else ""
                yield Misstep(
                    numbers[-1], "train-momentum-sign",
                    f"with the other sign here the steps are those of {ahead}momentum "
                    f"({rate:.4g}): as it stands, earlier gradients are taken against this one",
                )  # fmt: skip


def _miscorrected(
    judged: Judgement, read: Reading, average: Average, other: Average | None
) -> Iterator[Misstep]:
    kind, rate = average.shape
    for correction in average.corrections:
        scaling, divides = correction.scaling, correction.scaling.name == "divide"
        number = scaling.numbers[0]
        if kind == "stored" and divides and correction.counts:
            yield Misstep(
                number, _STORED,
                "the corrected average is kept, and the next step corrects it once more",
            )  # fmt: skip
        if kind != "average" or not average.is_even:
            continue
        if not divides and correction.counts and correction.rate == rate:
            yield Misstep(
                number, "train-moment-multiplied",
                f"this multiplies by 1 - {rate:.4g}**t, and dividing by it corrects an average",
            )  # fmt: skip
        elif (
            divides
            and correction.counts
            and correction.rate != rate  # that of a half is both
            and np.isclose(correction.rate, 1 - rate, rtol=_SAME)
        ):
            yield Misstep(
                _joined(read, 1, scaling.numbers[1]), "train-moment-weights",
                f"{rate:.4g} of the average is kept, and {1 - rate:.4g} of what is new goes in: "
                "these weights are exchanged",
            )  # fmt: skip
        elif divides and correction.counts and correction.rate != rate:
            yield Misstep(
                number, "train-moment-correction",
                f"this divides by 1 - {correction.rate:.4g}**t, and the average that it corrects "
                f"keeps {rate:.4g} of itself in each step",
            )  # fmt: skip
        elif divides and correction.rate == rate:
            if not correction.counts:
                yield from _miscounted(judged, read, correction, other)
            elif other is not None:
                yield from _misweighed(read, correction, rate)


def _miscounted(
    judged: Judgement, read: Reading, correction: Correction, other: Average | None
) -> Iterator[Misstep]:
    """Corrections by another t than the number of the step."""
    trail, times = read.trail, correction.times
    both = other is not None and any(c.times == times for c in other.corrections)
    growth = set(np.diff(times).tolist())
    each = growth.pop() if len(growth) == 1 else -1
    number = correction.scaling.numbers[0]
    # What stands in all batches of an epoch may be meant to count epochs.
    again = _reads(trail.runs, trail.first[1]) <= _reads(trail.runs, trail.first[0])
    if each == 0 and both and again:
        yield Misstep(
            number, "train-step-count",
            f"this divides by 1 - {correction.rate:.4g}**{times[0]} in each of the {len(times)} "
            "steps that were seen, whichever it is",
        )  # fmt: skip
    elif each > 1 and len(judged.groups) % each == 0:  # it counts parameters
        seen = ", ".join(map(str, times))
        yield Misstep(
            number, "train-step-count",
            f"t is {seen} in the first {len(times)} steps of this parameter",
        )  # fmt: skip


def _reads(runs: Runs, number: int) -> set[bytes]:
    """The data by which a gradient was computed in its step."""
    return {
        ids.tobytes()
        for n in members(runs.ancestors[number])
        for ids, given in zip(runs.operation(n).ids, runs.sources[n], strict=True)
        if ids.size > 1 and given and not given & runs.barrier
        and all(runs.operation(s).name in (LEAF, DATA) for s in given)
    }  # fmt: skip


def _misweighed(read: Reading, correction: Correction, rate: float) -> Iterator[Misstep]:
    """An average whose weights do not add up to 1 after the correction."""
    runs, trail = read.trail.runs, read.trail
    number = correction.scaling.numbers[0]
    power = 2 if read.root and trail.leads(number, read.root[0]) else 1
    new = [g**power for g in runs.results(trail.gradients[0])]
    share, kept = factor(runs.results(number), new), _joined(read, 0, number, last=True)
    weight = factor(runs.results(kept), new)  # a rate may multiply the average before this divides
    is_share = kept != number and weight is not None and np.isclose(-weight, 1 - rate, rtol=_SAME)
    if share is not None and abs(-share - 1) > _SAME and not is_share:
        yield Misstep(
            _joined(read, 1, correction.scaling.numbers[1]), "train-moment-weights",
            f"{rate:.4g} of the average is kept, and {-share * (1 - rate):.4g} of what is new "
            f"goes in: that should be {1 - rate:.4g}, for the weights to add up to 1",
        )  # fmt: skip


def _joined(read: Reading, step: int, end: int, *, last: bool = False) -> int:
    """The first or last operation of a step that joins its gradient with earlier ones."""
    trail, runs = read.trail, read.trail.runs
    return next(
        (n for n in trail.between(step)[:: -1 if last else 1]
         if runs.operation(n).name in ("add", "subtract") and trail.leads(n, end)
         and trail.leads(trail.gradients[step], n) and n != trail.gradients[step]), end
    )  # fmt: skip


def _rate_twice(read: Reading, rate: float) -> Iterator[Misstep]:
    """The same number as a factor of the gradient, and again of the velocity.

    It may be a rate only if it makes no mean of what the code computes with.
    """
    trail = read.trail
    sides = np.array([s for o in trail.runs.first.operations for s in (*o.shape, o.size) if s])
    factors = [
        s for s in trail.scalings
        if s.name == "multiply" and np.ptp(s.values) == 0 and 0 < s.values[0] < 1
        and not np.isclose(s.values[0], [rate, 1 - rate]).any()
        and not np.isclose(s.values[0] * sides, [[1], [2]]).any()
        and trail.leads(trail.first[1], s.numbers[1])
    ]  # fmt: skip
    for one in factors:
        for other in factors:
            same = one is not other and one.values[0] == other.values[0]
            if same and trail.leads(one.numbers[1], other.numbers[1]):
                yield Misstep(
                    other.numbers[0], "train-learning-rate",
                    f"this is multiplied by {one.values[0]:.4g}, and so were the gradients before "
                    "they went into it",
                )  # fmt: skip
