"""Keras on JAX: `fit`."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from scripts import keras_fit
from speedlib.jobs import Job, Weights


# Keras has no types where it is installed, and is not installed where types are checked.
class ByIndex(keras.utils.PyDataset):  # type: ignore[misc, unused-ignore]
    """Batches taken by index."""

    def __init__(self, job: Job) -> None:
        super().__init__()
        self.X, self.y, self.batches = job.X, job.y, job.batches

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, step: int) -> tuple[Any, Any]:
        batch = self.batches[step]
        return self.X[batch], self.y[batch]


class Fit:
    """Single samples in the order of the data, or batches by index."""

    steps = 1

    def __init__(self, job: Job) -> None:
        self.job = job
        self.model = keras_fit.new_model(job.first, job.rate, self.steps)
        self.data = None if job.order is None else ByIndex(job)

    def reset(self) -> None:
        """Copy the first weights."""
        self.model.set_weights(self.job.first)

    def run(self) -> None:
        """All epochs in one call."""
        settings = {"epochs": self.job.epochs, "shuffle": False, "verbose": 0}
        if self.data is None:
            self.model.fit(self.job.X, self.job.y, batch_size=1, **settings)
        else:
            self.model.fit(self.data, **settings)

    def weights(self) -> Weights:
        """Weights and biases, layer by layer."""
        return [np.asarray(p) for p in self.model.get_weights()]


class FitSteps(Fit):
    """With `steps_per_execution`: 32 batches in one compiled call."""

    steps = 32
