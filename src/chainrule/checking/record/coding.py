"""How a table crosses from a learner's process to the judge.

What comes may have been made by the learner's code. So it is data alone, safetensors with a text
of JSON in one of its arrays; every field is checked before it is used, and every operation is
computed again.
"""

import functools
import json
import math
from collections.abc import Sequence, Set
from dataclasses import asdict, replace
from typing import Any, NamedTuple

import numpy as np

from chainrule.checking.learner.wire import read_flag, read_list, read_problem
from chainrule.checking.record._tape.operations import (
    ELEMENTWISE,
    LEAF,
    MOST_AXES,
    NAMES,
    OPAQUE,
    PRODUCTS,
    REDUCTIONS,
    SOURCES,
    TWICE,
    Settings,
)
from chainrule.checking.record._tape.sums import Regrouped, regrouped
from chainrule.checking.record._tape.tape import (
    MOST_EVENTS,
    MOST_FRAMES,
    MOST_NUMBERS,
    MOST_PASSED,
    Ids,
)
from chainrule.checking.record.table import Called, Code, Operation, RecordError, Stop, Table

_MOST_TEXT = 300  # characters
_MOST_BYTES = 32 << 20
_MOST_LINE = 10_000_000
_MOST_KEPT = 4  # tables of which all but the numbers is kept, since those that follow may share it


class _Head(NamedTuple):
    """All of a table but its numbers."""

    operations: tuple[Operation, ...]
    sums: Regrouped | None
    places: tuple[tuple[Code, ...], ...]
    stop: Stop
    standins: tuple[str, ...]
    calls: tuple[Called, ...]


def encode(table: Table) -> bytes:
    """A table as bytes.

    Raises:
        RecordError: if it is too large.
    """
    from safetensors.numpy import save

    loose: list[Ids] = []
    place = 0
    rows = []
    steps = iter(_steps([ids for operation in table.operations for ids in operation.ids]))
    for operation in table.operations:
        given = []
        for ids in operation.ids:
            step = next(steps)
            if step is None:
                given.append([place, list(ids.shape)])
                loose.append(ids.ravel())
                place += ids.size
            else:
                given.append([int(ids.flat[0]) if ids.size else 0, list(ids.shape), step])
        rows.append([operation.name, dict(operation.settings), given, list(operation.shape),
                     operation.place])  # fmt: skip
    header = {
        "operations": rows,
        "places": [[list(code) for code in codes] for codes in table.places],
        "stop": [
            table.stop.kind,
            table.stop.text,
            table.stop.problem and asdict(table.stop.problem),
        ],
        "standins": list(table.standins),
        "calls": [list(call) for call in table.calls],
    }
    text = np.frombuffer(json.dumps(header).encode(), dtype=np.uint8)
    ids = np.concatenate(loose) if loose else np.zeros(0, np.int64)
    data = save({"header": text, "values": table.values, "ids": ids.astype(np.int64)})
    if len(data) > _MOST_BYTES:
        raise RecordError(f"the record takes {len(data):,} bytes, too many")
    return bytes(data)


def _steps(arrays: Sequence[Ids]) -> list[list[int] | None]:
    """The step along each axis, where ids go on evenly, as in a whole array or its transpose.

    Arrays of the same shape are looked at together.
    """
    found: list[list[int] | None] = [[] for _ in arrays]
    alike: dict[tuple[int, ...], list[int]] = {}
    for number, ids in enumerate(arrays):
        if ids.ndim:
            alike.setdefault(ids.shape, []).append(number)
    for shape, numbers in alike.items():
        size = math.prod(shape)
        if not size:
            for number in numbers:
                found[number] = [0] * len(shape)
            continue
        together = np.array([arrays[number] for number in numbers])
        rows = together.reshape(len(numbers), size)
        first = rows[:, 0]
        expected, steps, after = first, np.zeros((len(numbers), len(shape)), np.int64), size
        for axis, side in enumerate(shape):
            after //= side
            if side > 1:
                steps[:, axis] = rows[:, after] - first
            more = steps[:, axis].reshape(-1, *(1,) * (axis + 1)) * np.arange(side)
            expected = expected[..., None] + more
        even = (expected == together).reshape(len(numbers), size).all(axis=1)
        for number, is_even, step in zip(numbers, even.tolist(), steps.tolist(), strict=True):
            found[number] = step if is_even else None
    return found


