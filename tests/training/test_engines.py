"""Engines behind their seam: which one runs, that they agree, and what they refuse."""

import dataclasses
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike, NDArray

from chainrule import train_epochs
from chainrule.data.rows import Rows
from chainrule.data.scaling import Scaling
from chainrule.errors import ChainruleError, DivergenceError, SlowEngineWarning
from chainrule.nn.activations import ACTIVATIONS
from chainrule.nn.classifier import Classifier, Parameters
from chainrule.nn.evaluate import score
from chainrule.nn.models import LogisticRegression, NeuralNet
from chainrule.training import engines
from chainrule.training.engines import Measure, _compiled, choose_engine, why_no_kernel
from chainrule.training.engines._batches import Batches
from chainrule.training.engines._compiled_batches import CompiledBatches
from chainrule.training.engines._textbook import Textbook
from chainrule.training.epochs import Training
from chainrule.training.fit import fit
from chainrule.training.progress import Progress, copied
from chainrule.training.sgd import SGD
from helpers import (
    D,
    K,
    assert_close,
    assert_same_bits,
    clusters,
    examples,
    forget_the_kernel,
    net,
    usable_engines,
    with_kernel,
    without_seconds,
)

every_engine = pytest.mark.parametrize("engine", usable_engines())


def zeros(model: Classifier) -> Parameters:
    return {name: np.zeros_like(p) for name, p in model.parameters.items()}


# Which engine


@with_kernel
def test_auto_is_the_kernel_for_single_samples_and_for_batches() -> None:
    assert choose_engine("auto", net(), 1) is _compiled.Compiled
    assert choose_engine("auto", net(), 2) is CompiledBatches
    assert choose_engine("numpy", net(), 1) is Batches
    assert why_no_kernel() is None


@with_kernel
def test_a_kernel_of_another_compiler_leaves_batches_to_numpy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_compiled.library(), "has_batches", lambda: 0)
    assert choose_engine("auto", net(), 2) is Batches
    assert choose_engine("auto", net(), 1) is _compiled.Compiled
    with pytest.raises(ChainruleError, match=r'single samples only, .* engine="numpy"'):
        fit(net(), *clusters(9, D, K), SGD(batch_size=2), engine="compiled")


def test_an_unknown_engine_is_named() -> None:
    for call in (fit, train_epochs):
        with pytest.raises(ChainruleError, match=r"engine must be one of auto, .*; got 'turbo'"):
            call(net(), *clusters(9, D, K), engine="turbo")


@pytest.mark.parametrize("threads", [0, -1, 1.5, True, "2"])
def test_a_number_of_threads_that_cannot_be_is_named(threads: Any) -> None:
    for call in (fit, train_epochs):
        with pytest.raises(ChainruleError, match="threads must be a whole number, 1 to 1024; got"):
            call(net(), *clusters(9, D, K), threads=threads)


@pytest.mark.usefixtures("no_kernel")
def test_without_a_kernel_auto_is_numpy_and_says_so_once() -> None:
    assert choose_engine("auto", net(), 1) is Batches
    assert "this installation of chainrule has no compiled kernel" in str(why_no_kernel())
    with pytest.warns(
        SlowEngineWarning, match=r'on NumPy: .* no compiled kernel, .* engine="numpy"$'
    ) as warned:
        fit(net(), *clusters(9, D, K), SGD(epochs=1))
    assert warned[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit(net(), *clusters(9, D, K), SGD(epochs=1))
        train_epochs(net(), *clusters(9, D, K), SGD(epochs=1))
    with pytest.raises(ChainruleError, match="no compiled kernel"):
        fit(net(), *clusters(9, D, K), engine="compiled")


@pytest.mark.usefixtures("no_kernel")
def test_numpy_by_name_or_for_batches_needs_no_warning() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit(net(), *clusters(9, D, K), SGD(epochs=1), engine="numpy")
        fit(net(), *clusters(9, D, K), SGD(epochs=1, batch_size=3))


@pytest.mark.usefixtures("no_kernel")
def test_a_library_that_cannot_be_loaded_is_as_good_as_none(tmp_path: Path) -> None:
    (tmp_path / "sgd.so").write_bytes(b"not a library")
    forget_the_kernel()
    assert _compiled.why_no_kernel()
    with pytest.raises(ChainruleError, match="the compiled kernel cannot be loaded"):
        fit(net(), *clusters(9, D, K), engine="compiled")


@with_kernel
def test_a_library_of_other_sources_is_not_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_compiled, "INTERFACE", 99)
    _compiled.library.cache_clear()
    try:
        with pytest.raises(ChainruleError, match=r"other sources \(interface \d+, not 99\)"):
            _compiled.library()
    finally:
        _compiled.library.cache_clear()


