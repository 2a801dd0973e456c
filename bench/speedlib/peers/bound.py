"""The matrix products of an epoch in batches, and nothing else: no candidate can do with fewer."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from speedlib.jobs import Floats, Job, Weights


class Products:
    """Two products forward and three backward for each batch, on arrays made beforehand.

    They read the samples in the order in which they lie in memory: what it costs to gather a
    shuffled batch is not part of the bound.
    """

    def __init__(self, job: Job) -> None:
        self.batches = job.X.reshape(-1, job.batch_size, job.X.shape[1])  # (steps, B, D)
        self.W_h, _, self.W_o, _ = (p.astype(np.float32) for p in job.first)
        self.h = np.empty((job.batch_size, len(self.W_o)), np.float32)
        self.z_o = np.empty((job.batch_size, self.W_o.shape[1]), np.float32)

    def taken(self) -> Iterable[Floats]:
        """The samples of each step, `(B, D)`."""
        return self.batches

    def reset(self) -> None:
        """There is nothing to go back to."""

    def run(self) -> None:
        """The products of each step."""
        W_h, W_o, h, z_o, matmul = self.W_h, self.W_o, self.h, self.z_o, np.matmul
        grad_W_h, grad_W_o, grad_h = np.empty_like(W_h), np.empty_like(W_o), np.empty_like(h)
        for x in self.taken():
            matmul(x, W_h, out=h)
            matmul(h, W_o, out=z_o)
            matmul(h.T, z_o, out=grad_W_o)
            matmul(z_o, W_o.T, out=grad_h)
            matmul(x.T, grad_h, out=grad_W_h)

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
