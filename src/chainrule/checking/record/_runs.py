"""Several runs of the same code side by side: which operations are updates, and of what.

An update is p + g or p − g, where g is computed by way of p. What is updated again and again, or
begins as a drawn array, is a parameter. Sets of operations are whole numbers here, a bit for each.
"""

from collections import Counter
from collections.abc import Iterable, Sequence, Set
from functools import cached_property
from typing import NamedTuple

import numpy as np

from chainrule.checking.record._adjoint import Adjoint, Seeds, adjoint
from chainrule.checking.record._operations import (
    CONSTANT,
    ELEMENTWISE,
    SOURCES,
    WRITTEN,
    Array,
)
from chainrule.checking.record._tape import Ids
from chainrule.checking.record.table import Code, Operation, Table

_OFTEN = 3  # times that new values are made of the same ones, and not kept
_SCALES = frozenset(["multiply", "divide", "add", "subtract", "sqrt", "negative", "mean", "clip"])


class Operand(NamedTuple):
    """One of the arrays that go into an operation."""

    number: int
    place: int


class Update(NamedTuple):
    """An operation that changes a parameter.

    Attributes:
        number: of the operation.
        place: which of what goes in is the parameter.
        parameter: the same, or where weight decay scales it first.
    """

    number: int
    place: int
    parameter: Operand


