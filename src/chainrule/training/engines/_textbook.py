"""The loop of the textbook, for any model that can give its gradients."""

from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.data.arrays import Array
from chainrule.data.samples import Samples
from chainrule.nn.classifier import Parameters
from chainrule.nn.evaluate import Predictor
from chainrule.nn.functions import smooth_targets
from chainrule.training.sgd import SGD, learning_rate_in


class Trainable(Predictor, Protocol):
    """What training needs of a model; shapes as in `chainrule.nn.classifier.Classifier`."""

    @property
    def parameters(self) -> Parameters:
        """Arrays by name; training changes them in place."""
        ...

    def gradients(self, X: ArrayLike, y_true: ArrayLike) -> Parameters:
        """Derivatives of the summed loss, for `(N, D)` samples and `(N, K)` one-hot rows."""
        ...


def number_of_classes(model: Trainable, X: Samples) -> int:
    """K, as the model says, or else by what it predicts for the first of the samples `(N, D)`."""
    n_classes = getattr(model, "output_size", None)
    return int(n_classes or np.shape(model.log_probabilities(X[:1]))[-1])


class Textbook:
    """Trains a model in place by the gradients that it gives, whatever they are."""

    name = "numpy"

    def __init__(
        self,
        model: Trainable,
        X: Samples,
        y: NDArray[np.int64],
        settings: SGD,
        velocity: Parameters,
        threads: int | None = None,
    ) -> None:
        """Keep what is needed.

        Shapes: `X` `(N, D)`, `y` `(N,)`; the velocities are shaped like the parameters. The
        threads are those of BLAS, one unless told otherwise.
        """
        self.threads = threads or 1
        self._model, self._X, self._y = model, X, y
        self._settings, self._velocity = settings, velocity
        self._n_classes = number_of_classes(model, X)

    def run(self, order: NDArray[np.int64], epoch: int = 1, place: int = 0) -> None:
        """Take a step on each batch of samples in the given order, `(n,)` numbers of samples."""
        settings, velocity = self._settings, self._velocity
        targets = smooth_targets(np.eye(self._n_classes), settings.label_smoothing)
        parameters, rate = self._model.parameters, learning_rate_in(settings, epoch)
        for start in range(0, len(order), settings.batch_size):
            batch = order[start : start + settings.batch_size]
            grads = self._model.gradients(self._X[batch], targets[self._y[batch]])
            for name, parameter in parameters.items():
                gradient: Array = grads[name] / len(batch)
                if settings.weight_decay and name.startswith("W"):
                    gradient += settings.weight_decay * parameter
                if settings.momentum:
                    velocity[name] *= settings.momentum
                    velocity[name] += gradient
                    gradient = velocity[name]
                np.subtract(parameter, rate * gradient, out=parameter)
