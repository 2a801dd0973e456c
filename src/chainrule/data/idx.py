"""The IDX format of MNIST and its relatives: a magic number, the sizes, then the bytes.

Source: LeCun, Cortes and Burges, The MNIST database of handwritten digits, "file formats".
"""

import gzip
import struct
import zlib
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from chainrule.errors import DataError

# Third byte of the magic number; all numbers are big-endian.
ELEMENT_TYPES: dict[int, np.dtype[Any]] = {
    0x08: np.dtype(np.uint8),
    0x09: np.dtype(np.int8),
    0x0B: np.dtype(">i2"),
    0x0C: np.dtype(">i4"),
    0x0D: np.dtype(">f4"),
    0x0E: np.dtype(">f8"),
}
CHUNK = 1 << 20
NAMES = {
    ("train", "images"): "train-images-idx3-ubyte",
    ("train", "labels"): "train-labels-idx1-ubyte",
    ("test", "images"): "t10k-images-idx3-ubyte",
    ("test", "labels"): "t10k-labels-idx1-ubyte",
}


def read_idx(path: Path) -> NDArray[Any]:
    """Read one IDX file, gzipped or not.

    Returns:
        An array of the shape and element type that the file states, `(N,)` for labels,
        `(N, height, width)` for images.

    Raises:
        DataError: if the file is missing, is not IDX, or holds fewer or more bytes than its
            header says.
    """
    try:
        with path.open("rb") as probe:
            gzipped = probe.read(2) == b"\x1f\x8b"
        with gzip.open(path) if gzipped else path.open("rb") as file:
            return _parse(file, path)  # type: ignore[arg-type]
    except FileNotFoundError as error:
        raise DataError(f"{path}: there is no such file") from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(f"{path}: the gzip stream is damaged or cut short ({error})") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror or error})") from error


def _parse(file: BinaryIO, path: Path) -> NDArray[Any]:
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in ELEMENT_TYPES or not magic[3]:
        raise DataError(
            f"{path}: not an IDX file: it begins with {magic.hex(' ') or 'nothing'}, where "
            "00 00 08 01 (labels) or 00 00 08 03 (images) is expected"
        )
    header = file.read(4 * magic[3])
    if len(header) < 4 * magic[3]:
        raise DataError(f"{path}: the file ends inside its header; it is truncated")
    shape = struct.unpack(f">{magic[3]}I", header)
    dtype = ELEMENT_TYPES[magic[2]]
    expected = dtype.itemsize
    for size in shape:
        expected *= size

    # In chunks, so that a damaged header that claims terabytes costs only what is really there.
    content = bytearray()
    while len(content) <= expected and (chunk := file.read(CHUNK)):
        content += chunk
    if len(content) != expected:
        what = "more" if len(content) > expected else f"only {len(content)}"
        raise DataError(
            f"{path}: the header promises {' × '.join(map(str, shape))} values, "
            f"{expected} bytes, but the file holds {what}; it is damaged or truncated"
        )
    values: NDArray[Any] = np.frombuffer(content, dtype).reshape(shape)
    return values.astype(dtype.newbyteorder("="), copy=False)


def find_idx(folder: Path, part: str, content: str) -> Path:
    """Path of one of the four files of an IDX set in a folder.

    Accepts the names as published, with a dot in place of the last hyphen, and with `.gz`.

    Raises:
        DataError: if none is there; the message lists what was looked for.
    """
    name = NAMES[part, content]
    names = [name, name.replace("-idx", ".idx")]
    for candidate in (folder / (n + suffix) for n in names for suffix in ("", ".gz")):
        if candidate.is_file():
            return candidate
    if not folder.is_dir():
        raise DataError(f"{folder}: there is no such folder; it should hold {name} (or {name}.gz)")
    raise DataError(f"{folder}: the {part} {content} are missing; expected {name} or {name}.gz")


def read_idx_pair(images_path: Path, labels_path: Path) -> tuple[NDArray[Any], NDArray[Any]]:
    """Read images and their labels.

    Returns:
        Images `(N, height, width)` (or `(N, D)`), and labels `(N,)`.

    Raises:
        DataError: if a file cannot be read, holds the other kind, or the counts differ.
    """
    images, labels = read_idx(images_path), read_idx(labels_path)
    if images.ndim < 2:
        raise DataError(f"{images_path}: holds labels or single numbers where images are expected")
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise DataError(
            f"{labels_path}: holds {labels.ndim}-dimensional {labels.dtype} values "
            "where one whole number for each image is expected"
        )
    if len(images) != len(labels):
        raise DataError(
            f"{images_path} holds {len(images)} images and {labels_path} {len(labels)} labels; "
            "the counts must be equal"
        )
    return images, labels
