"""The empty folder that a learner's code works in, and that is removed whatever it puts there."""

import contextlib
import itertools
import os
import stat
import tempfile
from pathlib import Path


class Folder:
    """A folder that is to be removed."""

    def __init__(self, path: str = "") -> None:
        """Take up a folder, or make a new one."""
        self.path = path or tempfile.mkdtemp(prefix="chainrule-")
        self._is = _identity(self.path)

    def remove(self) -> None:
        """Remove it with all that is in it: closed or deep folders, and whatever their names."""
        with contextlib.suppress(OSError):
            if _identity(self.path) != self._is:  # the code has put something else in its place
                return
            _empty(Path(self.path))
            Path(self.path).rmdir()


def _identity(path: str) -> tuple[int, int]:
    status = os.lstat(path)
    return status.st_dev, status.st_ino


def _empty(folder: Path) -> None:
    """Empty a folder from the top: what lies deeper is moved up, so that no path becomes long.

    Folders that the code made unreadable are opened; links are not followed.
    """
    folder.chmod(stat.S_IRWXU)
    waiting = [folder]
    mark = os.urandom(8).hex()
    names = (f"{mark}-{number}" for number in itertools.count())
    while waiting:
        inner = waiting.pop()
        for path in list(inner.iterdir()):
            if not stat.S_ISDIR(path.lstat().st_mode):
                path.unlink()
                continue
            path.chmod(stat.S_IRWXU)
            moved = folder / next(names)
            path.rename(moved)
            waiting.append(moved)
        if inner is not folder:
            inner.rmdir()
