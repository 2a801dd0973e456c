"""Schedules of the learning rate: what it is multiplied by in each epoch.

Each is a function of the epoch alone, from 1 to `epochs`, so that a resumed run takes the same
steps as an uninterrupted one. The rate stays the same within an epoch.
"""

import math
from collections.abc import Callable


def constant(epoch: int, epochs: int) -> float:
    """Always 1.

    >>> constant(7, 10)
    1.0
    """
    return 1.0


def step(epoch: int, epochs: int) -> float:
    """1, from half of the epochs on 0.1, and from three quarters on 0.01.

    Source: He and others, Deep residual learning for image recognition (2016), section 4.2.

    >>> [step(epoch, 8) for epoch in (1, 4, 5, 6, 7, 8)]
    [1.0, 1.0, 0.1, 0.1, 0.01, 0.01]
    """
    done = (epoch - 1) / epochs
    return 0.01 if done >= 0.75 else 0.1 if done >= 0.5 else 1.0


def cosine(epoch: int, epochs: int) -> float:
    """(1 + cos(π · (epoch − 1) / epochs)) / 2: from 1 down to almost 0, slowly at either end.

    Source: Loshchilov and Hutter, SGDR (2017), equation 5, without restarts.

    >>> [round(cosine(epoch, 4), 3) for epoch in (1, 2, 3, 4)]
    [1.0, 0.854, 0.5, 0.146]
    """
    return (1 + math.cos(math.pi * (epoch - 1) / epochs)) / 2


SCHEDULES: dict[str, Callable[[int, int], float]] = {
    "constant": constant,
    "step": step,
    "cosine": cosine,
}
