"""A formula of one network, rewritten for several side by side.

Their parameters and quantities have a leading axis. So `.T` swaps the last two axes, an axis is
counted from the end, and what NumPy would repeat along the samples gets the axes for it: this is
the one place that knows of it.
"""

import ast
from collections.abc import Callable
from typing import Any, NamedTuple

from chainrule.errors import ChainruleError

ELEMENTWISE = ("abs", "exp", "log", "log2", "log10", "zeros_like")  # of NumPy
REDUCTIONS = ("max", "mean", "sum")


def stacked(formula: ast.expr) -> ast.expr:
    """The formula for quantities that each have one more axis, the first.

    Raises:
        ChainruleError: if it holds what has no meaning for several networks.
    """
    return _lift(formula).tree


def rank(name: str) -> int:
    """The number of axes that a quantity has in one network."""
    if name == "learning_rate":
        return 0
    return 1 if name.removeprefix("grad_").removeprefix("new_").startswith("b_") else 2


class _Lifted(NamedTuple):
    """A rewritten formula, the number of axes in one network, and whether there is one more."""

    tree: ast.expr
    axes: int
    leads: bool


def _lift(node: ast.expr) -> _Lifted:
    lift: Callable[[Any], _Lifted] = _LIFTS.get(type(node), _refuse)
    return lift(node)


def _refuse(node: ast.expr) -> _Lifted:
    raise ChainruleError(f"{ast.unparse(node)} has no meaning for several networks at once")


def _constant(node: ast.Constant) -> _Lifted:
    return _Lifted(node, 0, leads=False)


def _name(node: ast.Name) -> _Lifted:
    return _Lifted(node, rank(node.id), leads=node.id != "learning_rate")


def _unary(node: ast.UnaryOp) -> _Lifted:
    tree, axes, leads = _lift(node.operand)
    return _Lifted(ast.UnaryOp(node.op, tree), axes, leads)


def _binary(node: ast.BinOp) -> _Lifted:
    left, right = _lift(node.left), _lift(node.right)
    axes = max(left.axes, right.axes)
    tree = ast.BinOp(_with_axes(left, axes), node.op, _with_axes(right, axes))
    return _Lifted(tree, axes, left.leads or right.leads)


def _with_axes(operand: _Lifted, n_axes: int) -> ast.expr:
    """New axes between the leading and its own, where NumPy would repeat it for one network."""
    if operand.axes == n_axes or not operand.leads:
        return operand.tree
    new: list[ast.expr] = [ast.Constant(None)] * (n_axes - operand.axes)
    return _at(operand.tree, ast.Constant(...), *new, *[ast.Slice()] * operand.axes)


def _attribute(node: ast.Attribute) -> _Lifted:
    if node.attr != "T":
        return _refuse(node)
    tree, axes, leads = _lift(node.value)
    return _Lifted(ast.Attribute(tree, "mT", ast.Load()), axes, leads)


def _subscript(node: ast.Subscript) -> _Lifted:
    match node.value:
        case ast.Attribute(whole, "shape"):  # counted from the end, as y.shape[-1]
            shape = ast.Attribute(_lift(whole).tree, "shape", ast.Load())
            return _Lifted(ast.Subscript(shape, node.slice, ast.Load()), 0, leads=False)
    tree, axes, leads = _lift(node.value)
    row = _at(tree, ast.Constant(...), node.slice, *[ast.Slice()] * (axes - 1))
    return _Lifted(row, axes - 1, leads)


def _call(node: ast.Call) -> _Lifted:
    match node.func:
        case ast.Name("len"):
            tree, axes, _ = _lift(node.args[0])
            shape = ast.Attribute(tree, "shape", ast.Load())
            return _Lifted(ast.Subscript(shape, ast.Constant(-axes), ast.Load()), 0, leads=False)
        case ast.Attribute(ast.Name("np"), name) if name in REDUCTIONS:
            return _reduce(name, node.args[0], node.keywords)
        case ast.Attribute(whole, name) if name in REDUCTIONS:
            return _reduce(name, whole, node.keywords)
        case ast.Attribute(ast.Name("np"), name) if name not in ELEMENTWISE:
            return _refuse(node)
        case ast.Name() | ast.Attribute(ast.Name("np")):  # softmax works along the last axis
            tree, axes, leads = _lift(node.args[0])
            return _Lifted(ast.Call(node.func, [tree], []), axes, leads)
    return _refuse(node)


def _reduce(name: str, whole: ast.expr, keywords: list[ast.keyword]) -> _Lifted:
    tree, axes, leads = _lift(whole)
    options = {str(k.arg): ast.literal_eval(k.value) for k in keywords}
    axis = options.get("axis")
    options["axis"] = _from_the_end(axis, axes)
    reduce = ast.Attribute(ast.Name("np", ast.Load()), name, ast.Load())
    rewritten = [ast.keyword(key, ast.Constant(value)) for key, value in options.items()]
    left = 0 if axis is None else axes - 1
    call = ast.Call(reduce, [tree], rewritten)
    return _Lifted(call, axes if options.get("keepdims") else left, leads)


def _from_the_end(axis: int | None, axes: int) -> int | tuple[int, ...]:
    if axis is None:
        return tuple(range(-axes, 0))
    return axis if axis < 0 else axis - axes


def _at(tree: ast.expr, *places: ast.expr) -> ast.expr:
    return ast.Subscript(tree, ast.Tuple(list(places), ast.Load()), ast.Load())


_LIFTS: dict[type[ast.expr], Callable[[Any], _Lifted]] = {
    ast.Constant: _constant,
    ast.Name: _name,
    ast.UnaryOp: _unary,
    ast.BinOp: _binary,
    ast.Attribute: _attribute,
    ast.Subscript: _subscript,
    ast.Call: _call,
}
