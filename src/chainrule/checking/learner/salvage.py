"""The statements of a cell that parse, where the cell as a whole does not."""

import ast
import contextlib
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from chainrule.checking.learner.magics import LineScanner

_PRINT = re.compile(
    r"^([ \t]*(?:(?:if|else|for|while)\b[^\n#\"']*:[ \t]*)?)(print[ \t]+(?![=(.])[^\n]*|print)$",
    re.MULTILINE,
)
_OF_PYTHON_2 = "does not parse: a `print` without parentheses is of Python 2, and left out here"
_CONTINUES = re.compile(r"(else|elif|except|finally)\b|[)\]}]")
_BEGINS = re.compile(r"(async\s+def|def|class|import|from)\b|@\w|if __name__\b")
_DEFINES = re.compile(r"\s*(?:async\s+)?(?:def|class)\s+(\w+)")


@dataclass(frozen=True)
class Note:
    """Something in a file that could not be used.

    Attributes:
        cell: of a notebook, counted from 1.
        line: in the cell or the file, counted from 1.
        source: that line.
        message: why.
    """

    cell: int | None
    line: int | None
    source: str
    message: str


def parse(text: str, above: int = 0) -> ast.Module:
    """Parse without a word on what is merely odd.

    Args:
        text: Python.
        above: how many lines stand above it: so much later are all lines.

    Raises:
        SyntaxError: if it is not Python, or nested too deeply.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
            if above:
                ast.increment_lineno(tree, above)
            return tree
    except SyntaxError as error:
        if error.lineno is not None:
            error.lineno += above
        raise
    except (ValueError, RecursionError, MemoryError) as error:
        message = "a null character" if isinstance(error, ValueError) else "nested too deeply"
        raise SyntaxError(message) from error


def statements(text: str, shown: str, cell: int | None, notes: list[Note]) -> ast.Module:
    """The statements of a cell that parse.

    In place of a definition that does not, there is one of the same name that says so when it is
    called; of a class, the methods that parse stay.

    Args:
        text: Python.
        shown: the same as it stands in the file.
        cell: of a notebook, counted from 1.
        notes: where to write down what does not parse.

    Examples:
        >>> text = "x = (1\\ndef f(X):\\n    return X"
        >>> notes = []
        >>> ast.unparse(statements(text, text, None, notes))
        'def f(X):\\n    return X'
        >>> notes[0].message
        "does not parse: '(' was never closed"
    """
    try:
        return parse(text)
    except SyntaxError:
        pass
    without = _PRINT.sub(r"\1pass", text)
    with contextlib.suppress(SyntaxError):
        tree = parse(without)
        line = text.count("\n", 0, next(_PRINT.finditer(text)).start(2)) + 1
        shows = shown.split("\n")[line - 1].strip()
        notes.append(Note(cell, line, shows, _OF_PYTHON_2))
        return tree
    lines = text.split("\n")
    found: list[ast.stmt] = []
    notebook = _Notebook(shown.split("\n"), cell, notes)
    for first, last in _chunks(lines, 0, 0, len(lines)):
        found += _chunk(lines, first, last, notebook)
    return ast.Module(found, [])


@dataclass(frozen=True)
class _Notebook:
    """What notes need: the lines as they stand in the file, the cell, and the notes."""

    lines: list[str]
    cell: int | None
    notes: list[Note]

    def write_down(
        self, error: SyntaxError, first: int, last: int, definition: bool = True
    ) -> int:
        """Note an error in the lines from `first` up to `last`, counted from 0; give its line.

        Of what is no definition one note for each cell is enough.
        """
        line = min(max(error.lineno or first + 1, first + 1), last)
        if not self.lines[line - 1].strip():
            line = first + 1
        message = f"does not parse: {error.msg}"
        if definition or not any(note.cell == self.cell for note in self.notes):
            self.notes.append(Note(self.cell, line, self.lines[line - 1].strip(), message))
        return line


def _chunk(lines: list[str], first: int, last: int, notebook: _Notebook) -> list[ast.stmt]:
    """The statements of some lines, as far as they parse."""
    try:
        return parse("\n".join(lines[first:last]), first).body
    except SyntaxError as error:
        head = next((i for i in range(first, last) if _DEFINES.match(lines[i])), None)
        if head is not None and lines[head].startswith("class"):
            whole = _class(lines, first, head, last, notebook)
            if whole:
                return whole
        line = notebook.write_down(error, first, last, head is not None)
        if head is None or lines[head].startswith((" ", "\t")):
            return []
        return [_broken(lines[head], head, line, error)]


def _class(
    lines: list[str], first: int, head: int, last: int, notebook: _Notebook
) -> list[ast.stmt]:
    """A class with those of its methods that parse; nothing, if the fault is elsewhere in it."""
    body = next((i for i in range(head + 1, last) if lines[i].strip()[:1] not in ("", "#")), last)
    if body == last:
        return []
    indent = len(lines[body]) - len(lines[body].lstrip())
    kept = lines[first:last]
    broken: list[tuple[int, int, SyntaxError]] = []
    for start, end in _chunks(lines, indent, body, last):
        part = [line[indent:] if line[:indent].isspace() else line for line in lines[start:end]]
        try:
            parse("\n".join(part), start)
        except SyntaxError as error:
            at = next((i for i in range(start, end) if _DEFINES.match(lines[i])), None)
            kept[start - first : end - first] = [
                " " * indent + "pass",
                *("" for _ in range(end - start - 1)),
            ]
            broken.append((start if at is None else at, end, error))
    try:
        whole = parse("\n".join(kept), first).body
    except SyntaxError:
        return []
    for at, end, fault in broken:
        line = notebook.write_down(fault, at, end)
        if _DEFINES.match(lines[at]) and isinstance(whole[-1], ast.ClassDef):
            whole[-1].body.append(_broken(lines[at][indent:], at, line, fault))
    return whole


def _broken(head: str, at: int, line: int, error: SyntaxError) -> ast.stmt:
    """A function that says that it does not parse, in place of one that does not."""
    match = _DEFINES.match(head)
    name = match[1] if match and match[1].isidentifier() else "_"
    raises = f"raise SyntaxError({f'it does not parse: {error.msg}'!r})"
    try:
        (made,) = parse(f"{head.strip()}\n    {raises}").body
    except (SyntaxError, ValueError):
        method = "self, " if head[:1].isspace() else ""
        (made,) = parse(f"def {name}({method}*args, **kwargs):\n    {raises}").body
    if isinstance(made, ast.ClassDef):
        made.body = parse(f"def __init__(self, *args, **kwargs):\n    {raises}").body
    for node in ast.walk(made):
        if isinstance(node, ast.stmt | ast.expr):
            node.lineno = node.end_lineno = line if node is not made else at + 1
    return made


def _chunks(lines: list[str], indent: int, first: int, last: int) -> Iterator[tuple[int, int]]:
    """Where the statements begin and end that stand at an indentation, right or wrong.

    A definition begins a new one even if a bracket above was never closed.
    """
    starts = [first]
    scanner = LineScanner()
    decorated = False
    for i in range(first, last):
        line = lines[i]
        bare = line[indent:]
        at_level = bool(bare) and not bare[0].isspace() and not line[:indent].strip()
        if at_level and not scanner.in_string:
            if scanner.is_open and _BEGINS.match(bare):
                scanner.forget_brackets()
            if not scanner.is_open and not _CONTINUES.match(bare) and not decorated:
                starts.append(i)
            decorated = bare.startswith(("@", "#")) and (decorated or bare.startswith("@"))
        scanner.read(line)
    yield from zip(starts, [*starts[1:], last], strict=True)
