"""One limit on what is put into memory for what a file claims, looked at before it is done."""

import os
from collections.abc import Callable

from chainrule.errors import DataError

VARIABLE = "CHAINRULE_MAX_GB"
DEFAULT = 2.0  # in 10⁹ bytes: ten times MNIST's images in single precision


def max_bytes() -> int:
    """The limit in bytes: the environment's CHAINRULE_MAX_GB, else 2 GB.

    Raises:
        DataError: if the environment gives something else than a number above 0.
    """
    given = os.environ.get(VARIABLE, "")
    try:
        gigabytes = float(given) if given.strip() else DEFAULT
        return _above_zero(int(gigabytes * 1e9))
    except (ValueError, OverflowError) as error:
        raise DataError(
            f"the environment variable {VARIABLE} is {given!r}; "
            "give the gigabytes that data and models may take, such as 8, or leave it out"
        ) from error


def _above_zero(number: int) -> int:
    if number <= 0:
        raise ValueError(number)
    return number


def require_room(n_bytes: int, place: str, what: str) -> None:
    """Refuse what would take more memory than the limit.

    Args:
        n_bytes: that it would take.
        place: the file, or what it is in.
        what: the thing that would take them, for the sentence.

    Raises:
        DataError: with the size, the limit, and how to raise it.

    >>> require_room(7_300_000_000, "X.npz", "the array 'X'")
    Traceback (most recent call last):
    chainrule.errors.DataError: X.npz: the array 'X' would take 7.3 GB of memory, where the limit
    is 2 GB; if it is meant to be so large, set CHAINRULE_MAX_GB=8 in the environment
    """
    limit = max_bytes()
    if n_bytes > limit:
        raise DataError(
            f"{place}: {what} would take {_gigabytes(n_bytes)} of memory, where the limit is "
            f"{_gigabytes(limit)}; if it is meant to be so large, set "
            f"{VARIABLE}={-(-n_bytes // 10**9)} in the environment"
        )


def read_bounded(read: Callable[[int], bytes], most: int, piece: int = 1 << 20) -> bytearray:
    """All bytes of a stream, or one more than `most` of them, read in pieces."""
    content = bytearray()
    while len(content) <= most and (chunk := read(min(piece, most + 1 - len(content)))):
        content += chunk
    return content


def _gigabytes(n_bytes: int) -> str:
    return f"{n_bytes / 1e9:.3g} GB" if n_bytes < 1e15 else "more than a million GB"
