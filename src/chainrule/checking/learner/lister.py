"""What of a learner's file is to be judged, and what there is to say of it."""

import ast
import functools
import inspect
import sys
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from chainrule.checking.learner import listing
from chainrule.checking.learner.blanks import Function, builds_on_blank, is_blank
from chainrule.checking.learner.desk import LAB_METHODS, Definition, Problem
from chainrule.checking.learner.source import Cell, Source, decorators
from chainrule.checking.learner.uses import shows_columns


@dataclass
class Defined:
    """A definition that was executed.

    Attributes:
        name: that it defines.
        cell: in which it stands.
        line: in the cell or the file.
        thing: what it made.
        node: its syntax.
        problem: why executing it failed.
        before_next: what the names meant when the next definition of the same name came.
    """

    name: str
    cell: Cell
    line: int
    thing: Any = None
    node: ast.AST | None = None
    problem: Problem | None = None
    before_next: Mapping[str, Any] | None = None


class Lister:
    """Tells which definitions are to be judged, once all are executed."""

    def __init__(self, source: Source, module: str, defined: Sequence[Defined]) -> None:
        """Take up the definitions of a file, which were executed as the module of that name."""
        self._module, self._defined = module, defined
        self._cells = source.cells
        self._folder = source.path.absolute().parent
        self._functions: dict[tuple[str, int], tuple[Cell, Function | ast.Lambda]] = {}
        for cell in source.cells:
            for node in ast.walk(cell.tree):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    first = min([node.lineno, *(d.lineno for d in decorators(node))])
                    self._functions[cell.filename, first] = cell, node
                elif isinstance(node, ast.Lambda):
                    self._functions[cell.filename, node.lineno] = cell, node

    def definition(self, defined: Defined) -> Definition | None:
        """What is to be said of a definition to the judge; None if it is not to be judged."""
        thing, cell = defined.thing, defined.cell
        here = Definition(
            defined.name, cell=cell.number, line=defined.line, problem=defined.problem
        )
        if isinstance(defined.node, ast.ClassDef):
            if defined.problem is not None:
                methods = _methods_in_source(defined.node)
                known = sum(name in methods for name in LAB_METHODS)
                return replace(here, methods=methods) if known >= listing.ENOUGH_METHODS else None
            raw = listing.own_methods(thing, self._is_own)
            if not listing.is_network(thing, raw) or self._is_only_a_base(thing, raw):
                return None
            blanks = {name for name, value in raw.items() if self._is_blank(value)}
            if self._builds_on_blank(thing, raw.get("forward")):
                blanks.add("forward")
            network = replace(
                here,
                parameters=listing.parameters(thing),
                methods=listing.takes(raw),
                blanks=frozenset(blanks),
                places=dict(self._places(raw)),
            )
            return listing.known_by_the_lab(network)
        if not listing.is_lab_function(defined.name, thing):
            return None
        if defined.problem is not None:
            return here
        left = frozenset([""]) if self._is_blank(thing) else frozenset()
        return replace(
            here,
            parameters=listing.parameters(thing),
            blanks=left,
            columns=self._shows_columns,
        )

    @functools.cached_property
    def _shows_columns(self) -> bool:
        return any(shows_columns(each.tree) for each in self._cells)

    def _is_own(self, class_: type) -> bool:
        """Whether a class is of this file, or of one beside it."""
        if class_.__module__ == self._module:
            return True
        file = getattr(sys.modules.get(class_.__module__), "__file__", None)
        return file is not None and Path(file).parent == self._folder

    def _is_only_a_base(self, class_: type, raw: Mapping[str, Any]) -> bool:
        """Whether a class leaves a method to its subclasses."""
        left = [name for name in LAB_METHODS if name in raw and self._is_blank(raw[name])]
        below = [d.thing for d in self._defined if isinstance(d.thing, type)]
        return any(
            other is not class_
            and issubclass(other, class_)
            and any(n in vars(other) for n in left)
            for other in below
        )

    def _places(self, raw: Mapping[str, Any]) -> Iterator[tuple[str, tuple[int | None, int]]]:
        """Cell and line of each method that stands in the file."""
        for name, value in raw.items():
            source = self._source_of(value)
            if source is not None:
                yield name, (source[0].number, source[1].lineno)

    def _is_blank(self, thing: Any) -> bool:
        """Whether the source of a function or method is left to do."""
        source = self._source_of(thing)
        return source is not None and is_blank(source[1], source[0].text)

    def _builds_on_blank(self, class_: type, method: Any) -> bool:
        """Whether a method calls one of the same class that is left to do."""
        source = self._source_of(method)
        if source is None or isinstance(source[1], ast.Lambda):
            return False
        return builds_on_blank(
            source[1], lambda name: self._is_blank(inspect.getattr_static(class_, name, None))
        )

    def _source_of(self, thing: Any) -> tuple[Cell, Function | ast.Lambda] | None:
        """Where in the file a function or method stands, under whatever decorates it."""
        plain = thing.__func__ if isinstance(thing, staticmethod | classmethod) else thing
        for _ in range(10):
            inner = getattr(plain, "__wrapped__", None) or getattr(plain, "func", None)
            if inner is None:
                break
            plain = inner
        code = getattr(plain, "__code__", None)
        if not isinstance(code, types.CodeType):
            return None
        return self._functions.get((code.co_filename, code.co_firstlineno))


def _methods_in_source(class_: ast.ClassDef) -> dict[str, tuple[str, ...]]:
    """Public methods of a class that could not be executed, and what they take."""
    found = {}
    for method in class_.body:
        if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef):
            taken = [argument.arg for argument in method.args.args][1:]
            if not method.name.startswith("_"):
                found[method.name] = tuple(taken)
    return found
