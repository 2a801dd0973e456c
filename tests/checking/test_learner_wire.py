"""What crosses from a learner's process: the same on the other side, or refused."""

import contextlib
import io
import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from chainrule.checking.learner.desk import Definition, Leaves, Problem, Reply
from chainrule.checking.learner.salvage import Note
from chainrule.checking.learner.wire import (
    MOST_ARRAY_BYTES,
    MOST_BYTES,
    Hello,
    WireError,
    decode_hello,
    decode_reply,
    encode_hello,
    encode_reply,
)
from helpers import assert_same_bits, examples

NUMBERS = st.sampled_from(["?", "i1", "u2", "i4", "i8", "u8", "f2", "f4", "f8", ">f8", ">i4"])
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


def test_numbers_that_do_not_travel_are_left_out_or_made_double() -> None:
    leaves: Leaves = {"long": np.ones(2, np.longdouble), "complex": np.ones(2, complex)}
    leaves["objects"] = np.array([object()], dtype=object)
    _, reply = decode_reply(encode_reply(1, Reply((leaves,))))
    np.testing.assert_array_equal(reply.results[0]["long"], [1.0, 1.0])
    assert reply.results[0]["complex"] is None
    assert reply.results[0]["objects"] is None


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


def npz(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, member in members.items():
            archive.writestr(f"{name}.npy", member)
    return buffer.getvalue()


def npy(array: Any, pickled: bool = False) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.asarray(array), allow_pickle=pickled)
    return buffer.getvalue()


def index(**changes: Any) -> bytes:
    data: dict[str, Any] = {
        "number": 1, "results": [], "state": [], "slopes": [], "entered": [], "warned": [],
        "problem": None,
    }  # fmt: skip
    text = json.dumps(data | changes).encode()
    return npy(np.frombuffer(text, np.uint8))


def claiming(shape: str, data: bytes = b"") -> bytes:
    """A member that claims a shape."""
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + data


class Attack:
    """Leaves a mark when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return Path.touch, (self.mark,)


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    attack = np.array([Attack(mark)], dtype=object)
    pickled = npy(attack, pickled=True)
    for payload in (
        pickle.dumps(Attack(mark)),
        npz(index=pickled),
        npz(index=index(), f8=pickled),
        npz(index=index(), object=pickled),
        pickled,
    ):
        with pytest.raises(WireError):
            decode_reply(payload)
    assert not mark.exists()


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"PK",
        npz(),
        npz(index=b""),
        npz(index=npy(np.zeros(3))),
        npz(index=npy(np.frombuffer(b"[1, 2]", np.uint8))),
        npz(index=npy(np.frombuffer(b"[" * 50_000, np.uint8))),
        npz(index=npy(np.frombuffer(b"\xff\xfe", np.uint8))),
        npz(index=index(), f8=claiming("(1000000000000,)")),
        npz(index=index(), f8=claiming("(-1,)")),
        npz(index=index(), f8=claiming("(1000000, 1000000)")),
        npz(index=index(), f8=claiming("(2,)", b"\0" * 8)),
        npz(index=index(), f4=claiming("(1,)", b"\0" * 8)),
        npz(index=index(), f8=npy(["a"])),
        npz(index=index(), c16=npy([1j])),
        npz(index=index(), f8=npy([[1.0]])),
        npz(index=index(number=None)),
        npz(index=index(number=True)),
        npz(index=index(number=-1)),
        npz(index=index(number=1.5)),
        npz(index=index(number=10**30)),
        npz(index=index(results=3)),
        npz(index=index(results=[[]] * 100_000)),
        npz(index=index(state=[["a", ["f8", 0, [2]]]])),
        npz(index=index(state=[["a", ["f8", 0, [2]]]]), f8=npy([1.0])),
        npz(index=index(state=[["a", ["f8", -1, [1]]]]), f8=npy([1.0])),
        npz(index=index(state=[["a", ["f8", 0, [-1]]]]), f8=npy([1.0])),
        npz(index=index(state=[["a", ["f8", 0, [2**39, 2**39, 0]]]]), f8=npy([1.0])),
        npz(index=index(state=[["a", ["f8", 0, [1] * 40]]]), f8=npy([1.0])),
        npz(index=index(state=[["a", ["f8", 0, [1, None]]]]), f8=npy([1.0])),
        npz(index=index(state=[[3, None]])),
        npz(index=index(warned=[3])),
        npz(index=index(problem={})),
        npz(index=index(problem={"kind": 3})),
        npz(**{f"a{i}": b"" for i in range(50)}),
        b"\0" * 100,
    ],
)
def test_what_is_not_as_it_should_be_is_refused(payload: bytes) -> None:
    with pytest.raises(WireError) as raised:
        decode_reply(payload)
    assert str(raised.value) == "what the learner's process sent could not be read"


def test_compressed_members_are_refused_before_they_are_unpacked() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("index.npy", b"\0" * 100_000_000)
    with pytest.raises(WireError):
        decode_reply(buffer.getvalue())


def test_a_payload_beyond_the_limit_is_refused() -> None:
    with pytest.raises(WireError):
        decode_reply(encode_reply(1, REPLY) + b"\0" * MOST_BYTES)


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
    st.sampled_from(["number", "results", "state", "slopes", "entered", "warned", "problem"]),
)
@examples(300)
def test_any_json_in_any_place_is_refused_or_harmless(value: Any, place: str) -> None:
    payload = npz(index=index(**{place: value}), f8=npy(np.arange(4.0)))
    with contextlib.suppress(WireError):
        decode_reply(payload)
