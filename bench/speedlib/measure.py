"""Interleaved rounds, paired ratios, and the tables of both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

import numpy as np

from speedlib.jobs import Job, LeftOutError, Sweep, Weights
from speedlib.worker import Worker

OURS = "chainrule"
STUDENT = "NumPy, as a student writes it"
BLOCK = 0.06  # seconds that a candidate's turn in a round should take, or a little more
SPIN = 0.1  # seconds for which the idle threads of a library may go on turning, and then some
SAME = 1e-4  # largest difference of weights after one epoch between single and double precision


@dataclass
class Timings:
    """What interleaved rounds gave.

    Attributes:
        unit: what one number of `seconds` is for, such as "sample".
        seconds: for each candidate, one number a round; None where it sat the round out.
        difference: largest difference of any weight from the reference, after one run over all
            samples; only of candidates that were compared.
        left_out: candidates that did not run, and why.
        reference: the candidate with whose weights the others' are compared.
    """

    unit: str
    seconds: dict[str, list[float | None]] = field(default_factory=dict)
    difference: dict[str, float] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    reference: str | None = None

    @contextmanager
    def leaving_out(self, name: str) -> Iterator[None]:
        """Within this, a candidate that fails is left out."""
        try:
            yield
        except LeftOutError as error:
            self.left_out[name] = str(error)

    def median(self, name: str) -> float | None:
        """Seconds a unit; None if the candidate did not run."""
        taken = [s for s in self.seconds.get(name, []) if s is not None]
        return statistics.median(taken) if taken else None

    def ratio(self, over: str, under: str) -> float | None:
        """Median of the ratios within each round; None if either did not run."""
        pairs = zip(self.seconds.get(over, []), self.seconds.get(under, []), strict=False)
        ratios = [a / b for a, b in pairs if a is not None and b is not None]
        return statistics.median(ratios) if ratios else None

    def as_json(self) -> dict[str, Any]:
        """Everything raw, and the medians."""
        medians = {name: self.median(name) for name in self.seconds}
        return vars(self) | {"median_seconds": medians}

    def table(self, title: str, scale: float, symbol: str, under: str = OURS) -> str:
        """Medians times `scale`, ratios to one candidate, and the check of the weights."""
        lines = [f"{title}: {symbol} per {self.unit}, median of interleaved rounds"]
        medians = {name: self.median(name) for name in self.seconds}
        taken = {name: median for name, median in medians.items() if median is not None}
        for name, median in sorted(taken.items(), key=itemgetter(1)):
            line = f"  {name:44s}{median * scale:10.4g}"
            ratio = self.ratio(name, under)
            line += f"{ratio:9.3g} × {under}" if ratio is not None else ""
            difference = self.difference.get(name)
            if difference is not None:
                verdict = "same weights" if difference <= SAME else "OTHER WEIGHTS"
                line += f"   {verdict} ({difference:.0e})"
            lines.append(line)
        lines += [f"  left out: {name} ({why})" for name, why in self.left_out.items()]
        if self.difference:
            lines.append(f"  weights: largest difference from those of {self.reference}")
        return "\n".join(lines)


@dataclass
class PartResult:
    """What a part of the benchmark gives.

    Attributes:
        text: its tables.
        figures: what the bars ask for, by name; None where it could not be measured.
        raw: everything, for JSON.
    """

    text: str
    figures: dict[str, float | None]
    raw: dict[str, Any]


def largest_difference(these: Weights, those: Weights) -> float:
    """Largest absolute difference between two lists of arrays of the same shapes."""
    return max(
        (float(np.abs(a - b).max()) for a, b in zip(these, those, strict=True)), default=0.0
    )


def prepare_all(workers: Sequence[Worker], job: Job | Sweep, timings: Timings) -> list[Worker]:
    """Prepare each candidate and keep its difference from the first; those that are able."""
    found: dict[Worker, Weights] = {}
    for worker in workers:
        with timings.leaving_out(worker.name):
            worker.prepare(job)
            found[worker] = worker.weights()
    for number, (worker, weights) in enumerate(found.items()):
        if number == 0:
            timings.reference, reference = worker.name, weights
        elif weights:
            timings.difference[worker.name] = largest_difference(weights, reference)
    return list(found)


def shorten(workers: Sequence[Worker], job: Job, timings: Timings) -> Mapping[Worker, int]:
    """Give each candidate so much of the job that a turn takes about `BLOCK` seconds.

    Returns:
        The number of samples in each one's turn.
    """
    lengths = {}
    for worker in workers:
        with timings.leaving_out(worker.name):
            rate = len(job.X) * job.epochs / worker.run()  # samples a second
            part = job.of_length(max(100, round(BLOCK * rate)))
            worker.prepare(part)
            lengths[worker] = len(part.X) * part.epochs
    return lengths


def interleave(
    units: Mapping[Worker, float], rounds: int, timings: Timings, pause: float = 0.0
) -> None:
    """In each round run every candidate once; the order moves on by one from round to round.

    Args:
        units: the candidates, and how many units one run of each is.
        rounds: how many.
        timings: takes the seconds per unit.
        pause: seconds before each run; with more than one thread, `SPIN`.
    """
    workers = list(units)
    for worker in workers:
        timings.seconds[worker.name] = []
    for number in range(rounds):
        start = number % max(1, len(workers))
        for worker in workers[start:] + workers[:start]:
            if worker.name not in timings.left_out:
                time.sleep(pause)
                with timings.leaving_out(worker.name):
                    timings.seconds[worker.name].append(worker.run() / units[worker])
