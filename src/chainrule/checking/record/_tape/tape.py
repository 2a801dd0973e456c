"""The tape: every operation of a run, on numbers that each have their own id.

An id is given to every number that is made. An operation notes the ids that went in, array by
array, and those of what came out, which follow one another. Because a change in place gives new
ids to what was written, an array's earlier values stay on the tape: versions need no care of their
own.
"""

import contextlib
import math
import sys
from collections.abc import Iterator, Sequence
from types import CodeType, FrameType

import numpy as np
from numpy.typing import NDArray

from chainrule.checking.learner.folder import LearnersFiles
from chainrule.checking.record._tape import real
from chainrule.checking.record._tape.operations import (
    CONSTANT,
    CUT,
    DATA,
    LEAF,
    MASKED,
    OPAQUE,
    TWICE,
    WRITTEN,
    Array,
    Settings,
)

MOST_EVENTS = 12_000
MOST_NUMBERS = 2_000_000
UPDATES = 5  # of one parameter, after which enough was seen
_UNTIL_TWICE = 40  # the same where a place may be added to twice in one statement, and was not
_FEWER = 3  # the same where a step takes many numbers: two whole steps, and that a third begins
_MANY = 100_000
_MANY_EVENTS = 2_000  # where it takes many operations, as of single numbers
_MORE_UNNOTED = 4  # times as many numbers, of which nothing is noted
_OPERATION = 100  # numbers that take about as long as it takes to call for one
_LONG = 40  # steps of a sum of several terms that begins as zeros: such a state goes round as well
MOST_FRAMES = 6
MOST_PASSED = 1_000
MOST_TERMS = 6  # of a sum that changes a parameter
_OFTEN = 12  # times that new values are made of the same ones: they may be kept nowhere
_MAKES = ("add", "subtract", "multiply", "divide", "sqrt")  # first values of drawn numbers

Ids = NDArray[np.int64]
Place = tuple[CodeType, int]


class EnoughSeen(BaseException):
    """Raised out of the learner's training; no `except Exception` of theirs catches it."""


class Event:
    """One operation: what it is, the ids that went in, and where those that came out begin."""

    __slots__ = (
        "before", "depth", "ids", "is_state", "name", "place", "settings", "shape", "start",
        "turns",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        settings: Settings,
        ids: tuple[Ids, ...],
        shape: tuple[int, ...],
        start: int,
        place: tuple[Place, ...],
    ) -> None:
        self.name, self.settings, self.ids = name, settings, ids
        self.shape, self.start, self.place = shape, start, place
        self.depth = 0  # how many updates of the same array lead to it
        self.turns: dict[tuple[Place, ...], int] = {}  # how many of these, by where they are made
        self.is_state = False  # whether that may be the state of a recurrent network
        self.before = 0  # the numbers of all events that led to it, as bits


