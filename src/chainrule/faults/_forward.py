"""Wrong steps of the forward pass."""

from chainrule.faults._operators import FIRST_OPERAND, UNWRAPPED, calling
from chainrule.faults._wrong import Wrong

FORMULAS: dict[str, tuple[Wrong, ...]] = {
    "forward-no-bias": (Wrong("z", FIRST_OPERAND),),
    "forward-no-hidden-activation": (Wrong("h", UNWRAPPED),),
    "forward-logits": (Wrong("y", UNWRAPPED),),
    "forward-softmax-hidden": (Wrong("h", calling("softmax")),),
    "forward-softmax-twice": (
        Wrong("y", "softmax(softmax(z_o))"),
        Wrong("y", "softmax(sigmoid(z_o))"),
        Wrong("y", "sigmoid(softmax(z_o))"),
        Wrong("y", "sigmoid(sigmoid(z_o))"),
    ),
}
