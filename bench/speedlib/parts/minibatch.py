"""Batches of 128 on MNIST's shapes, 784-128-10, beside the bare matrix products of the steps."""

from __future__ import annotations

from contextlib import ExitStack

import numpy as np

from scripts import digits
from speedlib.context import Context
from speedlib.jobs import Job
from speedlib.measure import (
    OURS,
    SPIN,
    STUDENT,
    PartResult,
    Timings,
    interleave,
    prepare_all,
)
from speedlib.worker import Worker

BATCH, STEPS = 128, 200  # of the 469 steps in an epoch, so that a round stays short
SIZES, RATE = (784, 128, 10), 0.1
BOUND = "the matrix products alone"
TAKEN = "the products, batches taken by index"
RIVALS = (
    "PyTorch",
    "PyTorch, gradient by hand",
    "Keras",
    "Keras, 32 steps a call",
    "scikit-learn",
)
NEAREST = f"nearest of PyTorch, Keras, scikit-learn / {OURS}"
BYTES = f"{OURS}, from bytes"
# The student comes first: the others' weights are compared with those.
CANDIDATES = {
    STUDENT: "student:Batches",
    BOUND: "bound:Products",
    TAKEN: "bound:ProductsOfTaken",
    OURS: "ours:Batches",
    BYTES: "ours:BatchesOfBytes",
    "JAX scan": "jax_scan:Scan",
    "PyTorch": "torch_eager:Autograd",
    "PyTorch, gradient by hand": "torch_eager:ByHand",
    "Keras": "keras_model:Fit",
    "Keras, 32 steps a call": "keras_model:FitSteps",
    "scikit-learn": "scikit:PartialFit",
}


def run(context: Context) -> PartResult:
    """On one thread, then on two."""
    groups = {
        f"{threads} thread{'s' * (threads > 1)}": measure(threads, context) for threads in (1, 2)
    }
    text = [
        timings.table(f"784-128-10, batches of {BATCH}, {name}", 1e6, "µs", BOUND)
        for name, timings in groups.items()
    ]
    figures: dict[str, float | None] = {}
    for name, timings in groups.items():
        for over, under in ((OURS, BOUND), (TAKEN, BOUND), (OURS, TAKEN), (BYTES, BOUND)):
            figures[f"{name}: {over} / {under}"] = timings.ratio(over, under)
        ahead = [timings.ratio(rival, OURS) for rival in RIVALS]
        figures[f"{name}: {NEAREST}"] = min((a for a in ahead if a is not None), default=None)
    raw = {name: timings.as_json() for name, timings in groups.items()}
    return PartResult("\n\n".join(text), figures, raw)


def measure(threads: int, context: Context) -> Timings:
    """The steps' time for each candidate; all take the batches by index in one order."""
    images, labels, _, _ = context.images
    count = BATCH * STEPS
    raw, y = images[:count], labels[:count].astype(np.int64)
    order = digits.order(1, count)
    scaled = raw.astype(np.float32) / np.float32(255)
    first = digits.first_weights(*SIZES)
    timings = Timings("step")
    with ExitStack() as stack:
        workers = [
            stack.enter_context(Worker(name, target, threads))
            for name, target in CANDIDATES.items()
        ]
        job = Job(scaled, y, first, RATE, BATCH, order, threads=threads, raw=raw)
        able = prepare_all(workers, job, timings)
        pause = SPIN if threads > 1 else 0.0
        interleave(dict.fromkeys(able, STEPS), context.rounds(15, 5), timings, pause)
    return timings
