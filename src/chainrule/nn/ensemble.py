"""Several trained models as one, which predicts the mean of their probabilities."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from chainrule.data.arrays import Array
from chainrule.errors import ChainruleError
from chainrule.nn.classifier import Classifier, Parameters


class Ensemble(Classifier):
    """Models whose probabilities are averaged: y = (y_1 + … + y_M) / M.

    By Jensen's inequality its loss on any sample is at most the mean of the members' losses.
    Source: Hansen and Salamon, Neural network ensembles (1990). Members are trained before, each
    for itself.

    Attributes:
        members: the models, all of the same inputs and classes.

    >>> from chainrule import NeuralNet
    >>> members = [NeuralNet(4, 3, 2, seed=seed) for seed in (0, 1, 2)]
    >>> model = Ensemble(members)
    >>> model
    Ensemble(3 × NeuralNet(4-3-2, sigmoid))
    >>> x = [1.0, 2.0, 3.0, 4.0]
    >>> bool(np.allclose(model.forward(x), np.mean([net.forward(x) for net in members], axis=0)))
    True
    """

    def __init__(self, members: Sequence[Classifier]) -> None:
        """Keep the members; they stay what they are.

        Raises:
            ChainruleError: if there is none, one is an ensemble itself, or their inputs or classes
                differ in number.
        """
        if not members:
            raise ChainruleError("an ensemble has no members; give at least one trained model")
        first = members[0]
        super().__init__(first.input_size, first.output_size)
        for member in members:
            if isinstance(member, Ensemble):
                raise ChainruleError(
                    f"{member!r} is an ensemble itself, and no file keeps one in another; give "
                    "its `members`"
                )
            sizes = (member.input_size, member.output_size)
            if sizes != (first.input_size, first.output_size):
                raise ChainruleError(
                    f"{first!r} and {member!r} cannot be members of one ensemble; give models of "
                    "the same features and classes"
                )
        self.members = tuple(members)
        self.parameter_names = tuple(self.parameters)

    def __repr__(self) -> str:
        names = [repr(member) for member in self.members]
        if len(set(names)) == 1:
            return f"Ensemble({len(names)} × {names[0]})"
        return f"Ensemble({', '.join(names)})"

    @property
    def parameters(self) -> Parameters:
        """Those of all members, by names such as `member1.W_h`.

        Shapes: weights `(fan_in, fan_out)`, biases `(fan_out,)`.
        """
        return {
            f"member{number}.{name}": p
            for number, member in enumerate(self.members, start=1)
            for name, p in member.parameters.items()
        }

    def description(self) -> dict[str, Any]:
        """What a file must hold beside the parameters to make the ensemble again."""
        members = [member.description() for member in self.members]
        return super().description() | {"members": members}

    def logits(self, X: ArrayLike) -> Array:
        """Logarithms of the mean probabilities, whose softmax they are themselves.

        Computed from the members' logarithms, with the largest taken out of the sum, so that no
        probability vanishes. Shape: `(D,)` to `(K,)`, `(N, D)` to `(N, K)`.

        Raises:
            ChainruleError: if `X` does not have D features.
        """
        log_y = np.stack([member.log_probabilities(X) for member in self.members])  # (M, …, K)
        highest = log_y.max(axis=0)
        total: Array = highest + np.log(np.exp(log_y - highest).sum(axis=0))
        return total - math.log(len(self.members))

    def gradients(self, X: ArrayLike, y_true: ArrayLike) -> Parameters:
        """Refused, whatever the shapes of `X` `(N, D)` and the labels `(N,)` are.

        Raises:
            ChainruleError: since an ensemble is not trained as a whole.
        """
        raise ChainruleError(
            f"{self!r} is not trained as a whole; train each of its members, then average them"
        )
