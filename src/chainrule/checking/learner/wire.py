"""What crosses between the judge and a learner's process, as bytes.

What a learner's process sends may have been made by the learner's code. So it is read as data
alone, as safetensors: a header, text of JSON whose fields are read as the annotations of `desk`
say, and the arrays that it refers to by number. Nothing is unpickled.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, NamedTuple, TypeVar, get_type_hints

import numpy as np
from numpy.typing import NDArray

from chainrule.checking.learner.desk import Definition, Leaves, Problem, Reply, Statement
from chainrule.checking.learner.frames import MOST_ARRAY_BYTES, MOST_TEXT_BYTES
from chainrule.checking.learner.salvage import Note
from chainrule.errors import ChainruleError

LONGEST_STRING = 2000  # characters; what is longer was not written to be read
DTYPES = (np.int64, np.float16, np.float32, np.float64)  # all that `leaves` gives
_Kind = TypeVar("_Kind")


class WireError(ChainruleError):
    """What a learner's process sent is not what it should have sent."""


class Hello(NamedTuple):
    """The first that a learner's process says: what it found, or why it found nothing."""

    definitions: tuple[Definition, ...] = ()
    notes: tuple[Note, ...] = ()
    error: str = ""


def encode_hello(hello: Hello) -> bytes:
    """A frame with what was found in a file."""
    return _pack(_plain(hello._asdict(), []), [])


def decode_hello(frame: bytes) -> Hello:
    """What `encode_hello` was given.

    Raises:
        WireError: for anything else.
    """

    def read(entry: Any, _arrays: list[NDArray[Any]]) -> Hello:
        return Hello(
            tuple(_filled(Definition, item) for item in read_list(entry["definitions"])),
            tuple(_filled(Note, item) for item in read_list(entry["notes"])),
            _string(entry["error"]),
        )

    return _unpack(frame, read)


def encode_reply(number: int, reply: Reply) -> bytes:
    """A frame with the reply to the request of that number; of one too large, that it is."""
    arrays: list[NDArray[Any]] = []
    try:
        return _pack({"number": number, **_plain(reply, arrays)}, arrays)
    except WireError as error:
        problem = Reply(problem=Problem("MemoryError", str(error)))
        return _pack({"number": number, **_plain(problem, [])}, [])


def decode_reply(frame: bytes) -> tuple[int, Reply]:
    """What `encode_reply` was given, strings cut and without control characters.

    Raises:
        WireError: for anything else.
    """

    def read(entry: Any, arrays: list[NDArray[Any]]) -> tuple[int, Reply]:
        def leaves(value: Any) -> Leaves:
            return {
                _string(path): None if place is None else arrays[_index(place)]
                for path, place in value.items()
            }

        return _index(entry["number"]), Reply(
            tuple(leaves(result) for result in read_list(entry["results"])),
            leaves(entry["state"]),
            leaves(entry["slopes"]),
            {_string(name): leaves(value) for name, value in entry["entered"].items()},
            _strings(entry["warned"]),
            read_problem(entry["problem"]),
            tuple(_filled(Statement, item) for item in read_list(entry["statements"])),
        )

    return _unpack(frame, read)


def _plain(value: Any, arrays: list[NDArray[Any]]) -> Any:
    """A value as JSON has it; arrays are put aside, and their places stand for them."""
    plain = value
    if isinstance(value, np.ndarray):
        arrays.append(value)
        plain = len(arrays) - 1
    elif isinstance(value, Mapping):
        plain = {key: _plain(item, arrays) for key, item in value.items()}
    elif isinstance(value, str):
        plain = value[:LONGEST_STRING]
    elif isinstance(value, frozenset):
        plain = sorted(value)
    elif isinstance(value, list | tuple):
        plain = [_plain(item, arrays) for item in value]
    elif is_dataclass(value):
        plain = {f.name: _plain(getattr(value, f.name), arrays) for f in fields(value)}
    return plain


