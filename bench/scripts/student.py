"""The digits job with the student's code.

    python -m scripts.student DIGITS.npz HIDDEN [both]

Trains a network 64-HIDDEN-10; with "both", softmax regression before it.
"""

from __future__ import annotations

import sys

import numpy as np

from scripts import digits, lab


def train(model: lab.LogisticRegression | lab.NeuralNet, parts: digits.Parts, rate: float) -> None:
    """Train for 15 epochs, one sample at a time, and print each."""
    X, y = parts[0].astype(np.float64), parts[1]
    digits.report(0, model.forward, parts)
    for epoch in range(1, digits.EPOCHS + 1):
        for i in digits.order(epoch, len(X)):
            model.train(X[i], y[i], rate)
        digits.report(epoch, model.forward, parts)


def main() -> None:
    """Do the job."""
    path, hidden, *more = sys.argv[1:]
    parts = digits.load(path)
    if more:
        regression = lab.LogisticRegression(*digits.first_weights(64, 10))
        train(regression, parts, digits.SOFTMAX_RATE)
    train(lab.NeuralNet(*digits.first_weights(64, int(hidden), 10)), parts, digits.NET_RATE)


if __name__ == "__main__":
    main()
