"""Dropout: every engine trains without the same units.

These tests also run with the kernel under AddressSanitizer and UndefinedBehaviorSanitizer.
"""

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from chainrule import train_epochs
from chainrule.data.arrays import Array
from chainrule.errors import ChainruleError
from chainrule.nn.activations import ACTIVATIONS
from chainrule.nn.classifier import Classifier
from chainrule.nn.dropout import dropout_key, dropout_masks, dropped_grad_loss
from chainrule.nn.functions import one_hot, smooth_targets
from chainrule.nn.models import LogisticRegression, NeuralNet
from chainrule.training import engines
from chainrule.training.engines import _compiled, _compiled_batches, choose_engine
from chainrule.training.fit import fit
from chainrule.training.progress import Progress, copied
from chainrule.training.sgd import SGD, sample_order
from helpers import D, K, assert_close, assert_same_bits, clusters, examples, net, usable_engines
from kernel_models import VERSIONS, new_model, new_samples, take_version, zeros


def in_version(patch: pytest.MonkeyPatch, version: str) -> None:
    """Take this version of the kernel for single samples, and where there is one for batches."""
    take_version(patch, version)
    usual = _compiled_batches.batches_version

    def chosen(precision: str) -> str:
        return version if version in VERSIONS[precision] else usual(precision)

    patch.setattr(_compiled_batches, "batches_version", chosen)


every_engine = pytest.mark.parametrize("engine", usable_engines())


def by_hand(
    model: NeuralNet, X: Array, y: NDArray[np.int64], sgd: SGD, epoch: int, order: Any, place: int
) -> dict[str, Array]:
    """The steps of an epoch from this place on, with `dropped_grad_loss`; the velocities."""
    velocity, key = zeros(model), dropout_key(sgd.seed, epoch)
    targets = smooth_targets(one_hot(model.output_size, y), sgd.label_smoothing)
    for start in range(0, len(order), sgd.batch_size):
        batch = order[start : start + sgd.batch_size]
        places = place + start + np.arange(len(batch))
        left_in = dropout_masks(sgd.dropout, key, places, model.hidden_sizes)
        gradients = dropped_grad_loss(model, X[batch], targets[batch], left_in)
        for name, p in model.parameters.items():
            v = sgd.momentum * velocity[name] + gradients[name] / len(batch)
            velocity[name] = v + (sgd.weight_decay * p if name.startswith("W") else 0)
            np.subtract(p, sgd.learning_rate * velocity[name], out=p)
    return velocity


@given(
    sizes=st.lists(st.integers(1, 40), min_size=3, max_size=5).map(tuple),
    activation=st.sampled_from(list(ACTIVATIONS)),
    sgd=st.builds(
        SGD,
        learning_rate=st.sampled_from([0.01, 0.1]),
        batch_size=st.sampled_from([1, 1, 5, 9]),
        momentum=st.sampled_from([0.0, 0.9]),
        weight_decay=st.sampled_from([0.0, 0.01]),
        label_smoothing=st.sampled_from([0.0, 0.1]),
        dropout=st.sampled_from([0.001, 0.3, 0.5, 0.9]),
        seed=st.integers(0, 2**70),
    ),
    n=st.integers(1, 12),
    epoch=st.integers(1, 100),
    place=st.integers(0, 10**12),
)
@examples(40)
def test_every_engine_leaves_out_the_same_units(
    sizes: tuple[int, ...], activation: str, sgd: SGD, n: int, epoch: int, place: int
) -> None:
    X, y = new_samples(sizes, n)
    order = np.random.default_rng(n).permutation(n)
    expected = new_model(sizes, activation)
    assert isinstance(expected, NeuralNet)
    v_expected = by_hand(expected, X, y, sgd, epoch, order, place)
    for engine, versions in (("numpy", [""]), ("compiled", VERSIONS["float64"])):
        for version in versions if engine in usable_engines() else ():
            model = new_model(sizes, activation)
            v, taker = zeros(model), choose_engine(engine, model, sgd.batch_size)
            with pytest.MonkeyPatch.context() as patch:
                in_version(patch, version)
                taker(model, X, y, sgd, v).run(order, epoch, place)
            assert_close(model.parameters, expected.parameters, 1e-12)
            if sgd.momentum:
                assert_close(v, v_expected, 1e-12)


