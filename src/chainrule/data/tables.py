"""Samples as files hold them, and the arrays of an NPZ file, with a label for each row."""

import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.data._reading import finite_features, plain, plain_labels, reading
from chainrule.data.limits import require_room
from chainrule.errors import DataError, Setting, quoted

NOT_NPZ = "not an NPZ file, or a damaged one; numpy.savez(path, X=…, y=…) writes one"
NPZ_ARRAYS = (
    "expected X and y, or X_train, y_train, X_test and y_test (name other labels with ",
    Setting("label"),
    ")",
)


@dataclass(frozen=True)
class Table:
    """Samples as read, before labels are mapped to classes.

    Attributes:
        source: where the samples come from, to begin an error message with.
        X: features, `(N, D)` or, for images, `(N, height, width)`; finite.
        labels: `N` whole numbers or texts; None if the features alone were read.
        counted: what `places` counts: a "line" of the file, or a "row" of the array, from 0;
            nothing where the samples of a set have no numbers of their own.
        places: `(N,)`, where each sample stands in its file, or None.
    """

    source: str
    X: NDArray[Any]
    labels: list[int | str] | None
    counted: str = ""
    places: NDArray[np.int64] | None = None


def read_npz(path: Path, label: str | None, *, label_required: bool = True) -> dict[str, Table]:
    """Read an NPZ file, as `{"all": …}` or, where it is already split, `{"train": …, "test": …}`.

    It holds `X` and the labels, or `X_train`, `y_train`, `X_test` and `y_test`; a small x will do.
    No other array of the file is read.

    Args:
        path: the file, as `numpy.savez` writes it.
        label: name of the label array; None stands for "y".
        label_required: if False, the features alone are read.

    Returns:
        Features `(N, D)` or `(N, height, width)`, whole numbers in the type of the file and
        floats in single precision, and labels.

    Raises:
        DataError: if the file is damaged, lacks an array, or the arrays do not fit together.
    """
    label = label or "y"
    place = plain(path)
    # Opened here, because NumPy leaves a file that it opened open if its zip archive is damaged.
    with reading(path), path.open("rb") as opened, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy's, about headers that older versions wrote
        try:
            file = np.load(opened, allow_pickle=False)
        except OSError:
            raise
        except Exception as error:  # zip, zlib and NumPy's header parser each raise their own
            raise DataError(f"{place}: {NOT_NPZ}") from error
        if not isinstance(file, np.lib.npyio.NpzFile):
            raise DataError(f"{place}: {NOT_NPZ}")
        with file:
            parts = {"train": ("X_train", f"{label}_train"), "test": ("X_test", f"{label}_test")}
            if not {"X_train", "x_train"} & set(file.files):
                parts = {"all": ("X", label)}
            return {
                part: _npz_table(file, place, features, labels, label_required)
                for part, (features, labels) in parts.items()
            }


def _npz_table(
    file: np.lib.npyio.NpzFile, place: str, features: str, labels: str, label_required: bool
) -> Table:
    if (small := features.replace("X", "x")) in file.files:
        features = small
    for name in (features, labels) if label_required else (features,):
        if name not in file.files:
            array_names = ", ".join(map(quoted, file.files[:8])) or "nothing"
            raise DataError(
                f"{place}: there is no array {quoted(name)}; it holds {array_names}; ", *NPZ_ARRAYS
            )
    X = _array(file, place, features)
    if X.dtype.kind not in "iufb" or X.ndim < 2:
        raise DataError(
            f"{place}: {features} holds {plain(X.dtype)} values of shape {X.shape}; "
            "expected numbers, one row for each sample"
        )
    source = f"{place}, {features}"
    if not label_required:
        return Table(source, finite_features(source, X), None, "row", np.arange(len(X)))
    y = _array(file, place, labels)
    if y.shape != X.shape[:1]:
        raise DataError(
            f"{place}: {features} has {len(X)} rows and {quoted(labels)} the shape {y.shape}; "
            "expected one label for each row"
        )
    plain_y = _npz_labels(y, f"{place}, {labels}")
    return Table(source, finite_features(source, X), plain_y, "row", np.arange(len(X)))


def _array(file: np.lib.npyio.NpzFile, place: str, name: str) -> NDArray[Any]:
    members = file.zip.infolist() if file.zip is not None else []
    for member in members:
        if member.filename in {name, f"{name}.npy"}:  # of which no more is read than it says
            require_room(member.file_size, place, f"the array {quoted(name)}")
    try:
        array = file[name]
    except Exception as error:  # as above; pickled arrays of objects are refused here too
        raise DataError(
            f"{place}: the array {quoted(name)} cannot be read ({plain(error)}); "
            "write plain numbers or text with numpy.savez"
        ) from error
    if not isinstance(array, np.ndarray):  # np.load gives what is not an array as bytes
        raise DataError(
            f"{place}: {quoted(name)} is not an array; write it again with numpy.savez"
        )
    return array


def _npz_labels(y: NDArray[Any], source: str) -> list[int | str]:
    if y.dtype.kind not in "iufbSU":
        raise DataError(
            f"{source}: the labels are of type {plain(y.dtype)}; they must be numbers or text"
        )
    try:
        if y.dtype.kind == "S":
            y = np.strings.decode(y, "utf-8")
        elif y.dtype.kind == "U":
            y = np.ascontiguousarray(y, dtype=y.dtype.newbyteorder("="))
            # Damage makes numbers that are no characters, and of them strings that crash Python.
            if (y.view(np.uint32) > sys.maxunicode).any():
                raise ValueError("numbers that are no characters")
        elif y.dtype.kind == "f":
            y = y.astype(np.float64)  # which `tolist` makes Python's, unlike longer ones
    except ValueError as error:
        raise DataError(
            f"{source}: the labels are not text in Unicode ({plain(error)}); "
            "write them again with numpy.savez"
        ) from error
    labels = y.tolist()
    return plain_labels(labels, lambda label: f"{source}[{labels.index(label)}]")
