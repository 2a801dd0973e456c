"""The models' first weights."""

import math

import numpy as np
import pytest

from chainrule.data.arrays import Array
from chainrule.nn.models import LogisticRegression, NeuralNet
from helpers import assert_same_bits

D, K = 5, 3


def statistics(init: str) -> dict[str, Array]:
    return NeuralNet(200, 150, 100, init=init, seed=3).parameters


def test_uniform_weights_and_biases_are_spread_over_a_tenth_either_way() -> None:
    for parameter in statistics("uniform").values():
        assert np.abs(parameter).max() <= 0.1
        assert np.abs(parameter).max() > 0.095
        assert abs(parameter.mean()) < 0.02
        assert parameter.std() == pytest.approx(0.1 / math.sqrt(3), rel=0.15)
    assert statistics("uniform")["W_h"].std() == pytest.approx(0.1 / math.sqrt(3), rel=0.01)


def test_uniform_is_the_default() -> None:
    assert_same_bits(
        NeuralNet(D, 4, K, seed=0).parameters,
        NeuralNet(D, 4, K, init="uniform", seed=0).parameters,
    )
    assert_same_bits(
        LogisticRegression(D, K, seed=0).parameters,
        LogisticRegression(D, K, init="uniform", seed=0).parameters,
    )


def test_glorot_weights_are_uniform_within_the_limit_of_their_layer() -> None:
    p = statistics("glorot")
    for name, fans in (("W_h", 200 + 150), ("W_o", 150 + 100)):
        limit = math.sqrt(6 / fans)
        assert np.abs(p[name]).max() <= limit
        assert np.abs(p[name]).max() > 0.99 * limit
        assert p[name].std() == pytest.approx(limit / math.sqrt(3), rel=0.02)
    assert not p["b_h"].any()
    assert not p["b_o"].any()


def test_he_weights_are_normal_with_the_deviation_of_their_layer() -> None:
    p = statistics("he")
    for name, fan_in in (("W_h", 200), ("W_o", 150)):
        deviation = math.sqrt(2 / fan_in)
        assert p[name].std() == pytest.approx(deviation, rel=0.02)
        assert abs(p[name].mean()) < 0.03 * deviation
        within = np.abs(p[name]) < deviation
        assert within.mean() == pytest.approx(0.683, abs=0.01)
    assert not p["b_h"].any()
    assert not p["b_o"].any()


def test_zero_weights_are_all_zero() -> None:
    assert not any(parameter.any() for parameter in statistics("zeros").values())


@pytest.mark.parametrize("init", ["uniform", "glorot", "he", "zeros"])
def test_the_same_seed_gives_the_same_bits(init: str) -> None:
    def draw(seed: int | np.random.Generator) -> dict[str, Array]:
        return NeuralNet(D, (4, 6), K, init=init, seed=seed).parameters

    assert_same_bits(draw(7), draw(7))
    assert_same_bits(draw(7), draw(np.random.default_rng(7)))
    if init != "zeros":
        assert not np.array_equal(draw(7)["W_h"], draw(8)["W_h"])
        assert not np.array_equal(draw(7)["W_o"], draw(8)["W_o"])


def test_without_a_seed_each_model_is_another() -> None:
    assert not np.array_equal(LogisticRegression(D, K).W, LogisticRegression(D, K).W)