def decode(data: bytes, files: Set[str] = frozenset()) -> Table:
    """What `encode` was given, every field checked, every operation computed again.

    Sums that change parameters are put together anew (`sums`).

    Args:
        data: the bytes.
        files: of the modules in which code may be said to stand.

    Raises:
        RecordError: for anything else.
    """
    from safetensors.numpy import load

    try:
        if len(data) > _MOST_BYTES:
            raise ValueError("length")
        arrays = load(data)
        if set(arrays) != {"header", "values", "ids"}:
            raise ValueError("arrays")
        header, values, ids = (arrays[name] for name in ("header", "values", "ids"))
        for array, kind in ((header, np.uint8), (values, np.float64), (ids, np.int64)):
            if array.dtype != kind or array.ndim != 1:
                raise ValueError("kind of array")
        if values.size > 2 * MOST_NUMBERS:
            raise ValueError("size")
        head = _read(header.tobytes(), ids.tobytes(), values.size, frozenset(files))
    except Exception as error:  # readers of safetensors and JSON, and ours, have their own kinds
        raise RecordError("what the learner's process recorded could not be read") from error
    table = Table(head.operations, values, head.places, head.stop, head.standins, head.calls)
    table.verify()
    if head.sums is not None:
        table = replace(
            table, operations=head.sums.operations, values=head.sums.values(table.values)
        )
    return table


@functools.lru_cache(maxsize=_MOST_KEPT)
def _read(text: bytes, loose: bytes, size: int, files: frozenset[str]) -> _Head:
    """All that is no number: of runs of the same code it is often the same, and read once.

    Args:
        text: of JSON.
        loose: ids that do not go on evenly.
        size: how many numbers there are.
        files: of the modules that there are.
    """
    header, ids = json.loads(text), np.frombuffer(loose, np.int64)
    rows, places = read_list(header["operations"]), read_list(header["places"])
    if len(rows) > MOST_EVENTS + 1 or len(places) > len(rows) + MOST_PASSED:
        raise ValueError("too many operations")
    codes = tuple(tuple(_code(c, files) for c in read_list(one)[:MOST_FRAMES]) for one in places)
    operations = []
    start = 1
    for row in rows:
        name, settings, given, shape, place = read_list(row)
        if name not in NAMES:
            raise ValueError("an operation that is not in the list")
        operation = Operation(
            name,
            _settings(name, settings),
            tuple(_ids(one, ids, start) for one in read_list(given)),
            _shape(shape),
            start,
            _whole(place, len(codes)),
        )
        _count_inputs(operation)
        operations.append(operation)
        start += operation.size
    if start != size:
        raise ValueError("numbers left over, or missing")
    kind, what, problem = read_list(header["stop"])
    stop = Stop(_text(kind), _text(what), read_problem(problem))
    standins = tuple(_text(one) for one in read_list(header["standins"]))
    calls = tuple(_called(one) for one in read_list(header["calls"]))
    return _Head(tuple(operations), regrouped(operations), codes, stop, standins, calls)


def _called(row: Any) -> Called:
    name, axes, beyond, inner = read_list(row)
    return Called(_text(name), _whole(axes, MOST_AXES + 1), read_flag(beyond), read_flag(inner))


def _ids(given: Any, loose: Ids, limit: int) -> Ids:
    """The ids of an array that goes in; only numbers that are there already."""
    first, shape, *step = read_list(given)
    if step and shape == []:  # of a single number, as most are in code without arrays
        if not _whole(first, limit):
            raise ValueError("ids")
        return np.asarray(first)
    sides = _shape(shape)
    size = math.prod(sides)
    if not step:
        place = _whole(first, loose.size + 1)
        if place + size > loose.size:
            raise ValueError("ids")
        found = loose[place : place + size].reshape(sides)
        least, most = (found.min(), found.max()) if size else (1, 1)
    else:
        places, before, after = _even(sides, tuple(map(_number, read_list(step[0]))))
        found = _whole(first, limit) + places
        least, most = first + before, first + after
    if size and not (least >= 1 and most < limit):
        raise ValueError("ids")
    return found


