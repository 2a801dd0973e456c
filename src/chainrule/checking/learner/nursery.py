"""A process that has everything loaded and forks one for each file, where the system can fork.

Loading NumPy takes longer than judging a file. What is forked has never seen a learner's code.
Elsewhere each file's process starts by itself.

A nursery answers within a limit or is given up, and it ends with the process that made it, however
that ends: the socket between them closes. What a learner's code has started, also in a session of
its own, becomes the nursery's child once its parents have ended, and is killed.
"""

import contextlib
import ctypes
import gc
import importlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence, Set
from pathlib import Path
from typing import Any, Protocol

from chainrule.checking.learner.folders import Folder

READY = (  # loaded before a fork
    "chainrule.checking.learner.child",
    "chainrule.checking.file",
    "safetensors.numpy",
)
_COMMAND = "from chainrule.checking.learner.nursery import main; main()"
_MOST_BYTES = 65_536
_POLL = 0.01  # seconds
_SEVERAL = 2  # starts of a module, before which it prepares what all may need
_SELDOM = 10_000  # objects that are new, after which unused ones are looked for among them
_LOADING, _ANSWER = 120.0, 20.0  # seconds: what has not answered by then was stopped
_ENDING = 2.0  # seconds for what others have started to end, while there is more to do
_AT_LAST = 60.0  # seconds for it where there is not: a busy machine with hundreds of processes
_SIGNAL_AT_PARENTS_END, _ADOPT = 1, 36  # Linux's PR_SET_PDEATHSIG and PR_SET_CHILD_SUBREAPER


class Process(Protocol):
    """A process that was started.

    Attributes:
        pid: its number.
        seconds: of processor time that it took, once it was waited for and where that is known.
    """

    pid: int
    seconds: float | None

    def kill(self) -> None:
        """Kill it, without what it has started."""
        ...

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, negative if a signal ended it.

        Raises:
            subprocess.TimeoutExpired: if it has not ended within that many seconds.
        """
        ...


class Started(subprocess.Popen[bytes]):
    """A process that was started by itself; what it takes is not known."""

    seconds: float | None = None


class Nursery:
    """Starts processes by forking one that is ready."""

    def __init__(self, process: Process, connection: socket.socket) -> None:
        """Take up a process that serves the other end of this connection."""
        self._process, self._socket = process, connection
        self._lock = threading.Lock()
        self._patience = _LOADING

    @classmethod
    def started(cls, environment: Mapping[str, str]) -> "Nursery":
        """A new process that loads everything, with these environment variables."""
        ours, theirs = socket.socketpair()
        with theirs:
            process = Started(
                [sys.executable, "-P", "-c", _COMMAND],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=dict(environment),
                start_new_session=True,
            )
        return cls(process, ours)

    @classmethod
    def forked(cls) -> "Nursery":
        """A fork of this process as it is now: it must have one thread, and know no answers."""
        ours, theirs = socket.socketpair()
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            with contextlib.suppress(BaseException):
                ours.close()
                os.setsid()
                nowhere = os.open(os.devnull, os.O_RDWR)
                for stream in (0, 1, 2):
                    os.dup2(nowhere, stream)
                os.close(nowhere)
                _serve(theirs, parent)
            os._exit(0)
        theirs.close()
        return cls(_Own(pid), ours)

    def start(
        self,
        module: str,
        arguments: Sequence[str],
        folder: str,
        streams: Sequence[int],
        remove: str,
    ) -> Process:
        """Fork a process that calls `run` of a module.

        Args:
            module: one of `READY`.
            arguments: of `run`.
            folder: its working directory.
            streams: its standard input and output.
            remove: a folder that goes with the nursery, if it is still there.

        Raises:
            OSError: if the nursery is no more, or does not answer.
        """
        request = {"module": module, "arguments": list(arguments), "folder": folder,
                   "remove": remove}  # fmt: skip
        return _Forked(self, int(self.ask(request, streams)))

    def ask(self, request: Mapping[str, Any], streams: Sequence[int] = ()) -> Any:
        """Send a request, and give the answer.

        Raises:
            OSError: if the nursery is no more, or does not answer.
        """
        with self._lock:
            try:
                self._socket.settimeout(self._patience + request.get("timeout", 0.0))
                socket.send_fds(self._socket, [json.dumps(request).encode()], list(streams))
                data = self._socket.recv(_MOST_BYTES)
            except BaseException:  # such as Ctrl-C: what comes next would answer this request
                self._socket.close()
                raise
        self._patience = _ANSWER
        if not data:
            raise ConnectionError("the process that is forked is no more")
        return json.loads(data)

    def close(self) -> None:
        """End the nursery, and what it has forked."""
        self._socket.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_ENDING)
            return
        self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_ENDING)


class _Child(ABC):
    """A process that was forked, which is waited for once."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.seconds: float | None = None
        self._code: int | None = None

    @abstractmethod
    def _ended(self, timeout: float) -> tuple[int, float] | None:
        """Exit code and processor time; None if it has not ended in time."""

    def kill(self) -> None:
        if self._code is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        if self._code is None:
            seconds = _ENDING if timeout is None else timeout
            ended = self._ended(seconds)
            if ended is None:
                raise subprocess.TimeoutExpired("fork", seconds)
            self._code, self.seconds = ended
        return self._code


