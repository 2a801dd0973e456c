"""What is listed of folders that are not here: pictures by number, or the files of MNIST."""

import glob
import os
import pathlib
import re
from collections.abc import Callable, Iterator
from typing import Any

from chainrule.checking.record._standins.form import OF_PICTURES, Form
from chainrule.checking.record._tape.recording import tape

_DIGITS = ("train-images.idx3-ubyte", "train-labels.idx1-ubyte",
           "t10k-images.idx3-ubyte", "t10k-labels.idx1-ubyte")  # fmt: skip


class Listings:
    """Lists folders that are not here, where the learner's code asks for what is in them.

    There is one entry for each class, which may itself be listed: so pictures in a folder for
    each class are found as those in a single one are.

    Attributes:
        used: names of the folders.
    """

    def __init__(self, form: Form) -> None:
        """List as many entries as a form has classes."""
        self.used: list[str] = []
        self._classes = max(form.classes, 2)
        self._listed: set[str] = set()

    def instead(self) -> Iterator[tuple[Any, str, Any]]:
        """What to put in the place of functions that list, and of those that ask what is there."""
        yield os, "listdir", self._listing(os.listdir, self._names)
        yield pathlib.Path, "iterdir", self._listing(_entries, self._paths)
        yield glob, "glob", self._listing(glob.glob, self._matches)
        for name in ("glob", "rglob"):
            real = getattr(pathlib.Path, name)
            yield pathlib.Path, name, self._listing(_all(real), self._paths_of(name))
        for where in (os.path, pathlib.Path):
            for kind in ("file", "dir"):
                name = f"is{kind}" if where is os.path else f"is_{kind}"
                yield where, name, self._is_listed(getattr(where, name))

    def _listing(self, real: Callable[..., Any], make: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **more: Any) -> Any:
            if not tape().is_learners():
                return real(*args, **more)
            try:
                found = real(*args, **more)
            except (FileNotFoundError, NotADirectoryError):
                found = []
            # Their working folder is an empty one.
            if found or not args or str(args[0]) in (".", ""):
                return found
            self.used.append(str(args[0]))
            found = make(*args)
            self._listed.update(pathlib.Path(each).name for each in found)
            return found

        return call

    def _is_listed(self, real: Callable[..., bool]) -> Callable[..., bool]:
        def call(path: Any, *args: Any, **more: Any) -> bool:
            return real(path, *args, **more) or (
                isinstance(path, str | os.PathLike) and pathlib.Path(path).name in self._listed
            )

        return call

    def _names(self, folder: Any) -> list[str]:
        if OF_PICTURES.search(pathlib.Path(folder).name.lower()):
            return list(_DIGITS)
        return [f"{n}.png" for n in range(self._classes)]

    def _paths(self, folder: Any) -> list[pathlib.Path]:
        return [pathlib.Path(folder, name) for name in self._names(folder)]

    def _matches(self, pattern: Any) -> list[str]:
        """Each `*` is a number."""
        first, *rest = re.split(r"\*+", str(pattern))
        found = [first]
        for part in rest:
            found = [f"{each}{n}{part}" for each in found for n in range(self._classes)]
        return found

    def _paths_of(self, name: str) -> Callable[..., list[pathlib.Path]]:
        inner = "*/" if name == "rglob" else ""
        return lambda folder, pattern: [
            pathlib.Path(each) for each in self._matches(f"{folder}/{inner}{pattern}")
        ]


def _entries(folder: pathlib.Path) -> list[pathlib.Path]:
    return [folder / name for name in _listdir(folder)]


def _all(real: Callable[..., Any]) -> Callable[..., list[Any]]:
    return lambda *args, **more: list(real(*args, **more))


_listdir = os.listdir  # the real one: while a file runs, it is replaced
