"""The loss itself where its derivative belongs: what goes back is then no gradient.

It is told by value: with the derivative in its place every parameter goes down on the loss that
is meant.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from chainrule.checking.record._search.quantities import Kind, Quantities
from chainrule.checking.record._steps.factors import factor
from chainrule.checking.record._steps.flow import members
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.losses import BINARY, LIKELIHOOD, POISSON, SQUARED, measures
from chainrule.checking.record._steps.operands import moving, targets
from chainrule.checking.record._steps.replay import Edit, Replay, instead
from chainrule.checking.record._steps.spots import WrongCode, spot
from chainrule.checking.record._steps.steps import way_to
from chainrule.checking.record._tape.operations import PRODUCTS, Array

_MEETS = frozenset(["multiply", *PRODUCTS])


def loss_for_derivative(found: Sequence[Judgement]) -> Iterator[WrongCode]:
    """The first use of the loss in the place of its derivative."""
    for one in found:
        if one.right or one.step.memory or not _is_a_loss(one):
            continue
        number = _found(one)
        if number is not None:
            yield WrongCode(
                spot(one, number), "",
                "the loss itself stands here, and what goes back begins with its derivative",
                "a gradient is made of derivatives, and the loss is none of them",
            )  # fmt: skip
            return


def _is_a_loss(one: Judgement) -> bool:
    """Whether what is computed measures the prediction, or is only supposed.

    A sum of errors is none, as the gradient of a bias of another network that only passes on
    what comes back: it, too, is used for nothing, and in the place of its derivative.
    """
    runs, number = one.runs, one.loss.computed
    return number is None or any(
        runs.depends[n] == runs.depends[number] and measures(runs.operation(n))
        for n in members(runs.ancestors[number] & ~runs.barrier_mask)
    )


def _found(one: Judgement) -> int | None:
    runs, losses = one.runs, list(_losses(one))
    replay, errors = Replay(runs), _errors(one)
    for number in way_to(runs, one.groups):
        operation = runs.operation(number)
        if operation.name not in _MEETS:
            continue
        for operand in moving(runs, number):
            seen = runs.values(operand)
            if not any(
                factor(seen, loss) is not None for loss in losses if loss[0].size == seen[0].size
            ):
                continue
            for error in errors:
                if _is_right(one, replay, {number: instead(runs, operand, error)}):
                    return number
    return None


def _losses(one: Judgement) -> Iterator[list[Array]]:
    """The loss, as a number and of each sample."""
    runs, number = one.runs, one.loss.computed
    if number is not None:
        yield runs.results(number)
        given = set().union(*runs.sources[number])
        yield from map(runs.results, given - runs.barrier)
        return
    for output in one.loss.outputs[:1]:
        a, t = runs.values(output), targets(runs, output)
        if a[0].shape != t[0].shape:
            return
        with np.errstate(all="ignore"):
            each = [_OF_EACH[one.loss.name](x, y) for x, y in zip(a, t, strict=True)]
        yield each
        yield [np.asarray(e.sum(axis=-1)) for e in each]
        yield [np.asarray(e.sum()) for e in each]


_OF_EACH: dict[str, Callable[[Array, Array], Array]] = {
    SQUARED: lambda a, t: (a - t) ** 2,
    BINARY: lambda a, t: t * np.log(a) + (1 - t) * np.log(1 - a),
    LIKELIHOOD: lambda a, t: t * np.log(a),
    POISSON: lambda a, t: a - t * np.log(a),
}


def _errors(one: Judgement) -> list[Sequence[Array]]:
    """What may belong there: the derivatives at the output, or the differences to the targets."""
    quantities = Quantities(one)
    runs, last = one.runs, quantities.layers
    found = [q.values for kind in (Kind.BY_PREACTIVATION, Kind.BY_ACTIVATION)
             for q in quantities.of(kind, last)]  # fmt: skip
    found += [tuple(runs.results(output.number)) for output in one.loss.outputs]
    before = 0 if one.loss.computed is None else runs.ancestors[one.loss.computed]
    found += [
        tuple(runs.results(n)) for n in members(before)
        if runs.operation(n).name == "subtract" and n not in runs.barrier
    ]  # fmt: skip
    flat = [tuple(v.ravel() for v in values) for values in found if values[0].ndim > 1]
    return [*found, *flat]


def _is_right(one: Judgement, replay: Replay, edits: dict[int, Edit]) -> bool:
    try:
        changes = replay.changes(edits, one.groups)
    except (ValueError, IndexError):
        return False
    factors = one.factors_of(changes).values()
    return all(c is not None for c in factors) and len({c > 0 for c in factors if c}) == 1
