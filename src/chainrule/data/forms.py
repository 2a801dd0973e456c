"""What a model remembers of the table that it was trained on: how rows become features."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.data.cells import Cells, refuse_lacking
from chainrule.errors import DataError, Setting, quoted

FILLS = ("median",)
MOST_CATEGORIES = 20  # more of them, in more than half of the rows, are an identifier


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Attributes:
        name: in the first line of the file.
        categories: of a column of words, in order: each becomes one feature, 1 or 0. Empty for a
            column of numbers.
        filling: what stands in for a missing value; None where those are refused.
    """

    name: str
    categories: tuple[str, ...] = ()
    filling: float | str | None = None

    @property
    def features(self) -> tuple[str, ...]:
        """The names of the features that come of it.

        >>> Column("colour", ("blue", "red")).features
        ('colour=blue', 'colour=red')
        """
        return tuple(f"{self.name}={c}" for c in self.categories) or (self.name,)


@dataclass(frozen=True)
class TableForm:
    """How the rows of a table become features and labels; kept with the model.

    Attributes:
        columns: those that are read, in order.
        label: name of the column that holds the labels.
        separator: between the values in a line, if it was given; None has it guessed.
        dropped: the columns that were left out on request.

    >>> form = TableForm((Column("size"), Column("colour", ("blue", "red"))))
    >>> form.feature_names
    ('size', 'colour=blue', 'colour=red')
    """

    columns: tuple[Column, ...]
    label: str = "label"
    separator: str | None = None
    dropped: tuple[str, ...] = ()

    @classmethod
    def fit(
        cls,
        cells: Cells,
        rows: NDArray[np.int64],
        fill: str | None = None,
        *,
        label: str = "label",
        separator: str | None = None,
        dropped: tuple[str, ...] = (),
    ) -> TableForm:
        """Look at the training part: which categories there are, and what fills in.

        Args:
            cells: the table.
            rows: its training part, `(n,)`.
            fill: "median" has the median stand in for missing numbers, and the most frequent word
                for missing words; None refuses them.
            label: kept as it is.
            separator: kept as it is.
            dropped: kept as it is.

        Raises:
            DataError: if a column of words has a word of its own in most rows, or there is nothing
                in a column to fill in.
        """
        columns = []
        for name in cells.names:
            missing = cells.missing(name)
            filling: float | str | None = None
            categories: tuple[str, ...] = ()
            there = rows[~missing[rows]]
            if len(there) == 0:
                raise DataError(
                    f"{cells.source}: the column {quoted(name)} is empty in the training part; "
                    "leave it out, for example with ",
                    Setting("drop", (name,)),
                )
            if name in cells.words:
                counts = Counter(cells.words[name][row] for row in there)
                if len(counts) > max(MOST_CATEGORIES, len(there) // 2):
                    raise DataError(
                        f"{cells.source}: the column {quoted(name)} has {len(counts)} different "
                        f"words in {len(there)} rows, as an identifier has; leave it out with ",
                        Setting("drop", (name,)),
                    )
                categories = tuple(sorted(counts))
                if fill is not None:
                    filling = max(categories, key=lambda word: counts[word])  # the first of equals
            elif fill is not None:
                filling = float(np.median(cells.numbers[name][there].astype(np.float64)))
            columns.append(Column(name, categories, filling))
        return cls(tuple(columns), label, separator, dropped)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """Names of the D features, in order."""
        return tuple(name for column in self.columns for name in column.features)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns that are read, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def words(self) -> tuple[str, ...]:
        """Names of the columns that hold words."""
        return tuple(column.name for column in self.columns if column.categories)

    def features(self, cells: Cells) -> NDArray[np.float32]:
        """The rows of a table as features, `(N, D)`; columns are matched by name.

        Raises:
            DataError: if a column is missing, a value is missing that nothing fills in, or a word
                is none of the categories, with its column and row.
        """
        refuse_lacking(cells.source, self.names, {**cells.numbers, **cells.words})
        self._refuse_missing(cells)
        X = np.zeros((len(cells), len(self.feature_names)), np.float32)
        first = 0
        for column in self.columns:
            end = first + len(column.features)
            if column.categories:
                words = [word or column.filling for word in cells.words[column.name]]
                place = {category: i for i, category in enumerate(column.categories)}
                for row, word in enumerate(words):
                    if word not in place:
                        raise _unknown(cells, row, column, word)
                    X[row, first + place[word]] = 1
            else:
                X[:, first] = cells.numbers[column.name]
                if column.filling is not None:
                    X[cells.missing(column.name), first] = column.filling
            first = end
        return X

    def _refuse_missing(self, cells: Cells) -> None:
        """Name the first missing value in the order of the file, and how many there are."""
        missing = {
            column.name: cells.missing(column.name)
            for column in self.columns
            if column.filling is None
        }
        missing = {name: rows for name, rows in missing.items() if rows.any()}
        if not missing:
            return
        first = min(missing, key=lambda name: int(np.argmax(missing[name])))
        number = sum(int(rows.sum()) for rows in missing.values())
        more = f" ({number} are missing in {len(missing)} columns)" if number > 1 else ""
        raise DataError(
            f"{cells.place(int(np.argmax(missing[first])), first)}: the value is missing{more}; "
            "leave such rows out, or train with ",
            Setting("fill", "median"),
            ", which has the training part's median stand in",
        )

    def values(self, x: NDArray[Any]) -> dict[str, float | str]:
        """A row of features, `(D,)`, as the columns that it came of.

        >>> form = TableForm((Column("size"), Column("colour", ("blue", "red"))))
        >>> form.values(np.array([2.5, 0, 1]))
        {'size': 2.5, 'colour': 'red'}
        """
        values: dict[str, float | str] = {}
        first = 0
        for column in self.columns:
            end = first + len(column.features)
            values[column.name] = (
                column.categories[int(np.argmax(x[first:end]))]
                if column.categories
                else float(str(x[first]))  # 2.1 and not 2.0999999 in single precision
            )
            first = end
        return values

    def description(self) -> dict[str, Any]:
        """What a file must hold to make the form again, as `from_description` does."""
        return dataclasses.asdict(self)

    @classmethod
    def from_description(cls, description: Mapping[str, Any]) -> TableForm:
        """The form that `description` describes.

        Raises:
            DataError: if names or values contradict each other; anything odd raises some error.
        """
        columns = tuple(_column(column) for column in description["columns"])
        if len({column.name for column in columns}) < len(columns):
            raise DataError("two columns have one name")
        separator = description["separator"]
        return cls(
            columns,
            str(description["label"]),
            None if separator is None else str(separator),
            _texts(description["dropped"]),
        )


def _column(description: Mapping[str, Any]) -> Column:
    filling, categories = description["filling"], _texts(description["categories"])
    if filling is not None and categories:
        filling = str(filling)
    elif filling is not None:
        filling = float(filling)
    if len(set(categories)) < len(categories) or "" in categories:
        raise DataError("two categories have one name, or one has none")
    if (categories and filling not in (None, *categories)) or (
        isinstance(filling, float) and not np.isfinite(filling)
    ):
        raise DataError("a filling is none of the values of its column")
    return Column(str(description["name"]), categories, filling)


def _texts(values: Sequence[Any]) -> tuple[str, ...]:
    if isinstance(values, str):
        raise DataError("one text stands where several belong")
    return tuple(str(value) for value in values)


def _unknown(cells: Cells, row: int, column: Column, word: object) -> DataError:
    shown = ", ".join(map(quoted, column.categories[:8]))
    shown += ", …" if len(column.categories) > 8 else ""
    return DataError(
        f"{cells.place(row, column.name)}: {quoted(word)} is a category that no training row has; "
        f"those there are: {shown}. Leave the row out or mend it"
    )
