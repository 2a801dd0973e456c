"""A change that mends a step: what is done where, and what belongs there."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum

import numpy as np

from chainrule.checking.record._search.quantities import Quantity
from chainrule.checking.record._steps.replay import Edit
from chainrule.checking.record._tape.operations import Array


class What(Enum):
    """How a step is mended."""

    STALE = "weights as they were before their update"
    REPLACED = "another quantity"
    REMOVED = "a factor less"
    SLOPE_ADDED = "times the derivative of the activation"
    TRANSPOSED = "the transpose"
    AXIS = "the sum over another axis"
    MASK = "another mask"
    SIGN = "the other sign"
    RESULT = "another result"
    ORDER = "the gradients of layers in another order"
    PART = "the part of an array beside"


@dataclass(frozen=True, eq=False)
class Change:
    """One way to mend a step at an operation, or at all executions of one piece of code.

    Attributes:
        number: of the operation.
        what: is done there.
        rank: how far it is from what stands there: the less, the likelier it is meant.
        edits: what the operations are to give.
        before: the quantity that stands there, if it is a known one.
        after: the one that belongs there.
        axis: of a sum, the axis that belongs there; of a part, whether it lies after, as 1 or −1.
    """

    number: int
    what: What
    rank: float
    edits: Mapping[int, Edit] = field(compare=False)
    before: Quantity | None = None
    after: Quantity | None = None
    axis: int | None = None


def variants(quantity: Quantity, shape: tuple[int, ...], any_size: bool) -> list[list[Array]]:
    """A quantity in the shapes in which it may stand in a place of that shape.

    Shapes: `shape`, or with `any_size` of as many axes.
    """
    own = quantity.values[0]
    turned: tuple[Callable[[Array], Array], ...] = (
        lambda v: v, lambda v: v.T, lambda v: v.reshape(shape), lambda v: v.T.reshape(shape),
    )  # fmt: skip
    if own.ndim < 2:
        turned = turned[::2]
    if own.size != math.prod(shape):
        turned = turned[: len(turned) // 2] if any_size and own.ndim == len(shape) else ()
    found: list[list[Array]] = []
    for turn in turned:
        try:
            values = [turn(v) for v in quantity.values]
        except ValueError:
            continue
        fits = values[0].shape == shape or (any_size and values[0].ndim == len(shape))
        if fits and not any(np.array_equal(values[0], other[0]) for other in found):
            found.append(values)
    return found
