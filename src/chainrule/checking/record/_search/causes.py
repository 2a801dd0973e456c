"""Whether a mistake that has no name stands where it is mended, or before."""

from collections.abc import Iterable, Mapping, Sequence, Set
from functools import cached_property

import numpy as np

from chainrule.checking.record._search.mending import Change, What
from chainrule.checking.record._search.quantities import Quantities, identify
from chainrule.checking.record._steps.factors import factor
from chainrule.checking.record._steps.flow import Operand
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.operands import by_place, operands
from chainrule.checking.record._steps.replay import Edit, Replay
from chainrule.checking.record._tape.operations import Array
from chainrule.checking.record.table import Code


class Causes:
    """Tells what is wrong by itself from what something wrong goes into."""

    def __init__(self, judged: Judgement, quantities: Quantities, replay: Replay) -> None:
        self._judged, self._runs = judged, judged.runs
        self._quantities, self._replay = quantities, replay

    def may_be(self, change: Change, changes: Sequence[Change]) -> bool:
        """Whether a mistake that has no name stands where it is mended: what goes in is right.

        If something that comes from another line of the way back is no right quantity, after all
        that is mended, the mistake stands before. What is computed in the line is a part of it.
        """
        results = self._runs.results(change.number)
        if change.what is What.RESULT and len(self._runs.code(change.number)) > 1:
            known = [*self._quantities.all, *self._quantities.between]
            if (stands := identify(results, known)[0]) and stands.kind.is_gradient:
                return False  # the function gives what it should, and something lacks after it
        edits = {n: e for one in changes for n, e in one.edits.items()}
        try:
            if self._lacks_a_factor_alone(change, edits):
                return False
            return self.goes_wrong_at(list(change.edits), edits)
        except ValueError:  # something between cannot be computed again
            return False

    def _lacks_a_factor_alone(self, change: Change, edits: Mapping[int, Edit]) -> bool:
        """Whether a result is right but for a factor, after what is mended before it.

        Parameters that go by rates of their own need that, and are not to blame.
        """
        number, before = change.number, {n: e for n, e in edits.items() if n < change.number}
        if change.what is not What.RESULT or not before:
            return False
        comes, due = (self._replay.result(some, number) for some in (before, edits))
        return factor(comes, due) is not None

    def goes_wrong_at(self, numbers: Sequence[int], edits: Mapping[int, Edit]) -> bool:
        """Whether what goes into operations is right, after some changes, up to their own line."""
        first, *others = numbers
        if any(self._runs.operation(n).place != self._runs.operation(first).place for n in others):
            return all(self.goes_wrong_at([n], edits) for n in numbers)
        places = range(len(self._runs.operation(first).ids))
        line = _lines(self._runs.code(first)[:1])
        return all(self._are_right([Operand(n, p) for n in numbers], edits, line) for p in places)

    def _are_right(
        self, same: Sequence[Operand], edits: Mapping[int, Edit], line: Set[tuple[int, int]]
    ) -> bool:
        """Whether what goes into the same code several times is right, but for its own line.

        What a function computes that is called there is a part of the line.
        """
        runs, first = self._runs, same[0]
        back = [
            n for n in runs.given(first)
            if runs.depends[n] and n not in self._quantities.forward and n not in runs.barrier
        ]  # fmt: skip
        if not back:
            return True
        values = [self._replay.operand(edits, o) for o in same]
        known = [*self._quantities.all, *self._quantities.between]
        if all(identify(v, known)[0] for v in values) or self._is_gradient(values):
            return True
        return all(
            line <= _lines(runs.code(n))
            and all(self._are_right([operand], edits, line) for operand in operands(runs, n))
            for n in back
        )  # fmt: skip

    def _is_gradient(self, parts: Sequence[Sequence[Array]]) -> bool:
        """Whether parts of an array are together the gradient by what the forward pass gave."""

        def signature(arrays: Iterable[Array]) -> Array:
            return np.sort(np.abs(np.concatenate([a.ravel() for a in arrays])))

        seen = [signature(one) for one in zip(*parts, strict=True)]
        dues = (
            list(map(signature, zip(*map(self._judged.by, numbers), strict=True)))
            for numbers in self._forward_by_place
        )
        return any(factor(seen, due) for due in dues if due[0].size == seen[0].size)

    @cached_property
    def _forward_by_place(self) -> list[list[int]]:
        return list(by_place(self._runs, sorted(self._quantities.forward)).values())


def _lines(codes: Sequence[Code]) -> Set[tuple[int, int]]:
    """The lines of frames, with their cells."""
    return {(code.cell, code.line) for code in codes}
