"""The operations that a record is made of: what each computes, and its derivative.

Both sides know this list and nothing else. The learner's process writes down which operation ran
on which numbers; the judge computes each again, and goes back through them by the chain rule. An
operation has a name, arrays that go in, and settings that are no arrays, such as the axis of a
sum.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from chainrule.checking.record._tape import real
from chainrule.nn.activations import sigmoid

Array: TypeAlias = NDArray[np.float64]
Settings: TypeAlias = Mapping[str, Any]
MOST_AXES = 6

# Where numbers come from that nothing computed: first values that were drawn or made, other data,
# and numbers written in the code. What is opaque was computed by what is not in the list.
LEAF, DATA, CONSTANT, OPAQUE = "leaf", "data", "constant", "opaque"
MASKED = "masked"  # a number that a mask puts in the place of others
SOURCES = (LEAF, DATA, CONSTANT, MASKED)
WRITTEN = (CONSTANT, MASKED)  # numbers that stand in the code
# Setting of a sum at places that an index lists: whether one of them comes twice.
TWICE = "twice"
HELD = "held"  # what is taken for a number, whatever it was computed from
CUT = "int"  # the opaque function by which an array of whole numbers takes what is written into it


class Elementwise(NamedTuple):
    """An operation that computes each number by itself.

    Attributes:
        compute: of the arrays that go in.
        slopes: for each of them the derivative, of the arrays that go in and what came out.
    """

    compute: Callable[..., Any]
    slopes: tuple[Callable[..., Any], ...]


def _power_by_exponent(x: Array, p: Array, y: Array) -> Array:
    return np.where(x > 0, y * np.log(np.where(x > 0, x, 1)), 0)


_GUARD = 1e-3  # from 0 or 1


def _clip_slope(x: Array, low: Array, high: Array, y: Array) -> Array:
    """1 between the bounds; and outside where they only keep a probability from 0 and 1.

    Who clips so takes the derivative as if it were not done.
    """
    guards = np.all((low > 0) & (low <= _GUARD) & ((high >= 1 - _GUARD) | ~np.isfinite(high)))
    return np.ones_like(y) if guards else np.asarray((x >= low) & (x <= high), dtype=float)


def _flat(*_arrays: Array) -> float:
    return 0.0


_LN2, _LN10 = np.log(2), np.log(10)
_BELL = 2 / np.sqrt(np.pi)
_erf = np.vectorize(math.erf, otypes=[float])
ELEMENTWISE: dict[str, Elementwise] = {
    "add": Elementwise(np.add, (lambda a, b, y: 1.0, lambda a, b, y: 1.0)),
    "subtract": Elementwise(np.subtract, (lambda a, b, y: 1.0, lambda a, b, y: -1.0)),
    "multiply": Elementwise(np.multiply, (lambda a, b, y: b, lambda a, b, y: a)),
    "divide": Elementwise(np.divide, (lambda a, b, y: 1 / b, lambda a, b, y: -y / b)),
    "power": Elementwise(np.power, (lambda x, p, y: p * x ** (p - 1), _power_by_exponent)),
    "maximum": Elementwise(
        np.maximum, (lambda a, b, y: 1.0 * (a > b), lambda a, b, y: 1.0 * (b >= a))
    ),
    "minimum": Elementwise(
        np.minimum, (lambda a, b, y: 1.0 * (a < b), lambda a, b, y: 1.0 * (b <= a))
    ),
    "logaddexp": Elementwise(
        np.logaddexp, (lambda a, b, y: np.exp(a - y), lambda a, b, y: np.exp(b - y))
    ),
    "clip": Elementwise(
        lambda x, low, high: np.minimum(np.maximum(x, low), high), (_clip_slope, _flat, _flat)
    ),
    "negative": Elementwise(np.negative, (lambda x, y: -1.0,)),
    "absolute": Elementwise(np.absolute, (lambda x, y: np.sign(x),)),
    "exp": Elementwise(np.exp, (lambda x, y: y,)),
    "exp2": Elementwise(np.exp2, (lambda x, y: y * _LN2,)),
    "expm1": Elementwise(np.expm1, (lambda x, y: y + 1,)),
    "log": Elementwise(np.log, (lambda x, y: 1 / x,)),
    "log2": Elementwise(np.log2, (lambda x, y: 1 / (x * _LN2),)),
    "log10": Elementwise(np.log10, (lambda x, y: 1 / (x * _LN10),)),
    "log1p": Elementwise(np.log1p, (lambda x, y: 1 / (1 + x),)),
    "sqrt": Elementwise(np.sqrt, (lambda x, y: 0.5 / y,)),
    "square": Elementwise(np.square, (lambda x, y: 2 * x,)),
    "reciprocal": Elementwise(np.reciprocal, (lambda x, y: -y * y,)),
    "sin": Elementwise(np.sin, (lambda x, y: np.cos(x),)),
    "cos": Elementwise(np.cos, (lambda x, y: -np.sin(x),)),
    "tan": Elementwise(np.tan, (lambda x, y: 1 + y * y,)),
    "tanh": Elementwise(np.tanh, (lambda x, y: 1 - y * y,)),
    "sinh": Elementwise(np.sinh, (lambda x, y: np.cosh(x),)),
    "cosh": Elementwise(np.cosh, (lambda x, y: np.sinh(x),)),
    "arctan": Elementwise(np.arctan, (lambda x, y: 1 / (1 + x * x),)),
    "erf": Elementwise(_erf, (lambda x, y: _BELL * np.exp(-x * x),)),
    "expit": Elementwise(sigmoid, (lambda x, y: y * (1 - y),)),
    "sign": Elementwise(np.sign, (_flat,)),
    "floor": Elementwise(np.floor, (_flat,)),
    "ceil": Elementwise(np.ceil, (_flat,)),
    "rint": Elementwise(np.rint, (_flat,)),
    HELD: Elementwise(np.array, (_flat,)),
}

# Slopes over what came out: the square of a large number is none, nor is that of a small one.
_RELATIVE: dict[tuple[str, int], Callable[..., Any]] = {
    ("divide", 1): lambda a, b: -1 / b,
    ("reciprocal", 0): lambda x: -1 / x,
    ("power", 0): lambda x, p: p / x,
}

# Reductions take the settings `axis` (None, a number or several) and `keepdims`.
REDUCTIONS: dict[str, Callable[..., Any]] = {
    "sum": np.sum, "mean": np.mean, "max": np.max, "min": np.min, "prod": np.prod,
}  # fmt: skip
PRODUCTS: dict[str, Callable[..., Any]] = {"dot": np.dot, "matmul": np.matmul}
MULTIPLICATIONS = frozenset([*PRODUCTS, "multiply"])


def compute(name: str, arrays: Sequence[Array], settings: Settings) -> Array:
    """What an operation gives. Shapes: as NumPy's function of that name takes and gives them.

    Raises:
        ValueError: for shapes that do not fit, or an operation that is not in the list.
    """
    with np.errstate(all="ignore"):
        return computed(name, arrays, settings)


def computed(name: str, arrays: Sequence[Array], settings: Settings) -> Array:
    """The same where NumPy's warnings are off. Shapes: as there."""
    return real.asarray(_computed(name, arrays, settings), dtype=np.float64)