@with_kernel
def test_a_library_that_does_not_know_an_activation_is_not_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    new = dataclasses.replace(ACTIVATIONS["tanh"], name="softsign", kernel=len(ACTIVATIONS))
    monkeypatch.setitem(ACTIVATIONS, "softsign", new)
    forget_the_kernel()
    try:
        with pytest.raises(ChainruleError, match=r"\(6 activations, not 7\)"):
            fit(net(), *clusters(9, D, K), engine="compiled")
        assert choose_engine("auto", net(), 1).name == "numpy"
    finally:
        monkeypatch.undo()
        forget_the_kernel()


# Models with gradients of their own


class Backwards(LogisticRegression):
    """Climbs where others descend."""

    def gradients(self, X: ArrayLike, y_true: ArrayLike) -> Parameters:
        return {name: -g for name, g in super().gradients(X, y_true).items()}


def test_a_subclass_is_trained_by_its_own_gradients() -> None:
    X, y = clusters(20, D, K)
    model, plain = Backwards(D, K, seed=0), LogisticRegression(D, K, seed=0)
    before = plain.loss(X, y)
    fit(model, X, y, SGD(epochs=1))
    fit(plain, X, y, SGD(epochs=1))
    assert plain.loss(X, y) < before < model.loss(X, y)


def test_the_kernel_refuses_gradients_that_it_does_not_know() -> None:
    with pytest.raises(
        ChainruleError, match='not those of Backwards; train it with engine="numpy"'
    ):
        fit(Backwards(D, K), *clusters(9, D, K), engine="compiled")


# Agreement


@given(
    sizes=st.lists(st.integers(1, 17), min_size=2, max_size=5),
    activation=st.sampled_from(list(ACTIVATIONS)),
    batch_size=st.integers(1, 9),
    n=st.integers(1, 20),
    momentum=st.sampled_from([0.0, 0.9]),
    weight_decay=st.sampled_from([0.0, 0.01]),
    label_smoothing=st.sampled_from([0.0, 0.2]),
    scale=st.sampled_from([0.0, 1.0]),
    seed=st.integers(0, 10**6),
)
@examples(200)
def test_numpy_in_buffers_is_the_loop_of_the_textbook(
    sizes: list[int],
    activation: str,
    batch_size: int,
    n: int,
    momentum: float,
    weight_decay: float,
    label_smoothing: float,
    scale: float,
    seed: int,
) -> None:
    """Last batches may be short, and a batch larger than the data."""

    def new() -> LogisticRegression | NeuralNet:
        if len(sizes) == 2:
            return LogisticRegression(*sizes, seed=seed)
        return NeuralNet(sizes[0], sizes[1:-1], sizes[-1], activation=activation, seed=seed)

    rng = np.random.default_rng(seed)
    X, y = scale * rng.normal(size=(n, sizes[0])), rng.integers(sizes[-1], size=n)
    sgd = SGD(
        learning_rate=0.1,
        batch_size=batch_size,
        momentum=momentum,
        weight_decay=weight_decay,
        label_smoothing=label_smoothing,
    )
    model, expected, order = new(), new(), rng.permutation(n)
    v, v_expected = zeros(model), zeros(model)
    Batches(model, X, y, sgd, v).run(order)
    Textbook(expected, X, y, sgd, v_expected).run(order)
    assert_close(model.parameters, expected.parameters, 1e-12)
    assert_close(v, v_expected, 1e-12)


@pytest.mark.parametrize("hidden", [5, (7, 5)])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("n_samples", [3, 1024, 2500])
@pytest.mark.parametrize("threads", [None, pytest.param(2, marks=with_kernel)])
def test_measure_is_score_and_the_norm_of_the_gradient(
    hidden: Any, activation: str, n_samples: int, threads: int | None
) -> None:
    model = NeuralNet(D, hidden, K, activation=activation, seed=1)
    X, y = clusters(n_samples, D, K)
    for samples, tolerance in ((X, 1e-12), (X.astype(np.float32), 1e-5)):
        before = copied(model.parameters)
        scores, norm = Measure(model, threads).scores_and_gradient(samples, y)
        assert_same_bits(model.parameters, before)
        expected = score(model, X, y)
        assert scores.loss_sum == pytest.approx(expected.loss_sum, rel=tolerance)
        assert scores.loss_mean == pytest.approx(expected.loss_mean, rel=tolerance)
        assert scores.accuracy == expected.accuracy
        gradients = model.gradients(X, y).values()
        true_norm = np.sqrt(sum((g**2).sum() for g in gradients)) / n_samples
        assert norm == pytest.approx(true_norm, rel=tolerance)
        assert Measure(model, threads).scores(samples, y) == scores


