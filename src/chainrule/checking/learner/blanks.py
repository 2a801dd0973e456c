"""What a learner has left to do, seen in the source: bodies left empty, values left None."""

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

_BLANK_NAME = re.compile(r"^(_{2,}|TODO|FILL_?(ME_?)?IN|YOUR_CODE(_HERE)?)$", re.IGNORECASE)
_TO_DO = re.compile(
    r"\bto-?do\b|\bfix_?me\b|\b(your|votre) (code|solution|answer|work)\b"
    r"|\b(write|fill) (it |this )?(in|here)\b|\bplace-?holder\b"
    r"|\bto (be )?(implemented?|completed?|filled)\b|\bnot (yet )?implemented\b"
    r"|\b[àa] (compl[ée]ter|faire)\b|^#\W*(implement|complete)\b",
    re.IGNORECASE,
)
_ARRAYS = frozenset(("zeros", "ones", "empty", "zeros_like", "ones_like", "empty_like", "array"))

Function = ast.FunctionDef | ast.AsyncFunctionDef


def is_blank(function: Function | ast.Lambda, text: str) -> bool:
    """Whether a function is left to do, wholly or in a line of it.

    Args:
        function: its syntax.
        text: the source that the syntax was read from, for comments such as `# TODO`.
    """
    if isinstance(function, ast.Lambda):
        return _is_nothing(function.body) or _has_blank_name(function)
    body = function.body
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:] if isinstance(body[0].value.value, str) else body
    if all(_does_nothing(statement) for statement in body) or _returns_zero_alone(body):
        return function.name != "__init__" or any(isinstance(s, ast.Raise) for s in body)
    if any(map(_is_for_what_is_missing, body)) or _has_blank_name(function):
        return True
    if any(_left_at_nothing(body)) or _ends_in_nothing(body):
        return True
    if _returns_what_was_taken_out(function, body, text):
        return True
    marks = _marked_lines(function, text)
    return bool(marks) and _ends_in_a_placeholder(function, body, marks)


def builds_on_blank(function: Function, is_left: Callable[[str], bool]) -> bool:
    """Whether a method calls another one, as `self.hidden(X)`, that is left to do.

    Args:
        function: its syntax.
        is_left: whether the method of this name is left to do.
    """
    called = (node.func for node in ast.walk(function) if isinstance(node, ast.Call))
    return any(
        isinstance(part, ast.Attribute)
        and isinstance(part.value, ast.Name)
        and part.value.id == "self"
        and is_left(part.attr)
        for part in called
    )


def blanks_of(function: Any) -> bool:
    """Whether a function of a running notebook is left to do; False where it has no source."""
    text, node = _source_of(function)
    return node is not None and is_blank(node, text)


def blank_methods(methods: Mapping[str, Any]) -> frozenset[str]:
    """Names of the methods of a running notebook's class that are left to do."""
    left = {name for name, method in methods.items() if blanks_of(method)}
    _, forward = _source_of(methods.get("forward"))
    if forward is not None and builds_on_blank(forward, left.__contains__):
        left.add("forward")
    return frozenset(left)


def _source_of(function: Any) -> tuple[str, Function | None]:
    """The text of a function of a running notebook, and its syntax; None without a source."""
    try:
        text = textwrap.dedent(inspect.getsource(inspect.unwrap(function)))
        tree = ast.parse(text)
    except (OSError, TypeError, ValueError, SyntaxError):
        return "", None
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return text, next((node for node in tree.body if isinstance(node, kinds)), None)


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


def is_left_line(statement: ast.stmt) -> bool:
    """Whether a line stands for what is to be written: `name = ...`, or a `raise` of it."""
    if isinstance(statement, ast.Assign):
        return _is_nothing(statement.value)
    return _is_not_implemented(statement) or (
        isinstance(statement, ast.Expr) and _is_nothing(statement.value)
    )


def _is_for_what_is_missing(statement: ast.stmt) -> bool:
    """Whether a line is `...` alone, as notebooks have it, or says that code is not written."""
    value = statement.value if isinstance(statement, ast.Expr) else None
    is_ellipsis = isinstance(value, ast.Constant) and value.value is ...
    return is_ellipsis or _is_not_implemented(statement)


def _returns_zero_alone(body: Sequence[ast.stmt]) -> bool:
    """Whether all that there is is `return 0`, so that something can be called."""
    value = body[0].value if len(body) == 1 and isinstance(body[0], ast.Return) else None
    return isinstance(value, ast.Constant) and value.value == 0 and value.value is not False


def _has_blank_name(function: ast.AST) -> bool:
    return any(
        isinstance(node, ast.Name)
        and isinstance(node.ctx, ast.Load)
        and _BLANK_NAME.match(node.id)
        for node in ast.walk(function)
    )


def _returns_what_was_taken_out(function: Function, body: Sequence[ast.stmt], text: str) -> bool:
    """Whether all that is left is a comment, and a `return` of names that nothing makes."""
    if len(body) != 1 or not isinstance(body[0], ast.Return) or body[0].value is None:
        return False
    value = body[0].value
    parts = value.elts if isinstance(value, ast.Tuple) else [value]
    given = {a.arg for a in (*function.args.posonlyargs, *function.args.args)}
    names = [part.id for part in parts if isinstance(part, ast.Name)]
    inside = text.split("\n")[function.lineno : body[0].lineno - 1]
    commented = any(line.strip().startswith("#") for line in inside)
    return commented and len(names) == len(parts) and given.isdisjoint(names)


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


