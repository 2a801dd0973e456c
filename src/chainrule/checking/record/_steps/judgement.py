"""Which parameters go down on a loss: a change is right if it is a constant times the gradient."""

import math
from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

from chainrule.checking.record._steps.adjoint import Adjoint, adjoint, in_each_run
from chainrule.checking.record._steps.clips import Clips, clipped_errors, clips_of
from chainrule.checking.record._steps.decay import Decay, Penalties, others_than_penalties
from chainrule.checking.record._steps.factors import NOISE, common, factor, largest_of, same_factor
from chainrule.checking.record._steps.flow import Operand, members
from chainrule.checking.record._steps.losses import Loss
from chainrule.checking.record._steps.operands import moving
from chainrule.checking.record._steps.replay import Edit
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._steps.steps import Group, Step
from chainrule.checking.record._steps.unjudged import NotJudgedError, RoundingError
from chainrule.checking.record._steps.way import Way
from chainrule.checking.record._tape.operations import Array

_ROUNDING = 1e-14  # of the derivative of a loss by itself


class Judgement:
    """The parameters of a step under one loss.

    Attributes:
        runs: the record.
        step: that is judged.
        loss: that it is judged by.
        adjoints: its derivatives, for each run.
        groups: the parameters that the loss depends on.
        changes: of each, by its number, but for what clips the gradient of one that is not right.
        factors: for each, by its number, the constant c of `factor`.
        clips: how gradients are clipped, of those that are not right with that.
        decayed: those that are right but for a penalty of weights, which is added.
        decays: penalties that are left out of the changes of some, by number.
        edits: what leaves them out.
        factor: the constant that the right ones have in common.
        adaptive: numbers of the groups whose right gradient is then divided by a root.
        joined: numbers of those whose right gradient more of the same step is added to.
        right: numbers of the groups that are right.
    """

    def __init__(self, runs: Runs, step: Step, loss: Loss, penalties: Penalties) -> None:
        self.runs, self.step, self.loss = runs, step, loss
        self.adjoints = [runs.adjoint(r, loss.seeds[r]) for r in range(len(runs))]
        if any(a.opaque for a in self.adjoints):
            number = min(n for a in self.adjoints for n in a.opaque)
            name = runs.operation(number).settings.get("function", "")
            raise NotJudgedError(f"it uses {name}, which has no derivative here")
        right = {g.number: g.right(self.adjoints) for g in step.groups}
        if not all(np.isfinite(a).all() for each in right.values() for a in each):
            raise RoundingError("numbers become too large in it for a gradient to be known")
        largest = {number: largest_of(each) for number, each in right.items()}
        least = NOISE * max(largest.values())
        if loss.computed is not None:  # else every group of one that is constant is left
            least = max(least, _ROUNDING * max(np.abs(g).max() for _, g in loss.seeds[0]))
        self.groups = [g for g in step.groups if largest[g.number] > least]
        self.changes = {g.number: g.changes() for g in self.groups}
        self.gradients = {g.number: right[g.number] for g in self.groups}
        self._way = Way(runs, step, self.gradients)
        self.factors = self.factors_of(self.changes)
        self.decays: dict[int, Decay] = {}
        self.decayed: set[int] = set()
        unknown = [g for g in self.groups if self.factors[g.number] is None]
        self.clips = self._left_clips_out(unknown, penalties)
        unknown = [g for g in self.groups if self.factors[g.number] is None]
        others = others_than_penalties(runs, self.adjoints[0].reached) if unknown else 0
        for group in unknown:
            self._leave_decay_out(group, penalties, others)
        self.joined = set[int]()
        self.adaptive = {g.number for g in self.groups if self._is_adaptive(g)}
        self._unclipped = {
            number: edit for n, edits in self.clips.edits.items() if n not in self.adaptive
            for number, edit in edits.items()
        }  # fmt: skip
        self.edits = self._unclipped | {
            number: edit for n, one in self.decays.items() if n not in self.adaptive
            for number, edit in one.edits.items()
        }  # fmt: skip
        up = {g.number for g in self.groups if g.number in self.adaptive and self._goes_up(g)}
        if up != self.adaptive:
            self.adaptive -= up
        exact = [self.factors[g.number] for g in self.groups if self._is_exact(g)]
        known = [c for n, c in self.factors.items() if n not in self.clips.lengths]
        self.factor = common(exact) or common(known) or common(list(self.factors.values()))
        self.factors = self.as_usual(self.factors, self.factor)
        if up and up == self.adaptive and self.factor is None:
            self.factor = -1.0
        self.right = self.adaptive | {
            n for n, c in self.factors.items()
            if c is not None and self.factor is not None and same_factor(c, self.factor)
        }  # fmt: skip

    def _left_clips_out(self, groups: Sequence[Group], penalties: Penalties) -> Clips:
        """Take the changes of arrays as they were before their gradients were clipped."""
        if not groups:
            return Clips({}, frozenset())
        found = clips_of(self.runs, self.step.groups)
        errors = clipped_errors(self.runs, self.step.mask, self.adjoints, penalties.replay)
        edits: dict[int, Mapping[int, Edit]] = {}
        for group in groups:
            number = group.number
            some = {**errors, **found.edits.get(number, {})}
            if some and len(group.numbers) == 1:
                edits[number] = some
                changes = penalties.replay.changes(some, [group])[number]
                self.changes[number] = changes
                self.factors[number] = factor(changes, self.gradients[number])
        return Clips(edits, found.lengths & edits.keys())

    def as_usual(
        self, factors: Mapping[int, float | None], usual: float | None
    ) -> dict[int, float | None]:
        """Factors, those of arrays that are brought to lengths of their own as the usual one."""
        return {
            n: c if c is None or usual is None or n not in self.clips.lengths
            else math.copysign(usual, c)
            for n, c in factors.items()
        }  # fmt: skip

    def _leave_decay_out(self, group: Group, penalties: Penalties, others: int) -> None:
        """Look whether an array changes along its gradient but for penalties of weights."""
        try:
            one = penalties.of(group, others, self.clips.edits.get(group.number, {}))
        except ValueError:
            return
        if one is None:
            return
        self.decays[group.number] = one
        c = factor(one.without, self.gradients[group.number])
        if c is not None:
            self.factors[group.number] = c
            self.decayed.add(group.number)

    def factors_of(self, changes: Mapping[int, Sequence[Array]]) -> dict[int, float | None]:
        """Of which constant times their gradients groups have changes, by their numbers."""
        return {number: factor(some, self.gradients[number]) for number, some in changes.items()}

    def by(self, number: int) -> list[Array]:
        """The derivative of the loss by what an operation gave, in each run. Shapes: as that."""
        return in_each_run(self.adjoints, self.runs.tables, number)

    @cached_property
    def whole(self) -> list[Adjoint]:
        """Its derivatives by what no parameter goes into, too, for each run."""
        runs = self.runs
        return [
            adjoint(table, seeds, runs.barrier.__contains__)
            for table, seeds in zip(runs.tables, self.loss.seeds, strict=True)
        ]

    @property
    def edits_of_right(self) -> dict[int, Edit]:
        """The edits that leave penalties out of the changes of what is right without them.

        What clips gradients is left out of all.
        """
        return self._unclipped | {
            number: edit for n in self.decayed - self.adaptive
            for number, edit in self.decays[n].edits.items()
        }  # fmt: skip

    @property
    def is_clipped(self) -> bool:
        """Whether the gradient of something that is right is clipped on the way to its step."""
        return bool(self.clips.edits.keys() & self.right - self.adaptive)

    @property
    def wrong(self) -> list[Group]:
        """The groups that are not right."""
        return [g for g in self.groups if g.number not in self.right]

    @property
    def lost(self) -> list[Group]:
        """Right new values that are kept nowhere."""
        return [
            g for g in self.step.lost
            if factor(g.changes(), g.right(self.adjoints)) is not None
        ]  # fmt: skip

    def _is_adaptive(self, group: Group) -> bool:
        """Whether a gradient that is right is then divided by a root, as Adam and others do."""
        if self.factors[group.number] is not None or len(group.numbers) != 1:
            return False
        others = [n for g in self.step.groups if g is not group for n in g.numbers]
        elsewhere = self.runs.before(others)  # a length of all gradients is no root of this one
        if not any(self._way.is_root(n) and not elsewhere >> n & 1 for n in self._way.path(group)):
            return False
        at = self.gradient_at(group)
        goes_along = [n for n in self._way.outside_roots(group) if self._way.is_gradient(group, n)]
        if at is None or not goes_along or self._way.meets_parameter(group, at):
            return False
        if self._way.is_added_to(group, max(goes_along)):
            self.joined.add(group.number)
            return False
        return True

    def _goes_up(self, group: Group) -> bool:
        """Whether each number goes along its gradient, and not against it."""
        both = zip(self.changes[group.number], self.gradients[group.number], strict=True)
        products = np.concatenate([change * gradient for change, gradient in both])
        return group.number not in self.decays and bool(np.all(products >= 0) and products.any())

    def gradient_at(self, group: Group) -> int | None:
        """The first operation that gives the right gradient of an array, up to a factor."""
        return self._way.gradient_at(group)

    @cached_property
    def entries(self) -> dict[int, Operand]:
        """Where gradients go into steps that divide them by a root, by the numbers of the groups.

        What is wrong there is found by the way from the change to the gradient of what is right.
        """
        ways: list[tuple[tuple[str, int], ...]] = []
        for group in self.groups:
            if group.number in self.adaptive:
                last = self.gradient_at(group)
                if last is not None:
                    ways += self._way.ways_to(self.runs.change(group.number), last)
        found: dict[int, Operand] = {}
        for group in self.groups:
            if len(group.numbers) > 1 or self.factors[group.number] is not None:
                continue
            for way in ways:
                entry = self._way.followed(self.runs.change(group.number), way)
                if entry is not None:
                    found[group.number] = entry
                    break
        return found

    def _is_exact(self, group: Group) -> bool:
        """Whether the learning rate multiplies the gradient of the computed loss itself."""
        if self.loss.computed is None or self.factors[group.number] is None:
            return False
        given = list(self.runs.given(self.runs.change(group.number)))
        if len(given) != 1 or self.runs.operation(given[0]).name != "multiply":
            return False
        along = moving(self.runs, given[0])
        if len(along) != 1:
            return False
        values = self.runs.values(along[0])
        if values[0].size != self.changes[group.number][0].size:
            return False
        c = factor(values, self.gradients[group.number])
        return c is not None and same_factor(abs(c), 1)

    @property
    def along_in_each_run(self) -> bool:
        """Whether all arrays go down along their gradients, by a rate of each run's own.

        A single number goes along any gradient. It does not go by a rate of each run's own where
        the others go by one that is the same in all. What the step itself is computed from, as
        `1 - y` of a slope, is no loss that tells of that: with one output everything is along it.
        """
        computed = self.loss.computed
        if computed is not None and self.runs.before(self.step.numbers) >> computed & 1:
            return False
        rates = self._rates([g for g in self.groups if self.changes[g.number][0].size > 1])
        return bool(rates) and not all(same_factor(rate, rates[0]) for rate in rates)

    @property
    def all_along_in_each_run(self) -> bool:
        """The same of single numbers, too: by the rate of the arrays in each run."""
        return self.along_in_each_run and bool(self._rates(self.groups))

    def _rates(self, groups: Sequence[Group]) -> list[float]:
        """The rate of each run, if all of these go down by it; none if they do not."""
        firsts: list[float] = []
        for run in range(len(self.runs)):
            rates = [
                factor([self.changes[g.number][run]], [self.gradients[g.number][run]])
                for g in groups
            ]
            first = rates[0] if rates else None
            if first is None or first < 0:
                return []
            if not all(rate is not None and same_factor(rate, first) for rate in rates):
                return []
            firsts.append(first)
        return firsts

    @cached_property
    def is_of_later_steps(self) -> bool:
        """Whether the loss goes back through a later forward pass, which begins with this one's.

        So do the states of a recurrent network, whose gradient ends where a step does.
        """
        runs = self.runs
        own = self.step.mask & ~runs.barrier_mask
        after = sum(1 << n for n in self.step.numbers)
        return any(
            n > self.step.last
            and runs.operation(n).size > 1
            and runs.ancestors[n] & own
            and runs.ancestors[n] & after
            for n in self.adjoints[0].reached
        )

    @cached_property
    def matches(self) -> int:
        """How many quantities of the backward pass are a right gradient, up to a factor."""
        return sum(
            self.is_right_gradient(n) for n in members(self.step.mask) if n not in self._reached
        )

    def is_right_gradient(self, number: int) -> bool:
        """Whether an operation gives a right gradient of anything, up to order and a factor."""
        return self._signature(self.runs.results(number)) in self._right_gradients

    @cached_property
    def _reached(self) -> frozenset[int]:
        return frozenset.intersection(*(a.reached for a in self.adjoints))

    @cached_property
    def _right_gradients(self) -> set[tuple[float, ...]]:
        found = (self._signature(self.by(number)) for number in self._reached)
        return {key for key in found if key is not None}

    @staticmethod
    def _signature(arrays: Sequence[Array]) -> tuple[float, ...] | None:
        """Numbers that two arrays share if they are the same up to order and a factor."""
        flat = np.sort(np.abs(np.concatenate([a.ravel() for a in arrays])))
        if not np.isfinite(flat).all() or not flat[-1] or np.ptp(flat) < 1e-9 * flat[-1]:
            return None
        return (*np.round(flat[-6:] / flat[-1], 6).tolist(), float(flat.size))

    @cached_property
    def known(self) -> int:
        """How many groups it tells of; such as stay as they are, too, if their gradient is 0."""
        still = [g for g in self.step.groups if g not in self.groups]
        return len(self.groups) + sum(
            not any(np.any(a) for a in (*g.changes(), *g.right(self.adjoints))) for g in still
        )

    @property
    def explains_all(self) -> bool:
        """Whether every parameter goes down on it, with nothing left out and nothing divided."""
        as_it_is = not (self.wrong or self.decays or self.adaptive or self.loss.apart)
        return as_it_is and (self.factor or 0) > 0 and not self.is_of_later_steps

    @cached_property
    def fit(self) -> tuple[float, float, bool, bool]:
        """How well the loss explains the changes: the larger the better.

        The share of the parameters that are right, the share that are right up to a factor of
        their own, whether it goes down, and without weight decay.
        """
        count = len(self.groups) or 1
        known = sum(c is not None for c in self.factors.values())
        down = (self.factor or 1) > 0
        # Which have the factor of the loss itself tells who is wrong, not which loss it is.
        usual = common(list(self.factors.values()))
        alike = [c for c in self.factors.values() if c and usual and same_factor(c, usual)]
        right = max(len(self.right), len(alike))
        return right / count, known / count, down, not self.decayed

    @property
    def weight(self) -> tuple[tuple[float, float, bool, bool], int, bool]:
        """The fit; the quantities of the backward pass that are right; whether it is computed."""
        return self.fit, self.matches, self.loss.computed is not None
