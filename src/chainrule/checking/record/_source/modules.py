"""The learner's other modules, which a recorded run imports prepared like the file itself."""

import importlib.abc
import importlib.machinery
import types
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from chainrule.checking.learner.project import modules_of
from chainrule.checking.learner.source import Source


class Modules(importlib.abc.MetaPathFinder):
    """Finds the modules that belong to a file, with the code that is prepared for its runs."""

    def __init__(
        self,
        source: Source,
        prepared: Callable[[Path], types.CodeType | None],
        names: Mapping[str, Any],
    ) -> None:
        """Find those of a file.

        Args:
            source: the file.
            prepared: the code of a module, by its path; None for those of others.
            names: what such code finds in its module.
        """
        paths = [module.path for module in modules_of(source).values()]
        self._called = {p.parent.name if p.stem == "__init__" else p.stem for p in paths}
        self._prepared, self._names = prepared, names

    def find_spec(
        self, name: str, path: Sequence[str] | None, _target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        """A spec for one of them; None leaves it to others."""
        if name.rpartition(".")[2] not in self._called:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        code = self._prepared(Path(spec.origin)) if spec is not None and spec.origin else None
        if spec is None or spec.origin is None or code is None:
            return None
        spec.loader = _Loader(name, spec.origin, code, self._names)
        return spec


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(
        self, name: str, path: str, code: types.CodeType, names: Mapping[str, Any]
    ) -> None:
        super().__init__(name, path)
        self._code, self._names = code, names

    def get_code(self, _name: str) -> types.CodeType:
        return self._code

    def exec_module(self, module: types.ModuleType) -> None:
        module.__dict__.update(self._names)
        super().exec_module(module)
