"""The world of a recorded run: NumPy, random and math give recorded numbers while it lasts."""

import builtins
import contextlib
import functools
import itertools
import math
import random
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.lib import stride_tricks

from chainrule.checking.record._tape import functions
from chainrule.checking.record._tape.arrays import (
    Number,
    Recorded,
    array_of,
    as_array,
    holds_recorded,
    taken_up,
    values_of,
    whole,
    wrapped,
)
from chainrule.checking.record._tape.noting import moved, note, opaque
from chainrule.checking.record._tape.operations import ELEMENTWISE
from chainrule.checking.record._tape.recording import Recording, start, stop, tape
from chainrule.checking.record._tape.tape import Tape

_MAKERS = (
    "array", "asarray", "asanyarray", "ascontiguousarray", "zeros", "ones", "empty",
    "full", "eye", "identity", "linspace", "arange", "fromiter", "asmatrix", "fromstring",
)  # fmt: skip
# What takes one array, or the two that it combines, and does not ask a list for its type.
_OVER_ARRAYS = (
    "sum", "mean", "max", "min", "amax", "amin", "prod", "std", "var", "cumsum", "argmax",
    "argmin", "average", "median", "round", "sort", "argsort", "flip", "tile", "repeat", "diff",
    "trace", "any", "all", "transpose", "swapaxes", "moveaxis", "reshape", "ravel", "squeeze",
    "expand_dims", "clip", "copy", "diag", "dot", "inner", "outer", "tensordot", "where",
    "nansum", "nanmean",
)  # fmt: skip
_FLOATS = (
    "rand", "randn", "random", "random_sample", "ranf", "sample", "standard_normal", "uniform",
    "normal", "beta", "exponential", "lognormal", "laplace",
)  # fmt: skip
_PICKS = ("choice", "permutation", "permuted")  # draw whole numbers, and give what stands there
_PYTHONS_FLOATS = (
    "random", "uniform", "gauss", "normalvariate", "triangular", "betavariate", "expovariate",
    "gammavariate", "lognormvariate", "vonmisesvariate", "paretovariate", "weibullvariate",
)  # fmt: skip
_PYTHONS_WHOLES = (
    "randint", "choice", "shuffle", "sample", "randrange", "choices", "getrandbits", "randbytes",
)  # fmt: skip
_vectorize = np.vectorize  # the real one: while a file runs, it is replaced
_OPERATION = "operation"  # of the list, that a function of single numbers is
_WHOLE_SEED = 7  # what is drawn of whole numbers is the same in every run: orders, labels, choices
_MATH = {
    "exp": "exp", "log": "log", "tanh": "tanh", "sqrt": "sqrt", "sin": "sin", "cos": "cos",
    "log10": "log10", "log2": "log2", "log1p": "log1p", "expm1": "expm1", "fabs": "absolute",
    "pow": "power", "cosh": "cosh", "sinh": "sinh", "atan": "arctan", "tan": "tan",
    "erf": "erf",
}  # fmt: skip


@contextlib.contextmanager
def recorded_world(new: Tape, seed: int) -> Iterator[None]:
    """Replace what makes, draws and computes numbers; put it back in the end.

    Args:
        new: what is written on.
        seed: of the floats that are drawn.
    """
    replaced: list[tuple[Any, str, Any]] = []

    def put(where: Any, name: str, what: Any) -> None:
        replaced.append((where, name, getattr(where, name)))
        setattr(where, name, what)

    start(Recording(new, functions.on_ufunc, functions.on_function))
    try:
        for replacement in _always_replaced():
            put(*replacement)
        draws = _Draws(seed)
        for name in (*_FLOATS, *dir(np.random.RandomState)):
            if hasattr(np.random, name) and not name.startswith("_"):
                put(np.random, name, getattr(draws, name))
        generators = {name: _class_of(name, draws) for name in ("RandomState", "Generator")}
        for name, generator in generators.items():
            put(np.random, name, generator)
        put(np.random, "default_rng", _default_rng(np.random.default_rng, generators["Generator"]))
        for name, draw in _pythons(seed).items():
            put(random, name, draw)
        put(builtins, "__build_class__", _numbering(builtins.__build_class__))
        special = sys.modules.get("scipy.special")
        for name in ("softmax", "log_softmax", "logsumexp"):
            if special is not None:
                put(special, name, _of_scipy(getattr(special, name), name))
        yield
    finally:
        stop()
        for where, name, what in reversed(replaced):
            setattr(where, name, what)


