"""What scaling and the mathematics are written in: arrays of floats."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.errors import ChainruleError

Array = NDArray[np.floating[Any]]


def as_floats(X: ArrayLike) -> Array:
    """Return `X` as an array of floats: as it is if it already is one, else in double precision.

    Shape: `(...)` to the same.

    >>> as_floats([1, 2])
    array([1., 2.])

    Raises:
        ChainruleError: if `X` does not hold numbers in a regular shape.
    """
    if isinstance(X, np.ndarray) and X.dtype.kind == "f":
        return X
    try:
        return np.asarray(X, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ChainruleError(f"expected numbers in rows of equal length, got {X!r}") from error
