"""The network with 2 inputs, 3 hidden units and 2 classes of parts 5 and 6, worked by hand."""

from typing import Any

import numpy as np

from chainrule.data.arrays import Array
from chainrule.nn.functions import one_hot
from chainrule.nn.models import NeuralNet

PARAMETERS: dict[str, Any] = {
    "W_h": [[0.5, -1.0, 0.2], [0.25, 0.5, -0.6]],
    "b_h": [0.0, 0.1, 0.5],
    "W_o": [[1.0, -1.0], [0.5, 0.0], [-0.5, 1.0]],
    "b_o": [0.0, 0.5],
}
X, LABEL = [[1.0, 2.0]], 0


def worked_numbers() -> dict[str, Array]:
    """All that the chain holds for the one sample, by name: x to loss, and each gradient.

    Shapes: those of the notebooks, with N = 1, D = 2, H = 3 and K = 2; `loss` is a number.
    """
    net = NeuralNet(2, 3, 2)
    for name, values in PARAMETERS.items():
        net.parameters[name][...] = values
    x, y = np.array(X), np.array([LABEL])
    trace = net.forward_trace(x)
    grad_z_o = trace["y"] - one_hot(2, y)  # (1, 2)
    grad_h = grad_z_o @ net.W_o.T  # (1, 3)
    grad_z_h = grad_h * trace["h"] * (1 - trace["h"])  # (1, 3)
    gradients = {f"grad_{name}": gradient for name, gradient in net.grad_loss(x, y).items()}
    forward = {"x": x, **{name: trace[name] for name in ("z_h", "h", "z_o", "y")}}
    backward = {"grad_z_o": grad_z_o, "grad_h": grad_h, "grad_z_h": grad_z_h}
    return {**forward, "loss": np.array(net.loss(x, y)), **backward, **gradients}