class Runs:
    """What several runs have in common.

    Attributes:
        tables: of the runs.
        first: the first of them, whose structure stands for all.
        length: how many operations are the same in all.
        candidates: operations that look like updates, by number.
        updates: those that are.
        roots: operations that give parameters their first values.
        lost: updates whose result is not kept: several of the same parameter.
        ancestors: for each operation those by which it was computed within a step, and itself.
        depends: for each operation the parameters that it depends on.
        barrier: updates and roots, at which a step begins.
        barrier_mask: the same as bits.
    """

    def __init__(self, tables: Sequence[Table]) -> None:
        self.tables = tuple(tables)
        self.first = tables[0]
        self.length = common_length(tables)
        operations = self.first.operations[: self.length]
        self.sources = [[self._sources(ids) for ids in o.ids] for o in operations]
        self.users: list[list[int]] = [[] for _ in operations]
        for number, given in enumerate(self.sources):
            for source in set().union(*given) if given else ():
                self.users[source].append(number)
        self._user_masks: dict[int, int] = {}
        self._beginnings = self._find_beginnings()
        self.candidates = self._find_candidates()
        self.updates: dict[int, Update] = {}
        self._choose()

    def __len__(self) -> int:
        return len(self.tables)

    def operation(self, number: int) -> Operation:
        """An operation, as the first run has it."""
        return self.first.operations[number]

    def code(self, number: int) -> tuple[Code, ...]:
        """Where an operation stands, innermost frame first."""
        return self.first.places[self.operation(number).place]

    def results(self, number: int) -> list[Array]:
        """What an operation gave in each run. Shapes: its own."""
        return [table.result(number) for table in self.tables]

    def values(self, operand: Operand) -> list[Array]:
        """What went in, in each run. Shapes: as it was."""
        return [self.values_in(run, operand) for run in range(len(self.tables))]

    def values_in(self, run: int, operand: Operand) -> Array:
        """What went in, in one run. Shape: as it was."""
        return np.asarray(self.tables[run].values[self.ids(run, operand)])

    def ids(self, run: int, operand: Operand) -> Ids:
        """The ids of what went in. Shape: as it was."""
        return self.tables[run].operations[operand.number].ids[operand.place]

    def given(self, operand: Operand) -> set[int]:
        """Operations that gave what went in, without constants."""
        return self.sources[operand.number][operand.place]

    def change(self, number: int) -> Operand:
        """What an update adds or takes away."""
        return Operand(number, 1 - self.updates[number].place)

    def leads_to(self, operand: Operand) -> tuple[int, int]:
        """The operations that an operand was computed by in its step, and its parameters."""
        ancestors = depends = 0
        for source in self.given(operand):
            if source in self.barrier:
                ancestors |= 1 << source
                depends |= 1 << self.chain[source]
            else:
                ancestors |= self.ancestors[source]
                depends |= self.depends[source]
        return ancestors, depends

    def before(self, updates: Iterable[int]) -> int:
        """The operations by which the changes of some updates were computed, as bits."""
        mask = 0
        for number in updates:
            mask |= self.leads_to(self.change(number))[0]
        return mask

    def depends_on_parameters(self, operand: Operand) -> bool:
        """Whether a parameter went into it within its step."""
        return bool(self.leads_to(operand)[1])

    @property
    def is_finite(self) -> bool:
        """Whether all that is computed is a number."""
        return all(np.isfinite(table.values).all() for table in self.tables)

    def adjoint(self, run: int, seeds: Seeds) -> Adjoint:
        """Derivatives within a step, back to the parameters as they were at its beginning."""
        return adjoint(
            self.tables[run],
            seeds,
            lambda n: n >= self.length or n in self.barrier or not self.depends[n],
        )

    def _sources(self, ids: Ids) -> set[int]:
        return {n for n in self.first.owners(ids) if self.operation(n).name not in WRITTEN}

    def candidate_ancestors(self, number: int) -> int:
        """All operations by which one was computed, over all steps, as bits."""
        return self._all_ancestors[number]

    # ---- which are updates ---------------------------------------------------------------------

    def _find_candidates(self) -> dict[int, Update]:
        ancestors: list[int] = []
        found: dict[int, Update] = {}
        for number in range(self.length):
            mask = 1 << number
            for given in self.sources[number]:
                for source in given:
                    mask |= ancestors[source]
            ancestors.append(mask)
            if self.operation(number).name in ("add", "subtract"):
                update = self._candidate(number, ancestors)
                if update is not None:
                    found[number] = update
        self._all_ancestors = ancestors
        return found

    def _candidate(self, number: int, ancestors: Sequence[int]) -> Update | None:
        operation, sources = self.operation(number), self.sources[number]
        if not all(sources):
            return None
        for place in (0, 1) if operation.name == "add" else (0,):
            if not operation.ids[place].ndim and operation.ids[1 - place].ndim:
                continue
            parameter = self._before_decay(Operand(number, place))
            users = 0
            for source in self.given(parameter):
                users |= self._users_of(source)
            if any(ancestors[source] & users for source in sources[1 - place]):
                return Update(number, place, parameter)
        return None

    def _before_decay(self, operand: Operand) -> Operand:
        """What weight decay multiplies with a number, before the gradient is taken away."""
        given = self.given(operand)
        if len(given) != 1:
            return operand
        (source,) = given
        operation = self.operation(source)
        if operation.name != "multiply" or min(ids.size for ids in operation.ids) > 1:
            return operand
        place = int(operation.ids[1].size > operation.ids[0].size)
        inner = Operand(source, place)
        alone = self._arrays_into(source) == 1
        same = operation.ids[place].shape == self.ids(0, operand).shape
        # A first value that is scaled is used for nothing else; a parameter that decays is.
        used = any(len(self.users[s]) > 1 for s in self.given(inner))
        return inner if alone and same and used else operand

    def _find_beginnings(self) -> list[bool]:
        """Which are drawn arrays, or made of some by scaling: beginnings of parameters."""
        begins: list[bool] = []
        for number in range(self.length):
            name = self.operation(number).name
            given = set().union(*self.sources[number]) if self.sources[number] else set()
            begins.append(name in SOURCES or (name in _SCALES and all(begins[s] for s in given)))
        return begins

    def _begins(self, number: int) -> bool:
        return self._beginnings[number]

    @cached_property
    def never_kept(self) -> bool:
        """Whether each parameter gets new values again and again, and keeps none of them."""
        times = Counter((self.chain[n], self.operation(n).place) for n in self.updates)
        return (
            bool(times)
            and min(times.values()) >= _OFTEN
            and not any(self.users[n] or self.order[n] > 1 for n in self.updates)
        )

    @property
    def leaves_one_out(self) -> bool:
        """Whether a first value changes once with the parameters, and is used: it may be one.

        What is known for a parameter is no other, where it only goes into a sum, as a bias does.
        """
        known = set[int]().union(*(self.given(u.parameter) for u in self.updates.values()))
        return any(
            number not in self.updates
            and self.users[number]
            and known.isdisjoint(self.given(update.parameter))
            and all(map(self._begins, self.given(update.parameter)))
            and self.depends_on_parameters(Operand(number, 1 - update.place))
            for number, update in self.candidates.items()
        )

    def is_shift(self, number: int) -> bool:
        """Whether it is a written number plus or minus something: 0 − rate · gradient."""
        operation = self.operation(number)
        return operation.name in ("add", "subtract") and not all(self.sources[number])

    def _choose(self) -> None:
        """Keep the candidates that lie in a row, or if none do, that begin with a drawn array."""
        candidates = self.candidates

        def before(number: int) -> set[int]:
            return self.given(candidates[number].parameter) & candidates.keys()

        places = [self.operation(n).place for n in range(self.length)]
        carried = {places[m] for n in candidates for m in before(n)}
        sure: set[int] = set()
        for number in candidates:
            if places[number] in carried and before(number):
                sure |= {number} | {m for m in before(number) if places[m] in carried}
        in_a_row = bool(sure)
        if not in_a_row:
            sure = {
                n for n in candidates
                if all(self._begins(s) for s in self.given(candidates[n].parameter))
                and self.operation(n).size <= self.ids(0, candidates[n].parameter).size
            }  # fmt: skip  # what grows may be a bias that is added to what goes round
        while True:
            self._set_barriers(sure)
            others = ~sum(1 << n for n in sure)
            bad = {n for n in sure if not self._is_sound(n, sure, others)}
            if in_a_row:
                linked: set[int] = set()
                for number in sure:
                    earlier = before(number) & sure
                    if earlier:
                        linked |= {number} | earlier
                bad |= sure - linked
            bad |= {n for n in sure if self._is_average(n, sure, others)}
            if not bad:
                return
            # A velocity is changed like a parameter, but what it meets is numbers of the code.
            added = set().union(*(self.summed(n) | self._added(n) for n in bad)) & sure
            bad |= {n for n in added if not self._meets_data(n)}
            first = min(bad, key=lambda n: (self._meets_data(n), n))
            sure -= {n for n in bad if places[n] == places[first]}

    def _meets_data(self, number: int) -> bool:
        """Whether a parameter is combined with what is neither a written number nor an update."""
        summed = self.summed(number)
        return any(
            user not in self.candidates
            and user not in summed
            and all(map(self.is_not_written, self.sources[user]))
            for source in self.given(self.candidates[number].parameter)
            for user in self.users[source]
        )

    def _is_average(self, number: int, sure: set[int], others: int) -> bool:
        """Whether it is kept for changing a parameter, and changed by way of itself in sums alone.

        So a running average is: `m += share * (g - m)`.
        """
        users, summed = 0, sum(1 << n for n in self.summed(number))
        for source in self.given(self.candidates[number].parameter):
            users |= self._users_of(source)
        if not users & summed or not self._changes_another(number, sure):
            return False
        return not self._is_sound(number, sure, others & ~summed)

    def _changes_another(self, number: int, sure: set[int]) -> bool:
        """Whether, number by number, it becomes the change of another array of its size."""
        size, waiting, seen = self.operation(number).size, [number], {number}
        while waiting and size > 1:
            source = waiting.pop()
            for user in {*self.users[source]} - seen:
                seen.add(user)
                if self.operation(user).size != size or not is_elementwise(self.operation(user)):
                    continue
                if user not in sure:
                    waiting.append(user)
                elif source in self._added(user) and number not in self.given(
                    self.candidates[user].parameter
                ):
                    return True
        return False

    def _added(self, number: int) -> set[int]:
        """What gives the change of a candidate."""
        return self.given(Operand(number, 1 - self.candidates[number].place))

    def summed(self, number: int, stops: Set[int] = frozenset()) -> set[int]:
        """Sums, and multiples of them, that a change is: all that leads to it by nothing else."""
        found: set[int] = set()
        ends = self.given(self.candidates[number].parameter) | stops
        waiting = [*self._added(number) - ends]
        while waiting:
            source = waiting.pop()
            operation, given = self.operation(source), self.sources[source]
            scales = operation.name in ("multiply", "divide") and self._arrays_into(source) == 1
            if source not in found and (scales or operation.name in ("add", "subtract")):
                found.add(source)
                waiting += set().union(*given) - ends
        return found

    def _arrays_into(self, number: int) -> int:
        """How many arrays go into an operation, or parts of one, beside single numbers."""
        operation = self.operation(number)
        return sum(
            (ids.size > 1 or operation.size == 1 or self._is_of_array(given))
            and self.is_not_written(given)
            for ids, given in zip(operation.ids, self.sources[number], strict=True)
        )

    def _is_of_array(self, given: Iterable[int]) -> bool:
        return any(self.operation(n).size > 1 for n in given)

    def is_not_written(self, given: Iterable[int]) -> bool:
        """Whether something among it is no number that stands in the code, or in a variable."""
        return any(not self.operation(n).settings.get("written") for n in given)

    def _users_of(self, source: int) -> int:
        """The operations that take what one gave, as bits."""
        mask = self._user_masks.get(source)
        if mask is None:
            mask = 0
            for user in self.users[source]:
                mask |= 1 << user
            self._user_masks[source] = mask
        return mask

    def _is_sound(self, number: int, sure: set[int], others: int) -> bool:
        given = self.given(self.candidates[number].parameter)
        if any(s not in sure and not self._begins(s) and not self.is_shift(s) for s in given):
            return False
        users = 0
        for source in given:
            users |= self._users_of(source)
        return bool(self.leads_to(self.change(number))[0] & users & others)

    def _set_barriers(self, sure: set[int]) -> None:
        self.updates = {n: self.candidates[n] for n in sorted(sure)}
        unkept: dict[tuple[int, bytes], list[int]] = {}
        for number, update in self.candidates.items():
            given = self.given(update.parameter)
            if number not in sure and not self.users[number] and all(map(self._begins, given)):
                key = (self.operation(number).place, self.ids(0, update.parameter).tobytes())
                unkept.setdefault(key, []).append(number)
        self.lost = [numbers for numbers in unkept.values() if len(numbers) > 1 and sure]
        changed = [*self.updates.values(), *(self.candidates[ns[0]] for ns in self.lost)]
        self.roots = {s for u in changed for s in self.given(u.parameter)} - sure
        self.barrier = sure | self.roots
        self.barrier_mask = sum(1 << number for number in self.barrier)
        self.chain: dict[int, int] = {}
        self.order: dict[int, int] = {}
        for number in sorted(self.roots):
            self.chain[number], self.order[number] = len(self.chain), 0
        for number, update in self.updates.items():
            earlier = [s for s in self.given(update.parameter) if s in self.chain]
            self.chain[number] = min((self.chain[s] for s in earlier), default=len(self.chain))
            self.order[number] = 1 + max((self.order[s] for s in earlier), default=0)
        self.ancestors, self.depends = [], []
        for number in range(self.length):
            ancestors, depends = 1 << number, 0
            for place in range(len(self.sources[number])):
                more, parameters = self.leads_to(Operand(number, place))
                ancestors |= more
                depends |= parameters
            self.ancestors.append(ancestors)
            self.depends.append(depends)


