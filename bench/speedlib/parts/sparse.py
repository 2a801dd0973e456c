"""One sample at a time on images that are mostly 0, where numbers fade away towards 0.

Velocities of momentum whose inputs stay 0, and weights next to 0, are subnormal numbers after a
while, unless the kernel keeps them from it: operations on those take a hundred cycles.
"""

from __future__ import annotations

from contextlib import ExitStack

import numpy as np

from scripts.digits import first_weights
from speedlib.context import Context
from speedlib.jobs import Floats, Job, Labels
from speedlib.measure import OURS, PartResult, Timings, interleave, prepare_all, shorten
from speedlib.parts.per_sample import MOMENTUM, STORES, STORES_OF_BOTH
from speedlib.worker import Worker

TINY = f"{OURS}, from weights of 1e-40"
CANDIDATES = {
    OURS: "ours:Compiled",
    MOMENTUM: "ours:Momentum",
    TINY: "ours:TinyWeights",
    STORES: "handmade:Stores",
    STORES_OF_BOTH: "handmade:StoresOfBoth",
}
SIZES = (784, 32, 10)
N_SAMPLES = 6_000
RATE = 0.01


def run(context: Context) -> PartResult:
    """A network 784-32-10 on a tenth of MNIST, or on random images as sparse as that."""
    X, y = images(context)
    timings = Timings("sample")
    with ExitStack() as stack:
        workers = [
            stack.enter_context(Worker(name, target)) for name, target in CANDIDATES.items()
        ]
        job = Job(X, y, first_weights(*SIZES), RATE)
        able = prepare_all(workers, job, timings)
        interleave(shorten(able, job, timings), context.rounds(31, 7), timings)
    pairs = (
        *((MOMENTUM, OURS), (TINY, OURS)),
        *((STORES_OF_BOTH, STORES), (STORES_OF_BOTH, OURS)),
    )
    figures = {f"{over} / {under}": timings.ratio(over, under) for over, under in pairs}
    title = f"Sparse images, {'-'.join(map(str, SIZES))}"
    return PartResult(timings.table(title, 1e6, "µs"), figures, timings.as_json())


def images(context: Context) -> tuple[Floats, Labels]:
    """Images `(N, 784)`, 0 to 1 in single precision, and labels `(N,)`."""
    if context.mnist is not None:
        X_train, y_train = context.images[:2]
        return X_train[:N_SAMPLES].astype(np.float32) / 255, y_train[:N_SAMPLES]
    rng = np.random.default_rng(0)
    how_often = 10 ** rng.uniform(-4, 0, SIZES[0])  # a pixel is lit; from hardly ever to always
    X = rng.random((N_SAMPLES, SIZES[0]), np.float32)
    X *= rng.random(X.shape) < how_often
    return X, rng.integers(SIZES[-1], size=N_SAMPLES)
