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
from speedlib.worker import Worker

SIZES = ((784, 128, 10), (784, 800, 10), (784, 1000, 500, 10))
BATCHES = (32, 128, 512)
SAMPLES = 4096  # a run takes all of them once
ALONE = f"{OURS}, one thread"
BUSY = "784-128-10, batches of 128, 2 threads, beside a busy loop"
# Ours comes first: others' weights are compared with those, and the bare products have none.
GROWING = {OURS: "ours:Batches", BOUND: "bound:Products"}
NEIGHBOURED = {
    ALONE: "ours:BatchesOnOneThread",
    OURS: "ours:Batches",
    BOUND: "bound:Products",
    "JAX scan": "jax_scan:Scan",
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
    alone = busy.median(ALONE)
    seconds = [s for s in busy.seconds.get(OURS, []) if s is not None]
    if alone and len(seconds) > 1:
        figures[f"{BUSY}: median / that of one thread"] = statistics.median(seconds) / alone
        p95 = statistics.quantiles(seconds, n=20)[-1]
        figures[f"{BUSY}: 95th percentile / median of one thread"] = p95 / alone
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
    X = rng.integers(0, 256, (SAMPLES, sizes[0])).astype(np.float32) / np.float32(255)
    y, order = rng.integers(0, 10, SAMPLES), digits.order(1, SAMPLES)
    job = Job(X, y, digits.first_weights(*sizes), 0.1, batch, order, threads=threads)
    timings = Timings("step")
    with ExitStack() as stack:
        workers = [
            stack.enter_context(Worker(name, target, threads))
            for name, target in candidates.items()
        ]
        able = prepare_all(workers, job, timings)
        interleave(dict.fromkeys(able, SAMPLES // batch), rounds, timings, SPIN / 2)
    return timings


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
