"""The recording that goes on: its tape, and who takes the calls of NumPy's functions."""

from collections.abc import Callable
from typing import Any, NamedTuple

from chainrule.checking.record._tape.tape import Tape


class Recording(NamedTuple):
    """Where to note, and what takes NumPy's calls: `functions.py`, which builds on this."""

    tape: Tape
    on_ufunc: Callable[..., Any]
    on_function: Callable[..., Any]


_recordings: list[Recording] = []


def tape() -> Tape:
    """The tape that is being written."""
    return _recordings[-1].tape


def start(recording: Recording) -> None:
    """Record from now on."""
    _recordings.append(recording)


def stop() -> None:
    """End the last recording."""
    _recordings.pop()


class Noted:
    """What hands on the calls of NumPy's functions that it goes into."""

    __slots__ = ()

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **more: Any) -> Any:
        return _recordings[-1].on_ufunc(ufunc, method, inputs, more)

    def __array_function__(self, function: Any, _types: Any, args: Any, more: Any) -> Any:
        return _recordings[-1].on_function(function, args, more)
