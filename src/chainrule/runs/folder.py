"""The folder that a command writes into: what its files are called, and files written whole."""

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

from chainrule.errors import Call, RunFolderError, Setting
from chainrule.runs._lock import LOCK

CONFIG, HISTORY, METRICS = "config.json", "history.csv", "metrics.json"
CHECKPOINTS = "checkpoints"  # a folder in the run's
PAGE = "report.html"
PICTURES = (
    "digits", "prediction-before-after", "activation", "loss", "accuracy", "confusion",
    "reliability", "worst", "hidden-weights", "diagnosis", "diagnosis-logistic",
)  # fmt: skip
PART = re.compile(r"\..+\.\d+\.part")  # a file that the process of that number is writing


def model_file(folder: Path, name: str) -> Path:
    """Where a run keeps its "logistic" or "net" model."""
    return folder / f"{name}.safetensors"


def checkpoint_file(folder: Path, name: str) -> Path:
    """Where a run keeps what it needs to go on with that model."""
    return folder / CHECKPOINTS / f"{name}.safetensors"


def new_folder(out: Path | None, data: str) -> Path:
    """Make the folder of a new run: `out`, or the next free `runs/NAME-1`, `runs/NAME-2`, ….

    Raises:
        RunFolderError: if it exists and is not empty, or cannot be made.
    """
    try:
        if out is not None:
            refuse_used(out)
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
            "choose a place where you may write with ",
            Setting("out"),
        ) from error


def refuse_used(out: Path) -> None:
    """Refuse a folder in which there is something; what a killed run left before it began is not.

    Raises:
        RunFolderError: with what may be done instead.
    """
    if not out.exists() or (out.is_dir() and all(map(_is_left_over, out.iterdir()))):
        return
    state = "is not empty" if out.is_dir() else "is a file"
    resumable: tuple[object, ...] = ()
    if (out / CONFIG).exists():
        resumable = (", or go on with that run: ", Call("resume", out))
    raise RunFolderError(
        f"{out} exists and {state}; choose another folder with ", Setting("out"), *resumable
    )


def _is_left_over(path: Path) -> bool:
    """Whether a file or folder is what a run makes before its configuration."""
    if path.name == CHECKPOINTS and path.is_dir():
        return all(map(_is_left_over, path.iterdir()))
    return path.name == LOCK or PART.fullmatch(path.name) is not None


def remove_parts(folder: Path) -> None:
    """Remove the files of a run that a killed process was still writing.

    Raises:
        OSError: if one cannot be removed.
    """
    for place in (folder, folder / CHECKPOINTS):
        for path in place.iterdir() if place.is_dir() else ():
            if PART.fullmatch(path.name):
                path.unlink(missing_ok=True)


def remove_pictures(folder: Path) -> None:
    """Remove a run's pictures and its page, which are not true any more once it goes on.

    Raises:
        OSError: if one cannot be removed.
    """
    for name in (PAGE, *(f"{picture}.png" for picture in PICTURES)):
        (folder / name).unlink(missing_ok=True)


def write_whole(path: Path, content: bytes | str) -> None:
    """Write a file beside its place, then rename it: it is there whole, or as it was before.

    Text is written in UTF-8; of a file's name that is no text, the bytes are spelled out.

    Raises:
        OSError: if it cannot be written; nothing is left behind.
    """
    data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with beside.open("wb") as file:
            file.write(data)
        beside.replace(path)
    except BaseException as error:
        beside.unlink(missing_ok=True)
        if isinstance(error, OSError):  # the user knows the file by its own name
            error.filename = str(path)
        raise


@contextlib.contextmanager
def writing_to(folder: Path, *then: object) -> Iterator[None]:
    """Turn a failed write into a sentence that says what is left, and what to do `then`.

    Args:
        folder: what is written to.
        then: parts of a sentence, as `ChainruleError` takes them.

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
            "whole. Once it can be written to, ",
            *then,
        ) from error
