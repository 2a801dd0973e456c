"""What a candidate is told to do, and what it must be able to do."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Labels = NDArray[np.int64]
Weights = list[Floats]


class LeftOutError(Exception):
    """A candidate cannot run on this machine; the message says why."""


@dataclass(frozen=True)
class Job:
    """Training of one network, sigmoid hidden layers and a softmax, by plain SGD.

    Attributes:
        X: samples `(N, D)`, single precision.
        y: labels `(N,)`.
        first: first weights `(fan_in, fan_out)` and biases `(fan_out,)`, layer by layer, in
            double precision; two arrays are softmax regression.
        rate: learning rate.
        batch_size: samples in a step.
        order: indices `(N,)` of the samples in every epoch; None is the order of the data.
        epochs: passes over the samples.
        threads: how many a candidate may use.
        limit: the source of the hand-made kernel, or None.
        raw: the bytes `(N, D)` of which `X` is 1/255, or None.
    """

    X: NDArray[np.float32]
    y: Labels
    first: Weights
    rate: float
    batch_size: int = 1
    order: Labels | None = None
    epochs: int = 1
    threads: int = 1
    limit: Path | None = None
    raw: NDArray[np.uint8] | None = None

    @property
    def steps_order(self) -> Labels:
        """Indices of the samples of all epochs in turn, `(epochs · N,)`."""
        one = np.arange(len(self.X)) if self.order is None else self.order
        return np.tile(one, self.epochs)

    @property
    def batches(self) -> Labels:
        """Indices of the samples, one row for each step, `(steps, batch_size)`."""
        return self.steps_order.reshape(-1, self.batch_size)

    def of_length(self, n_samples: int) -> Job:
        """The same job made about as long as this many samples, by leaving out or repeating."""
        if n_samples < len(self.X):
            return dataclasses.replace(self, X=self.X[:n_samples], y=self.y[:n_samples], epochs=1)
        return dataclasses.replace(self, epochs=max(1, round(n_samples / len(self.X))))


@dataclass(frozen=True)
class Sweep:
    """Per-sample training of many networks of one shape on the same samples.

    Attributes:
        X: samples `(N, D)`, single precision.
        y: labels `(N,)`.
        first: for each network what `Job.first` is.
        rates: learning rate of each network, `(M,)`.
        epochs: passes over the samples.
    """

    X: NDArray[np.float32]
    y: Labels
    first: list[Weights]
    rates: Floats
    epochs: int


class Session(Protocol):
    """A candidate with its job before it: everything is loaded, converted and compiled."""

    def reset(self) -> None:
        """Go back to the first weights; not timed."""
        ...

    def run(self) -> None:
        """Do the job; timed."""
        ...

    def weights(self) -> Weights:
        """Weights `(fan_in, fan_out)` and biases after a run; of the first network of a sweep."""
        ...
