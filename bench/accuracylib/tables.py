"""Tables of the page: cells of accuracies and of differences."""

from collections.abc import Sequence

from accuracylib.rows import REPEATS, Fold, Name, Rows, difference, interval
from chainrule.search.intervals import Interval

KINDS = {"split": "published split", "random": "random folds", "contiguous": "contiguous folds"}
RIVAL = "svm, tuned"
NOT_MEASURED, WIDTH = "not measured", 100


def folds_of(rows: Rows, method: str, kind: str) -> list[Fold]:
    """All folds of a method, of all repeats that are there, in their order."""
    names = [Name(kind, repeat, method) for repeat in range(REPEATS)]
    return [fold for name in names for fold in rows.get(name, [])]


def gap(rows: Rows, method: str, other: str, kind: str) -> Interval | None:
    """How much higher a method is, over the repeats that both have; None if there is none."""
    both = [
        (rows[name], rows[name._replace(method=other)])
        for name in (Name(kind, repeat, method) for repeat in range(REPEATS))
        if {name, name._replace(method=other)} <= set(rows)
    ]
    folds, others = ([fold for pair in both for fold in pair[side]] for side in (0, 1))
    return difference(folds, others) if both else None


def cell_of(rows: Rows, method: str, kind: str) -> str:
    """The accuracy, in its interval."""
    folds = folds_of(rows, method, kind)
    return _words(interval(folds)) if folds else NOT_MEASURED


def against(rows: Rows, method: str, other: str, kind: str) -> str:
    """How much higher than the other, in its interval."""
    higher = gap(rows, method, other, kind)
    return NOT_MEASURED if higher is None else _words(higher, sign="+")


def _words(interval: Interval, sign: str = "") -> str:
    value, low, high = (f"{x:{sign}.4f}" for x in (interval.value, interval.low, interval.high))
    return f"{value} ({low} to {high})"


def table(header: Sequence[str], body: Sequence[Sequence[str]]) -> str:
    """In Markdown."""
    lines = [header, ["---"] * len(header), *body]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def value_of(value: object) -> str:
    """A setting in words: sizes of layers joined by hyphens."""
    return "-".join(map(str, value)) if isinstance(value, list | tuple) else f"{value}"