@pytest.mark.parametrize("version", VERSIONS["float32"])
@pytest.mark.parametrize("batch_size", [1, 50])
def test_in_single_precision_rounding_alone_parts_the_engines(
    version: str, batch_size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_version(monkeypatch, version)
    sizes, order = (100, 96, 33, 10), np.arange(200)
    X, y = new_samples(sizes, 200)
    sgd = SGD(learning_rate=0.01, batch_size=batch_size, dropout=0.3)
    models = [new_model(sizes, "tanh") for _ in usable_engines()]
    for engine, model in zip(usable_engines(), models, strict=True):
        taker = choose_engine(engine, model, batch_size)
        taker(model, X.astype(np.float32), y, sgd, zeros(model)).run(order)
        assert_close(model.parameters, models[0].parameters, 1e-5)


@every_engine
@pytest.mark.parametrize("batch_size", [1, 8])
def test_stops_pieces_and_watchers_change_no_bit(engine: str, batch_size: int) -> None:
    X, y = clusters(120 * batch_size, D, K)
    X = X.astype(np.float32)
    sgd = SGD(3, 0.1, batch_size, momentum=0.5, dropout=0.4, seed=3)
    whole, watched, unwatched, stopped, resumed = (net() for _ in range(5))
    history = fit(whole, X, y, sgd, engine=engine)
    fit(watched, X, y, sgd, engine=engine, on_step=lambda *_: None)
    train_epochs(unwatched, X, y, sgd, engine=engine)
    kept: list[Progress] = []
    fit(stopped, X, y, sgd, engine=engine, on_epoch=kept.append, stop=lambda: len(kept) > 1)
    fit(resumed, X, y, sgd, engine=engine, progress=kept[-1])
    for model in (watched, unwatched, resumed):
        assert_same_bits(model.parameters, whole.parameters)
    assert history[-1].train_loss_sum == pytest.approx(whole.loss(X, y), rel=1e-5)


@pytest.mark.skipif("compiled" not in usable_engines(), reason="the kernel alone has threads")
def test_every_number_of_threads_leaves_out_the_same_units(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engines, "usable_processors", lambda: 3)
    X, y = new_samples((90, 10), 400)
    models = [NeuralNet(90, (70, 50), 10, seed=0) for _ in range(3)]
    for threads, model in enumerate(models, start=1):
        sgd = SGD(epochs=2, batch_size=150, dropout=0.5)
        fit(model, X.astype(np.float32), y, sgd, engine="compiled", threads=threads)
        assert_same_bits(model.parameters, models[0].parameters)


@every_engine
def test_bytes_that_are_converted_piece_by_piece_meet_the_same_masks(engine: str) -> None:
    rng = np.random.default_rng(0)
    X, y = rng.integers(0, 3, (2500, D)).astype(np.int16), rng.integers(K, size=2500)
    models = [net(), net()]
    stored: list[NDArray[Any]] = [X, X.astype(np.float32)]
    for samples, model in zip(stored, models, strict=True):
        fit(model, samples, y, SGD(epochs=1, dropout=0.5), engine=engine)
    assert_same_bits(models[0].parameters, models[1].parameters)


@every_engine
@pytest.mark.parametrize("batch_size", [1, 8])
def test_softmax_regression_has_no_unit_to_leave_out(engine: str, batch_size: int) -> None:
    X, y = clusters(30, D, K)
    models = [LogisticRegression(D, K, seed=0) for _ in range(2)]
    for dropout, model in zip((0.0, 0.5), models, strict=True):
        fit(model, X, y, SGD(2, 0.1, batch_size, dropout=dropout), engine=engine)
    assert_same_bits(models[0].parameters, models[1].parameters)


def test_a_network_that_is_all_left_in_but_for_a_hair_trains_as_without_dropout() -> None:
    X, y = clusters(30, D, K)
    sgd = SGD(epochs=2)
    plain, dropped = net(), net()
    fit(plain, X, y, sgd)
    fit(dropped, X, y, dataclasses.replace(sgd, dropout=1e-12))
    assert_close(dropped.parameters, plain.parameters, 1e-9)


class Other(LogisticRegression):
    """With a gradient of its own, for all that is known."""


def test_a_model_with_a_gradient_of_its_own_is_refused() -> None:
    model: Classifier = Other(D, K)
    before = copied(model.parameters)
    with pytest.raises(ChainruleError, match=r"not of Other; leave out dropout=0\.5"):
        fit(model, *clusters(9, D, K), SGD(dropout=0.5))
    assert_same_bits(model.parameters, before)


def test_the_order_of_the_samples_is_that_without_dropout() -> None:
    orders = [sample_order(SGD(dropout=dropout), 1, 20) for dropout in (0.0, 0.5)]
    np.testing.assert_array_equal(orders[0], orders[1])
    assert _compiled.Regularisation.of(SGD(), 1, 0).key == 0
