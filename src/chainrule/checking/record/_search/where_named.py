"""Mistakes told where what is wrong got its name, by a statement that computes nothing.

Such a statement leaves no operation in the record: `d = d_out`, where a factor is missing, or a
`reshape` that takes numbers in another order than they went forward in.
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace

from chainrule.checking.learner.project import sheets_of
from chainrule.checking.learner.source import Source
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.spots import WrongCode
from chainrule.checking.record.table import Code

_Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Module


def where_named(
    source: Source, one: Judgement, mistakes: Sequence[WrongCode]
) -> tuple[WrongCode, ...]:
    """The mistakes, each at the statement that names all that it is taken by, if there is one."""
    computing = {(c.sheet, c.line) for codes in one.runs.first.places for c in codes}
    return tuple(_moved(source, one, m, computing) if m.taken_by else m for m in mistakes)


def _moved(
    source: Source,
    one: Judgement,
    mistake: WrongCode,
    computing: set[tuple[tuple[str, int], int]],
) -> WrongCode:
    found = set[Code]()
    for operand in mistake.taken_by:
        codes = one.runs.code(operand.number)
        several = len(one.runs.operation(operand.number).ids)
        named = None if not codes else _naming(source, codes[0], operand.place, several)
        if named is None or (named.sheet, named.line) in computing:
            return mistake
        found.add(named)
    return replace(mistake, code=found.pop()) if len(found) == 1 else mistake


def _naming(source: Source, code: Code, place: int, several: int) -> Code | None:
    """The last statement before some code that gives a name to one of several that go in there."""
    sheet = sheets_of(source).get(code.sheet)
    homes = [n for n in ast.walk(sheet.tree) if isinstance(n, _Function)] if sheet else []
    within = [h for h in homes if any(_is_at(n, code) for n in ast.walk(h))]
    if not within:
        return None
    nodes = [*ast.walk(within[-1])]  # the innermost comes last
    taken = next((n for e in nodes if _is_at(e, code) for n in _taken(e, place, several)), None)
    before = [
        n for n in nodes
        if isinstance(n, ast.stmt) and (n.end_lineno or 0) < code.line
        and any(isinstance(t, ast.Name) and t.id == taken and isinstance(t.ctx, ast.Store)
                for t in ast.walk(n))
        and not isinstance(n, ast.For | ast.While | ast.If | ast.With | ast.Try | _Function)
    ]  # fmt: skip
    last = max(before, key=lambda n: n.lineno, default=None)
    if not isinstance(last, ast.Assign) or not isinstance(last.targets[0], ast.Name):
        return None
    return code.at(last)


def _is_at(node: ast.AST, code: Code) -> bool:
    return (
        isinstance(node, ast.BinOp | ast.Call)
        and (node.lineno, node.col_offset) == (code.line, code.column)
        and (node.end_lineno, node.end_col_offset) == (code.last_line, code.last_column)
    )


def _taken(node: ast.AST, place: int, several: int) -> Iterator[str]:
    """The name of what goes in at a place, if it is a plain one; it may be transposed."""
    given: list[ast.expr] = []
    if isinstance(node, ast.BinOp):
        given = [node.left, node.right]
    elif isinstance(node, ast.Call):
        given = [each for each in node.args if not isinstance(each, ast.Constant)]
        if isinstance(node.func, ast.Attribute) and len(given) < several:
            given.insert(0, node.func.value)  # of a method
    one = given[place] if place < len(given) else node
    if isinstance(one, ast.Attribute) and one.attr == "T":
        one = one.value
    if isinstance(one, ast.Name):
        yield one.id
