"""Loss, accuracy and gradient of a model over a whole part of the data."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from chainrule.data.arrays import Array
from chainrule.data.samples import Samples, take
from chainrule.nn.evaluate import Scores, score
from chainrule.training.engines._compiled_batches import LOOKED_AT, in_pieces, look
from chainrule.training.engines._layers import (
    Layer,
    activation_of,
    copy_into,
    is_layered,
    layers_of,
    precision_of,
)
from chainrule.training.engines._passes import Passes
from chainrule.training.engines._textbook import Trainable, number_of_classes

ROWS_AT_A_TIME = 1024


@dataclass(frozen=True)
class Measure:
    """Looks at a model as it stands: chainrule's own in one pass, in the samples' precision.

    Attributes:
        model: what is looked at, each time as it then is.
        threads: how many may share the work in the kernel for batches, which gives the same bits
            with every number; if None, NumPy looks.
    """

    model: Trainable
    threads: int | None = None
    _passes: dict[type, Passes] = field(default_factory=dict, init=False, repr=False)

    def scores(self, X: Samples, y: NDArray[np.int64]) -> Scores:
        """Loss and accuracy on samples `(N, D)` with labels `(N,)`.

        Raises:
            ChainruleError: if the shapes do not fit.
        """
        if not is_layered(self.model):
            return score(self.model, X, y)
        return self._one_pass(X, y, [])

    def scores_and_gradient(self, X: Samples, y: NDArray[np.int64]) -> tuple[Scores, float]:
        """Loss, accuracy, and the norm of the gradient of the mean loss.

        The norm is Euclidean, over all parameters together. Shapes: `X` `(N, D)`, `y` `(N,)`.

        Raises:
            ChainruleError: if the shapes do not fit.
        """
        gradients = [np.zeros(p.shape) for p in self.model.parameters.values()]
        if is_layered(self.model):
            scores = self._one_pass(X, y, gradients)
        else:
            scores = score(self.model, X, y)
            targets = np.eye(number_of_classes(self.model, X))
            for start in range(0, len(X), ROWS_AT_A_TIME):
                rows = slice(start, start + ROWS_AT_A_TIME)
                parts = self.model.gradients(X[rows], targets[y[rows]])
                _add(gradients, parts.values())
        return scores, math.sqrt(sum(float(np.vdot(g, g)) for g in gradients)) / len(X)

    def _one_pass(
        self, X: Samples, y: NDArray[np.int64], gradients: list[NDArray[np.float64]]
    ) -> Scores:
        """Scores; gradients of the summed loss are added to what is given for them, if any."""
        assert is_layered(self.model)
        if self.threads is not None:
            return self._by_kernel(X, y, gradients, self.threads)
        layers, precision = layers_of(self.model), precision_of(X)
        if precision not in self._passes:
            activation = activation_of(self.model)
            self._passes[precision] = Passes(layers, activation, ROWS_AT_A_TIME, precision)
        passes = self._passes[precision]
        copy_into(passes.layers, layers)
        loss_sum, n_right = 0.0, 0
        for start in range(0, len(X), ROWS_AT_A_TIME):
            rows = np.arange(start, min(start + ROWS_AT_A_TIME, len(X)))
            labels, n = y[rows], len(rows)
            take(X, rows, passes.x[:n])
            z_o = passes.forward(n).astype(np.float64)  # (K, n)
            n_right += int((z_o.argmax(axis=0) == labels).sum())
            z_o -= z_o.max(axis=0)
            true = z_o[labels, np.arange(n)]  # (n,)
            loss_sum += float((np.log(np.exp(z_o).sum(axis=0)) - true).sum())
            if gradients:
                passes.backward(labels, 1.0)
                parts = (array for layer in passes.gradients for array in layer)
                _add(gradients, parts)
        return Scores(loss_sum, loss_sum / len(X), n_right / len(X))

    def _by_kernel(
        self, X: Samples, y: NDArray[np.int64], gradients: list[NDArray[np.float64]], threads: int
    ) -> Scores:
        assert is_layered(self.model)
        layers, precision = layers_of(self.model), precision_of(X)
        pairs = [Layer(W, b) for W, b in zip(gradients[::2], gradients[1::2], strict=True)]
        products = (3.0 if gradients else 1.0) * LOOKED_AT * sum(W.size for W, _ in layers)
        losses, n_right = [], 0
        pieces = in_pieces(X, np.arange(len(X)), precision, LOOKED_AT, products)
        for piece, stored, rows in pieces:
            of_piece, predicted = look(
                layers,
                pairs,
                activation_of(self.model),
                stored,
                rows,
                y[piece],
                precision,
                threads,
            )
            losses.append(of_piece)
            n_right += int((predicted == y[piece]).sum())
        loss_sum = float(np.concatenate(losses).sum())
        return Scores(loss_sum, loss_sum / len(X), n_right / len(X))


def _add(totals: Iterable[Array], parts: Iterable[Array]) -> None:
    for total, part in zip(totals, parts, strict=True):
        np.add(total, part, out=total)
