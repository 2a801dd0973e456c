"""Wrong steps of the forward pass."""

from chainrule.faults._wrong import Wrong
from chainrule.nn.functions import Array, sigmoid, softmax


def _no_bias(below: Array, W: Array) -> Array:
    z: Array = below @ W
    return z


def _itself(z: Array) -> Array:
    return z


FORMULAS: dict[str, tuple[Wrong, ...]] = {
    "forward-no-bias": (Wrong("z", ("{below}", "W_{layer}"), _no_bias, "{below} @ W_{layer}"),),
    "forward-no-hidden-activation": (Wrong("h", ("z_{layer}",), _itself, "z_{layer}"),),
    "forward-logits": (Wrong("y", ("z_o",), _itself, "z_o"),),
    "forward-softmax-hidden": (Wrong("h", ("z_{layer}",), softmax, "softmax(z_{layer})"),),
    "forward-softmax-twice": (
        Wrong("y", ("z_o",), lambda z: softmax(softmax(z)), "softmax(softmax(z_o))"),
        Wrong("y", ("z_o",), lambda z: softmax(sigmoid(z)), "softmax(sigmoid(z_o))"),
        Wrong("y", ("z_o",), lambda z: sigmoid(softmax(z)), "sigmoid(softmax(z_o))"),
        Wrong("y", ("z_o",), lambda z: sigmoid(sigmoid(z)), "sigmoid(sigmoid(z_o))"),
    ),
}
