"""What the gradient may be the derivative of: the loss that is computed, or one that fits.

A loss is given by its derivative by the prediction. Where the code computes one, it is that; where
it computes none, or its gradient is that of another, these are tried: squared error, binary
cross-entropy, the negative log likelihood, and that of counts.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from chainrule.checking.record._steps.adjoint import Seeds
from chainrule.checking.record._steps.flow import Operand, members
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._steps.steps import Step
from chainrule.checking.record._tape.operations import PRODUCTS, Array
from chainrule.checking.record.table import Code, Operation, Table, distinct

SQUARED = "the squared error"
BINARY = "binary cross-entropy"
LIKELIHOOD = "the negative log likelihood"
POISSON = "the negative log likelihood of counts"
COMPUTED = "the loss that it computes"
_NEAR = 1e-8  # of the first of some numbers that are the same
_MEASURES = frozenset(["absolute", "log", "log1p", "log2", "power", "square"])
_CARRIES_ON = frozenset(["add", "divide", "multiply", "negative", "subtract", "sum", "mean"])


@dataclass(frozen=True, eq=False)
class Loss:
    """What the gradient may be the derivative of.

    Attributes:
        name: in words.
        seeds: for each run, its derivative by the numbers of the prediction.
        computed: the operation that computes it, None if it is only supposed.
        outputs: the prediction, where it meets the target.
        apart: whether it is computed by a forward pass of its own, with the step's parameters.
        taken_back: whether, of such a loss, only what it has of the step's own prediction counts:
            it may be that of all samples, where a step is that of one.
        said: a sentence on what is not seen in the code.
    """

    name: str
    seeds: tuple[Seeds, ...]
    computed: int | None = None
    outputs: tuple[Operand, ...] = ()
    apart: bool = False
    taken_back: bool = False
    said: str = ""


@dataclass(frozen=True)
class Losses:
    """All that may be gone down on.

    Attributes:
        candidates: of these one is to explain the gradients.
        unlike: where the prediction meets a target of another shape.
    """

    candidates: tuple[Loss, ...]
    unlike: tuple[Operand, ...] = ()


def losses(runs: Runs, step: Step) -> Losses:
    """Everything in a step that may be a loss, or the derivative of one."""
    found: list[Loss] = []
    unlike: list[Operand] = []
    for name, outputs in _meetings(runs, step):
        # (10,) and (1, 10) give (1, 10): an axis more, and each number has its own target.
        if any(runs.ids(0, o).size != runs.operation(o.number).size for o in outputs):
            unlike += outputs
            continue
        found += [one for one in _supposed(runs, name, outputs) if not _is_known(one, found)]
    if not found:
        found += [loss for one in unlike[:1] for loss in _of_each_with_each(runs, one)]
    first = found[0].outputs if found else ()
    found += _computed(runs, step, first)
    return Losses(tuple(found), tuple(unlike))


def _of_each_with_each(runs: Runs, output: Operand) -> Iterator[Loss]:
    """The squared error of each prediction with every target, as broadcasting has it."""
    target = Operand(output.number, 1 - output.place)
    if runs.operation(output.number).name != "subtract":
        return
    if runs.ids(0, output).size != runs.ids(0, target).size:
        return
    seeds = []
    for run in range(len(runs)):
        error = runs.values_in(run, output) - runs.values_in(run, target)
        seeds.append([(np.broadcast_to(runs.ids(run, output), error.shape), error)])
    yield Loss(SQUARED, tuple(seeds), outputs=(output,))


def _is_known(loss: Loss, found: Sequence[Loss]) -> bool:
    """Whether the same was found where the prediction meets the target once more."""

    def key(one: Loss) -> list[tuple[bytes, bytes]]:
        return [(ids.tobytes(), np.round(g, 9).tobytes()) for ids, g in one.seeds[0]]

    return any(loss.name == other.name and key(loss) == key(other) for other in found)


def _meetings(runs: Runs, step: Step) -> Iterator[tuple[str, list[Operand]]]:
    """Where what depends on all parameters meets what depends on none."""
    sites: dict[tuple[int, str, int, int], list[Operand]] = {}
    reached: dict[tuple[int, str, int, int], int] = {}  # the most parameters that any depends on
    changes = {s for g in step.groups for n in g.numbers for s in runs.given(runs.change(n))}
    for number in members(step.mask):
        operation = runs.operation(number)
        if operation.name not in ("subtract", "divide"):
            continue
        for place in (0, 1):
            prediction, target = Operand(number, place), Operand(number, 1 - place)
            depends = runs.leads_to(prediction)[1]
            if not depends or runs.leads_to(target)[1]:
                continue
            if step.memory and number in changes and not np.any(runs.values(target)[0]):
                continue  # a velocity that begins as 0 is no target
            many = operation.ids[place].size > 1 and operation.ids[1 - place].size == 1
            if operation.name == "divide" and (place == 0 or many):
                continue
            one = _takes_one(runs, prediction, target) or takes_every_label(runs, prediction)
            if many and not one:
                continue
            # Of single numbers, a unit that gives a written 0 in one sample depends on nothing.
            count = depends.bit_count()
            key = (count if operation.size > 1 else 0, operation.name, operation.place, place)
            sites.setdefault(key, []).append(prediction)
            reached[key] = max(count, reached.get(key, 0))
    most = max(reached.values(), default=0)
    sites = {key: outputs for key, outputs in sites.items() if reached[key] == most}
    # A batch whose first sample goes before a loop of the others has its errors at two calls.
    together: dict[tuple[object, str, int], list[list[Operand]]] = {}
    for (_, name, _, place), outputs in sites.items():
        code = runs.code(outputs[0].number)[:1]
        together.setdefault((code, name, place), []).append(outputs)
    for (_, name, _), several in together.items():
        if len(several) > 1:
            yield name, sorted(output for outputs in several for output in outputs)
    for (_, name, _, _), outputs in sites.items():
        yield name, outputs


def _takes_one(runs: Runs, prediction: Operand, target: Operand) -> bool:
    """Whether it is `p[range(N), labels] -= 1`: 1 from some numbers of a larger array."""
    chosen = runs.ids(0, prediction).size
    return bool(
        prediction.place == 0
        and np.all(np.abs(runs.values(target)[0]) == 1)
        and all(runs.operation(s).size > chosen for s in runs.given(prediction))
    )


def takes_every_label(runs: Runs, prediction: Operand) -> bool:
    """Whether it is `p[:, labels] -= 1`: 1 from the columns of all labels, in every row.

    The same of samples in columns is `p[labels] -= 1`. If all labels are the same, it is right.
    """
    number, place = prediction
    ids, sources = runs.ids(0, prediction), runs.given(prediction)
    if (place, runs.operation(number).name, ids.ndim, len(sources)) != (0, "subtract", 2, 1):
        return False
    if any(np.any(v != 1) for v in runs.values(Operand(number, 1))):
        return False
    (source,) = sources
    given = runs.operation(source)
    if ids.shape[0] != ids.shape[1] or len(given.shape) != 2:
        return False
    for axis in (1, 0):  # of the classes
        places = np.unravel_index(ids - given.start, given.shape)
        labels, samples = (
            np.moveaxis(places[axis], axis, 1),
            np.moveaxis(places[1 - axis], axis, 1),
        )
        every = np.arange(given.shape[1 - axis])
        if (
            len(every) == len(samples)
            and np.all(samples == every[:, None])
            and np.all(labels == labels[0])
            and distinct(labels[0]) > 1
            and np.allclose(runs.first.result(source).sum(axis), 1)
        ):
            return True
    return False


def _supposed(runs: Runs, name: str, outputs: Sequence[Operand]) -> Iterator[Loss]:
    predictions = [runs.values(o) for o in outputs]
    targets = [
        [np.broadcast_to(t, runs.operation(o.number).shape).reshape(runs.ids(0, o).shape)
         for t in runs.values(Operand(o.number, 1 - o.place))]
        for o in outputs
    ]  # fmt: skip

    def loss(name: str, slope: Callable[[Array, Array], Array]) -> Iterator[Loss]:
        seeds = []
        for run in range(len(runs)):
            with np.errstate(all="ignore"):
                seeds.append(
                    [(runs.ids(run, o), slope(a[run], t[run]))
                     for o, a, t in zip(outputs, predictions, targets, strict=True)]
                )  # fmt: skip
        if all(np.isfinite(g).all() for run in seeds for _, g in run):
            yield Loss(name, tuple(seeds), outputs=tuple(outputs))

    probabilities = all(((a > 0) & (a < 1)).all() for one in predictions for a in one)
    if name == "subtract":
        first = outputs[0]
        if takes_every_label(runs, first):
            own = np.eye(len(targets[0][0]), dtype=bool)
            yield from loss(LIKELIHOOD, lambda a, t: np.where(own, -1 / a, 0))
            return
        if _takes_one(runs, first, Operand(first.number, 1 - first.place)) and (
            runs.ids(0, Operand(first.number, 1 - first.place)).size == 1
            and runs.ids(0, first).size > 1
        ):
            yield from loss(LIKELIHOOD, lambda a, t: -1 / a)
            return
        yield from loss(SQUARED, lambda a, t: a - t)
        if _are_rates(runs, outputs) and all(_are_counts(t) for one in targets for t in one):
            yield from loss(POISSON, lambda a, t: (a - t) / a)
    if probabilities and all((np.abs(t) == 1).all() for one in targets for t in one):
        yield from loss(LIKELIHOOD, lambda a, t: -1 / a)
    elif probabilities:
        yield from loss(BINARY, lambda a, t: (a - abs(t)) / (a * (1 - a)))
        yield from loss(LIKELIHOOD, lambda a, t: -abs(t) / a)


def _are_rates(runs: Runs, outputs: Sequence[Operand]) -> bool:
    """Whether a prediction is an exponential of what the last layer gives."""
    return all(runs.operation(n).name == "exp" for o in outputs for n in runs.given(o))


def _are_counts(targets: Array) -> bool:
    return bool(
        np.all(targets >= 0) and np.all(targets == np.round(targets)) and targets.max() > 1
    )


def _computed(runs: Runs, step: Step, outputs: Sequence[Operand]) -> Iterator[Loss]:
    """Numbers that are computed from the prediction, and that no update is computed from."""
    used = runs.before(n for group in step.groups for n in group.numbers)
    barrier = runs.barrier_mask
    versions = 0  # of the parameters, in this step
    for number in members(step.mask):
        versions |= runs.ancestors[number] & barrier
    # Where a step goes through the one before, what comes later may be computed from all of it.
    later = barrier & -1 << step.last + 1 if step.memory else 0
    infinite = _infinite(runs)
    for number in range(runs.length):
        operation = runs.operation(number)
        parameters = runs.ancestors[number] & barrier
        if number in runs.barrier or used >> number & 1 or not parameters or parameters & later:
            continue
        within = runs.ancestors[number] & step.mask & ~barrier
        if not within and parameters & ~versions:  # of another step
            continue
        users = runs.users[number]
        carried_on = (
            runs.operation(u).name in _CARRIES_ON and runs.operation(u).size == 1 for u in users
        )
        if not all(carried_on) or (operation.size > 1 and users):
            continue
        if (within | 1 << number) & infinite:
            continue  # a logarithm of 0: its derivative is not what it would be without rounding
        seeds = [_seed(table, number) for table in runs.tables]
        if within:
            again = _goes_through_again(runs, step, number)
            yield Loss(COMPUTED, tuple(seeds), number, tuple(outputs), apart=again)
        else:
            yield from _of_another_pass(runs, number, seeds, outputs)
            yield Loss(COMPUTED, tuple(seeds), number, tuple(outputs), apart=True)


def measures(operation: Operation) -> bool:
    """Whether it makes a measure of errors or probabilities: their logarithm, square or size."""
    if operation.name == "multiply":
        return np.array_equal(operation.ids[0], operation.ids[1])
    return operation.name in _MEASURES


def _seed(table: Table, number: int) -> Seeds:
    operation = table.operations[number]
    ids = np.arange(operation.start, operation.start + operation.size)
    return [(ids, np.ones(ids.size))]


def _goes_through_again(runs: Runs, step: Step, number: int) -> bool:
    """Whether it goes on from a part of the step's forward pass by a later pass of the rest.

    So does the loss of one network by what another one made, which may go down on another loss.
    """
    if runs.operation(number).size > 1:
        return False
    barrier, own = runs.barrier_mask, step.mask & ~runs.barrier_mask
    outside = members(runs.ancestors[number] & ~step.mask & ~barrier)
    made = sum(1 << n for n in members(own) if runs.depends[n])
    later = _with_parameters(runs, sum(1 << n for n in outside if runs.ancestors[n] & made))
    return bool(later) and bool(_with_parameters(runs, own) & later)


def _with_parameters(runs: Runs, mask: int) -> set[tuple[Code, ...]]:
    """Where products with parameters stand."""
    return {
        runs.code(n)[:1] for n in members(mask)
        if runs.operation(n).name in PRODUCTS
        and any(given & runs.barrier for given in runs.sources[n])
    }  # fmt: skip


def _infinite(runs: Runs) -> int:
    """The operations that gave what is no number in a run, as bits."""
    if runs.is_finite:
        return 0
    return sum(
        1 << n for n in range(runs.length)
        if not all(np.isfinite(r).all() for r in runs.results(n))
    )  # fmt: skip


def _of_another_pass(
    runs: Runs, number: int, seeds: Sequence[Seeds], outputs: Sequence[Operand]
) -> Iterator[Loss]:
    """A loss that is computed from a forward pass of its own, with the same parameters.

    It is taken back to the prediction there, which has the same values as in the step's pass.
    """
    own = [n for n in members(runs.ancestors[number]) if n not in runs.barrier]
    places = [with_values(runs, own, runs.values(output)) for output in outputs]
    if not places or any(place is None for place in places):
        return
    moved: list[Seeds] = []
    for run, table in enumerate(runs.tables):
        found = runs.adjoint(run, seeds[run])
        moved.append(
            [(runs.ids(run, output), found.of(table, place))
             for output, place in zip(outputs, places, strict=True) if place is not None]
        )  # fmt: skip
    if any(np.any(gradient) for seed in moved for _, gradient in seed):
        yield Loss(COMPUTED, tuple(moved), number, tuple(outputs), taken_back=True)


def with_values(runs: Runs, numbers: Sequence[int], values: Sequence[Array]) -> int | None:
    """The last of some operations that gave these values in each run; None if there is none.

    Shape: that of the operation, for each run.
    """
    shape, known = values[0].shape, runs.first.values
    begins = float(values[0].flat[0]) if values[0].size else 0.0
    near = abs(begins) * _NEAR  # most have other numbers, and one of them tells
    for number in reversed(numbers):
        operation = runs.operation(number)
        if operation.shape != shape or not abs(known[operation.start] - begins) <= near:
            continue
        if all(
            a.shape == b.shape and np.allclose(a, b, rtol=1e-9, atol=0)
            for a, b in zip(runs.results(number), values, strict=True)
        ):
            return number
    return None
