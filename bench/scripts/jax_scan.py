"""The digits job with JAX: one epoch is one compiled call.

python -m scripts.jax_scan DIGITS.npz HIDDEN
"""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from scripts import digits


def logits(params: Any, X: Any) -> Any:
    """Shape: `(D,)` to `(K,)`, `(N, D)` to `(N, K)`."""
    if len(params) == 2:  # softmax regression
        W, b = params
        return X @ W + b
    W_h, b_h, W_o, b_o = params
    return jax.nn.sigmoid(X @ W_h + b_h) @ W_o + b_o


def loss(params: Any, x: Any, t: Any) -> Any:
    """Negative log likelihood in nats of a sample `(D,)` or of a batch's mean, targets one-hot."""
    return -jnp.mean(jnp.sum(jax.nn.log_softmax(logits(params, x)) * t, axis=-1))


def steps(params: Any, X: Any, T: Any, order: Any, rate: Any) -> Any:
    """Steps on the samples of `order`: indices `(N,)`, or `(steps, B)` for batches.

    Shapes: `X` `(·, D)`, one-hot `T` `(·, K)`.
    """

    def step(params: Any, i: Any) -> tuple[Any, None]:
        grads = jax.grad(loss)(params, X[i], T[i])
        return jax.tree.map(lambda p, g: p - rate * g, params, grads), None

    return jax.lax.scan(step, params, order)[0]


train = jax.jit(steps)


def main() -> None:
    """Do the job."""
    path, hidden = sys.argv[1:]
    parts = digits.load(path)
    X, T = jnp.asarray(parts[0]), jax.nn.one_hot(parts[1], 10)
    first = digits.first_weights(64, int(hidden), 10)
    params = [jnp.asarray(p, dtype=np.float32) for p in first]
    predict = jax.jit(lambda params, X: jax.nn.softmax(logits(params, X)))
    digits.report(0, partial(predict, params), parts)
    for epoch in range(1, digits.EPOCHS + 1):
        params = train(params, X, T, digits.order(epoch, len(X)), digits.NET_RATE)
        digits.report(epoch, partial(predict, params), parts)


if __name__ == "__main__":
    main()
