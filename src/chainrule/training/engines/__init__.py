"""Engines: what takes the steps of training, behind one seam.

An engine is made for a model, its samples and its settings, and then only has `run`: take a step
on each batch of samples in an order. `compiled` is the kernel in C, for single samples and for
batches; `numpy` does without it, by buffered matrix products for chainrule's own models and by the
textbook's loop for all others. The models know nothing of them.

In reading order: this module, which chooses; `_textbook`; `_layers`, `_passes` and `_batches`, the
same in buffers; `_compiled`, `_compiled_batches` and `kernel/`; `_measure`, the scores of a whole
part. `_compiled_images` has the kernel deform images, which any engine may then take.
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
from chainrule.training.engines._compiled_batches import (
    CompiledBatches,
    usable_processors,
    why_no_batches,
)
from chainrule.training.engines._compiled_images import deform_images
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
    "deform_images",
    "is_layered",
    "measure_of",
    "number_of_classes",
    "refuse_more_threads",
    "usable_processors",
    "warn_if_slow",
    "why_no_kernel",
]

ENGINES = ("auto", "compiled", "numpy")
MOST_THREADS = 1024  # more than any machine of those that this is for


class Engine(Protocol):
    """Takes steps that train a model in place; shapes as in `chainrule.nn.models`.

    Attributes:
        name: "compiled" or "numpy".
        threads: how many may work at once.
    """

    name: str
    threads: int

    def __init__(
        self,
        model: Any,
        X: Samples,
        y: NDArray[np.int64],
        settings: SGD,
        velocity: Parameters,
        threads: int | None = None,
    ) -> None:
        """Make ready for samples `(N, D)` with labels `(N,)`.

        The velocities of momentum, shaped like the parameters, are changed in place as well.
        Threads None is as many as are fastest.

        Raises:
            ChainruleError: if it cannot be had in this installation, or cannot train this model.
        """
        ...

    def run(self, order: NDArray[np.int64], epoch: int = 1, place: int = 0) -> None:
        """Take a step on each batch of samples in the given order, `(n,)` numbers of samples.

        On the epoch, counted from 1, the learning rate depends; on it and the place of the first
        sample in the epoch, counted from 0, which units are dropped.
        """
        ...


def choose_engine(engine: str, model: Trainable, batch_size: int) -> type[Engine]:
    """What takes the steps of a model: the one place where this is decided.

    "auto" is the kernel for chainrule's own models, where it was built, and else NumPy.

    Raises:
        ChainruleError: if the name is unknown, or that engine does not know the model's gradient.

    >>> from chainrule import NeuralNet
    >>> choose_engine("numpy", NeuralNet(64, 32, 10), batch_size=8).name
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
    compiled, missing = (
        (Compiled, why_no_kernel()) if batch_size == 1 else (CompiledBatches, why_no_batches())
    )
    return compiled if engine == "compiled" or (engine == "auto" and not missing) else Batches


def measure_of(model: Trainable, engine: Engine) -> Measure:
    """What looks at a model: the kernel for batches if that trains it, with as many threads.

    >>> from chainrule import NeuralNet
    >>> net, X, y = NeuralNet(4, 3, 2), np.zeros((6, 4)), np.zeros(6, int)
    >>> measure_of(net, Batches(net, X, y, SGD(batch_size=2), {})).threads is None
    True
    """
    return Measure(model, engine.threads if isinstance(engine, CompiledBatches) else None)


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


def check_threads(threads: int | None) -> None:
    """Refuse what is not a number of threads; None is one.

    Raises:
        ChainruleError: if it is not a whole number, 1 to 1024.
    """
    if threads is None:
        return
    is_number = isinstance(threads, int) and not isinstance(threads, bool)
    if not is_number or not 1 <= threads <= MOST_THREADS:
        raise ChainruleError(
            f"threads must be a whole number, 1 to {MOST_THREADS}; got {quoted(threads)}"
        )


def refuse_more_threads(threads: int | None) -> None:
    """Refuse more threads than there are processors: they would only wait for each other.

    Raises:
        ChainruleError: saying how many there are.
    """
    check_threads(threads)
    processors = usable_processors()
    if threads is not None and threads > processors:
        raise ChainruleError(
            Setting("threads", threads),
            f" is more than the processors that this process may use, {processors}; take as many, "
            "or leave it out for what is fastest",
        )
