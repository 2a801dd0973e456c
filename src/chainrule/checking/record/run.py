"""A run of a learner's file in the recorded world, in the process that is given up to it."""

import contextlib
import importlib
import io
import linecache
import os
import signal
import sys
import types
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace
from functools import lru_cache, partial

import numpy as np

from chainrule.checking.learner.desk import Problem
from chainrule.checking.learner.folder import LearnersFiles
from chainrule.checking.learner.imports import Nothing
from chainrule.checking.learner.limits import plain
from chainrule.checking.learner.problems import explain
from chainrule.checking.learner.project import (
    PACKAGE,
    become_importable,
    modules_of,
    root_of,
)
from chainrule.checking.learner.source import Source
from chainrule.checking.record._running.drive import drive
from chainrule.checking.record._running.plans import Plan
from chainrule.checking.record._source.first_values import LITERAL
from chainrule.checking.record._source.instead import INSTEAD
from chainrule.checking.record._source.modules import Modules
from chainrule.checking.record._source.numerical import PAUSED, paused
from chainrule.checking.record._source.pairs import with_loss, with_losses
from chainrule.checking.record._source.program import WITH_LOSS, WITH_LOSSES, module_of, program_of
from chainrule.checking.record._source.scale import scaled_sizes
from chainrule.checking.record._source.unread import MADE_UP, MAY_GO_ON, Unread
from chainrule.checking.record._source.watched import WATCHED, watched
from chainrule.checking.record._standins.files import Files
from chainrule.checking.record._standins.form import Form
from chainrule.checking.record._standins.standins import Finder, hidden
from chainrule.checking.record._standins.typed import typed
from chainrule.checking.record._tape import world
from chainrule.checking.record._tape.operations import Array
from chainrule.checking.record._tape.tape import MOST_NUMBERS, EnoughSeen, Place, Tape
from chainrule.checking.record.table import PASSED_OVER, Called, Code, Stop, Table, table_of

_MOST_STANDINS = 50
_NOT_FOR_RECORDED = "it puts numbers into an array that was made in a way that is not recorded"


