"""Standard output and standard error as they may be: closed, or for a few letters only."""

import io
import os
import sys
from pathlib import Path
from typing import Any, TextIO

import click

# Characters that a terminal obeys, but for tabs and ends of lines: control characters, and those
# that turn the direction of a line.
OBEYED = (*range(9), *range(11, 32), *range(127, 160), 0x200E, 0x200F, *range(0x202A, 0x202F),
          *range(0x2066, 0x206A))  # fmt: skip
_SPELLED = {code: f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" for code in OBEYED}


def say(text: object = "", *, err: bool = False, **look: Any) -> None:
    """Print a line, on standard error if so told, in a look as `click.style` has it.

    What a terminal would obey, in a name or in a learner's code, is spelled out.
    """
    click.echo(styled(text, **look), err=err)


def styled(text: object, **look: Any) -> str:
    """Text in a look, without what a terminal would obey but for that.

    >>> styled("red\\x1b[31m.csv")
    'red\\\\x1b[31m.csv'
    """
    shown = str(text).translate(_SPELLED)
    return click.style(shown, **look) if look else shown


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
