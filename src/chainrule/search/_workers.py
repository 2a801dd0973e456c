"""Who works on a trial, and whether that process is still there."""

import contextlib
import os
import socket
from functools import cache
from pathlib import Path

PROCESSES = Path("/proc")
NOBODY = ""


def myself() -> str:
    """This process, in three words: its machine, its number, and when it began.

    Numbers of processes are used again, and machines begin anew: only together are they one
    process. Where the system does not tell, the last is `?`.
    """
    return f"{_machine()} {os.getpid()} {_beginning(os.getpid()) or '?'}"


def is_gone(worker: str) -> bool:
    """Whether a process that ran on this machine has ended; False of those elsewhere.

    >>> is_gone(myself()), is_gone("elsewhere 1 1"), is_gone(NOBODY)
    (False, False, True)
    """
    if worker == NOBODY:
        return True
    machine, number, began = worker.split()[:3]
    return machine == _machine() and began != "?" and _beginning(int(number)) != began


class Beats:
    """Tells a worker elsewhere that has gone from one that works: the latter changes its word.

    No clocks are compared, which differ between machines: a worker is gone once its word has
    stayed the same for so long as it was looked at from here.
    """

    def __init__(self, grace: float) -> None:
        """With `grace`, in seconds, for which a word may stay the same."""
        self._grace = grace
        self._first_looked_at: dict[tuple[int, str], float] = {}

    def has_stopped(self, trial: int, word: str, now: float) -> bool:
        """Whether the worker of a trial has said nothing else for too long."""
        return now - self._first_looked_at.setdefault((trial, word), now) > self._grace


@cache
def _machine() -> str:
    """The machine since it was last started, and the container in which this is."""
    boot = PROCESSES / "sys/kernel/random/boot_id"
    space = PROCESSES / "self/ns/pid"
    words = [socket.gethostname().replace(" ", "-")]
    with contextlib.suppress(OSError):  # no such files: it is not Linux
        words += [boot.read_text().strip(), str(space.stat().st_ino)]
    return "/".join(words)


def _beginning(number: int) -> str | None:
    """When a process began, in ticks since the machine was started; None if there is none."""
    try:
        status = (PROCESSES / str(number) / "stat").read_text()
    except OSError:
        return None
    state, *fields = status.rpartition(")")[2].split()
    return None if state in "ZX" else fields[18]  # it has ended, and nobody has asked how
