"""Finite differences of a loss that may have kinks: which of them are its derivatives."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from chainrule.checking.diagnosis.compare import Array

STEPS = (1e-3, 1e-4, 1e-5, 1e-6)  # each a tenth of the one before
AGREE = 1e-6  # of the largest slope: so near must the slopes by two steps be
SMALLEST = 1e-3  # a parameter whose slopes are all smaller is compared as if one were this large
_ROUNDING = 16 * float(np.finfo(np.float64).eps)  # of the loss, in one difference


@dataclass(frozen=True)
class Slopes:
    """The derivatives of a loss by the numbers of one parameter.

    Attributes:
        slope: `(...)`, NaN where differences by several steps do not agree.
        rounding: `(...)`, how far rounding alone may have put the slope off.
    """

    slope: Array
    rounding: Array

    @property
    def settled(self) -> Array:
        """Where there is a derivative. Shape: `(...)`."""
        return np.isfinite(self.slope)

    @property
    def scale(self) -> float:
        """The largest slope, but no less than `SMALLEST`."""
        return max(float(np.abs(self.slope[self.settled]).max(initial=0.0)), SMALLEST)


def slopes(loss: Callable[[], float], parameter: Array) -> Slopes:
    """Differentiate a loss by each number of a parameter, in place, and put the number back.

    The slope by a step h is (8 (L(+h) − L(−h)) − (L(+2h) − L(−2h))) / 12h, whose error is
    h⁴ L⁽⁵⁾ / 30. It is taken if a tenth of the step gives the same, and if the slopes on the two
    sides, (L(+h) − L(0)) / h and (L(0) − L(−h)) / h, come as much nearer each other as the step
    is shorter. A kink within reach of the longer step disturbs the first; one exactly here, where
    all steps give the mean of two slopes, disturbs the second. Where either does not hold the next
    shorter steps are taken, down to 10⁻⁶.

    Source: Abramowitz and Stegun, Handbook of Mathematical Functions (1964), table 25.2.

    Args:
        loss: reads `parameter`.
        parameter: `(...)` of double precision.

    Examples:
        >>> w = np.array([1.0, 0.0, -2.0])
        >>> slopes(lambda: float(np.abs(w).sum()), w).slope.round(6)
        array([ 1., nan, -1.])
    """
    here = loss()
    slope, rounding = np.full(parameter.shape, np.nan), np.zeros(parameter.shape)
    longer = {place: _difference(loss, parameter, place, STEPS[0], here)
              for place in np.ndindex(parameter.shape)}  # fmt: skip
    rough = [abs(each.slope) for each in longer.values() if np.isfinite(each.slope)]
    near = AGREE * max([SMALLEST, *rough])
    for step in STEPS[1:]:
        unsettled = {}
        for place, long in longer.items():
            short = _difference(loss, parameter, place, step, here)
            if long.agrees_with(short, near):
                slope[place], rounding[place] = long.slope, short.rounding
            else:
                unsettled[place] = short
        longer = unsettled
    return Slopes(slope, rounding)


@dataclass(frozen=True)
class _Difference:
    """What a step tells of the loss along one number.

    Attributes:
        slope: by the fourth-order formula.
        turn: the slope after the number less the slope before it.
        rounding: how far rounding alone may have put either off.
    """

    slope: float
    turn: float
    rounding: float

    def agrees_with(self, short: "_Difference", near: float) -> bool:
        """Whether the slope is the same by a tenth of the step, and turns a tenth as much."""
        off = max(abs(self.slope - short.slope), abs(short.turn - self.turn / 10))
        return bool(off <= near + short.rounding)  # not so if one is NaN


def _difference(
    loss: Callable[[], float], parameter: Array, place: tuple[int, ...], step: float, here: float
) -> _Difference:
    before = parameter[place]
    try:
        moved = {}
        for steps in (-2, -1, 1, 2):
            parameter[place] = before + steps * step
            moved[steps] = loss()
    finally:
        parameter[place] = before
    return _Difference(
        slope=(8 * (moved[1] - moved[-1]) - (moved[2] - moved[-2])) / (12 * step),
        turn=(moved[1] - 2 * here + moved[-1]) / step,
        rounding=_ROUNDING * max(1.0, *map(abs, moved.values())) / step,
    )
