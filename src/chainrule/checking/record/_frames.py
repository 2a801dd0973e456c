"""A table that stands in for what pandas would read: enough of a data frame for what trains."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from chainrule.checking.learner.imports import Nothing
from chainrule.checking.record._arrays import taken_up

_LABELS = ("label", "target", "class", "species", "y", "digit", "output", "diagnosis", "labels")
_SAME = (
    "sample", "reset_index", "fillna", "dropna", "astype", "replace", "map", "apply", "copy",
    "set_index", "rename", "sort_values", "infer_objects", "squeeze", "drop_duplicates",
)  # fmt: skip
_OVER_ROWS = ("mean", "std", "min", "max", "sum", "var", "median")


class Frame(Nothing):
    """A table whose label stands in its first column, or its last.

    Attributes:
        array: what is in it. Shape: `(N, 1 + D)`, `(N, D)` without labels, or `(N,)`.
        place: of the label's column; None if it has none.
    """

    def __init__(self, array: Any, place: int | None = None) -> None:
        self.__dict__.update(array=array, place=place)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in _SAME:
            return lambda *_args, **_more: self
        if name in _OVER_ROWS:
            return lambda *_args, **_more: Frame(getattr(np, name)(self.array.astype(float), 0))
        if name in ("shape", "ndim", "size", "dtype"):
            return getattr(self.array, name)
        return self[name] if self.array.ndim == 2 else self

    @property
    def values(self) -> Any:
        """The table itself, as data."""
        return taken_up(self.array)

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

    loc = iloc

    def to_numpy(self, *_args: Any, **_more: Any) -> Any:
        """The table itself, as data."""
        return self.values

    def head(self, count: int = 5) -> "Frame":
        """Its first rows."""
        return Frame(self.array[:count], self.place)

    def unique(self) -> Any:
        """Its different numbers."""
        return np.unique(self.array)

    def tolist(self) -> Any:
        """The table as lists."""
        return self.array.tolist()

    def drop(self, *args: Any, **more: Any) -> "Frame":
        """The table without its label, if that is dropped; rows stay."""
        names = more.get("columns", args[0] if args else more.get("labels"))
        if "columns" not in more and not more.get("axis", args[1] if len(args) > 1 else 0):
            return self
        some = names if isinstance(names, list) else [names]
        if any(isinstance(n, str) and self._is_label(n) for n in some):
            return Frame(self._features())
        return self

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
        return _framed(self.array[key], self.place)

    def __eq__(self, other: object) -> Any:
        return self.array == other

    __hash__ = None  # type: ignore[assignment]

    def _is_label(self, name: str) -> bool:
        return self.place is not None and name.lower() in _LABELS

    def _labels(self) -> Any:
        return self.array[:, self.place or 0]

    def _features(self) -> Any:
        return self.array if self.place is None else np.delete(self.array, self.place, axis=1)


def _operator(name: str) -> Any:
    def compute(self: Frame, other: Any) -> Frame:
        a = self.array.astype(float)
        return Frame(getattr(a, name)(other.array if isinstance(other, Frame) else other))

    return compute


for _name in ("add", "sub", "mul", "truediv", "radd", "rsub", "rmul", "rtruediv"):
    setattr(Frame, f"__{_name}__", _operator(f"__{_name}__"))


class Columns(list[str]):
    """The names of a table's columns."""

    def __init__(self, frame: Frame) -> None:
        width = frame.array.shape[1] if frame.array.ndim == 2 else 1
        names = [f"c{i}" for i in range(width)]
        if frame.place is not None and width > 1:
            names[frame.place] = "label"
        super().__init__(names)

    def drop(self, *_args: Any) -> "Columns":
        """All but one: those of the features are told apart by their table."""
        return self


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
        return _framed(frame.array[key], frame.place)


def _framed(part: Any, place: int | None) -> Any:
    if not isinstance(part, np.ndarray):
        return taken_up(part)
    whole = part.ndim == 2 and place is not None
    return Frame(part, place if whole and part.shape[1] > 1 else None)
