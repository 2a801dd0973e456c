"""Whether a model's probabilities are to be believed: how often it is right where it is sure."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.data.arrays import Array, as_floats
from chainrule.errors import ChainruleError
from chainrule.nn.classifier import positive_size
from chainrule.nn.functions import class_labels


@dataclass(frozen=True, eq=False)  # arrays have no single truth value
class Reliability:
    """Predictions counted by confidence, the probability of the class that is predicted.

    Source: DeGroot and Fienberg, The comparison and evaluation of forecasters (1983).

    Attributes:
        edges: of the B bins of equal width from 0 to 1, `(B + 1,)`.
        n_right: right predictions in each bin, `(B,)`.
        n_wrong: wrong ones, `(B,)`.
        confidence: mean of those in a bin, `(B,)`, NaN where there are none.
    """

    edges: Array
    n_right: NDArray[np.int64]
    n_wrong: NDArray[np.int64]
    confidence: Array

    @property
    def accuracy(self) -> Array:
        """Share of right predictions in each bin, `(B,)`, NaN where there are none."""
        number = self.n_right + self.n_wrong
        share: Array = np.where(number > 0, self.n_right / np.maximum(number, 1), np.nan)
        return share

    @property
    def expected_error(self) -> float:
        """How far confidence and accuracy lie apart, on the mean over the predictions.

        Σ nᵦ / N · |accuracyᵦ − confidenceᵦ| over the bins. Source: Naeini, Cooper and Hauskrecht,
        Obtaining well calibrated probabilities using Bayesian binning (2015).
        """
        number = self.n_right + self.n_wrong
        apart = np.nan_to_num(np.abs(self.accuracy - self.confidence))
        return float((number * apart).sum() / number.sum())


def reliability(y: ArrayLike, probabilities: ArrayLike, n_bins: int = 10) -> Reliability:
    """Count predictions by confidence, right ones and wrong ones apart.

    Args:
        y: true labels, whole numbers `(N,)`, or one-hot `(N, K)`.
        probabilities: what a model's `forward` gives, `(N, K)`.
        n_bins: B.

    Raises:
        ChainruleError: if the shapes do not fit, a number is no probability, or a label no class.

    >>> counted = reliability([0, 1, 1], [[0.9, 0.1], [0.2, 0.8], [0.7, 0.3]], n_bins=2)
    >>> counted.n_right, counted.n_wrong, counted.confidence
    (array([0, 2]), array([0, 1]), array([nan, 0.8]))
    >>> round(counted.expected_error, 3)  # |2/3 − 0.8|
    0.133
    """
    p, n_bins = as_floats(probabilities), positive_size("n_bins", n_bins)
    if p.ndim != 2 or len(p) == 0 or np.shape(y)[:1] != p.shape[:1]:
        raise ChainruleError(
            f"give probabilities (N, K) and a label for each of the N samples; got shapes "
            f"{p.shape} and {np.shape(y)}"
        )
    if not ((p >= 0) & (p <= 1)).all():
        raise ChainruleError("probabilities must be numbers from 0 to 1; forward gives them")
    labels = class_labels(p.shape[1], y)
    confidence = p.max(axis=1).astype(np.float64)  # (N,)
    right = p.argmax(axis=1) == labels
    bins = np.minimum((confidence * n_bins).astype(np.int64), n_bins - 1)
    n_right, n_wrong = (np.bincount(bins[which], minlength=n_bins) for which in (right, ~right))
    number = n_right + n_wrong
    total = np.bincount(bins, confidence, minlength=n_bins)
    mean = np.where(number > 0, total / np.maximum(number, 1), np.nan)
    return Reliability(np.linspace(0, 1, n_bins + 1), n_right, n_wrong, mean)
