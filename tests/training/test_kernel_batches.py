"""The compiled kernel for batches, against NumPy's engine and the textbook's loop.

These tests also run with the kernel under AddressSanitizer and UndefinedBehaviorSanitizer.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from chainrule import train_epochs
from chainrule.data.rows import Rows
from chainrule.data.scaling import Scaling
from chainrule.errors import ChainruleError
from chainrule.nn.activations import ACTIVATIONS
from chainrule.nn.classifier import Parameters
from chainrule.training.engines import _compiled, _compiled_batches
from chainrule.training.engines._batches import Batches
from chainrule.training.engines._compiled_batches import CompiledBatches, Stored, batch_steps
from chainrule.training.engines._layers import Layer
from chainrule.training.engines._textbook import Textbook
from chainrule.training.progress import copied
from chainrule.training.sgd import SGD
from helpers import assert_close, assert_same_bits, examples, with_kernel
from kernel_models import (
    VERSIONS,
    Model,
    every_second,
    misaligned,
    new_model,
    new_samples,
    zeros,
)

pytestmark = with_kernel
ANY = VERSIONS["float32"]  # single precision has all that double has


def in_version(patch: pytest.MonkeyPatch, version: str) -> None:
    """Take this version of the kernel, or in a precision that it is not built for another."""
    usual = _compiled_batches.batches_version

    def chosen(precision: str) -> str:
        return version if version in _compiled.versions(precision) else usual(precision)

    patch.setattr(_compiled_batches, "batches_version", chosen)


@pytest.fixture(params=ANY, ids=lambda version: f"version{version}")
def version(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each version of the kernel that this processor can run."""
    chosen: str = request.param
    in_version(monkeypatch, chosen)
    return chosen


def steps(
    model: Model,
    X: Any,
    y: NDArray[np.int64],
    order: NDArray[np.int64],
    sgd: SGD,
    velocity: Parameters | None = None,
    threads: int = 1,
) -> Parameters:
    """Train by the kernel; the velocities afterwards."""
    velocity = zeros(model) if velocity is None else velocity
    CompiledBatches(model, X, y, sgd, velocity, threads).run(order)
    return velocity


# What it computes

settings = st.builds(
    SGD,
    batch_size=st.integers(1, 70),
    learning_rate=st.sampled_from([0.01, 0.1]),
    momentum=st.sampled_from([0.0, 0.0, 0.9]),
    weight_decay=st.sampled_from([0.0, 0.0, 0.01]),
    label_smoothing=st.sampled_from([0.0, 0.2]),
)


@given(
    sizes=st.lists(st.integers(1, 70), min_size=2, max_size=5).map(tuple),
    activation=st.sampled_from(list(ACTIVATIONS)),
    sgd=settings,
    n=st.integers(1, 90),
    scale=st.sampled_from([0.0, 0.1, 1.0]),
    threads=st.integers(1, 3),
    seed=st.integers(0, 10**6),
)
@examples(200)
def test_in_double_precision_it_is_the_loop_of_the_textbook(
    sizes: tuple[int, ...],
    activation: str,
    sgd: SGD,
    n: int,
    scale: float,
    threads: int,
    seed: int,
) -> None:
    """Last batches may be short, batches larger than the data, layers no multiple of a panel."""
    X, y = new_samples(sizes, n, seed)
    X *= scale
    rng = np.random.default_rng(seed)
    order = rng.permutation(n)
    expected = new_model(sizes, activation, seed)
    momentum: Parameters = {k: rng.normal(0, 0.1, p.shape) for k, p in expected.parameters.items()}
    v_expected = copied(momentum)
    Textbook(expected, X, y, sgd, v_expected).run(order)
    for version in ANY:
        model, velocity = new_model(sizes, activation, seed), copied(momentum)
        with pytest.MonkeyPatch.context() as patch:
            in_version(patch, version)
            steps(model, X, y, order, sgd, velocity, threads)
        assert_close(model.parameters, expected.parameters, 1e-12)
        assert_close(velocity, v_expected, 1e-12)


@pytest.mark.parametrize("sizes", [(100, 10), (100, 40, 10), (100, 96, 33, 10)])
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_in_single_precision_it_is_as_close_as_numpy(
    sizes: tuple[int, ...], activation: str, momentum: float, version: str
) -> None:
    """Rounding alone parts the two from double precision; twice NumPy's is allowed."""
    X, y = new_samples(sizes, 600)
    order = np.arange(600)
    sgd = SGD(learning_rate=0.01, batch_size=64, momentum=momentum)
    exact, numpy, ours = (new_model(sizes, activation) for _ in range(3))
    Textbook(exact, X.astype(np.float32).astype(float), y, sgd, zeros(exact)).run(order)
    Batches(numpy, X.astype(np.float32), y, sgd, zeros(numpy)).run(order)
    steps(ours, X.astype(np.float32), y, order, sgd)
    for name, p in exact.parameters.items():
        off, usual = (np.abs(net.parameters[name] - p).max() for net in (ours, numpy))
        assert off < 2 * usual + 1e-7, name


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_nan_and_infinity_are_not_lost(value: float, activation: str, version: str) -> None:
    """So that training can see that it diverged."""
    for precision in (np.float32, np.float64):
        X, y = new_samples((9, 5, 3), 8)
        X = X.astype(precision)
        X[1, 2] = value
        model = new_model((9, 5, 3), activation)
        steps(model, X, y, np.arange(8), SGD(learning_rate=0.1, batch_size=4))
        assert not all(np.isfinite(p).all() for p in model.parameters.values())


