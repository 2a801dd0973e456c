"""A run of a learner's file in the recorded world, in the process that is given up to it."""

import __future__

import ast
import contextlib
import copy
import functools
import importlib
import io
import linecache
import signal
import sys
import types
import warnings
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np

from chainrule.checking.learner.desk import Problem
from chainrule.checking.learner.folder import LearnersFiles
from chainrule.checking.learner.imports import Nothing
from chainrule.checking.learner.limits import plain
from chainrule.checking.learner.problems import explain
from chainrule.checking.learner.project import PACKAGE, become_importable, root_of
from chainrule.checking.learner.source import Cell, Source
from chainrule.checking.record import _world
from chainrule.checking.record._drive import drive
from chainrule.checking.record._files import Files
from chainrule.checking.record._form import Form
from chainrule.checking.record._operations import Array
from chainrule.checking.record._pairs import called_methods, pair_of, with_loss
from chainrule.checking.record._plans import Plan
from chainrule.checking.record._scale import scaled_sizes
from chainrule.checking.record._standins import Finder, hidden
from chainrule.checking.record._tape import MOST_NUMBERS, EnoughSeen, Place, Tape
from chainrule.checking.record._typed import typed
from chainrule.checking.record.table import Code, Stop, Table, table_of

_MOST_STANDINS = 50
_FUTURES = {"annotations": __future__.annotations.compiler_flag}
_LITERAL, _WITH_LOSS = "__chainrule_literal__", "__chainrule_with_loss__"
_NOT_FOR_RECORDED = "it puts numbers into an array that was made in a way that is not recorded"


