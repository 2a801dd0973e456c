"""Python's operators on single recorded numbers: NumPy is asked, which asks who notes."""

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.checking.record._tape.recording import Noted, tape


class Operators(Noted):
    """A number that NumPy computes with, whatever else goes in, and that its value compares."""

    __slots__ = ()
    value: float


def is_numeric(thing: Any) -> bool:
    """Whether it is a number or an array, or NumPy knows how to make one of it.

    Anything else may have operators of its own, which Python then asks.
    """
    kind = type(thing)
    return isinstance(thing, _NUMERIC) or (
        hasattr(kind, "__array__") or getattr(kind, "__array_ufunc__", None) is not None
    )


def _operators(ufunc: np.ufunc) -> tuple[Callable[..., Any], Callable[..., Any]]:
    def plain(other: Any) -> Any:
        return np.asarray(other) if isinstance(other, list | tuple) else other

    def forward(self: "Operators", other: Any) -> Any:
        return ufunc(self, plain(other)) if is_numeric(other) else NotImplemented

    def backward(self: "Operators", other: Any) -> Any:
        return ufunc(plain(other), self) if is_numeric(other) else NotImplemented

    return forward, backward


def _comparison(name: str, ufunc: np.ufunc) -> Callable[..., Any]:
    def compare(self: "Operators", other: Any) -> Any:
        if isinstance(other, np.ndarray):
            return ufunc(self, other)
        if isinstance(other, Operators):
            other = other.value
        tape().pass_by()
        return getattr(self.value, name)(other)

    return compare


for _name, _ufunc in {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.true_divide,
    "pow": np.power, "floordiv": np.floor_divide, "mod": np.remainder,
}.items():  # fmt: skip
    _forward, _backward = _operators(_ufunc)
    setattr(Operators, f"__{_name}__", _forward)
    setattr(Operators, f"__r{_name}__", _backward)
for _name, _single in {"neg": np.negative, "pos": np.positive, "abs": np.absolute}.items():
    setattr(Operators, f"__{_name}__", lambda self, _single=_single: _single(self))
for _name, _ufunc in {
    "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal,
    "eq": np.equal, "ne": np.not_equal,
}.items():  # fmt: skip
    setattr(Operators, f"__{_name}__", _comparison(f"__{_name}__", _ufunc))

_NUMERIC = (Operators, int, float, complex, np.generic, np.ndarray, list, tuple)
