"""One-hot targets say the same as labels, wherever labels are taken."""

import numpy as np
import pytest

from chainrule.errors import ChainruleError
from chainrule.nn.evaluate import confusion_matrix, score, worst_predictions
from chainrule.nn.functions import class_labels, one_hot
from chainrule.nn.models import LogisticRegression, NeuralNet
from chainrule.training.fit import fit, train_epochs
from chainrule.training.sgd import SGD
from helpers import assert_same_bits, clusters, without_seconds

X, y = clusters(12, 4, 3)
T = one_hot(3, y)


def test_they_train_to_the_same_bits() -> None:
    first, second, third = (NeuralNet(4, 5, 3, seed=0) for _ in range(3))
    settings = SGD(epochs=2)
    by_labels = fit(first, X, y, settings, validation=(X, y), test=(X, y))
    by_targets = fit(second, X, T, settings, validation=(X, T), test=(X, T))
    train_epochs(third, X, T.tolist(), settings)
    assert_same_bits(second.parameters, first.parameters)
    assert_same_bits(third.parameters, first.parameters)
    assert without_seconds(by_targets) == without_seconds(by_labels)


def test_they_are_judged_alike() -> None:
    model = LogisticRegression(4, 3, seed=0)
    assert model.accuracy(X, T) == model.accuracy(X, y)
    assert model.accuracy(X[0], T[0]) == model.accuracy(X[0], y[0])
    assert score(model, X, T) == score(model, X, y)
    np.testing.assert_array_equal(confusion_matrix(T, T, 3), confusion_matrix(y, y, 3))
    by_targets, by_labels = (worst_predictions(model, X, labels, 4) for labels in (T, y))
    for one, other in zip(by_targets, by_labels, strict=True):
        assert (one.sample_idx, one.true, one.loss) == (other.sample_idx, other.true, other.loss)


@pytest.mark.parametrize(
    ("targets", "says"),
    [
        (
            [[0, 1, 0], [0.5, 0.5, 0]],
            r"row 1 of y is \[0.5, 0.5, 0.0\]; .* a single 1 among zeros",
        ),
        ([[1, 1, 0]], r"row 0 of y is \[1.0, 1.0, 0.0\]"),
        ([[0, 0, 0]], r"row 0 of y is"),
        ([[0, 1]], r"y has shape \(1, 2\): one-hot targets of 3 classes have 3 columns"),
    ],
)
def test_rows_that_are_not_one_hot_are_refused(targets: list[list[float]], says: str) -> None:
    with pytest.raises(ChainruleError, match=says):
        class_labels(3, targets)
