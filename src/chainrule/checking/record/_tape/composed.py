"""NumPy's functions that are made of operations of the list."""

from typing import Any

import numpy as np

from chainrule.checking.record._tape.arrays import Recorded, array_of, holds_recorded, values_of
from chainrule.checking.record._tape.noting import moved, note, opaque, plainly, reduced


def _clip(a: Any, a_min: Any = None, a_max: Any = None, min: Any = None, max: Any = None) -> Any:
    low = a_min if min is None else min
    high = a_max if max is None else max
    return note("clip", [a, -np.inf if low is None else low, np.inf if high is None else high])


def _dot(a: Any, b: Any) -> Any:
    return note("dot", [a, b])


def _inner(a: Any, b: Any) -> Any:
    return _dot(a, np.swapaxes(b, -1, -2) if np.ndim(a) and np.ndim(b) > 1 else b)


def _variance(a: Any, axis: Any = None, ddof: int = 0, keepdims: bool = False) -> Any:
    middle = reduced("mean", a, axis, True)
    squared = note("square", [note("subtract", [a, middle])])
    result = reduced("mean", squared, axis, keepdims)
    if ddof:
        count = np.size(a) / max(np.size(result), 1)
        result = result * (count / (count - ddof))
    return result


def _deviation(a: Any, axis: Any = None, ddof: int = 0, keepdims: bool = False) -> Any:
    return note("sqrt", [_variance(a, axis, ddof, keepdims)])


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    of_vectors = np.ndim(x) == 1 if axis is None else np.ndim(axis) == 0
    if not (ord is None or (ord == "fro" and not of_vectors) or (ord == 2 and of_vectors)):
        return opaque("norm", [x], np.linalg.norm(values_of(x), ord, axis, keepdims))
    squares = reduced("sum", note("square", [x]), axis, keepdims)
    return note("sqrt", [squares])


def _average(a: Any, axis: Any = None, weights: Any = None, keepdims: bool = False) -> Any:
    if weights is None:
        return reduced("mean", a, axis, keepdims)
    if np.shape(weights) != np.shape(a):
        if np.ndim(weights) != 1 or np.ndim(axis) or axis is None:
            settings = {"axis": axis, "weights": weights, "keepdims": keepdims}
            return opaque("average", [a, weights], plainly(np.average, [a], settings))
        sides = [1] * np.ndim(a)
        sides[axis] = -1
        weights = np.broadcast_to(np.reshape(weights, sides), np.shape(a))
    return np.sum(a * weights, axis=axis, keepdims=keepdims) / np.sum(
        weights, axis=axis, keepdims=keepdims
    )


# How an expression is computed changes no value.
def _einsum(subscripts: Any, *things: Any, optimize: Any = False) -> Any:
    if not isinstance(subscripts, str) or "." in subscripts:
        plain = [values_of(each) for each in (subscripts, *things)]
        return opaque("einsum", [subscripts, *things], np.einsum(*plain))
    text = subscripts.replace(" ", "")
    if "->" not in text:
        letters = sorted(set(text) - {","})
        text += "->" + "".join(one for one in letters if text.count(one) == 1)
    return note("einsum", things, {"subscripts": text})


def _tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    def plain(one: Any) -> Any:
        return int(one) if np.ndim(one) == 0 else [plain(each) for each in one]

    return note("tensordot", [a, b], {"axes": plain(axes)})


# All ways of sorting numbers give the same.
def _sort(a: Any, axis: int | None = -1, kind: Any = None, stable: Any = None) -> Any:
    order = np.argsort(values_of(a), axis=axis)
    return moved(np.take_along_axis, (a, order, axis), {})


