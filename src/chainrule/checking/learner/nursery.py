"""A process that has everything loaded and forks one for each file, where the system can fork.

Loading NumPy takes longer than judging a file. What is forked has never seen a learner's code.
Elsewhere each file's process starts by itself.
"""

import contextlib
import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

_COMMAND = "from chainrule.checking.learner.nursery import main; main()"
_MOST_BYTES = 65_536
_POLL = 0.01  # seconds
_END_WITH_PARENT = 1  # Linux's PR_SET_PDEATHSIG


class Process(Protocol):
    """A process that runs a learner's file."""

    pid: int

    def kill(self) -> None:
        """Kill it, without what it has started."""
        ...

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, negative if a signal ended it.

        Raises:
            subprocess.TimeoutExpired: if it has not ended within that many seconds.
        """
        ...


class Nursery:
    """Starts processes for learners' files by forking a process that is ready."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Start the process that is forked, with these environment variables."""
        self._lock = threading.Lock()
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-c", _COMMAND],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=dict(environment),
                start_new_session=True,
            )

    def start(self, arguments: Sequence[str], folder: str, streams: Sequence[int]) -> Process:
        """Fork a process that runs a file.

        Args:
            arguments: as on the command line of `child.py`.
            folder: its working directory.
            streams: its standard input and output.

        Raises:
            OSError: if the process that is forked is no more.
        """
        request = {"arguments": list(arguments), "folder": folder}
        return _Forked(self, int(self.ask(request, streams)))

    def ask(self, request: Mapping[str, Any], streams: Sequence[int] = ()) -> Any:
        """Send a request, and give the answer.

        Raises:
            OSError: if the process that is forked is no more.
        """
        with self._lock:
            try:
                socket.send_fds(self._socket, [json.dumps(request).encode()], list(streams))
                data = self._socket.recv(_MOST_BYTES)
            except BaseException:  # such as Ctrl-C: what comes next would answer this request
                self._socket.close()
                raise
        if not data:
            raise ConnectionError("the process that is forked is no more")
        return json.loads(data)

    def close(self) -> None:
        """End the process that is forked."""
        self._socket.close()
        self._process.kill()
        self._process.wait()


class _Forked:
    """A process that a nursery forked, and that only it can wait for."""

    def __init__(self, nursery: Nursery, pid: int) -> None:
        self.pid = pid
        self._nursery = nursery
        self._code: int | None = None

    def kill(self) -> None:
        if self._code is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        if self._code is None:
            code = self._nursery.ask({"wait": self.pid, "timeout": timeout})
            if code is None:
                raise subprocess.TimeoutExpired("fork", timeout or 0.0)
            self._code = int(code)
        return self._code


def main() -> None:
    """Fork on request until there are no more requests."""
    from chainrule.checking.learner import (
        child,  # all that is to be ready before the first request
    )

    system = ctypes.CDLL(None)
    connection = socket.socket(fileno=os.dup(0))
    while True:
        data, streams, _, _ = socket.recv_fds(connection, _MOST_BYTES, 2)
        if not data:
            return
        request = json.loads(data)
        if "wait" in request:
            connection.sendall(json.dumps(_wait(**request)).encode())
            continue
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            with contextlib.suppress(BaseException):
                connection.close()
                os.setsid()
                system.prctl(_END_WITH_PARENT, signal.SIGKILL)
                if os.getppid() != parent:  # it had ended before that was asked for
                    os._exit(1)
                os.chdir(request["folder"])
                for standard, stream in enumerate(streams):
                    os.dup2(stream, standard)
                    os.close(stream)
                child.run(*request["arguments"])
                os._exit(0)
            os._exit(1)
        for stream in streams:
            os.close(stream)
        connection.sendall(json.dumps(pid).encode())


def _wait(wait: int, timeout: float | None) -> int | None:
    """The exit code of a process; None if it has not ended in time."""
    end = None if timeout is None else time.monotonic() + timeout
    while True:
        found, status = os.waitpid(wait, 0 if end is None else os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        if end is not None and time.monotonic() > end:
            return None
        time.sleep(_POLL)
