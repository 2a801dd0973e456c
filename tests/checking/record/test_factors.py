"""A change is a constant times a gradient in all runs, also between runs that lie near."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.checking.record._steps.factors import factor, same_factor

SHAPES = [((3,), (3,)), ((3,), (3, 1)), ((2, 3), (3, 2))]


@given(
    rate=st.floats(1e-4, 1e3), apart=st.floats(1e-9, 1e3), seed=st.integers(0, 99),
    shapes=st.sampled_from(SHAPES), turned=st.booleans(),
)  # fmt: skip
def test_a_multiple_is_one_however_near_the_runs_are(
    rate: float, apart: float, seed: int, shapes: tuple[tuple[int, ...], ...], turned: bool
) -> None:
    rng, rate = np.random.default_rng(seed), -rate if turned else rate
    start = rng.normal(size=shapes[1])
    gradients = [start + apart * rng.normal(size=shapes[1]) for _ in range(3)]
    found = factor([(-rate * g).reshape(shapes[0]) for g in gradients], gradients)
    assert found is not None
    assert same_factor(found, rate)


@pytest.mark.parametrize("apart", [1e-5, 1e-3, 1.0])
def test_what_differs_otherwise_between_near_runs_is_no_multiple(apart: float) -> None:
    """Its rate depends on the parameters: in one run, and nearly in all, it is constant."""
    rng = np.random.default_rng(3)
    direction = rng.normal(size=4)
    gradients = [(1 + apart * run) * direction for run in range(3)]
    changes = [-0.1 * (1 + apart * run) ** 2 * direction for run in range(3)]
    assert factor(changes[:1], gradients[:1]) is not None
    assert factor(changes, gradients) is None
