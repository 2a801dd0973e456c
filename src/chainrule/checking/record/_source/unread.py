"""Statements that only prepare data: where one fails, the run goes on after it.

Data are not here, and what reads them may ask for more than what stands in for them has. Then what
such a statement would have given is made up, by the names that it gives it to, and what comes of
that is believed less than what comes of data that were read.
"""

import ast
import copy
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any

from chainrule.checking.learner.source import Source
from chainrule.checking.record._source.signatures import Signatures, called_name, multiplies
from chainrule.checking.record._standins.files import part_of
from chainrule.checking.record._standins.form import Form
from chainrule.checking.record._standins.standins import UNREAD, Standin
from chainrule.checking.record._tape.arrays import taken_up

# What the code finds in its module.
MAY_GO_ON, MADE_UP = "__chainrule_may_go_on__", "__chainrule_made_up__"
_Simple = ast.Assign | ast.AugAssign | ast.Expr | ast.Delete | ast.With
_Loops = ast.For | ast.While  # one that is left in the middle leaves half of what it makes
_OF_THE_CODE = (NameError, SyntaxError, AssertionError)  # no other data would help


class Unread:
    """What was not read in a run.

    Attributes:
        names: of what failed, each after a word that tells it from modules and files.
        first: what was raised first; None if nothing was.
    """

    def __init__(self, source: Source, form: Form, is_made_up: Callable[[], bool]) -> None:
        """Make up data of a form.

        Args:
            source: the file.
            form: of the data.
            is_made_up: whether the run has data that are not the file's.
        """
        self.names: list[str] = []
        self.first: BaseException | None = None
        self._source, self._form, self._is_made_up = source, form, is_made_up

    def may_go_on(self, *called: str) -> bool:
        """Whether the exception that is handled is of a statement that only prepares data.

        Args:
            called: what the statement calls.
        """
        error, function = sys.exception(), sys._getframe(1).f_code.co_qualname
        made_up = isinstance(error, OSError) or self._is_made_up()
        if not made_up or isinstance(error, _OF_THE_CODE) or any(map(self._computes, called)):
            return False
        if function != "<module>" and not self._computes(function):
            return False  # it goes on after what called it
        self.first = self.first or error
        self.names.append(UNREAD + next(iter(called), ""))
        return True

    def cell(self, error: Exception) -> None:
        """Take note of a cell of a notebook that failed: what it would have given is missing."""
        self.first = self.first or error
        self.names.append(f"{UNREAD}cell")

    def made_up(self, name: str) -> Any:
        """What is given to a name: samples, targets, or what has them as its parts."""
        X, y = self._form.arrays()
        part = part_of(name)
        if part:
            return taken_up(X if part == "X" else y)
        return Standin(f"{UNREAD}{name}", self._form)

    @cached_property
    def _signatures(self) -> Signatures:
        return Signatures(self._source)

    def _computes(self, name: str) -> bool:
        """Whether a function or a class of the learner's, or a method's class, takes products."""
        known = self._signatures
        named = [s for s in known.values() if name in (s.method, s.name, s.owner)]
        owners = {s.owner for s in named} - {""}
        return any(
            known.reaches_product(s.name)
            for s in (*named, *(s for owner in owners for s in known.of(owner)))
        )


def forgiving(tree: ast.Module, entered: frozenset[str]) -> None:
    """Have the statements of a cell that only prepare data say when they fail.

    Args:
        tree: of the cell, which is changed.
        entered: names of functions in which such statements are looked for, too.
    """
    tree.body = _forgiving(tree.body)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name in entered:
            node.body = _forgiving(node.body)


def called_at_top(trees: Sequence[ast.Module]) -> frozenset[str]:
    """What is called by statements that are not in a function."""
    found = (node for tree in trees for s in tree.body for node in ast.walk(s)
             if not isinstance(s, ast.FunctionDef | ast.ClassDef))  # fmt: skip
    return frozenset(map(called_name, found)) - {""}


def _forgiving(body: list[ast.stmt]) -> list[ast.stmt]:
    for node in body:
        if isinstance(node, ast.If):
            node.body, node.orelse = _forgiving(node.body), _forgiving(node.orelse)
    return [_tried(node) if _prepares(node) else node for node in body]


def _prepares(node: ast.stmt) -> bool:
    """Whether it may be one that only prepares data."""
    if isinstance(node, ast.ImportFrom):
        return all(part_of(alias.asname or alias.name) for alias in node.names)
    if isinstance(node, ast.Assign) and len(node.targets) > 1:
        return False
    loops = any(isinstance(each, _Loops) for each in ast.walk(node))
    return isinstance(node, _Simple) and not loops and not multiplies(node)


def _tried(node: ast.stmt) -> ast.stmt:
    called = sorted({called_name(each) for each in ast.walk(node)} - {""})
    go_on = ast.Call(_name(MAY_GO_ON), [ast.Constant(each) for each in called], [])
    body: list[ast.stmt] = [ast.If(ast.UnaryOp(ast.Not(), go_on), [ast.Raise()], [])]
    for target in _given(node):
        several = isinstance(target, ast.Tuple | ast.List)  # by their names when it is taken apart
        names: list[ast.expr] = [ast.Constant("" if several else ast.unparse(target))]
        body.append(ast.Assign([target], ast.Call(_name(MADE_UP), names, [])))
    handler = ast.ExceptHandler(_name("Exception"), None, body)
    tried = ast.copy_location(ast.Try([node], [handler], [], []), node)
    return ast.fix_missing_locations(tried)


def _given(node: ast.stmt) -> Iterator[ast.expr]:
    """What a statement gives something to; of one with others in it, what those do."""
    if isinstance(node, ast.ImportFrom):
        for alias in node.names:
            yield ast.Name(alias.asname or alias.name, ast.Store())
    elif isinstance(node, ast.Assign):
        yield copy.deepcopy(node.targets[0])
    elif isinstance(node, ast.With):
        for each in node.body:
            yield from _given(each)


def _name(name: str) -> ast.Name:
    return ast.Name(name, ast.Load())
