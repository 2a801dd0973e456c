"""What stands in for files that are not here: small tables, pictures of digits, and texts."""

import _pickle
import builtins
import csv
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
from types import SimpleNamespace
from typing import Any

import numpy as np

from chainrule.checking.record._standins.form import OF_PICTURES, PICTURE, PLAIN, Form
from chainrule.checking.record._standins.frames import is_label
from chainrule.checking.record._standins.listings import Listings
from chainrule.checking.record._tape.arrays import taken_up
from chainrule.checking.record._tape.recording import tape

_SIDE = 28  # of a picture of a digit
_WRITES = frozenset("wax")
_SAVES = ("save", "savez", "savez_compressed", "savetxt")


class Files:
    """Gives files that are made up where the learner's code asks for some that are not here.

    A file that is here is read as it is, what is written goes nowhere, and what installed packages
    open is left to them. So is one beside the file, where it is run as it is. Pages are never
    fetched: what a file computes must not depend on what a network gives.

    Attributes:
        used: their names.
    """

    def __init__(self, form: Form, folder: pathlib.Path | None = None) -> None:
        """Make files with data of a form.

        Args:
            form: of the data.
            folder: that of the learner's file.
        """
        self._listings = Listings(form)
        self.used = self._listings.used
        self._form = form
        as_it_is = replace(form, seed=0, variant=PLAIN) == Form()
        self._folder = folder if as_it_is else None

    @contextmanager
    def given(self) -> Iterator[None]:
        """Stand in for what opens and reads files, while it lasts."""
        replaced: list[tuple[Any, str, Any]] = []
        matlab = sys.modules.get("scipy.io")
        for where, name, make, gives_arrays in (
            (builtins, "open", self._open, False), (pathlib.Path, "open", self._open, False),
            (pathlib.Path, "read_text", self._text, False),
            (pathlib.Path, "read_bytes", self._bytes, False),
            (gzip, "open", self._open_gzip, False), (gzip, "GzipFile", self._gzip_file, False),
            (np, "loadtxt", self._table, True), (np, "genfromtxt", self._table, True),
            (np, "load", self._load, True), (np, "fromfile", self._from_file, True),
            (np, "frombuffer", self._from_file, True),
            (pickle, "load", self._pickled, True), (_pickle, "load", self._pickled, True),
            (pickle, "_Unpickler", self._unpickler, False),
            (json, "load", self._json, False), (csv, "DictReader", self._named_rows, False),
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
            *self._listings.instead(), (gzip, "decompress", _decompressing(gzip.decompress)),
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
            first = args[0] if args else more.get("file", more.get("fileobj"))
            if isinstance(more.get("fileobj", first), _File):
                return make(*args, **more)
            mode = more.get("mode", args[1] if len(args) > 1 else "r")
            if not gives_arrays and isinstance(mode, str) and set(mode) & _WRITES:
                return _Bytes(_name(*args), b"") if "b" in mode else _Text(_name(*args), "")
            try:
                result = real(*args, **more)
            except FileNotFoundError:
                self.used.append(_name(first))
                beside = self._beside(first)
                if beside is None:
                    return make(*args, **more)
                result = real(beside, *args[1:], **more)
            return taken_up(result) if gives_arrays else result

        return call

    def _beside(self, file: Any) -> Any:
        """A small file that lies where the learner's code is; None if there is none."""
        if self._folder is None or not isinstance(file, str | pathlib.PurePath):
            return None
        path = self._folder / file
        small = path.is_file() and path.stat().st_size <= _MOST_BYTES
        return type(file)(path) if small else None

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

    def _gzip_file(self, filename: Any = None, *_args: Any, fileobj: Any = None, **_m: Any) -> Any:
        return fileobj or self._file(filename, text=False)

    def _text(self, file: Any, *_args: Any, **_more: Any) -> str:
        return self.content(_name(file)).decode("latin-1")

    def _bytes(self, file: Any) -> bytes:
        return self.content(_name(file))

    def _page(self, page: Any, *_args: Any, **_more: Any) -> Any:
        return self._file(page, text=False)

    def _retrieved(self, page: Any, filename: Any = None, *_args: Any, **_more: Any) -> Any:
        """The name of the file, which is not written: it is made up when it is opened."""
        return filename or _name(page), {}

    def _file(self, file: Any, text: bool) -> Any:
        name = _name(file)
        content = self.content(name)
        return _Text(name, content.decode("latin-1")) if text else _Bytes(name, content)

    def content(self, name: str) -> bytes:
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
        lines = [[f"{x:.4g}" for x in row] for row in rows]
        words = self._form.words
        for line in lines if words else ():
            place = 0 if self._form.label_last is False else -1
            line[place] = words[int(line[place]) % len(words)]
        return "\n".join(map(",".join, lines)).encode()

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
        """What reads numbers of a text: a table, samples, or targets, which may be one-hot.

        Shapes: `(N, D + 1)`, `(N, D)`, `(N,)` or `(N, K)`.
        """
        X, y = self._arrays("one-hot" if self._form.targets == "one-hot" else "labels")
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
            side = self._form.side or _SIDE
            if OF_PICTURES.search(_name(file)) and np.shape(X)[1:] == (side**2,):
                X = X.reshape(-1, side, side)
            return _Arrays(X, y)
        return y if part_of(_name(file)) == "y" else X

    def _from_file(self, file: Any = "", dtype: Any = float, *_args: Any, **more: Any) -> Any:
        """What reads bytes as numbers, from where a file was read to. Shape: `(M,)`."""
        data = file.read() if isinstance(file, _Bytes) else self.content(_name(file))
        rest = data[more.get("offset", 0) :]
        size = np.dtype(dtype).itemsize
        count = len(rest) // size if more.get("count", -1) < 0 else more["count"]
        return taken_up(np.array(np.frombuffer(rest[: count * size], dtype)))

    def _pickled(self, file: Any = "", *_args: Any, **_more: Any) -> Any:
        """Three pairs, as the well-known file of digits holds them, or parts by their names."""
        form = self._form
        if _COLOURED.search(_name(file)):
            form = replace(form, samples="rows", inputs=_COLOURED_SIZE)
        X, y = (taken_up(a) for a in form.arrays())
        return _Pairs(((X, y), (X, y), (X, y)))

    def _unpickler(self, file: Any, *_args: Any, **_more: Any) -> Any:
        return SimpleNamespace(load=lambda: self._pickled(file))

    def _named_rows(self, file: Any, *_args: Any, **_more: Any) -> Any:
        """Rows of texts by any names: those of labels have them, others have features."""
        X, labels = self._arrays()
        return _NamedRows(_NamedRow(x.tolist(), int(y)) for x, y in zip(X, labels, strict=True))

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


def _decompressing(real: Callable[..., bytes]) -> Callable[..., bytes]:
    """What takes as it is what was made up, and is not compressed."""
    return lambda data: real(data) if data[:2] == b"\x1f\x8b" else data


_COLOURED, _COLOURED_SIZE = re.compile("cifar|data_batch"), 3072  # 32 x 32 x 3
_MOST_BYTES = 1_000_000
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


class _Field(str):
    """A number in a text, which may be a whole one."""

    __slots__ = ()

    def __int__(self) -> int:
        return int(10 * float(self))


class _NamedRow(dict[str, str]):
    def __init__(self, features: list[float], label: int) -> None:
        super().__init__()
        self._features, self._label = features, label

    def __missing__(self, key: str) -> str:
        place = len(self) % len(self._features)
        self[key] = str(self._label) if is_label(key) else _Field(f"{self._features[place]:.4g}")
        return self[key]


class _NamedRows(list[_NamedRow]):
    fieldnames = ()

    def __next__(self) -> _NamedRow:
        return self.pop(0)


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
