"""The modules that belong to a learner's file: where they lie, and what is in them.

A file may be one of a package, or be meant to be run from a folder above its own: there lies what
it imports.
"""

import ast
import importlib.machinery
import importlib.util
import os
import sys
import types
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from chainrule.checking.learner.source import Source, nodes_of

PACKAGE = "__learners__"  # what the root is called where a module imports relatively
_MOST_ABOVE = 2  # folders above that of the file
_PACKAGES = frozenset(["site-packages", "dist-packages"])
_MOST_MODULES = 40
_AS_NAMED: Mapping[str, Path] = types.MappingProxyType({})
_MOST_BYTES = 400_000  # of one module that is read
_Statement = ast.Import | ast.ImportFrom


class Module(NamedTuple):
    """A module of the learner's that a file imports, or one that such a module imports.

    Attributes:
        path: where it is.
        file: the same as it is told, from the folder of the learner's file: `layers/dense.py`.
        text: its source.
        tree: what is in it.
    """

    path: Path
    file: str
    text: str
    tree: ast.Module


class Sheet(NamedTuple):
    """A text in which a learner's code stands: a cell, a whole file, or a module of theirs.

    Attributes:
        text: its source.
        tree: what is in it.
    """

    text: str
    tree: ast.Module


@lru_cache(maxsize=4)
def root_of(source: Source) -> Path:
    """The folder that a file's modules are imported from: its own, or one above.

    It is above the packages that the file is in, and as far above as its relative imports reach.
    What is neither beside it nor installed is looked for in the folder above.

    Args:
        source: the file.
    """
    folder = source.path.absolute().parent
    above = [folder, *folder.parents][: _MOST_ABOVE + 1]
    imports = _imports(source)
    levels = [n.level - 1 for n in imports if isinstance(n, ast.ImportFrom)]
    up = max([0, *(level for level in levels if level < len(above))])
    while up + 1 < len(above) and (above[up] / "__init__.py").is_file():
        up += 1
    if up or len(above) == 1:
        return above[up]
    missing = [n for n in imports if not _is_in(folder, n) and not _is_installed(n)]
    return above[int(any(_is_in(above[1], n) for n in missing))]


@lru_cache(maxsize=4)
def _renamed(source: Source, root: Path) -> Mapping[str, Path]:
    """Packages that a file imports of under another name than that of their folder.

    Whoever downloads files of a package puts them into a folder of some name.
    """
    folder = source.path.absolute().parent
    found: dict[str, Path] = {}
    for node in _imports(source):
        module = node.module if isinstance(node, ast.ImportFrom) else None
        package, _, rest = (module or "").partition(".")
        if not rest or _is_installed(node) or _is_in(folder, node) or _is_in(root, node):
            continue
        places = [each for each in (folder, root) if _is_in(each, node, {package: each})]
        if places:
            found.setdefault(package, places[0])
    return found


def _is_in(folder: Path, node: _Statement, renamed: Mapping[str, Path] = _AS_NAMED) -> bool:
    """Whether what a statement imports is in a folder."""
    return next(_files(folder / "file", folder, renamed, [node]), None) is not None


def become_importable(source: Source) -> str:
    """Have the modules of a file found; give the package that it is in.

    Packages above it are entered without their `__init__`, which may import the file itself.
    """
    folder, root = source.path.absolute().parent, root_of(source)
    for each in (folder, root):
        if str(each) not in sys.path:
            sys.path.append(str(each))
    parts = (PACKAGE, *folder.relative_to(root).parts)
    for deep in range(len(parts)):
        package = types.ModuleType(".".join(parts[: deep + 1]))
        package.__path__ = [str(root.joinpath(*parts[1 : deep + 1]))]
        sys.modules[package.__name__] = package
    for name, place in _renamed(source, root).items():
        package = types.ModuleType(name)
        package.__path__ = [str(place)]
        sys.modules[name] = package
    return ".".join(parts)


