"""The compiled engine for batches: whole steps in C, on threads that sleep when they wait.

The kernel is `kernel/batch.h`. It takes the samples as they are stored, in the precision of the
steps or as bytes; what is stored in another way is converted here, some thousands at a time.
"""

import ctypes
import functools
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from chainrule.data.arrays import Array
from chainrule.data.rows import Rows
from chainrule.data.samples import Samples, take
from chainrule.errors import ChainruleError, Setting
from chainrule.nn.activations import Activation
from chainrule.nn.models import LogisticRegression, NeuralNet
from chainrule.training.engines._compiled import (
    NOTHING,
    Regularisation,
    address,
    as_in_c,
    check_layers,
    check_range,
    described,
    layers_as_in_c,
    library,
    versions,
    why_no_kernel,
)
from chainrule.training.engines._layers import (
    Layer,
    activation_of,
    copy_into,
    layers_of,
    precision_of,
)
from chainrule.training.sgd import SGD, learning_rate_in

CONVERTED = 1 << 24  # bytes of samples that are converted at a time, where the kernel cannot
PRODUCTS = 5e10  # in one call, a second or so: Python sees a Ctrl-C in between
LOOKED_AT = 512  # samples in a batch that only goes through the model
# In a step, for which one more thread is worth its waiting; measured, two are faster from 3e6 on
# if both have a processor to themselves, and never much slower from 6e6 on.
PRODUCTS_A_THREAD = 3e6


class Stored(NamedTuple):
    """Samples as the kernel can take them.

    Attributes:
        X: `(M, D)`, in the precision of the steps, or bytes.
        shift: of bytes, `(D,)`; what is taken is (byte − shift) / scale.
        scale: likewise.
        in_double: whether that has to be computed in double precision.
    """

    X: NDArray[Any]
    shift: NDArray[np.float64] = NOTHING
    scale: NDArray[np.float64] = NOTHING
    in_double: bool = False


class _Samples(ctypes.Structure):
    """`samples` of kernel/samples.h."""

    _fields_ = (
        ("stored", ctypes.c_int64),
        ("fan_in", ctypes.c_int64),
        ("X", ctypes.c_void_p),
        ("shift", ctypes.c_void_p),
        ("scale", ctypes.c_void_p),
    )


def batch_steps(
    layers: Sequence[Layer],
    velocities: Sequence[Layer],
    activation: Activation,
    samples: Stored,
    rows: NDArray[np.int64],
    y: NDArray[np.int64],
    settings: SGD,
    precision: type[np.float32] | type[np.float64],
    threads: int,
    epoch: int = 1,
    place: int = 0,
) -> None:
    """Take a step on each batch of samples, in order, changing the layers in place.

    Args:
        layers: the parameters from input to output, float64.
        velocities: of momentum, likewise and of the same shapes; none without momentum.
        activation: of the hidden layers.
        samples: what is stored.
        rows: where in it the samples of the batches are, `(n,)`.
        y: their labels, `(n,)`.
        settings: batch size, learning rate and its schedule, momentum, weight decay and
            what regularises.
        precision: of the steps.
        threads: how many may work; the bits are the same for every number.
        epoch: counted from 1.
        place: of the first sample in the epoch, from 0.

    Raises:
        ChainruleError: naming what has the wrong shape or type or cannot be changed, or a label
            or a sample that is out of range. Nothing is changed then.
        MemoryError: if there is too little for the batch. Nothing is changed then.
    """
    check_layers(layers, velocities, settings)
    _check_samples(layers, samples, rows, y, precision)
    if len(rows) == 0:
        return
    samples, rows, y = _in_c(samples, rows, y)
    # Parameters that do not lie as in C are trained as copies that do.
    layers_in_c, velocities_in_c = layers_as_in_c(layers), layers_as_in_c(velocities)
    status = _function("batches", precision)(
        described(layers_in_c, velocities_in_c),
        len(layers),
        activation.kernel,
        ctypes.byref(_described(samples)),
        *(address(rows), address(y), len(rows)),
        min(settings.batch_size, len(rows)),
        learning_rate_in(settings, epoch),
        settings.momentum,
        settings.weight_decay,
        ctypes.byref(Regularisation.of(settings, epoch, place)),
        threads,
    )
    if status != 0:
        raise MemoryError(
            f"there is too little memory to train in batches of {settings.batch_size}; take a "
            "smaller batch size, or fewer hidden units"
        )
    copy_into(layers, layers_in_c)
    copy_into(velocities, velocities_in_c)


