"""What crosses to the judge: it comes out as it went in, or it is refused."""

import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load, save

from chainrule.checking.record import coding
from chainrule.checking.record._steps.unjudged import NotJudgedError
from chainrule.checking.record.coding import decode, encode
from chainrule.checking.record.judge import judge
from chainrule.checking.record.table import RecordError, Table
from generated_networks import network
from recorded_runs import recorded, runs_of

TEXT = network(3).source


def test_a_table_comes_out_as_it_went_in(tmp_path: Path) -> None:
    table = recorded(tmp_path, TEXT)
    again = decode(encode(table))
    np.testing.assert_array_equal(table.values, again.values)
    assert table.places == again.places
    assert table.stop == again.stop
    for a, b in zip(table.operations, again.operations, strict=True):
        assert (a.name, dict(a.settings), a.shape, a.start, a.place) == (
            b.name, dict(b.settings), b.shape, b.start, b.place,
        )  # fmt: skip
        assert all(np.array_equal(x, y) for x, y in zip(a.ids, b.ids, strict=True))


def parts(data: bytes) -> tuple[Any, dict[str, Any]]:
    arrays = dict(load(data))
    return json.loads(arrays.pop("header").tobytes()), arrays


def joined(header: Any, arrays: dict[str, Any]) -> bytes:
    text = np.frombuffer(json.dumps(header).encode(), dtype=np.uint8)
    return bytes(save({"header": text, **arrays}))


REFUSED = [
    ("operations", 5),
    ("operations", [["add", {}, [], [1], 0]]),
    ("operations", [["eval", {}, [], [1], 0]]),
    ("places", "here"),
    ("places", [[[0, 1, 1, 0, 5, 7, ""]]]),
    ("places", [[[0, 1, 1, 0, 5, "train"]]]),
    ("places", [[[0, 1, 1, 0, 5, "train", "net.py"]]]),
    ("stop", ["", 5, None]),
    ("stop", ["problem", "", -1]),
    ("stop", ["problem", "", {"kind": "ValueError"}]),
    ("standins", [None]),
    ("calls", [["softmax", 1, 0, True]]),
    ("calls", [["softmax", 99, False, True]]),
]


@pytest.mark.parametrize(("key", "value"), REFUSED)
def test_a_header_that_is_not_one_is_refused(tmp_path: Path, key: str, value: Any) -> None:
    header, arrays = parts(encode(recorded(tmp_path, TEXT)))
    header[key] = value
    with pytest.raises(RecordError):
        decode(joined(header, arrays))


SETTINGS = [
    ("sum", {"axis": 99}), ("sum", {"axis": True}), ("sum", {"keepdims": 1}), ("sum", {"x": 1}),
    ("sum", {"axis": [[0]]}), ("sum", {"axis": "0"}), ("leaf", {"number": -1}),
    ("matmul", {"axis": 0}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "settings"), SETTINGS)
def test_settings_that_an_operation_does_not_take_are_refused(
    tmp_path: Path, name: str, settings: dict[str, Any]
) -> None:
    text = "import numpy as np\nA = np.random.randn(3, 3)\nB = (A @ A).sum(axis=0)\n"
    header, arrays = parts(encode(recorded(tmp_path, text)))
    row = next(row for row in header["operations"] if row[0] == name)
    row[1] = settings
    with pytest.raises(RecordError):
        decode(joined(header, arrays))


def test_ids_of_what_comes_later_are_refused(tmp_path: Path) -> None:
    header, arrays = parts(encode(recorded(tmp_path, TEXT)))
    row = next(row for row in header["operations"] if row[2])
    row[2][0][0] = arrays["values"].size - 1
    with pytest.raises(RecordError):
        decode(joined(header, arrays))


def test_what_is_no_record_is_refused() -> None:
    for data in (b"", b"\x00" * 100, b"{}" * 50, save({"a": np.zeros(3)})):
        with pytest.raises(RecordError):
            decode(bytes(data))


def test_what_is_more_than_a_record_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = encode(recorded(tmp_path, TEXT))
    header, arrays = parts(data)
    more = joined(header, arrays | {"more": np.zeros(1)})
    for changed in (data + b"\0", data + data, zlib.compress(data), more):
        with pytest.raises(RecordError):
            decode(changed)
    monkeypatch.setattr(coding, "_MOST_BYTES", len(data))
    decode(data)
    monkeypatch.setattr(coding, "_MOST_BYTES", len(data) - 1)
    with pytest.raises(RecordError):
        decode(data)


def test_a_result_that_its_operation_does_not_give_is_refused(tmp_path: Path) -> None:
    header, arrays = parts(encode(recorded(tmp_path, TEXT)))
    arrays["values"] = arrays["values"].copy()
    arrays["values"][-1] += 1e-3
    with pytest.raises(RecordError, match="does not give"):
        decode(joined(header, arrays))


def tampered(data: bytes, draw: Random) -> Iterator[bytes]:
    """The same bytes with one thing changed: a value, an id, a line, a size, a byte."""
    header, arrays = parts(data)
    kind = draw.choice(["value", "id", "row", "place", "byte", "cut"])
    arrays = {name: array.copy() for name, array in arrays.items()}
    if kind == "value":
        at = draw.randrange(arrays["values"].size)
        arrays["values"][at] += draw.choice([1.0, -0.5, 1e-3, float("nan"), float("inf"), 1e300])
        yield joined(header, arrays)
    elif kind == "id" and arrays["ids"].size:
        at = draw.randrange(arrays["ids"].size)
        arrays["ids"][at] = draw.choice([-1, 0, 1, arrays["values"].size, 1 << 40])
        yield joined(header, arrays)
    elif kind == "row":
        row = draw.choice(header["operations"])
        at = draw.randrange(len(row))
        row[at] = draw.choice([row[at], None, -1, [], {}, "sum", [3], [[1, [2]]], 10**9, 1.5])
        yield joined(header, arrays)
    elif kind == "place":
        codes = draw.choice([p for p in header["places"] if p])
        draw.choice(codes)[draw.randrange(7)] = draw.choice([0, -3, 10**12, "x", None, 99])
        yield joined(header, arrays)
    elif kind == "byte":
        changed = bytearray(data)
        changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
        yield bytes(changed)
    else:
        yield data[: draw.randrange(len(data))]


@pytest.mark.parametrize("part", range(4))
def test_a_tampered_record_of_a_wrong_training_is_never_right(tmp_path: Path, part: int) -> None:
    """Nor does it ever raise anything but that it is not judged."""
    draw = Random(part)
    wrong = network(20 + part, wrong=True)
    tables, moved = runs_of(tmp_path, wrong.source)
    data = [encode(t) for t in (*tables, moved)]
    for _ in range(75):
        which = draw.randrange(len(data))
        for changed in tampered(data[which], draw):
            try:
                read: list[Table] = [
                    decode(changed if i == which else d) for i, d in enumerate(data)
                ]
                verdict = judge(read[:-1], read[-1])
            except (RecordError, NotJudgedError):
                continue
            assert verdict.mistakes
