"""Steps that are never read: the forward pass goes on with the weights of before the first."""

from collections.abc import Iterator

from chainrule.checking.record._steps.flow import Operand
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._steps.spots import WrongCode, spot


def only_first_weights(best: Judgement) -> Iterator[WrongCode]:
    """Where gradients are computed again, and nothing that the steps before made is in the loss.

    The forward pass may stand before the loop, or read other names than those that are changed.
    """
    runs = best.runs
    first = [g for g in best.groups if len(g.numbers) == 1 and runs.order[g.number] == 1]
    forward = sorted(
        n for n in best.adjoints[0].reached
        if n < best.step.last and n not in runs.barrier and runs.depends[n]
    )  # fmt: skip
    if not first or not forward or len(first) < len(best.groups):
        return
    codes = {runs.code(n)[:1] for n in forward}
    anew = any(runs.code(n)[:1] in codes for n in range(best.step.last, runs.length))
    for group in first:
        gradient = best.gradient_at(group)
        again = None if gradient is None else _again(runs, group.number, gradient)
        if again is None:
            return
        made_of_changed = runs.ancestors[again] & sum(1 << n for n in runs.updates)
        goes_on = not anew and runs.ancestors[again] & sum(1 << n for n in forward)
        if made_of_changed and not goes_on:
            return
    yield WrongCode(
        spot(best, forward[0]), "",
        "each later step is made of what this gives with the weights as they were before the "
        f"first: nothing reads the new ones, which {runs.code(first[0].number)[0]} makes",
        "what a step changes is not what the next one computes with",
    )  # fmt: skip


def _again(runs: Runs, update: int, gradient: int) -> int | None:
    """The gradient of a parameter by which what an update made is changed in its turn."""
    place = runs.updates[update].place
    changed = any(
        runs.operation(n).place == runs.operation(update).place
        and update in runs.given(Operand(n, place))
        for n in runs.users[update]
    )
    like = runs.operation(gradient)
    later = (n for n in range(update, runs.length) if runs.operation(n).place == like.place)
    return next(later, None) if changed else None
