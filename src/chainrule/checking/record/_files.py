"""What stands in for files that are not here: small tables, pictures of digits, and texts."""

import builtins
import gzip
import io
import json
import os
import pathlib
import pickle
import re
import socket
import struct
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from chainrule.checking.record._arrays import taken_up, tape
from chainrule.checking.record._form import OF_PICTURES, PICTURE, Form

_SIDE = 28  # of a picture of a digit
_WRITES = frozenset("wax")
_SAVES = ("save", "savez", "savez_compressed", "savetxt")


class Files:
    """Gives files that are made up where the learner's code asks for some that are not here.

    A file that is here is read as it is, what is written goes nowhere, and what installed packages
    open is left to them. Pages are never fetched: what a file computes must
    not depend on what a network gives.

    Attributes:
        used: their names.
    """

    def __init__(self, form: Form) -> None:
        """Make files with data of a form."""
        self.used: list[str] = []
        self._form = form

    @contextmanager
    def given(self) -> Iterator[None]:
        """Stand in for what opens and reads files, while it lasts."""
        replaced: list[tuple[Any, str, Any]] = []
        matlab = sys.modules.get("scipy.io")
        for where, name, make, gives_arrays in (
            (builtins, "open", self._open, False), (pathlib.Path, "open", self._open, False),
            (pathlib.Path, "read_text", self._text, False),
            (pathlib.Path, "read_bytes", self._bytes, False),
            (gzip, "open", self._open_gzip, False),
            (np, "loadtxt", self._table, True), (np, "genfromtxt", self._table, True),
            (np, "load", self._load, True), (np, "fromfile", self._from_file, True),
            (pickle, "load", self._pickled, True), (json, "load", self._json, False),
            *([(matlab, "loadmat", self._matlab, True)] if matlab is not None else ()),
        ):  # fmt: skip
            real = getattr(where, name)
            replaced.append((where, name, real))
            setattr(where, name, self._instead(real, make, gives_arrays))
        for name, fetch in (("urlopen", self._page), ("urlretrieve", self._retrieved)):
            real = getattr(urllib.request, name)
            replaced.append((urllib.request, name, real))
            setattr(urllib.request, name, self._always_instead(real, fetch))
        for where, name, instead in (
            (socket, "getaddrinfo", _refused), (socket.socket, "connect", _refused),
            (subprocess.Popen, "__init__", _refused), (os, "system", lambda _command: 0),
        ):  # fmt: skip
            replaced.append((where, name, getattr(where, name)))
            setattr(where, name, instead)
        for name in _SAVES:
            real = getattr(np, name)
            replaced.append((np, name, real))
            setattr(np, name, self._never(real))
        try:
            yield
        finally:
            for where, name, real in replaced:
                setattr(where, name, real)

    def _instead(
        self, real: Callable[..., Any], make: Callable[..., Any], gives_arrays: bool
    ) -> Callable[..., Any]:
        """A function that makes a file up where the real one does not find it."""

        def call(*args: Any, **more: Any) -> Any:
            if not tape().is_learners():
                return real(*args, **more)
            if args and isinstance(args[0], _File):
                return make(*args, **more)
            mode = more.get("mode", args[1] if len(args) > 1 else "r")
            if not gives_arrays and isinstance(mode, str) and set(mode) & _WRITES:
                return _Bytes(_name(*args), b"") if "b" in mode else _Text(_name(*args), "")
            try:
                result = real(*args, **more)
            except FileNotFoundError:
                self.used.append(_name(*args))
                return make(*args, **more)
            return taken_up(result) if gives_arrays else result

        return call

    def _always_instead(
        self, real: Callable[..., Any], make: Callable[..., Any]
    ) -> Callable[..., Any]:
        def call(*args: Any, **more: Any) -> Any:
            if not tape().is_learners():
                return real(*args, **more)
            self.used.append(_name(*args))
            return make(*args, **more)

        return call

    def _never(self, real: Callable[..., None]) -> Callable[..., None]:
        """A function that writes nothing where the learner's code calls it."""

        def call(*args: Any, **more: Any) -> None:
            if not tape().is_learners():
                real(*args, **more)

        return call

    # ---- files of text and bytes ----------------------------------------------------------------

    def _open(self, file: Any, mode: str = "r", *_args: Any, **_more: Any) -> Any:
        return self._file(file, text="b" not in mode)

    def _open_gzip(self, file: Any, mode: str = "rb", *_args: Any, **_more: Any) -> Any:
        return self._file(file, text="t" in mode)

    def _text(self, file: Any, *_args: Any, **_more: Any) -> str:
        return self._content(_name(file)).decode("latin-1")

    def _bytes(self, file: Any) -> bytes:
        return self._content(_name(file))

    def _page(self, page: Any, *_args: Any, **_more: Any) -> Any:
        return self._file(page, text=False)

    def _retrieved(self, page: Any, filename: Any = None, *_args: Any, **_more: Any) -> Any:
        """The name of the file, which is not written: it is made up when it is opened."""
        return filename or _name(page), {}

    def _file(self, file: Any, text: bool) -> Any:
        name = _name(file)
        content = self._content(name)
        return _Text(name, content.decode("latin-1")) if text else _Bytes(name, content)

    def _content(self, name: str) -> bytes:
        """Pictures or labels as the well-known files of digits have them, or lines of numbers."""
        if "idx" in name or "ubyte" in name:
            X, y = self._arrays()
            if "label" in name:
                return struct.pack(">II", 2049, len(y)) + bytes(y.astype(np.uint8).tobytes())
            side = self._form.side or _SIDE
            pixels: Any = np.zeros((len(y), side * side), np.uint8)
            pixels[:, : X.shape[1]] = 255 * X[:, : side * side]
            head = struct.pack(">IIII", 2051, len(y), side, side)
            return head + bytes(pixels.tobytes())
        rows = self._rows(name)
        return "\n".join(",".join(f"{x:.4g}" for x in row) for row in rows).encode()

    # ---- arrays ---------------------------------------------------------------------------------

    def _arrays(self, targets: str = "labels") -> tuple[Any, Any]:
        return replace(self._form, samples="rows", targets=targets).arrays()

    def _rows(self, name: str) -> Any:
        """A table; pictures in whole numbers, with the label before them. Shape: `(N, D + 1)`."""
        X, y = self._arrays()
        first = self._form.label_last is False
        if self._form.inputs >= PICTURE and self._form.label_last is None:
            first = bool(OF_PICTURES.search(name))
        if first and self._form.inputs >= PICTURE:
            X = np.floor(255 * X)
        return np.hstack([y[:, None], X] if first else [X, y[:, None]])

    def _table(self, file: Any = "", dtype: Any = float, **more: Any) -> Any:
        """What reads numbers of a text. Shape: `(N, D + 1)`, `(N,)` of labels, `(N, D)`."""
        X, y = self._arrays()
        part = part_of(_name(file))
        result: Any = y.astype(float) if part == "y" else X if part == "X" else None
        if result is None:
            result = self._rows(_name(file))
        kind = np.dtype(dtype or float).kind
        if kind in "iu" and result.ndim == 2 and result[:, :-1].max() <= 1:
            result = np.hstack([np.floor(255 * result[:, :-1]), result[:, -1:]])
        columns = more.get("usecols")
        if columns is not None and result.ndim == 2:
            result = result[:, columns]
        if kind != "f":
            result = result.astype(dtype)
        return taken_up(result.T if more.get("unpack") else result)

    def _load(self, file: Any = "", *_args: Any, **_more: Any) -> Any:
        """What reads arrays: a dictionary of them for `.npz`."""
        X, y = (taken_up(a) for a in self._arrays(self._form.targets))
        if _name(file).endswith("npz"):
            return _Arrays(X, y)
        return y if part_of(_name(file)) == "y" else X

    def _from_file(self, file: Any = "", dtype: Any = float, *_args: Any, **more: Any) -> Any:
        """What reads bytes as numbers, from where a file was read to. Shape: `(M,)`."""
        data = file.read() if isinstance(file, _Bytes) else self._content(_name(file))
        rest = data[more.get("offset", 0) :]
        size = np.dtype(dtype).itemsize
        count = len(rest) // size if more.get("count", -1) < 0 else more["count"]
        return taken_up(np.array(np.frombuffer(rest[: count * size], dtype)))

    def _pickled(self, _file: Any = "", *_args: Any, **_more: Any) -> Any:
        """Three pairs, as the well-known file of digits holds them, or parts by their names."""
        X, y = (taken_up(a) for a in self._arrays(self._form.targets))
        return _Pairs(((X, y), (X, y), (X, y)))

    def _json(self, _file: Any = "", **_more: Any) -> Any:
        """Samples and targets as lists, by their names."""
        X, y = self._arrays(self._form.targets)
        return _Arrays(X.tolist(), y.tolist())

    def _matlab(self, file: Any = "", *_args: Any, **_more: Any) -> Any:
        """By their names samples, and a column of labels from 1 on. Shapes: `(N, D)`, `(N, 1)`."""
        form = replace(self._form, samples="rows", targets="labels")
        if re.search(_DIGITS_OF_MATLAB, _name(file)):
            form = replace(form, inputs=400, classes=10)
        X, y = form.arrays()
        return _Arrays(taken_up(X), taken_up(y[:, None] + 1))


