"""Wrong steps of the backward pass and of the update.

The right ones are those of `steps.py`: grad_z_o = y - t, grad_W = below.T @ grad_z,
grad_b = grad_z.sum(axis=0), grad_h = grad_z_above @ W_above.T, grad_z = grad_h * dsigmoid(z),
new_W = W - learning_rate * grad_W.
"""

import numpy as np

from chainrule.faults._operators import (
    ASCENDING,
    ELEMENTWISE,
    FIRST_OPERAND,
    NEGATED,
    NOT_TRANSPOSED,
    TRANSPOSED,
    UNWRAPPED,
    reading,
    reduced,
    row,
    scaled,
    then,
    without,
)
from chainrule.faults._wrong import Wrong
from chainrule.faults.steps import Step
from chainrule.nn.activations import ACTIVATIONS

OUTPUT_OF_NLL_ALONE = "-t * (1 - y)"


def _slope_differs_at_activation(right: Step) -> bool:
    """Whether the derivative at h = f(z) is another than at z: for ReLU it is the same."""
    z = np.linspace(-3, 3, 31)
    return any(
        not np.allclose(f.derivative(f.function(z)), f.derivative(z))
        for f in ACTIVATIONS.values()
        if f"d{f.symbol}(" in right.text
    )


FORMULAS: dict[str, tuple[Wrong, ...]] = {
    "grad-output-mismatch": (Wrong("grad_y", "y - t", needs=OUTPUT_OF_NLL_ALONE),),
    "grad-output-sign": (
        Wrong("grad_y", NEGATED),
        Wrong("grad_y", "t - y", needs=OUTPUT_OF_NLL_ALONE),
        Wrong("grad_y", "np.abs(y - t)", needs="y - t"),
        Wrong("grad_y", "(y - t) ** 2", needs="y - t"),
    ),
    "grad-output-no-derivative": (Wrong("grad_y", "-t / y"),),
    "grad-output-sigmoid-factor": (
        Wrong("grad_y", "(y - t) * y * (1 - y)"),
        Wrong("grad_y", "(y - t) * dsigmoid(z_o)"),
        Wrong("grad_y", "(y - t) * dsigmoid(y)"),
    ),
    "grad-preactivation": (Wrong("grad_W", reading("{below}", "z_{below}"), only="above hidden"),),
    "grad-inputs-swapped": (
        Wrong("grad_W", reading("{below}", "{other}")),
        Wrong("grad_W", reading("{below}", "{other_z}")),
    ),
    "grad-transposed": (
        Wrong("grad_W", TRANSPOSED),
        Wrong("grad_W", NOT_TRANSPOSED, square=True),
    ),
    "grad-elementwise": (
        Wrong("grad_W", then(NOT_TRANSPOSED, ELEMENTWISE), square=True),
        Wrong("grad_W", ELEMENTWISE, square=True),
        Wrong("grad_h", ELEMENTWISE, square=True),
        Wrong("grad_h", then(NOT_TRANSPOSED, ELEMENTWISE), square=True),
    ),
    "grad-bias-not-summed": (
        Wrong("grad_b", UNWRAPPED),
        Wrong("grad_b", row(0)),
        Wrong("grad_b", row(-1)),
        Wrong("grad_b", reduced("sum", axis=1)),
        Wrong("grad_b", reduced("mean", axis=1)),
        Wrong("grad_b", reduced("sum")),
        Wrong("grad_b", reduced("mean")),
    ),
    "grad-batch-scale": (
        Wrong("grad_W", scaled("/ len(X)")),
        Wrong("grad_W", scaled("* len(X)")),
        Wrong("grad_b", reduced("mean", axis=0)),
        Wrong("grad_b", scaled("* len(X)")),
        Wrong("grad_y", scaled("/ len(X)")),
        Wrong("grad_y", scaled("* len(X)")),
        Wrong("grad_y", scaled("/ n_classes"), needs="y - t"),
    ),
    "grad-missing-parameter": (
        Wrong("grad_W", "np.zeros_like(W_{layer})"),
        Wrong("grad_b", "np.zeros_like(b_{layer})"),
    ),
    "grad-hidden-weights-not-transposed": (Wrong("grad_h", NOT_TRANSPOSED, square=True),),
    "grad-hidden-stale-or-updated-weights": (
        Wrong("grad_h", reading("W_{above}", "W_{above} - learning_rate * grad_W_{above}")),
    ),
    "grad-hidden-no-derivative": (
        Wrong("grad_z", FIRST_OPERAND),
        Wrong("grad_h", reading("grad_z_{above}", "grad_{above}"), only="below hidden"),
    ),
    "grad-hidden-derivative-at-activation": (
        Wrong("grad_z", reading("z_{layer}", "{layer}"), needs=_slope_differs_at_activation),
    ),
    "grad-hidden-derivative-at-output": (
        Wrong("grad_z", "(grad_z_{above} * dsigmoid(z_{above})) @ W_{above}.T"),
        Wrong("grad_z", "(grad_z_{above} * y * (1 - y)) @ W_{above}.T", only="below output"),
        Wrong("grad_z", "(grad_z_{above} * dsigmoid(y)) @ W_{above}.T", only="below output"),
        Wrong("grad_z", reading("z_{layer}", "{other_z}"), square=True),
        Wrong("grad_z", "grad_{layer} * y * (1 - y)", square=True),
        Wrong("grad_z", "grad_{layer} * dsigmoid(y)", square=True),
        Wrong("grad_z", "grad_{layer} * {other_h} * (1 - {other_h})", square=True),
    ),
    "train-sign": (
        Wrong("new_W", ASCENDING, everywhere=True),
        Wrong("new_b", ASCENDING, everywhere=True),
    ),
    "train-missing-parameter": (Wrong("new_W", FIRST_OPERAND), Wrong("new_b", FIRST_OPERAND)),
    "train-learning-rate": (
        Wrong("new_W", without("learning_rate"), everywhere=True),
        Wrong("new_b", without("learning_rate"), everywhere=True),
        Wrong("new_W", "W_{layer} - learning_rate**2 * grad_W_{layer}", everywhere=True),
        Wrong("new_b", "b_{layer} - learning_rate**2 * grad_b_{layer}", everywhere=True),
    ),
}
