"""What crosses from a learner's process: the same on the other side, or refused."""

import contextlib
import dataclasses
import json
import pickle
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of
from numpy.typing import NDArray
from safetensors.numpy import save

from chainrule.checking.learner.desk import Definition, Leaves, Problem, Reply, Statement
from chainrule.checking.learner.frames import MOST_ARRAY_BYTES, MOST_TEXT_BYTES
from chainrule.checking.learner.salvage import Note
from chainrule.checking.learner.wire import (
    Hello,
    WireError,
    decode_hello,
    decode_reply,
    encode_hello,
    encode_reply,
)
from helpers import assert_same_bits, examples

NUMBERS = st.sampled_from(["i8", "f2", "f4", "f8", ">f8", ">i8"])
ARRAYS = NUMBERS.flatmap(lambda kind: arrays_of.arrays(kind, arrays_of.array_shapes(min_dims=0)))
LEAVES = st.dictionaries(st.text("abW_1.", max_size=5), st.none() | ARRAYS, max_size=4)
PROBLEM = Problem(
    "NameError", "no X", "forward", 3, 4, "return X", "X", "self", ("x", "Y"), True, False, True,
    (("X", "(2, 3)"),),
)  # fmt: skip
REPLY = Reply(
    ({"": np.arange(6.0).reshape(2, 3)}, {"W": np.array([1, 2]), "name": None}),
    {"W_h": np.ones((2, 2), np.float32)},
    {"b": np.zeros(3)},
    {"forward": {"": np.array(1.5)}},
    ("overflow encountered in exp",),
    PROBLEM,
)


def assert_same_leaves(actual: Leaves, expected: Leaves) -> None:
    assert list(actual) == list(expected)
    for name, leaf in expected.items():
        other = actual[name]
        if leaf is None or other is None:
            assert other is leaf
        else:
            assert_same_bits({"": other}, {"": leaf.astype(leaf.dtype.newbyteorder("="))})


@given(st.lists(LEAVES, max_size=3), LEAVES, LEAVES, st.lists(st.text("ab ", max_size=3)))
@examples(100)
def test_a_reply_comes_out_as_it_went_in(
    results: list[Leaves], state: Leaves, slopes: Leaves, warned: list[str]
) -> None:
    reply = Reply(tuple(results), state, slopes, {"loss": state}, tuple(warned), PROBLEM)
    number, found = decode_reply(encode_reply(7, reply))
    assert number == 7
    assert (found.warned, found.problem) == (reply.warned, PROBLEM)
    for actual, expected in zip(found.results, results, strict=True):
        assert_same_leaves(actual, expected)
    assert_same_leaves(found.state, state)
    assert_same_leaves(found.slopes, slopes)
    assert_same_leaves(dict(found.entered)["loss"], state)


def test_definitions_and_notes_come_out_as_they_went_in() -> None:
    hello = Hello(
        (
            Definition("softmax", 2, ("X", "axis="), None, frozenset([""]), 3, 4, PROBLEM),
            Definition("Net", methods={"forward": ("X",), "loss": ()}, places={"loss": (None, 3)}),
        ),
        (Note(1, 2, "x =", "does not parse"), Note(None, None, "", "empty")),
        "",
    )
    assert decode_hello(encode_hello(hello)) == hello
    assert decode_hello(encode_hello(Hello(error="no file"))) == Hello(error="no file")


def test_what_came_can_be_changed_without_changing_another() -> None:
    _, reply = decode_reply(encode_reply(1, REPLY))
    first = reply.results[0][""]
    assert first is not None
    first += 1
    np.testing.assert_array_equal(reply.slopes["b"], np.zeros(3))


def test_numbers_that_do_not_travel_are_made_double() -> None:
    long: Leaves = {"": np.ones(2, np.longdouble), "b": np.ones(())}
    _, reply = decode_reply(encode_reply(1, Reply((long,))))
    np.testing.assert_array_equal(reply.results[0][""], [1.0, 1.0])
    assert reply.results[0]["b"] == np.ones(())


