"""Code in which a statement is not done, and what follows it goes on.

What it would have given is nothing, and what only shows that, or takes something of it, may fail.
"""

import ast
from collections.abc import Iterator, Set

from chainrule.checking.record._source.instead import NOTHING
from chainrule.checking.record._source.signatures import called_name, multiplies

_LEFT_OUT = "left_out"  # what marks the tree of what stands in the place of such a statement
_Simple = ast.Assign | ast.AugAssign | ast.Expr


def in_place_of(node: ast.stmt) -> ast.stmt:
    """What stands in the place of a statement: nothing is given to the names that it gives to."""
    if isinstance(node, ast.Assign):
        targets = (each for target in node.targets for each in _parts(target))
        given: list[ast.stmt] = [ast.Assign([each], _nothing()) for each in targets]
    else:
        given = [_unless_known(name) for name in dict.fromkeys(_stored(node))]
    instead = ast.If(ast.Constant(True), [*given, ast.Pass()], [])
    setattr(instead, _LEFT_OUT, True)
    return ast.fix_missing_locations(ast.copy_location(instead, node))


def going_on(tree: ast.Module, own: Set[str]) -> None:
    """Have simple statements that fail after one that is left out give nothing.

    Args:
        tree: which is changed.
        own: names of functions and classes of the file: statements that call them are not simple,
            but for calls of something else with what they give, as of `print`.
    """
    for node in ast.walk(tree):
        for field in ("body", "orelse", "finalbody"):
            body = getattr(node, field, None)
            if isinstance(body, list):
                first = next((i for i, s in enumerate(body) if hasattr(s, _LEFT_OUT)), len(body))
                _go_on(body, first + 1, own)
    after = next((i for i, s in enumerate(tree.body) if _has_one(s)), None)
    if after is not None:
        _go_on(tree.body, after + 1, own)


def _go_on(body: list[ast.stmt], begin: int, own: Set[str]) -> None:
    body[begin:] = [_tried(s) if _is_simple(s, own) else s for s in body[begin:]]


def _has_one(statement: ast.stmt) -> bool:
    """Whether one is left out in it, in the same function."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return False
    return any(hasattr(node, _LEFT_OUT) for node in ast.walk(statement))


def _is_simple(node: ast.stmt, own: Set[str]) -> bool:
    if not isinstance(node, _Simple) or multiplies(node):
        return False
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return called_name(node.value) not in own  # such as one that prints what they give
    return not own & {called_name(each) for each in ast.walk(node)}


def _tried(node: ast.stmt) -> ast.stmt:
    targets = node.targets if isinstance(node, ast.Assign) else ()
    body: list[ast.stmt] = [_unless_known(n) for target in targets for n in _stored(target)]
    handler = ast.ExceptHandler(ast.Name("Exception", ast.Load()), None, body or [ast.Pass()])
    return ast.fix_missing_locations(ast.copy_location(ast.Try([node], [handler], [], []), node))


def _parts(target: ast.expr) -> Iterator[ast.expr]:
    """What is given something to: each of several by itself."""
    if isinstance(target, ast.Tuple | ast.List):
        for each in target.elts:
            yield from _parts(each)
    else:
        yield target.value if isinstance(target, ast.Starred) else target


def _stored(node: ast.AST) -> Iterator[str]:
    """Names that something is given to."""
    for each in ast.walk(node):
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
            yield each.id


def _unless_known(name: str) -> ast.stmt:
    """Give nothing to a name that nothing was given to."""
    known = ast.Expr(ast.Name(name, ast.Load()))
    give: ast.stmt = ast.Assign([ast.Name(name, ast.Store())], _nothing())
    handler = ast.ExceptHandler(ast.Name("NameError", ast.Load()), None, [give])
    return ast.Try([known], [handler], [], [])


def _nothing() -> ast.expr:
    return ast.Call(ast.Name(NOTHING, ast.Load()), [], [])
