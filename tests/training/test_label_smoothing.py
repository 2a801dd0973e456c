"""Training on smoothed targets: what it does, by every engine."""

import numpy as np
import pytest

from chainrule.nn.models import LogisticRegression
from chainrule.training.fit import fit
from chainrule.training.sgd import SGD
from helpers import D, K, assert_close, clusters, net, usable_engines


@pytest.mark.parametrize("engine", usable_engines())
@pytest.mark.parametrize("batch_size", [1, 8])
def test_probabilities_come_to_the_smoothed_targets(engine: str, batch_size: int) -> None:
    """Of samples that tell all about their class: there the smoothed loss is lowest."""
    X, y = np.eye(4)[[0, 1, 2, 3] * 8], np.array([0, 1, 2, 3] * 8)
    model = LogisticRegression(4, 4, init="zeros")
    fit(model, X, y, SGD(300, 0.5, batch_size, label_smoothing=0.2), engine=engine)
    np.testing.assert_allclose(model.forward(np.eye(4)), 0.8 * np.eye(4) + 0.05, atol=0.02)


@pytest.mark.parametrize("batch_size", [1, 7])
@pytest.mark.parametrize("precision", [np.float32, np.float64])
def test_all_engines_agree(batch_size: int, precision: type) -> None:
    X, y = clusters(40, D, K)
    models = {}
    for engine in usable_engines():
        models[engine] = net()
        sgd = SGD(3, 0.1, batch_size, momentum=0.5, label_smoothing=0.3)
        fit(models[engine], X.astype(precision), y, sgd, engine=engine)
    tolerance = 1e-12 if precision is np.float64 else 1e-5
    for model in models.values():
        assert_close(model.parameters, models["numpy"].parameters, tolerance)


def test_the_history_has_the_loss_of_the_labels() -> None:
    X, y = clusters(40, D, K)
    model = net()
    history = fit(model, X, y, SGD(epochs=3, label_smoothing=0.3))
    assert history[-1].train_loss_sum == pytest.approx(model.loss(X, y), rel=1e-12)
