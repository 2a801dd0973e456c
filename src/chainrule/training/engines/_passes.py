"""Forward and backward pass over a batch, in buffers that are made once.

The formulas are those of `chainrule.nn.models`. Here each result is written over one that is no
longer needed, since a good part of a step in NumPy goes into making new arrays, and all is done
in one precision, that of the samples.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.nn.activations import Activation
from chainrule.training.engines._layers import Layer

Buffer = NDArray[np.floating[Any]]


class Passes:
    """The passes of a network over batches of up to `rows` samples.

    Attributes:
        x: where the samples of a batch go, `(rows, D)`.
        layers: the parameters, weights `(fan_in, fan_out)` and biases `(fan_out,)`, copies in the
            precision of the passes.
        gradients: after `backward`, the derivatives by the parameters, shaped like them.
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        activation: Activation,
        rows: int,
        precision: type[np.floating[Any]],
    ) -> None:
        """Make the buffers. Shapes: as `Layer` has them."""
        self.layers = [Layer(W.astype(precision), b.astype(precision)) for W, b in layers]
        self.gradients = [Layer(np.empty_like(W), np.empty_like(b)) for W, b in self.layers]
        self.x = np.empty((rows, len(layers[0].W)), precision)
        self._h = [np.empty((rows, len(b)), precision) for _, b in layers[:-1]]
        self._grad_h = [np.empty_like(h) for h in self._h]
        self._spare = [np.empty_like(h) for h in self._h]
        # Classes first: a maximum or a sum over few classes is slow where they lie side by side.
        self._z_o = np.empty((len(layers[-1].b), rows), precision)
        self._dropped: list[Buffer] = []  # h times its mask, of the batch; none without dropout
        self._masks: Sequence[Buffer] = ()
        self._numbers, self._ones = np.arange(rows), np.ones(rows, precision)
        self._per_sample = np.empty(rows, precision)
        self._activate, self._through = activation.activate, activation.through

    def forward(self, n: int, masks: Sequence[Buffer] = ()) -> Buffer:
        """Logits of the first `n` samples in `x`, classes first: `(K, n)`.

        Masks are those of dropout, `(n, H)` for each hidden layer, or none.
        """
        below = self.x[:n]
        self._masks, self._dropped = masks, []
        *hidden, output = self.layers
        for (W, b), h in zip(hidden, self._h, strict=True):
            z = np.matmul(below, W, out=h[:n])  # (n, H)
            z += b
            self._activate(z)
            below = z
            if masks:
                below = z * masks[len(self._dropped)]
                self._dropped.append(below)
        z_o = np.matmul(output.W.T, below.T, out=self._z_o[:, :n])  # (K, n)
        z_o += output.b[:, np.newaxis]
        return z_o

    def backward(
        self, labels: NDArray[np.int64], scale: float, label_smoothing: float = 0.0
    ) -> None:
        """After `forward`: derivatives of the summed loss, times `scale`. Shape: labels `(n,)`."""
        n = len(labels)
        # The scale goes into the sum that the softmax divides by: one pass less.
        y = self._z_o[:, :n]  # (K, n)
        per_sample = self._per_sample[:n]
        y -= np.maximum.reduce(y, axis=0, out=per_sample)
        np.exp(y, out=y)
        np.add.reduce(y, axis=0, out=per_sample)
        per_sample /= scale
        y /= per_sample
        y[labels, self._numbers[:n]] -= scale * (1 - label_smoothing)  # scale · (y - t)
        if label_smoothing:
            y -= scale * label_smoothing / len(y)
        grad_z = y.T  # (n, K)
        for i in reversed(range(len(self.layers))):
            h = self._h[i - 1][:n] if i > 0 else self.x[:n]  # before any of it was dropped
            below = self._dropped[i - 1] if i > 0 and self._masks else h
            grad_W, grad_b = self.gradients[i]
            np.matmul(below.T, grad_z, out=grad_W)  # (fan_in, fan_out)
            np.matmul(self._ones[:n], grad_z, out=grad_b)  # the sum over samples, (fan_out,)
            if i > 0:
                grad_h = np.matmul(grad_z, self.layers[i].W.T, out=self._grad_h[i - 1][:n])
                if self._masks:
                    grad_h *= self._masks[i - 1]
                self._through(grad_h, h, self._spare[i - 1][:n])
                grad_z = grad_h  # (n, H)
