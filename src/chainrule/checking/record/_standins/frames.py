"""A table that stands in for what pandas would read: enough of a data frame for what trains."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from chainrule.checking.learner.imports import Nothing
from chainrule.checking.record._tape.arrays import taken_up

_LABELS = ("label", "target", "class", "species", "y", "digit", "output", "diagnosis", "labels",
           "category")  # fmt: skip
_SAME = (
    "sample", "reset_index", "fillna", "dropna", "astype", "replace", "map", "apply", "copy",
    "set_index", "rename", "sort_values", "infer_objects", "squeeze", "drop_duplicates",
)  # fmt: skip
_MOST_TARGETS = 20
_EVERY = 4  # row of a column has a text that is asked for, so that some are left with and without
_OVER_ROWS = ("mean", "std", "min", "max", "sum", "var", "median")


class Frame(Nothing):
    """A table whose label stands in its first column, or its last.

    Attributes:
        array: what is in it. Shape: `(N, 1 + D)`, `(N, D)` without labels, or `(N,)`.
        place: of the label's column; None if it has none.
        one_hot: whether a few columns at one end are targets of as many classes.
    """

    def __init__(self, array: Any, place: int | None = None, one_hot: bool = False) -> None:
        self.__dict__.update(array=array, place=place, one_hot=one_hot)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in _SAME:
            return lambda *_args, **_more: self
        if name in _OVER_ROWS:
            return lambda *_args, **_more: Frame(getattr(np, name)(self.array.astype(float), 0))
        if name in ("shape", "ndim", "size", "dtype"):
            return getattr(self.array, name)
        if name == "str" and self.array.ndim == 1:
            return _Texts(self)
        return self[name] if self.array.ndim == 2 else self

    @property
    def values(self) -> Any:
        """The table itself, as data; of whole numbers if all are, as labels are."""
        are_whole = self.array.dtype.kind == "f" and np.all(self.array == np.floor(self.array))
        return taken_up(self.array.astype(np.int64) if are_whole else self.array)

    @property
    def T(self) -> Any:
        """The table turned round, as data."""
        return taken_up(self.array.T)

    @property
    def columns(self) -> "Columns":
        """The names of its columns."""
        return Columns(self)

    @property
    def index(self) -> range:
        """The numbers of its rows."""
        return range(len(self.array))

    @property
    def iloc(self) -> "_Places":
        """Rows and columns by their places."""
        return _Places(self)

    loc = ix = iloc

    def to_numpy(self, *_args: Any, **_more: Any) -> Any:
        """The table itself, as data."""
        return self.values

    def head(self, count: int = 5) -> "Frame":
        """Its first rows."""
        return Frame(self.array[:count], self.place)

    def unique(self) -> Any:
        """Its different numbers."""
        return taken_up(np.unique(self.array))

    def tolist(self) -> Any:
        """The table as lists."""
        return self.array.tolist()

    def drop(
        self,
        labels: Any = None,
        axis: Any = 0,
        *,
        columns: Any = None,
        inplace: bool = False,
        **_more: Any,
    ) -> "Frame | None":
        """The table without its label, if that is dropped; rows and other columns stay."""
        names = labels if columns is None and axis in (1, "columns") else columns
        some = names if isinstance(names, list) else [names]
        left = self
        if any(isinstance(n, str) and self._is_label(n) for n in some):
            left = Frame(self._features())
        if not inplace:
            return left
        self.__dict__.update(left.__dict__)
        return None

    def pop(self, name: str) -> "Frame":
        """A column that is taken away: the label's, or that of a feature, which stays."""
        column: Frame = self[name]
        if self._is_label(name):
            self.__dict__.update(array=self._features(), place=None)
        return column

    def __array__(self, *_args: Any, **_more: Any) -> Any:
        """The table itself."""
        return self.array

    def __len__(self) -> int:
        return len(self.array)

    def __iter__(self) -> Iterator[Any]:
        return iter(Columns(self)) if self.array.ndim == 2 else iter(self.array.tolist())

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            return Frame(self._labels() if self._is_label(key) else self._features()[:, 0])
        if isinstance(key, list | Columns) and all(isinstance(k, str) for k in key):
            if len(list(key)) == 1:
                return Frame(np.asarray(self[next(iter(key))].array)[:, None])
            return Frame(self._features()[:, : len(list(key))])
        if isinstance(key, int) and self.array.ndim == 2 and not isinstance(key, bool):
            return Frame(self.array[:, key])
        key = key.array if isinstance(key, Frame) else key
        return self.part(self.array[key])

    def part(self, array: Any) -> Any:
        """Some of its rows or columns; with its label, if all columns are among them."""
        if not isinstance(array, np.ndarray):
            return taken_up(array)
        whole = array.ndim == 2 and array.shape[1:] == self.array.shape[1:]
        return Frame(array, self.place if whole else None)

    def __eq__(self, other: object) -> Any:
        return self.array == _plain(other)

    def __ne__(self, other: object) -> Any:
        return self.array != _plain(other)

    # What compares number by number cannot be hashed, as with arrays; mypy wants a function here.
    __hash__ = None  # type: ignore[assignment]

    def _is_label(self, name: str) -> bool:
        return self.place is not None and is_label(name)

    def _labels(self) -> Any:
        return self.array[:, self.place or 0]

    def _features(self) -> Any:
        return self.array if self.place is None else np.delete(self.array, self.place, axis=1)


