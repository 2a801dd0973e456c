"""One mistake of the catalogue in a learner's code, and where it is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Blame:
    """One mistake, and where it is.

    Attributes:
        fault: id in the catalogue.
        quantity: what came out wrong, by the learner's own name of it: `grad_W_o`.
        computed: what was computed, as one would write it in NumPy.
        right: what would be right, in the same way.
    """

    fault: str
    quantity: str = ""
    computed: str = ""
    right: str = ""


@dataclass(frozen=True)
class Mistake:
    """One wrong piece of code, found where it stands.

    Attributes:
        code: the piece.
        sentence: what stands there, and what belongs there.
        fault: id in the catalogue; "" where none fits.
        cell: of a notebook, counted from 1.
        line: in the cell or the file.
    """

    code: str
    sentence: str
    fault: str = ""
    cell: int | None = None
    line: int | None = None