def test_arrays_beyond_the_limit_are_answered_by_a_problem() -> None:
    large = np.zeros(MOST_ARRAY_BYTES // 8 + 1)
    _, reply = decode_reply(encode_reply(1, Reply(({"": large},))))
    assert reply.results == ()
    assert reply.problem is not None
    assert reply.problem.kind == "MemoryError"


def test_text_is_cut_and_rid_of_what_a_terminal_obeys() -> None:
    problem = Problem("E\x1b[31m", "a\tb\nc\0" + "x" * 10_000_000, source="\ud800")
    _, reply = decode_reply(encode_reply(1, Reply(problem=problem)))
    assert reply.problem is not None
    assert reply.problem.kind == "E\N{REPLACEMENT CHARACTER}[31m"
    assert reply.problem.text.startswith("a b\nc\N{REPLACEMENT CHARACTER}xx")
    assert len(reply.problem.text) == 2000
    reply.problem.source.encode()


def header(**changes: Any) -> dict[str, Any]:
    """The header of a reply, or of a hello, with some fields changed."""
    fields: dict[str, Any] = {
        "number": 1, "results": [{"": 0}], "state": {"W": 1}, "slopes": {}, "entered": {},
        "warned": ["a"], "problem": None, "statements": [], "definitions": [], "notes": [],
        "error": "",
    }  # fmt: skip
    return fields | changes


ONES: dict[str, NDArray[Any]] = {"0": np.ones((2, 3)), "1": np.ones(2, np.float32)}


def frame(content: Any, arrays: Mapping[str, NDArray[Any]] = ONES) -> bytes:
    text = content if isinstance(content, bytes) else json.dumps(content).encode()
    return bytes(save({"header": np.frombuffer(text, np.uint8), **arrays}))


def test_a_frame_of_the_tests_is_read() -> None:
    number, reply = decode_reply(frame(header()))
    assert number == 1
    assert reply.state["W"] is not None
    assert decode_hello(frame(header())) == Hello()


def test_every_text_is_rid_of_what_a_terminal_obeys_and_cut() -> None:
    bad, many = "\x1b[31m", "x" * 5000
    problem = PROBLEM_FIELDS | {"text": many, "near": [bad], "operands": [[bad, bad]]}
    definition = DEFINITION | {
        "name": bad, "parameters": [bad], "methods": {bad: [bad]}, "blanks": [bad],
        "places": {bad: [1, 2]},
    }  # fmt: skip
    fields = header(
        results=[{bad: 0}], state={bad: None}, entered={bad: {bad: 1}}, warned=[bad],
        statements=[{"line": 1, "source": bad, "names": [bad], "reads": [bad],
                     "changes": [bad], "left": False, "ends": False}],
        problem=problem, definitions=[definition], error=bad,
    )  # fmt: skip
    fields["notes"] = [{"cell": 1, "line": 2, "source": bad, "message": bad}]
    _, reply = decode_reply(frame(fields))
    found = repr((reply, decode_hello(frame(fields))))
    assert "x1b" not in found
    assert found.count("\N{REPLACEMENT CHARACTER}[31m") == 21
    assert reply.problem is not None
    assert len(reply.problem.text) == 2000


class Attack:
    """Leaves a mark when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return Path.touch, (self.mark,)


def refused(payload: bytes, decode: Callable[[bytes], object] = decode_reply) -> None:
    with pytest.raises(WireError) as raised:
        decode(payload)
    assert str(raised.value) == "what the learner's process sent could not be read"


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    pickled = pickle.dumps(Attack(mark))
    for payload in (pickled, frame(pickled), len(pickled).to_bytes(8, "little") + pickled):
        refused(payload)
    assert not mark.exists()


OTHER_IN_PROBLEM: dict[str, Any] = {
    "kind": 3, "cell": -1, "line": "4", "near": "xy", "notebook": 1, "imported": None,
    "operands": [["X"]],
}  # fmt: skip
OTHER_IN_DEFINITION: dict[str, Any] = {
    "name": None, "number": True, "parameters": "ab", "methods": [], "blanks": 3, "cell": 1.5,
    "problem": {"kind": "a"}, "places": {"f": [1]}, "columns": 0,
}  # fmt: skip
PROBLEM_FIELDS = dataclasses.asdict(PROBLEM)
DEFINITION = dataclasses.asdict(Definition("f", blanks=frozenset())) | {"blanks": []}
STATEMENT = dataclasses.asdict(Statement(3, "x = 1", ("x",))) | {"reads": [], "changes": []}
OTHER_IN_STATEMENT: dict[str, Any] = {
    "line": -1, "source": 3, "names": "x", "reads": 1, "changes": [2], "left": 0, "ends": None
}  # fmt: skip
REPLIES: dict[str, dict[str, Any]] = {
    "no number": {"number": None},
    "a truth value": {"number": True},
    "a number below 0": {"number": -1},
    "a fraction": {"number": 1.0},
    "results that are no list": {"results": {}},
    "a problem with operands that are no list": {"problem": PROBLEM_FIELDS | {"operands": {}}},
    "results in a text": {"results": ""},
    "a text in a list": {"warned": [["a"]]},
    "a result that is no mapping": {"results": [[0]]},
    "leaves that are no mapping": {"state": [0]},
    "slopes that are no mapping": {"slopes": "x"},
    "an array that is not there": {"state": {"W": 2}},
    "an array from the end": {"state": {"W": -1}},
    "an array by a truth value": {"state": {"W": False}},
    "an array by its name": {"state": {"W": "0"}},
    "what was entered as a list": {"entered": [{}]},
    "what was entered without leaves": {"entered": {"forward": 0}},
    "a warning that is no text": {"warned": [3]},
    "a statement without a line": {"statements": [{"source": "a"}]},
    "warnings in a text": {"warned": "abc"},
    "a problem that is none": {"problem": {}},
    "a problem in a list": {"problem": []},
    "statements that are no list": {"statements": {}},
    "a statement that is none": {"statements": [3]},
    **{
        f"a statement with {name} of another kind": {"statements": [STATEMENT | {name: value}]}
        for name, value in OTHER_IN_STATEMENT.items()
    },
    **{
        f"a problem with {name} of another kind": {"problem": PROBLEM_FIELDS | {name: value}}
        for name, value in OTHER_IN_PROBLEM.items()
    },
}  # fmt: skip
HELLOS: dict[str, dict[str, Any]] = {
    "definitions that are no list": {"definitions": {}},
    "notes that are no list": {"notes": {}},
    "a note that is none": {"notes": [["a"]]},
    "an error that is no text": {"error": None},
    **{
        f"a definition with {name} of another kind": {"definitions": [DEFINITION | {name: value}]}
        for name, value in OTHER_IN_DEFINITION.items()
    },
    "methods without parameters": {"definitions": [DEFINITION | {"methods": {"f": 3}}]},
    "places without numbers": {"definitions": [DEFINITION | {"places": {"f": [None, None]}}]},
    "a place with a cell below 0": {"definitions": [DEFINITION | {"places": {"f": [-1, 1]}}]},
    "a place with a line below 0": {"definitions": [DEFINITION | {"places": {"f": [1, -1]}}]},
    "places in a list": {"definitions": [DEFINITION | {"places": [[1, 2]]}]},
}  # fmt: skip


@pytest.mark.parametrize("kind", REPLIES)
def test_a_reply_with_a_field_of_another_kind_is_refused(kind: str) -> None:
    refused(frame(header(**REPLIES[kind])))


@pytest.mark.parametrize("kind", HELLOS)
def test_a_hello_with_a_field_of_another_kind_is_refused(kind: str) -> None:
    refused(frame(header(**HELLOS[kind])), decode_hello)


@pytest.mark.parametrize("name", header())
def test_a_field_that_is_missing_is_refused(name: str) -> None:
    fields = header()
    del fields[name]
    is_of_hello = name in ("definitions", "notes", "error")
    refused(frame(fields), decode_hello if is_of_hello else decode_reply)


def test_fields_that_are_right_are_read() -> None:
    """So that what is refused above is refused for the one field that was changed."""
    _, reply = decode_reply(frame(header(problem=PROBLEM_FIELDS, statements=[STATEMENT])))
    assert reply.problem == PROBLEM
    assert reply.statements == (Statement(3, "x = 1", ("x",)),)
    assert decode_hello(frame(header(definitions=[DEFINITION]))).definitions == (Definition("f"),)


ARRAYS_REFUSED: dict[str, dict[str, NDArray[Any]]] = {
    "truth values": {"0": np.ones(2, bool)},
    "bytes": {"0": np.ones(2, np.uint8)},
    "no sign": {"0": np.ones(2, np.uint64)},
    "nothing in it": {"0": np.ones((3, 0))},
    "another name": {"W": np.ones(2)},
    "a number that is left out": {"0": np.ones(2), "2": np.ones(2)},
}


@pytest.mark.parametrize("kind", ARRAYS_REFUSED)
def test_arrays_that_one_cannot_compute_with_are_refused(kind: str) -> None:
    arrays = ARRAYS_REFUSED[kind]
    refused(frame(header(results=[], state={}), arrays))


def claiming(**changes: Any) -> bytes:
    """A frame whose own table says something else of the first array."""
    table = {"header": {"dtype": "U8", "shape": [2], "data_offsets": [0, 2]}}
    table["0"] = {"dtype": "F64", "shape": [1], "data_offsets": [2, 10]} | changes
    text = json.dumps(table).encode()
    return len(text).to_bytes(8, "little") + text + b"{}" + bytes(8)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"PK",
        b"\0" * 100,
        b"\xff" * 100,
        save({}),
        save({"0": np.ones(2)}),
        frame(b""),
        frame(b"[1, 2]"),
        frame(b"[" * 50_000),
        frame(b"\xff\xfe"),
        frame(b'"' + b"x" * MOST_TEXT_BYTES + b'"'),
        frame(header()) + b"\0",
        frame(header()) + frame(header()),
        zlib.compress(frame(header())),
        claiming(shape=[10**12]),
        claiming(shape=[-1]),
        claiming(shape=[2**40, 2**40]),
        claiming(shape=[1] * 100),
        claiming(dtype="F32"),
        claiming(dtype="object"),
        claiming(data_offsets=[2, 10**15]),
        claiming(data_offsets=[0, 8]),
        claiming(data_offsets=[10, 2]),
    ],
)
def test_what_is_not_as_it_should_be_is_refused(payload: bytes) -> None:
    refused(payload)


def test_text_beyond_the_limit_is_refused() -> None:
    content = json.dumps(header()).encode()
    decode_reply(frame(content + b" " * (MOST_TEXT_BYTES - len(content))))
    refused(frame(content + b" " * (MOST_TEXT_BYTES - len(content) + 1)))


def test_text_beyond_the_limit_is_answered_by_a_problem() -> None:
    leaves: Leaves = {"x" * (MOST_TEXT_BYTES + 1): np.ones(2)}
    _, reply = decode_reply(encode_reply(1, Reply((leaves,))))
    assert reply.problem is not None
    assert reply.problem.kind == "MemoryError"


@given(st.data())
@examples(400)
def test_any_damage_is_refused_or_harmless(data: st.DataObject) -> None:
    payload = bytearray(encode_reply(1, REPLY))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(payload) - 1))
        how = data.draw(st.sampled_from(["change", "cut", "insert"]))
        if how == "change":
            payload[place] = data.draw(st.integers(0, 255))
        elif how == "cut":
            del payload[place : place + data.draw(st.integers(1, 50))]
        else:
            payload[place:place] = data.draw(st.binary(max_size=20))
        if not payload:
            break
    for decode in (decode_reply, decode_hello):
        with contextlib.suppress(WireError):
            decode(bytes(payload))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    ),
    st.sampled_from(
        ["number", "results", "state", "slopes", "entered", "warned", "problem", "statements"]
    ),
)
@examples(300)
def test_any_json_in_any_place_is_refused_or_harmless(value: Any, place: str) -> None:
    payload = frame(header(**{place: value}))
    with contextlib.suppress(WireError):
        decode_reply(payload)
