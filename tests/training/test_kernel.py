"""The compiled kernel against the textbook's loop.

These tests also run with the kernel under AddressSanitizer and UndefinedBehaviorSanitizer.
"""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from chainrule.data import load_digits
from chainrule.nn.activations import ACTIVATIONS, Activation
from chainrule.nn.classifier import Parameters
from chainrule.nn.models import NeuralNet
from chainrule.training.engines import _compiled
from chainrule.training.engines._textbook import Textbook
from chainrule.training.progress import copied
from chainrule.training.sgd import SGD
from helpers import assert_close, assert_same_bits, examples, with_kernel
from kernel_models import (
    VERSIONS,
    new_model,
    new_samples,
    steps,
    zeros,
)

pytestmark = with_kernel


def digits() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    data = load_digits().scaled("standard")
    return np.asarray(data.X_train, np.float32), data.y_train


# What it computes

networks = st.lists(st.integers(1, 21), min_size=2, max_size=5).map(tuple)
settings = st.builds(
    SGD,
    learning_rate=st.sampled_from([0.01, 0.1]),
    momentum=st.sampled_from([0.0, 0.0, 0.5, 0.9]),
    weight_decay=st.sampled_from([0.0, 0.0, 0.01]),
    label_smoothing=st.sampled_from([0.0, 0.2]),
)


@given(
    sizes=networks,
    activation=st.sampled_from(list(ACTIVATIONS)),
    sgd=settings,
    n=st.integers(1, 12),
    scale=st.sampled_from([0.0, 0.1, 1.0]),
    seed=st.integers(0, 10**6),
)
@examples(300)
def test_in_double_precision_it_is_the_loop_of_the_textbook(
    sizes: tuple[int, ...], activation: str, sgd: SGD, n: int, scale: float, seed: int
) -> None:
    """Width 1, a single class, fewer or more classes than units, inputs that are all zero."""
    X, y = new_samples(sizes, n, seed)
    X *= scale
    order = np.random.default_rng(seed).integers(n, size=3 * n)
    begin: Parameters = new_model(sizes, activation, seed).parameters
    rng = np.random.default_rng(seed)
    momentum: Parameters = {name: rng.normal(0, 0.1, p.shape) for name, p in begin.items()}
    expected, v_expected = new_model(sizes, activation, seed), copied(momentum)
    Textbook(expected, X, y, sgd, v_expected).run(order)
    for version in VERSIONS["float64"]:
        model, velocity = new_model(sizes, activation, seed), copied(momentum)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(_compiled, "versions", lambda _, version=version: [version])
            steps(model, X, y, order, sgd, velocity)
        assert_close(model.parameters, expected.parameters, 1e-12)
        assert_close(velocity, v_expected, 1e-12)


@pytest.mark.parametrize("width", [*range(22, 161, 7), 256, 257])
@pytest.mark.parametrize(("momentum", "weight_decay"), [(0.0, 0.0), (0.0, 0.1), (0.5, 0.1)])
def test_wide_layers_in_double_precision_are_the_loop_of_the_textbook(
    width: int, momentum: float, weight_decay: float, version: str
) -> None:
    """Of several panels, the last of them of each width; in all layers' places."""
    sizes = (width, width + 1, width + 6, 30)
    sgd = SGD(learning_rate=0.01, momentum=momentum, weight_decay=weight_decay)
    X, y = new_samples(sizes, 3)
    model, expected = new_model(sizes, "tanh"), new_model(sizes, "tanh")
    v_expected = zeros(expected)
    velocity = steps(model, X, y, np.arange(3), sgd)
    Textbook(expected, X, y, sgd, v_expected).run(np.arange(3))
    assert_close(model.parameters, expected.parameters, 1e-12)
    assert_close(velocity, v_expected if momentum else zeros(model), 1e-12)


@pytest.mark.parametrize("sizes", [(64, 10), (64, 10, 10), (64, 32, 10), (64, 100, 33, 10)])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_in_single_precision_an_epoch_of_digits_is_within_millionths(
    sizes: tuple[int, ...], activation: str, version: str
) -> None:
    """From the lab's own first weights; from larger ones rounding alone, NumPy's too, is more.

    Units that the activation never shuts gather more of it; NumPy's is 1.3e-6 there as well.
    """
    X, y = digits()
    order, sgd = np.arange(len(y)), SGD(learning_rate=0.01)
    model = new_model(sizes, activation, init="uniform")
    expected = new_model(sizes, activation, init="uniform")
    steps(model, X, y, order, sgd)
    Textbook(expected, X.astype(np.float64), y, sgd, {}).run(order)
    close = activation in ("sigmoid", "tanh", "relu")
    assert_close(model.parameters, expected.parameters, 1e-6 if close else 2e-6)


PRE_ACTIVATIONS = np.concatenate(
    [np.linspace(-20, 20, 81), *([z, -z] for z in (1e-6, 1e-3, 0.1, 50, 100, 1000))]
)


