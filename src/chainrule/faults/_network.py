"""A network that computes by a list of steps, right or wrong, and can be trained."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.faults.steps import LEARNING_RATE, Step, Values, run_steps
from chainrule.nn.functions import Array, log_clipped, one_hot


class StepNetwork:
    """One network, or several of the same sizes side by side, as `chainrule.training` takes them.

    Attributes:
        parameters: by name: weights `(..., D, H)`, biases `(..., H)`, where `...` is nothing, or
            `S` for S networks side by side.
        output_size: K.
    """

    def __init__(
        self, steps: Iterable[Step], parameters: Values, learning_rate: float | None = None
    ) -> None:
        """Take up the steps.

        Args:
            steps: as `chainrule.faults.network_steps` gives them, right or wrong.
            parameters: by name.
            learning_rate: if given, gradients are what the steps of the update make of them:
                (W − new W) / learning_rate.
        """
        steps = tuple(steps)
        n_forward = next(i for i, step in enumerate(steps) if step.name == "y") + 1
        self.forward_steps = steps[:n_forward]
        self.backward_steps = [step for step in steps[n_forward:] if step.kind != "loss"]
        self.parameters = parameters
        self._rate = learning_rate
        self.output_size = parameters["b_o"].shape[-1]

    def __repr__(self) -> str:
        return f"StepNetwork({', '.join(f'{k}{v.shape}' for k, v in self.parameters.items())})"

    def _forward(self, X: ArrayLike) -> Values:
        return run_steps(self.forward_steps, {"x": np.asarray(X), **self.parameters})

    def forward(self, X: ArrayLike) -> Array:
        """Outputs y. Shape: `(N, D)` to `(..., N, K)`."""
        y: Array = self._forward(X)["y"]
        return y

    def log_probabilities(self, X: ArrayLike) -> Array:
        """Logarithms of y in nats, clipped as in `nll`. Shape: `(N, D)` to `(..., N, K)`."""
        return log_clipped(self.forward(X))

    def losses(self, X: ArrayLike, y: ArrayLike) -> Array:
        """Negative log likelihood in nats of labels `(N,)`. Shape: `(N, D)` to `(..., N)`."""
        t = one_hot(self.output_size, y)
        losses: Array = -(t * self.log_probabilities(X)).sum(axis=-1)
        return losses

    def predict(self, X: ArrayLike) -> NDArray[np.int64]:
        """Classes with the largest output. Shape: `(N, D)` to `(..., N)`."""
        predicted: NDArray[np.int64] = self.forward(X).argmax(axis=-1)
        return predicted

    def gradients(self, X: ArrayLike, y_true: ArrayLike) -> dict[str, Any]:
        """What the backward steps say, by parameter name, shaped like the parameters.

        Shapes: `X` `(N, D)`, one-hot `y_true` `(N, K)`.
        """
        known = self._forward(X) | {"t": np.asarray(y_true)}
        if self._rate is None:
            values = run_steps(self.backward_steps, known)
            return {name: values[f"grad_{name}"] for name in self.parameters}
        values = run_steps(self.backward_steps, known | {LEARNING_RATE: self._rate})
        return {
            name: (parameter - values[f"new_{name}"]) / self._rate
            for name, parameter in self.parameters.items()
        }
