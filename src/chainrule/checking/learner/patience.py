"""A limit on what a notebook's code may take while it is judged, in the notebook's own process."""

import contextlib
import ctypes
import threading
from collections.abc import Iterator

from chainrule.checking.learner.limits import OutOfTime

SECONDS = 5.0  # of the clock: a request takes milliseconds


@contextlib.contextmanager
def patience(seconds: float = SECONDS) -> Iterator[None]:
    """Raise `OutOfTime` in what runs within, if it has not ended by then.

    That works between two steps of Python, in any thread and on any system; what hangs in compiled
    code goes on.
    """
    thread = ctypes.c_ulong(threading.get_ident())
    over = threading.Event()

    def ring() -> None:
        over.set()
        ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, ctypes.py_object(OutOfTime))

    timer = threading.Timer(seconds, ring)
    timer.daemon = True
    try:
        timer.start()
        yield
    except OutOfTime as error:
        if over.is_set():
            error.args = (f"it did not end within {seconds:g} s",)
        raise
    finally:
        try:
            timer.cancel()
            timer.join()
        except OutOfTime:  # it rang as this ended
            timer.join()
        if over.is_set():
            _silence(thread)


def _silence(thread: ctypes.c_ulong) -> None:
    """Let what may still ring in this thread ring here.

    To take it back, as one can with a null in place of the class, is not enough: Python 3.11 then
    looks for it at every step from there on, and a debugger or profiler never gets past the next.
    """
    try:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, ctypes.py_object(OutOfTime))
        while True:  # ends at once, with what was set
            pass
    except OutOfTime:
        pass
