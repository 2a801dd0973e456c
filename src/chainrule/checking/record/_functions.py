"""NumPy's functions on recorded arrays: what is noted, what only moves numbers, what is opaque."""

from collections.abc import Mapping, Sequence
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
    "array_split", "hsplit", "hstack", "insert", "matrix_transpose", "moveaxis", "permute_dims",
    "ravel", "repeat", "reshape", "resize", "roll", "rollaxis", "rot90", "row_stack", "select",
    "split", "squeeze", "stack", "swapaxes", "take", "take_along_axis", "tile", "transpose",
    "tril", "triu", "unstack", "vsplit", "vstack", "where",
])  # fmt: skip
SHOWN = frozenset(["array_repr", "array_str", "array2string"])
LIKE = frozenset(["zeros_like", "ones_like", "empty_like"])
_SAME = {
    "amax": "max", "amin": "min", "conjugate": "positive", "true_divide": "divide",
    "fmax": "maximum", "fmin": "minimum", "fabs": "absolute", "abs": "absolute",
    "float_power": "power",
}  # fmt: skip
_REDUCED = {"add": "sum", "multiply": "prod", "maximum": "max", "minimum": "min"}
_UNUSED = ("dtype", "casting", "order", "subok", "signature")


def note(name: str, things: Sequence[Any], settings: Mapping[str, Any] | None = None) -> Any:
    """Compute an operation of the list, and put it on the tape."""
    arrays = [np.asarray(values_of(thing), dtype=np.float64) for thing in things]
    result = compute(name, arrays, settings or {})
    ids = [ids_of(thing) for thing in things]
    return wrapped(result, tape().note(name, ids, settings or {}, result))


def opaque(name: str, things: Sequence[Any], result: Any) -> Any:
    """Take up what an operation gave that is not in the list."""
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
    more = {k: v for k, v in more.items() if k not in _UNUSED and v is not None}
    name = _SAME.get(ufunc.__name__, ufunc.__name__)
    if method == "at":
        return _at(ufunc, inputs)
    if method == "__call__":
        result = _called(ufunc, name, inputs)
    elif method == "reduce" and name in _REDUCED:
        axis = more.get("axis", 0)
        result = reduced(_REDUCED[name], inputs[0], axis, more.get("keepdims", False))
    elif method == "accumulate" and name == "add":
        result = note("cumsum", inputs, {"axis": more.get("axis", 0)})
    elif method == "outer" and name in ELEMENTWISE:
        a, b = (np.asarray(x) if not isinstance(x, np.ndarray) else x for x in inputs)
        result = ufunc(a.reshape(a.shape + (1,) * b.ndim), b)
    else:
        plain = [values_of(x) for x in inputs]
        result = opaque(name, inputs, getattr(ufunc, method)(*plain, **more))
    if where is not True:
        kept = out if out is not None else np.zeros(np.shape(result))
        result = on_function(np.where, (where, result, kept), {})
    return result if out is None else _written(out, result)


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
    if isinstance(result, Recorded | Number):
        tape().leaks += 1
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
        return function(values_of(args[0]), *args[1:], **more)
    if name in ("shape", "ndim", "size"):
        return function(_free(args[0]), *args[1:], **more)
    if name in MOVES and not (name == "where" and len(args) == 1):
        return _moved(function, args, more)
    given = {k: v for k, v in more.items() if k not in ("dtype", "subok", "order")}
    if not holds_recorded([list(args), list(more.values())]):
        plain = {k: values_of(v) for k, v in more.items()}
        return taken_up(function(*[values_of(a) for a in args], **plain))
    out = given.pop("out", None)
    result = _applied(name, function, args, {k: v for k, v in given.items() if v is not None})
    return result if out is None else _written(out, result)


def _applied(name: str, function: Any, args: Sequence[Any], more: Mapping[str, Any]) -> Any:
    """A function of the list, or one that is made of some; else what it gives is opaque."""
    if name in LIKE:
        plain = getattr(np, name)(values_of(args[0]))
        return wrapped(*tape().leaf(np.zeros_like(plain) if name == "empty_like" else plain))
    known = _KNOWN.get(name)
    if known is not None:
        given = [
            array_of(a) if type(a) in (list, tuple) and holds_recorded(a) else a for a in args
        ]
        return known(*given, **more)
    plain = {k: values_of(v) for k, v in more.items()}
    return opaque(name, args, function(*[values_of(a) for a in args], **plain))


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

    for thing in args:
        if isinstance(thing, Recorded):
            ids_of(thing)
    more = {k: v for k, v in more.items() if k != "dtype"}
    return back(function(*map(_free, args), **{k: _free(v) for k, v in more.items()}))


# ---- functions that are made of operations of the list ---------------------------------------


def _clip(a: Any, a_min: Any = None, a_max: Any = None, **more: Any) -> Any:
    low = more.get("min", a_min)
    high = more.get("max", a_max)
    return note("clip", [a, -np.inf if low is None else low, np.inf if high is None else high])