@functools.cache
def _always_replaced() -> tuple[tuple[Any, str, Any], ...]:
    """What takes the place of NumPy's and math's own in all runs: where, its name, and what."""
    return (
        *((np, name, _maker(getattr(np, name), name)) for name in _MAKERS),
        *((np, name, function) for name, function in _over_lists_of_all().items()),
        (np.linalg, "norm", _over_lists(np.linalg.norm)),
        (np, "vectorize", _Vectorized),
        (np, "c_", _Joined(np.c_, -1)),
        (np, "r_", _Joined(np.r_, 0)),
        (np, "isscalar", lambda x, real=np.isscalar: isinstance(x, Number) or real(x)),
        (stride_tricks, "as_strided", _strided(stride_tricks.as_strided)),
        *((math, name, _scalar_function(getattr(math, name), op)) for name, op in _MATH.items()),
    )


def made(array: Any, written: bool = False) -> Any:
    """Take up floats that the learner's code made or drew: first values of something."""
    plain = np.array(array, dtype=np.float64)
    return wrapped(*tape().leaf(plain, written))


def _maker(real: Callable[..., Any], name: str) -> Callable[..., Any]:
    """A function that makes an array; a recorded one if the learner's code calls it."""
    of_things = name in ("array", "asarray", "asanyarray", "ascontiguousarray")

    def make(*args: Any, **more: Any) -> Any:
        if not tape().is_learners() and not holds_recorded(list(args)):
            return real(*args, **more)
        if of_things and args and holds_recorded(args[0]):
            return _converted(args, more, name)
        result = real(*values_of(args), **{k: values_of(v) for k, v in more.items()})
        if not isinstance(result, np.ndarray):
            return taken_up(result)
        if result.dtype.kind == "f":
            return made(result) if result.ndim else as_array(made(result))
        if result.dtype == object:
            return _objects(result)
        return whole(np.ndarray.view(result, np.ndarray))

    return make


def _over_lists_of_all() -> dict[str, Any]:
    """NumPy's functions that take a list of recorded arrays as the array that it is."""
    every = {name: getattr(np, name, None) for name in (*ELEMENTWISE, "abs", "matmul")}
    universal = {n: _OverLists(f) for n, f in every.items() if isinstance(f, np.ufunc)}
    return universal | {name: _over_lists(getattr(np, name)) for name in _OVER_ARRAYS}


def _over_lists(real: Callable[..., Any]) -> Callable[..., Any]:
    """A function that takes a list of recorded arrays as the array that it is."""

    @functools.wraps(real)
    def over(*args: Any, **more: Any) -> Any:
        return real(
            *[array_of(a) if type(a) in (list, tuple) and holds_recorded(a) else a for a in args],
            **more,
        )

    return over


class _OverLists:
    """A universal function that takes lists so, too."""

    def __init__(self, real: np.ufunc) -> None:
        self._real, self._over = real, _over_lists(real)

    def __call__(self, *args: Any, **more: Any) -> Any:
        """What the function gives. Shape: that of what is given."""
        return self._over(*args, **more)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def _converted(args: Any, more: dict[str, Any], name: str) -> Any:
    given = args[0]
    kind = args[1] if len(args) > 1 else more.get("dtype")
    if kind is not None and np.dtype(kind).kind == "O":
        objects = np.empty(len(given), dtype=object)
        objects[:] = list(given)
        return objects
    result = array_of(given) if name == "array" or not isinstance(given, Recorded) else given
    if more.get("ndmin", 0) > np.ndim(result):
        result = result.reshape((1,) * (more["ndmin"] - np.ndim(result)) + np.shape(result))
    if isinstance(result, Number):
        result = as_array(result)
    return result if kind is None else result.astype(kind)


