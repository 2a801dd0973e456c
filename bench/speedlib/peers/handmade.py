"""C kernels made by hand for one size of network: from `--limit`, and `limit_avx2.c` beside it.

What is measured is the kernel alone: the arrays stand ready, in its own layout.
"""

from __future__ import annotations

import ctypes
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from speedlib.jobs import Floats, Job, LeftOutError, Weights

FLAGS = (
    *("-O3", "-shared", "-fPIC"),
    *("-fassociative-math", "-fno-signed-zeros", "-fno-trapping-math", "-fno-math-errno"),
)
NATIVE, AVX2 = ("-march=native",), ("-mavx2", "-mfma")
AVX2_SOURCE = Path(__file__).parents[2] / "limit_avx2.c"
STORES_SOURCE = AVX2_SOURCE.with_name("limit_stores.c")
PAGE, LANES = 4096, 8  # bytes, and numbers in a register of AVX2


class Kernel:
    """A kernel's function, and the arrays that it reads and writes."""

    def __init__(
        self, job: Job, symbol: str, source: Path | None, instructions: tuple[str, ...]
    ) -> None:
        self.job = job
        self.sizes = (*job.first[0].shape, len(job.first[3]))
        self.X = aligned(job.X.shape)
        self.X[...] = job.X
        self.y = job.y.astype(np.int32)
        self.order = job.steps_order
        self.function = getattr(_library(source, instructions, self.sizes), symbol)
        self.params: Weights = []

    def run(self) -> None:
        """All samples in one call."""
        arrays = (self.X, self.y, self.order)
        self.function(
            *(_pointer(a) for a in arrays),
            ctypes.c_int64(len(self.order)),
            *self.sizes,
            *(_pointer(p) for p in self.params),
            ctypes.c_float(self.job.rate),
        )


class Fused(Kernel):
    """Plain loops: weights as (units, inputs), each update fused with the next forward pass."""

    def __init__(self, job: Job) -> None:
        super().__init__(job, "c_fused", job.limit, NATIVE)
        W_h, b_h, W_o, b_o = job.first
        self.params = [aligned(a.shape) for a in (W_h.T, b_h, W_o.T, b_o)]

    def reset(self) -> None:
        """Copy the first weights."""
        for own, first in zip(self.params, self.job.first, strict=True):
            own[...] = first.T

    def weights(self) -> Weights:
        """Weights and biases, layer by layer."""
        return [p.T for p in self.params]


class Intrinsics(Kernel):
    """AVX-512 instructions by hand, units padded to whole registers."""

    register = 16  # numbers

    def __init__(self, job: Job) -> None:
        self.load(job, job.limit, NATIVE)

    def load(self, job: Job, source: Path | None, instructions: tuple[str, ...]) -> None:
        """Build the kernel and make its arrays."""
        super().__init__(job, "c_intr", source, instructions)
        n_inputs, hidden, n_classes = self.sizes
        padded = -(-hidden // self.register) * self.register
        shapes = ((n_inputs, padded), (padded,), (n_classes, padded), (16,))
        self.params = [aligned(shape) for shape in shapes]

    def reset(self) -> None:
        """Copy the first weights; the padding stays 0."""
        for own, first in zip(self._inner(), self.job.first, strict=True):
            own[...] = first

    def weights(self) -> Weights:
        """Weights and biases, layer by layer."""
        return self._inner()

    def _inner(self) -> Weights:
        """The arrays without their padding, in the shapes of `Job.first`."""
        _, hidden, n_classes = self.sizes
        W_h, b_h, W_o, b_o = self.params
        return [W_h[:, :hidden], b_h[:hidden], W_o[:, :hidden].T, b_o[:n_classes]]


class Avx2Intrinsics(Intrinsics):
    """AVX2 instructions by hand."""

    register = 8

    def __init__(self, job: Job) -> None:
        self.load(job, AVX2_SOURCE, AVX2)


class Stores:
    """Nothing but reading and writing each weight once for each sample: as a plain step has to."""

    with_velocities = False

    def __init__(self, job: Job) -> None:
        self.steps = len(job.steps_order)
        n_inputs, *units = (len(job.first[0]), *(len(b) for b in job.first[1::2]))
        across = [-(-n // LANES) * LANES for n in units]  # the last layer lies turned round
        self.n = n_inputs * across[0]
        self.n += sum(a * n for a, n in zip(across[:-1], units[1:], strict=True))
        self.W = aligned((self.n,))
        self.memory = aligned((self.n + PAGE // 4,))
        # Half a page off from the weights, as in the kernel.
        offset = (self.W.ctypes.data + PAGE // 2 - self.memory.ctypes.data) % PAGE // 4
        self.v = self.memory[offset : offset + self.n]
        self.function = _library(STORES_SOURCE, AVX2, (0, 0, 0)).touch

    def reset(self) -> None:
        """There is nothing to go back to."""

    def run(self) -> None:
        """All samples in one call."""
        v = _pointer(self.v) if self.with_velocities else None
        times = ctypes.c_int64(self.steps)
        self.function(_pointer(self.W), v, ctypes.c_int64(self.n), times, ctypes.c_float(1.0))

    def weights(self) -> Weights:
        """None: nothing is trained."""
        return []


class StoresOfBoth(Stores):
    """The same for each weight and its velocity, as a step with momentum has to."""

    with_velocities = True


def aligned(shape: tuple[int, ...]) -> Floats:
    """Zeros in single precision, aligned to 64 bytes."""
    size = int(np.prod(shape)) * 4
    memory = np.zeros(size + 64, np.uint8)
    start = -memory.ctypes.data % 64
    return memory[start : start + size].view(np.float32).reshape(shape)


def _pointer(array: NDArray[Any]) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)


def _library(
    source: Path | None, instructions: tuple[str, ...], sizes: tuple[int, ...]
) -> ctypes.CDLL:
    """Build and load the kernels for these numbers of inputs, hidden units and classes."""
    if source is None:
        raise LeftOutError("no --limit given")
    defines = [f"-D{name}={size}" for name, size in zip(("NI", "NH", "NO"), sizes, strict=True)]
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "limit.so"
        try:
            subprocess.run(
                ["gcc", *FLAGS, *instructions, *defines, str(source), "-o", str(target)],
                check=True,
                capture_output=True,
            )
        except FileNotFoundError as error:
            raise LeftOutError("there is no gcc") from error
        except subprocess.CalledProcessError as error:
            raise LeftOutError(f"gcc cannot build {source.name} for this CPU") from error
        return ctypes.CDLL(str(target))
