"""A user's own data: CSV with a header line, or NPZ, with a label for each row."""

import csv
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.errors import DataError

ROWS_AT_A_TIME = 1000


@dataclass(frozen=True)
class Table:
    """Rows as read, before labels are mapped to classes.

    Attributes:
        X: features, `(N, D)` or, for images, `(N, height, width)`.
        labels: as in the file, `(N,)`, numbers or text; None where there are none.
        feature_names: of the D columns, where the file has names.
    """

    X: NDArray[Any]
    labels: NDArray[Any] | None
    feature_names: tuple[str, ...] | None = None


def read_csv(path: Path, label: str | None, *, label_required: bool = True) -> Table:
    """Read a CSV file whose first line names the columns.

    Args:
        path: the file; UTF-8, separated by commas.
        label: name of the label column; None stands for "label".
        label_required: if False, a file without that column is read as features alone.

    Raises:
        DataError: naming line, column and value: no header, no label column, rows of different
            lengths, text or nothing where a number belongs.
    """
    label = label or "label"
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return _parse_csv(csv.reader(file, strict=True), path, label, label_required)
    except FileNotFoundError as error:
        raise DataError(f"{path}: there is no such file") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not a text file in UTF-8 (byte {error.start})") from error
    except csv.Error as error:
        raise DataError(f"{path}: not a CSV file ({error})") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error


def _parse_csv(reader: Any, path: Path, label: str, label_required: bool) -> Table:  # noqa: ANN401 (csv's reader has no public type)
    columns = [name.strip() for name in next(reader, [])]
    if not any(columns):
        raise DataError(f"{path}: the first line must name the columns, but it is empty")
    if len(set(columns)) < len(columns):
        twice = next(name for name in columns if columns.count(name) > 1)
        raise DataError(f"{path}: two columns are named {twice!r}")
    has_label = label in columns
    if label_required and not has_label:
        shown = ", ".join(columns[:8]) + (", …" if len(columns) > 8 else "")
        raise DataError(
            f"{path}: there is no label column {label!r}; the columns are {shown}. "
            "Say which one holds the labels with --label NAME"
        )
    place = columns.index(label) if has_label else None
    names = tuple(name for name in columns if name != label or not has_label)
    if not names:
        raise DataError(f"{path}: there is no column but the labels")

    blocks, labels = [], []
    for lines, rows in _blocks(reader, path, len(columns)):
        if place is not None:
            labels += [row.pop(place).strip() for row in rows]
        blocks.append(_numbers(rows, lines, names, path))
    if not blocks:
        raise DataError(f"{path}: there are no rows below the header")
    return Table(np.concatenate(blocks), np.array(labels) if has_label else None, names)


def _blocks(reader: Any, path: Path, width: int) -> Iterator[tuple[list[int], list[list[str]]]]:  # noqa: ANN401
    """Rows with their line numbers, some at a time; empty lines are passed over."""
    numbered = ((reader.line_num, row) for row in reader if row)
    while block := list(itertools.islice(numbered, ROWS_AT_A_TIME)):
        for line, row in block:
            if len(row) != width:
                raise DataError(
                    f"{path}, line {line}: {len(row)} values, but the header names {width} columns"
                )
        yield [line for line, _ in block], [row for _, row in block]


def _numbers(
    rows: list[list[str]], lines: list[int], names: tuple[str, ...], path: Path
) -> NDArray[np.float32]:
    try:
        block = np.array(rows, dtype=np.float64)
    except ValueError:
        block = np.array([[_number(value) for value in row] for row in rows])
    with np.errstate(over="ignore"):
        single = block.astype(np.float32)
    bad = ~np.isfinite(single)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        value = rows[row][column]
        raise DataError(
            f"{path}, line {lines[row]}, column {names[column]!r}: "
            f"{value!r} is not a number that can be learned from; "
            "every feature must be a finite number (leave out or fill in rows that lack one)"
        )
    return single


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return np.nan


def read_npz(path: Path, label: str | None, *, label_required: bool = True) -> dict[str, Table]:
    """Read an NPZ file, as `{"all": …}` or, where it is already split, `{"train": …, "test": …}`.

    It holds `X` and the labels, or `X_train`, `y_train`, `X_test` and `y_test`; a small x will do.

    Args:
        path: the file, as `numpy.savez` writes it.
        label: name of the label array; None stands for "y".
        label_required: if False, a file with `X` alone is read too.

    Raises:
        DataError: if the file is damaged, lacks an array, or the arrays do not fit together.
    """
    label = label or "y"
    try:
        with np.load(path, allow_pickle=False) as file:
            if not isinstance(file, np.lib.npyio.NpzFile):
                raise DataError(f"{path}: not an NPZ file; numpy.savez(path, X=…, y=…) writes one")
            arrays = {name: file[name] for name in file.files}
    except FileNotFoundError as error:
        raise DataError(f"{path}: there is no such file") from error
    except DataError:
        raise
    except Exception as error:  # zip, zlib and NumPy's header parser each raise their own
        raise DataError(f"{path}: not an NPZ file, or a damaged one ({error})") from error

    arrays = {("X" + name[1:] if name[:1] == "x" else name): a for name, a in arrays.items()}
    parts = {"train": ("X_train", f"{label}_train"), "test": ("X_test", f"{label}_test")}
    if "X_train" not in arrays:
        parts = {"all": ("X", label)}
    return {
        part: _npz_table(path, arrays, features, labels, label_required)
        for part, (features, labels) in parts.items()
    }


def _npz_table(
    path: Path, arrays: dict[str, NDArray[Any]], features: str, labels: str, label_required: bool
) -> Table:
    for name in (features, labels) if label_required else (features,):
        if name not in arrays:
            raise DataError(
                f"{path}: there is no array {name!r}; it holds {', '.join(arrays) or 'nothing'}. "
                "Expected X and y (or another label array, named with --label)"
            )
    X, y = arrays[features], arrays.get(labels)
    if X.dtype.kind not in "iufb" or X.ndim < 2:
        raise DataError(
            f"{path}: {features} holds {X.dtype} values of shape {X.shape}; "
            "expected numbers, one row for each sample"
        )
    if X.dtype.kind == "f":
        with np.errstate(over="ignore"):
            X = X.astype(np.float32)
        bad = ~np.isfinite(X)
        if bad.any():
            place = tuple(int(i) for i in np.argwhere(bad)[0])
            raise DataError(
                f"{path}: {features}{list(place)} is {arrays[features][place]}; "
                "every feature must be a finite number"
            )
    if y is not None and (y.ndim != 1 or len(y) != len(X)):
        raise DataError(
            f"{path}: {features} has {len(X)} rows and {labels} the shape {y.shape}; "
            "expected one label for each row"
        )
    return Table(X, y)
