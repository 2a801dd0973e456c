"""check_gradients: any network's gradients against its own loss."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule import ChainruleError, NeuralNet, check_gradients
from helpers import examples

X = np.random.default_rng(0).normal(size=(6, 3))
Y = np.array([0, 1, 1, 0, 1, 0])


def network() -> tuple[Callable[[], float], dict[str, Any], dict[str, Any]]:
    net = NeuralNet(3, 4, 2, seed=0)
    return lambda: net.loss(X, Y), net.parameters, dict(net.grad_loss(X, Y))


def test_right_gradients_pass_and_nothing_is_changed() -> None:
    loss, parameters, gradients = network()
    before = {name: array.copy() for name, array in parameters.items()}
    report = check_gradients(loss, parameters, gradients)
    assert report
    assert report.right == ("W_h", "b_h", "W_o", "b_o")
    assert "All 4 gradients" in repr(report)
    for name, array in parameters.items():
        np.testing.assert_array_equal(array, before[name])


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("W_h", lambda g: -g, "opposite sign"),
        ("W_h", lambda g: 2.5 * g, "2.5 times the right one"),
        ("W_h", lambda g: g.T, "transpose of the right one"),
        ("W_h", lambda g: -g.T, "transpose of the right one, with the opposite sign"),
        ("W_h", lambda g: g / 6, "divided by the batch size 6 once too often"),
        ("b_h", lambda g: g * 6, "6 times too large, the batch size"),
        ("b_h", lambda g: -g * 6, "6 times too large, the batch size, and of the opposite"),
        ("b_h", lambda g: np.repeat(g[None] / 6, 6, axis=0), "its sum over axis=0 is right"),
        ("W_o", lambda g: 0 * g, "all zeros"),
        ("W_o", lambda g: g + np.eye(4, 2), "2 of 8 numbers differ"),
        ("W_o", lambda g: g + np.arange(8.0).reshape(4, 2) ** 2, "no simple relation"),
        ("W_o", lambda g: g[:, :1], r"its shape is"),
        ("W_o", lambda g: g * np.nan, "not finite in 8 of 8 places"),
        ("b_o", lambda g: None, "no gradient was given"),
    ],
)
def test_the_relation_is_told(name: str, change: Callable[[Any], Any], said: str) -> None:
    loss, parameters, gradients = network()
    gradients[name] = change(gradients[name])
    report = check_gradients(loss, parameters, gradients, batch_size=6)
    assert not report
    (wrong,) = report.wrong
    assert wrong.name == name
    assert said in str(wrong)
    assert f"WRONG  {name}" in repr(report)


def test_the_first_of_the_backward_pass_is_told_first() -> None:
    loss, parameters, gradients = network()
    wrong = {name: 2 * gradient for name, gradient in gradients.items()}
    report = check_gradients(loss, parameters, wrong | {"b_h": gradients["b_h"]})
    assert [each.name for each in report.wrong] == ["b_o", "W_o", "W_h"]
    assert report.right == ("b_h",)
    assert "Begin with b_o" in repr(report)


@given(st.integers(0, 1000), st.sampled_from([(2,), (2, 3), (), (2, 1, 2)]))
@examples(40)
def test_a_polynomial_of_any_shape_has_the_gradient_of_its_terms(
    seed: int, shape: tuple[int, ...]
) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=shape), rng.normal(size=shape)
    parameters = {"w": rng.normal(size=shape)}

    def loss(p: dict[str, Any]) -> Any:
        return np.sum(a * p["w"] ** 3 + b * p["w"])

    gradient = 3 * a * parameters["w"] ** 2 + b
    assert check_gradients(loss, parameters, {"w": gradient})
    assert not check_gradients(loss, parameters, {"w": gradient + 0.1})


def test_bad_input_is_refused_in_a_sentence() -> None:
    loss, parameters, gradients = network()
    with pytest.raises(ChainruleError, match=r"W_h must be .* float64, .*; it is float32"):
        check_gradients(loss, {"W_h": parameters["W_h"].astype(np.float32)}, gradients)
    with pytest.raises(ChainruleError, match="it is list"):
        check_gradients(loss, {"W_h": [1.0]}, gradients)  # type: ignore[dict-item]  # refused
    with pytest.raises(ChainruleError, match=r"loss must be one number; it has shape \(6,\)"):
        check_gradients(lambda: np.ones(6), parameters, gradients)
