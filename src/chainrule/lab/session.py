"""A session of the lab: what goes wrong in a notebook is said in words.

Learners run cells out of order, skip exercises, give a name another value, or open a notebook that
is newer than their chainrule. Python's answer is a stack trace; here is one that they can use.
"""

import sys
import warnings
from importlib import metadata
from pathlib import Path
from types import TracebackType
from typing import Any

from chainrule.checking.contract.exercises import hold_to_contract
from chainrule.errors import SlowEngineWarning
from chainrule.lab._advice import as_output, explained, makers, older
from chainrule.lab._data_guard import DataGuard
from chainrule.lab._display import display, shell
from chainrule.lab._kept import kept
from chainrule.lab._progress import Progress
from chainrule.lab._sources import FOLDER as PARTS

# By the identity of the shell, which lives as long as we do:
_guards: dict[int, DataGuard] = {}
_progress: dict[int, Progress] = {}


def start(part: int, made_with: str) -> None:
    """Make a notebook ready for a part of the lab.

    In IPython an exception is from now on explained in a few words, with `%tb` for the stack
    trace, and a cell that gives the lab's data other values is noticed. A line says which
    exercises stand, also after a restart. A chainrule that is older than the notebook is pointed
    out.

    Args:
        part: of the lab, counted from 1.
        made_with: version of chainrule that the notebook was made with.

    Raises:
        ChainruleError: if there is no such part.
    """
    outdated = older(metadata.version("chainrule"), made_with)
    if outdated:
        _say("note", outdated)
    ipython = shell()
    made = makers(part)
    hold_to_contract(sys._getframe(1).f_globals, PARTS)
    if ipython is None:
        return
    guard = _guarded(ipython)
    _progress[id(ipython)] = Progress(part)
    _progress[id(ipython)].show()

    def explain(
        shell: Any,
        kind: type[BaseException],
        error: BaseException,
        trace: TracebackType,
        tb_offset: int | None = None,
    ) -> list[str]:
        sys.last_type, sys.last_value, sys.last_traceback = kind, error, trace  # for %tb
        _close_figures()
        words = explained(error, shell.user_ns, made)
        more = f"{kind.__name__}. For the stack trace, run %tb in a new cell."
        _say("error", "\n".join([words, *guard.now(shell.user_ns)]), more)
        return []

    ipython.set_custom_exc((Exception,), explain)
    warnings.showwarning = _shown_in_words


def _guarded(shell: Any) -> DataGuard:
    """The guard of this shell's data, which looks after every cell."""
    if id(shell) not in _guards:
        guard = _guards[id(shell)] = DataGuard()
        kept.beside(Path.cwd())  # the notebook's folder, as long as nobody has left it

        def look(result: Any) -> None:
            for sentence in guard.after_cell(result.info.raw_cell or "", shell.user_ns):
                _say("note", sentence)
            _progress[id(shell)].after_cell(result.result)

        shell.events.register("post_run_cell", look)
    return _guards[id(shell)]


_show_warning = warnings.showwarning


def _shown_in_words(
    message: Warning | str, category: type[Warning], *where: Any, **more: Any
) -> None:
    """Show what chainrule itself warns of without the line of its code; the rest as usual."""
    if issubclass(category, SlowEngineWarning):
        _say("note", str(message))
    else:
        _show_warning(message, category, *where, **more)


def _close_figures() -> None:
    """Drop what a failed cell began to draw, which would be shown half done."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close("all")


def _say(kind: str, text: str, small: str = "") -> None:
    """Show a text in a box; print it where there are no boxes."""
    if shell() is None:
        print(text)
        return
    display(as_output(kind, text, small))
