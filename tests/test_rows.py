"""Rows: what is taken from samples that stay as they are stored is what the whole would hold."""

import tracemalloc
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from chainrule.config import RunConfig
from chainrule.data import Dataset, Scaling, load
from chainrule.data.rows import Rows
from chainrule.data.scaling import KINDS, PIECE
from chainrule.errors import ChainruleError, DataError, RunFolderError
from chainrule.evaluate import losses_and_predictions, score, worst_predictions
from chainrule.files import TrainedModel
from chainrule.models import LogisticRegression, NeuralNet
from chainrule.report.training import write_report
from chainrule.run import fingerprint, resume, start
from chainrule.sgd import SGD
from chainrule.training import fit
from data_files import small_set, write_idx_set
from helpers import assert_same_bits, copied, examples, without_seconds

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


def assert_equal(actual: NDArray[Any], expected: NDArray[Any]) -> None:
    assert type(actual) is np.ndarray
    assert_same_bits({"": actual}, {"": expected})


# Taking rows


@given(samples())
@examples(300)
def test_rows_are_the_array_that_they_stand_for(given: tuple[Rows, NDArray[Any]]) -> None:
    rows, whole = given
    assert (len(rows), rows.ndim, rows.shape, rows.dtype) == (len(whole), 2, *_kind(whole))
    assert_equal(np.asarray(rows), whole)
    assert_equal(rows[:], whole)
    assert_equal(np.array(rows, np.float64), whole.astype(np.float64))
    assert_equal(np.concatenate([*rows.blocks(), whole[:0]], dtype=whole.dtype), whole)
    for row, expected in zip(rows, whole, strict=True):  # type: ignore[call-overload]
        assert_equal(row, expected)
    if len(whole):
        assert rows.max() == whole.max()


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
    assert_equal(np.concatenate(list(rows.blocks())), whole)
    assert Rows(np.sort(stored, axis=0), scaling).max() == scaling.apply(stored).max()
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


# Data sets, models and runs


def images(n_train: int = 60, n_test: int = 20, side: int = 8, dtype: str = "u1") -> Dataset:
    """Bytes with a bright row that tells the class."""
    rng = np.random.default_rng(0)
    y = np.arange(n_train + n_test) % 4
    X = rng.integers(0, 60, (len(y), side, side))
    X[np.arange(len(y)), 2 * y] += 190
    X = X.reshape(len(y), -1).astype(dtype)
    parts = X[:n_train], y[:n_train], X[n_train:], y[n_train:]
    return Dataset("made up", *parts, (0, 1, 2, 3), image_shape=(side, side))


def plain_arrays(data: Dataset) -> Dataset:
    """The same with arrays in place of `Rows`."""
    held = data.X_validation
    return Dataset(
        data.name,
        np.asarray(data.X_train),
        data.y_train,
        np.asarray(data.X_test),
        data.y_test,
        data.classes,
        None if held is None else np.asarray(held),
        data.y_validation,
        data.image_shape,
        scaling=data.scaling,
    )


@pytest.mark.parametrize("dtype", ["u1", "i2", "?", "i8"])
@pytest.mark.parametrize("kind", KINDS)
def test_whole_numbers_are_scaled_and_held_back_where_they_are(dtype: str, kind: str) -> None:
    raw = images(dtype=dtype)
    held = raw.hold_back(0.25, seed=3)
    data = held.scaled(kind)
    order = np.random.default_rng(3).permutation(60)
    kept, validation = np.sort(order[15:]), order[:15]
    assert isinstance(raw.X_train, np.ndarray)
    assert isinstance(raw.X_test, np.ndarray)
    scaling = Scaling.fit(kind, raw.X_train[kept], one_range=True)
    for rows, whole, stored in (
        (held.X_train, raw.X_train[kept], raw.X_train),
        (held.X_validation, raw.X_train[validation], raw.X_train),
        (data.X_train, scaling.apply(raw.X_train[kept]), raw.X_train),
        (data.X_validation, scaling.apply(raw.X_train[validation]), raw.X_train),
        (data.X_test, scaling.apply(raw.X_test), raw.X_test),
    ):
        assert isinstance(rows, Rows)
        assert np.shares_memory(rows.stored, stored)
        assert_equal(rows[:], whole)


def test_floats_are_plain_arrays_as_they_were() -> None:
    data = images(dtype="f4").hold_back(0.25).scaled()
    assert all(type(X) is np.ndarray for X in (data.X_train, data.X_test, data.X_validation))


def test_an_npz_file_of_whole_numbers_is_split_where_it_is(tmp_path: Path) -> None:
    X = np.arange(40, dtype=np.uint8).reshape(20, 2)
    np.savez(tmp_path / "whole.npz", X=np.asfortranarray(X), y=np.arange(20) % 2)
    data = load(str(tmp_path / "whole.npz"))
    assert isinstance(data.X_train, Rows)
    assert isinstance(data.X_test, Rows)
    assert data.X_train.stored is data.X_test.stored
    np.testing.assert_array_equal(
        np.sort(np.concatenate([data.X_train, data.X_test]), axis=0),
        X,
    )
    assert isinstance(data.hold_back(0.2).X_train, Rows)


def test_a_fingerprint_is_that_of_the_array() -> None:
    data = images(n_train=8000).hold_back(0.3)
    assert isinstance(data.X_train, Rows)
    whole = data.X_train[:]
    expected = zlib.crc32(data.y_train.tobytes(), zlib.crc32(whole.tobytes()))
    assert fingerprint(whole, data.y_train) == expected
    assert fingerprint(data.X_train, data.y_train) == expected


