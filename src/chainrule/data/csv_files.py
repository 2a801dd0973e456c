"""CSV files: a line that names the columns, and a line for each row."""

import contextlib
import csv
import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from chainrule.data._reading import plain, reading
from chainrule.data.cells import LARGEST, MISSING, Cells, number_of, refuse_lacking, single, spaced
from chainrule.data.forms import TableForm
from chainrule.data.limits import VARIABLE, max_bytes, require_room
from chainrule.errors import DataError, Setting, quoted

ROWS_AT_A_TIME = 1000
BYTES_TO_A_CHARACTER = 32  # at the most: a value of one digit is an object of Python's
CODE = re.compile(r"\n0\d+\n")  # a cell between ends of lines, since that is searched for fast
SEPARATORS = (",", ";", "\t", "|")  # that are guessed


def read_csv(
    path: Path,
    label: str = "label",
    *,
    with_labels: bool = True,
    separator: str | None = None,
    drop: Sequence[str] = (),
    form: TableForm | None = None,
) -> Cells:
    """Read a CSV file whose first line names the columns.

    A column is one of words if more of its cells are text than numbers, or if one begins with a 0
    that a number does not need: 01 is not the same as 1. Where values are separated by another
    character than a comma, a comma may stand for the decimal point.

    Args:
        path: the file, in UTF-8.
        label: name of the label column.
        with_labels: if False, that column is passed over if it is there.
        separator: one character; None takes that of `, ; tab |` which parts the first line best.
        drop: names of columns to leave out.
        form: of the model that reads the file: its columns are read, and all others passed over.

    Raises:
        DataError: naming line, column and value: no header, no label column, no column to drop,
            rows of different lengths, text where a number belongs, a number that is not finite.
    """
    source = plain(path)
    label, drop = spaced(label), tuple(map(spaced, drop))
    mark = None if separator is None else _one_character(separator)
    with reading(path):
        require_room(path.stat().st_size, source, "what it holds")
        mark = mark or _guessed(path)
        columns = _header(path, mark)
        at = _label_column(source, label, columns, mark) if with_labels else None
        names = _features(source, columns, label, drop) if form is None else form.names
        refuse_lacking(source, names, dict.fromkeys(columns))
        table = _Columns(source, columns, names, comma=mark != ",")
        if form is not None:
            return _cells(table, _records(path, mark, columns), form.words, at)
        with contextlib.suppress(DataError):  # most files have none, and are read once
            return _cells(table, _numbers_alone(table, _records(path, mark, columns)), (), at)
        return _cells(table, _records(path, mark, columns), _words(table, path, mark), at)


def _one_character(separator: str) -> str:
    separator = "\t" if separator == "\\t" else separator  # as one types it in a shell
    if len(separator) != 1 or separator in '"\r\n\0':
        raise DataError(
            "separator must be one character, such as ; or | (\\t for a tab), and no quote; "
            f"got {quoted(separator)}"
        )
    return separator


def _guessed(path: Path) -> str:
    """The separator with which the first line has most columns; the first of equals."""

    def n_columns(mark: str) -> int:
        try:
            return len(next(_rows(path, mark), (1, []))[1])
        except DataError:  # as where all of a long line would be one value
            return 0

    return max(SEPARATORS, key=n_columns)


def _header(path: Path, mark: str) -> list[str]:
    source = plain(path)
    columns = [spaced(name) for name in next(_rows(path, mark), (1, []))[1]]
    if not columns:
        raise DataError(f"{source}: the file is empty; its first line must name the columns")
    if not all(columns):
        raise DataError(
            f"{source}: column {columns.index('') + 1} has no name in the first line; name it or "
            "leave it out (pandas writes its row numbers so, unless given index=False)"
        )
    if len(set(columns)) < len(columns):
        twice = Counter(columns).most_common(1)[0][0]
        raise DataError(
            f"{source}: two columns are named {quoted(twice)}; the first line must name the "
            "columns, each with a name of its own"
        )
    return columns


def _label_column(source: str, label: str, columns: Sequence[str], mark: str) -> int:
    if label not in columns:
        raise DataError(
            f"{source}: there is no label column {quoted(label)}; the columns, separated by "
            f"{_called(mark)} in the first line, are {_listed(columns)}. "
            "Say which one holds the labels with ",
            Setting("label", "NAME"),
        )
    return columns.index(label)


def _features(
    source: str, columns: Sequence[str], label: str, drop: Sequence[str]
) -> tuple[str, ...]:
    for name in drop:
        if name == label:
            raise DataError(f"{source}: the column {quoted(name)} holds the labels; keep it")
        if name not in columns:
            raise DataError(
                f"{source}: there is no column {quoted(name)} to drop; the columns are "
                f"{_listed(columns)}"
            )
    names = tuple(name for name in columns if name != label and name not in drop)
    if not names:
        raise DataError(f"{source}: there is no column but the labels; add the features")
    return names


def _listed(columns: Sequence[str]) -> str:
    return ", ".join(map(quoted, columns[:8])) + (", …" if len(columns) > 8 else "")


def _called(mark: str) -> str:
    return {",": "commas", ";": "semicolons", "\t": "tabs"}.get(mark, quoted(mark))


