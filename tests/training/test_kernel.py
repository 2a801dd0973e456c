"""The compiled kernel against the textbook's loop, and against everything that could crash it.

These tests also run with the kernel under AddressSanitizer and UndefinedBehaviorSanitizer.
"""

import ctypes
import platform
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from chainrule.data import load_digits
from chainrule.errors import ChainruleError
from chainrule.nn.activations import ACTIVATIONS, Activation
from chainrule.nn.classifier import Parameters
from chainrule.nn.models import LogisticRegression, NeuralNet
from chainrule.training.engines import _compiled
from chainrule.training.engines._layers import Layer, layers_of
from chainrule.training.engines._textbook import Textbook
from chainrule.training.progress import copied
from chainrule.training.sgd import SGD
from helpers import HAS_KERNEL, assert_close, assert_same_bits, examples, with_kernel

pytestmark = with_kernel
Model = LogisticRegression | NeuralNet
VERSIONS = {
    precision: _compiled.versions(precision) if HAS_KERNEL else [""]
    for precision in ("float32", "float64")
}


@pytest.fixture(params=VERSIONS["float32"], ids=lambda version: f"version{version}")
def version(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each version of the kernel that this processor can run; in double there may be fewer."""
    chosen: str = request.param

    def versions(precision: str) -> list[str]:
        return [chosen] if chosen in VERSIONS[precision] else VERSIONS[precision]

    monkeypatch.setattr(_compiled, "versions", versions)
    return chosen


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


def digits() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    data = load_digits().scaled("standard")
    return np.asarray(data.X_train, np.float32), data.y_train


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


# What it computes

networks = st.lists(st.integers(1, 21), min_size=2, max_size=5).map(tuple)
settings = st.builds(
    SGD,
    learning_rate=st.sampled_from([0.01, 0.1]),
    momentum=st.sampled_from([0.0, 0.0, 0.5, 0.9]),
    weight_decay=st.sampled_from([0.0, 0.0, 0.01]),
)


@given(
    sizes=networks,
    activation=st.sampled_from(list(ACTIVATIONS)),
    sgd=settings,
    n=st.integers(1, 12),
    scale=st.sampled_from([0.0, 0.1, 1.0]),
    seed=st.integers(0, 10**6),
)
@examples(300)
def test_in_double_precision_it_is_the_loop_of_the_textbook(
    sizes: tuple[int, ...], activation: str, sgd: SGD, n: int, scale: float, seed: int
) -> None:
    """Width 1, a single class, fewer or more classes than units, inputs that are all zero."""
    X, y = new_samples(sizes, n, seed)
    X *= scale
    order = np.random.default_rng(seed).integers(n, size=3 * n)
    begin: Parameters = new_model(sizes, activation, seed).parameters
    rng = np.random.default_rng(seed)
    momentum: Parameters = {name: rng.normal(0, 0.1, p.shape) for name, p in begin.items()}
    expected, v_expected = new_model(sizes, activation, seed), copied(momentum)
    Textbook(expected, X, y, sgd, v_expected).run(order)
    for version in VERSIONS["float64"]:
        model, velocity = new_model(sizes, activation, seed), copied(momentum)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(_compiled, "versions", lambda _, version=version: [version])
            steps(model, X, y, order, sgd, velocity)
        assert_close(model.parameters, expected.parameters, 1e-12)
        assert_close(velocity, v_expected, 1e-12)


@pytest.mark.parametrize("width", [*range(22, 161, 7), 256, 257])
@pytest.mark.parametrize(("momentum", "weight_decay"), [(0.0, 0.0), (0.0, 0.1), (0.5, 0.1)])
def test_wide_layers_in_double_precision_are_the_loop_of_the_textbook(
    width: int, momentum: float, weight_decay: float, version: str
) -> None:
    """Of several panels, the last of them of each width; in all layers' places."""
    sizes = (width, width + 1, width + 6, 30)
    sgd = SGD(learning_rate=0.01, momentum=momentum, weight_decay=weight_decay)
    X, y = new_samples(sizes, 3)
    model, expected = new_model(sizes, "tanh"), new_model(sizes, "tanh")
    v_expected = zeros(expected)
    velocity = steps(model, X, y, np.arange(3), sgd)
    Textbook(expected, X, y, sgd, v_expected).run(np.arange(3))
    assert_close(model.parameters, expected.parameters, 1e-12)
    assert_close(velocity, v_expected if momentum else zeros(model), 1e-12)


@pytest.mark.parametrize("sizes", [(64, 10), (64, 10, 10), (64, 32, 10), (64, 100, 33, 10)])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_in_single_precision_an_epoch_of_digits_is_within_millionths(
    sizes: tuple[int, ...], activation: str, version: str
) -> None:
    """From the lab's own first weights; from larger ones rounding alone, NumPy's too, is more.

    Units that the activation never shuts gather more of it; NumPy's is 1.3e-6 there as well.
    """
    X, y = digits()
    order, sgd = np.arange(len(y)), SGD(learning_rate=0.01)
    model = new_model(sizes, activation, init="uniform")
    expected = new_model(sizes, activation, init="uniform")
    steps(model, X, y, order, sgd)
    Textbook(expected, X.astype(np.float64), y, sgd, {}).run(order)
    close = activation in ("sigmoid", "tanh", "relu")
    assert_close(model.parameters, expected.parameters, 1e-6 if close else 2e-6)


PRE_ACTIVATIONS = np.concatenate(
    [np.linspace(-20, 20, 81), *([z, -z] for z in (1e-6, 1e-3, 0.1, 50, 100, 1000))]
)


@pytest.mark.parametrize("precision", [np.float32, np.float64])
@pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=ACTIVATIONS)
def test_its_activations_are_those_of_the_registry_to_a_few_roundings(
    activation: Activation, precision: type[np.floating[Any]], version: str
) -> None:
    """One step each that lays h, then f'(z), into parameters that were 0."""
    z = PRE_ACTIVATIONS.astype(precision)
    rounding = float(np.finfo(precision).eps)
    X, y, order, sgd = (
        np.ones((1, 1), precision),
        np.array([0]),
        np.array([0]),
        SGD(learning_rate=1.0),
    )
    net = NeuralNet(1, len(z), 2, activation=activation.name, init="zeros")
    net.W_h[...] = z
    steps(net, X, y, order, sgd)  # both classes have probability 1/2: grad_W_o = h · (-1/2, 1/2)
    expected = activation.function(z.astype(np.float64))
    np.testing.assert_allclose(2 * net.W_o[:, 0], expected, rtol=3 * rounding, atol=rounding)

    net = NeuralNet(1, len(z), 2, activation=activation.name, init="zeros")
    net.W_h[...], net.W_o[:, 0], net.b_o[1] = z, 1, 1e6
    steps(net, X, y, order, sgd)  # the label has probability 0: grad_h = -1, grad_b_h = -f'(z)
    expected = activation.derivative(z.astype(np.float64))
    np.testing.assert_allclose(net.b_h, expected, rtol=3 * rounding, atol=2 * rounding)


