"""Weights in whose place the next step has something else that is made of them, and no step."""

from collections.abc import Iterator

from chainrule.checking.record._at_sight.fixed import is_drawn
from chainrule.checking.record._steps.flow import Operand, is_elementwise
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.operands import at, operands
from chainrule.checking.record._steps.spots import WrongCode, spot
from chainrule.checking.record._steps.unjudged import NotAllSeenError


def replaced(best: Judgement) -> Iterator[WrongCode]:
    """Parameters that are taken away from their steps.

    Raises:
        NotAllSeenError: if weights are changed otherwise than by a step.
    """
    for number, place in _in_their_place(best):
        if (best.runs.operation(number).name, place) != ("subtract", 1):
            raise NotAllSeenError(
                "weights that its loss depends on are replaced by something else than a step "
                f"from them{at(best.runs, number)}"
            )
        yield WrongCode(
            spot(best, number), "",
            "the parameter is taken away from its step here, and so turns its sign each time: "
            "the step is to be taken from the parameter",
        )  # fmt: skip


def _in_their_place(best: Judgement) -> Iterator[Operand]:
    """What stands, in the step after, where a drawn array stood: where that array goes into it."""
    runs, last, reached = best.runs, best.step.last, best.whole[0].reached
    later = {runs.operation(n).place: n for n in range(runs.length - 1, last, -1)}
    for leaf in range(min(runs.updates, default=0)):
        if leaf in runs.barrier or not is_drawn(runs, leaf):
            continue
        for user in {*runs.users[leaf]} & reached:
            again = later.get(runs.operation(user).place, user)
            new = {n for p, q in zip(operands(runs, user), operands(runs, again), strict=False)
                   if runs.given(p) == {leaf} for n in runs.given(q)}  # fmt: skip
            for number in new - runs.barrier - {leaf}:
                whole = runs.operation(number).size == runs.operation(leaf).size
                into = [o for o in operands(runs, number) if runs.given(o) == {leaf}]
                if whole and len(into) == 1 and is_elementwise(runs.operation(number)):
                    yield into[0]
                    break
