"""Scaling of features: fitted on the training part alone, kept with the model."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.data.arrays import Array
from chainrule.data.samples import Samples, blocks, pieces
from chainrule.errors import DataError, choose

KINDS = ("standard", "unit", "none")
ROWS_AT_A_TIME = 4096  # whose squares are summed before they are added to those before


@dataclass(frozen=True, eq=False)  # arrays have no single truth value
class Scaling:
    """Turns raw features into what the network sees: (X − shift) / scale.

    Attributes:
        kind: "standard" (mean 0, deviation 1 for each feature), "unit" (the range 0 to 1) or
            "none".
        shift: `(D,)`, in the units of the data.
        scale: `(D,)`, in the units of the data, nowhere 0.

    >>> train = np.array([[0.0, 5.0], [4.0, 5.0]])
    >>> Scaling.fit("unit", train).apply([[1.0, 5.0], [8.0, 6.0]])
    array([[0.25, 0.  ],
           [2.  , 1.  ]], dtype=float32)
    """

    kind: str
    shift: Array
    scale: Array

    @classmethod
    def fit(cls, kind: str, X: Samples, *, one_range: bool = False) -> Scaling:
        """Measure shift and scale on the training part.

        Args:
            kind: "standard", "unit" or "none".
            X: raw features, `(N, D)`.
            one_range: for "unit", let all features share one range, as the pixels of an image do;
                otherwise each has its own. A feature that never changes keeps scale 1.

        Raises:
            ChainruleError: if `kind` is unknown.
            DataError: if there are no samples, or values too large to be squared and summed.
        """
        choose("scale", kind, dict.fromkeys(KINDS))
        if len(X) == 0:
            raise DataError("there are no samples to fit the scaling to; give at least one")
        low = reduce(np.minimum, (b.min(axis=0) for b in blocks(X))).astype(np.float64)
        high = reduce(np.maximum, (b.max(axis=0) for b in blocks(X))).astype(np.float64)
        shift, scale = np.zeros_like(low), np.ones_like(low)
        with np.errstate(over="ignore", invalid="ignore"):
            if kind == "standard":
                # Sums of whole numbers are exact up to 2⁵³, however they are divided into blocks.
                sums = (b.sum(axis=0, dtype=np.float64) for b in blocks(X))
                shift = reduce(np.add, sums) / len(X)
                # The deviation of a constant feature may come out as rounding noise.
                scale = np.where(low == high, 0.0, np.sqrt(_squares(X, shift) / len(X)))
            elif kind == "unit":
                shift, top = (shift + low.min(), high.max()) if one_range else (low, high)
                scale = top - shift
        if not (np.isfinite(shift).all() and np.isfinite(scale).all()):
            largest = np.maximum(np.abs(low), np.abs(high))
            column = int(np.argmax(largest))
            raise DataError(
                f"feature {column}, counted from 0, holds {largest[column]:g}, which cannot be "
                "scaled; divide the feature by a suitable constant first"
            )
        return cls(kind, shift, np.where(scale == 0, 1.0, scale))

    def apply(self, X: ArrayLike) -> NDArray[np.float32]:
        """Raw features to scaled ones, in single precision. Shape: `(..., D)` to the same.

        Raises:
            DataError: if a value does not fit into single precision once it is scaled.
        """
        X = np.asarray(X)
        raw = X.reshape(-1, X.shape[-1])
        scaled = np.empty(raw.shape, dtype=np.float32)
        for rows in pieces(*raw.shape, 8):
            with np.errstate(over="ignore", invalid="ignore"):
                scaled[rows] = (raw[rows] - self.shift) / self.scale
            finite = np.isfinite(scaled[rows])
            if not finite.all():
                i, column = np.argwhere(~finite)[0] + (rows.start, 0)
                raise DataError(
                    f"feature {column} of sample {i}, both counted from 0, is "
                    f"{raw[i, column]:g}: too far from the training samples to be scaled; "
                    "leave the sample out"
                )
        return scaled.reshape(X.shape)

    def undo(self, X: NDArray[Any]) -> Array:
        """Scaled features back to raw ones. Shape: `(..., D)` to the same."""
        raw: Array = X * self.scale + self.shift
        return raw


def _squares(X: Samples, shift: Array) -> Array:
    """Sum of the squared deviations of each feature, `(N, D)` to `(D,)`."""
    squares = np.zeros_like(shift)
    for start in range(0, len(X), ROWS_AT_A_TIME):
        total = np.empty((0, len(shift)))
        for rows in pieces(min(ROWS_AT_A_TIME, len(X) - start), len(shift), 8):
            deviations: Array = X[start + rows.start : start + rows.stop] - shift
            deviations *= deviations
            # Rows are added in their order, so that the pieces leave no trace in the last bits.
            total = np.vstack([total, deviations]).sum(axis=0, keepdims=True)
        squares += total[0]
    return squares
