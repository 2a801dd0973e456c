"""Arrays and numbers that note what is done with them.

A recorded array is complex to NumPy: the real part of an element is its value, the imaginary part
its id. So views, slices, transposes, fancy assignment, stacking and the like carry ids about in
NumPy's own code, and only what computes is noted here. To the learner's code its type is float64.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from chainrule.checking.record._tape import real
from chainrule.checking.record._tape.operations import ELEMENTWISE, Array
from chainrule.checking.record._tape.operators import Operators
from chainrule.checking.record._tape.recording import Noted, tape
from chainrule.checking.record._tape.tape import Ids

_FLOAT = np.dtype(np.float64)


def wrapped(values: Array, ids: Ids) -> Any:
    """A recorded array or number. Shapes: alike."""
    if values.ndim == 0:
        return Number(float(values), int(ids))
    both = real.empty(values.shape, dtype=np.complex128)
    both.real, both.imag = values, ids
    return both.view(Recorded)


def values_of(thing: Any) -> Any:
    """What a thing is to NumPy: plain arrays and numbers. Shape: as it has."""
    if isinstance(thing, Number):
        return thing.value
    if isinstance(thing, Recorded):
        return real.array(np.ndarray.view(thing, np.ndarray).real)
    if isinstance(thing, Whole):
        return np.ndarray.view(thing, np.ndarray)
    if type(thing) in (list, tuple):
        return type(thing)(values_of(each) for each in thing)
    return thing


def ids_of(thing: Any) -> Ids:
    """The ids of a thing's numbers; what has none yet is taken as constants. Shape: as it has."""
    if isinstance(thing, Number):
        return real.asarray(thing.id or tape().constant(thing.value))
    if isinstance(thing, Recorded):
        both = np.ndarray.view(thing, np.ndarray)
        imaginary = both.imag
        total = real.add.reduce(imaginary, axis=None)
        if not -np.inf < total < np.inf:  # what computed without being noted spoilt them
            raise np.exceptions.ComplexWarning
        ids = imaginary.astype(np.int64)
        if real.count_nonzero(ids) < ids.size:
            new = ids == 0
            ids[new] = tape().constants(both.real[new])
            both.imag = ids
        return ids
    make = real.array if isinstance(thing, int | float | np.ndarray) else np.array
    return tape().constants(make(thing, dtype=np.float64))


def rebuilt(like: Any, things: Iterable[Any]) -> Any:
    """A list or a tuple of other things: a tuple with names, as of `numpy.linalg`, keeps them."""
    return like._make(things) if hasattr(like, "_make") else type(like)(things)


def whole(array: Any) -> Any:
    """A real array of whole numbers or truth values, which meets recorded arrays half-way."""
    if isinstance(array, np.ndarray) and array.ndim:
        return array.view(Whole) if type(array) is np.ndarray else array
    return array


def taken_up(result: Any) -> Any:
    """What NumPy gave: floats are recorded as data, whole numbers stay what they are."""
    if isinstance(result, Recorded | Number):
        return result
    if isinstance(result, list | tuple):
        return rebuilt(result, map(taken_up, result))
    if isinstance(result, np.ndarray):
        return _array_taken_up(result)
    if isinstance(result, float | np.floating):
        return Number(float(result), tape().constant(float(result)))
    return result


def _array_taken_up(array: Any) -> Any:
    if array.dtype.kind == "c":
        return array.view(Recorded)
    if array.dtype.kind != "f":
        return whole(array)
    plain = real.array(np.ndarray.view(array, np.ndarray), dtype=np.float64)
    return wrapped(plain, tape().data(plain))


def holds_recorded(thing: Any, depth: int = 0) -> bool:
    """Whether it is, or a list of lists has in it, something recorded."""
    if type(thing) not in (list, tuple):
        return isinstance(thing, RECORDED)
    if depth < 4:
        for each in thing:  # asked for with each call of NumPy's: `any` takes twice as long
            if holds_recorded(each, depth + 1):
                return True
    return False


def array_of(thing: Any) -> Any:
    """A recorded array of nested lists of recorded numbers and arrays. Shape: of the nesting."""
    if isinstance(thing, Recorded):
        return thing.copy()
    if isinstance(thing, Number):
        return wrapped(real.asarray(thing.value), real.asarray(thing.id))

    def both(one: Any) -> Any:
        if isinstance(one, Number):
            return complex(one.value, one.id)
        if isinstance(one, Recorded):
            return np.ndarray.view(one, np.ndarray)
        if type(one) in (list, tuple):
            return [both(each) for each in one]
        return one

    return real.array(both(thing), dtype=np.complex128).view(Recorded)


