"""Where the time of a step in NumPy's batches goes: 784-128-10, batches of 128, random bytes.

    uv run python bench/profile_batches.py [THREADS]

Wraps the operations of the NumPy engine in clocks and prints microseconds a step. The clocks
themselves take some two microseconds of it.
"""

import sys
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from chainrule import SGD, NeuralNet
from chainrule.training.engines import _batches
from chainrule.training.sgd import sample_order

STEPS, BATCH = 469, 128
SECONDS: dict[str, float] = defaultdict(float)


def clocked(name: Callable[..., str], function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, with its time added to what its arguments are called."""

    def wrapper(*arguments: Any, **options: Any) -> Any:
        started = time.perf_counter()
        result = function(*arguments, **options)
        SECONDS[name(*arguments)] += time.perf_counter() - started
        return result

    return wrapper


def product(a: Any, b: Any) -> str:
    """What a product is called: by whether it reads or makes the large weights."""
    large = 784 in (*a.shape, *b.shape)
    return "the two products with 784 inputs" if large else "the other products"


def main() -> None:
    """Print one line for each part of a step, the longest first."""
    threads = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    rng = np.random.default_rng(0)
    X = rng.integers(0, 256, (STEPS * BATCH, 784)).astype(np.float32) / np.float32(255)
    y = rng.integers(0, 10, len(X))
    net = NeuralNet(784, 128, 10, init="glorot", seed=0)
    velocity = {name: np.zeros_like(p) for name, p in net.parameters.items()}
    settings = SGD(batch_size=BATCH, learning_rate=0.1)
    engine = _batches.Batches(net, X, y, settings, velocity)
    vars(_batches)["take"] = clocked(lambda *_: "taking the batch", vars(_batches)["take"])
    vars(np)["matmul"] = clocked(product, np.matmul)
    sigmoid = net.activation
    engine._passes._activate = clocked(lambda *_: "sigmoid", sigmoid.activate)
    engine._passes._through = clocked(lambda *_: "its derivative", sigmoid.through)
    with threadpool_limits(threads, user_api="blas"):
        engine.run(sample_order(settings, 1, len(X)))
        SECONDS.clear()
        started = time.perf_counter()
        engine.run(sample_order(settings, 2, len(X)))
        total = time.perf_counter() - started
    SECONDS["biases, softmax, the step itself"] = total - sum(SECONDS.values())
    print(f"{threads} thread(s): {total / STEPS * 1e6:.0f} µs a step, of it")
    for name, seconds in sorted(SECONDS.items(), key=lambda item: -item[1]):
        print(f"  {name:36s}{seconds / STEPS * 1e6:8.1f}")


if __name__ == "__main__":
    main()
