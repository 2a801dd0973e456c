"""The statements of a learner's source, and what each gives a name to."""

import ast
from collections.abc import Sequence
from typing import NamedTuple

from chainrule.checking.learner.project import sheets_of
from chainrule.checking.learner.source import Source
from chainrule.checking.record.table import Code

TOP = "…"  # name of what is given to no name
_WHOLE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.While, ast.If,
          ast.With, ast.Try)  # fmt: skip


class Piece(NamedTuple):
    """What a quantity is called and computed as, and where."""

    name: str
    code: str
    place: str


class Statements:
    """The statements of a source and its modules, by their places."""

    def __init__(self, source: Source) -> None:
        self._sheets: dict[tuple[str, int], list[ast.stmt]] = {}
        for key, sheet in sheets_of(source).items():
            nodes = [n for n in ast.walk(sheet.tree) if isinstance(n, ast.stmt)]
            # The innermost first: what stands in a loop belongs to its own statement.
            nodes.sort(key=lambda n: (n.lineno, n.col_offset), reverse=True)
            self._sheets[key] = nodes

    def at(self, code: Code) -> tuple[ast.stmt | None, int]:
        """The statement in which code stands, and in which element of what it gives."""
        begin = code.line, code.column
        statement = next(
            (s for s in self._sheets.get(code.sheet, ())
             if (s.lineno, s.col_offset) <= begin <= (s.end_lineno or 0, s.end_col_offset or 0)),
            None,
        )  # fmt: skip
        return statement, -1 if statement is None else _element(statement, code)

    def piece(self, codes: Sequence[Code]) -> Piece:
        """The quantity that a piece of code computes a part of.

        Args:
            codes: where it stands, and from where that was called.
        """
        code = codes[0]
        statement, element = self.at(code)
        line = code.line if statement is None else statement.lineno
        function = code.function.rpartition(".")[2]
        name, value = ("", None) if statement is None else _named(statement, element)
        for called in codes[1:] if isinstance(statement, ast.Return) and not name else ():
            outer, _ = self.at(called)
            name = "" if outer is None else _named(outer, element)[0]
            if not isinstance(outer, ast.Return):
                break
        if not name:
            name = TOP if not function or function.startswith("<") else f"{function}()"
        text = "" if value is None else ast.unparse(value)
        line = line if value is None else value.lineno
        return Piece(name, text, str(code._replace(line=line)) if line else "")


def _element(statement: ast.stmt, code: Code) -> int:
    """Which of several values that stand side by side; −1 if it is one."""
    value = getattr(statement, "value", None)
    values = value.elts if isinstance(value, ast.Tuple | ast.List) else ()
    values = value.values if isinstance(value, ast.Dict) else values
    for i, one in enumerate(values):
        begin, end = (one.lineno, one.col_offset), (one.end_lineno or 0, one.end_col_offset or 0)
        if begin <= (code.line, code.column) <= end:
            return i
    return -1


def _named(statement: ast.stmt, element: int) -> tuple[str, ast.expr | None]:
    """What a statement gives a value to, and the value; "" if it has no name."""
    value: ast.expr | None = getattr(statement, "value", None)
    target: ast.expr | None = getattr(statement, "target", None)
    if isinstance(statement, _WHOLE):
        return "", None
    if isinstance(statement, ast.Assign):
        target = statement.targets[0]
    if isinstance(statement, ast.Expr) and isinstance(value, ast.Call):
        function = value.func
        if isinstance(function, ast.Attribute) and function.attr in ("append", "insert"):
            return _short(function.value), value.args[-1] if value.args else None
    if isinstance(statement, ast.AugAssign):
        value = ast.BinOp(statement.target, statement.op, statement.value,
                          lineno=statement.lineno, col_offset=0)  # fmt: skip
    if element >= 0 and isinstance(value, ast.Dict):
        key = value.keys[element]
        return "" if key is None else _short(key), value.values[element]
    if element >= 0 and isinstance(value, ast.Tuple | ast.List):
        value = value.elts[element]
    if isinstance(target, ast.Tuple | ast.List) and 0 <= element < len(target.elts):
        target = target.elts[element]
    return "" if target is None else _short(target), value


def _short(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    return ast.unparse(node).removeprefix("self.")
