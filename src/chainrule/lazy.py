"""Packages that load what they give when it is first asked for."""

import ast
import importlib
import pkgutil
from collections.abc import Callable
from pathlib import Path
from typing import Any


def loader(package: str, file: str) -> Callable[[str], Any]:
    """A `__getattr__` for a package, as PEP 562 has it.

    It loads what the package imports under `if TYPE_CHECKING`, and the package's own modules.

    Args:
        package: its name.
        file: its `__init__.py`.

    Raises:
        AttributeError: by the function, for a name that there is not.
    """

    def load(name: str) -> Any:
        home, original = _names(file).get(name, ("", ""))
        if home and home != package:
            return getattr(importlib.import_module(home), original)
        if any(found.name == name for found in pkgutil.iter_modules([str(Path(file).parent)])):
            return importlib.import_module(f"{package}.{name}")
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return load


def _names(file: str) -> dict[str, tuple[str, str]]:
    """For each name that is imported in a branch: the module, and what it is called there."""
    tree = ast.parse(Path(file).read_text("utf-8"))
    return {
        alias.asname or alias.name: (node.module, alias.name)
        for branch in tree.body if isinstance(branch, ast.If)
        for node in branch.body if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }  # fmt: skip
