"""Limits on what a learner's code may take, and what is said when it runs into one."""

import contextlib
import math
import re
import sys
import time
from dataclasses import replace

from chainrule.checking.learner.budget import IMPORTING
from chainrule.checking.learner.desk import Problem

if sys.platform != "win32":
    import resource

MEMORY = 2 * 2**30  # bytes of address space
OPEN_FILES = 64
_GRACE = 0.3  # seconds between an exception and the end of the process


class OutOfTime(SystemExit):
    """The time for a request is over; no `except Exception` of the learner's catches it."""


def set_limits(seconds: float) -> None:
    """Limit this process, where the system can; to so many seconds of processor time.

    What imports take comes in addition.
    """
    if sys.platform == "win32":
        return
    limits = {
        resource.RLIMIT_AS: MEMORY,
        resource.RLIMIT_CPU: math.ceil(seconds + IMPORTING) + 1,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: OPEN_FILES,
    }
    for kind, limit in limits.items():
        _, hard = resource.getrlimit(kind)
        most = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        with contextlib.suppress(ValueError, OSError):  # macOS refuses some
            resource.setrlimit(kind, (most, most))


def end_at(seconds: float) -> None:
    """Let the system end this process after so much more processor time, 0 for the most it may."""
    if sys.platform == "win32":
        return
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    end = math.ceil(time.process_time() + seconds + _GRACE)
    resource.setrlimit(resource.RLIMIT_CPU, (min(end, most) if seconds else most, most))


def plain(problem: Problem | None) -> Problem | None:
    """A problem in plain words, if it comes of a limit or of where the code runs."""
    if problem is None:
        return None
    kind, text = problem.kind, problem.text
    if kind == OutOfTime.__name__:
        kind = "TimeoutError"
    elif kind == "SystemExit":
        text = "it ends the program (exit)"
    elif kind == "EOFError" and text.startswith("EOF when reading"):
        text = "it waits for input(), and here nobody types"
    elif kind.endswith("MemoryError"):  # NumPy has one of its own
        kind = "MemoryError"
        text = f"it takes more memory than the {MEMORY // 2**30} GiB that it may have here"
    elif kind == "OSError" and "File too large" in text:
        text = "it writes a file, which it may not do here"
    elif kind == "FileNotFoundError" and (path := re.search(r"'(.*)'$", text)):
        text = f"it opens {path[1]!r}, which is not here: it runs in an empty folder"
    return replace(problem, kind=kind, text=text)
