"""The IDX format of MNIST and its relatives: a magic number, the sizes, then the bytes.

Source: LeCun, Cortes and Burges, The MNIST database of handwritten digits, "file formats".
"""

import gzip
import math
import os
import struct
import zlib
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from chainrule.data._reading import finite_features, plain, reading
from chainrule.data.limits import read_bounded, require_room
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
MAX_DIMENSIONS = 64  # what NumPy can hold
NAMES = {
    ("train", "images"): "train-images-idx3-ubyte",
    ("train", "labels"): "train-labels-idx1-ubyte",
    ("test", "images"): "t10k-images-idx3-ubyte",
    ("test", "labels"): "t10k-labels-idx1-ubyte",
}


def is_idx(path: Path) -> bool:
    """Whether a file begins as an IDX file or a gzip stream does.

    Raises:
        DataError: if it cannot be read.
    """
    with reading(path), path.open("rb") as file:
        return file.read(2) in {b"\0\0", b"\x1f\x8b"}


def read_idx(path: Path, content: str | None = None) -> NDArray[Any]:
    """Read one IDX file, gzipped or not.

    Single bytes that are not gzipped, such as MNIST's, are mapped into memory and cannot be
    written to: what is never looked at is never read, and a file larger than the memory will do.
    Do not change the file while the array is in use.

    Args:
        path: the file.
        content: "images" or "labels", if one of them is expected.

    Returns:
        An array of the shape and element type that the file states, in the byte order of the
        machine: `(N,)` for labels, `(N, height, width)` for images.

    Raises:
        DataError: if the file is missing, is not IDX, holds no values, or holds fewer or more
            bytes than its header says.
    """
    place = plain(path)
    with reading(path), path.open("rb") as file:
        gzipped = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        try:
            stream = gzip.GzipFile(fileobj=file) if gzipped else file
            shape, dtype = _header(stream, place, content)
            if not gzipped:
                n_bytes = os.fstat(file.fileno()).st_size - file.tell()
                _check_length(place, shape, math.prod(shape) * dtype.itemsize, n_bytes)
            if gzipped or dtype.itemsize > 1:
                return _read(stream, place, shape, dtype)
            return _mapped(file, place, shape, dtype)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise DataError(
                f"{plain(path)}: the gzip stream is damaged or cut short ({error}); "
                "get the file again"
            ) from error


def _header(
    file: IO[bytes] | gzip.GzipFile, place: str, expected_content: str | None
) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Shape and element type; the file is then where its values begin."""
    magic = file.read(4)
    if (
        len(magic) < 4
        or magic[:2] != b"\0\0"
        or magic[2] not in ELEMENT_TYPES
        or not 1 <= magic[3] <= MAX_DIMENSIONS
    ):
        raise DataError(
            f"{place}: not an IDX file: it begins with {magic.hex(' ') or 'nothing'}, where "
            "00 00 08 01 (labels) or 00 00 08 03 (images) is expected"
        )
    if expected_content is not None and (magic[3] == 1) != (expected_content == "labels"):
        expected_magic = "00 00 08 01" if expected_content == "labels" else "00 00 08 03"
        raise DataError(
            f"{place}: its magic number {magic.hex(' ')} is not that of {expected_content}, "
            f"{expected_magic}; is it the other file, or damaged?"
        )
    header = file.read(4 * magic[3])
    if len(header) < 4 * magic[3]:
        raise DataError(f"{place}: the file ends inside its header; it is truncated, get it again")
    shape = struct.unpack(f">{magic[3]}I", header)
    if 0 in shape:
        raise DataError(
            f"{place}: the header says {_sizes(shape)}: there are no values to learn from"
        )
    return shape, ELEMENT_TYPES[magic[2]]


def _sizes(shape: tuple[int, ...]) -> str:
    return plain(" × ".join(map(str, shape)))


def _check_length(place: str, shape: tuple[int, ...], n_promised: int, n_bytes: int) -> None:
    """Compare the bytes found behind the header with those that it promises."""
    if n_bytes != n_promised:
        content = "more" if n_bytes > n_promised else f"only {n_bytes}"
        raise DataError(
            f"{place}: the header promises {_sizes(shape)} values, {plain(n_promised)} bytes, "
            f"but the file holds {content}; it is damaged or truncated, get it again"
        )


def _mapped(
    file: IO[bytes], place: str, shape: tuple[int, ...], dtype: np.dtype[Any]
) -> NDArray[Any]:
    start = file.tell()
    try:
        values: NDArray[Any] = np.memmap(file, dtype, mode="r", offset=start, shape=shape)
    except OSError:  # some network file systems cannot map
        file.seek(start)
        return _read(file, place, shape, dtype)
    return values.view(np.ndarray)  # the mapping lives as long as any view of it


def _read(
    file: IO[bytes] | gzip.GzipFile, place: str, shape: tuple[int, ...], dtype: np.dtype[Any]
) -> NDArray[Any]:
    expected = math.prod(shape) * dtype.itemsize
    require_room(expected, place, f"the {_sizes(shape)} values that the header promises")
    # In pieces, so that a damaged header costs only what is really there.
    content = read_bounded(file.read, expected)
    _check_length(place, shape, expected, len(content))
    values: NDArray[Any] = np.frombuffer(content, dtype).reshape(shape)
    if not dtype.isnative:  # in place: a second copy could be too much
        values = values.byteswap(inplace=True).view(dtype.newbyteorder("="))
    return values


def find_idx(folder: Path, part: str, content: str) -> Path:
    """Path of one of the four files of an IDX set in a folder.

    Accepts the names as published, with a dot in place of the last hyphen, and with `.gz`.

    Args:
        folder: where to look.
        part: "train" or "test".
        content: "images" or "labels".

    Raises:
        DataError: if none is there; the message says what was looked for.
    """
    name = NAMES[part, content]
    names = [name, name.replace("-idx", ".idx")]
    with reading(folder):
        for candidate in (folder / (n + suffix) for n in names for suffix in ("", ".gz")):
            if candidate.is_file():
                return candidate
        missing = f"the {part} {content} are missing" if folder.is_dir() else "no such folder"
    raise DataError(f"{plain(folder)}: {missing}; expected {name} or {name}.gz in it")


def read_idx_pair(images_path: Path, labels_path: Path) -> tuple[NDArray[Any], NDArray[Any]]:
    """Read images and their labels.

    Returns:
        Images `(N, height, width)` (or `(N, D)`), whole numbers in the type of the file and
        floats in single precision, and labels `(N,)`.

    Raises:
        DataError: if a file cannot be read, holds the other kind, the counts differ, or a value
            is not finite.
    """
    images, labels = read_idx(images_path, "images"), read_idx(labels_path, "labels")
    if images.ndim < 2:
        raise DataError(
            f"{plain(images_path)}: holds a single number for each sample where images are "
            "expected; are the files of images and labels swapped?"
        )
    if labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise DataError(
            f"{plain(labels_path)}: holds {labels.ndim}-dimensional {labels.dtype} values "
            "where one whole number for each image is expected"
        )
    if len(images) != len(labels):
        raise DataError(
            f"{plain(images_path)} holds {len(images)} images and {plain(labels_path)} "
            f"{len(labels)} labels; the counts must be equal"
        )
    return finite_features(plain(images_path), images), labels