@pytest.mark.parametrize(("momentum", "weight_decay"), [(0.9, 0.0), (0.0, 0.01), (0.9, 0.01)])
def test_in_single_precision_momentum_stays_close_for_fifty_samples(
    momentum: float, weight_decay: float, version: str
) -> None:
    (X, y), order = digits(), np.arange(50)
    sgd = SGD(learning_rate=0.01, momentum=momentum, weight_decay=weight_decay)
    model, expected = new_model((64, 32, 10)), new_model((64, 32, 10))
    v_expected = zeros(expected)
    velocity = steps(model, X, y, order, sgd)
    Textbook(expected, X.astype(np.float64), y, sgd, v_expected).run(order)
    assert_close(model.parameters, expected.parameters, 1e-6)
    assert_close(velocity, v_expected if momentum else zeros(model), 1e-5)


@given(networks, settings, st.integers(0, 12), st.sampled_from([np.float32, np.float64]))
@examples(60)
def test_cutting_an_order_in_two_changes_no_bit(
    sizes: tuple[int, ...], sgd: SGD, cut: int, precision: type[np.floating[Any]]
) -> None:
    """The step that waits for the next sample is taken at the end of a call."""
    X, y = new_samples(sizes, 12)
    X = X.astype(precision)
    order = np.random.default_rng(0).permutation(12)
    whole, parts = new_model(sizes, "tanh"), new_model(sizes, "tanh")
    v_whole = steps(whole, X, y, order, sgd)
    v_parts = steps(parts, X, y, order[:cut], sgd)
    steps(parts, X, y, order[cut:], sgd, v_parts)
    assert_same_bits(parts.parameters, whole.parameters)
    assert_same_bits(v_parts, v_whole)