@with_kernel
def test_the_kernel_sees_the_same_bits_with_any_number_of_threads() -> None:
    rows, scaled, y = bytes_and_scaled(2000)
    chosen = Rows(rows.stored, rows.scaling, np.arange(2000)[::-1].copy())
    model = NeuralNet(D, (40, 33), K, seed=1)
    expected = Measure(model, 1).scores_and_gradient(scaled, y)
    for samples, labels in ((scaled, y), (rows, y)):
        for threads in (1, 2, 3):
            assert Measure(model, threads).scores_and_gradient(samples, labels) == expected
    reversed_order = Measure(model, 2).scores(chosen, y[::-1])
    assert reversed_order.accuracy == expected[0].accuracy
    assert reversed_order.loss_sum == pytest.approx(expected[0].loss_sum)


@with_kernel
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_the_kernel_sees_a_loss_that_is_not_finite(value: float) -> None:
    model, (X, y) = net(), clusters(30, D, K)
    model.W_o[:, 1] = value
    for samples in (X, X.astype(np.float32)):
        with np.errstate(all="ignore"):
            assert not np.isfinite(Measure(model, 2).scores(samples, y).loss_sum)


def test_measure_sees_the_model_as_it_is_now() -> None:
    model, (X, y) = net(), clusters(30, D, K)
    measure = Measure(model)
    measure.scores(X, y)
    model.W_h = model.W_h + 1
    assert measure.scores(X, y).loss_sum == pytest.approx(score(model, X, y).loss_sum)


def bytes_and_scaled(n: int = 3000) -> tuple[Rows, NDArray[np.float32], NDArray[np.int64]]:
    rng = np.random.default_rng(0)
    stored = rng.integers(0, 256, (n, D), dtype=np.uint8)
    scaling = Scaling("unit", np.zeros(D), np.full(D, 255.0))
    return Rows(stored, scaling), scaling.apply(stored), rng.integers(K, size=n)


@every_engine
@pytest.mark.parametrize("batch_size", [1, 7])
def test_rows_that_stay_bytes_train_to_the_same_bits(engine: str, batch_size: int) -> None:
    rows, scaled, y = bytes_and_scaled()
    lazy, eager, sgd = net(), net(), SGD(epochs=2, batch_size=batch_size)
    histories = [
        fit(model, X, y, sgd, engine=engine, test=(X, y))
        for model, X in ((lazy, rows), (eager, scaled))
    ]
    assert_same_bits(lazy.parameters, eager.parameters)
    assert histories[0].losses == histories[1].losses
    assert histories[0].accuracies_test == histories[1].accuracies_test


@every_engine
@pytest.mark.parametrize(
    ("dtype", "precision"),
    [
        *((t, np.float32) for t in (np.float16, np.float32, np.uint8, np.int16, bool)),
        *((t, np.float64) for t in (np.float64, np.int32, np.int64, np.longdouble, ">f8")),
    ],
)
def test_the_precision_is_that_of_the_samples(
    engine: str, dtype: Any, precision: type[np.floating[Any]]
) -> None:
    y = clusters(1500, D, K)[1]
    X = np.random.default_rng(0).integers(0, 2, (1500, D)).astype(dtype)
    model, expected, sgd = net(), net(), SGD(epochs=1)
    train_epochs(model, X, y, sgd, engine=engine)
    train_epochs(expected, X.astype(precision), y, sgd, engine=engine)
    assert_same_bits(model.parameters, expected.parameters)
    in_single = model.W_h.astype(np.float32).astype(np.float64)
    assert np.array_equal(in_single, model.W_h) == (precision is np.float32)


@every_engine
@pytest.mark.parametrize("momentum", [0.0, 0.5])
def test_train_epochs_takes_the_steps_of_fit(engine: str, momentum: float) -> None:
    X, y = clusters(40, D, K)
    sgd = SGD(epochs=3, momentum=momentum, seed=4)
    looked_at, not_looked_at = net(), net()
    fit(looked_at, X, y, sgd, engine=engine)
    train_epochs(not_looked_at, X, y, sgd, engine=engine)
    assert_same_bits(not_looked_at.parameters, looked_at.parameters)