@pytest.mark.parametrize("precision", [np.float32, np.float64])
@pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=ACTIVATIONS)
def test_its_activations_are_those_of_the_registry_to_a_few_roundings(
    activation: Activation, precision: type[np.floating[Any]], version: str
) -> None:
    """One step each that lays h, then f'(z), into parameters that were 0."""
    z = PRE_ACTIVATIONS.astype(precision)
    rounding = float(np.finfo(precision).eps)
    X, y, order, sgd = (
        np.ones((1, 1), precision),
        np.array([0]),
        np.array([0]),
        SGD(learning_rate=1.0),
    )
    net = NeuralNet(1, len(z), 2, activation=activation.name, init="zeros")
    net.W_h[...] = z
    steps(net, X, y, order, sgd)  # both classes have probability 1/2: grad_W_o = h · (-1/2, 1/2)
    expected = activation.function(z.astype(np.float64))
    np.testing.assert_allclose(2 * net.W_o[:, 0], expected, rtol=3 * rounding, atol=rounding)

    net = NeuralNet(1, len(z), 2, activation=activation.name, init="zeros")
    net.W_h[...], net.W_o[:, 0], net.b_o[1] = z, 1, 1e6
    steps(net, X, y, order, sgd)  # the label has probability 0: grad_h = -1, grad_b_h = -f'(z)
    expected = activation.derivative(z.astype(np.float64))
    np.testing.assert_allclose(net.b_h, expected, rtol=3 * rounding, atol=2 * rounding)


@pytest.mark.parametrize(("momentum", "weight_decay"), [(0.9, 0.0), (0.0, 0.01), (0.9, 0.01)])
def test_in_single_precision_momentum_stays_close_for_fifty_samples(
    momentum: float, weight_decay: float, version: str
) -> None:
    (X, y), order = digits(), np.arange(50)
    sgd = SGD(learning_rate=0.01, momentum=momentum, weight_decay=weight_decay)
    model, expected = new_model((64, 32, 10)), new_model((64, 32, 10))
    v_expected = zeros(expected)
    velocity = steps(model, X, y, order, sgd)
    Textbook(expected, X.astype(np.float64), y, sgd, v_expected).run(order)
    assert_close(model.parameters, expected.parameters, 1e-6)
    assert_close(velocity, v_expected if momentum else zeros(model), 1e-5)


@given(networks, settings, st.integers(0, 12), st.sampled_from([np.float32, np.float64]))
@examples(60)
def test_cutting_an_order_in_two_changes_no_bit(
    sizes: tuple[int, ...], sgd: SGD, cut: int, precision: type[np.floating[Any]]
) -> None:
    """The step that waits for the next sample is taken at the end of a call."""
    X, y = new_samples(sizes, 12)
    X = X.astype(precision)
    order = np.random.default_rng(0).permutation(12)
    whole, parts = new_model(sizes, "tanh"), new_model(sizes, "tanh")
    v_whole = steps(whole, X, y, order, sgd)
    v_parts = steps(parts, X, y, order[:cut], sgd)
    steps(parts, X, y, order[cut:], sgd, v_parts)
    assert_same_bits(parts.parameters, whole.parameters)
    assert_same_bits(v_parts, v_whole)


def test_several_epochs_in_one_call_are_those_one_by_one(version: str) -> None:
    X, y = new_samples((7, 5, 3), 20)
    X = X.astype(np.float32)
    orders = [np.random.default_rng(epoch).permutation(20) for epoch in range(4)]
    at_once, one_by_one = new_model((7, 5, 3)), new_model((7, 5, 3))
    steps(at_once, X, y, np.concatenate(orders), SGD(learning_rate=0.1))
    for order in orders:
        steps(one_by_one, X, y, order, SGD(learning_rate=0.1))
    assert_same_bits(at_once.parameters, one_by_one.parameters)


def test_saturated_units_and_huge_logits_stay_finite_and_right(version: str) -> None:
    for precision, tolerance in ((np.float32, 1e-4), (np.float64, 1e-12)):
        X, y = new_samples((4, 3, 3), 10)
        model, expected = new_model((4, 3, 3)), new_model((4, 3, 3))
        for net in (model, expected):
            net.parameters["W_h"][...] *= 1000
            net.parameters["W_o"][...] *= 300
        steps(model, X.astype(precision), y, np.arange(10), SGD(learning_rate=0.1))
        Textbook(expected, X.astype(precision), y, SGD(learning_rate=0.1), {}).run(np.arange(10))
        assert_close(model.parameters, expected.parameters, tolerance)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_nan_and_infinity_are_not_lost(value: float, activation: str, version: str) -> None:
    """So that training can see that it diverged."""
    for precision in (np.float32, np.float64):
        X, y = new_samples((9, 5, 3), 4)
        X = X.astype(precision)
        X[1, 2] = value
        model = new_model((9, 5, 3), activation)
        steps(model, X, y, np.arange(4), SGD(learning_rate=0.1))
        assert not all(np.isfinite(p).all() for p in model.parameters.values())


def test_a_rate_without_bounds_leaves_the_finite_numbers(version: str) -> None:
    X, y = new_samples((9, 5, 3), 200)
    model = new_model((9, 5, 3), "relu")
    steps(model, 1e3 * X.astype(np.float32), y, np.arange(200), SGD(learning_rate=1e30))
    assert not all(np.isfinite(p).all() for p in model.parameters.values())
