"""The process that runs a learner's file, as the judge sees it: started, written to, killed."""

import atexit
import contextlib
import functools
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path

import chainrule
from chainrule.checking.learner.nursery import Nursery, Process
from chainrule.checking.learner.wire import HEAD, MOST_BYTES, framed

MOST_WAITING = 3 * MOST_BYTES  # of frames, before a process that writes on and on is cut off
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")
_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
_COMMAND = "from chainrule.checking.learner.child import main; main()"


class EndError(Exception):
    """The process is no more, and this is what became of it."""


class HangsError(EndError):
    """The process had to be killed."""


class Child:
    """A process that runs a learner's file, in an empty folder and with a small environment."""

    def __init__(self, path: Path, interrupt: float, task: str = "answer") -> None:
        """Start it.

        Args:
            path: of the file, absolute.
            interrupt: seconds after which it interrupts a request itself.
            task: "answer" requests about the file's definitions, or "record" a run of all of it.
        """
        self._folder = tempfile.TemporaryDirectory(prefix="chainrule-", ignore_cleanup_errors=True)
        theirs_in, self._requests = os.pipe()
        self._replies, theirs_out = os.pipe()
        try:
            arguments = (str(path), str(interrupt), task)
            self._process = _start(arguments, self._folder.name, (theirs_in, theirs_out))
        except BaseException:
            os.close(self._requests)
            os.close(self._replies)
            self._folder.cleanup()
            raise
        finally:
            os.close(theirs_in)
            os.close(theirs_out)
        self._frames: queue.Queue[bytes | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read_all, daemon=True)
        self._reader.start()

    def send(self, payload: bytes) -> None:
        """Write a frame; one that no pipe holds waits until the process reads it."""
        rest = memoryview(framed(payload))
        with contextlib.suppress(BrokenPipeError):  # `receive` says why
            while rest:
                rest = rest[os.write(self._requests, rest) :]

    def receive(self, seconds: float) -> bytes:
        """The next frame's payload.

        Raises:
            EndError: if there is none, since the process has ended or had to be killed.
        """
        try:
            frame = self._frames.get(timeout=seconds)
        except queue.Empty:
            self._kill()
            raise HangsError(f"it did not end within {seconds:g} s") from None
        if frame is None:
            raise EndError(self._what_happened())
        return frame

    def is_silent(self) -> bool:
        """Whether nothing has come that was not asked for."""
        return self._frames.empty()

    def _what_happened(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired, OSError):
            code = self._process.wait(timeout=1)
            if code < 0:
                with contextlib.suppress(ValueError):
                    name = signal.Signals(-code).name
                    return f"its process was ended by the signal {name}"
            return f"it ended the whole process (exit code {code})"
        return "it cut the connection to the judge"

    def _read_all(self) -> None:
        """In a thread of its own: hand on each frame, and None at the end."""
        try:
            while (head := self._read(HEAD.size)) is not None:
                (size,) = HEAD.unpack(head)
                payload = self._read(size) if size <= MOST_BYTES else None
                if payload is None or self._waiting() + size > MOST_WAITING:
                    break
                self._frames.put(payload)
        finally:
            os.close(self._replies)
            self._frames.put(None)

    def _waiting(self) -> int:
        """Bytes of the frames that nobody has taken yet."""
        with self._frames.mutex:
            return sum(len(frame) for frame in self._frames.queue if frame is not None)

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
        with contextlib.suppress(OSError):
            self._process.wait()
        os.close(self._requests)
        self._reader.join(timeout=1)  # what escaped the group may still hold the pipe
        self._folder.cleanup()


def _start(arguments: Sequence[str], folder: str, streams: tuple[int, int]) -> Process:
    """Start a process: by forking one that has all loaded, on Linux, where that is safe."""
    if sys.platform == "linux":
        for _ in range(2):
            with contextlib.suppress(OSError):
                return _nursery().start(arguments, folder, streams)
            close_nursery()
    return subprocess.Popen(
        [sys.executable, "-P", "-c", _COMMAND, *arguments],
        stdin=streams[0],
        stdout=streams[1],
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env=_environment(),
        start_new_session=True,
    )


@functools.cache
def _nursery() -> Nursery:
    atexit.register(close_nursery)
    return Nursery(_environment())


def close_nursery() -> None:
    """End the process that others are forked from; the next that is needed starts it anew."""
    if _nursery.cache_info().currsize:
        _nursery().close()
        _nursery.cache_clear()
    atexit.unregister(close_nursery)


def _environment() -> dict[str, str]:
    """Only what Python needs to run: whatever else there is may be secret."""
    package = str(Path(chainrule.__file__).parents[1])
    paths = [package, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {
        **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
        **dict.fromkeys(_ONE_THREAD, "1"),
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        "MPLBACKEND": "Agg",
    }
