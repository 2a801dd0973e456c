"""By which constant a change is a multiple of a gradient, in all runs."""

import math
from collections.abc import Sequence

import numpy as np

from chainrule.checking.record._tape.operations import Array

TOLERANCE = 1e-5  # of a change, beside its largest number
_BETWEEN_RUNS = 0.01  # of the largest difference between changes of runs that lie near each other
_ROUNDED = 1e-7  # of a change: differences between runs that are no larger say nothing
SAME_FACTOR = 1e-4
NOISE = 1e-10  # of the largest gradient of a step: what is smaller is rounding


def factor(changes: Sequence[Array], gradients: Sequence[Array]) -> float | None:
    """The constant c with change = −c · gradient in all runs; None if there is none.

    Shapes: each pair of one size; it does not matter which.
    """
    change, gradient = (np.concatenate([a.ravel() for a in all_]) for all_ in (changes, gradients))
    if change.shape != gradient.shape:
        return None
    with np.errstate(over="ignore", invalid="ignore"):
        size = float(gradient @ gradient)
        if not 1e-30 <= size < np.inf:
            return None
        c = -float(change @ gradient) / size
    if c == 0 or not math.isfinite(c):  # as where a number of either is not
        return None
    largest = max(float(np.abs(change).max()), 1e-300)
    if float(np.abs(change + c * gradient).max()) > TOLERANCE * largest:
        return None
    return c if _differ_alike(changes, gradients, c, largest) else None


def _differ_alike(
    changes: Sequence[Array], gradients: Sequence[Array], c: float, largest: float
) -> bool:
    """Whether changes differ between runs as gradients do: where runs lie near, much else fits."""
    first, slope = changes[0].ravel(), gradients[0].ravel()
    for change, gradient in zip(changes[1:], gradients[1:], strict=True):
        if change.size != first.size:
            continue
        more = change.ravel() - first
        most = float(np.abs(more).max())
        if most * _BETWEEN_RUNS >= TOLERANCE * largest:
            continue  # far from each other they differ alike, since each is the multiple
        steeper = c * (gradient.ravel() - slope)
        most = max(most, float(np.abs(steeper).max()))
        if float(np.abs(more + steeper).max()) > max(_BETWEEN_RUNS * most, _ROUNDED * largest):
            return False
    return True


def common(factors: Sequence[float | None]) -> float | None:
    """The factor that most have, a positive one before others."""
    best: tuple[int, bool] = (0, False)
    chosen = None
    for one in factors:
        if one is not None:
            times = sum(o is not None and same_factor(o, one) for o in factors)
            if (times, one > 0) > best:
                best, chosen = (times, one > 0), one
    return chosen


def same_factor(a: float, b: float) -> bool:
    """Whether two factors are the same."""
    return abs(a / b - 1) < SAME_FACTOR


def largest_of(arrays: Sequence[Array]) -> float:
    """The largest of some numbers, without a sign; 0 of none, and of what is not finite."""
    return max((float(np.nan_to_num(np.abs(a).max(initial=0.0))) for a in arrays), default=0.0)
