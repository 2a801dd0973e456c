"""What a trained model gets right and wrong."""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.data.arrays import Array, as_floats
from chainrule.data.samples import Samples
from chainrule.errors import ChainruleError
from chainrule.nn.functions import class_labels

ROWS_AT_A_TIME = 4096  # bounds the memory that activations of a large data set take


class Predictor(Protocol):
    """What evaluation needs of a model; shapes as in `chainrule.nn.classifier.Classifier`."""

    def forward(self, X: ArrayLike) -> Array:
        """Probabilities, `(N, D)` to `(N, K)`."""
        ...

    def log_probabilities(self, X: ArrayLike) -> Array:
        """Their logarithms, in nats, `(N, D)` to `(N, K)`."""
        ...


@dataclass(frozen=True)
class Scores:
    """Loss and accuracy over a part of the data.

    Attributes:
        loss_sum: negative log likelihood in nats, summed over the samples.
        loss_mean: the same per sample.
        accuracy: share of samples classified rightly, 0 to 1.
    """

    loss_sum: float
    loss_mean: float
    accuracy: float


def losses_and_predictions(
    model: Predictor, X: Samples, y: ArrayLike
) -> tuple[Array, NDArray[np.int64]]:
    """Loss in nats and predicted class of each sample.

    Shapes: `X` `(N, D)` and `y`, labels `(N,)` or one-hot `(N, K)`, give `(N,)` twice.

    Raises:
        ChainruleError: if there is no sample, or the shapes do not fit.
    """
    if len(X) == 0:
        raise ChainruleError("there are no samples to evaluate")
    if isinstance(X, list | tuple):
        X = as_floats(X)
    y = np.asarray(y)
    if y.shape[:1] != (len(X),) or y.ndim > 2:
        raise ChainruleError(
            "evaluation takes samples (N, D) with labels (N,) or one-hot targets (N, K); got "
            f"shapes {np.shape(X)} and {y.shape}"
        )
    losses, predicted = [], []
    for start in range(0, len(X), ROWS_AT_A_TIME):
        log_p = model.log_probabilities(X[start : start + ROWS_AT_A_TIME])  # (rows, K)
        labels = class_labels(log_p.shape[1], y[start : start + ROWS_AT_A_TIME])
        losses.append(-log_p[np.arange(len(log_p)), labels])
        predicted.append(log_p.argmax(axis=1))
    return np.concatenate(losses), np.concatenate(predicted)


def score(model: Predictor, X: Samples, y: ArrayLike) -> Scores:
    """Loss and accuracy of a model on samples `(N, D)` with labels `(N,)` or one-hot `(N, K)`.

    Raises:
        ChainruleError: if there is no sample, or the shapes do not fit.

    >>> from chainrule import LogisticRegression
    >>> guessing = LogisticRegression(2, 4, init="zeros")  # every class has probability 1/4
    >>> score(guessing, np.ones((8, 2)), np.arange(8) % 4)  # log(4) = 1.386
    Scores(loss_sum=11.090354888959125, loss_mean=1.3862943611198906, accuracy=0.25)
    """
    losses, predicted = losses_and_predictions(model, X, y)
    accuracy = float(np.mean(predicted == _labels(y)))
    return Scores(float(losses.sum()), float(losses.mean()), accuracy)


def _labels(y: ArrayLike) -> NDArray[Any]:
    """Labels `(N,)` of what has been checked: labels, or one-hot targets `(N, K)`."""
    return np.argmax(y, axis=1) if np.ndim(y) == 2 else np.asarray(y)


def confusion_matrix(y_true: ArrayLike, y_pred: ArrayLike, n_classes: int) -> NDArray[np.int64]:
    """Counts of samples by true class (rows) and predicted class (columns).

    Shapes: labels `(N,)` or one-hot `(N, K)`, twice, to `(K, K)`.

    Raises:
        ChainruleError: if the numbers of labels differ, or a label is not a whole number in
            0 … `n_classes` − 1.

    >>> confusion_matrix(np.array([0, 1, 1, 2]), np.array([0, 1, 2, 2]), 3)
    array([[1, 0, 0],
           [0, 1, 1],
           [0, 0, 1]])
    """
    rows, columns = class_labels(n_classes, y_true), class_labels(n_classes, y_pred)
    if rows.shape != columns.shape:
        raise ChainruleError(
            f"y_true has shape {np.shape(y_true)} and y_pred {np.shape(y_pred)}: "
            "give one prediction for each label"
        )
    counts = np.bincount(rows * n_classes + columns, minlength=n_classes**2)
    return counts.reshape(n_classes, n_classes)


