"""A candidate in a process of its own, told over a pipe what to do.

So no library's threads, settings or memory touch another's, and a library that is missing or
crashes takes only itself out.
"""

from __future__ import annotations

import contextlib
import importlib
import multiprocessing
import os
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any

from speedlib.jobs import Job, LeftOutError, Session, Sweep, Weights


def cpus(threads: int) -> set[int]:
    """The first CPUs that this process may use, one for each thread; empty if unknown."""
    if not hasattr(os, "sched_getaffinity"):
        return set()
    return set(sorted(os.sched_getaffinity(0))[:threads])


@contextlib.contextmanager
def started_with(threads: int) -> Iterator[None]:
    """Within this, new processes start with so many CPUs and that number of threads."""
    number = str(threads)
    names = ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM", "NUMEXPR")
    settings = {f"{name}_NUM_THREADS": number for name in names}
    settings |= {"JAX_PLATFORMS": "cpu", "KERAS_BACKEND": "jax", "TF_CPP_MIN_LOG_LEVEL": "2"}
    settings["XLA_FLAGS"] = f"--xla_cpu_multi_thread_eigen={'false' if threads == 1 else 'true'}"
    before, allowed = dict(os.environ), cpus(os.cpu_count() or 1)
    os.environ.update(settings)
    if allowed:
        os.sched_setaffinity(0, cpus(threads))
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        if allowed:
            os.sched_setaffinity(0, allowed)


class Worker:
    """One candidate.

    Attributes:
        name: what the tables call it.
    """

    def __init__(self, name: str, target: str, threads: int = 1) -> None:
        """Start its process.

        Args:
            name: what the tables call it.
            target: module in `speedlib.peers` and the class or function in it that makes a
                `Session` of a job, such as "student:PerSample".
            threads: how many threads and CPUs it may use.
        """
        self.name = name
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, target), daemon=True)
        with started_with(threads):
            self._process.start()
        theirs.close()

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        self._process.join()

    def prepare(self, job: Job | Sweep) -> None:
        """Load, convert and compile everything, and run once to warm up.

        Raises:
            LeftOutError: if the candidate cannot do the job.
        """
        self._ask("prepare", job)

    def run(self) -> float:
        """Do the job from the first weights on; seconds that it took.

        Raises:
            LeftOutError: if the candidate fails.
        """
        seconds: float = self._ask("run", None)
        return seconds

    def weights(self) -> Weights:
        """Weights after the last run.

        Raises:
            LeftOutError: if the candidate fails.
        """
        weights: Weights = self._ask("weights", None)
        return weights

    def _ask(self, what: str, argument: Any) -> Any:
        try:
            self._pipe.send((what, argument))
            answer = self._pipe.recv()
        except (EOFError, OSError) as error:
            self._process.join()
            raise LeftOutError(f"its process died, code {self._process.exitcode}") from error
        if isinstance(answer, LeftOutError):
            raise answer
        return answer


def _serve(pipe: Connection, target: str) -> None:
    """Answer requests until the process is ended."""
    session: Any = None
    while True:
        what, argument = pipe.recv()
        try:
            if what == "prepare":
                module, maker = target.split(":")
                session = getattr(importlib.import_module(f"speedlib.peers.{module}"), maker)(
                    argument
                )
                _timed(session)
                answer: Any = None
            else:
                answer = _timed(session) if what == "run" else session.weights()
        except Exception as error:  # whatever it is, the others go on without this one
            answer = LeftOutError(_reason(error))
        pipe.send(answer)


def _timed(session: Session) -> float:
    session.reset()
    started = time.perf_counter()
    session.run()
    return time.perf_counter() - started


def _reason(error: Exception) -> str:
    if isinstance(error, ModuleNotFoundError):
        return f"{error.name} is not installed"
    if isinstance(error, LeftOutError):
        return str(error)
    return f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'no message'}"