def test_several_epochs_in_one_call_are_those_one_by_one(version: str) -> None:
    X, y = new_samples((7, 5, 3), 20)
    X = X.astype(np.float32)
    orders = [np.random.default_rng(epoch).permutation(20) for epoch in range(4)]
    at_once, one_by_one = new_model((7, 5, 3)), new_model((7, 5, 3))
    steps(at_once, X, y, np.concatenate(orders), SGD(learning_rate=0.1))
    for order in orders:
        steps(one_by_one, X, y, order, SGD(learning_rate=0.1))
    assert_same_bits(at_once.parameters, one_by_one.parameters)


def test_saturated_units_and_huge_logits_stay_finite_and_right(version: str) -> None:
    for precision, tolerance in ((np.float32, 1e-4), (np.float64, 1e-12)):
        X, y = new_samples((4, 3, 3), 10)
        model, expected = new_model((4, 3, 3)), new_model((4, 3, 3))
        for net in (model, expected):
            net.parameters["W_h"][...] *= 1000
            net.parameters["W_o"][...] *= 300
        steps(model, X.astype(precision), y, np.arange(10), SGD(learning_rate=0.1))
        Textbook(expected, X.astype(precision), y, SGD(learning_rate=0.1), {}).run(np.arange(10))
        assert_close(model.parameters, expected.parameters, tolerance)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_nan_and_infinity_are_not_lost(value: float, activation: str, version: str) -> None:
    """So that training can see that it diverged."""
    for precision in (np.float32, np.float64):
        X, y = new_samples((9, 5, 3), 4)
        X = X.astype(precision)
        X[1, 2] = value
        model = new_model((9, 5, 3), activation)
        steps(model, X, y, np.arange(4), SGD(learning_rate=0.1))
        assert not all(np.isfinite(p).all() for p in model.parameters.values())


def test_a_rate_without_bounds_leaves_the_finite_numbers(version: str) -> None:
    X, y = new_samples((9, 5, 3), 200)
    model = new_model((9, 5, 3), "relu")
    steps(model, 1e3 * X.astype(np.float32), y, np.arange(200), SGD(learning_rate=1e30))
    assert not all(np.isfinite(p).all() for p in model.parameters.values())


# Subnormal numbers

flushing = pytest.mark.skipif(
    platform.machine().lower() not in ("x86_64", "amd64", "aarch64", "arm64"),
    reason="kernel/float_mode.h does not know this processor",
)


def products_are_flushed() -> bool:
    """Whether NumPy's products below the normal numbers are 0 in this thread."""
    tiny = np.float32(1e-38)
    return bool(tiny * np.float32(0.01) == 0)


@flushing
@pytest.mark.parametrize("sizes", [(9, 3), (9, 5, 3)])
@pytest.mark.parametrize("precision", [np.float32, np.float64])
def test_velocities_that_fade_away_reach_zero(
    precision: type[np.floating[Any]], sizes: tuple[int, ...], version: str
) -> None:
    """Those of inputs that stay 0; else each operation on them takes a hundred cycles."""
    X, y, model = np.zeros((1, 9), precision), np.array([0]), new_model(sizes)
    velocity = zeros(model)
    first = next(iter(velocity))
    velocity[first][...] = np.finfo(precision).tiny
    order = np.zeros(10, np.int64)
    steps(model, X, y, order, SGD(momentum=0.9), velocity)
    assert not velocity[first].any()


