"""What is written beside code for whoever reads it."""

import ast

from chainrule.checking.learner.project import sheets_of
from chainrule.checking.learner.source import Source
from chainrule.checking.record.table import Code

_CROSS_ENTROPY = ("entrop", "交叉熵", "энтроп", "クロスエントロピー")


def says_cross_entropy(source: Source, code: Code) -> bool:
    """Whether the comment at some code, or its function's docstring, speaks of cross-entropy."""
    sheet = sheets_of(source).get(code.sheet)
    if sheet is None:
        return False
    lines = sheet.text.splitlines()
    above = code.line - 1  # lines are counted from 1 on
    while above > 0 and lines[above - 1].lstrip().startswith("#"):
        above -= 1
    comments = [line.partition("#")[2] for line in lines[above : code.last_line]]
    docstrings = [
        ast.get_docstring(node) or ""
        for node in ast.walk(sheet.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.lineno <= code.line <= (node.end_lineno or 0)
    ]
    written = "\n".join(comments + docstrings).lower()
    return any(word in written for word in _CROSS_ENTROPY)
