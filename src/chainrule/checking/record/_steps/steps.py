"""The steps of a training: updates that share a forward pass, and what they change."""

import contextlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from copy import copy

import numpy as np

from chainrule.checking.record._steps.adjoint import Adjoint
from chainrule.checking.record._steps.flow import Operand, members
from chainrule.checking.record._steps.runs import Runs, Update
from chainrule.checking.record._steps.unjudged import NotJudgedError
from chainrule.checking.record._tape.operations import LEAF, TWICE, WRITTEN, Array
from chainrule.checking.record._tape.tape import Ids


class Group:
    """Numbers that one piece of code changes in a step: an array, or several single numbers.

    Attributes:
        numbers: of the update operations.
        shape: of the array; of single numbers, how many there are.
    """

    def __init__(self, runs: Runs, updates: Sequence[Update]) -> None:
        self._runs = runs
        self.updates = tuple(updates)
        self.numbers = tuple(u.number for u in updates)
        self.number = self.numbers[0]
        first = runs.operation(self.number)
        self.shape = first.shape if len(updates) == 1 else (len(updates),)
        self.place = first.place
        self._ids: dict[int, Ids] = {}

    def ids(self, run: int) -> Ids:
        """The ids of the parameter before the update. Shape: flat, as `changes`."""
        known = self._ids.get(run)
        if known is None:
            parts = [
                np.broadcast_to(
                    self._runs.ids(run, u.parameter), self._runs.operation(u.number).shape
                ).ravel()
                for u in self.updates
            ]
            known = self._ids[run] = np.concatenate(parts)
        return known

    def shares_one_number(self) -> bool:
        """Whether some of its numbers are one that was written to several places of an array.

        Then it is not known by which of them a derivative is.
        """
        runs = self._runs
        for update in self.updates:
            often = Counter(runs.ids(0, update.parameter).ravel().tolist())
            owners = runs.first.owners(
                np.array([n for n, times in often.items() if times > 1], int)
            )
            if any(
                runs.operation(n).name in WRITTEN or runs.operation(n).size == 1 for n in owners
            ):
                return True
        return False

    def before(self) -> list[Array]:
        """The parameter before the update, in each run. Shape: flat."""
        return [t.values[self.ids(r)] for r, t in enumerate(self._runs.tables)]

    def changes(self) -> list[Array]:
        """What the update added to it, in each run. Shape: flat."""
        after = [
            np.concatenate([t.result(n).ravel() for n in self.numbers]) for t in self._runs.tables
        ]
        return [a - b for a, b in zip(after, self.before(), strict=True)]

    def right(self, adjoints: Sequence[Adjoint]) -> list[Array]:
        """The derivative of the loss by it, in each run. Shape: flat."""
        return [a.flat[self.ids(r)] for r, a in enumerate(adjoints)]


