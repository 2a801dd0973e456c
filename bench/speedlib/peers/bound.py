"""The matrix products of an epoch in batches, and nothing else: no candidate can do with fewer."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from speedlib.jobs import Floats, Job, Weights


class Products:
    """The products there and back of each batch, on arrays made beforehand.

    They read the samples in the order in which they lie in memory: what it costs to gather a
    shuffled batch is not part of the bound.
    """

    def __init__(self, job: Job) -> None:
        self.batches = job.X.reshape(-1, job.batch_size, job.X.shape[1])  # (steps, B, D)
        self.W = [W.astype(np.float32) for W in job.first[::2]]
        self.out = [np.empty((job.batch_size, W.shape[1]), np.float32) for W in self.W]

    def taken(self) -> Iterable[Floats]:
        """The samples of each step, `(B, D)`."""
        return self.batches

    def reset(self) -> None:
        """There is nothing to go back to."""

    def run(self) -> None:
        """The products of each step."""
        W, out, matmul = self.W, self.out, np.matmul
        grad_W, grad_out = [np.empty_like(w) for w in W], [np.empty_like(h) for h in out]
        for x in self.taken():
            inputs = [x, *out[:-1]]
            for a, w, z in zip(inputs, W, out, strict=True):
                matmul(a, w, out=z)
            grad = out[-1]
            for i in reversed(range(len(W))):
                matmul(inputs[i].T, grad, out=grad_W[i])
                if i > 0:
                    grad = matmul(grad, W[i].T, out=grad_out[i - 1])

    def weights(self) -> Weights:
        """None: nothing is trained."""
        return []


class ProductsOfTaken(Products):
    """The same on samples in the order of the job, which have to be copied together first."""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        self.job = job
        self.x = np.empty((job.batch_size, job.X.shape[1]), np.float32)

    def taken(self) -> Iterable[Floats]:
        """The samples of each step, `(B, D)`."""
        for batch in self.job.batches:
            yield self.job.X.take(batch, axis=0, out=self.x, mode="clip")
