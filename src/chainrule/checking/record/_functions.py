"""NumPy's functions on recorded arrays: what is noted, what only moves numbers, what is opaque."""

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from chainrule.checking.record._arrays import (
    Number,
    Recorded,
    Whole,
    array_of,
    as_array,
    holds_recorded,
    ids_of,
    taken_up,
    tape,
    values_of,
    whole,
    wrapped,
)
from chainrule.checking.record._operations import ELEMENTWISE, compute

# What moves numbers about and computes nothing, by NumPy's names.
MOVES = frozenset([
    "append", "atleast_1d", "atleast_2d", "atleast_3d", "block", "broadcast_arrays",
    "broadcast_to", "choose", "column_stack", "compress", "concatenate", "copy", "delete", "diag",
    "diagonal", "dsplit", "dstack", "expand_dims", "extract", "flip", "fliplr", "flipud",
    "array_split", "hsplit", "hstack", "insert", "matrix_transpose", "moveaxis", "ravel", "repeat",
    "reshape", "resize", "roll", "rollaxis", "rot90", "row_stack", "select",
    "split", "squeeze", "stack", "swapaxes", "take", "take_along_axis", "tile", "transpose",
    "tril", "triu", "unstack", "vsplit", "vstack", "where",
])  # fmt: skip
SHOWN = frozenset(["array_repr", "array_str", "array2string"])
LIKE = frozenset(["zeros_like", "ones_like", "empty_like"])
_SAME = {
    "amax": "max", "amin": "min", "conjugate": "positive", "fmax": "maximum", "fmin": "minimum",
    "fabs": "absolute", "float_power": "power",
}  # fmt: skip
_REDUCED = {"add": "sum", "multiply": "prod", "maximum": "max", "minimum": "min"}
_LAYOUT = ("casting", "order", "subok", "signature")  # settings that change no value


def note(name: str, things: Sequence[Any], settings: Mapping[str, Any] | None = None) -> Any:
    """Compute an operation of the list, and put it on the tape."""
    arrays = [np.asarray(values_of(thing), dtype=np.float64) for thing in things]
    result = compute(name, arrays, settings or {})
    ids = [ids_of(thing) for thing in things]
    return wrapped(result, tape().note(name, ids, settings or {}, result))


def opaque(name: str, things: Sequence[Any], result: Any) -> Any:
    """Take up what an operation gave that is not in the list.

    Such is a function of it, too, that is called with settings that it has not here.
    """
    if isinstance(result, tuple | list):
        return type(result)(opaque(name, things, each) for each in result)
    array = np.asarray(result)
    if array.dtype.kind != "f":
        return whole(result)
    plain = np.asarray(array, dtype=np.float64)
    ids = [ids_of(thing) for thing in things if holds_recorded(thing)]
    return wrapped(plain, tape().opaque(name, ids, plain))


def on_ufunc(ufunc: np.ufunc, method: str, inputs: Sequence[Any], more: dict[str, Any]) -> Any:
    """What NumPy calls in place of one of its universal functions."""
    out = (more.pop("out", None) or (None,))[0]
    where = more.pop("where", True)
    inputs = [array_of(x) if type(x) in (list, tuple) and holds_recorded(x) else x for x in inputs]
    if not any(isinstance(x, Recorded | Number) for x in (*inputs, out)):
        plain = [values_of(x) for x in inputs]
        if out is not None:
            getattr(ufunc, method)(*plain, out=values_of(out), where=values_of(where), **more)
            return out
        if where is not True:
            more["where"] = values_of(where)
        return taken_up(getattr(ufunc, method)(*plain, **more))
    more = _telling(more)
    name = _SAME.get(ufunc.__name__, ufunc.__name__)
    chosen, where = (where, True) if method == "reduce" else (True, where)
    if method == "at":
        return _at(ufunc, inputs)
    if method == "__call__" and not more:
        result = _called(ufunc, name, inputs)
    elif method == "reduce" and chosen is True and name in _REDUCED and more.keys() <= _OVER:
        axis = more.get("axis", 0)
        result = reduced(_REDUCED[name], inputs[0], axis, more.get("keepdims", False))
    elif method == "accumulate" and name == "add" and more.keys() <= {"axis"}:
        result = note("cumsum", inputs, {"axis": more.get("axis", 0)})
    elif method == "outer" and name in ELEMENTWISE and not more:
        a, b = (np.asarray(x) if not isinstance(x, np.ndarray) else x for x in inputs)
        result = ufunc(a.reshape(a.shape + (1,) * b.ndim), b)
    else:
        if chosen is not True:
            more["where"] = chosen
        settings = {k: values_of(v) for k, v in more.items()}
        given = getattr(ufunc, method)(*[values_of(x) for x in inputs], **settings)
        result = opaque(name, [*inputs, *more.values()], given)
    if where is not True:
        kept = out if out is not None else np.zeros(np.shape(result))
        result = on_function(np.where, (where, result, kept), {})
    return result if out is None else _written(out, result)


