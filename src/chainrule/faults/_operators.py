"""How people get a step wrong: operators that make a wrong formula of the right one.

An operator takes the right formula, as a tree, and gives the wrong one, or None where it does not
apply. Trees are never changed, so that they may have parts in common. Written so, a mistake holds
for every layer, and for every activation that there is.
"""

import ast
from collections.abc import Callable
from dataclasses import dataclass

from chainrule.faults._text import known_tree

Tree = ast.expr


@dataclass(frozen=True)
class Operator:
    """Makes a wrong formula of a right one.

    Attributes:
        apply: takes the right tree and what fills a layer's names into a template; gives the wrong
            tree, or None where there is nothing to get wrong in this way.
        brings: a template of what it puts in, "" if nothing; it may hold {other} and the like.
    """

    apply: Callable[[Tree, Callable[[str], str]], Tree | None]
    brings: str = ""


def reading(right: str, wrong: str) -> Operator:
    """Another quantity in the place of the right one."""

    def apply(tree: Tree, fill: Callable[[str], str]) -> Tree | None:
        name, instead = fill(right), known_tree(fill(wrong))
        changed = _replaced(
            tree, lambda n: instead if isinstance(n, ast.Name) and n.id == name else n
        )
        return None if changed is tree else changed

    return Operator(apply, wrong)


def scaled(operation: str) -> Operator:
    """The whole multiplied or divided once more: `scaled("/ len(X)")`."""

    def apply(tree: Tree, fill: Callable[[str], str]) -> Tree:
        whole = known_tree(f"whole {operation}")
        return _replaced(
            whole, lambda n: tree if isinstance(n, ast.Name) and n.id == "whole" else n
        )

    return Operator(apply)


def calling(function: str) -> Operator:
    """Another function of the same quantity."""

    def apply(tree: Tree, fill: Callable[[str], str]) -> Tree | None:
        if not (isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name)):
            return None
        return ast.Call(ast.Name(function, ast.Load()), tree.args, tree.keywords)

    return Operator(apply)


def reduced(method: str, axis: int | None = None) -> Operator:
    """Another reduction, or the same along another axis, or over all entries."""

    def apply(tree: Tree, fill: Callable[[str], str]) -> Tree | None:
        if not (isinstance(tree, ast.Call) and isinstance(tree.func, ast.Attribute)):
            return None
        keywords = [] if axis is None else [ast.keyword("axis", ast.Constant(axis))]
        return ast.Call(ast.Attribute(tree.func.value, method, ast.Load()), [], keywords)

    return Operator(apply)


def row(index: int) -> Operator:
    """One row in the place of what is taken over all rows."""

    def apply(tree: Tree, fill: Callable[[str], str]) -> Tree | None:
        whole = _unwrapped(tree)
        return whole and ast.Subscript(whole, ast.Constant(index), ast.Load())

    return Operator(apply)


def without(name: str) -> Operator:
    """A factor of that name left out of a product."""

    def apply(tree: Tree, fill: Callable[[str], str]) -> Tree | None:
        def drop(node: Tree) -> Tree:
            match node:
                case ast.BinOp(ast.Name(left), ast.Mult(), right) if left == name:
                    return right
            return node

        changed = _replaced(tree, drop)
        return None if changed is tree else changed

    return Operator(apply)


def then(*operators: Operator) -> Operator:
    """One after the other."""

    def apply(tree: Tree, fill: Callable[[str], str]) -> Tree | None:
        changed: Tree | None = tree
        for operator in operators:
            changed = changed and operator.apply(changed, fill)
        return changed

    return Operator(apply, "".join(operator.brings for operator in operators))


def _plain(change: Callable[[Tree], Tree | None]) -> Operator:
    return Operator(lambda tree, _fill: change(tree))


def _unwrapped(tree: Tree) -> Tree | None:
    match tree:
        case ast.Call(ast.Attribute(value, _), []):
            return value
        case ast.Call(ast.Name(), [argument]):
            return argument
    return None


def _first_operand(tree: Tree) -> Tree | None:
    return tree.left if isinstance(tree, ast.BinOp) else None


def _negated(tree: Tree) -> Tree | None:
    match tree:
        case ast.BinOp(left, ast.Sub(), right):
            return ast.BinOp(right, ast.Sub(), left)
        case ast.BinOp(ast.UnaryOp(ast.USub(), first), op, right):
            return ast.BinOp(first, op, right)
    return None


def _ascending(tree: Tree) -> Tree | None:
    match tree:
        case ast.BinOp(left, ast.Sub(), right):
            return ast.BinOp(left, ast.Add(), right)
    return None


def _transposed(tree: Tree) -> Tree | None:
    match tree:
        case ast.BinOp(ast.Attribute(left, "T"), ast.MatMult() as times, right):
            return ast.BinOp(ast.Attribute(right, "T", ast.Load()), times, left)
    return None


def _not_transposed(tree: Tree) -> Tree | None:
    return _replaced(
        tree, lambda n: n.value if isinstance(n, ast.Attribute) and n.attr == "T" else n
    )


def _elementwise(tree: Tree) -> Tree | None:
    match tree:
        case ast.BinOp(left, ast.MatMult(), right):
            return ast.BinOp(left, ast.Mult(), right)
    return None


UNWRAPPED = _plain(_unwrapped)
"""The function or the reduction around a quantity left out."""

FIRST_OPERAND = _plain(_first_operand)
"""What is added, subtracted or multiplied last left out: a bias, a slope, an update."""

NEGATED = _plain(_negated)
"""The sign turned."""

ASCENDING = _plain(_ascending)
"""Plus for minus: up the gradient."""

TRANSPOSED = _plain(_transposed)
"""The transpose of a product: A.T @ B as B.T @ A."""

NOT_TRANSPOSED = _plain(_not_transposed)
"""The .T left out."""

ELEMENTWISE = _plain(_elementwise)
"""* for @."""


def _replaced(tree: Tree, change: Callable[[Tree], Tree]) -> Tree:
    """A tree in which nodes are replaced, from the leaves up; itself where none is."""
    node = _rebuilt(tree, change)
    assert isinstance(node, ast.expr)
    return node


def _rebuilt(node: ast.AST, change: Callable[[Tree], Tree]) -> ast.AST:
    fields: dict[str, object] = {}
    for name, value in ast.iter_fields(node):
        if isinstance(value, list):
            parts = [_rebuilt(one, change) for one in value]
            if any(new is not old for new, old in zip(parts, value, strict=True)):
                fields[name] = parts
        elif isinstance(value, ast.AST) and (part := _rebuilt(value, change)) is not value:
            fields[name] = part
    if fields:
        node = type(node)(**{**dict(ast.iter_fields(node)), **fields})
    return change(node) if isinstance(node, ast.expr) else node
