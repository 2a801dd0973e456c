"""The bars as data: what is wanted, and whether it is met."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from speedlib.measure import OURS, STUDENT, PartResult
from speedlib.parts import agreement, batches, minibatch, per_sample, process, sparse, sweep


@dataclass(frozen=True)
class Bar:
    """One figure and what it should be.

    Attributes:
        part: of the benchmark.
        figure: its name in the part's figures.
        least: the smallest value that meets the bar, if the figure should be large.
        most: the largest value that meets it, if it should be small; a figure with neither is
            shown for comparison.
    """

    part: str
    figure: str
    least: float | None = None
    most: float | None = None

    @property
    def wanted(self) -> str:
        """In words."""
        if self.least is not None:
            return f"≥ {self.least:g}"
        return "" if self.most is None else f"≤ {self.most:g}"

    def verdict(self, measured: float | None) -> str:
        """Met, or missed and by how much."""
        if measured is None:
            return "not measured"
        if self.least is not None:
            share = measured / self.least
            return "met" if share >= 1 else f"missed by {1 - share:.0%}"
        if self.most is not None:
            share = measured / self.most
            return "met" if share <= 1 else f"missed by {share - 1:.0%}"
        return "for comparison"


def _per_sample() -> list[Bar]:
    bars = []
    wanted = {10: (140, 5), 32: (100, 4), 100: (50, 3)}
    for hidden, (student, jax) in wanted.items():
        net = f"64-{hidden}-10"
        bars += [
            Bar("per_sample", f"{net}: {STUDENT} / {OURS}", least=student),
            Bar("per_sample", f"{net}: {per_sample.JAX} / {OURS}", least=jax),
            Bar("per_sample", f"{net}: {per_sample.JAX_TUNED} / {OURS}"),
            Bar("per_sample", f"{net}: {OURS} / {per_sample.LIMIT}", most=1.15),
            Bar("per_sample", f"{net}: {per_sample.AVX512} / {per_sample.LIMIT}"),
            Bar("per_sample", f"{net}: {per_sample.AVX2} / {per_sample.AVX2_LIMIT}", most=1.15),
            Bar("per_sample", f"{net}: {per_sample.MOMENTUM} / {OURS}", most=1.3),
            Bar("per_sample", f"{net}: {per_sample.STORES_OF_BOTH} / {per_sample.STORES}"),
            Bar("per_sample", f"{net}: {per_sample.STORES_OF_BOTH} / {OURS}"),
            Bar("per_sample", f"{net}: {per_sample.DECAY} / {OURS}", most=1.3),
        ]
    return bars


def _minibatch() -> list[Bar]:
    bars = []
    for threads, most in (("1 thread", 1.0), ("2 threads", 1.35)):
        bars += [
            Bar("minibatch", f"{threads}: {OURS} / {minibatch.BOUND}", most=most),
            Bar("minibatch", f"{threads}: {minibatch.TAKEN} / {minibatch.BOUND}"),
            Bar("minibatch", f"{threads}: {OURS} / {minibatch.TAKEN}"),
            Bar("minibatch", f"{threads}: {minibatch.BYTES} / {minibatch.BOUND}"),
            Bar("minibatch", f"{threads}: {minibatch.NEAREST}", least=1),
        ]
    return bars


def _batches() -> list[Bar]:
    bars = []
    for threads in (1, 2):
        for sizes in batches.SIZES:
            for batch in batches.BATCHES:
                name = f"{'-'.join(map(str, sizes))}, batches of {batch}, {threads} thread(s)"
                wide = sizes != batches.SIZES[0] and batch > 32
                most = 1.1 if wide else None
                bars.append(Bar("batches", f"{name}: {OURS} / {minibatch.BOUND}", most=most))
    bars += [
        Bar("batches", f"{batches.BUSY}: {batches.MEDIAN}", most=1.15),
        Bar("batches", f"{batches.BUSY}: {batches.P95}", most=1.15),
        Bar("batches", f"{batches.BUSY}: {batches.P95_OF_ONE}"),
        Bar("batches", f"{batches.BUSY}: {batches.P95_OF_JAX}"),
    ]
    return bars


BARS = (
    *_per_sample(),
    Bar("sparse", f"{per_sample.MOMENTUM} / {OURS}", most=1.3),
    Bar("sparse", f"{per_sample.STORES_OF_BOTH} / {per_sample.STORES}"),
    Bar("sparse", f"{per_sample.STORES_OF_BOTH} / {OURS}"),
    Bar("sparse", f"{sparse.TINY} / {OURS}", most=1.05),
    *(Bar("process", f"{job}: {OURS} / {STUDENT}", most=0.5) for job in process.JOBS),
    Bar("sweep", f"{sweep.SERIAL} / {OURS}", least=150),
    Bar("sweep", f"{sweep.JAX} / {OURS}", least=4),
    Bar("sweep", f"{sweep.JAX_TUNED} / {OURS}"),
    *_minibatch(),
    *_batches(),
    Bar("memory", "MNIST: peak / allowed", most=1),
    Bar("memory", "10 times MNIST: peak / allowed", most=1),
    Bar("agreement", agreement.DOUBLE, most=1e-12),
    Bar("agreement", agreement.SINGLE, most=1e-6),
)


def judged(results: Mapping[str, PartResult]) -> list[dict[str, Any]]:
    """Every bar of the parts that ran, with `wanted`, `measured` and `verdict`."""
    rows = []
    for bar in BARS:
        if bar.part in results:
            measured = results[bar.part].figures.get(bar.figure)
            row = {"wanted": bar.wanted, "measured": measured, "verdict": bar.verdict(measured)}
            rows.append(dataclasses.asdict(bar) | row)
    return rows


def table(rows: list[dict[str, Any]]) -> str:
    """One line for each bar."""
    lines = [f"{'== bars':78s}{'wanted':>8s}{'measured':>10s}"]
    for row in rows:
        name = f"{row['part']}, {row['figure']}"
        value = "" if row["measured"] is None else f"{row['measured']:.3g}"
        lines.append(f"  {name:76s}{row['wanted']:>8s}{value:>10s}   {row['verdict']}")
    return "\n".join(lines)