def common_length(tables: Sequence[Table]) -> int:
    """How many operations are the same in all runs, but for the values."""
    length = 0
    if all(t.operations is tables[0].operations for t in tables):
        return len(tables[0].operations)
    for together in zip(*(table.operations for table in tables), strict=False):
        first = together[0]
        if any(
            (o.name, o.settings) != (first.name, first.settings)
            or tables[r].places[o.place] != tables[0].places[first.place]
            or not _same_shapes(o, first)
            for r, o in enumerate(together)
        ):
            break
        length += 1
    return length


def _same_shapes(one: Operation, other: Operation) -> bool:
    """Whether the shapes of two operations are the same, but for what a mask takes out."""
    if one.name == CONSTANT or (is_elementwise(one) and one.shape != other.shape):
        return one.name == CONSTANT or (len(one.shape) == 1 == len(other.shape))
    return one.shape == other.shape and [i.shape for i in one.ids] == [i.shape for i in other.ids]


def members(mask: int) -> list[int]:
    """The numbers in a set of bits, in ascending order."""
    return [i for i, bit in enumerate(reversed(bin(mask)[2:])) if bit == "1"]


def is_elementwise(operation: Operation) -> bool:
    """Whether each number of what came out depends on single numbers of what went in."""
    return operation.name in ELEMENTWISE
