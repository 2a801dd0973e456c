"""A data set: features, labels, the split into parts, and what the numbers mean."""

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from chainrule.data import idx, tables
from chainrule.data._reading import plain, plain_labels, reading
from chainrule.data.cells import Cells
from chainrule.data.csv_files import read_csv
from chainrule.data.forms import FILLS, TableForm
from chainrule.data.labels import Label
from chainrule.data.rows import WHOLE, Rows
from chainrule.data.samples import Samples
from chainrule.data.scaling import Scaling
from chainrule.data.splits import Division, divide, published_split, stratified_split
from chainrule.errors import ChainruleError, DataError, Setting, choose, quoted

Part = Literal["train", "validation", "test"]
DOWNLOADABLE = ("mnist", "fashion-mnist")


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
        form: how the rows of a CSV file became features, else None.
        stratified: whether the classes have the same shares in all parts.
        counted: what `places` counts: a "line" of the file, or a "row" of an array, from 0.
        places: where the samples of each part stand in their file, `(N,)` by the part's name;
            nothing for sets whose samples have no numbers of their own.
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
    form: TableForm | None = None
    stratified: bool = False
    counted: str = ""
    places: Mapping[str, NDArray[np.int64]] = dataclasses.field(default_factory=dict)

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

        Of stratified data it is that share of each class.

        Raises:
            ChainruleError: if `share` leaves no sample on either side, a part is held back
                already, or the data are scaled already: the scaling must be fitted on what is
                left to train on.

        >>> digits = load_digits().hold_back(0.1).scaled()
        >>> [len(digits.part(part)[1]) for part in ("train", "validation", "test")]
        [1374, 153, 270]
        """
        self._refuse_second_part()
        if not 0 < share < 1:
            kept, held = np.arange(len(self.X_train)), np.arange(0)
        elif self.stratified:
            kept, held = stratified_split(self.y_train, share, seed)
        else:
            n_held = round(share * len(self.X_train))
            order = np.random.default_rng(seed).permutation(len(self.X_train))
            held, kept = order[:n_held].copy(), order[n_held:].copy()  # which let go of `order`
        if len(held) == 0 or len(kept) == 0:
            raise ChainruleError(
                f"validation must be a share of the {len(self.X_train)} training samples, "
                "more than 0 and less than 1, that leaves a sample on either side, such as 0.1; "
                f"got {share}"
            )
        kept.sort()
        return self._parted(kept, held)

    def fold(self, held: NDArray[np.bool_]) -> "Dataset":
        """The same data with these samples of the training part, `(N,)`, as validation part.

        Raises:
            ChainruleError: if a part is held back already, or the data are scaled already.

        >>> digits = load_digits()
        >>> folded = digits.fold(np.arange(len(digits.y_train)) % 5 == 0)
        >>> len(folded.y_train), len(folded.part("validation")[1])
        (1221, 306)
        """
        self._refuse_second_part()
        return self._parted(np.flatnonzero(~held), np.flatnonzero(held))

    def without_test(self) -> "Dataset":
        """The same data with an empty test part, for what must not look at it."""
        places = {part: rows for part, rows in self.places.items() if part != "test"}
        none = np.arange(0)
        return dataclasses.replace(
            self, X_test=_chosen(self.X_test, none), y_test=self.y_test[none], places=places
        )

    def _refuse_second_part(self) -> None:
        if self.X_validation is not None:
            raise ChainruleError("a validation part is held back already; hold back one only")
        if self.scaling is not None:
            raise ChainruleError("hold back the validation part first, then scale")

    def _parted(self, kept: NDArray[np.int64], held: NDArray[np.int64]) -> "Dataset":
        """The training part divided into that and a validation part."""
        places = dict(self.places)
        if "train" in places:
            places |= {"train": places["train"][kept], "validation": places["train"][held]}
        return dataclasses.replace(
            self,
            X_train=_chosen(self.X_train, kept),
            y_train=self.y_train[kept],
            X_validation=_chosen(self.X_train, held),
            y_validation=self.y_train[held],
            places=places,
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
    name: str = "digits",
    data_dir: str | Path | None = None,
    label: str | None = None,
    *,
    separator: str | None = None,
    drop: str | Sequence[str] = (),
    test: str | Path | None = None,
    fill: str | None = None,
    split: str = "stratified",
    form: TableForm | None = None,
) -> Dataset:
    """Load a data set by name or path.

    Args:
        name: "digits", which come with the package; "mnist" or "fashion-mnist", taken from
            `data_dir`, else from the cache, else downloaded; "idx", any IDX set in `data_dir`;
            or the path of a CSV file, an NPZ file or a folder with an IDX set.
        data_dir: folder with the four IDX files, gzipped or not.
        label: label column of a CSV file ("label" if None), label array of an NPZ file ("y").
        separator: between the values of a CSV file; guessed if None.
        drop: column, or columns, of a CSV file to leave out.
        test: a file like `name`, CSV or NPZ, that is the test part; all of `name` is trained on.
        fill: "median" has the training part's median stand in for missing values of a CSV file,
            and its most frequent word where words are missing; None refuses them.
        split: of CSV files, and of NPZ files that are not split: "stratified" puts aside 15 % of
            each class, "published" what `published_split` says.
        form: how the rows of a CSV file become features, as a model remembers it; None looks at
            the training part. The validation part, if one is held back, has been looked at too.

    Returns:
        The features raw: whole numbers in the type of the file, floats in single precision.

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
    path = Path(name)
    suffix = "" if name in ("digits", "idx", *DOWNLOADABLE) else path.suffix.lower()
    _refuse_idle(name, suffix, {"label": label, "test": test}, (".csv", ".npz"))
    drop = (drop,) if isinstance(drop, str) else drop
    only_csv = {"separator": separator, "drop": tuple(drop) or None, "fill": fill}
    _refuse_idle(name, suffix, only_csv, (".csv",))
    if name == "digits":
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
    with reading(path):
        is_folder = path.is_dir()
    if is_folder:
        return _load_idx(name, path)
    if suffix == ".csv":
        if fill is not None:
            choose("fill", fill, dict.fromkeys(FILLS))
        return _load_csv(name, label or "label", separator, tuple(drop), test, fill, split, form)
    if suffix == ".npz":
        return _load_npz(name, path, label, None if test is None else Path(test), split)
    raise DataError(
        f"unknown data set {quoted(name)}: give digits, mnist, fashion-mnist, idx with ",
        Setting("data_dir"),
        ", or the path of a .csv file, an .npz file or a folder of IDX files",
    )


