"""What the readers of all formats share: short messages, and checks of features and labels."""

import contextlib
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.errors import DataError, quoted

ZERO_PADDED = re.compile(r"\s*[+-]?0\d")


def plain(value: object) -> str:
    """A path or another error's words, as one line of at most 300 characters."""
    text = str(value)
    if len(text) > 300:
        text = f"{text[:180]} … {text[-100:]}"
    return text if text.isprintable() else repr(text)


@contextlib.contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn the operating system's errors into a sentence that begins with the path.

    Raises:
        DataError: if `path` does not exist, is neither file nor folder, or cannot be read.
    """
    if "\0" in str(path):  # which `open` refuses with an error of its own
        raise DataError(f"{plain(path)}: there can be no such file")
    try:
        # A pipe or a device may never end, or never begin.
        if not path.is_file() and not path.is_dir() and path.exists():
            raise DataError(
                f"{plain(path)}: is a pipe or a device; write its content to a file, and give that"
            )
        yield
    except FileNotFoundError as error:
        raise DataError(f"{plain(path)}: there is no such file") from error
    except OSError as error:
        raise DataError(
            f"{plain(path)}: cannot be read ({plain(error.strerror or error)}); "
            "give a file that exists and that you may read"
        ) from error


def finite_features(source: str, X: NDArray[Any]) -> NDArray[Any]:
    """Whole numbers as they are, to keep bytes small; floats in single precision.

    Shape: `(N, ...)` to the same.

    Raises:
        DataError: naming the first value that is not finite in single precision.
    """
    if X.dtype.kind != "f":
        return X
    with np.errstate(over="ignore", invalid="ignore"):
        single = X.astype(np.float32, copy=False)
    finite = np.isfinite(single)
    if not finite.all():
        place = tuple(int(i) for i in np.argwhere(~finite)[0])
        raise DataError(
            f"{source}: the value at {list(place)} is {X[place]}; every feature must be a "
            "finite number below 3e38 (leave out or fill in samples that lack one)"
        )
    return single


def plain_labels(labels: Sequence[Any], place: Callable[[Any], str]) -> list[int | str]:
    """Labels as whole numbers where all of them are numbers, else as text.

    What begins with a 0 that a number does not need, such as 01, is text: it is not the same as 1.

    Args:
        labels: `N` numbers, or `N` texts, which may spell numbers.
        place: says where a label was first found.

    Raises:
        DataError: if a label is empty, a number with a fraction, not finite, or beyond 64 bits.
    """
    distinct = dict.fromkeys(labels)
    for label in distinct:
        if isinstance(label, str) and not label.strip():
            raise DataError(f"{place(label)}: the label is missing; every sample needs one")
        # Control characters, and halves of surrogate pairs, cannot be printed or written.
        if any(unicodedata.category(char) in {"Cc", "Cs"} for char in str(label)):
            raise DataError(
                f"{place(label)}: the label {quoted(label)} holds control characters; "
                "labels are whole numbers or words"
            )
    if any(isinstance(label, str) and ZERO_PADDED.match(label) for label in distinct):
        return [str(label) for label in labels]
    try:
        numbers = {label: whole_number(label) for label in distinct}
    except ValueError:
        return [str(label) for label in labels]
    for label, number in numbers.items():
        if number is None:
            raise DataError(
                f"{place(label)}: the label {quoted(label)} is not a class; "
                "labels are whole numbers or words"
            )
    return [number for label in labels if (number := numbers[label]) is not None]


def whole_number(label: Any) -> int | None:
    """The number that a label is or spells, None if it is no whole number of 64 bits.

    >>> whole_number("2.0"), whole_number(0.5)
    (2, None)

    Raises:
        ValueError: if the label is a word.
    """
    if isinstance(label, str):
        try:
            label = int(label)  # exact, where a float would round 19 digits
        except ValueError:
            label = float(label)
    if isinstance(label, float) and not label.is_integer():
        return None
    return int(label) if abs(label) < 2**63 else None
