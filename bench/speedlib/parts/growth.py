"""How the time per sample grows with width, with depth and with the number of samples."""

from __future__ import annotations

from contextlib import ExitStack

import numpy as np

from scripts.digits import first_weights
from speedlib.context import Context, standard_digits
from speedlib.jobs import Job
from speedlib.measure import (
    OURS,
    STUDENT,
    PartResult,
    Timings,
    interleave,
    prepare_all,
    shorten,
)
from speedlib.worker import Worker

WIDTHS = (8, 16, 32, 64, 128, 256, 512)
DEPTHS = (1, 2, 3, 4)
SAMPLES = (1_000, 10_000, 100_000)
RATE = 0.01
CANDIDATES = {STUDENT: "student:PerSample", OURS: "ours:Compiled"}


def run(context: Context) -> PartResult:
    """Time per sample, compiled and in the student's NumPy."""
    shapes: dict[str, tuple[int, ...]] = {f"64-{width}-10": (64, width, 10) for width in WIDTHS}
    shapes |= {f"64{'-32' * depth}-10": (64, *[32] * depth, 10) for depth in DEPTHS}
    groups: dict[str, Timings] = {}
    with ExitStack() as stack:
        workers = [
            stack.enter_context(Worker(name, target)) for name, target in CANDIDATES.items()
        ]
        X, y = standard_digits()
        for name, sizes in shapes.items():
            timings = groups[name] = Timings("sample")
            job = Job(X, y, first_weights(*sizes), RATE)
            able = prepare_all(workers, job, timings)
            interleave(shorten(able, job, timings), context.rounds(9, 3), timings)
        for number in SAMPLES[: 2 if context.quick else None]:
            timings = groups[f"64-32-10, {number} samples"] = Timings("sample")
            job = synthetic(number)
            able = prepare_all(workers, job, timings)
            interleave(dict.fromkeys(able, number), context.rounds(3, 1), timings)
    raw = {name: timings.as_json() for name, timings in groups.items()}
    return PartResult(table(groups), {}, raw)


def synthetic(number: int) -> Job:
    """One epoch of a network 64-32-10 on this many random samples."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((number, 64)).astype(np.float32)
    return Job(X, rng.integers(0, 10, number), first_weights(64, 32, 10), RATE)


def table(groups: dict[str, Timings]) -> str:
    """One line for each shape."""
    lines = [
        "Growth: µs per sample, one epoch where samples are named",
        f"  {'':28s}{OURS:>12s}{'student':>12s}{'ratio':>9s}   weights differ by",
    ]
    for name, timings in groups.items():
        ours, student = ((timings.median(n) or np.nan) * 1e6 for n in (OURS, STUDENT))
        ratio = timings.ratio(STUDENT, OURS) or np.nan
        difference = timings.difference.get(OURS, np.nan)
        lines.append(f"  {name:28s}{ours:12.4g}{student:12.4g}{ratio:9.3g}{difference:12.0e}")
    return "\n".join(lines)