def _objects(result: Any) -> Any:
    """An array of arrays, such as of pairs of a sample and its label."""
    for place in np.ndindex(result.shape):
        if isinstance(result[place], np.ndarray):
            result[place] = taken_up(result[place])
    return result


class _Draws:
    """numpy.random, and its generators: floats anew in each run, whole numbers always the same."""

    def __init__(self, seed: int) -> None:
        self._floats = np.random.RandomState(seed)
        self._wholes = np.random.RandomState(_WHOLE_SEED)

    def __getattr__(self, name: str) -> Any:
        if name in ("seed", "set_state", "get_state"):
            return lambda *_args, **_more: None
        if name in _FLOATS:
            same = "random_sample" if name in ("ranf", "sample") else name
            return _drawing(getattr(self._floats, same))
        real = getattr(self._wholes, "randint" if name == "integers" else name)
        if name == "shuffle":
            return self._shuffle

        def draw(*args: Any, **more: Any) -> Any:
            if name == "permutation" and args and isinstance(args[0], np.ndarray):
                return args[0][real(len(args[0]))]
            if name == "choice" and args and isinstance(args[0], Recorded):
                return args[0][real(len(args[0]), *values_of(args[1:]), **more)]
            drawn = real(*values_of(args), **{k: values_of(v) for k, v in more.items()})
            if name not in _PICKS and np.asarray(drawn).dtype.kind == "f":
                return _drawing(getattr(self._floats, name))(*args, **more)
            return taken_up(drawn)

        return draw

    def __deepcopy__(self, _memo: Any) -> "_Draws":
        return self

    def _shuffle(self, things: Any) -> None:
        order = self._wholes.permutation(len(things))
        things[:] = things[order] if isinstance(things, np.ndarray) else [things[i] for i in order]


def _pythons(seed: int) -> dict[str, Any]:
    """What draws in Python's random, and its class of generators, whatever one is made with."""
    floats, wholes = random.Random(seed), random.Random(_WHOLE_SEED)
    draws: dict[str, Any] = {name: _drawing(getattr(floats, name)) for name in _PYTHONS_FLOATS}
    draws |= {name: getattr(wholes, name) for name in _PYTHONS_WHOLES}
    draws |= dict.fromkeys(("seed", "getstate", "setstate"), lambda *_args, **_more: None)
    members = {name: staticmethod(draw) for name, draw in draws.items()}
    return {**draws, "Random": type("Random", (), {**members, "__init__": members["seed"]})}


def _class_of(name: str, draws: _Draws) -> type:
    """NumPy's class of generators of that name: whatever one is made with, it draws as `draws`.

    It is a class, since annotations and `isinstance` ask for one.
    """

    def new(class_: type, *_args: Any, **_more: Any) -> Any:
        generator: Any = object.__new__(class_)
        vars(generator).update(vars(draws))
        return generator

    return type(name, (_Draws,), {"__new__": new, "__init__": lambda *_args, **_more: None})


def _default_rng(real: Callable[..., Any], generator: type) -> Callable[..., Any]:
    def default_rng(*args: Any, **more: Any) -> Any:
        return generator() if tape().is_learners() else real(*args, **more)

    return default_rng


def _drawing(real: Callable[..., Any]) -> Callable[..., Any]:
    def draw(*args: Any, **more: Any) -> Any:
        if not tape().is_learners():
            return real(*args, **more)
        more.pop("dtype", None)
        return made(real(*values_of(args), **{k: values_of(v) for k, v in more.items()}))

    return draw


def _scalar_function(real: Callable[..., Any], operation: str) -> Callable[..., Any]:
    """A function of math, which takes numbers and arrays of one number."""

    def compute(*things: Any) -> Any:
        if not holds_recorded(list(things)):
            return real(*things)
        for thing in things:
            if isinstance(thing, np.ndarray) and thing.size != 1:
                raise TypeError("only length-1 arrays can be converted to Python scalars")
        plain = [float(np.asarray(values_of(thing)).reshape(())) for thing in things]
        if operation != "log" or len(things) == 1:
            real(*plain)  # for its own exceptions
            single = [t.reshape(()) if isinstance(t, np.ndarray) else t for t in things]
            return note(operation, single)
        return note("log", things[:1]) / math.log(plain[1])

    compute.__dict__[_OPERATION] = operation
    return compute


