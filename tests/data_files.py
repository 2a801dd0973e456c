"""Files of data that several test files write."""

import gzip
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike, NDArray

from chainrule.data import load, published_split
from chainrule.errors import DataError

ELEMENT_CODES = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}
PUBLISHED = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


def idx_bytes(values: NDArray[Any]) -> bytes:
    """An array as an IDX file holds it."""
    code = ELEMENT_CODES[values.dtype.str[1:]]
    header = struct.pack(f">BBBB{values.ndim}I", 0, 0, code, values.ndim, *values.shape)
    return header + values.astype(values.dtype.newbyteorder(">")).tobytes()


def small_set(
    n_train: int = 12, n_test: int = 5, shape: tuple[int, ...] = (3, 4)
) -> tuple[NDArray[Any], ...]:
    """Training images and labels, test images and labels: bytes, with classes 0 to 3."""
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (n_train + n_test, *shape)).astype(np.uint8)
    labels = (np.arange(n_train + n_test) % 4).astype(np.uint8)
    return images[:n_train], labels[:n_train], images[n_train:], labels[n_train:]


def write_idx_set(
    folder: Path, arrays: tuple[NDArray[Any], ...], *, zipped: bool = False, dotted: bool = False
) -> Path:
    """Write the four files of an IDX set, and return their folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for published, values in zip(PUBLISHED, arrays, strict=True):
        name = published.replace("-idx", ".idx") if dotted else published
        content = idx_bytes(values)
        if zipped:
            (folder / f"{name}.gz").write_bytes(gzip.compress(content, mtime=0))
        else:
            (folder / name).write_bytes(content)
    return folder


def refusal(*arguments: Any, **keywords: Any) -> str:
    """The one line with which `load` refuses."""
    with pytest.raises(DataError) as caught:
        load(*arguments, **keywords)
    message = str(caught.value)
    assert message.isprintable(), message
    assert 0 < len(message) < 1500
    return message


def joined(train: ArrayLike, test: ArrayLike, n_samples: int) -> NDArray[Any]:
    """Both parts of the published split, back in the order of the file."""
    train, test = np.asarray(train), np.asarray(test)
    whole = np.empty((n_samples, *train.shape[1:]), dtype=train.dtype)
    places = published_split(n_samples)
    whole[places[0]], whole[places[1]] = train, test
    return whole
