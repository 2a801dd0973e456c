"""Dropout: which units are left out, and the gradient without them."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.data.arrays import Array
from chainrule.nn.dropout import dropout_key, dropout_masks, dropped_grad_loss, dropped_trace
from chainrule.nn.functions import nll, one_hot, smooth_targets
from chainrule.nn.models import NeuralNet
from helpers import D, K, assert_close, clusters, examples, net
from kernel_models import new_samples

# Which units


def masks(dropout: float, seed: int, epoch: int, places: Any, sizes: list[int]) -> list[Array]:
    return dropout_masks(dropout, dropout_key(seed, epoch), np.asarray(places), sizes)


def test_the_masks_of_a_seed_stay_what_they_are() -> None:
    (mask,) = masks(0.5, 0, 1, [0, 1, 1000], [12])
    kept = ["".join(map(str, row)) for row in (mask > 0).astype(int)]
    assert kept == ["110101001001", "001001111001", "000100100000"]


@given(st.floats(0, 0.99), st.integers(0, 10**30), st.integers(1, 1000), st.integers(0, 10**9))
@examples(30)
def test_units_are_left_in_by_that_probability_and_enlarged(
    dropout: float, seed: int, epoch: int, place: int
) -> None:
    for mask in masks(dropout, seed, epoch, place + np.arange(200), [100, 50]):
        assert set(np.unique(mask)) <= {0, 1 / (1 - dropout)}
        share = (mask == 0).mean()
        assert abs(share - dropout) < 5 * np.sqrt(dropout * (1 - dropout) / mask.size) + 1e-9


def test_a_mask_is_the_same_whatever_is_computed_beside_it() -> None:
    whole = masks(0.3, 5, 2, np.arange(20), [7, 33])
    parts = [masks(0.3, 5, 2, range(a, b), [7, 33]) for a, b in ((0, 3), (3, 20))]
    for layer in (0, 1):
        expected = np.concatenate([part[layer] for part in parts])
        np.testing.assert_array_equal(whole[layer], expected)


def test_units_samples_layers_epochs_and_seeds_are_independent() -> None:
    first, second = masks(0.5, 1, 1, np.arange(300), [60, 60])
    (epoch,), (seed,) = (
        masks(0.5, 1, 2, np.arange(300), [60]),
        masks(0.5, 2, 1, np.arange(300), [60]),
    )
    signs = np.hstack([first, second, epoch, seed]) - 1  # (300, 240), -1 or 1
    for of in (signs, signs.T):
        together = of.T @ of / len(of)
        np.fill_diagonal(together, 0)
        assert np.abs(together).max() < 6 / np.sqrt(len(of))


# The gradient


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "softplus"])
def test_the_gradient_is_the_central_differences_of_the_loss_without_these_units(
    activation: str,
) -> None:
    model = NeuralNet(4, (5, 6), 3, activation=activation, init="glorot", seed=0)
    X, t = new_samples((4, 3), 7)[0], smooth_targets(one_hot(3, [0, 1, 2, 0, 1, 2, 0]), 0.1)
    left_in = masks(0.4, 0, 1, np.arange(7), [5, 6])
    gradients = dropped_grad_loss(model, X, t, left_in)
    for name, p in model.parameters.items():
        slopes = np.zeros_like(p)
        for at in np.ndindex(p.shape):
            value, losses = p[at], []
            for step in (1e-5, -1e-5):
                p[at] = value + step
                losses.append(nll(t, dropped_trace(model, X, left_in)["y"]))
            p[at] = value
            slopes[at] = (losses[0] - losses[1]) / 2e-5
        np.testing.assert_allclose(gradients[name], slopes, rtol=1e-6, atol=1e-7, err_msg=name)


def test_with_all_units_left_in_it_is_the_gradient_of_the_network() -> None:
    model, (X, y) = net(), clusters(9, D, K)
    gradients = dropped_grad_loss(model, X, one_hot(K, y), [np.ones((9, 5))])
    assert_close(gradients, model.grad_loss(X, y), 1e-14)
