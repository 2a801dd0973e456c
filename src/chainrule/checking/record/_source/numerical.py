"""Gradients by differences, `(f(x + h) - f(x - h)) / (2 * h)`: they train nothing.

They are computed to compare a gradient with, once for each parameter. Nothing of that is noted:
it would fill the record before any training begins.
"""

import ast
from collections.abc import Iterator
from contextlib import AbstractContextManager

from chainrule.checking.record._source.signatures import is_change
from chainrule.checking.record._tape.recording import tape

PAUSED = "__chainrule_paused__"  # what the code finds in its module


def paused() -> AbstractContextManager[None]:
    """Note nothing within."""
    return tape().paused()


def takes_differences(loop: ast.For | ast.While) -> bool:
    """Whether a loop divides differences by what it moves something by, and changes nothing else.

    Args:
        loop: that has no such loop in it.
    """
    nodes = list(ast.walk(loop))
    called = {
        ast.unparse(target): ast.unparse(value.func)
        for node in nodes if isinstance(node, ast.Assign)
        for value in [_whole(node.value)] if isinstance(value, ast.Call)
        for target in node.targets
    }  # fmt: skip
    for node in nodes:
        if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Div):
            continue
        steps = set(_names(node.right))
        difference = node.left
        if not isinstance(difference, ast.BinOp) or not isinstance(difference.op, ast.Sub):
            continue
        functions = {_function(side, called) for side in (difference.left, difference.right)}
        if len(functions) == 1 and functions != {None} and _moves(nodes, steps):
            return all(steps & set(_names(n)) for n in nodes if is_change(n) and n is not node)
    return False


def _function(node: ast.expr, called: dict[str, str]) -> str | None:
    """The function that is called, there or where a name was given to what it gave."""
    while (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float"
    ):
        node = node.args[0]
    whole = _whole(node)
    return (
        ast.unparse(whole.func) if isinstance(whole, ast.Call) else called.get(ast.unparse(node))
    )


def _whole(node: ast.expr) -> ast.expr:
    """What a part is taken of: of a call that gives the loss with more, `f(x)[0]`."""
    while isinstance(node, ast.Subscript):
        node = node.value
    return node


def _moves(nodes: list[ast.AST], steps: set[str]) -> bool:
    """Whether one of some names is added to something, or taken from it."""
    return any(
        isinstance(node, ast.BinOp | ast.AugAssign)
        and isinstance(node.op, ast.Add | ast.Sub)
        and steps & set(_names(node.value if isinstance(node, ast.AugAssign) else node.right))
        for node in nodes
    )


def _names(node: ast.AST) -> Iterator[str]:
    for each in ast.walk(node):
        if isinstance(each, ast.Name | ast.Attribute):
            yield ast.unparse(each)
