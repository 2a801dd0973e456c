"""Labels, softmax and the loss: pure, for one sample or a batch, stable far from zero.

In shapes, `N` is the number of samples, `K` the number of classes, and `(...)` any shape at all.
Samples are the first axis and classes the last, so every function here works along the last axis
and takes a vector as well as a batch, as an array or as a list.
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.data.arrays import Array, as_floats
from chainrule.errors import ChainruleError, quoted

Reduction = Literal["sum", "mean"]


def integer_labels(n_classes: int, y: ArrayLike) -> NDArray[np.int64]:
    """Return class labels as integers; integer-valued floats such as 3.0 are accepted.

    Shape: `()` or `(N,)`, to the same.

    >>> integer_labels(10, [3.0, 7.0])
    array([3, 7])

    Raises:
        ChainruleError: if a label is not a whole number in 0 … `n_classes` − 1.
    """
    try:
        labels = np.asarray(y)
    except ValueError as error:
        raise _no_labels(n_classes, y) from error
    if labels.dtype.kind not in "iufb":
        raise _no_labels(n_classes, y)
    outside = ~((labels >= 0) & (labels < n_classes) & (labels == np.floor(labels)))  # also of nan
    if outside.any():
        raise ChainruleError(
            f"label {labels[outside].flat[0]} is not a class: with {n_classes} classes, "
            f"labels are the whole numbers 0 to {n_classes - 1}"
        )
    return labels.astype(np.int64)


def _no_labels(n_classes: int, y: ArrayLike) -> ChainruleError:
    return ChainruleError(
        f"labels must be whole numbers, 0 to {n_classes - 1}, got {' '.join(quoted(y).split())}; "
        "numpy.unique(y, return_inverse=True) numbers words"
    )


def class_labels(n_classes: int, y: ArrayLike, n_axes: int = 1) -> NDArray[np.int64]:
    """Class labels as integers, from labels or from one-hot targets.

    Args:
        n_classes: K.
        y: labels, `()` or `(N,)`, or one-hot targets, `(K,)` or `(N, K)`.
        n_axes: of the labels wanted, 0 for one sample and 1 for a batch: targets have one more.

    Returns:
        `()` or `(N,)`.

    Raises:
        ChainruleError: if a label is not a whole number in 0 … K − 1, or a row of targets is not
            one 1 among zeros.

    >>> class_labels(3, [[0, 0, 1], [1, 0, 0]])
    array([2, 0])
    """
    if np.ndim(y) != n_axes + 1:
        return integer_labels(n_classes, y)
    targets = as_floats(y)
    places = targets.argmax(axis=-1) if targets.shape[-1] else np.zeros(targets.shape[:-1], int)
    if targets.shape[-1] != n_classes:
        raise ChainruleError(
            f"y has shape {targets.shape}: one-hot targets of {n_classes} classes have "
            f"{n_classes} columns, and labels are a plain list of whole numbers"
        )
    wrong = (targets != np.eye(n_classes)[places]).any(axis=-1)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ChainruleError(
            f"row {row} of y is {targets.reshape(-1, n_classes)[row].tolist()}; a row of one-hot "
            "targets is a single 1 among zeros"
        )
    return places.astype(np.int64)


def one_hot(n_classes: int, y: ArrayLike) -> NDArray[np.float64]:
    """Rows of the identity matrix: a 1 at the label's place, 0 elsewhere.

    Shape: labels `()` to `(K,)`, labels `(N,)` to `(N, K)`.

    >>> one_hot(3, 1)
    array([0., 1., 0.])
    >>> one_hot(3, [1, 2])
    array([[0., 1., 0.],
           [0., 0., 1.]])

    Raises:
        ChainruleError: if a label is not a whole number in 0 … `n_classes` − 1.
    """
    rows: NDArray[np.float64] = np.eye(n_classes)[integer_labels(n_classes, y)]
    return rows


def smooth_targets(Y_true: ArrayLike, label_smoothing: float) -> Array:
    """Targets that leave a little to every class: (1 − ε) · t + ε / K, with ε = `label_smoothing`.

    Their loss −Σ t' · log(y) is lowest at y = t', which finite logits reach; its derivative by
    them is y − t', as each row still sums to 1. Source: Szegedy and others, Rethinking the
    Inception architecture for computer vision (2016), section 7.

    Shape: one-hot rows `(K,)` or `(N, K)`, to the same.

    >>> smooth_targets([0, 1, 0, 0], 0.2)
    array([0.05, 0.85, 0.05, 0.05])
    """
    t = as_floats(Y_true)
    smoothed: Array = (1 - label_smoothing) * t + label_smoothing / t.shape[-1]
    return smoothed


def softmax(X: ArrayLike) -> Array:
    """Turn logits into probabilities: exp(x_i) / Σ_j exp(x_j), along the last axis.

    Subtracting the maximum changes nothing (it cancels in the quotient) and keeps exp from
    overflowing. Source: Goodfellow, Bengio and Courville, Deep Learning (2016), section 4.1.

    Shape: `(K,)` or `(N, K)`, to the same; each row sums to 1.

    >>> softmax([0, 0])
    array([0.5, 0.5])
    >>> softmax([1000, 0])
    array([1., 0.])
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

    >>> log_softmax([1000, 0])
    array([    0., -1000.])
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

    >>> nll([1, 0, 0], [0.99, 0.01, 0])
    0.01005033585350145
    >>> round(nll(one_hot(2, [0, 1]), [[0.5, 0.5], [0.5, 0.5]], "mean"), 6)
    0.693147

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

    >>> log_clipped(np.array([0.0, 0.5])).round(2)
    array([-34.54,  -0.69])
    """
    logs: Array = np.log(np.clip(Y_pred.astype(np.float64), 1e-15, 1 - 1e-15))
    return logs


def reduce_loss(losses: Array, reduction: Reduction) -> float:
    """Sum or mean of the samples' losses.

    Shape: `()` or `(N,)` to a number.

    >>> reduce_loss(np.array([1.0, 3.0]), "mean")
    2.0

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
