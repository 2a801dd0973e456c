"""What steps make of gradients: how much of the gradient of each step so far goes into a step.

However momentum, AdaGrad, RMSprop or Adam are written, these weights tell which of them it is.
They are derivatives of what the record computes, so that neither names nor the order of statements
matter: a step is `Σ_j weights[k, j] · g_j`, divided by a root of `Σ_j squares[k, j] · g_j²` if
something divides it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from chainrule.checking.record._steps.adjoint import Adjoint, Seeds
from chainrule.checking.record._steps.flow import Operand
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._steps.steps import Group
from chainrule.checking.record._steps.trail import Trail, UnreadError, flat
from chainrule.checking.record._tape.operations import Array
from chainrule.checking.record.table import Table

SAME = 1e-7  # of numbers that are computed in different orders


@dataclass(frozen=True, eq=False)
class Reading:
    """What the steps of one parameter are made of.

    Attributes:
        trail: of its updates.
        weights: of the gradient of step j in step k, with the rate. Shape: `(steps, steps)`.
        squares: the same of their squares under the root; None where nothing divides.
        power: of the gradients in what divides: 2, or 1 where they are not squared.
        root: the operations that take the root, step by step; empty where there is none.
        division: the operations that divide.
        small: what is added to the squares, at most, where no root is taken.
        finite: how many steps gave finite numbers.
    """

    trail: Trail
    weights: Array
    squares: Array | None = None
    power: int = 2
    root: tuple[int, ...] = ()
    division: tuple[int, ...] = ()
    small: float = 0.0
    finite: int = 0


def reading(judged: Judgement, group: Group) -> Reading:
    """What the steps of a parameter are made of.

    Raises:
        UnreadError: if that is not understood.
    """
    trail = Trail(judged, group)
    steps = range(len(trail.updates))
    if any(s.name == "divide" and not s.values[0] for s in trail.scalings):
        return Reading(trail, np.zeros((0, 0)))  # nothing finite comes of it
    divisions = [_divisions(trail, k) for k in steps]
    counts = {len(each) for each in divisions}
    if counts == {0}:
        rows = [_row(trail, k, None) for k in steps]
        return Reading(trail, np.array(rows), finite=len(rows))
    if counts != {1}:
        raise UnreadError
    weights, squares, roots, powers, small = [], [], [], set[int](), 0.0
    for k in steps:
        (number,) = divisions[k]
        root, scale = _root(trail, number)
        under = Operand(number, 1) if root is None else Operand(root, 0)
        row, power, more = _under(trail, k, under)
        small = max(small, abs(more))
        powers.add(power)
        squares.append(scale**2 * row)
        roots += [] if root is None else [root]
        if not all(np.isfinite(r).all() for r in trail.runs.results(trail.updates[k])):
            break
        weights.append(_row(trail, k, number))
    if len(powers) > 1 or len(roots) not in (0, len(squares)):
        raise UnreadError
    return Reading(trail, np.array(weights), np.array(squares), powers.pop(), tuple(roots),
                   tuple(each[0] for each in divisions), small, len(weights))  # fmt: skip


def _divisions(trail: Trail, step: int) -> list[int]:
    """The divisions of a step by an array that gradients go into."""
    runs = trail.runs
    return [
        n for n in trail.between(step)
        if runs.operation(n).name == "divide" and not trail.is_single(Operand(n, 1))
    ]  # fmt: skip


def _row(trail: Trail, step: int, division: int | None) -> Array:
    """The weights of all gradients in a step, times what divides it."""
    runs, update = trail.runs, trail.updates[step]
    row, kept = _weights(trail, step, division, runs.tables)
    before, divisors = runs.values(runs.updates[update].parameter), _divisors(trail, division)
    for run, after in enumerate(flat(runs, update)):
        rest = (after - kept * before[run].ravel()) * divisors[run]
        _require_same(rest, sum(row[j] * flat(runs, trail.gradients[j])[run]
                                for j in range(step + 1)), rest)  # fmt: skip
    if not 0.5 < kept <= 1 + SAME:
        raise UnreadError
    return row


def turned(read: Reading, numbers: Sequence[int], place: int) -> Array:
    """The weights of the gradients if one term of some sums had the other sign.

    Args:
        read: the steps.
        numbers: of the sums.
        place: of the term: 1, or 0 where it is added to.

    Raises:
        UnreadError: if that is not understood.
    """
    tables = []
    for table in read.trail.runs.tables:
        operations = list(table.operations)
        for number in numbers:
            one = operations[number]
            name = "subtract" if one.name == "add" else "add"
            operations[number] = replace(one, name=name, ids=one.ids if place else one.ids[::-1])
        tables.append(replace(table, operations=tuple(operations)))
    divisions = read.division or [None] * read.finite
    return np.array([_weights(read.trail, k, divisions[k], tables)[0] for k in range(read.finite)])


def _divisors(trail: Trail, division: int | None) -> list[Array]:
    """What divides a step, in each run; 1 where nothing does. Shape: flat."""
    if division is None:
        return [np.ones(trail.size)] * len(trail.runs)
    return [v.ravel() for v in trail.runs.values(Operand(division, 1))]


def _weights(
    trail: Trail, step: int, division: int | None, tables: Sequence[Table]
) -> tuple[Array, float]:
    """The weights of all gradients in a step, times what divides it; what is left of before."""
    runs, update = trail.runs, trail.updates[step]
    parameter = runs.updates[update].parameter
    but = () if division is None else tuple(runs.given(Operand(division, 1)))
    seeds = _of_update(trail, step, tables)
    found = trail.derivatives(step, seeds, but, tables)
    earlier = trail.parameters - {update, *runs.given(parameter)}
    if any(np.any(a.of(t, n)) for a, t in zip(found, tables, strict=True) for n in earlier):
        # What it takes of earlier values of the parameter is made of earlier steps.
        if division is not None:
            raise UnreadError
        return _up_to(trail, step, tables) - _up_to(trail, step - 1, tables), 1.0
    divisors = _divisors(trail, division)
    row = np.zeros(len(trail.updates))
    for j in range(step + 1):
        slopes = _slopes(trail, found, tables, j)
        row[j] = _one(s * d for s, d in zip(slopes, divisors, strict=True))
    return row, _one(a.flat[runs.ids(r, parameter)] for r, a in enumerate(found))


def _up_to(trail: Trail, step: int, tables: Sequence[Table]) -> Array:
    """The weights of all gradients in a parameter after a step."""
    row = np.zeros(len(trail.updates))
    if step >= 0:
        seeds = _of_update(trail, step, tables)
        found = trail.derivatives(step, seeds, (), tables, through=True)
        for j in range(step + 1):
            row[j] = _one(_slopes(trail, found, tables, j))
    return row


def _of_update(trail: Trail, step: int, tables: Sequence[Table]) -> list[Seeds]:
    """What begins with a derivative of 1 by each number of a parameter after a step."""
    update = trail.updates[step]
    return [
        [(t.operations[update].start + np.arange(trail.size), np.ones(trail.size))] for t in tables
    ]


def _slopes(
    trail: Trail, found: Sequence[Adjoint], tables: Sequence[Table], step: int
) -> list[Array]:
    gradient = trail.gradients[step]
    return [a.of(t, gradient).ravel() for a, t in zip(found, tables, strict=True)]


def _one(arrays: Iterable[Array]) -> float:
    """The number that all of some arrays consist of."""
    each = np.concatenate([np.ravel(a) for a in arrays])
    if not np.isfinite(each).all() or np.ptp(each) > SAME * np.abs(each).max():
        raise UnreadError
    return float(each.mean())


def _require_same(one: Array, other: Array, scale: Array) -> None:
    if one.shape != np.shape(other) or np.abs(one - other).max() > SAME * np.abs(scale).max():
        raise UnreadError


def _root(trail: Trail, division: int) -> tuple[int | None, float]:
    """The root in what divides, and what it is multiplied by; None and 1 if there is none."""
    runs = trail.runs
    roots = [n for n in _back(trail, division) if _is_root(runs, n)]
    if not roots:
        return None, 1.0
    if len(roots) > 1:
        raise UnreadError
    operand = Operand(division, 1)
    found = trail.derivatives(trail.step_of(division), _seeds(runs, operand), roots, runs.tables)
    scale = _one(a.of(t, roots[0]) for a, t in zip(found, runs.tables, strict=True))
    divisor = np.concatenate([v.ravel() for v in runs.values(operand)])
    rest = divisor - scale * np.concatenate(flat(runs, roots[0]))
    rest = rest[np.isfinite(rest)]  # what keeps it from 0
    if rest.size:
        _require_same(rest, np.full(rest.shape, rest[0]), divisor[np.isfinite(divisor)])
    return roots[0], scale


def _seeds(runs: Runs, operand: Operand) -> list[Seeds]:
    """What begins with a derivative of 1 by each number of what goes in, in each run."""
    ids = [runs.ids(run, operand).ravel() for run in range(len(runs))]
    return [[(each, np.ones(each.size))] for each in ids]


def _back(trail: Trail, division: int) -> Iterator[int]:
    """The operations of its step by which what divides was computed."""
    runs, step = trail.runs, trail.step_of(division)
    waiting = [*runs.given(Operand(division, 1))]
    seen = set(waiting)
    while waiting:
        number = waiting.pop()
        if number not in trail.path or trail.step_of(number) != step:
            continue
        yield number
        new = set().union(*runs.sources[number]) - seen
        seen |= new
        waiting += new


def _is_root(runs: Runs, number: int) -> bool:
    name = runs.operation(number).name
    half = name == "power" and np.all(runs.values(Operand(number, 1))[0] == 0.5)
    return name == "sqrt" or bool(half)


def _under(trail: Trail, step: int, operand: Operand) -> tuple[Array, int, float]:
    """The weights of the squares of gradients in a sum, their real power, and what is added."""
    runs = trail.runs
    found = trail.derivatives(step, _seeds(runs, operand), (), runs.tables)
    gradients = [np.concatenate(flat(runs, trail.gradients[j])) for j in range(step + 1)]
    slopes = [np.concatenate(_slopes(trail, found, runs.tables, j)) for j in range(step + 1)]
    whole = np.concatenate([v.ravel() for v in runs.values(operand)])
    for power in (2, 1):
        row = np.zeros(len(trail.updates))
        try:
            for j in range(step + 1):
                row[j] = _weight(slopes[j], gradients[j], power)
            rest = whole - sum(row[j] * gradients[j] ** power for j in range(step + 1))
            _require_same(rest, np.full(rest.shape, rest[0]), whole)  # it keeps it from 0
        except UnreadError:
            continue
        if np.any(row):
            return row, power, float(rest[0])
    raise UnreadError


def _weight(slope: Array, gradient: Array, power: int) -> float:
    """What a power of a gradient is multiplied by in a sum, by the derivative of the sum."""
    if power == 1:
        return _one([slope])
    if not np.isfinite(slope).all() or not np.isfinite(gradient).all():
        raise UnreadError
    weight = float(slope @ gradient) / (2 * float(gradient @ gradient) or 1.0)
    _require_same(slope, 2 * weight * gradient, slope)
    return weight
