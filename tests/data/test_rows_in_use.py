"""Data sets, models and runs whose samples stay as they are stored."""

import zlib
from pathlib import Path

import numpy as np
import pytest

from chainrule.data import Dataset, Scaling, load
from chainrule.data.rows import Rows
from chainrule.data.samples import blocks
from chainrule.data.scaling import KINDS
from chainrule.errors import RunFolderError
from chainrule.nn.evaluate import losses_and_predictions, score, worst_predictions
from chainrule.nn.models import LogisticRegression, NeuralNet
from chainrule.report.training import write_report
from chainrule.runs.config import RunConfig
from chainrule.runs.data import fingerprint
from chainrule.runs.model_files import TrainedModel
from chainrule.runs.run import resume, start
from chainrule.training.fit import fit
from chainrule.training.progress import copied
from chainrule.training.sgd import SGD
from data_files import small_set, write_idx_set
from helpers import assert_equal, assert_same_bits, peak_memory, without_seconds


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
        assert max(block.max() for block in blocks(raw.X_train)) == 255
        data.X_train.take_into(np.arange(128), np.empty((128, 400), np.float32))

    assert peak_memory(work) < FILE / 4


def test_evaluating_a_mapped_file_makes_no_float_copy_of_it(large_set: Path) -> None:
    data = load(str(large_set)).scaled("unit")
    model = LogisticRegression(400, 4, seed=0)
    assert peak_memory(lambda: score(model, *data.part("train"))) < FLOATS / 2


def test_training_from_a_mapped_file_makes_no_float_copy_of_it(large_set: Path) -> None:
    data = load(str(large_set)).hold_back(0.1).scaled("unit")
    assert data.X_validation is not None
    assert data.y_validation is not None
    validation = data.X_validation, data.y_validation
    model = LogisticRegression(400, 4, seed=0)
    settings = SGD(epochs=1, batch_size=1000)

    def work() -> None:
        fit(model, data.X_train, data.y_train, settings, validation=validation)

    assert peak_memory(work) < FLOATS / 2


@pytest.mark.parametrize("dtype", ["u1", "i2", "i4", "i8"])
@pytest.mark.parametrize("batch_size", [1, 16])
def test_training_has_the_precision_of_the_samples_however_they_are_kept(
    dtype: str, batch_size: int
) -> None:
    data = images(dtype=dtype)
    settings = SGD(epochs=2, learning_rate=1e-5, batch_size=batch_size)
    trained = []
    for X in (np.asarray(data.X_train), Rows(np.asarray(data.X_train))):
        net = NeuralNet(64, 5, 4, seed=1)
        history = fit(net, X, data.y_train, settings)
        trained.append((net.parameters, without_seconds(history)))
    assert_same_bits(trained[1][0], trained[0][0])
    assert trained[1][1] == trained[0][1]
