"""NumPy tuned: single precision, every array made beforehand, every result written in place."""

from __future__ import annotations

import numpy as np

from speedlib.jobs import Job, Weights


class PerSample:
    """The network with one hidden layer, one sample at a time."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.params = [p.astype(np.float32) for p in job.first]

    def reset(self) -> None:
        """Copy the first weights."""
        for own, first in zip(self.params, self.job.first, strict=True):
            own[...] = first

    def run(self) -> None:
        """One step for each sample of each epoch."""
        X, y, rate = self.job.X, self.job.y.tolist(), np.float32(self.job.rate)
        W_h, b_h, W_o, b_o = self.params
        W_o_T = W_o.T
        step_W_h, step_W_o = np.empty_like(W_h), np.empty_like(W_o)
        h, slope, step_h = np.empty_like(b_h), np.empty_like(b_h), np.empty_like(b_h)
        step_o, one = np.empty_like(b_o), np.float32(1)
        multiply, subtract, exp, dot = np.multiply, np.subtract, np.exp, np.dot
        for i in self.job.steps_order.tolist():
            x = X[i]
            dot(x, W_h, h)
            h += b_h
            np.negative(h, h)
            exp(h, h)
            h += one
            np.reciprocal(h, h)  # (H,)
            dot(h, W_o, step_o)
            step_o += b_o
            step_o -= step_o.max()
            exp(step_o, step_o)
            step_o *= rate / step_o.sum()
            step_o[y[i]] -= rate  # (K,): rate · (y − t)
            dot(step_o, W_o_T, step_h)
            subtract(one, h, slope)
            step_h *= h
            step_h *= slope  # (H,)
            multiply(h[:, None], step_o, step_W_o)
            W_o -= step_W_o
            b_o -= step_o
            multiply(x[:, None], step_h, step_W_h)
            W_h -= step_W_h
            b_h -= step_h

    def weights(self) -> Weights:
        """Weights and biases, layer by layer."""
        return list(self.params)
