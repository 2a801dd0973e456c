"""A learner's file as cells of statements: whatever parses, and notes on what does not."""

import ast
import json
import re
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

from chainrule.checking.learner.magics import SKIP, plain_python
from chainrule.checking.learner.salvage import Note, statements
from chainrule.errors import ChainruleError

MOST_BYTES = 100_000_000
# Codecs that Python takes for encodings of text, but nobody writes files in; slow with long ones.
_NO_ENCODINGS = frozenset(["idna", "punycode", "undefined"])
_CONFLICT = re.compile(r"^(<{7} |>{7} |={7}$)", re.MULTILINE)
_PERCENT_CELL = re.compile(r"^# ?%%(.*)$")


@dataclass(frozen=True)
class Cell:
    """One cell of a notebook, or a whole module.

    Attributes:
        number: counted from 1 over the code cells; None for a module.
        text: its source, as it is in the file.
        tree: the statements that are to be looked at.
        skipped: the statements that are marked as deliberately wrong.
    """

    number: int | None
    text: str
    tree: ast.Module
    skipped: tuple[ast.stmt, ...] = ()

    @property
    def filename(self) -> str:
        """How its code is called when it is compiled."""
        return "<file>" if self.number is None else f"<cell {self.number}>"


@dataclass(frozen=True, eq=False)  # what it imports may be others at each reading
class Source:
    """A learner's file, as it was read.

    Attributes:
        path: where it is.
        cells: in the order of the file.
        notes: what could not be used, and why.
    """

    path: Path
    cells: tuple[Cell, ...]
    notes: tuple[Note, ...] = ()


def read_source(path: Path) -> Source:
    """Read a notebook (`.ipynb`) or a module (`.py`).

    A cell that does not parse is used as far as it does.

    Raises:
        ChainruleError: if the file cannot be read at all.

    Examples:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder, "lab.py")
        ...     _ = path.write_text("W = (1,\\ndef sigmoid(X):\\n    return X\\n")
        ...     source = read_source(path)
        >>> [ast.unparse(cell.tree) for cell in source.cells]
        ['def sigmoid(X):\\n    return X']
        >>> source.notes[0].line
        1
    """
    suffix = path.suffix.lower()
    if suffix not in (".ipynb", ".py"):
        raise ChainruleError(f"{path} is neither a notebook (.ipynb) nor a Python file (.py)")
    return replace(_of_data(path, _read(path)))


@lru_cache(maxsize=4)  # its code may change a file, which is looked for at each reading
def _of_data(path: Path, data: bytes) -> Source:
    if path.suffix.lower() == ".ipynb":
        return _notebook(path, data)
    text = _decoded(path, data)
    conflict = _CONFLICT.search(text)
    if conflict and conflict[0].startswith("<"):
        raise _conflicted(path, text, conflict)
    notes: list[Note] = []
    if not text.strip():
        notes.append(Note(None, None, "", "the file is empty"))
    return Source(path, (_cell(None, text, notes),), tuple(notes))


@lru_cache(maxsize=256)
def nodes_of(tree: ast.AST) -> Sequence[ast.AST]:
    """All nodes of a file's tree, which nothing changes, as `ast.walk` gives them."""
    return tuple(ast.walk(tree))


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        what = "is a folder" if path.is_dir() else error.strerror or str(error)
        raise ChainruleError(f"{path} cannot be read: {what}") from error
    if len(data) > MOST_BYTES:
        raise ChainruleError(
            f"{path} is larger than {MOST_BYTES // 1_000_000} MB; clear its outputs and save it"
        )
    return data


def _decoded(path: Path, data: bytes) -> str:
    """Text of UTF-8, of UTF-16 with its mark, or of a module in the encoding that it declares."""
    encoding = "utf-8-sig"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif path.suffix.lower() == ".py":
        try:
            encoding, _ = tokenize.detect_encoding(BytesIO(data).readline)
        except SyntaxError:  # an unknown encoding, or not UTF-8 in the first lines
            encoding = "utf-8-sig"
    try:
        if encoding.replace("-", "_").lower() in _NO_ENCODINGS:
            raise LookupError
        return data.decode(encoding).replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ChainruleError(
            f"{path} is not text in UTF-8 (first at line {line}); save it again in UTF-8"
        ) from error
    except (LookupError, UnicodeError) as error:
        raise ChainruleError(
            f"{path} says that it is written in {encoding[:40]!r}, which is no way to write text; "
            "save it again in UTF-8"
        ) from error


def _conflicted(path: Path, text: str, conflict: "re.Match[str]") -> ChainruleError:
    line = text.count("\n", 0, conflict.start()) + 1
    return ChainruleError(
        f"{path} has merge-conflict markers, first at line {line}; keep one side of each "
        "conflict and save it again"
    )


