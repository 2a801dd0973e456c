"""When two arrays are the same, how far they are apart if not, and what relation holds."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.checking.learner.desk import Leaves

Array = NDArray[Any]
TOLERANCE = 1e-5  # of the largest number: an ε of 1e-6 in a logarithm stays below, no fault does


def same(actual: Array | None, expected: Array | None, tolerance: float = TOLERANCE) -> bool:
    """Whether arrays are equal but for rounding; axes of length 1 do not count.

    Single precision is compared less closely. Shapes: `(...)` and `(...)`.
    """
    with np.errstate(all="ignore"):
        return same_quietly(actual, expected, tolerance)


def same_quietly(
    actual: Array | None, expected: Array | None, tolerance: float = TOLERANCE
) -> bool:
    """`same` where NumPy's warnings are off. Shapes: `(...)` and `(...)`."""
    if actual is None or expected is None or actual.dtype.kind not in "fiub":
        return False
    a, b = np.asarray(actual).squeeze(), np.asarray(expected).squeeze()
    if a.shape != b.shape:
        return False
    if a.size == 0:
        return True
    if actual.dtype in (np.float32, np.float16):
        tolerance = max(tolerance, 2e-4)
    largest = np.maximum.reduce(np.abs(b), axis=None)
    if not math.isfinite(largest):
        return bool(np.array_equal(a, b, equal_nan=True))
    off = np.maximum.reduce(np.abs(a - b), axis=None)
    return bool(off <= tolerance * max(largest, 1e-3))


def finite(array: Array | None) -> bool:
    """Whether there are numbers and all of them finite. Shape: `(...)`."""
    return array is not None and bool(np.isfinite(array).all())


def as_array(result: Leaves) -> Array | None:
    """What a call returned, as one array: a plain one, or rows in a list; None if it is neither.

    Shape: `(...)`.
    """
    if set(result) == {""}:
        return result[""]
    parts = list(result.values())
    if not parts or any(part is None for part in parts):
        return None
    if list(result) == [str(i) for i in range(len(parts))]:
        rows = [np.asarray(part) for part in parts]
        if len({row.shape for row in rows}) == 1:
            return np.stack(rows)
    return None


def relation(actual: Array, expected: Array) -> str:
    """In words, what simple relation holds between two arrays, "" if none was found.

    Looked for: the shape, a constant factor (and the sign), the transpose, values that are all
    the same or missing in places. Shapes: `(...)` and `(...)`.

    Examples:
        >>> relation(np.array([2.0, 4.0]), np.array([1.0, 2.0]))
        'it is 2 times the right one'
        >>> relation(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, 3.0], [2.0, 4.0]]))
        'it is the transpose of the right one'
    """
    return next(_relations(np.squeeze(np.asarray(actual)), np.squeeze(np.asarray(expected))), "")


def _relations(a: Array, b: Array) -> Iterator[str]:
    if a.size and not np.isfinite(a).all():
        yield f"it is not finite in {int((~np.isfinite(a)).sum())} of {a.size} places"
        return
    if a.ndim == 2 and a.T.shape == b.shape and same(a.T, b):
        yield "it is the transpose of the right one"
    if a.shape != b.shape:
        yield f"its shape is {a.shape}, and the right one is {b.shape}"
        return
    factor = _factor(a, b)
    if factor is not None and abs(factor + 1) < 1e-4:
        yield "it has the opposite sign"
    elif factor is not None and abs(factor - 1) > 1e-4:
        yield f"it is {factor:.4g} times the right one"
    if a.size > 1 and not a.any():
        yield "it is all zeros"
    wrong = ~np.isclose(a, b, rtol=1e-4, atol=1e-6 * max(1e-3, float(np.abs(b).max(initial=0))))
    if a.size > 1 and 0 < wrong.sum() <= a.size / 2:
        yield f"{int(wrong.sum())} of {a.size} numbers differ, the others are right"


def _factor(a: Array, b: Array) -> float | None:
    """The number c with a = c · b, if there is one; of single numbers there always is, so none."""
    if a.size < 2 or not np.abs(b).max():
        return None
    place = np.unravel_index(np.abs(b).argmax(), b.shape)
    c = float(a[place] / b[place])
    return c if c and same(a, c * b, 1e-4) else None


def farthest(actual: Array, expected: Array) -> tuple[int, ...]:
    """Where two arrays differ most, or one is not finite. Shapes: `(...)`, both the same."""
    with np.errstate(all="ignore"):
        off = np.where(np.isfinite(actual), np.abs(actual - expected), np.inf)
    return tuple(int(i) for i in np.unravel_index(off.argmax(), off.shape))


def in_words(actual: Array, expected: Array) -> str:
    """How an array differs from the right one: the relation that holds, the largest difference.

    Shapes: `(...)` and `(...)`.
    """
    of_one_shape = np.squeeze(actual).shape == np.squeeze(expected).shape
    off = distance(actual, expected) if of_one_shape else ""
    return "; ".join(filter(None, (relation(actual, expected), off)))


def distance(actual: Array, expected: Array) -> str:
    """The largest difference in words. Shapes: `(...)`, both the same."""
    actual, expected = np.squeeze(actual), np.squeeze(expected)
    place = farthest(actual, expected)
    at = f" at {place}" if place else ""
    got, want = actual[place], expected[place]
    return f"{got:.5g} where {want:.5g} is right{at}"
