"""What must hold for a step to be called right, or wrong: else nothing is said.

Each of these raises `NotJudgedError`, or one of its kinds, where it does not hold.
"""

import re
from collections.abc import Sequence

import numpy as np

from chainrule.checking.learner.imports import HEAVY
from chainrule.checking.record._at_sight.plain import sums_of_targets
from chainrule.checking.record._at_sight.untrained import changed_without_parameters
from chainrule.checking.record._running.plans import Plan
from chainrule.checking.record._standins.files import part_of
from chainrule.checking.record._standins.standins import UNREAD
from chainrule.checking.record._steps.factors import NOISE, factor, largest_of, same_factor
from chainrule.checking.record._steps.flow import Operand, members
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.operands import at, targets
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._steps.steps import Group
from chainrule.checking.record._steps.unjudged import (
    GradientNotFoundError,
    MadeUpTargetsError,
    NotAllSeenError,
    NotJudgedError,
    UnlikeShapesError,
)
from chainrule.checking.record._tape.operations import LEAF
from chainrule.checking.record.table import Table

_LEAST_INFORMATIVE = 0.05  # of what the updates change
_TABLES, _PICTURES = r"\.(csv|txt|data|dat|tsv)$", r"ubyte|idx"


def has_known_shapes(standin: str) -> bool:
    """Whether the targets that it would really give have the shape of those made up, `(N,)`.

    So it is with what well-known packages load, and with columns of a text; not with arrays that
    someone stored, as in a text of targets alone, or what another file of theirs gives.
    """
    name = standin.lower()
    of_table = re.search(_TABLES, name) and part_of(name) != "y"
    return not name.startswith(UNREAD) and bool(
        name.split(".", maxsplit=1)[0] in HEAVY or re.search(_PICTURES, name) or of_table
    )


def require_computed_loss(chosen: Judgement) -> None:
    """Parameters that are made up accuse only beside right gradients of a computed loss."""
    if chosen.loss.computed is None or not chosen.right:
        raise NotJudgedError(
            "nothing in it makes its parameters, and with some that are made up no other gradient "
            "is that of a loss that it computes"
        )


def require_apart(judged: Judgement) -> None:
    """Each number of what is wrong is to have a derivative of its own."""
    if any(group.shares_one_number() for group in judged.wrong):
        raise NotJudgedError("one number was written to several places of a parameter")


def require_kept(judged: Judgement) -> None:
    """Numbers of which new values are made, and kept nowhere, may be a rate that falls."""
    runs = judged.runs
    before = members(runs.before(judged.step.numbers))
    if runs.never_kept and all(runs.operation(n).size == 1 for n in before):
        raise NotJudgedError("no parameter was seen to change twice by way of a gradient")


def require_called(best: Judgement, plan: Plan) -> None:
    """What is called with small data must train all that it makes, on targets of its outputs."""
    if plan.descends:
        _require_all(best)
    if not plan.layer:
        _require_targets(best)


def _require_targets(best: Judgement) -> None:
    """Made-up targets must have the shape of the prediction: any fit somehow by broadcasting.

    What takes 1 from some probabilities has no other targets.
    """
    for output in best.loss.outputs:
        target, prediction = targets(best.runs, output)[0], best.runs.ids(0, output)
        if target.size < prediction.size and not (target.size == 1 and np.all(target == 1)):
            raise UnlikeShapesError(
                f"with small data that are made up, its prediction of shape {prediction.shape} "
                f"meets a target of shape {target.shape}"
            )


def require_distributions(best: Judgement) -> None:
    """Targets that a softmax's probabilities meet add up to 1, or no error at the output is known.

    Those that are made up may be numbers of any kind; and 0.99 and 0.01 may stand for 1 and 0.
    """
    sums = sums_of_targets(best)
    if sums is not None and best.wrong and not best.right and not np.allclose(sums, 1):
        raise NotJudgedError(
            f"its targets add up to {float(sums.flat[0]):.4g} for a sample, and the probabilities "
            "of a softmax to 1: what their difference is the gradient of is not known"
        )


