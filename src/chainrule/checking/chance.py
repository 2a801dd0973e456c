"""The numbers on which code is tried, from one seed.

They are drawn anew each time, so that no code can be right for known numbers alone; the seed is
said, and can be given, so that a verdict can be seen again.
"""

import functools
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy.random import Generator

MOST = 10**6  # seeds are smaller: short enough to be typed

_SEED: ContextVar[int] = ContextVar("seed", default=0)


def drawn() -> int:
    """A seed that nobody knows yet."""
    return secrets.randbelow(MOST)


@functools.cache
def of_session() -> int:
    """The seed of this process, drawn when it is first asked for."""
    return drawn()


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """What is drawn meanwhile comes from this seed."""
    token = _SEED.set(seed)
    try:
        yield
    finally:
        _SEED.reset(token)


def generator(*key: int) -> "Generator":
    """A generator of its own for each key, the same for the same seed."""
    import numpy as np  # the command line draws a seed before it knows of any numbers

    return np.random.default_rng([_SEED.get(), *key])


def number(*key: int) -> int:
    """A number below 2**31 of its own for each key, the same for the same seed."""
    return int(generator(*key).integers(2**31))
