"""Functions that are lent to code which takes some, and has none itself: networks in a module.

A derivative may be meant for what goes into the activation, or for what comes out of it: it is
what the code calls it with.
"""

from typing import Any

import numpy as np

from chainrule.checking.record._tape.arrays import Number, Recorded, ids_of, values_of
from chainrule.checking.record._tape.recording import tape

_LAYERS = 8  # more than a plan has


class Lent:
    """A sigmoid, its derivative, and that of the squared error, for one run.

    No loss is computed: that of the code is not known.
    """

    def __init__(self) -> None:
        """Nothing was called yet."""
        self._taken: set[float] = set()
        self._given: set[float] = set()
        self._of_output: bool | None = None

    def function(self, name: str) -> Any:
        """A function by its name: "activation", "slope", "loss", "loss_slope"; a list by `*`."""
        function = getattr(self, f"_{name.strip('*')}")
        return [function] * _LAYERS if name.endswith("*") else function

    def _activation(self, x: Any) -> Any:
        y = 1 / (1 + np.exp(-x))
        self._taken.add(_known_by(x))
        self._given.add(_known_by(y))
        return y

    def _slope(self, x: Any) -> Any:
        number = _known_by(x)
        of_output = number in self._given
        if not of_output and number not in self._taken:
            raise ValueError("it is not known what the derivative is meant for")
        if self._of_output not in (None, of_output):
            raise ValueError("the derivative is taken of inputs here, and of outputs there")
        self._of_output = of_output
        y = x if of_output else 1 / (1 + np.exp(-x))
        return y * (1 - y)

    def _loss(self, *_: Any) -> float:
        return 1.0

    def _loss_slope(self, first: Any, second: Any) -> Any:
        """Half the squared error's derivative by what was computed, whichever comes first."""
        if _is_computed(second) and not _is_computed(first):
            return second - first
        return first - second


def _known_by(x: Any) -> float:
    """A number by which an array is known again, if it is computed anew, or turned."""
    return float(np.min(values_of(x)))


def _is_computed(thing: Any) -> bool:
    return isinstance(thing, Recorded | Number) and tape().is_computed(ids_of(thing))
