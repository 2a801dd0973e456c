"""The gradients, proven three times: by differences, by autograd, and by hand.

Sizes always all differ, so that a missing or superfluous transpose cannot go unnoticed.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import ArrayLike, NDArray

from chainrule.data.arrays import Array
from chainrule.errors import ChainruleError
from chainrule.nn.activations import ACTIVATIONS
from chainrule.nn.classifier import Classifier
from chainrule.nn.functions import one_hot, smooth_targets
from chainrule.nn.models import LogisticRegression, NeuralNet
from helpers import examples

DEPTHS = (0, 1, 2, 3)  # hidden layers; with none, the model is a LogisticRegression
KINDS = [(0, "none")] + [(depth, name) for depth in (1, 2, 3) for name in ACTIVATIONS]
KINKS = ("relu", "leaky-relu", "elu")  # of the function or of its slope, at 0


@dataclass
class Case:
    """A model with random parameters and a random batch."""

    model: Classifier
    X: Array  # (N, D)
    y: NDArray[Any]  # (N,), or targets (N, K)


def build(sizes: tuple[int, ...], n_samples: int, activation: str, seed: int) -> Case:
    D, *hidden, K = sizes
    model: Classifier
    if hidden:
        model = NeuralNet(D, hidden, K, activation=activation, seed=seed)
    else:
        model = LogisticRegression(D, K, seed=seed)
    rng = np.random.default_rng(seed)
    for parameter in model.parameters.values():
        parameter[...] = rng.normal(0, 0.8, parameter.shape)
    return Case(model, rng.normal(0, 1, (n_samples, D)), rng.integers(K, size=n_samples))


@st.composite
def cases(draw: st.DrawFn, depth: int, activation: str) -> Case:
    """Random sizes, of which no two are equal, not even to the size of the batch."""
    n_samples = draw(st.integers(1, 6))
    sizes = draw(st.permutations([size for size in range(2, 9) if size != n_samples]))
    return build(tuple(sizes[: depth + 2]), n_samples, activation, draw(st.integers(0, 10**6)))


def fixed_cases() -> list[Case]:
    return [
        build((7, 3), 5, "none", 1),
        build((7, 4, 3), 5, "sigmoid", 2),
        build((7, 4, 6, 3), 5, "tanh", 3),
        build((7, 4, 6, 2, 3), 5, "relu", 4),
        build((7, 4, 6, 3), 5, "softplus", 5),
        build((7, 4, 6, 3), 5, "elu", 6),
        build((7, 4, 6, 3), 5, "leaky-relu", 7),
    ]


every_model = pytest.mark.parametrize("case", fixed_cases(), ids=lambda case: repr(case.model))


# 1. Central differences of the loss


def differences(case: Case, step: float = 1e-5) -> dict[str, Array]:
    """Slope of the model's own loss, one parameter entry at a time."""
    slopes = {}
    for name, parameter in case.model.parameters.items():
        slopes[name] = np.zeros_like(parameter)
        for place in np.ndindex(parameter.shape):
            value = parameter[place]
            parameter[place] = value + step
            above = case.model.loss(case.X, case.y)
            parameter[place] = value - step
            below = case.model.loss(case.X, case.y)
            parameter[place] = value
            slopes[name][place] = (above - below) / (2 * step)
    return slopes


def away_from_kinks(case: Case) -> bool:
    """Whether no pre-activation is so near 0 that a difference would straddle a kink there."""
    assert isinstance(case.model, NeuralNet)
    trace = case.model.forward_trace(case.X)
    return all(np.abs(trace[f"z_{h}"]).min() > 1e-3 for h in case.model.hidden_layers)


@pytest.mark.parametrize(("depth", "activation"), KINDS)
@given(data=st.data())
@examples(25)
def test_gradients_are_the_central_differences_of_the_loss(
    depth: int, activation: str, data: st.DataObject
) -> None:
    case = data.draw(cases(depth, activation))
    assume(activation not in KINKS or away_from_kinks(case))
    slopes = differences(case)
    for name, gradient in case.model.gradients(case.X, case.y).items():
        np.testing.assert_allclose(gradient, slopes[name], rtol=1e-6, atol=1e-7, err_msg=name)


@every_model
@pytest.mark.parametrize("label_smoothing", [0.1, 0.9])
def test_gradients_for_smoothed_targets_are_the_central_differences_of_their_loss(
    case: Case, label_smoothing: float
) -> None:
    t = smooth_targets(one_hot(case.model.output_size, case.y), label_smoothing)
    smoothed = Case(case.model, case.X, t)
    slopes = differences(smoothed)
    for name, gradient in case.model.gradients(case.X, t).items():
        np.testing.assert_allclose(gradient, slopes[name], rtol=1e-6, atol=1e-7, err_msg=name)