def record(
    source: Source,
    form: Form,
    seed: int,
    overrides: Mapping[int, Array],
    seconds: float,
    plan: Plan | None = None,
    most: int = MOST_NUMBERS,
    *,
    watch: bool = False,
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
        watch: whether to note what the lab's functions are called with, and nothing else.
    """
    theirs = _files_of(source)
    told = {os.path.realpath(m.path): m.file for m in modules_of(source).values()}
    tape = Tape(theirs, most)
    tape.overrides.update(overrides)
    finder, files = Finder(form, theirs), Files(form, source.path.absolute().parent)
    unread = Unread(source, form, lambda: bool(finder.used or files.used))
    module = types.ModuleType("__main__" if plan is None else "learner")
    package = become_importable(source)
    module.__dict__.update(__file__=str(source.path.absolute()), __package__=package)
    calls = set[Called]()
    own = {
        LITERAL: world.literal,
        WITH_LOSS: with_loss,
        WITH_LOSSES: with_losses,
        PAUSED: paused,
        WATCHED: watched(calls),
        **INSTEAD,
    }
    sizes = tuple(scaled_sizes(source, form).items())
    modules_too = Modules(source, lambda path: module_of(source, path, sizes), own)
    module.__dict__.update(own)
    if source.cells[0].number is not None:  # what a notebook has without an import
        module.__dict__["display"] = Nothing()
    module.__dict__.update({"get_ipython": Nothing, MAY_GO_ON: unread.may_go_on})
    module.__dict__[MADE_UP] = unread.made_up
    _remember_lines(source)
    before, modules = sys.modules.get("__main__"), set(sys.modules)
    text = "".join(cell.text for cell in source.cells)
    for name, word in (("scipy.special", "special"), ("scipy.io", "loadmat")):
        if "scipy" in text and word in text:  # its functions are then stood in for
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
    sys.meta_path[:0] = [modules_too, finder]
    sys.modules["__main__"] = sys.modules[module.__name__] = module
    try:
        with (
            _quietly(),
            hidden(),
            world.recorded_world(tape, seed),
            files.given(),
            typed(),
            _budget(seconds),
            tape.paused() if watch else contextlib.nullcontext(),
        ):
            program = program_of(
                source, sizes, form.variant, piecewise=plan is not None, watch=watch
            )
            failed = unread.cell if source.cells[0].number is not None else None
            stop = _run_through(program, module, plan, failed)
            if plan is None and unread.first is not None and stop.kind in ("", "problem"):
                stop = Stop("problem", problem=_problem(unread.first, module))
    except EnoughSeen as reason:
        stop = Stop(str(reason) or "enough")
    finally:
        sys.meta_path[:] = [f for f in sys.meta_path if f not in (modules_too, finder)]
        _forget(modules, theirs, finder)
        if before is not None:
            sys.modules["__main__"] = before
    used = (*unread.names, *finder.used, *files.used)
    table = table_of(tape, partial(_code_at, modules=told), stop, used[:_MOST_STANDINS])
    return replace(table, calls=tuple(sorted(calls)))


@lru_cache(maxsize=4)
def _files_of(source: Source) -> LearnersFiles:
    return LearnersFiles(root_of(source))


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


def _remember_lines(source: Source) -> None:
    """Have the lines of its cells found, by which problems are explained."""
    for cell in source.cells:
        lines = [f"{line}\n" for line in cell.text.split("\n")]
        linecache.cache[cell.filename] = (len(cell.text), None, lines, cell.filename)


def _run_through(
    program: Iterable[Iterable[types.CodeType]],
    module: types.ModuleType,
    plan: Plan | None,
    failed: Callable[[Exception], None] | None,
) -> Stop:
    """Execute a file in a module, and make the calls of a plan; give how that ended.

    Args:
        program: the code of each cell.
        module: to execute it in.
        plan: of calls, after that; what fails before them is left out.
        failed: is told of a cell of a notebook that fails: those after it can be run all the same.

    Raises:
        EnoughSeen: where the record ends it.
    """
    try:
        for pieces in program:
            try:
                for piece in pieces:
                    with contextlib.suppress(*([] if plan is None else [Exception, SystemExit])):
                        exec(piece, module.__dict__)
            except (EnoughSeen, np.exceptions.ComplexWarning):
                raise
            except Exception as error:
                if failed is None:
                    raise
                failed(error)
        if plan is not None and not drive(plan, module.__dict__):
            return Stop(text=PASSED_OVER)
    except EnoughSeen:
        raise
    except np.exceptions.ComplexWarning:
        return Stop("refused", _NOT_FOR_RECORDED)
    except BaseException as error:  # the learner's code may raise anything
        return Stop("problem", problem=_problem(error, module))
    return Stop()


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


def _code_at(place: Place, modules: Mapping[str, str]) -> Code | None:
    """Where an instruction stands; None if it is neither in the file nor in one of its modules.

    Args:
        place: the instruction.
        modules: how their files are told, by their real paths.
    """
    code, instruction = place
    cell, file = _cell(code.co_filename), ""
    if cell is None:
        file = modules.get(os.path.realpath(code.co_filename), "")
        if not file:
            return None
    positions = _positions(code)
    found = positions[instruction // 2] if instruction // 2 < len(positions) else (None,) * 4
    line, last, first_column, last_column = (0 if n is None else n for n in found)
    return Code(cell or 0, line, last, first_column, last_column, code.co_qualname, file)


@lru_cache(maxsize=256)
def _positions(code: types.CodeType) -> Sequence[tuple[int | None, ...]]:
    return tuple(code.co_positions())


def _cell(filename: str) -> int | None:
    """The number of a cell, 0 for a file."""
    if filename == "<file>":
        return 0
    if filename.startswith("<cell "):
        return int(filename[6:-1])
    return None


def _problem(error: BaseException, module: types.ModuleType) -> Problem | None:
    return plain(explain(error, module.__dict__, frozenset(), {}))
