"""From a learner's file to a desk: definitions, and what they need, are executed; nothing else."""

import __future__

import ast
import contextlib
import linecache
import sys
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from chainrule.checking.learner import listing
from chainrule.checking.learner.constants import is_cheap
from chainrule.checking.learner.desk import LAB_FUNCTIONS, Problem, Reply, Request
from chainrule.checking.learner.imports import (
    HEAVY,
    SHOWS,
    Import,
    Nothing,
    imports_of,
    why_it_failed,
)
from chainrule.checking.learner.limits import OutOfTime
from chainrule.checking.learner.lister import Defined, Lister
from chainrule.checking.learner.local import LocalDesk, Named
from chainrule.checking.learner.problems import explain
from chainrule.checking.learner.project import become_importable
from chainrule.checking.learner.salvage import Note
from chainrule.checking.learner.source import Cell, Source, assigned_names
from chainrule.checking.learner.uses import bound_names, flat, needed_names

Around = Callable[[], contextlib.AbstractContextManager[object]]
Errors = (Exception, SystemExit)
_MOST_NAMES_MISSING = 20


class FileDesk(LocalDesk):
    """Calls what a file defines, in this process.

    Attributes:
        definitions: what there is, in the order of the file.
        notes: what could not be used or executed, and why.
    """

    def __init__(
        self,
        found: Sequence[Named],
        then: Sequence[Mapping[str, Any]],
        notes: Sequence[Note],
        **more: Any,
    ) -> None:
        """Take up what was found; `then` are names that meant something else at the time."""
        super().__init__(found, **more)
        self._then = then
        self.notes = tuple(notes)

    def _answer(self, request: Request) -> Reply:
        then, names = self._then[request.definition], self.found[request.definition].names
        if not then:
            return super()._answer(request)
        final = dict(names)
        names.update(then)
        try:
            return super()._answer(request)
        finally:
            names.clear()
            names.update(final)


def load(source: Source, around: Around = contextlib.nullcontext) -> FileDesk:
    """Execute a file's definitions and what they need: imports and constants, each on its own.

    Modules that lie beside the file are found, and those of the package that it is in.

    Args:
        source: the file.
        around: entered around each statement and later each request, for a limit on its time.
    """
    return _Loader(source, around).desk()


