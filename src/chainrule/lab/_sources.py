"""The lab's sources: one file for each part, in jupytext's percent format."""

import math
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).with_name("parts")
# The time that a part takes: reading, of text and code alike, and each piece that is to be written
WORDS_A_MINUTE, MINUTES_A_PIECE = 150, 5
BEGIN = "### BEGIN SOLUTION"


@dataclass(frozen=True)
class Part:
    """One part of the lab.

    Attributes:
        number: counted from 1.
        name: of its files, without ending: "02_softmax".
        title: what it is about: "softmax and the loss".
        text: the source. It is Python too: what is no code is a comment.
    """

    number: int
    name: str
    title: str
    text: str

    @property
    def minutes(self) -> int:
        """How long it takes, to the next five minutes: a method that is to be written counts."""
        words = len(re.sub(r"^#( %%.*)?", "", self.text, flags=re.MULTILINE).split())
        pieces = self.text.count(BEGIN)
        return 5 * math.ceil((words / WORDS_A_MINUTE + MINUTES_A_PIECE * pieces) / 5)


@cache
def parts() -> tuple[Part, ...]:
    """All parts in order."""
    return tuple(_read(path) for path in sorted(FOLDER.glob("*.py")))


def _read(path: Path) -> Part:
    text = path.read_text("utf-8")
    title = re.search(r"^# # Part \d+: (.+)$", text, re.MULTILINE)
    assert title is not None, path
    return Part(int(path.stem.split("_")[0]), path.stem, title[1], text)
