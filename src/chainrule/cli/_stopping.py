"""Ctrl-C and the signal to terminate, while something trains."""

import contextlib
import signal
from pathlib import Path
from types import FrameType

from chainrule.cli._codes import INTERRUPTED, TERMINATED
from chainrule.cli._streams import say

_CODES: dict[int, int] = {signal.SIGINT: INTERRUPTED, signal.SIGTERM: TERMINATED}


class Stopping:
    """Takes over Ctrl-C and the signal to terminate; a second one stops at once.

    Attributes:
        code: to leave with: 130 after Ctrl-C, 143 after a signal to terminate, 0 after neither.
        folder: with which one can go on, once there is one.
    """

    def __init__(self, verb: str) -> None:
        """With the verb that goes on, such as "train"."""
        self._verb = verb
        self.code = 0
        self.folder: Path | None = None

    def begin(self) -> None:
        """Take the signals over."""
        self._handlers = {number: signal.signal(number, self._interrupt) for number in _CODES}

    def end(self) -> None:
        """Give them back."""
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def _interrupt(self, number: int, _frame: FrameType | None) -> None:
        self.code = _CODES[number]
        self.end()  # a second one stops at once
        message = "\nStopping at the end of this epoch; Ctrl-C again stops at once."
        if self.folder is not None:
            how = f"chainrule {self._verb} --resume {self.folder}"
            message += f" Either way one can go on: {how}"
        with contextlib.suppress(OSError, ValueError):  # nobody may be there to read it
            say(message, err=True)
