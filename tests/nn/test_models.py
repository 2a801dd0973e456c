"""The two models: shapes, names, predictions, and what they refuse."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import ArrayLike

from chainrule.data.arrays import Array
from chainrule.errors import ChainruleError
from chainrule.nn.activations import ACTIVATIONS
from chainrule.nn.classifier import Classifier
from chainrule.nn.functions import log_softmax, nll, one_hot
from chainrule.nn.models import LogisticRegression, NeuralNet
from helpers import assert_same_bits, clusters

D, K = 5, 3


BUILDERS: dict[str, Callable[[], Classifier]] = {
    "regression": lambda: LogisticRegression(D, K, seed=0),
    "one hidden layer": lambda: NeuralNet(D, 4, K, seed=0),
    "two hidden layers": lambda: NeuralNet(D, (4, 6), K, activation="tanh", seed=0),
    "three hidden layers": lambda: NeuralNet(
        D, [4, 6, 2], K, activation="relu", init="he", seed=0
    ),
}


@pytest.fixture(params=BUILDERS)
def model(request: pytest.FixtureRequest) -> Classifier:
    return BUILDERS[request.param]()


# Shapes and names


def test_shapes_of_one_sample_and_of_a_batch(model: Classifier) -> None:
    x, X = np.ones(D), np.ones((7, D))
    assert model.logits(x).shape == model.forward(x).shape == (K,)
    assert model.logits(X).shape == model.forward(X).shape == (7, K)
    assert model.forward(X[:1]).shape == (1, K)
    assert np.shape(model.losses(x, 1)) == ()
    assert model.losses(X, [1] * 7).shape == (7,)
    assert isinstance(model.loss(x, 1), float)


def test_one_sample_gives_the_row_of_the_batch(model: Classifier) -> None:
    X, _ = clusters(6, D, K)
    for x, y in zip(X, model.forward(X), strict=True):
        np.testing.assert_allclose(model.forward(x), y, rtol=1e-14)
        np.testing.assert_allclose(model.forward(x.tolist()), y, rtol=1e-14)
        assert y.sum() == pytest.approx(1, rel=1e-15)


@pytest.mark.parametrize(
    ("hidden_size", "names", "shapes"),
    [
        (4, "W_h b_h W_o b_o", [(5, 4), (4,), (4, 3), (3,)]),
        ((4,), "W_h b_h W_o b_o", [(5, 4), (4,), (4, 3), (3,)]),
        ((4, 6), "W_h b_h W_h2 b_h2 W_o b_o", [(5, 4), (4,), (4, 6), (6,), (6, 3), (3,)]),
        (
            [4, 6, 2],
            "W_h b_h W_h2 b_h2 W_h3 b_h3 W_o b_o",
            [(5, 4), (4,), (4, 6), (6,), (6, 2), (2,), (2, 3), (3,)],
        ),
    ],
)
def test_parameters_are_named_and_shaped_from_input_to_output(
    hidden_size: int | tuple[int, ...], names: str, shapes: list[tuple[int, ...]]
) -> None:
    net = NeuralNet(D, hidden_size, K)
    assert list(net.parameters) == list(net.parameter_names) == names.split()
    assert [parameter.shape for parameter in net.parameters.values()] == shapes


def test_parameters_of_logistic_regression() -> None:
    model = LogisticRegression(D, K)
    assert {name: p.shape for name, p in model.parameters.items()} == {"W": (5, 3), "b": (3,)}
    assert (model.input_size, model.output_size) == (5, 3)


def test_hidden_size_is_a_number_for_one_layer_and_a_tuple_for_more() -> None:
    assert NeuralNet(D, 4, K).hidden_size == 4
    assert NeuralNet(D, 4, K).hidden_sizes == (4,)
    assert NeuralNet(D, (4,), K).hidden_size == 4
    assert NeuralNet(D, [4, 6], K).hidden_size == (4, 6)
    net = NeuralNet(np.int64(5), np.int32(4), K)
    assert (net.input_size, net.hidden_size, net.output_size) == (5, 4, 3)


def test_parameters_are_the_arrays_of_the_model_itself() -> None:
    model = LogisticRegression(D, K, init="zeros")
    model.parameters["b"][...] = [0, math.log(2), 0]
    np.testing.assert_allclose(model.forward(np.zeros(D)), [0.25, 0.5, 0.25], rtol=1e-15)
    model.W = np.ones((D, K))
    assert model.parameters["W"] is model.W


@pytest.mark.parametrize(
    ("built", "text"),
    [
        (LogisticRegression(64, 10), "LogisticRegression(64-10)"),
        (NeuralNet(64, 32, 10), "NeuralNet(64-32-10, sigmoid)"),
        (NeuralNet(5, (4, 6), 3, activation="relu"), "NeuralNet(5-4-6-3, relu)"),
    ],
)
def test_repr_gives_sizes_and_activation(built: Classifier, text: str) -> None:
    assert repr(built) == text


# The forward pass


def test_forward_of_logistic_regression_is_the_formula() -> None:
    model, x = LogisticRegression(2, 2), [1.0, -2.0]
    model.W, model.b = np.array([[0.5, 1.0], [0.25, -1.0]]), np.array([0.1, 0.2])
    # z_1 = 0.5 − 0.5 + 0.1 = 0.1, z_2 = 1 + 2 + 0.2 = 3.2
    np.testing.assert_allclose(model.logits(x), [0.1, 3.2], rtol=1e-15)
    y_1 = math.exp(0.1) / (math.exp(0.1) + math.exp(3.2))
    np.testing.assert_allclose(model.forward(x), [y_1, 1 - y_1], rtol=1e-14)


@pytest.mark.parametrize("single", [True, False], ids=["one sample", "batch"])
def test_trace_names_every_quantity_in_order(single: bool) -> None:
    X = clusters(1, D, K)[0][0] if single else clusters(7, D, K)[0]
    first = () if single else (7,)
    for hidden, names, widths in (
        (4, "x z_h h z_o y", [5, 4, 4, 3, 3]),
        ([4, 6], "x z_h h z_h2 h2 z_o y", [5, 4, 4, 6, 6, 3, 3]),
        ([4, 6, 2], "x z_h h z_h2 h2 z_h3 h3 z_o y", [5, 4, 4, 6, 6, 2, 2, 3, 3]),
    ):
        trace = NeuralNet(D, hidden, K, seed=0).forward_trace(X)
        assert list(trace) == names.split()
        assert [q.shape for q in trace.values()] == [(*first, width) for width in widths]


FORMULAS: dict[str, Callable[[Array], Array]] = {
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": np.tanh,
    "relu": lambda z: np.where(z > 0, z, 0),
    "softplus": lambda z: np.log(1 + np.exp(z)),
    "elu": lambda z: np.where(z > 0, z, np.exp(z) - 1),
    "leaky-relu": lambda z: np.where(z > 0, z, 0.01 * z),
}


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_trace_follows_the_formulas(activation: str) -> None:
    function = FORMULAS[activation]
    X, _ = clusters(7, D, K)
    net = NeuralNet(D, (4, 6), K, activation=activation, seed=1)
    q, p = net.forward_trace(X), net.parameters
    np.testing.assert_array_equal(q["x"], X)
    np.testing.assert_allclose(q["z_h"], X @ p["W_h"] + p["b_h"], rtol=1e-14)
    np.testing.assert_allclose(q["h"], function(q["z_h"]), rtol=1e-13)
    z_h2 = q["h"] @ p["W_h2"] + p["b_h2"]
    np.testing.assert_allclose(q["z_h2"], z_h2, rtol=1e-14)
    np.testing.assert_allclose(q["h2"], function(q["z_h2"]), rtol=1e-13)
    np.testing.assert_allclose(q["z_o"], q["h2"] @ p["W_o"] + p["b_o"], rtol=1e-14)
    np.testing.assert_allclose(q["y"], np.exp(log_softmax(q["z_o"])), rtol=1e-13)


@pytest.mark.parametrize("hidden_size", [4, (4, 6), (4, 6, 2)])
def test_hidden_and_output_part_make_up_the_forward_pass(
    hidden_size: int | tuple[int, ...],
) -> None:
    net, (X, _) = NeuralNet(D, hidden_size, K, seed=0), clusters(7, D, K)
    trace = net.forward_trace(X)
    H = net.forward_hidden(X)
    np.testing.assert_array_equal(H, trace[net.hidden_layers[-1]])
    np.testing.assert_array_equal(net.forward_output(H), net.forward(X))
    np.testing.assert_array_equal(net.forward(X), trace["y"])
    np.testing.assert_array_equal(net.logits(X), trace["z_o"])


def test_loss_is_the_nll_of_the_forward_pass(model: Classifier) -> None:
    X, y = clusters(7, D, K)
    Y = model.forward(X)
    assert model.loss(X, y) == pytest.approx(nll(one_hot(K, y), Y), rel=1e-13)
    assert model.loss(X, y, "mean") == pytest.approx(nll(one_hot(K, y), Y, "mean"), rel=1e-13)


# Predictions and accuracy


def test_prediction_of_one_sample_is_an_integer_scalar(model: Classifier) -> None:
    predicted = model.predict(np.ones(D))
    assert isinstance(predicted, np.integer)
    assert predicted == np.argmax(model.forward(np.ones(D)))


def test_prediction_of_a_batch_is_an_array_of_integers(model: Classifier) -> None:
    X, _ = clusters(20, D, K)
    predicted = model.predict(X)
    assert isinstance(predicted, np.ndarray)
    assert predicted.dtype.kind == "i"
    assert predicted.tolist() == [int(model.predict(x)) for x in X]
    assert predicted.tolist() == [int(np.argmax(y)) for y in model.forward(X)]


def identity_model() -> LogisticRegression:
    """Predicts the place of the largest feature."""
    model = LogisticRegression(3, 3, init="zeros")
    model.W[...] = np.eye(3)
    return model


def test_accuracy_is_the_share_of_right_predictions() -> None:
    X = np.eye(3)[[0, 1, 2, 1]]
    assert identity_model().accuracy(X, [0, 1, 2, 1]) == 1
    assert identity_model().accuracy(X, [0, 1, 2, 0]) == 0.75
    assert identity_model().accuracy(X, np.array([0.0, 2, 1, 2])) == 0.25
    assert identity_model().accuracy([0, 0, 1], 2) == 1
    assert identity_model().accuracy([0, 0, 1], 1) == 0


@pytest.mark.parametrize(
    ("X", "y"),
    [
        (np.eye(3), [0, 1]),
        (np.eye(3), 0),
        (np.eye(3), np.eye(3)[:2]),
        (np.eye(3)[0], [0]),
        (np.zeros((0, 3)), []),
    ],
)
def test_accuracy_refuses_labels_that_do_not_fit_the_samples(X: Array, y: ArrayLike) -> None:
    with pytest.raises(ChainruleError) as caught:
        identity_model().accuracy(X, y)
    assert str(X.shape) in str(caught.value)
    assert str(np.shape(y)) in str(caught.value)


# One step of training


def test_train_on_one_sample_is_the_update_of_the_lab(model: Classifier) -> None:
    X, y = clusters(1, D, K)
    grads = model.gradients(X, y)
    expected = {name: p - 0.25 * grads[name] for name, p in model.parameters.items()}
    model.train(X[0], y[0], 0.25)
    assert_same_bits(model.parameters, expected)


def test_train_on_a_batch_divides_by_the_number_of_samples(model: Classifier) -> None:
    X, y = clusters(8, D, K)
    grads = model.gradients(X, y)
    expected = {name: p - 0.5 / 8 * grads[name] for name, p in model.parameters.items()}
    model.train(X, y, 0.5)
    for name, parameter in model.parameters.items():
        np.testing.assert_allclose(parameter, expected[name], rtol=1e-14)


def test_train_on_a_batch_of_one_is_train_on_the_sample(model: Classifier) -> None:
    X, y = clusters(1, D, K)
    start = {name: p.copy() for name, p in model.parameters.items()}
    model.train(X, y, 0.5)
    batch = {name: p.copy() for name, p in model.parameters.items()}
    for name, p in model.parameters.items():
        p[...] = start[name]
    model.train(X[0], y[0], 0.5)
    assert_same_bits(model.parameters, batch)


def test_train_lowers_the_loss(model: Classifier) -> None:
    X, y = clusters(30, D, K)
    before = model.loss(X, y)
    model.train(X, y, 0.05)
    assert model.loss(X, y) < before


def test_train_on_no_samples_is_refused() -> None:
    with pytest.raises(ChainruleError, match="no sample to train on"):
        NeuralNet(D, 4, K).train(np.zeros((0, D)), [], 0.1)


# What is refused


@pytest.mark.parametrize("size", [0, -1, 2.5, True, "", "4", None])
def test_a_size_that_is_not_a_positive_whole_number_is_named(size: int) -> None:
    for name, build in (
        ("input_size", lambda: LogisticRegression(size, K)),
        ("output_size", lambda: LogisticRegression(D, size)),
        ("input_size", lambda: NeuralNet(size, 4, K)),
        ("hidden_size", lambda: NeuralNet(D, (4, size), K)),
        ("output_size", lambda: NeuralNet(D, 4, size)),
    ):
        with pytest.raises(ChainruleError) as caught:
            build()
        assert str(caught.value).startswith(name)
        assert repr(size) in str(caught.value)


@pytest.mark.parametrize("size", [0, -1, 2.5, True, None])
def test_a_wrong_number_of_hidden_units_is_named(size: int) -> None:
    with pytest.raises(ChainruleError) as caught:
        NeuralNet(D, size, K)
    assert str(caught.value).startswith("hidden_size")
    assert repr(size) in str(caught.value)


@pytest.mark.parametrize("hidden_size", [(), [], ""])
def test_no_hidden_layer_is_refused(hidden_size: tuple[int, ...]) -> None:
    with pytest.raises(ChainruleError, match="hidden_size is empty"):
        NeuralNet(D, hidden_size, K)


def test_an_unknown_activation_is_named_beside_the_known_ones() -> None:
    with pytest.raises(ChainruleError, match="relu, softplus, elu, leaky-relu; got 'swish'"):
        NeuralNet(D, 4, K, activation="swish")


def test_an_unknown_init_is_named_beside_the_known_ones() -> None:
    with pytest.raises(ChainruleError, match="uniform, glorot, he, zeros; got 'xavier'"):
        NeuralNet(D, 4, K, init="xavier")
    with pytest.raises(ChainruleError, match="uniform, glorot, he, zeros; got 'xavier'"):
        LogisticRegression(D, K, init="xavier")


@pytest.mark.parametrize("shape", [(D + 1,), (2, D - 1), (2, 2, D), ()])
def test_samples_of_another_shape_are_refused(model: Classifier, shape: tuple[int, ...]) -> None:
    calls: list[Callable[[], object]] = [
        lambda: model.logits(np.zeros(shape)),
        lambda: model.forward(np.zeros(shape)),
        lambda: model.predict(np.zeros(shape)),
        lambda: model.loss(np.zeros(shape), 0),
        lambda: model.gradients(np.zeros(shape), 0),
        lambda: model.train(np.zeros(shape), 0, 0.1),
    ]
    if isinstance(model, NeuralNet):
        calls += [lambda: model.forward_hidden(np.zeros(shape))]
        calls += [lambda: model.forward_trace(np.zeros(shape))]
    for call in calls:
        with pytest.raises(ChainruleError) as caught:
            call()
        assert f"(N, {D}), got {shape}" in str(caught.value)
        assert repr(model) in str(caught.value)


@pytest.mark.parametrize(
    ("y", "named"),
    [
        ([0, 3], "label 3 is not"),
        ([-1, 0], "label -1 is not"),
        ([0, 1.5], "label 1.5 is not"),
        ([0, math.nan], "label nan is not"),
        (["0", "one"], "['0', 'one']"),
        ([0, 1, 2], "(3,)"),
        (0, "()"),
        ([[0, 1], [1, 0]], "(2, 2)"),
        ([["a", "b", "c"]] * 2, "'a'"),
    ],
)
def test_labels_that_do_not_fit_are_named(model: Classifier, y: ArrayLike, named: str) -> None:
    for call in (model.loss, model.losses, model.gradients):
        with pytest.raises(ChainruleError) as caught:
            call(np.zeros((2, D)), y)
        assert named in str(caught.value)


def test_two_labels_for_one_sample_are_refused() -> None:
    with pytest.raises(ChainruleError, match=r"shape \(5,\) and y \(2,\)"):
        NeuralNet(D, 4, K).loss(np.zeros(D), [0, 1])


def test_loss_of_no_samples_is_nothing_and_its_mean_is_refused() -> None:
    # The lab's own line at step 0 asks for the loss over an empty slice.
    model = NeuralNet(D, 4, K)
    assert repr(model.loss(np.zeros((0, D)), np.zeros(0, np.int32))) == "0.0"
    with pytest.raises(ChainruleError, match="mean loss of no samples"):
        model.loss(np.zeros((0, D)), [], reduction="mean")


def test_hidden_sizes_may_come_as_an_array() -> None:
    assert repr(NeuralNet(D, np.array([4, 3]), K)) == repr(NeuralNet(D, (4, 3), K))


def test_loss_refuses_an_unknown_reduction() -> None:
    with pytest.raises(ChainruleError, match="got 'average'"):
        NeuralNet(D, 4, K).loss(np.zeros(D), 0, "average")  # type: ignore[arg-type]  # wrong on purpose


def test_the_common_base_computes_nothing() -> None:
    base = Classifier(D, K)
    with pytest.raises(NotImplementedError):
        base.logits(np.zeros(D))
    with pytest.raises(NotImplementedError):
        base.gradients(np.zeros(D), 0)
