"""Reading the samples of a file the way a trained model wants them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from chainrule.data import Dataset, idx, load, tables
from chainrule.data.csv_files import read_csv
from chainrule.data.image_files import FORMATS, DigitPicture, read_picture
from chainrule.data.samples import Samples
from chainrule.errors import DataError, quoted
from chainrule.runs.data import fingerprint
from chainrule.runs.model_files import TrainedModel

Judged = Literal["train", "test", "all"]
OTHER_PICTURES = (".heic", ".heif", ".avif")  # of telephones, which Pillow alone does not read
NUMBERED = (".csv", ".npz")  # files whose rows have numbers


@dataclass(frozen=True, eq=False)  # arrays have no single truth value
class Labelled:
    """Samples with labels, for a model to be judged on.

    Attributes:
        name: of the data.
        X: raw features `(N, D)`.
        y: labels `(N,)` in the numbering of the model.
        part: "train", "test" or "all".
        counted: what `places` counts: a "line" of the file, or a "row" of an array, from 0.
        places: `(N,)`, where each sample stands in its file, or None.
        has_changed: whether the model was trained on other data under this name.
    """

    name: str
    X: Samples
    y: NDArray[np.int64]
    part: Judged
    counted: str = ""
    places: NDArray[np.int64] | None = None
    has_changed: bool = False


def is_picture(path: Path) -> bool:
    """Whether a file is an image of one digit, by its name."""
    return path.suffix.lower() in FORMATS


def read_digit(path: Path, trained: TrainedModel) -> DigitPicture:
    """The digit in an image file, in the form of the images that a model has learned from.

    Raises:
        DataError: if the file cannot be read, shows no ink, or the model takes no images.
    """
    if trained.image_shape is None:
        raise DataError(f"{path}: the model was not trained on images; give a CSV or NPZ file")
    return read_picture(path, trained.image_shape, trained.largest_value)


def read_samples(
    path: Path, trained: TrainedModel, separator: str | None = None
) -> tuple[NDArray[Any], str, NDArray[np.int64]]:
    """Raw features of every sample in a CSV, NPZ or IDX file.

    Columns of a CSV file are matched by name; labels are passed over.

    Returns:
        Features `(N, D)`; what counts the samples, such as "line"; and their numbers, `(N,)`.

    Raises:
        DataError: if the file cannot be read, or its samples are not what the model takes.
    """
    suffix, label = path.suffix.lower(), trained.source.get("label")
    counted, places = "sample", None
    if suffix == ".csv":
        X, _, counted, places = _read_csv(path, trained, label, separator, with_labels=False)
    elif suffix == ".npz":
        parts = tables.read_npz(path, label, label_required=False)
        X = parts["test" if "test" in parts else "all"].X
        counted = "row"
    elif path.is_dir():
        raise DataError(
            f"{path}: this is a folder; give the files in it, such as {path / '*.png'}"
        )
    elif path.is_file() and (suffix in OTHER_PICTURES or not idx.is_idx(path)):
        raise DataError(
            f"{path}: neither an image ({', '.join(FORMATS)}), nor .csv, .npz or IDX; give one of "
            "these"
        )
    else:
        X = idx.read_idx(path)
        if X.ndim < 2:
            raise DataError(f"{path}: holds single numbers such as labels, not samples")
    return _fitting(path, X, trained), counted, np.arange(len(X)) if places is None else places


def read_labelled(
    trained: TrainedModel,
    name: str | None = None,
    data_dir: str | None = None,
    label: str | None = None,
    separator: str | None = None,
    part: Judged | None = None,
) -> Labelled:
    """Samples to judge a model on: the data that it was trained on, or others.

    Args:
        trained: the model.
        name: as for `chainrule.data.load`; None, or its own, stands for those it was trained on.
        data_dir: as for `load`.
        label: column or array of the labels, if it is not called as where the model was trained.
        separator: between the values of a CSV file, or None to have it guessed.
        part: "train", "test" or "all"; None takes the test part of the data that it was trained
            on, and all of others.

    Raises:
        DataError: if the data cannot be read, or are not what the model takes.
        ChainruleError: if a label is none of the model's classes.
    """
    source = {key: value for key, value in trained.source.items() if key != "test_crc32"}
    source.setdefault("split", "published")  # of models from before there was another
    is_own = _is_own(source, name, data_dir)
    if is_own:
        source |= {} if label is None else {"label": label}
        part = part or "test"
    elif part is None or part == "all":
        part = "all"
        if data_dir is None and Path(str(name)).suffix.lower() in NUMBERED:
            return _all_of(Path(str(name)), trained, label, separator)
    if not is_own:
        split = source["split"]
        label = label or _remembered(trained, str(name))
        source = {"name": name or "idx", "data_dir": data_dir, "label": label, "split": split}
        source["separator"] = separator
    data = load(**source, form=trained.form)
    own_test = str(fingerprint(*data.part("test")))
    has_changed = is_own and trained.source.get("test_crc32") != own_test
    return _part_of(data, trained, part, has_changed)


def _is_own(source: dict[str, Any], name: str | None, data_dir: str | None) -> bool:
    if name is None and data_dir is None:
        return True
    own = source.get("name") or "digits", source.get("data_dir")
    given = name or "idx", data_dir
    return all(_resolved(a) == _resolved(b) for a, b in zip(own, given, strict=True))


def _resolved(path: str | None) -> str | None:
    return str(Path(path).resolve()) if path is not None and Path(path).exists() else path


def _remembered(trained: TrainedModel, name: str) -> str | None:
    """The name of the labels where the model was trained, for a file that has some."""
    return trained.source.get("label") if Path(name).suffix.lower() in NUMBERED else None


def _part_of(data: Dataset, trained: TrainedModel, part: Judged, has_changed: bool) -> Labelled:
    if part == "all":
        pieces = [trained.part(data, "train"), trained.part(data, "test")]
        X: Samples = np.concatenate([np.asarray(X) for X, _ in pieces])
        y = np.concatenate([y for _, y in pieces])
    else:
        X, y = trained.part(data, part)
    places = None
    if data.places:
        names = ("train", "test") if part == "all" else (part,)
        places = np.concatenate([data.places[name] for name in names])
        if len(np.unique(places)) == len(places):  # all of one file, so in its order
            order = np.argsort(places) if part == "all" else np.arange(len(places))
            X, y, places = X[order], y[order], places[order]
    return Labelled(data.name, X, y, part, data.counted, places, has_changed)


def _all_of(
    path: Path, trained: TrainedModel, label: str | None, separator: str | None
) -> Labelled:
    """Every row of a table, be it one."""
    if path.suffix.lower() == ".csv":
        label = label or (trained.form.label if trained.form else trained.source.get("label"))
        X, labels, counted, places = _read_csv(path, trained, label, separator)
    else:
        parts = tables.read_npz(path, label or trained.source.get("label"))
        X = np.concatenate([table.X for table in parts.values()])
        labels = [name for table in parts.values() for name in table.labels or []]
        counted, places = "row", np.arange(len(X))
    X = _fitting(path, X, trained)
    y = trained.indices(labels, lambda row: f"{path}, {counted} {places[row]},")
    return Labelled(str(path), X, y, "all", counted, places)


def _read_csv(
    path: Path,
    trained: TrainedModel,
    label: str | None,
    separator: str | None,
    *,
    with_labels: bool = True,
) -> tuple[NDArray[Any], list[int | str], str, NDArray[np.int64]]:
    """Features, labels as they are spelled, and the places of all rows of a CSV file."""
    form = trained.form
    cells = read_csv(
        path,
        label or "label",
        with_labels=with_labels,
        separator=separator or (form.separator if form else None),
        form=form,
    )
    if form is not None:
        X = form.features(cells)
    else:  # a model that was trained on arrays takes the columns in their order
        for name in cells.words:
            raise DataError(
                f"{path}: the column {quoted(name)} holds words; the model was trained on arrays "
                "of numbers, and takes a file of numbers in the same order"
            )
        X = np.stack([cells.numbers[name] for name in cells.names], axis=1)
    return X, list(cells.labels or []), cells.counted, cells.places


def _fitting(path: Path, X: NDArray[Any], trained: TrainedModel) -> NDArray[Any]:
    n_features = trained.model.input_size
    X = X.reshape(len(X), int(np.prod(X.shape[1:])))
    if len(X) == 0 or X.shape[1] != n_features:
        raise DataError(
            f"{path}: holds {len(X)} samples of {X.shape[1]} features; "
            f"the model takes samples of {n_features}"
        )
    return X
