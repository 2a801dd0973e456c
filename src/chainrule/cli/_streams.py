"""Standard output and standard error as they may be: closed, or for a few letters only."""

import io
import os
import sys
from pathlib import Path
from typing import TextIO


def make_printable() -> None:
    """See to it that whatever is printed can be: a file name that is no text, or to nobody."""
    if sys.stderr is None:  # it was closed before we began
        sys.stderr = unheard()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def unheard() -> TextIO:
    """A stream that nobody reads."""
    return Path(os.devnull).open("w", encoding="utf-8")
