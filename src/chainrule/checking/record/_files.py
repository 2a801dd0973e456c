"""What stands in for files that are not here: small tables, pictures of digits, and texts."""

import builtins
import gzip
import io
import pickle
import struct
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from chainrule.checking.record._arrays import taken_up, tape
from chainrule.checking.record._form import Form

_SIDE = 28  # of a picture of a digit


class Files:
    """Gives files that are made up where the learner's code asks for some that are not here.

    Attributes:
        used: their names.
    """

    def __init__(self, form: Form) -> None:
        self.used: list[str] = []
        self._form = form

    @contextmanager
    def given(self) -> Iterator[None]:
        """Stand in for what opens and reads files, while it lasts."""
        replaced: list[tuple[Any, str, Any]] = []
        for where, name, what in (
            (builtins, "open", self._open), (gzip, "open", self._open),
            (np, "loadtxt", self._table), (np, "genfromtxt", self._table),
            (np, "load", self._load),
            (pickle, "load", self._pickled), (pickle, "loads", self._pickled),
            (urllib.request, "urlopen", self._page), (urllib.request, "urlretrieve", self._page),
        ):  # fmt: skip
            real = getattr(where, name)
            replaced.append((where, name, real))
            setattr(where, name, self._instead(real, what))
        try:
            yield
        finally:
            for where, name, real in replaced:
                setattr(where, name, real)

    def _instead(self, real: Callable[..., Any], make: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **more: Any) -> Any:
            if not tape().is_learners():
                return real(*args, **more)
            if args and isinstance(args[0], _File):
                return make(args[0].name, *args[1:], **more)
            try:
                result = real(*args, **more)
            except (FileNotFoundError, urllib.error.URLError):
                mode = more.get("mode", args[1] if len(args) > 1 else "r")
                if isinstance(mode, str) and set(mode) & set("wax"):
                    raise
                self.used.append(str(args[0]) if args else "")
                return make(args[0] if args else "", *args[1:], **more)
            return taken_up(result) if make in (self._table, self._load) else result

        return call

    def _open(self, name: Any, mode: str = "r", *_args: Any, **_more: Any) -> Any:
        data = self._content(str(name).lower())
        text = "b" not in mode and not str(name).endswith("gz")
        return _Text(str(name), data.decode()) if text else _Bytes(str(name), data)

    def _content(self, name: str) -> bytes:
        X, y = self._arrays(name)
        if "idx" in name or "ubyte" in name:
            if "label" in name:
                return struct.pack(">II", 2049, len(y)) + bytes(y.astype(np.uint8).tobytes())
            pixels: Any = np.zeros((len(y), _SIDE * _SIDE), np.uint8)
            pixels[:, : X.shape[1]] = 255 * X[:, : _SIDE * _SIDE]
            head = struct.pack(">IIII", 2051, len(y), _SIDE, _SIDE)
            return head + bytes(pixels.tobytes())
        rows = self._rows(name)
        return "\n".join(",".join(f"{x:.4g}" for x in row) for row in rows).encode()

    def _arrays(self, _name: str) -> tuple[Any, Any]:
        form = replace(self._form, samples="rows", targets="labels")
        X, y = form.arrays()
        return X, y

    def _rows(self, name: str) -> Any:
        X, y = self._arrays(name)
        parts = [y[:, None], X] if self._form.label_last is False else [X, y[:, None]]
        return np.hstack(parts)

    def _table(self, name: Any = "", *_args: Any, **more: Any) -> Any:
        """What reads numbers of a text. Shape: `(N, D + 1)`, `(N,)` of labels, `(N, D)`."""
        X, y = self._arrays(str(name))
        part = _part(str(name))
        result: Any = y.astype(float) if part == "y" else X if part == "X" else self._rows("")
        columns = more.get("usecols")
        if columns is not None and result.ndim == 2:
            result = result[:, columns]
        if more.get("dtype") in (int, "int", np.uint8, np.int64):
            result = (255 * result).astype(np.int64) if part == "X" else result.astype(np.int64)
        return taken_up(result.T if more.get("unpack") else result)

    def _load(self, name: Any = "", *_args: Any, **_more: Any) -> Any:
        """What reads arrays: a dictionary of them for `.npz`."""
        X, y = (taken_up(a) for a in self._arrays(str(name)))
        if str(name).endswith("npz"):
            return _Arrays(X, y)
        return y if _part(str(name)) == "y" else X

    def _pickled(self, name: Any = "", *_args: Any, **_more: Any) -> Any:
        """Three pairs, as the well-known file of digits holds them."""
        X, y = (taken_up(a) for a in self._arrays(str(name)))
        return (X, y), (X, y), (X, y)

    def _page(self, name: Any = "", *_args: Any, **_more: Any) -> Any:
        return _Bytes(str(name), self._content(str(name).lower()))


class _File:
    """A file that is made up."""

    name: str


class _Text(io.StringIO, _File):
    def __init__(self, name: str, text: str) -> None:
        super().__init__(text)
        self.name = name


class _Bytes(io.BytesIO, _File):
    def __init__(self, name: str, data: bytes) -> None:
        super().__init__(data)
        self.name = name


class _Arrays(dict[str, Any]):
    """Arrays by names: targets by names like y, samples by others."""

    def __init__(self, X: Any, y: Any) -> None:
        super().__init__({"X": X, "y": y, "x_train": X, "y_train": y, "x_test": X, "y_test": y})
        self.files = list(self)

    def __missing__(self, key: str) -> Any:
        return self["y"] if _part(key) == "y" else self["X"]


def _part(name: str) -> str:
    """Whether a name says that there are targets in it, or samples: "y", "X" or ""."""
    short = name.lower().rpartition("/")[2]
    if any(word in short for word in ("label", "target", "_y", "y_", "ytrain", "ytest")):
        return "y"
    if any(word in short for word in ("x_", "_x", "image", "input", "feature", "xtrain", "xtest")):
        return "X"
    return "y" if short.startswith("y.") else "X" if short.startswith("x.") else ""