# 2. Automatic differentiation of the same network, written again


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "none": lambda z: z,
    "sigmoid": lambda z: 1 / (1 + anp.exp(-z)),
    "tanh": anp.tanh,
    "relu": lambda z: anp.where(z > 0, z, 0.0),
    "softplus": lambda z: anp.logaddexp(0, z),
    "elu": lambda z: anp.where(z > 0, z, anp.expm1(z)),
    "leaky-relu": lambda z: anp.where(z > 0, z, 0.01 * z),
}


def rewritten_loss(
    parameters: list[Any], activation: str, X: Array, y: NDArray[np.int64]
) -> object:
    """The summed loss in autograd's NumPy; `parameters` holds W, b of each layer in turn."""
    *hidden, W, b = parameters
    h = X
    for V, c in zip(hidden[::2], hidden[1::2], strict=True):
        h = FUNCTIONS[activation](anp.dot(h, V) + c)
    e = anp.exp(anp.dot(h, W) + b)
    return -anp.sum(anp.log(e[anp.arange(len(y)), y] / anp.sum(e, axis=1)))


@pytest.mark.parametrize(("depth", "activation"), KINDS)
@given(data=st.data())
@examples(25)
def test_gradients_are_those_of_autograd(depth: int, activation: str, data: st.DataObject) -> None:
    case = data.draw(cases(depth, activation))
    parameters = list(case.model.parameters.values())
    automatic = grad(rewritten_loss)(parameters, activation, case.X, case.y)
    ours = case.model.gradients(case.X, case.y)
    assert len(ours) == len(automatic)
    for (name, gradient), expected in zip(ours.items(), automatic, strict=True):
        np.testing.assert_allclose(gradient, expected, rtol=1e-10, atol=1e-10, err_msg=name)
    loss = rewritten_loss(parameters, activation, case.X, case.y)
    assert case.model.loss(case.X, case.y) == pytest.approx(loss, rel=1e-12, abs=1e-12)


# 3. A 3-2-1 network, worked out by hand

# The weights and bias of the second class are all 0, so its logit is 0, and the softmax of
# (z, 0) is sigmoid(z) for the first class: a network with one sigmoid output.
#
# z_1 = 1·0.1 + 2·0.3 + (−1)·(−0.2) + 0.1 =  0.1 + 0.6 + 0.2 + 0.1 =  1.0
# z_2 = 1·(−0.2) + 2·0.1 + (−1)·0.4 − 0.1 = −0.2 + 0.2 − 0.4 − 0.1 = −0.5
# h_1 = 1 / (1 + e^−1.0) = 0.731058578630005
# h_2 = 1 / (1 + e^0.5)  = 0.377540668798145
# z_o = 0.5·h_1 − 1·h_2 + 0.25 = 0.365529289315 − 0.377540668798 + 0.25 = 0.237988620516857
# y   = 1 / (1 + e^−z_o) = 0.559217917038588
# The sample belongs to the first class: loss = −log y = 0.581216048091938
#
# grad_z_o = y − 1 = −0.440782082961412, and for the second class (1 − y) − 0 = +0.440782082961412
# grad_W_o = h_1·grad_z_o = −0.322237523055343, h_2·grad_z_o = −0.166413162395491
# grad_h_1 = grad_z_o·0.5  = −0.220391041480706 (the second class adds nothing: its weights are 0)
# grad_h_2 = grad_z_o·(−1) = +0.440782082961412
# grad_z_1 = grad_h_1·h_1·(1 − h_1) = −0.220391041·0.196611933 = −0.0433315087346252
# grad_z_2 = grad_h_2·h_2·(1 − h_2) = +0.440782083·0.235003712 = +0.1035854257678830
# grad_W_h = x_i·grad_z_j: the row of x_1 = 1 once, of x_2 = 2 twice, of x_3 = −1 negated


def three_two_one() -> NeuralNet:
    net = NeuralNet(3, 2, 2)
    net.W_h[...] = [[0.1, -0.2], [0.3, 0.1], [-0.2, 0.4]]
    net.b_h[...] = [0.1, -0.1]
    net.W_o[...] = [[0.5, 0.0], [-1.0, 0.0]]
    net.b_o[...] = [0.25, 0.0]
    return net


X_321 = np.array([1.0, 2.0, -1.0])

BY_HAND: dict[str, list[Any]] = {
    "W_h": [
        [-0.043331508734625215, 0.10358542576788299],
        [-0.08666301746925043, 0.20717085153576597],
        [0.043331508734625215, -0.10358542576788299],
    ],
    "b_h": [-0.043331508734625215, 0.10358542576788299],
    "W_o": [
        [-0.32223752305534267, 0.32223752305534267],
        [-0.16641316239549107, 0.16641316239549107],
    ],
    "b_o": [-0.44078208296141189, 0.44078208296141189],
}

