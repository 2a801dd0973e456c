"""The lab's functions and networks among the names of a running notebook."""

import ast
import contextlib
import inspect
import linecache
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from chainrule.checking.learner import listing
from chainrule.checking.learner.blanks import blank_methods, blanks_of
from chainrule.checking.learner.desk import (
    LAB_FUNCTIONS,
    Definition,
    Problem,
    Reply,
    Request,
    kind_of_request,
)
from chainrule.checking.learner.limits import plain
from chainrule.checking.learner.local import LocalDesk, Named
from chainrule.checking.learner.magics import SKIP
from chainrule.checking.learner.patience import patience
from chainrule.checking.learner.problems import kind_of

_IS_CELL = re.compile(r"^<|ipykernel_|ipython-input")


class NotebookDesk(LocalDesk):
    """Calls what a notebook defines, in the notebook's process, each request for a few seconds.

    What did not end once is not asked again.
    """

    def __init__(self, found: Sequence[Named]) -> None:
        """Take up what was found."""
        super().__init__(found, around=patience)
        self._endless: dict[tuple[object, ...], Reply] = {}

    def _answer(self, request: Request) -> Reply:
        kind = kind_of_request(request)
        if kind in self._endless:
            return self._endless[kind]
        reply = super()._answer(request)
        reply = replace(reply, problem=plain(reply.problem))
        if reply.problem is not None and reply.problem.kind == "TimeoutError":
            self._endless[kind] = Reply(problem=reply.problem)
        return reply


def definitions_in(names: dict[str, Any]) -> LocalDesk:
    """Find what is to be judged among a notebook's names.

    What was imported from elsewhere is left out, and what a comment `# chainrule: skip` in its
    cell marks as wrong on purpose. The name of one of the lab's functions that holds something
    else by now is reported as such.

    Args:
        names: the notebook's globals.
    """
    home = names.get("__name__", "__main__")
    found = []
    for name, thing in list(names.items()):
        if name in LAB_FUNCTIONS and not callable(thing):
            found.append(Named(_overwritten(name, thing), None, names))
        elif _is_own(name, thing, home) and not _place(thing, name)[1]:
            found.append(_named(name, thing, names))
    return NotebookDesk(found)


def desk_of(thing: Any) -> tuple[LocalDesk, int]:
    """A desk with one function or class and the lab's functions around it, and its place there."""
    code = _function_of(thing)
    names: dict[str, Any] = {} if code is None else code.__globals__
    name = getattr(thing, "__name__", type(thing).__name__)
    if name == "<lambda>":
        name = next((key for key, value in names.items() if value is thing), name)
    around = [n for n in definitions_in(names).found if n.definition.name != name]
    functions = [n for n in around if n.definition.methods is None]
    return NotebookDesk([*functions, _named(name, thing, names)]), len(functions)


def _is_own(name: str, thing: Any, home: str) -> bool:
    """Whether it is defined in the notebook, and one of the things that are judged."""
    if isinstance(thing, type):
        own = thing.__module__ == home and thing.__name__ == name
        return own and listing.is_network(thing, _methods(thing))
    if not listing.is_function(thing) or not listing.is_lab_function(name, thing):
        return False
    own = getattr(thing, "__module__", None) == home and hasattr(thing, "__code__")
    return own or listing.is_made_of_functions(thing)


def _methods(thing: type) -> dict[str, Any]:
    return listing.own_methods(thing, lambda one: one.__module__ == thing.__module__)


def _named(name: str, thing: Any, names: dict[str, Any]) -> Named:
    line, _ = _place(thing, name)
    if not isinstance(thing, type):
        blanks = frozenset([""]) if blanks_of(thing) else frozenset[str]()
        return Named(
            Definition(name, parameters=listing.parameters(thing), blanks=blanks, line=line),
            thing,
            names,
        )
    raw = _methods(thing)
    definition = Definition(
        name,
        parameters=listing.parameters(thing),
        methods=listing.takes(raw),
        blanks=blank_methods(raw),
        line=line,
        places={method: (None, at) for method, one in raw.items() if (at := _line_of(one))},
    )
    return Named(listing.known_by_the_lab(definition), thing, names)


def _line_of(method: Any) -> int | None:
    """The line in its cell where a method is defined, below its decorators; None if not known."""
    function = inspect.unwrap(getattr(method, "__func__", method))
    code = getattr(function, "__code__", None)
    if code is None or not _IS_CELL.search(code.co_filename):
        return None
    lines = linecache.getlines(code.co_filename)[code.co_firstlineno - 1 :]
    below = next((i for i, line in enumerate(lines) if line.lstrip().startswith("def ")), 0)
    return int(code.co_firstlineno + below)


def _overwritten(name: str, thing: Any) -> Definition:
    shape = getattr(thing, "shape", None)
    what = kind_of(thing) if shape is None else f"an array of shape {shape}"
    text = (
        f"`{name}` is no function any more: the name now holds {what}. Give that another name, "
        f"and run the cell that defines `{name}` again"
    )
    return Definition(name, problem=Problem("Overwritten", text, name=name))


def _function_of(thing: Any) -> Any:
    """A function with source: the thing itself, or the first method of a class."""
    values = _methods(thing).values() if isinstance(thing, type) else [thing]
    plain = (inspect.unwrap(getattr(v, "__func__", v)) for v in values if callable(v))
    return next((function for function in plain if hasattr(function, "__code__")), None)


def source_of(thing: Any) -> list[str]:
    """The lines of the cell or the file that defined a function or a class, as far as known."""
    function = _function_of(thing)
    if function is None:
        return []
    return [line.rstrip("\n") for line in linecache.getlines(function.__code__.co_filename)]


def _place(thing: Any, name: str) -> tuple[int | None, bool]:
    """The line where something is defined, and whether it is marked as wrong on purpose."""
    function = _function_of(thing)
    if function is None:
        return None, False
    lines = linecache.getlines(function.__code__.co_filename)
    line: int = function.__code__.co_firstlineno
    with contextlib.suppress(SyntaxError, ValueError):
        for node in ast.parse("".join(lines)).body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name == name:
                line = node.lineno
    is_cell = _IS_CELL.search(function.__code__.co_filename)
    looked_at = lines if is_cell else lines[max(0, line - 2) : line]
    return line, any(SKIP.search(text) for text in looked_at)
