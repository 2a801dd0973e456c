"""check_gradients: the gradients of any hand-written network against its own loss."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.checking.diagnosis.compare import Array, relation, same
from chainrule.errors import ChainruleError

STEP = 1e-3  # of the fourth-order formula; its error is near 1e-12 of the fifth derivative
TOLERANCE = 1e-5


@dataclass(frozen=True)
class WrongGradient:
    """One parameter whose gradient is not the derivative of the loss.

    Attributes:
        name: of the parameter.
        relation: to the right gradient, in words; "" if none was found.
        error: the largest difference, relative to the largest number of the right gradient.
        expected: the derivative by finite differences, shaped like the parameter.
        actual: what was given; None if nothing was.
    """

    name: str
    relation: str
    error: float
    expected: Array
    actual: Array | None

    def __str__(self) -> str:
        if self.actual is None:
            return f"{self.name}: no gradient was given"
        said = self.relation or "no simple relation to the right one holds"
        size = f" (relative error {self.error:.2g})" if np.isfinite(self.error) else ""
        return f"{self.name}: {said}{size}"


@dataclass(frozen=True)
class GradientCheck:
    """Whether gradients are the derivatives of a loss: true if all are.

    Attributes:
        right: names of the parameters with the right gradient.
        wrong: the others, in the order in which the backward pass comes to them.
    """

    right: tuple[str, ...]
    wrong: tuple[WrongGradient, ...]

    def __bool__(self) -> bool:
        return not self.wrong

    def __repr__(self) -> str:
        if not self.wrong:
            return f"All {len(self.right)} gradients are the derivative of the loss."
        lines = [f"WRONG  {wrong}" for wrong in self.wrong]
        lines += [f"right  {name}" for name in self.right]
        first = self.wrong[0].name
        if len(self.wrong) > 1:
            lines.append(f"Begin with {first}: the backward pass computes it first.")
        return "\n".join(lines)


def check_gradients(
    loss: Callable[..., Any],
    parameters: Mapping[str, NDArray[Any]],
    gradients: Mapping[str, Any],
    *,
    batch_size: int | None = None,
) -> GradientCheck:
    """Compare gradients with finite differences of the loss, parameter by parameter.

    The derivative by each number is (8 (L(+h) − L(−h)) − (L(+2h) − L(−2h))) / 12h with h = 0.001.
    Source: Abramowitz and Stegun, Handbook of Mathematical Functions (1964), table 25.2.

    Args:
        loss: gives the loss as a number. It is called without arguments, or with `parameters` if
            it takes one; the arrays are changed in place while it is called, and put back.
        parameters: arrays of floats of any shape `(...)`, from the input layer on.
        gradients: for each parameter an array of the same shape.
        batch_size: number of samples in the loss, to recognise a factor that comes from it.

    Raises:
        ChainruleError: if a parameter is no array of double precision, or the loss is no number.
    """
    for name, parameter in parameters.items():
        if not isinstance(parameter, np.ndarray) or parameter.dtype != np.float64:
            kind = getattr(parameter, "dtype", type(parameter).__name__)
            raise ChainruleError(
                f"{name} must be a NumPy array of float64, which finite differences need; "
                f"it is {kind}: parameters[{name!r}].astype(float) makes one"
            )
    takes = bool(inspect.signature(loss).parameters)

    def value() -> float:
        result = np.asarray(loss(parameters) if takes else loss())
        if result.size != 1 or result.dtype.kind not in "fiu":
            raise ChainruleError(
                f"the loss must be one number; it has shape {result.shape}: sum or average it"
            )
        return float(result.reshape(()))

    right, wrong = [], []
    for name in reversed(list(parameters)):
        slope = _slope(value, parameters[name])
        given = gradients.get(name)
        actual = None if given is None else np.asarray(given, dtype=np.float64)
        if actual is not None and actual.shape == slope.shape and _close(actual, slope):
            right.append(name)
            continue
        wrong.append(_wrong(name, actual, slope, batch_size))
    return GradientCheck(tuple(reversed(right)), tuple(wrong))


def _slope(value: Callable[[], float], parameter: Array) -> Array:
    slope = np.zeros_like(parameter)
    for place in np.ndindex(parameter.shape):
        before = parameter[place]
        try:
            moved = {}
            for steps in (-2, -1, 1, 2):
                parameter[place] = before + steps * STEP
                moved[steps] = value()
        finally:
            parameter[place] = before
        slope[place] = (8 * (moved[1] - moved[-1]) - (moved[2] - moved[-2])) / (12 * STEP)
    return slope


def _close(actual: Array, slope: Array) -> bool:
    if not np.abs(slope).max(initial=0):
        return bool(np.abs(actual).max(initial=0) < 1e-8)
    return same(actual, slope, TOLERANCE)


def _wrong(name: str, actual: Array | None, slope: Array, batch_size: int | None) -> WrongGradient:
    if actual is None:
        return WrongGradient(name, "", float("nan"), slope, None)
    error = float("nan")
    if actual.shape == slope.shape:
        error = float(np.abs(actual - slope).max() / max(np.abs(slope).max(), 1e-300))
    said = next(_relations(actual, slope, batch_size), "")
    return WrongGradient(name, said, error, slope, actual)


def _relations(actual: Array, slope: Array, batch_size: int | None) -> Iterator[str]:
    if actual.shape != slope.shape and actual.ndim == slope.ndim + 1:
        for axis in range(actual.ndim):
            if actual.sum(axis=axis).shape == slope.shape and _close(actual.sum(axis=axis), slope):
                yield (
                    f"it has one axis too many, shape {actual.shape}: "
                    f"its sum over axis={axis} is right"
                )
    if batch_size is not None and batch_size > 1 and actual.shape == slope.shape:
        for sign, opposite in ((1, ""), (-1, ", and of the opposite sign")):
            if _close(sign * actual / batch_size, slope):
                yield f"it is {batch_size} times too large, the batch size{opposite}"
            if _close(sign * actual * batch_size, slope):
                yield f"it is divided by the batch size {batch_size} once too often{opposite}"
    if actual.ndim == 2 and actual.T.shape == slope.shape and _close(-actual.T, slope):
        yield "it is the transpose of the right one, with the opposite sign"
    found = relation(actual, slope)
    if found:
        yield found
