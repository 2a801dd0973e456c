"""A data set: features, labels, the split into parts, and what the numbers mean."""

import dataclasses
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from chainrule.data import idx, tables
from chainrule.data._reading import plain, reading
from chainrule.data.rows import WHOLE, Rows
from chainrule.data.samples import Samples
from chainrule.data.scaling import Scaling
from chainrule.errors import ChainruleError, DataError, Setting, choose, quoted

Part = Literal["train", "validation", "test"]
DOWNLOADABLE = ("mnist", "fashion-mnist")
SPLIT_SEED, TEST_SHARE = 37, 0.15


@dataclass(frozen=True, eq=False)  # arrays have no single truth value
class Dataset:
    """A training part and a test part.

    Features that are whole numbers, such as the bytes of MNIST, stay where they were read to or
    mapped: parts of them, and scaled ones, are `Rows`. Floats are plain arrays.

    Attributes:
        name: as given to `load`.
        X_train: features `(N, D)`: raw values, or scaled ones after `scaled`.
        y_train: labels `(N,)`, whole numbers 0 … K−1.
        X_test: features `(M, D)`.
        y_test: labels `(M,)`.
        classes: what each of the K labels is called in the data.
        X_validation: features `(V, D)` held back from training by `hold_back`, else None.
        y_validation: labels `(V,)`, or None.
        image_shape: (height, width) where the D features are pixels, else None.
        feature_names: names of the D features where the file has them, else None.
        scaling: what was applied to the features, None while they are raw.
    """

    name: str
    X_train: Samples
    y_train: NDArray[np.int64]
    X_test: Samples
    y_test: NDArray[np.int64]
    classes: tuple[int | str, ...]
    X_validation: Samples | None = None
    y_validation: NDArray[np.int64] | None = None
    image_shape: tuple[int, int] | None = None
    feature_names: tuple[str, ...] | None = None
    scaling: Scaling | None = None

    def __repr__(self) -> str:
        counts = [f"{len(self.y_train)} training"]
        if self.y_validation is not None:
            counts.append(f"{len(self.y_validation)} validation")
        scaled = "raw" if self.scaling is None else f"scaled ({self.scaling.kind})"
        return (
            f"Dataset({self.name!r}: {', '.join(counts)} and {len(self.y_test)} test samples of "
            f"{self.X_train.shape[1]} features, {scaled}, {len(self.classes)} classes)"
        )

    def part(self, part: Part) -> tuple[Samples, NDArray[np.int64]]:
        """Features `(N, D)` and labels `(N,)` of a part: "train", "validation" or "test".

        Raises:
            ChainruleError: if `part` is none of these, or no validation part was held back.
        """
        if part == "validation":
            if self.X_validation is None or self.y_validation is None:
                raise ChainruleError(
                    "there is no validation part: hold one back first, data.hold_back(0.15)"
                )
            return self.X_validation, self.y_validation
        parts = {"train": (self.X_train, self.y_train), "test": (self.X_test, self.y_test)}
        return choose("part", part, parts)

    def hold_back(self, share: float, seed: int = 0) -> "Dataset":
        """The same data with a share of the training part, 0 to 1, kept as validation part.

        Raises:
            ChainruleError: if `share` leaves no sample on either side, a part is held back
                already, or the data are scaled already: the scaling must be fitted on what is
                left to train on.

        >>> digits = load_digits().hold_back(0.1).scaled()
        >>> [len(digits.part(part)[1]) for part in ("train", "validation", "test")]
        [1374, 153, 270]
        """
        if self.X_validation is not None:
            raise ChainruleError("a validation part is held back already; hold back one only")
        n_held = round(share * len(self.X_train)) if 0 < share < 1 else 0
        if not 0 < n_held < len(self.X_train):
            raise ChainruleError(
                f"validation must be a share of the {len(self.X_train)} training samples, "
                "more than 0 and less than 1, that leaves a sample on either side, such as 0.1; "
                f"got {share}"
            )
        if self.scaling is not None:
            raise ChainruleError("hold back the validation part first, then scale")
        order = np.random.default_rng(seed).permutation(len(self.X_train))
        held, kept = order[:n_held].copy(), np.sort(order[n_held:])  # which let go of `order`
        return dataclasses.replace(
            self,
            X_train=_chosen(self.X_train, kept),
            y_train=self.y_train[kept],
            X_validation=_chosen(self.X_train, held),
            y_validation=self.y_train[held],
        )

    def scaled(self, kind: str = "standard") -> "Dataset":
        """The same data scaled, the scaling fitted on the training part alone.

        Args:
            kind: "standard", "unit" or "none"; the pixels of an image share one range.

        Raises:
            ChainruleError: if `kind` is unknown, or the data are scaled already.
            DataError: if the values are too large to scale.
        """
        if self.scaling is not None:
            raise ChainruleError(f"the data are scaled already ({self.scaling.kind}); scale once")
        scaling = Scaling.fit(kind, self.X_train, one_range=self.image_shape is not None)
        return dataclasses.replace(
            self,
            X_train=_scaled(self.X_train, scaling),
            X_test=_scaled(self.X_test, scaling),
            X_validation=None
            if self.X_validation is None
            else _scaled(self.X_validation, scaling),
            scaling=scaling,
        )

    def images(self, X: Samples) -> NDArray[Any]:
        """Rows of features as pictures in raw values.

        Shape: `(N, D)` to `(N, height, width)`, `(D,)` to `(height, width)`.

        Raises:
            DataError: if the features are not pixels.

        >>> digits = load_digits()
        >>> digits.images(digits.X_test).shape
        (270, 8, 8)
        """
        if self.image_shape is None:
            raise DataError(
                f"the samples of {quoted(self.name)} are not images; there is nothing to draw"
            )
        X = np.asarray(X)
        raw = X if self.scaling is None else self.scaling.undo(X)
        return raw.reshape(*X.shape[:-1], *self.image_shape)


