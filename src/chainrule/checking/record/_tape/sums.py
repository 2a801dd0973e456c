"""Sums of a parameter and several terms, put together anew as the parameter and one change.

`w + momentum * v - rate * g` is computed as `(w + momentum * v) - rate * g`, and is meant as
`w + (momentum * v - rate * g)`. What is judged knows the second form alone.
"""

from bisect import bisect
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from functools import cached_property
from itertools import pairwise, product
from typing import NamedTuple

import numpy as np

from chainrule.checking.record._tape.operations import Array, compute
from chainrule.checking.record._tape.tape import MOST_TERMS, Ids
from chainrule.checking.record.table import Operation

_Way = tuple[tuple[int, int], ...]  # from a sum to one of its terms: operations, and which operand


class Regrouped(NamedTuple):
    """Operations among which the sums are put together anew.

    Attributes:
        operations: in their new order.
        order: the id that each number had before. Shape: `(ids,)`.
        anew: numbers of the operations that give something else than before.
    """

    operations: tuple[Operation, ...]
    order: Ids
    anew: tuple[int, ...]

    def values(self, before: Array) -> Array:
        """The values of all numbers, of those that were recorded. Shapes: alike."""
        values = before[self.order]
        for number in self.anew:
            one = self.operations[number]
            given = [np.asarray(values[ids]) for ids in one.ids]
            values[one.start : one.start + one.size] = compute(one.name, given, {}).ravel()
        return values


def regrouped(operations: Sequence[Operation]) -> Regrouped | None:
    """The same with the sums that change a parameter put together anew; None if there are none."""
    ways: dict[int, _Way] = {}
    taken: set[int] = set()
    for way in sorted((way for together in _Sums(operations) for way in together), key=len)[::-1]:
        numbers = {number for number, _ in way}
        if taken.isdisjoint(numbers):
            taken |= numbers
            ways[way[0][0]] = way
    return _put_together(operations, ways) if ways else None


def _put_together(operations: Sequence[Operation], ways: Mapping[int, _Way]) -> Regrouped:
    """Each sum as the term at the end of its way, and the others as its change."""
    parts = {number for way in ways.values() for number, _ in way[1:]}
    rows: list[tuple[Operation, int]] = []  # in the new order, with the ids that they had
    for number, operation in enumerate(operations):
        if number in ways:
            rows += [(one, one.start) for one in _change_apart(operations, ways[number])]
        elif number not in parts:
            rows.append((operation, operation.start))
    order = np.concatenate([[0], *(np.arange(s, s + one.size) for one, s in rows)])
    new = np.empty_like(order)
    new[order] = np.arange(order.size)
    done, start = [], 1
    for one, _ in rows:
        done.append(replace(one, ids=tuple(new[ids] for ids in one.ids), start=start))
        start += one.size
    changed = {operations[number].start for number in parts}
    anew = tuple(n for n, (one, before) in enumerate(rows) if one.size and before in changed)
    return Regrouped(tuple(done), order, anew)


def _change_apart(operations: Sequence[Operation], way: _Way) -> Iterator[Operation]:
    """The operations of one sum, the change first, from the innermost outwards."""
    sums = [(operations[number], place) for number, place in reversed(way)]
    (first, place), (parameter, sign) = sums[0], (sums[0][0].ids[sums[0][1]], sums[0][0].name)
    change = first.ids[1 - place]
    for (part, _), (outer, place) in pairwise(sums):
        name = "add" if outer.name == sign else "subtract"
        yield replace(part, name=name, ids=(change, outer.ids[1 - place]))
        change = part.start + np.arange(part.size).reshape(part.shape)
    yield replace(sums[-1][0], name=sign, ids=(parameter, change))


