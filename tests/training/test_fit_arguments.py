"""What is easily given to `fit` in place of what it takes, and models that know little of it."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike

import chainrule
from chainrule.data.arrays import Array
from chainrule.errors import ChainruleError
from chainrule.nn.models import LogisticRegression
from chainrule.training.fit import fit, train_epochs
from chainrule.training.sgd import SGD
from helpers import clusters

X, y = clusters(12, 4, 3)


def test_a_number_of_epochs_is_not_settings() -> None:
    given: Any = 15
    for train in (fit, train_epochs):
        with pytest.raises(
            ChainruleError, match=r"must be an SGD, such as SGD\(epochs=15.*got 15"
        ):
            train(LogisticRegression(4, 3), X, y, given)


def test_words_are_no_labels() -> None:
    words = np.array(["yes", "no"] * 50)
    with pytest.raises(ChainruleError) as caught:
        fit(LogisticRegression(4, 3), np.zeros((100, 4)), words)
    assert str(caught.value).startswith("labels must be whole numbers, 0 to 2, got array(['yes',")
    assert str(caught.value).endswith("numpy.unique(y, return_inverse=True) numbers words")
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("part", ["validation", "test"])
def test_a_share_is_not_a_part(part: str) -> None:
    given: Any = {part: 0.1}
    with pytest.raises(
        ChainruleError, match=rf"{part}=\(X, y\); got 0.1. Dataset.hold_back\(0.1\)"
    ):
        fit(LogisticRegression(4, 3), X, y, **given)


class Minimal:
    """What training asks for, and not a name more."""

    def __init__(self) -> None:
        self.inner = LogisticRegression(4, 3, seed=0)
        self.parameters = self.inner.parameters

    def log_probabilities(self, X: ArrayLike) -> Array:
        return self.inner.log_probabilities(X)

    def forward(self, X: ArrayLike) -> Array:
        return self.inner.forward(X)

    def gradients(self, X: ArrayLike, y_true: ArrayLike) -> dict[str, Array]:
        assert np.shape(y_true)[1:] == (3,)
        return self.inner.gradients(X, y_true)


def test_a_model_without_output_size_is_trained() -> None:
    model, other = Minimal(), LogisticRegression(4, 3, seed=0)
    fit(model, X, y, SGD(epochs=2, batch_size=5))
    fit(other, X, y, SGD(epochs=2, batch_size=5))
    for name, parameter in other.parameters.items():
        np.testing.assert_allclose(model.parameters[name], parameter, rtol=1e-10)


def test_a_model_without_gradients_gets_a_sentence() -> None:
    model: Any = object()
    with pytest.raises(ChainruleError, match="object has no parameters; a model is trained by"):
        fit(model, X, y)


def test_the_version_is_that_of_the_package() -> None:
    from importlib.metadata import version

    assert chainrule.__version__ == version("chainrule")
    assert "__version__" in chainrule.__all__
