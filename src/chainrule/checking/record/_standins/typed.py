"""What a recorded run is answered where it asks somebody, and names that were taken away.

Nobody types while a file is judged, and it is called without arguments. What older versions of
Python and NumPy had is put back while it runs: that a name is gone says nothing of a training.
"""

import argparse
import ast
import builtins
import linecache
import math
import re
import sys
import time
import types
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

_RATES = r"rate|alpha|\b(eta|lr)\b|step.?size|learn"
_GONE: tuple[tuple[Any, dict[str, Any]], ...] = (
    (time, {"clock": time.perf_counter}),
    (builtins, {"xrange": range, "raw_input": lambda question="": _answer(question)}),
    (np, {"float": float, "int": int, "object": object, "float_": np.float64, "bool": bool,
          "math": math, "Inf": np.inf, "infty": np.inf, "NaN": np.nan, "long": int,
          "product": np.prod, "asscalar": lambda a: a.item(),
          "mat": np.asmatrix, "asfarray": lambda a, dtype=float: np.asarray(a, dtype)}),
)  # fmt: skip


@contextmanager
def typed() -> Iterator[None]:
    """Answer what is asked, and put back what is gone, while it lasts."""
    parsing = _parsing(argparse.ArgumentParser.parse_args)
    changes: list[tuple[Any, str, Any]] = [
        (builtins, "input", _answer), (sys, "argv", _Arguments(sys.argv)),
        (argparse.ArgumentParser, "parse_args", parsing),
        # The run has filters of its own, and classes of warnings may be stood in for.
        (warnings, "filterwarnings", _nothing), (warnings, "simplefilter", _nothing),
        *((where, name, what) for where, names in _GONE for name, what in names.items()
          if name not in vars(where)),
    ]  # fmt: skip
    before = [(where, name, vars(where).get(name)) for where, name, _ in changes]
    for where, name, what in changes:
        setattr(where, name, what)
    try:
        yield
    finally:
        for where, name, what in before:
            if what is None:
                delattr(where, name)
            else:
                setattr(where, name, what)


def _nothing(*_args: Any, **_more: Any) -> None:
    pass


def _answer(question: object = "", /) -> str:
    """A small number, or a rate where one is asked for; one for each name it is split into."""
    names = _split_into(sys._getframe(1)) or [""]
    return " ".join(
        "0.1" if re.search(_RATES, f"{question} {name}".lower()) else "3" for name in names
    )


def _split_into(frame: types.FrameType) -> list[str]:
    """The names that the line of a frame gives the parts of a text; none if it splits nothing."""
    line = linecache.getline(frame.f_code.co_filename, frame.f_lineno).strip()
    try:
        (statement,) = ast.parse(line).body
    except (SyntaxError, ValueError):
        return []
    if not isinstance(statement, ast.Assign) or "split(" not in line:
        return []
    target = statement.targets[0]
    return [ast.unparse(each) for each in target.elts] if isinstance(target, ast.Tuple) else []


class _Arguments(list[str]):
    """The arguments of a program that has none: those that are read are small numbers or words."""

    def __getitem__(self, place: Any) -> Any:
        given = isinstance(place, int) and place > 0
        return _Argument(_answer()) if given else super().__getitem__(place)

    def __len__(self) -> int:
        return _asked_for() or super().__len__()


class _Argument(str):
    """A small number, that is every word with which it is compared, but for a switch."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        is_word = isinstance(other, str) and other[:1].isalpha()
        return is_word or str.__eq__(self, other) is True

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__


def _asked_for() -> int:
    """How many arguments a program compares their number with, so that it goes on; 0 if none.

    What stands there is `len(sys.argv) != 3`, or `< 3`.
    """
    frame = sys._getframe(2)
    line = linecache.getline(frame.f_code.co_filename, frame.f_lineno)
    found = re.search(r"len\(\s*(?:sys\.)?argv\s*\)\s*(!=|<=?)\s*(\d+)", line)
    return int(found[2]) + (found[1] == "<=") if found else 0


def _parsing(real: Callable[..., Any]) -> Callable[..., Any]:
    """A parser of arguments that are not there: what must be given is, by its type."""

    def parse(parser: argparse.ArgumentParser, args: Any = None, namespace: Any = None) -> Any:
        if args is None:
            for action in parser._actions:
                if (action.required or action.choices) and action.default is None:
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
