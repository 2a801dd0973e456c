"""What an array is taken for."""

import numpy as np
import pytest

from chainrule.checking.record._quantities import Kind, Quantity, identify
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
