"""How far the compiled engine's weights are from those of the NumPy engine after one epoch."""

from __future__ import annotations

import itertools

import numpy as np

from chainrule import SGD, LogisticRegression, NeuralNet, train_epochs
from chainrule.nn.activations import ACTIVATIONS
from speedlib.context import Context, standard_digits
from speedlib.jobs import Weights
from speedlib.measure import PartResult, largest_difference

SETTINGS = SGD(epochs=1, learning_rate=0.01, shuffle=False)
HIDDEN = ((10,), (32,), (100,), (33, 17), (16, 16, 16))
DOUBLE, SINGLE = "double precision", "single precision, one hidden layer of sigmoids"


def run(_: Context) -> PartResult:
    """Every net in double and in single precision, from the lab's first weights (within 0.1)."""
    lines, raw = [], {}
    doubles, singles = [], []
    for activation, hidden in [("softmax", ()), *itertools.product(ACTIVATIONS, HIDDEN)]:
        name = f"64-{''.join(f'{units}-' for units in hidden)}10, {activation}"
        reference = trained(hidden, activation, np.float64, "numpy")
        double, single = (
            largest_difference(trained(hidden, activation, precision, "compiled"), reference)
            for precision in (np.float64, np.float32)
        )
        raw[name] = {"double": double, "single": single}
        doubles.append(double)
        singles += [single] if activation == "sigmoid" and len(hidden) == 1 else []
        lines.append(f"  {name:28s}{double:12.1e}{single:12.1e}")
    title = "Largest difference of any weight from the NumPy engine in double, after one epoch"
    head = f"  {'compiled, in precision':28s}{'double':>12s}{'single':>12s}"
    note = "  A ReLU may switch on a pre-activation of 1e-8, which moves weights by far more."
    figures: dict[str, float | None] = {DOUBLE: max(doubles), SINGLE: max(singles)}
    return PartResult("\n".join([title, head, *lines, note]), figures, raw)


def trained(hidden: tuple[int, ...], activation: str, precision: type, engine: str) -> Weights:
    """Weights after one epoch at a learning rate of 0.01 on the digits in this precision."""
    X, y = standard_digits()
    model: LogisticRegression | NeuralNet = LogisticRegression(64, 10, seed=0)
    if hidden:
        model = NeuralNet(64, hidden, 10, activation=activation, seed=0)
    train_epochs(model, X.astype(precision), y, SETTINGS, engine=engine)
    return list(model.parameters.values())
