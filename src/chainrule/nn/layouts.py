"""Parameters in the layouts of Keras and PyTorch, and back.

Keras keeps weights `(fan_in, fan_out)` and computes x @ W + b, as here; PyTorch keeps them
`(fan_out, fan_in)` and computes x @ W.T + b. The networks are lists of dense layers, with an
activation after each but the last, whose outputs are the logits z_o or their softmax. All of them
see scaled features. Sources: the documentation of `keras.layers.Dense` and of `torch.nn.Linear`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from chainrule.data.arrays import Array, as_floats
from chainrule.errors import ChainruleError
from chainrule.nn.classifier import Classifier
from chainrule.nn.ensemble import Ensemble
from chainrule.nn.models import LogisticRegression, NeuralNet


def keras_weights(model: Classifier) -> list[Array]:
    """What `set_weights` of a Keras model takes: `keras_net.set_weights(keras_weights(net))`.

    Returns:
        From input to output, copies of the weights `(fan_in, fan_out)` and biases `(fan_out,)`.

    Raises:
        ChainruleError: if the network makes mistakes on purpose, or is an ensemble.

    >>> [p.shape for p in keras_weights(NeuralNet(64, 32, 10))]
    [(64, 32), (32,), (32, 10), (10,)]
    """
    return [array.copy() for layer in right_layers(model) for array in layer]


def from_keras_weights(
    weights: Sequence[ArrayLike], *, activation: str = "sigmoid"
) -> LogisticRegression | NeuralNet:
    """The network of what `get_weights` of a Keras model gives.

    Args:
        weights: from input to output, of each layer weights `(fan_in, fan_out)` and biases
            `(fan_out,)`.
        activation: after each layer but the last; of a single layer it is not looked at.

    Returns:
        Softmax regression if there is one layer, else a network, in double precision.

    Raises:
        ChainruleError: if the shapes do not fit, a number is not finite, or the activation is
            unknown.

    >>> from_keras_weights([np.ones((4, 3)), np.ones(3), np.ones((3, 2)), np.ones(2)])
    NeuralNet(4-3-2, sigmoid)
    """
    return _model(list(map(as_floats, weights)), activation, "(fan_in, fan_out)")


def torch_state(model: Classifier) -> dict[str, Array]:
    """The state of a `torch.nn.Sequential` of `Linear` layers, with an activation between two.

    `module.load_state_dict({k: torch.tensor(p) for k, p in torch_state(net).items()})` takes it.

    Returns:
        By the names there, "0.weight", "0.bias", "2.weight", …: copies of the weights, transposed
        to `(fan_out, fan_in)`, and of the biases `(fan_out,)`.

    Raises:
        ChainruleError: if the network makes mistakes on purpose, or is an ensemble.

    >>> {name: p.shape for name, p in torch_state(NeuralNet(64, 32, 10)).items()}
    {'0.weight': (32, 64), '0.bias': (32,), '2.weight': (10, 32), '2.bias': (10,)}
    """
    state = {}
    for place, (W, b) in enumerate(right_layers(model)):
        state[f"{2 * place}.weight"], state[f"{2 * place}.bias"] = W.T.copy(), b.copy()
    return state


def from_torch_state(
    state: Mapping[str, ArrayLike], *, activation: str = "sigmoid"
) -> LogisticRegression | NeuralNet:
    """The network of what `state_dict` of a PyTorch module gives.

    Args:
        state: from input to output, of each `Linear` its weights `(fan_out, fan_in)` and biases
            `(fan_out,)`, under any names; tensors in main memory, or arrays.
        activation: after each layer but the last; of a single layer it is not looked at.

    Returns:
        Softmax regression if there is one layer, else a network, in double precision.

    Raises:
        ChainruleError: as `from_keras_weights` does.

    >>> from_torch_state({"weight": np.ones((2, 4)), "bias": np.ones(2)})
    LogisticRegression(4-2)
    """
    arrays = [as_floats(np.asarray(array)).T for array in state.values()]  # a bias stays as it is
    return _model(arrays, activation, "(fan_out, fan_in)")


def right_layers(model: Classifier) -> list[tuple[Array, Array]]:
    """Weights `(fan_in, fan_out)` and biases `(fan_out,)` of each layer, from input to output.

    Raises:
        ChainruleError: if the network makes mistakes on purpose, which others do not compute, or
            is an ensemble of several.
    """
    if isinstance(model, Ensemble):
        raise ChainruleError(
            f"{model!r} is no list of layers but several networks; give one of its `members`"
        )
    if model.wrong_steps:
        raise ChainruleError(
            f"{model!r} computes with a mistake on purpose ({model.wrong_steps[0]['id']}), which "
            "another program would not; give a network without"
        )
    arrays = iter(model.parameters.values())
    return list(zip(arrays, arrays, strict=True))


def _model(
    arrays: Sequence[Array], activation: str, layout: str
) -> LogisticRegression | NeuralNet:
    """The model of weights `(fan_in, fan_out)` and biases `(fan_out,)`, in turn."""
    shapes = [array.shape for array in arrays]
    layers = list(zip(shapes[::2], shapes[1::2], strict=False))
    fit = [len(W) == 2 and b == W[1:] and min(W) > 0 for W, b in layers]
    follow = _follow(W for W, _ in layers) if all(fit) else False
    if not layers or len(shapes) % 2 or not follow:
        given = ", ".join(map(str, shapes)) or "nothing"
        raise ChainruleError(
            f"give weights {layout} and biases (fan_out,) of each dense layer, from input to "
            f"output; got, with weights as (fan_in, fan_out), {given}"
        )
    for place, array in enumerate(arrays):
        if not np.isfinite(array).all():
            part = "biases" if place % 2 else "weights"
            raise ChainruleError(
                f"the {part} of layer {place // 2 + 1} of {len(layers)} are not all finite; give "
                "those of a training that has not diverged"
            )
    sizes = [W[0] for W, _ in layers] + [layers[-1][0][1]]
    model: LogisticRegression | NeuralNet
    if len(layers) == 1:
        model = LogisticRegression(*sizes, init="zeros")
    else:
        model = NeuralNet(sizes[0], sizes[1:-1], sizes[-1], activation=activation, init="zeros")
    for parameter, array in zip(model.parameters.values(), arrays, strict=True):
        parameter[...] = array
    return model


def _follow(shapes: Iterable[tuple[int, ...]]) -> bool:
    """Whether each layer reads what the one before it gives."""
    return all(above[0] == below[1] for below, above in itertools.pairwise(shapes))
