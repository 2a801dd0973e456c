"""How NumPy computes while models are trained: without warnings, and on how many threads."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """One thread for each matrix product, where the threads are for several trainings.

    Trainings that begin and end at any time then leave the number alone.
    """
    with _blas().limit(limits=1, user_api="blas"):
        yield


@contextmanager
def numerics(blas_threads: int | None) -> Iterator[None]:
    """Let overflow become infinity without a warning, and BLAS take so many threads.

    One by default: more cost more than they give on small products, two runs on one machine would
    fight over the cores, and the last bits of a sum depend on their number. None leaves BLAS
    alone: its number of threads is one for the whole process.
    """
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        if blas_threads is None:
            yield
            return
        with _blas().limit(limits=blas_threads, user_api="blas"):
            yield


@functools.cache
def _blas() -> Any:
    """What limits the threads of BLAS; it reads the list of all libraries of the process, once.

    NumPy's BLAS is among them from the beginning, and the engines use no other.
    """
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
