"""Rows: what is taken from samples that stay as they are stored is what the whole would hold."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from chainrule.data import Scaling
from chainrule.data.rows import Rows
from chainrule.data.samples import PIECE, blocks
from chainrule.data.scaling import KINDS
from chainrule.errors import ChainruleError, DataError
from helpers import assert_equal, examples

TYPES = ["?", "u1", "i1", "u2", ">u2", "i2", "i4", ">i4", "u8", "i8"]


def scalings(stored: NDArray[Any]) -> st.SearchStrategy[Scaling | None]:
    """None, one fitted to what is stored, or any other that keeps the scaled numbers small."""
    n_features = stored.shape[1]
    fitted = st.builds(
        lambda kind, one_range: Scaling.fit(kind, stored, one_range=one_range),
        st.sampled_from(KINDS),
        st.booleans(),
    )
    shifts = st.one_of(st.integers(-300, 300), st.floats(-300, 300), st.just(2**24 + 1))
    scales = st.one_of(
        st.integers(1, 300),
        st.floats(0.01, 1e6),
        st.floats(2.0**-126, 2.0**127, width=32),  # of which the extremes do not fit
    )
    arrays = (hnp.arrays(np.float64, n_features, elements=e) for e in (shifts, scales))
    return st.one_of(st.none(), fitted, st.builds(Scaling, st.just("none"), *arrays))


@st.composite
def samples(draw: st.DrawFn) -> tuple[Rows, NDArray[Any]]:
    """Rows, and the array that they stand for."""
    shape = draw(hnp.array_shapes(min_dims=2, max_dims=2, max_side=12))
    stored = draw(hnp.arrays(draw(st.sampled_from(TYPES)), shape))
    chosen = draw(
        st.none() | hnp.arrays(np.int64, st.integers(0, 20), elements=st.integers(0, shape[0] - 1))
    )
    scaling = draw(scalings(stored))
    raw = stored if chosen is None else stored[chosen]
    try:
        whole = raw if scaling is None else scaling.apply(raw)
    except DataError as error:
        with pytest.raises(DataError) as caught:
            Rows(stored, scaling, chosen)
        assert str(caught.value) == str(error)
        scaling, whole = None, raw
    return Rows(stored, scaling, chosen), whole


# Taking rows


@given(samples())
@examples(300)
def test_rows_are_the_array_that_they_stand_for(given: tuple[Rows, NDArray[Any]]) -> None:
    rows, whole = given
    assert (len(rows), rows.ndim, rows.shape, rows.dtype) == (len(whole), 2, *_kind(whole))
    assert_equal(np.asarray(rows), whole)
    assert_equal(rows[:], whole)
    assert_equal(np.array(rows, np.float64), whole.astype(np.float64))
    assert_equal(np.concatenate([*blocks(rows), whole[:0]], dtype=whole.dtype), whole)
    for number, expected in enumerate(whole):
        assert_equal(rows[number], expected)


def _kind(whole: NDArray[Any]) -> tuple[tuple[int, ...], np.dtype[Any]]:
    return whole.shape, whole.dtype


@given(samples(), st.data())
@examples(300)
def test_indexing_is_that_of_the_array(
    given: tuple[Rows, NDArray[Any]], data: st.DataObject
) -> None:
    rows, whole = given
    n = len(whole)
    keys: list[st.SearchStrategy[Any]] = [st.slices(n), hnp.arrays(np.bool_, n), st.just([])]
    if n:
        numbers = st.integers(-n, n - 1)
        keys += [numbers, numbers.map(np.int32), st.lists(numbers)]
        keys.append(hnp.arrays(np.int64, st.integers(0, 30), elements=numbers))
    key = data.draw(st.one_of(keys))
    assert_equal(rows[key], whole[key])


@given(samples(), st.data())
@examples(300)
def test_a_batch_has_the_bits_of_the_whole(
    given: tuple[Rows, NDArray[Any]], data: st.DataObject
) -> None:
    rows, whole = given
    places = st.integers(0, max(0, len(whole) - 1))
    size = st.integers(0, 40 if len(whole) else 0)
    batch = data.draw(hnp.arrays(np.int64, size, elements=places))
    out = np.full((len(batch), whole.shape[1]), np.nan, np.float32)
    rows.take_into(batch, out)
    assert_equal(out, whole[batch].astype(np.float32))


@pytest.mark.parametrize("n_features", [1, 784, PIECE + 1])
@pytest.mark.parametrize("kind", KINDS)
def test_pieces_in_which_rows_are_worked_off_do_not_show(n_features: int, kind: str) -> None:
    rng = np.random.default_rng(0)
    stored = rng.integers(0, 256, (1000 if n_features < PIECE else 5, n_features)).astype(np.uint8)
    scaling = Scaling.fit(kind, stored, one_range=True)
    chosen = rng.permutation(len(stored))[1:]
    rows, whole = Rows(stored, scaling, chosen), scaling.apply(stored[chosen])
    assert_equal(rows[:], whole)
    assert_equal(np.concatenate(list(blocks(rows))), whole)
    batch, out = rng.integers(0, len(chosen), 700), np.empty((700, n_features), np.float32)
    if n_features > PIECE:
        batch, out = batch[:4], out[:4]
    rows.take_into(batch, out)
    assert_equal(out, whole[batch])


def test_every_byte_divided_by_every_whole_number_has_the_bits_of_a_double_rounded() -> None:
    stored = np.arange(256, dtype=np.uint8).reshape(-1, 1)
    for scale in range(1, 257):
        rows = Rows(stored, Scaling("unit", np.zeros(1), np.full(1, float(scale))))
        assert rows._single is not None
        assert_equal(rows[:], (stored / scale).astype(np.float32))


def test_all_16_bits_less_whole_numbers_have_the_bits_of_a_double_rounded() -> None:
    rng = np.random.default_rng(0)
    for dtype in (np.uint16, np.int16):
        stored = np.arange(2**16, dtype=np.uint16).view(dtype).reshape(-1, 1)
        for _ in range(50):
            shift = np.rint(rng.uniform(-(2**22), 2**22, 1))
            scale = np.exp2(rng.uniform(-60, 60, 1)).astype(np.float32).astype(np.float64)
            rows = Rows(stored, Scaling("unit", shift, scale))
            assert rows._single is not None
            assert_equal(rows[:], ((stored - shift) / scale).astype(np.float32))


@pytest.mark.parametrize(
    ("dtype", "shift", "scale", "why"),
    [
        ("u1", 0, 0.1, "the scale is not that of single precision"),
        ("u1", 3 + 1e-9, 1, "nor is the shift"),
        ("u1", 0.5, 3, "the shift is not whole"),
        ("u2", 2**23 + 1, 3, "the difference has more than 24 bits"),
        ("u2", 0, 2.0**126 * 1.5, "the quotient has fewer than 24 bits"),
        ("i4", 0, 255, "the number has more than 24 bits"),
    ],
)
def test_where_single_precision_could_differ_it_is_not_used(
    dtype: str, shift: float, scale: float, why: str
) -> None:
    rng = np.random.default_rng(0)
    limits = np.iinfo(dtype)
    stored = rng.integers(limits.min, limits.max, (50_000, 1), endpoint=True).astype(dtype)
    scaling = Scaling("unit", np.full(1, float(shift)), np.full(1, float(scale)))
    rows = Rows(stored, scaling)
    assert rows._single is None, why
    assert_equal(rows[:], scaling.apply(stored))


def test_features_may_have_ranges_of_their_own() -> None:
    stored = np.array([[10, 0, 7], [20, 255, 7]], np.uint8)
    rows = Rows(stored, Scaling.fit("unit", stored))
    assert rows._single is not None
    assert rows[:].tolist() == [[0, 0, 0], [1, 1, 0]]


def test_threads_may_take_rows_of_the_same_samples() -> None:
    stored = np.random.default_rng(0).integers(0, 256, (2000, 784)).astype(np.uint8)
    for kind in KINDS:
        scaling = Scaling.fit(kind, stored, one_range=True)
        rows, whole = Rows(stored, scaling), scaling.apply(stored)

        def take(seed: int, rows: Rows = rows, whole: NDArray[np.float32] = whole) -> bool:
            rng, out = np.random.default_rng(seed), np.empty((128, 784), np.float32)
            for _ in range(100):
                batch = rng.integers(0, 2000, 128)
                rows.take_into(batch, out)
                if not np.array_equal(out, whole[batch]):
                    return False
            return True

        with ThreadPoolExecutor(4) as pool:
            assert all(pool.map(take, range(4)))


def test_choosing_leaves_the_samples_where_they_are() -> None:
    rows = Rows(np.arange(20, dtype=np.uint8).reshape(10, 2))
    some = rows.choose(np.array([7, 3, 5]))
    fewer = some.choose(np.array([2, 0]))
    assert fewer.stored is some.stored is rows.stored
    assert some[:].tolist() == [[14, 15], [6, 7], [10, 11]]
    assert fewer[:].tolist() == [[10, 11], [14, 15]]


def test_an_array_in_another_order_is_stored_by_rows() -> None:
    stored = np.asfortranarray(np.arange(20, dtype=np.uint8).reshape(10, 2))
    assert Rows(stored).stored.flags.c_contiguous
    assert_equal(Rows(stored)[:], np.arange(20, dtype=np.uint8).reshape(10, 2))


def test_no_array_is_shared_of_what_is_made_when_it_is_taken() -> None:
    stored = np.zeros((3, 2), np.uint8)
    assert np.shares_memory(np.asarray(Rows(stored)), stored)
    assert np.shares_memory(np.asarray(Rows(stored), copy=False), stored)
    assert not np.shares_memory(np.array(Rows(stored)), stored)
    for rows in (Rows(stored, Scaling.fit("unit", stored)), Rows(stored, chosen=np.arange(2))):
        with pytest.raises(ValueError, match="no array to share"):
            np.asarray(rows, copy=False)


# What cannot be


@pytest.mark.parametrize("key", [(0, 0), np.zeros((2, 2), int), np.ones((3, 2), bool), None, ...])
def test_an_index_of_more_than_rows_is_refused(key: Any) -> None:
    for chosen in (None, np.arange(3)):
        with pytest.raises(IndexError, match="taken by a number, a slice"):
            Rows(np.zeros((3, 2), np.uint8), chosen=chosen)[key]


@pytest.mark.parametrize("key", [3, -4, [0, 3], np.ones(4, bool), [0.5], True])
def test_rows_that_are_not_there_are_refused(key: Any) -> None:
    for chosen in (None, np.arange(3)):
        with pytest.raises(IndexError):
            Rows(np.zeros((3, 2), np.uint8), chosen=chosen)[key]


def test_a_batch_of_rows_that_are_not_there_is_refused() -> None:
    stored = np.zeros((3, 2), np.uint8)
    for rows in (Rows(stored), Rows(stored, chosen=np.arange(3))):
        with pytest.raises(IndexError):
            rows.take_into(np.array([3]), np.empty((1, 2), np.float32))


@pytest.mark.parametrize("shape", [(1, 2), (3, 2), (2, 3), (2,), (2, 1)])
def test_a_batch_that_does_not_fit_is_refused(shape: tuple[int, ...]) -> None:
    rows = Rows(np.zeros((3, 2), np.uint8))
    with pytest.raises(ChainruleError, match="2 rows of 2 features do not fit"):
        rows.take_into(np.array([0, 1]), np.empty(shape, np.float32))


@pytest.mark.parametrize("stored", [np.zeros((3, 2)), np.zeros(3, int), np.array([["a"]])])
def test_what_is_not_rows_of_whole_numbers_is_refused(stored: NDArray[Any]) -> None:
    with pytest.raises(ChainruleError, match=r"whole numbers of shape \(N, D\); got"):
        Rows(stored)


def test_a_scaling_of_other_features_is_refused() -> None:
    scaling = Scaling("none", np.zeros(3), np.ones(3))
    with pytest.raises(ChainruleError, match="for 3 features; the rows have 2"):
        Rows(np.zeros((3, 2), np.uint8), scaling)


def test_what_is_too_large_once_scaled_is_refused_before_it_is_taken() -> None:
    stored = np.zeros((50, 2), np.uint8)
    stored[30, 1] = 200
    scaling = Scaling("none", np.zeros(2), np.full(2, 1e-37))
    with pytest.raises(DataError, match="feature 1 of sample 30, both counted from 0, is 200"):
        Rows(stored, scaling)
    assert Rows(stored, scaling, np.arange(30))[:].max() == 0  # no such value among these


# Fitting


def direct_scaling(kind: str, X: NDArray[Any], one_range: bool) -> Scaling:
    """What `Scaling.fit` measures, written down for an array without regard to memory."""
    low, high = X.min(axis=0).astype(np.float64), X.max(axis=0).astype(np.float64)
    shift, scale = np.zeros_like(low), np.ones_like(low)
    if kind == "standard":
        shift = X.mean(axis=0, dtype=np.float64)
        squares = np.zeros_like(shift)
        for start_ in range(0, len(X), 4096):
            squares += ((X[start_ : start_ + 4096] - shift) ** 2).sum(axis=0)
        scale = np.where(low == high, 0, np.sqrt(squares / len(X)))
    elif kind == "unit":
        shift, top = (shift + low.min(), high.max()) if one_range else (low, high)
        scale = top - shift
    return Scaling(kind, shift, np.where(scale == 0, 1.0, scale))


@pytest.mark.parametrize("dtype", ["u1", "i4", "f4", "f8", "?"])
@pytest.mark.parametrize(
    "shape", [(1, 3), (9000, 1), (5000, 2), (8200, 64), (4500, 785), (9, 40000)]
)
@pytest.mark.parametrize("kind", KINDS)
def test_fitting_by_pieces_gives_the_bits_of_fitting_the_whole(
    kind: str, shape: tuple[int, int], dtype: str
) -> None:
    rng = np.random.default_rng(0)
    X = (rng.normal(3, 50, shape) if dtype[0] == "f" else rng.integers(0, 200, shape)).astype(
        dtype
    )
    chosen = rng.permutation(len(X))[: max(1, len(X) - 50)]
    for one_range in (True, False):
        fitted = [Scaling.fit(kind, X, one_range=one_range)]
        expected = [direct_scaling(kind, X, one_range)]
        if dtype[0] != "f":
            fitted += [
                Scaling.fit(kind, Rows(X, chosen=c), one_range=one_range) for c in (None, chosen)
            ]
            expected += [expected[0], direct_scaling(kind, X[chosen], one_range)]
        for actual, direct in zip(fitted, expected, strict=True):
            assert_equal(actual.shift, direct.shift)
            assert_equal(actual.scale, direct.scale)