def joined(parts: Sequence[Any], axis: Any) -> Frame:
    """Tables below each other, or side by side: then the label stays that of the first with one.

    Shape: as they have together.
    """
    arrays = [np.asarray(_plain(each)) for each in parts]
    if axis not in (1, "columns"):
        return Frame(np.concatenate(arrays), getattr(parts[0], "place", None))
    wide = [each[:, None] if each.ndim == 1 else each for each in arrays]
    starts = np.cumsum([0, *(each.shape[1] for each in wide)])
    places = (s + p.place for s, p in zip(starts, parts, strict=False)
              if getattr(p, "place", None) is not None)  # fmt: skip
    return Frame(np.hstack(wide), next(map(int, places), None))


def is_label(name: str) -> bool:
    """Whether a column of that name is the labels'."""
    return re.split(r"[\s_]+", name.lower())[-1] in _LABELS


def _plain(other: object) -> Any:
    return other.array if isinstance(other, Frame) else other


def _operator(name: str) -> Any:
    def compute(self: Frame, other: Any) -> Frame:
        return Frame(getattr(self.array.astype(float), name)(_plain(other)), self.place)

    return compute


def _comparison(name: str) -> Any:
    return lambda self, other: getattr(self.array, name)(_plain(other))


for _name in ("add", "sub", "mul", "truediv", "radd", "rsub", "rmul", "rtruediv"):
    setattr(Frame, f"__{_name}__", _operator(f"__{_name}__"))
for _name in ("lt", "le", "gt", "ge"):
    setattr(Frame, f"__{_name}__", _comparison(f"__{_name}__"))


class _Texts(Nothing):
    """What is asked of the texts of a column, and what is made of them: the column as it is."""

    def __init__(self, frame: Frame) -> None:
        self.__dict__.update(frame=frame)

    def __getattr__(self, name: str) -> Any:
        frame = self.__dict__["frame"]
        if name in ("contains", "startswith", "endswith", "match", "fullmatch"):
            return lambda *_args, **_more: np.arange(len(frame)) % _EVERY == 0
        return lambda *_args, **_more: frame


class Columns(list[str]):
    """The names of a table's columns."""

    def __init__(self, frame: Frame) -> None:
        width = frame.array.shape[1] if frame.array.ndim == 2 else 1
        names = [f"c{i}" for i in range(width)]
        if frame.place is not None and width > 1:
            names[frame.place] = "label"
        super().__init__(names)

    def drop(self, *_args: Any) -> "Columns":
        """All of them: their table takes its features by how many names there are."""
        return self

    def __eq__(self, other: object) -> Any:
        """Which of them a name is. Shape: `(1 + D,)`."""
        return np.array([name == other for name in self])

    def __ne__(self, other: object) -> Any:
        return ~(self == other)

    __hash__ = None


class _Places:
    """Rows and columns by their places."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def __getitem__(self, key: Any) -> Any:
        frame = self._frame
        last = key[-1] if isinstance(key, tuple) else None
        named = isinstance(last, list) and all(isinstance(k, str) for k in last)
        if named or isinstance(last, str):
            return frame[last]
        if isinstance(last, slice) and any(isinstance(k, str) for k in (last.start, last.stop)):
            return frame
        if frame.one_hot and isinstance(last, slice):
            width = frame.array.shape[1]
            columns = range(width)[last]
            at_end = 0 in columns or width - 1 in columns
            if at_end and 1 < len(columns) <= min(_MOST_TARGETS, width // 2):
                labels = frame.array[key[0], frame.place or 0].astype(np.int64)
                return Frame(np.eye(len(columns))[labels % len(columns)])
        return frame.part(frame.array[key])

    def __setitem__(self, _key: Any, _value: Any) -> None:
        """A table stays as it is."""


Frame.__name__ = "DataFrame"  # which Python says of what is done with one
