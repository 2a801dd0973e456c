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
    changed = sum(1 << n for n in runs.updates)
    first = [g for g in best.groups if len(g.numbers) == 1 and runs.order[g.number] == 1]
    again = {g.number: _again(runs, g.number) for g in first}
    if not first or len(first) < len(best.groups) or None in again.values():
        return
    last = min(n for n in again.values() if n is not None)
    forward = sorted(
        n for n in best.adjoints[0].reached
        if n < best.step.last and n not in runs.barrier and runs.depends[n]
    )  # fmt: skip
    places = {runs.operation(n).place for n in forward}
    later = [n for n in range(best.step.last, runs.length) if runs.operation(n).place in places]
    if not forward or any(runs.ancestors[n] & changed for n in later):
        return
    gradients = {best.gradient_at(g) for g in first} - {None}
    computed = {runs.operation(n).place for n in gradients if n is not None}
    if not any(runs.operation(n).place in computed for n in range(best.step.last, last)):
        return  # several gradients are taken away, one after the other
    yield WrongCode(
        spot(best, forward[0]), "",
        "each later step is made of what this gives with the weights as they were before the "
        f"first: nothing reads the new ones, which {runs.code(first[0].number)[0]} makes",
        "what a step changes is not what the next one computes with",
    )  # fmt: skip


def _again(runs: Runs, update: int) -> int | None:
    """Where the code of an update changes what that made."""
    place = runs.updates[update].place
    return next(
        (n for n in runs.users[update]
         if runs.operation(n).place == runs.operation(update).place
         and update in runs.given(Operand(n, place))), None
    )  # fmt: skip
