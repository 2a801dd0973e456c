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

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.data.arrays import Array, as_floats
from chainrule.errors import ChainruleError, choose
from chainrule.nn.activations import ACTIVATIONS
from chainrule.nn.classifier import Classifier, Parameters, Size, positive_size
from chainrule.nn.functions import softmax
from chainrule.nn.init import INITIALISATIONS, generator

if TYPE_CHECKING:
    from chainrule.nn.init import Seed


def hidden_layer_names(n_layers: int) -> tuple[str, ...]:
    """Names of the hidden layers from the input on: h, h2, h3 and so on.

    Raises:
        ChainruleError: if there is none.
    """
    if n_layers < 1:
        raise ChainruleError(f"the number of hidden layers must be 1 or more; got {n_layers}")
    return ("h", *(f"h{i}" for i in range(2, n_layers + 1)))


class LogisticRegression(Classifier):
    """Softmax regression: one linear layer and a softmax, `y = softmax(x @ W + b)`.

    Attributes:
        W: weights `(D, K)`.
        b: biases `(K,)`.

    >>> model = LogisticRegression(2, 3, init="zeros")
    >>> X, y = [[1.0, 2.0]], [0]
    >>> model.forward(X).round(3)
    array([[0.333, 0.333, 0.333]])
    >>> grad_W, grad_b = model.grad_loss(X, y)
    >>> grad_W.round(3)  # x.T @ (y - t)
    array([[-0.667,  0.333,  0.333],
           [-1.333,  0.667,  0.667]])
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
        self.W, self.b = draw(generator(seed), self.input_size, self.output_size)

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
            y_true: labels, `()` or `(N,)`, or rows of targets that sum to 1, `(K,)` or `(N, K)`:
                one-hot, or as `smooth_targets` gives them.
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

    >>> net = NeuralNet(4, (3, 2), 2, activation="tanh", seed=0)
    >>> net
    NeuralNet(4-3-2-2, tanh)
    >>> {name: quantity.shape for name, quantity in net.forward_trace([[1, 2, 3, 4]]).items()}
    {'x': (1, 4), 'z_h': (1, 3), 'h': (1, 3), 'z_h2': (1, 2), 'h2': (1, 2),
     'z_o': (1, 2), 'y': (1, 2)}
    >>> net.train([1, 2, 3, 4], 0, learning_rate=0.5)
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
            activation: of the hidden layers: "sigmoid", "tanh", "relu", "softplus", "elu" or
                "leaky-relu".
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
        self.hidden_sizes = tuple(positive_size("hidden_size", size) for size in sizes)
        self.hidden_size = self.hidden_sizes if len(sizes) > 1 else self.hidden_sizes[0]
        self.hidden_layers = hidden_layer_names(len(sizes))
        # Which activation each hidden layer reads: h reads x, h2 reads h, …
        self._reads = tuple(zip(self.hidden_layers, ("x", *self.hidden_layers[:-1]), strict=True))
        self.activation = choose("activation", activation, ACTIVATIONS)

        layers = (*self.hidden_layers, "o")
        self.parameter_names = tuple(f"{p}_{layer}" for layer in layers for p in "Wb")
        draw, rng = choose("init", init, INITIALISATIONS), generator(seed)
        fans = (self.input_size, *self.hidden_sizes, self.output_size)
        for layer, fan_in, fan_out in zip(layers, fans[:-1], fans[1:], strict=True):
            W, b = draw(rng, fan_in, fan_out)
            setattr(self, f"W_{layer}", W)
            setattr(self, f"b_{layer}", b)

    def __repr__(self) -> str:
        sizes = "-".join(map(str, (self.input_size, *self.hidden_sizes, self.output_size)))
        return f"NeuralNet({sizes}, {self.activation.name})"

    def description(self) -> dict[str, Any]:
        """What a file must hold beside the parameters to make the network again.

        >>> description = NeuralNet(64, (32, 16), 10).description()
        >>> description["hidden"], description["activation"]
        ((32, 16), 'sigmoid')
        """
        return super().description() | {
            "hidden": self.hidden_sizes,
            "activation": self.activation.name,
        }

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
            y_true: labels, `()` or `(N,)`, or rows of targets that sum to 1, `(K,)` or `(N, K)`:
                one-hot, or as `smooth_targets` gives them.

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
