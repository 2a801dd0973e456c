"""What chainrule raises when something it was given cannot be right."""

import json
import reprlib
from collections.abc import Mapping
from pathlib import PurePath
from typing import NamedTuple, TypeVar

T = TypeVar("T")
_cut = reprlib.Repr()
_cut.maxstring = _cut.maxother = 80


class Setting(NamedTuple):
    """A setting that a message names, as one writes it in Python.

    The command line has options in place of settings, and words of its own for them.

    Attributes:
        name: of the argument or field.
        value: that would do, or that would not; None names the setting alone.

    >>> print(Setting("engine", "numpy"), Setting("hidden", (10,)), Setting("data_dir"))
    engine="numpy" hidden=(10,) data_dir=…
    """

    name: str
    value: object = None

    def __str__(self) -> str:
        return f"{self.name}={'…' if self.value is None else _in_python(self.value)}"


class Call(NamedTuple):
    """A function that a message advises to call, with its one argument.

    Attributes:
        name: of the function.
        argument: what to call it with.

    >>> print(Call("resume", "runs/digits-1"))
    resume("runs/digits-1")
    """

    name: str
    argument: object

    def __str__(self) -> str:
        return f"{self.name}({_in_python(self.argument)})"


def _in_python(value: object) -> str:
    if isinstance(value, str | PurePath):
        return json.dumps(str(value), ensure_ascii=False)
    if isinstance(value, tuple):
        return f"({', '.join(map(_in_python, value))}{',' if len(value) == 1 else ''})"
    return str(value)


class ChainruleError(ValueError):
    """A sentence that says what was wrong, where, with its value, and what would do.

    The command line prints the sentence, with options in place of settings, and ends with exit
    code 2.

    Attributes:
        parts: of the sentence: words, and each `Setting` or `Call` that it names.

    >>> str(ChainruleError("for batches of 8 take ", Setting("engine", "numpy")))
    'for batches of 8 take engine="numpy"'
    """

    def __init__(self, *parts: object) -> None:
        super().__init__("".join(map(str, parts)))
        self.parts = parts


class DataError(ChainruleError):
    """A data set cannot be read or cannot be learned from."""


class ModelFileError(ChainruleError):
    """A model file is damaged, or is for something else."""


class RunFolderError(ChainruleError):
    """A run folder cannot be written to, or cannot be resumed."""


class DivergenceError(ChainruleError):
    """Training left the finite numbers.

    Attributes:
        epoch: the epoch, counted from 1, in which it happened.
    """

    def __init__(self, message: str, epoch: int) -> None:
        super().__init__(message)
        self.epoch = epoch

    def __reduce__(self) -> tuple[type["DivergenceError"], tuple[str, int]]:
        """Pickled as a process of joblib hands it to another."""
        return DivergenceError, (str(self), self.epoch)


class SlowEngineWarning(UserWarning):
    """Training takes a slower way than it could; the message says why and what would do."""


def quoted(value: object) -> str:
    """A value that was given, as one line of at most 80 characters.

    >>> quoted("two\\nlines")
    "'two\\\\nlines'"
    """
    lines = _cut.repr(value).splitlines()  # more than one of an array, for one
    return " ".join(line.strip() for line in lines)


def in_short(error: Exception) -> str:
    """What an exception says, as one line of at most 200 characters that can be printed.

    >>> in_short(ValueError("two\\nlines and a \\x1b[1mcommand"))
    'two lines and a �[1mcommand'
    """
    line = " ".join(str(error).split())[:200]
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in line)


def choose(name: str, value: str, choices: Mapping[str, T]) -> T:
    """The choice of that name.

    Raises:
        ChainruleError: if there is none; the message lists those there are.
    """
    if value not in choices:
        raise ChainruleError(f"{name} must be one of {', '.join(choices)}; got {quoted(value)}")
    return choices[value]
