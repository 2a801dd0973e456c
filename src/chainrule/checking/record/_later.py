"""What a file trains later, where the first that it trains is no network with targets.

A notebook may go down a slope that it draws before it comes to a network, or a network learn its
inputs before it learns targets. What is seen of a run ends after a few steps of the first; so the
file runs again without the statement that makes these.
"""

import ast
from collections.abc import Iterator, Sequence

from chainrule.checking.learner.source import Source
from chainrule.checking.record._form import Spot
from chainrule.checking.record._runs import Runs
from chainrule.checking.record.table import Code

MOST_LEFT_OUT = 2


def trains_first(runs: Runs, source: Source) -> Spot | None:
    """The outermost statement in which parameters change that others follow; None if none is.

    Args:
        runs: a run that ended when enough was seen.
        source: the file.
    """
    if runs.first.stop.kind != "enough" or not runs.updates:
        return None
    frames = [code for code in runs.code(min(runs.updates)) if not code.file]
    for code in reversed(frames):
        cell = next((c for c in source.cells if (c.number or 0) == code.cell), None)
        if cell is None:
            return None
        body = list(_around(cell.tree, code))
        more = code.function == "<module>" and cell is not source.cells[-1]
        for place, statement in enumerate(body):
            last = statement.end_lineno or statement.lineno
            within = statement.lineno <= code.line <= last
            if within and (more or place + 1 < len(body)):
                return (code.cell, statement.lineno, statement.col_offset)
    return None


def _around(tree: ast.Module, code: Code) -> Iterator[ast.stmt]:
    """The statements that are done one after the other where a frame is, in the same function."""
    body: Sequence[ast.stmt] = tree.body
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef) or not code.function.endswith(node.name):
            continue
        if node.lineno <= code.line <= (node.end_lineno or node.lineno):
            body = node.body
    for statement in body:
        if isinstance(statement, ast.If):  # as whether it is the file that is run
            yield from statement.body
        else:
            yield statement