def test_saturated_units_and_huge_logits_stay_finite_and_right(version: str) -> None:
    for precision, tolerance in ((np.float32, 1e-4), (np.float64, 1e-12)):
        X, y = new_samples((4, 3, 3), 10)
        model, expected = new_model((4, 3, 3)), new_model((4, 3, 3))
        for net in (model, expected):
            net.parameters["W_h"][...] *= 1000
            net.parameters["W_o"][...] *= 300
        sgd = SGD(learning_rate=0.1, batch_size=4)
        steps(model, X.astype(precision), y, np.arange(10), sgd)
        Textbook(expected, X.astype(precision), y, sgd, {}).run(np.arange(10))
        assert_close(model.parameters, expected.parameters, tolerance)


# The same bits


@pytest.mark.parametrize("precision", [np.float32, np.float64])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_every_number_of_threads_gives_the_same_bits(
    precision: type[np.floating[Any]], momentum: float, version: str
) -> None:
    sizes = (90, 70, 50, 10)
    X, y = new_samples(sizes, 700)
    sgd = SGD(batch_size=150, momentum=momentum, weight_decay=0.001)
    alone = new_model(sizes)
    v_alone = steps(alone, X.astype(precision), y, np.arange(700), sgd)
    for threads in (2, 3, 8):
        model = new_model(sizes)
        v = steps(model, X.astype(precision), y, np.arange(700), sgd, threads=threads)
        assert_same_bits(model.parameters, alone.parameters)
        assert_same_bits(v, v_alone)


def test_threads_that_share_a_batch_too_large_to_copy_give_the_same_bits() -> None:
    sizes, n = (784, 33, 10), 2700  # more than 8 MB: COPIED in kernel/batch.h
    X, y = new_samples(sizes, n)
    alone, together = new_model(sizes), new_model(sizes)
    for model, threads in ((alone, 1), (together, 3)):
        steps(model, X.astype(np.float32), y, np.arange(n), SGD(batch_size=n), threads=threads)
    assert_same_bits(together.parameters, alone.parameters)


