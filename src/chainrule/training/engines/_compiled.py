"""The compiled engine: one sample at a time, in C.

The kernel is `kernel/sgd.h`. It is built when the package is installed, and called through
ctypes, which releases the GIL. Everything that it relies on is checked here.
"""

import ctypes
import functools
from collections.abc import Callable, Mapping, Sequence
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.data.arrays import Array
from chainrule.data.samples import Samples, take
from chainrule.errors import ChainruleError, Setting
from chainrule.nn.activations import ACTIVATIONS, Activation
from chainrule.nn.dropout import dropout_key
from chainrule.nn.models import LogisticRegression, NeuralNet
from chainrule.training.engines._layers import (
    Layer,
    activation_of,
    copy_into,
    layers_of,
    precision_of,
)
from chainrule.training.sgd import SGD, learning_rate_in

FOLDER = Path(__file__).with_name("kernel")
INTERFACE = 9  # interface_version() in kernel/processor.c
ROWS_AT_A_TIME = 1024  # of samples that are scaled or converted as they are taken
NOTHING = np.empty(0)  # in place of an array that there is not


class _ModelLayer(ctypes.Structure):
    """`model_layer` of kernel/sgd.h."""

    _fields_ = (
        ("fan_in", ctypes.c_int64),
        ("fan_out", ctypes.c_int64),
        ("W", ctypes.c_void_p),
        ("b", ctypes.c_void_p),
        ("v_W", ctypes.c_void_p),
        ("v_b", ctypes.c_void_p),
    )


class Regularisation(ctypes.Structure):
    """`regularisation` of kernel/regularisation.h."""

    _fields_ = (
        ("label_smoothing", ctypes.c_double),
        ("dropout", ctypes.c_double),
        ("key", ctypes.c_uint64),
        ("place", ctypes.c_int64),
    )

    @classmethod
    def of(cls, settings: SGD, epoch: int, place: int) -> "Regularisation":
        """That of some steps, the first of them on the sample of that place in the epoch."""
        key = dropout_key(settings.seed, epoch) if settings.dropout else 0
        return cls(settings.label_smoothing, settings.dropout, key, place)


@functools.cache
def library() -> ctypes.CDLL:
    """The compiled kernel.

    Raises:
        ChainruleError: if there is none in this installation; the message says why.
    """
    path = next((p for p in (FOLDER / "sgd.so", FOLDER / "sgd.dll") if p.exists()), None)
    if path is None:
        raise ChainruleError(
            "this installation of chainrule has no compiled kernel, as when it finds no C "
            "compiler; install a compiler, then chainrule again, or train with ",
            Setting("engine", "numpy"),
        )
    try:
        kernel = ctypes.CDLL(str(path))
        interface, activations = kernel.interface_version(), kernel.n_activations()
    except (OSError, AttributeError) as error:
        raise ChainruleError(f"the compiled kernel cannot be loaded: {error}") from error
    if interface != INTERFACE:
        raise ChainruleError(
            f"the compiled kernel was built from other sources (interface {interface}, not "
            f"{INTERFACE}); install chainrule again"
        )
    if activations != len(ACTIVATIONS):
        raise ChainruleError(
            f"the compiled kernel was built from other sources ({activations} activations, not "
            f"{len(ACTIVATIONS)}); install chainrule again, or in a clone start it with uv run"
        )
    return kernel


def why_no_kernel() -> ChainruleError | None:
    """Why the compiled kernel cannot be called in this installation; None if it can."""
    try:
        library()
    except ChainruleError as error:
        return error
    return None


