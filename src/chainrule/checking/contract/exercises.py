"""The exercises of the lab, as the sources of its parts have them."""

import ast
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Any

_BEGIN, _END = "### BEGIN SOLUTION", "### END SOLUTION"
_ASSIGNED = re.compile(r"^ *(\w+) = ")
_CALL = re.compile(r"`(\w+\([^`]*\))`")


@dataclass(frozen=True)
class Exercise:
    """A function or a class that the lab asks for.

    Attributes:
        name: of it.
        part: of the lab, counted from 1.
        solution: its source, with what is right.
        asked: methods that are to be written; "" for a function.
        examples: calls in its text, of numbers alone.
        following: code of its part that uses it further down, a statement each.
        given_names: what the learners' notebook calls quantities in it: those that it gives
            values, and those of its lines `name = ...`.
        given_lines: lines that stand in the learners' notebook as they are.
    """

    name: str
    part: int
    solution: str
    asked: tuple[str, ...]
    examples: tuple[str, ...] = ()
    following: tuple[str, ...] = ()
    given_names: frozenset[str] = frozenset()
    given_lines: frozenset[str] = frozenset()

    @cached_property
    def tree(self) -> ast.FunctionDef | ast.ClassDef:
        """The syntax of the solution."""
        (node,) = ast.parse(self.solution).body
        assert isinstance(node, ast.FunctionDef | ast.ClassDef)
        return node

    @property
    def methods(self) -> Mapping[str, ast.FunctionDef]:
        """Methods of a class by name, but for the constructor; the function itself under ""."""
        tree = self.tree
        if isinstance(tree, ast.FunctionDef):
            return {"": tree}
        return {
            node.name: node
            for node in tree.body
            if isinstance(node, ast.FunctionDef) and node.name != "__init__"
        }

    @property
    def is_class(self) -> bool:
        """Whether it is a class."""
        return isinstance(self.tree, ast.ClassDef)

    def with_earlier(self, earlier: "Exercise") -> "Exercise":
        """The same, with all that an earlier part asks for of it and does with it."""
        written = {line.strip() for line in earlier.solution.split("\n")} - earlier.given_lines
        return replace(
            self,
            asked=(*earlier.asked, *(m for m in self.asked if m not in earlier.asked)),
            examples=tuple(dict.fromkeys((*earlier.examples, *self.examples))),
            following=tuple(dict.fromkeys((*earlier.following, *self.following))),
            given_names=earlier.given_names | self.given_names,
            given_lines=(earlier.given_lines | self.given_lines) - written,
        )


@dataclass(frozen=True)
class Lab:
    """All exercises of the lab.

    Attributes:
        exercises: by name, as the last part has them that goes on with them.
        earlier: what parts before that ask of the same name, the last first.
    """

    exercises: Mapping[str, Exercise]
    earlier: Mapping[str, tuple[Exercise, ...]]

    def exercise(self, name: str, methods: Collection[str]) -> Exercise:
        """What is asked of a definition: that of the last part of whose own methods it has one.

        Args:
            name: of the exercise.
            methods: of the definition, if it is a class.
        """
        last, earlier = self.exercises[name], self.earlier.get(name, ())
        for one, before in zip((last, *earlier), earlier, strict=False):
            if set(one.methods).difference(before.methods).intersection(methods):
                return one
        return (last, *earlier)[-1]

    @property
    def solutions(self) -> str:
        """The source of all of them together, in the order of the lab."""
        return "\n\n\n".join(exercise.solution for exercise in self.exercises.values())


@cache
def read_lab(folder: Path) -> Lab:
    """Read the sources of the lab's parts, Python in jupytext's percent format, in a folder."""
    exercises: dict[str, Exercise] = {}
    earlier: dict[str, tuple[Exercise, ...]] = {}
    for path in sorted(folder.glob("[0-9]*.py")):
        part = int(path.stem.split("_")[0])
        for exercise in _exercises(path.read_text("utf-8"), part):
            name, before = exercise.name, exercises.get(exercise.name)
            if before is None:
                exercises[name] = exercise
                continue
            exercises[name] = exercise.with_earlier(before)
            earlier[name] = (before, *earlier.get(name, ()))
    return Lab(exercises, earlier)


_HELD = "__chainrule_lab__"  # among a notebook's names: where the sources of the lab's parts are


def hold_to_contract(names: dict[str, Any], parts: Path) -> None:
    """Judge the exercises of the lab by its contract from now on, in a notebook with these names.

    Args:
        names: the notebook's globals.
        parts: folder of the sources of the lab's parts.
    """
    names[_HELD] = parts


def lab_of(names: Mapping[str, Any]) -> Lab | None:
    """The lab to whose contract a notebook with these names is held; None if to none."""
    parts = names.get(_HELD)
    return read_lab(parts) if isinstance(parts, Path) else None


@dataclass(frozen=True)
class _Cell:
    """A cell of a part: its text, whether it is code, and whether it is an exercise."""

    text: str
    is_code: bool
    is_exercise: bool