@dataclass(frozen=True)
class ClassScore:
    """How well one class is told from the others.

    Attributes:
        precision: share of the samples predicted as this class that are of it; NaN where the
            class was never predicted.
        recall: share of the samples of this class that are predicted as it; NaN if there are none.
        f1: their harmonic mean; 0 if no sample of the class is predicted rightly, NaN if there is
            none and none was predicted.
        samples: of this class.
    """

    precision: float
    recall: float
    f1: float
    samples: int


def class_scores(counts: NDArray[np.integer[Any]]) -> list[ClassScore]:
    """Precision, recall and F1 of each class, from a confusion matrix.

    Source: van Rijsbergen, Information Retrieval (1979), chapter 7.

    Shape: `(K, K)`, true classes in rows and predicted ones in columns.

    >>> class_scores(np.array([[3, 1], [0, 4]]))[1]
    ClassScore(precision=0.8, recall=1.0, f1=0.8888888888888888, samples=4)
    """
    right, true, predicted = np.diag(counts), counts.sum(axis=1), counts.sum(axis=0)
    return [
        ClassScore(_share(r, p), _share(r, t), _share(2 * r, t + p), t)
        for r, t, p in zip(right.tolist(), true.tolist(), predicted.tolist(), strict=True)
    ]


def _share(part: int, whole: int) -> float:
    return part / whole if whole else math.nan


@dataclass(frozen=True)
class Prediction:
    """One sample and how badly it was predicted.

    Attributes:
        sample_idx: its row in the part that was looked at.
        true: its class, 0 … K−1.
        predicted: the most probable class.
        loss: its negative log likelihood, in nats.
        probabilities: `(K,)`, what the model said.
    """

    sample_idx: int
    true: int
    predicted: int
    loss: float
    probabilities: Array


def worst_predictions(
    model: Predictor, X: Samples, y: ArrayLike, number: int = 12
) -> list[Prediction]:
    """The samples with the highest loss, the worst first.

    Shapes: `X` `(N, D)`, `y` labels `(N,)` or one-hot `(N, K)`.

    Raises:
        ChainruleError: if `number` is not positive, there is no sample, or the shapes do not fit.

    >>> from chainrule import LogisticRegression
    >>> model = LogisticRegression(1, 2, init="zeros")
    >>> model.W[:] = [[0, 1]]
    >>> X, y = np.array([[-3.0], [3.0], [1.0]]), np.array([0, 0, 0])
    >>> [(worst.sample_idx, round(worst.loss, 2)) for worst in worst_predictions(model, X, y, 2)]
    [(1, 3.05), (2, 1.31)]
    """
    if number < 1:
        raise ChainruleError(f"number must be 1 or more; got {number}")
    losses, predicted = losses_and_predictions(model, X, y)
    worst = np.argsort(-losses, kind="stable")[:number]
    labels = _labels(y)
    return [
        Prediction(int(i), int(labels[i]), int(predicted[i]), float(losses[i]), probabilities)
        for i, probabilities in zip(worst, model.forward(X[worst]), strict=True)
    ]


@dataclass(frozen=True)
class Comparison:
    """Two models on the same samples, sample by sample.

    Attributes:
        number: of samples.
        only_first: how many the first alone classifies rightly.
        only_second: how many the second alone does.
    """

    number: int
    only_first: int
    only_second: int

    @property
    def p_value(self) -> float:
        """How often chance gives a difference at least as large: McNemar's exact test, two-sided.

        Where both are right, or both wrong, the samples tell nothing. Were the models equally
        good, each of the others would be as likely to fall to the one as to the other, as a coin
        does. Source: McNemar, Note on the sampling error of the difference between correlated
        proportions or percentages (1947); Dietterich, Approximate statistical tests for comparing
        supervised classification learning algorithms (1998).

        >>> Comparison(270, only_first=5, only_second=0).p_value  # five heads, or five tails
        0.0625
        """
        n, fewer = self.only_first + self.only_second, min(self.only_first, self.only_second)
        ways = sum(math.comb(n, k) for k in range(fewer + 1))
        return min(1.0, float(Fraction(2 * ways, 2**n)))  # of numbers that no float holds


def compare_models(
    first: Predictor, second: Predictor, X: Samples, y: NDArray[np.int64]
) -> Comparison:
    """Which of two models is right where the other is wrong.

    Shapes: `X` `(N, D)`, `y` `(N,)`.

    Raises:
        ChainruleError: if there is no sample, or the shapes do not fit.

    >>> from chainrule import LogisticRegression
    >>> always_0, always_1 = (LogisticRegression(1, 2, init="zeros") for _ in range(2))
    >>> always_1.b[:] = [0, 1]
    >>> compare_models(always_0, always_1, np.zeros((4, 1)), np.array([0, 1, 1, 1]))
    Comparison(number=4, only_first=1, only_second=3)
    """
    right, also = (losses_and_predictions(model, X, y)[1] == y for model in (first, second))
    return Comparison(len(y), int((right & ~also).sum()), int((also & ~right).sum()))
