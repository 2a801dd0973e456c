"""Looking at a model after an epoch, on each part of the data; and at the data themselves."""

import contextlib
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.data.arrays import as_floats
from chainrule.data.rows import WHOLE, Rows
from chainrule.data.samples import Samples
from chainrule.errors import ChainruleError
from chainrule.nn.evaluate import ROWS_AT_A_TIME
from chainrule.nn.functions import class_labels
from chainrule.training.engines import Measure, Trainable, number_of_classes
from chainrule.training.history import Epoch

Labelled = tuple[Samples, NDArray[np.int64]]  # samples `(N, D)` and their labels `(N,)`


@dataclass(frozen=True)
class Look:
    """Looks at a model after an epoch, on each part of the data.

    Attributes:
        measure: of the model, as it stands each time.
        training: the samples and labels that it is trained on.
        others: those of "validation" and "test", if they are there.
    """

    measure: Measure
    training: Labelled
    others: dict[str, Labelled]

    def at_first(self) -> Epoch:
        """The untrained model; if its loss is not finite, perhaps the samples are not.

        Raises:
            ChainruleError: if a training sample is not finite.
        """
        row = self.at_epoch(0, 0.0)
        if not math.isfinite(row.train_loss_sum):
            refuse_not_finite("training", self.training[0])
        return row

    def at_epoch(self, epoch: int, seconds: float) -> Epoch:
        """The row of the history for this epoch, `seconds` of steps after the start."""
        train, grad_norm = self.measure.scores_and_gradient(*self.training)
        others = {}
        for part, samples in self.others.items():
            scores = self.measure.scores(*samples)
            others[f"{part}_loss_mean"] = scores.loss_mean
            others[f"{part}_accuracy"] = scores.accuracy
        return Epoch(
            epoch=epoch,
            train_loss_sum=train.loss_sum,
            train_loss_mean=train.loss_mean,
            train_accuracy=train.accuracy,
            grad_norm=grad_norm,
            seconds=seconds,
            **others,
        )


def checked(part: str, X: ArrayLike, y: ArrayLike, model: Trainable) -> Labelled:
    """Samples `(N, D)` and labels `(N,)` as engines take them, of labels or one-hot `(N, K)`.

    Numbers that are not finite are not looked for: that is a pass over all samples.

    Raises:
        ChainruleError: naming the part and the shapes or the label that do not fit.
    """
    samples = _as_samples(X)
    shape = samples.shape
    if len(shape) != 2 or shape[0] == 0 or np.shape(y)[:1] != shape[:1] or np.ndim(y) > 2:
        raise ChainruleError(
            f"{part} takes samples (N, D) with labels (N,) or one-hot targets (N, K); got shapes "
            f"{shape} and {np.shape(y)}"
        )
    n_features = getattr(model, "input_size", shape[1])
    if shape[1] != n_features:
        raise ChainruleError(
            f"{model!r} takes samples of {n_features} features, but the {part} part is of another "
            f"shape; got {shape}"
        )
    return samples, class_labels(number_of_classes(model, samples), y)


def _as_samples(X: ArrayLike) -> Samples:
    """`Rows` as they are stored; of all else an array of whole numbers or of floats."""
    if isinstance(X, Rows):
        return X
    with contextlib.suppress(ValueError):  # rows of several lengths, which are told below
        X = np.asarray(X)
    return X if isinstance(X, np.ndarray) and X.dtype.kind in WHOLE else as_floats(X)


def refuse_not_finite(part: str, X: Samples) -> None:
    """Look at all samples, `(N, D)`.

    Raises:
        ChainruleError: naming the first feature that is NaN or infinite, if there is one.
    """
    for start in range(0, len(X), ROWS_AT_A_TIME):
        finite = np.isfinite(X[start : start + ROWS_AT_A_TIME])
        if not finite.all():
            sample, feature = np.argwhere(~finite)[0] + (start, 0)
            raise ChainruleError(
                f"the {part} part holds {X[sample][feature]} at sample {sample}, feature "
                f"{feature}; every feature must be a finite number"
            )
