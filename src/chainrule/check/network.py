"""A network that computes by a list of steps, right or wrong, and can be trained."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.check.steps import Step, Values, run_steps
from chainrule.functions import Array, log_clipped, one_hot


class StepNetwork:
    """One network, or several of the same sizes side by side, as `chainrule.training` takes them.

    Attributes:
        parameters: by name: weights `(..., D, H)`, biases `(..., H)`, where `...` is nothing, or
            `S` for S networks side by side.
        output_size: K.
    """

    def __init__(self, steps: Iterable[Step], parameters: Values) -> None:
        steps = tuple(steps)
        n_forward = next(i for i, step in enumerate(steps) if step.name == "y") + 1
        self.forward_steps, self.backward_steps = steps[:n_forward], steps[n_forward:]
        self.parameters = parameters
        self.output_size = parameters["b_o"].shape[-1]

    def __repr__(self) -> str:
        return f"StepNetwork({', '.join(f'{k}{v.shape}' for k, v in self.parameters.items())})"

    def _forward(self, X: ArrayLike) -> Values:
        return run_steps(self.forward_steps, {"x": np.asarray(X), **self.parameters})

    def forward(self, X: ArrayLike) -> Array:
        """Outputs y. Shape: `(N, D)` to `(..., N, K)`."""
        return self._forward(X)["y"]

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
        values = run_steps(self.backward_steps, self._forward(X) | {"t": np.asarray(y_true)})
        return {name: values[f"grad_{name}"] for name in self.parameters}
