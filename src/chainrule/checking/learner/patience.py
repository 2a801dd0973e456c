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
    timer.start()
    try:
        yield
    except OutOfTime as error:
        if over.is_set():
            error.args = (f"it did not end within {seconds:g} s",)
        raise
    finally:
        timer.cancel()
        timer.join()
        # What rang as it ended must not ring outside of it.
        ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, None)