def _pack(content: Any, arrays: Sequence[NDArray[Any]]) -> bytes:
    from safetensors.numpy import save

    size = sum(array.nbytes for array in arrays)  # of views too, before they are written out
    if size > MOST_ARRAY_BYTES:
        raise WireError(f"its arrays take {size:,} bytes, and {MOST_ARRAY_BYTES:,} is the most")
    text = json.dumps(content).encode()
    if len(text) > MOST_TEXT_BYTES:
        raise WireError(f"the names in it take {len(text):,} bytes, too many")
    numbers = {str(place): _of_known_type(array) for place, array in enumerate(arrays)}
    frame: bytes = save({"header": np.frombuffer(text, np.uint8), **numbers})
    return frame


def _of_known_type(array: NDArray[Any]) -> NDArray[Any]:
    """The array in a type that crosses: long doubles are cut."""
    kind = array.dtype.newbyteorder("=").type
    known = np.ascontiguousarray(array, kind if kind in DTYPES else np.float64)
    return known.reshape(array.shape)


def _unpack(frame: bytes, read: Callable[[Any, list[NDArray[Any]]], _Kind]) -> _Kind:
    from safetensors.numpy import load

    try:
        arrays = load(frame)
        text = arrays.pop("header")
        if text.nbytes > MOST_TEXT_BYTES:
            raise ValueError("length")
        numbers = [_numbers(arrays[str(place)]) for place in range(len(arrays))]
        return read(json.loads(text.tobytes()), numbers)
    except Exception as error:  # readers of safetensors and JSON, and ours, have their own kinds
        raise WireError("what the learner's process sent could not be read") from error


def _numbers(array: NDArray[Any]) -> NDArray[Any]:
    if array.dtype.type not in DTYPES or not array.size:
        raise ValueError("not numbers")
    return array


def _string(value: Any) -> str:
    """A string that can be printed: control characters could do things to a terminal."""
    text: str = value[:LONGEST_STRING].replace("\t", " ")
    return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text)


def _strings(value: Any) -> tuple[str, ...]:
    return tuple(_string(item) for item in read_list(value))


def _pairs(value: Any) -> tuple[tuple[str, str], ...]:
    return tuple((_string(first), _string(second)) for first, second in read_list(value))


def _index(value: Any) -> int:
    if type(value) is not int or value < 0:
        raise TypeError("not a whole number from 0 on")
    return value


def read_flag(value: Any) -> bool:
    """A truth value.

    Raises:
        TypeError: for anything else.
    """
    if type(value) is not bool:
        raise TypeError("neither true nor false")
    return value


def read_list(value: Any) -> list[Any]:
    """A list.

    Raises:
        TypeError: for anything else.
    """
    if not isinstance(value, list):
        raise TypeError("not a list")
    return value


def read_problem(value: Any) -> Problem | None:
    """A problem of its fields by their names, as JSON has them, strings cut and made printable.

    Raises:
        TypeError, KeyError, AttributeError: for anything else.
    """
    return None if value is None else _filled(Problem, value)


_READERS: dict[Any, Callable[[Any], Any]] = {
    str: _string,
    int: _index,
    bool: read_flag,
    int | None: lambda value: None if value is None else _index(value),
    tuple[str, ...]: _strings,
    frozenset[str]: lambda value: frozenset(_strings(value)),
    tuple[tuple[str, str], ...]: _pairs,
    Mapping[str, tuple[str, ...]] | None: lambda value: (
        None if value is None else {_string(k): _strings(v) for k, v in value.items()}
    ),
    Mapping[str, str]: lambda value: {_string(k): _string(v) for k, v in value.items()},
    Problem | None: read_problem,
    Mapping[str, tuple[int | None, int]]: lambda value: {
        _string(name): (None if cell is None else _index(cell), _index(line))
        for name, (cell, line) in value.items()
    },
}


@cache
def _readers(kind: Any) -> dict[str, Callable[[Any], Any]]:
    """How to read each field of a dataclass, by what its annotation says."""
    hints = get_type_hints(kind)
    return {f.name: _READERS[hints[f.name]] for f in fields(kind)}


def _filled(kind: type[_Kind], entry: Any) -> _Kind:
    hashable: Any = kind  # which mypy does not know of a type variable
    readers = _readers(hashable)
    return kind(**{name: read(entry[name]) for name, read in readers.items()})