class Number(Operators):
    """A recorded number: its value, and its id."""

    __slots__ = ("id", "value")
    __array_priority__ = 1e3
    dtype, shape, ndim, size = _FLOAT, (), 0, 1

    def __init__(self, value: float, id_: int) -> None:
        self.value, self.id = value, id_

    # What isinstance is told: the learner's code may ask whether it is a float.
    __class__ = property(lambda self: float)

    def __float__(self) -> float:
        return self.value

    def __int__(self) -> int:
        return int(self.value)

    def __index__(self) -> int:
        if self.value == int(self.value):
            return int(self.value)
        raise TypeError("'float' object cannot be interpreted as an integer")

    def __bool__(self) -> bool:
        return bool(self.value)

    def __hash__(self) -> int:
        return hash(self.value)

    def __repr__(self) -> str:
        return repr(self.value)

    def __format__(self, spec: str) -> str:
        return format(self.value, spec)

    def __round__(self, digits: int | None = None) -> float:
        return round(self.value, digits)

    def __trunc__(self) -> int:
        return int(self.value)

    def __getitem__(self, key: Any) -> Any:
        return as_array(self)[key]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        known = ELEMENTWISE.get(name)
        if known is not None and len(known.slopes) == 1 and hasattr(np, name):
            return lambda: getattr(np, name)(self)  # NumPy asks this of objects in an array
        return getattr(as_array(self), name)

    def item(self) -> "Number":
        """Itself."""
        return self

    def copy(self) -> "Number":
        """Itself, since it does not change."""
        return self

    def squeeze(self, *_axes: Any) -> "Number":
        """Itself, as of NumPy's own numbers."""
        return self

    def transpose(self, *_axes: Any) -> "Number":
        """Itself, as of NumPy's own numbers."""
        return self

    def __copy__(self) -> "Number":
        return self

    def __deepcopy__(self, _memo: Any) -> "Number":
        return self

    def astype(self, kind: Any, **_more: Any) -> Any:
        """As another type; as a float itself."""
        wanted = np.dtype(kind)
        return self if wanted.kind in "fO" else wanted.type(self.value)


def as_array(number: Number) -> Any:
    """The number as a recorded array without axes. Shape: `()`."""
    return real.array(complex(number.value, number.id)).view(Recorded)


class Recorded(Noted, np.ndarray):
    """A recorded array."""

    __array_priority__ = 1e3
    dtype = property(lambda self: _FLOAT)
    flat = property(lambda self: self.reshape(-1))
    real = property(lambda self: self)
    nbytes = property(lambda self: self.size * 8)

    def __getitem__(self, key: Any) -> Any:
        return _number_or_array(np.ndarray.__getitem__(self, _as_index(key)))

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(value, Number):
            first = value.value and _is_part(key) and not tape().is_computed(np.asarray(value.id))
            whole = self._of_many(key, value.value) if first else None
            value = complex(value.value, value.id) if whole is None else whole
        elif type(value) in (list, tuple) and holds_recorded(value):
            value = np.ndarray.view(array_of(value), np.ndarray)
        elif isinstance(value, np.ndarray):
            if isinstance(value, Recorded) and value.size > 1 and _is_listed(key):
                places = real.arange(self.size).reshape(self.shape)[_as_index(key)]
                tape().written_back(ids_of(self[key]), ids_of(value), places, self.shape)
            value = _of_one(np.ndarray.view(value, np.ndarray))
        elif isinstance(key, np.ndarray) and key.dtype == bool:
            value = masked_with(value)
        elif type(value) in (int, float) and value and _is_part(key):
            whole = self._of_many(key, value)
            value = value if whole is None else whole
        np.ndarray.__setitem__(self, _as_index(key), value)

    def _of_many(self, key: Any, value: float) -> Any:
        """A number that is written to several places: first values that may change apart."""
        shape = np.shape(np.ndarray.__getitem__(np.ndarray.view(self, np.ndarray), key))
        if np.prod(shape) <= 1:
            return None
        made = wrapped(*tape().leaf(np.full(shape, float(value)), written=True))
        return np.ndarray.view(made, np.ndarray)

    def __iter__(self) -> Iterator[Any]:
        if not self.ndim:
            raise TypeError("iteration over a 0-d array")
        return (self[i] for i in range(len(self)))

    def __contains__(self, thing: Any) -> bool:
        return bool(np.any(values_of(self) == values_of(thing)))

    def __float__(self) -> float:
        return float(_of_one(values_of(self)))

    def __int__(self) -> int:
        return int(_of_one(values_of(self)))

    def __bool__(self) -> bool:
        return bool(values_of(self))

    def __repr__(self) -> str:
        return repr(values_of(self))

    def __str__(self) -> str:
        return str(values_of(self))

    def __format__(self, spec: str) -> str:
        plain = values_of(self)
        return format(float(plain) if not plain.ndim else plain, spec)

    def __deepcopy__(self, _memo: Any) -> "Recorded":
        return self.copy()

    # NumPy's methods are overloaded, and have more arguments than mean anything here.
    def astype(self, dtype: Any, *_args: Any, **_more: Any) -> Any:
        """As another type; every float is a double here. Shape: as it has."""
        wanted = np.dtype(dtype)
        return self.copy() if wanted.kind in "fO" else whole(values_of(self).astype(wanted))

    def tolist(self) -> Any:
        """Nested lists of recorded numbers."""
        return [each if isinstance(each, Number) else each.tolist() for each in self]

    def item(self, *place: Any) -> Any:
        """One number, recorded."""
        flat = self.reshape(-1)
        if not place and flat.size != 1:
            raise ValueError("can only convert an array of size 1 to a Python scalar")
        return self[place] if len(place) > 1 else flat[place[0] if place else 0]

    def fill(self, value: Any) -> None:
        """Write one number everywhere."""
        self[...] = value

    def put(self, indices: Any, values: Any, _mode: str = "raise") -> None:
        """Write numbers at places of it, as if it were flat."""
        np.put(self, indices, values)

    # NumPy's is overloaded, and has a kind of sorting, which means nothing here.
    def sort(self, axis: int = -1, **_more: Any) -> None:  # type: ignore[override]
        """Sort in place."""
        self[...] = np.sort(self, axis=axis)

    def copy(self, *_args: Any) -> "Recorded":
        """A copy. Shape: as it has."""
        return real.array(np.ndarray.view(self, np.ndarray), copy=True).view(Recorded)


