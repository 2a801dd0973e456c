"""Text on pictures, in any script: which font has it, and what stands where none does."""

from __future__ import annotations

import contextlib
import functools
import logging
import unicodedata
from collections.abc import Iterator, Sequence

LONGEST_NAME = 14  # characters of a class name
NO_LETTERS = {"Cc", "Cf", "Cs"}  # what is written of them is nothing


@contextlib.contextmanager
def quiet_import() -> Iterator[None]:
    """Let matplotlib be imported without what it logs where the home cannot be written.

    It then keeps its cache in a folder that is gone when the command ends, which is nothing that
    anyone needs to be told.
    """
    log = logging.getLogger("matplotlib")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        yield
    finally:
        log.setLevel(level)


def short(name: object, longest: int = LONGEST_NAME) -> str:
    """A name cut to length, with dollars kept from being read as mathematics.

    What no font here has becomes a question mark, and what is no character a space.
    """
    text = "".join(" " if unicodedata.category(c) in NO_LETTERS else c for c in str(name))
    missing = _without_font(text)
    text = "".join("?" if c in missing else c for c in text)
    return (text if len(text) <= longest else f"{text[: longest - 1]}…").replace("$", r"\$")


def class_names(classes: Sequence[int | str]) -> list[str]:
    """What pictures call the classes: by their names, or by their numbers where no font has those.

    >>> class_names(["rose", "\\ufdd0"])
    ['rose', 'class 1']
    """
    return [
        f"class {number}" if _without_font(str(name)) else str(name)
        for number, name in enumerate(classes)
    ]


def fonts(text: str) -> list[str]:
    """The families in which to draw a text: the usual ones, and one that has what these lack."""
    from matplotlib import rcParams

    usual = list(rcParams["font.family"])
    lacking = _lacking(text)
    other = _family_with(lacking) if lacking else None
    return usual if other is None else [*usual, other]


def _without_font(text: str) -> frozenset[str]:
    """The characters of a text that the usual font lacks, if no other font has them."""
    lacking = _lacking(text)
    return lacking if lacking and _family_with(lacking) is None else frozenset()


def _lacking(text: str) -> frozenset[str]:
    """The characters of a text that the usual font does not have."""
    if text.isascii():
        return frozenset()
    characters = {c for c in text if unicodedata.category(c) not in NO_LETTERS}
    return frozenset(c for c in characters if ord(c) not in _usual_characters())


@functools.cache
def _usual_characters() -> frozenset[int]:
    from matplotlib.font_manager import FontProperties, findfont

    return _characters(findfont(FontProperties()))


@functools.cache
def _family_with(characters: frozenset[str]) -> str | None:
    """A family of the installed fonts that has all of these."""
    from matplotlib.font_manager import fontManager

    wanted = {ord(c) for c in characters}
    real = (e for e in fontManager.ttflist if not e.name.startswith("Last Resort"))  # all boxes
    return next((e.name for e in real if wanted <= _characters(e.fname)), None)


@functools.cache
def _characters(font_file: str) -> frozenset[int]:
    from matplotlib.font_manager import get_font

    try:
        return frozenset(get_font(font_file).get_charmap())
    except (OSError, RuntimeError):  # a font that is gone, or of a kind that is not drawn
        return frozenset()
