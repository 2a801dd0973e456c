"""What was found out about one function or method."""

from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from chainrule.checking.diagnosis import wording
from chainrule.checking.learner.desk import Problem


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


@dataclass(frozen=True)
class Finding:
    """What was found out about one function or method.

    Attributes:
        name: `softmax`, `NeuralNet.grad_loss`.
        definition: 1 for the first definition of that name in the file, and so on.
        passed: None where nothing could be judged.
        blames: the mistakes that explain everything seen.
        remarks: ids of what is worth a word but not wrong.
        reason: one sentence: why nothing could be judged, or what is known where no mistake of the
            catalogue fits.
        problem: the exception that was seen.
        cell: of a notebook, counted from 1.
        line: in the cell or the file.
        expected: what should have come out, where that is instructive.
        actual: what came out.
        mistakes: wrong pieces of code, the first cause first, where they were found one by one.
        note: a sentence on what passed: for which loss it is right.
    """

    name: str
    definition: int = 1
    passed: bool | None = True
    blames: tuple[Blame, ...] = ()
    remarks: tuple[str, ...] = ()
    reason: str = ""
    problem: Problem | None = None
    cell: int | None = None
    line: int | None = None
    expected: NDArray[Any] | None = field(default=None, compare=False)
    actual: NDArray[Any] | None = field(default=None, compare=False)
    mistakes: tuple[Mistake, ...] = ()
    note: str = ""

    @property
    def faults(self) -> tuple[str, ...]:
        """Ids of the mistakes, each once, sorted."""
        named = {mistake.fault for mistake in self.mistakes if mistake.fault}
        return tuple(sorted({blame.fault for blame in self.blames} | named))

    def message(self, hint: int = 2) -> str:
        """What to tell the learner; "" of what passed without a remark.

        Args:
            hint: 1 says what kind of mistake it is and where to look, 2 what was computed and
                what that takes to be true, 3 what is true and why.

        Raises:
            ChainruleError: if hint is not 1, 2 or 3.
        """
        return wording.message(self, hint)

    def to_dict(self, hint: int = 2) -> dict[str, Any]:
        """The finding as data that JSON can hold, with the message of this hint.

        Raises:
            ChainruleError: if hint is not 1, 2 or 3.
        """
        return wording.to_dict(self, hint)