class _Own(_Child):
    """A process that this one forked."""

    def _ended(self, timeout: float) -> tuple[int, float] | None:
        return _wait(self.pid, timeout)


class _Forked(_Child):
    """A process that a nursery forked, and that only it can wait for."""

    def __init__(self, nursery: Nursery, pid: int) -> None:
        super().__init__(pid)
        self._nursery = nursery

    def _ended(self, timeout: float) -> tuple[int, float] | None:
        ended = self._nursery.ask({"wait": self.pid, "timeout": timeout})
        return None if ended is None else (int(ended[0]), float(ended[1]))


def main() -> None:
    """Load everything, and fork on request until there are no more requests."""
    parent = os.getppid()
    for module in READY:
        importlib.import_module(module)
    _keep()
    gc.set_threshold(_SELDOM)
    _serve(socket.socket(fileno=os.dup(0)), parent)


def _keep() -> None:
    """What is there stays: no fork needs to look at it, which would copy its memory."""
    gc.collect()
    gc.freeze()


def _serve(connection: socket.socket, parent: int) -> None:
    system = ctypes.CDLL(None)
    # A nursery that was stopped goes on when its parent ends, and sees that the socket is closed.
    system.prctl(_SIGNAL_AT_PARENTS_END, signal.SIGCONT)
    system.prctl(_ADOPT, 1)
    children: set[int] = set()
    folders: dict[str, Folder] = {}
    starts: dict[str, int] = {}
    while os.getppid() == parent:
        try:
            data, streams, _, _ = socket.recv_fds(connection, _MOST_BYTES, 2)
            if not data:
                break
            request = json.loads(data)
            answer: Any
            if "wait" in request:
                answer = _wait(request["wait"], request["timeout"])
                if answer is not None:
                    children.discard(request["wait"])
                    _end_all_but(children)
            else:
                module = request["module"]
                starts[module] = starts.get(module, 0) + 1
                prepare = getattr(sys.modules.get(module), "prepare", None)
                if starts[module] == _SEVERAL and prepare is not None:
                    prepare()  # not before: the first would wait for it
                    _keep()
                folders.setdefault(request["remove"], Folder(request["remove"]))
                answer = _fork(system, connection, request, streams)
                children.add(answer)
            connection.sendall(json.dumps(answer).encode())
        except OSError:  # the other end is no more
            break
    _end_all_but(set(), _AT_LAST)
    for folder in folders.values():
        folder.remove()


def _fork(
    system: ctypes.CDLL, connection: socket.socket, request: Mapping[str, Any], streams: list[int]
) -> int:
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(BaseException):
            connection.close()
            os.setsid()
            system.prctl(_SIGNAL_AT_PARENTS_END, signal.SIGKILL)
            if os.getppid() != parent:  # it had ended before that was asked for
                os._exit(1)
            os.chdir(request["folder"])
            for standard, stream in enumerate(streams):
                os.dup2(stream, standard)
                os.close(stream)
            importlib.import_module(request["module"]).run(*request["arguments"])
            os._exit(0)
        os._exit(1)
    for stream in streams:
        os.close(stream)
    return pid


def _wait(pid: int, timeout: float) -> tuple[int, float] | None:
    """Exit code and processor time of a child; None if it has not ended in time."""
    end = time.monotonic() + timeout
    while True:
        try:
            ended, status, usage = os.wait4(pid, os.WNOHANG)
        except ChildProcessError:  # it was waited for before
            return 0, 0.0
        if ended:
            return os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime
        if time.monotonic() > end:
            return None
        time.sleep(_POLL)


def _end_all_but(children: Set[int], seconds: float = _ENDING) -> None:
    """Kill all children but those that were forked here and are still wanted."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        others = _children() - children
        if not others:
            return
        for pid in others:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, os.WNOHANG)
        time.sleep(_POLL / 10)


def _children() -> set[int]:
    path = Path(f"/proc/self/task/{os.getpid()}/children")
    with contextlib.suppress(OSError):
        return set(map(int, path.read_text().split()))
    return set()
