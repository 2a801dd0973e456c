"""The registry of activations: functions and derivatives, near 0 and far away, and in place."""

import dataclasses
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike

import chainrule
from chainrule.data.arrays import Array
from chainrule.nn.activations import (
    ACTIVATIONS,
    Activation,
    delu,
    dleaky_relu,
    drelu,
    dsigmoid,
    dsoftplus,
    dtanh,
    elu,
    leaky_relu,
    relu,
    sigmoid,
    softplus,
    tanh,
)
from helpers import examples

KERNEL = Path(__file__).parents[2] / "src/chainrule/training/engines/kernel/activation.h"
ELEMENTWISE = [f for a in ACTIVATIONS.values() for f in (a.function, a.derivative)]
KINKS = ("relu", "leaky-relu", "elu")  # of the function or of its slope, at 0
INFINITY = math.inf
# Values of h and of its derivative for z towards −∞ and towards +∞.
LIMITS = {
    "sigmoid": ((0, 1), (0, 0)),
    "tanh": ((-1, 1), (0, 0)),
    "relu": ((0, INFINITY), (0, 1)),
    "softplus": ((0, INFINITY), (0, 1)),
    "elu": ((-1, INFINITY), (0, 1)),
    "leaky-relu": ((-INFINITY, INFINITY), (0.01, 1)),
}

every_activation = pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=ACTIVATIONS)
every_function = pytest.mark.parametrize("function", ELEMENTWISE)
both_precisions = pytest.mark.parametrize("precision", [np.float32, np.float64])


def activated(activation: Activation, z: Array) -> Array:
    """The activation in place, in a copy."""
    h = z.copy()
    with np.errstate(over="ignore"):  # exp(1000) on the way to 1 / (1 + exp(1000))
        activation.activate(h)
    return h


def slope_from(activation: Activation, h: Array) -> Array:
    """The derivative that the in-place form takes from h."""
    slope = np.ones_like(h)
    activation.through(slope, h, np.full_like(h, np.nan))
    return slope


def central_difference(function: Callable[[ArrayLike], Array], x: float) -> float:
    step = 1e-5
    return float((function(x + step) - function(x - step)) / (2 * step))


# The registry


def test_activations_stand_under_their_names() -> None:
    assert list(ACTIVATIONS) == ["sigmoid", "tanh", "relu", "softplus", "elu", "leaky-relu"]
    assert all(activation.name == name for name, activation in ACTIVATIONS.items())


def test_the_kernel_has_the_numbers_of_the_registry() -> None:
    enum = re.search(r"enum activation \{(.*?)\};", KERNEL.read_text(), re.DOTALL)
    assert enum
    numbers = {name: int(number) for name, number in re.findall(r"(\w+) = (\d+)", enum[1])}
    assert numbers == {a.symbol.upper(): a.kernel for a in ACTIVATIONS.values()}
    assert len(set(numbers.values())) == len(numbers)


@every_activation
def test_functions_are_public_under_their_symbol(activation: Activation) -> None:
    assert activation.symbol.isidentifier()
    for name, function in (
        (activation.symbol, activation.function),
        (f"d{activation.symbol}", activation.derivative),
    ):
        assert function.__name__ == name
        assert getattr(chainrule, name) is function
        assert name in chainrule.__all__


@every_activation
def test_an_activation_cannot_be_changed(activation: Activation) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        activation.learning_rate = 1.0  # type: ignore[misc]


# Functions and their derivatives


@every_activation
@given(x=st.floats(-12, 12))
@examples(100)
def test_derivative_is_the_central_difference(activation: Activation, x: float) -> None:
    if activation.name in KINKS and abs(x) < 1e-4:
        x += 1e-3
    slope = central_difference(activation.function, x)
    assert float(activation.derivative(x)) == pytest.approx(slope, rel=1e-6, abs=5e-10)


@pytest.mark.parametrize("name", ["relu", "leaky-relu", "softplus", "elu"])
@given(x=st.floats(-100, 100).filter(lambda x: abs(x) > 1e-4))
@examples(100)
def test_derivative_is_the_central_difference_far_away(name: str, x: float) -> None:
    slope = central_difference(ACTIVATIONS[name].function, x)
    assert float(ACTIVATIONS[name].derivative(x)) == pytest.approx(slope, abs=1e-8)


def test_activations_at_zero() -> None:
    at_zero = {
        name: (float(a.function(0)), float(a.derivative(0))) for name, a in ACTIVATIONS.items()
    }
    assert at_zero == {
        "sigmoid": (0.5, 0.25),
        "tanh": (0, 1),
        "relu": (0, 0),
        "softplus": (pytest.approx(math.log(2), rel=1e-15), 0.5),
        "elu": (0, 1),
        "leaky-relu": (0, 0.01),
    }


def test_activations_at_known_points() -> None:
    assert float(sigmoid(math.log(3))) == pytest.approx(0.75, rel=1e-15)
    assert float(dsigmoid(math.log(3))) == pytest.approx(0.1875, rel=1e-15)
    assert float(tanh(math.log(2))) == pytest.approx(0.6, rel=1e-15)
    assert float(dtanh(math.log(2))) == pytest.approx(0.64, rel=1e-15)
    assert relu([-2, 0.5]).tolist() == [0, 0.5]
    assert drelu([-2, 0.5]).tolist() == [0, 1]
    assert float(softplus(math.log(3))) == pytest.approx(math.log(4), rel=1e-15)
    assert float(dsoftplus(math.log(3))) == pytest.approx(0.75, rel=1e-15)
    assert elu([-math.log(4), 0.5]).tolist() == pytest.approx([-0.75, 0.5], rel=1e-15)
    assert delu([-math.log(4), 0.5]).tolist() == pytest.approx([0.25, 1], rel=1e-15)
    assert leaky_relu([-2, 0.5]).tolist() == [-0.02, 0.5]
    assert dleaky_relu([-2, 0.5]).tolist() == [0.01, 1]