@every_engine
def test_watching_the_steps_changes_no_bit(engine: str) -> None:
    X, y = clusters(450, D, K)
    watched, alone, sgd = net(), net(), SGD(epochs=2, momentum=0.5)
    seen: list[tuple[int, int]] = []
    fit(
        watched,
        X.astype(np.float32),
        y,
        sgd,
        engine=engine,
        on_step=lambda epoch, step, _: seen.append((epoch, step)),
    )
    fit(alone, X.astype(np.float32), y, sgd, engine=engine)
    assert seen == [(epoch, step) for epoch in (1, 2) for step in (100, 200, 300, 400)]
    assert_same_bits(watched.parameters, alone.parameters)


@every_engine
def test_parameters_may_be_replaced_between_epochs(engine: str) -> None:
    X, y = clusters(30, D, K)
    model, expected, sgd = net(), net(), SGD(epochs=3, shuffle=False)

    def replace(_: Progress) -> None:
        for name, parameter in model.parameters.items():
            setattr(model, name, parameter.copy())

    fit(model, X, y, sgd, engine=engine, on_epoch=replace)
    fit(expected, X, y, sgd, engine=engine)
    assert_same_bits(model.parameters, expected.parameters)


@every_engine
@pytest.mark.parametrize("train", [fit, train_epochs])
@pytest.mark.parametrize("batch_size", [1, 7])
def test_a_rate_that_diverges_is_reported_and_the_weights_stay_finite(
    engine: str, train: Callable[..., object], batch_size: int
) -> None:
    X, y = clusters(60, D, K)
    model = NeuralNet(D, 8, K, activation="relu", seed=0)
    before = copied(model.parameters)
    sgd = SGD(epochs=5, learning_rate=1e200, batch_size=batch_size)
    with pytest.raises(DivergenceError, match="no longer a finite number; try a learning rate"):
        train(model, 100 * X, y, sgd, engine=engine)
    assert_same_bits(model.parameters, before)


@every_engine
def test_nan_in_the_samples_is_named_before_a_step_is_taken(engine: str) -> None:
    X, y = clusters(60, D, K)
    X[17, 3] = np.nan
    model = net()
    before = copied(model.parameters)
    for train in (fit, train_epochs):
        with pytest.raises(ChainruleError, match="holds nan at sample 17, feature 3"):
            train(model, X, y, engine=engine)
    assert_same_bits(model.parameters, before)


@every_engine
def test_more_threads_differ_in_the_last_bits_at_most(
    engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And with the kernel not even there, nor does the history."""
    monkeypatch.setattr(engines, "usable_processors", lambda: 2)
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(512, 100)).astype(np.float32), rng.integers(10, size=512)
    models = [NeuralNet(100, 64, 10, init="glorot", seed=0) for _ in range(2)]
    histories = [
        fit(model, X, y, SGD(epochs=2, batch_size=128), engine=engine, threads=threads)
        for threads, model in enumerate(models, start=1)
    ]
    assert_close(models[1].parameters, models[0].parameters, 1e-5)
    if engine == "compiled":
        assert_same_bits(models[1].parameters, models[0].parameters)
        assert without_seconds(histories[1]) == without_seconds(histories[0])


def test_more_threads_than_processors_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "usable_processors", lambda: 2)
    with pytest.raises(
        ChainruleError, match=r"threads=3 is more than the processors that .* may use, 2; take"
    ):
        fit(net(), *clusters(9, D, K), threads=3)


def test_a_sweep_in_threads_gives_what_it_gives_in_turn() -> None:
    X, y = clusters(100, D, K)
    at_once, in_turn = [net(seed) for seed in range(6)], [net(seed) for seed in range(6)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda model: train_epochs(model, X, y, SGD(epochs=3)), at_once))
    for model, expected in zip(at_once, in_turn, strict=True):
        train_epochs(expected, X, y, SGD(epochs=3))
        assert_same_bits(model.parameters, expected.parameters)


def test_a_training_names_the_engine_that_runs() -> None:
    X, y = clusters(9, D, K)
    for engine in usable_engines():
        assert Training(net(), X, y, engine=engine).engine.name == engine
    assert Training(Backwards(D, K), X, y).engine.name == "numpy"
    with pytest.raises(ChainruleError, match=r'not those of Backwards; .* engine="numpy"'):
        Training(Backwards(D, K), X, y, engine="compiled")
