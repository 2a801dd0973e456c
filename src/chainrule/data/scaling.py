"""Scaling of features: fitted on the training part alone, kept with the model."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.errors import ChainruleError, DataError
from chainrule.functions import Array

KINDS = ("standard", "unit", "none")
ROWS_AT_A_TIME = 4096  # keeps the float copies of large integer data small


@dataclass(frozen=True)
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
            DataError: if the values are too large to be squared and summed.
        """
        if kind not in KINDS:
            raise ChainruleError(f"scale must be one of {', '.join(KINDS)}; got {kind!r}")
        n_features = X.shape[1]
        shift, scale = np.zeros(n_features), np.ones(n_features)
        with np.errstate(over="ignore", invalid="ignore"):
            if kind == "standard":
                shift = X.mean(axis=0, dtype=np.float64)
                squares = np.zeros(n_features)
                for start in range(0, len(X), ROWS_AT_A_TIME):
                    squares += ((X[start : start + ROWS_AT_A_TIME] - shift) ** 2).sum(axis=0)
                scale = np.sqrt(squares / len(X))
            elif kind == "unit":
                axis = None if one_range else 0
                shift = shift + X.min(axis=axis)
                scale = scale * (X.max(axis=axis) - shift)
        if not (np.isfinite(shift).all() and np.isfinite(scale).all()):
            column = int(np.argmin(np.isfinite(shift) & np.isfinite(scale)))
            raise DataError(
                f"feature {column} holds values too large to scale, up to "
                f"{np.abs(X[:, column]).max():g}; divide it by a suitable constant first"
            )
        # A constant feature's deviation may come out as rounding noise instead of 0.
        constant = scale <= 1e-12 * np.abs(shift)
        return cls(kind, shift, np.where(constant | (scale == 0), 1.0, scale))

    def apply(self, X: NDArray[Any]) -> NDArray[np.float32]:
        """Raw features to scaled ones, in single precision. Shape: `(..., D)` to the same."""
        scaled = np.empty(X.shape, dtype=np.float32)
        for start in range(0, len(X), ROWS_AT_A_TIME):
            rows = slice(start, start + ROWS_AT_A_TIME)
            scaled[rows] = (X[rows] - self.shift) / self.scale
        return scaled

    def undo(self, X: NDArray[Any]) -> Array:
        """Scaled features back to raw ones. Shape: `(..., D)` to the same."""
        raw: Array = X * self.scale + self.shift
        return raw
