"""chainrule: its training loop on its compiled engine and on its NumPy engine."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np

from chainrule import SGD, Dataset, LogisticRegression, NeuralNet, train_epochs
from chainrule.training.engines import _compiled
from speedlib.jobs import Job, LeftOutError, Sweep, Weights

Model = LogisticRegression | NeuralNet
TINY = 1e-40  # the smallest normal number in single precision is 1.2e-38


class Compiled:
    """`train_epochs` on the compiled engine, in the precision of the samples.

    An order of the samples must be that of `SGD` with seed 0 in its first epoch.
    """

    engine = "compiled"
    momentum = weight_decay = 0.0

    def __init__(self, job: Job) -> None:
        self.job = job
        self.X: Any = job.X
        self.model = model_of(job.first)
        self.settings = SGD(
            epochs=job.epochs,
            learning_rate=job.rate,
            momentum=self.momentum,
            weight_decay=self.weight_decay,
            batch_size=job.batch_size,
            shuffle=job.order is not None,
            seed=0,
        )

    def reset(self) -> None:
        """Copy the first weights."""
        assign(self.model, self.job.first)

    def run(self) -> None:
        """All epochs in one call."""
        train_epochs(
            self.model,
            self.X,
            self.job.y,
            self.settings,
            engine=self.engine,
            threads=self.job.threads,
        )

    def weights(self) -> Weights:
        """Weights and biases, layer by layer."""
        return list(self.model.parameters.values())


class Momentum(Compiled):
    """The same with momentum, which gives other weights: there is nothing to compare them with."""

    momentum = 0.9

    def weights(self) -> Weights:
        """None to compare."""
        return []


class WeightDecay(Momentum):
    """The same with weight decay in its place."""

    momentum, weight_decay = 0.0, 1e-4


class OfVersion(Compiled):
    """The same, with the kernel that was built for certain processors."""

    version = ""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        if self.version not in _compiled.versions("float32"):
            raise LeftOutError("this processor cannot run it")
        _compiled.versions = cache(lambda _: [self.version])  # this process has no other job


class Avx2(OfVersion):
    """For AVX2."""

    version = "_avx2"


class Avx512(OfVersion):
    """For AVX-512."""

    version = "_avx512"


class TinyWeights(Compiled):
    """The same from weights that single precision holds as subnormal numbers, if at all."""

    def reset(self) -> None:
        """Make all weights tiny."""
        assign(self.model, [np.full_like(p, TINY) for p in self.job.first])

    def weights(self) -> Weights:
        """None to compare."""
        return []


class NumpyEngine(Compiled):
    """The same on the NumPy engine."""

    engine = "numpy"


class Batches(Compiled):
    """Batches, with the engine that chainrule chooses for them."""

    engine = "auto"


class BatchesOnOneThread(Batches):
    """The same on one thread, however many the others may use."""

    def __init__(self, job: Job) -> None:
        super().__init__(dataclasses.replace(job, threads=1))


class BatchesOfBytes(Batches):
    """The same from bytes, which are scaled to 0 … 1 only when a batch is taken."""

    def __init__(self, job: Job) -> None:
        super().__init__(job)
        if job.raw is None:
            raise LeftOutError("the data are not bytes")
        classes = tuple(range(len(job.first[-1])))
        data = Dataset(
            "bytes", job.raw, job.y, job.raw[:1], job.y[:1], classes, image_shape=(28, 28)
        )
        self.X = data.scaled("unit").X_train


class Threads:
    """A sweep: one call for each network, on two threads."""

    def __init__(self, sweep: Sweep) -> None:
        self.sweep = sweep
        self.models = [model_of(first) for first in sweep.first]
        self.settings = [
            SGD(epochs=sweep.epochs, learning_rate=float(rate), shuffle=False)
            for rate in sweep.rates
        ]

    def reset(self) -> None:
        """Copy the first weights."""
        for model, first in zip(self.models, self.sweep.first, strict=True):
            assign(model, first)

    def run(self) -> None:
        """Train all networks."""
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(self._train, self.models, self.settings))

    def _train(self, model: Model, settings: SGD) -> None:
        train_epochs(model, self.sweep.X, self.sweep.y, settings, engine="compiled")

    def weights(self) -> Weights:
        """Those of the first network."""
        return list(self.models[0].parameters.values())


def model_of(first: Weights) -> Model:
    """A model in the shapes of first weights `(fan_in, fan_out)` and biases, holding copies."""
    sizes = (len(first[0]), *(len(b) for b in first[1::2]))
    model: Model = LogisticRegression(sizes[0], sizes[-1])
    if len(sizes) > 2:
        model = NeuralNet(sizes[0], sizes[1:-1], sizes[-1])
    assign(model, first)
    return model


def assign(model: Model, first: Weights) -> None:
    """Copy weights and biases into a model."""
    for own, given in zip(model.parameters.values(), first, strict=True):
        own[...] = np.asarray(given)