def test_cutting_an_order_between_batches_changes_no_bit(
    version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As `fit` does where steps are watched, and the engine itself where a call would be long."""
    X, y = new_samples((9, 40, 3), 100)
    X = X.astype(np.float32)
    sgd, order = SGD(batch_size=16, momentum=0.5), np.random.default_rng(0).permutation(100)
    whole, parts, short = (new_model((9, 40, 3)) for _ in range(3))
    v_whole = steps(whole, X, y, order, sgd)
    v_parts = steps(parts, X, y, order[:48], sgd)
    steps(parts, X, y, order[48:], sgd, v_parts)
    monkeypatch.setattr(_compiled_batches, "PRODUCTS", 1.0)
    v_short = steps(short, X, y, order, sgd)
    for model, v in ((parts, v_parts), (short, v_short)):
        assert_same_bits(model.parameters, whole.parameters)
        assert_same_bits(v, v_whole)


SCALINGS = {
    "bytes as they are": None,
    "one range": Scaling("unit", np.zeros(40), np.full(40, 255.0)),
    "a range each": Scaling("unit", np.arange(40.0), np.arange(1.0, 41.0)),
    "in double": Scaling("standard", np.full(40, 33.3), np.full(40, 77.7)),
}


@pytest.mark.parametrize("scaling", SCALINGS.values(), ids=SCALINGS)
@pytest.mark.parametrize("chosen", [None, np.arange(200)[::-1].copy()])
@pytest.mark.parametrize("stored", [np.uint8, np.bool_, np.int16])
def test_rows_train_to_the_bits_of_what_they_are_scaled_to(
    scaling: Scaling | None, chosen: NDArray[np.int64] | None, stored: Any, version: str
) -> None:
    raw = np.random.default_rng(0).integers(0, 256, (300, 40)).astype(stored)
    rows = Rows(raw, scaling, chosen)
    X = np.asarray(rows).astype(np.float32)
    y, sgd = new_samples((40, 3), len(X))[1], SGD(epochs=2, batch_size=32)
    lazy, eager = new_model((40, 20, 3)), new_model((40, 20, 3))
    train_epochs(lazy, rows, y, sgd)
    train_epochs(eager, X, y, sgd)
    assert_same_bits(lazy.parameters, eager.parameters)


@pytest.mark.parametrize(
    ("dtype", "precision"),
    [
        *((t, np.float32) for t in (np.float16, np.float32, np.uint8, np.int16, bool)),
        *((t, np.float64) for t in (np.float64, np.int64, np.longdouble, ">f8")),
    ],
)
def test_the_precision_is_that_of_the_samples(
    dtype: Any, precision: type[np.floating[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the kernel cannot read is converted, here in pieces of a batch."""
    monkeypatch.setattr(_compiled_batches, "CONVERTED", 100)
    sizes = (9, 5, 3)
    X, y = new_samples(sizes, 300)
    X = (X > 0).astype(dtype)
    model, expected, sgd = new_model(sizes), new_model(sizes), SGD(batch_size=32)
    steps(model, X, y, np.arange(300), sgd)
    steps(expected, X.astype(precision), y, np.arange(300), sgd)
    assert_same_bits(model.parameters, expected.parameters)


# How arrays may lie


@pytest.mark.parametrize("laid_out", [misaligned, every_second, np.asfortranarray])
@pytest.mark.parametrize("precision", [np.float32, np.float64])
def test_arrays_may_lie_anyhow(
    laid_out: Callable[[NDArray[Any]], NDArray[Any]], precision: type[np.floating[Any]]
) -> None:
    X, y = new_samples((9, 5, 3), 12)
    X, order = X.astype(precision), np.arange(12)[::-1].copy()
    model, expected = new_model((9, 5, 3)), new_model((9, 5, 3))
    sgd = SGD(momentum=0.5, batch_size=5)
    v_expected = steps(expected, X, y, order, sgd)
    for name, parameter in model.parameters.items():
        setattr(model, name, laid_out(parameter))
    velocity = {name: laid_out(v) for name, v in zeros(model).items()}
    steps(model, laid_out(X), laid_out(y), laid_out(order), sgd, velocity)
    for name, parameter in expected.parameters.items():
        np.testing.assert_array_equal(model.parameters[name], parameter)
        np.testing.assert_array_equal(velocity[name], v_expected[name])


def test_no_step_changes_nothing(version: str) -> None:
    X, y = new_samples((9, 5, 3), 4)
    model = new_model((9, 5, 3))
    before = copied(model.parameters)
    steps(model, X, y, np.arange(0), SGD(batch_size=2))
    assert_same_bits(model.parameters, before)


# What is refused before the kernel sees it

GOOD: dict[str, Any] = {
    "layers": [Layer(np.zeros((4, 3)), np.zeros(3)), Layer(np.zeros((3, 2)), np.zeros(2))],
    "velocities": [],
    "activation": ACTIVATIONS["sigmoid"],
    "samples": Stored(np.zeros((5, 4))),
    "rows": np.arange(5),
    "y": np.array([0, 1, 0, 1, 0]),
    "settings": SGD(batch_size=2),
    "precision": np.float64,
    "threads": 1,
}
BYTES = np.zeros((5, 4), np.uint8)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            {"samples": Stored(np.zeros(4))},
            r"\(N, 4\) in float64 or as bytes; got float64",
        ),
        ({"samples": Stored(np.zeros((5, 4), np.float32))}, "got float32 values"),
        ({"samples": Stored(np.zeros((5, 3)))}, r"values of shape \(5, 3\)"),
        ({"samples": Stored(BYTES)}, "bytes of 4 features need a shift and a scale"),
        ({"samples": Stored(BYTES, np.zeros(4), np.ones(3))}, r"got \(4,\) and \(3,\)"),
        ({"y": np.array([0, 1, 0, 1])}, r"there are samples \(5,\) but labels of shape \(4,\)"),
        ({"y": np.array([0, 1, 2, 1, 0])}, "there is no label 2: with 2 classes, 0 to 1"),
        ({"rows": np.array([0, 1, 2, 3, 5])}, "there is no sample 5: with 5 samples, 0 to 4"),
        ({"layers": []}, "at least one layer"),
        ({"settings": SGD(momentum=0.5, batch_size=2)}, "momentum 0.5 needs a velocity"),
    ],
)
def test_what_the_kernel_cannot_take_is_named_and_nothing_changes(
    wrong: dict[str, Any], message: str
) -> None:
    arguments = GOOD | wrong
    with pytest.raises(ChainruleError, match=message):
        batch_steps(**arguments)
    for layer in arguments["layers"]:
        assert not layer.W.any()


def test_a_sample_that_is_not_there_is_named() -> None:
    X, y = new_samples((9, 5, 3), 12)
    chosen = Rows(np.zeros((20, 9), np.uint8), None, np.arange(12))
    for samples in (X, chosen):
        with pytest.raises(ChainruleError, match="there is no sample 12: with 12 samples"):
            steps(new_model((9, 5, 3)), samples, y, np.array([0, 12]), SGD(batch_size=2))


def test_too_little_memory_is_said_and_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def cannot(*_: object) -> int:
        return 1

    monkeypatch.setattr(_compiled_batches, "_function", lambda *_: cannot)
    X, y = new_samples((9, 5, 3), 12)
    model = new_model((9, 5, 3))
    before = copied(model.parameters)
    with pytest.raises(MemoryError, match="too little memory to train in batches of 4; take a"):
        steps(model, X, y, np.arange(12), SGD(batch_size=4))
    assert_same_bits(model.parameters, before)