def test_models_say_of_rows_what_they_say_of_the_array() -> None:
    data = images().hold_back(0.2).scaled("standard")
    net = NeuralNet(64, 5, 4, seed=0)
    for X, y in (data.part("train"), data.part("test")):
        whole = np.asarray(X)
        for actual, expected in zip(
            losses_and_predictions(net, X, y), losses_and_predictions(net, whole, y), strict=True
        ):
            assert_equal(actual, expected)
        assert score(net, X, y) == score(net, whole, y)
        assert net.accuracy(X, y) == net.accuracy(whole, y)
        for a, b in zip(
            worst_predictions(net, X, y), worst_predictions(net, whole, y), strict=True
        ):
            assert (a.sample_idx, a.loss) == (b.sample_idx, b.loss)


def test_trained_models_take_raw_rows() -> None:
    raw = images().hold_back(0.2)
    data = raw.scaled("unit")
    assert data.scaling is not None
    model = LogisticRegression(64, 4, seed=0)
    trained = TrainedModel(model, data.scaling, data.classes)
    X, y = trained.part(raw, "train")
    assert isinstance(X, Rows)
    assert_equal(trained.forward(X), model.forward(np.asarray(data.X_train)))
    assert score(trained, X, y) == score(model, data.X_train, y)


def test_pictures_of_rows_are_those_of_the_array() -> None:
    raw = images()
    data = raw.hold_back(0.2).scaled("unit")
    whole = plain_arrays(data)
    assert_equal(data.images(data.X_test), whole.images(whole.X_test))
    assert_equal(data.images(data.X_test[5]), whole.images(whole.X_test[5]))
    np.testing.assert_allclose(data.images(data.X_test), raw.images(raw.X_test), atol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
def test_training_on_rows_takes_the_steps_of_training_on_the_array(kind: str) -> None:
    data = images().hold_back(0.2).scaled(kind)
    outcomes = []
    for form in (data, plain_arrays(data)):
        assert form.X_validation is not None
        assert form.y_validation is not None
        net = NeuralNet(64, 5, 4, seed=0)
        history = fit(
            net,
            form.X_train,
            form.y_train,
            SGD(epochs=2, learning_rate=0.01, batch_size=7, patience=2),
            validation=(form.X_validation, form.y_validation),
            test=form.part("test"),
        )
        outcomes.append((copied(net.parameters), without_seconds(history)))
    assert_same_bits(outcomes[0][0], outcomes[1][0])
    assert outcomes[0][1] == outcomes[1][1]


def test_a_run_on_bytes_trains_reports_and_goes_on(tmp_path: Path) -> None:
    folder = write_idx_set(tmp_path / "set", small_set(40, 12))
    config = RunConfig("idx", str(folder), epochs=2, hidden=(3,), validation=0.2)
    run = start(config, tmp_path / "run")
    assert run.data.scaling is not None
    assert run.data.scaling.kind == "unit"
    assert isinstance(run.data.X_train, Rows)
    assert run.main.trained.largest_value == np.asarray(run.raw.X_train).max()
    assert "<html" in write_report(run).read_text()
    assert resume(tmp_path / "run", epochs=3).main.metrics["epochs"] == 3
    # The same images, but others of the mapped ones are in the training part.
    config_file = tmp_path / "run" / "config.json"
    config_file.write_text(config_file.read_text().replace('"seed": 0', '"seed": 1'))
    with pytest.raises(RunFolderError, match="not those that the run began with"):
        resume(tmp_path / "run")


# Memory


def peak(work: Callable[[], object]) -> int:
    """Bytes of Python and NumPy at the most; what is mapped from a file is not among them."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.fixture(scope="module")
def large_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """20 MB of training images, 50,000 of 20×20 bytes."""
    folder = tmp_path_factory.mktemp("large")
    write_idx_set(folder, small_set(50_000, 100, (20, 20)))
    load(str(folder))  # NumPy imports some of itself at the first call
    return folder


FILE, FLOATS = 20_000_000, 80_000_000


@pytest.mark.parametrize("kind", KINDS)
def test_loading_holding_back_scaling_and_comparing_read_a_mapped_file_by_pieces(
    large_set: Path, kind: str
) -> None:
    def work() -> None:
        raw = load(str(large_set)).hold_back(0.1)
        data = raw.scaled(kind)
        fingerprint(*raw.part("train"))
        assert isinstance(raw.X_train, Rows)
        assert isinstance(data.X_train, Rows)
        assert raw.X_train.max() == 255
        data.X_train.take_into(np.arange(128), np.empty((128, 400), np.float32))

    assert peak(work) < FILE / 4


def test_evaluating_a_mapped_file_makes_no_float_copy_of_it(large_set: Path) -> None:
    data = load(str(large_set)).scaled("unit")
    model = LogisticRegression(400, 4, seed=0)
    assert peak(lambda: score(model, *data.part("train"))) < FLOATS / 2


def test_training_from_a_mapped_file_makes_no_float_copy_of_it(large_set: Path) -> None:
    data = load(str(large_set)).hold_back(0.1).scaled("unit")
    assert data.X_validation is not None
    assert data.y_validation is not None
    validation = data.X_validation, data.y_validation
    model = LogisticRegression(400, 4, seed=0)
    settings = SGD(epochs=1, batch_size=1000)

    def work() -> None:
        fit(model, data.X_train, data.y_train, settings, validation=validation)

    assert peak(work) < FLOATS / 2