def _computed(name: str, arrays: Sequence[Array], settings: Settings) -> Any:
    if name in ELEMENTWISE:
        return ELEMENTWISE[name].compute(*arrays)
    if name in REDUCTIONS:
        return REDUCTIONS[name](arrays[0], axis=_axis(settings), keepdims=_keepdims(settings))
    if name in PRODUCTS:
        return PRODUCTS[name](*arrays)
    if name in OTHERS:
        return OTHERS[name](arrays, settings)
    raise ValueError(name)


def _axis(settings: Settings) -> Any:
    axis = settings.get("axis")
    return tuple(axis) if isinstance(axis, list) else axis


def _keepdims(settings: Settings) -> bool:
    return bool(settings.get("keepdims", False))


def _logsumexp(x: Array, axis: Any, keepdims: bool) -> Array:
    most = np.max(x, axis=axis, keepdims=True)
    total = np.log(np.sum(np.exp(x - most), axis=axis, keepdims=True)) + most
    return np.asarray(total if keepdims else np.squeeze(total, axis=axis))


def _log_softmax(x: Array, settings: Settings) -> Array:
    return x - _logsumexp(x, _axis(settings), True)


def back(
    name: str,
    arrays: Sequence[Array],
    settings: Settings,
    result: Array,
    gradient: Array,
    place: int,
) -> Array:
    """The gradient by one of the arrays that go in, from the gradient by what comes out.

    Shapes: `gradient` and `result` alike, the result like `arrays[place]`.

    Raises:
        ValueError: for an operation that has no derivative here.
    """
    with np.errstate(all="ignore"):
        if name in ELEMENTWISE:
            slope = ELEMENTWISE[name].slopes[place](*arrays, result)
            passed = gradient * slope
            if (name, place) in _RELATIVE:
                with_result = gradient * result * _RELATIVE[name, place](*arrays)
                passed = np.where(result == 0, passed, with_result)
            # Where nothing comes back nothing goes on, even if the slope is too large for a
            # number, as that of exp(-z) in a sigmoid that is 0.
            passed = np.where(gradient == 0, 0.0, passed)
            return unbroadcast(passed, arrays[place].shape)
        if name in REDUCTIONS or name == "logsumexp":
            return _back_through_reduction(name, arrays[0], settings, result, gradient)
        if name in PRODUCTS:
            return _back_through_product(name, arrays, gradient, place)
        if name in _BACK:
            return _BACK[name](arrays, settings, result, gradient, place)
    raise ValueError(name)


