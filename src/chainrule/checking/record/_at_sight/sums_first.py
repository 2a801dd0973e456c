"""Errors that are added up before they are multiplied with what the layer reads.

The gradient of a weight is a sum of products over the samples. The sum of the errors times a sum
of the inputs, or times the inputs of one sample, is none, whatever the loss.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from chainrule.checking.record._steps.factors import factor
from chainrule.checking.record._steps.flow import Operand
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.operands import moving, other
from chainrule.checking.record._steps.spots import WrongCode, gradient_of, spot
from chainrule.checking.record._steps.steps import Group, way_to
from chainrule.checking.record._tape.operations import PRODUCTS, Array

_FAULT = "grad-sum-before-product"


def sums_first(found: Sequence[Judgement]) -> Iterator[WrongCode]:
    """The first such gradient, under the loss that it is one of."""
    for one in found:
        for group in one.wrong:
            number = _found(one, group)
            if number is not None:
                yield WrongCode(
                    spot(one, number), _FAULT,
                    "the errors of all samples are added up before they are multiplied with the "
                    "inputs: each belongs to the inputs of its own sample",
                )  # fmt: skip
                return


def _found(one: Judgement, group: Group) -> int | None:
    """Where the sum of the errors is multiplied; None if that is not what parameters change by."""
    if not one.changes[group.number][0].any():
        return None
    read = _read_one_by_one if len(group.numbers) > 1 else _read
    both = [read(one, group, run) for run in range(len(one.runs))]
    if any(len(rows) < 2 or not errors.any() for rows, errors, _ in both):
        return None
    sums = [errors.sum(axis=0) for _, errors, _ in both]
    for used in (-1, 0, slice(None)):
        wrong = [
            np.outer(s, _of(rows, used)) if turned else np.outer(_of(rows, used), s)
            for (rows, _, turned), s in zip(both, sums, strict=True)
        ]
        if factor(one.changes[group.number], wrong) is not None:
            return _multiplied(one, group, sums, _of(both[0][0], used))
    return None


def _of(rows: Array, used: int | slice) -> Array:
    """One of the rows, or the sum of all."""
    return np.asarray(rows[used] if isinstance(used, int) else rows.sum(axis=0))


def _read(one: Judgement, group: Group, run: int) -> tuple[Array, Array, bool]:
    """What an array of weights is multiplied with, and the gradient by what comes out.

    Shapes: `(samples, inputs)`, `(samples, outputs)`; and whether the weights have the outputs
    first.
    """
    runs, adjoint, table = one.runs, one.adjoints[run], one.runs.tables[run]
    sources = runs.given(group.updates[0].parameter)
    rows: list[Array] = []
    errors: list[Array] = []
    turned = False
    for number in sorted(adjoint.reached):
        operation = runs.operation(number)
        if operation.name not in PRODUCTS:
            continue
        for place in (0, 1):
            if not runs.given(Operand(number, place)) & sources:
                continue
            read, came = table.inputs(number)[1 - place], adjoint.of(table, number)
            first = place == 0 and read.ndim > 1
            turned = turned or first
            read = np.atleast_2d(read.T if first else read)
            came = came.T if first else came
            if read.ndim == 2 and came.size % len(read) == 0:
                rows.append(read)
                errors.append(came.reshape(len(read), -1))
    alike = (
        rows and len({(r.shape[1], e.shape[1]) for r, e in zip(rows, errors, strict=True)}) == 1
    )
    if not alike:
        return np.empty((0, 0)), np.empty((0, 0)), False
    return np.concatenate(rows), np.concatenate(errors), turned


def _read_one_by_one(one: Judgement, group: Group, run: int) -> tuple[Array, Array, bool]:
    """The same of weights that are single numbers, to each of which one input belongs."""
    runs, adjoint, table = one.runs, one.adjoints[run], one.runs.tables[run]
    read: list[list[float]] = []
    came: list[float] = []
    for update in group.updates:
        uses = [
            Operand(user, place)
            for source in runs.given(update.parameter)
            for user in runs.users[source]
            if user in adjoint.reached and runs.operation(user).name == "multiply"
            for place in (0, 1)
            if source in runs.given(Operand(user, place)) and runs.operation(user).size == 1
        ]
        read.append([table.inputs(n)[1 - place].item() for n, place in uses])
        came = came or [adjoint.of(table, n).item() for n, _ in uses]
    if len({len(came), *map(len, read)}) > 1:
        return np.empty((0, 0)), np.empty((0, 0)), False
    return np.array(read).T, np.array(came)[:, None], False


def _multiplied(one: Judgement, group: Group, sums: Sequence[Array], read: Array) -> int:
    """The operation at which the sum of the errors meets the inputs."""
    runs = one.runs
    # On the way forward something else may be proportional to it, as what was changed by it.
    for number in reversed(way_to(runs, [group])):
        if runs.operation(number).name not in ("multiply", *PRODUCTS) or not runs.code(number):
            continue
        for operand in moving(runs, number):
            if runs.ids(0, operand).size == sums[0].size:
                along = factor(runs.values(operand), sums) is not None
                if along and _is_data(one, other(operand), read):
                    return number
    return gradient_of(one, group)


def _is_data(one: Judgement, operand: Operand, read: Array) -> bool:
    """Whether an operand is of what the layer reads: no number that stands in the code."""
    given = one.runs.given(operand)
    if given:
        return one.runs.is_not_written(given)
    return bool(np.isin(one.runs.values(operand)[0], read).all())
