"""Marks in the source: which stretches of it a test executes, in whatever process.

A stretch is what stands in one block up to the next statement that has blocks of its own: of two
of its statements either both are executed, or an exception or a jump came between. A mark is a
byte of a file that all processes map, so that those that are forked, or killed, count too.
"""

import ast
import builtins
import importlib.machinery
import json
import mmap
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType
from typing import Any

MARKS = "_executed_"  # the name by which the code that is marked knows the file
BLOCKS = ("body", "orelse", "finalbody")


def stretches(text: str) -> list[tuple[int, int]]:
    """The first and last lines of the stretches of a module, in the order of their marks."""
    found = []
    for block in _blocks(ast.parse(text)):
        for start, end in _parts(block):
            last = block[end - 1]
            # What stands in blocks below is of other stretches, which begin later and are smaller.
            found.append((block[start].lineno, last.end_lineno or last.lineno))
    return found


def marked(text: str, first: int) -> ast.Module:
    """The module with a mark at the beginning of each stretch; `first` is that of the first.

    Lines stay as they were.
    """
    tree = ast.parse(text)
    number = first
    for block in list(_blocks(tree)):
        starts = []
        for start, _ in _parts(block):
            starts.append((start, number))
            number += 1
        for start, mark in reversed(starts):
            statement = ast.parse(f"{MARKS}[{mark}] = 1").body[0]
            for node in ast.walk(statement):
                if hasattr(node, "lineno"):
                    ast.copy_location(node, block[start])
            block.insert(start, statement)
    return tree


def _blocks(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    """All blocks of statements, the outer ones first."""
    for node in ast.walk(tree):
        for name in BLOCKS:
            block = getattr(node, name, None)
            if isinstance(block, list) and block:
                yield block


def _parts(block: list[ast.stmt]) -> Iterator[tuple[int, int]]:
    """Where the stretches of a block begin and end."""
    start = 0
    while start < len(block) and _comes_first(block[start]):
        start += 1
    for i in range(start, len(block)):
        if i + 1 == len(block) or any(
            getattr(block[i], name, None) for name in (*BLOCKS, "cases")
        ):
            yield start, i + 1
            start = i + 1


def _comes_first(statement: ast.stmt) -> bool:
    """Whether it is a docstring, or must stand before all else."""
    if isinstance(statement, ast.ImportFrom):
        return statement.module == "__future__"
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )


def install(settings: Path) -> None:
    """Mark the modules that this process will import, as `settings` says.

    Args:
        settings: JSON: the folder `source`, the file of `marks`, the folder of `bytecode`, and
            `first`, the first mark of each module by its path below the source.
    """
    wanted = json.loads(settings.read_text("utf-8"))
    with Path(wanted["marks"]).open("r+b") as file:
        setattr(builtins, MARKS, mmap.mmap(file.fileno(), 0))
    sys.pycache_prefix = wanted["bytecode"]  # what is marked stays apart from what is not
    source, first = Path(wanted["source"]), wanted["first"]
    loader: Any = importlib.machinery.SourceFileLoader
    plain = loader.source_to_code

    def source_to_code(self: Any, data: Any, path: Any, **options: Any) -> CodeType:
        name = _below(Path(str(path)), source)
        if name in first and isinstance(data, bytes):
            data = marked(data.decode("utf-8"), first[name])
        code: CodeType = plain(self, data, path, **options)
        return code

    loader.source_to_code = source_to_code


def _below(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else ""