def sgd_steps(
    layers: Sequence[Layer],
    velocities: Sequence[Layer],
    activation: Activation,
    X: NDArray[Any],
    y: NDArray[np.int64],
    order: NDArray[np.int64],
    settings: SGD,
    epoch: int = 1,
    place: int = 0,
) -> None:
    """Take a step on each sample in the given order, changing the layers in place.

    Args:
        layers: the parameters from input to output, float64.
        velocities: of momentum, likewise and of the same shapes; none without momentum.
        activation: of the hidden layers.
        X: samples `(N, D)`, float32 or float64, which is the precision of the steps.
        y: labels `(N,)`.
        order: numbers of samples, `(n,)`.
        settings: learning rate and its schedule, momentum, weight decay and what regularises; the
            rest is not looked at.
        epoch: counted from 1.
        place: of the first sample in the epoch, from 0.

    Raises:
        ChainruleError: naming what has the wrong shape or type or cannot be changed, or a label
            or a sample that is out of range. Nothing is changed then.
    """
    check_layers(layers, velocities, settings)
    _check_samples(layers, X, y, order)
    if len(order) == 0:
        return
    X, y, order = as_in_c(X, X.dtype), as_in_c(y, np.int64), as_in_c(order, np.int64)
    # Parameters that do not lie as in C are trained as copies that do.
    layers_in_c, velocities_in_c = layers_as_in_c(layers), layers_as_in_c(velocities)
    status = _function(X.dtype.name, versions(X.dtype.name)[-1])(
        described(layers_in_c, velocities_in_c),
        len(layers),
        activation.kernel,
        address(X),
        address(y),
        address(order),
        len(order),
        learning_rate_in(settings, epoch),
        settings.momentum,
        settings.weight_decay,
        ctypes.byref(Regularisation.of(settings, epoch, place)),
    )
    if status != 0:
        raise MemoryError("there is too little memory to train; take fewer hidden units")
    copy_into(layers, layers_in_c)
    copy_into(velocities, velocities_in_c)


def check_layers(layers: Sequence[Layer], velocities: Sequence[Layer], settings: SGD) -> None:
    """Refuse parameters and velocities that the kernel could not change in place."""
    if not layers:
        raise ChainruleError("there is nothing to train; give at least one layer")
    fan_in = len(layers[0].W)
    for W, b in layers:
        if W.ndim != 2 or b.ndim != 1 or W.shape != (fan_in, len(b)):
            raise ChainruleError(
                f"weights (fan_in, fan_out) of shape {W.shape} do not fit {fan_in} inputs and "
                f"biases of shape {b.shape}"
            )
        fan_in = len(b)
    if settings.momentum and not velocities:
        raise ChainruleError(f"momentum {settings.momentum:g} needs a velocity; give zeros")
    if velocities and [(v.W.shape, v.b.shape) for v in velocities] != [
        (W.shape, b.shape) for W, b in layers
    ]:
        raise ChainruleError("there must be a velocity for each parameter, of the same shape")
    for array in chain(*layers, *velocities):
        if array.dtype != np.float64 or not array.flags.writeable:
            state = array.dtype if array.flags.writeable else "a read-only array"
            raise ChainruleError(
                f"parameters and velocities are changed in place and must be float64; got {state}"
            )


def _check_samples(
    layers: Sequence[Layer], X: NDArray[Any], y: NDArray[Any], order: NDArray[Any]
) -> None:
    if X.ndim != 2 or X.dtype not in (np.float32, np.float64):
        raise ChainruleError(
            f"the kernel takes samples (N, D) in float32 or float64; got {X.dtype} values of "
            f"shape {X.shape}"
        )
    if X.shape[1] != len(layers[0].W):
        raise ChainruleError(
            f"weights (fan_in, fan_out) of shape {layers[0].W.shape} do not fit {X.shape[1]} "
            "inputs"
        )
    if y.shape != X.shape[:1]:
        raise ChainruleError(f"there are {len(X)} samples but labels of shape {y.shape}")
    if order.ndim != 1:
        raise ChainruleError(f"the order of samples must be of shape (n,); got {order.shape}")
    check_range("label", y, len(layers[-1].b), "classes")
    check_range("sample", order, len(X), "samples")


def layers_as_in_c(layers: Sequence[Layer]) -> list[Layer]:
    """The same layers, with copies of arrays that do not lie as in C."""
    return [Layer(as_in_c(W, np.float64), as_in_c(b, np.float64)) for W, b in layers]