def test_weights_next_to_zero_train_as_those_of_zero(version: str) -> None:
    X, y = new_samples((9, 5, 3), 20)
    for precision, tolerance in ((np.float32, 1e-6), (np.float64, 1e-12)):
        model, expected = new_model((9, 5, 3)), new_model((9, 5, 3))
        for net in (model, expected):
            net.parameters["W_h"][...] = 1e-40
        steps(model, X.astype(precision), y, np.arange(20), SGD())
        Textbook(expected, X, y, SGD(), {}).run(np.arange(20))
        assert_close(model.parameters, expected.parameters, tolerance)


def test_a_thread_keeps_its_subnormal_numbers(version: str) -> None:
    X, y = new_samples((9, 5, 3), 4)
    for precision in (np.float32, np.float64):
        assert not products_are_flushed()
        steps(new_model((9, 5, 3)), X.astype(precision), y, np.arange(4), SGD())
        assert not products_are_flushed()


@pytest.mark.skipif(
    (platform.system(), platform.machine()) != ("Linux", "x86_64"),
    reason="floating-point environments differ from system to system",
)
def test_a_thread_that_flushes_them_goes_on_doing_so(version: str) -> None:
    """As where another library was linked with -ffast-math."""
    libm = ctypes.CDLL("libm.so.6")
    normal, flushed = (ctypes.c_uint32 * 8)(), (ctypes.c_uint32 * 8)()  # fenv_t
    libm.fegetenv(normal)
    flushed[:] = [*normal[:7], normal[7] | 0x8040]  # the last number is the register MXCSR
    X, y = new_samples((9, 5, 3), 4)
    libm.fesetenv(flushed)
    try:
        before = products_are_flushed()
        steps(new_model((9, 5, 3)), X, y, np.arange(4), SGD())
        after = products_are_flushed()
    finally:
        libm.fesetenv(normal)
    assert (before, after, products_are_flushed()) == (True, True, False)


# Which processors it is for

CPUINFO = Path("/proc/cpuinfo")


@pytest.mark.skipif(
    platform.machine() != "x86_64" or not CPUINFO.exists(),
    reason="only Linux says so what an x86-64 processor can do",
)
def test_the_processor_can_do_what_the_operating_system_says() -> None:
    """A flag is there if the processor has the instructions and the system saves the registers."""
    fields = dict(line.split(":", 1) for line in CPUINFO.read_text().split("\n\n")[0].splitlines())
    about = {name.strip(): value.strip() for name, value in fields.items()}
    flags, kernel = set(about["flags"].split()), _compiled.library()
    avx2 = {"avx2", "fma"}
    avx512 = avx2 | {"avx512f", "avx512dq", "avx512bw", "avx512vl"}
    assert bool(kernel.has_avx2()) == (avx2 <= flags)
    assert bool(kernel.has_avx512()) == (avx512 <= flags)
    is_family_25 = (about["vendor_id"], about["cpu family"]) == ("AuthenticAMD", "25")
    assert bool(kernel.halves_avx512()) == is_family_25


def test_the_widest_version_comes_last_but_where_it_is_computed_in_halves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def versions(*answers: int) -> list[str]:
        names = ("has_avx2", "has_avx512", "halves_avx512")
        processor = SimpleNamespace(
            **{
                name: lambda answer=answer: answer
                for name, answer in zip(names, answers, strict=True)
            }
        )
        monkeypatch.setattr(_compiled, "library", lambda: processor)
        answer: list[str] = uncached("float32")
        return answer

    uncached: Any = _compiled.versions.__wrapped__
    assert versions(0, 0, 0) == [""]
    assert versions(1, 0, 1) == ["", "_avx2"]
    assert versions(1, 1, 0) == ["", "_avx2", "_avx512"]
    assert versions(1, 1, 1) == ["", "_avx512", "_avx2"]


