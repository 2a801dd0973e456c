"""The NumPy engine: batches of any size by matrix products, in buffers that are made once."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.data.samples import Samples, take
from chainrule.nn.classifier import Parameters
from chainrule.nn.dropout import dropout_key, dropout_masks
from chainrule.nn.models import LogisticRegression, NeuralNet
from chainrule.training.engines._layers import (
    Layer,
    activation_of,
    copy_into,
    layers_of,
    precision_of,
)
from chainrule.training.engines._passes import Passes
from chainrule.training.sgd import SGD, learning_rate_in

DRAWN = 512  # samples whose masks are drawn at once: of single ones it would take most of the time


class Batches:
    """Trains one of chainrule's models in place, in the precision of the samples."""

    name = "numpy"

    def __init__(
        self,
        model: LogisticRegression | NeuralNet,
        X: Samples,
        y: NDArray[np.int64],
        settings: SGD,
        velocity: Parameters,
        threads: int | None = None,
    ) -> None:
        """Make the buffers.

        Shapes: `X` `(N, D)`, `y` `(N,)`; the velocities are shaped like the parameters. The
        threads are those of BLAS, one unless told otherwise.

        Raises:
            ChainruleError: naming a parameter that does not fit or cannot be trained in place.
        """
        self._model, self._velocity, self.threads = model, velocity, threads or 1
        self._X, self._y, self._settings = X, y, settings
        rows = min(settings.batch_size, len(X))
        self._passes = Passes(layers_of(model), activation_of(model), rows, precision_of(X))
        self._v = [Layer(np.empty_like(W), np.empty_like(b)) for W, b in self._passes.layers]

    def run(self, order: NDArray[np.int64], epoch: int = 1, place: int = 0) -> None:
        """Take a step on each batch of samples in the given order, `(n,)` numbers of samples."""
        settings, passes = self._settings, self._passes
        rate = learning_rate_in(settings, epoch)
        plain = not settings.momentum and not settings.weight_decay
        parameters = layers_of(self._model)
        velocities = layers_of(self._model, self._velocity)
        copy_into(passes.layers, parameters)
        if settings.momentum:
            copy_into(self._v, velocities)
        labels = self._y[order]
        key = dropout_key(settings.seed, epoch) if settings.dropout else 0
        sizes = self._model.hidden_sizes if isinstance(self._model, NeuralNet) else ()
        drawn: list[NDArray[Any]] = []  # masks, of several batches at once
        at_once = settings.batch_size * max(1, DRAWN // settings.batch_size)
        for start in range(0, len(order), settings.batch_size):
            batch = order[start : start + settings.batch_size]
            n = len(batch)
            take(self._X, batch, passes.x[:n])
            if settings.dropout and sizes and start % at_once == 0:
                places = np.arange(place + start, place + min(start + at_once, len(order)))
                drawn = dropout_masks(settings.dropout, key, places, sizes, passes.x.dtype.type)
            passes.forward(n, [mask[start % at_once :][:n] for mask in drawn])
            # With the learning rate in the gradient, a plain step is a single subtraction.
            in_batch = labels[start : start + n]
            passes.backward(in_batch, (rate if plain else 1) / n, settings.label_smoothing)
            for p, grad, v in zip(passes.layers, passes.gradients, self._v, strict=True):
                if plain:
                    np.subtract(p.W, grad.W, out=p.W)
                    np.subtract(p.b, grad.b, out=p.b)
                else:
                    _step(p.W, grad.W, v.W, rate, settings.momentum, settings.weight_decay)
                    _step(p.b, grad.b, v.b, rate, settings.momentum, weight_decay=0.0)
        copy_into(parameters, passes.layers)
        if settings.momentum:
            copy_into(velocities, self._v)


def _step(
    p: NDArray[np.floating],
    grad: NDArray[np.floating],
    v: NDArray[np.floating],
    learning_rate: float,
    momentum: float,
    weight_decay: float,
) -> None:
    """Set v = momentum · v + grad + weight_decay · p, then p = p − learning_rate · v."""
    if momentum:
        v *= momentum
        v += grad
    else:
        v[...] = grad
    if weight_decay:
        v += np.multiply(p, weight_decay, out=grad)
    p -= np.multiply(v, learning_rate, out=grad)
