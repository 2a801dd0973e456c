"""A gradient of which only a part is given back, and the rest stays at the 0 that it was made of.

So it is where a loop that goes through all parts ends at the first: numbers that are moved are no
operations, and only what stands in their place tells.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from chainrule.checking.record._steps.factors import factor
from chainrule.checking.record._steps.flow import Operand, members
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.operands import by_place
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._steps.spots import WrongCode
from chainrule.checking.record._tape.operations import SOURCES, Array

_LEAST = 8  # numbers of a gradient
_MOST_KEPT = 0.5  # of them


class _Zeros(NamedTuple):
    """Where numbers stay 0.

    Attributes:
        number: of what made them.
        kept: how many numbers are right, and not 0.
        due: how many there are to be.
    """

    number: int
    kept: int
    due: int


def unfinished(one: Judgement, forward: frozenset[int]) -> WrongCode | None:
    """Where a right gradient stays 0 but for a part of it; None if there is none such.

    Args:
        one: the judgement.
        forward: the operations of the forward pass.
    """
    runs = one.runs
    due = list(_due(one, by_place(runs, sorted(forward))))
    for group in one.wrong:
        path = [n for n in members(runs.before(group.numbers)) if n not in runs.barrier]
        for numbers in by_place(runs, [n for n in path if n not in forward]).values():
            for place in range(len(runs.operation(numbers[0]).ids)):
                found = _zeros(runs, [Operand(n, place) for n in numbers], due)
                if found is not None and runs.code(found.number):
                    sentence = (
                        f"of {found.due} numbers of a gradient that are not 0 only {found.kept} "
                        "are put into this array, and the others stay 0"
                    )
                    code = runs.code(found.number)[0]
                    return WrongCode(code, "grad-path-missing", sentence, unfinished=True)
    return None


def _due(one: Judgement, forward: Mapping[int, list[int]]) -> Iterator[list[Array]]:
    """The gradients by all that one operation of the forward pass gave. Shapes: flat."""
    for numbers in forward.values():
        each = zip(*map(one.by, numbers), strict=True)
        yield [np.concatenate([part.ravel() for part in parts]) for parts in each]


def _zeros(runs: Runs, operands: Sequence[Operand], due: Sequence[list[Array]]) -> _Zeros | None:
    size = sum(runs.ids(0, o).size for o in operands)
    known = [gradients for gradients in due if gradients[0].size == size >= _LEAST]
    if not known:
        return None
    seen = [np.concatenate([v[r].ravel() for v in map(runs.values, operands)])
            for r in range(len(runs))]  # fmt: skip
    ids = np.concatenate([runs.ids(0, o).ravel() for o in operands])
    for gradients in known:
        parts = [np.where(s != 0, g, 0) for s, g in zip(seen, gradients, strict=True)]
        kept, whole = np.count_nonzero(seen[0]), np.count_nonzero(gradients[0])
        if not 0 < kept <= _MOST_KEPT * whole or factor(seen, parts) is None:
            continue
        lost = ids[(seen[0] == 0) & (gradients[0] != 0)]
        owners = runs.first.owners(lost)
        if len(owners) == 1:
            (number,) = owners
            if runs.operation(number).name in SOURCES and not runs.first.result(number).any():
                return _Zeros(number, int(kept), int(whole))
    return None
