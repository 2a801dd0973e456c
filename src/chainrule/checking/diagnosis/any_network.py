"""check_gradients: the gradients of any hand-written network against its own loss."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.checking.diagnosis import compare
from chainrule.checking.diagnosis.compare import Array
from chainrule.checking.diagnosis.differences import Slopes, slopes
from chainrule.errors import ChainruleError

TOLERANCE = 1e-5  # of the largest slope
ENOUGH = 0.5  # of a gradient's numbers must be compared before it is called right


@dataclass(frozen=True)
class WrongGradient:
    """One parameter whose gradient is not the derivative of the loss.

    Attributes:
        name: of the parameter.
        relation: to the right gradient, in words; "" if none was found.
        error: the largest difference, relative to the largest number of the right gradient;
            infinite where that is 0, NaN where the shapes differ.
        expected: the derivative by finite differences, shaped like the parameter; NaN where the
            loss has none, as at a kink.
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
        relation = self.relation or "no simple relation to the right one holds"
        size = f" (relative error {self.error:.2g})" if np.isfinite(self.error) else ""
        return f"{self.name}: {relation}{size}"


@dataclass(frozen=True)
class GradientCheck:
    """Whether gradients are the derivatives of a loss: true if all were compared and are.

    Attributes:
        right: names of the parameters with the right gradient.
        wrong: those with a wrong one, in the order in which the backward pass comes to them.
        unjudged: names of those of which too few numbers could be compared to call them right.
        compared: by name, how many numbers were compared, of how many. The others are those by
            which the loss has no derivative here.
    """

    right: tuple[str, ...]
    wrong: tuple[WrongGradient, ...]
    unjudged: tuple[str, ...]
    compared: Mapping[str, tuple[int, int]]

    def __bool__(self) -> bool:
        return not self.wrong and not self.unjudged

    def __repr__(self) -> str:
        if self:
            n = len(self.right)
            every = "The gradient is" if n == 1 else f"All {n} gradients are"
            some = sum(n for n, _ in self.compared.values())
            size = sum(n for _, n in self.compared.values())
            but = f", by {some} of {size} numbers; by the others the loss has a kink here"
            return f"{every} the derivative of the loss{but if some < size else ''}."
        lines = [f"WRONG  {wrong}{self._part(wrong.name)}" for wrong in self.wrong]
        for name in self.unjudged:
            some, size = self.compared[name]
            lines.append(
                f"-----  {name}: not judged, since {some} of {size} numbers could be compared: "
                "by the others the loss has a kink here, is not finite, or changes from call to "
                "call"
            )
        lines += [f"right  {name}{self._part(name)}" for name in self.right]
        if len(self.wrong) > 1:
            first = self.wrong[0].name
            lines.append(f"Begin with {first}: the backward pass computes it first.")
        return "\n".join(lines)

    def _part(self, name: str) -> str:
        some, size = self.compared[name]
        return f" ({some} of {size} numbers compared)" if some < size else ""


