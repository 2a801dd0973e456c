"""NumPy's functions in the recorded world: they give what NumPy gives, with every setting."""

import inspect
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chainrule.checking.learner.folder import LearnersFiles
from chainrule.checking.record._tape import composed, functions
from chainrule.checking.record._tape.arrays import Number, Recorded, ids_of, values_of
from chainrule.checking.record._tape.tape import Tape
from chainrule.checking.record._tape.world import made, recorded_world

A = np.array([[1.5, -2.25, 4.0, 0.5], [0.25, 3.0, -1.0, 2.0], [7.0, -0.75, 0.125, 1.0]])
SQUARE = A[:, :3]
V, W = A[0], A[1]
MASK = A > 0
# Arrays for each function; those that take the most axes first.
ARGUMENTS: dict[str, list[tuple[Any, ...]]] = {
    "dot": [(A, A.T), (V, W)],
    "vdot": [(A, A)],
    "inner": [(A, A), (V, W), (2.0, SQUARE)],
    "outer": [(V, W)],
    "tensordot": [(A, A.T)],
    "einsum": [("ij,kj->ik", A, A)],
    "norm": [(A,), (V,)],
    "trace": [(SQUARE,), (A,)],
    "full_like": [(A, 2.5)],
    "apply_along_axis": [(np.sum, 0, A), (np.cumsum, 1, A)],
    "nan_to_num": [(A,), (np.array([np.nan, 1.5, np.inf, -np.inf]),)],
    "nansum": [(A,), (np.array([[np.nan, 1.5], [np.inf, 2.0]]),)],
    "clip": [(A, 0, 1), (A, None, 1), (A, -1, None)],
    **{
        name: []
        for name in ("copyto", "fill_diagonal", "place", "put", "put_along_axis", "putmask")
    },
    "kron": [(A, SQUARE), (V, W), (A, V)],
    "pad": [(A, 1), (A, ((1, 0), (0, 2)))],
}
SETTINGS: dict[str, Sequence[Any]] = {
    "axis": (0, 1, -1, None, (0, 1)), "keepdims": (True,), "initial": (9.0,), "where": (MASK,),
    "dtype": (int, float), "ddof": (1,), "correction": (1,), "mean": (A.mean(),), "n": (2,),
    "offset": (1, -1), "axis1": (1,), "axis2": (0,), "prepend": (1.5,), "append": (2.5,),
    "to_end": (1.5,), "to_begin": (2.5,), "weights": (A**2, V**2, W[:3] ** 2),
    "returned": (True,), "ord": (1, 2, np.inf, "fro", "nuc"), "kind": ("stable",),
    "stable": (True,), "nan": (7.0,), "posinf": (8.0,), "neginf": (9.0,), "copy": (False, True),
    "min": (0.5,), "max": (1.5,), "a_min": (0.5,), "a_max": (1.5,), "optimize": (True,),
    "axes": (1, ([1], [0]), ((0, 1), (1, 0))), "shape": ((2, 2),), "func1d": (np.max,),
    "k": (1, -1), "pad_width": (2,), "mode": ("edge", "reflect"), "constant_values": (0.5, (1, 2)),
}  # fmt: skip
# Arrays, which are in ARGUMENTS, where to write, and what is for arrays of no plain numbers.
NO_SETTINGS = {
    *(
        "a",
        "b",
        "v",
        "x",
        "array",
        "ary",
        "arr",
        "operands",
        "args",
        "kwargs",
        "fill_value",
        "out",
        "order",
    ),
    *("subok", "device", "casting", "dst", "src", "prototype"),
}


Call = tuple[Any, tuple[Any, ...], dict[str, Any]]


def calls() -> Iterator[Call]:
    for name in (*composed.COMPOSED, *sorted(functions.LIKE)):
        function = getattr(np.linalg if name == "norm" else np, name)
        for args in ARGUMENTS.get(name, [(A,), (V,)]):
            yield function, args, {}
            for key in inspect.signature(function).parameters:
                for value in () if key in NO_SETTINGS else SETTINGS[key]:
                    yield function, args, {key: value}
    for ufunc, method in ((np.add, "reduce"), (np.multiply, "reduce"), (np.add, "accumulate")):
        for key in ("axis", "dtype", *(("initial", "where") if method == "reduce" else ())):
            for value in SETTINGS[key]:
                yield getattr(ufunc, method), (A,), {key: value}
    yield np.concatenate, ([A, A],), {"dtype": int, "casting": "unsafe"}
    yield np.sum, (A, 0, None, None, True), {}
    yield np.sum, (), {"a": A}
    yield np.size, (A, 1), {}
    yield np.shape, (), {"a": A}


