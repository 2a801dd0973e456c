"""Damaged files by the thousand: each is read as a valid data set or refused in one sentence.

The damaged files are read in a process of its own whose memory is limited, so that a header that
claims terabytes cannot take them. Seeds are fixed: a failure names the case, and the next run
meets it again.
"""

import gzip
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from chainrule.data import Dataset, load
from chainrule.errors import ChainruleError
from data_files import PUBLISHED, idx_bytes, small_set

N_CASES = 1200
SPARE_MEMORY = 256 << 20
EXTREMES = [0, 1, 2, 3, 127, 128, 255, 2**15, 2**16, 2**31 - 1, 2**31, 2**32 - 1, 10**12, 2**63]
TEXTS = [
    b"",
    b"nan",
    b"-inf",
    b"1e39",
    b"1e999",
    b"-1",
    b"0.5",
    b"1e-320",
    b"9" * 5000,
    b"x",
    b"\0",
]
PIECES = [
    b"\0",
    b"\xff",
    b"\n",
    b"\r",
    b'"',
    b",",
    b"'",
    b"(",
    b"-",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
]

Damage = Callable[[Random, bytes], bytes]


def flip(rng: Random, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.choice([1, 1, 2, 8])):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def cut(rng: Random, content: bytes) -> bytes:
    start, end = sorted(rng.randrange(len(content) + 1) for _ in range(2))
    return rng.choice([content[:start], content[end:], content[:start] + content[end:]])


def insert(rng: Random, content: bytes) -> bytes:
    at = rng.randrange(len(content) + 1)
    piece = rng.choice([*PIECES, *TEXTS, rng.randbytes(rng.choice([1, 4, 300]))])
    return content[:at] + piece * rng.choice([1, 1, 2]) + content[at:]


def duplicate(rng: Random, content: bytes) -> bytes:
    start, end = sorted(rng.randrange(len(content) + 1) for _ in range(2))
    return content[:end] + content[start:end] + content[end:]


