"""What is worth a word beside "right": what a run did not show, and what the gradients do not."""

import contextlib
from collections.abc import Iterator, Sequence
from functools import reduce
from itertools import combinations
from operator import or_

import numpy as np

from chainrule.checking.record._candidates import judgements
from chainrule.checking.record._steps.factors import same_factor
from chainrule.checking.record._steps.flow import Operand, members
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.operands import at
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._steps.spots import WrongCode, spot
from chainrule.checking.record._steps.unjudged import NotJudgedError
from chainrule.checking.record._tape.operations import CONSTANT, DATA, LEAF, TWICE, Array
from chainrule.checking.record.table import Code

_SAME = 1e-9  # of weights, beside the largest


def copies(scout: Runs) -> Iterator[str]:
    """Whether the units of a hidden layer begin alike, and stay so.

    Args:
        scout: a run with the code's own first values. What comes into the units, and what goes
            out of them, is the same for each before its steps and after.
    """
    chains: dict[int, list[int]] = {}
    for number in scout.updates:
        chains.setdefault(scout.chain[number], []).append(number)
    alike: list[tuple[int, int]] = []  # root, how many units
    for numbers in chains.values():
        parameter = scout.updates[numbers[0]].parameter
        begin, end = scout.values(parameter)[0], scout.results(numbers[-1])[0]
        if begin.ndim == 2 and begin.shape == end.shape:
            root = min(scout.given(parameter))
            alike += [(root, begin.shape[axis]) for axis in (0, 1)
                      if begin.shape[axis] > 1 and _same(begin, axis) and _same(end, axis)
                      ]  # fmt: skip
    for (one, units), (other, more) in combinations(alike, 2):
        if one != other and units == more:
            where = at(scout, min(one, other))
            yield (
                f"All {units} units of a hidden layer begin with the same weights{where}, and "
                "stay copies of each other: the layer does no more than one unit. First weights "
                "are to differ at random; only biases may begin alike."
            )
            return


def _same(weights: Array, axis: int) -> bool:
    return bool(np.ptp(weights, axis=axis).max() <= _SAME * max(np.abs(weights).max(), 1e-300))


# ---- masks that left nothing out ----------------------------------------------------------------


def idle_masks(best: Judgement) -> tuple[tuple[Code, ...], ...]:
    """Where something on the way forward is multiplied by a mask of ones alone, in all runs.

    A mask of a ReLU has ones where it is above zero; those of dropout are drawn, and drawn numbers
    that nothing else is made of lead to them.
    """
    runs = best.runs
    shapes = {o.shape for n, o in enumerate(runs.first.operations[: runs.length])
              if o.name == LEAF and o.size > 1 and not runs.users[n]}  # fmt: skip
    found = []
    for number in members(best.step.mask & ~runs.barrier_mask):
        operation = runs.operation(number)
        if operation.name != "multiply" or number not in best.adjoints[0].reached:
            continue
        for place in (0, 1):
            masked = Operand(number, 1 - place)
            if (
                operation.ids[place].size > 1
                and runs.depends_on_parameters(masked)
                and _is_given(runs, Operand(number, place))
                and all(np.all(v == 1) for v in runs.values(Operand(number, place)))
                and (
                    operation.ids[place].shape in shapes
                    or not all(np.all(v > 0) for v in runs.values(masked))
                )
            ):
                found.append(runs.code(number))
    return tuple(dict.fromkeys(filter(None, found)))


def _is_given(runs: Runs, operand: Operand) -> bool:
    """Whether it is computed from data and written numbers alone, of nothing made or drawn."""
    sources = [
        runs.operation(n) for n in members(runs.leads_to(operand)[0]) if not runs.sources[n]
    ]
    return all(o.name in (DATA, CONSTANT) or o.settings.get("written") for o in sources)


def leaves_out(runs: Runs, codes: Sequence[Code]) -> bool:
    """Whether at a place that was idle some numbers are multiplied by 0, and others are not."""
    return any(
        operation.name == "multiply"
        and runs.code(number) == codes
        and any(0 < np.count_nonzero(runs.values(Operand(number, p))[0]) < operation.size
                and not runs.depends_on_parameters(Operand(number, p)) for p in (0, 1))
        for number, operation in enumerate(runs.first.operations[: runs.length])
    )  # fmt: skip


