"""A desk whose code runs in another process, within limits on time, memory and output."""

import atexit
import contextlib
import functools
import os
import pickle
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import chainrule
from chainrule.errors import ChainruleError
from chainrule.learner.desk import Definition, Problem, Reply, Request
from chainrule.learner.nursery import Nursery, Process
from chainrule.learner.salvage import Note
from chainrule.learner.wire import (
    HEAD,
    MOST_BYTES,
    Hello,
    WireError,
    decode_hello,
    decode_reply,
    framed,
)

TIMEOUT = 10.0  # seconds of the clock for one request
STARTING = 15.0  # more of them for a start, on a machine that is busy
HURRIED = 2.0  # the same, once something hung: it is likely to hang again
MOST_STARTS = 10
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT")
_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
_COMMAND = "from chainrule.learner.child import main; main()"

# What of a request decides how the learner's code runs: if it hangs once, it would hang again.
_Kind = tuple[int, tuple[str, ...], frozenset[str], bool]


class RemoteDesk:
    """Calls what a file defines, in a process of its own; a context manager.

    A request that kills the process, or does not end, is answered with a `Problem`, and a new
    process takes the next; requests of that kind are not made again.

    Attributes:
        definitions: what there is, in the order of the file.
        notes: what could not be used or executed, and why.
    """

    def __init__(self, path: Path, timeout: float = TIMEOUT) -> None:
        """Take up a file, which is read when the desk is entered.

        Args:
            path: of a notebook or a module.
            timeout: seconds for one request before its process is killed. Half of it is the
                limit at which the code itself is interrupted, which says where it was.
        """
        self.definitions: Sequence[Definition] = ()
        self.notes: tuple[Note, ...] = ()
        self._given, self._path, self._timeout = path, path.absolute(), timeout
        self._interrupt, self._wait = timeout / 2, timeout
        self._patience = 3 * timeout  # for all that hangs, together
        self._guilty: dict[_Kind, Problem] = {}
        self._child: _Child | None = None
        self._starts = 0
        self._number = 0

    def __enter__(self) -> Self:
        """Start the process, and read what the file defines.

        Raises:
            ChainruleError: if the file cannot be read, or ends or stops its process.
        """
        try:
            hello = self._start()
        except BaseException:
            self._stop()
            raise
        self.definitions, self.notes = hello.definitions, hello.notes
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        """End the process and everything that it started."""
        self._stop()

    def ask(self, requests: Sequence[Request]) -> list[Reply]:
        """Answer each request, in order; a problem in one does not keep the others."""
        replies = self._ask_together(requests)
        return replies + [self._ask(request) for request in requests[len(replies) :]]

    def _ask_together(self, requests: Sequence[Request]) -> list[Reply]:
        """Send all requests before the first reply is read, which saves waiting.

        Gives the replies up to the first trouble; the others are then asked one by one.
        """
        if any(_kind_of(request) in self._guilty for request in requests):
            return []
        if self._restart() is not None or self._child is None:
            return []
        for i, request in enumerate(requests, 1):
            self._child.send(pickle.dumps((self._number + i, request)))
        replies: list[Reply] = []
        begin = time.monotonic()
        try:
            for request in requests:
                begin = time.monotonic()
                self._number += 1
                number, reply = decode_reply(self._child.receive(self._wait))
                if number != self._number:
                    raise WireError("a reply to another request")
                self._remember(_kind_of(request), reply, begin)
                replies.append(reply)
                if _kind_of(request) in self._guilty:  # those that follow may be of its kind
                    break
            if len(replies) < len(requests):
                self._stop()
                return replies
            if self._child.is_silent():
                return replies
        except _EndError as error:
            self._stop()
            kind = "TimeoutError" if isinstance(error, _HangsError) else "Killed"
            ended = Reply(problem=Problem(kind, str(error)))
            self._remember(_kind_of(requests[len(replies)]), ended, begin)
            return [*replies, ended]
        except WireError:
            pass
        self._stop()  # what came may be forged: ask everything again, one by one
        return []

    def _ask(self, request: Request) -> Reply:
        kind = _kind_of(request)
        known = self._guilty.get(kind)
        if known is not None:
            return Reply(problem=known)
        begin = time.monotonic()
        reply = self._exchange(request)
        if reply is None:  # an earlier request may be to blame for what came: once more, afresh
            reply = self._exchange(request)
        if reply is None:
            reply = Reply(problem=Problem("Killed", "it writes into what belongs to the judge"))
        self._remember(kind, reply, begin)
        return reply

    def _remember(self, kind: _Kind, reply: Reply, begin: float) -> None:
        """Keep what hung or ended the process, so that it is not asked again."""
        if reply.problem is not None and reply.problem.kind in ("TimeoutError", "Killed"):
            self._guilty[kind] = reply.problem
            self._patience -= time.monotonic() - begin
            self._interrupt = min(self._interrupt, HURRIED / 2)
            self._wait = min(self._wait, HURRIED)

    def _exchange(self, request: Request) -> Reply | None:
        """Ask once; None if what comes back is no reply to this request."""
        problem = self._restart()
        if problem is not None:
            return Reply(problem=problem)
        assert self._child is not None
        self._number += 1
        self._child.send(pickle.dumps((self._number, request)))
        try:
            number, reply = decode_reply(self._child.receive(self._wait))
        except _EndError as error:
            self._stop()
            kind = "TimeoutError" if isinstance(error, _HangsError) else "Killed"
            return Reply(problem=Problem(kind, str(error)))
        except WireError:
            number, reply = 0, Reply()
        if number == self._number and self._child.is_silent():
            return reply
        self._stop()
        return None

    def _restart(self) -> Problem | None:
        """Start a new process if there is none; give what is in the way."""
        if self._child is not None:
            return None
        if self._starts >= MOST_STARTS or self._patience <= 0:
            return Problem(
                "Killed", "too much of the file hung, or ended its process, before this"
            )
        try:
            again = self._start()
        except ChainruleError as error:
            self._stop()
            return Problem("Killed", str(error))
        if again.definitions == self.definitions:
            return None
        self._stop()
        self._starts = MOST_STARTS
        return Problem("Killed", "the file defines something else each time it is executed")

    def _start(self) -> Hello:
        self._starts += 1
        self._child = _Child(self._path, self._interrupt)
        try:
            payload = self._child.receive(STARTING + self._timeout)
        except _EndError as error:
            raise ChainruleError(
                f"{self._given} cannot be judged: while its definitions are executed, {error}"
            ) from error
        try:
            hello = decode_hello(payload)
        except WireError as error:
            raise ChainruleError(f"{self._given} cannot be judged: {error}") from error
        if hello.error:
            raise ChainruleError(hello.error.replace(str(self._path), str(self._given)))
        return hello

    def _stop(self) -> None:
        if self._child is not None:
            self._child.end()
            self._child = None