def _notebook(path: Path, data: bytes) -> Source:
    if not data.strip():
        raise ChainruleError(f"{path} is empty: there is no notebook in it")
    text = _decoded(path, data)
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        conflict = _CONFLICT.search(text)
        if conflict:
            raise _conflicted(path, text, conflict) from error
        where = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise ChainruleError(
            f"{path} is not a notebook: its JSON is damaged{where}, perhaps cut short; "
            "save or download it again"
        ) from error
    found = _cells_of(content)
    if found is None:
        raise ChainruleError(f"{path} is not a notebook: its JSON holds no list of cells")
    language = _language(content)
    if language not in ("", "python"):
        raise ChainruleError(f"{path} is a notebook in {language[:40]!r}, not in Python")
    notes: list[Note] = []
    cells: list[Cell] = []
    for raw in found:
        if not isinstance(raw, dict) or raw.get("cell_type") != "code":
            continue
        number = len(cells) + 1
        source = raw.get("source", raw.get("input", ""))
        if isinstance(source, list):
            source = "".join(part for part in source if isinstance(part, str))
        if not isinstance(source, str):
            notes.append(Note(number, None, "", "the cell's source is not text"))
            source = ""
        source = source.replace("\r\n", "\n").replace("\r", "\n")
        cells.append(_cell(number, source, notes, _is_tagged(raw)))
    if not any(cell.text.strip() for cell in cells):
        notes.append(Note(None, None, "", "the notebook has no code in it"))
    return Source(path, tuple(cells), tuple(notes))


def _cells_of(content: Any) -> list[Any] | None:
    """The cells, also of the older format, where they stand in worksheets."""
    if not isinstance(content, dict):
        return None
    if isinstance(content.get("cells"), list):
        return list(content["cells"])
    sheets = content.get("worksheets")
    if not isinstance(sheets, list):
        return None
    lists = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
    return [cell for cells in lists if isinstance(cells, list) for cell in cells]


def _language(content: dict[str, Any]) -> str:
    metadata = content.get("metadata")
    if not isinstance(metadata, dict):
        return ""
    for section, key in (("kernelspec", "language"), ("language_info", "name")):
        value = metadata.get(section)
        if isinstance(value, dict) and isinstance(value.get(key), str):
            return re.sub(r"^i?python.*", "python", value[key].lower())
    return ""


def _is_tagged(raw: dict[str, Any]) -> bool:
    metadata = raw.get("metadata")
    tags = metadata.get("tags") if isinstance(metadata, dict) else None
    return isinstance(tags, list) and "chainrule-skip" in tags


def _cell(number: int | None, text: str, notes: list[Note], tagged: bool = False) -> Cell:
    """Parse a cell; a comment that marks it counts for a whole cell, or in a module for a part."""
    tree = statements(plain_python(text), text, number, notes)
    if number is not None:
        if tagged or SKIP.search(text):
            lines = enumerate(text.split("\n"), 1)
            code = ((n, line) for n, line in lines if line.strip() and line.strip()[0] != "#")
            notes.append(_skipped(number, *next(code, (1, ""))))
            return Cell(number, text, ast.Module([], []), tuple(tree.body))
        return Cell(number, text, tree)
    all_lines = text.split("\n")
    marked = set(_marked_lines(all_lines))
    kept, skipped = [], []
    for statement in tree.body:
        first = min([statement.lineno, *(d.lineno for d in decorators(statement))])
        if {first, first - 1, statement.lineno} & marked:
            skipped.append(statement)
            notes.append(_skipped(None, statement.lineno, all_lines[statement.lineno - 1]))
        else:
            kept.append(statement)
    return Cell(None, text, ast.Module(kept, []), tuple(skipped))


def _skipped(cell: int | None, line: int, source: str) -> Note:
    """What is said of what is marked as wrong on purpose."""
    return Note(cell, line, source.strip(), "marked to be skipped, and not looked at")


def decorators(statement: ast.stmt) -> Sequence[ast.expr]:
    """Those of a definition; of any other statement none."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return statement.decorator_list
    return ()


def _marked_lines(lines: Sequence[str]) -> Iterator[int]:
    """Lines of a module with a mark that what is on them or directly below is to be skipped."""
    in_cell = False
    for number, line in enumerate(lines, 1):
        percent = _PERCENT_CELL.match(line)
        if percent:
            in_cell = bool(re.search(r"tags\s*=\s*\[[^\]]*chainrule-skip", percent[1]))
        if in_cell or SKIP.search(line):
            yield number


def targets(statement: ast.stmt) -> Iterator[str]:
    """Names that a statement assigns at its own level, not in functions or classes within."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda):
            continue
        if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            yield from (n.target.id for n in ast.walk(node) if isinstance(n, ast.NamedExpr))
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        waiting.extend(ast.iter_child_nodes(node))


def assigned_names(source: Source) -> frozenset[str]:
    """All names that are assigned anywhere at the top level of a file."""
    return frozenset(
        name
        for cell in source.cells
        for part in (*cell.tree.body, *cell.skipped)
        for name in targets(part)
    )
