"""The lab's sources: one file for each part, in jupytext's percent format."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).with_name("parts")


@dataclass(frozen=True)
class Part:
    """One part of the lab.

    Attributes:
        number: counted from 1.
        name: of its files, without ending: "2_softmax".
        title: what it is about: "softmax and the loss".
        text: the source. It is Python too: what is no code is a comment.
    """

    number: int
    name: str
    title: str
    text: str


@cache
def parts() -> tuple[Part, ...]:
    """All parts in order."""
    return tuple(_read(path) for path in sorted(FOLDER.glob("*.py")))


def _read(path: Path) -> Part:
    text = path.read_text("utf-8")
    title = re.search(r"^# # Part \d+: (.+)$", text, re.MULTILINE)
    assert title is not None, path
    return Part(int(path.stem.split("_")[0]), path.stem, title[1], text)
