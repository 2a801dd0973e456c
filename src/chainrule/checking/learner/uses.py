"""Which names the definitions that are to be judged need, by way of whatever else."""

import ast
import re
import types
import warnings
from collections.abc import Iterable, Iterator, Sequence

from chainrule.checking.learner.desk import LAB_EXERCISES, LAB_FUNCTIONS, LAB_METHODS
from chainrule.checking.learner.imports import imports_of


def flat(statements: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements, and those in `if`, `try` and `with`, but not in `if __name__ == …`."""
    for statement in statements:
        yield statement
        if isinstance(statement, ast.If):
            if not any(_is_name(node, "__name__") for node in ast.walk(statement.test)):
                yield from flat(statement.body)
                yield from flat(statement.orelse)
        elif isinstance(statement, ast.Try):
            yield from flat(statement.body)
            for handler in statement.handlers:
                yield from flat(handler.body)
            yield from flat(statement.orelse)
            yield from flat(statement.finalbody)
        elif isinstance(statement, ast.With):
            yield from flat(statement.body)


def bound_names(statement: ast.stmt) -> list[str]:
    """Names that a statement gives a value to, or changes something in."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [statement.name]
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return [one.name for one in imports_of(statement)]
    if isinstance(statement, ast.Assign):
        return [name for target in statement.targets for name in _roots(target)]
    if isinstance(statement, ast.AnnAssign | ast.AugAssign):
        return list(_roots(statement.target))
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        call = statement.value
        if _is_name(call.func, "setattr") and len(call.args) == 3:
            return list(_roots(call.args[0]))
    return []


def needed_names(statements: Iterable[ast.stmt], *, values: bool = True) -> frozenset[str]:
    """Names that the lab's functions and the classes need, themselves among them.

    Args:
        statements: of the file.
        values: whether what the values of needed names are made of is needed too, and not only
            what definitions use.
    """
    uses: dict[str, set[str]] = {}
    wanted = {*LAB_FUNCTIONS, *LAB_EXERCISES}
    for statement in statements:
        if isinstance(statement, ast.FunctionDef) and statement.name.lower() in LAB_FUNCTIONS:
            wanted.add(statement.name)
        if isinstance(statement, ast.ClassDef) and _may_be_network(statement):
            wanted.add(statement.name)
        if isinstance(statement, ast.If):
            wanted |= _names(ast.Expr(statement.test))
            continue
        bound = bound_names(statement)
        assigns = isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign)
        if (
            bound
            and not isinstance(statement, ast.Import | ast.ImportFrom)
            and (values or not assigns)
        ):
            used = _names(statement)
            for name in bound:
                uses.setdefault(name, set()).update(used)
    needed: set[str] = set()
    while wanted:
        name = wanted.pop()
        needed.add(name)
        wanted |= uses.get(name, set()) - needed
    return frozenset(needed)


def _may_be_network(statement: ast.ClassDef) -> bool:
    methods = [getattr(part, "name", "") for part in statement.body]
    return bool(statement.bases) or any(name in LAB_METHODS for name in methods)


def _names(statement: ast.stmt) -> set[str]:
    """Names that a statement or a function in it may look up outside itself."""
    located = ast.fix_missing_locations(statement)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            code = compile(ast.Module([located], []), "<uses>", "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
    names: set[str] = set()
    waiting = [code]
    while waiting:
        one = waiting.pop()
        names.update(one.co_names)
        waiting += [const for const in one.co_consts if isinstance(const, types.CodeType)]
    return names


def _roots(target: ast.expr) -> Iterator[str]:
    """The names at the beginning of what is assigned to: `a` in `a.b[c]`."""
    if isinstance(target, ast.Tuple | ast.List):
        for item in target.elts:
            yield from _roots(item)
        return
    node: ast.expr = target
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
        node = node.value
    if isinstance(node, ast.Name):
        yield node.id


def _is_name(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


_WEIGHTS = re.compile(r"(?i)^(w|weights?|theta)(_?\w{0,2}|eights?_?\d*)$")
_VALUES = re.compile(r"^([XAaxhH]|inputs?|prev|A_prev|a_prev)_?\d*$")


def shows_columns(tree: ast.AST) -> bool:
    """Whether samples are columns, by a product of weights and values: `W1 @ X`, `W.dot(A)`."""
    return any(_WEIGHTS.match(left) and _VALUES.match(right) for left, right in _multiplied(tree))


def shows_rows(tree: ast.AST) -> bool:
    """Whether samples are rows of batches, by products: `X @ W1`, `a0.dot(w1)`, and no `x @ W`."""
    left = [value for value, weights in _multiplied(tree) if _WEIGHTS.match(weights)]
    return any(map(_VALUES.match, left)) and "x" not in left


def _multiplied(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """The names of what is multiplied as matrices."""
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
            yield _last_name(node.left), _last_name(node.right)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            args = list(node.args)
            if node.func.attr == "dot" and len(args) == 1:
                yield _last_name(node.func.value), _last_name(args[0])
            elif node.func.attr in ("dot", "matmul") and len(args) == 2:
                yield _last_name(args[0]), _last_name(args[1])


def _last_name(node: ast.expr) -> str:
    """`W1` in `W1`, `self.W1` and `params["W1"]`."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return str(node.slice.value)
    return ""