# One step at learning rate 0.5: each parameter minus half its gradient.
AFTER_ONE_STEP: dict[str, list[Any]] = {
    "W_h": [
        [0.12166575436731261, -0.25179271288394149],
        [0.34333150873462521, -0.0035854257678829852],
        [-0.22166575436731261, 0.45179271288394149],
    ],
    "b_h": [0.12166575436731261, -0.15179271288394149],
    "W_o": [
        [0.66111876152767133, -0.16111876152767133],
        [-0.91679341880225447, -0.083206581197745535],
    ],
    "b_o": [0.47039104148070594, -0.22039104148070594],
}


def test_forward_pass_of_the_3_2_1_network_is_the_one_worked_out_by_hand() -> None:
    trace = three_two_one().forward_trace(X_321)
    np.testing.assert_allclose(trace["z_h"], [1.0, -0.5], rtol=1e-14)
    np.testing.assert_allclose(trace["h"], [0.73105857863000488, 0.37754066879814544], rtol=1e-14)
    np.testing.assert_allclose(trace["z_o"], [0.237988620516857, 0], rtol=1e-14)
    np.testing.assert_allclose(trace["y"], [0.55921791703858811, 0.44078208296141189], rtol=1e-14)
    assert three_two_one().loss(X_321, 0) == pytest.approx(0.58121604809193757, rel=1e-14)


def test_gradients_of_the_3_2_1_network_are_those_worked_out_by_hand() -> None:
    grads = three_two_one().grad_loss(X_321, 0)
    for name, expected in BY_HAND.items():
        np.testing.assert_allclose(grads[name], expected, rtol=1e-14, err_msg=name)


def test_gradients_of_the_3_2_1_network_follow_number_by_number() -> None:
    x_1, x_2, x_3 = 1, 2, -1
    h_1 = 1 / (1 + math.exp(-(x_1 * 0.1 + x_2 * 0.3 + x_3 * -0.2 + 0.1)))
    h_2 = 1 / (1 + math.exp(-(x_1 * -0.2 + x_2 * 0.1 + x_3 * 0.4 - 0.1)))
    y = 1 / (1 + math.exp(-(h_1 * 0.5 + h_2 * -1 + 0.25)))

    grad_z_o = y - 1
    grad_h_1 = grad_z_o * 0.5
    grad_h_2 = grad_z_o * -1
    grad_z_1 = grad_h_1 * h_1 * (1 - h_1)
    grad_z_2 = grad_h_2 * h_2 * (1 - h_2)

    grads = three_two_one().grad_loss(X_321, 0)
    expected: dict[str, list[Any]] = {
        "W_h": [
            [x_1 * grad_z_1, x_1 * grad_z_2],
            [x_2 * grad_z_1, x_2 * grad_z_2],
            [x_3 * grad_z_1, x_3 * grad_z_2],
        ],
        "b_h": [grad_z_1, grad_z_2],
        "W_o": [[h_1 * grad_z_o, -h_1 * grad_z_o], [h_2 * grad_z_o, -h_2 * grad_z_o]],
        "b_o": [grad_z_o, -grad_z_o],
    }
    for name, gradient in expected.items():
        np.testing.assert_allclose(grads[name], gradient, rtol=1e-13, err_msg=name)


def test_one_step_of_the_3_2_1_network_is_the_one_worked_out_by_hand() -> None:
    net = three_two_one()
    net.train(X_321, 0, 0.5)
    for name, expected in AFTER_ONE_STEP.items():
        np.testing.assert_allclose(net.parameters[name], expected, rtol=1e-13, err_msg=name)
    assert net.loss(X_321, 0) == pytest.approx(0.29539397145999378, rel=1e-13)


# Properties that hold of every model


@every_model
def test_gradients_have_the_names_and_shapes_of_the_parameters_in_order(case: Case) -> None:
    grads = case.model.gradients(case.X, case.y)
    shapes = {name: parameter.shape for name, parameter in case.model.parameters.items()}
    assert list(grads) == list(shapes) == list(case.model.parameter_names)
    assert {name: gradient.shape for name, gradient in grads.items()} == shapes


@pytest.mark.parametrize("depth", DEPTHS)
@given(data=st.data())
@examples(20)
def test_gradient_of_a_batch_is_the_sum_over_its_samples(depth: int, data: st.DataObject) -> None:
    case = data.draw(cases(depth, "tanh"))
    grads = case.model.gradients(case.X, case.y)
    singles = [case.model.gradients(x, y) for x, y in zip(case.X, case.y, strict=True)]
    for name, gradient in grads.items():
        total = sum(single[name] for single in singles)
        np.testing.assert_allclose(gradient, total, rtol=1e-12, atol=1e-13, err_msg=name)


