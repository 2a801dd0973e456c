"""Functions that are lent to code which takes some, and has none itself: networks in a module.

A derivative may be meant for what goes into the activation, or for what comes out of it; the code
that calls it decides, so that it is tried with both.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.checking.record._arrays import Number, Recorded, ids_of, tape

Function = Callable[..., Any]


def lent(name: str, of_output: bool) -> Any:
    """A function by its name: "activation", "slope", "loss", "loss_slope"; a list of it by `*`.

    Args:
        name: of the function.
        of_output: whether a derivative takes what the activation gave.
    """
    function = _OF_OUTPUTS.get(name.strip("*")) if of_output else None
    function = function or _FUNCTIONS[name.strip("*")]
    return [function] * _LAYERS if name.endswith("*") else function


def _logistic(x: Any) -> Any:
    return 1 / (1 + np.exp(-x))


def _slope_of_input(x: Any) -> Any:
    y = _logistic(x)
    return y * (1 - y)


def _slope_of_output(y: Any) -> Any:
    return y * (1 - y)


def _no_loss(*_: Any) -> float:
    """None is computed: that of the code is not known."""
    return 1.0


def _slope_of_squares(first: Any, second: Any) -> Any:
    """The derivative of half the squared error by what was computed, whichever comes first."""
    return second - first if _is_computed(second) and not _is_computed(first) else first - second


def _is_computed(thing: Any) -> bool:
    return isinstance(thing, Recorded | Number) and tape().is_computed(ids_of(thing))


_LAYERS = 8  # more than a plan has
_FUNCTIONS: dict[str, Function] = {
    "activation": _logistic,
    "slope": _slope_of_input,
    "loss": _no_loss,
    "loss_slope": _slope_of_squares,
}
_OF_OUTPUTS: dict[str, Function] = {"slope": _slope_of_output}
