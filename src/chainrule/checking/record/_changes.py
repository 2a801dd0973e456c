"""What may stand at an operation in place of what stands there: the ways to mend a step."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

import numpy as np
from numpy.typing import NDArray

from chainrule.checking.record._judgement import Judgement
from chainrule.checking.record._operations import MULTIPLICATIONS, PRODUCTS, Array, compute
from chainrule.checking.record._quantities import Kind, Quantities, Quantity, identify
from chainrule.checking.record._replay import Edit
from chainrule.checking.record._runs import Operand, members
from chainrule.checking.record._steps import Group

_SUMS = frozenset(["sum", "mean", "max"])


class What(Enum):
    """How a step is mended."""

    STALE = "weights as they were before their update"
    REPLACED = "another quantity"
    REMOVED = "a factor less"
    SLOPE_ADDED = "times the derivative of the activation"
    TRANSPOSED = "the transpose"
    AXIS = "the sum over another axis"
    OUTER = "the outer product"
    RESULT = "another result"


@dataclass(frozen=True)
class Change:
    """One way to mend a step at an operation, or at all executions of one piece of code.

    Attributes:
        number: of the operation.
        what: is done there.
        rank: how far it is from what stands there: the less, the likelier it is meant.
        edits: what the operations are to give.
        before: the quantity that stands there, if it is a known one.
        after: the one that belongs there.
        axis: of a sum, the axis that belongs there.
    """

    number: int
    what: What
    rank: float
    edits: Mapping[int, Edit] = field(compare=False)
    before: Quantity | None = None
    after: Quantity | None = None
    axis: int | None = None


class Changes:
    """The ways to mend a step."""

    def __init__(self, judged: Judgement, quantities: Quantities) -> None:
        self._judged, self._runs, self._quantities = judged, judged.runs, quantities
        self._identified: dict[Operand, tuple[Quantity | None, float]] = {}
        self._older = [self._before_updates(run) for run in range(len(self._runs))]

    def path(self, group: Group) -> list[int]:
        """The operations of the backward pass that lead to the change of a group."""
        runs = self._runs
        return [
            n for n in members(runs.before(group.numbers))
            if n not in runs.barrier and n not in self._quantities.forward and runs.depends[n]
        ]  # fmt: skip

    def on(self, path: Sequence[int], taken: Mapping[int, Edit]) -> Iterator[Change]:
        """Every way to mend one operation of a path that is not mended yet."""
        runs = self._runs
        together: dict[tuple[int, int], list[int]] = {}
        for number in path:
            operation = runs.operation(number)
            alone = -1 if operation.size == 1 else number
            together.setdefault((operation.place, alone), []).append(number)
        for numbers in together.values():
            if not any(number in taken for number in numbers):
                yield from self._at(numbers)

    def identified(self, operand: Operand) -> tuple[Quantity | None, float]:
        """Which right quantity an operand is, and the factor of a gradient."""
        if operand not in self._identified:
            self._identified[operand] = identify(self._runs.values(operand), self._quantities.all)
        return self._identified[operand]

    def _at(self, numbers: Sequence[int]) -> Iterator[Change]:
        number = numbers[0]
        places = range(len(self._runs.operation(number).ids))
        for place in places:
            yield from self._stale(numbers, place)
            if len(numbers) > 1:
                yield from self._everywhere(numbers, place)
            else:
                yield from self._replaced(number, place)
        if len(numbers) == 1:
            yield from self._results(number)
            yield from self._forms(number)

    def _computed(self, number: int, place: int, new: Callable[[int], Array]) -> Edit:
        """The operation with one of what goes in replaced by what belongs to the run."""
        operation = self._runs.operation(number)

        def edit(run: int, arrays: list[Array]) -> Array:
            given = [new(run) if i == place else a for i, a in enumerate(arrays)]
            return compute(operation.name, given, operation.settings)

        return edit

    # ---- weights that are already updated -------------------------------------------------------

    def _before_updates(self, run: int) -> NDArray[np.int64]:
        """For each id the one that it had before the step's updates. Shape: `(ids,)`."""
        table = self._runs.tables[run]
        older = np.arange(table.values.size)
        for group in self._judged.step.groups:
            old = group.ids(run)
            new = np.concatenate(
                [np.arange(o.start, o.start + o.size)
                 for o in (table.operations[n] for n in group.numbers)]
            )  # fmt: skip
            older[new] = old
        return older

    def _stale(self, numbers: Sequence[int], place: int) -> Iterator[Change]:
        runs = self._runs
        updated = {n for group in self._judged.step.groups for n in group.numbers}
        if not any(runs.given(Operand(n, place)) & updated for n in numbers):
            return

        def edit(number: int) -> Edit:
            def older(run: int) -> Array:
                ids = self._older[run][runs.ids(run, Operand(number, place))]
                return runs.tables[run].values[ids]

            return self._computed(number, place, older)

        yield Change(numbers[0], What.STALE, 0, {n: edit(n) for n in numbers})

    # ---- one thing in place of another ----------------------------------------------------------

    def _replaced(self, number: int, place: int) -> Iterator[Change]:
        runs = self._runs
        operation, operand = runs.operation(number), Operand(number, place)
        if (
            operation.name == "multiply"
            and not runs.given(operand)
            and runs.ids(0, operand).size == 1
        ):
            return
        stands, scale = self.identified(operand)
        shape = operation.ids[place].shape
        for quantity in self._quantities.all:
            gradient = quantity.kind.is_gradient
            if gradient and not (stands is not None and stands.kind.is_gradient):
                continue
            for values in variants(quantity, shape, operation.name in MULTIPLICATIONS):
                if stands is not None and (stands.kind, stands.layer) == (
                    quantity.kind, quantity.layer,
                ) and _alike(values, runs.values(operand)):  # fmt: skip
                    continue
                factor = scale if gradient else 1.0

                def new(run: int, values: Sequence[Array] = values, c: float = factor) -> Array:
                    return np.asarray(c * values[run])

                yield Change(
                    number, What.REPLACED, 1 if stands is not None else 2,
                    {number: self._computed(number, place, new)}, stands, quantity,
                )  # fmt: skip
        if operation.name == "multiply" and stands is not None:
            other = 1 - place
            yield Change(
                number, What.REMOVED, 1.5,
                {number: lambda _run, arrays: arrays[other]}, stands,
            )  # fmt: skip

    def _results(self, number: int) -> Iterator[Change]:
        runs = self._runs
        operation = runs.operation(number)
        shape = operation.shape
        if operation.name in (*MULTIPLICATIONS, "divide", "subtract"):
            places = [Operand(number, p) for p in range(len(operation.ids))]
            stands = next(
                (q for q, _ in map(self.identified, places)
                 if q is not None and q.kind.is_false_slope), None
            )  # fmt: skip
            for quantity in self._quantities.all:
                if quantity.kind.is_gradient:
                    for values in variants(quantity, shape, False):
                        yield Change(number, What.RESULT, 4, {number: _constantly(values)},
                                     stands, quantity)  # fmt: skip
        for quantity in self._quantities.of(Kind.SLOPE):
            for values in variants(quantity, shape, False):

                def edit(run: int, arrays: list[Array], values: Sequence[Array] = values) -> Array:
                    result = compute(operation.name, arrays, operation.settings)
                    return np.asarray(result * values[run])

                yield Change(number, What.SLOPE_ADDED, 1, {number: edit}, None, quantity)

    def _forms(self, number: int) -> Iterator[Change]:
        """The transpose, another axis, the outer product."""
        operation = self._runs.operation(number)
        name, settings = operation.name, operation.settings
        if len(operation.shape) == 2 and operation.shape[0] == operation.shape[1]:

            def turned(_run: int, arrays: list[Array]) -> Array:
                return compute(name, arrays, settings).T

            yield Change(number, What.TRANSPOSED, 1, {number: turned})
        if name in _SUMS and operation.ids[0].ndim > 1:
            for axis in range(operation.ids[0].ndim):
                for keepdims in (True, False):
                    new = {"axis": axis, "keepdims": keepdims}
                    how = "mean" if name == "mean" else "sum"

                    def summed(
                        _run: int, arrays: list[Array], how: str = how, new: dict[str, int] = new
                    ) -> Array:
                        return compute(how, arrays, new)

                    yield Change(number, What.AXIS, 1, {number: summed}, axis=axis)
        if name in PRODUCTS and all(ids.ndim == 1 for ids in operation.ids):
            for quantity in self._quantities.of(Kind.ACTIVATION):
                for place in (0, 1):
                    stands = self.identified(Operand(number, 1 - place))[0]
                    for first in (True, False):

                        def outer(
                            run: int, arrays: list[Array], place: int = place,
                            first: bool = first, quantity: Quantity = quantity,
                        ) -> Array:  # fmt: skip
                            pair = (arrays[place].ravel(), quantity.values[run].ravel())
                            return np.outer(*(pair if first else pair[::-1]))

                        yield Change(number, What.OUTER, 1, {number: outer}, stands, quantity)

    # ---- code that computes number by number ---------------------------------------------------

    def _everywhere(self, numbers: Sequence[int], place: int) -> Iterator[Change]:
        """The same change at every execution of an operation on single numbers."""
        runs = self._runs
        first = numbers[0]
        if any(runs.ids(0, Operand(n, place)).size != 1 for n in numbers):
            return
        single = [q for q in self._quantities.all if q.values[0].size == 1]
        stand = {n: self._number(Operand(n, place), single) for n in numbers}
        known = {n: s for n, s in stand.items() if s is not None}
        if len(known) < len(numbers):
            return
        if runs.operation(first).name == "multiply":
            other = 1 - place
            yield Change(first, What.REMOVED, 3,
                         {n: lambda _run, arrays: arrays[other] for n in numbers},
                         known[first][0])  # fmt: skip
        for kind in (Kind.PREACTIVATION, Kind.ACTIVATION, Kind.SLOPE, Kind.BY_PREACTIVATION,
                     Kind.BY_ACTIVATION):  # fmt: skip
            belongs = {n: _counterpart(q, kind, single) for n, (q, _) in known.items()}
            edits: dict[int, Edit] = {}
            for number, quantity in belongs.items():
                stands, scale = known[number]
                if quantity is None or quantity.kind is stands.kind:
                    break
                c = scale if kind.is_gradient else 1.0
                shape = runs.ids(0, Operand(number, place)).shape

                def new(
                    run: int, quantity: Quantity = quantity, c: float = c,
                    shape: tuple[int, ...] = shape,
                ) -> Array:  # fmt: skip
                    return np.asarray(c * quantity.values[run].reshape(shape))

                edits[number] = self._computed(number, place, new)
            else:
                yield Change(first, What.REPLACED, 1, edits, known[first][0], belongs[first])

    def _number(
        self, operand: Operand, single: Sequence[Quantity]
    ) -> tuple[Quantity, float] | None:
        values = np.concatenate([v.ravel() for v in self._runs.values(operand)])
        for quantity in single:
            right = np.concatenate([v.ravel() for v in quantity.values])
            if not quantity.kind.is_gradient:
                if np.allclose(values, right, rtol=1e-9, atol=0):
                    return quantity, 1.0
                continue
            size = float(right @ right)
            c = float(values @ right) / size if size else 0.0
            if c and np.allclose(values, c * right, rtol=1e-7, atol=0):
                return quantity, c
        return None


