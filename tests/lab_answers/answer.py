"""An answer to an exercise of the lab, as the solution with some lines exchanged."""

from typing import NamedTuple

from chainrule.checking.contract.exercises import Lab, read_lab
from chainrule.lab import PARTS

LAB: Lab = read_lab(PARTS)
NAMES = ("dsigmoid", "nll", "one_hot", "sigmoid", "softmax")
IMPORTS = f"import numpy as np\nfrom chainrule import {', '.join(NAMES)}\n"


class Answer(NamedTuple):
    """An answer to an exercise, and what is to be found in it.

    Attributes:
        exercise: its name.
        changes: what stands in the solution, and what stands there in the answer.
        verdicts: what is expected of it and of its methods: False for wrong, None for not judged;
            what is not named is right.
        said: pieces of what is told at the first hint.
        before: code above it.
        not_said: pieces that must not be told, at any hint.
    """

    exercise: str
    changes: tuple[tuple[str, str], ...]
    verdicts: dict[str, bool | None]
    said: tuple[str, ...] = ()
    before: str = ""
    not_said: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        """The answer with what it imports."""
        text = LAB.exercises[self.exercise].solution
        for old, new in self.changes:
            assert old in text, (self.exercise, old)
            text = text.replace(old, new)
        names = [name for name in NAMES if name != self.exercise]
        imports = f"import numpy as np\nfrom chainrule import {', '.join(names)}"
        return f"{imports}\n{self.before}\n{text}\n"


def without_return(name: str, old: str, new: str) -> dict[str, Answer]:
    """An answer in which the `return` of a function, or of a method of a class, is missing."""
    answer = Answer(
        name.partition(".")[0],
        ((old, new),),
        {name: False},
        ("It gives None.", f"`{name}` returns no numbers: is a `return` missing?"),
        not_said=("is not used", "It is wrong for"),
    )
    return {f"no return in {name}": answer}
