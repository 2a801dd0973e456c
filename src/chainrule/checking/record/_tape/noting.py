"""How NumPy's functions are noted: put on the tape, taken as opaque, or only moving numbers."""

import functools
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from chainrule.checking.record._tape import real
from chainrule.checking.record._tape.arrays import (
    Number,
    Recorded,
    Whole,
    as_array,
    holds_recorded,
    ids_of,
    rebuilt,
    taken_up,
    values_of,
    whole,
    wrapped,
)
from chainrule.checking.record._tape.operations import compute
from chainrule.checking.record._tape.recording import tape


def note(name: str, things: Sequence[Any], settings: Mapping[str, Any] | None = None) -> Any:
    """Compute an operation of the list, and put it on the tape."""
    arrays = [real.asarray(values_of(thing), dtype=np.float64) for thing in things]
    result = compute(name, arrays, settings or {})
    ids = [ids_of(thing) for thing in things]
    return wrapped(result, tape().note(name, ids, settings or {}, result))


def opaque(name: str, things: Sequence[Any], result: Any) -> Any:
    """Take up what an operation gave that is not in the list.

    Such is a function of it, too, that is called with settings that it has not here.
    """
    if isinstance(result, tuple | list):
        return rebuilt(result, (opaque(name, things, each) for each in result))
    array = real.asarray(result)
    if array.dtype.kind != "f":
        tape().pass_by()
        return whole(result)
    plain = real.asarray(array, dtype=np.float64)
    ids = [ids_of(thing) for thing in things if holds_recorded(thing)]
    return wrapped(plain, tape().opaque(name, ids, plain))


def reduced(name: str, thing: Any, axis: Any = None, keepdims: Any = False) -> Any:
    """A sum, mean, maximum, minimum or product over axes. Shape: without those axes."""
    if isinstance(axis, tuple):
        axis = [int(one) for one in axis]
    elif axis is not None:
        axis = int(axis)
    settings = {"axis": axis, "keepdims": bool(keepdims)}
    return note(name, [thing], settings)


@functools.cache
def signature_of(function: Callable[..., Any]) -> inspect.Signature | None:
    try:
        return inspect.signature(function)
    except ValueError:  # of some functions in C older versions of NumPy do not say it
        return None


def plainly(function: Any, args: Sequence[Any], more: Mapping[str, Any]) -> Any:
    """What NumPy's function gives, unrecorded. Shape: as it gives it."""
    signature = signature_of(function)
    args, plain = list(map(values_of, args)), {k: values_of(v) for k, v in more.items()}
    if signature is not None:  # the first of some functions cannot be given by name
        args += [
            plain.pop(p.name)
            for p in signature.parameters.values()
            if p.kind is inspect.Parameter.POSITIONAL_ONLY and p.name in plain
        ]
    return function(*args, **plain)


def free(thing: Any) -> Any:
    """A thing as NumPy's own code may move it about: complex where it is recorded."""
    if isinstance(thing, Number):
        return np.ndarray.view(as_array(thing), np.ndarray)
    if isinstance(thing, Recorded | Whole):
        return np.ndarray.view(thing, np.ndarray)
    if type(thing) in (list, tuple):
        return type(thing)(free(each) for each in thing)
    return thing


def moved(function: Any, args: Sequence[Any], more: Mapping[str, Any]) -> Any:
    def back(result: Any) -> Any:
        if isinstance(result, tuple | list):
            return rebuilt(result, map(back, result))
        if isinstance(result, np.ndarray) and result.dtype.kind == "c":
            return result.view(Recorded)
        return taken_up(result)

    for thing in (*args, *more.values()):
        if isinstance(thing, Recorded):
            ids_of(thing)
    more = {k: v for k, v in more.items() if k != "dtype"}
    return back(function(*map(free, args), **{k: free(v) for k, v in more.items()}))
