"""What may stand at an operation in place of what stands there: the ways to mend a step."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from chainrule.checking.record._search.each_time import EachTime
from chainrule.checking.record._search.left_out import LeftOut, unscaled
from chainrule.checking.record._search.masks import Masks
from chainrule.checking.record._search.mending import Change, What, variants
from chainrule.checking.record._search.other_part import parts_beside
from chainrule.checking.record._search.quantities import Kind, Quantities, Quantity, identify
from chainrule.checking.record._search.singles import Singles
from chainrule.checking.record._steps.flow import Operand, members
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.operands import operands
from chainrule.checking.record._steps.replay import Edit, Given, constantly, instead
from chainrule.checking.record._steps.steps import Group
from chainrule.checking.record._tape.operations import (
    MULTIPLICATIONS,
    Array,
    compute,
)

_TURNED = {"add": "subtract", "subtract": "add"}
_SUMS = frozenset(["sum", "mean", "max"])


class Changes:
    """The ways to mend a step.

    Attributes:
        masks: on the way back.
    """

    def __init__(self, judged: Judgement, quantities: Quantities) -> None:
        self._judged, self._runs, self._quantities = judged, judged.runs, quantities
        self._each_time = EachTime(judged, quantities)
        self._identified: dict[Operand, tuple[Quantity | None, float]] = {}
        self._singles = Singles(judged.runs, quantities)
        self._left_out = LeftOut(judged.runs, quantities, lambda o: self.identified(o)[0])
        self.masks = Masks(judged, quantities, lambda o: self.identified(o)[0])
        self._older = [self._before_updates(run) for run in range(len(self._runs))]

    def path(self, group: Group) -> list[int]:
        """The operations of the learner's backward pass that lead to the change of a group."""
        runs, forward = self._runs, self._quantities.forward
        return [
            n for n in members(runs.before(group.numbers))
            if n not in runs.barrier and n not in forward and runs.depends[n] and runs.code(n)
        ]  # fmt: skip

    def on(self, path: Sequence[int], taken: Mapping[int, Edit]) -> Iterator[Change]:
        """Every way to mend one operation of a path that is not mended yet.

        What is done with each sample, one after the other, is mended for all of them at once.
        """
        runs = self._runs
        together: dict[tuple[object, int], list[int]] = {}
        turns: dict[tuple[object, int], int] = {}
        for number in path:
            operation = runs.operation(number)
            place: object = operation.place
            turn = number
            if operation.size == 1:
                turn = -1
            elif (sample := self._quantities.sample_of(number)) >= 0:
                place = (runs.code(number)[:1], operation.name)  # by whatever calls it is reached
                key = (place, sample)
                turns[key] = turns.get(key, 0) + 1
                turn = -1 - turns[key]
            together.setdefault((place, turn), []).append(number)
        places: dict[object, list[int]] = {}
        for (place, _), numbers in together.items():
            places.setdefault(place, []).extend(numbers)
        # What is right the first time is looked at last: there are many ways, and few are tried.
        first = [n for n in places.values() if not self._judged.is_right_gradient(n[0])]
        for numbers in (*first, *(n for n in places.values() if n not in first)):
            if not any(number in taken for number in numbers):
                yield from self._each_time.in_other_order(numbers[0], self.identified)
                yield from self._in_all(numbers) if len(numbers) > 1 else ()
        for numbers in together.values():
            if not any(number in taken for number in numbers):
                yield from self._at(numbers)
        for uses in self.masks.uses:
            if any(use.number in path and use.number not in taken for use in uses):
                yield from self.masks.mended(uses)

        yield from unscaled(self._judged, self._quantities, [n for n in path if n not in taken])
        rest = [numbers for numbers in together.values() if not {*numbers} & taken.keys()]
        yield from (c for numbers in rest for c in parts_beside(runs, numbers))  # there are many

    def identified(self, operand: Operand) -> tuple[Quantity | None, float]:
        """Which right quantity an operand is, and the factor of a gradient."""
        if operand not in self._identified:
            known = self._quantities.near(operand.number)
            self._identified[operand] = identify(self._runs.values(operand), known)
        return self._identified[operand]

    def _at(self, numbers: Sequence[int]) -> Iterator[Change]:
        number = numbers[0]
        single = self._runs.operation(number).size == 1 < len(numbers)
        for place in range(len(self._runs.operation(number).ids)):
            yield from self._stale(numbers, place)
            yield from (self._singles.everywhere if single else self._replaced)(numbers, place)
        if not single:
            yield from self._results(numbers)
            yield from self._forms(numbers)

    def _in_all(self, numbers: Sequence[int]) -> Iterator[Change]:
        """The same change at every execution of an operation on arrays, as time goes back."""
        runs = self._runs
        yield from self._each_time.by_what_was_read(numbers)
        shapes = {runs.operation(n).shape for n in numbers}
        if len(shapes) > 1 or runs.operation(numbers[0]).size == 1:
            return
        yield from self._forms(numbers)
        yield from self._each_time.back_in_time(numbers)
        for place in range(len(runs.operation(numbers[0]).ids)):
            stand = [self.identified(Operand(n, place))[0] for n in numbers]
            weights = stand[0]
            if weights is None or weights.kind is not Kind.WEIGHTS:
                continue
            if any(other is not weights for other in stand):
                continue
            shape = runs.operation(numbers[0]).ids[place].shape
            for values in (*variants(weights, shape, True), *_rotated(weights, shape)):
                if not _alike(values, runs.values(Operand(numbers[0], place))):
                    edits = {n: instead(runs, Operand(n, place), values) for n in numbers}
                    yield Change(numbers[0], What.REPLACED, 1, edits, weights, weights)

    def _for_each(
        self, quantity: Quantity, numbers: Sequence[int], shape: tuple[int, ...], any_size: bool
    ) -> Iterator[dict[int, list[Array]]]:
        """For each operation the values of its own sample's quantity, in each shape that fits."""
        known = [variants(self._of_sample(quantity, n), shape, any_size) for n in numbers]
        for values in zip(*known, strict=False):
            yield dict(zip(numbers, values, strict=True))

    def _of_sample(self, quantity: Quantity, number: int) -> Quantity:
        """The same quantity of the sample that an operation belongs to; itself if it has none."""
        sample = self._quantities.sample_of(number)
        if sample == quantity.sample or quantity.sample < 0:
            return quantity
        same = self._quantities.of(quantity.kind, quantity.layer)
        mine = [q for q in same if q.sample == sample]
        order = [q is quantity for q in same if q.sample == quantity.sample].index(True)
        return mine[order] if order < len(mine) else quantity

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
        updated = {*self._judged.step.numbers}
        if not any(runs.given(Operand(n, place)) & updated for n in numbers):
            return

        def edit(number: int) -> Edit:
            def older(run: int) -> Array:
                ids = self._older[run][runs.ids(run, Operand(number, place))]
                return runs.tables[run].values[ids]

            return Given(runs.operation(number), {place: older})

        yield Change(numbers[0], What.STALE, 0, {n: edit(n) for n in numbers})

    # ---- one thing in place of another ----------------------------------------------------------

    def _replaced(self, numbers: Sequence[int], place: int) -> Iterator[Change]:
        runs, number = self._runs, numbers[0]
        operation, operand = runs.operation(number), Operand(number, place)
        if (
            operation.name == "multiply"
            and not runs.given(operand)
            and runs.ids(0, operand).size == 1
        ):
            return
        stands, scale = self.identified(operand)
        shape = operation.ids[place].shape
        other_kinds = stands is None or stands.kind.is_gradient or not self._gives_slope(number)
        for quantity in self._quantities.near(number):
            gradient = quantity.kind.is_gradient
            if stands is not None and stands.kind is not quantity.kind and not other_kinds:
                continue
            if gradient and not (stands is not None and stands.kind.is_gradient):
                continue
            if gradient and stands is not None and _is_part(stands, quantity):
                continue
            any_size = operation.name in MULTIPLICATIONS
            factor = scale if gradient else 1.0
            for values in self._for_each(quantity, numbers, shape, any_size):
                same = stands and (stands.kind, stands.layer) == (quantity.kind, quantity.layer)
                if same and _alike([factor * v for v in values[number]], runs.values(operand)):
                    continue
                rank = 1.0 if stands is not None else 2.0
                if stands is None and self._takes_slope(number, 1 - place, quantity):
                    rank = 0.9
                edits = {n: instead(runs, Operand(n, place), values[n], factor) for n in numbers}
                yield Change(number, What.REPLACED, rank, edits, stands, quantity)
        if operation.name == "multiply" and stands is not None:
            other = 1 - place
            yield Change(
                number, What.REMOVED, 1.5,
                {each: lambda _run, arrays: arrays[other] for each in numbers}, stands,
            )  # fmt: skip

    def _gives_slope(self, number: int) -> bool:
        """Whether a right slope comes out: what is wrong then is rather what is made of it."""
        slopes = [q for q in self._quantities.near(number) if q.kind is Kind.SLOPE]
        return identify(self._runs.results(number), slopes)[0] is not None

    def _takes_slope(self, number: int, other: int, quantity: Quantity) -> bool:
        """Whether a derivative of an activation belongs to the gradient that it would meet."""
        if quantity.kind is not Kind.SLOPE or self._runs.operation(number).name != "multiply":
            return False
        for source in self._runs.given(Operand(number, 1 - other)):  # it may be a factor of that
            if self._runs.operation(source).name == "multiply":
                into = operands(self._runs, source)
                if any(self.identified(operand)[0] is quantity for operand in into):
                    return False
        meets = self.identified(Operand(number, other))[0]
        return meets is not None and (meets.kind, meets.layer) == (
            Kind.BY_ACTIVATION, quantity.layer,
        )  # fmt: skip

    def _results(self, numbers: Sequence[int]) -> Iterator[Change]:
        runs, number = self._runs, numbers[0]
        operation = runs.operation(number)
        shape = operation.shape
        if operation.name in (*MULTIPLICATIONS, "divide", "subtract", "add", "maximum"):
            stands = next(
                (q for q, _ in map(self.identified, operands(runs, number))
                 if q is not None and q.kind.is_false_slope), None
            )  # fmt: skip
            for quantity in (*self._quantities.near(number), *self._quantities.between):
                if quantity.kind.is_gradient:
                    for values in self._for_each(quantity, numbers, shape, False):
                        edits = {each: constantly(values[each]) for each in numbers}
                        yield Change(number, What.RESULT, 4, edits, stands, quantity)
        slopes = [q for q in self._quantities.near(number) if q.kind is Kind.SLOPE]
        masked = 0.8 if operation.name == "multiply" else 0.85  # beside the slope, if it is there
        for quantity in (*slopes, *self._quantities.masks):
            rank = 1 if quantity.kind is Kind.SLOPE else masked
            rank -= self._left_out.nearness(number, quantity)
            for values in self._for_each(quantity, numbers, shape, False):

                def edit(slopes: list[Array]) -> Edit:
                    def times(run: int, arrays: list[Array]) -> Array:
                        result = compute(operation.name, arrays, operation.settings)
                        return np.asarray(result * slopes[run])

                    return times

                edits = {each: edit(values[each]) for each in numbers}
                yield Change(number, What.SLOPE_ADDED, rank, edits, None, quantity)

    def _forms(self, numbers: Sequence[int]) -> Iterator[Change]:
        """The other sign, the transpose, another axis."""
        number = numbers[0]
        operation = self._runs.operation(number)
        name, settings = operation.name, operation.settings
        if name in _TURNED:

            def other(_run: int, arrays: list[Array]) -> Array:
                return compute(_TURNED[name], arrays, settings)

            yield Change(number, What.SIGN, 1, dict.fromkeys(numbers, other))
        if len(operation.shape) == 2 and operation.shape[0] == operation.shape[1]:

            def turned(_run: int, arrays: list[Array]) -> Array:
                return compute(name, arrays, settings).T

            yield Change(number, What.TRANSPOSED, 1, dict.fromkeys(numbers, turned))
        if name in _SUMS and operation.ids[0].ndim > 1:
            for axis in range(operation.ids[0].ndim):
                for keepdims in (True, False):
                    new = {"axis": axis, "keepdims": keepdims}
                    how = "mean" if name == "mean" else "sum"

                    def summed(
                        _run: int, arrays: list[Array], how: str = how, new: dict[str, int] = new
                    ) -> Array:
                        return compute(how, arrays, new)

                    yield Change(number, What.AXIS, 1, dict.fromkeys(numbers, summed), axis=axis)


def _rotated(kernel: Quantity, shape: tuple[int, ...]) -> list[list[Array]]:
    """A kernel as it goes back through a convolution: turned by 180 degrees.

    Shapes: `shape`; none of what is no kernel.
    """
    turned = [np.flip(v, axis=(-2, -1)) if v.ndim > 1 else np.flip(v) for v in kernel.values]
    return [turned] if turned[0].shape == shape and turned[0].size > 1 else []


def _is_part(stands: Quantity, quantity: Quantity) -> bool:
    """Whether the one is not all of the gradient that the other is: what made it is wrong."""
    numbers = [np.sort(q.values[0], axis=None) for q in (stands, quantity)]
    same = (stands.kind, stands.layer) == (quantity.kind, quantity.layer)
    return same and not _alike(numbers[:1], numbers[1:])


def _alike(a: Sequence[Array], b: Sequence[Array]) -> bool:
    return all(x.shape == y.shape and np.allclose(x, y) for x, y in zip(a, b, strict=True))
