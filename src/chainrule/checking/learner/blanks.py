"""What a learner has left to do, seen in the source: bodies left empty, values left None."""

import ast
import inspect
import re
import textwrap
from collections.abc import Iterator
from typing import Any

_BLANK_NAME = re.compile(r"^(_{2,}|TODO|FILL_?(ME_?)?IN|YOUR_CODE(_HERE)?)$", re.IGNORECASE)

Function = ast.FunctionDef | ast.AsyncFunctionDef


def is_blank(function: Function | ast.Lambda) -> bool:
    """Whether a function is left to do, wholly or in a line of it."""
    if isinstance(function, ast.Lambda):
        return _is_nothing(function.body) or _has_blank_name(function)
    body = function.body
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:] if isinstance(body[0].value.value, str) else body
    if all(_does_nothing(statement) for statement in body):
        return function.name != "__init__" or any(isinstance(s, ast.Raise) for s in body)
    if any(_is_not_implemented(statement) for statement in body) or _has_blank_name(function):
        return True
    return any(_left_at_nothing(body))


def blanks_of(function: Any) -> bool:
    """Whether a function of a running notebook is left to do; False where it has no source."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(function))))
    except (OSError, TypeError, ValueError, SyntaxError):
        return False
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return any(isinstance(node, functions) and is_blank(node) for node in tree.body)


def _does_nothing(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Pass) or _is_not_implemented(statement):
        return True
    if isinstance(statement, ast.Return):
        return statement.value is None or _is_nothing(statement.value)
    return isinstance(statement, ast.Expr) and _is_nothing(statement.value)


def _is_nothing(value: ast.expr) -> bool:
    if isinstance(value, ast.Constant):
        return value.value is None or value.value is ...
    return isinstance(value, ast.Name) and value.id == "NotImplemented"


def _is_not_implemented(statement: ast.stmt) -> bool:
    if not isinstance(statement, ast.Raise) or statement.exc is None:
        return False
    raised = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
    return isinstance(raised, ast.Name) and raised.id in ("NotImplementedError", "NotImplemented")


def _has_blank_name(function: ast.AST) -> bool:
    return any(
        isinstance(node, ast.Name)
        and isinstance(node.ctx, ast.Load)
        and _BLANK_NAME.match(node.id)
        for node in ast.walk(function)
    )


def _left_at_nothing(body: list[ast.stmt]) -> Iterator[str]:
    """Names that are set to None or `...` at a function's own level, and used as they are.

    A name that is set again anywhere, or compared with None, only begins with it.
    """
    stored: dict[str, int] = {}
    loaded: set[str] = set()
    asked: set[str] = set()
    for node in (node for statement in body for node in ast.walk(statement)):
        if isinstance(node, ast.Compare):
            asked |= {_written(part) for part in (node.left, *node.comparators)}
        if isinstance(node, ast.Name | ast.Attribute):
            name = _written(node)
            if isinstance(node.ctx, ast.Load):
                loaded.add(name)
            else:
                stored[name] = stored.get(name, 0) + 1
        if isinstance(node, ast.Global | ast.Nonlocal):
            asked |= set(node.names)
    for name in _set_to_nothing(body):
        if stored.get(name, 0) == 1 and name in loaded and name not in asked:
            yield name


def _set_to_nothing(body: list[ast.stmt]) -> Iterator[str]:
    """Names that are set to None or `...`, alone or several at once."""
    for statement in body:
        if not isinstance(statement, ast.Assign):
            continue
        value = statement.value
        values = value.elts if isinstance(value, ast.Tuple) else [value]
        if all(_is_nothing(item) for item in values):
            for target in statement.targets:
                parts = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
                yield from filter(None, map(_written, parts))


def _written(node: ast.expr) -> str:
    """A name, or an attribute of one, as in the source."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{node.value.id}.{node.attr}"
    return ""
