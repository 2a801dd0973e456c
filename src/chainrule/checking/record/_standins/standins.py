"""What stands in for data and modules that a recorded run cannot have.

What a module that is not here would give has the form of the data that a run is to have.
"""

import contextlib
import importlib.abc
import importlib.machinery
import io
import re
import sys
import types
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from chainrule.checking.learner.folder import LearnersFiles
from chainrule.checking.learner.imports import HEAVY, SHOWS, Nothing
from chainrule.checking.record._standins.files import Files, part_of
from chainrule.checking.record._standins.form import OF_PICTURES, PICTURE, Form
from chainrule.checking.record._standins.frames import Frame, joined
from chainrule.checking.record._standins.loaders import Asked, form_of, given, pictures, unpacked
from chainrule.checking.record._standins.pictures import opened
from chainrule.checking.record._tape.arrays import taken_up, values_of

PICTURES = (*SHOWS, "PIL", "cv2", "tqdm", "progressbar", "mpl_toolkits", "imageio", "skimage",
            "pygame")  # fmt: skip
_PAGES = "requests"  # fetches pages, which is never done
_ALWAYS = frozenset((*HEAVY, *PICTURES, _PAGES))
_AS_NUMPY = "cupy"  # has what NumPy has, and computes it elsewhere
_HERE = ("numpy", "scipy", "chainrule")
UNREAD = "unread "  # before the name of what could not be read


def frame_of(form: Form, name: str = "") -> Frame:
    """A table, of whole numbers if it may be one of pictures. Shape: `(N, 1 + D)`.

    Tables of pictures have the label first, others last.
    """
    form = form_of(name, form)
    X, labels = replace(form, samples="rows", targets="labels").arrays()
    of_pictures = not name or bool(re.search(f"{OF_PICTURES.pattern}|train|test", name))
    if of_pictures and form.inputs >= PICTURE:
        X = (X * 255).astype(np.int64)
    last = form.label_last if form.label_last is not None else not of_pictures
    parts = [X, labels] if last else [labels, X]
    return Frame(
        np.column_stack(parts), form.inputs if last else 0, one_hot=form.targets == "one-hot"
    )


class Standin(Nothing):
    """Stands for what a module that is not here would give: pictures, or data."""

    def __init__(self, name: str, form: Form) -> None:
        self.__dict__.update(_name=name, _form=form)

    def __call__(self, *args: Any, **more: Any) -> Any:
        """What such a function gives, by its name; else another of these."""
        name = self._name
        picture = opened(name, args, more, self._form)
        if picture is not None:
            return picture
        if _is_picture(name):
            return self._of_picture(args, more)
        if name.startswith(f"{_PAGES}.") and args and isinstance(args[0], str):
            return _Page(Files(self._form).content(args[0].lower()), self._form)
        known = given(Asked(name, args, more, self._form))
        if known is not None:
            return known
        if name.startswith("pandas."):
            return self._of_pandas(name.rpartition(".")[2], args, more)
        in_frames = "openml" in name and more.get("as_frame", True) is not False
        return Standin(f"{name}(){'frame' if in_frames else ''}", self._form)

    def _of_picture(self, args: Sequence[Any], more: Mapping[str, Any]) -> Any:
        """What a function of something that shows pictures gives, or how far one is."""
        if self._name.endswith("trange"):
            return range(*args)
        if self._name.endswith("tqdm") and args:
            return _Bar(args[0])
        if self._name.endswith(".load_dataset"):
            return frame_of(self._form, str(args[0]).lower() if args else "")
        if len(args) == 1 and not more and callable(args[0]):
            return args[0]
        return Standin(self._name + "()", self._form)

    def _of_pandas(self, name: str, args: Sequence[Any], more: Mapping[str, Any]) -> Any:
        if name.startswith("read_"):
            return frame_of(self._form, str(args[0]).lower() if args else "")
        if name == "concat" and args and isinstance(args[0], list | tuple):
            return joined(args[0], more.get("axis", args[1] if len(args) > 1 else 0))
        if name in ("get_dummies", "to_numeric") and args and isinstance(args[0], Frame):
            return args[0]  # single columns are known before
        table = args[0].array if args and isinstance(args[0], Frame) else None
        if name in ("DataFrame", "Series") and args:
            array = np.asarray(values_of(args[0]) if table is None else table)
            return Frame(array) if array.ndim else frame_of(self._form)
        return Standin(f"pandas.{name}()", self._form)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if not _is_picture(self._name):
            form = form_of(self._name, self._form)
            data = Frame if self._name.endswith("frame") else taken_up
            if name == "images" and "digits" in self._name:
                return pictures(form)
            if name in ("data", "images"):
                return data(form.arrays()[0])
            if name in ("target", "targets", "labels"):
                return data(form.arrays()[1])
            is_given = self._name.startswith(UNREAD) or self._name.endswith("()")
            if is_given and part_of(name) and "name" not in name:
                return taken_up(form.arrays()[int(part_of(name) == "y")])
            own = self._data if hasattr(np.ndarray, name) else None
            if own is not None or name in ("values", "to_numpy", "shape"):
                return getattr(frame_of(self._form) if own is None else own, name)
        return Standin(f"{self._name}.{name}", self._form)

    def __instancecheck__(self, thing: object) -> bool:
        """Whether something is one of these: only tables are."""
        return isinstance(thing, Frame)

    def __fspath__(self) -> str:
        """A path, where it is taken for one."""
        return str(self._name)

    @property
    def _data(self) -> Any:
        """Samples or targets, as of `from data import X_train`; None if the name says neither."""
        part = "" if _is_picture(self._name) else part_of(self._name.rpartition(".")[2])
        return taken_up(self._form.arrays()[int(part == "y")]) if part else None

    def __array__(self, *_args: Any, **_more: Any) -> Any:
        """Samples or targets, or a table. Shapes: as they are, and `(N, 1 + D)`."""
        data = self._data
        return frame_of(self._form).array if data is None else values_of(data)

    def __iter__(self) -> Iterator[Any]:
        if _is_picture(self._name):
            return iter((Standin(self._name, self._form), Standin(self._name, self._form)))
        parts = unpacked(sys._getframe(1), self._form)
        X, y = (taken_up(each) for each in self._form.arrays())
        if parts is None and self._name.startswith(UNREAD):  # what is gone through, is so in pairs
            return zip(X, y, strict=True)
        if parts is None and self._data is not None:
            return iter(self._data)
        return iter(parts or (X, y))

    def __getitem__(self, key: object) -> Any:
        if isinstance(key, str) and not _is_picture(self._name):
            if self._name.startswith("h5py") and part_of(key):
                return self._of_store(part_of(key))
            return getattr(self, key)  # as of what scikit-learn gives
        data = self._data
        return Standin(f"{self._name}[]", self._form) if data is None else data[key]

    def _of_store(self, part: str) -> Any:
        """Pictures that are stored with whether something is on them: samples or targets.

        With one-hot targets they are rows of numbers.
        """
        form = replace(self._form, classes=2)
        as_pictures = part == "X" and form.targets != "one-hot"
        return pictures(form) if as_pictures else taken_up(form.arrays()[int(part == "y")])

    def __len__(self) -> int:
        return int(self._form.count)