@functools.lru_cache(maxsize=256)
def _even(sides: tuple[int, ...], steps: tuple[int, ...]) -> tuple[Ids, int, int]:
    """Ids that go on evenly from 0, and the least and the most of them. Shape: `sides`."""
    if len(steps) != len(sides):
        raise ValueError("steps")
    places, ends = np.zeros((), np.int64), [0]
    for side, one in zip(sides, steps, strict=True):
        places = places[..., None] + one * np.arange(side)
        ends.append(one * (side - 1))
    return places, sum(min(end, 0) for end in ends), sum(max(end, 0) for end in ends)


def _count_inputs(operation: Operation) -> None:
    name, count = operation.name, len(operation.ids)
    if name in SOURCES:
        right = count == 0
    elif name in ELEMENTWISE:
        right = count == len(ELEMENTWISE[name].slopes)
    elif name in PRODUCTS or name == "tensordot":
        right = count == 2
    elif name in ("einsum", OPAQUE):
        right = True
    else:
        right = count == 1
    if not right:
        raise ValueError("arrays that go in")


def _settings(name: str, given: Any) -> Settings:
    """The settings of an operation: those that it takes, of their kind."""
    if not isinstance(given, dict):
        raise TypeError("settings")
    settings: dict[str, Any] = {}
    for key, value in given.items():
        if key == "axis" and (
            name in REDUCTIONS or name in ("cumsum", "softmax", "log_softmax", "logsumexp")
        ):
            settings[key] = _axes(value)
        elif key == "keepdims" and (name in REDUCTIONS or name == "logsumexp"):
            settings[key] = read_flag(value)
        elif key == "subscripts" and name == "einsum":
            settings[key] = _subscripts(value)
        elif key == "axes" and name == "tensordot":
            settings[key] = (
                [_axes(each) for each in value] if isinstance(value, list) else _axis(value)
            )
        elif (key, name) in (("written", LEAF), (TWICE, "add"), (TWICE, "subtract")):
            settings[key] = read_flag(value)
        elif key == "number" and name == LEAF:
            settings[key] = _whole(value)
        elif key == "function" and name == OPAQUE:
            settings[key] = _text(value)
        else:
            raise ValueError(key)
    return settings


def _subscripts(value: Any) -> str:
    text = _text(value)
    if not text.replace("->", "").replace(",", "").isalpha() and text.strip(",->"):
        raise ValueError("subscripts")
    return text


def _axes(value: Any) -> Any:
    if value is None:
        return None
    if isinstance(value, list) and len(value) <= MOST_AXES:
        return [_axis(each) for each in value]
    return _axis(value)


def _axis(value: Any) -> int:
    if type(value) is not int or not -MOST_AXES <= value < MOST_AXES:
        raise TypeError("axis")
    return value


def _code(given: Any, files: frozenset[str]) -> Code:
    *numbers, function, file = read_list(given)
    cell, line, last_line, column, last_column = (_whole(n, _MOST_LINE) for n in numbers)
    if file and file not in files:
        raise ValueError("a file that is none of the learner's")
    return Code(cell, line, last_line, column, last_column, _text(function), _text(file))


def _shape(value: Any) -> tuple[int, ...]:
    if value == []:
        return ()
    sides = tuple(_whole(side, MOST_NUMBERS) for side in read_list(value))
    if len(sides) > MOST_AXES or math.prod(sides) > 2 * MOST_NUMBERS:
        raise ValueError("shape")
    return sides


def _whole(value: Any, limit: int = 1 << 31) -> int:
    if type(value) is not int or not 0 <= value < limit:
        raise TypeError("not a whole number within its limit")
    return value


def _number(value: Any) -> int:
    if type(value) is not int or abs(value) > 2 * MOST_NUMBERS:
        raise TypeError("not a whole number")
    return value


def _text(value: Any) -> str:
    """A text that can be printed: control characters could do things to a terminal."""
    if not isinstance(value, str):
        raise TypeError("not a text")
    return "".join(c if c.isprintable() else " " for c in value[:_MOST_TEXT])