def _of_scipy(real: Callable[..., Any], name: str) -> Callable[..., Any]:
    def compute(x: Any, axis: Any = None, *args: Any, **more: Any) -> Any:
        if not holds_recorded(x):
            return taken_up(real(values_of(x), axis, *args, **more))
        keepdims = more.pop("keepdims", False)
        if args or more:  # such as the weights of a sum
            plain = {k: values_of(v) for k, v in more.items()} | (
                {"keepdims": True} if keepdims else {}
            )
            return opaque(name, [x], real(values_of(x), axis, *values_of(args), **plain))
        settings = {"axis": list(axis) if isinstance(axis, tuple) else axis}
        if name == "logsumexp":
            settings["keepdims"] = bool(keepdims)
        return note(name, [x], settings)

    return compute


def _strided(real: Callable[..., Any]) -> Callable[..., Any]:
    """A view of an array by strides, which NumPy does not ask recorded arrays for."""

    def view(x: Any, *args: Any, **more: Any) -> Any:
        return moved(real, (x, *args), more) if holds_recorded(x) else real(x, *args, **more)

    return view


class _Joined:
    """np.c_ and np.r_, which convert what they are given by themselves."""

    def __init__(self, real: Any, axis: int) -> None:
        self._real, self._axis = real, axis

    def __getitem__(self, key: Any) -> Any:
        things = key if isinstance(key, tuple) else (key,)
        if not holds_recorded(list(things)) or any(isinstance(t, str | slice) for t in things):
            return taken_up(self._real[values_of(key)])
        arrays = [np.atleast_1d(array_of(t) if holds_recorded(t) else t) for t in things]
        if self._axis:
            arrays = [a[:, None] if np.ndim(a) == 1 else a for a in arrays]
        return np.concatenate(arrays, axis=self._axis)


class _Vectorized:
    """np.vectorize: the function for each number."""

    def __new__(cls, pyfunc: Callable[..., Any] | None = None, *args: Any, **more: Any) -> Any:
        """NumPy's own for installed packages, which use more of its settings."""
        if tape().is_learners():
            return super().__new__(cls)
        return _vectorize(*args, **more) if pyfunc is None else _vectorize(pyfunc, *args, **more)

    def __init__(
        self, pyfunc: Callable[..., Any] | None = None, *_args: Any, **_more: Any
    ) -> None:
        self._function = pyfunc

    def __call__(self, *things: Any) -> Any:
        """The results in an array of the shape of what was given. Shape: of the arrays."""
        if self._function is None:  # a decorator with settings
            self._function = things[0]
            return self
        known = getattr(self._function, _OPERATION, None)
        if known is not None and len(things) == 1 and holds_recorded(things[0]):
            return note(known, things)  # all numbers at once
        arrays = [np.asarray(t) if isinstance(t, list | tuple) else t for t in things]
        wide = np.broadcast_arrays(*arrays) if len(arrays) > 1 else arrays
        shape = np.shape(wide[0])
        flat = [np.ravel(each) if np.ndim(each) else [each] for each in wide]
        results = [self._function(*each) for each in zip(*flat, strict=True)]
        if holds_recorded(results):
            made_of = array_of(results)
            return made_of.reshape(shape) if shape else made_of[0]
        return taken_up(np.array(results).reshape(shape))


def _numbering(real: Callable[..., Any]) -> Callable[..., Any]:
    """What makes classes, so that sets of the learner's objects have one order in all runs.

    Objects are hashed by where they lie in memory; here by which was asked for its hash first.
    """
    numbers = itertools.count()
    known: dict[int, tuple[int, object]] = {}  # kept alive, so that no id is given twice

    def number(thing: object) -> int:
        return known.setdefault(id(thing), (next(numbers), thing))[0]

    def build(*args: Any, **more: Any) -> Any:
        made_class = real(*args, **more)
        if tape().is_learners() and getattr(made_class, "__hash__", None) is object.__hash__:
            made_class.__hash__ = number
        return made_class

    return build


def literal(value: float) -> Any:
    """A float that stands in the code where a first value may stand."""
    return made(np.asarray(value), written=True)