@every_function
def test_functions_work_element_by_element(function: Callable[[ArrayLike], Array]) -> None:
    rows = [[-3.0, -0.5, 0.0], [0.25, 2.0, 40.0]]
    expected = [[float(function(x)) for x in row] for row in rows]
    np.testing.assert_allclose(function(rows), expected, rtol=1e-15)
    np.testing.assert_allclose(function(rows[0]), expected[0], rtol=1e-15)


@every_function
def test_functions_leave_their_argument_alone(function: Callable[[ArrayLike], Array]) -> None:
    X = np.array([[1.5, -2.0, 0.0], [3.0, 4.0, -700.0]])
    before = X.copy()
    function(X)
    np.testing.assert_array_equal(X, before)


@every_function
def test_functions_keep_single_precision(function: Callable[[ArrayLike], Array]) -> None:
    assert function(np.ones((2, 3), dtype=np.float32)).dtype == np.float32


@given(st.floats(-1e6, 1e6))
@examples(100)
def test_sigmoid_of_minus_x_is_one_minus_sigmoid(x: float) -> None:
    assert float(sigmoid(-x)) == pytest.approx(1 - float(sigmoid(x)), rel=0, abs=2e-16)


@given(st.floats(0, 700))
@examples(100)
def test_large_negative_numbers_keep_their_precision(x: float) -> None:
    assert float(sigmoid(-x)) == pytest.approx(1 / (1 + math.exp(x)), rel=1e-14)
    assert float(softplus(-x)) == pytest.approx(math.log1p(math.exp(-x)), rel=1e-14)
    assert float(elu(-x)) == pytest.approx(math.expm1(-x), rel=1e-14)
    assert float(delu(-x)) == pytest.approx(math.exp(-x), rel=1e-14)


def test_dsigmoid_is_even_and_keeps_its_tail() -> None:
    x = np.array([0.5, 5.0, 37.0, 600.0])
    np.testing.assert_array_equal(dsigmoid(x), dsigmoid(-x))
    np.testing.assert_allclose(dsigmoid(x[2:]), np.exp(-x[2:]), rtol=1e-15)


@given(st.floats(-1e6, 1e6))
@examples(100)
def test_softplus_less_softplus_of_minus_x_is_x(x: float) -> None:
    assert float(softplus(x)) - float(softplus(-x)) == pytest.approx(x, rel=1e-15, abs=1e-15)


# Far from zero


@both_precisions
@every_activation
def test_far_from_zero_an_activation_goes_to_its_limits(
    activation: Activation, precision: type[np.floating[Any]]
) -> None:
    of_function, of_derivative = LIMITS[activation.name]
    thousand = np.array([-1e3, 1e3], precision)
    at_a_thousand = [
        {INFINITY: 1e3, -INFINITY: -10.0}.get(limit, float(limit)) for limit in of_function
    ]
    for z, h in ((thousand, at_a_thousand), (np.inf * thousand, of_function)):
        expected = np.array(h, precision)
        slopes = np.array(of_derivative, precision)
        np.testing.assert_allclose(activation.function(z), expected, rtol=1e-6)
        np.testing.assert_array_equal(activation.derivative(z), slopes)
        np.testing.assert_allclose(activated(activation, z), expected, rtol=1e-6)
        np.testing.assert_array_equal(slope_from(activation, activated(activation, z)), slopes)


@both_precisions
@every_activation
def test_nan_stays_nan(activation: Activation, precision: type[np.floating[Any]]) -> None:
    z = np.array([0.5, np.nan, -0.5], precision)
    for h in (activation.function(z), activated(activation, z)):
        assert np.isnan(h).tolist() == [False, True, False]


@every_activation
@given(hnp.arrays(np.float64, (3, 4), elements=st.floats(-1e4, 1e4)))
@examples(50)
def test_activations_are_finite_far_from_zero(activation: Activation, z: Array) -> None:
    h = activated(activation, z)
    for values in (activation.function(z), activation.derivative(z), h, slope_from(activation, h)):
        assert np.isfinite(values).all()


# In place


@both_precisions
@every_activation
@given(data=st.data())
@examples(100)
def test_in_place_it_is_the_same_function_and_the_same_derivative(
    activation: Activation, precision: type[np.floating[Any]], data: st.DataObject
) -> None:
    """The derivative is taken from h, where 1 − h or 1 + h is good to a rounding of 1."""
    numbers = st.floats(-50, 50, width=32)
    z = data.draw(hnp.arrays(precision, (3, 5), elements=numbers))
    grad_h = data.draw(hnp.arrays(precision, (3, 5), elements=numbers))
    rounding = float(np.finfo(precision).eps)
    h = activated(activation, z)
    assert h.dtype == precision
    np.testing.assert_allclose(h, activation.function(z), rtol=4 * rounding, atol=rounding)

    grad_z = grad_h.copy()
    activation.through(grad_z, h, np.full_like(h, np.nan))
    assert grad_z.dtype == precision
    expected = grad_h * activation.derivative(z)
    np.testing.assert_allclose(grad_z, expected, rtol=4 * rounding, atol=100 * rounding)
