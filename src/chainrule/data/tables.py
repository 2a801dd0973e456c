"""A user's own data: CSV with a header line, or NPZ, with a label for each row."""

import csv
import itertools
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from chainrule.data._reading import finite_features, plain, plain_labels, reading
from chainrule.data.limits import require_room
from chainrule.errors import DataError, Setting, quoted

ROWS_AT_A_TIME = 1000
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
        feature_names: of the D columns, where the file has names.
    """

    source: str
    X: NDArray[Any]
    labels: list[int | str] | None
    feature_names: tuple[str, ...] | None = None


def read_csv(
    path: Path,
    label: str | None,
    *,
    label_required: bool = True,
    only: tuple[str, ...] | None = None,
) -> Table:
    """Read a CSV file whose first line names the columns.

    Args:
        path: the file; UTF-8, separated by commas.
        label: name of the label column; None stands for "label".
        label_required: if False, the features alone are read, and that column passed over.
        only: names of the features to read, in this order; all others are passed over.

    Returns:
        Features `(N, D)` in single precision, labels and the names of the features.

    Raises:
        DataError: naming line, column and value: no header, no label column, rows of different
            lengths, text or nothing where a number belongs, labels that are not classes.
    """
    label = " ".join((label or "label").split())  # spaced as the columns are
    place = plain(path)
    with reading(path), path.open(newline="", encoding="utf-8-sig") as file:
        rows = _rows(file, path)
        header = next(rows, (1, []))[1]
        _check_header(header, place)
        columns = [" ".join(name.split()) for name in header]
        if label_required and label not in columns:
            first_names = ", ".join(map(quoted, columns[:8])) + (", …" if len(columns) > 8 else "")
            raise DataError(
                f"{place}: there is no label column {quoted(label)}; the columns, separated by "
                f"commas in the first line, are {first_names}. "
                "Say which one holds the labels with ",
                Setting("label", "NAME"),
            )
        at = columns.index(label) if label in columns else None
        names = only or tuple(name for name in columns if name != label)
        if not names:
            raise DataError(f"{place}: there is no column but the labels; add the features")
        missing = [name for name in names if name not in columns]
        if missing:
            raise DataError(
                f"{place}: the column {quoted(missing[0])}, which the model reads, is missing; "
                f"it needs {len(names)} columns, named as in the file it was trained on"
            )
        places = [columns.index(name) for name in names]

        blocks: list[NDArray[np.float32]] = []
        labels: list[str] = []
        first_line: dict[str, int] = {}
        while block := list(itertools.islice(rows, ROWS_AT_A_TIME)):
            for line, row in block:
                if len(row) != len(columns):
                    raise DataError(
                        f"{place}, line {line}: the row has {len(row)} values, "
                        f"but the header names {len(columns)} columns; they must be equal"
                    )
                if at is not None and label_required:
                    text = " ".join(row[at].split())
                    labels.append(text)
                    first_line.setdefault(text, line)
            features = [(line, [row[i] for i in places]) for line, row in block]
            blocks.append(_numbers(features, names, place))
    if not blocks:
        raise DataError(f"{place}: there are no rows below the header; add one for each sample")
    X = np.concatenate(blocks)
    if not label_required:
        return Table(place, X, None, names)
    y = plain_labels(labels, lambda text: f"{place}, line {first_line[text]}")
    return Table(place, X, y, names)


def _rows(file: IO[str], path: Path) -> Iterator[tuple[int, list[str]]]:
    """Rows with the number of the line on which each begins; empty lines are passed over."""
    reader = csv.reader(file, strict=True)
    begins = 1
    try:
        for row in reader:
            if row:
                yield begins, row
            begins = reader.line_num + 1
    except UnicodeDecodeError as error:
        raise DataError(
            f"{plain(path)}, line {_undecodable_line(path)}: the text is not UTF-8; "
            "save the file as CSV in UTF-8"
        ) from error
    except csv.Error as error:
        raise DataError(
            f"{plain(path)}, line {begins}: the row that begins here is not CSV "
            f"({plain(error)}); mend its quotes or commas"
        ) from error


def _undecodable_line(path: Path) -> int:
    """The decoder reads ahead of the parser, so the line is looked for again."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode()
            except UnicodeDecodeError:
                return number
    return 1


def _check_header(header: list[str], place: str) -> None:
    columns = [" ".join(name.split()) for name in header]
    if not columns:
        raise DataError(f"{place}: the file is empty; its first line must name the columns")
    if len(columns) == 1:
        for mark, called in ((";", "semicolons"), ("\t", "tabs")):
            if mark in header[0]:
                raise DataError(
                    f"{place}: the columns seem to be separated by {called}; save the file with "
                    "commas between them, and points in decimal numbers"
                )
    if not all(columns):
        raise DataError(
            f"{place}: column {columns.index('') + 1} has no name in the first line; name it or "
            "leave it out (pandas writes its row numbers so, unless given index=False)"
        )
    if len(set(columns)) < len(columns):
        twice = Counter(columns).most_common(1)[0][0]
        raise DataError(
            f"{place}: two columns are named {quoted(twice)}; the first line must name the "
            "columns, each with a name of its own"
        )


def _numbers(
    block: list[tuple[int, list[str]]], names: tuple[str, ...], place: str
) -> NDArray[np.float32]:
    try:
        double = np.array([row for _, row in block], dtype=np.float64)
    except ValueError:
        double = np.array([[_number(value) for value in row] for _, row in block])
    with np.errstate(over="ignore"):
        single = double.astype(np.float32)
    finite = np.isfinite(single)
    if not finite.all():
        i, column = np.argwhere(~finite)[0]
        line, row = block[i]
        value = row[column]
        why = f"{quoted(value)} is not a finite number below 3e38; leave the row out or mend it"
        if not value.strip():
            why = "the cell is empty; fill it in or leave the row out"
        elif _number(value) != _number(value) and "nan" not in value.lower():
            why = f"{quoted(value)} is text; write it as a number or leave the column out"
        raise DataError(f"{place}, line {line}, column {quoted(names[column])}: {why}")
    return single


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return np.nan


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
        return Table(source, finite_features(source, X), None)
    y = _array(file, place, labels)
    if y.shape != X.shape[:1]:
        raise DataError(
            f"{place}: {features} has {len(X)} rows and {quoted(labels)} the shape {y.shape}; "
            "expected one label for each row"
        )
    return Table(source, finite_features(source, X), _npz_labels(y, f"{place}, {labels}"))


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
