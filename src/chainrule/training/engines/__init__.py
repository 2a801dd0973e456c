"""Engines: what takes the steps of training, behind one seam.

An engine is made for a model, its samples and its settings, and then only has `run(order)`: take a
step on each batch of samples in that order. `compiled` is the C kernel for single samples;
`numpy` takes batches of any size, by buffered matrix products for chainrule's own models and by
the textbook's loop for all others. The models know nothing of them.
"""

import functools
import warnings
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from chainrule.errors import ChainruleError, SlowEngineWarning, choose
from chainrule.nn.classifier import Parameters
from chainrule.nn.evaluate import Features
from chainrule.training.engines import _compiled
from chainrule.training.engines._batches import Batches
from chainrule.training.engines._layers import StoredRows, is_layered
from chainrule.training.engines._measure import Measure
from chainrule.training.engines._textbook import Textbook, Trainable
from chainrule.training.sgd import SGD

__all__ = [
    "ENGINES",
    "Engine",
    "Measure",
    "StoredRows",
    "Trainable",
    "check_threads",
    "describe",
    "engine_for",
    "new_engine",
]

ENGINES = ("auto", "compiled", "numpy")


class Engine(Protocol):
    """Takes steps; shapes as in `chainrule.nn.models`."""

    name: str

    def run(self, order: NDArray[np.int64]) -> None:
        """Take a step on each batch of samples in the given order, `(n,)` numbers of samples."""
        ...


def engine_for(engine: str, batch_size: int) -> str:
    """The engine that "auto" stands for, for chainrule's own models; another name as it is.

    "compiled" for single samples where the kernel was built, else "numpy".

    Raises:
        ChainruleError: if the name is unknown, or the engine cannot be had or take such batches.
    """
    choose("engine", engine, dict.fromkeys(ENGINES))
    if engine == "auto":
        return "compiled" if batch_size == 1 and _compiled.is_available() else "numpy"
    if engine == "compiled":
        _compiled.check_batch_size(batch_size)
        _compiled.library()
    return engine


def describe(engine: str, batch_size: int) -> str:
    """An engine in words, with the reason if single samples have to do without the kernel."""
    if engine == "numpy" and batch_size == 1:
        try:
            _compiled.library()
        except ChainruleError as error:
            return f"numpy; {error}"
    return engine


def check_threads(threads: int) -> None:
    """Refuse what is not a number of threads.

    Raises:
        ChainruleError: if it is not a whole number, 1 or more.
    """
    if isinstance(threads, bool) or not isinstance(threads, int) or threads < 1:
        raise ChainruleError(f"threads must be a whole number, 1 or more; got {threads!r}")


def new_engine(
    engine: str,
    model: Trainable,
    X: Features,
    y: NDArray[np.int64],
    settings: SGD,
    velocity: Parameters,
) -> Engine:
    """An engine that trains the model in place.

    Args:
        engine: "auto", "compiled" or "numpy".
        model: what to train.
        X: samples `(N, D)`.
        y: labels `(N,)`.
        settings: how to train.
        velocity: of momentum, shaped like the parameters; changed in place.

    Raises:
        ChainruleError: if the engine cannot be had, or cannot train this model.
    """
    if not is_layered(model):
        choose("engine", engine, dict.fromkeys(ENGINES))
        if engine == "compiled":
            raise ChainruleError(
                "the compiled engine knows the gradients of LogisticRegression and NeuralNet "
                f"themselves, not those of {type(model).__name__}; train it with engine numpy"
            )
        return Textbook(model, X, y, settings, velocity)
    if engine_for(engine, settings.batch_size) == "compiled":
        return _compiled.Compiled(model, X, y, settings, velocity)
    if engine == "auto" and settings.batch_size == 1:
        _warn_once()
    return Batches(model, X, y, settings, velocity)


@functools.cache
def _warn_once() -> None:
    """Say that single samples are slow without the kernel, and why it is missing."""
    try:
        _compiled.library()
    except ChainruleError as error:
        warnings.warn(f"training runs on NumPy: {error}", SlowEngineWarning, stacklevel=5)
