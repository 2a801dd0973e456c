"""The digits job with Keras.

KERAS_BACKEND=jax python -m scripts.keras_fit DIGITS.npz HIDDEN
"""

from __future__ import annotations

import sys
from typing import Any

import keras

from scripts import digits


def new_model(first: list[digits.Floats], rate: float, steps: int = 1) -> Any:
    """A network with the given first weights; its output is the logits.

    Args:
        first: weights `(fan_in, fan_out)` and biases, layer by layer.
        rate: learning rate.
        steps: batches in one compiled call.
    """
    model = keras.Sequential(
        [
            keras.Input((len(first[0]),)),
            keras.layers.Dense(len(first[1]), activation="sigmoid"),
            keras.layers.Dense(len(first[3])),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.SGD(rate),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        steps_per_execution=steps,
    )
    model.set_weights(first)
    return model


def main() -> None:
    """Do the job."""
    path, hidden = sys.argv[1:]
    parts = digits.load(path)
    X, y = parts[:2]
    model = new_model(digits.first_weights(64, int(hidden), 10), digits.NET_RATE)

    def probabilities(X: digits.Floats) -> Any:
        return keras.ops.softmax(model.predict(X, batch_size=len(X), verbose=0))

    digits.report(0, probabilities, parts)
    for epoch in range(1, digits.EPOCHS + 1):
        order = digits.order(epoch, len(X))
        model.fit(X[order], y[order], batch_size=1, shuffle=False, verbose=0)
        digits.report(epoch, probabilities, parts)


if __name__ == "__main__":
    main()
