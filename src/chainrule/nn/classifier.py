"""What the lab's models share: probabilities, loss and predictions from logits.

Shapes are those of `chainrule.nn.models`.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.data.arrays import Array, as_floats
from chainrule.errors import ChainruleError
from chainrule.nn.functions import (
    Reduction,
    class_labels,
    log_softmax,
    one_hot,
    reduce_loss,
    softmax,
)

Parameters = dict[str, Array]
Size = int | np.integer[Any]


class Classifier:
    """What the two models share: a softmax over logits, and the loss that belongs to it.

    A model says which parameters it has, computes `logits`, and derives its `gradients`.
    """

    parameter_names: tuple[str, ...]

    def __init__(self, input_size: Size, output_size: Size) -> None:
        self.input_size = positive_size("input_size", input_size)
        self.output_size = positive_size("output_size", output_size)

    @property
    def parameters(self) -> Parameters:
        """The parameters by name, in order from input to output; changing one changes the model.

        Shapes: weights `(fan_in, fan_out)`, biases `(fan_out,)`.
        """
        return {name: getattr(self, name) for name in self.parameter_names}

    @property
    def wrong_steps(self) -> list[dict[str, str]]:
        """The steps that are computed wrongly on purpose, in words: none of a right model.

        Of each: "id" of the mistake, its "title", what is "computed", and what would be "right".
        """
        return []

    def description(self) -> dict[str, Any]:
        """What a file must hold beside the parameters to make the model again.

        >>> from chainrule import LogisticRegression
        >>> LogisticRegression(64, 10).description()
        {'model': 'LogisticRegression', 'input_size': 64, 'output_size': 10}
        """
        return {
            "model": type(self).__name__,
            "input_size": self.input_size,
            "output_size": self.output_size,
        }

    def logits(self, X: ArrayLike) -> Array:
        """Pre-activations z_o of the output layer.

        Shape: `(D,)` to `(K,)`, `(N, D)` to `(N, K)`.

        Raises:
            ChainruleError: if `X` does not have D features.
        """
        raise NotImplementedError

    def gradients(self, X: ArrayLike, y_true: ArrayLike) -> Parameters:
        """Derivatives of the summed loss, by parameter name, each shaped like its parameter.

        Shapes: `X` is `(D,)` or `(N, D)`; `y_true` holds labels, `()` or `(N,)`, or one-hot rows,
        `(K,)` or `(N, K)`. Gradients have the shapes of their parameters.

        Raises:
            ChainruleError: if the shapes do not fit or a label is not a class.
        """
        raise NotImplementedError

    def forward(self, X: ArrayLike) -> Array:
        """Predicted probabilities y of the classes.

        Shape: `(D,)` to `(K,)`, `(N, D)` to `(N, K)`; each row sums to 1.

        Raises:
            ChainruleError: if `X` does not have D features.
        """
        return softmax(self.logits(X))

    def log_probabilities(self, X: ArrayLike) -> Array:
        """Logarithms of the predicted probabilities, in nats, exact also where those vanish.

        Shape: `(D,)` to `(K,)`, `(N, D)` to `(N, K)`.

        Raises:
            ChainruleError: if `X` does not have D features.
        """
        return log_softmax(self.logits(X))

    def losses(self, X: ArrayLike, y: ArrayLike) -> Array:
        """Negative log likelihood of each sample, in nats.

        Taken from the logits, −Σ t · log_softmax(z_o): exact where the probability itself would
        vanish, so that y − t is its derivative everywhere.

        Shapes: `X` `(D,)` with a label gives `()`; `X` `(N, D)` with labels `(N,)` gives `(N,)`.
        `y` may be one-hot, `(K,)` or `(N, K)`.

        Raises:
            ChainruleError: if the shapes do not fit or a label is not a class.
        """
        x, t = self._batch(X, y)
        losses: Array = -(t * self.log_probabilities(x)).sum(axis=-1)
        return losses if np.ndim(X) == 2 else losses[..., 0]

    def loss(self, X: ArrayLike, y: ArrayLike, reduction: Reduction = "sum") -> float:
        """Negative log likelihood in nats, the sum over samples; `reduction="mean"` on request.

        Shapes: `X` `(D,)` or `(N, D)`; `y` labels `()` or `(N,)`, or one-hot `(K,)` or `(N, K)`.

        Raises:
            ChainruleError: if the shapes do not fit, a label is not a class, or the mean of no
                samples is asked.
        """
        return reduce_loss(self.losses(X, y), reduction)

    def train(self, x: ArrayLike, y: ArrayLike, learning_rate: float) -> None:
        """Take one step of gradient descent on one sample, or on the mean loss of a batch.

        Shapes: `x` `(D,)` with one label, or `(N, D)` with `(N,)`.

        Raises:
            ChainruleError: if the shapes do not fit, a label is not a class, or there is no
                sample.
        """
        grads = self.gradients(x, y)
        n_samples = np.size(x) // self.input_size
        if n_samples == 0:
            raise ChainruleError("there is no sample to train on; pass at least one")
        for name, parameter in self.parameters.items():
            np.subtract(parameter, learning_rate / n_samples * grads[name], out=parameter)

    def predict(self, X: ArrayLike) -> np.int64 | NDArray[np.int64]:
        """The most probable class: an integer for one sample, an array of them for a batch.

        Shape: `(D,)` to `()`, `(N, D)` to `(N,)`.

        Raises:
            ChainruleError: if `X` does not have D features.
        """
        predicted: np.int64 | NDArray[np.int64] = np.argmax(self.logits(X), axis=-1)
        return predicted

    def accuracy(self, X: ArrayLike, y: ArrayLike) -> float:
        """Share of samples whose most probable class is their label, 0 to 1.

        Shapes: `X` `(N, D)` with labels `(N,)` or one-hot `(N, K)`, or one sample `(D,)` with its
        label or one-hot `(K,)`.

        Raises:
            ChainruleError: if the shapes do not fit, a label is not a class, or there is no
                sample.
        """
        predicted = self.predict(X)
        shape = predicted.shape
        if predicted.size == 0 or np.shape(y) not in (shape, (*shape, self.output_size)):
            raise ChainruleError(
                f"accuracy needs a label for each sample: X has shape {np.shape(X)}, "
                f"y {np.shape(y)}"
            )
        labels = class_labels(self.output_size, y, predicted.ndim)
        return float(np.mean(predicted == labels))

    def _samples(self, X: ArrayLike) -> Array:
        """`X` as floats, `(D,)` or `(N, D)`, or an error that names the shape wanted."""
        x = as_floats(X)
        if x.ndim not in (1, 2) or x.shape[-1] != self.input_size:
            raise ChainruleError(
                f"{self!r} takes one sample of shape ({self.input_size},) or a batch of shape "
                f"(N, {self.input_size}), got {x.shape}"
            )
        return x

    def _batch(self, X: ArrayLike, y_true: ArrayLike) -> tuple[Array, Array]:
        """One sample or a batch with labels or one-hot rows, as a batch with one-hot rows."""
        x = self._samples(X)
        if np.ndim(y_true) < x.ndim:
            t: Array = one_hot(self.output_size, y_true)
        else:
            t = as_floats(y_true)
        x, t = np.atleast_2d(x), np.atleast_2d(t)
        if t.shape != (len(x), self.output_size):
            raise ChainruleError(
                f"X has shape {np.shape(X)} and y {np.shape(y_true)}: give one label for each "
                f"sample, or one row of {self.output_size} one-hot targets"
            )
        return x, t  # (N, D), (N, K)


def positive_size(name: str, value: Size) -> int:
    """A number of features, units or classes.

    Raises:
        ChainruleError: if it is not a whole number, 1 or more.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise ChainruleError(f"{name} must be a whole number, 1 or more; got {value!r}")
    return int(value)