def slopes_of(name: str, arrays: Sequence[Array], result: Array, place: int) -> Array:
    """The derivative of each number of an elementwise result by its number of one array.

    Shape: like `result`.
    """
    with np.errstate(all="ignore"):
        slope = ELEMENTWISE[name].slopes[place](*arrays, result)
    return np.array(np.broadcast_to(slope, result.shape), dtype=np.float64)


def unbroadcast(gradient: Array, shape: tuple[int, ...]) -> Array:
    """Sum over the axes that broadcasting added or stretched. Shape: `shape`."""
    if gradient.ndim > len(shape):
        gradient = gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))
    stretched = tuple(i for i, side in enumerate(shape) if side == 1 and gradient.shape[i] != 1)
    if stretched:
        gradient = gradient.sum(axis=stretched, keepdims=True)
    return gradient if gradient.shape == shape else np.broadcast_to(gradient, shape)


def _back_through_reduction(
    name: str, x: Array, settings: Settings, result: Array, gradient: Array
) -> Array:
    axis = _axis(settings)
    kept = [1] * x.ndim
    if axis is not None and x.ndim:  # NumPy lets a single number have a first axis
        axes = axis if isinstance(axis, tuple) else (axis,)
        kept = list(x.shape)
        for one in axes:
            kept[one] = 1
    wide, most = gradient.reshape(kept), result.reshape(kept)
    if name == "sum":
        return np.broadcast_to(wide, x.shape)
    if name == "mean":
        return np.broadcast_to(wide * (result.size / max(x.size, 1)), x.shape)
    if name == "prod":
        return np.asarray(wide * most / x)
    if name == "logsumexp":
        return np.asarray(wide * np.exp(x - most))
    chosen = (x == most).astype(float)  # of several that are largest each takes its share
    return np.asarray(wide * chosen / chosen.sum(axis=axis, keepdims=True))


def _back_through_product(
    name: str, arrays: Sequence[Array], gradient: Array, place: int
) -> Array:
    a, b = arrays
    if not a.ndim or not b.ndim:  # np.dot of a number is a multiplication
        return unbroadcast(gradient * arrays[1 - place], arrays[place].shape)
    rows = a if a.ndim > 1 else a[None, :]
    columns = b if b.ndim > 1 else b[:, None]
    if name == "dot" and (a.ndim > 2 or b.ndim > 2):
        return _back_through_large_dot(rows, columns, gradient, place).reshape(arrays[place].shape)
    wide = gradient
    if a.ndim == 1:
        wide = np.expand_dims(wide, -1 if b.ndim == 1 else -2)
    if b.ndim == 1:
        wide = np.expand_dims(wide, -1)
    turned = np.swapaxes((columns, rows)[place], -1, -2)
    slope = wide @ turned if place == 0 else turned @ wide
    return unbroadcast(slope, (rows, columns)[place].shape).reshape(arrays[place].shape)


def _back_through_large_dot(rows: Array, columns: Array, gradient: Array, place: int) -> Array:
    """np.dot sums over the last axis of the first and the last but one of the second."""
    inner = rows.shape[-1]
    moved = np.moveaxis(columns, -2, 0).reshape(inner, -1)
    flat = gradient.reshape(-1, moved.shape[1])
    if place == 0:
        return flat @ moved.T
    slope = rows.reshape(-1, inner).T @ flat
    shape = (inner, *columns.shape[:-2], columns.shape[-1])
    return np.moveaxis(slope.reshape(shape), 0, -2)


