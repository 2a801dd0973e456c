"""The members of an ensemble, trained side by side."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from typing import Any, TypeVar

from chainrule.runs.listener import Listener
from chainrule.training.history import Epoch, History
from chainrule.training.numerics import one_blas_thread
from chainrule.training.progress import Progress

T = TypeVar("T")


class SharedListener(Listener):
    """Tells one listener what several threads do, one after the other."""

    def __init__(self, listener: Listener) -> None:
        self._listener, self._lock = listener, threading.Lock()
        self._left = threading.Event()

    def epoch_ended(self, name: str, progress: Progress) -> None:
        """An epoch of a member ended."""
        with self._lock:
            self._listener.epoch_ended(name, progress)

    def leave(self) -> None:
        """Have all members end after their epoch."""
        self._left.set()

    def stop(self) -> bool:
        """Whether to end after the current epoch: asked to, or since another member failed."""
        return self._left.is_set() or self._listener.stop()


def at_once(work: Sequence[Callable[[], T]], threads: int, listener: SharedListener) -> list[T]:
    """What each piece of work gives, in order; of errors the first, once all have ended.

    The compiled kernel lets other threads run. BLAS gets one thread, so that the bits stay.
    """
    with one_blas_thread(), ThreadPoolExecutor(threads) as pool:
        futures = [pool.submit(piece) for piece in work]
        try:
            return [future.result() for future in futures]
        except BaseException:
            listener.leave()
            raise


def mean_history(histories: Sequence[History]) -> History:
    """Row by row the mean of the members' scores, as far as all have come; the seconds add up."""
    return History([_mean_row(rows) for rows in zip(*histories, strict=False)])


def _mean_row(rows: Sequence[Epoch]) -> Epoch:
    def mean(name: str) -> Any:
        values = [getattr(row, name) for row in rows]
        return None if None in values else sum(values) / len(values)

    means = {field.name: mean(field.name) for field in fields(Epoch)}
    together = {"epoch": rows[0].epoch, "seconds": sum(row.seconds for row in rows)}
    return Epoch(**means | together)
