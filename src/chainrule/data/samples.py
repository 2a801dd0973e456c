"""Samples: what all of chainrule asks of them, however they are stored.

A NumPy array of shape `(N, D)` is samples as it is; so are `chainrule.data.rows.Rows`, which stay
bytes or a mapped file until some are taken. What follows are the few things that go another way
for the two of them.
"""

from collections.abc import Iterator
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

# Bytes worked on at once: they stay in the cache, and are a little less than malloc maps anew.
PIECE = 127 << 10


class Samples(Protocol):
    """Samples `(N, D)`: an array, or what gives an array of the rows that are taken.

    A row is taken by its number, rows by a slice or by an array of numbers or of truth values.
    """

    @property
    def shape(self) -> tuple[int, ...]:
        """(N, D)."""
        ...

    @property
    def ndim(self) -> int:
        """2."""
        ...

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the rows that are taken."""
        ...

    def __len__(self) -> int: ...

    def __getitem__(self, rows: Any, /) -> Any: ...

    def __array__(self) -> NDArray[Any]: ...


@runtime_checkable
class _FillsBatches(Protocol):
    """Samples that can fill a batch in its place, as `Rows` do."""

    def take_into(self, rows: NDArray[np.int64], out: NDArray[Any]) -> None: ...


def take(X: Samples, rows: NDArray[np.int64], out: NDArray[Any]) -> None:
    """Fill a buffer with rows of the samples, in the buffer's precision.

    Shapes: `X` `(N, D)`, `rows` `(n,)`, `out` `(n, D)`.

    >>> batch = np.empty((2, 3), np.float32)
    >>> take(np.arange(12).reshape(4, 3), np.array([3, 0]), batch)
    >>> batch
    array([[ 9., 10., 11.],
           [ 0.,  1.,  2.]], dtype=float32)
    """
    if isinstance(X, np.ndarray) and X.dtype == out.dtype:
        # With the default mode, "raise", NumPy would fill another buffer first.
        X.take(rows, axis=0, out=out, mode="clip")
    elif isinstance(X, _FillsBatches):
        X.take_into(rows, out)
    else:
        out[...] = X[rows]


def blocks(X: Samples) -> Iterator[NDArray[Any]]:
    """All samples in order, some at a time, for what looks at every one. Shapes: `(n, D)`.

    An array is one block, since looking at it makes no copy.
    """
    if isinstance(X, np.ndarray):
        return iter([X])
    n_samples, n_features = X.shape
    return (X[piece] for piece in pieces(n_samples, n_features, X.dtype.itemsize))


def pieces(n_samples: int, n_features: int, itemsize: int) -> Iterator[slice]:
    """Slices that cover the samples in order, each of one or of at most `PIECE` bytes.

    >>> list(pieces(5, n_features=8, itemsize=8128))
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    size = max(1, PIECE // max(1, n_features * itemsize))
    return (slice(start, min(start + size, n_samples)) for start in range(0, n_samples, size))
