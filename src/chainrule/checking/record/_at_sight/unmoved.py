"""Parameters that are changed by nothing: their gradient is still as it was made, all zeros."""

from collections.abc import Iterator

import numpy as np

from chainrule.checking.record._at_sight.untrained import changed_without_parameters
from chainrule.checking.record._steps.flow import Operand, members
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.spots import WrongCode, spot
from chainrule.checking.record._tape.operations import LEAF


def never_filled(best: Judgement) -> Iterator[WrongCode]:
    """Arrays of zeros that are taken from a parameter, and that no gradient was put into."""
    runs = best.runs
    for number in changed_without_parameters(best):
        if any(np.any(values) for values in runs.values(Operand(number, 1))):
            continue
        shape, (_, given) = runs.operation(number).shape, runs.sources[number]
        leading = 0
        for source in given:
            leading |= runs.candidate_ancestors(source)
        made = [
            n for n in members(leading)
            if runs.operation(n).name == LEAF and runs.operation(n).shape == shape
        ]  # fmt: skip
        if made:
            yield WrongCode(
                spot(best, made[0]),
                "train-missing-parameter",
                "nothing is put in the place of the zeros that are made here: they are still "
                f"there in {runs.code(number)[0]}",
            )
