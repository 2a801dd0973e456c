"""What chainrule raises when something it was given cannot be right."""

from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")


class ChainruleError(ValueError):
    """A sentence that says what was wrong, where, with its value, and what would do.

    The command line prints the sentence and ends with exit code 2.
    """


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


class SlowEngineWarning(UserWarning):
    """Training takes a slower way than it could; the message says why and what would do."""


def choose(name: str, value: str, choices: Mapping[str, T]) -> T:
    """The choice of that name.

    Raises:
        ChainruleError: if there is none; the message lists those there are.
    """
    if value not in choices:
        raise ChainruleError(f"{name} must be one of {', '.join(choices)}; got {value!r}")
    return choices[value]
