"""Finite differences of a learner's loss, and how far rounding may have put them off."""

import numpy as np
import pytest

from chainrule.checking.diagnosis.differences import slopes


@pytest.mark.parametrize("offset", [0.0, 1e3, 1e6, 1e8])
def test_the_slope_of_a_large_loss_is_known_as_well_as_rounding_lets_it(offset: float) -> None:
    w = np.array([0.5, -1.5, 1e-3])
    found = slopes(lambda: offset + float((w**3).sum()), w)
    assert found.settled.all()
    off = np.abs(found.slope - 3 * w**2)
    assert (off <= 1e-6 + 10 * found.rounding).all()
    assert (found.rounding <= 1e-9 * max(offset, 1.0)).all()
