"""The rows of a table as they were read, column by column: numbers, words, and what is missing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.errors import DataError, quoted

# How a column of numbers says that a value is missing; in one of words only an empty cell does.
MISSING = {"", "na", "n/a", "#n/a", "nan", "null", "?"}
LARGEST = float(np.finfo(np.float32).max)
OF_FRAMES = {"", "nan", "none", "<na>", "nat"}  # as data frames write it


@dataclass(frozen=True, eq=False)  # arrays have no single truth value
class Cells:
    """Rows of a table, N of them, before they become features.

    Attributes:
        source: where they come from, to begin an error message with.
        numbers: values `(N,)` of each column of numbers by name, in single precision; NaN where
            one is missing.
        words: N words of each column of words by name, empty where one is missing.
        names: of all columns, in their order.
        counted: what `places` counts: a "line" of the file, or a "row" from 0.
        places: `(N,)`, where each row stands.
        labels: N labels as they are spelled, if they were read.
    """

    source: str
    numbers: Mapping[str, NDArray[np.float32]]
    words: Mapping[str, Sequence[str]]
    names: tuple[str, ...]
    counted: str
    places: NDArray[np.int64]
    labels: list[str] | None = None

    def __len__(self) -> int:
        return len(self.places)

    def place(self, row: int, column: str) -> str:
        """Where a cell is, in words."""
        return _place(self.source, self.counted, int(self.places[row]), column)

    def missing(self, column: str) -> NDArray[np.bool_]:
        """Which of the N rows have no value in a column, `(N,)`."""
        if column in self.numbers:
            return np.isnan(self.numbers[column])
        return np.array([not word for word in self.words[column]], dtype=np.bool_)


def is_frame(X: object) -> bool:
    """Whether this is a data frame: of pandas, of polars, or what has columns as they have.

    >>> is_frame(np.zeros((2, 3)))
    False
    """
    return hasattr(X, "columns") and hasattr(X, "__getitem__")


def cells_of_frame(frame: Any, names: Sequence[str], words: Sequence[str]) -> Cells:
    """Columns of a data frame, matched by name.

    Args:
        frame: of N rows.
        names: of the columns to read.
        words: those of them that hold words.

    Raises:
        DataError: if a column is missing, or holds text where numbers belong.
    """
    source = "the data frame"
    columns = {spaced(name): name for name in frame.columns}
    refuse_lacking(source, names, columns)
    values = {name: np.asarray(frame[columns[name]]) for name in names}
    return Cells(
        source,
        {name: _numbers(source, name, values[name]) for name in names if name not in words},
        {name: [_word(value) for value in values[name].tolist()] for name in words},
        tuple(names),
        "row",
        np.arange(len(frame)),
    )


def _numbers(source: str, name: str, values: NDArray[Any]) -> NDArray[np.float32]:
    """A column of a frame, `(N,)`, in single precision; NaN where a value is missing."""
    if values.dtype.kind in "iub" or (
        values.dtype.kind == "f" and not (np.abs(values) > LARGEST).any()
    ):
        return values.astype(np.float32)
    return np.array(
        [
            single(value, partial(_place, source, "row", row, name), OF_FRAMES)
            for row, value in enumerate(values.tolist())
        ],
        np.float32,
    )


def _place(source: str, counted: str, number: int, column: str) -> str:
    return f"{source}, {counted} {number}, column {quoted(column)}"


def refuse_lacking(source: str, names: Sequence[str], there: Mapping[str, Any]) -> None:
    """Refuse a table that lacks a column.

    Raises:
        DataError: naming the first column that is not `there`.
    """
    lacking = [name for name in names if name not in there]
    if lacking:
        raise DataError(
            f"{source}: the column {quoted(lacking[0])}, which the model reads, is missing; "
            f"it needs {len(names)} columns, named as in the file it was trained on"
        )


def single(
    value: object, place: Callable[[], str], missing: set[str], *, comma: bool = False
) -> float:
    """The number that a cell holds, NaN if it is missing.

    Args:
        value: a number, or text that spells one.
        place: says where the cell is.
        missing: how it may say that there is no value, in small letters.
        comma: whether a comma may stand for the decimal point.

    Raises:
        DataError: if it is text, or not finite in single precision.

    >>> single("2,5", lambda: "here", MISSING, comma=True)
    2.5
    """
    number = number_of(value, missing, comma=comma)
    if number is None:
        hint = ""
        if isinstance(value, str) and "," in value:
            hint = " (with a point, not a comma, before its decimals)"
        raise DataError(
            f"{place()}: {quoted(value)} is text among numbers; write it as a number{hint}, or "
            "leave the column out"
        )
    if np.isinf(number) or abs(number) > LARGEST:
        raise DataError(
            f"{place()}: {quoted(value)} is not a finite number below 3e38; leave the row out or "
            "mend it"
        )
    return number


def number_of(value: object, missing: set[str], *, comma: bool = False) -> float | None:
    """The number that a cell holds or spells, NaN if it is missing, None if it is text.

    >>> number_of("n/a", MISSING), number_of("tall", MISSING)
    (nan, None)
    """
    text = str(value).strip()
    if text.lower() in missing:
        return np.nan
    try:
        return float(text.replace(",", ".") if comma else text)
    except ValueError:
        return None


def spaced(name: object) -> str:
    """A name or word with single spaces between its parts, and none around.

    >>> spaced("  two   words ")
    'two words'
    """
    return " ".join(str(name).split())


def _word(value: object) -> str:
    """A word of a frame, empty where there is None or NaN: the text "none" is a word."""
    return spaced(value) if isinstance(value, str) or not _is_missing(value) else ""


def _is_missing(value: object) -> bool:
    return str(value).lower() in OF_FRAMES
