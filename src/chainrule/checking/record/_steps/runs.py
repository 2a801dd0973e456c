"""Several runs of the same code side by side: which operations are updates, and of what.

An update is p + g or p − g, where g is computed by way of p. What is updated again and again, or
begins as a drawn array, is a parameter. Sets of operations are whole numbers here, a bit for each.
"""

from collections import Counter, deque
from collections.abc import Iterable, Sequence, Set
from functools import cached_property
from typing import Any, NamedTuple

from chainrule.checking.record._steps.adjoint import Adjoint, Seeds, adjoint
from chainrule.checking.record._steps.flow import Flow, Operand, is_elementwise
from chainrule.checking.record._tape.operations import OPAQUE, SOURCES
from chainrule.checking.record.table import Operation, Table

_OFTEN = 3  # times that new values are made of the same ones, and not kept
_MOST_FOUND = 4  # runs whose updates are remembered
_SCALES = frozenset(["multiply", "divide", "add", "subtract", "sqrt", "negative", "mean", "clip"])


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


class _Key(NamedTuple):
    """All that updates are found by. Of runs of the same code the operations are one object."""

    operations: tuple[Operation, ...]
    states: Set[int]
    sure: Set[Operand]

    def is_of(self, other: "_Key") -> bool:
        return (
            self.operations is other.operations
            and self.states == other.states
            and self.sure == other.sure
        )


class _Found(NamedTuple):
    """What was found in runs, none of which depends on the numbers in them."""

    key: _Key
    attributes: dict[str, Any]


# Lately: the same runs are laid side by side again and again.
_found: deque[_Found] = deque(maxlen=_MOST_FOUND)


class Runs(Flow):
    """What several runs have in common.

    Attributes:
        candidates: operations that look like updates, by number.
        updates: those that are.
        roots: operations that give parameters their first values.
        lost: updates whose result is not kept: several of the same parameter.
        ancestors: for each operation those by which it was computed within a step, and itself.
        depends: for each operation the parameters that it depends on.
        barrier: updates and roots, at which a step begins.
        barrier_mask: the same as bits.
        states: updates that are known to be of what only makes steps.
        sure: what is known to be changed.
    """

    def __init__(
        self,
        tables: Sequence[Table],
        states: Set[int] = frozenset(),
        sure: Set[Operand] = frozenset(),
    ) -> None:
        """Find the updates.

        Args:
            tables: of the runs.
            states: updates that are known to be of what only makes steps.
            sure: what is known to be changed, though what changes it does not come of it: its
                gradient is the same wherever it is, as by a loss with straight sides.
        """
        key = _Key(tables[0].operations, states, sure)
        together = all(table.operations is key.operations for table in tables)
        known = next((kept for kept in _found if together and key.is_of(kept.key)), None)
        if known is not None:
            vars(self).update(known.attributes)
            self.tables, self.first = tuple(tables), tables[0]
            return
        super().__init__(tables)
        self._beginnings = self._find_beginnings()
        self.candidates = self._find_candidates()
        self.states, self.sure, self.known = states, sure, {n for n, _ in sure}
        self.candidates |= {n: Update(n, p, self._before_decay(Operand(n, p))) for n, p in sure}
        self.updates: dict[int, Update] = {}
        self._choose()
        if together:
            _found.append(_Found(key, dict(vars(self))))

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

    def adjoint(self, run: int, seeds: Seeds) -> Adjoint:
        """Derivatives within a step, back to the parameters as they were at its beginning."""
        return adjoint(
            self.tables[run],
            seeds,
            lambda n: n >= self.length or n in self.barrier or not self.depends[n],
        )

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
                users |= self.users_of(source)
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
        alone = self.arrays_into(source) == 1
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
            made = name in _SCALES or name == OPAQUE  # such as an orthogonal array of a drawn one
            begins.append(name in SOURCES or (made and all(begins[s] for s in given)))
        return begins

    def begins(self, number: int) -> bool:
        """Whether it is a drawn array or a number of the code, or made of some by scaling."""
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

    @cached_property
    def changed(self) -> int:
        """The parameters that change, as bits."""
        return sum(1 << chain for chain in {self.chain[update] for update in self.updates})

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
            and all(map(self.begins, self.given(update.parameter)))
            and self.depends_on_parameters(Operand(number, 1 - update.place))
            for number, update in self.candidates.items()
        )

    def is_shift(self, number: int) -> bool:
        """Whether it is a written number plus or minus something: 0 − rate · gradient."""
        operation = self.operation(number)
        return operation.name in ("add", "subtract") and not all(self.sources[number])

    def _choose(self) -> None:
        """Keep the candidates that lie in a row, or if none do, that begin with a drawn array."""
        candidates = {n: u for n, u in self.candidates.items() if n not in self.states}

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
                if all(self.begins(s) for s in self.given(candidates[n].parameter))
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
            users |= self.users_of(source)
        alone = self.operation(number).size == 1
        if alone or not users & summed or not self.changes_another(number, sure):
            return False
        return not self._is_sound(number, sure, others & ~summed)

    def is_state(self, number: int) -> bool:
        """Whether an update is of what, number by number, others change by: an optimiser's."""
        return number in self.updates and self.changes_another(
            number, self.candidates.keys() - {number}
        )

    def changes_another(self, number: int, updates: Set[int]) -> bool:
        """Whether, number by number, it becomes the change of another array of its size."""
        size, waiting, seen = self.operation(number).size, [number], {number}
        while waiting:
            source = waiting.pop()
            for user in {*self.users[source]} - seen:
                seen.add(user)
                if self.operation(user).size != size or not is_elementwise(self.operation(user)):
                    continue
                if user not in updates:
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
            scales = operation.name in ("multiply", "divide") and self.arrays_into(source) == 1
            if source not in found and (scales or operation.name in ("add", "subtract")):
                found.add(source)
                waiting += set().union(*given) - ends
        return found

    def _is_sound(self, number: int, sure: set[int], others: int) -> bool:
        given = self.given(self.candidates[number].parameter)
        if any(s not in sure and not self.begins(s) and not self.is_shift(s) for s in given):
            return False
        users = 0
        for source in given:
            users |= self.users_of(source)
        by_way_of_it = self.leads_to(self.change(number))[0] & users & others
        return number in self.known or bool(by_way_of_it)

    def _set_barriers(self, sure: set[int]) -> None:
        self.updates = {n: self.candidates[n] for n in sorted(sure)}
        unkept: dict[tuple[int, bytes], list[int]] = {}
        for number, update in self.candidates.items():
            given = self.given(update.parameter)
            if number not in sure and not self.users[number] and all(map(self.begins, given)):
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