def extreme_number(rng: Random, content: bytes) -> bytes:
    """Replace an aligned binary number near the beginning, in either byte order."""
    size = rng.choice([1, 2, 4, 8])
    at = size * rng.randrange(max(1, min(len(content), 64) // size))
    number = rng.choice(EXTREMES) % (1 << 8 * size)
    return (
        content[:at] + number.to_bytes(size, rng.choice(["big", "little"])) + content[at + size :]
    )


def extreme_text(rng: Random, content: bytes) -> bytes:
    """Replace a number that is written in decimal digits."""
    numbers = list(re.finditer(rb"[0-9.]+", content))
    if not numbers:
        return content
    match = rng.choice(numbers)
    number = rng.choice([*TEXTS, *(str(extreme).encode() for extreme in EXTREMES)])
    return content[: match.start()] + number + content[match.end() :]


def damaged(rng: Random, content: bytes, *more: Damage) -> bytes:
    """Content with damage of one to three kinds."""
    for _ in range(rng.choice([1, 1, 2, 3])):
        content = rng.choice([flip, cut, insert, duplicate, *more])(rng, content) or b"\0"
    return content


def write_set(folder: Path, files: dict[str, bytes]) -> str:
    """Write what differs from the case before."""
    for name, content in files.items():
        path = folder / name
        if not path.exists() or path.read_bytes() != content:
            path.unlink(missing_ok=True)  # some file systems wait for the disk to overwrite
            path.write_bytes(content)
    return str(folder)


def idx_case(rng: Random, folder: Path) -> str:
    files = dict(zip(PUBLISHED, map(idx_bytes, small_set()), strict=True))
    name = rng.choice(PUBLISHED)
    files[name] = damaged(rng, files[name], extreme_number, extreme_number)
    return write_set(folder, files)


def gzip_case(rng: Random, folder: Path) -> str:
    contents = dict(zip(PUBLISHED, map(idx_bytes, small_set()), strict=True))
    name, stream_is_damaged = rng.choice(PUBLISHED), rng.random() < 0.5
    if not stream_is_damaged:
        contents[name] = damaged(rng, contents[name], extreme_number)
    files = {f"{n}.gz": gzip.compress(content, mtime=0) for n, content in contents.items()}
    if stream_is_damaged:
        files[f"{name}.gz"] = damaged(rng, files[f"{name}.gz"], extreme_number)
    return write_set(folder, files)


def csv_case(rng: Random, folder: Path) -> str:
    names = rng.choice([["a", "b", "label"], ["label", *(f"pixel{i}" for i in range(4))]])
    classes = rng.choice([["0", "1", "2"], ["cat", "dog"], ["-1.0", "1.0"], ['"a b"', "ä"]])
    rows = [
        [rng.choice(classes) if name == "label" else f"{rng.gauss(0, 9):.3g}" for name in names]
        for _ in range(rng.choice([3, 20, 40]))
    ]
    newline = rng.choice(["\n", "\r\n"])
    content = newline.join(map(",".join, [names, *rows])).encode()
    path = folder / "table.csv"
    path.write_bytes(damaged(rng, content, extreme_text, extreme_text))
    return str(path)


def npz_case(rng: Random, folder: Path) -> str:
    X_train, y_train, X_test, y_test = small_set()
    labels: Any = rng.choice([y_train, np.array(list("abcd"))[y_train], y_train.astype(float)])
    X: Any = rng.choice([X_train, X_train[:, 0].astype(np.float64)])
    arrays = {"X": X, "y": labels}
    if rng.random() < 0.3:
        arrays = {"x_train": X_train, "y_train": y_train, "x_test": X_test, "y_test": y_test}
    members = {}
    for name, array in arrays.items():
        file = io.BytesIO()
        np.save(file, array)
        members[name] = file.getvalue()
    archive_is_damaged = rng.random() < 0.5  # otherwise an array inside a sound archive
    if not archive_is_damaged:
        name = rng.choice(sorted(members))
        members[name] = damaged(rng, members[name], extreme_number, extreme_text, extreme_text)
    archive = io.BytesIO()
    with zipfile.ZipFile(
        archive, "w", rng.choice([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
    ) as z:
        for name, content in members.items():
            z.writestr(zipfile.ZipInfo(f"{name}.npy"), content)
    content = archive.getvalue()
    path = folder / "arrays.npz"
    path.write_bytes(damaged(rng, content, extreme_number) if archive_is_damaged else content)
    return str(path)


CASES: dict[str, Callable[[Random, Path], str]] = {
    "idx": idx_case,
    "gzip": gzip_case,
    "csv": csv_case,
    "npz": npz_case,
}


def check(data: Dataset) -> None:
    """A data set that was read from a damaged file can be learned from all the same."""
    assert len(set(data.classes)) == len(data.classes) >= 2
    for X, y in (data.part("train"), data.part("test")):
        assert X.ndim == 2
        assert X.shape[0] == len(y) > 0
        assert X.shape[1] == data.X_train.shape[1] > 0
        assert X.dtype.kind in "iubf"
        assert np.isfinite(X).all()
        assert y.dtype == np.int64
        assert y.min() >= 0
        assert y.max() < len(data.classes)
    data.scaled("unit")


def snapshot(folder: Path) -> dict[str, tuple[int, int]]:
    """Size and time of the last change of every file."""
    states = {str(path): path.stat() for path in folder.rglob("*")}
    return {path: (state.st_size, state.st_mtime_ns) for path, state in states.items()}


def read_damaged_files(kind: str, folder: Path) -> Counter[str]:
    """How many cases were read, and how many refused."""
    outcomes: Counter[str] = Counter()
    for case in range(N_CASES):
        rng = Random(f"{kind} {case}")
        try:
            name = CASES[kind](rng, folder)
            before = snapshot(folder)
            try:
                check(load(name))
                outcomes["read"] += 1
            except ChainruleError as error:
                message = str(error)
                assert message.isprintable(), repr(message)
                assert 20 < len(message) < 2000, message
                assert str(folder) in message or message.startswith("feature "), message
                outcomes["refused"] += 1
            assert snapshot(folder) == before, "files were changed"
        except Exception as error:
            raise AssertionError(f"case {case} of {kind}") from error
    return outcomes


@pytest.mark.skipif(sys.platform != "linux", reason="the memory limit is measured in /proc")
@pytest.mark.parametrize("kind", CASES)
def test_damaged_files_are_read_or_refused_in_one_sentence(kind: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", __file__, kind, str(tmp_path)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    outcomes = json.loads(done.stdout)
    assert outcomes["read"] + outcomes["refused"] == N_CASES
    assert outcomes["read"] >= N_CASES // 50  # else the damage never gets past the first check
    assert outcomes["refused"] >= N_CASES // 3


if __name__ == "__main__":
    import resource

    in_use = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (in_use + SPARE_MEMORY, in_use + SPARE_MEMORY))
    print(json.dumps(read_damaged_files(sys.argv[1], Path(sys.argv[2]))))
