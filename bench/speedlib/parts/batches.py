"""Batches on larger networks, and next to another program, beside the bare matrix products."""

from __future__ import annotations

import multiprocessing
import statistics
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

import numpy as np

from scripts import digits
from speedlib.context import Context
from speedlib.jobs import Job
from speedlib.measure import OURS, SPIN, PartResult, Timings, interleave, prepare_all
from speedlib.parts.minibatch import BOUND
from speedlib.parts.per_sample import JAX
from speedlib.worker import Worker

SIZES: tuple[tuple[int, ...], ...] = ((784, 128, 10), (784, 800, 10), (784, 1000, 500, 10))
BATCHES = (32, 128, 512)
# A run takes all samples once, 70 milliseconds or more: long beside the four or so that a system
# gives to another program at a time.
SAMPLES = {SIZES[0]: 16384, SIZES[1]: 4096, SIZES[2]: 4096}
ALONE = f"{OURS}, one thread"
BUSY = "784-128-10, batches of 128, 2 threads, beside a busy loop"
MEDIAN = "median / that of one thread"
P95 = "95th percentile / median of one thread"
P95_OF_ONE = "95th percentile of one thread / its median"
P95_OF_JAX = "95th percentile of JAX / median of one thread"
# Ours comes first: others' weights are compared with those, and the bare products have none.
GROWING = {OURS: "ours:Batches", BOUND: "bound:Products"}
NEIGHBOURED = {
    ALONE: "ours:BatchesOnOneThread",
    OURS: "ours:Batches",
    BOUND: "bound:Products",
    JAX: "jax_scan:Scan",
    "PyTorch, gradient by hand": "torch_eager:ByHand",
    "Keras, 32 steps a call": "keras_model:FitSteps",
    "scikit-learn": "scikit:PartialFit",
}


def run(context: Context) -> PartResult:
    """Growth with width, depth and batch size on one thread and on two, then the busy loop."""
    groups: dict[str, Timings] = {}
    for threads in (1, 2):
        for sizes in SIZES:
            for batch in BATCHES:
                name = f"{'-'.join(map(str, sizes))}, batches of {batch}, {threads} thread(s)"
                groups[name] = measure(GROWING, sizes, batch, threads, context.rounds(7, 3))
    figures = {
        f"{name}: {OURS} / {BOUND}": timings.ratio(OURS, BOUND) for name, timings in groups.items()
    }
    with busy_loop():
        busy = measure(NEIGHBOURED, SIZES[0], 128, 2, context.rounds(31, 9))
    groups[BUSY] = busy
    alone, ours = busy.median(ALONE), busy.median(OURS)
    if alone and ours:
        figures[f"{BUSY}: {MEDIAN}"] = ours / alone
        for figure, name in ((P95, OURS), (P95_OF_ONE, ALONE), (P95_OF_JAX, JAX)):
            p95 = percentile_95(busy, name)
            figures[f"{BUSY}: {figure}"] = p95 and p95 / alone
    text = "\n\n".join(
        timings.table(name, 1e6, "µs", ALONE if name == BUSY else BOUND)
        for name, timings in groups.items()
    )
    return PartResult(text, figures, {name: t.as_json() for name, t in groups.items()})


def measure(
    candidates: Mapping[str, str], sizes: tuple[int, ...], batch: int, threads: int, rounds: int
) -> Timings:
    """The steps' time for each candidate, on random bytes as floats."""
    rng = np.random.default_rng(0)
    count = SAMPLES[sizes]
    X = rng.integers(0, 256, (count, sizes[0])).astype(np.float32) / np.float32(255)
    y, order = rng.integers(0, 10, count), digits.order(1, count)
    job = Job(X, y, digits.first_weights(*sizes), 0.1, batch, order, threads=threads)
    timings = Timings("step")
    with ExitStack() as stack:
        workers = [
            stack.enter_context(Worker(name, target, threads))
            for name, target in candidates.items()
        ]
        able = prepare_all(workers, job, timings)
        interleave(dict.fromkeys(able, count // batch), rounds, timings, SPIN / 2)
    return timings


def percentile_95(timings: Timings, name: str) -> float | None:
    """Seconds a unit that 95 of 100 rounds stay below; None if the candidate did not run twice."""
    seconds = [s for s in timings.seconds.get(name, []) if s is not None]
    if len(seconds) < 2:
        return None
    return statistics.quantiles(seconds, n=20, method="inclusive")[-1]


@contextmanager
def busy_loop() -> Iterator[None]:
    """Within this, another process computes without a pause."""
    process = multiprocessing.get_context("spawn").Process(target=_turn, daemon=True)
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join()


def _turn() -> None:
    while True:
        pass
