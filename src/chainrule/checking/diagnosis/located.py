"""Where in a function the code stands that a blame is about, if its text leaves no doubt.

A function that does nothing but return one expression is wrong in it. The gradient of a parameter
is the value under the parameter's name in a dictionary, if nothing changes it there. The error at
the output is the one place where something is subtracted, and it is targets, or from them. An
update of wrong sign is the one statement that adds to the parameter. Nothing less certain is
pointed at.
"""

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from chainrule.checking.diagnosis.blame import Blame, Excerpt
from chainrule.checking.diagnosis.finding import Finding
from chainrule.checking.learner.source import Source

_ERROR_AT_OUTPUT = ("grad_z_o", "grad_z")  # the second in a network of one layer
_TARGETS = re.compile(r"true|target|label|hot|^[yt]$", re.IGNORECASE)
_AT_THEIR_LINE = ("wrong-shape", "fixed-classes")


@dataclass(frozen=True)
class FunctionSource:
    """A function in its source.

    Attributes:
        tree: of the function.
        lines: of the cell or the file that it stands in.
        cell: of a notebook, counted from 1.
    """

    tree: ast.FunctionDef
    lines: Sequence[str]
    cell: int | None = None


def definition_at(tree: ast.AST, lines: Sequence[str], cell: int | None, line: int | None) -> (
    FunctionSource | None
):  # fmt: skip
    """The function that is defined in a line of a cell or a file; None if there is none."""
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    found = next((node for node in nodes if node.lineno == line), None)
    return None if found is None else FunctionSource(found, lines, cell)


def located_in(source: Source, findings: Sequence[Finding]) -> list[Finding]:
    """The findings of a file, with the code of their blames where it is known."""

    def definition_of(finding: Finding) -> FunctionSource | None:
        cell = next((c for c in source.cells if c.number == finding.cell), None)
        if cell is None:
            return None
        return definition_at(cell.tree, cell.text.split("\n"), finding.cell, finding.line)

    return located(findings, definition_of)


def located(
    findings: Sequence[Finding], definition_of: Callable[[Finding], FunctionSource | None]
) -> list[Finding]:
    """The findings with the code of their blames where it is known.

    Args:
        findings: on functions and methods.
        definition_of: gives the function that a finding is on, if its source is known.
    """
    return [_with_code(finding, definition_of) for finding in findings]


def _with_code(
    finding: Finding, definition_of: Callable[[Finding], FunctionSource | None]
) -> Finding:
    definition = definition_of(finding) if finding.blames and not finding.problem else None
    if finding.passed is not False or definition is None:
        return finding
    blames = tuple(_located(blame, finding, definition) for blame in finding.blames)
    at = next((b.excerpt for b in blames if b.fault in _AT_THEIR_LINE and b.excerpt), None)
    return replace(finding, blames=blames, line=finding.line if at is None else at.line)


def _located(blame: Blame, finding: Finding, definition: FunctionSource) -> Blame:
    node: ast.expr | ast.stmt | None = None
    if blame.fault == "wrong-shape":
        node = _assignment(definition.tree, blame.quantity)
    elif blame.fault == "fixed-classes":
        node = _of_number(definition.tree, int(blame.computed))
    elif blame.quantity in _ERROR_AT_OUTPUT:
        node = _output_error(definition.tree)
    elif blame.quantity.startswith("grad_"):
        node = _gradient(definition.tree, blame.quantity.removeprefix("grad_"))
    elif finding.name.endswith(".train"):
        node = _addition(definition.tree, blame.quantity)
    elif blame.quantity in ("", finding.name) and len({one.fault for one in finding.blames}) == 1:
        node = _only_expression(definition.tree)
    return blame if node is None else replace(blame, excerpt=_excerpt(node, definition))


def _of_number(function: ast.FunctionDef, number: int) -> ast.expr | None:
    """What a number is given to, where it stands only once."""
    inside = [
        node for node in ast.walk(function) if isinstance(node, ast.expr)
        for child in ast.iter_child_nodes(node)
        if isinstance(child, ast.Constant) and child.value == number
    ]  # fmt: skip
    return inside[0] if len(inside) == 1 else None


