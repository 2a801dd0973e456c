"""A network that computes step by step, some steps wrongly; otherwise used like `NeuralNet`."""

import copy
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.data.arrays import Array
from chainrule.faults._placing import Computation
from chainrule.faults.steps import FORWARD, LEARNING_RATE, Step, Values, run_steps
from chainrule.nn.classifier import Parameters, Size
from chainrule.nn.functions import log_clipped
from chainrule.nn.models import NeuralNet

if TYPE_CHECKING:
    from chainrule.nn.init import Seed

TIE = 1e-12  # nats; far below what any loss is reported with


class FaultyNet(NeuralNet):
    """A network with some steps of its forward pass, backward pass or update computed wrongly.

    Shapes as in `NeuralNet`: samples `(D,)` or `(N, D)`, weights `(fan_in, fan_out)`. Several
    networks may stand `side_by_side`; what is computed then has their number S as its first axis.
    Where the forward pass is wrong, outputs need not be probabilities; their logarithms are then
    taken after clipping, as in `nll`, and the largest output is the predicted class.

    Attributes:
        computation: the steps, and which of them are wrong.

    >>> from chainrule.faults import place
    >>> net = FaultyNet(64, 32, 10, place(["grad-preactivation"], (64, 32, 10)), seed=0)
    >>> net
    FaultyNet(64-32-10, sigmoid, grad-preactivation)
    >>> right = NeuralNet(64, 32, 10, seed=0)
    >>> X, y = np.ones((1, 64)), [3]
    >>> bool(np.allclose(net.forward(X), right.forward(X)))
    True
    >>> bool(np.allclose(net.grad_loss(X, y)["W_o"], right.grad_loss(X, y)["W_o"]))
    False
    """

    def __init__(
        self,
        input_size: Size,
        hidden_size: Size | Sequence[Size],
        output_size: Size,
        computation: Computation,
        *,
        init: str = "uniform",
        seed: "Seed" = None,
    ) -> None:
        """Draw the first weights.

        Args:
            input_size: D, the number of features.
            hidden_size: H, the number of hidden units; a sequence for several hidden layers.
            output_size: K, the number of classes.
            computation: from `place`, for a network of these sizes.
            init: as in `NeuralNet`.
            seed: as in `NeuralNet`.

        Raises:
            ChainruleError: as `NeuralNet` does.
        """
        activation = computation.activation
        super().__init__(
            input_size, hidden_size, output_size, activation=activation, init=init, seed=seed
        )
        self.computation = computation
        steps = computation.steps
        self._forward_steps = [step for step in steps if step.kind in FORWARD]
        self._backward_steps = [step for step in steps if step.kind.startswith("grad")]
        wrong = {placed.step.name for placed in computation.mistakes}
        self._wrong_updates = [s for s in steps if s.kind.startswith("new") and s.name in wrong]

    @classmethod
    def side_by_side(cls, nets: Sequence["FaultyNet"]) -> "FaultyNet":
        """Networks of the same sizes and steps as one, trained all at once.

        Shapes: parameters `(S, D, H)` and `(S, H)`, outputs `(S, N, K)`, losses and predictions
        `(S, N)`, for S networks.
        """
        together = copy.copy(nets[0])
        for name in together.parameter_names:
            setattr(together, name, np.stack([getattr(net, name) for net in nets]))
        return together

    @property
    def _is_stacked(self) -> bool:
        return self.W_o.ndim > 2

    def _run(self, steps: Iterable[Step], values: Values) -> Values:
        """Compute steps that may leave the finite numbers, as wrong formulas are free to do."""
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            return run_steps(steps, values, stacked=self._is_stacked)

    def __repr__(self) -> str:
        sizes = "-".join(map(str, (self.input_size, *self.hidden_sizes, self.output_size)))
        output = ", sigmoid output" if self.computation.output == "sigmoid" else ""
        faults = ", ".join(self.computation.faults)
        return f"FaultyNet({sizes}, {self.activation.name}{output}, {faults})"

    @property
    def wrong_steps(self) -> list[dict[str, str]]:
        """The mistakes in words, as `Computation.described` gives them."""
        return self.computation.described()

    def description(self) -> dict[str, Any]:
        """What a file must hold beside the parameters to make the network again."""
        return super().description() | {"computation": self.computation.to_dict()}

    def forward_trace(self, X: ArrayLike) -> dict[str, Array]:
        """Every quantity of the forward pass, x, z_h, h, …, z_o, y, as it is computed here.

        Shapes: as in `NeuralNet`, from `X` `(D,)` or `(N, D)`.

        Raises:
            ChainruleError: if `X` does not have D features.
        """
        x = self._samples(X)
        values = self._run(self._forward_steps, {"x": np.atleast_2d(x), **self.parameters})
        names = ["x", *(step.name for step in self._forward_steps)]
        return {name: values[name] if x.ndim == 2 else values[name][..., 0, :] for name in names}

    def _hidden_trace(self, X: ArrayLike) -> dict[str, Array]:
        return self.forward_trace(X)

    def forward(self, X: ArrayLike) -> Array:
        """Outputs y. Shape: `(D,)` to `(K,)`, `(N, D)` to `(N, K)`.

        Raises:
            ChainruleError: if `X` does not have D features.
        """
        return self.forward_trace(X)["y"]

    def forward_output(self, H: ArrayLike) -> Array:
        """Outputs y from the activation of the last hidden layer.

        Shape: `(H,)` to `(K,)`, `(N, H)` to `(N, K)`.

        Raises:
            ChainruleError: if `H` does not have as many units as the last hidden layer.
        """
        super().forward_output(H)  # refuses what does not fit
        h = np.asarray(H)
        last = [step for step in self._forward_steps if step.layer == "o"]
        inputs = {self.hidden_layers[-1]: np.atleast_2d(h), **self.parameters}
        y: Array = self._run(last, inputs)["y"]
        return y if h.ndim == 2 else y[..., 0, :]

    def logits(self, X: ArrayLike) -> Array:
        """Pre-activations z_o. Shape: `(D,)` to `(K,)`, `(N, D)` to `(N, K)`.

        Raises:
            ChainruleError: if `X` does not have D features.
        """
        return self.forward_trace(X)["z_o"]

    def log_probabilities(self, X: ArrayLike) -> Array:
        """Logarithms of y in nats, clipped as in `nll`; the largest output stays the largest.

        Shape: `(D,)` to `(K,)`, `(N, D)` to `(N, K)`.

        Raises:
            ChainruleError: if `X` does not have D features.
        """
        y = self.forward(X)
        log_y = log_clipped(y)
        best = y.argmax(axis=-1, keepdims=True)
        # Outputs beyond 0 and 1 are equal once clipped, and the first would count as predicted.
        hidden = log_y.argmax(axis=-1, keepdims=True) != best
        raised = np.take_along_axis(log_y, best, axis=-1) + TIE * hidden
        np.put_along_axis(log_y, best, raised, axis=-1)
        return log_y

    def predict(self, X: ArrayLike) -> np.int64 | NDArray[np.int64]:
        """The class with the largest output. Shape: `(D,)` to `()`, `(N, D)` to `(N,)`.

        Raises:
            ChainruleError: if `X` does not have D features.
        """
        predicted: np.int64 | NDArray[np.int64] = self.forward(X).argmax(axis=-1)
        return predicted

    def grad_loss(self, X: ArrayLike, y_true: ArrayLike) -> Parameters:
        """What the backward steps give, and what a wrong update makes of it, by parameter name.

        A step of training subtracts learning_rate times this. Of more samples than a batch of
        training has, it is the sum over batches: some mistakes depend on the size of a batch.

        Shapes: `X` `(D,)` or `(N, D)`; `y_true` labels `()` or `(N,)`, or one-hot rows `(K,)` or
        `(N, K)`; weights `(fan_in, fan_out)`, biases `(fan_out,)`.

        Raises:
            ChainruleError: if the shapes do not fit or a label is not a class.
        """
        x, t = self._batch(X, y_true)
        size = len(x) if self._adds_up else self.computation.batch_size
        totals = self._gradients(x[:size], t[:size], self.parameters)
        for start in range(size, len(x), size):
            batch = slice(start, start + size)
            more = self._gradients(x[batch], t[batch], self.parameters)
            totals = {name: total + more[name] for name, total in totals.items()}
        return totals

    def _gradients(self, x: Array, t: Array, parameters: Parameters) -> Parameters:
        rate, n = self.computation.learning_rate, len(x)
        # A step of training takes the mean over the batch: learning_rate / n times the sum.
        inputs: Values = {"x": x, "t": t, LEARNING_RATE: rate / n, **parameters}
        values = self._run([*self._forward_steps, *self._backward_steps], inputs)
        gradients = {name: values[f"grad_{name}"] for name in parameters}
        for step in self._wrong_updates:
            name = step.name.removeprefix("new_")
            mean = {f"grad_{name}": gradients[name] / n, LEARNING_RATE: rate}
            new = step.formula(*((values | mean)[read] for read in step.reads))
            gradients[name] = n * (parameters[name] - new) / rate
        return {
            name: gradient
            if gradient.shape == parameter.shape
            else np.broadcast_to(gradient, parameter.shape)
            for (name, parameter), gradient in zip(
                parameters.items(), gradients.values(), strict=True
            )
        }

    @cached_property
    def _adds_up(self) -> bool:
        """Whether a gradient of many samples at once is the sum over batches: it is faster."""
        n, rng = self.computation.batch_size, np.random.default_rng(0)
        x = rng.normal(size=(2 * n, self.input_size))
        t = np.eye(self.output_size)[rng.integers(self.output_size, size=2 * n)]
        parameters: Parameters = {
            name: rng.normal(scale=p.shape[-2 if p.ndim > 1 else -1] ** -0.5, size=p.shape)
            for name, p in self.parameters.items()
        }
        one, other = (self._gradients(x[i : i + n], t[i : i + n], parameters) for i in (0, n))
        try:
            both = self._gradients(x, t, parameters)
        except ValueError:  # sizes that fit for one batch only
            return False
        return all(np.allclose(both[name], one[name] + other[name]) for name in both)
