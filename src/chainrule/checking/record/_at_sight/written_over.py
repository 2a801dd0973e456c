"""A layer's output that masks write over whole, so that no loss depends on its weights.

A function that makes a slope of an array by masks writes into the array that it is given.
"""

from collections.abc import Iterator
from itertools import takewhile

from chainrule.checking.record._steps.flow import Operand
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._steps.spots import WrongCode, spot
from chainrule.checking.record._steps.unjudged import NotJudgedError
from chainrule.checking.record._tape.operations import MASKED, PRODUCTS

_LAYERS = (*PRODUCTS, "add")


def written_over(best: Judgement) -> Iterator[WrongCode]:
    """Where what a layer gives becomes numbers of masks alone, in a second call that writes to it.

    Raises:
        NotJudgedError: if one call makes these of it, as a step function.
    """
    runs = best.runs
    for number in range(best.step.last):
        unread = runs.operation(number).name in _LAYERS and not runs.users[number]
        masks = _read_instead(runs, number) if unread and _is_trained(runs, number) else []
        if masks and len({runs.code(mask)[1:] for mask in masks}) == 1:
            raise NotJudgedError("it changes something that its loss does not depend on")
        if masks:
            yield WrongCode(
                spot(best, masks[-1]), "",
                "this writes over what a layer gives, in place: all of its numbers become those "
                "that are written here, and what follows reads these",
                "an array that is changed in place is changed for all that read it later",
            )  # fmt: skip
            return


def _is_trained(runs: Runs, number: int) -> bool:
    """Whether something that goes into an operation is then changed by what parameters go into."""
    return any(
        runs.operation(user).name in ("add", "subtract")
        and runs.operation(user).size == runs.operation(source).size
        and any(runs.depends_on_parameters(Operand(user, place)) for place in (0, 1))
        for source in set().union(*runs.sources[number])
        for user in runs.users[source]
    )


def _read_instead(runs: Runs, given: int) -> list[int]:
    """The masks right after what an operation gave, if what they wrote is read in its place."""
    masks = [*takewhile(lambda n: runs.operation(n).name == MASKED, range(given + 1, runs.length))]
    shape = runs.operation(given).shape
    for number in range(given + 1 + len(masks), runs.length if masks else 0):
        for ids in runs.operation(number).ids:
            if ids.shape == shape and runs.first.owners(ids) <= {*masks}:
                return masks
    return []
