"""The computation of the network as data: a list of named steps, forward and backward.

`chainrule.models` is the same computation as a person would write it; a test holds the two
against each other. Written as data, a single step can be looked at, or replaced by a wrong one.

In shapes, `...` stands for any leading axes: with parameters `(S, D, H)` the same steps compute S
networks side by side.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from chainrule.errors import ChainruleError
from chainrule.functions import ACTIVATIONS, Array, choose, sigmoid, softmax
from chainrule.models import hidden_layer_names

Values = dict[str, Array]
OUTPUTS = ("softmax", "sigmoid")


@dataclass(frozen=True)
class Step:
    """One quantity and how it follows from others.

    Attributes:
        name: of the quantity: z_h, h, z_o, y, grad_z_o, grad_W_o, …
        reads: names of the quantities that the formula takes, in order.
        formula: computes the quantity from arrays; shapes as in `chainrule.models`, after `...`.
        text: the formula as one would write it in NumPy.
        below: the layer that this step's layer reads, where there is one: x, h, h2, …
    """

    name: str
    reads: tuple[str, ...]
    formula: Callable[..., Array]
    text: str
    below: str = ""


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


def network_steps(
    hidden_layers: int = 1, *, activation: str = "sigmoid", output: str = "softmax"
) -> tuple[Step, ...]:
    """The right steps of a network with the negative log likelihood as its loss.

    Args:
        hidden_layers: 1 or more.
        activation: of the hidden layers: "sigmoid", "tanh" or "relu".
        output: "softmax", or "sigmoid", as the published lab has it. Both come with the true
            derivative of their loss.

    Raises:
        ChainruleError: if `output` or `activation` is unknown, or there is no hidden layer.
    """
    if output not in OUTPUTS:
        raise ChainruleError(f"output must be one of {', '.join(OUTPUTS)}; got {output!r}")
    name, f, df = choose("activation", activation, ACTIVATIONS)
    layers = hidden_layer_names(hidden_layers)
    below = dict(zip((*layers, "o"), ("x", *layers), strict=True))

    forward = []
    for layer in layers:
        forward += [
            _affine_step(layer, below[layer]),
            Step(layer, (f"z_{layer}",), f, f"{name}(z_{layer})"),
        ]
    forward.append(_affine_step("o", below["o"]))
    if output == "softmax":
        forward.append(Step("y", ("z_o",), softmax, "softmax(z_o)"))
        first = Step("grad_z_o", ("y", "t"), difference, "y - t")
    else:
        forward.append(Step("y", ("z_o",), sigmoid, "sigmoid(z_o)"))
        first = Step("grad_z_o", ("y", "t"), sigmoid_nll_gradient, "-t * (1 - y)")

    backward = [first, *_parameter_steps("o", below["o"])]
    above = "o"
    for layer in reversed(layers):
        z, grad_h = f"z_{layer}", f"grad_{layer}"
        backward += [
            Step(
                grad_h,
                (f"grad_z_{above}", f"W_{above}"),
                through_weights,
                f"grad_z_{above} @ W_{above}.T",
            ),
            Step(
                f"grad_{z}",
                (grad_h, z),
                lambda grad, z, df=df: grad * df(z),
                f"{grad_h} * d{name}({z})",
            ),
            *_parameter_steps(layer, below[layer]),
        ]
        above = layer
    return (*forward, *backward)


def _affine_step(layer: str, below: str) -> Step:
    W, b = f"W_{layer}", f"b_{layer}"
    return Step(f"z_{layer}", (below, W, b), affine, f"{below} @ {W} + {b}", below)


def _parameter_steps(layer: str, below: str) -> tuple[Step, Step]:
    grad_z = f"grad_z_{layer}"
    return (
        Step(f"grad_W_{layer}", (below, grad_z), weight_gradient, f"{below}.T @ {grad_z}", below),
        Step(f"grad_b_{layer}", (grad_z,), bias_gradient, f"{grad_z}.sum(axis=0)", below),
    )


def run_steps(steps: Iterable[Step], values: Values) -> Values:
    """Compute the steps in order from the given quantities (x, t and the parameters).

    Shapes: `x` `(N, D)`, `t` `(N, K)`, weights `(..., D, H)`, biases `(..., H)`.

    Returns:
        The given quantities and all computed ones, by name.
    """
    values = dict(values)
    for step in steps:
        values[step.name] = step.formula(*(values[name] for name in step.reads))
    return values
