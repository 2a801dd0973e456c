"""Other first values for the parameters, so that nothing fits by chance."""

from collections.abc import Mapping

import numpy as np

from chainrule.checking import chance
from chainrule.checking.record._steps.flow import is_elementwise, members
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._tape.operations import LEAF, Array


def generic(runs: Runs, seed: int, scale: float = 1.0) -> dict[int, Array]:
    """First values of both signs, none near zero, and not so large that units saturate.

    Args:
        runs: a run of the code as it is.
        seed: of the values.
        scale: of the values: less than 1 where large data saturate units all the same.

    Returns:
        Arrays by the number of what the code made or drew. Shapes: as they were made.
    """
    draw = chance.generator(5, seed)
    new: dict[int, Array] = {}
    states = {
        s
        for n in runs.updates
        if runs.order[n] == 1 and runs.operation(n).size > 1
        if runs.is_state(n) and _is_of_the_gradient_of_another(runs, n)
        for s in runs.given(runs.updates[n].parameter)
    }
    for root in sorted(runs.roots):
        wanted = runs.first.result(root)
        if root in states and not wanted.any():
            continue  # such as the squares of AdaDelta: what is negative has no root
        side = max(wanted.shape, default=1)
        size = scale * min(1.0, 1.7 / np.sqrt(max(side, 1)))
        values = draw.uniform(0.05, 1.2, wanted.shape) * draw.choice([-1, 1], wanted.shape) * size
        made = _made_of(runs, root)
        if made is not None:
            leaf, slope, shift = made
            number = runs.operation(leaf).settings["number"]
            new[number] = np.asarray((values - shift) / slope)
    return new


def shifted(first: Mapping[int, Array], seed: int, amount: float) -> dict[int, Array]:
    """The same first values, each a little off. Shapes: as given."""
    draw = chance.generator(6, seed)
    return {n: a + amount * draw.standard_normal(a.shape) for n, a in first.items()}


def _made_of(runs: Runs, root: int) -> tuple[int, float, float] | None:
    """The drawn array that a parameter begins as, and by which scale and shift."""
    operation = runs.operation(root)
    if operation.name == LEAF:
        return root, 1.0, 0.0
    leaves = [
        n for n in members(runs.candidate_ancestors(root))
        if runs.operation(n).name == LEAF and runs.operation(n).shape == operation.shape
    ]  # fmt: skip
    if len(leaves) != 1 or operation.size < 2:
        return None
    x, y = runs.first.result(leaves[0]).ravel(), runs.first.result(root).ravel()
    if np.ptp(x) == 0 or not np.isfinite(y).all():
        return None
    slope, shift = np.polyfit(x, y, 1)
    if slope == 0 or np.abs(slope * x + shift - y).max() > 1e-9 * np.abs(y).max():
        return None
    return leaves[0], float(slope), float(shift)


def _is_of_the_gradient_of_another(runs: Runs, number: int) -> bool:
    """Whether what an update adds is made, number by number, of what changes another array, too.

    A bias may become a part of the gradient of weights of its size; its own change does not.
    """
    own, size = _number_by_number(runs, number), runs.operation(number).size
    return any(
        own & _number_by_number(runs, other)
        for other in runs.updates
        if runs.order[other] == runs.order[number]  # of the same step: there may be many
        and runs.chain[other] != runs.chain[number]
        and runs.operation(other).size == size
    )


def _number_by_number(runs: Runs, update: int) -> set[int]:
    """The operations of its size that the change of an update is made of, number by number."""
    size, found = runs.operation(update).size, set[int]()
    waiting = [*runs.given(runs.change(update))]
    while waiting:
        number = waiting.pop()
        if number in found | runs.barrier or runs.operation(number).size != size:
            continue
        found.add(number)
        if is_elementwise(runs.operation(number)):
            waiting += set().union(*runs.sources[number])
    return found
