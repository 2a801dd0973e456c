"""Scaling of features: fitted on the training part alone, kept with the model."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.data.reading import quoted
from chainrule.errors import ChainruleError, DataError
from chainrule.functions import Array

KINDS = ("standard", "unit", "none")
ROWS_AT_A_TIME = 4096  # keeps the float copies of large integer data small


@dataclass(frozen=True, eq=False)  # arrays have no single truth value
class Scaling:
    """Turns raw features into what the network sees: (X − shift) / scale.

    Attributes:
        kind: "standard" (mean 0, deviation 1 for each feature), "unit" (the range 0 to 1) or
            "none".
        shift: `(D,)`, in the units of the data.
        scale: `(D,)`, in the units of the data, nowhere 0.
    """

    kind: str
    shift: Array
    scale: Array

    @classmethod
    def fit(cls, kind: str, X: NDArray[Any], *, one_range: bool = False) -> "Scaling":
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
        if kind not in KINDS:
            raise ChainruleError(f"scale must be one of {', '.join(KINDS)}; got {quoted(kind)}")
        if len(X) == 0:
            raise DataError("there are no samples to fit the scaling to; give at least one")
        low, high = X.min(axis=0).astype(np.float64), X.max(axis=0).astype(np.float64)
        shift, scale = np.zeros_like(low), np.ones_like(low)
        with np.errstate(over="ignore", invalid="ignore"):
            if kind == "standard":
                shift = X.mean(axis=0, dtype=np.float64)
                squares = np.zeros_like(shift)
                for start in range(0, len(X), ROWS_AT_A_TIME):
                    squares += ((X[start : start + ROWS_AT_A_TIME] - shift) ** 2).sum(axis=0)
                # The deviation of a constant feature may come out as rounding noise.
                scale = np.where(low == high, 0.0, np.sqrt(squares / len(X)))
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

    def apply(self, X: NDArray[Any]) -> NDArray[np.float32]:
        """Raw features to scaled ones, in single precision. Shape: `(..., D)` to the same.

        Raises:
            DataError: if a value does not fit into single precision once it is scaled.
        """
        raw = X.reshape(-1, X.shape[-1])
        scaled = np.empty(raw.shape, dtype=np.float32)
        for start in range(0, len(raw), ROWS_AT_A_TIME):
            rows = slice(start, start + ROWS_AT_A_TIME)
            with np.errstate(over="ignore", invalid="ignore"):
                scaled[rows] = (raw[rows] - self.shift) / self.scale
            finite = np.isfinite(scaled[rows])
            if not finite.all():
                i, column = np.argwhere(~finite)[0]
                raise DataError(
                    f"feature {column} of sample {start + i}, both counted from 0, is "
                    f"{raw[start + i, column]:g}: too far from the training samples to be scaled; "
                    "leave the sample out"
                )
        return scaled.reshape(X.shape)

    def undo(self, X: NDArray[Any]) -> Array:
        """Scaled features back to raw ones. Shape: `(..., D)` to the same."""
        raw: Array = X * self.scale + self.shift
        return raw
