"""Models and samples for the tests of the compiled kernel, and arrays that lie in odd ways."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from chainrule.nn.classifier import Parameters
from chainrule.nn.models import LogisticRegression, NeuralNet
from chainrule.training.engines import _compiled
from chainrule.training.sgd import SGD
from helpers import HAS_KERNEL

Model = LogisticRegression | NeuralNet
VERSIONS = {
    precision: _compiled.versions(precision) if HAS_KERNEL else [""]
    for precision in ("float32", "float64")
}


def take_version(patch: pytest.MonkeyPatch, chosen: str) -> None:
    """Take this version of the kernel, and in a precision that has it not the usual one."""

    def versions(precision: str) -> list[str]:
        return [chosen] if chosen in VERSIONS[precision] else VERSIONS[precision]

    patch.setattr(_compiled, "versions", versions)


def new_model(
    sizes: tuple[int, ...], activation: str = "sigmoid", seed: int = 0, init: str = "glorot"
) -> Model:
    """A network of these sizes, or softmax regression if there are two."""
    model: Model
    if len(sizes) == 2:
        model = LogisticRegression(sizes[0], sizes[1], init=init, seed=seed)
    else:
        model = NeuralNet(
            sizes[0], sizes[1:-1], sizes[-1], activation=activation, init=init, seed=seed
        )
    rng = np.random.default_rng(seed + 1)
    for name, parameter in model.parameters.items():
        if name.startswith("b") and init == "glorot":  # which leaves the biases 0
            parameter[...] = rng.uniform(-0.5, 0.5, parameter.shape)
    return model


def new_samples(sizes: tuple[int, ...], n: int, seed: int = 0) -> tuple[Any, NDArray[np.int64]]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, sizes[0])), rng.integers(sizes[-1], size=n)


def zeros(model: Model) -> Parameters:
    return {name: np.zeros_like(p) for name, p in model.parameters.items()}


def steps(
    model: Model,
    X: NDArray[Any],
    y: NDArray[np.int64],
    order: NDArray[np.int64],
    settings: SGD,
    velocity: Parameters | None = None,
) -> Parameters:
    """Train by the kernel; the velocities afterwards."""
    velocity = zeros(model) if velocity is None else velocity
    _compiled.Compiled(model, X, y, settings, velocity).run(order)
    return velocity


def misaligned(array: NDArray[Any]) -> NDArray[Any]:
    buffer = np.zeros(array.nbytes + 1, np.uint8)
    moved = buffer[1:].view(array.dtype).reshape(array.shape)
    moved[...] = array
    assert not moved.flags.aligned
    return moved


def every_second(array: NDArray[Any]) -> NDArray[Any]:
    spread = np.zeros((2 * array.shape[0], *array.shape[1:]), array.dtype)
    spread[::2] = array
    return spread[::2]
