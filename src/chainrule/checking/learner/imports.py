"""The imports of a learner's file, each name on its own, and what stands in for pictures."""

import ast
import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from chainrule.checking.learner.limits import OutOfTime
from chainrule.checking.learner.project import PACKAGE

STARS = ("numpy", "math", "scipy", "chainrule", "random")  # what `import *` may be of
HEAVY = ("sklearn", "pandas", "torch", "torchvision", "tensorflow", "keras", "jax")  # seconds each
SHOWS = ("matplotlib", "pylab", "seaborn", "plotly", "bokeh", "IPython", "ipywidgets", "google")
NOT_HERE = "something that is not here"  # how problems speak of what is stood in for


class Import(NamedTuple):
    """One name that an import brings.

    Attributes:
        name: that it binds; "*" for all that there is.
        package: whose it is.
        statement: that imports this name alone.
    """

    name: str
    package: str
    statement: ast.stmt

    def is_star_of(self, folder: Path) -> bool:
        """Whether it brings all names of a package that is known, or of a file in a folder."""
        beside = (folder / f"{self.package}.py").is_file() or (folder / self.package).is_dir()
        return self.name == "*" and (self.package in STARS or beside)


def imports_of(statement: ast.Import | ast.ImportFrom) -> Iterator[Import]:
    """Each name that a statement imports."""
    for alias in statement.names:
        single = copy.copy(statement)
        single.names = [alias]
        bound = alias.asname or alias.name.split(".")[0]
        package = alias.name
        if isinstance(single, ast.ImportFrom):
            bound = alias.asname or alias.name
            package = single.module or alias.name
        yield Import(bound, package.split(".")[0], single)


def why_it_failed(error: BaseException, package: str, folder: Path) -> str:
    """A sentence on an import that failed."""
    if isinstance(error, OutOfTime):
        return f"importing {package} was broken off: {error}"
    if isinstance(error, ModuleNotFoundError) and error.name:
        name = error.name.rpartition(".")[2] if error.name.startswith(PACKAGE) else error.name
        if name.split(".")[0] == package:
            return f"the package {package} is not installed here"
        return f"{package} needs the package {name}, which is not installed here"
    if isinstance(error, SyntaxError) and error.filename and Path(error.filename).parent == folder:
        return f"{Path(error.filename).name} does not parse (line {error.lineno}: {error.msg})"
    if isinstance(error, ImportError):
        return str(error).split(" (")[0]
    return f"importing {package} failed with {type(error).__name__}: {error}"


class Nothing:
    """Stands in for what draws pictures or is not there, where a definition needs some value.

    It can be called, and has every attribute, which is nothing again. As a decorator it changes
    nothing, as a base class it adds nothing.
    """

    def __getattr__(self, name: str) -> "Nothing":
        if name.startswith("__"):
            raise AttributeError(name)
        return Nothing()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What is decorated, or nothing."""
        if len(args) == 1 and not kwargs and callable(args[0]):
            return args[0]
        return Nothing()

    def __getitem__(self, _key: object) -> "Nothing":
        return Nothing()

    def __setitem__(self, _key: object, _value: object) -> None:
        pass

    def __iter__(self) -> Iterator["Nothing"]:
        return iter((Nothing(), Nothing()))  # fig, ax = plt.subplots()

    def __enter__(self) -> "Nothing":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def __or__(self, _other: object) -> "Nothing":
        return self

    __ror__ = __or__

    def __mro_entries__(self, _bases: tuple[object, ...]) -> tuple[type, ...]:
        return ()
