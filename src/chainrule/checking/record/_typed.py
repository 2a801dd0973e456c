"""What a recorded run is answered where it asks somebody, and names that were taken away.

Nobody types while a file is judged, and it is called without arguments. What older versions of
Python and NumPy had is put back while it runs: that a name is gone says nothing of a training.
"""

import argparse
import builtins
import math
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

_RATES = r"rate|alpha|\beta\b|\blr\b|step|learn"
_GONE: tuple[tuple[Any, dict[str, Any]], ...] = (
    (time, {"clock": time.perf_counter}),
    (np, {"float": float, "int": int, "object": object, "float_": np.float64, "bool": bool,
          "math": math, "Inf": np.inf, "infty": np.inf, "NaN": np.nan, "long": int,
          "product": np.prod, "asscalar": lambda a: a.item(),
          "asfarray": lambda a, dtype=float: np.asarray(a, dtype)}),
)  # fmt: skip


@contextmanager
def typed() -> Iterator[None]:
    """Answer what is asked, and put back what is gone, while it lasts."""
    real = (builtins.input, argparse.ArgumentParser.parse_args)
    added = [(where, name) for where, names in _GONE for name in names if name not in vars(where)]
    for where, names in _GONE:
        for name in names:
            if (where, name) in added:
                setattr(where, name, names[name])
    builtins.input = _answer
    argparse.ArgumentParser.parse_args = _parsing(real[1])  # type: ignore[method-assign]
    try:
        yield
    finally:
        builtins.input, argparse.ArgumentParser.parse_args = real  # type: ignore[method-assign]
        for where, name in added:
            delattr(where, name)


def _answer(question: object = "", /) -> str:
    """A small number, or a rate where one is asked for."""
    return "0.1" if re.search(_RATES, str(question).lower()) else "3"


def _parsing(real: Callable[..., Any]) -> Callable[..., Any]:
    """A parser of arguments that are not there: what must be given is, by its type."""

    def parse(parser: argparse.ArgumentParser, args: Any = None, namespace: Any = None) -> Any:
        if args is None:
            for action in parser._actions:
                if action.required and action.default is None:
                    action.default = _argument(action)
                action.required = False
                if not action.option_strings and action.nargs is None:
                    action.nargs = "?"
        return real(parser, args, namespace)

    return parse


def _argument(action: argparse.Action) -> Any:
    """What is given for an argument that must be given."""
    if action.choices:
        return next(iter(action.choices))
    many = action.nargs in ("*", "+") or isinstance(action.nargs, int)
    value = _answer(action.dest) if action.type in (int, float) else action.dest
    if action.type is int:
        value = "3"
    given = action.type(value) if callable(action.type) else value
    return [given] if many else given