def of_idle_masks(idle: Sequence[tuple[Code, ...]]) -> str:
    """What is said of them."""
    lines = " and ".join(dict.fromkeys(str(codes[0]) for codes in idle))
    return (
        f"The mask of {lines} was 1 everywhere, and left nothing out: whether the gradient goes "
        "back through it rightly was not seen."
    )


# ---- places that come twice -------------------------------------------------------------------


def never_twice(best: Judgement) -> Iterator[str]:
    """Where something is added to places that an index lists, and none of them came twice."""
    runs = best.runs
    seen = {*members(best.step.mask), *best.step.numbers}
    listed = {
        n: twice for n in range(runs.length)
        if (twice := runs.operation(n).settings.get(TWICE)) is not None and runs.depends[n]
    }  # fmt: skip
    known = {runs.code(n) for n, twice in listed.items() if twice and n in seen}
    codes = {runs.code(n)[0]: None for n in listed if runs.code(n) and runs.code(n) not in known}
    if codes:
        lines = " and ".join(map(str, codes))
        yield (
            f"No place that the index in {lines} lists came twice in what ran. Where one does, "
            "such a sum keeps only what is added last: `np.add.at` adds up all of it."
        )


# ---- batches of another size --------------------------------------------------------------------


def of_smaller_batches(found: Sequence[Judgement]) -> Iterator[WrongCode | str]:
    """Where a step with fewer samples is divided by the number of a whole batch.

    It is a mistake where the code computes the mean over those that are there; else a word.

    Args:
        found: a step under all losses, the best explanation first.
    """
    step, runs = found[0].step, found[0].runs
    shapes = step.shapes()
    other = next((s for s in step.others() if s.shapes() != shapes and not s.memory), None)
    if other is None or step.memory:
        return
    with contextlib.suppress(NotJudgedError):
        right = {_loss(one): one for one in judgements(runs, other)[0] if not one.wrong}
        pairs = [(o, right[_loss(o)]) for o in found if not o.wrong and _loss(o) in right]
        computed = [n for o, _ in pairs if (n := o.loss.computed) is not None]
        parts = reduce(or_, (runs.ancestors[n] & ~(1 << n) for n in computed), 0)
        whole = [p for p in pairs if (n := p[0].loss.computed) is not None and not parts >> n & 1]
        said = [list(_of_two(*pair)) for pair in whole or pairs[:1]]
        if said and all(said):
            yield from said[0]


def _loss(one: Judgement) -> tuple[str, int]:
    """Which loss it is: its name, and where it is computed."""
    number = one.loss.computed
    return one.loss.name, -1 if number is None else one.runs.operation(number).place


def _of_two(best: Judgement, other: Judgement) -> Iterator[WrongCode | str]:
    """What is to be said of two steps that differ in how many samples they have."""
    sides = zip(*(_sides(one) for one in (best, other)), strict=False)
    counts = [pair for pair in sides if pair[0] != pair[1]]
    if len(counts) != 1 or best.factor is None or other.factor is None:
        return
    (fewer, less), (count, whole) = (
        ((counts[0][0], best), (counts[0][1], other))
        if counts[0][0] < counts[0][1]
        else ((counts[0][1], other), (counts[0][0], best))
    )
    divided = _divided_by(less, count)
    ratio = (less.factor or 0) / (whole.factor or 1)
    if divided is None:
        return
    if less.loss.computed is None and same_factor(ratio, 1):
        yield (
            f"A batch of {fewer} samples is divided by {count}, as those of {count} are "
            f"({less.runs.code(divided)[0]}): its step is not that of the mean over it."
        )
    elif less.loss.computed is not None and same_factor(ratio, fewer / count):
        yield WrongCode(
            spot(less, divided), "grad-batch-scale",
            f"this divides by {count} where a batch has {fewer} samples, too, and the loss is the "
            "mean over those that are there",
        )  # fmt: skip


def _sides(one: Judgement) -> tuple[int, ...]:
    """The shape of a prediction of all samples together; none if they go one by one."""
    outputs = one.loss.outputs
    return one.runs.operation(outputs[0].number).shape if len(outputs) == 1 else ()


def _divided_by(one: Judgement, count: int) -> int | None:
    """An operation on the way back that divides by a number; a rate of 1 / count is none."""
    runs = one.runs
    for number in members(one.step.mask & ~runs.barrier_mask):
        if runs.operation(number).name == "divide" and number not in one.adjoints[0].reached:
            values = runs.values(Operand(number, 1))[0]
            if values.size == 1 and values.item() == count and runs.code(number):
                return number
    return None
