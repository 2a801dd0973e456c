"""SGD one sample at a time on the digits, for one thread: the lab's own kind of training."""

from __future__ import annotations

from contextlib import ExitStack

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

HIDDEN = (10, 32, 100)
JAX, JAX_TUNED, LIMIT = "JAX scan", "JAX scan, tuned", "C with AVX-512 by hand"
AVX2, AVX512, AVX2_LIMIT = f"{OURS} for AVX2", f"{OURS} for AVX-512", "C with AVX2 by hand"
MOMENTUM, DECAY = f"{OURS}, momentum 0.9", f"{OURS}, weight decay"
STORES, STORES_OF_BOTH = "weights read and written, no more", "weights and velocities, no more"
# The student comes first: the others' weights are compared with those.
NET_CANDIDATES = {
    STUDENT: "student:PerSample",
    "NumPy, tuned": "tuned:PerSample",
    OURS: "ours:Compiled",
    AVX2: "ours:Avx2",
    AVX512: "ours:Avx512",
    MOMENTUM: "ours:Momentum",
    DECAY: "ours:WeightDecay",
    f"{OURS}, NumPy engine": "ours:NumpyEngine",
    "scikit-learn": "scikit:PartialFit",
    JAX: "jax_scan:Scan",
    JAX_TUNED: "jax_scan:TunedScan",
    "Keras": "keras_model:Fit",
    "Keras, 32 steps a call": "keras_model:FitSteps",
    "PyTorch": "torch_eager:Autograd",
    "PyTorch, gradient by hand": "torch_eager:ByHand",
    LIMIT: "handmade:Intrinsics",
    AVX2_LIMIT: "handmade:Avx2Intrinsics",
    "C, fused loops by hand": "handmade:Fused",
    STORES: "handmade:Stores",
    STORES_OF_BOTH: "handmade:StoresOfBoth",
}
SOFTMAX_CANDIDATES = (STUDENT, OURS, JAX, JAX_TUNED)
RATE = 0.01


def run(context: Context) -> PartResult:
    """Networks 64-H-10, then softmax regression 64-10."""
    rounds = context.rounds(31, 7)
    groups: dict[str, Timings] = {}
    with ExitStack() as stack:
        workers = [
            stack.enter_context(Worker(name, target)) for name, target in NET_CANDIDATES.items()
        ]
        for hidden in HIDDEN:
            groups[f"64-{hidden}-10"] = measure(workers, (64, hidden, 10), rounds, context)
        few = [worker for worker in workers if worker.name in SOFTMAX_CANDIDATES]
        groups["64-10"] = measure(few, (64, 10), rounds, context)
    pairs = (
        *((STUDENT, OURS), (JAX, OURS), (JAX_TUNED, OURS)),
        *((OURS, LIMIT), (AVX512, LIMIT), (AVX2, AVX2_LIMIT), (MOMENTUM, OURS), (DECAY, OURS)),
        *((STORES_OF_BOTH, STORES), (STORES_OF_BOTH, OURS)),
    )
    return PartResult(
        "\n\n".join(timings.table(name, 1e6, "µs") for name, timings in groups.items()),
        {
            f"{name}: {over} / {under}": timings.ratio(over, under)
            for name, timings in groups.items()
            for over, under in pairs
            if {over, under} & set(timings.seconds) == {over, under}
        },
        {name: timings.as_json() for name, timings in groups.items()},
    )


def measure(
    workers: list[Worker], sizes: tuple[int, ...], rounds: int, context: Context
) -> Timings:
    """One epoch of each candidate to compare weights, then the rounds."""
    X, y = standard_digits()
    job = Job(X, y, first_weights(*sizes), RATE, limit=context.limit)
    timings = Timings("sample")
    able = prepare_all(workers, job, timings)
    interleave(shorten(able, job, timings), rounds, timings)
    return timings
