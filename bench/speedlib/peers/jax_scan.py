"""JAX: `lax.scan` over the samples, compiled as one call for all epochs.

"As written" is the script's code. "Tuned" is the fastest that was found for JAX 0.10: weights
kept as (units, inputs), as other frameworks keep them, and four steps unrolled.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from scripts import jax_scan
from speedlib.jobs import Job, Sweep, Weights

UNROLL = 4


def tuned_loss(params: Any, x: Any, t: Any) -> Any:
    """Loss in nats of one sample `(D,)`; weights are `(fan_out, fan_in)`."""
    if len(params) == 2:
        W, b = params
        z = W @ x + b
    else:
        W_h, b_h, W_o, b_o = params
        z = W_o @ jax.nn.sigmoid(W_h @ x + b_h) + b_o
    return -jnp.sum(jax.nn.log_softmax(z) * t)


def tuned_steps(params: Any, X: Any, T: Any, order: Any, rate: Any) -> Any:
    """As `jax_scan.steps`, for single samples and weights `(fan_out, fan_in)`."""

    def step(params: Any, i: Any) -> tuple[Any, None]:
        grads = jax.grad(tuned_loss)(params, X[i], T[i])
        return jax.tree.map(lambda p, g: p - rate * g, params, grads), None

    return jax.lax.scan(step, params, order, unroll=UNROLL)[0]


class Scan:
    """The script's `train`, for single samples or for batches."""

    train = staticmethod(jax_scan.train)
    transposed = False

    def __init__(self, job: Job) -> None:
        self.job = job
        self.X = jnp.asarray(job.X)
        self.T = jax.nn.one_hot(job.y, len(job.first[-1]))
        order = job.steps_order if job.batch_size == 1 else job.batches
        self.order = jnp.asarray(order.astype(np.int32))

    def reset(self) -> None:
        """Copy the first weights."""
        first = [p.T if self.transposed else p for p in self.job.first]
        self.params = [jnp.asarray(p, dtype=np.float32) for p in first]

    def run(self) -> None:
        """All steps in one call."""
        params = self.train(self.params, self.X, self.T, self.order, self.job.rate)
        self.params = jax.block_until_ready(params)

    def weights(self) -> Weights:
        """Weights and biases, layer by layer."""
        arrays = [np.asarray(p) for p in self.params]
        return [a.T for a in arrays] if self.transposed else arrays


class TunedScan(Scan):
    """The fastest that was found for single samples."""

    train = staticmethod(jax.jit(tuned_steps))
    transposed = True


class Vmap:
    """A sweep as `vmap` of the script's `train`: one call, one program for all networks."""

    steps = staticmethod(jax_scan.steps)
    transposed = False
    n_calls = 1

    def __init__(self, sweep: Sweep) -> None:
        self.sweep = sweep
        self.X = jnp.asarray(sweep.X)
        self.T = jax.nn.one_hot(sweep.y, len(sweep.first[0][-1]))
        self.order = jnp.tile(jnp.arange(len(sweep.X)), sweep.epochs)
        self.rates = [jnp.asarray(r) for r in np.array_split(sweep.rates, self.n_calls)]
        self.call = jax.jit(jax.vmap(self.steps, in_axes=(0, None, None, None, 0)))

    def reset(self) -> None:
        """Stack the first weights, in one group of networks for each call."""
        stacked = [np.stack(arrays) for arrays in zip(*self.sweep.first, strict=True)]
        if self.transposed:
            stacked = [np.swapaxes(a, 1, -1) for a in stacked]
        split = [np.array_split(a.astype(np.float32), self.n_calls) for a in stacked]
        self.groups = [[jnp.asarray(a) for a in group] for group in zip(*split, strict=True)]

    def run(self) -> None:
        """All networks; each call is on a thread of its own."""
        with ThreadPoolExecutor(self.n_calls) as pool:
            self.groups = list(pool.map(self._train_group, self.groups, self.rates))

    def _train_group(self, params: Any, rates: Any) -> Any:
        return jax.block_until_ready(self.call(params, self.X, self.T, self.order, rates))

    def weights(self) -> Weights:
        """Those of the first network."""
        arrays = [np.asarray(p[0]) for p in self.groups[0]]
        return [a.T for a in arrays] if self.transposed else arrays


class TunedVmap(Vmap):
    """The fastest that was found: half of the networks on each of two threads."""

    steps = staticmethod(tuned_steps)
    transposed = True
    n_calls = 2
