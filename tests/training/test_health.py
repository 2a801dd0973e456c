"""A network that does not learn is told why; one that learns is told nothing."""

import copy
import itertools
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from chainrule.data import load_digits
from chainrule.data.arrays import Array
from chainrule.errors import DivergenceError
from chainrule.nn.activations import ACTIVATIONS
from chainrule.nn.classifier import Classifier
from chainrule.nn.models import LogisticRegression, NeuralNet
from chainrule.training.epochs import Training
from chainrule.training.health import Diagnosis, Trained, diagnose, layer_figures
from chainrule.training.history import History
from chainrule.training.sgd import SGD
from helpers import clusters

RAW = load_digits()
DIGITS = RAW.scaled("standard")


class Split(NamedTuple):
    X: Array
    y: NDArray[np.int64]
    X_test: Array
    y_test: NDArray[np.int64]


def halves(X: Array, y: NDArray[np.int64]) -> Split:
    n = 2 * len(y) // 3
    return Split(X[:n], y[:n], X[n:], y[n:])


def data(kind: str, seed: int = 0) -> Split:
    """Small data of different kinds, the same for the same seed."""
    rng, X_test = np.random.default_rng(seed), np.asarray(DIGITS.X_test)
    if kind == "digits":
        return Split(np.asarray(DIGITS.X_train), DIGITS.y_train, X_test, DIGITS.y_test)
    if kind == "few":
        X = np.asarray(DIGITS.X_train)[:150]
        return Split(X, DIGITS.y_train[:150], X_test, DIGITS.y_test)
    if kind == "clusters":
        return halves(*clusters(450, 8, 4, seed))
    if kind == "imbalanced":
        y = (rng.random(600) < 0.1).astype(np.int64)
        return halves(rng.normal(size=(600, 5)) + 2.5 * y[:, None] * np.eye(5)[0], y)
    y = rng.integers(3, size=900)  # "noisy": one feature of ten says a little
    return halves(rng.normal(size=(900, 10)) + 0.7 * y[:, None] * np.eye(10)[0], y)


def shuffled(samples: Split, seed: int = 0) -> Split:
    return samples._replace(y=np.random.default_rng(seed).permutation(samples.y))


def raw_bytes() -> Split:
    """The digits as numbers up to 255, not scaled."""
    X, X_test = (np.asarray(X) * 16.0 for X in (RAW.X_train, RAW.X_test))
    return Split(X, RAW.y_train, X_test, RAW.y_test)


def verdict(model: Classifier, samples: Split, **settings: Any) -> Diagnosis | None:
    """Train, and look at what came of it."""
    untrained, sgd = copy.deepcopy(model), SGD(**settings)
    histories: list[History] = []
    diverged = False
    training = Training(model, samples.X, samples.y, sgd, test=(samples.X_test, samples.y_test))
    try:
        training.run(on_epoch=lambda progress: histories.append(progress.history))
    except DivergenceError:
        diverged = True
    history = histories[-1]
    held_out = ("test", samples.y_test)
    return diagnose(
        Trained(
            untrained, model, samples.X, samples.y, history, history[-1], sgd, held_out, diverged
        )
    )


def network(
    samples: Split, hidden: tuple[int, ...], activation: str, init: str = "glorot", seed: int = 0
) -> NeuralNet:
    n_classes = int(samples.y.max()) + 1
    return NeuralNet(
        samples.X.shape[1], hidden, n_classes, activation=activation, init=init, seed=seed
    )


def healthy(activation: str, depth: int, width: int, rate: float, kind: str, seed: int) -> None:
    """Train a network with usual settings; it must be told nothing."""
    samples = data(kind, seed)
    net = network(samples, (width,) * depth, activation, seed=seed)
    epochs = 8 if kind == "digits" else 20
    rate *= ACTIVATIONS[activation].learning_rate
    found = verdict(net, samples, epochs=epochs, learning_rate=rate, seed=seed)
    assert found is None, (activation, depth, width, rate, kind, seed, found)


KINDS_OF_DATA = ("few", "clusters", "imbalanced", "noisy")


