"""A learner's file as it is run: prepared once, for all its runs."""

import __future__

import ast
import contextlib
import copy
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import CodeType

from chainrule.checking.learner.source import Cell, Source
from chainrule.checking.record._pairs import called_methods, pair_of

# What the code finds in its module: see `_world.literal` and `_pairs.with_loss`.
LITERAL, WITH_LOSS = "__chainrule_literal__", "__chainrule_with_loss__"
_FUTURES = {"annotations": __future__.annotations.compiler_flag}


@lru_cache(maxsize=8)
def program_of(
    source: Source, sizes: tuple[tuple[int, int], ...], *, piecewise: bool
) -> tuple[tuple[CodeType, ...], ...]:
    """The code of each cell of a file.

    Args:
        source: the file.
        sizes: numbers that are written there, and those that stand for them.
        piecewise: whether to give each statement by itself: where one fails, those after it are
            wanted all the same.
    """
    called = called_methods([cell.tree for cell in source.cells])
    prepared = _Prepared(dict(sizes), called)
    return tuple(tuple(_compiled(cell, prepared, piecewise)) for cell in source.cells)


def _compiled(cell: Cell, prepared: "_Prepared", piecewise: bool) -> Iterator[CodeType]:
    tree = ast.fix_missing_locations(prepared.visit(copy.deepcopy(cell.tree)))
    pieces = [ast.Module([each], []) for each in tree.body] if piecewise else [tree]
    futures = {n.name for n in ast.walk(tree) if isinstance(n, ast.alias)} & _FUTURES.keys()
    flags = sum(_FUTURES[name] for name in futures)  # which hold for all pieces
    for piece in pieces:
        with contextlib.suppress(*([Exception] if piecewise else [])):
            yield compile(piece, cell.filename, "exec", flags, dont_inherit=True)


class _Prepared(ast.NodeTransformer):
    """Records floats that are assigned, alone or in lists: they may be first values.

    Large numbers give way to smaller ones, and a loss that nothing calls is computed where
    its gradient is.
    """

    def __init__(self, sizes: Mapping[int, int], called: frozenset[str]) -> None:
        self._sizes, self._called = sizes, called

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """A class, which may have a loss and its gradient."""
        self.generic_visit(node)
        pair = pair_of(node, self._called)
        if pair is not None:
            names: list[ast.expr] = [ast.Constant(name) for name in pair]
            call = ast.Call(ast.Name(WITH_LOSS, ast.Load()), names, [])
            node.decorator_list.append(ast.copy_location(call, node))
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        """A number of samples."""
        if type(node.value) is int and node.value in self._sizes:
            return ast.copy_location(ast.Constant(self._sizes[node.value]), node)
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        """A float or a list that is given to names."""
        self.generic_visit(node)
        if _is_number(node.value, float):
            node.value = _recorded(node.value)
        elif isinstance(node.value, ast.List):
            self._list(node.value)
        return node

    def _list(self, node: ast.List) -> None:
        """The numbers in a list, if one is a float; and in the lists in it."""
        for each in node.elts:
            if isinstance(each, ast.List):
                self._list(each)
        if any(_is_number(each, float) for each in node.elts):
            node.elts = [_recorded(e) if _is_number(e, float, int) else e for e in node.elts]


def _is_number(node: ast.expr, *kinds: type) -> bool:
    inner = node.operand if isinstance(node, ast.UnaryOp) else node
    return isinstance(inner, ast.Constant) and type(inner.value) in kinds


def _recorded(node: ast.expr) -> ast.expr:
    call = ast.Call(ast.Name(LITERAL, ast.Load()), [node], [])
    return ast.copy_location(call, node)