def _constantly(values: Sequence[Array]) -> Edit:
    return lambda run, _arrays: values[run]


def _counterpart(quantity: Quantity, kind: Kind, single: Sequence[Quantity]) -> Quantity | None:
    """The quantity of another kind that belongs to the same unit."""
    mine = [q for q in single if (q.kind, q.layer) == (quantity.kind, quantity.layer)]
    others = [q for q in single if (q.kind, q.layer) == (kind, quantity.layer)]
    if len(mine) != len(others):
        return None
    return others[next(i for i, q in enumerate(mine) if q is quantity)]


def _alike(a: Sequence[Array], b: Sequence[Array]) -> bool:
    return all(x.shape == y.shape and np.allclose(x, y) for x, y in zip(a, b, strict=True))


def variants(quantity: Quantity, shape: tuple[int, ...], any_size: bool) -> list[list[Array]]:
    """A quantity in the shapes in which it may stand in a place of that shape.

    Shapes: `shape`, or with `any_size` of as many axes.
    """
    turned: tuple[Callable[[Array], Array], ...] = (
        lambda v: v, lambda v: v.T, lambda v: v.reshape(shape), lambda v: v.T.reshape(shape),
    )  # fmt: skip
    found: list[list[Array]] = []
    for turn in turned if quantity.values[0].ndim > 1 else turned[::2]:
        try:
            values = [turn(v) for v in quantity.values]
        except ValueError:
            continue
        fits = values[0].shape == shape or (any_size and values[0].ndim == len(shape))
        if fits and not any(np.array_equal(values[0], other[0]) for other in found):
            found.append(values)
    return found
