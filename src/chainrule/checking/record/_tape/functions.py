"""NumPy's functions on recorded arrays: what is noted, what only moves numbers, what is opaque."""

import functools
from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np

from chainrule.checking.record._tape import real
from chainrule.checking.record._tape.arrays import (
    RECORDED,
    Number,
    Recorded,
    array_of,
    as_array,
    holds_recorded,
    masked_with,
    taken_up,
    values_of,
    whole,
    wrapped,
)
from chainrule.checking.record._tape.composed import COMPOSED
from chainrule.checking.record._tape.noting import (
    free,
    moved,
    note,
    opaque,
    plainly,
    reduced,
    signature_of,
)
from chainrule.checking.record._tape.operations import ELEMENTWISE
from chainrule.checking.record._tape.operators import is_numeric
from chainrule.checking.record._tape.recording import tape

# What moves numbers about and computes nothing, by NumPy's names.
MOVES = frozenset([
    "append", "atleast_1d", "atleast_2d", "atleast_3d", "block", "broadcast_arrays",
    "broadcast_to", "choose", "column_stack", "compress", "concatenate", "copy", "delete", "diag",
    "diagonal", "dsplit", "dstack", "expand_dims", "extract", "flip", "fliplr", "flipud",
    "array_split", "hsplit", "hstack", "insert", "matrix_transpose", "moveaxis", "ravel", "repeat",
    "reshape", "resize", "roll", "rollaxis", "rot90", "row_stack", "select", "sliding_window_view",
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


def on_ufunc(ufunc: np.ufunc, method: str, inputs: Sequence[Any], more: dict[str, Any]) -> Any:
    """What NumPy calls in place of one of its universal functions."""
    out = (more.pop("out", None) or (None,))[0]
    where = more.pop("where", True)
    inputs = [array_of(x) if type(x) in (list, tuple) and holds_recorded(x) else x for x in inputs]
    if not any(isinstance(x, RECORDED) for x in (*inputs, out)):
        plain = [values_of(x) for x in inputs]
        tape().pass_by()
        if out is not None:
            getattr(ufunc, method)(*plain, out=values_of(out), where=values_of(where), **more)
            return out
        if where is not True:
            more["where"] = values_of(where)
        return taken_up(getattr(ufunc, method)(*plain, **more))
    if method == "__call__" and any(map(_is_object, inputs)):
        return _by_objects(ufunc, inputs)
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


def _is_object(thing: Any) -> bool:
    """Whether it is of the learner's own class, or an array of such."""
    return not is_numeric(thing) or (isinstance(thing, np.ndarray) and thing.dtype == object)


def _by_objects(ufunc: np.ufunc, inputs: Sequence[Any]) -> Any:
    """What the operators of a learner's own class give with what is recorded.

    As with NumPy's arrays, they get the array where the class says that it comes before those,
    and each of its numbers if not. Shape: as broadcast.
    """
    reflected = _REFLECTED.get(ufunc.__name__, "")
    own = inputs[-1] if not is_numeric(inputs[-1]) else None
    if getattr(own, "__array_priority__", 0) > 0 and hasattr(own, reflected):
        return getattr(own, reflected)(inputs[0])
    return ufunc(*map(_of_objects, inputs))


def _of_objects(thing: Any) -> Any:
    """An array of the same numbers as objects. Shape: alike."""
    if not isinstance(thing, Recorded | Number):
        return thing
    found = real.empty(np.shape(thing), dtype=object)
    for place in np.ndindex(found.shape):
        found[place] = thing[place] if place else thing
    return found


_REFLECTED = {
    "add": "__radd__", "subtract": "__rsub__", "multiply": "__rmul__", "divide": "__rtruediv__",
    "power": "__rpow__", "matmul": "__rmatmul__", "less": "__gt__", "less_equal": "__ge__",
    "greater": "__lt__", "greater_equal": "__le__", "equal": "__eq__", "not_equal": "__ne__",
}  # fmt: skip
_OVER = frozenset(["axis", "keepdims"])  # settings of a reduction in the list


def _telling(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings without those that change no value; every float is a double here."""
    if not settings or not _is_float(settings.get("dtype")):
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
    """ufunc.at: one index after another; what is added in one place is first added up."""
    array, places, *other = inputs
    given = places if isinstance(places, tuple) else (places,)
    index = np.broadcast_arrays(*[np.asarray(values_of(p)) for p in given])
    whole_shape = index[0].shape + array.shape[len(index) :]
    wide = [np.broadcast_to(x, whole_shape) for x in other]
    turns: dict[tuple[int, ...], list[tuple[int, ...]]] = {}
    for turn in np.ndindex(index[0].shape):
        turns.setdefault(tuple(int(each[turn]) for each in index), []).append(turn)
    for place, several in turns.items():
        values = [[x[turn] for x in wide] for turn in several]
        if ufunc.__name__ in ("add", "subtract"):  # what a parameter changes by is one sum
            values = [[reduce(np.add, [x for (x,) in values])]]
        for given_there in values:
            array[place] = ufunc(array[place], *given_there)


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


def on_function(function: Any, args: Sequence[Any], more: Mapping[str, Any]) -> Any:
    """What NumPy calls in place of one of its other functions."""
    name = _SAME.get(function.__name__, function.__name__)
    if name in SHOWN:
        return function(*map(values_of, args), **more)
    if name in ("shape", "ndim", "size"):
        return function(*map(free, args), **{k: free(v) for k, v in more.items()})
    if name in ("squeeze", "transpose") and args and isinstance(args[0], Number):
        return args[0]  # a number, where other functions make an array of it
    whole_wanted = not _is_float(more.get("dtype"))
    if name in MOVES and not whole_wanted and not (name == "where" and len(args) == 1):
        if name == "where" and holds_recorded(list(args[1:])):
            args = (args[0], *map(masked_with, args[1:]))
        return moved(function, args, more)
    if not holds_recorded([list(args), list(more.values())]):
        plain = {k: values_of(v) for k, v in more.items()}
        return taken_up(function(*map(values_of, args), **plain))
    args, given = _settings(function, args, more)
    out = given.pop("out", None)
    result = _applied(name, function, args, given)
    return result if out is None else _written(out, result)


def _settings(
    function: Any, args: Sequence[Any], more: Mapping[str, Any]
) -> tuple[Sequence[Any], dict[str, Any]]:
    """What a function is called with by NumPy's names, but for what changes no value.

    Of a function that takes any number of things, they stay without names.
    """
    given, defaults = dict(more), _defaults(function)
    if defaults is not None:
        places = _places(function, len(args), tuple(more))
        found = {k: more[p] if isinstance(p, str) else args[p] for k, p in places.items()}
        given = {k: v for k, v in found.items() if v is not defaults.get(k, ...)}
        args = ()
    return args, {
        k: array_of(v) if type(v) in (list, tuple) and holds_recorded(v) else v
        for k, v in _telling(given).items()
    }


@functools.cache
def _defaults(function: Any) -> dict[str, Any] | None:
    """What parameters have if nothing is given; None of one that takes any number of things."""
    signature = signature_of(function)
    every = signature.parameters.values() if signature is not None else ()
    if signature is None or any(p.kind is p.VAR_POSITIONAL for p in every):
        return None
    return {p.name: p.default for p in every if p.kind is not p.VAR_KEYWORD}


@functools.cache
def _places(function: Any, count: int, names: tuple[str, ...]) -> dict[str, Any]:
    """Which of so many things without names, or which name, a call gives to each parameter.

    Raises:
        TypeError: if it cannot be called so.
    """
    signature = signature_of(function)
    assert signature is not None
    bound = signature.bind(*range(count), **{name: name for name in names}).arguments
    rest = {k: v for value in bound.values() if isinstance(value, dict) for k, v in value.items()}
    return {k: v for k, v in bound.items() if not isinstance(v, dict)} | rest


def _applied(name: str, function: Any, args: Sequence[Any], more: Mapping[str, Any]) -> Any:
    """A function of the list, or one that is made of some; else what it gives is opaque."""
    args = [array_of(a) if type(a) in (list, tuple) and holds_recorded(a) else a for a in args]
    if name in LIKE:
        plain = plainly(function, args, more)
        if plain.dtype.kind != "f":
            return whole(plain)
        new = wrapped(*tape().leaf(np.zeros_like(plain) if name == "empty_like" else plain))
        return new if plain.ndim else as_array(new)
    known = COMPOSED.get(name)
    if known is not None and _takes(known, args, more):
        return known(*args, **more)
    return opaque(name, [*args, *more.values()], plainly(function, args, more))


def _takes(known: Any, args: Sequence[Any], more: Mapping[str, Any]) -> bool:
    """Whether a function has these settings here."""
    try:
        _places(known, len(args), tuple(more))
    except TypeError:
        return False
    return True