def _along(func1d: Any, axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    rows = np.moveaxis(arr, axis, -1)
    given = [func1d(rows[place], *args, **kwargs) for place in np.ndindex(rows.shape[:-1])]
    made = array_of(list(given)) if holds_recorded(given) else np.array(given)
    made = made.reshape(rows.shape[:-1] + np.shape(given[0]))
    return np.moveaxis(made, -1, axis) if np.ndim(given[0]) == 1 else made


def _copyto(dst: Any, src: Any, where: Any = True) -> None:
    if where is True:
        dst[...] = src
    else:
        chosen = np.broadcast_to(values_of(where), np.shape(dst))
        dst[chosen] = np.broadcast_to(src, np.shape(dst))[chosen]


def _written_at(array: Any, places: Any, values: Any) -> None:
    """Put values at places of an array as if it were flat, again and again if they are fewer."""
    plain = np.ravel(values_of(places))
    several = np.size(values) > 1
    given = np.resize(np.ravel(values), plain.shape) if several else np.reshape(values, ())
    array[np.unravel_index(plain, np.shape(array))] = given


def _places(array: Any) -> Any:
    return np.arange(np.size(array)).reshape(np.shape(array))


def _fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    on_it = np.zeros(np.shape(a), dtype=bool)
    np.fill_diagonal(on_it, True, wrap)
    _written_at(a, np.flatnonzero(on_it), val)


def _put(a: Any, ind: Any, v: Any) -> None:
    _written_at(a, np.take(np.ravel(_places(a)), values_of(ind)), v)


def _put_along_axis(arr: Any, indices: Any, values: Any, axis: Any = -1) -> None:
    chosen = np.take_along_axis(_places(arr), values_of(indices), axis)
    _written_at(arr, chosen, np.broadcast_to(values, chosen.shape))


def _place(arr: Any, mask: Any, vals: Any) -> None:
    _written_at(arr, np.flatnonzero(values_of(mask)), vals)


def _putmask(a: Any, mask: Any, values: Any) -> None:
    chosen = np.flatnonzero(values_of(mask))
    _written_at(a, chosen, np.ravel(np.resize(values, np.shape(a)))[chosen])


def _full_like(a: Any, fill_value: Any) -> Any:
    return np.zeros_like(a) + fill_value


def _trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    return np.sum(np.diagonal(a, offset, axis1, axis2), axis=-1)


def _nan_to_num(
    x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None
) -> Any:
    plain = values_of(x)
    result = x
    if not np.isfinite(plain).all():
        other = np.nan_to_num(plain, nan=nan, posinf=posinf, neginf=neginf)
        result = np.where(np.isfinite(plain), x, other)
    if copy or not isinstance(x, Recorded):
        return result.copy()
    x[...] = result
    return x


def _nansum(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return reduced("sum", _nan_to_num(a, posinf=np.inf, neginf=-np.inf), axis, keepdims)


def _diff(a: Any, n: int = 1, axis: int = -1) -> Any:
    moved = np.moveaxis(a, axis, -1)
    for _ in range(n):
        moved = moved[..., 1:] - moved[..., :-1]
    return np.moveaxis(moved, -1, axis)


def _steps(ary: Any) -> Any:
    flat = np.ravel(ary)
    return flat[1:] - flat[:-1]


def _diagflat(v: Any, k: int = 0) -> Any:
    return np.diag(np.ravel(v), k)


def _kron(a: Any, b: Any) -> Any:
    if np.ndim(a) == np.ndim(b) == 1:
        return np.ravel(np.outer(a, b))
    if np.ndim(a) != 2 or np.ndim(b) != 2:
        return opaque("kron", [a, b], np.kron(values_of(a), values_of(b)))
    blocks = np.multiply(a[:, None, :, None], b[None, :, None, :])
    return np.reshape(blocks, np.multiply(np.shape(a), np.shape(b)))


def _range(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
    return reduced("max", a, axis, keepdims) - reduced("min", a, axis, keepdims)


def _pad(array: Any, pad_width: Any, mode: Any = "constant", constant_values: Any = 0) -> Any:
    if mode != "constant" or isinstance(pad_width, dict):
        return opaque("pad", [array], np.pad(values_of(array), pad_width, mode))
    sides = (np.ndim(array), 2)  # before and after, on each axis
    widths, values = (np.broadcast_to(each, sides) for each in (pad_width, constant_values))
    result = array
    for axis, (width, value) in enumerate(zip(widths, values, strict=True)):
        shape = list(np.shape(result))
        shape[axis] = width[0]
        before = np.full(shape, value[0], dtype=float)
        shape[axis] = width[1]
        after = np.full(shape, value[1], dtype=float)
        result = np.concatenate([before, result, after], axis=axis)
    return result


def _reduction(name: str) -> Any:
    def reduction(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return reduced(name, a, axis, keepdims)

    return reduction


# Their arguments have NumPy's names; what is not among them makes a call opaque.
COMPOSED: dict[str, Any] = {
    **{name: _reduction(name) for name in ("sum", "mean", "max", "min", "prod")},
    "nansum": _nansum,
    "cumsum": lambda a, axis=None: note("cumsum", [a], {"axis": axis}),
    "clip": _clip,
    "dot": _dot,
    "vdot": lambda a, b: _dot(np.ravel(a), np.ravel(b)),
    "inner": _inner,
    "outer": lambda a, b: np.multiply(np.ravel(a)[:, None], np.ravel(b)[None, :]),
    "var": _variance,
    "std": _deviation,
    "norm": _norm,
    "average": _average,
    "einsum": _einsum,
    "tensordot": _tensordot,
    "sort": _sort,
    "apply_along_axis": _along,
    "copyto": _copyto,
    "fill_diagonal": _fill_diagonal,
    "place": _place,
    "put": _put,
    "put_along_axis": _put_along_axis,
    "putmask": _putmask,
    "full_like": _full_like,
    "trace": _trace,
    "nan_to_num": _nan_to_num,
    "ediff1d": _steps,
    "diff": _diff,
    "diagflat": _diagflat,
    "kron": _kron,
    "ptp": _range,
    "pad": _pad,
}
