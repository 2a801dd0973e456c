"""The computation of the network as data: a list of named steps, forward, loss, backward, update.

`chainrule.nn.models` is the same computation as a person would write it; a test holds the two
against each other. Written as data, a single step can be looked at, or replaced by a wrong one.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from chainrule.errors import ChainruleError, choose
from chainrule.faults._text import compiled_stack, compiled_step, divided, reads
from chainrule.nn.activations import ACTIVATIONS
from chainrule.nn.models import hidden_layer_names

Values = dict[str, Any]
OUTPUTS = ("softmax", "sigmoid")
LOSSES = ("nll", "binary cross-entropy")
# What the loss of all samples is divided by, where it is no sum.
REDUCTIONS = {"sum": "", "mean": "len(X)", "entries": "(len(X) * n_classes)"}
LEARNING_RATE = "learning_rate"
FORWARD = ("z", "h", "y")  # kinds of the steps of the forward pass


@dataclass(frozen=True)
class Step:
    """One quantity and how it follows from others.

    Attributes:
        name: of the quantity: z_h, h, z_o, y, loss, grad_z_o, grad_W_o, …, new_W_o, …
        text: the formula as one would write it in NumPy, which is what is computed.
        kind: what the same step is called in every layer: z, h, y, loss, grad_y for the first of
            the backward pass, grad_W, grad_b, grad_h, grad_z, new_W, new_b.
        layer: the layer that it belongs to: h, h2, …, o.
        below: what this layer reads: x, h, h2, …
        above: the layer that reads this one, "" for the output layer.
        divisor: what the text divides by last because the loss does, "" if by nothing.

    >>> import numpy as np
    >>> step = Step("grad_W_o", "h.T @ grad_z_o", "grad_W", below="h")
    >>> step.reads
    ('h', 'grad_z_o')
    >>> step.formula(np.array([[1.0, 2.0]]), np.array([[0.5, -0.5]]))
    array([[ 0.5, -0.5],
           [ 1. , -1. ]])
    """

    name: str
    text: str
    kind: str
    layer: str = "o"
    below: str = "x"
    above: str = ""
    divisor: str = ""

    @cached_property
    def reads(self) -> tuple[str, ...]:
        """Names of the quantities that the formula takes, in the order in which they stand."""
        return reads(self.text)

    @cached_property
    def formula(self) -> Callable[..., Any]:
        """Computes the quantity from those that it reads.

        Shapes: as in `chainrule.nn.models`.
        """
        return compiled_step(self.text)

    @cached_property
    def stacked_formula(self) -> Callable[..., Any]:
        """The same for S networks side by side: parameters `(S, D, H)`, biases `(S, H)`.

        Raises:
            ChainruleError: if the formula holds what has no meaning for several networks.
        """
        return compiled_stack(self.text)


def network_steps(
    hidden_layers: int = 1,
    *,
    activation: str = "sigmoid",
    output: str = "softmax",
    loss: str = "nll",
    reduction: str = "sum",
) -> tuple[Step, ...]:
    """The right steps of a network, or of softmax regression: 0 hidden layers.

    Args:
        hidden_layers: 0 or more.
        activation: of the hidden layers, a name of `chainrule.nn.activations.ACTIVATIONS`.
        output: "softmax", or "sigmoid", as the published lab has it.
        loss: "nll", or "binary cross-entropy", which belongs to sigmoid outputs. Every pair comes
            with the true derivative of its loss.
        reduction: "sum" over the samples, "mean" of them, or of all "entries" of the outputs.

    Raises:
        ChainruleError: if a name is unknown, the number of layers is negative, or the loss does
            not go with the output.

    >>> for step in network_steps(activation="tanh")[:4]:
    ...     print(step.name, "=", step.text)
    z_h = x @ W_h + b_h
    h = tanh(z_h)
    z_o = h @ W_o + b_o
    y = softmax(z_o)
    """
    choose("output", output, dict.fromkeys(OUTPUTS))
    choose("loss", loss, dict.fromkeys(LOSSES))
    if loss != "nll" and output != "sigmoid":
        raise ChainruleError(f"{loss} takes each output as a probability of its own: sigmoid")
    divisor = choose("reduction", reduction, REDUCTIONS)
    symbol = choose("activation", activation, ACTIVATIONS).symbol
    layers = hidden_layer_names(hidden_layers) if hidden_layers else ()
    around = _neighbours((*layers, "o"))

    forward: list[Step] = []
    for layer in layers:
        forward += [
            _affine_step(layer, *around[layer]),
            Step(layer, f"{symbol}(z_{layer})", "h", layer, *around[layer]),
        ]
    forward.append(_affine_step("o", *around["o"]))
    below = around["o"][0]
    forward.append(Step("y", f"{output}(z_o)", "y", "o", below))
    if loss == "nll":
        measured = _divided(Step("loss", "-np.sum(t * np.log(y))", "loss"), divisor)
    else:
        total = "-np.sum(t * np.log(y) + (1 - t) * np.log(1 - y))"
        measured = _divided(Step("loss", total, "loss"), divisor)
    # Of softmax with NLL, and of sigmoid with binary cross-entropy, all cancels but y − t. The
    # derivative of log(sigmoid(z)) is 1 − sigmoid(z): with NLL alone, outputs that are not the
    # true class get no gradient at all.
    cancels = output == "softmax" or loss != "nll"
    first = Step("grad_z_o", "y - t" if cancels else "-t * (1 - y)", "grad_y", "o", below)

    backward = [_divided(first, divisor), *_parameter_steps("o", *around["o"])]
    for layer in reversed(layers):
        above = around[layer][1]
        grad_h = f"grad_{layer}"
        through, slope = f"grad_z_{above} @ W_{above}.T", f"{grad_h} * d{symbol}(z_{layer})"
        backward += [
            Step(grad_h, through, "grad_h", layer, *around[layer]),
            Step(f"grad_z_{layer}", slope, "grad_z", layer, *around[layer]),
            *_parameter_steps(layer, *around[layer]),
        ]
    updates = [
        Step(
            f"new_{letter}_{layer}",
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


def _divided(step: Step, divisor: str) -> Step:
    if not divisor:
        return step
    return replace(step, text=divided(step.text, divisor), divisor=divisor)


def _affine_step(layer: str, below: str, above: str) -> Step:
    return Step(f"z_{layer}", f"{below} @ W_{layer} + b_{layer}", "z", layer, below, above)


def _parameter_steps(layer: str, below: str, above: str) -> tuple[Step, Step]:
    grad_z, around = f"grad_z_{layer}", (layer, below, above)
    return (
        Step(f"grad_W_{layer}", f"{below}.T @ {grad_z}", "grad_W", *around),
        Step(f"grad_b_{layer}", f"{grad_z}.sum(axis=0)", "grad_b", *around),
    )


def run_steps(steps: Iterable[Step], values: Values, *, stacked: bool = False) -> Values:
    """Compute the steps in order from the given quantities (x, t and the parameters).

    Shapes: `x` `(N, D)`, `t` `(N, K)`, weights `(D, H)`, biases `(H,)`. Steps of the update need
    `learning_rate` among the quantities; steps whose quantities are not there are left out.

    Args:
        steps: what to compute.
        values: the quantities that are known, by name.
        stacked: whether weights are `(S, D, H)` and biases `(S, H)`, of S networks side by side.

    Returns:
        The given quantities and all computed ones, by name.

    Raises:
        ChainruleError: if a step has no meaning for several networks at once.

    >>> import numpy as np
    >>> steps = [Step("z_o", "x @ W_o + b_o", "z"), Step("grad_b_o", "grad_z_o.sum(axis=0)", "b")]
    >>> run_steps(steps, {"x": np.ones((2, 3)), "W_o": np.eye(3), "b_o": np.arange(3.0)})["z_o"]
    array([[1., 2., 3.],
           [1., 2., 3.]])
    """
    values = dict(values)
    for step in steps:
        reads = step.reads
        if all(map(values.__contains__, reads)):
            formula = step.stacked_formula if stacked else step.formula
            values[step.name] = formula(*[values[name] for name in reads])
    return values
