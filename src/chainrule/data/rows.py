"""Samples that stay as they are stored, bytes or a mapped file, until some are taken."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from chainrule.data.samples import Samples, pieces
from chainrule.data.scaling import Scaling
from chainrule.errors import ChainruleError

WHOLE = "iub"  # kinds of the types that hold whole numbers; truth values are 0 and 1


@dataclass(frozen=True, eq=False)  # arrays have no single truth value
class Rows:
    """Samples that stay as they are stored, bytes or a mapped file, until some are taken.

    Taking rows gives the array that the whole of them, scaled, would hold at those rows. There is
    no state that changes, so that several threads may take rows of the same samples.

    Attributes:
        stored: `(M, D)`, whole numbers, as the file holds them.
        scaling: what rows go through when they are taken; if None they come as they are stored.
        chosen: which of the M stored rows these are, in order, `(N,)`; all if None.

    Raises:
        ChainruleError: if `stored` does not hold rows of whole numbers, or the scaling has another
            number of features.
        DataError: if a value does not fit into single precision once it is scaled.

    >>> stored = np.array([[0, 255], [51, 102]], np.uint8)
    >>> rows = Rows(stored, Scaling("unit", np.zeros(2), np.full(2, 255.0)))
    >>> rows[1], rows.dtype, rows.stored.dtype
    (array([0.2, 0.4], dtype=float32), dtype('float32'), dtype('uint8'))
    """

    stored: NDArray[Any]
    scaling: Scaling | None = None
    chosen: NDArray[np.int64] | None = None

    def __post_init__(self) -> None:
        if self.stored.ndim != 2 or self.stored.dtype.kind not in WHOLE:
            raise ChainruleError(
                "rows are stored as whole numbers of shape (N, D); got "
                f"{self.stored.dtype} values of shape {self.stored.shape}"
            )
        # `take` would copy all of an array of another order, each time.
        object.__setattr__(self, "stored", np.ascontiguousarray(self.stored))
        if self.scaling is not None:
            if self.scaling.shift.shape != self.stored.shape[1:]:
                raise ChainruleError(
                    f"the scaling is for {self.scaling.shift.size} features; "
                    f"the rows have {self.stored.shape[1]}"
                )
            self._check_range(self.scaling)

    def _check_range(self, scaling: Scaling) -> None:
        """Find here and now what cannot be scaled, so that taking rows need not look for it."""
        with np.errstate(over="ignore"):
            ends = (np.array([_limits(self.stored.dtype)]).T - scaling.shift) / scaling.scale
            if not np.isfinite(ends.astype(np.float32)).all():
                scaling.apply(self._raw(slice(None)))  # perhaps no value comes near these ends

    @property
    def shape(self) -> tuple[int, int]:
        """(N, D): the number of samples and of features."""
        return len(self), self.stored.shape[1]

    @property
    def ndim(self) -> int:
        """2, as of every array of samples."""
        return 2

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of the rows that are taken: float32 if they are scaled."""
        return self.stored.dtype if self.scaling is None else np.dtype(np.float32)

    def __len__(self) -> int:
        return len(self.stored if self.chosen is None else self.chosen)

    def __getitem__(self, key: Any) -> NDArray[Any]:
        """The rows at a number, a slice, an array of numbers or of truth values.

        Shape: `(D,)` for a number, else `(n, D)`.

        Raises:
            IndexError: if there is no such row, or the key is of another kind.
        """
        raw = self._raw(key)
        if self.scaling is None:
            return raw
        scaled = np.empty(raw.shape, np.float32)
        if raw.ndim == 1:
            self._scale(raw, scaled)
            return scaled
        for piece in self._pieces(len(raw)):
            self._scale(raw[piece], scaled[piece])
        return scaled

    def _raw(self, key: Any) -> NDArray[Any]:
        one = isinstance(key, int | np.integer | slice) and not isinstance(key, bool)
        if not one and (isinstance(key, tuple) or np.ndim(key) != 1):
            raise IndexError(
                "rows are taken by a number, a slice, an array of numbers or of truth values; "
                "columns of what was taken: X[rows][:, 0]"
            )
        rows: NDArray[Any] = self.stored[key if self.chosen is None else self.chosen[key]]
        return rows

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        """All rows as one array, `(N, D)`: for what cannot do with less."""
        is_made = self.scaling is not None or self.chosen is not None
        if is_made and copy is False:
            raise ValueError("these rows are made when they are taken: there is no array to share")
        return np.array(self[:], dtype, copy=None if is_made else copy)

    def choose(self, rows: NDArray[Any]) -> "Rows":
        """Some of these rows, stored where they are. Shape: `(n,)` numbers of rows, in order."""
        chosen = rows if self.chosen is None else self.chosen[rows]
        return Rows(self.stored, self.scaling, chosen)

    def take_into(self, rows: NDArray[np.int64], out: NDArray[np.floating[Any]]) -> None:
        """Fill `out`, `(n, D)`, with the rows of those numbers, `(n,)`: a batch in its place.

        The bits are those of `Scaling.apply`, or of the stored numbers in the precision of `out`.

        Raises:
            ChainruleError: if `out` has another shape.
            IndexError: if there is no such row.
        """
        if out.shape != (len(rows), self.stored.shape[1]):
            raise ChainruleError(
                f"{len(rows)} rows of {self.stored.shape[1]} features do not fit into an array of "
                f"shape {out.shape}"
            )
        if self.chosen is not None:
            rows = self.chosen.take(rows)
        for piece in self._pieces(len(rows)):
            self._scale(self.stored.take(rows[piece], axis=0), out[piece])

    def _pieces(self, n_rows: int) -> Iterator[slice]:
        """Slices of rows that are small where they are stored or, if need be, as doubles."""
        in_double = self.scaling is not None and self._single is None
        itemsize = 8 if in_double else self.stored.itemsize
        return pieces(n_rows, self.stored.shape[1], itemsize)

    def _scale(self, raw: NDArray[Any], out: NDArray[np.floating[Any]]) -> None:
        """Raw rows scaled into `out`. Shapes: `(n, D)` both."""
        if self.scaling is None:
            out[...] = raw
        elif self._single is None:
            out[...] = (raw - self.scaling.shift) / self.scaling.scale
        else:
            shift, scale = self._single
            if shift is None:
                out[...] = raw
            else:
                np.subtract(raw, shift, out=out)
            np.divide(out, scale, out=out)

    @property
    def scales_in_single(self) -> bool:
        """Whether single precision gives the bits that scaling in double precision has."""
        return self.scaling is None or self._single is not None

    @cached_property
    def _single(self) -> tuple[NDArray[np.float32] | None, NDArray[np.float32]] | None:
        """Shift (None if 0) and scale in single precision, if with them the bits are the same.

        A number of 16 bits less a whole number is exact. A quotient of two numbers of 24 bits is
        the same rounded to 53 bits and then to 24 as rounded to 24 at once, short of the ends of
        the range. Source: Figueroa, When is double rounding innocuous? (1995).
        """
        assert self.scaling is not None
        with np.errstate(over="ignore"):
            shift, scale = (a.astype(np.float32) for a in (self.scaling.shift, self.scaling.scale))
        same_bits = (
            self.stored.dtype.itemsize <= 2
            and (shift == self.scaling.shift).all()
            and (shift == np.rint(shift)).all()
            and (np.abs(shift) < 2**23).all()
            and (scale == self.scaling.scale).all()
            and ((scale > 2.0**-64) & (scale < 2.0**64)).all()
        )
        return (_one(shift) if shift.any() else None, _one(scale)) if same_bits else None


def _limits(dtype: np.dtype[Any]) -> tuple[int, int]:
    """The smallest and the largest number of a type of whole numbers."""
    return (0, 1) if dtype.kind == "b" else (np.iinfo(dtype).min, np.iinfo(dtype).max)


def _one(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The one value of all features, `(1,)`, which is faster to work with; else as they are."""
    return values[:1] if (values == values[:1]).all() else values


def chosen(X: Samples, rows: NDArray[np.int64]) -> Samples:
    """Some of the samples `(N, D)`: whole numbers stay where they are, floats are copied.

    Args:
        X: the samples.
        rows: their numbers, `(M,)`.

    Returns:
        `(M, D)`, in that order.
    """
    if isinstance(X, Rows):
        return X.choose(rows)
    return Rows(np.asarray(X), chosen=rows) if X.dtype.kind in WHOLE else X[rows]