def _cells(text: str) -> list[_Cell]:
    cells = []
    for cell in re.split(r"^(?=# %%)", text, flags=re.MULTILINE):
        first, _, rest = cell.partition("\n")
        cells.append(_Cell(rest, "[markdown]" not in first, '"exercise"' in first))
    return cells


def _exercises(text: str, part: int) -> Iterator[Exercise]:
    cells = _cells(text)
    written = [list(_definitions(cell, part)) if cell.is_exercise else [] for cell in cells]
    asked_for = {exercise.name for exercises in written for exercise in exercises}
    for place, exercises in enumerate(written):
        above = "\n".join(_text_above(cells, place))
        for exercise in exercises:
            name = exercise.name
            calls = (c for c in _CALL.findall(above) if c.startswith(f"{name}(") and _plain(c))
            following = _uses(cells, place, name, asked_for)
            yield replace(exercise, examples=tuple(dict.fromkeys(calls)), following=following)


def _text_above(cells: Sequence[_Cell], place: int) -> Iterator[str]:
    """The text between an exercise and the code above it, without the marks of comments."""
    for cell in reversed(cells[:place]):
        if cell.is_code:
            return
        yield re.sub(r"^# ?", "", cell.text, flags=re.MULTILINE)


def _definitions(cell: _Cell, part: int) -> Iterator[Exercise]:
    """What a cell defines, as an exercise of which only this cell is known."""
    every = cell.text.split("\n")
    for node in ast.parse(cell.text).body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef):
            continue
        lines = every[node.lineno - 1 : node.end_lineno]
        asked: tuple[str, ...] = ("",)
        if isinstance(node, ast.ClassDef):
            asked = tuple(
                n.name
                for n in node.body
                if isinstance(n, ast.FunctionDef)
                and any(_BEGIN in line for line in every[n.lineno - 1 : n.end_lineno])
            )
        yield Exercise(
            node.name,
            part,
            "\n".join(line for line in lines if line.strip() not in (_BEGIN, _END)),
            asked,
            given_names=frozenset(_given_names(lines)),
            given_lines=frozenset(_given_lines(lines)),
        )


def _given_lines(lines: Sequence[str]) -> Iterator[str]:
    """Lines outside of the solutions, without their indentation."""
    inside = False
    for line in map(str.strip, lines):
        inside = line == _BEGIN or (inside and line != _END)
        if not inside and line != _END:
            yield line


def _given_names(lines: Sequence[str]) -> Iterator[str]:
    """Names that get a value outside of the solutions, or by the plain lines of one."""
    region: list[str] | None = None
    for line in lines:
        if line.strip() == _BEGIN:
            region = []
        elif line.strip() == _END and region is not None:
            if all(map(_ASSIGNED.match, filter(str.strip, region))):
                yield from (assigned[1] for line in region if (assigned := _ASSIGNED.match(line)))
            region = None
        elif region is not None:
            region.append(line)
        elif assigned := _ASSIGNED.match(line):
            yield assigned[1]


def _plain(call: str) -> bool:
    """Whether a call has numbers alone for arguments."""
    try:
        node = ast.parse(call, mode="eval").body
        if not isinstance(node, ast.Call) or node.keywords:
            return False
        for argument in node.args:
            ast.literal_eval(argument)
    except (SyntaxError, ValueError):
        return False
    return True


def _uses(cells: Sequence[_Cell], place: int, name: str, asked: set[str]) -> tuple[str, ...]:
    """Statements below an exercise that use it or what came of it, and those that they need."""
    above = [s for cell in cells[:place] if cell.is_code and not cell.is_exercise
             for s in _statements(cell)]  # fmt: skip
    below = [s for cell in cells[place + 1 :] if cell.is_code and not cell.is_exercise
             for s in _statements(cell)]  # fmt: skip
    came_of_it = {name}
    using = set()
    for i, statement in enumerate(below):
        reads, gives = _names(statement)
        if reads & came_of_it:
            using.add(i)
            came_of_it |= gives - asked
        else:
            came_of_it -= gives
    needed: set[str] = set()
    chosen = []
    for i, statement in reversed(list(enumerate([*above, *below]))):
        reads, gives = _names(statement)
        if i - len(above) in using or gives & needed:
            needed = (needed - (gives - reads)) | reads
            chosen.append(ast.unparse(statement))
    return tuple(reversed(chosen))


def _statements(cell: _Cell) -> Iterator[ast.stmt]:
    """The statements of a cell; an import of several names as one for each."""
    for statement in ast.parse(cell.text).body:
        if isinstance(statement, ast.ImportFrom):
            for alias in statement.names:
                yield ast.ImportFrom(statement.module, [alias], statement.level)
        else:
            yield statement


def _names(statement: ast.stmt) -> tuple[set[str], set[str]]:
    """Names that a statement reads, and that it gives a value or fills."""
    reads: set[str] = set()
    gives: set[str] = set()
    for node in ast.walk(statement):
        if isinstance(node, ast.Name):
            (reads if isinstance(node.ctx, ast.Load) else gives).add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            gives.add(node.name)
        elif isinstance(node, ast.alias):
            gives.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value  # losses.append(…)
            if isinstance(owner, ast.Name) and node.func.attr in ("append", "extend", "update"):
                gives.add(owner.id)
    return reads, gives