def _only_expression(function: ast.FunctionDef) -> ast.expr | None:
    """What is returned, if nothing else is done but to say what it is."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    only = body[0] if len(body) == 1 else None
    return only.value if isinstance(only, ast.Return) else None


def _output_error(function: ast.FunctionDef) -> ast.expr | None:
    """Where the only difference to targets is taken, with what it is multiplied or divided by."""
    differences = [
        node for node in ast.walk(function)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub)
        and not isinstance(node.left, ast.Constant)
    ]  # fmt: skip
    if len(differences) != 1 or not any(map(_is_of_targets, ast.iter_child_nodes(differences[0]))):
        return None
    (whole,) = differences
    for node in ast.walk(function):  # the outermost product or quotient comes first
        if isinstance(node, ast.BinOp) and any(whole is factor for factor in _factors(node)):
            return node
    return whole


def _is_of_targets(node: ast.AST) -> bool:
    named = node.func if isinstance(node, ast.Call) else node
    return isinstance(named, ast.Name) and bool(_TARGETS.search(named.id))


def _factors(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
        yield from _factors(node.left)
        yield from _factors(node.right)
    else:
        yield node


def _gradient(function: ast.FunctionDef, parameter: str) -> ast.expr | None:
    """The value under the name of a parameter in a dictionary, if there is only one."""
    values = list(_entries(function, parameter))
    if len(values) != 1 or any(map(_changes_all, ast.walk(function))):
        return None
    value = values[0]
    if not isinstance(value, ast.Name):
        return value if isinstance(value, ast.BinOp | ast.Call | ast.UnaryOp) else None
    same = [n for n in ast.walk(function) if isinstance(n, ast.Name) and n.id == value.id]
    given = [n for n in same if isinstance(n.ctx, ast.Store)]
    if len(given) != 1:
        return None
    if len(same) > 2:  # it is more than this gradient: what is wrong is that it stands here
        return value
    return next(
        (n.value for n in ast.walk(function) if isinstance(n, ast.Assign) and n.targets == given),
        None,
    )


def _entries(function: ast.FunctionDef, name: str) -> Iterator[ast.expr]:
    for node in ast.walk(function):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == name:
                    yield value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            if node.func.id == "dict":
                yield from (word.value for word in node.keywords if word.arg == name)
        elif isinstance(node, ast.Assign | ast.AugAssign):
            key = getattr(_target(node), "slice", None)
            if isinstance(key, ast.Constant) and key.value == name:
                yield node.value


def _changes_all(node: ast.AST) -> bool:
    """Whether something goes over all entries of a dictionary, and may change them."""
    if isinstance(node, ast.DictComp):
        return True
    key = getattr(_target(node), "slice", None) if isinstance(node, ast.stmt) else None
    return key is not None and not isinstance(key, ast.Constant)


def _target(node: ast.stmt) -> ast.expr | None:
    """What a statement gives a value to first."""
    if isinstance(node, ast.Assign):
        return node.targets[0]
    return node.target if isinstance(node, ast.AugAssign) else None


def _addition(function: ast.FunctionDef, parameter: str) -> ast.stmt | None:
    """The statement that gives a parameter its new value, if it is the only one, and adds."""
    only = _assignment(function, parameter)
    operation = getattr(only, "value", None) if isinstance(only, ast.Assign) else only
    return only if isinstance(getattr(operation, "op", None), ast.Add) else None


def _assignment(function: ast.FunctionDef, parameter: str) -> ast.stmt | None:
    """The statement that gives a parameter its value, if it is the only one."""
    statements = [
        node for node in ast.walk(function) if isinstance(node, ast.Assign | ast.AugAssign)
        and ast.unparse(_target(node) or node.value) == f"self.{parameter}"
    ]  # fmt: skip
    return statements[0] if len(statements) == 1 else None


def _excerpt(node: ast.expr | ast.stmt, definition: FunctionSource) -> Excerpt | None:
    begin = node.lineno, node.col_offset
    end = node.end_lineno or node.lineno, node.end_col_offset or 0
    return Excerpt.between(definition.lines, begin, end, definition.cell)