def beside_probabilities(best: Judgement) -> list[Operand]:
    """What probabilities meet in a step, if it does not add up to 1 as they do, and none is right.

    Among these are the ones of `1 - p`, which are written, and are no targets.
    """
    found = [] if best.right else members(best.step.mask)
    return [
        Operand(number, 1 - place)
        for number in found if best.runs.operation(number).name == "subtract"
        for place in (0, 1) if _meets_no_distribution(best.runs, Operand(number, place))
    ]  # fmt: skip


def _meets_no_distribution(runs: Runs, output: Operand) -> bool:
    target = Operand(output.number, 1 - output.place)
    if not runs.leads_to(output)[1] or runs.leads_to(target)[1]:
        return False
    for axis in range(runs.ids(0, output).ndim):
        outputs, targets = runs.values(output), runs.values(target)
        if all(p.shape[axis] > 1 and np.allclose(p.sum(axis), 1) for p in outputs):
            met = (np.broadcast_to(t, np.broadcast_shapes(t.shape, p.shape))
                   for p, t in zip(outputs, targets, strict=True))  # fmt: skip
            return not all(np.allclose(t.sum(axis - p.ndim), 1)
                           for t, p in zip(met, outputs, strict=True))  # fmt: skip
    return False


def require_true_targets(best: Judgement, met: Sequence[Operand], other: Table) -> None:
    """Targets that were made up, and that probabilities meet, are to be a distribution, too.

    What they are shows in a run with other data: what is written stays as it is.

    Args:
        best: the step.
        met: by probabilities that add up to 1, and does not itself.
        other: the first run again, with other data.
    """
    both = Runs([best.runs.first, other])
    for target in met:
        first, again = both.values(target) if target.number < both.length else (0, 1)
        if not np.array_equal(first, again):
            raise MadeUpTargetsError(
                "with data that are made up, what the probabilities of a softmax meet does not "
                "add up to 1 for a sample as they do: what their difference is the gradient of "
                "is not known"
            )


def _require_all(best: Judgement) -> None:
    """Every array that is made and goes into the loss must have a gradient that was found."""
    runs = best.runs
    for number in best.adjoints[0].reached:
        if runs.operation(number).name != LEAF or number in runs.barrier:
            continue
        if np.any(best.adjoints[0].of(runs.first, number)):
            where = at(runs, number)
            raise GradientNotFoundError(
                f"the gradient of one of its parameters was not found{where}"
            )


def require_information(best: Judgement) -> None:
    """Enough must change, along gradients, and nothing that the loss depends on be passed over."""
    moved = [np.count_nonzero(c) / c.size for g in best.groups for c in best.changes[g.number]]
    if np.mean(moved) < _LEAST_INFORMATIVE:
        raise NotJudgedError("almost none of its parameters change: nothing can be told from that")
    if best.factor is None and not best.right:
        raise NotJudgedError("no change was seen that is along a gradient")
    elsewhere = next(changed_without_parameters(best), None)
    if elsewhere is not None:
        raise NotAllSeenError(
            "something that its loss depends on is changed by what no parameter goes into"
            f"{at(best.runs, elsewhere)}"
        )
    for group in best.step.once:
        c = factor(group.changes(), group.right(best.adjoints))
        if c is None or best.factor is None or not same_factor(c, best.factor):
            where = at(best.runs, group.number)
            raise NotAllSeenError(f"a part of an array is changed that is not used again{where}")
    largest = max(largest_of(g.changes()) for g in best.step.groups)
    unknown = [g for g in best.step.groups if g not in best.groups]
    if any(largest_of(g.changes()) > NOISE * largest for g in unknown):
        raise NotJudgedError("it changes something that its loss does not depend on")
    # What a normalisation takes away again has a gradient of nothing but rounding, which is right.
    unknown = [
        g for g in unknown
        if not any(np.any(a) for a in g.right(best.adjoints)) and not _cancels_out(best, g)
    ]  # fmt: skip
    if unknown:
        where = at(best.runs, unknown[0].number)
        raise NotJudgedError(f"one of its parameters has a gradient of 0 in all runs{where}")


def _cancels_out(best: Judgement, group: Group) -> bool:
    """Whether each use of a parameter has a gradient, and these add up to 0.

    So do those of a bias of which the loss has differences alone.
    """
    runs = best.runs
    users = {
        user for update in group.updates for source in runs.given(update.parameter)
        for user in runs.users[source] if user in best.adjoints[0].reached
    }  # fmt: skip
    return any(all(map(np.any, best.by(n))) for n in users)
