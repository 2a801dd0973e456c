"""Whether rounding alone may be what looks wrong: then nothing can be told from a step.

Where units are saturated, `1 - a` has no digits left, and a right gradient differs from itself as
the record has it. This is found as in stochastic arithmetic: the step is computed again, and each
result is a last digit off.
"""

import numpy as np

from chainrule.checking.record._steps.factors import TOLERANCE, largest_of
from chainrule.checking.record._steps.flow import Operand
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.replay import Edit, Replay, constantly
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._steps.steps import Group, way_to
from chainrule.checking.record._tape.operations import CUT, OPAQUE, Array, compute

_LEAST_CHANGE = 1e-9  # of a parameter: less is known to fewer digits than a judgement needs
_SQUASHING = ("expit", "reciprocal", "softmax", "power")
_DIGIT = 4 * np.finfo(np.float64).eps  # of a function such as exp, not always the last one


def is_lost_in_rounding(best: Judgement) -> bool:
    """Whether something wrong is so small, or so far from exact, that it may be rounding.

    What is no number any more, as after an overflow, is as far from exact.
    """
    if not all(np.isfinite(a).all() for g in best.wrong for a in g.changes()):
        return True
    if best.wrong and any(_is_certain(best.runs, output) for output in best.loss.outputs):
        return True
    return any(
        _largest(best, g) < _LEAST_CHANGE * largest_of(g.before()) for g in best.wrong
    ) or _comes_out_otherwise(best)


def _is_certain(runs: Runs, output: Operand) -> bool:
    """Whether a prediction is 1 by rounding alone, as of saturated units.

    Of such probabilities it is not known whether a likelihood is gone down on.
    """
    values = runs.values(output)
    if not any(np.any(a == 1) and np.all((a >= 0) & (a <= 1)) for a in values):
        return False
    if any(all(np.allclose(a.sum(axis), 1) for a in values) for axis in range(values[0].ndim)):
        return True
    return all(
        runs.operation(n).name in _SQUASHING
        or (runs.operation(n).name == "divide" and not runs.depends_on_parameters(Operand(n, 0)))
        for n in runs.given(output)
    )


def _largest(best: Judgement, group: Group) -> float:
    """The largest number of a change, or of the one that would be right."""
    right = abs(best.factor or 1) * largest_of(group.right(best.adjoints))
    return max(largest_of(group.changes()), right)


def _comes_out_otherwise(best: Judgement) -> bool:
    """Whether a change that looks wrong is another where each result is a last digit off."""
    wrong = best.wrong
    if not wrong:
        return False
    runs = best.runs
    edits = {
        number: constantly(runs.results(number))  # how that is computed again is not known
        if runs.operation(number).name in (OPAQUE, CUT)
        else _a_digit_off(runs, number)
        for number in way_to(runs, wrong)
        if runs.operation(number).ids
    }
    try:
        changes = Replay(runs).changes(edits, wrong)
    except ValueError:  # something is computed from these that cannot be computed again
        return False
    return any(
        np.abs(now - change).max(initial=0.0) > TOLERANCE * _largest(best, group)
        for group in wrong
        for now, change in zip(changes[group.number], group.changes(), strict=True)
    )


def _a_digit_off(runs: Runs, number: int) -> Edit:
    operation = runs.operation(number)

    def edit(_run: int, arrays: list[Array]) -> Array:
        result = compute(operation.name, arrays, operation.settings)
        signs = np.random.default_rng(number).choice((-1.0, 1.0), result.shape)
        return result * (1 + _DIGIT * signs)

    return edit
