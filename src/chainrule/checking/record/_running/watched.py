"""What a file calls the lab's functions with, as it runs."""

import contextlib
import sys
import types
from collections.abc import Iterator
from typing import Any

import numpy as np

from chainrule.checking.learner.desk import LAB_FUNCTIONS
from chainrule.checking.record._tape import real
from chainrule.checking.record._tape.arrays import values_of
from chainrule.checking.record._tape.operations import MOST_AXES
from chainrule.checking.record._tape.tape import Tape
from chainrule.checking.record.table import Called


@contextlib.contextmanager
def watched(calls: set[Called], tape: Tape) -> Iterator[None]:
    """Note each call of one of the lab's functions that the learner's file defines.

    Nothing is written on the tape, so that the file runs on after its training.
    """

    def look(frame: types.FrameType, event: str, _given: object) -> None:
        code = frame.f_code
        name = code.co_name.lower()
        if event == "call" and name in LAB_FUNCTIONS and code.co_filename.startswith("<"):
            names = code.co_varnames[: code.co_argcount]
            given = [frame.f_locals[each] for each in names if each in frame.f_locals]
            axes = min(MOST_AXES, max(map(_axes, given), default=0))
            inner = frame.f_back is not None and frame.f_back.f_code.co_name != "<module>"
            calls.add(Called(name, axes, any(map(_beyond, given[:1])), inner))

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        with tape.paused():
            yield
    finally:
        sys.setprofile(before)


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