def _chosen(X: Samples, rows: NDArray[np.int64]) -> Samples:
    """Some rows of the data: whole numbers stay where they are, floats are copied."""
    if isinstance(X, Rows):
        return X.choose(rows)
    return Rows(np.asarray(X), chosen=rows) if X.dtype.kind in WHOLE else X[rows]


def _scaled(X: Samples, scaling: Scaling) -> Samples:
    """The data scaled: whole numbers when they are taken, floats at once."""
    if isinstance(X, Rows):
        return dataclasses.replace(X, scaling=scaling)
    return Rows(np.asarray(X), scaling) if X.dtype.kind in WHOLE else scaling.apply(X)


def published_split(n_samples: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices of the training and the test part in the lab's published split.

    The same as scikit-learn's `train_test_split(test_size=0.15, random_state=37)`.

    Returns:
        Training indices and test indices, `(N,)` and `(M,)`, together `n_samples`.
    """
    order = np.random.RandomState(SPLIT_SEED).permutation(n_samples)
    n_test = int(np.ceil(TEST_SHARE * n_samples))
    return order[n_test:], order[:n_test]


def load_digits() -> Dataset:
    """The 1,797 handwritten digits of the lab, 8×8 pixels, 0 to 16, in the published split.

    Shapes: 1,527 samples `(1527, 64)` to train on, 270 to test. Source and licence: `DIGITS.md`
    beside this module (UCI, E. Alpaydin and C. Kaynak; CC BY 4.0).
    """
    with np.load(Path(__file__).with_name("digits.npz")) as digits:
        X = digits["images"].reshape(-1, 64).astype(np.float32)
        y = digits["labels"].astype(np.int64)
    train, test = published_split(len(X))
    return Dataset(
        "digits", X[train], y[train], X[test], y[test], tuple(range(10)), image_shape=(8, 8)
    )


def load(
    name: str = "digits", data_dir: str | Path | None = None, label: str | None = None
) -> Dataset:
    """Load a data set by name or path.

    Args:
        name: "digits", which come with the package; "mnist" or "fashion-mnist", taken from
            `data_dir`, else from the cache, else downloaded; "idx", any IDX set in `data_dir`;
            or the path of a CSV file, an NPZ file or a folder with an IDX set.
        data_dir: folder with the four IDX files, gzipped or not.
        label: label column of a CSV file ("label" if None), label array of an NPZ file ("y").

    Returns:
        The features raw: whole numbers in the type of the file, floats in single precision.
        CSV files, and NPZ files that are not split, are split as `published_split` says.

    Raises:
        DataError: naming the file and what is wrong in it.
    """
    if data_dir is not None and name not in (*DOWNLOADABLE, "idx"):
        raise DataError(
            Setting("data_dir"),
            " goes with ",
            Setting("name", "idx"),
            ", mnist or fashion-mnist; leave it out with ",
            Setting("name", plain(name)),
        )
    if name == "digits":
        if label is not None:
            raise DataError(
                Setting("label"), " goes with CSV and NPZ files; leave it out with the digits"
            )
        return load_digits()
    if data_dir is not None:
        return _load_idx(name, Path(data_dir))
    if name == "idx":
        raise DataError(
            Setting("name", "idx"),
            " needs ",
            Setting("data_dir"),
            ", the folder that holds the four IDX files",
        )
    if name in DOWNLOADABLE:
        from chainrule.data._download import fetch

        return _load_idx(name, fetch(name))
    path = Path(name)
    with reading(path):
        is_folder = path.is_dir()
    if is_folder:
        return _load_idx(name, path)
    if path.suffix.lower() == ".csv":
        return _from_tables(name, {"all": tables.read_csv(path, label)})
    if path.suffix.lower() == ".npz":
        return _from_tables(name, tables.read_npz(path, label))
    raise DataError(
        f"unknown data set {quoted(name)}: give digits, mnist, fashion-mnist, idx with ",
        Setting("data_dir"),
        ", or the path of a .csv file, an .npz file or a folder of IDX files",
    )


def _load_idx(name: str, folder: Path) -> Dataset:
    parts = {}
    for part in ("train", "test"):
        paths = [idx.find_idx(folder, part, content) for content in ("images", "labels")]
        images, labels = idx.read_idx_pair(*paths)
        parts[part] = tables.Table(plain(paths[0]), images, labels.tolist())
    return _from_tables(name, parts)


def _from_tables(name: str, parts: dict[str, tables.Table]) -> Dataset:
    """Check the samples, map labels to classes, and split where the data are not split yet."""
    first, *_ = parts.values()
    *_, last = parts.values()
    shape = first.X.shape[1:]
    if last.X.shape[1:] != shape:
        raise DataError(
            f"{first.source} has samples of shape {shape}, "
            f"{last.source} of shape {last.X.shape[1:]}; they must be equal"
        )
    if 0 in shape:
        raise DataError(f"{first.source}: the samples have no features (shape {shape}); add some")
    # Rows next to each other, however a file holds them, so that taking some is fast.
    X: list[Samples] = [
        np.ascontiguousarray(table.X.reshape(len(table.X), math.prod(shape)))
        for table in parts.values()
    ]
    classes, y = class_indices([table.labels or [] for table in parts.values()])

    if "all" in parts:
        train, test = published_split(len(y))
        X_train, X_test = _chosen(X[0], train), _chosen(X[0], test)
        y_train, y_test = y[train], y[test]
    else:
        X_train, X_test = X
        y_train, y_test = y[: len(X_train)], y[len(X_train) :]
    if len(X_train) == 0 or len(X_test) == 0:
        raise DataError(
            f"{first.source}: {len(X_train)} samples to train on and {len(X_test)} to test are "
            "too few; both parts need some"
        )
    if len(np.unique(y_train)) < 2:
        raise DataError(
            f"{first.source}: every training label is {quoted(classes[y_train[0]])}; there is "
            "nothing to tell apart; add samples of another class"
        )
    unseen = sorted(set(np.unique(y_test)) - set(np.unique(y_train))) if "all" not in parts else []
    if unseen:
        raise DataError(
            f"{last.source} has the label {quoted(classes[unseen[0]])}, which no training sample "
            "has; the classes of both parts must be the same"
        )
    return Dataset(
        name,
        X_train,
        y_train,
        X_test,
        y_test,
        classes,
        image_shape=(shape[0], shape[1]) if len(shape) == 2 else _pixels(first.feature_names),
        feature_names=first.feature_names,
    )


def _pixels(feature_names: tuple[str, ...] | None) -> tuple[int, int] | None:
    """Height and width if the columns of a table are the pixels of a square image."""
    if feature_names is None or not all(
        name.lower().startswith("pixel") for name in feature_names
    ):
        return None
    side = math.isqrt(len(feature_names))
    return (side, side) if side * side == len(feature_names) else None


def class_indices(
    label_lists: Sequence[list[int | str]],
) -> tuple[tuple[int | str, ...], NDArray[np.int64]]:
    """Map labels to 0 … K−1 in their own order: by size if all are numbers, else as text.

    Args:
        label_lists: lists of labels that share their classes, such as those of two parts.

    Returns:
        The K classes, and the index of each label of all the lists in turn, `(N,)`.

    >>> class_indices([[10, 9, 10], [9]])
    ((9, 10), array([1, 0, 1, 0]))
    >>> class_indices([[10, 9], ["dog"]])  # as text, 10 comes before 9
    (('10', '9', 'dog'), array([0, 1, 2]))
    """
    labels = list(itertools.chain.from_iterable(label_lists))
    if any(isinstance(label, str) for label in labels):
        labels = [str(label) for label in labels]
    classes = tuple(sorted(set(labels)))
    place = {label: i for i, label in enumerate(classes)}
    return classes, np.array([place[label] for label in labels], dtype=np.int64)
