"""The arrays in whatever a learner keeps or returns: found by path, and set by path."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.checking.learner.desk import Leaves

DEPTH = 4  # of attributes, dicts and lists within each other
MOST = 200  # leaves of one value


def leaves(value: object) -> Leaves:
    """Arrays and numbers in a value, by path; None for what holds no numbers.

    Numbers in nested lists of equal length are one array, as the learner means them. Shapes: as
    they are.

    Examples:
        >>> leaves({"W": np.ones(2), "layers": [{"b": 0.5}]})
        {'W': array([1., 1.]), 'layers.0.b': array(0.5)}
    """
    found: Leaves = {}
    for path, leaf in _walk(value, "", DEPTH):
        found[path] = leaf
        if len(found) >= MOST:
            break
    return found


def copies(arrays: Leaves) -> Leaves:
    """The same arrays, that nobody else can change. Shapes: as they are."""
    return {path: None if array is None else array.copy() for path, array in arrays.items()}


def attributes(instance: object) -> Leaves:
    """Arrays in an object's attributes, by path; other values are left out."""
    found: Leaves = {}
    for name, value in _named_values(instance):
        for path, leaf in _walk(value, name, DEPTH):
            if leaf is not None and len(found) < MOST:
                found[path] = leaf
    return found


def _named_values(instance: object) -> list[tuple[str, Any]]:
    """Attributes in a dict, and those in slots that are set."""
    slots = [
        name
        for base in type(instance).__mro__
        for name in _as_tuple(vars(base).get("__slots__", ()))
        if hasattr(instance, name) and name != "__dict__"
    ]
    return [
        *((n, getattr(instance, n)) for n in slots),
        *getattr(instance, "__dict__", {}).items(),
    ]


def _as_tuple(names: Any) -> tuple[str, ...]:
    return (names,) if isinstance(names, str) else tuple(names)


def get(instance: object, path: str) -> Any:
    """The attribute, item or entry at a path."""
    value: Any = instance
    for part in path.split("."):
        value = _step(value, part)
    return value


def put(instance: object, path: str, array: NDArray[Any]) -> None:
    """Set what is at a path to these numbers, in place where others may hold the same array.

    Lists stay lists. Shape: `(...)`; where it is another than that of what is there, the array is
    replaced.
    """
    *parents, last = path.split(".")
    owner: Any = instance
    for part in parents:
        owner = _step(owner, part)
    old = _step(owner, last)
    kept = isinstance(old, np.ndarray) and old.dtype == np.float64 and old.flags.writeable
    if kept and old.shape == array.shape:
        old[...] = array
        return
    new: Any = array.tolist() if isinstance(old, list | float) else array.copy()
    if isinstance(owner, dict):
        owner[_key(owner, last)] = new
    elif isinstance(owner, list):
        owner[int(last)] = new
    else:
        object.__setattr__(owner, last, new)


def _walk(value: Any, path: str, depth: int) -> Iterator[tuple[str, NDArray[Any] | None]]:
    array = _numbers(value)
    if array is not None:
        yield path, array
    elif isinstance(value, dict | list | tuple) and depth:
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in items:
            yield from _walk(item, f"{path}.{key}" if path else str(key), depth - 1)
    elif depth and hasattr(value, "__dict__") and not isinstance(value, type) and _is_plain(value):
        for key, item in vars(value).items():
            yield from _walk(item, f"{path}.{key}" if path else str(key), depth - 1)
    else:
        yield path, None


def _is_plain(value: object) -> bool:
    """Whether an object is of the learner's making, rather than a generator or a module."""
    return type(value).__module__.split(".")[0] not in ("numpy", "builtins", "matplotlib")


def _numbers(value: Any) -> NDArray[Any] | None:
    """A value as an array of at least one number; None if it is none.

    Truth values and whole numbers are all of one type, with which one can compute: NumPy has no
    difference of truth values, and unsigned ones have no sign.
    """
    if isinstance(value, list):
        if not value or not all(_is_number_or_list(item) for item in value):
            return None
    elif not isinstance(value, np.ndarray | np.generic | bool | int | float):
        return None
    try:
        array = np.asarray(value)
    except ValueError:  # rows of different length
        return None
    if array.dtype.kind not in "fiub" or not array.size:
        return None
    if array.dtype == np.uint64:
        return array.astype(np.float64)
    return array if array.dtype.kind == "f" else array.astype(np.int64)


def _is_number_or_list(value: object) -> bool:
    if isinstance(value, list):
        return bool(value) and all(_is_number_or_list(item) for item in value)
    return isinstance(value, bool | int | float | np.number)


def _step(value: Any, part: str) -> Any:
    if isinstance(value, dict):
        return value[_key(value, part)]
    if isinstance(value, list | tuple):
        return value[int(part)]
    return getattr(value, part)


def _key(mapping: dict[Any, Any], part: str) -> Any:
    return next(key for key in mapping if str(key) == part)