def _ends_in_nothing(body: Sequence[ast.stmt]) -> bool:
    """Whether `return None` is written at the end of lines that leave nothing behind."""
    last = body[-1]
    if not isinstance(last, ast.Return) or last.value is None or not _does_nothing(last):
        return False
    nodes = [node for statement in body for node in ast.walk(statement)]
    returned = [node.value for node in nodes if isinstance(node, ast.Return)]
    if not all(value is None or _is_nothing(value) for value in returned):
        return False
    kept = (ast.Attribute, ast.Subscript)
    empty = set(_set_to_nothing(list(body)))
    return not any(
        isinstance(node, kept)
        and isinstance(node.ctx, ast.Store)
        and (isinstance(node, ast.Subscript) or _written(node) not in empty)
        for node in nodes
    )


def _marked_lines(function: Function, text: str) -> set[int]:
    """Lines of a function that say in a comment, or in its docstring, that it is to do."""
    every = text.split("\n")
    end = function.end_lineno or function.lineno
    while end < len(every) and _is_comment_in(function, every[end]):
        end += 1  # the syntax ends before comments that come last
    lines = every[function.lineno - 1 : end]
    found = set()
    for number, line in enumerate(lines, function.lineno):
        comment = line[line.find("#") :] if "#" in line else ""
        if _TO_DO.search(comment):
            found.add(number)
    if _TO_DO.search(ast.get_docstring(function) or ""):
        found.add(function.body[0].end_lineno or function.lineno)
    return found


def _is_comment_in(function: Function, line: str) -> bool:
    """Whether a line after a function's last statement is empty, or a comment of its own."""
    plain = line.lstrip()
    return not plain or (plain.startswith("#") and len(line) - len(plain) > function.col_offset)


def _ends_in_a_placeholder(function: Function, body: Sequence[ast.stmt], marks: set[int]) -> bool:
    """Whether what is returned only stands in for an answer, beside a mark that says so.

    Such are 0, a parameter as it came, an array of zeros, nothing at all.
    """
    nodes = [node for statement in body for node in ast.walk(statement)]
    returned = [node for node in nodes if isinstance(node, ast.Return)]
    last = body[-1]
    if not returned:
        return not _leaves_something(nodes)
    if returned != [last] or not isinstance(last, ast.Return):
        return False
    end = last.end_lineno or last.lineno
    start = (body[-2].end_lineno if len(body) > 1 else None) or function.lineno
    if isinstance(last.value, ast.Name):
        first = _first_line_of_placeholder(function, nodes, last.value.id)
        start = min(start, end + 1 if first is None else first)
        return first is not None and any(start <= mark <= end for mark in marks)
    stands_in = last.value is None or _stands_in(last.value)
    return stands_in and any(start <= mark <= end for mark in marks)


def _first_line_of_placeholder(
    function: Function, nodes: Sequence[ast.AST], name: str
) -> int | None:
    """The line before that where a name gets a value that is no answer; None if it gets another.

    A parameter that is never set again has the value that came, from the last line on.
    """
    stores = [node for node in nodes if isinstance(getattr(node, "ctx", None), ast.Store)]
    elements = [node.value for node in stores if isinstance(node, ast.Subscript)]
    if any(isinstance(node, ast.Name) and node.id == name for node in elements):
        return None
    stored = [node for node in stores if isinstance(node, ast.Name) and node.id == name]
    parameters = function.args.posonlyargs + function.args.args + function.args.kwonlyargs
    if not stored:
        is_parameter = any(parameter.arg == name for parameter in parameters)
        return function.end_lineno if is_parameter else None
    for statement in function.body:
        if isinstance(statement, ast.Assign) and stored[0] in statement.targets:
            good = len(stored) == 1 and _stands_in(statement.value)
            return statement.lineno - 1 if good else None
    return None


def _leaves_something(nodes: Sequence[ast.AST]) -> bool:
    """Whether code sets an attribute or an element, or calls something for itself alone."""
    return any(
        (isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store))
        or isinstance(node, ast.Expr | ast.Yield | ast.YieldFrom)
        for node in nodes
    )


def _stands_in(value: ast.expr) -> bool:
    """Whether an expression is no answer: 0 or 1, zeros, empty brackets, nothing."""
    if isinstance(value, ast.UnaryOp):
        return _stands_in(value.operand)
    if isinstance(value, ast.Tuple | ast.List):
        return all(_stands_in(item) for item in value.elts)
    if isinstance(value, ast.Dict):
        return all(_stands_in(item) for item in value.values)
    if isinstance(value, ast.Call):
        made = value.func.attr if isinstance(value.func, ast.Attribute) else ""
        if made == "array":
            return bool(value.args) and all(_stands_in(item) for item in value.args)
        return made in _ARRAYS
    # A number that was chosen, such as 2.3, is an answer, if a wrong one.
    return _is_nothing(value) or (isinstance(value, ast.Constant) and value.value in (0, 1, ""))
