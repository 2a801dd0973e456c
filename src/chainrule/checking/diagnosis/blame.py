"""One mistake in a learner's code, and where it is."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from chainrule.faults import fault


@dataclass(frozen=True)
class Excerpt:
    """Lines of the learner's code, and the piece in them that is meant.

    Attributes:
        lines: as they stand in the source.
        line: number of the first of them, in the cell or the file.
        start: characters before the piece in the first line.
        end: characters up to the end of the piece in the last line.
        cell: of a notebook, counted from 1.
        file: of another module than the file that is checked; "" in that itself.
    """

    lines: tuple[str, ...]
    line: int
    start: int
    end: int
    cell: int | None = None
    file: str = ""

    def marks(self) -> tuple[tuple[int, int], ...]:
        """For each line where the piece begins in it and where it ends, without indentation."""
        last = len(self.lines) - 1
        found = []
        for i, line in enumerate(self.lines):
            start = self.start if i == 0 else len(line) - len(line.lstrip())
            end = self.end if i == last else len(line.rstrip())
            found.append((min(start, end), end))
        return tuple(found)

    @property
    def indentation(self) -> int:
        """The characters of white space with which all lines begin."""
        return min(len(line) - len(line.lstrip()) for line in self.lines if line.strip())

    @property
    def piece(self) -> str:
        """The piece, on one line."""
        parts = zip(self.lines, self.marks(), strict=True)
        return " ".join(line[start:end].strip() for line, (start, end) in parts)

    @classmethod
    def between(
        cls,
        lines: Sequence[str],
        begin: tuple[int, int],
        end: tuple[int, int],
        cell: int | None = None,
        file: str = "",
    ) -> "Excerpt | None":
        """The excerpt of a source between two places; None if there are no such lines.

        Args:
            lines: of the cell or the file.
            begin: line, from 1 on, and column in bytes of UTF-8, as `ast` counts them.
            end: the same behind the piece; with column 0 the whole lines are meant.
            cell: of a notebook.
            file: of another module.
        """
        shown = tuple(lines[begin[0] - 1 : max(end[0], begin[0])]) if begin[0] > 0 else ()
        if not any(line.strip() for line in shown):
            return None
        first, last = shown[0], shown[-1]
        start, stop = len(first) - len(first.lstrip()), len(last)
        if end[1]:
            start, stop = _characters(first, begin[1]), _characters(last, end[1])
        return cls(shown, begin[0], start, stop, cell, file)


def _characters(line: str, bytes_: int) -> int:
    """How many characters so many bytes of UTF-8 are."""
    return len(line.encode()[:bytes_].decode(errors="ignore"))


@dataclass(frozen=True)
class Blame:
    """One mistake, and where it is.

    Attributes:
        fault: id in the catalogue.
        quantity: what came out wrong, by the learner's own name of it: `grad_W_o`.
        computed: what was computed, as one would write it in NumPy.
        right: what would be right, in the same way.
        excerpt: the code, where that is known.
    """

    fault: str
    quantity: str = ""
    computed: str = ""
    right: str = ""
    excerpt: Excerpt | None = field(default=None, compare=False)


def catalogued(id_: str, quantity: str, computed: str = "") -> Blame:
    """A mistake of the catalogue, which has what is right in its place."""
    return Blame(id_, quantity, computed, fault(id_).right)


@dataclass(frozen=True)
class Mistake:
    """One wrong piece of code, found where it stands.

    Attributes:
        code: the piece.
        sentence: what stands there, and what belongs there.
        fault: id in the catalogue; "" where none fits.
        cell: of a notebook, counted from 1.
        line: in the cell or the file.
        excerpt: the lines in which the piece stands; None where they are not known.
        idea: of one that has no id, why that is wrong, without what belongs there; "" where the
            sentence does not tell that either.
        file: of another module of the learner's that it is in; "" in the file that is checked.
    """

    code: str
    sentence: str
    fault: str = ""
    cell: int | None = None
    line: int | None = None
    excerpt: Excerpt | None = None
    idea: str = ""
    file: str = ""


@dataclass(frozen=True)
class Slip:
    """A mistake that has no id in the catalogue, in words for each hint.

    Attributes:
        title: what it is, as the end of a sentence that begins with "The mistake:".
        idea: what is meant there, without the formula.
        formula: what is right, and how one comes to it.
    """

    title: str
    idea: str = ""
    formula: str = ""


@dataclass(frozen=True)
class Symptom:
    """A small input that shows a mistake.

    Attributes:
        code: lines that one can paste into a cell.
        given: what they give, in words.
        right: what is right there, "" where that would say nothing.
    """

    code: tuple[str, ...]
    given: str
    right: str = ""


@dataclass(frozen=True)
class LineVerdict:
    """A statement of a function that was judged by itself, whatever the others are.

    Attributes:
        line: in the cell or the file.
        source: the statement.
        passed: None where it is still to be written, or cannot be judged.
        said: its shape, or what is wrong with it.
        left: whether it is still to be written.
        shape: of what it gives, of what is right where it is still to be written; None where that
            is no single array.
    """

    line: int
    source: str
    passed: bool | None
    said: str = ""
    left: bool = False
    shape: tuple[int, ...] | None = None

    @property
    def verdict(self) -> str:
        """Whether it is right, in a word or two."""
        if self.passed is None:
            return "not yet" if self.left else "not judged"
        return "right" if self.passed else "wrong"

    def to_dict(self) -> dict[str, Any]:
        """The line as data that JSON can hold."""
        return {
            "line": self.line,
            "code": self.source,
            "verdict": self.verdict,
            "shape": None if self.shape is None else list(self.shape),
            "message": self.said,
        }
