"""The process that runs a learner's file, as the judge sees it: started, written to, killed."""

import atexit
import contextlib
import os
import queue
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import chainrule
from chainrule.checking.learner.budget import IMPORTING, Budget
from chainrule.checking.learner.folders import Folder
from chainrule.checking.learner.frames import HEAD, MOST_BYTES, framed
from chainrule.checking.learner.nursery import Nursery, Process, Started

MOST_WAITING = 3 * MOST_BYTES  # of frames, before a process that writes on and on is cut off
_PASSED_ON = (
    *("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT"),
    *("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX"),
)
_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
FORKS = sys.platform == "linux"
_MODULE = "chainrule.checking.learner.child"
_OUT_OF_TIME = getattr(signal, "SIGXCPU", None)
STARTING = 15.0  # seconds of the clock for a start, on a machine that is busy


class EndError(Exception):
    """The process is no more, and this is what became of it."""


class HangsError(EndError):
    """The process had to be killed."""


class Child:
    """A process that runs a learner's file, in an empty folder and with a small environment."""

    def __init__(self, path: Path, budget: Budget, task: str = "answer") -> None:
        """Start it.

        Args:
            path: of the file, absolute.
            budget: what is left for the file; what the process takes is taken from it.
            task: "answer" requests about the file's definitions, or "record" runs of all of it.
        """
        self._budget, self._charged = budget, 0.0
        self._is_new = True
        self._folder = Folder()
        theirs_in, self._requests = os.pipe()
        self._replies, theirs_out = os.pipe()
        try:
            arguments = (str(path), *map(str, (budget.left, budget.parts, budget.wait())), task)
            self._process = start(_MODULE, arguments, self._folder.path, (theirs_in, theirs_out))
        except BaseException:
            os.close(self._requests)
            os.close(self._replies)
            self._folder.remove()
            raise
        finally:
            os.close(theirs_in)
            os.close(theirs_out)
        os.set_blocking(self._requests, False)
        self._frames: queue.Queue[tuple[float, bytes] | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read_all, daemon=True)
        self._reader.start()

    def send(self, payload: bytes) -> None:
        """Write a frame; one that no pipe holds waits for the process to read it, or its end."""
        rest = memoryview(framed(payload))
        end = time.monotonic() + self._patience()
        with contextlib.suppress(BrokenPipeError):  # `receive` says why
            while rest:
                left = end - time.monotonic()
                if left < 0:
                    self._kill()
                    return
                if select.select([], [self._requests], [], left)[1]:
                    rest = rest[os.write(self._requests, rest) :]

    def receive(self) -> bytes:
        """The next frame's payload.

        Raises:
            EndError: if there is none, since the process has ended or had to be killed.
        """
        seconds, begin = self._patience(), time.monotonic()
        try:
            frame = self._frames.get(timeout=seconds)
        except queue.Empty:
            self._kill()
            self._what_happened(begin)
            raise HangsError(f"it did not end within {seconds:.2g} s") from None
        finally:
            self._is_new = False
        if frame is None:
            self._frames.put(None)  # for whoever asks again
            raise self._what_happened(begin)
        spent, payload = frame
        self._budget.charge(spent - self._charged)
        self._charged = max(self._charged, spent)
        return payload

    def is_silent(self) -> bool:
        """Whether nothing has come that was not asked for."""
        return self._frames.empty()

    def _patience(self) -> float:
        """Seconds of the clock to wait; more for a start, which imports packages."""
        return self._budget.wait() + (STARTING + IMPORTING if self._is_new else 0.0)

    def _what_happened(self, begin: float) -> EndError:
        """Why it ended, after it was waited for from `begin` on; what it took is charged."""
        code, share = None, self._budget.share
        with contextlib.suppress(subprocess.TimeoutExpired, OSError):
            code = self._process.wait(timeout=1)
        taken = self._process.seconds
        taken = time.monotonic() - begin if taken is None else taken - self._charged
        self._budget.charge(min(taken, share))  # imports are free
        if code is not None:
            if -code == _OUT_OF_TIME:
                return HangsError(f"it did not end within {share:.2g} s")
            if code < 0:
                with contextlib.suppress(ValueError):
                    name = signal.Signals(-code).name
                    return EndError(f"its process was ended by the signal {name}")
            return EndError(f"it ended the whole process (exit code {code})")
        return EndError("it cut the connection to the judge")

    def _read_all(self) -> None:
        """In a thread of its own: hand on each frame, and None at the end."""
        try:
            while (head := self._read(HEAD.size)) is not None:
                size, spent = HEAD.unpack(head)
                payload = self._read(size) if size <= MOST_BYTES else None
                if payload is None or self._waiting() + size > MOST_WAITING:
                    break
                self._frames.put((spent, payload))
        finally:
            os.close(self._replies)
            self._frames.put(None)

    def _waiting(self) -> int:
        """Bytes of the frames that nobody has taken yet."""
        with self._frames.mutex:
            return sum(len(frame[1]) for frame in self._frames.queue if frame is not None)

    def _read(self, size: int) -> bytes | None:
        parts = []
        while size:
            try:
                part = os.read(self._replies, min(size, 1 << 20))
            except OSError:
                part = b""
            if not part:
                return None
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def _kill(self) -> None:
        """Kill the process and what it has started."""
        with contextlib.suppress(OSError):
            if hasattr(os, "killpg"):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()

    def end(self) -> None:
        """Kill it with all that it has started, and remove its folder."""
        self._kill()
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            self._process.wait(timeout=STARTING)
        os.close(self._requests)
        self._reader.join(timeout=1)  # what escaped the group may still hold the pipe
        self._folder.remove()


def start(
    module: str,
    arguments: Sequence[str],
    folder: str,
    streams: Sequence[int],
    remove: str = "",
) -> Process:
    """Start a process that calls `run` of a module with these arguments.

    It is forked from one that has everything loaded on Linux, where that is safe.

    Args:
        module: one of `nursery.READY`.
        arguments: of `run`.
        folder: its working directory.
        streams: its standard input and output.
        remove: a folder that goes if this process ends before it has removed it.
    """
    if FORKS:
        for _ in range(2):
            with contextlib.suppress(OSError):
                return nursery().start(module, arguments, folder, streams, remove or folder)
            close_nursery()
    return Started(
        [
            sys.executable,
            "-P",
            "-c",
            f"import sys, {module} as m; m.run(*sys.argv[1:])",
            *arguments,
        ],
        stdin=streams[0],
        stdout=streams[1],
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env=_environment(),
        start_new_session=True,
    )


_nurseries: list[Nursery] = []  # the one that is there


def nursery() -> Nursery:
    """The process that others are forked from; the first call starts it."""
    if not _nurseries:
        atexit.register(close_nursery)
        _nurseries.append(Nursery.started(_environment()))
    return _nurseries[0]


def prepare() -> None:
    """Begin to load what others are forked from, if they are."""
    if FORKS:
        nursery()


def fork_nursery() -> None:
    """Make this process, as it is now, the one that others are forked from."""
    _nurseries.append(Nursery.forked())


def close_nursery() -> None:
    """End the process that others are forked from; the next that is needed starts it anew."""
    while _nurseries:
        _nurseries.pop().close()
    atexit.unregister(close_nursery)


def _environment() -> dict[str, str]:
    """Only what Python needs to run: whatever else there is may be secret."""
    package = str(Path(chainrule.__file__).parents[1])
    paths = [package, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {
        **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
        **dict.fromkeys(_ONE_THREAD, "1"),
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "MPLBACKEND": "Agg",
    }