class _Loader:
    """Executes what is needed of a file, in the order of the file."""

    def __init__(self, source: Source, around: Around) -> None:
        self._source, self._around = source, around
        module = types.ModuleType(f"<{source.path.name}>")
        self._module = module
        self.names: dict[str, Any] = module.__dict__
        self.names.update(__file__=str(source.path), __package__=become_importable(source))
        self._assigned = assigned_names(source)
        self._failed: dict[str, str] = {}
        self._broken_off: dict[str, str] = {}
        self._defined: list[Defined] = []
        self._notes = list(source.notes)
        self._flags = 0

    def desk(self) -> FileDesk:
        """Execute everything that is needed, and list what is to be judged."""
        sys.modules[self._module.__name__] = self._module  # dataclasses look there
        for cell in self._source.cells:
            lines = [f"{line}\n" for line in cell.text.split("\n")]
            linecache.cache[cell.filename] = (len(cell.text), None, lines, cell.filename)
            for node in ast.walk(cell.tree):
                if isinstance(node, ast.ImportFrom) and node.module == "__future__":
                    for alias in node.names:
                        feature = getattr(__future__, alias.name, None)
                        self._flags |= getattr(feature, "compiler_flag", 0)
        statements = [s for cell in self._source.cells for s in flat(cell.tree.body)]
        self._needed = needed_names(statements)
        self._used = needed_names(statements, values=False)
        self._lend_numpy()
        for cell in self._source.cells:
            self._run_all(cell.tree.body, cell)
        failed = {name: why for name, why in self._failed.items() if name not in self.names}
        listed = Lister(self._source, self._module.__name__, self._defined)
        found, then = [], []
        numbers: dict[str, int] = {}
        for defined in self._defined:
            definition = listed.definition(defined)
            if definition is None:
                continue
            numbers[definition.name] = numbers.get(definition.name, 0) + 1
            definition = replace(definition, number=numbers[definition.name])
            found.append(Named(definition, defined.thing, self.names))
            before = defined.before_next or {}
            then.append({k: v for k, v in before.items() if self.names.get(k) is not v})
        return FileDesk(
            found,
            then,
            self._notes,
            assigned=self._assigned,
            failed_imports=failed,
            around=self._around,
        )

    def _lend_numpy(self) -> None:
        """Give `np` to a piece of a notebook whose imports stand elsewhere, and say so."""
        if "np" in self._needed and "np" not in self._assigned | self._imported_names():
            self.names["np"] = np
            self._notes.append(Note(None, None, "", "import numpy as np is missing"))

    def _run_all(self, statements: Iterable[ast.stmt], cell: Cell) -> bool:
        """Execute what is needed of some statements; give whether an import in them failed."""
        failed = False
        for statement in statements:
            failed |= self._run(statement, cell)
        return failed

    def _run(self, statement: ast.stmt, cell: Cell) -> bool:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            went_well = [self._import(one, cell) for one in imports_of(statement)]
            return not all(went_well)
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            self._define(statement, cell)
        elif isinstance(statement, ast.If):
            return self._choose(statement, cell)
        elif isinstance(statement, ast.With):
            return self._run_all(statement.body, cell)
        elif isinstance(statement, ast.Try):
            failed = self._run_all(statement.body, cell)
            if failed and statement.handlers:
                failed = self._run_all(statement.handlers[0].body, cell)
            elif not failed:
                failed = self._run_all(statement.orelse, cell)
            return self._run_all(statement.finalbody, cell) or failed
        elif isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Expr):
            self._assign(statement, cell)
        return False

    def _choose(self, statement: ast.If, cell: Cell) -> bool:
        """Execute the branch that the constants choose, both where they do not say."""
        if any(isinstance(n, ast.Name) and n.id == "__name__" for n in ast.walk(statement.test)):
            return False
        chosen = None
        if is_cheap(statement.test, self.names):
            with contextlib.suppress(*Errors), self._around():
                chosen = bool(self._value(statement.test, cell))
        failed = chosen is not False and self._run_all(statement.body, cell)
        return (chosen is not True and self._run_all(statement.orelse, cell)) or failed

    def _import(self, one: Import, cell: Cell) -> bool:
        """Import one name if it is needed; give whether that went well."""
        folder = self._source.path.absolute().parent
        if one.package == "__future__" or (one.name != "*" and one.name not in self._needed):
            return True
        if one.package in HEAVY and one.name not in self._used:
            return True  # it would be imported for data alone, and those are not loaded
        if one.package in SHOWS:
            if one.name != "*":
                self.names[one.name] = Nothing()
            return True
        if one.name == "*" and not one.is_star_of(folder):
            self._note(one.statement, cell, f"not everything of {one.package} is imported here")
            return True
        why = self._broken_off.get(one.package, "")
        try:
            if not why:  # what took too long once would do so for each of its names
                self._execute(one.statement, cell)
        except Errors as error:
            why = why_it_failed(error, one.package, folder)
            if isinstance(error, OutOfTime):
                self._broken_off[one.package] = why
        if why:
            if one.name == "*":
                self._note(one.statement, cell, why)
            else:
                self._failed[one.name] = why
            return False
        return True

    def _define(
        self, statement: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, cell: Cell
    ) -> None:
        self._before_next(statement.name)
        defined = Defined(statement.name, cell, statement.lineno, node=statement)
        try:
            self._execute_with_nothing(statement, cell)
            defined.thing = self.names[statement.name]
        except Errors as error:
            defined.problem = explain(error, self.names, self._assigned, self._failed)
            problem = defined.problem
            if statement.name in self._needed and statement.name not in LAB_FUNCTIONS:
                text = f"{statement.name} could not be defined: {problem.kind}: {problem.text}"
                self._note(statement, cell, text, problem.line)
        self._defined.append(defined)

    def _execute_with_nothing(self, statement: ast.stmt, cell: Cell) -> None:
        """Execute a definition; what it needs of the notebook's data is nothing for as long."""
        lent: list[str] = []
        try:
            while True:
                try:
                    return self._execute(statement, cell)
                except NameError as error:
                    name = error.name or ""
                    absent = name in self._failed or name in self._assigned
                    imported = name in self._imported_names()
                    if name in self.names or not (absent or imported):
                        raise
                    if len(lent) > _MOST_NAMES_MISSING:
                        raise
                    lent.append(name)
                    self.names[name] = Nothing()
        finally:
            for name in lent:
                if isinstance(self.names.get(name), Nothing):
                    del self.names[name]

    def _imported_names(self) -> frozenset[str]:
        """Names that the file imports, needed or not."""
        return frozenset(
            one.name
            for cell in self._source.cells
            for statement in flat(cell.tree.body)
            if isinstance(statement, ast.Import | ast.ImportFrom)
            for one in imports_of(statement)
        )

    def _assign(
        self, statement: ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Expr, cell: Cell
    ) -> None:
        """Execute an assignment if it is needed, and of a constant or a function."""
        value = statement.value
        bound = [name for name in bound_names(statement) if name in self._needed]
        if not bound or value is None:
            return
        if isinstance(statement, ast.Expr):  # setattr(NeuralNet, "train", train)
            value = ast.Tuple(value.args, ast.Load()) if isinstance(value, ast.Call) else value
        elif not isinstance(statement, ast.Assign | ast.AnnAssign) and bound[0] not in self.names:
            return
        name = bound[0]
        defines = name in LAB_FUNCTIONS and isinstance(statement, ast.Assign | ast.AnnAssign)
        if not is_cheap(value, self.names):
            missing = [n.id for n in ast.walk(value) if isinstance(n, ast.Name)]
            why = next((self._failed[n] for n in missing if n in self._failed), None)
            if defines and why is not None and not isinstance(value, ast.Call):
                problem = Problem("NameError", why, imported=True)
                self._defined.append(Defined(name, cell, statement.lineno, problem=problem))
            return
        if defines:
            self._define_by_value(name, statement, value, cell)
            return
        with contextlib.suppress(*Errors):
            self._execute(statement, cell)

    def _define_by_value(
        self, name: str, statement: ast.stmt, value: ast.expr, cell: Cell
    ) -> None:
        """`softmax = lambda X: …`; a number under this name is no definition, and is left out."""
        try:
            with self._around():
                thing = self._value(value, cell)
        except Errors:
            return
        if listing.is_function(thing):
            self._before_next(name)
            self.names[name] = thing
            self._defined.append(Defined(name, cell, statement.lineno, thing, value))

    def _before_next(self, name: str) -> None:
        """Keep what the names mean to an earlier definition of the same name."""
        for earlier in reversed(self._defined):
            if earlier.name == name:
                earlier.before_next = dict(self.names)
                return

    def _execute(self, statement: ast.stmt, cell: Cell) -> None:
        tree = ast.Module([statement], [])
        code = compile(tree, cell.filename, "exec", self._flags, dont_inherit=True)
        with self._around():
            exec(code, self.names)

    def _value(self, expression: ast.expr, cell: Cell) -> Any:
        tree = ast.Expression(expression)
        code = compile(tree, cell.filename, "eval", self._flags, dont_inherit=True)
        return eval(code, self.names)

    def _note(
        self, statement: ast.stmt, cell: Cell, message: str, line: int | None = None
    ) -> None:
        line = line or statement.lineno
        source = linecache.getline(cell.filename, line).strip()
        self._notes.append(Note(cell.number, line, source, message))
