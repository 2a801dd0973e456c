"""Where a gradient goes wrong on its way through several operations that belong together.

What goes back through a normalisation is a sum of several parts, each computed in a line or two. A
part is right if it is what comes back by one use of something on the way forward. What is computed
from right parts, and is none itself, is the stretch in which the mistake stands. The change of one
of its operations after which its result is right says which it is.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from typing import NamedTuple

import numpy as np

from chainrule.checking.record._search.mending import Change, What, variants
from chainrule.checking.record._search.naming import Name
from chainrule.checking.record._search.parts import Parts, alike
from chainrule.checking.record._search.quantities import Kind, Quantities, identify
from chainrule.checking.record._steps.factors import common, factor, same_factor
from chainrule.checking.record._steps.flow import Operand
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.operands import operands
from chainrule.checking.record._steps.replay import Edit, Replay, constantly, instead
from chainrule.checking.record._steps.spots import named_frame
from chainrule.checking.record._steps.steps import Group, way_to
from chainrule.checking.record._tape.operations import PRODUCTS, Array, compute

_MOST_OPERATIONS, _MOST_TAINTED, _MOST_FORWARD = 40, 200, 150
_MOST_FACTORS, _MOST_ENDS, _MOST_GROUPS = 60, 60, 2
_PRODUCTS = frozenset([*PRODUCTS, "einsum", "tensordot"])
_IDEA = "of the parts that are computed here one is not what the chain rule gives"

_MANY = Name("", "a factor of this is too many", _IDEA)
_LACKS = Name("", "what went forward is a factor that is missing here", _IDEA)
_DIVIDED = Name("", "this has a factor too many of what went forward", _IDEA)
_OTHER = Name("", "something else that went forward belongs here", _IDEA)

# What is done with one of the arrays that go in.
_Turn = Callable[[int, Array], Array]


class Slip(NamedTuple):
    """A mistake in a stretch.

    Attributes:
        change: that puts the right result at its end, or at the operation that lacks a part.
        number: of the operation that is wrong.
        name: what is wrong there; None if that is not known.
    """

    change: Change
    number: int
    name: Name | None


class _Stretch(NamedTuple):
    """What a wrong result is computed by.

    Attributes:
        numbers: of its operations, in their order.
        into: what right parts of gradients go in.
        moving: these, and the operations that depend on them.
    """

    numbers: list[int]
    into: set[int]
    moving: set[int]


class Within:
    """Looks into the stretch that a wrong result comes from."""

    def __init__(self, judged: Judgement, quantities: Quantities, replay: Replay) -> None:
        self._judged, self._runs = judged, judged.runs
        self._quantities, self._replay = quantities, replay
        self._parts = Parts(judged, quantities)

    def slip(self, changes: Sequence[Change]) -> Slip | None:
        """The first mistake, if it stands in one stretch of one function.

        Args:
            changes: that mend other mistakes, which are not to be looked for here.
        """
        judged = self._judged
        if len(self._quantities.forward) > _MOST_FORWARD:
            return None
        scale = self._scale()
        others = {n for change in changes for n in change.edits}
        if scale is None:
            return None
        for group in sorted(judged.wrong, key=self._length)[:_MOST_GROUPS]:
            given = self._entry(group)
            tainted, _ = self._back(given, scale)
            if not others & tainted and len(tainted) <= _MOST_TAINTED:
                new = self._at_end(group, tainted, scale)
                stretch = None if new is None else self._stretch(new.number, scale)
                if (
                    new is not None
                    and stretch is not None
                    and self._is_linear(stretch, new.number)
                ):
                    found = self._mended(stretch, new)
                    return found or Slip(new, self._sum(stretch, new.number), None)
        return None

    def _length(self, group: Group) -> int:
        return self._runs.before(group.numbers).bit_count()

    def _entry(self, group: Group) -> set[int]:
        """The operations that gave what a group changes by."""
        entry = self._judged.entries.get(group.number)
        into = [entry] if entry else map(self._runs.change, group.numbers)
        return set().union(*map(self._runs.given, into))

    def _scale(self) -> float | None:
        """What the gradients of layers are multiplied by, most of them."""
        runs = self._runs
        known = [q for q in self._quantities.all
                 if q.kind in (Kind.BY_ACTIVATION, Kind.BY_PREACTIVATION)]  # fmt: skip
        back = (n for n in way_to(runs, self._judged.groups) if not self._quantities.mask >> n & 1)
        numbers = [n for n in back if runs.operation(n).size > 1]
        found = (identify(runs.results(n), known) for n in numbers[:_MOST_TAINTED])
        return common([scale for stands, scale in found if stands in known])

    def _at_end(self, group: Group, tainted: Set[int], scale: float) -> Change | None:
        """The last wrong result that a group is right after, if it is the right gradient."""
        runs = self._runs
        known = [q for q in (*self._quantities.all, *self._quantities.between)
                 if q.kind.is_gradient and q.kind is not Kind.BY_PARAMETER]  # fmt: skip
        products = {n for n in tainted if runs.operation(n).name in _PRODUCTS}
        mask, tried = sum(1 << n for n in products), 0
        for number in sorted(tainted, reverse=True):
            if runs.ancestors[number] & mask or {*runs.users[number]} & tainted - products:
                continue
            for quantity in known:
                for values in variants(quantity, runs.operation(number).shape, False):
                    edits = {number: constantly([scale * v for v in values])}
                    tried += 1
                    if tried <= _MOST_ENDS and self._is_right_after(edits, group):
                        return Change(number, What.RESULT, 4, edits, None, quantity)
        return None

    def _is_right_after(self, edits: Mapping[int, Edit], group: Group) -> bool:
        judged = self._judged
        changes = self._replay.changes(edits, [group])[group.number]
        c = factor(changes, judged.gradients[group.number])
        return c is not None and (same_factor(c, judged.factor) if judged.factor else c > 0)

    def _is_linear(self, stretch: _Stretch, end: int) -> bool:
        """Whether a result has all that comes in as a factor: no other loss comes in beside it."""
        entering = [o for n in stretch.numbers for o in operands(self._runs, n)
                    if self._runs.given(o) & stretch.into]  # fmt: skip
        twice = self._replay.result(self._at(entering, _times_number(2.0)), end)
        return alike(twice, [2 * v for v in self._runs.results(end)])

    def _back(self, waiting: Set[int], scale: float) -> tuple[set[int], set[int]]:
        """The operations that some come from, back to right parts; and the right parts."""
        runs, forward = self._runs, self._quantities.forward
        found, into, todo = set[int](), set[int](), list(waiting)
        while todo:
            number = todo.pop()
            if number in found | into | forward | runs.barrier or not runs.depends[number]:
                continue
            if self._parts.is_forward(number):
                continue
            if self._parts.is_part(number, scale):
                into.add(number)
                continue
            found.add(number)
            todo += set().union(*runs.sources[number])
        return found, into

    def _stretch(self, end: int, scale: float) -> _Stretch | None:
        """The operations from right parts on to a wrong result; None if of no one function."""
        runs = self._runs
        home = named_frame(runs.code(end)).home
        found, into = self._back({end}, scale)
        moving = set(into)
        for number in sorted(found):
            if any(given & moving for given in runs.sources[number]):
                moving.add(number)
        # What is kept for the way back may be computed on the way forward.
        whole = all(any(code.home == home for code in runs.code(n)) for n in found & moving)
        if not (whole and into and found and len(found) <= _MOST_OPERATIONS):
            return None
        return _Stretch(sorted(found), into, moving)

    def _sum(self, stretch: _Stretch, end: int) -> int:
        """The sum whose multiple a result is; the result itself if it is none."""
        runs, number = self._runs, end
        while runs.operation(number).name in ("multiply", "divide"):
            given = [g & stretch.moving for g in runs.sources[number]]
            if sum(map(len, given)) != 1 or given[0] | given[-1] <= stretch.into:
                return end
            number = max(given[0] | given[-1])
        return number if runs.operation(number).name in ("add", "subtract") else end

    def _mended(self, stretch: _Stretch, change: Change) -> Slip | None:
        """The first single change in a stretch after which its result is right."""
        due = [change.edits[change.number](run, []) for run in range(len(self._runs))]
        for number, edits, name in self._ways(stretch, change.number):
            try:
                now = self._replay.result(edits, change.number)
            except (ValueError, IndexError):
                continue
            if alike(now, due):
                return Slip(change, number, name)
        return None

    def _ways(self, stretch: _Stretch, end: int) -> Iterator[tuple[int, Mapping[int, Edit], Name]]:
        runs = self._runs
        places = [operand for n in stretch.numbers for operand in operands(runs, n)]
        # All that comes in may lack a parameter that scales what went forward.
        entering = [o for o in places if runs.given(o) & stretch.into]
        for values in self._parameters():
            yield entering[0].number, self._at(entering, _times(values, divides=False)), _LACKS
        turns = list(self._turns(stretch))
        for number in stretch.numbers:
            operation = runs.operation(number)
            for edit, name in _forms(operation.name, operation.settings):
                yield number, {number: edit}, name
            for operand in operands(runs, number):
                for other in self._instead(operand):
                    yield number, {number: instead(runs, operand, other)}, _OTHER
                for turn, name in turns:
                    yield number, {number: self._turned(number, {operand.place}, turn)}, name
        for turn, name in turns:
            yield end, {end: self._turned_result(end, turn)}, name

    def _parameters(self) -> list[list[Array]]:
        """The parameters that scale what goes forward, number by number."""
        runs, found = self._runs, dict[bytes, list[Array]]()
        for number in sorted(self._quantities.forward):
            for operand in operands(runs, number):
                given = runs.given(operand)
                if runs.operation(number).name == "multiply" and given and given <= runs.barrier:
                    values = runs.values(operand)
                    found.setdefault(values[0].tobytes(), values)
        return list(found.values())

    def _instead(self, operand: Operand) -> Iterator[Sequence[Array]]:
        """What else went forward, where an operand did."""
        runs = self._runs
        given = runs.given(operand)
        if given and given <= self._quantities.forward:
            shape = runs.ids(0, operand).shape
            yield from (v for v in self._parts.forward[:_MOST_FACTORS] if v[0].shape == shape)

    def _at(self, some: Sequence[Operand], turn: _Turn) -> dict[int, Edit]:
        """What turns some of what goes into operations."""
        places: dict[int, set[int]] = {}
        for operand in some:
            places.setdefault(operand.number, set()).add(operand.place)
        return {number: self._turned(number, of, turn) for number, of in places.items()}

    def _turned(self, number: int, places: Set[int], turn: _Turn) -> Edit:
        operation = self._runs.operation(number)

        def edit(run: int, arrays: list[Array]) -> Array:
            given = [turn(run, a) if i in places else a for i, a in enumerate(arrays)]
            return compute(operation.name, given, operation.settings)

        return edit

    def _turned_result(self, number: int, turn: _Turn) -> Edit:
        of = self._turned(number, frozenset(), turn)
        return lambda run, arrays: turn(run, of(run, arrays))

    def _turns(self, stretch: _Stretch) -> Iterator[tuple[_Turn, Name]]:
        """Factors that may be missing, or too many: of the shapes, or what goes forward."""
        sizes = {side for n in stretch.numbers for ids in self._runs.operation(n).ids
                 for side in ids.shape if side > 1}  # fmt: skip
        for c in (-1.0, 2.0, 0.5, *(float(s) for s in sizes), *(1 / s for s in sizes)):
            what = "has the wrong sign" if c < 0 else f"is {1 / c:.4g} times what it should be"
            yield _times_number(c), Name("", f"a part of this {what}", _IDEA)
        for values in self._parts.forward[:_MOST_FACTORS]:
            for divides in (False, True):
                yield _times(values, divides), _DIVIDED if divides else _LACKS


def _times_number(c: float) -> _Turn:
    return lambda _run, array: c * array


def _times(values: Sequence[Array], divides: bool) -> _Turn:
    def turn(run: int, array: Array) -> Array:
        v = values[run]
        if np.broadcast_shapes(v.shape, array.shape) != array.shape:
            raise ValueError("shapes that do not fit")
        with np.errstate(all="ignore"):
            return np.asarray(array / v if divides else array * v)

    return turn


def _forms(name: str, settings: Mapping[str, object]) -> Iterator[tuple[Edit, Name]]:
    """Another operation in the place of one."""
    if name in ("multiply", "divide", "square", "power"):
        yield _first, _MANY
    if name == "multiply":
        yield _second, _MANY
    other = {"add": "subtract", "subtract": "add"}.get(name)
    if other:
        yield (
            lambda _run, arrays: compute(other, arrays, settings),
            Name("", "a plus stands where a minus belongs, or a minus in place of a plus", _IDEA),
        )


def _first(_run: int, arrays: list[Array]) -> Array:
    return arrays[0]


def _second(_run: int, arrays: list[Array]) -> Array:
    return arrays[1]