# How arrays may lie


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


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    array = array.copy()
    array.flags.writeable = False
    return array


@pytest.mark.parametrize(
    "laid_out",
    [misaligned, every_second, read_only, np.asfortranarray, lambda a: a[::-1].copy()[::-1]],
)
@pytest.mark.parametrize("precision", [np.float32, np.float64])
def test_samples_labels_and_order_may_lie_anyhow(
    laid_out: Callable[[NDArray[Any]], NDArray[Any]], precision: type[np.floating[Any]]
) -> None:
    X, y = new_samples((9, 5, 3), 12)
    X, order = X.astype(precision), np.arange(12)[::-1].copy()
    model, expected = new_model((9, 5, 3)), new_model((9, 5, 3))
    steps(expected, X, y, order, SGD())
    steps(model, laid_out(X), laid_out(y), laid_out(order), SGD())
    assert_same_bits(model.parameters, expected.parameters)


@pytest.mark.parametrize("laid_out", [misaligned, every_second, np.asfortranarray])
def test_parameters_and_velocities_may_lie_anyhow(
    laid_out: Callable[[NDArray[Any]], NDArray[Any]],
) -> None:
    X, y = new_samples((9, 5, 3), 12)
    model, expected, sgd = new_model((9, 5, 3)), new_model((9, 5, 3)), SGD(momentum=0.5)
    v_expected = steps(expected, X, y, np.arange(12), sgd)
    for name, parameter in model.parameters.items():
        setattr(model, name, laid_out(parameter))
    velocity = {name: laid_out(v) for name, v in zeros(model).items()}
    steps(model, X, y, np.arange(12), sgd, velocity)
    for name, parameter in expected.parameters.items():
        np.testing.assert_array_equal(model.parameters[name], parameter)
        np.testing.assert_array_equal(velocity[name], v_expected[name])


def test_no_step_changes_nothing(version: str) -> None:
    X, y = new_samples((9, 5, 3), 4)
    model = new_model((9, 5, 3))
    before = copied(model.parameters)
    steps(model, X.astype(np.float32), y, np.arange(0), SGD())
    assert_same_bits(model.parameters, before)


# What is refused before the kernel sees it

