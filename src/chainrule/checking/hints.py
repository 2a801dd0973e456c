"""How much is said of a mistake, and where it stands in words."""

import os

from chainrule.errors import ChainruleError

HINTS = (1, 2, 3)
WHETHER = 0  # the hint that says whether a function is right, and nothing of what is wrong
WIDTH = 80  # of a terminal
_CAP = "CHAINRULE_MAX_HINT"  # a teacher's limit, in the environment


def limit() -> int:
    """The most that a hint may say, by the environment.

    Raises:
        ChainruleError: if the environment's limit is not 1, 2 or 3.
    """
    given = os.environ.get(_CAP, str(HINTS[-1]))
    if given not in map(str, HINTS):
        raise ChainruleError(f"{_CAP} must be 1, 2 or 3; it is {given!r}")
    return int(given)


def place_in_words(cell: int | None, line: int | None, file: str | None = None) -> str:
    """Where something stands: "cell 3, line 5", "net.py, line 5", or what of it is known.

    Args:
        cell: of a notebook, counted from 1; None or 0 in a file.
        line: in the cell or the file, counted from 1; None or 0 where it is not known.
        file: of another module than the file that is checked.
    """
    parts = [f"{name} {number}" for name, number in (("cell", cell), ("line", line)) if number]
    return ", ".join([file, *parts] if file else parts)
