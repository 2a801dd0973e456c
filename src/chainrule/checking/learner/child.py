"""The process that a learner's file runs in: within limits, and answering requests.

It is started by `process.py`, or forked by `nursery.py`, with its requests on standard input and
its replies on standard output, takes both away from the learner's code, and ends when its input
does.
"""

import os
import pickle
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from chainrule.checking.learner.budget import Budget
from chainrule.checking.learner.clock import Clock, WatchedImports
from chainrule.checking.learner.desk import Problem, Reply, Request
from chainrule.checking.learner.frames import HEAD, framed
from chainrule.checking.learner.limits import plain, set_limits
from chainrule.checking.learner.project import root_of
from chainrule.checking.learner.running import load
from chainrule.checking.learner.source import read_source
from chainrule.checking.learner.wire import Hello, encode_hello, encode_reply
from chainrule.checking.record.coding import encode
from chainrule.checking.record.run import record
from chainrule.checking.record.table import nothing
from chainrule.errors import ChainruleError

_INTERRUPT = 0.8  # of what the judge waits for: then the code can still say where it was


class Channel:
    """The way to the judge: lengths and payloads."""

    def __init__(self) -> None:
        """Take standard input and output; the learner's code is left with neither."""
        self._requests, self._replies = os.dup(0), os.dup(1)  # subprocesses do not inherit these
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        os.close(nowhere)

    def send(self, payload: bytes, spent: float) -> None:
        """Write a frame, and the seconds of processor time that the learner's code has taken."""
        rest = memoryview(framed(payload, spent))
        while rest:
            rest = rest[os.write(self._replies, rest) :]

    def receive(self) -> bytes | None:
        """Read a frame; None when there are no more."""
        head = self._read(HEAD.size)
        return None if head is None else self._read(HEAD.unpack(head)[0])

    def _read(self, size: int) -> bytes | None:
        parts = []
        while size:
            part = os.read(self._requests, size)
            if not part:
                return None
            parts.append(part)
            size -= len(part)
        return b"".join(parts)


def run(file: str, limit: str, parts: str, wall: str, task: str) -> None:
    """Execute a file in this process, which is given up to it.

    Args:
        file: its path.
        limit: seconds of processor time for all of its code.
        parts: of what is left, of which one request may take one.
        wall: seconds of the clock for one request.
        task: "answer" requests about its definitions, or "record" runs of all of it.
    """
    channel = Channel()
    path, seconds = Path(file), float(limit)
    sys.argv = [path.name]
    # Nothing is written beside a learner's files. What judges was loaded before, and its bytecode
    # is kept: without it, each `check` would compile all of it anew where the installer did not.
    sys.dont_write_bytecode = True
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    os.environ.update(dict.fromkeys(("HOME", "TMPDIR", "TEMP", "TMP"), str(Path.cwd())))
    set_limits(seconds)
    np.random.seed(0)  # noqa: NPY002 — what a learner's file draws is the same each time
    if task == "record":
        _record(path, channel)
        return
    budget = Budget(seconds)
    budget.parts = int(parts)
    clock = Clock(budget, _INTERRUPT * float(wall))
    try:
        source = read_source(path)
        sys.meta_path.insert(0, WatchedImports(clock, root_of(source)))
        desk = load(source, clock.around)
    except ChainruleError as error:
        channel.send(encode_hello(Hello(error=str(error))), budget.spent)
        return
    definitions = [replace(d, problem=plain(d.problem)) for d in desk.definitions]
    channel.send(encode_hello(Hello(tuple(definitions), desk.notes)), budget.spent)
    while (payload := channel.receive()) is not None:
        number, request = pickle.loads(payload)
        assert isinstance(request, Request)
        try:
            (reply,) = desk.ask([request])
            answer = encode_reply(number, replace(reply, problem=plain(reply.problem)))
        except BaseException as error:  # the learner's code may raise anything at any time
            problem = plain(Problem(type(error).__name__, str(error)))
            answer = encode_reply(number, Reply(problem=problem))
        channel.send(answer, budget.spent)


def _record(path: Path, channel: Channel) -> None:
    """Run all of a file, as each request says, and send what it computed."""
    source, begin = None, time.process_time()
    while (payload := channel.receive()) is not None:
        form, seed, first, plan, seconds, most, watch = pickle.loads(payload)
        try:
            source = source or read_source(path)
            table = record(source, form, seed, first, seconds, plan, most, watch=watch)
            reply = encode(table)
        except ChainruleError as error:
            reply = encode(nothing(str(error)))
        channel.send(reply, time.process_time() - begin)
