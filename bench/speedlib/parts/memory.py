"""Peak memory of a process that trains on MNIST, and on ten times MNIST, from IDX files."""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from speedlib.context import Context
from speedlib.jobs import LeftOutError
from speedlib.measure import PartResult
from speedlib.parts.process import as_users_have_it

MEGABYTE = 1e6
ALLOWED_SHARE, ALLOWED_MORE = 1.3, 100 * MEGABYTE
TRAIN = (
    *("-m", "chainrule", "train", "--no-plots", "--out", "run", "--data", "idx"),
    *("--data-dir", "idx", "--model", "net", "--hidden", "128"),
    *("--batch-size", "128", "--epochs", "1"),
)
POLL = 0.005  # seconds
FIELDS = {"VmHWM": "peak_rss", "RssAnon": "peak_anonymous"}


def run(context: Context) -> PartResult:
    """One process for each size of the data, one epoch of 784-128-10 in batches of 128."""
    if not Path("/proc/self/status").exists():
        return PartResult("Memory: left out, it is read from Linux's /proc", {}, {})
    lines, raw = [], {}
    figures: dict[str, float | None] = {}
    for times in (1, 10):
        name = "MNIST" if times == 1 else f"{times} times MNIST"
        n_bytes = write_idx(context, times)
        peak = peaks(context.scratch)
        allowed = ALLOWED_SHARE * n_bytes + ALLOWED_MORE
        raw[name] = peak | {"data": n_bytes, "allowed": allowed}
        figures[f"{name}: peak / allowed"] = peak["peak_rss"] / allowed
        lines.append(
            f"  {name:16s}{n_bytes / MEGABYTE:10.0f}{peak['peak_rss'] / MEGABYTE:12.0f}"
            f"{allowed / MEGABYTE:10.0f}{peak['peak_anonymous'] / MEGABYTE:14.0f}"
            f"{peak['seconds']:10.1f}"
        )
    head = "  data              images MB     peak MB   allowed  not of a file   seconds"
    title = "784-128-10, batches of 128, one epoch, from uncompressed IDX files"
    note = "  allowed: 1.3 times the images and 100 MB; not of a file: peak of anonymous memory"
    return PartResult("\n".join([title, head, *lines, note]), figures, raw)


def write_idx(context: Context, times: int) -> int:
    """Write the four files of an IDX set with a repeated training part; bytes of its images."""
    X_train, y_train, X_test, y_test = context.images
    folder = context.scratch / "idx"
    folder.mkdir(exist_ok=True)
    for name, images, labels, repeat in (
        ("train", X_train, y_train, times),
        ("t10k", X_test, y_test, 1),
    ):
        shape = (len(images) * repeat, 28, 28)
        write_file(folder / f"{name}-images-idx3-ubyte", images, shape, repeat)
        write_file(folder / f"{name}-labels-idx1-ubyte", labels, shape[:1], repeat)
    return X_train.nbytes * times + X_test.nbytes


def write_file(path: Path, values: NDArray[Any], shape: tuple[int, ...], repeat: int) -> None:
    """Bytes, repeated, behind the header of an IDX file of this shape."""
    with path.open("wb") as file:
        file.write(struct.pack(f">4B{len(shape)}I", 0, 0, 8, len(shape), *shape))
        for _ in range(repeat):
            file.write(values.astype(np.uint8).tobytes())


def peaks(folder: Path) -> dict[str, float]:
    """Train in a fresh process; its `seconds`, and peaks of memory in bytes.

    Raises:
        LeftOutError: if the process fails.
    """
    found = dict.fromkeys(FIELDS.values(), 0.0)
    started = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, *TRAIN],
        cwd=folder,
        env=as_users_have_it(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        while process.poll() is None:
            for field, value in status(process.pid).items():
                found[field] = max(found[field], value)
            time.sleep(POLL)
        message = process.stderr.read() if process.stderr else ""
    if process.returncode:
        raise LeftOutError(message.strip() or f"exit code {process.returncode}")
    shutil.rmtree(folder / "run")
    return found | {"seconds": time.perf_counter() - started}


def status(pid: int) -> dict[str, float]:
    """The fields of /proc/PID/status that are asked for, in bytes; none if it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return {}
    pairs = (line.split(":", 1) for line in lines if ":" in line)
    return {FIELDS[k]: float(v.split()[0]) * 1024 for k, v in pairs if k in FIELDS}
