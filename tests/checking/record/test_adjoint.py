"""The chain rule over a table, against finite differences."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chainrule.checking.record._tape.operations import (
    ELEMENTWISE,
    HELD,
    OTHERS,
    PRODUCTS,
    REDUCTIONS,
    Array,
    back,
    compute,
)

STEP = 1e-6
SEEDS = st.integers(0, 10_000)


def draw(seed: int, *shapes: tuple[int, ...], low: float = 0.2) -> list[Array]:
    """Arrays without a number near 0 or near one another, where derivatives have kinks."""
    rng = np.random.default_rng(seed)
    return [np.asarray(rng.uniform(low, 2, s) * rng.choice([-1, 1], s)) for s in shapes]


def agrees(name: str, arrays: list[Array], options: dict[str, Any]) -> None:
    result = compute(name, arrays, options)
    gradient = np.random.default_rng(1).uniform(-1, 1, result.shape)
    for place, array in enumerate(arrays):
        slope = back(name, arrays, options, result, gradient, place)
        assert slope.shape == array.shape
        for at in np.ndindex(array.shape):
            moved = []
            for sign in (1, -1):
                other = [a.copy() for a in arrays]
                other[place][at] += sign * STEP
                moved.append(float(np.sum(gradient * compute(name, other, options))))
            expected = (moved[0] - moved[1]) / (2 * STEP)
            assert slope[at] == pytest.approx(expected, rel=2e-4, abs=2e-6), (name, place, at)


POSITIVE = ("log", "log2", "log10", "log1p", "sqrt", "power", "prod")
SHAPES = [((3, 2), (3, 2)), ((3, 2), (2,)), ((3, 1), (1, 2)), ((), (3, 2)), ((2,), ())]


@pytest.mark.parametrize("name", sorted(ELEMENTWISE.keys() - {HELD}))
@settings(max_examples=10, deadline=None)
@given(seed=SEEDS, shapes=st.sampled_from(SHAPES))
def test_elementwise(name: str, seed: int, shapes: tuple[tuple[int, ...], ...]) -> None:
    count = len(ELEMENTWISE[name].slopes)
    arrays = draw(seed, *shapes) if count == 2 else draw(seed, (3, 2))
    if name in POSITIVE:
        arrays = [np.asarray(np.abs(a)) for a in arrays]
    if name == "clip":
        arrays = [arrays[0], np.array(-0.7), np.array(0.9)]
        arrays[0][np.abs(arrays[0] - 0.9) < 0.01] = 0.5
        arrays[0][np.abs(arrays[0] + 0.7) < 0.01] = 0.5
        result = compute(name, arrays, {})
        slope = back(name, arrays, {}, result, np.ones(result.shape), 0)
        np.testing.assert_array_equal(slope, (result == arrays[0]).astype(float))
        return
    agrees(name, arrays, {})


AXES = [None, 0, 1, -1, [0, 1]]


@pytest.mark.parametrize("name", [*REDUCTIONS, "logsumexp"])
@settings(max_examples=10, deadline=None)
@given(seed=SEEDS, axis=st.sampled_from(AXES), keepdims=st.booleans())
def test_reductions(name: str, seed: int, axis: Any, keepdims: bool) -> None:
    (array,) = draw(seed, (3, 4))
    agrees(name, [array], {"axis": axis, "keepdims": keepdims})


@pytest.mark.parametrize("axis", [None, 0, -1])
@pytest.mark.parametrize("name", ["sum", "max", "min", "prod", "logsumexp", "cumsum"])
def test_a_number_may_be_said_to_have_an_axis(name: str, axis: int | None) -> None:
    agrees(name, draw(0, ()), {"axis": axis})


@pytest.mark.parametrize("name", PRODUCTS)
@settings(max_examples=10, deadline=None)
@given(
    seed=SEEDS,
    shapes=st.sampled_from(
        [((3, 2), (2, 4)), ((2,), (2,)), ((3, 2), (2,)), ((2,), (2, 4)), ((5, 3, 2), (2, 4))]
    ),
)
def test_products(name: str, seed: int, shapes: tuple[tuple[int, ...], ...]) -> None:
    agrees(name, draw(seed, *shapes), {})


OTHER: dict[str, list[tuple[list[tuple[int, ...]], dict[str, Any]]]] = {
    "cumsum": [([(3, 2)], {"axis": 0}), ([(3, 2)], {"axis": 1}), ([(3, 2)], {"axis": None})],
    "einsum": [
        ([(3, 2), (2, 4)], {"subscripts": "ij,jk->ik"}),
        ([(3, 2), (4, 2)], {"subscripts": "ij,kj->ik"}),
        ([(3,), (4,)], {"subscripts": "i,j->ij"}),
        ([(3, 4)], {"subscripts": "ij->j"}),
    ],
    "tensordot": [([(3, 2), (2, 4)], {"axes": 1}), ([(3, 2), (3, 4)], {"axes": [[0], [0]]})],
    "softmax": [([(3, 4)], {"axis": 1}), ([(3, 4)], {"axis": None})],
    "log_softmax": [([(3, 4)], {"axis": 0})],
    "logsumexp": [([(3, 4)], {"axis": 0, "keepdims": True})],
}


@pytest.mark.parametrize("name", OTHERS)
@settings(max_examples=5, deadline=None)
@given(seed=SEEDS)
def test_others(name: str, seed: int) -> None:
    for shapes, options in OTHER[name]:
        agrees(name, draw(seed, *shapes), options)


def test_every_operation_refuses_what_it_is_not() -> None:
    refused: list[Callable[[], Any]] = [
        lambda: compute("fourier", [np.ones(2)], {}),
        lambda: back("fourier", [np.ones(2)], {}, np.ones(2), np.ones(2), 0),
    ]
    for call in refused:
        with pytest.raises(ValueError, match="fourier"):
            call()


@given(z=st.floats(-5_000, -720))
def test_a_sigmoid_of_0_has_no_slope_though_its_exponential_is_too_large(
    z: float,
) -> None:
    with np.errstate(all="ignore"):
        large = np.exp(np.array([-z]))
        result = 1 / (1 + large)
    gradient = back("divide", [np.ones(1), 1 + large], {}, result, np.ones(1), 1)
    assert back("exp", [np.array([-z])], {}, large, gradient, 0) == 0


def test_what_is_nan_stays_it() -> None:
    assert np.isnan(back("exp", [np.ones(1)], {}, np.array([np.nan]), np.ones(1), 0))


@given(z=st.floats(-340, 340), way=st.sampled_from(["divide", "reciprocal", "power"]))
def test_a_slope_whose_square_is_no_number_is_still_known(z: float, way: str) -> None:
    """The logarithm of 1 / (1 + exp(−z)), through the square of the sum, has the slope 1 − s."""
    large = np.exp(np.array([-z]))
    total = 1 + large
    into = {"divide": [np.ones(1), total], "power": [total, np.array(-1.0)]}.get(way, [total])
    result = compute(way, into, {})
    by_result = back("log", [result], {}, np.log(result), np.ones(1), 0)
    by_sum = back(way, into, {}, result, by_result, 1 if way == "divide" else 0)
    by_z = -back("exp", [np.array([-z])], {}, large, by_sum, 0)
    assert by_z == pytest.approx(large / total)
