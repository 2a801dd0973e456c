"""A desk whose code runs in another process, within limits on time, memory and output."""

import pickle
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from chainrule.checking.learner.budget import Budget
from chainrule.checking.learner.desk import (
    Definition,
    Problem,
    Reply,
    Request,
    RequestKind,
    SpentError,
    kind_of_request,
)
from chainrule.checking.learner.process import Child, EndError, HangsError
from chainrule.checking.learner.salvage import Note
from chainrule.checking.learner.wire import (
    Hello,
    WireError,
    decode_hello,
    decode_reply,
)
from chainrule.errors import ChainruleError

MOST_STARTS = 10
MOST_AHEAD = 8_000  # bytes of requests before a reply: what a pipe holds, or sending would hang


class EndsError(ChainruleError):
    """The file ends or stops its process before anything can be asked."""


class RemoteDesk:
    """Calls what a file defines, in a process of its own; a context manager.

    A request that kills the process, or does not end, is answered with a `Problem`, and a new
    process takes the next; requests of that kind are not made again.

    Attributes:
        definitions: what there is, in the order of the file.
        notes: what could not be used or executed, and why.
    """

    def __init__(self, path: Path, budget: Budget | None = None) -> None:
        """Take up a file, which is read when the desk is entered.

        Args:
            path: of a notebook or a module.
            budget: what its code may take.
        """
        self.definitions: Sequence[Definition] = ()
        self.notes: tuple[Note, ...] = ()
        self._given, self._path = path, path.absolute()
        self._budget = budget or Budget()
        self._guilty: dict[RequestKind, Problem] = {}
        self._child: Child | None = None
        self._starts = 0
        self._number = 0

    def __enter__(self) -> Self:
        """Start the process, and read what the file defines.

        Raises:
            EndsError: if it ends or stops its process.
            ChainruleError: if the file cannot be read.
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
        """Answer each request, in order; a problem in one does not keep the others.

        Raises:
            SpentError: if the code has taken all that it may.
        """
        replies = self._ask_together(requests)
        return replies + [self._ask(request) for request in requests[len(replies) :]]

    def _ask_together(self, requests: Sequence[Request]) -> list[Reply]:
        """Send requests before the replies to earlier ones are read, which saves waiting.

        Gives the replies up to the first trouble; the others are then asked one by one.
        """
        if any(kind_of_request(request) in self._guilty for request in requests):
            return []
        if self._restart() is not None or self._child is None:
            return []
        numbered = enumerate(requests, self._number + 1)
        payloads = [pickle.dumps((number, request)) for number, request in numbered]
        sent = 0
        replies: list[Reply] = []
        try:
            for place, request in enumerate(requests):
                while sent < len(payloads) and (
                    sent == place or sum(map(len, payloads[place : sent + 1])) <= MOST_AHEAD
                ):
                    self._child.send(payloads[sent])
                    sent += 1
                self._number += 1
                number, reply = decode_reply(self._child.receive())
                if number != self._number:
                    raise WireError("a reply to another request")
                self._remember(kind_of_request(request), reply)
                replies.append(reply)
                if (
                    kind_of_request(request) in self._guilty
                ):  # those that follow may be of its kind
                    break
            if len(replies) < len(requests):
                self._stop()
                return replies
            if self._child.is_silent():
                return replies
        except EndError as error:
            self._stop()
            kind = "TimeoutError" if isinstance(error, HangsError) else "Killed"
            ended = Reply(problem=Problem(kind, str(error)))
            self._remember(kind_of_request(requests[len(replies)]), ended)
            return [*replies, ended]
        except WireError:
            pass
        self._stop()  # what came may be forged: ask everything again, one by one
        return []

    def _ask(self, request: Request) -> Reply:
        kind = kind_of_request(request)
        known = self._guilty.get(kind)
        if known is not None:
            return Reply(problem=known)
        reply = self._exchange(request)
        if reply is None:  # an earlier request may be to blame for what came: once more, afresh
            reply = self._exchange(request)
        if reply is None:
            reply = Reply(problem=Problem("Killed", "it writes into what belongs to the judge"))
        self._remember(kind, reply)
        return reply

    def _remember(self, kind: RequestKind, reply: Reply) -> None:
        """Keep what hung or ended the process, so that it is not asked again."""
        if reply.problem is not None and reply.problem.kind in ("TimeoutError", "Killed"):
            self._guilty[kind] = reply.problem
            self._budget.hurry()

    def _exchange(self, request: Request) -> Reply | None:
        """Ask once; None if what comes back is no reply to this request."""
        problem = self._restart()
        if problem is not None:
            return Reply(problem=problem)
        assert self._child is not None
        self._number += 1
        self._child.send(pickle.dumps((self._number, request)))
        try:
            number, reply = decode_reply(self._child.receive())
        except EndError as error:
            self._stop()
            kind = "TimeoutError" if isinstance(error, HangsError) else "Killed"
            return Reply(problem=Problem(kind, str(error)))
        except WireError:
            number, reply = 0, Reply()
        if number == self._number and self._child.is_silent():
            return reply
        self._stop()
        return None

    def _restart(self) -> Problem | None:
        """Start a new process if there is none; give what is in the way.

        Raises:
            SpentError: if the code has taken all that it may.
        """
        if self._budget.is_spent:
            self._stop()
            raise SpentError(f"the file's code had taken its {self._budget.seconds:g} s before")
        if self._child is not None:
            return None
        if self._starts >= MOST_STARTS:
            raise SpentError("too much of the file hung, or ended its process, before")
        try:
            again = self._start()
        except ChainruleError as error:
            self._stop()
            return Problem("Killed", str(error))
        if again.definitions == self.definitions:
            return None
        self._stop()
        return Problem("Killed", "the file defines something else each time it is executed")

    def _start(self) -> Hello:
        self._starts += 1
        self._child = Child(self._path, self._budget)
        try:
            payload = self._child.receive()
        except EndError as error:
            raise EndsError(
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
