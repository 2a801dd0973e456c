"""A finding as lines of a terminal: the code, the wrong piece in it underlined, one sentence."""

import textwrap
import unicodedata
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from chainrule.checking.diagnosis.blame import Excerpt
from chainrule.checking.diagnosis.cards import Card, cards_of
from chainrule.checking.diagnosis.finding import Finding
from chainrule.checking.diagnosis.wording import TO_SEE_IT, of_lines
from chainrule.checking.hints import WIDTH, place_in_words

_INDENT = " " * 6
_DEEPER = " " * 10
_TAB = 4
_MOST_LINES = 4  # of an excerpt
_AS_ABOVE = "Why: as above."


class Look(Enum):
    """What a line is, for those who can show it in another way than plain text."""

    PLAIN = ""
    TITLE = "title"
    UNDERLINE = "underline"


class Line(NamedTuple):
    """A line of text.

    Attributes:
        text: without its end.
        look: of it, beside that of plain text.
    """

    text: str
    look: Look = Look.PLAIN


class Teller:
    """Tells the findings of one file: what was explained once is not explained again."""

    def __init__(self, hint: int) -> None:
        """Tell as much as a hint says, from 1 to 3."""
        self._hint = hint
        self._told: set[tuple[str, ...]] = set()

    def lines(self, finding: Finding) -> Iterator[Line]:
        """What stands below the name of a function; nothing if it is right without a remark."""
        if finding.passed:
            yield from _filled(finding.message(self._hint), _INDENT)
        for i, card in enumerate(cards_of(finding, self._hint)):
            if i:
                yield Line("")
            yield from self._card(card)

    def _card(self, card: Card) -> Iterator[Line]:
        if card.pasted:
            yield Line(f"{_INDENT}{TO_SEE_IT}")
            yield from (Line(f"{_DEEPER}{printable(line)}") for line in card.pasted)
        if card.excerpt is not None:
            yield from excerpt_lines(card.excerpt)
        yield from _filled(card.title, _INDENT, Look.TITLE)
        yield from _filled(card.sentence, _INDENT)
        for line in of_lines(card.lines, WIDTH - len(_INDENT)):
            yield Line(_fitting(f"{_INDENT}{printable(line)}", WIDTH))
        if card.rest and card.rest in self._told:
            yield Line(f"{_DEEPER}{_AS_ABOVE}")
            return
        self._told.add(card.rest)
        for text in card.rest:
            yield from _filled(text, _DEEPER)


def _filled(text: str, indent: str, look: Look = Look.PLAIN) -> Iterator[Line]:
    for paragraph in filter(None, text.split("\n")):
        for line in textwrap.wrap(
            paragraph, WIDTH, initial_indent=indent, subsequent_indent=indent,
            break_long_words=False, break_on_hyphens=False,
        ):  # fmt: skip
            yield Line(line, look)


def excerpt_lines(excerpt: Excerpt) -> Iterator[Line]:
    """The lines of an excerpt behind their numbers, each with the piece in it underlined.

    Those of another module stand below its name.
    """
    if excerpt.file:
        yield Line(f"{_INDENT}{printable(excerpt.file)}:")
    gutter = len(place_in_words(excerpt.cell, excerpt.line + len(excerpt.lines) - 1))
    room = WIDTH - len(_INDENT) - gutter - 3
    shared = excerpt.indentation
    for i, (line, (start, end)) in enumerate(zip(excerpt.lines, excerpt.marks(), strict=True)):
        if i == _MOST_LINES:
            yield Line(f"{_INDENT}{'':{gutter}} | …")
            return
        before, piece, after = (
            printable(part)
            for part in (line[shared : max(start, shared)], line[start:end], line[end:])
        )
        before, piece, after = _cut(before, piece, after.rstrip(), room)
        number = place_in_words(excerpt.cell, excerpt.line + i)
        yield Line(f"{_INDENT}{number:>{gutter}} | {before}{piece}{after}")
        under = f"{' ' * columns(before)}{'^' * max(columns(piece), 1)}"
        yield Line(f"{_INDENT}{'':{gutter}} | {under}", Look.UNDERLINE)


def _cut(before: str, piece: str, after: str, room: int) -> tuple[str, str, str]:
    """A line with its piece, cut where it is too long: at its end, then at its beginning."""
    if columns(before + piece + after) > room:
        after = _fitting(after, max(room - columns(before + piece), 1))
    if columns(before + piece + after) > room and before:
        kept = max(room - columns(piece + after), 1)
        cut = before[::-1]
        before = _fitting(cut, kept)[::-1]
    if columns(before + piece + after) > room:
        piece = _fitting(piece, room - columns(before + after))
    return before, piece, after


def _fitting(text: str, room: int) -> str:
    """The beginning of a text that has room, and a sign that there is more."""
    if columns(text) <= room:
        return text
    while text and columns(text) > room - 1:
        text = text[:-1]
    return f"{text}…"


def printable(code: str) -> str:
    """Code with nothing in it that a terminal would obey, or that changes the order of reading."""
    return "".join(c if c.isprintable() else "�" for c in code.expandtabs(_TAB))


def columns(text: str) -> int:
    """How many columns a text takes in a terminal."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(bool(unicodedata.combining(c)) for c in text)
