"""What the engines share: a model as a list of layers, and the precision of training."""

from collections.abc import Mapping, Sequence
from itertools import chain, pairwise
from typing import Any, NamedTuple, TypeGuard

import numpy as np
from numpy.typing import NDArray

from chainrule.data.arrays import Array
from chainrule.data.samples import Samples
from chainrule.errors import ChainruleError
from chainrule.nn.activations import ACTIVATIONS, Activation
from chainrule.nn.models import LogisticRegression, NeuralNet


class Layer(NamedTuple):
    """The parameters of one layer, or what there is one of for each: gradients, velocities.

    Attributes:
        W: weights `(fan_in, fan_out)`.
        b: biases `(fan_out,)`.
    """

    W: NDArray[Any]
    b: NDArray[Any]


def is_layered(model: object) -> TypeGuard[LogisticRegression | NeuralNet]:
    """Whether a model is one of chainrule's own, whose gradient the engines know.

    A subclass may have a gradient of its own, so it is not.
    """
    return type(model) in (LogisticRegression, NeuralNet)


def activation_of(model: LogisticRegression | NeuralNet) -> Activation:
    """The activation of the hidden layers; softmax regression has none to use it on."""
    return model.activation if isinstance(model, NeuralNet) else ACTIVATIONS["sigmoid"]


def layers_of(
    model: LogisticRegression | NeuralNet, arrays: Mapping[str, Array] | None = None
) -> list[Layer]:
    """The layers of a model from input to output, sharing its arrays, to be changed in place.

    Args:
        model: what has the layers.
        arrays: by parameter name, `(fan_in, fan_out)` or `(fan_out,)`: velocities, say; None
            stands for the parameters themselves.

    Raises:
        ChainruleError: naming an array that has another shape than the model was made with, is
            not float64 or is read-only.
    """
    arrays = model.parameters if arrays is None else arrays
    hidden = model.hidden_sizes if isinstance(model, NeuralNet) else ()
    sizes = (model.input_size, *hidden, model.output_size)
    names = iter(model.parameter_names)
    layers = []
    for fan_in, fan_out in pairwise(sizes):
        W, b = next(names), next(names)
        layers.append(
            Layer(
                _trainable(W, arrays.get(W), (fan_in, fan_out)),
                _trainable(b, arrays.get(b), (fan_out,)),
            )
        )
    return layers


def _trainable(name: str, array: Any, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """The array itself, if it can be trained in place."""
    if not isinstance(array, np.ndarray):
        raise ChainruleError(f"{name} must be an array of shape {shape}; got {array!r}")
    if array.shape != shape:
        raise ChainruleError(f"{name} must have shape {shape}; got {array.shape}")
    if array.dtype != np.float64:
        raise ChainruleError(
            f"{name} holds {array.dtype} values; it is trained in place and must be float64: "
            "give the model array.astype(float)"
        )
    if not array.flags.writeable:
        raise ChainruleError(
            f"{name} is read-only; it is trained in place: give the model array.copy()"
        )
    return array


def copy_into(targets: Sequence[Layer], sources: Sequence[Layer]) -> None:
    """Copy layer by layer, converting the precision. Shapes: as `Layer` has them.

    What is there already is left alone.
    """
    for target, source in zip(chain(*targets), chain(*sources), strict=True):
        if target is not source:
            target[...] = source


def precision_of(X: Samples) -> type[np.float32] | type[np.float64]:
    """The precision in which to train on samples `(N, D)`: their own.

    Whole numbers of up to 16 bits are exact in single precision; longer ones get double.
    """
    return np.float64 if np.result_type(X.dtype, np.float32).itemsize > 4 else np.float32