class Tape:
    """What a run computes.

    Attributes:
        events: in the order in which they happened.
        passed: where code ran that left no operation, as it compared; by the instruction.
    """

    def __init__(self, theirs: LearnersFiles, most: int = MOST_NUMBERS) -> None:
        """Record what the code in the learner's files does, up to so many numbers."""
        self.events: list[Event] = []
        self.passed: dict[Place, tuple[Place, ...]] = {}
        self._most = most
        self._below = sys._getframe(1).f_code  # nothing of the learner's called that
        self.leaves = 0
        self._theirs = theirs
        self._values = real.zeros(1024)
        self._owner = real.zeros(1024, dtype=np.int32)
        self._givers: dict[int, set[int]] = {}  # by the arrays of ids that events hold
        self._next = 1  # the id 0 is of numbers that nothing on the tape gave
        self._constants: dict[float, int] = {}
        self._masked: dict[tuple[float, tuple[Place, ...]], int] = {}
        self.overrides: dict[int, Array] = {}
        self._pauses = self._unnoted = 0
        self._deepest = self._at_least = 0
        self._once: set[tuple[Place, ...]] = set()
        self._twice: set[tuple[Place, ...]] = set()
        self._from_the_same: dict[tuple[tuple[Place, ...], int], list[int]] = {}

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Note nothing for a while: what is computed then is as if it was written later."""
        self._pauses += 1
        try:
            yield
        finally:
            self._pauses -= 1

    @property
    def values(self) -> Array:
        """All numbers by their ids. Shape: `(ids,)`."""
        return self._values[: self._next]

    def place(self) -> tuple[Place, ...]:
        """The learner's frames that led here, innermost first: code and instruction."""
        frame: FrameType | None = sys._getframe(1)
        places: list[Place] = []
        hold, below = self._theirs.hold, self._below
        while frame is not None and (code := frame.f_code) is not below:
            if hold(code.co_filename):
                places.append((code, frame.f_lasti))
                if len(places) == MOST_FRAMES:
                    break
            frame = frame.f_back
        return tuple(places)

    def pass_by(self) -> None:
        """Note that the learner's code got here, where it computes what is not recorded."""
        frame: FrameType | None = sys._getframe(1)
        while frame is not None and not self._theirs.hold(frame.f_code.co_filename):
            frame = frame.f_back
        if frame is not None and not self._pauses and len(self.passed) < MOST_PASSED:
            here = (frame.f_code, frame.f_lasti)
            if here not in self.passed:
                self.passed[here] = self.place()

    def is_learners(self) -> bool:
        """Whether what calls the function that asks is the learner's."""
        return self._theirs.hold(sys._getframe(2).f_code.co_filename)

    def note(self, name: str, arrays: Sequence[Ids], settings: Settings, result: Array) -> Ids:
        """Put an operation on the tape, and give the ids of what came out. Shape: like `result`.

        Raises:
            EnoughSeen: if the training has made enough steps, or takes too much.
        """
        if self._pauses:
            self._unnoted += result.size + _OPERATION
            if self._unnoted > _MORE_UNNOTED * self._most:
                raise EnoughSeen
            return real.zeros(result.shape, dtype=np.int64)
        start, size = self._next, result.size
        self._reserve(start + size)
        self._values[start : start + size] = result.ravel()
        number = len(self.events)
        self._owner[start : start + size] = number
        self._next += size
        event = Event(name, settings, tuple(arrays), result.shape, start, self.place())
        for ids in event.ids:
            self._givers[id(ids)] = givers = self._sources(ids)
            for source in givers:
                event.before |= self.events[source].before | 1 << source
        self.events.append(event)
        if name in ("add", "subtract"):
            self._look_for_update(number, event)
        self._deepest = max(self._deepest, event.depth)
        much = self._next > _MANY or number > _MANY_EVENTS
        most = _FEWER if much else UPDATES
        waits = not (much or self._once <= self._twice)
        most = max(most, _UNTIL_TWICE if waits else self._at_least)
        enough = event.depth >= (_LONG if event.is_state else most)
        # A step may change a parameter in several places: two whole steps are to be seen.
        whole = event.turns.get(event.place, _FEWER) >= _FEWER
        if number >= MOST_EVENTS or self._next > self._most or (enough and whole):
            raise EnoughSeen
        return real.arange(start, start + size).reshape(result.shape)

    def leaf(self, result: Array, written: bool = False) -> tuple[Array, Ids]:
        """First values that the learner's code made or drew, or that are written in it.

        A run may be given others. Shapes: all alike.
        """
        self.leaves += 1
        other = self.overrides.get(self.leaves)
        if other is not None and other.shape == result.shape:
            result = other
        return result, self.note(LEAF, (), {"number": self.leaves, "written": written}, result)

    def data(self, result: Array) -> Ids:
        """Numbers that come from elsewhere. Shape: like `result`."""
        return self.note(DATA, (), {}, result)

    def opaque(self, name: str, arrays: Sequence[Ids], result: Array) -> Ids:
        """What an operation gave that is not in the list. Shape: like `result`."""
        return self.note(OPAQUE, arrays, {"function": name[:40]}, result)

    def is_computed(self, ids: Ids) -> bool:
        """Whether operations led to these numbers."""
        return any(self.events[n].before for n in self._sources(ids))

    def cut(self, ids: Ids, values: Array) -> None:
        """What an array of whole numbers takes of something that was computed. Shapes: alike."""
        if self.is_computed(ids):
            self.opaque(CUT, [ids], np.trunc(real.asarray(values)))

    def written_back(
        self, before: Ids, after: Ids, places: NDArray[np.intp], shape: tuple[int, ...]
    ) -> None:
        """Note whether places of an array that an index lists, and that are added to, come twice.

        Args:
            before: what stood there.
            after: what is written there.
            places: of the array, as if it was flat. Shape: as `before`.
            shape: of the array.
        """
        if self._pauses:
            return
        event = self.events[self._owner[after.flat[0]]]
        if event.name not in ("add", "subtract") or not any(
            np.array_equal(before, ids) for ids in event.ids
        ):
            return
        twice = come_twice(places, shape)
        if twice is not None:
            self.listed(twice, after)

    def listed(self, twice: bool, sums: Ids | None = None) -> None:
        """Note whether places that are added to come twice, with what is there then, if known."""
        if sums is not None:
            self.events[self._owner[sums.flat[0]]].settings = {TWICE: twice}
        place = self.place()
        if twice and place not in self._twice:
            self._at_least = self._deepest + 2  # that its step is seen whole
        (self._twice if twice else self._once).add(place)

    def constant(self, value: float) -> int:
        """The id of a number that stands in the code."""
        known = self._constants.get(value)
        if known is None:
            known = int(self.note(CONSTANT, (), {}, real.asarray(value, dtype=np.float64)))
            if not np.isnan(value) and not self._pauses:  # else it would not be known again
                self._constants[value] = known
        return known

    def masked(self, value: float) -> int:
        """The id of a number that a mask puts in the place of others: one for each such place."""
        key = (value, self.place())
        if self._pauses:
            return 0
        if key not in self._masked:
            self._masked[key] = int(
                self.note(MASKED, (), {}, real.asarray(value, dtype=np.float64))
            )
        return self._masked[key]

    def constants(self, values: Array) -> Ids:
        """The ids of an array of plain numbers. Shape: like `values`."""
        if values.ndim == 0:
            return real.asarray(self.constant(float(values)))
        return self.note(CONSTANT, (), {}, values)

    def is_empty(self, ids: Ids) -> bool:
        """Whether nothing but 0 stands in an array, as it was made."""
        made = all(self.events[n].name == LEAF for n in self._sources(ids))
        return made and not self._values[ids].any()

    def depth(self, ids: Ids) -> int:
        """By how many updates of the same array these numbers came about."""
        return max((self.events[n].depth for n in self._sources(ids)), default=0)

    def _reserve(self, size: int) -> None:
        if size > MOST_NUMBERS + MOST_NUMBERS:
            raise EnoughSeen
        if size > self._values.size:
            room = max(size, 2 * self._values.size)
            for name in ("_values", "_owner"):
                old = getattr(self, name)
                new = real.zeros(room, old.dtype)
                new[: old.size] = old
                setattr(self, name, new)

    def _sources(self, ids: Ids) -> set[int]:
        """Numbers of the events that gave these, without constants."""
        known = self._givers.get(id(ids))
        if known is not None:
            return known
        owners = self._owner[ids]
        first = owners.item(0) if owners.size else 0
        one = owners.size == 1 or real.count_nonzero(owners == first) == owners.size
        found = (first,) if one and owners.size else set(owners.ravel().tolist())
        return {n for n in found if self.events[n].name not in WRITTEN}

    def _look_for_update(self, number: int, event: Event) -> None:
        """Is this p ± g, with g computed by way of p? Then it is one update more of p."""
        p = self._updated(event, event, ())
        if p is None:
            return
        sources = self._sources(p)
        before = max((self.events[n].depth for n in sources), default=0)
        event.depth = before + 1
        for n in sources:
            for place, turns in self.events[n].turns.items():
                event.turns[place] = max(turns, event.turns.get(place, 0))
        event.turns[event.place] = event.turns.get(event.place, 0) + 1
        inside = not any(p is ids for ids in event.ids)
        if before:
            event.is_state = any(self.events[n].is_state for n in sources)
        else:
            event.is_state = inside and not np.any(self._values[p])
        if not before and self._is_never_kept(number, event, int(p.min())):
            event.depth, event.turns = UPDATES, {}

    def _updated(self, event: Event, whole: Event, others: tuple[Ids, ...]) -> Ids | None:
        """The p of p ± g, or, deeper in a sum, of (p ± g) ± others."""
        terms = [event.ids, event.ids[::-1]] if event.name == "add" else [event.ids]
        terms = [(p, g) for p, g in terms if p.ndim or not g.ndim]
        for p, g in terms:
            if self._may_be_updated(p, whole, bool(others)) and any(
                self._leads(each, p) for each in (g, *others)
            ):
                return p
        for p, g in terms:
            inner = self.events[self._owner[p.flat[0]]] if p.size else event
            alike = inner.shape == event.shape == p.shape and inner.place != whole.place
            # What changes a bias in one function, and adds it to something in another, is no sum.
            alike = alike and not (inner.depth and inner.place[:1] and not _in_one(inner, whole))
            if alike and len(others) < MOST_TERMS and inner.name in ("add", "subtract"):
                found = self._updated(inner, whole, (g, *others))
                if found is not None:
                    return found
        return None

    def _may_be_updated(self, p: Ids, whole: Event, inside: bool) -> bool:
        """Whether p is a first value, or was made by this very sum, in an earlier step.

        Alone it may have been changed by another one, or be made of one number.
        """
        return any(
            e.name in (LEAF, DATA)
            or e.place == whole.place
            or (not inside and (e.depth or e.name in _MAKES))
            for e in (self.events[n] for n in self._sources(p))
        )

    def _is_never_kept(self, number: int, event: Event, first: int) -> bool:
        """Whether new values of the same array were made often enough, and not used."""
        made = self._from_the_same.setdefault((event.place, first), [])
        made.append(number)
        if len(made) != _OFTEN:
            return False
        last = self.events[made[-2]]
        begin, end = last.start, last.start + math.prod(last.shape)
        return not any(
            np.any((ids >= begin) & (ids < end))
            for later in self.events[made[-2] + 1 :] for ids in later.ids
        )  # fmt: skip

    def _leads(self, g: Ids, p: Ids) -> bool:
        """Whether some numbers of p went into the computation of g."""
        givers, sources = self._sources(g), self._sources(p)
        led = 0
        for giver in givers:
            led |= self.events[giver].before | 1 << giver
        through = [n for n in sources if led >> n & 1]
        if not through:
            return False
        if all(math.prod(self.events[n].shape) == 1 for n in through):
            return any(self.events[g].before >> n & 1 for g in givers for n in through)
        wanted, first = real.zeros(self._next, dtype=np.bool_), min(through)
        wanted[p] = True
        users = (n for n in range(first + 1, led.bit_length()) if led >> n & 1)
        return any(wanted[ids].any() for n in users for ids in self.events[n].ids)


def come_twice(places: NDArray[np.intp], shape: tuple[int, ...]) -> bool | None:
    """Whether places of an array come twice; None where they cannot: an axis is gone through.

    Args:
        places: as if it was flat.
        shape: of the array.
    """
    if len(set(places.flat)) < places.size:
        return True
    rows = np.unravel_index(places.reshape(len(places), -1)[:, 0], shape)
    return None if any(np.all(np.diff(axis) > 0) for axis in rows) else False


def _in_one(first: Event, second: Event) -> bool:
    """Whether two operations stand in the same function."""
    return first.place[0][0] is second.place[0][0] if second.place else False