@pytest.mark.parametrize("number", range(20))
def test_a_healthy_network_gets_no_diagnosis(number: int) -> None:
    activations = list(ACTIVATIONS)
    healthy(
        activations[number % 6],
        1 + number % 3,
        (8, 16, 32)[number // 3 % 3],
        (1 / 3, 1, 2)[number // 2 % 3],
        KINDS_OF_DATA[number % 4],
        number,
    )


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["digits", *KINDS_OF_DATA])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_twenty_healthy_networks_of_each_kind_get_no_diagnosis(activation: str, kind: str) -> None:
    every = itertools.product((1, 2, 3), (8, 32, 100), (1 / 3, 1, 2))
    for seed, (depth, width, rate) in enumerate(
        itertools.islice(every, 20 if kind != "digits" else 27)
    ):
        healthy(activation, depth, width, rate, kind, seed)


SICK: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "zero initialisation": ({"hidden": (16,), "init": "zeros"}, {"learning_rate": 0.1}),
    "dead units": ({"hidden": (32, 16), "activation": "relu"}, {"learning_rate": 0.1}),
    "saturated units": ({"hidden": (32,)}, {"learning_rate": 10.0}),
    "exploding gradient": (
        {"hidden": (32, 32), "activation": "leaky-relu", "init": "he"},
        {"learning_rate": 1.0},
    ),
    "steps too small": ({"hidden": (32,)}, {"learning_rate": 1e-6}),
    "vanishing gradient": ({"hidden": (16,) * 6, "init": "uniform"}, {"learning_rate": 0.1}),
    "shuffled labels": ({"hidden": (32,), "activation": "relu"}, {"learning_rate": 0.01}),
}
SAYS = {
    "zero initialisation": "copies of each other",
    "dead units": "dead: their pre-activation is below 0 for every training sample",
    "saturated units": "saturated: their pre-activations lie so far out",
    "exploding gradient": "explodes",
    "steps too small": "The steps are too small",
    "vanishing gradient": "vanishes on its way back",
    "shuffled labels": "labels do not belong to their samples",
}


def sick(kind: str, seed: int = 0, **change: Any) -> Diagnosis | None:
    how, settings = SICK[kind]
    samples = data("digits")
    if kind == "shuffled labels":
        samples = shuffled(samples, seed)
    how = {"activation": "sigmoid"} | how | change
    epochs = 12 if kind == "shuffled labels" else 4
    net = network(samples, **how, seed=seed)
    return verdict(net, samples, epochs=epochs, seed=seed, **settings)


@pytest.mark.parametrize("kind", SICK)
def test_each_sickness_gets_its_own_diagnosis(kind: str) -> None:
    found = sick(kind)
    assert found is not None
    assert found.kind == kind
    assert SAYS[kind] in found.finding
    assert found.remedy
    assert [layer.layer for layer in found.after][-1] == "o"


@pytest.mark.slow
@pytest.mark.parametrize("kind", SICK)
def test_each_sickness_is_told_from_twenty_seeds(kind: str) -> None:
    kinds = [getattr(sick(kind, seed), "kind", None) for seed in range(20)]
    assert kinds == [kind] * 20


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_units_that_begin_alike_are_told_whatever_the_activation(activation: str) -> None:
    found = sick("zero initialisation", activation=activation, hidden=(8, 6))
    assert found is not None
    assert found.kind == "zero initialisation"


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "softplus", "elu"])
def test_features_of_hundreds_saturate(activation: str) -> None:
    samples = raw_bytes()
    net = network(samples, (32,), activation, "he")
    rate = ACTIVATIONS[activation].learning_rate
    found = verdict(net, samples, epochs=3, learning_rate=rate)
    assert found is not None
    assert found.kind == "saturated units"


def test_a_model_without_hidden_layers_has_no_units_to_blame() -> None:
    samples = data("digits")
    model = LogisticRegression(64, 10, seed=0)
    assert verdict(model, samples, epochs=2, learning_rate=0.01) is None
    found = verdict(LogisticRegression(64, 10, seed=0), samples, epochs=2, learning_rate=1e-7)
    assert found is not None
    assert found.kind == "steps too small"
    assert [layer.layer for layer in found.after] == ["o"]


def test_what_no_rule_explains_is_said_to_be_unexplained() -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(900, 2))
    samples = halves(X, (X[:, 0] * X[:, 1] > 0).astype(np.int64))  # XOR, on a plateau
    found = verdict(network(samples, (8, 8), "sigmoid"), samples, epochs=5, learning_rate=0.03)
    assert found is not None
    assert found.kind == "unexplained"


def test_gradients_by_layer_are_those_of_the_loss() -> None:
    net = NeuralNet(64, (7, 5), 10, activation="tanh", seed=3)
    X, y = DIGITS.X_train[:40], DIGITS.y_train[:40]
    figures = {layer.layer: layer.gradient for layer in layer_figures(net, X, y)}
    for layer in ("h", "h2", "o"):  # of one sample, grad_b is grad_z
        squares = [net.grad_loss(X[i], y[i])[f"b_{layer}"] ** 2 for i in range(40)]
        assert figures[layer] == pytest.approx(np.sqrt(np.mean(squares)), rel=1e-5)


def test_dead_and_saturated_units_are_counted() -> None:
    X, y = DIGITS.part("train")
    net = NeuralNet(64, 8, 10, activation="relu", seed=0)
    net.b_h[:3] = -1e3
    (hidden, _) = layer_figures(net, X, y)
    assert (hidden.dead, hidden.saturated) == (3 / 8, 0)
    net = NeuralNet(64, 8, 10, activation="sigmoid", seed=0)
    net.b_h[:2], net.b_h[2:4] = -50, 50
    (hidden, _) = layer_figures(net, X, y)
    assert (hidden.dead, hidden.saturated) == (0, 0.5)
    leaky = NeuralNet(64, 8, 10, activation="leaky-relu", seed=0)
    leaky.b_h[:] = -50
    (hidden, _) = layer_figures(leaky, X, y)
    assert (hidden.dead, hidden.saturated) == (0, 0)
