"""The digits job with scikit-learn.

python -m scripts.scikit DIGITS.npz HIDDEN
"""

from __future__ import annotations

import sys
import warnings
from typing import Any

import numpy as np
from sklearn.neural_network import MLPClassifier

from scripts import digits


class Order(np.random.RandomState):
    """A generator that shuffles into a given order: scikit-learn takes its order from one."""

    order: digits.Labels

    def shuffle(self, x: Any) -> None:
        """Put `x` `(N,)` into the order."""
        x[:] = self.order


def new_model(
    first: list[digits.Floats], rate: float, batch_size: int, random_state: Order | None = None
) -> Any:
    """A network with the given first weights `(fan_in, fan_out)` and biases, ready to train."""
    n_features, hidden, n_classes = *first[0].shape, len(first[-1])
    model = MLPClassifier(
        hidden_layer_sizes=(hidden,),
        activation="logistic",
        solver="sgd",
        alpha=0,
        batch_size=batch_size,
        learning_rate_init=rate,
        momentum=0,
        nesterovs_momentum=False,
        shuffle=random_state is not None,
        random_state=random_state or 0,
    )
    with warnings.catch_warnings(action="ignore"):  # the batch is larger than this one sample
        model.set_params(shuffle=False).partial_fit(
            np.zeros((1, n_features), np.float32), [0], classes=np.arange(n_classes)
        )
    model.set_params(shuffle=random_state is not None)
    for own, given in zip(model.coefs_ + model.intercepts_, first[::2] + first[1::2], strict=True):
        own[...] = given
    return model


def main() -> None:
    """Do the job."""
    path, hidden = sys.argv[1:]
    parts = digits.load(path)
    X, y = parts[:2]
    model = new_model(digits.first_weights(64, int(hidden), 10), digits.NET_RATE, batch_size=1)
    digits.report(0, model.predict_proba, parts)
    for epoch in range(1, digits.EPOCHS + 1):
        order = digits.order(epoch, len(X))
        model.partial_fit(X[order], y[order])
        digits.report(epoch, model.predict_proba, parts)


if __name__ == "__main__":
    main()
