"""Rows of measured accuracies, and what may be said of them."""

import dataclasses
import json
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from chainrule.search.intervals import Interval, Z, of_folds, of_share

FOLDS, REPEATS = 10, 3


class Name(NamedTuple):
    """What a row is of: a division of the images, which of its repeats, and a method.

    The division is "split", "random" or "contiguous" of the digits, or "mnist", which has its own;
    repeats count from 0.
    """

    kind: str
    repeat: int
    method: str

    @property
    def n_folds(self) -> int:
        """How many times images are held back."""
        return 1 if self.kind in ("split", "mnist") else FOLDS

    def __str__(self) -> str:
        return f"{self.kind} {self.repeat + 1}: {self.method}"


@dataclass(frozen=True)
class Fold:
    """A method on one fold of a division: a line of the file.

    Attributes:
        name: of the row.
        number: of the fold, from 0.
        images: how many were held back.
        wrong: the indices of those that were classified wrongly.
        chosen: the candidate that was trained.
        seconds: of the processor, all threads together, with the choice.
    """

    name: Name
    number: int
    images: int
    wrong: list[int]
    chosen: dict[str, Any]
    seconds: float

    @property
    def accuracy(self) -> float:
        """The share classified rightly, 0 to 1."""
        return 1 - len(self.wrong) / self.images

    def as_line(self) -> str:
        """JSON, and the end of the line."""
        return json.dumps(dataclasses.asdict(self)) + "\n"


Rows = dict[Name, list[Fold]]


def read_rows(path: Path) -> Rows:
    """The folds of each row, in their order, without a last line that a kill has cut off."""
    lines = path.read_text(encoding="utf-8").split("\n")[:-1] if path.exists() else []
    rows: Rows = defaultdict(list)
    for content in map(json.loads, lines):
        fold = Fold(**content | {"name": Name(*content["name"])})
        rows[fold.name].append(fold)
    return {name: sorted(folds, key=lambda fold: fold.number) for name, folds in rows.items()}


def remove_cut_off(path: Path) -> None:
    """Let the file end after a line, so that others can follow."""
    content = path.read_bytes() if path.exists() else b""
    if not content.endswith(b"\n") and content:
        path.write_bytes(content[: content.rfind(b"\n") + 1])


def whole(rows: Rows) -> Rows:
    """Those of which all folds are there."""
    return {name: folds for name, folds in rows.items() if len(folds) == name.n_folds}


def interval(folds: Sequence[Fold]) -> Interval:
    """The mean accuracy over the folds of a division and its repeats, in 95 %, and at most 1."""
    if folds[0].name.n_folds == 1:
        (fold,) = folds
        return of_share(fold.images - len(fold.wrong), fold.images)
    of_mean = of_folds([fold.accuracy for fold in folds], FOLDS)
    return dataclasses.replace(of_mean, high=min(of_mean.high, 1))


def difference(folds: Sequence[Fold], others: Sequence[Fold]) -> Interval:
    """How much higher the one is on the same folds, or the same images, as the other.

    Over folds it is the corrected resampled t-test of Nadeau and Bengio (2003), on the differences
    of each fold. Of one split it is the interval of a difference of paired shares, by the images
    that one alone has right. Source: Fleiss, Statistical methods for rates and proportions (1981),
    section 8.2.
    """
    if folds[0].name.n_folds > 1:
        pairs = zip(folds, others, strict=True)
        return of_folds([a.accuracy - b.accuracy for a, b in pairs], FOLDS)
    (fold,), (other,) = folds, others
    wrong, wrong_there, n = set(fold.wrong), set(other.wrong), fold.images
    gained, lost = len(wrong_there - wrong), len(wrong - wrong_there)
    value = (gained - lost) / n
    half = Z * math.sqrt(gained + lost - (gained - lost) ** 2 / n) / n
    return Interval(value, value - half, value + half)
