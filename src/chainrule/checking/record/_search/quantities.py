"""The right quantities of a step, layer by layer: what a wrong one may stand in the place of."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from math import isinf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.checking.record._steps.factors import TOLERANCE, factor
from chainrule.checking.record._steps.flow import Operand, is_elementwise, members
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.operands import operands
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._tape.operations import MULTIPLICATIONS, Array, back, slopes_of
from chainrule.nn.activations import ACTIVATIONS, Activation

_MEETS_WEIGHTS = frozenset([*MULTIPLICATIONS, "einsum", "tensordot"])
# How far an array may be from a quantity that it is, of its size, and by 0.
_NEAR, _LEAST = 1e-6, 1e-12


class Kind(Enum):
    """What a quantity is. The values are the words for it."""

    ACTIVATION = "the activation"
    PREACTIVATION = "the pre-activation"
    WEIGHTS = "the weights"
    NEW_WEIGHTS = "the updated weights"
    SLOPE = "the derivative of the activation"
    BY_PREACTIVATION = "the gradient by the pre-activation"
    BY_ACTIVATION = "the gradient by the activation"
    BY_PARAMETER = "the gradient by a parameter"
    BY_INTERMEDIATE = "the gradient by something that is computed on the way forward"
    # What the derivative of an activation is taken for, when taken at the wrong quantity.
    SLOPE_OF_ACTIVATION = "the derivative, taken at the activation"
    PRODUCT_OF_ACTIVATION = "an expression such as a (1 − a) of the activation a"
    PRODUCT_OF_PREACTIVATION = "an expression such as z (1 − z) of the pre-activation z"
    MASK = "the mask by which units are left out"
    SCALE = "the parameter that is a factor on the way forward"

    @property
    def is_gradient(self) -> bool:
        """Whether it is a derivative of the loss."""
        return self in (
            Kind.BY_PREACTIVATION, Kind.BY_ACTIVATION, Kind.BY_PARAMETER, Kind.BY_INTERMEDIATE,
        )  # fmt: skip

    @property
    def is_false_slope(self) -> bool:
        """Whether it is what the derivative of an activation is mistaken for."""
        return self in (
            Kind.SLOPE_OF_ACTIVATION, Kind.PRODUCT_OF_ACTIVATION, Kind.PRODUCT_OF_PREACTIVATION,
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Quantity:
    """A right quantity of a step.

    Attributes:
        kind: what it is.
        layer: 0 for the input, counted on to the output; −1 where it has none.
        values: in each run. Shapes: as they stand in the code.
        sample: of which it is, where samples go through the network one by one; −1 of none.
        met: of a mask, the gradient by what it leaves, which it belongs to on the way back.
        given: of a mask or a slope, the operation of the forward pass that it is of; else −1.
    """

    kind: Kind
    layer: int
    values: tuple[Array, ...]
    sample: int = -1
    met: tuple[Array, ...] = ()
    given: int = -1

    @cached_property
    def lengths(self) -> Array:
        """Of all its numbers as one vector. Shape: `(runs,)`."""
        return _lengths(self.values)

    @cached_property
    def mistaken(self) -> list[tuple[Kind, Callable[[Array], Any], list[Array]]]:
        """What stands for a slope that is taken at it by mistake: by which derivative, and values.

        Shapes: its own, in each run.
        """
        with np.errstate(all="ignore"):
            return [
                (kind, taken, [np.asarray(taken(v)) for v in self.values])
                for kind, taken in FALSE_SLOPES.get(self.kind, ())
            ]


class Quantities:
    """All right quantities of a step.

    Attributes:
        all: of them, each once.
        between: gradients by what else is computed on the way forward.
        masks: by which units are left out on the way forward.
        layers: how many there are.
        forward: numbers of the operations of the forward pass.
        mask: the same as bits.
    """

    def __init__(self, judged: Judgement) -> None:
        self._judged, self._runs = judged, judged.runs
        runs = self._runs
        self.mask = self._forward()
        events = [n for n in members(self.mask) if runs.depends[n] and n not in runs.barrier]
        self.forward = set(events)
        self.all: list[Quantity] = []
        self._known: set[bytes] = set()
        self._bases, self._slopes = _activations(runs, events)
        self._of_samples = self._one_by_one(events)
        self._sample = -1
        self.layers = self._weights(events)
        for i, output in enumerate(judged.loss.outputs):
            self._sample = i if self._of_samples else -1
            gradients = [a.flat[runs.ids(r, output)] for r, a in enumerate(judged.adjoints)]
            self._activation(self.layers, output, gradients)
        self._sample = -1
        self._parameters()
        self.between = self._gradients_between(events)
        self.masks = list(self._masks(events))

    def near(self, number: int) -> list["Quantity"]:
        """Those of the sample that an operation belongs to, and those of none."""
        sample = self.sample_of(number)
        return [q for q in self.all if q.sample in (-1, sample)]

    def sample_of(self, number: int) -> int:
        """Of which sample an operation is, where they go through one by one; else −1."""
        mask = self._runs.ancestors[number]
        samples = [i for i, one in enumerate(self._of_samples) if one & mask]
        return samples[0] if len(samples) == 1 else -1

    def met_by(self, slope: Quantity) -> list[Quantity]:
        """The gradient that a mask or the slope of an activation belongs to, on the way back."""
        if slope.met:
            return [Quantity(Kind.BY_INTERMEDIATE, -1, slope.met, slope.sample)]
        return [q for q in self.of(Kind.BY_ACTIVATION, slope.layer) if q.sample == slope.sample]

    def of(self, kind: Kind, layer: int | None = None) -> list[Quantity]:
        """The quantities of a kind."""
        return [q for q in self.all if q.kind is kind and layer in (None, q.layer)]

    def _one_by_one(self, events: Sequence[int]) -> list[int]:
        """For each sample its operations as bits, where samples go through one by one."""
        every = sum(1 << n for n in events)
        masks = [self._runs.leads_to(output)[0] & every for output in self._judged.loss.outputs]
        together = 0
        for mask in masks:
            if together & mask:
                return []
            together |= mask
        return masks if len(masks) > 1 else []

    def _forward(self) -> int:
        runs, loss = self._runs, self._judged.loss
        mask = 0
        for output in loss.outputs:
            mask |= runs.leads_to(output)[0]
        if not mask:
            for ids, _ in loss.seeds[0]:
                for number in runs.first.owners(ids):
                    mask |= runs.ancestors[number]
        return mask

    def _add(self, kind: Kind, layer: int, values: Sequence[Array], given: int = -1) -> None:
        arrays = tuple(np.array(v, dtype=np.float64) for v in values)
        if not all(np.isfinite(v).all() for v in arrays):
            return
        key = b"".join(np.round(v, 9).tobytes() for v in arrays)
        key += repr((arrays[0].shape, kind.is_gradient, self._sample)).encode()
        if key not in self._known:
            self._known.add(key)
            self.all.append(Quantity(kind, layer, arrays, self._sample, given=given))

    def _is_parameter(self, operand: Operand) -> bool:
        given = self._runs.given(operand)
        return bool(given) and given <= self._runs.barrier

    def _weights(self, events: Sequence[int]) -> int:
        """Where parameters meet what they are multiplied with, from the input on."""
        runs, judged = self._runs, self._judged
        depth: dict[int, int] = {}
        for number in events:
            operation = runs.operation(number)
            if operation.name not in _MEETS_WEIGHTS or len(operation.ids) != 2:
                continue
            for place in (0, 1):
                weights, read = Operand(number, place), Operand(number, 1 - place)
                if not self._is_parameter(weights) or self._is_parameter(read):
                    continue
                ancestors, depends = runs.leads_to(read)
                before = [d for n, d in depth.items() if ancestors >> n & 1]
                layer = depth[number] = 1 + max(before, default=1 if depends else 0)
                self._sample = -1
                self._add(Kind.WEIGHTS, layer, runs.values(weights))
                self._sample = self.sample_of(number)
                gradients = []
                for run, table in enumerate(runs.tables):
                    gradient = judged.adjoints[run].of(table, number)
                    gradients.append(
                        back(operation.name, table.inputs(number), operation.settings,
                             table.result(number), gradient, 1 - place)
                    )  # fmt: skip
                sums = [u for u in runs.users[number] if self._adds_parameter(u)]
                z = sums[-1] if sums else number
                if z in self.forward:
                    self._add(Kind.PREACTIVATION, layer, runs.results(z))
                    self._add(Kind.BY_PREACTIVATION, layer, judged.by(z))
                self._activation(layer - 1, read, gradients)
        return max(depth.values(), default=0)

    def _adds_parameter(self, number: int) -> bool:
        adds = self._runs.operation(number).name == "add"
        return adds and any(map(self._is_parameter, operands(self._runs, number)))

    def _activation(self, layer: int, operand: Operand, gradients: Sequence[Array]) -> None:
        runs = self._runs
        values = runs.values(operand)
        self._add(Kind.ACTIVATION, layer, values)
        before, slopes = [], []
        for run, table in enumerate(runs.tables):
            ids = runs.ids(run, operand)
            bases = self._bases[run][ids]
            before.append(table.values[bases])
            slopes.append(self._slopes[run][ids])
        if any(not np.all(s == 1) for s in slopes) and any(np.any(s) for s in slopes):
            self._add(Kind.PREACTIVATION, layer, before)
            self._add(Kind.SLOPE, layer, slopes, max(runs.given(operand), default=-1))
            through = [g * s for g, s in zip(gradients, slopes, strict=True)]
            self._add(Kind.BY_PREACTIVATION, layer, through)
        self._add(Kind.BY_ACTIVATION, layer, gradients)

    def _gradients_between(self, events: Sequence[int]) -> list[Quantity]:
        runs, judged = self._runs, self._judged
        known = len(self.all)
        for number in events:
            if runs.operation(number).size > 1 and self.sample_of(number) < 0:
                self._add(Kind.BY_INTERMEDIATE, -1, judged.by(number))
        between, self.all = self.all[known:], self.all[:known]
        return between

    def _masks(self, events: Sequence[int]) -> Iterator[Quantity]:
        """Factors that no parameter goes into: 0 for some units, and one number for the others.

        A ReLU may be written with such a factor, too: 0 where the other one is negative.
        """
        for number in events:
            if self._runs.operation(number).name != "multiply":
                continue
            for place in (0, 1):
                operand = Operand(number, place)
                values = tuple(self._runs.values(operand))
                others = self._runs.values(Operand(number, 1 - place))
                if not self._runs.depends_on_parameters(operand) and all(
                    v.size > 1
                    and v.min() == 0
                    and len(np.unique(v)) == 2
                    and np.any((v > 0) != (other > 0))
                    for v, other in zip(values, others, strict=True)
                ):
                    met = tuple(self._judged.by(number))
                    yield Quantity(Kind.MASK, -1, values, self.sample_of(number), met, number)

    def _parameters(self) -> None:
        runs, judged = self._runs, self._judged
        for group in judged.groups:
            if len(group.numbers) == 1:
                gradients = judged.gradients[group.number]
                self._add(Kind.BY_PARAMETER, -1, [g.reshape(group.shape) for g in gradients])
        for group in judged.step.groups:
            if len(group.numbers) == 1:
                self._add(Kind.NEW_WEIGHTS, -1, runs.results(group.number))


def _activations(runs: Runs, events: Sequence[int]) -> tuple[list[NDArray[np.int64]], list[Array]]:
    """For each number the pre-activation that it is an elementwise function of, and the slope.

    Shapes: in each run `(ids,)`.
    """
    all_bases, all_slopes = [], []
    forward = set(events)
    depends = np.array([bool(d) for d in runs.depends])
    barrier = np.zeros(runs.length, dtype=bool)
    barrier[list(runs.barrier)] = True
    for table in runs.tables:
        size = table.values.size
        owner = table.owner
        # A number that np.where puts in the place of others does not move with them.
        within = (owner >= 0) & (owner < runs.length)
        moving = np.where(within, (depends | barrier)[np.where(within, owner, 0)], False)
        bases, slopes = np.arange(size), moving.astype(float)
        for number in events:
            operation = table.operations[number]
            if not is_elementwise(operation) or not operation.ids:
                continue
            shape, start = operation.shape, operation.start
            own = np.arange(start, start + operation.size)
            base, clash = np.full(own.size, -1), np.zeros(own.size, dtype=bool)
            slope = np.zeros(own.size)
            arrays, result = table.inputs(number), table.result(number)
            for place, ids in enumerate(operation.ids):
                flat = np.broadcast_to(ids, shape).ravel()
                owners = owner[flat]
                moves = moving[flat]
                if not moves.any():
                    continue
                known = np.isin(owners, list(forward)) & ~barrier[owners]
                target = np.where(known, bases[flat], -2)
                clash |= moves & ((target == -2) | ((base >= 0) & (base != target)))
                base = np.where(moves & ~clash, target, base)
                partial = slopes_of(operation.name, arrays, result, place).ravel()
                with np.errstate(all="ignore"):  # a derivative may be none, where units saturate
                    slope += np.where(moves, partial * slopes[flat], 0)
            through = ~clash & (base >= 0)
            bases[start : start + own.size] = np.where(through, base, own)
            slopes[start : start + own.size] = np.where(through, slope, 1)
        all_bases.append(bases)
        all_slopes.append(slopes)
    return all_bases, all_slopes


# ---- which quantity an array is -----------------------------------------------------------------


def identify(values: Sequence[Array], known: Sequence[Quantity]) -> tuple[Quantity | None, float]:
    """Which right quantity an array is, and for a gradient by what it is multiplied.

    Shapes: in each run alike; up to a transpose like the quantity.
    """
    for quantity in known:
        if not quantity.kind.is_gradient and _equal(values, quantity.values):
            return quantity, 1.0
    lengths = _lengths(values)
    for quantity in known:
        if (
            quantity.kind.is_gradient
            and values[0].size == quantity.values[0].size
            and _may_be_in_proportion(lengths, quantity.lengths, values[0].size)
        ):
            for turned in (False, True)[: 1 + (quantity.values[0].ndim == 2)]:
                c = factor(values, [v.T if turned else v for v in quantity.values])
                if c is not None:
                    return quantity, -c
    for quantity in known:
        for kind, taken, mistaken in quantity.mistaken:
            if _equal(values, mistaken) and (
                kind is not Kind.SLOPE_OF_ACTIVATION or _may_be_taken(taken, quantity, known)
            ):
                return Quantity(kind, quantity.layer, tuple(values)), 1.0
    return None, 1.0


def false_slopes(known: Sequence[Quantity]) -> Iterator[Quantity]:
    """What stands for a slope that is taken at the wrong quantity, unit after unit of a layer."""
    for layer in dict.fromkeys(q.layer for q in known):
        of_layer = [q for q in known if q.layer == layer]
        for of, forms in FALSE_SLOPES.items():
            units = [q for q in of_layer if q.kind is of]
            for kind, taken in forms if units else ():
                if kind is Kind.SLOPE_OF_ACTIVATION and not _may_be_taken(
                    taken, units[0], of_layer
                ):
                    continue
                for unit in units:
                    with np.errstate(all="ignore"):
                        values = tuple(np.asarray(taken(v)) for v in unit.values)
                    yield Quantity(kind, layer, values, unit.sample)


def _may_be_taken(
    derivative: Callable[[Array], Any], activation: Quantity, known: Sequence[Quantity]
) -> bool:
    """Whether a derivative is that of a layer's own activation, as far as that is known."""
    of_layer = [q for q in known if (q.layer, q.sample) == (activation.layer, activation.sample)]
    slopes = [q for q in of_layer if q.kind is Kind.SLOPE]
    taken = [[derivative(v) for v in q.values] for q in of_layer if q.kind is Kind.PREACTIVATION]
    return not slopes or any(_equal(t, q.values) for t in taken for q in slopes)