def _dot(a: Any, b: Any) -> Any:
    return note("dot", [a, b])


def _variance(a: Any, axis: Any = None, ddof: int = 0, keepdims: bool = False) -> Any:
    middle = reduced("mean", a, axis, True)
    squared = note("square", [note("subtract", [a, middle])])
    result = reduced("mean", squared, axis, keepdims)
    if ddof:
        count = np.size(a) / max(np.size(result), 1)
        result = result * (count / (count - ddof))
    return result


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    if ord not in (None, 2, "fro") or (ord == 2 and np.ndim(x) == 2 and axis is None):
        return opaque("norm", [x], np.linalg.norm(values_of(x), ord, axis, keepdims))
    squares = reduced("sum", note("square", [x]), axis, keepdims)
    return note("sqrt", [squares])


def _average(a: Any, axis: Any = None, weights: Any = None) -> Any:
    if weights is None:
        return reduced("mean", a, axis)
    return (a * weights).sum(axis=axis) / np.sum(weights)


def _einsum(subscripts: Any, *things: Any, **_more: Any) -> Any:
    if not isinstance(subscripts, str) or "." in subscripts:
        plain = [values_of(each) for each in (subscripts, *things)]
        return opaque("einsum", things, np.einsum(*plain))
    text = subscripts.replace(" ", "")
    if "->" not in text:
        letters = sorted(set(text) - {","})
        text += "->" + "".join(one for one in letters if text.count(one) == 1)
    return note("einsum", things, {"subscripts": text})


def _tensordot(a: Any, b: Any, axes: Any = 2) -> Any:
    def plain(one: Any) -> Any:
        return int(one) if np.ndim(one) == 0 else [plain(each) for each in one]

    return note("tensordot", [a, b], {"axes": plain(axes)})


def _ordered(a: Any, axis: int = -1, **_more: Any) -> Any:
    order = np.argsort(values_of(a), axis=axis)
    return _moved(np.take_along_axis, (a, order, axis), {})


def _along(function: Any, axis: int, a: Any, *args: Any, **more: Any) -> Any:
    rows = np.moveaxis(a, axis, -1)
    given = [function(rows[place], *args, **more) for place in np.ndindex(rows.shape[:-1])]
    made = array_of(list(given)) if holds_recorded(given) else np.array(given)
    made = made.reshape(rows.shape[:-1] + np.shape(given[0]))
    return np.moveaxis(made, -1, axis) if np.ndim(given[0]) == 1 else made


def _copyto(to: Any, what: Any, where: Any = True, **_more: Any) -> None:
    to[... if where is True else where] = what


def _full_like(a: Any, value: Any, **_more: Any) -> Any:
    return np.zeros_like(a) + value


_KNOWN: dict[str, Any] = {
    "sum": lambda a, axis=None, keepdims=False, **_: reduced("sum", a, axis, keepdims),
    "mean": lambda a, axis=None, keepdims=False, **_: reduced("mean", a, axis, keepdims),
    "max": lambda a, axis=None, keepdims=False, **_: reduced("max", a, axis, keepdims),
    "min": lambda a, axis=None, keepdims=False, **_: reduced("min", a, axis, keepdims),
    "prod": lambda a, axis=None, keepdims=False, **_: reduced("prod", a, axis, keepdims),
    "nansum": lambda a, axis=None, keepdims=False, **_: reduced("sum", a, axis, keepdims),
    "cumsum": lambda a, axis=None, **_: note("cumsum", [a], {"axis": axis}),
    "clip": _clip,
    "dot": _dot,
    "vdot": lambda a, b: _dot(np.ravel(a), np.ravel(b)),
    "inner": lambda a, b: _dot(a, np.swapaxes(b, -1, -2) if np.ndim(b) > 1 else b),
    "outer": lambda a, b: np.multiply(np.ravel(a)[:, None], np.ravel(b)[None, :]),
    "var": _variance,
    "std": lambda *args, **more: note("sqrt", [_variance(*args, **more)]),
    "norm": _norm,
    "average": _average,
    "einsum": _einsum,
    "tensordot": _tensordot,
    "sort": _ordered,
    "apply_along_axis": _along,
    "copyto": _copyto,
    "full_like": _full_like,
    "trace": lambda a, **_: np.sum(np.diagonal(a)),
    "nan_to_num": lambda x, **_: x,
    "ediff1d": lambda a: a[1:] - a[:-1],
    "diff": lambda a, **_: a[..., 1:] - a[..., :-1],
    "log_softmax": lambda x, axis=None: note("log_softmax", [x], {"axis": axis}),
    "softmax": lambda x, axis=None: note("softmax", [x], {"axis": axis}),
    "logsumexp": lambda a, axis=None, keepdims=False, **_: note(
        "logsumexp", [a], {"axis": axis, "keepdims": keepdims}
    ),
}