def _rows(path: Path, mark: str) -> Iterator[tuple[int, list[str]]]:
    """Rows with the number of the line on which each begins; empty lines are passed over."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        yield from _parsed(_lines(file, path), path, mark)


def _lines(file: IO[str], path: Path) -> Iterator[str]:
    """The lines of a file, none longer than the limit on memory allows."""
    most = max_bytes() // BYTES_TO_A_CHARACTER
    for number in itertools.count(1):
        line = file.readline(most + 1)
        if len(line) > most:
            raise DataError(
                f"{plain(path)}, line {number}: the line has more than {most} characters; is this "
                f"a table? If it is, a number above 2 for {VARIABLE} in the environment raises "
                "the limit"
            )
        if not line:
            return
        yield line


def _parsed(lines: Iterator[str], path: Path, mark: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(lines, strict=True, delimiter=mark)
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
            f"({plain(error)}); mend its quotes or separators"
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


Block = list[tuple[int, list[str]]]  # rows, each with its line


def _records(path: Path, mark: str, columns: Sequence[str]) -> Iterator[Block]:
    """The rows below the header, some at a time, each as long as the header."""
    rows = _rows(path, mark)
    next(rows)
    while block := list(itertools.islice(rows, ROWS_AT_A_TIME)):
        for line, row in block:
            if len(row) != len(columns):
                raise DataError(
                    f"{plain(path)}, line {line}: the row has {len(row)} values, "
                    f"but the header names {len(columns)} columns; they must be equal"
                )
        yield block


@dataclass(frozen=True)
class _Columns:
    """The columns of a file that are read."""

    source: str
    columns: Sequence[str]
    names: tuple[str, ...]
    comma: bool  # whether it may stand for the decimal point
    at: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", tuple(map(self.columns.index, self.names)))

    def place(self, line: int, name: str) -> str:
        return f"{self.source}, line {line}, column {quoted(name)}"

    def as_numbers(self, block: Block, names: Sequence[str]) -> NDArray[np.float32]:
        """Those columns of some rows, `(n, C)`, NaN where a value is missing."""
        at = [self.columns.index(name) for name in names]
        values = [[row[i] for i in at] for _, row in block]
        try:
            double = np.array(values, dtype=np.float64).reshape(len(block), len(at))
            if (np.abs(np.nan_to_num(double, posinf=np.inf)) <= LARGEST).all():
                return double.astype(np.float32)
        except ValueError:  # something is missing, has a comma, or is no number
            pass
        numbers = np.empty((len(block), len(at)), np.float32)
        for i, (line, _) in enumerate(block):
            for j, name in enumerate(names):
                numbers[i, j] = single(
                    values[i][j],
                    partial(self.place, line, name),
                    MISSING,
                    comma=self.comma,
                )
        return numbers

    def has_codes(self, block: Block) -> bool:
        """Whether a cell is a code such as 01."""
        values = "\n".join("\n".join([row[i] for i in self.at]) for _, row in block)
        return CODE.search(f"\n{values}\n") is not None

    def count_text(self, block: Block) -> NDArray[np.int64]:
        """How many cells of each column are text, numbers, and codes, `(3, C)`."""
        counts = np.zeros((3, len(self.at)), np.int64)
        for _, row in block:
            for column, value in enumerate(row[i] for i in self.at):
                counts[2, column] += CODE.search(f"\n{value.strip()}\n") is not None
                number = number_of(value, MISSING, comma=self.comma)
                if number is None:
                    counts[0, column] += 1
                elif not np.isnan(number):
                    counts[1, column] += 1
        return counts


class _WordsError(DataError):
    """A column holds words."""


def _numbers_alone(table: _Columns, records: Iterator[Block]) -> Iterator[Block]:
    for block in records:
        if table.has_codes(block):
            raise _WordsError
        yield block


def _words(table: _Columns, path: Path, mark: str) -> tuple[str, ...]:
    """The columns that hold words."""
    counts = np.zeros((3, len(table.names)), np.int64)
    for block in _records(path, mark, table.columns):
        counts += table.count_text(block)
    texts, numbers, codes = counts
    return tuple(itertools.compress(table.names, (texts > numbers) | (codes > 0)))


def _cells(
    table: _Columns, records: Iterator[Block], words: Sequence[str], label_at: int | None
) -> Cells:
    number_names = [name for name in table.names if name not in words]
    blocks: list[NDArray[np.float32]] = []
    texts: dict[str, list[str]] = {name: [] for name in table.names if name in words}
    labels: list[str] = []
    lines: list[int] = []
    for block in records:
        blocks.append(table.as_numbers(block, number_names))
        lines.extend(line for line, _ in block)
        for name, column in texts.items():
            at = table.columns.index(name)
            words_there = (spaced(row[at]) for _, row in block)
            column.extend("" if word.lower() in MISSING else word for word in words_there)
        if label_at is not None:
            labels.extend(spaced(row[label_at]) for _, row in block)
    if not lines:
        raise DataError(
            f"{table.source}: there are no rows below the header; add one for each sample"
        )
    X = np.concatenate(blocks)
    return Cells(
        table.source,
        {name: X[:, i] for i, name in enumerate(number_names)},
        texts,
        table.names,
        "line",
        np.array(lines),
        None if label_at is None else labels,
    )
