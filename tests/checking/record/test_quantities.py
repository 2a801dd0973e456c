"""What an array is taken for."""

import numpy as np
import pytest

from chainrule.checking.record._search.quantities import Kind, Quantity, identify
from chainrule.nn.activations import ACTIVATIONS

VALUES = np.random.default_rng(0).standard_normal((5, 3))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_derivative_of_every_activation_is_known_at_the_wrong_quantity(name: str) -> None:
    activation = ACTIVATIONS[name]
    h, z = Quantity(Kind.ACTIVATION, 1, (VALUES,)), Quantity(Kind.PREACTIVATION, 1, (VALUES,))
    taken, _ = identify([np.asarray(activation.derivative(VALUES), np.float64)], [h])
    assert taken is not None
    assert (taken.kind, taken.layer) == (Kind.SLOPE_OF_ACTIVATION, 1)
    of_z, _ = identify([np.asarray(activation.slope_from(VALUES), np.float64)], [z])
    same_at_both = name in ("relu", "leaky-relu")
    assert (of_z.kind if of_z else None) is (
        None if same_at_both else Kind.PRODUCT_OF_PREACTIVATION
    )


def test_quantities_are_compared_without_their_numbers() -> None:
    """Arrays that are compared say neither that they are the same nor that they are not."""
    one, other = (Quantity(Kind.SLOPE, 1, (VALUES.copy(),)) for _ in range(2))
    assert one not in (None, other)
    assert one in (None, one)
