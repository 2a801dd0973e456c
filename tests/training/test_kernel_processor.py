"""The processor under the kernel: subnormal numbers, and which versions of it can run.

These tests also run with the kernel under AddressSanitizer and UndefinedBehaviorSanitizer.
"""

import ctypes
import platform
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from chainrule.training.engines import _compiled
from chainrule.training.engines._textbook import Textbook
from chainrule.training.sgd import SGD
from helpers import assert_close, with_kernel
from kernel_models import (
    new_model,
    new_samples,
    steps,
    zeros,
)

pytestmark = with_kernel


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
