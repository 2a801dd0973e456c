"""What stands in for data and modules that a recorded run cannot have.

What a module that is not here would give has the form of the data that a run is to have.
"""

import importlib.abc
import importlib.machinery
import sys
import types
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from chainrule.checking.learner.folder import LearnersFiles
from chainrule.checking.learner.imports import HEAVY, SHOWS, Nothing
from chainrule.checking.record._arrays import taken_up, values_of
from chainrule.checking.record._form import PICTURE, Form
from chainrule.checking.record._frames import Frame

PICTURES = (*SHOWS, "PIL", "cv2", "tqdm", "progressbar", "mpl_toolkits", "imageio", "pygame")
_HERE = ("numpy", "scipy", "chainrule")


def frame_of(form: Form) -> Frame:
    """A table, of whole numbers if it is one of pictures. Shape: `(N, 1 + D)`."""
    X, labels = replace(form, samples="rows", targets="labels").arrays()
    if form.inputs >= PICTURE:
        X = (X * 255).astype(np.int64)
    parts = [X, labels] if form.label_last else [labels, X]
    return Frame(np.column_stack(parts), form.inputs if form.label_last else 0)


class Standin(Nothing):
    """Stands for what a module that is not here would give: pictures, or data."""

    def __init__(self, name: str, form: Form) -> None:
        self.__dict__.update(_name=name, _form=form)

    def __call__(self, *args: Any, **more: Any) -> Any:
        """What such a function gives, by its name; else another of these."""
        name = self._name
        result: Any = Standin(name + "()", self._form)
        if "train_test_split" in name:
            result = [part for each in args for part in (each, each)]
        elif name.endswith("trange"):
            result = range(args[0])
        elif name.endswith("tqdm"):
            result = args[0] if args else self
        elif name.startswith("pandas."):
            result = self._of_pandas(name.rpartition(".")[2], args)
        elif _is_picture(name):
            if len(args) == 1 and not more and callable(args[0]):
                result = args[0]
        elif "make_" in name or ("load_" in name and more.get("return_X_y")):
            result = tuple(map(taken_up, _small(name, self._form).arrays()))
        elif args and isinstance(args[0], np.ndarray) and ("transform" in name or "scale" in name):
            result = args[0]
        elif name.endswith(("load_data", "load_data()")):
            result = (tuple(self), tuple(self))
        return result

    def _of_pandas(self, name: str, args: Sequence[Any]) -> Any:
        if name.startswith("read_"):
            return frame_of(self._form)
        given = args[0].array if args and isinstance(args[0], Frame) else None
        if name == "get_dummies" and given is not None:
            return Frame(np.eye(self._form.classes, dtype=np.int64)[given.astype(int).ravel()])
        if name in ("DataFrame", "Series", "concat") and args:
            array = np.asarray(values_of(args[0]) if given is None else given)
            return Frame(array) if array.ndim else frame_of(self._form)
        return Standin(f"pandas.{name}()", self._form)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if not _is_picture(self._name):
            form = _small(self._name, self._form)
            if name in ("data", "images"):
                return taken_up(form.arrays()[0])
            if name in ("target", "labels"):
                return taken_up(form.arrays()[1])
            if name in ("values", "to_numpy", "shape"):
                return getattr(frame_of(self._form), name)
        return Standin(f"{self._name}.{name}", self._form)

    def __array__(self, *_args: Any, **_more: Any) -> Any:
        """A table. Shape: `(N, 1 + D)`."""
        return frame_of(self._form).array

    def __iter__(self) -> Iterator[Any]:
        if _is_picture(self._name):
            return iter((Standin(self._name, self._form), Standin(self._name, self._form)))
        return iter([taken_up(each) for each in self._form.arrays()])

    def __getitem__(self, key: object) -> Any:
        if isinstance(key, str) and not _is_picture(self._name):
            return getattr(self, key)  # as of what scikit-learn gives
        return Standin(f"{self._name}[]", self._form)

    def __len__(self) -> int:
        return int(self._form.count)


def _is_picture(name: str) -> bool:
    return name.split(".", maxsplit=1)[0] in PICTURES


def _small(name: str, form: Form) -> Form:
    """The form of the well-known small sets, by the name of what loads them."""
    for part, inputs, classes in (
        ("iris", 4, 3), ("make_", 2, 2), ("digits", 64, 10), ("breast_cancer", 30, 2),
        ("wine", 13, 3),
    ):  # fmt: skip
        if part in name:
            return replace(form, inputs=inputs, classes=classes)
    return form


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
        if top not in (*HEAVY, *PICTURES):
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
        if not _is_picture(spec.name):
            self.used.append(spec.name)

        def attribute(name: str) -> Any:
            if name.startswith("__"):
                raise AttributeError(name)
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