def check_gradients(
    loss: Callable[..., Any],
    parameters: Mapping[str, NDArray[Any]],
    gradients: Mapping[str, Any],
    *,
    batch_size: int | None = None,
) -> GradientCheck:
    """Compare gradients with finite differences of the loss, parameter by parameter.

    The loss may have kinks, as that of a network of ReLUs has: differences are taken by steps from
    10⁻³ down to 10⁻⁶, and a number is compared where two of them agree. Elsewhere nothing is said
    of it. Source of the formula: see `slopes` in `differences.py`.

    Args:
        loss: gives the loss as a number. It is called without arguments, or with `parameters` if
            it takes one; the arrays are changed in place while it is called, and put back.
        parameters: arrays of floats of any shape `(...)`, from the input layer on.
        gradients: for each parameter an array of the same shape.
        batch_size: number of samples in the loss, to recognise a factor that comes from it.

    Raises:
        ChainruleError: if a parameter is no array of double precision, or the loss is no number.

    Examples:
        >>> w = np.array([1.0, 2.0])
        >>> check_gradients(lambda: np.sum(w**2), {"w": w}, {"w": 2 * w})
        The gradient is the derivative of the loss.
        >>> check_gradients(lambda: np.sum(w**2), {"w": w}, {"w": -2 * w})
        WRONG  w: it has the opposite sign (relative error 2)
        >>> v = np.array([1.0, 0.0, -2.0])
        >>> report = check_gradients(lambda: np.abs(v).sum(), {"v": v}, {"v": np.sign(v)})
        >>> bool(report), report.compared  # |v| has a kink at 0
        (True, {'v': (2, 3)})
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

    right, wrong, unjudged = [], [], []
    compared = {}
    for name in reversed(list(parameters)):
        measured = slopes(value, parameters[name])
        settled, size = int(measured.settled.sum()), measured.slope.size
        compared[name] = (settled, size)
        given = gradients.get(name)
        actual = None if given is None else np.asarray(given, dtype=np.float64)
        if actual is None or actual.shape != measured.slope.shape or not _close(actual, measured):
            wrong.append(_wrong(name, actual, measured, batch_size))
        elif settled < ENOUGH * size:
            unjudged.append(name)
        else:
            right.append(name)
    return GradientCheck(
        tuple(reversed(right)),
        tuple(wrong),
        tuple(reversed(unjudged)),
        dict(reversed(compared.items())),
    )


def _close(actual: Array, right: Slopes) -> bool:
    """Whether an array of the same shape is finite, and right wherever that is known."""
    off = np.abs(actual - right.slope) - right.rounding
    within = off[right.settled] <= TOLERANCE * right.scale
    return bool(np.isfinite(actual).all() and within.all())


def _wrong(
    name: str, actual: Array | None, right: Slopes, batch_size: int | None
) -> WrongGradient:
    if actual is None:
        return WrongGradient(name, "", float("nan"), right.slope, None)
    error = float("nan")
    if actual.shape == right.slope.shape:
        off = np.abs(actual - right.slope)[right.settled].max(initial=0.0)
        error = float("inf") if _is_zero(right) else float(off / _largest(right.slope))
    relation_to_right = next(_relations(actual, right, batch_size), "")
    return WrongGradient(name, relation_to_right, error, right.slope, actual)


def _largest(array: Array) -> float:
    """The largest absolute value; 0 if there is none but NaN. Shape: `(...)`."""
    return float(np.abs(array[np.isfinite(array)]).max(initial=0.0))


def _is_zero(right: Slopes) -> bool:
    """Whether all slopes are 0 but for rounding."""
    return bool((np.abs(right.slope) <= right.rounding)[right.settled].all())


def _relations(actual: Array, right: Slopes, batch_size: int | None) -> Iterator[str]:
    slope = right.slope
    if actual.shape == slope.shape and np.isfinite(actual).all() and _is_zero(right):
        yield f"the right gradient is 0 here, and this one is as large as {_largest(actual):.3g}"
    if actual.shape != slope.shape and actual.ndim == slope.ndim + 1:
        for axis in range(actual.ndim):
            total = actual.sum(axis=axis)
            if total.shape == slope.shape and _close(total, right):
                yield (
                    f"it has one axis too many, shape {actual.shape}: "
                    f"its sum over axis={axis} is right"
                )
    changed = {}
    if batch_size is not None and batch_size > 1:
        changed[f"it is {batch_size} times too large, the batch size"] = actual / batch_size
        said = f"it is divided by the batch size {batch_size} once too often"
        changed[said] = actual * batch_size
    if actual.ndim == 2:
        changed["it is the transpose of the right one"] = actual.T
    for said, array in changed.items():
        for sign, opposite in ((1, ""), (-1, ", with the opposite sign")):
            if array.shape == slope.shape and _close(sign * array, right):
                yield f"{said}{opposite}"
    if actual.shape == slope.shape and np.isfinite(actual).all():
        actual, slope = (array[right.settled] for array in (actual, slope))
    simple = compare.relation(actual, slope)
    if simple:
        yield simple
