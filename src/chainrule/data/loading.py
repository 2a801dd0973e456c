"""Data sets loaded: the digits, sets of digits by name, and files of tables, by name or path."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from chainrule.data import idx, tables
from chainrule.data._reading import plain, plain_labels, reading
from chainrule.data.cells import Cells
from chainrule.data.csv_files import read_csv
from chainrule.data.dataset import Dataset
from chainrule.data.forms import FILLS, TableForm
from chainrule.data.labels import Label
from chainrule.data.rows import chosen
from chainrule.data.samples import Samples
from chainrule.data.splits import Division, divide, published_split
from chainrule.errors import DataError, Setting, choose, quoted

DOWNLOADABLE = ("mnist", "fashion-mnist")


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
        X = [chosen(X[0], train), chosen(X[0], test)]
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