def look(
    layers: Sequence[Layer],
    gradients: Sequence[Layer],
    activation: Activation,
    samples: Stored,
    rows: NDArray[np.int64],
    y: NDArray[np.int64],
    precision: type[np.float32] | type[np.float64],
    threads: int,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Loss in nats and predicted class of samples, `(n,)` twice; the layers stay as they are.

    Args:
        layers: as in `batch_steps`, and so are the arguments that follow them.
        gradients: float64 arrays in the shapes of the layers, to which the gradient of the summed
            loss is added; none if it is not wanted.
        activation: of the hidden layers.
        samples: what is stored.
        rows: where in it the samples are, `(n,)`.
        y: their labels, `(n,)`.
        precision: of what is computed, but for the losses, which are in double precision.
        threads: how many may work.

    Raises:
        ChainruleError: as `batch_steps` does.
        MemoryError: if there is too little.
    """
    check_layers(layers, gradients, SGD())
    _check_samples(layers, samples, rows, y, precision)
    losses, predicted = np.empty(len(rows)), np.empty(len(rows), np.int64)
    if len(rows) == 0:
        return losses, predicted
    samples, rows, y = _in_c(samples, rows, y)
    layers_in_c, gradients_in_c = layers_as_in_c(layers), layers_as_in_c(gradients)
    status = _function("look", precision)(
        described(layers_in_c, gradients_in_c),
        len(layers),
        activation.kernel,
        ctypes.byref(_described(samples)),
        *(address(rows), address(y), len(rows)),
        LOOKED_AT,
        *(address(losses), address(predicted)),
        threads,
    )
    if status != 0:
        raise MemoryError(
            "there is too little memory to look at the model; take fewer hidden units"
        )
    copy_into(gradients, gradients_in_c)
    return losses, predicted


def _check_samples(
    layers: Sequence[Layer],
    samples: Stored,
    rows: NDArray[np.int64],
    y: NDArray[np.int64],
    precision: type[np.float32] | type[np.float64],
) -> None:
    X, shift, scale, _ = samples
    n_features = len(layers[0].W)
    is_bytes = X.dtype == np.uint8
    if X.ndim != 2 or X.shape[1] != n_features or not (is_bytes or X.dtype == precision):
        raise ChainruleError(
            f"the kernel takes samples (N, {n_features}) in {np.dtype(precision)} or as bytes; "
            f"got {X.dtype} values of shape {X.shape}"
        )
    if is_bytes and not shift.shape == scale.shape == X.shape[1:]:
        raise ChainruleError(
            f"bytes of {n_features} features need a shift and a scale for each; got "
            f"{shift.shape} and {scale.shape}"
        )
    if rows.ndim != 1 or rows.shape != y.shape:
        raise ChainruleError(f"there are samples {rows.shape} but labels of shape {y.shape}")
    check_range("label", y, len(layers[-1].b), "classes")
    check_range("sample", rows, len(X), "samples")


def _in_c(
    samples: Stored, rows: NDArray[np.int64], y: NDArray[np.int64]
) -> tuple[Stored, NDArray[np.int64], NDArray[np.int64]]:
    """The same, with copies of arrays that do not lie as in C."""
    X, shift, scale, in_double = samples
    shift, scale = (a if a is NOTHING else as_in_c(a, np.float64) for a in (shift, scale))
    stored = Stored(as_in_c(X, X.dtype), shift, scale, in_double)
    return stored, as_in_c(rows, np.int64), as_in_c(y, np.int64)


def _described(samples: Stored) -> _Samples:
    """Samples for the kernel; the arrays have to live as long as it is used."""
    X, shift, scale, in_double = samples
    is_bytes = X.dtype == np.uint8
    return _Samples(
        is_bytes + (is_bytes and in_double), X.shape[1], *map(address, (X, shift, scale))
    )


def why_no_batches() -> ChainruleError | None:
    """Why the kernel cannot take batches in this installation; None if it can."""
    missing = why_no_kernel()
    if missing is None and not library().has_batches():
        return ChainruleError(
            "the compiled kernel of this installation takes single samples only, as its compiler "
            "was neither GCC nor clang; train in batches with ",
            Setting("engine", "numpy"),
        )
    return missing


def batches_version(precision: str) -> str:
    """The end of the names of the functions for "float32" or "float64" that suit this processor.

    AVX-512 also where the processor computes it in two halves: it has twice the registers, which
    hold twice the sums.
    """
    names = versions(precision)
    return "_avx512" if "_avx512" in names else names[-1]


def _function(name: str, precision: type[np.float32] | type[np.float64]) -> Callable[..., int]:
    """The kernel's "batches" or "look" for this precision and processor."""
    precision_name = np.dtype(precision).name
    return _typed_function(name, f"{precision_name}{batches_version(precision_name)}")


@functools.cache
def _typed_function(name: str, version: str) -> Callable[..., int]:
    function = library()[f"{name}_{version}"]
    function.argtypes = (
        *(ctypes.c_void_p, ctypes.c_int64, ctypes.c_int),  # layers
        *(ctypes.c_void_p,) * 3,  # samples, rows, y
        *(ctypes.c_int64,) * 2,  # how many, batch size
        *(
            ((ctypes.c_double,) * 3 + (ctypes.c_void_p,))  # rate, momentum, decay; regularisation
            if name == "batches"
            else (ctypes.c_void_p,) * 2  # losses, predicted classes
        ),
        ctypes.c_int64,  # threads
    )
    function.restype = ctypes.c_int
    return function


def in_pieces(
    X: Samples,
    order: NDArray[np.int64],
    precision: type[np.float32] | type[np.float64],
    batch_size: int,
    products: float,
) -> Iterator[tuple[NDArray[np.int64], Stored, NDArray[np.int64]]]:
    """Cut an order of samples between batches, so that no call of the kernel takes long.

    Args:
        X: samples `(N, D)`.
        order: numbers of samples, `(n,)`.
        precision: of what is computed.
        batch_size: samples in a batch.
        products: what a batch costs, in products of two numbers.

    Yields:
        Numbers of samples, `(m,)`; what is stored; and where those samples are in it, `(m,)`.

    Raises:
        ChainruleError: if there is no such sample.
    """
    check_range("sample", order, len(X), "samples")
    stored = as_stored(X, precision)
    at_once = PRODUCTS / products
    if stored is None:
        buffer_rows = CONVERTED / (X.shape[1] * np.dtype(precision).itemsize)
        at_once = min(at_once, buffer_rows / batch_size)
    at_once = max(1, int(at_once)) * batch_size
    for start in range(0, len(order), at_once):
        piece = order[start : start + at_once]
        if stored is None:
            buffer = np.empty((len(piece), X.shape[1]), precision)
            take(X, piece, buffer)
            yield piece, Stored(buffer), np.arange(len(piece))
        elif isinstance(X, Rows) and X.chosen is not None:
            yield piece, stored, X.chosen[piece]
        else:
            yield piece, stored, piece


class CompiledBatches:
    """Trains a model in place, a batch at a time, in the precision of the samples."""

    name = "compiled"

    def __init__(
        self,
        model: LogisticRegression | NeuralNet,
        X: Samples,
        y: NDArray[np.int64],
        settings: SGD,
        velocity: Mapping[str, Array],
        threads: int | None = None,
    ) -> None:
        """Keep what is needed; each `run` checks the arrays as they then are.

        Shapes: `X` `(N, D)`, `y` `(N,)`; the velocities are shaped like the parameters. Threads
        None is as many as are worth it.

        Raises:
            ChainruleError: if there is no kernel for batches.
        """
        missing = why_no_batches()
        if missing:
            raise missing
        self._model, self._velocity = model, velocity
        self._X, self._y, self._settings = X, y, settings
        weights = sum(W.size for W, _ in layers_of(model))
        # Forward, backward and the gradient: three products for each weight and sample.
        self._products = 3.0 * weights * min(settings.batch_size, len(y))
        self.threads = threads or worthwhile_threads(self._products)

    def run(self, order: NDArray[np.int64], epoch: int = 1, place: int = 0) -> None:
        """Take a step on each batch of samples in the given order, `(n,)` numbers of samples.

        Raises:
            ChainruleError: if there is no such sample.
            MemoryError: if there is too little for the batch.
        """
        precision, momentum = precision_of(self._X), self._settings.momentum
        pieces = in_pieces(self._X, order, precision, self._settings.batch_size, self._products)
        for piece, stored, rows in pieces:
            batch_steps(
                layers_of(self._model),
                layers_of(self._model, self._velocity) if momentum else [],
                activation_of(self._model),
                stored,
                rows,
                self._y[piece],
                self._settings,
                precision,
                self.threads,
                epoch,
                place,
            )
            place += len(piece)


def as_stored(X: Samples, precision: type[np.float32] | type[np.float64]) -> Stored | None:
    """Samples `(N, D)` as the kernel can take them; None if they have to be converted first."""
    stored = X.stored if isinstance(X, Rows) else X
    if not isinstance(stored, np.ndarray) or not stored.flags.c_contiguous:
        return None
    if stored.dtype == precision and stored is X:
        return Stored(stored)
    if stored.dtype not in (np.uint8, np.bool_):
        return None
    n_features = stored.shape[1]
    shift, scale, in_double = np.zeros(n_features), np.ones(n_features), False
    if isinstance(X, Rows) and X.scaling is not None:
        shift, scale = (np.asarray(a, np.float64) for a in (X.scaling.shift, X.scaling.scale))
        in_double = not X.scales_in_single
    return Stored(stored.view(np.uint8), shift, scale, in_double)


def usable_processors() -> int:
    """How many of the machine's processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def worthwhile_threads(products: float) -> int:
    """The number of threads that is fastest for a step of so many products of two numbers."""
    return max(1, min(usable_processors(), int(products / PRODUCTS_A_THREAD)))