def is_taken(call: Call) -> bool:
    """Whether NumPy itself takes such a call."""
    function, args, more = call
    try:
        with np.errstate(all="ignore"):
            function(*copied(args), **more)
    except (ValueError, TypeError, IndexError):
        return False
    return True


def copied(arrays: Any) -> Any:
    return [a.copy() if isinstance(a, np.ndarray) else a for a in arrays]


def recorded(thing: Any) -> Any:
    if type(thing) is list:
        return [recorded(each) for each in thing]
    return made(thing) if isinstance(thing, np.ndarray) and thing.dtype.kind == "f" else thing


CALLS = list(filter(is_taken, calls()))


@pytest.mark.parametrize(
    ("function", "args", "more"),
    CALLS,
    ids=[f"{c[0].__name__}-{'-'.join(c[2])}-{n}" for n, c in enumerate(CALLS)],
)
def test_every_setting_gives_what_numpy_gives(
    function: Any, args: tuple[Any, ...], more: dict[str, Any], tmp_path: Path
) -> None:
    with np.errstate(all="ignore"):
        expected = function(*copied(args), **more)
    empty = function.__name__ == "empty_like"
    with recorded_world(Tape(LearnersFiles(tmp_path)), 0), np.errstate(all="ignore"):
        named = {k: recorded(v) for k, v in more.items()}
        result = function(*map(recorded, args), **named)
        got = result if isinstance(result, tuple) else (result,)
        wanted = expected if isinstance(expected, tuple) else (expected,)
        for one, other in zip(got, wanted, strict=True):
            if not empty:
                np.testing.assert_allclose(values_of(one), other, rtol=1e-12)
            assert np.shape(values_of(one)) == np.shape(other)
            assert isinstance(one, Recorded | Number) is (np.asarray(other).dtype.kind == "f")


def test_what_is_written_where_a_mask_says_is_what_numpy_writes(tmp_path: Path) -> None:
    expected = A.copy()
    np.copyto(expected, V, where=MASK)
    with recorded_world(Tape(LearnersFiles(tmp_path)), 0), np.errstate(all="ignore"):
        written = made(A)
        np.copyto(written, made(V), where=MASK)
        np.testing.assert_array_equal(values_of(written), expected)


IN_PLACE: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "a number on the diagonal": (np.fill_diagonal, (V[0],)),
    "numbers on the diagonal": (np.fill_diagonal, (V,)),
    "more numbers than it has": (np.fill_diagonal, (np.ravel(A),)),
    "by places": (np.put, ([0, -1, 2], V)),
    "by places, as a method": (np.ndarray.put, ([0, -1, 2], V)),
    "by a mask, one after the other": (np.place, (SQUARE > 0, V)),
    "by a mask, where they stand": (np.putmask, (SQUARE > 0, V)),
    "by a place in each row": (np.put_along_axis, (np.array([[0], [1], [0]]), V[0], 1)),
}


@pytest.mark.parametrize("case", IN_PLACE)
def test_what_is_written_into_an_array_is_what_numpy_writes(tmp_path: Path, case: str) -> None:
    function, (*given, numbers) = IN_PLACE[case]
    expected = SQUARE.copy()
    rest = (1,) if function is np.put_along_axis else ()
    if rest:
        given, numbers = given[:1], given[1]
    function(expected, *given, numbers, *rest)
    with recorded_world(Tape(LearnersFiles(tmp_path)), 0):
        written = made(SQUARE)
        taken = made(numbers)
        name = function.__name__
        method = function is np.ndarray.put
        (getattr(type(written), name) if method else function)(written, *given, taken, *rest)
        np.testing.assert_array_equal(values_of(written), expected)
        other = ids_of(written).ravel()[~np.isclose(np.ravel(expected), SQUARE.ravel())]
        assert np.isin(other, ids_of(taken)).all()


@pytest.mark.parametrize(
    "name", ["sum", "mean", "max", "exp", "abs", "square", "subtract", "dot", "outer", "transpose"]
)
@pytest.mark.parametrize("kind", [list, tuple])
def test_a_list_of_arrays_is_taken_as_one(tmp_path: Path, name: str, kind: type) -> None:
    more = (A.T,) if name == "dot" else (A,) if name in ("subtract", "outer") else ()
    with recorded_world(Tape(LearnersFiles(tmp_path)), 0):
        rows = kind(row * 2 for row in made(A))
        got = getattr(np, name)(rows, *more)
        assert isinstance(got, Recorded | Number)
        assert np.all(ids_of(got) > 0)
        plain = values_of(got)
    assert np.array_equal(plain, getattr(np, name)(A * 2, *more))
