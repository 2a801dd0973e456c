"""Dropout: hidden units that are left out of a step of training, others for each sample.

Inverted, as it is used today: what is left is divided by its probability 1 − p while training, so
that the mean of each h is as without, and evaluation takes the network as it is. Source:
Srivastava and others, Dropout: a simple way to prevent neural networks from overfitting (2014),
section 10.

Which units are left out is a function of seed, epoch, place of the sample in the epoch, layer and
unit, and of nothing else: not of what computes it, in which order, or how often a run was stopped.
The kernel computes the same in `kernel/regularisation.h`.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.data.arrays import Array
from chainrule.nn.classifier import Parameters
from chainrule.nn.functions import softmax
from chainrule.nn.models import NeuralNet

STREAM = 1  # beside the order of the samples, which is drawn from [seed, epoch]


def dropout_key(seed: int, epoch: int) -> int:
    """A number of 64 bits that stands for all masks of an epoch."""
    return int(np.random.SeedSequence([seed, epoch, STREAM]).generate_state(1, np.uint64)[0])


def dropout_masks(
    dropout: float,
    key: int,
    places: NDArray[np.integer[Any]],
    hidden_sizes: Sequence[int],
    precision: type[np.floating[Any]] = np.float64,
) -> list[NDArray[Any]]:
    """What each hidden activation is multiplied by: 0, or 1 / (1 − p) where the unit is left in.

    Numbers of 64 bits, one for each sample and layer, are those of SplitMix64. The bits of a unit
    are a hash of such a number and of the unit. Sources: Steele, Lea and Flood, Fast splittable
    pseudorandom number generators (2014); for the constants of the hash, Wellons, hash-prospector
    (2018).

    Args:
        dropout: p, the share of the units that is left out, 0 up to, not including, 1.
        key: of the epoch.
        places: of the samples in the epoch, from 0, `(n,)`.
        hidden_sizes: units of each hidden layer.
        precision: of the masks.

    Returns:
        A mask `(n, H)` for each hidden layer.

    >>> dropout_masks(0.5, dropout_key(seed=0, epoch=1), np.arange(2), [6])[0]
    array([[2., 2., 0., 2., 0., 2.],
           [0., 0., 2., 0., 0., 2.]])
    """
    masks = []
    threshold = np.uint32(int(dropout * 2**32))
    for layer, size in enumerate(hidden_sizes):
        counters = places.astype(np.uint64) * np.uint64(len(hidden_sizes)) + np.uint64(layer + 1)
        rows = _mixed(counters * np.uint64(0x9E3779B97F4A7C15) + np.uint64(key))  # (n,)
        low, high = rows.astype(np.uint32), (rows >> np.uint64(32)).astype(np.uint32)
        bits: NDArray[np.uint32] = np.add.outer(low, np.arange(size, dtype=np.uint32))  # (n, H)
        bits ^= bits >> np.uint32(16)
        bits *= np.uint32(0x21F0AAAD)
        bits ^= bits >> np.uint32(15)
        bits += high[:, np.newaxis]
        bits *= np.uint32(0x735A2D97)
        bits ^= bits >> np.uint32(15)
        masks.append((bits >= threshold) * precision(1 / (1 - dropout)))
    return masks


def _mixed(z: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The output function of SplitMix64, `(n,)` to the same."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def dropped_trace(net: NeuralNet, X: ArrayLike, masks: Sequence[Array]) -> dict[str, Array]:
    """The quantities of `NeuralNet.forward_trace`, with each h times its mask.

    Shapes: `X` `(N, D)`, and a mask `(N, H)` for each hidden layer.
    """
    h: Array = np.asarray(X, dtype=np.float64)
    q = {"x": h}
    for layer, mask in zip(net.hidden_layers, masks, strict=True):
        z = h @ getattr(net, f"W_{layer}") + getattr(net, f"b_{layer}")  # (N, H)
        h = net.activation.function(z) * mask
        q[f"z_{layer}"], q[layer] = z, h
    q["z_o"] = h @ net.W_o + net.b_o  # (N, K)
    q["y"] = softmax(q["z_o"])
    return q


def dropped_grad_loss(
    net: NeuralNet, X: ArrayLike, targets: Array, masks: Sequence[Array]
) -> Parameters:
    """Derivative of the summed loss by every parameter, with hidden units left out.

    `NeuralNet.grad_loss` with one line more: h = f(z) · mask, so grad_h is multiplied by it too.

    Args:
        net: the network.
        X: `(N, D)`.
        targets: rows that sum to 1, `(N, K)`.
        masks: for each hidden layer, `(N, H)`.

    Returns:
        The gradients by parameter name, each shaped like its parameter.
    """
    q = dropped_trace(net, X, masks)
    grad_z, above = q["y"] - targets, "o"  # (N, K)
    grads: Parameters = {}
    for i in reversed(range(len(masks))):
        layer = net.hidden_layers[i]
        grads[f"W_{above}"], grads[f"b_{above}"] = q[layer].T @ grad_z, grad_z.sum(axis=0)
        grad_h = grad_z @ getattr(net, f"W_{above}").T  # (N, H)
        grad_h = grad_h * masks[i]
        grad_z = grad_h * net.activation.derivative(q[f"z_{layer}"])  # (N, H)
        above = layer
    grads[f"W_{above}"], grads[f"b_{above}"] = q["x"].T @ grad_z, grad_z.sum(axis=0)
    return {name: grads[name] for name in net.parameter_names}
