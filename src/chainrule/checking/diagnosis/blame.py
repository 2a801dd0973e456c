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