def _computed(name: str) -> Any:
    def compute(self: Standin, *others: Any) -> Any:
        data = self._data  # by name
        return NotImplemented if data is None else getattr(data, name)(*others)

    return compute


for _name in ("add", "sub", "mul", "truediv", "matmul", "pow"):
    for _side in (_name, f"r{_name}"):
        setattr(Standin, f"__{_side}__", _computed(f"__{_side}__"))


class _Page(Nothing):
    """A page that was not fetched, as requests gives it."""

    def __init__(self, content: bytes, form: Form) -> None:
        self.__dict__.update(content=content, text=content.decode("latin-1"), ok=True)
        self.__dict__.update(json=lambda **_more: Standin(f"{_PAGES}.json()", form))
        self.__dict__.update(raw=io.BytesIO(content), status_code=200)

    def iter_content(self, *_args: Any, **_more: Any) -> Iterator[bytes]:
        """All of it at once."""
        yield self.__dict__["content"]

    def iter_lines(self, *_args: Any, **_more: Any) -> Iterator[bytes]:
        """Its lines."""
        yield from self.__dict__["content"].splitlines()


class _Bar(Nothing):
    """Goes through what it is given, and shows nothing of how far it is."""

    def __init__(self, things: Iterable[Any]) -> None:
        self.__dict__.update(_things=things)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._things)

    def __len__(self) -> int:
        return len(self._things)


# What Python says of them, it says of what they stand in for.
Standin.__name__ = _Page.__name__ = _Bar.__name__ = Nothing.__name__


def _is_picture(name: str) -> bool:
    return name.split(".", maxsplit=1)[0] in PICTURES


@contextlib.contextmanager
def hidden() -> Iterator[None]:
    """Have modules that are always stood in for looked for anew, though they are loaded here."""
    loaded = {
        name: module for name, module in sys.modules.items()
        if name.split(".", maxsplit=1)[0] in _ALWAYS
    } if sys.modules.keys() & _ALWAYS else {}  # fmt: skip
    for name in loaded:
        del sys.modules[name]
    try:
        yield
    finally:
        sys.modules.update(loaded)


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds a stand-in for modules that take long, show pictures, or are not here.

    What is not here and is asked for by an installed package is none of the learner's: the package
    does without it.

    Attributes:
        used: names of the modules that were stood in for, without those that show pictures.
    """

    def __init__(self, form: Form, theirs: LearnersFiles) -> None:
        """Stand in with data of a form, for what the learner's files import."""
        self.used: list[str] = []
        self._form, self._theirs = form, theirs
        self._asking = False

    def find_spec(
        self, name: str, path: Sequence[str] | None, _target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        """A spec for what is to be stood in for; None leaves it to others."""
        top = name.split(".", maxsplit=1)[0]
        if top in _HERE or self._asking:
            return None
        if top not in _ALWAYS:
            if not self._theirs.hold(_importing_file()):
                return None
            self._asking = True
            try:
                if importlib.machinery.PathFinder.find_spec(name, path) is not None:
                    return None
                if top in sys.builtin_module_names or top in sys.stdlib_module_names:
                    return None
            finally:
                self._asking = False
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        """A module in which every name is a stand-in."""
        module = types.ModuleType(spec.name)
        as_numpy = spec.name == _AS_NUMPY
        if not _is_picture(spec.name) and not as_numpy:
            self.used.append(spec.name)

        def attribute(name: str) -> Any:
            if name.startswith("__"):
                raise AttributeError(name)
            if as_numpy and (name == "asnumpy" or hasattr(np, name)):
                return getattr(np, name.replace("asnumpy", "asarray"))
            return Standin(f"{spec.name}.{name}", self._form)

        vars(module)["__getattr__"] = attribute
        return module

    def exec_module(self, module: types.ModuleType) -> None:
        """There is nothing to execute."""


def _importing_file() -> str:
    """The file whose import statement led here; "" if there is none."""
    frame: types.FrameType | None = sys._getframe(2)
    while frame is not None and "importlib" in frame.f_code.co_filename:
        frame = frame.f_back
    return frame.f_code.co_filename if frame is not None else ""
