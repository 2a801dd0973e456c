"""Predictions counted by confidence."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.errors import ChainruleError
from chainrule.nn.functions import one_hot, softmax
from chainrule.nn.reliability import reliability


@given(st.integers(0, 2**32 - 1), st.integers(1, 12))
def test_every_prediction_is_counted_once_in_its_bin(seed: int, n_bins: int) -> None:
    rng = np.random.default_rng(seed)
    p, y = softmax(3 * rng.normal(size=(50, 4))), rng.integers(4, size=50)
    counted = reliability(y, p, n_bins)
    assert counted.n_right.sum() == (p.argmax(axis=1) == y).sum()
    assert counted.n_right.sum() + counted.n_wrong.sum() == 50
    there = counted.n_right + counted.n_wrong > 0
    assert (counted.confidence[there] >= counted.edges[:-1][there] - 1e-12).all()
    assert (counted.confidence[there] <= counted.edges[1:][there] + 1e-12).all()
    assert np.isnan(counted.confidence[~there]).all()
    assert np.isnan(counted.accuracy[~there]).all()
    assert reliability(one_hot(4, y), p, n_bins).expected_error == counted.expected_error


def test_who_is_right_as_often_as_said_is_not_off() -> None:
    p = np.tile([0.75, 0.25], (8, 1))
    assert reliability([0, 0, 0, 1, 0, 0, 0, 1], p).expected_error == 0
    assert reliability([0] * 8, p).expected_error == 0.25
    sure = reliability([0, 1], np.eye(2))
    assert (sure.n_right[-1], sure.expected_error) == (2, 0)


def test_what_cannot_be_counted() -> None:
    with pytest.raises(ChainruleError, match=r"got shapes \(2,\) and \(1,\)"):
        reliability([0], [0.5, 0.5])
    with pytest.raises(ChainruleError, match=r"got shapes \(0, 2\)"):
        reliability([], np.zeros((0, 2)))
    with pytest.raises(ChainruleError, match="from 0 to 1"):
        reliability([0], [[2.0, -1.0]])
    with pytest.raises(ChainruleError, match="label 2 is not a class"):
        reliability([2], [[0.5, 0.5]])
    with pytest.raises(ChainruleError, match="n_bins must be a whole number"):
        reliability([0], [[0.5, 0.5]], 0)