def _refuse_idle(
    name: str, suffix: str, settings: Mapping[str, object], suffixes: tuple[str, ...]
) -> None:
    """Refuse settings of tables with other data, where they would do nothing."""
    if suffix in suffixes or suffix not in ("", ".csv", ".npz"):
        return
    for setting, value in settings.items():
        if value is not None:
            files = " and ".join(s[1:].upper() for s in suffixes)
            shown = f"the {name}" if name == "digits" else plain(name)
            raise DataError(
                Setting(setting), f" goes with {files} files; leave it out with {shown}"
            )


def _load_idx(name: str, folder: Path) -> Dataset:
    parts = {}
    for part in ("train", "test"):
        paths = [idx.find_idx(folder, part, content) for content in ("images", "labels")]
        images, labels = idx.read_idx_pair(*paths)
        parts[part] = tables.Table(plain(paths[0]), images, labels.tolist())
    return _from_tables(name, parts, _divided(parts))


def _load_npz(name: str, path: Path, label: str | None, test: Path | None, split: str) -> Dataset:
    parts = tables.read_npz(path, label)
    if test is not None:
        tests = tables.read_npz(test, label)
        if "all" not in parts or "all" not in tests:
            raise DataError(
                f"{plain(path)} and {plain(test)} must each hold X and y where one is the test "
                "part; an NPZ file with X_test has its own: leave out ",
                Setting("test"),
            )
        parts = {"train": parts["all"], "test": tests["all"]}
    return _from_tables(name, parts, _divided(parts, split), stratified=split == "stratified")


def _load_csv(
    name: str,
    label: str,
    separator: str | None,
    drop: tuple[str, ...],
    test: str | Path | None,
    fill: str | None,
    split: str,
    form: TableForm | None,
) -> Dataset:
    cells = read_csv(Path(name), label, separator=separator, drop=drop, form=form)
    labels = table_labels(cells)
    rows = None
    if test is None:
        division = divide({"all": (cells.source, labels)}, split)
        rows = division.train
    rows = np.arange(len(cells)) if rows is None else rows
    form = form or TableForm.fit(cells, rows, fill, label=label, separator=separator, dropped=drop)
    parts = {"all": _table(cells, form, labels)}
    if test is not None:
        tests = read_csv(Path(test), label, separator=separator, form=form)
        parts = {"train": parts["all"], "test": _table(tests, form, table_labels(tests))}
        division = _divided(parts)
    return _from_tables(name, parts, division, stratified=split == "stratified", form=form)


def table_labels(cells: Cells) -> list[Label]:
    """The labels of a table as whole numbers where all of them are numbers, else as text.

    Raises:
        DataError: naming the line of one that is missing or is no class.
    """
    spelled = cells.labels or []
    return plain_labels(
        spelled,
        lambda label: f"{cells.source}, {cells.counted} {cells.places[spelled.index(label)]}",
    )


def _table(cells: Cells, form: TableForm, labels: list[Label]) -> tables.Table:
    return tables.Table(cells.source, form.features(cells), labels, cells.counted, cells.places)


def _divided(parts: dict[str, tables.Table], split: str = "published") -> Division:
    return divide({part: (t.source, t.labels or []) for part, t in parts.items()}, split)


def _from_tables(
    name: str,
    parts: dict[str, tables.Table],
    division: Division,
    *,
    stratified: bool = False,
    form: TableForm | None = None,
) -> Dataset:
    """Put a data set together of its samples and of how they are divided."""
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
    places = [table.places for table in parts.values() if table.places is not None]
    train, test = division.train, division.test
    if train is not None and test is not None:
        X = [_chosen(X[0], train), _chosen(X[0], test)]
        places = [places[0][train], places[0][test]]
    names = None if form is None else form.feature_names
    return Dataset(
        name,
        X[0],
        division.y_train,
        X[1],
        division.y_test,
        division.classes,
        image_shape=(shape[0], shape[1]) if len(shape) == 2 else _pixels(names),
        feature_names=names,
        form=form,
        stratified=stratified,
        counted=first.counted,
        places=dict(zip(("train", "test"), places, strict=False)),
    )


def _pixels(feature_names: tuple[str, ...] | None) -> tuple[int, int] | None:
    """Height and width if the columns of a table are the pixels of a square image."""
    if feature_names is None or not all(
        name.lower().startswith("pixel") for name in feature_names
    ):
        return None
    side = math.isqrt(len(feature_names))
    return (side, side) if side * side == len(feature_names) else None
