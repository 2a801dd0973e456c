"""What one should know of a table before training on it."""

import numpy as np
from numpy.typing import NDArray

from chainrule.data.arrays import Array
from chainrule.data.dataset import Dataset
from chainrule.data.samples import take
from chainrule.data.splits import MANY_CLASSES
from chainrule.errors import Setting, quoted

FEW = 5  # samples of a class: fewer are hardly enough to learn from and to be judged on
UNEVEN = 4  # times as many samples in the largest class as in the smallest


def class_counts(data: Dataset) -> NDArray[np.int64]:
    """The samples of each class in all parts together, `(K,)`.

    >>> from chainrule import load_digits
    >>> class_counts(load_digits())
    array([178, 182, 177, 183, 181, 182, 181, 179, 174, 180])
    """
    parts = [data.y_train, data.y_test]
    if data.y_validation is not None:
        parts.append(data.y_validation)
    return np.bincount(np.concatenate(parts), minlength=len(data.classes))


def remarks(data: Dataset) -> list[tuple[object, ...]]:
    """Sentences on what may be amiss in raw data: rare classes, labels or a column that count.

    Returns:
        The parts of each sentence, words and settings, as `ChainruleError` takes them.
    """
    counts = class_counts(data)
    return [*_of_labels(data, counts), *_of_balance(data, counts), *_of_columns(data)]


def _of_labels(data: Dataset, counts: NDArray[np.int64]) -> list[tuple[object, ...]]:
    sentences: list[tuple[object, ...]] = []
    if len(counts) > MANY_CLASSES and counts.sum() < FEW * len(counts):
        sentences.append(
            (
                f"there are {len(counts)} different labels in {counts.sum()} rows, as in an "
                "identifier or a measurement; if the classes are elsewhere, name their column "
                "with ",
                Setting("label", "NAME"),
            )
        )
        return sentences
    few = [(data.classes[i], n) for i, n in enumerate(counts.tolist()) if n < FEW]
    if few:
        shown = ", ".join(f"{quoted(name)} {n}" for name, n in few[:FEW])
        shown += f" and {len(few) - FEW} more" if len(few) > FEW else ""
        sentences.append(
            (
                f"fewer than {FEW} samples of {'a class' if len(few) == 1 else 'some classes'} "
                f"({shown}): too few to learn from, and to be judged on",
            )
        )
    return sentences


def _of_balance(data: Dataset, counts: NDArray[np.int64]) -> list[tuple[object, ...]]:
    largest, smallest = int(np.argmax(counts)), int(np.argmin(counts))
    if counts[largest] < UNEVEN * counts[smallest]:
        return []
    return [
        (
            f"the classes are uneven, {quoted(data.classes[largest])} {counts[largest]} and "
            f"{quoted(data.classes[smallest])} {counts[smallest]}: who always says "
            f"{quoted(data.classes[largest])} is right in {counts[largest] / counts.sum():.1%}. "
            "Look at the recall of each class, and not at the accuracy alone",
        )
    ]


def _of_columns(data: Dataset) -> list[tuple[object, ...]]:
    """A column that goes up by one with each line tells the order of the file, and no more."""
    if data.form is None or "train" not in data.places:
        return []
    X: Array = np.empty(data.X_train.shape)
    take(data.X_train, np.arange(len(X)), X)
    lines = data.places["train"]
    counting = (np.ptp(X - lines[:, None], axis=0) == 0) & (np.ptp(lines) > 0)
    return [
        (
            f"the column {quoted(name)} counts the lines of the file; leave it out with ",
            Setting("drop", (name,)),
        )
        for name, counts in zip(data.form.feature_names, counting, strict=True)
        if counts and name in data.form.names  # and not one of the categories of a column
    ]
