"""Several pictures drawn at once, by as many processes as there are processors."""

import importlib
import os
import select
import signal
import struct
import sys
import time
import warnings
from collections.abc import Callable, Sequence

from chainrule.plots._text import quiet_import

Draw = Callable[[], bytes]
MOST_PROCESSES = 4  # what is loaded before must be drawn by each alone, and there are few pictures
_LONGEST, _TIMES = 10.0, 10  # to wait for others: seconds, and times as long as it took here


def drawn_at_once(drawings: Sequence[Draw]) -> list[bytes]:
    """What each of them returns, in order.

    matplotlib keeps one processor busy. Where a process can be forked, others draw a part each;
    what one of them could not draw is drawn here, so that an error is raised here, too. One that
    is forked while another thread holds a lock may wait for it for ever: it is given up.
    """
    with quiet_import():  # once, before there are several processes
        importlib.import_module("matplotlib.backends.backend_agg")

    n_processes = min(len(os.sched_getaffinity(0)), MOST_PROCESSES) if _can_fork() else 1
    shares = [range(first, len(drawings), n_processes) for first in range(1, n_processes)]
    readers = [_forked([drawings[i] for i in share]) for share in shares if share]
    begin = time.monotonic()
    pictures = {i: drawings[i]() for i in range(0, len(drawings), n_processes)}
    end = time.monotonic() + _LONGEST + _TIMES * (time.monotonic() - begin)
    for share, (child, reader) in zip(shares, readers, strict=False):
        pictures |= dict(zip(share, _received(child, reader, end), strict=False))
    return [pictures[i] if i in pictures else draw() for i, draw in enumerate(drawings)]


def _can_fork() -> bool:
    """Where Apple's libraries are loaded, a forked process may not go on to use them."""
    return hasattr(os, "fork") and hasattr(os, "sched_getaffinity") and sys.platform != "darwin"


def _forked(drawings: Sequence[Draw]) -> tuple[int, int]:
    """A process that draws, and the end of a pipe from which to read."""
    reader, writer = os.pipe()
    with warnings.catch_warnings():  # BLAS has threads, which draw nothing
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child:
        os.close(writer)
        return child, reader
    try:
        for number in (signal.SIGINT, signal.SIGTERM):  # what they do is said by the parent
            signal.signal(number, signal.SIG_DFL)
        with os.fdopen(writer, "wb") as pipe:
            for draw in drawings:
                png = draw()
                pipe.write(struct.pack("<Q", len(png)) + png)
    finally:
        os._exit(0)  # and nothing of what the parent has to do when it ends


def _received(child: int, reader: int, end: float) -> list[bytes]:
    """The pictures that came whole, until then."""
    content = bytearray()
    while select.select([reader], [], [], max(0.0, end - time.monotonic()))[0]:
        part = os.read(reader, 1 << 20)
        if not part:
            break
        content += part
    else:
        os.kill(child, signal.SIGKILL)
    os.close(reader)
    os.waitpid(child, 0)
    pictures, at = [], 0
    while at + 8 <= len(content):
        (size,) = struct.unpack_from("<Q", content, at)
        if at + 8 + size <= len(content):
            pictures.append(bytes(content[at + 8 : at + 8 + size]))
        at += 8 + size
    return pictures
