"""What the code of one file may take, all of it together: processor time, and the clock's."""

import time

SECONDS = 10.0  # of processor time
WALL = 10  # times as much of the clock, on a machine that is busy
IMPORTING = 30.0  # of processor time, for a file's imports of installed packages
_SHARE, _HURRIED = 2, 8  # one request may take one part of so many, once another hung less
_PARTS = 4  # of the clock, of which one wait may take one
_SPENT = 0.01  # of the budget: what is left is too little to begin anything


class Budget:
    """Processor time for a file's code: definitions, requests, and runs of all of it.

    The code's own processes say how much they have taken, and the kernel ends those that take
    more. What takes no processor time is waited for by the clock; that says nothing of the code,
    which is then not judged.

    Attributes:
        seconds: of processor time in all.
        left: of these.
        parts: one request may take one of so many parts of what is left.
    """

    def __init__(self, seconds: float = SECONDS) -> None:
        """Give so many seconds of processor time; the clock starts now."""
        self.seconds = self.left = seconds
        self.parts = _SHARE
        self._end = time.monotonic() + WALL * seconds

    @property
    def is_spent(self) -> bool:
        """Whether there is nothing left to begin anything with."""
        return self.left < _SPENT * self.seconds or time.monotonic() > self._end

    @property
    def spent(self) -> float:
        """Seconds of processor time that were taken."""
        return self.seconds - self.left

    @property
    def share(self) -> float:
        """Seconds that one request may take: one that never ends leaves something for others."""
        return max(self.left, 0.0) / self.parts

    def hurry(self) -> None:
        """Give less to each request from now on: something did not end."""
        self.parts = _HURRIED

    def charge(self, seconds: float) -> None:
        """Take what was used."""
        self.left -= max(0.0, seconds)

    def wait(self) -> float:
        """Seconds of the clock for one wait, a part of all, so that one leaves some for others."""
        left = self._end - time.monotonic()
        return max(0.0, min(left, WALL * self.seconds / _PARTS))
