"""The functions of the lab: pure, for one sample or a batch, stable far from zero.

In shapes, `N` is the number of samples, `K` the number of classes, and `(...)` any shape at all.
Samples are the first axis and classes the last, so every function here works along the last axis
and takes a vector as well as a batch, as an array or as a list.
"""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.errors import ChainruleError

Array = NDArray[np.floating[Any]]
Reduction = Literal["sum", "mean"]


def as_floats(X: ArrayLike) -> Array:
    """Return `X` as an array of floats: as it is if it already is one, else in double precision.

    Shape: `(...)` to the same.

    Raises:
        ChainruleError: if `X` does not hold numbers in a regular shape.
    """
    if isinstance(X, np.ndarray) and X.dtype.kind == "f":
        return X
    try:
        return np.asarray(X, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ChainruleError(f"expected numbers in rows of equal length, got {X!r}") from error


def integer_labels(n_classes: int, y: ArrayLike) -> NDArray[np.int64]:
    """Return class labels as integers; integer-valued floats such as 3.0 are accepted.

    Shape: `()` or `(N,)`, to the same.

    Raises:
        ChainruleError: if a label is not a whole number in 0 … `n_classes` − 1.
    """
    try:
        given = np.asarray(y)
    except ValueError as error:
        raise ChainruleError(f"labels must be whole numbers, got {y!r}") from error
    if given.dtype.kind not in "iufb":
        raise ChainruleError(f"labels must be whole numbers, got {y!r}")
    wrong = ~((given >= 0) & (given < n_classes) & (given == np.floor(given)))  # also of nan
    if wrong.any():
        raise ChainruleError(
            f"label {given[wrong].flat[0]} is not a class: with {n_classes} classes, "
            f"labels are the whole numbers 0 to {n_classes - 1}"
        )
    return given.astype(np.int64)


def one_hot(n_classes: int, y: ArrayLike) -> NDArray[np.float64]:
    """Rows of the identity matrix: a 1 at the label's place, 0 elsewhere.

    Shape: labels `()` to `(K,)`, labels `(N,)` to `(N, K)`.

    Raises:
        ChainruleError: if a label is not a whole number in 0 … `n_classes` − 1.
    """
    rows: NDArray[np.float64] = np.eye(n_classes)[integer_labels(n_classes, y)]
    return rows


def softmax(X: ArrayLike) -> Array:
    """Turn logits into probabilities: exp(x_i) / Σ_j exp(x_j), along the last axis.

    Subtracting the maximum changes nothing (it cancels in the quotient) and keeps exp from
    overflowing. Source: Goodfellow, Bengio and Courville, Deep Learning (2016), section 4.1.

    Shape: `(K,)` or `(N, K)`, to the same; each row sums to 1.
    """
    X = as_floats(X)
    exp = np.exp(X - X.max(axis=-1, keepdims=True))
    probabilities: Array = exp / exp.sum(axis=-1, keepdims=True)
    return probabilities


def log_softmax(X: ArrayLike) -> Array:
    """Logarithm of the softmax without taking the logarithm of a vanishing probability.

    log softmax(x)_i = x_i − log Σ_j exp(x_j), where the log of the sum is taken after subtracting
    the maximum. Unit: nats. Source: as for `softmax`.

    Shape: `(K,)` or `(N, K)`, to the same.
    """
    X = as_floats(X)
    shifted = X - X.max(axis=-1, keepdims=True)
    log_probabilities: Array = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return log_probabilities


def nll(Y_true: ArrayLike, Y_pred: ArrayLike, reduction: Reduction = "sum") -> float:
    """Negative log likelihood −Σ y_true · log(y_pred) of probabilities, in nats.

    Probabilities are clipped to [1e-15, 1 − 1e-15], so that the logarithm of 0 is never taken.
    Source: Bishop, Pattern Recognition and Machine Learning (2006), equation 4.108.

    Args:
        Y_true: one-hot targets, `(K,)` or `(N, K)`.
        Y_pred: predicted probabilities, of the same shape.
        reduction: "sum" over the samples, or their "mean".

    Raises:
        ChainruleError: if the shapes differ, `reduction` is neither, or the mean of no samples is
            asked.
    """
    t, p = as_floats(Y_true), as_floats(Y_pred)
    if t.shape != p.shape:
        raise ChainruleError(
            f"Y_true has shape {t.shape} and Y_pred {p.shape}: they must be equal, "
            "Y_true holding one-hot rows; one_hot(n_classes, y) makes them from labels"
        )
    return reduce_loss(-(t * log_clipped(p)).sum(axis=-1), reduction)


def log_clipped(Y_pred: Array) -> Array:
    """Logarithms of probabilities clipped to [1e-15, 1 − 1e-15], in nats.

    Shape: `(...)` to the same.
    """
    logs: Array = np.log(np.clip(Y_pred.astype(np.float64), 1e-15, 1 - 1e-15))
    return logs


def reduce_loss(losses: Array, reduction: Reduction) -> float:
    """Sum or mean of the samples' losses.

    Shape: `()` or `(N,)` to a number.

    Raises:
        ChainruleError: if `reduction` is not "sum" or "mean", or the mean of no samples is asked.
    """
    if reduction == "sum":
        return float(losses.sum()) + 0.0  # no samples, or no loss, is 0 and not -0
    if reduction == "mean":
        if np.size(losses) == 0:
            raise ChainruleError("the mean loss of no samples is not defined; pass at least one")
        return float(losses.mean()) + 0.0
    raise ChainruleError(f'reduction must be "sum" or "mean", got {reduction!r}')


def sigmoid(X: ArrayLike) -> Array:
    """Squash each number into (0, 1): 1 / (1 + exp(−x)).

    exp is taken of −|x| alone, which cannot overflow: for negative x the fraction is written
    exp(x) / (1 + exp(x)). Source: Deep Learning (2016), equation 3.30.

    Shape: `(...)` to the same.
    """
    X = as_floats(X)
    e = np.exp(-np.abs(X))
    squashed: Array = np.where(X >= 0, 1, e) / (1 + e)
    return squashed


def dsigmoid(X: ArrayLike) -> Array:
    """Derivative of the sigmoid at the pre-activation: sigmoid(x) · (1 − sigmoid(x)).

    Written exp(−|x|) / (1 + exp(−|x|))², which is the same and does not lose the tail where
    1 − sigmoid(x) rounds to 0.

    Shape: `(...)` to the same.
    """
    e = np.exp(-np.abs(as_floats(X)))
    slope: Array = e / (1 + e) ** 2
    return slope


def tanh(X: ArrayLike) -> Array:
    """Hyperbolic tangent, (−1, 1).

    Shape: `(...)` to the same.
    """
    return np.tanh(as_floats(X))


def dtanh(X: ArrayLike) -> Array:
    """Derivative of tanh at the pre-activation: 1 − tanh(x)².

    Shape: `(...)` to the same.
    """
    return 1 - np.tanh(as_floats(X)) ** 2


def relu(X: ArrayLike) -> Array:
    """Rectified linear unit: max(0, x).

    Source: Glorot, Bordes and Bengio, Deep sparse rectifier neural networks (2011).

    Shape: `(...)` to the same.
    """
    rectified: Array = np.maximum(as_floats(X), 0)
    return rectified


def drelu(X: ArrayLike) -> Array:
    """Derivative of ReLU at the pre-activation: 1 for x > 0, else 0.

    At 0 itself there is no derivative; 0 is the usual choice.

    Shape: `(...)` to the same.
    """
    X = as_floats(X)
    return (X > 0).astype(X.dtype)


class Activation(NamedTuple):
    """A hidden layer's nonlinearity: h = function(z), and its derivative at the same z.

    Shapes: both take `(...)` to the same.
    """

    name: str
    function: Callable[[ArrayLike], Array]
    derivative: Callable[[ArrayLike], Array]


ACTIVATIONS: dict[str, Activation] = {
    "sigmoid": Activation("sigmoid", sigmoid, dsigmoid),
    "tanh": Activation("tanh", tanh, dtanh),
    "relu": Activation("relu", relu, drelu),
}