def _refused(*_args: Any, **_more: Any) -> None:
    raise FileNotFoundError("while a file is judged it asks no network, and runs no program")


_DIGITS_OF_MATLAB = r"ex[34]data1"  # well-known pictures of 20 x 20 numbers


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
        return self["y"] if part_of(key) == "y" else self["X"]

    def __enter__(self) -> "_Arrays":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def close(self) -> None:
        """There is nothing to close."""


class _Pairs(tuple[Any, ...]):
    """Pairs of samples and labels; by a name, which a dictionary would have, one of the two."""

    def __setitem__(self, key: str | bytes, value: Any) -> None:
        vars(self)[repr(key)] = value

    def __getitem__(self, key: Any) -> Any:
        if repr(key) in vars(self):
            return vars(self)[repr(key)]
        if isinstance(key, str | bytes):
            name = key.decode() if isinstance(key, bytes) else key
            return self[0][1 if part_of(name) == "y" else 0]
        return super().__getitem__(key)


def _name(file: Any = "", *_: Any) -> str:
    """What a file or a page is called, in small letters."""
    named = getattr(file, "full_url", getattr(file, "name", file))
    return str(file if isinstance(file, pathlib.PurePath) else named).lower()


def part_of(name: str) -> str:
    """Whether a name says that there are targets in it, or samples: "y", "X" or ""."""
    words = re.split(r"[^a-z]+", name.lower().rpartition("/")[2])
    for part, begins, whole in (
        ("y", ("label", "target", "ytr", "yte"), ("y",)),
        ("X", ("image", "inputs", "feature", "xtr", "xte"), ("x",)),
    ):
        if any(word.startswith(begins) or word in whole for word in words):
            return part
    return ""
