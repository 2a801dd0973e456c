"""Files judged side by side, each by a process of its own.

Whatever a file does costs itself alone: a process that ends or is stopped leaves the others, and
every wait has a limit. Nothing that judges is loaded here, so that this process is ready at once.
"""

import contextlib
import json
import os
import queue
import subprocess
import threading
import time
from collections import deque
from collections.abc import Generator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from chainrule.checking.learner import process
from chainrule.checking.learner.budget import SECONDS, WALL
from chainrule.checking.learner.folders import Folder
from chainrule.checking.learner.salvage import Note

FILE = "file"  # name of the result where nothing of a file could be looked at
_MODULE = "chainrule.checking.file"
_JUDGING = 60.0  # seconds of the clock for the judge's own work, on a machine that is busy
_ENDED = "the process that judged it was ended"


@dataclass(frozen=True)
class Outcome:
    """What became of one file.

    Attributes:
        path: as it was given.
        results: on everything that it defines, as `Finding.to_dict` has them.
        lines: for each of them, the looks and texts of what is shown below its name.
        page: the results as HTML, with graphs; "" where that was not asked for.
        notes: what in it could not be used.
        error: why it could not be read.
    """

    path: Path
    results: tuple[Mapping[str, Any], ...] = ()
    notes: tuple[Note, ...] = ()
    error: str = ""
    lines: tuple[Sequence[tuple[str, str]], ...] = ()
    page: str = ""

    @classmethod
    def unjudged(cls, path: Path, reason: str) -> "Outcome":
        """That of a file of which nothing is known but why."""
        result = {"name": FILE, "definition": 1, "passed": None, "faults": [], "remarks": [],
                  "message": reason, "cell": None, "line": None, "expected": None, "actual": None,
                  "mistakes": [], "lines": []}  # fmt: skip
        return cls(path, (result,), lines=((("", f"      {reason}"),),))

    @property
    def is_judged(self) -> bool:
        """Whether something in it was found right or wrong."""
        return any(result["passed"] is not None for result in self.results)

    @property
    def is_wrong(self) -> bool:
        """Whether something in it was found wrong."""
        return any(result["passed"] is False for result in self.results)

    def encoded(self) -> bytes:
        """The outcome as JSON, without the path."""
        notes = [(n.cell, n.line, n.source, n.message) for n in self.notes]
        return json.dumps(
            {"results": self.results, "notes": notes, "error": self.error, "lines": self.lines,
             "page": self.page}
        ).encode()  # fmt: skip

    @classmethod
    def decoded(cls, path: Path, text: bytes) -> "Outcome":
        """What `encoded` gave.

        Raises:
            ValueError: if it is not whole.
        """
        content = json.loads(text)
        notes = tuple(Note(*note) for note in content["notes"])
        return cls(path, tuple(content["results"]), notes, content["error"],
                   tuple(content["lines"]), content["page"])  # fmt: skip


@dataclass(frozen=True)
class Terms:
    """How a file is judged.

    Attributes:
        timeout: seconds of processor time for all of its code.
        hint: how much to say of a mistake; 0 for whether there is one.
        draw: whether to make a page, with graphs.
        seed: of the numbers on which its code is tried.
        lab: folder of the sources of the lab's parts; "" if its contract holds nowhere.
        is_lab: whether that contract holds in every file, and not where a part is started alone.
    """

    timeout: float = SECONDS
    hint: int = 2
    draw: bool = False
    seed: int = 0
    lab: str = ""
    is_lab: bool = False


def judge_files(paths: Sequence[Path], jobs: int, terms: Terms) -> Generator[Outcome]:
    """Judge files, several at a time; what became of each, in their order.

    A file whose process ended is judged once more, when no other is: it may have been another's
    doing.

    Args:
        paths: of the files.
        jobs: how many at a time.
        terms: of each.
    """
    folder = Folder()
    running: dict[int, _Job] = {}
    ended: queue.SimpleQueue[int] = queue.SimpleQueue()
    waiting, again = deque(enumerate(paths)), deque[tuple[int, Path]]()
    outcomes: dict[int, Outcome] = {}
    try:
        for place in range(len(paths)):
            while place not in outcomes:
                while waiting and len(running) < jobs:
                    number, path = waiting.popleft()
                    running[number] = _Job(number, path, terms, folder.path, ended)
                if not running:
                    number, path = again.popleft()
                    running[number] = _Job(number, path, terms, folder.path, ended, True)
                for number, outcome in _next(running, ended):
                    if outcome is None:
                        again.append((number, paths[number]))
                    else:
                        outcomes[number] = outcome
            yield outcomes.pop(place)
    finally:
        for job in running.values():
            job.end()
        folder.remove()


def _next(
    running: "dict[int, _Job]", ended: "queue.SimpleQueue[int]"
) -> Generator[tuple[int, Outcome | None]]:
    """Wait until a file is judged, or its time is over."""
    first = min(running.values(), key=lambda job: job.deadline)
    try:
        number = ended.get(timeout=max(0.0, first.deadline - time.monotonic()))
    except queue.Empty:
        number = first.number
    job = running.pop(number, None)  # one that was given up has ended too
    if job is not None:
        job.end()
        yield number, job.outcome()


class _Job:
    """A process that judges a file."""

    def __init__(
        self,
        number: int,
        path: Path,
        terms: Terms,
        folder: str,
        ended: "queue.SimpleQueue[int]",
        is_second: bool = False,
    ) -> None:
        self.number, self._path, self._is_second = number, path, is_second
        self._seconds = WALL * terms.timeout + _JUDGING
        self.deadline = time.monotonic() + self._seconds
        self._text, self._ended = b"", ended
        arguments = (os.fsdecode(path), json.dumps(asdict(terms)), folder)
        self._source, theirs = os.pipe()
        nothing = os.open(os.devnull, os.O_RDONLY)
        try:
            self._process = process.start(
                _MODULE, arguments, str(Path.cwd()), (nothing, theirs), remove=folder
            )
        finally:
            os.close(theirs)
            os.close(nothing)
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        parts = []
        with os.fdopen(self._source, "rb", buffering=0) as source:
            while part := source.read(1 << 16):
                parts.append(part)
        self._text = b"".join(parts)
        self._ended.put(self.number)

    def outcome(self) -> Outcome | None:
        """What became of the file; None if its process ended and it should be tried again."""
        with contextlib.suppress(ValueError):
            return Outcome.decoded(self._path, self._text)
        if time.monotonic() >= self.deadline:
            reason = f"It could not be judged: judging it did not end within {self._seconds:g} s."
            return Outcome.unjudged(self._path, reason)
        if self._is_second:
            return Outcome.unjudged(self._path, f"It could not be judged: {_ENDED}.")
        return None

    def end(self) -> None:
        """Kill the process, if it has not ended; what it has started ends with it."""
        with contextlib.suppress(OSError):
            self._process.kill()
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            self._process.wait(timeout=process.STARTING)
