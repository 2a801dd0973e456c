"""What a file calls the lab's functions with, as it runs."""

import ast
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.checking.learner.desk import LAB_FUNCTIONS
from chainrule.checking.record._tape import real
from chainrule.checking.record._tape.arrays import values_of
from chainrule.checking.record._tape.operations import MOST_AXES
from chainrule.checking.record.table import Called

WATCHED = "__chainrule_watched__"  # what the code finds in its module
_NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def telling(tree: ast.Module) -> None:
    """Have each of the lab's functions that is defined there tell when it is called.

    Python can be asked to tell of all calls, which takes three times as long as the file does.
    """
    for node in ast.walk(tree):
        if isinstance(node, _NAMED) and node.name.lower() in LAB_FUNCTIONS:
            call = ast.Expr(ast.Call(ast.Name(WATCHED, ast.Load()), [], []))
            ast.fix_missing_locations(ast.copy_location(call, node.body[0]))
            node.body.insert(ast.get_docstring(node, clean=False) is not None, call)


def watched(calls: set[Called]) -> Callable[[], None]:
    """What the lab's functions call first, which notes what they were called with."""

    def look() -> None:
        frame = sys._getframe(1)
        code, caller = frame.f_code, frame.f_back
        names = code.co_varnames[: code.co_argcount]
        given = [frame.f_locals[each] for each in names if each in frame.f_locals]
        axes = min(MOST_AXES, max(map(_axes, given), default=0))
        inner = caller is not None and caller.f_code.co_name != "<module>"
        calls.add(Called(code.co_name.lower(), axes, any(map(_beyond, given[:1])), inner))

    return look


def _axes(given: Any, most: int = 3) -> int:
    """How many axes of more than one number something has."""
    if isinstance(given, np.ndarray):
        return sum(side > 1 for side in given.shape)
    if not isinstance(given, list | tuple) or not given or not most:
        return 0
    return (len(given) > 1) + _axes(given[0], most - 1)


def _beyond(given: Any) -> bool:
    try:
        numbers = real.array(values_of(given), dtype=np.float64)
    except Exception:  # what is given may be anything of theirs
        return False
    return bool(numbers.min(initial=0) < 0 or numbers.max(initial=1) > 1)
