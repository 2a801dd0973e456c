"""How much is said of a mistake."""

import os

from chainrule.errors import ChainruleError

HINTS = (1, 2, 3)
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
