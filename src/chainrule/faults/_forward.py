"""Wrong steps of the forward pass."""

from chainrule.faults._operators import FIRST_OPERAND, UNWRAPPED, calling, reading
from chainrule.faults._wrong import Wrong

FORMULAS: dict[str, tuple[Wrong, ...]] = {
    "forward-no-bias": (Wrong("z", FIRST_OPERAND),),
    "forward-no-hidden-activation": (Wrong("h", UNWRAPPED),),
    "forward-other-layer": (
        Wrong("z", reading("{below}", "x"), only="above hidden", square=True),
        Wrong("h", reading("z_{layer}", "{other_z}")),
        Wrong("y", "{below}", only="above hidden"),
        Wrong("y", reading("z_o", "{other_z}")),
    ),
    "forward-product-order": (Wrong("z", "{below} @ W_{layer}.T + b_{layer}", square=True),),
    "forward-logits": (Wrong("y", UNWRAPPED),),
    "forward-softmax-hidden": (Wrong("h", calling("softmax")),),
    "forward-softmax-twice": (
        Wrong("y", "softmax(softmax(z_o))"),
        Wrong("y", "softmax(sigmoid(z_o))"),
        Wrong("y", "sigmoid(softmax(z_o))"),
        Wrong("y", "sigmoid(sigmoid(z_o))"),
    ),
}