class _EndError(Exception):
    """The process is no more, and this is what became of it."""


class _HangsError(_EndError):
    """The process had to be killed."""


class _Child:
    """A process that runs a learner's file, in an empty folder and with a small environment."""

    def __init__(self, path: Path, interrupt: float) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="chainrule-", ignore_cleanup_errors=True)
        theirs_in, self._requests = os.pipe()
        self._replies, theirs_out = os.pipe()
        try:
            arguments = (str(path), str(interrupt))
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
        rest = memoryview(framed(payload))
        with contextlib.suppress(BrokenPipeError):  # `receive` says why
            while rest:
                rest = rest[os.write(self._requests, rest) :]

    def receive(self, seconds: float) -> bytes:
        """The next frame."""
        try:
            frame = self._frames.get(timeout=seconds)
        except queue.Empty:
            self._kill()
            raise _HangsError(f"it did not end within {seconds:g} s") from None
        if frame is None:
            raise _EndError(self._what_happened())
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
                if payload is None:
                    break
                self._frames.put(payload)
        finally:
            os.close(self._replies)
            self._frames.put(None)

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
        self._kill()
        with contextlib.suppress(OSError):
            self._process.wait()
        os.close(self._requests)
        self._reader.join(timeout=1)  # what escaped the group may still hold the pipe
        self._folder.cleanup()


def _kind_of(request: Request) -> _Kind:
    return (
        request.definition,
        tuple(call.method for call in request.calls),
        frozenset(request.references),
        request.forward is not None,
    )


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
