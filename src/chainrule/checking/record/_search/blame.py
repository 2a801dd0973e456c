"""The first wrong operation: the fewest changes after which all parameters go down on the loss."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, islice

import numpy as np

from chainrule.checking.record._search.causes import Causes
from chainrule.checking.record._search.changes import Changes
from chainrule.checking.record._search.false_slopes import as_false_slope
from chainrule.checking.record._search.mending import Change, What, variants
from chainrule.checking.record._search.quantities import Kind, Quantities, Quantity, identify
from chainrule.checking.record._search.within import Within
from chainrule.checking.record._steps.factors import common, factor, same_factor
from chainrule.checking.record._steps.flow import Operand, members
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.operands import operands
from chainrule.checking.record._steps.replay import Edit, Replay, both
from chainrule.checking.record._steps.steps import Group
from chainrule.checking.record._tape.operations import Array
from chainrule.checking.record.table import Code

MOST_MISTAKES = 4
MOST_TRIED = 1_500
_LONG = 300  # operations that lead to a group: each try takes long
_MORE = 200  # ways that are then tried after one that mends all
_MOST_PAIRED, _MOST_PAIRED_OF = 30, 4 * MOST_TRIED
_LEAST_STEPPED = 16
_MOST_STEPS = 3


_Best = tuple[tuple[float, ...], list[Change], set[int], dict[int, float | None]]


@dataclass(frozen=True)
class Explanation:
    """What mends a step.

    Attributes:
        changes: in the order in which they were found: nearest to the output first.
        left: groups that are still wrong after them.
        layers: of the network.
    """

    changes: tuple[Change, ...]
    left: tuple[Group, ...]
    layers: int


class Search:
    """Looks for the changes that mend a step.

    Attributes:
        causes: tells what is wrong by itself.
        within: looks for what is wrong in several operations that belong together.
    """

    def __init__(self, judged: Judgement) -> None:
        self._judged, self._runs = judged, judged.runs
        self._quantities = Quantities(judged)
        self._changes = Changes(judged, self._quantities)
        self._replay = Replay(judged.runs, judged.entries)
        self.causes = Causes(judged, self._quantities, self._replay)
        self.within = Within(judged, self._quantities, self._replay)
        self._common = judged.factor or self._common_at_entries()
        self._tried = 0
        self._found: list[Change] = []

    def explanation(self) -> Explanation:
        """The fewest changes: the loss may have the penalties of what is wrong, or not."""
        judged, before = self._judged, self._common
        first = self._explained(judged.edits)
        known = [one.what is not What.RESULT for one in first.changes] == [True]
        if judged.edits == judged.edits_of_right or (not first.left and known):
            return first
        self._common, self._tried = before, 0
        other = self._explained(judged.edits_of_right)
        return min(first, other, key=lambda one: (
            len(one.left), len(one.changes), sum(c.what is What.RESULT for c in one.changes)
        ))  # fmt: skip

    def _explained(self, base: Mapping[int, Edit]) -> Explanation:
        """The changes found one after the other."""
        judged = self._judged
        edits: dict[int, Edit] = dict(base)
        right = set(judged.right)
        found = self._found = list[Change]()
        while len(found) < MOST_MISTAKES:
            wrong = sorted(
                (g for g in judged.groups if g.number not in right),
                key=lambda g: (self._length(g), g.number),
            )
            best = self._best(wrong, right, edits) if wrong else None
            if best is None:
                break
            changes, right, factors = best
            if self._common is None or not judged.right:
                self._common = common([factors[n] for n in right]) or self._common
            for change in changes:
                edits.update(change.edits)
                found.append(as_false_slope(self._runs, self._quantities, change))
        left = tuple(g for g in judged.groups if g.number not in right)
        return Explanation(tuple(found), left, self._quantities.layers)

    def _common_at_entries(self) -> float | None:
        """What gradients are multiplied by that go into steps which divide them by a root."""
        adaptive = [g for g in self._judged.groups if g.number in self._judged.adaptive]
        changes = self._replay.changes({}, adaptive)
        return common(list(self._judged.factors_of(changes).values()))

    def _length(self, group: Group) -> float:
        """How many operations of the backward pass lead to a group."""
        masks = [self._runs.before([n]) for n in group.numbers]
        return sum((m & ~self._quantities.mask).bit_count() for m in masks) / len(masks)

    def _state(
        self, edits: Mapping[int, Edit], right: set[int]
    ) -> tuple[set[int], dict[int, float | None]]:
        """Which groups are right after some changes, and the factor of each."""
        changes = self._replay.changes(edits, self._judged.groups)
        found = self._judged.factors_of(changes)
        chosen = self._common if right else common(list(found.values()))
        factors = self._judged.as_usual(found, chosen)
        now = {
            n for n, c in factors.items()
            if c is not None and chosen is not None and same_factor(c, chosen)
        }  # fmt: skip
        now |= {
            n for n in self._judged.right - now
            if all(np.array_equal(a, b)
                   for a, b in zip(changes[n], self._judged.changes[n], strict=True))
        }  # fmt: skip
        return now, factors

    def _fits(self, edits: Mapping[int, Edit], target: Group) -> float | None:
        """The factor of one group after some changes; None if it is still wrong."""
        gradients = self._judged.gradients[target.number]
        tells, c, changes = False, None, list[Array]()
        for found, gradient in zip(self._replay.each(edits, [target]), gradients, strict=True):
            changes.append(found[target.number])
            tells = tells or bool(np.any(gradient))
            if tells:  # most do not fit in the first run already, and numbers in the second
                c = factor(changes, gradients[: len(changes)])
                if c is None:
                    return None
        return c

    def _best(
        self, wrong: Sequence[Group], right: set[int], edits: Mapping[int, Edit]
    ) -> tuple[list[Change], set[int], dict[int, float | None]] | None:
        """The change that mends most, of those at the wrong groups nearest to the output."""
        kept = self._runs.before(n for g in self._judged.groups if g.number in right
                                 for n in g.numbers)  # fmt: skip
        for target in wrong[:3]:
            path = self._changes.path(target)
            best = self._of_path(path, target, right, edits, kept)
            own = [number for number in path if not kept >> number & 1]
            spent = self._tried > MOST_TRIED and not self._judged.step.memory
            if best is None and spent and 0 < len(own) < len(path):
                # Of a deep network not all can be tried: what only this goes through can.
                self._tried = 0
                best = self._of_path(own, target, right, edits, kept)
            if best is None or best[1][0].what is What.RESULT:
                paired = self._pair(path, right, edits, target)
                if paired is not None:
                    return paired
            if best is not None:
                return best[1:]
        return None

    def _of_path(
        self,
        path: Sequence[int],
        target: Group,
        right: set[int],
        edits: Mapping[int, Edit],
        kept: int,
    ) -> _Best | None:
        """The change on a path that mends most, and how much."""
        best: _Best | None = None
        known: dict[int, Change] = {}
        most, all_groups = MOST_TRIED, len(self._judged.groups)
        for given in self._changes.on(path, edits):
            change = given
            self._tried += 1
            if self._tried > most:
                break
            try:
                c = self._fits({**edits, **change.edits}, target)
                c = self._judged.as_usual({target.number: c}, self._common)[target.number]
                if c is None:
                    continue
                if right and self._common and not same_factor(c, self._common):
                    if not _may_be_scaled(change):
                        continue
                    change = _scaled(change, self._common / c)
                now, factors = self._state({**edits, **change.edits}, right)
            except (ValueError, IndexError):
                continue
            if not right <= now or target.number not in now:
                continue
            if change.before is not None and change.what is What.REPLACED:
                known.setdefault(change.number, change)
            down = (factors[target.number] or 0) > 0
            late = -change.number if change.what is What.RESULT else -len(change.edits)
            # What right gradients go through, too, may bear a mask twice: it is not to blame.
            alone = not kept >> change.number & 1
            weight = (len(now), down, alone, -self._rank(change), late)
            if len(path) > _LONG and len(now) == all_groups:
                most = min(most, self._tried + _MORE)
            if best is None or weight > best[0]:
                best = (weight, [change], now, factors)
        if best is not None and best[1][0].what is What.RESULT:
            (result,) = best[1]  # where what stands for another mends this one, it tells more
            best[1][0] = replace(known.get(result.number, result), edits=result.edits)
        return best

    def _rank(self, change: Change) -> float:
        """How far a change is from what stands there: what mended the same code does elsewhere."""
        code = self._runs.code(change.number)[:1]
        alike = change.what is not What.RESULT and any(
            self._runs.code(one.number)[:1] == code
            and (one.what, one.after and one.after.kind)
            == (change.what, change.after and change.after.kind)
            for one in self._found
        )
        return 0 if alike else change.rank

    def _pair(
        self, path: Sequence[int], right: set[int], edits: Mapping[int, Edit], target: Group
    ) -> tuple[list[Change], set[int], dict[int, float | None]] | None:
        """Two derivatives that are missing at once, or one that is wrong at several places."""
        some = islice(self._changes.on(path, edits), _MOST_PAIRED_OF)
        likely = [c for c in some if c.rank <= 1]
        steps = [
            c for c in likely
            if c.what in (What.SLOPE_ADDED, What.STALE)
            or (c.after is not None and c.after.kind.is_gradient)
        ][:_MOST_PAIRED]  # fmt: skip
        for several in (*_alike_at_several_places(likely), *combinations(steps, 2)):
            mended = _together(several)
            if mended is None:
                continue
            together = {**edits, **mended}
            try:
                if self._fits(together, target) is None:
                    continue
                now, factors = self._state(together, right)
            except (ValueError, IndexError):
                continue
            if target.number in now and right <= now:
                changes = [replace(c, edits={n: mended[n] for n in c.edits}) for c in several]
                return changes, now, factors
        return None

    def stands(self, operand: Operand) -> Quantity | None:
        """The right quantity that goes into an operation; None if it is none."""
        return self._changes.identified(operand)[0]

    @property
    def forward(self) -> frozenset[int]:
        """The operations of the forward pass."""
        return frozenset(self._quantities.forward)

    def steps_with(self, operand: Operand, layer: int) -> bool:
        """Whether it is a function of a layer's pre-activation or activation that has few steps.

        What a comparison gives is not computed of what it compares: only the numbers tell.
        """
        seen = np.concatenate([v.ravel() for v in self._runs.values(operand)])
        shape = self._runs.ids(0, operand).shape
        return seen.size >= _LEAST_STEPPED and any(
            np.count_nonzero(
                np.diff(seen[np.argsort(np.concatenate([v.ravel() for v in values]))])
            )
            <= _MOST_STEPS
            for kind in (Kind.PREACTIVATION, Kind.ACTIVATION)
            for quantity in self._quantities.of(kind, layer)
            for values in variants(quantity, shape, False)
        )

    def reads_gradient(self, number: int) -> bool:
        """Whether a right gradient goes into an operation."""
        known = map(self.stands, operands(self._runs, number))
        return any(q is not None and q.kind.is_gradient for q in known)

    def masks_rightly(self, code: Code) -> bool:
        """Whether a mask that stands there leaves a right gradient, elsewhere in the step."""
        runs = self._runs
        return any(
            runs.code(mask)[:1] == (code,) and self._changes.masks.is_rightly_masked(operand)
            for number in members(self._judged.step.mask)
            for operand in operands(runs, number)
            if (mask := self._changes.masks.mask_at(operand))
        )

    def is_wrong_at(self, number: int) -> bool:
        """Whether what goes into an operation is right, and no right gradient comes out."""
        known = [*self._quantities.all, *self._quantities.between]
        stands = identify(self._runs.results(number), known)[0]
        right = stands is not None and stands.kind.is_gradient
        return not right and self.causes.goes_wrong_at([number], {})


def _alike_at_several_places(likely: Sequence[Change]) -> Iterator[tuple[Change, ...]]:
    """What is taken for a slope, and is none, everywhere: several layers may call one function."""
    found: dict[Kind, dict[int, Change]] = {}
    for change in likely:
        before, after = change.before, change.after
        if (
            before and after
            and before.kind.is_false_slope and after.kind is Kind.SLOPE
            and before.layer == after.layer
        ):  # fmt: skip
            found.setdefault(before.kind, {}).setdefault(change.number, change)
    return (tuple(some.values()) for some in found.values() if 1 < len(some) <= MOST_MISTAKES)


def _together(several: Sequence[Change]) -> dict[int, Edit] | None:
    """The edits of several changes; None if two are of the same, and are not to be had at once."""
    found: dict[int, Edit] = {}
    for change in several:
        for number, edit in change.edits.items():
            one = both(found[number], edit) if number in found else edit
            if one is None:
                return None
            found[number] = one
    return found


def _may_be_scaled(change: Change) -> bool:
    """Whether what belongs there may be it times a constant: a mask, or a gradient of its own."""
    before, after = change.before, change.after
    if change.what in (What.RESULT, What.MASK) or (after and after.kind is Kind.MASK):
        return True
    return bool(before and after and after.kind.is_gradient and before.kind is Kind.ACTIVATION)


def _scaled(change: Change, c: float) -> Change:
    def scaled(edit: Edit) -> Edit:
        return lambda run, arrays: c * edit(run, arrays)

    return replace(change, edits={number: scaled(edit) for number, edit in change.edits.items()})
