"""Numbers that the code writes and parameters may begin as: each is recorded by itself.

So every run can begin with others. Whole numbers may be places of arrays: they are recorded only
where a product is taken from their name, or added to it.
"""

import ast
from collections.abc import Iterator, Sequence

from chainrule.checking.learner.source import nodes_of
from chainrule.checking.record._source.signatures import called_name, is_change

LITERAL = "__chainrule_literal__"  # what the code finds in its module


def descending(trees: Sequence[ast.Module]) -> frozenset[str]:
    """Names that a product is taken from or added to, and that are no places of arrays."""
    nodes = [node for tree in trees for node in nodes_of(tree)]
    indices = [n.slice for n in nodes if isinstance(n, ast.Subscript)]
    indices += [a for n in nodes if isinstance(n, ast.Call) and called_name(n) == "range"
                for a in n.args]  # fmt: skip
    places = {name for index in indices for name in _names_in(index)}
    return frozenset(_changed_by_a_product(node) for node in nodes) - places - {""}


def _names_in(node: ast.AST) -> Iterator[str]:
    """Names that are computed with there, but for those that calls take, as `len(w)`."""
    if isinstance(node, ast.Name):
        yield node.id
    elif not isinstance(node, ast.Call):
        for inner in ast.iter_child_nodes(node):
            yield from _names_in(inner)


def _changed_by_a_product(node: ast.AST) -> str:
    """The name of what changes by plus or minus a product; "" if nothing does."""
    if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add | ast.Sub):
        return named(node.target) if _has_a_product(node.value) else ""
    if not isinstance(node, ast.Assign) or len(node.targets) != 1:
        return ""
    value = node.value.elt if isinstance(node.value, ast.ListComp) else node.value
    change = isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add | ast.Sub)
    alike = is_change(node) or isinstance(node.value, ast.ListComp)
    return named(node.targets[0]) if change and alike and _has_a_product(value) else ""


def _has_a_product(node: ast.AST) -> bool:
    products = (ast.Mult, ast.Div, ast.MatMult)
    return any(isinstance(n, ast.BinOp) and isinstance(n.op, products) for n in ast.walk(node))


def named(node: ast.expr) -> str:
    """The name of something, or of what it is a part of."""
    while isinstance(node, ast.Subscript):
        node = node.value
    return getattr(node, "id", getattr(node, "attr", ""))


def first_values(node: ast.expr, kinds: tuple[type, ...]) -> ast.expr:
    """What is given to a name, its numbers recorded; those of a list if one is of some kinds."""
    if is_number(node, *kinds):
        return recorded(node)
    if isinstance(node, ast.ListComp):
        node.elt = first_values(node.elt, kinds)
    elif isinstance(node, ast.List):
        some = any(is_number(each, *kinds) for each in node.elts)
        node.elts = [first_values(each, (float, int) if some else kinds) for each in node.elts]
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        several, times = node.left, node.right
        if isinstance(times, ast.List):
            several, times = times, several
        if isinstance(several, ast.List) and _are_numbers(several, *kinds):
            call = ast.Call(ast.Name("range", ast.Load()), [times], [])
            turn = ast.comprehension(ast.Name("_", ast.Store()), call, [], 0)
            comprehension = ast.ListComp(recorded(several.elts[0]), [turn])
            return ast.copy_location(comprehension, node)
    return node


def _are_numbers(node: ast.List, *kinds: type) -> bool:
    """Whether it is a list of one number."""
    return [is_number(each, *kinds) for each in node.elts] == [True]


def is_number(node: ast.expr, *kinds: type) -> bool:
    """Whether a number of one of some kinds is written there, with or without a sign."""
    inner = node.operand if isinstance(node, ast.UnaryOp) else node
    return isinstance(inner, ast.Constant) and type(inner.value) in kinds


def recorded(node: ast.expr) -> ast.expr:
    """What makes a first value of a number that is written there."""
    call = ast.Call(ast.Name(LITERAL, ast.Load()), [node], [])
    return ast.copy_location(call, node)
