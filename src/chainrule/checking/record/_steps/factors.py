"""By which constant a change is a multiple of a gradient, in all runs."""

from collections.abc import Sequence

import numpy as np

from chainrule.checking.record._tape.operations import Array

TOLERANCE = 1e-5  # of a change, beside its largest number
SAME_FACTOR = 1e-4
NOISE = 1e-10  # of the largest gradient of a step: what is smaller is rounding


def factor(changes: Sequence[Array], gradients: Sequence[Array]) -> float | None:
    """The constant c with change = −c · gradient in all runs; None if there is none.

    Shapes: each pair of one size; it does not matter which.
    """
    change, gradient = (np.concatenate([a.ravel() for a in all_]) for all_ in (changes, gradients))
    if change.shape != gradient.shape or not (
        np.isfinite(change).all() and np.isfinite(gradient).all()
    ):
        return None
    with np.errstate(over="ignore"):
        size = float(gradient @ gradient)
    if not 1e-30 <= size < np.inf:
        return None
    c = -float(change @ gradient) / size
    largest = max(float(np.abs(change).max()), 1e-300)
    if c == 0 or float(np.abs(change + c * gradient).max()) > TOLERANCE * largest:
        return None
    return c


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