GOOD: dict[str, Any] = {
    "layers": [Layer(np.zeros((4, 3)), np.zeros(3)), Layer(np.zeros((3, 2)), np.zeros(2))],
    "velocities": [],
    "activation": ACTIVATIONS["sigmoid"],
    "X": np.zeros((5, 4)),
    "y": np.array([0, 1, 0, 1, 0]),
    "order": np.arange(5),
    "settings": SGD(),
}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"X": np.zeros(4)}, r"samples \(N, D\) in float32 or float64; got float64 .* \(4,\)"),
        ({"X": np.zeros((5, 4), np.int64)}, "got int64 values"),
        ({"X": np.zeros((5, 4), ">f4")}, "got >f4 values"),
        ({"X": np.zeros((5, 3))}, r"shape \(4, 3\) do not fit 3 inputs"),
        ({"X": np.zeros((0, 4)), "y": np.zeros(0, int)}, "there is no sample 0: with 0 samples"),
        ({"y": np.array([0, 1, 0, 1])}, r"there are 5 samples but labels of shape \(4,\)"),
        ({"y": np.array([0, 1, 2, 1, 0])}, "there is no label 2: with 2 classes, 0 to 1"),
        ({"y": np.array([0, -1, 0, 1, 0])}, "there is no label -1"),
        ({"y": np.array([0.0, 1, 0, 1, 0])}, "a label is given by a whole number; got float64"),
        ({"order": np.array([0, 5])}, "there is no sample 5: with 5 samples, 0 to 4"),
        ({"order": np.array([0, -1])}, "there is no sample -1"),
        ({"order": np.array([2**63], np.uint64)}, "there is no sample 9223372036854775808"),
        ({"order": np.array([[0, 1]])}, r"order of samples must be of shape \(n,\); got \(1, 2\)"),
        ({"order": np.array([0.5])}, "a sample is given by a whole number; got float64"),
        ({"layers": GOOD["layers"][:1] * 2}, r"shape \(4, 3\) do not fit 3 inputs"),
        ({"layers": [Layer(np.zeros((4, 3)), np.zeros(2))]}, r"biases of shape \(2,\)"),
        ({"layers": [Layer(np.zeros(4), np.zeros(1))]}, r"weights .* of shape \(4,\)"),
        ({"layers": []}, "at least one layer"),
        ({"layers": [Layer(np.zeros((4, 2), np.float32), np.zeros(2))]}, "float64; got float32"),
        ({"layers": [Layer(read_only(np.zeros((4, 2))), np.zeros(2))]}, "read-only"),
        ({"settings": SGD(momentum=0.5)}, "momentum 0.5 needs a velocity"),
        ({"velocities": [Layer(np.zeros((4, 3)), np.zeros(3))]}, "velocity for each parameter"),
        ({"velocities": [Layer(np.zeros((3, 4)), np.zeros(3))] * 2}, "of the same shape"),
    ],
)
def test_what_the_kernel_cannot_take_is_named_and_nothing_changes(
    wrong: dict[str, Any], message: str
) -> None:
    arguments = GOOD | wrong
    with pytest.raises(ChainruleError, match=message):
        _compiled.sgd_steps(**arguments)
    for layer in arguments["layers"]:
        assert not layer.W.any()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("W_h", np.zeros((3, 4)), r"W_h must have shape \(9, 5\); got \(3, 4\)"),
        ("b_h", np.zeros((5, 1)), r"b_h must have shape \(5,\); got \(5, 1\)"),
        ("W_o", np.zeros((5, 3), np.float32), "W_o holds float32 values"),
        ("b_o", [0.0, 0.0, 0.0], r"b_o must be an array"),
        ("W_h", read_only(np.zeros((9, 5))), "W_h is read-only"),
    ],
)
def test_a_parameter_that_cannot_be_trained_is_named(name: str, value: Any, message: str) -> None:
    X, y = new_samples((9, 5, 3), 4)
    model = new_model((9, 5, 3))
    setattr(model, name, value)
    with pytest.raises(ChainruleError, match=message):
        steps(model, X, y, np.arange(4), SGD())


# Threads


def test_trainings_in_threads_give_the_bits_of_trainings_in_turn() -> None:
    X, y = new_samples((20, 8, 4), 50)
    order = np.tile(np.arange(50), 20)
    in_turn = [new_model((20, 8, 4), seed=seed) for seed in range(4)]
    at_once = [new_model((20, 8, 4), seed=seed) for seed in range(4)]
    for model in in_turn:
        steps(model, X, y, order, SGD())
    threads = [threading.Thread(target=steps, args=(m, X, y, order, SGD())) for m in at_once]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for model, expected in zip(at_once, in_turn, strict=True):
        assert_same_bits(model.parameters, expected.parameters)


def test_other_threads_go_on_while_the_kernel_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compared with the same call through a handle of the library that keeps the GIL."""

    def rounds_meanwhile() -> int:
        model, (X, y) = new_model((64, 100, 10)), new_samples((64, 100, 10), 50)
        order = np.tile(np.arange(50), 2000)
        thread = threading.Thread(target=steps, args=(model, X, y, order, SGD()))
        rounds = 0
        thread.start()
        while thread.is_alive():
            rounds += 1
            time.sleep(0)  # offers the GIL
        return rounds

    released = rounds_meanwhile()
    keeping = ctypes.PyDLL(_compiled.library()._name)
    uncached: Any = _compiled._function
    monkeypatch.setattr(_compiled, "library", lambda: keeping)
    monkeypatch.setattr(_compiled, "_function", uncached.__wrapped__)
    assert released > 20 * rounds_meanwhile()


def test_layers_share_the_arrays_of_the_model() -> None:
    model = new_model((4, 3, 2))
    in_layers = [array for layer in layers_of(model) for array in layer]
    own = list(model.parameters.values())
    assert [id(array) for array in in_layers] == [id(array) for array in own]
