"""What scaling and the mathematics are written in: arrays of floats."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.errors import ChainruleError, quoted

Array = NDArray[np.floating[Any]]

NUMBERS = "fiubO"  # kinds of types, as NumPy calls them, that may hold real numbers
_KINDS = {"c": "complex numbers", "M": "dates", "m": "durations", "V": "records"}


def as_floats(X: ArrayLike) -> Array:
    """Return `X` as an array of floats: as it is if it already is one, else in double precision.

    Shape: `(...)` to the same.

    >>> as_floats([1, 2])
    array([1., 2.])

    Raises:
        ChainruleError: if `X` does not hold real numbers in a regular shape: complex numbers,
            dates and text are none, even where NumPy would make some of them.
    """
    if isinstance(X, np.ndarray) and X.dtype.kind == "f":
        return X
    try:
        array = np.asarray(X)
        if array.dtype.kind not in NUMBERS or _holds_text(array):
            raise ChainruleError(
                f"expected real numbers, got {_KINDS.get(array.dtype.kind, 'text')} "
                f"(dtype {array.dtype}), such as {quoted(next(iter(array.ravel().tolist()), X))}; "
                "make numbers of them first"
            )
        return array.astype(np.float64)
    except (TypeError, ValueError) as error:
        if isinstance(error, ChainruleError):
            raise
        raise ChainruleError(
            f"expected numbers in rows of equal length, got {quoted(X)}"
        ) from error


def _holds_text(array: NDArray[Any]) -> bool:
    """Whether an array of objects holds text, which NumPy would read as numbers."""
    return array.dtype.kind == "O" and any(isinstance(v, str | bytes) for v in array.flat)