@lru_cache(maxsize=4)
def modules_of(source: Source) -> Mapping[str, Module]:
    """The learner's modules that a file comes to by its imports, by their names in the file.

    Where a module is imported elsewhere, its name there is that of its file.
    """
    root = root_of(source)
    renamed = _renamed(source, root)
    found: dict[str, Module] = {}
    waiting: list[tuple[Path, Sequence[_Statement]]] = [(source.path.absolute(), _imports(source))]
    while waiting and len(found) < _MOST_MODULES:
        path, statements = waiting.pop(0)
        for name, file in _files(path, root, renamed, statements):
            if file != source.path.absolute() and all(m.path != file for m in found.values()):
                sheet = _read(file)
                if sheet is not None:
                    told = os.path.relpath(file, source.path.absolute().parent)
                    found[name] = Module(file, told.replace(os.sep, "/"), *sheet)
                    waiting.append((file, _imports_in(sheet.tree)))
    return found


def unread_by(source: Source) -> list[str]:
    """The learner's modules that a file imports and that cannot be read, from its folder."""
    root, path = root_of(source), source.path.absolute()
    files = _files(path, root, _renamed(source, root), _imports(source))
    return [os.path.relpath(file, path.parent) for _, file in files if _read(file) is None]


@lru_cache(maxsize=4)
def sheets_of(source: Source) -> Mapping[tuple[str, int], Sheet]:
    """The texts of a learner's file and its modules.

    By the module's `file`, "" for the learner's own, and the number of the cell, 0 in a file.
    """
    own = {("", cell.number or 0): Sheet(cell.text, cell.tree) for cell in source.cells}
    return own | {(m.file, 0): Sheet(m.text, m.tree) for m in modules_of(source).values()}


@lru_cache(maxsize=4)
def _imports(source: Source) -> Sequence[_Statement]:
    return [node for cell in source.cells for node in _imports_in(cell.tree)]


def _imports_in(tree: ast.Module) -> list[_Statement]:
    return [node for node in nodes_of(tree) if isinstance(node, _Statement)]


def _files(
    path: Path, root: Path, renamed: Mapping[str, Path], statements: Sequence[_Statement]
) -> Iterator[tuple[str, Path]]:
    """Files that are imported, by the names of the modules."""
    for node in statements:
        level = node.level if isinstance(node, ast.ImportFrom) else 0
        bases = [*path.parents[level - 1 : level]] if level else [path.parent, root]
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            names = [node.module] if node.module else []
            inside = f"{node.module}." if node.module else ""
            names += [f"{inside}{alias.name}" for alias in node.names]
        for name in names:
            package, *rest = name.split(".")
            places = [base.joinpath(package, *rest) for base in bases]
            if package in renamed and not level:
                places = [renamed[package].joinpath(*rest)]
            for place in places:
                files = (place.with_name(f"{place.name}.py"), place / "__init__.py")
                file = next((each for each in files if each.is_file()), None)
                if file is not None:
                    yield name, file
                    break


def _read(file: Path) -> Sheet | None:
    try:
        if file.stat().st_size > _MOST_BYTES:
            return None
        text = importlib.util.decode_source(file.read_bytes())
        return Sheet(text, ast.parse(text))
    except (OSError, SyntaxError, ValueError, RecursionError):
        return None


def _is_installed(node: _Statement) -> bool:
    """Whether what a statement imports is a module of Python's, or of a package."""
    module = node.module if isinstance(node, ast.ImportFrom) else None
    name = module or node.names[0].name
    top = name.split(".")[0]
    if top in sys.stdlib_module_names or top in sys.builtin_module_names:
        return True
    places = [each for each in sys.path if _PACKAGES.intersection(Path(each).parts)]
    try:
        return importlib.machinery.PathFinder.find_spec(top, places) is not None
    except (ImportError, ValueError):
        return False
