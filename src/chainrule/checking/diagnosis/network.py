"""What is known of a learner's class as a network."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Network:
    """A class that computes a network, as far as its steps can be named.

    Attributes:
        hidden_layers: how many it has.
        activation: of them.
        output: "softmax" or "sigmoid".
        loss: "nll" or "binary cross-entropy".
        parameters: what the learner calls W_h, b_h, …, W_o, b_o.
    """

    hidden_layers: int
    activation: str = "sigmoid"
    output: str = "softmax"
    loss: str = "nll"
    parameters: Mapping[str, str] = field(default_factory=dict)


def in_own_names(text: str, parameters: Mapping[str, str]) -> str:
    """A formula with the learner's names of the parameters: x @ W1 for x @ W_h."""
    for name, own in parameters.items():
        text = re.sub(rf"\b{name}\b", own, text)
    if all(
        name.endswith("_o") for name in parameters
    ):  # with one layer, nobody says of which z is
        text = re.sub(r"\b(grad_)?z_o\b", r"\1z", text)
    return text