_OVER = frozenset(["axis", "keepdims"])  # settings of a reduction in the list


def _telling(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings without those that change no value; every float is a double here."""
    if not _is_float(settings.get("dtype")):
        return dict(settings)
    return {k: v for k, v in settings.items() if k not in (*_LAYOUT, "dtype")}


def _is_float(kind: Any) -> bool:
    return kind is None or np.dtype(kind).kind == "f"


def _called(ufunc: np.ufunc, name: str, inputs: Sequence[Any]) -> Any:
    if name == "positive":
        return inputs[0].copy()
    if name == "matmul":
        return note("matmul", inputs)
    if name in ELEMENTWISE:
        return note(name, inputs)
    result = ufunc(*[values_of(x) for x in inputs])
    return opaque(name, inputs, result)


def _at(ufunc: np.ufunc, inputs: Sequence[Any]) -> None:
    """ufunc.at: one index after another."""
    array, places, *other = inputs
    given = places if isinstance(places, tuple) else (places,)
    index = np.broadcast_arrays(*[np.asarray(values_of(p)) for p in given])
    whole_shape = index[0].shape + array.shape[len(index) :]
    wide = [np.broadcast_to(x, whole_shape) for x in other]
    for turn in np.ndindex(index[0].shape):
        place = tuple(int(each[turn]) for each in index)
        array[place] = ufunc(array[place], *[x[turn] for x in wide])


def _written(out: Any, result: Any) -> Any:
    if isinstance(out, Recorded):
        if np.broadcast_shapes(np.shape(result), out.shape) != out.shape:
            raise ValueError(
                f"non-broadcastable output operand with shape {out.shape} doesn't match the "
                f"broadcast shape {np.shape(result)}"
            )
        out[...] = result
        return out
    if out.dtype.kind in "iub" and isinstance(result, Recorded | Number):
        raise TypeError(f"Cannot cast ufunc output from dtype('float64') to {out.dtype!r}")
    np.ndarray.view(out, np.ndarray)[...] = values_of(result)
    return out


def reduced(name: str, thing: Any, axis: Any = None, keepdims: Any = False) -> Any:
    """A sum, mean, maximum, minimum or product over axes. Shape: without those axes."""
    if isinstance(axis, tuple):
        axis = [int(one) for one in axis]
    elif axis is not None:
        axis = int(axis)
    settings = {"axis": axis, "keepdims": bool(keepdims)}
    return note(name, [thing], settings)


def on_function(function: Any, args: Sequence[Any], more: Mapping[str, Any]) -> Any:
    """What NumPy calls in place of one of its other functions."""
    name = _SAME.get(function.__name__, function.__name__)
    if name in SHOWN:
        return function(*map(values_of, args), **more)
    if name in ("shape", "ndim", "size"):
        return function(*map(_free, args), **{k: _free(v) for k, v in more.items()})
    if name in ("squeeze", "transpose") and args and isinstance(args[0], Number):
        return args[0]  # a number, where other functions make an array of it
    whole_wanted = not _is_float(more.get("dtype"))
    if name in MOVES and not whole_wanted and not (name == "where" and len(args) == 1):
        return _moved(function, args, more)
    if not holds_recorded([list(args), list(more.values())]):
        plain = {k: values_of(v) for k, v in more.items()}
        return taken_up(function(*map(values_of, args), **plain))
    args, given = _settings(function, args, more)
    out = given.pop("out", None)
    result = _applied(name, function, args, given)
    return result if out is None else _written(out, result)


@functools.cache
def _signature(function: Callable[..., Any]) -> inspect.Signature | None:
    try:
        return inspect.signature(function)
    except ValueError:  # of some functions in C older versions of NumPy do not say it
        return None


def _settings(
    function: Any, args: Sequence[Any], more: Mapping[str, Any]
) -> tuple[Sequence[Any], dict[str, Any]]:
    """What a function is called with by NumPy's names, but for what changes no value.

    Of a function that takes any number of things, they stay without names.
    """
    signature = _signature(function)
    given = dict(more)
    if signature is not None:
        kinds = {p.kind for p in signature.parameters.values()}
        if inspect.Parameter.VAR_POSITIONAL not in kinds:
            given = dict(signature.bind(*args, **more).arguments)
            args = ()
            for parameter in signature.parameters.values():
                if parameter.kind is inspect.Parameter.VAR_KEYWORD:
                    given.update(given.pop(parameter.name, {}))
                elif given.get(parameter.name, ...) is parameter.default:
                    del given[parameter.name]
    return args, {
        k: array_of(v) if type(v) in (list, tuple) and holds_recorded(v) else v
        for k, v in _telling(given).items()
    }


def _applied(name: str, function: Any, args: Sequence[Any], more: Mapping[str, Any]) -> Any:
    """A function of the list, or one that is made of some; else what it gives is opaque."""
    args = [array_of(a) if type(a) in (list, tuple) and holds_recorded(a) else a for a in args]
    if name in LIKE:
        plain = _plainly(function, args, more)
        if plain.dtype.kind != "f":
            return whole(plain)
        return wrapped(*tape().leaf(np.zeros_like(plain) if name == "empty_like" else plain))
    known = _KNOWN.get(name)
    if known is not None and _takes(known, args, more):
        return known(*args, **more)
    return opaque(name, [*args, *more.values()], _plainly(function, args, more))


def _plainly(function: Any, args: Sequence[Any], more: Mapping[str, Any]) -> Any:
    """What NumPy's function gives, unrecorded. Shape: as it gives it."""
    signature = _signature(function)
    args, plain = list(map(values_of, args)), {k: values_of(v) for k, v in more.items()}
    if signature is not None:  # the first of some functions cannot be given by name
        args += [
            plain.pop(p.name)
            for p in signature.parameters.values()
            if p.kind is inspect.Parameter.POSITIONAL_ONLY and p.name in plain
        ]
    return function(*args, **plain)


def _takes(known: Any, args: Sequence[Any], more: Mapping[str, Any]) -> bool:
    """Whether a function has these settings here."""
    signature = _signature(known)
    assert signature is not None
    try:
        signature.bind(*args, **more)
    except TypeError:
        return False
    return True


def _free(thing: Any) -> Any:
    """A thing as NumPy's own code may move it about: complex where it is recorded."""
    if isinstance(thing, Number):
        return np.ndarray.view(as_array(thing), np.ndarray)
    if isinstance(thing, Recorded | Whole):
        return np.ndarray.view(thing, np.ndarray)
    if type(thing) in (list, tuple):
        return type(thing)(_free(each) for each in thing)
    return thing


def _moved(function: Any, args: Sequence[Any], more: Mapping[str, Any]) -> Any:
    def back(result: Any) -> Any:
        if isinstance(result, tuple | list):
            return type(result)(back(each) for each in result)
        if isinstance(result, np.ndarray) and result.dtype.kind == "c":
            return result.view(Recorded)
        return taken_up(result)

    for thing in (*args, *more.values()):
        if isinstance(thing, Recorded):
            ids_of(thing)
    more = {k: v for k, v in more.items() if k != "dtype"}
    return back(function(*map(_free, args), **{k: _free(v) for k, v in more.items()}))


# ---- functions that are made of operations of the list ---------------------------------------


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
            return opaque("average", [a, weights], _plainly(np.average, [a], settings))
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
    return _moved(np.take_along_axis, (a, order, axis), {})


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


def _reduction(name: str) -> Any:
    def reduction(a: Any, axis: Any = None, keepdims: bool = False) -> Any:
        return reduced(name, a, axis, keepdims)

    return reduction


# Their arguments have NumPy's names; what is not among them makes a call opaque.
_KNOWN: dict[str, Any] = {
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
    "full_like": _full_like,
    "trace": _trace,
    "nan_to_num": _nan_to_num,
    "ediff1d": _steps,
    "diff": _diff,
}
