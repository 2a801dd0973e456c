"""A sweep: 256 networks 64-32-10, each 15 epochs one sample at a time, on two CPUs."""

from __future__ import annotations

from contextlib import ExitStack

import numpy as np

from scripts.digits import first_weights
from speedlib.context import Context, standard_digits
from speedlib.jobs import Sweep
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

NETS, EPOCHS = 256, 15
SAMPLE = 4  # networks that the student's code trains, for one epoch, to speak for all
JAX, JAX_TUNED = "JAX vmap(scan)", "JAX vmap(scan), tuned"
SERIAL = f"{STUDENT}, serial"
CANDIDATES = {
    SERIAL: "student:Serial",
    OURS: "ours:Threads",
    JAX: "jax_scan:Vmap",
    JAX_TUNED: "jax_scan:TunedVmap",
}


def run(context: Context) -> PartResult:
    """Compare weights after an epoch of a few networks, then time all networks."""
    timings = Timings("sweep")
    epochs = context.rounds(EPOCHS, 5)
    few, whole = sweep(SAMPLE, 1), sweep(NETS, epochs)
    with ExitStack() as stack:
        workers = [
            stack.enter_context(Worker(name, target, threads=2))
            for name, target in CANDIDATES.items()
        ]
        units: dict[Worker, float] = {}
        for worker in prepare_all(workers, few, timings):
            with timings.leaving_out(worker.name):
                if worker.name == SERIAL:
                    units[worker] = SAMPLE / (NETS * EPOCHS)
                else:
                    worker.prepare(whole)
                    units[worker] = epochs / EPOCHS
        interleave(units, context.rounds(5, 2), timings, SPIN)
    title = f"{NETS} networks 64-32-10, {EPOCHS} epochs, two CPUs"
    note = (
        f"  extrapolated: {SERIAL} from {SAMPLE} networks and one epoch, "
        f"the others from {epochs} epochs"
    )
    return PartResult(
        f"{timings.table(title, 1, 's')}\n{note}",
        {f"{name} / {OURS}": timings.ratio(name, OURS) for name in (SERIAL, JAX, JAX_TUNED)},
        {"sweep": timings.as_json()},
    )


def sweep(nets: int, epochs: int) -> Sweep:
    """Networks with first weights and a learning rate (0.01 to 0.1) of their own."""
    X, y = standard_digits()
    first = first_weights(64, 32, 10)
    rng = np.random.default_rng(0)
    scaled = [[p * rng.uniform(0.5, 1.5) for p in first] for _ in range(nets)]
    return Sweep(X, y, scaled, np.geomspace(0.01, 0.1, nets), epochs)