def record(
    source: Source,
    form: Form,
    seed: int,
    overrides: Mapping[int, Array],
    seconds: float,
    plan: Plan | None = None,
    most: int = MOST_NUMBERS,
) -> Table:
    """Execute all of a file, and give what was computed.

    Args:
        source: the file.
        form: of the data that stand in for what cannot be read.
        seed: of what is drawn.
        overrides: other first values, by the number of the array that is made or drawn.
            Shapes: `(...)`, as they are made.
        seconds: of processor time.
        plan: a call to make after that.
        most: numbers that it may compute.
    """
    theirs = LearnersFiles(root_of(source))
    tape = Tape(theirs, most)
    tape.overrides.update(overrides)
    finder, files = Finder(form, theirs), Files(form)
    module = types.ModuleType("__main__" if plan is None else "learner")
    package = become_importable(source)
    module.__dict__.update(__file__=str(source.path.absolute()), __package__=package)
    module.__dict__.update({_LITERAL: _world.literal, "get_ipython": Nothing})
    module.__dict__[_WITH_LOSS] = with_loss
    before, modules = sys.modules.get("__main__"), set(sys.modules)
    text = "".join(cell.text for cell in source.cells)
    for name, word in (("scipy.special", "special"), ("scipy.io", "loadmat")):
        if "scipy" in text and word in text:  # its functions are then stood in for
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
    sys.meta_path.insert(0, finder)
    sys.modules["__main__"] = sys.modules[module.__name__] = module
    try:
        with (
            _quietly(),
            hidden(),
            _world.recorded_world(tape, seed),
            files.given(),
            typed(),
            _budget(seconds),
        ):
            stop = _run_through(source, module, form, plan)
    except EnoughSeen as reason:
        stop = Stop(str(reason) or "enough")
    finally:
        sys.meta_path.remove(finder)
        _forget(modules, theirs, finder)
        if before is not None:
            sys.modules["__main__"] = before
    return table_of(tape, _codes, stop, (*finder.used, *files.used)[:_MOST_STANDINS])


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Show nothing of what is printed or warned of."""
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        np.errstate(all="ignore"),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        # Code of NumPy's that takes a recorded array for a complex one would lose the ids.
        warnings.simplefilter("error", np.exceptions.ComplexWarning)
        yield


def _run_through(source: Source, module: types.ModuleType, form: Form, plan: Plan | None) -> Stop:
    """Execute a file in a module, and make the calls of a plan; give how that ended.

    Raises:
        EnoughSeen: where the record ends it.
    """
    prepared = _Prepared(tuple(scaled_sizes(source, form).items()), _called_in(source))
    try:
        for cell in source.cells:
            _execute(cell, module, prepared, piecewise=plan is not None)
        if plan is not None:
            drive(plan, module.__dict__)
    except EnoughSeen:
        raise
    except np.exceptions.ComplexWarning:
        return Stop("refused", _NOT_FOR_RECORDED)
    except BaseException as error:  # the learner's code may raise anything
        return Stop("problem", problem=_problem(error, module))
    return Stop()


@functools.lru_cache(maxsize=4)
def _called_in(source: Source) -> frozenset[str]:
    return called_methods([cell.tree for cell in source.cells])


def _forget(known: Set[str], theirs: LearnersFiles, finder: Finder) -> None:
    """Take away modules of the learner's and stand-ins: the next run begins anew.

    Installed ones stay: those in C cannot be imported a second time.
    """
    for name in set(sys.modules) - known:
        module = sys.modules[name]
        file = getattr(module, "__file__", None) or ""
        own = theirs.hold(file) or name.startswith(PACKAGE)
        if own or getattr(module, "__loader__", None) is finder:
            del sys.modules[name]


def _execute(cell: Cell, module: types.ModuleType, prepared: "_Prepared", piecewise: bool) -> None:
    """Execute a cell; if piecewise, what fails in it is left out: its definitions are wanted."""
    lines = [f"{line}\n" for line in cell.text.split("\n")]
    linecache.cache[cell.filename] = (len(cell.text), None, lines, cell.filename)
    for code in _compiled(cell, prepared, piecewise):
        with contextlib.suppress(*([Exception, SystemExit] if piecewise else [])):
            exec(code, module.__dict__)


@functools.lru_cache(maxsize=64)  # the same code runs again and again
def _compiled(cell: Cell, prepared: "_Prepared", piecewise: bool) -> Sequence[types.CodeType]:
    tree = ast.fix_missing_locations(prepared.visit(copy.deepcopy(cell.tree)))
    pieces = [ast.Module([each], []) for each in tree.body] if piecewise else [tree]
    futures = {n.name for n in ast.walk(tree) if isinstance(n, ast.alias)} & _FUTURES.keys()
    flags = sum(_FUTURES[name] for name in futures)  # which hold for all pieces
    codes = []
    for piece in pieces:
        with contextlib.suppress(*([Exception] if piecewise else [])):
            codes.append(compile(piece, cell.filename, "exec", flags, dont_inherit=True))
    return codes


@dataclass(frozen=True)
class _Prepared(ast.NodeTransformer):
    """Records floats that are assigned, alone or in lists: they may be first values.

    Large numbers give way to smaller ones, and a loss that nothing calls is computed where its
    gradient is.

    Attributes:
        sizes: numbers, and those that they give way to.
        called: names of methods that something calls.
    """

    sizes: tuple[tuple[int, int], ...]
    called: frozenset[str]

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """A class, which may have a loss and its gradient."""
        self.generic_visit(node)
        pair = pair_of(node, self.called)
        if pair is not None:
            names: list[ast.expr] = [ast.Constant(name) for name in pair]
            call = ast.Call(ast.Name(_WITH_LOSS, ast.Load()), names, [])
            node.decorator_list.append(ast.copy_location(call, node))
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        """A number of samples."""
        smaller = dict(self.sizes).get(node.value) if type(node.value) is int else None
        return node if smaller is None else ast.copy_location(ast.Constant(smaller), node)

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        """A float or a list that is given to names."""
        self.generic_visit(node)
        if _is_number(node.value, float):
            node.value = _recorded(node.value)
        elif isinstance(node.value, ast.List):
            self._list(node.value)
        return node

    def _list(self, node: ast.List) -> None:
        """The numbers in a list, if one is a float; and in the lists in it."""
        for each in node.elts:
            if isinstance(each, ast.List):
                self._list(each)
        if any(_is_number(each, float) for each in node.elts):
            node.elts = [_recorded(e) if _is_number(e, float, int) else e for e in node.elts]


def _is_number(node: ast.expr, *kinds: type) -> bool:
    inner = node.operand if isinstance(node, ast.UnaryOp) else node
    return isinstance(inner, ast.Constant) and type(inner.value) in kinds


def _recorded(node: ast.expr) -> ast.expr:
    call = ast.Call(ast.Name(_LITERAL, ast.Load()), [node], [])
    return ast.copy_location(call, node)


@contextlib.contextmanager
def _budget(seconds: float) -> Iterator[None]:
    """Stop the run after so much processor time, again and again until it is stopped."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def ring(_number: int, _frame: object) -> None:
        raise EnoughSeen("time")

    before = signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, seconds, 0.2)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _codes(place: Place) -> Code | None:
    """Where in the file an instruction stands; None if it is in another file."""
    code, instruction = place
    cell = _cell(code.co_filename)
    if cell is None:
        return None
    found = next(
        (p for i, p in enumerate(code.co_positions()) if i == instruction // 2), (None,) * 4
    )
    line, last, first_column, last_column = (0 if n is None else n for n in found)
    return Code(cell, line, last, first_column, last_column, code.co_qualname)


def _cell(filename: str) -> int | None:
    """The number of a cell, 0 for a file."""
    if filename == "<file>":
        return 0
    if filename.startswith("<cell "):
        return int(filename[6:-1])
    return None


def _problem(error: BaseException, module: types.ModuleType) -> Problem | None:
    return plain(explain(error, module.__dict__, frozenset(), {}))