def described(layers: Sequence[Layer], velocities: Sequence[Layer]) -> "ctypes.Array[_ModelLayer]":
    """Layers for the kernel; shapes: as `Layer` has them, aligned and in C order."""
    pairs = zip_longest(layers, velocities, fillvalue=Layer(NOTHING, NOTHING))
    return (_ModelLayer * len(layers))(
        *(
            _ModelLayer(*p.W.shape, address(p.W), address(p.b), address(v.W), address(v.b))
            for p, v in pairs
        )
    )


def address(array: NDArray[Any]) -> int | None:
    """Where an array lies, for C; NULL for `NOTHING`."""
    return None if array is NOTHING else array.ctypes.data


def as_in_c(array: NDArray[Any], dtype: Any) -> NDArray[Any]:
    """The array itself if it is aligned, in C order and of that type, else a copy that is."""
    if array.flags.c_contiguous and array.flags.aligned and array.dtype == dtype:
        return array
    return np.array(array, dtype, order="C")


def check_range(noun: str, numbers: NDArray[np.int64], end: int, counted: str) -> None:
    """Whole numbers `(n,)` from 0 to `end` − 1, or an error that names the first of the others."""
    if numbers.dtype.kind not in "iu":
        raise ChainruleError(f"a {noun} is given by a whole number; got {numbers.dtype} values")
    if numbers.size and not 0 <= numbers.min() <= numbers.max() < end:
        wrong = numbers[(numbers < 0) | (numbers >= end)][0]
        raise ChainruleError(f"there is no {noun} {wrong}: with {end} {counted}, 0 to {end - 1}")


@functools.cache
def versions(precision: str) -> list[str]:
    """The versions of the kernel that this processor can run, the one to take last.

    Args:
        precision: "float32" or "float64".

    Returns:
        The ends of the names of their functions.
    """
    kernel, names = library(), [""]
    if kernel.has_avx2():
        names.append("_avx2")
    if kernel.has_avx512() and precision == "float32":  # double spends its time in exp
        names.insert(len(names) - bool(kernel.halves_avx512()), "_avx512")
    return names


@functools.cache
def _function(precision: str, version: str) -> Callable[..., int]:
    """The kernel for "float32" or "float64"."""
    function = library()[f"sgd_{precision}{version}"]
    function.argtypes = (
        *(ctypes.c_void_p, ctypes.c_int64, ctypes.c_int),  # layers
        *(ctypes.c_void_p,) * 3,  # X, y, order
        ctypes.c_int64,
        *(ctypes.c_double,) * 3,  # learning rate, momentum, weight decay
        ctypes.c_void_p,  # regularisation
    )
    function.restype = ctypes.c_int
    return function


class Compiled:
    """Trains a model in place, one sample at a time, in the precision of the samples."""

    name = "compiled"
    threads = 1

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

        Shapes: `X` `(N, D)`, `y` `(N,)`; the velocities are shaped like the parameters. Each
        sample waits for the one before: whatever number of threads is allowed, there is one.

        Raises:
            ChainruleError: if there is no kernel.
        """
        library()
        self._model, self._velocity = model, velocity
        self._X, self._y, self._settings = X, y, settings

    def run(self, order: NDArray[np.int64], epoch: int = 1, place: int = 0) -> None:
        """Take a step on each sample in the given order, `(n,)` numbers of samples.

        Raises:
            ChainruleError: if there is no such sample.
        """
        X, precision = self._X, precision_of(self._X)
        layers = layers_of(self._model)
        velocities = layers_of(self._model, self._velocity) if self._settings.momentum else []

        def steps(
            X: NDArray[Any], y: NDArray[np.int64], order: NDArray[np.int64], place: int
        ) -> None:
            activation = activation_of(self._model)
            sgd_steps(layers, velocities, activation, X, y, order, self._settings, epoch, place)

        if isinstance(X, np.ndarray) and X.dtype == precision and X.flags.c_contiguous:
            steps(X, self._y, order, place)
            return
        buffer = np.empty((min(ROWS_AT_A_TIME, len(order)), X.shape[1]), precision)
        rows = np.arange(len(buffer))
        for start in range(0, len(order), ROWS_AT_A_TIME):
            piece = order[start : start + ROWS_AT_A_TIME]
            n = len(piece)
            take(X, piece, buffer[:n])
            steps(buffer[:n], self._y[piece], rows[:n], place + start)
