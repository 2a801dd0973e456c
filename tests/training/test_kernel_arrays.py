"""What the compiled kernel is given: arrays in any order, what is refused, and several threads.

These tests also run with the kernel under AddressSanitizer and UndefinedBehaviorSanitizer.
"""

import ctypes
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from chainrule.errors import ChainruleError
from chainrule.nn.activations import ACTIVATIONS
from chainrule.training.engines import _compiled
from chainrule.training.engines._layers import Layer, layers_of
from chainrule.training.progress import copied
from chainrule.training.sgd import SGD
from helpers import assert_same_bits, with_kernel
from kernel_models import (
    every_second,
    misaligned,
    new_model,
    new_samples,
    steps,
    zeros,
)

pytestmark = with_kernel


# How arrays may lie


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
