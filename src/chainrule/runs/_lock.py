"""A folder that one process writes into at a time."""

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from chainrule.errors import RunFolderError, Setting

if sys.platform != "win32":
    import fcntl

LOCK = ".lock"


@contextlib.contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keep all others out of a folder, while this lasts.

    The lock is the system's, on a file that goes at the end: it is gone with the process that has
    it, however that ends, and what a killed one leaves is taken over. Where there are no such
    locks, on Windows and on some network file systems, nobody is kept out.

    Raises:
        RunFolderError: if another process, or another thread, is there.
        OSError: if nothing can be written there.
    """
    path = folder / LOCK
    file = _locked(path)
    try:
        yield
    finally:
        if file is not None:
            path.unlink(missing_ok=True)
            os.close(file)


def _locked(path: Path) -> int | None:
    """The file, open and locked; None where there are no locks."""
    if sys.platform == "win32":
        return None
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.truncate(file, 0)
            os.write(file, f"{os.getpid()}\n".encode())
            # Whoever had it may have removed it between the opening and the locking.
            if path.exists() and os.path.samestat(os.fstat(file), path.stat()):
                return file
        except BlockingIOError as error:
            there = os.read(file, 20).decode("ascii", "replace").strip()
            os.close(file)
            raise RunFolderError(
                f"{path.parent}: another run writes there now"
                + (f" (process {there})" if there else "")
                + "; wait until it has ended, or choose another folder with ",
                Setting("out"),
            ) from error
        except FileNotFoundError:  # removed between the two looks at it
            pass
        except OSError:
            os.close(file)
            return None
        os.close(file)
