"""Engines: what takes the steps of training, behind one seam.

An engine is made for a model, its samples and its settings, and then only has `run(order)`: take a
step on each batch of samples in that order. `compiled` is the C kernel for single samples;
`numpy` takes batches of any size, by buffered matrix products for chainrule's own models and by
the textbook's loop for all others. The models know nothing of them.

In reading order: this module, which chooses; `_textbook`; `_layers`, `_passes` and `_batches`, the
same in buffers; `_compiled` and `kernel/`; `_measure`, the scores of a whole part.
"""

import functools
import warnings
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from chainrule.data.samples import Samples
from chainrule.errors import ChainruleError, Setting, SlowEngineWarning, choose, quoted
from chainrule.nn.classifier import Parameters
from chainrule.training.engines._batches import Batches
from chainrule.training.engines._compiled import Compiled, why_no_kernel
from chainrule.training.engines._layers import is_layered
from chainrule.training.engines._measure import Measure
from chainrule.training.engines._textbook import Textbook, Trainable, number_of_classes
from chainrule.training.sgd import SGD

__all__ = [
    "ENGINES",
    "Engine",
    "Measure",
    "Textbook",
    "Trainable",
    "check_threads",
    "choose_engine",
    "number_of_classes",
    "warn_if_slow",
    "why_no_kernel",
]

ENGINES = ("auto", "compiled", "numpy")
MOST_THREADS = 1024  # more than any machine of those that this is for


class Engine(Protocol):
    """Takes steps that train a model in place; shapes as in `chainrule.nn.models`.

    Attributes:
        name: "compiled" or "numpy".
    """

    name: str

    def __init__(
        self,
        model: Any,
        X: Samples,
        y: NDArray[np.int64],
        settings: SGD,
        velocity: Parameters,
    ) -> None:
        """Make ready for samples `(N, D)` with labels `(N,)`.

        The velocities of momentum, shaped like the parameters, are changed in place as well.

        Raises:
            ChainruleError: if it cannot be had in this installation, or cannot train this model.
        """
        ...

    def run(self, order: NDArray[np.int64]) -> None:
        """Take a step on each batch of samples in the given order, `(n,)` numbers of samples."""
        ...


def choose_engine(engine: str, model: Trainable, batch_size: int) -> type[Engine]:
    """What takes the steps of a model: the one place where this is decided.

    "auto" is the kernel for single samples of chainrule's own models, where it was built, and
    else NumPy.

    Raises:
        ChainruleError: if the name is unknown, or that engine does not know the model's gradient.

    >>> from chainrule import NeuralNet
    >>> choose_engine("auto", NeuralNet(64, 32, 10), batch_size=8).name
    'numpy'
    """
    choose("engine", engine, dict.fromkeys(ENGINES))
    if not is_layered(model):
        if engine == "compiled":
            raise ChainruleError(
                "the compiled engine knows the gradients of LogisticRegression and NeuralNet "
                f"themselves, not those of {type(model).__name__}; train it with ",
                Setting("engine", "numpy"),
            )
        return Textbook
    kernel_can = batch_size == 1 and why_no_kernel() is None
    if engine == "compiled" or (engine == "auto" and kernel_can):
        return Compiled
    return Batches


def warn_if_slow(engine: str, chosen: Engine, model: Trainable, batch_size: int) -> None:
    """Say once to whoever left the choice to chainrule that the kernel is missing, and why.

    Args:
        engine: what was asked for.
        chosen: what was made of it.
        model: what it trains; a model with a gradient of its own never gets the kernel.
        batch_size: in batches NumPy is no slower than it need be.
    """
    left_to_us = engine == "auto" and chosen.name == "numpy"
    if left_to_us and batch_size == 1 and is_layered(model):
        _warn_once()


@functools.cache
def _warn_once() -> None:
    warnings.warn(
        f"training runs on NumPy: {why_no_kernel()}",
        SlowEngineWarning,
        stacklevel=4,  # whoever called `fit` or `train_epochs`
    )


def check_threads(threads: int) -> None:
    """Refuse what is not a number of threads.

    Raises:
        ChainruleError: if it is not a whole number, 1 to 1024.
    """
    is_number = isinstance(threads, int) and not isinstance(threads, bool)
    if not is_number or not 1 <= threads <= MOST_THREADS:
        raise ChainruleError(
            f"threads must be a whole number, 1 to {MOST_THREADS}; got {quoted(threads)}"
        )