class Step:
    """One step of training: its updates, and the operations on the way to them.

    Attributes:
        groups: of parameters.
        mask: the operations on the way to their updates, as bits.
        memory: whether a parameter's change goes through an earlier change, as with momentum.
        unseen: whether with it the first change of a parameter was not seen.
        lost: groups whose new values are kept nowhere.
        once: groups that are parts of an array, and were not used again after their change.
        grown: the first update that makes a parameter larger, if there is one.
    """

    def __init__(
        self, runs: Runs, turn: int = 1, whole: bool = True, but: Set[int] = frozenset()
    ) -> None:
        """Take a step in which all parameters change, the second if not another; or any step.

        Where a second is asked for, one that takes the same number twice tells more.

        Args:
            runs: the record.
            turn: which of the steps, from 0 on.
            whole: whether all parameters are to change in it that change in any.
            but: chains of parameters whose steps were taken before.
        """
        self._runs = runs
        together = [s for s in self._steps() if not {runs.chain[n] for n in s[1]} <= but]
        if not together:
            raise NotJudgedError("no parameter was seen to change twice in the same way")
        together.sort(key=lambda step: min(step[1]))
        sizes = [len({runs.chain[n] for n in numbers}) for _, numbers in together]
        some = [s for s, n in zip(together, sizes, strict=True) if n == max(sizes) or not whole]
        turns = [i for i, one in enumerate(some) if turn and self._adds_twice(*one)]
        chosen = turns[0] if turns else min(turn, len(some) - 1)
        if self._builds_on_itself(some[chosen][1]) and not self._builds_on_itself(some[0][1]):
            chosen = 0  # one step alone tells more than several that cannot be told apart
        self._take(some, chosen)

    @property
    def adds_twice(self) -> bool:
        """Whether something is added to places that an index lists twice."""
        return self._adds_twice(*self._some[self._turn])

    def _adds_twice(self, mask: int, numbers: Sequence[int]) -> bool:
        every = (*members(mask), *numbers)
        return any(self._runs.operation(n).settings.get(TWICE) for n in every)

    def _take(self, some: Sequence[tuple[int, list[int]]], turn: int) -> None:
        runs, self._some, self._turn = self._runs, some, turn
        self.mask, numbers = some[turn]
        self.memory, self.unseen = self._builds_on_itself(numbers), False
        if self.memory:
            later = [n for n in numbers if runs.order[n] > 1]
            numbers = self._first_of([n for n in numbers if runs.order[n] == 1])
            if not numbers:
                raise NotJudgedError("the first of its steps was not seen")
            firsts = {runs.chain[n]: n for n in sorted(numbers, reverse=True)}
            changed = sum(1 << n for n in runs.updates)
            late = {
                chain for chain, n in firsts.items()
                if n > min(later) and runs.before([n]) & changed
            }  # fmt: skip
            self.unseen = not all(
                runs.is_state(n) for n in firsts.values() if runs.chain[n] in late
            )
            numbers = [n for n in numbers if runs.chain[n] not in late]
            if not numbers:
                self.require_first_changes()
                raise NotJudgedError("its parameters change by what changed others before")
            self.mask = runs.before(numbers)
        self.grown = next(
            (n for n, u in runs.updates.items()
             if runs.ids(0, u.parameter).size != runs.operation(n).size), None
        )  # fmt: skip
        self.groups = self._grouped(numbers)
        self.last = max(numbers)
        self.lost = self._lost()
        self.once = list(self._once())

    def require_first_changes(self) -> None:
        """Check that of each parameter the change was seen on which the later ones build.

        Raises:
            NotJudgedError: if one began as a plain number, and is not among the groups.
        """
        if self.unseen:
            raise NotJudgedError(
                "one of its parameters begins as a plain number: its first change, on which "
                "the later ones build, was not seen"
            )

    @property
    def numbers(self) -> list[int]:
        """Of all updates of its groups."""
        return [n for group in self.groups for n in group.numbers]

    @property
    def before(self) -> set[int]:
        """The operations that gave the parameters that it changes."""
        runs = self._runs
        return {s for n in self.numbers for s in runs.given(runs.updates[n].parameter)}

    @property
    def chains(self) -> frozenset[int]:
        """The parameters that change in it."""
        return frozenset(self._runs.chain[n] for n in self._some[self._turn][1])

    def _first_of(self, numbers: list[int]) -> list[int]:
        """Without rows that change only in a later step, which begins after some of these."""
        runs, these = self._runs, sum(1 << n for n in numbers)
        sizes = {runs.chain[root]: runs.operation(root).size for root in runs.roots}
        rows = {n for n in numbers if runs.operation(n).size < sizes.get(runs.chain[n], 0)}
        first = [n for n in numbers if n not in rows or not runs.before([n]) & these]
        seen = {runs.chain[n] for n in first}
        return [n for n in numbers if n in first or runs.chain[n] not in seen]

    @property
    def turns(self) -> int:
        """How many steps there are to take; one where it is the first that is known."""
        return 1 if self.memory else len(self._some)

    def _builds_on_itself(self, numbers: Sequence[int]) -> bool:
        """Whether some of these updates build on others: of the same numbers, or a whole array.

        Of the rows of an array some may have changed in an earlier step, and others not.
        """
        runs, these = self._runs, set(numbers)
        sizes = {runs.chain[root]: runs.operation(root).size for root in runs.roots}
        orders: dict[int, set[int]] = {}
        for number in numbers:
            if runs.operation(number).size >= sizes.get(runs.chain[number], 0):
                orders.setdefault(runs.chain[number], set()).add(runs.order[number])
        return any(len(found) > 1 for found in orders.values()) or any(
            runs.given(runs.updates[n].parameter) & these or _built_on(runs, n) for n in numbers
        )

    def others(self) -> Iterator["Step"]:
        """The other steps in which all parameters change."""
        for turn in range(len(self._some)):
            if turn != self._turn:
                other = copy(self)
                with contextlib.suppress(NotJudgedError):
                    other._take(self._some, turn)
                    yield other

    def shapes(self) -> set[tuple[int, ...]]:
        """The shapes of all that is computed on the way to the updates."""
        numbers = members(self.mask & ~self._runs.barrier_mask)
        return {self._runs.operation(n).shape for n in numbers}

    def _steps(self) -> Iterator[tuple[int, list[int]]]:
        """Updates that share operations of one forward pass belong together.

        So do those that build on a change, by taking the parameter as it was before.
        """
        runs = self._runs
        steps: list[tuple[int, list[int]]] = []
        free = 0
        for number in range(runs.length):
            if number not in runs.barrier and runs.depends[number]:
                free |= 1 << number
        for number in runs.updates:
            shared, numbers = runs.before([number]) & free, [number]
            earlier = _built_on(runs, number)
            for step in [s for s in steps if s[0] & shared or earlier & {*s[1]}]:
                shared, numbers = shared | step[0], step[1] + numbers
                steps.remove(step)
            steps.append((shared, numbers))
        alone = [s for s in steps if not s[0] and runs.known & {*s[1]}]
        for one in alone if len(alone) < len(steps) else ():  # it goes with what changes beside it
            steps.remove(one)
            near = min(steps, key=lambda s: min(abs(n - one[1][0]) for n in s[1]))
            near[1].extend(one[1])
        yield from self._at_once(steps)

    def _at_once(self, steps: Sequence[tuple[int, list[int]]]) -> Iterator[tuple[int, list[int]]]:
        """Steps that each come of what the others change, as it was before, are one.

        So it is where each gradient is computed by a forward pass of its own. By a loss with
        straight sides a gradient may come of no parameter: then it is enough that none of them
        comes of a change that another one makes.
        """
        runs = self._runs
        known: list[tuple[int, int, int, list[int]]] = []
        for mask, numbers in steps:
            read = runs.before(numbers) & runs.barrier_mask
            taken = sum(1 << n for n in {
                n for u in numbers for n in runs.given(runs.updates[u].parameter)
            })  # fmt: skip
            for i, (other, changed, whole, others) in enumerate(known):
                alike = read == other and not (taken | changed) & ~read
                if alike or (runs.known and self._are_apart(numbers, read, others, other)):
                    both = [*others, *numbers]
                    known[i] = (read | other, taken | changed, mask | whole, both)
                    break
            else:
                known.append((read, taken, mask, numbers))
        for _, _, mask, numbers in known:
            yield mask, numbers

    def _are_apart(
        self, numbers: Sequence[int], read: int, others: Sequence[int], other: int
    ) -> bool:
        """Whether updates are of other parameters than others, and come of no change of theirs."""
        runs = self._runs
        changed, before = sum(1 << n for n in numbers), sum(1 << n for n in others)
        orders = {runs.order[n] for n in (*numbers, *others)}
        chains = {runs.chain[n] for n in numbers} & {runs.chain[n] for n in others}
        return len(orders) == 1 and not chains and not read & before | other & changed

    def _grouped(self, numbers: Sequence[int]) -> list[Group]:
        by_place: dict[tuple[int, int], list[Update]] = {}
        for number in sorted(numbers):
            operation, update = self._runs.operation(number), self._runs.updates[number]
            key = (operation.place, self._depth(update)) if operation.size == 1 else (-1, number)
            by_place.setdefault(key, []).append(update)
        return [Group(self._runs, updates) for updates in by_place.values()]

    def _depth(self, update: Update) -> int:
        """How many parameters what a single number meets on the way forward depends on.

        It parts the layers of a network of single numbers, which one statement may change.
        """
        runs = self._runs
        met = (
            runs.leads_to(Operand(user, place))[1].bit_count()
            for source in runs.given(update.parameter)
            for user in runs.users[source]
            if user < update.number and runs.operation(user).name in ("multiply", "add")
            for place, given in enumerate(runs.sources[user])
            if source not in given
        )
        return next(met, 0)

    def _lost(self) -> list[Group]:
        runs = self._runs
        found = []
        for numbers in runs.lost:
            for number in numbers:
                update = runs.candidates[number]
                change = Operand(number, 1 - update.place)
                if runs.leads_to(change)[0] & self.mask & ~runs.barrier_mask:
                    found.append(Group(runs, [update]))
        return found

    def _once(self) -> Iterator[Group]:
        runs = self._runs
        begin = self._begins() if self.memory else 0  # the mask reaches back to earlier steps
        for number, update in runs.candidates.items():
            if number in runs.updates or runs.users[number] or number < begin:
                continue
            size = runs.ids(0, update.parameter).size
            part = all(
                runs.operation(s).name == LEAF and runs.operation(s).size > size
                for s in runs.given(update.parameter)
            )
            change = Operand(number, 1 - update.place)
            shared = members(runs.leads_to(change)[0] & self.mask & ~runs.barrier_mask)
            if (
                part
                and any(runs.depends[n] for n in shared)
                and runs.depends_on_parameters(change)
            ):
                yield Group(runs, [update])

    def _begins(self) -> int:
        """The first operation that takes numbers which the step changes."""
        runs, first = self._runs, self.last
        for update in (u for group in self.groups for u in group.updates):
            changed = runs.ids(0, update.parameter).ravel()
            users = {user for n in runs.given(update.parameter) for user in runs.users[n]}
            first = min(
                n for n in {first, *users}
                if n == first or any(np.isin(ids, changed).any() for ids in runs.operation(n).ids)
            )  # fmt: skip
        return first


def way_to(runs: Runs, groups: Iterable[Group]) -> list[int]:
    """The operations of a step by which the changes of some groups were computed."""
    numbers = (n for group in groups for n in group.numbers)
    return members(runs.before(numbers) & ~runs.barrier_mask)


def _built_on(runs: Runs, number: int) -> set[int]:
    """Earlier changes of its parameter that an update has in its own: by `w - w_before`."""
    own = {n: order for n, order in runs.order.items() if runs.chain[n] == runs.chain[number]}
    used = set().union(*(s for n in runs.summed(number, runs.barrier) for s in runs.sources[n]))
    begin = min((own[n] for n in used & own.keys()), default=own[number])
    return {n for n in own if begin < own[n] < own[number]}
