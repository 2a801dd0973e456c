"""The lab's two models, forward and backward written by hand.

Everywhere in this file samples are the first axis:

    N  samples in the batch      D  inputs (features)
    H  units of a hidden layer   K  outputs (classes)

`x` is the input, `t` the one-hot target, `z` a pre-activation, `h` a hidden activation, `y` the
predicted probabilities, and `grad_q` the derivative of the summed loss by the quantity `q`, which
always has the shape of `q`.

The loss is a **sum** over samples, and so are its gradients; one step of training divides by the
number of samples in its batch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.errors import ChainruleError
from chainrule.functions import (
    ACTIVATIONS,
    Array,
    Reduction,
    as_floats,
    choose,
    integer_labels,
    log_softmax,
    one_hot,
    reduce_loss,
    softmax,
)

Parameters = dict[str, Array]
Size = int | np.integer[Any]
if TYPE_CHECKING:  # numpy.random is not loaded until a model is made
    Seed = int | np.random.Generator | None


def uniform(rng: np.random.Generator, fan_in: int, fan_out: int) -> tuple[Array, Array]:
    """Weights and biases uniform in [−0.1, 0.1], as in the lab.

    Shapes: weights `(fan_in, fan_out)`, biases `(fan_out,)`.
    """
    return rng.uniform(-0.1, 0.1, (fan_in, fan_out)), rng.uniform(-0.1, 0.1, fan_out)


def glorot(rng: np.random.Generator, fan_in: int, fan_out: int) -> tuple[Array, Array]:
    """Weights uniform within ±√(6 / (fan_in + fan_out)), biases zero.

    Keeps the variance of signals and gradients alike from layer to layer. Source: Glorot and
    Bengio, Understanding the difficulty of training deep feedforward networks (2010), equation 16.

    Shapes: weights `(fan_in, fan_out)`, biases `(fan_out,)`.
    """
    limit = np.sqrt(6 / (fan_in + fan_out))
    return rng.uniform(-limit, limit, (fan_in, fan_out)), np.zeros(fan_out)


def he(rng: np.random.Generator, fan_in: int, fan_out: int) -> tuple[Array, Array]:
    """Weights normal with deviation √(2 / fan_in), biases zero; made for ReLU.

    Source: He, Zhang, Ren and Sun, Delving deep into rectifiers (2015), equation 10.

    Shapes: weights `(fan_in, fan_out)`, biases `(fan_out,)`.
    """
    return rng.normal(0, np.sqrt(2 / fan_in), (fan_in, fan_out)), np.zeros(fan_out)


def zeros(rng: np.random.Generator, fan_in: int, fan_out: int) -> tuple[Array, Array]:
    """All zero: fine for softmax regression; in a hidden layer all units stay each other's copies.

    Shapes: weights `(fan_in, fan_out)`, biases `(fan_out,)`.
    """
    return np.zeros((fan_in, fan_out)), np.zeros(fan_out)


INITIALISATIONS: dict[str, Callable[[np.random.Generator, int, int], tuple[Array, Array]]] = {
    "uniform": uniform,
    "glorot": glorot,
    "he": he,
    "zeros": zeros,
}


def hidden_layer_names(n_layers: int) -> tuple[str, ...]:
    """Names of the hidden layers from the input on: h, h2, h3 and so on.

    Raises:
        ChainruleError: if there is none.
    """
    if n_layers < 1:
        raise ChainruleError(f"the number of hidden layers must be 1 or more; got {n_layers}")
    return ("h", *(f"h{i}" for i in range(2, n_layers + 1)))


class Classifier:
    """What the two models share: a softmax over logits, and the loss that belongs to it.

    A model says which parameters it has, computes `logits`, and derives its `gradients`.
    """

    parameter_names: tuple[str, ...]

    def __init__(self, input_size: Size, output_size: Size) -> None:
        self.input_size = _size("input_size", input_size)
        self.output_size = _size("output_size", output_size)

    @property
    def parameters(self) -> Parameters:
        """The parameters by name, in order from input to output; changing one changes the model.

        Shapes: weights `(fan_in, fan_out)`, biases `(fan_out,)`.
        """
        return {name: getattr(self, name) for name in self.parameter_names}

    def logits(self, X: ArrayLike) -> Array:
        """Pre-activations z_o of the output layer.

        Shape: `(D,)` to `(K,)`, `(N, D)` to `(N, K)`.

        Raises:
            ChainruleError: if `X` does not have D features.
        """
        raise NotImplementedError

    def gradients(self, X: ArrayLike, y_true: ArrayLike) -> Parameters:
        """Derivatives of the summed loss, by parameter name, each shaped like its parameter.

        Shapes: `X` is `(D,)` or `(N, D)`; `y_true` holds labels, `()` or `(N,)`, or one-hot rows,
        `(K,)` or `(N, K)`. Gradients have the shapes of their parameters.

        Raises:
            ChainruleError: if the shapes do not fit or a label is not a class.
        """
        raise NotImplementedError

    def forward(self, X: ArrayLike) -> Array:
        """Predicted probabilities y of the classes.

        Shape: `(D,)` to `(K,)`, `(N, D)` to `(N, K)`; each row sums to 1.

        Raises:
            ChainruleError: if `X` does not have D features.
        """
        return softmax(self.logits(X))

    def log_probabilities(self, X: ArrayLike) -> Array:
        """Logarithms of the predicted probabilities, in nats, exact also where those vanish.

        Shape: `(D,)` to `(K,)`, `(N, D)` to `(N, K)`.

        Raises:
            ChainruleError: if `X` does not have D features.
        """
        return log_softmax(self.logits(X))

    def losses(self, X: ArrayLike, y: ArrayLike) -> Array:
        """Negative log likelihood of each sample, in nats.

        Taken from the logits, −Σ t · log_softmax(z_o): exact where the probability itself would
        vanish, so that y − t is its derivative everywhere.

        Shapes: `X` `(D,)` with a label gives `()`; `X` `(N, D)` with labels `(N,)` gives `(N,)`.
        `y` may be one-hot, `(K,)` or `(N, K)`.

        Raises:
            ChainruleError: if the shapes do not fit or a label is not a class.
        """
        x, t = self._batch(X, y)
        losses: Array = -(t * self.log_probabilities(x)).sum(axis=1)
        return losses if np.ndim(X) == 2 else losses[0]

    def loss(self, X: ArrayLike, y: ArrayLike, reduction: Reduction = "sum") -> float:
        """Negative log likelihood in nats, the sum over samples; `reduction="mean"` on request.

        Shapes: `X` `(D,)` or `(N, D)`; `y` labels `()` or `(N,)`, or one-hot `(K,)` or `(N, K)`.

        Raises:
            ChainruleError: if the shapes do not fit, a label is not a class, or the mean of no
                samples is asked.
        """
        return reduce_loss(self.losses(X, y), reduction)

    def train(self, x: ArrayLike, y: ArrayLike, learning_rate: float) -> None:
        """Take one step of gradient descent on one sample, or on the mean loss of a batch.

        Shapes: `x` `(D,)` with one label, or `(N, D)` with `(N,)`.

        Raises:
            ChainruleError: if the shapes do not fit, a label is not a class, or there is no
                sample.
        """
        grads = self.gradients(x, y)
        n_samples = np.size(x) // self.input_size
        if n_samples == 0:
            raise ChainruleError("there is no sample to train on; pass at least one")
        for name, parameter in self.parameters.items():
            np.subtract(parameter, learning_rate / n_samples * grads[name], out=parameter)

    def predict(self, X: ArrayLike) -> np.int64 | NDArray[np.int64]:
        """The most probable class: an integer for one sample, an array of them for a batch.

        Shape: `(D,)` to `()`, `(N, D)` to `(N,)`.

        Raises:
            ChainruleError: if `X` does not have D features.
        """
        predicted: np.int64 | NDArray[np.int64] = np.argmax(self.logits(X), axis=-1)
        return predicted

    def accuracy(self, X: ArrayLike, y: ArrayLike) -> float:
        """Share of samples whose most probable class is their label, 0 to 1.

        Shapes: `X` `(N, D)` with labels `(N,)`, or one sample `(D,)` with its label.

        Raises:
            ChainruleError: if the shapes do not fit, a label is not a class, or there is no
                sample.
        """
        predicted, labels = self.predict(X), integer_labels(self.output_size, y)
        if predicted.shape != labels.shape or labels.size == 0:
            raise ChainruleError(
                f"accuracy needs a label for each sample: X has shape {np.shape(X)}, "
                f"y {labels.shape}"
            )
        return float(np.mean(predicted == labels))

    def _samples(self, X: ArrayLike) -> Array:
        """`X` as floats, `(D,)` or `(N, D)`, or an error that names the shape wanted."""
        x = as_floats(X)
        if x.ndim not in (1, 2) or x.shape[-1] != self.input_size:
            raise ChainruleError(
                f"{self!r} takes one sample of shape ({self.input_size},) or a batch of shape "
                f"(N, {self.input_size}), got {x.shape}"
            )
        return x

    def _batch(self, X: ArrayLike, y_true: ArrayLike) -> tuple[Array, Array]:
        """One sample or a batch with labels or one-hot rows, as a batch with one-hot rows."""
        x = self._samples(X)
        if np.ndim(y_true) < x.ndim:
            t: Array = one_hot(self.output_size, y_true)
        else:
            t = as_floats(y_true)
        x, t = np.atleast_2d(x), np.atleast_2d(t)
        if t.shape != (len(x), self.output_size):
            raise ChainruleError(
                f"X has shape {np.shape(X)} and y {np.shape(y_true)}: give one label for each "
                f"sample, or one row of {self.output_size} one-hot targets"
            )
        return x, t  # (N, D), (N, K)


class LogisticRegression(Classifier):
    """Softmax regression: one linear layer and a softmax, `y = softmax(x @ W + b)`.

    Attributes:
        W: weights `(D, K)`.
        b: biases `(K,)`.
    """

    parameter_names = ("W", "b")

    def __init__(
        self, input_size: Size, output_size: Size, *, init: str = "uniform", seed: Seed = None
    ) -> None:
        """Draw the first weights.

        Args:
            input_size: D, the number of features.
            output_size: K, the number of classes.
            init: "uniform" (the lab's), "glorot", "he" or "zeros".
            seed: a number that fixes the draw, or a NumPy generator.

        Raises:
            ChainruleError: if a size is not a positive whole number, or `init` is unknown.
        """
        super().__init__(input_size, output_size)
        draw = choose("init", init, INITIALISATIONS)
        self.W, self.b = draw(_generator(seed), self.input_size, self.output_size)

    def __repr__(self) -> str:
        return f"LogisticRegression({self.input_size}-{self.output_size})"

    def logits(self, X: ArrayLike) -> Array:
        """Pre-activations X @ W + b. Shape: `(D,)` to `(K,)`, `(N, D)` to `(N, K)`."""
        return self._samples(X) @ self.W + self.b

    def grad_loss(
        self, X: ArrayLike, y_true: ArrayLike, y_pred: ArrayLike | None = None
    ) -> tuple[Array, Array]:
        """Derivative of the summed loss by W and b.

        For softmax with the negative log likelihood the derivative by the logits is
        `grad_z = y − t`. Source: Bishop (2006), equation 4.109.

        Args:
            X: `(D,)` or `(N, D)`.
            y_true: one-hot rows, `(K,)` or `(N, K)`, or labels, `()` or `(N,)`.
            y_pred: the result of `forward(X)`, if it is at hand.

        Returns:
            `grad_W` `(D, K)` and `grad_b` `(K,)`.

        Raises:
            ChainruleError: if the shapes do not fit or a label is not a class.
        """
        x, t = self._batch(X, y_true)  # (N, D), (N, K)
        y = self.forward(x) if y_pred is None else np.atleast_2d(as_floats(y_pred))
        if y.shape != t.shape:
            raise ChainruleError(f"y_pred has shape {y.shape}, forward(X) {t.shape}")
        grad_z = y - t  # (N, K)
        grad_W = x.T @ grad_z  # (D, K)
        grad_b = grad_z.sum(axis=0)  # (K,)
        return grad_W, grad_b

    def gradients(self, X: ArrayLike, y_true: ArrayLike) -> Parameters:
        """What `grad_loss` gives, by parameter name: W `(D, K)` and b `(K,)`."""
        grad_W, grad_b = self.grad_loss(X, y_true)
        return {"W": grad_W, "b": grad_b}


class NeuralNet(Classifier):
    """A network of fully connected layers: hidden layers, then a softmax.

    With one hidden layer: `h = sigmoid(x @ W_h + b_h)`, `y = softmax(h @ W_o + b_o)`.
    Layers are named from the input on: h, h2, h3, …, o. So the first hidden layer always has
    `W_h`, `b_h`, a second one `W_h2`, `b_h2`, and the output layer always `W_o`, `b_o`.

    Attributes:
        W_h: weights `(D, H)` of the first hidden layer; `W_h2`, … follow.
        b_h: biases `(H,)` of the first hidden layer; `b_h2`, … follow.
        W_o: weights `(H, K)` of the output layer.
        b_o: biases `(K,)` of the output layer.
    """

    W_h: Array
    b_h: Array
    W_o: Array
    b_o: Array

    def __init__(
        self,
        input_size: Size,
        hidden_size: Size | Sequence[Size] | NDArray[np.integer[Any]],
        output_size: Size,
        *,
        activation: str = "sigmoid",
        init: str = "uniform",
        seed: Seed = None,
    ) -> None:
        """Draw the first weights.

        Args:
            input_size: D, the number of features.
            hidden_size: H, the number of hidden units; a sequence for several hidden layers.
            output_size: K, the number of classes.
            activation: of the hidden layers: "sigmoid", "tanh" or "relu".
            init: "uniform" (the lab's), "glorot", "he" or "zeros".
            seed: a number that fixes the draw, or a NumPy generator.

        Raises:
            ChainruleError: if a size is not a positive whole number, or a name is unknown.
        """
        super().__init__(input_size, output_size)
        sizes = (
            tuple(hidden_size)
            if isinstance(hidden_size, Sequence | np.ndarray)
            else (hidden_size,)
        )
        if not sizes:
            raise ChainruleError(
                "hidden_size is empty: give at least one hidden layer, or use LogisticRegression"
            )
        self.hidden_sizes = tuple(_size("hidden_size", size) for size in sizes)
        self.hidden_size = self.hidden_sizes if len(sizes) > 1 else self.hidden_sizes[0]
        self.hidden_layers = hidden_layer_names(len(sizes))
        # Which activation each hidden layer reads: h reads x, h2 reads h, …
        self._reads = tuple(zip(self.hidden_layers, ("x", *self.hidden_layers[:-1]), strict=True))
        self.activation = choose("activation", activation, ACTIVATIONS)

        layers = (*self.hidden_layers, "o")
        self.parameter_names = tuple(f"{p}_{layer}" for layer in layers for p in "Wb")
        draw, rng = choose("init", init, INITIALISATIONS), _generator(seed)
        fans = (self.input_size, *self.hidden_sizes, self.output_size)
        for layer, fan_in, fan_out in zip(layers, fans[:-1], fans[1:], strict=True):
            W, b = draw(rng, fan_in, fan_out)
            setattr(self, f"W_{layer}", W)
            setattr(self, f"b_{layer}", b)

    def __repr__(self) -> str:
        sizes = "-".join(map(str, (self.input_size, *self.hidden_sizes, self.output_size)))
        return f"NeuralNet({sizes}, {self.activation.name})"

    def forward_trace(self, X: ArrayLike) -> dict[str, Array]:
        """Every quantity of the forward pass, by name and in order: x, z_h, h, …, z_o, y.

        Shapes: from `X` `(N, D)`, hidden quantities are `(N, H)`, `z_o` and `y` are `(N, K)`;
        from one sample `(D,)`, the same without the first axis.

        Raises:
            ChainruleError: if `X` does not have D features.
        """
        q = self._hidden_trace(X)
        q["z_o"] = q[self.hidden_layers[-1]] @ self.W_o + self.b_o  # (N, K)
        q["y"] = softmax(q["z_o"])
        return q

    def _hidden_trace(self, X: ArrayLike) -> dict[str, Array]:
        """The quantities from x to the last hidden activation."""
        h = self._samples(X)  # (N, D): the first hidden layer reads the input
        q = {"x": h}
        for layer in self.hidden_layers:
            z = h @ getattr(self, f"W_{layer}") + getattr(self, f"b_{layer}")  # (N, H)
            h = self.activation.function(z)
            q[f"z_{layer}"], q[layer] = z, h
        return q

    def forward_hidden(self, X: ArrayLike) -> Array:
        """Activation of the last hidden layer, from which the output layer reads.

        Shape: `(D,)` to `(H,)`, `(N, D)` to `(N, H)`.

        Raises:
            ChainruleError: if `X` does not have D features.
        """
        return self._hidden_trace(X)[self.hidden_layers[-1]]

    def forward_output(self, H: ArrayLike) -> Array:
        """Probabilities y from the activation of the last hidden layer.

        Shape: `(H,)` to `(K,)`, `(N, H)` to `(N, K)`; each row sums to 1.

        Raises:
            ChainruleError: if `H` does not have as many units as the last hidden layer.
        """
        h = as_floats(H)
        if h.ndim not in (1, 2) or h.shape[-1] != len(self.W_o):
            raise ChainruleError(
                f"forward_output takes what forward_hidden gives, shape (N, {len(self.W_o)}) or "
                f"({len(self.W_o)},); got {h.shape}"
            )
        return softmax(h @ self.W_o + self.b_o)

    def logits(self, X: ArrayLike) -> Array:
        """Pre-activations z_o. Shape: `(D,)` to `(K,)`, `(N, D)` to `(N, K)`."""
        return self.forward_hidden(X) @ self.W_o + self.b_o

    def grad_loss(self, X: ArrayLike, y_true: ArrayLike) -> Parameters:
        """Derivative of the summed loss by every parameter: backpropagation.

        The chain rule, applied from the loss back to the input; each line uses the derivative
        found just before it. Source: Rumelhart, Hinton and Williams, Learning representations by
        back-propagating errors (1986); with softmax and the negative log likelihood,
        Bishop (2006), sections 4.3.4 and 5.3.

        Args:
            X: `(D,)` or `(N, D)`.
            y_true: labels, `()` or `(N,)`, or one-hot rows, `(K,)` or `(N, K)`.

        Returns:
            The gradients by parameter name, each shaped like its parameter.

        Raises:
            ChainruleError: if the shapes do not fit or a label is not a class.
        """
        x, t = self._batch(X, y_true)  # (N, D), (N, K)
        q = self.forward_trace(x)
        last = self.hidden_layers[-1]
        grads: Parameters = {}

        # Output layer. The loss is −Σ t · log(y) with y = softmax(z_o): all cancels but y − t.
        grad_z_o = q["y"] - t  # (N, K)
        grads["W_o"] = q[last].T @ grad_z_o  # (H, K): z_o = h @ W_o + b_o
        grads["b_o"] = grad_z_o.sum(axis=0)  # (K,)

        # Hidden layers, from the last to the first. Each reads `below`; `W_above` reads it.
        grad_z, W_above = grad_z_o, self.W_o
        for layer, below in reversed(self._reads):
            grad_h = grad_z @ W_above.T  # (N, H): back through the weights above
            grad_z = grad_h * self.activation.derivative(q[f"z_{layer}"])  # (N, H)
            grads[f"W_{layer}"] = q[below].T @ grad_z  # (fan_in, H)
            grads[f"b_{layer}"] = grad_z.sum(axis=0)  # (H,)
            W_above = getattr(self, f"W_{layer}")

        return {name: grads[name] for name in self.parameter_names}

    def gradients(self, X: ArrayLike, y_true: ArrayLike) -> Parameters:
        """The same as `grad_loss`: weights `(fan_in, fan_out)`, biases `(fan_out,)`."""
        return self.grad_loss(X, y_true)


def _size(name: str, value: Size) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
        raise ChainruleError(f"{name} must be a whole number, 1 or more; got {value!r}")
    return int(value)


def _generator(seed: Seed) -> np.random.Generator:
    if isinstance(seed, int | np.integer) and seed < 0:
        raise ChainruleError(f"seed must be a whole number, 0 or more; got {seed!r}")
    return np.random.default_rng(seed)