def _back_through_cumsum(
    arrays: Sequence[Array], settings: Settings, _result: Array, gradient: Array, _place: int
) -> Array:
    x = arrays[0]
    axis = settings.get("axis")
    if axis is None or not x.ndim:
        return np.cumsum(gradient.ravel()[::-1])[::-1].reshape(x.shape)
    return np.flip(np.cumsum(np.flip(gradient, axis), axis), axis)


def _back_through_einsum(
    arrays: Sequence[Array], settings: Settings, _result: Array, gradient: Array, place: int
) -> Array:
    given, out = settings["subscripts"].split("->")
    terms = given.split(",")
    others = [(t, a) for i, (t, a) in enumerate(zip(terms, arrays, strict=True)) if i != place]
    mine = terms[place]
    known = set(out).union(*(t for t, _ in others)) if others else set(out)
    if len(set(mine)) < len(mine):
        raise ValueError("einsum of a diagonal")
    subscripts = ",".join([out, *(t for t, _ in others)])
    kept = "".join(letter for letter in mine if letter in known)
    slope = np.einsum(f"{subscripts}->{kept}", gradient, *(a for _, a in others))
    for i, letter in enumerate(mine):
        if letter not in known:  # it was summed alone
            slope = np.expand_dims(slope, i)
    return np.broadcast_to(slope, arrays[place].shape)


def _back_through_tensordot(
    arrays: Sequence[Array], settings: Settings, result: Array, gradient: Array, place: int
) -> Array:
    a, b = arrays
    axes = settings["axes"]
    if isinstance(axes, int):
        summed = ([a.ndim - axes + i for i in range(axes)], list(range(axes)))
    else:
        first_axes, second_axes = ([a] if isinstance(a, int) else list(a) for a in axes)
        summed = (first_axes, second_axes)
    mine = [axis % a.ndim for axis in summed[0]], [axis % b.ndim for axis in summed[1]]
    letters = iter("abcdefghijklmnopqrstuvwxyz")
    first = [next(letters) for _ in range(a.ndim)]
    second = [next(letters) for _ in range(b.ndim)]
    for i, j in zip(*mine, strict=True):
        second[j] = first[i]
    out = [c for i, c in enumerate(first) if i not in mine[0]]
    out += [c for i, c in enumerate(second) if i not in mine[1]]
    subscripts = f"{''.join(first)},{''.join(second)}->{''.join(out)}"
    return _back_through_einsum(arrays, {"subscripts": subscripts}, result, gradient, place)


def _back_through_softmax(
    _arrays: Sequence[Array], settings: Settings, result: Array, gradient: Array, _place: int
) -> Array:
    inner = np.sum(gradient * result, axis=_axis(settings), keepdims=True)
    return np.asarray(result * (gradient - inner))


def _back_through_log_softmax(
    _arrays: Sequence[Array], settings: Settings, result: Array, gradient: Array, _place: int
) -> Array:
    total = np.sum(gradient, axis=_axis(settings), keepdims=True)
    return np.asarray(gradient - np.exp(result) * total)


OTHERS: dict[str, Callable[[Sequence[Array], Settings], Any]] = {
    "cumsum": lambda arrays, settings: np.cumsum(arrays[0], axis=_axis(settings)),
    "einsum": lambda arrays, settings: np.einsum(settings["subscripts"], *arrays),
    "tensordot": lambda arrays, settings: np.tensordot(arrays[0], arrays[1], settings["axes"]),
    "softmax": lambda arrays, settings: np.exp(_log_softmax(arrays[0], settings)),
    "log_softmax": lambda arrays, settings: _log_softmax(arrays[0], settings),
    "logsumexp": lambda arrays, settings: _logsumexp(
        arrays[0], _axis(settings), _keepdims(settings)
    ),
}
_BACK = {
    "cumsum": _back_through_cumsum, "einsum": _back_through_einsum,
    "tensordot": _back_through_tensordot, "softmax": _back_through_softmax,
    "log_softmax": _back_through_log_softmax,
}  # fmt: skip
NAMES = frozenset([*SOURCES, OPAQUE, *ELEMENTWISE, *REDUCTIONS, *PRODUCTS, *OTHERS])