class Whole(Noted, np.ndarray):
    """A real array of whole numbers or truth values, whose methods know recorded arrays."""

    # As in `Recorded`: NumPy's is overloaded.
    def astype(self, dtype: Any, *_args: Any, **_more: Any) -> Any:
        """As another type. Shape: as it has."""
        return taken_up(np.ndarray.view(self, np.ndarray).astype(dtype))

    def __deepcopy__(self, _memo: Any) -> "Whole":
        return self.copy()

    def tolist(self) -> Any:
        """Nested lists of plain numbers."""
        return np.ndarray.view(self, np.ndarray).tolist()

    def __getitem__(self, key: Any) -> Any:
        return np.ndarray.__getitem__(self, _as_index(key))

    def __setitem__(self, key: Any, value: Any) -> None:
        np.ndarray.__setitem__(self, _as_index(key), _of_one(values_of(value)))
        if self.dtype.kind in "iu" and isinstance(value, Recorded | Number):
            tape().cut(ids_of(value), values_of(value))


def _by_function(name: str) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **more: Any) -> Any:
        return getattr(np, name)(self, *args, **more)

    return method


for _name in ("sum", "mean", "max", "min", "prod", "std", "var", "argmax", "argmin", "argsort",
              "cumsum", "trace", "clip", "round", "dot", "any", "all", "nonzero"):  # fmt: skip
    setattr(Recorded, _name, _by_function(_name))
for _name in ("dot", "mean", "std", "var", "clip"):
    setattr(Whole, _name, _by_function(_name))


# What exceptions call them, and code that asks for the name of a type.
Number.__name__ = "float64"
Recorded.__name__ = Whole.__name__ = "ndarray"


def masked_with(value: Any) -> Any:
    """A plain number that is put in the place of others: where that is done is to be known."""
    if type(value) not in (int, float) and not isinstance(value, np.number):
        return value
    return complex(value, tape().masked(float(value)))


def _is_part(key: Any) -> bool:
    """Whether an index takes a part of an array that lies together, as slices do."""
    return all(
        isinstance(k, slice | int) or k is Ellipsis
        for k in (key if type(key) is tuple else (key,))
    )


def _is_listed(key: Any) -> bool:
    """Whether an index lists places, which may come twice, as slices and masks do not."""
    return any(
        isinstance(k, list) or (isinstance(k, np.ndarray) and k.ndim > 0 and k.dtype.kind in "iu")
        for k in (key if type(key) is tuple else (key,))
    )


def _of_one(thing: Any) -> Any:
    """An array of one number as that number, for which NumPy took it in earlier versions."""
    return thing.reshape(()) if isinstance(thing, np.ndarray) and thing.size == 1 else thing


def _number_or_array(got: Any) -> Any:
    if not isinstance(got, np.complexfloating):
        return got
    value = float(got.real)
    return Number(value, int(got.imag) or tape().constant(value))


def _as_index(key: Any) -> Any:
    """An index as NumPy takes it; an array of floats is none, as it would not be elsewhere."""
    if isinstance(key, Recorded):
        return values_of(key)
    if isinstance(key, Whole):
        return np.ndarray.view(key, np.ndarray)
    if isinstance(key, tuple):
        return tuple(_as_index(each) for each in key)
    if isinstance(key, Number):
        return key.__index__()
    return key


RECORDED = (Recorded, Number)  # made once: what is asked for with each operation
