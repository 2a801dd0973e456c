"""Which samples are trained on, and which are kept apart."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chainrule.data.labels import Label, class_indices
from chainrule.errors import DataError, Setting, choose, quoted

SPLIT_SEED, TEST_SHARE = 37, 0.15
SPLITS = ("stratified", "published")
MANY_CLASSES = 20  # beyond which labels may be an identifier


def published_split(n_samples: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices of the training and the test part in the lab's published split.

    The same as scikit-learn's `train_test_split(test_size=0.15, random_state=37)`.

    Returns:
        Training indices and test indices, `(N,)` and `(M,)`, together `n_samples`.
    """
    order = np.random.RandomState(SPLIT_SEED).permutation(n_samples)
    n_test = int(np.ceil(TEST_SHARE * n_samples))
    return order[n_test:], order[:n_test]


def stratified_split(
    y: NDArray[np.int64], share: float = TEST_SHARE, seed: int = SPLIT_SEED
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices of two parts in which the classes have the same shares, drawn at random.

    Of each class `share` is put aside, rounded to whole samples; of two samples or more at least
    one goes to either part, and a single one is never put aside.

    Args:
        y: labels `(N,)`, whole numbers from 0.
        share: 0 to 1.
        seed: fixes what is drawn.

    Returns:
        Indices that stay, and those put aside, `(n,)` and `(m,)`, together N.

    >>> kept, aside = stratified_split(np.array([0] * 40 + [1] * 10), 0.2)
    >>> np.bincount(np.array([0] * 40 + [1] * 10)[aside])
    array([8, 2])
    """
    order = np.random.default_rng(seed).permutation(len(y))
    counts = np.bincount(y)
    aside = np.where(
        counts > 1, np.clip(np.floor(share * counts + 0.5), 1, np.maximum(counts - 1, 1)), 0
    )
    by_class = order[np.argsort(y[order], kind="stable")]
    first = np.cumsum(counts) - counts
    number = np.empty(len(y), np.int64)  # of each sample within its class, in that order
    number[by_class] = np.arange(len(y)) - first[y[by_class]]
    goes = number[order] < aside[y[order]]
    return order[~goes], order[goes]


@dataclass(frozen=True, eq=False)  # arrays have no single truth value
class Division:
    """Labels mapped to classes, and divided into a training part and a test part.

    Attributes:
        classes: what each of the K labels is called.
        y_train: labels `(N,)`, 0 … K−1.
        y_test: labels `(M,)`.
        train: which rows are the training part, `(N,)`, where the data were not split; else None.
        test: which rows are the test part, `(M,)`, or None.
    """

    classes: tuple[Label, ...]
    y_train: NDArray[np.int64]
    y_test: NDArray[np.int64]
    train: NDArray[np.int64] | None = None
    test: NDArray[np.int64] | None = None


def divide(parts: dict[str, tuple[str, list[Label]]], split: str) -> Division:
    """Map labels to classes, and split where the data are not split yet.

    Args:
        parts: the source and the labels of "all", or of "train" and "test".
        split: "stratified", or "published", which looks at no labels.

    Raises:
        DataError: if a part is empty, there is one class only, a class is not to be divided, or
            one of the test part is none of the training part.
    """
    choose("split", split, dict.fromkeys(SPLITS))
    classes, y = class_indices([labels for _, labels in parts.values()])
    if "all" in parts:
        source, _ = parts["all"]
        if split == "stratified":
            _refuse_single(source, classes, y)
            train, test = stratified_split(y)
        else:
            train, test = published_split(len(y))
        division = Division(classes, y[train], y[test], train, test)
        test_source = source
    else:
        (source, labels), (test_source, _) = parts["train"], parts["test"]
        division = Division(classes, y[: len(labels)], y[len(labels) :])
    y_train, y_test = division.y_train, division.y_test
    if len(y_train) == 0 or len(y_test) == 0:
        raise DataError(
            f"{source}: {len(y_train)} samples to train on and {len(y_test)} to test are "
            "too few; both parts need some"
        )
    _refuse_one_class(source, classes, y_train)
    unseen = sorted(set(np.unique(y_test)) - set(np.unique(y_train))) if "all" not in parts else []
    if unseen:
        raise DataError(
            f"{test_source} has the label {quoted(classes[unseen[0]])}, which no training sample "
            "has; the classes of both parts must be the same"
        )
    return division


def _refuse_one_class(source: str, classes: tuple[Label, ...], y: NDArray[np.int64]) -> None:
    if len(np.unique(y)) < 2:
        raise DataError(
            f"{source}: every training label is {quoted(classes[y[0]])}; there is "
            "nothing to tell apart; add samples of another class"
        )


def _refuse_single(source: str, classes: tuple[Label, ...], y: NDArray[np.int64]) -> None:
    """A class is to be in both parts."""
    if len(y) == 0:
        return
    _refuse_one_class(source, classes, y)
    counts = np.bincount(y)
    single = np.flatnonzero(counts == 1)
    if len(classes) > max(MANY_CLASSES, len(y) // 2):
        raise DataError(
            f"{source}: there are {len(classes)} different labels in {len(y)} rows, as in an "
            "identifier or a measurement; name the column of the classes with ",
            Setting("label", "NAME"),
        )
    if len(single):
        others = f" and {len(single) - 1} others have" if len(single) > 1 else " has"
        raise DataError(
            f"{source}: the label {quoted(classes[single[0]])}{others} one row only; a class "
            "needs two at least, one to train on and one to test: add rows, leave these out, or "
            "give a test file with ",
            Setting("test"),
        )
