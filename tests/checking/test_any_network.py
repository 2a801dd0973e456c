"""check_gradients: any network's gradients against its own loss."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule import ChainruleError, NeuralNet, check_gradients
from chainrule.checking.diagnosis import GradientCheck
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
        ("b_h", lambda g: -g * 6, "6 times too large, the batch size, with the opposite"),
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


# Networks with kinks


def relu(z: Any) -> Any:
    return np.maximum(z, 0.0)


def step(z: Any) -> Any:
    return np.where(z > 0, 1.0, 0.0)


ACTIVATIONS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "relu": (relu, step),
    "leaky relu": (lambda z: np.where(z > 0, z, 0.01 * z), lambda z: np.where(z > 0, 1.0, 0.01)),
    "hinge": (lambda z: relu(1.0 - z), lambda z: -step(1.0 - z)),
    "clipped": (lambda z: np.clip(z, -1.0, 1.0), lambda z: np.where(np.abs(z) < 1.0, 1.0, 0.0)),
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "softplus": (lambda z: np.logaddexp(0.0, z), lambda z: 1 / (1 + np.exp(-z))),
}


class Kinked:
    """A network with one hidden layer; the loss is a sum of squares, or of hinges."""

    def __init__(self, seed: int, activation: str, *, hinges: bool = False) -> None:
        rng = np.random.default_rng(seed)
        n, d, h, k = rng.integers((5, 2, 3, 1), (40, 7, 12, 4))
        self.X = rng.normal(size=(n, d))
        self.T = rng.choice([-1.0, 1.0], size=(n, k)) if hinges else rng.normal(size=(n, k))
        self.hinges = hinges
        self.f, self.df = ACTIVATIONS[activation]
        self.parameters = {
            "W_h": rng.normal(size=(d, h)),
            "b_h": rng.normal(size=h),
            "W_o": rng.normal(size=(h, k)),
            "b_o": rng.normal(size=k),
        }

    def forward(self) -> tuple[Any, Any, Any]:
        p = self.parameters
        z_h = self.X @ p["W_h"] + p["b_h"]  # (N, H)
        h = self.f(z_h)
        return z_h, h, h @ p["W_o"] + p["b_o"]

    def loss(self) -> float:
        z_o = self.forward()[2]
        if self.hinges:
            return float(np.sum(relu(1 - self.T * z_o)))
        return float(np.sum((z_o - self.T) ** 2))

    def gradients(
        self, df: Callable[[Any], Any] | None = None, *, reads_z: bool = False
    ) -> dict[str, Any]:
        z_h, h, z_o = self.forward()
        W_o = self.parameters["W_o"]
        grad_z_o = -self.T * step(1 - self.T * z_o) if self.hinges else 2 * (z_o - self.T)
        grad_z_h = grad_z_o @ W_o.T * (df or self.df)(z_h)
        return {
            "W_h": self.X.T @ grad_z_h,
            "b_h": grad_z_h.sum(axis=0),
            "W_o": (z_h if reads_z else h).T @ grad_z_o,
            "b_o": grad_z_o.sum(axis=0),
        }

    def check(self, gradients: dict[str, Any]) -> GradientCheck:
        return check_gradients(self.loss, self.parameters, gradients, batch_size=len(self.X))


@pytest.mark.parametrize("hinges", [False, True])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_right_gradients_are_right_whatever_kinks_are_near(activation: str, hinges: bool) -> None:
    for seed in range(40):
        net = Kinked(seed, activation, hinges=hinges)
        report = net.check(net.gradients())
        assert report, (seed, report)
        assert report.right == ("W_h", "b_h", "W_o", "b_o")
        assert sum(n for n, _ in report.compared.values()) > 0.9 * sum(
            size for _, size in report.compared.values()
        )


MISTAKES: list[tuple[str, Callable[[Kinked], dict[str, Any]]]] = [
    ("W_h b_h", lambda net: net.gradients(df=lambda z: np.ones(z.shape))),
    ("W_h b_h", lambda net: net.gradients(df=lambda z: step(-z))),
    ("W_h b_h", lambda net: net.gradients(df=lambda z: net.df(z) + 0.01)),
    ("W_h b_h", lambda net: net.gradients(df=net.f)),
    ("W_o", lambda net: net.gradients(reads_z=True)),
    ("W_h", lambda net: net.gradients() | {"W_h": -net.gradients()["W_h"]}),
    ("W_h", lambda net: net.gradients() | {"W_h": net.gradients()["W_h"] / len(net.X)}),
    ("b_h", lambda net: net.gradients() | {"b_h": net.gradients()["b_h"] * 1.001}),
    ("b_h", lambda net: net.gradients() | {"b_h": 0 * net.gradients()["b_h"]}),
    ("W_o", lambda net: net.gradients() | {"W_o": net.gradients()["W_o"][::-1]}),
    ("b_o", lambda net: net.gradients() | {"b_o": net.gradients()["b_o"] + 1.0}),
]


@pytest.mark.parametrize("activation", ["relu", "leaky relu", "hinge", "tanh"])
@pytest.mark.parametrize("place", range(len(MISTAKES)))
def test_wrong_gradients_are_found_beside_kinks(place: int, activation: str) -> None:
    names, mistaken = MISTAKES[place]
    for seed in range(10):
        net = Kinked(seed, activation)
        report = net.check(mistaken(net))
        assert not report
        assert [wrong.name for wrong in report.wrong] == names.split()[::-1], (seed, report)
        assert report.unjudged == ()


def test_a_relation_is_told_of_the_numbers_that_could_be_compared() -> None:
    w = np.array([1.0, 0.0, -2.0, 3.0])  # |w| has a kink at the second
    factors = np.array([3.0, 5.0, 7.0, 11.0])
    right = factors * np.sign(w)
    report = check_gradients(lambda: np.sum(factors * np.abs(w)), {"w": w}, {"w": right})
    assert report
    assert report.compared == {"w": (3, 4)}
    assert repr(report) == (
        "The gradient is the derivative of the loss, by 3 of 4 numbers; by the others the loss "
        "has a kink here."
    )
    (wrong,) = check_gradients(lambda: np.sum(factors * np.abs(w)), {"w": w}, {"w": -right}).wrong
    assert wrong.relation == "it has the opposite sign"
    np.testing.assert_allclose(wrong.expected, [3.0, np.nan, -7.0, 11.0])


def test_a_gradient_that_is_not_finite_is_wrong_even_where_nothing_can_be_compared() -> None:
    w = np.array([1.0, 0.0, -2.0, 3.0])
    given = np.sign(w)
    given[1] = np.nan
    (wrong,) = check_gradients(lambda: np.sum(np.abs(w)), {"w": w}, {"w": given}).wrong
    assert wrong.relation == "it is not finite in 1 of 4 places"


def test_where_too_little_can_be_compared_nothing_is_said_to_be_right() -> None:
    net = Kinked(0, "relu")
    net.X[0], net.parameters["b_h"][:] = 0, 0  # a kink by every bias, exactly here
    report = net.check(net.gradients())
    assert report.right == ("W_h", "W_o", "b_o")
    assert (report.wrong, report.unjudged) == ((), ("b_h",))
    assert report.compared["b_h"][0] == 0
    assert not report
    size = report.compared["b_h"][1]
    assert f"-----  b_h: not judged, since 0 of {size} numbers could be compared" in repr(report)


def test_a_loss_that_is_not_finite_or_at_random_judges_nothing() -> None:
    w, rng = np.ones(3), np.random.default_rng(0)
    for loss in (lambda: float("nan"), lambda: float(rng.normal())):
        report = check_gradients(loss, {"w": w}, {"w": np.zeros(3)})
        assert (report.right, report.wrong, report.unjudged) == ((), (), ("w",))
        assert not report


@pytest.mark.parametrize("activation", ["relu", "leaky relu", "hinge", "tanh"])
@pytest.mark.parametrize("zero", ["b_h", "b_h b_o", "W_h", "W_o", "W_h b_h", "W_h b_h W_o b_o"])
def test_what_begins_at_zero_is_not_accused(zero: str, activation: str) -> None:
    for seed in range(10):
        net = Kinked(seed, activation)
        for name in zero.split():
            net.parameters[name][:] = 0.0
        report = net.check(net.gradients())
        assert report.wrong == (), (seed, report)
        report = net.check(net.gradients() | {"W_o": -net.gradients()["W_o"] - 1})
        assert [wrong.name for wrong in report.wrong] == ["W_o"]


def test_dead_units_have_the_gradient_zero_and_that_is_said_in_words() -> None:
    net = Kinked(1, "relu")
    net.parameters["b_h"][:] = -100.0
    assert net.check(net.gradients())
    report = net.check(net.gradients() | {"W_h": np.full_like(net.parameters["W_h"], -0.5)})
    (wrong,) = report.wrong
    assert str(wrong) == "W_h: the right gradient is 0 here, and this one is as large as 0.5"
    assert wrong.error == np.inf


@given(st.integers(0, 10_000), st.sampled_from(sorted(ACTIVATIONS)), st.booleans())
@examples(60)
def test_a_right_gradient_is_never_called_wrong(seed: int, activation: str, hinges: bool) -> None:
    net = Kinked(seed, activation, hinges=hinges)
    assert net.check(net.gradients()).wrong == ()
