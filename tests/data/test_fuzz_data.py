"""Damaged files by the thousand: each is read as a valid data set or refused in one sentence."""

import gzip
import io
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from PIL import Image

from chainrule.data import Dataset, load
from chainrule.data.image_files import read_picture
from damage import (
    Case,
    damaged,
    extreme_number,
    extreme_text,
    main,
    measured,
    numbers,
    outcomes,
)
from data_files import PUBLISHED, idx_bytes, small_set

Read = Callable[[], object]


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


def loading(name: str) -> Read:
    """Load a data set, and look at it."""
    return lambda: check(load(name))


def write_set(folder: Path, files: dict[str, bytes]) -> str:
    """Write what differs from the case before."""
    for name, content in files.items():
        path = folder / name
        if not path.exists() or path.read_bytes() != content:
            path.unlink(missing_ok=True)  # some file systems wait for the disk to overwrite
            path.write_bytes(content)
    return str(folder)


def idx_case(rng: Random, folder: Path) -> Read:
    files = dict(zip(PUBLISHED, map(idx_bytes, small_set()), strict=True))
    name = rng.choice(PUBLISHED)
    files[name] = damaged(rng, files[name], extreme_number, extreme_number)
    return loading(write_set(folder, files))


def gzip_case(rng: Random, folder: Path) -> Read:
    contents = dict(zip(PUBLISHED, map(idx_bytes, small_set()), strict=True))
    name, stream_is_damaged = rng.choice(PUBLISHED), rng.random() < 0.5
    if not stream_is_damaged:
        contents[name] = damaged(rng, contents[name], extreme_number)
    files = {f"{n}.gz": gzip.compress(content, mtime=0) for n, content in contents.items()}
    if stream_is_damaged:
        files[f"{name}.gz"] = damaged(rng, files[f"{name}.gz"], extreme_number)
    return loading(write_set(folder, files))


def csv_case(rng: Random, folder: Path) -> Read:
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
    return loading(str(path))


def npz_case(rng: Random, folder: Path) -> Read:
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
    return loading(str(path))


def png_case(rng: Random, folder: Path) -> Read:
    """A digit with paper around it, in any of the kinds of pixels that there are."""
    pixels = np.zeros((20, 16), np.uint8)
    pixels[4:16, 6:10] = 255
    mode = rng.choice(["L", "RGB", "RGBA", "P", "1", "LA", "I;16"])
    if mode == "I;16":
        picture = Image.fromarray(pixels.astype(np.uint16) * 257)
    else:
        picture = Image.fromarray(pixels).convert(mode)
    file = io.BytesIO()
    picture.save(file, "PNG", optimize=rng.random() < 0.5)
    path = folder / "digit.png"
    path.write_bytes(_with_checksums(rng, damaged(rng, file.getvalue(), extreme_number)))
    shape = rng.choice([(8, 8), (28, 28), (20, 16)])

    def read() -> None:
        seen = read_picture(path, shape, 16.0)
        assert seen.pixels.shape == (shape[0] * shape[1],)
        assert np.isfinite(seen.pixels).all()

    return read


def _with_checksums(rng: Random, content: bytes) -> bytes:
    """Half of the time, the pieces of a PNG file with right checksums, to get past the first."""
    if rng.random() < 0.5:
        return content
    changed, place = bytearray(content), 8
    while place + 12 <= len(changed):
        size = int.from_bytes(changed[place : place + 4], "big")
        end = place + 8 + size
        if end + 4 > len(changed):
            break
        changed[end : end + 4] = zlib.crc32(changed[place + 4 : end]).to_bytes(4, "big")
        place = end + 4
    return bytes(changed)


CASES: dict[str, Case] = {
    "idx": idx_case,
    "gzip": gzip_case,
    "csv": csv_case,
    "npz": npz_case,
    "png": png_case,
}


@measured
@numbers
@pytest.mark.parametrize("kind", CASES)
def test_damaged_files_are_read_or_refused_in_one_sentence(
    kind: str, number: int, tmp_path: Path
) -> None:
    counted = outcomes(__file__, kind, number, tmp_path)
    assert counted["read"] >= number // 50  # else the damage never gets past the first check
    assert counted["refused"] >= number // 3


if __name__ == "__main__":
    main(CASES, elsewhere=("feature ",))
