"""The folder that a command writes into."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from chainrule.errors import RunFolderError

CONFIG = "config.json"


def new_folder(out: Path | None, data: str) -> Path:
    """Make the folder of a new run: `out`, or the next free `runs/NAME-1`, `runs/NAME-2`, ….

    Raises:
        RunFolderError: if it exists and is not empty, or cannot be made.
    """
    try:
        if out is not None:
            if out.exists() and (not out.is_dir() or any(out.iterdir())):
                what = "is not empty" if out.is_dir() else "is a file"
                resumable = f", or go on with that run: --resume {out}"
                raise RunFolderError(
                    f"{out} exists and {what}; choose another folder with --out"
                    + (resumable if (out / CONFIG).exists() else "")
                )
            out.mkdir(parents=True, exist_ok=True)
            return out
        runs, name = Path("runs"), Path(data).stem or "run"
        runs.mkdir(exist_ok=True)
        number = 1
        while True:
            folder = runs / f"{name}-{number}"
            try:
                folder.mkdir()
            except FileExistsError:
                number += 1
            else:
                return folder
    except OSError as error:
        raise RunFolderError(
            f"cannot make the run folder {out or 'runs'} ({error.strerror}); "
            "choose a place where you may write with --out"
        ) from error


@contextlib.contextmanager
def writing_to(folder: Path, then: str) -> Iterator[None]:
    """Turn a failed write into a sentence that says what is left, and what to do `then`.

    Raises:
        RunFolderError: in place of the OSError.
    """
    try:
        yield
    except BrokenPipeError:  # whoever read our output has gone; the folder is not to blame
        raise
    except OSError as error:
        raise RunFolderError(
            f"cannot write to {folder} ({error.strerror or error}); every file that is there is "
            f"whole. Once it can be written to, {then}"
        ) from error