class _Sums:
    """The sums of several terms among operations."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        self._operations = operations
        self._starts = [o.start for o in operations]
        self._found: dict[tuple[tuple[int, int], ...], list[_Way]] = {}
        # Sums, by their code and that of what gives their first term.
        self._in_a_row: dict[tuple[int, int], list[int]] = {}
        for number, operation in enumerate(operations):
            if operation.name in ("add", "subtract") and operation.size:
                pair = (operation.place, operations[self._giver((number, 0))].place)
                self._in_a_row.setdefault(pair, []).append(number)
                for way in self._ways(number):
                    if len(way) > 1:
                        self._found.setdefault(self._key(way), []).append(way)

    def __iter__(self) -> Iterator[list[_Way]]:
        """The sums of one code each in which a term comes of the same sum, a step before.

        So may rows that are changed in two places, where now and then both change the same one.
        What begins anew, as the state of a recurrent network does, is no parameter; and what only
        sums are made of is none either.
        """
        for key, ways in self._found.items():
            places, alone = {key[0][0]}, self._alone(ways)
            if len(alone) < len(ways) or not any(self._are_carried(ways, places)):
                places = {place for place, _ in key}
                if not alone or not self._follow(places, {n for way in ways for n, _ in way}):
                    continue
            carried = self._are_carried(alone, places)
            again = any(
                self._giver(way[-1]) > alone[0][0][0]
                for way, c in zip(alone, carried, strict=True) if not c
            )  # fmt: skip
            used = self._is_used_beside(alone[carried.index(True) if any(carried) else 0])
            if not again and used and all(map(self._keeps_shapes, alone)):
                yield alone

    def _are_carried(self, ways: Sequence[_Way], places: Set[int]) -> list[bool]:
        return [self._operations[self._giver(way[-1])].place in places for way in ways]

    def _follow(self, places: Set[int], but: Set[int]) -> bool:
        """Whether sums in some places, but those given, change what another of these gave."""
        pairs = product(places, places)
        return any(number not in but for pair in pairs for number in self._in_a_row.get(pair, ()))

    def _alone(self, ways: Sequence[_Way]) -> list[_Way]:
        """The sums whose parts nothing else uses."""
        last = self._operations[-1]
        users = np.zeros(last.start + last.size, np.int64)  # of what is part of a sum, and where
        for way in ways:
            for (user, place), (part, _) in pairwise(way):
                start = self._operations[part].start
                users[start : start + self._operations[part].size] = 2 * user + place
        ids, takers = self._taken
        found = users[ids]
        shared = set(found[(found != 0) & (found != takers)].tolist())
        return [
            way for way in ways
            if all(
                2 * user + place not in shared
                and users[self._operations[part].start] == 2 * user + place
                for (user, place), (part, _) in pairwise(way)
            )
        ]  # fmt: skip

    @cached_property
    def _taken(self) -> tuple[Ids, Ids]:
        """All ids that go into operations, and into which of them each, and where."""
        given = [
            (ids, 2 * number + place)
            for number, operation in enumerate(self._operations)
            for place, ids in enumerate(operation.ids)
        ]
        sizes = [ids.size for ids, _ in given]
        return (
            np.concatenate([ids.ravel() for ids, _ in given]),
            np.repeat([taker for _, taker in given], sizes),
        )

    def _ways(self, number: int, seen: frozenset[int] = frozenset()) -> Iterator[_Way]:
        """The ways from a sum to its terms, by way of sums in other code than those before."""
        operation = self._operations[number]
        for place in (0, 1) if operation.name == "add" else (0,):
            yield ((number, place),)
            ids = operation.ids[place]
            giver = self._owner(ids.flat[0]) if ids.shape == operation.shape else 0
            inner = self._operations[giver]
            if (
                inner.name in ("add", "subtract")
                and len(seen) < MOST_TERMS
                and inner.place not in (ours := seen | {operation.place})
                and inner.shape == operation.shape
                and np.array_equal(ids.ravel(), inner.start + np.arange(inner.size))
            ):
                yield from (((number, place), *way) for way in self._ways(giver, ours))

    def _key(self, way: _Way) -> tuple[tuple[int, int], ...]:
        return tuple((self._operations[number].place, place) for number, place in way)

    def _owner(self, one: np.int64) -> int:
        return bisect(self._starts, int(one)) - 1

    def _giver(self, end: tuple[int, int]) -> int:
        return self._owner(self._operations[end[0]].ids[end[1]].flat[0])

    def _is_used_beside(self, way: _Way) -> bool:
        """Whether something else than the sum takes what it adds to, before it does."""
        number, place = way[-1]
        first = self._operations[number].ids[place].flat[0]
        between = range(self._owner(first) + 1, way[0][0])
        return any(
            np.any(ids == first) for n in between if n != number
            for ids in self._operations[n].ids
        )  # fmt: skip

    def _keeps_shapes(self, way: _Way) -> bool:
        """Whether the terms alone have the shape of the whole."""
        terms = [self._operations[number].ids[1 - place] for number, place in way[-2:]]
        return np.broadcast_shapes(*(t.shape for t in terms)) == self._operations[way[0][0]].shape