def _equal(a: Sequence[Array], b: Sequence[Array]) -> bool:
    """Whether arrays are alike in each run, up to a transpose."""
    pairs = list(zip(a, b, strict=True))
    for x, y in pairs:  # asked for with each quantity: `any` takes twice as long
        if x.size != y.size or not _may_be_alike(x, y):
            return False
    return all(
        _alike(x.ravel(), y.ravel()) or (x.ndim == 2 and _alike(x.T.ravel(), y.ravel()))
        for x, y in pairs
    )


def _lengths(arrays: Sequence[Array]) -> Array:
    return np.sqrt([np.vdot(a, a) for a in arrays])


def _may_be_in_proportion(a: Array, b: Array, size: int) -> bool:
    """Whether the lengths of arrays have one factor in all runs: a look that costs little."""
    most = 10 * TOLERANCE * np.sqrt(size) * a.max() * b.max()
    return not np.any(np.abs(a * b[0] - b * a[0]) > most)


def _may_be_alike(a: Array, b: Array) -> bool:
    """Whether the first numbers are near, transposed or not: a look that costs little."""
    if not a.size:
        return True
    x, y = a.item(0), b.item(0)
    return isinf(x) or abs(x - y) <= 2 * (_LEAST + _NEAR * abs(y))


def _alike(a: Array, b: Array) -> bool:
    return bool(np.allclose(a, b, rtol=_NEAR, atol=_LEAST))


def _differs_at_h(activation: Activation) -> bool:
    """Whether the slope follows from h by another formula than from z, as not for ReLU."""
    some = np.linspace(-2, 2, 9)
    return not np.array_equal(activation.slope_from(some), activation.derivative(some))


# What the derivative of an activation is taken for when it is taken at the wrong quantity.
_FROM_H = [a.slope_from for a in ACTIVATIONS.values() if _differs_at_h(a)]
FALSE_SLOPES: dict[Kind, list[tuple[Kind, Callable[[Array], Any]]]] = {
    Kind.ACTIVATION: [
        *((Kind.PRODUCT_OF_ACTIVATION, slope) for slope in _FROM_H),
        *((Kind.SLOPE_OF_ACTIVATION, a.derivative) for a in ACTIVATIONS.values()),
    ],
    Kind.PREACTIVATION: [(Kind.PRODUCT_OF_PREACTIVATION, slope) for slope in _FROM_H],
}
