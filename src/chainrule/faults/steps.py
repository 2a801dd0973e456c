"""The computation of the network as data: a list of named steps, forward, loss, backward, update.

`chainrule.nn.models` is the same computation as a person would write it; a test holds the two
against each other. Written as data, a single step can be looked at, or replaced by a wrong one.

In shapes, `...` stands for any leading axes: with parameters `(S, D, H)` the same steps compute S
networks side by side.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.errors import ChainruleError, choose
from chainrule.nn.activations import ACTIVATIONS, sigmoid
from chainrule.nn.functions import Array, log_clipped, softmax
from chainrule.nn.models import hidden_layer_names

Values = dict[str, Any]
OUTPUTS = ("softmax", "sigmoid")
LOSSES = ("nll", "binary cross-entropy")
LEARNING_RATE = "learning_rate"


@dataclass(frozen=True)
class Step:
    """One quantity and how it follows from others.

    Attributes:
        name: of the quantity: z_h, h, z_o, y, loss, grad_z_o, grad_W_o, …, new_W_o, …
        reads: names of the quantities that the formula takes, in order.
        formula: computes the quantity from arrays; shapes as in `chainrule.nn.models` after `...`.
        text: the formula as one would write it in NumPy.
        kind: what the same step is called in every layer: z, h, y, loss, grad_y for the first of
            the backward pass, grad_W, grad_b, grad_h, grad_z, new_W, new_b.
        layer: the layer that it belongs to: h, h2, …, o.
        below: what this layer reads: x, h, h2, …
        above: the layer that reads this one, "" for the output layer.
    """

    name: str
    reads: tuple[str, ...]
    formula: Callable[..., Any]
    text: str
    kind: str
    layer: str = "o"
    below: str = "x"
    above: str = ""


def affine(x: Array, W: Array, b: Array) -> Array:
    """Linear layer: x @ W + b.

    Shapes: `(..., N, D)`, `(..., D, H)`, `(..., H)` to `(..., N, H)`.
    """
    z: Array = x @ W + b[..., np.newaxis, :]
    return z


def weight_gradient(below: Array, grad_z: Array) -> Array:
    """Transpose of what is below times grad_z.

    Shapes: `(..., N, D)`, `(..., N, H)` to `(..., D, H)`.
    """
    grad_W: Array = below.mT @ grad_z
    return grad_W


def bias_gradient(grad_z: Array) -> Array:
    """Sum over the samples. Shape: `(..., N, H)` to `(..., H)`."""
    grad_b: Array = grad_z.sum(axis=-2)
    return grad_b


def through_weights(grad_z: Array, W: Array) -> Array:
    """Back through the weights: grad_z times the transpose of W.

    Shapes: `(..., N, K)`, `(..., H, K)` to `(..., N, H)`.
    """
    grad_h: Array = grad_z @ W.mT
    return grad_h


def difference(y: Array, t: Array) -> Array:
    """Subtract the target, y − t: softmax with NLL. Shapes: `(..., N, K)` and `(N, K)`."""
    grad_z: Array = y - t
    return grad_z


def sigmoid_nll_gradient(y: Array, t: Array) -> Array:
    """Derivative of −Σ t · log(sigmoid(z)) by z: −t · (1 − y).

    The derivative of log(sigmoid(z)) is 1 − sigmoid(z). Outputs that are not the true class
    (t = 0) get no gradient at all. Shapes: `(..., N, K)` and `(N, K)`.
    """
    grad_z: Array = -t * (1 - y)
    return grad_z


def summed_nll(t: Array, y: Array) -> Array:
    """Negative log likelihood in nats, −Σ t · log(y). Shapes: two `(..., N, K)` to `(...)`."""
    loss: Array = -(t * log_clipped(y)).sum(axis=(-2, -1))
    return loss


def summed_binary_cross_entropy(t: Array, y: Array) -> Array:
    """−Σ t · log(y) + (1 − t) · log(1 − y), in nats. Shapes: two `(..., N, K)` to `(...)`."""
    loss: Array = -(t * log_clipped(y) + (1 - t) * log_clipped(1 - y)).sum(axis=(-2, -1))
    return loss


def updated(parameter: Array, rate: float, gradient: Array) -> Array:
    """One step down the gradient. Shapes: two `(...)` to the same."""
    new: Array = parameter - rate * gradient
    return new


def network_steps(
    hidden_layers: int = 1,
    *,
    activation: str = "sigmoid",
    output: str = "softmax",
    loss: str = "nll",
) -> tuple[Step, ...]:
    """The right steps of a network, or of softmax regression: 0 hidden layers.

    Args:
        hidden_layers: 0 or more.
        activation: of the hidden layers, a name of `chainrule.nn.activations.ACTIVATIONS`.
        output: "softmax", or "sigmoid", as the published lab has it.
        loss: "nll", or "binary cross-entropy", which belongs to sigmoid outputs. Every pair comes
            with the true derivative of its loss.

    Raises:
        ChainruleError: if a name is unknown, the number of layers is negative, or the loss does
            not go with the output.
    """
    if output not in OUTPUTS:
        raise ChainruleError(f"output must be one of {', '.join(OUTPUTS)}; got {output!r}")
    if loss not in LOSSES:
        raise ChainruleError(f"loss must be one of {', '.join(LOSSES)}; got {loss!r}")
    if loss != "nll" and output != "sigmoid":
        raise ChainruleError(f"{loss} takes each output as a probability of its own: sigmoid")
    chosen = choose("activation", activation, ACTIVATIONS)
    symbol, f, df = chosen.symbol, chosen.function, chosen.derivative
    layers = hidden_layer_names(hidden_layers) if hidden_layers else ()
    around = _neighbours((*layers, "o"))

    forward: list[Step] = []
    for layer in layers:
        forward += [
            _affine_step(layer, *around[layer]),
            Step(layer, (f"z_{layer}",), f, f"{symbol}(z_{layer})", "h", layer, *around[layer]),
        ]
    forward.append(_affine_step("o", *around["o"]))
    squash = softmax if output == "softmax" else sigmoid
    below = around["o"][0]
    forward.append(Step("y", ("z_o",), squash, f"{output}(z_o)", "y", "o", below))

    if loss == "nll":
        measured = Step("loss", ("t", "y"), summed_nll, "-np.sum(t * np.log(y))", "loss")
    else:
        text = "-np.sum(t * np.log(y) + (1 - t) * np.log(1 - y))"
        measured = Step("loss", ("t", "y"), summed_binary_cross_entropy, text, "loss")
    if output == "softmax" or loss != "nll":
        first = Step("grad_z_o", ("y", "t"), difference, "y - t", "grad_y", "o", below)
    else:
        first = Step(
            "grad_z_o", ("y", "t"), sigmoid_nll_gradient, "-t * (1 - y)", "grad_y", "o", below
        )

    backward = [first, *_parameter_steps("o", *around["o"])]
    for layer in reversed(layers):
        above = around[layer][1]
        z, grad_h = f"z_{layer}", f"grad_{layer}"
        backward += [
            Step(
                grad_h,
                (f"grad_z_{above}", f"W_{above}"),
                through_weights,
                f"grad_z_{above} @ W_{above}.T",
                "grad_h",
                layer,
                *around[layer],
            ),
            Step(
                f"grad_{z}",
                (grad_h, z),
                lambda grad, z, df=df: grad * df(z),
                f"{grad_h} * d{symbol}({z})",
                "grad_z",
                layer,
                *around[layer],
            ),
            *_parameter_steps(layer, *around[layer]),
        ]
    updates = [
        Step(
            f"new_{letter}_{layer}",
            (f"{letter}_{layer}", LEARNING_RATE, f"grad_{letter}_{layer}"),
            updated,
            f"{letter}_{layer} - learning_rate * grad_{letter}_{layer}",
            f"new_{letter}",
            layer,
            *around[layer],
        )
        for layer in (*layers, "o")
        for letter in "Wb"
    ]
    return (*forward, measured, *backward, *updates)


def _neighbours(layers: tuple[str, ...]) -> dict[str, tuple[str, str]]:
    """For each layer, what it reads and which layer reads it."""
    below = ("x", *layers[:-1])
    above = (*layers[1:], "")
    return dict(zip(layers, zip(below, above, strict=True), strict=True))


def _affine_step(layer: str, below: str, above: str) -> Step:
    W, b = f"W_{layer}", f"b_{layer}"
    return Step(
        f"z_{layer}", (below, W, b), affine, f"{below} @ {W} + {b}", "z", layer, below, above
    )


def _parameter_steps(layer: str, below: str, above: str) -> tuple[Step, Step]:
    grad_z = f"grad_z_{layer}"
    around = (layer, below, above)
    return (
        Step(
            f"grad_W_{layer}",
            (below, grad_z),
            weight_gradient,
            f"{below}.T @ {grad_z}",
            "grad_W",
            *around,
        ),
        Step(
            f"grad_b_{layer}", (grad_z,), bias_gradient, f"{grad_z}.sum(axis=0)", "grad_b", *around
        ),
    )


def run_steps(steps: Iterable[Step], values: Values) -> Values:
    """Compute the steps in order from the given quantities (x, t and the parameters).

    Shapes: `x` `(N, D)`, `t` `(N, K)`, weights `(..., D, H)`, biases `(..., H)`. Steps of the
    update need `learning_rate` among the quantities; steps whose quantities are not there are
    left out.

    Returns:
        The given quantities and all computed ones, by name.
    """
    values = dict(values)
    for step in steps:
        if all(name in values for name in step.reads):
            values[step.name] = step.formula(*(values[name] for name in step.reads))
    return values