@every_model
def test_loss_is_the_sum_and_mean_of_the_samples_losses(case: Case) -> None:
    singles = [case.model.loss(x, y) for x, y in zip(case.X, case.y, strict=True)]
    assert case.model.loss(case.X, case.y) == pytest.approx(sum(singles), rel=1e-14)
    assert case.model.loss(case.X, case.y, "mean") == pytest.approx(sum(singles) / 5, rel=1e-14)
    np.testing.assert_allclose(case.model.losses(case.X, case.y), singles, rtol=1e-13)


@every_model
def test_output_gradients_sum_to_zero_over_the_classes(case: Case) -> None:
    """Adding the same number to every logit changes no probability."""
    grads = list(case.model.gradients(case.X, case.y).values())
    W_o, b_o = grads[-2:]
    np.testing.assert_allclose(W_o.sum(axis=1), 0, atol=1e-13)
    np.testing.assert_allclose(b_o.sum(), 0, atol=1e-13)
    assert np.abs(b_o).max() > 0.01


@every_model
def test_gradients_move_no_parameter_and_no_sample(case: Case) -> None:
    before = {name: parameter.copy() for name, parameter in case.model.parameters.items()}
    X = case.X.copy()
    case.model.gradients(case.X, case.y)
    np.testing.assert_array_equal(case.X, X)
    for name, parameter in case.model.parameters.items():
        np.testing.assert_array_equal(parameter, before[name])


@every_model
@pytest.mark.parametrize("kind", ["list", "int32", "uint8", "float32", "float64", "one-hot"])
def test_a_batch_takes_labels_of_any_kind(case: Case, kind: str) -> None:
    labels: ArrayLike
    if kind == "list":
        labels = case.y.tolist()
    elif kind == "one-hot":
        labels = one_hot(case.model.output_size, case.y)
    else:
        labels = case.y.astype(kind)
    expected = case.model.gradients(case.X, case.y)
    for name, gradient in case.model.gradients(case.X, labels).items():
        np.testing.assert_array_equal(gradient, expected[name])
    assert case.model.loss(case.X, labels) == case.model.loss(case.X, case.y)


@every_model
@pytest.mark.parametrize("label", [1, np.int32(1), 1.0, np.float32(1), np.array(1)], ids=repr)
def test_one_sample_takes_labels_of_any_kind(case: Case, label: ArrayLike) -> None:
    x = case.X[0]
    expected = case.model.gradients(case.X[:1], [1])
    for target in (label, one_hot(case.model.output_size, 1)):
        for name, gradient in case.model.gradients(x, target).items():
            np.testing.assert_array_equal(gradient, expected[name])
        assert case.model.loss(x, target) == case.model.loss(case.X[:1], [1])


def test_logistic_regression_has_the_signature_of_the_lab() -> None:
    model, X, y = LogisticRegression(7, 3, seed=0), np.linspace(-1, 1, 35).reshape(5, 7), [0, 2]
    x = X[:2]
    result = model.grad_loss(x, one_hot(3, y), model.forward(x))
    assert isinstance(result, tuple)
    grad_W, grad_b = result
    grads = model.gradients(x, y)
    np.testing.assert_array_equal(grad_W, grads["W"])
    np.testing.assert_array_equal(grad_b, grads["b"])


def test_logistic_regression_uses_the_prediction_it_is_given() -> None:
    model, x, t = LogisticRegression(3, 2, seed=0), np.array([[1.0, 2.0, 3.0]]), one_hot(2, [0])
    grad_W, grad_b = model.grad_loss(x, t, [[0.25, 0.75]])
    np.testing.assert_array_equal(grad_b, [-0.75, 0.75])
    np.testing.assert_array_equal(grad_W, [[-0.75, 0.75], [-1.5, 1.5], [-2.25, 2.25]])


def test_logistic_regression_refuses_a_prediction_of_another_shape() -> None:
    model = LogisticRegression(3, 2, seed=0)
    with pytest.raises(ChainruleError, match=r"y_pred has shape \(2, 2\), forward\(X\) \(1, 2\)"):
        model.grad_loss(np.zeros((1, 3)), [0], np.zeros((2, 2)))


def test_gradient_is_exact_where_the_probability_itself_vanishes() -> None:
    """The loss is taken from the logits, so it does not stop at −log 1e-15 as `nll` does."""
    model = LogisticRegression(2, 3, init="zeros")
    model.b[...] = [0, 1000, 0]
    assert model.loss([0, 0], 0) == 1000
    np.testing.assert_array_equal(model.gradients([0, 0], 0)["b"], [-1, 1, 0])
