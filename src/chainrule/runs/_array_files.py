"""Arrays with a description, in files of the safetensors format."""

import json
import re
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.data.arrays import Array
from chainrule.data.limits import require_room
from chainrule.errors import ChainruleError, ModelFileError, in_short
from chainrule.nn.classifier import Parameters
from chainrule.runs.folder import write_whole

FORMAT = 1
METADATA_KEY = "chainrule"
WITH_CHECKSUM = re.compile(r'(\{.*), "crc32": "([0-9a-f]{8})"\}', re.DOTALL)
LONGEST_HEADER = 100_000_000  # bytes: what safetensors takes


def write_arrays(
    path: Path, arrays: Mapping[str, NDArray[Any]], description: Mapping[str, Any]
) -> None:
    """Write arrays, and a description as JSON in the file's metadata.

    Shape: `(...)`, any.

    Raises:
        OSError: if it cannot be written; nothing is left behind.
    """
    from safetensors.numpy import save

    text = json.dumps({"format": FORMAT, **description})
    contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    # In one entry, since safetensors writes several in any order.
    whole = f'{text[:-1]}, "crc32": "{_checksum(text, contiguous)}"}}'
    write_whole(path, save(contiguous, {METADATA_KEY: whole}))


def _checksum(text: str, arrays: Mapping[str, NDArray[Any]]) -> str:
    """CRC-32 of the description and of the names, shapes and numbers of the arrays.

    It tells damage, not intent. Shapes: any.
    """
    crc = zlib.crc32(text.encode())
    for name in sorted(arrays):
        array = arrays[name]
        little_endian = array.astype(array.dtype.newbyteorder("<"), copy=False)
        crc = zlib.crc32(f"{name} {array.shape}".encode(), crc)
        crc = zlib.crc32(little_endian.data, crc)
    return f"{crc:08x}"


@contextmanager
def reading_arrays(path: Path) -> Iterator[tuple[dict[str, Array], dict[str, Any]]]:
    """Read arrays of floats and their description, and make something of them.

    Shape: `(...)`, any. Whatever a damaged file makes its readers raise, here or while something
    is made of it, becomes one ModelFileError.

    Raises:
        ModelFileError: if the file is missing, is damaged, or was not written by chainrule.
    """
    if not path.is_file():
        state = "is no file" if path.exists() else "there is no such file"
        raise ModelFileError(f"{path}: {state}; expected a model (*.safetensors)")
    require_room(path.stat().st_size, str(path), "what it holds")
    try:
        yield _read_arrays(path)
    except Exception as error:  # safetensors, json and NumPy each raise their own
        reason = in_short(error) or type(error).__name__
        raise ModelFileError(
            f"{path}: not a model file of chainrule, or a damaged one ({reason})"
        ) from error


def _read_arrays(path: Path) -> tuple[dict[str, Array], dict[str, Any]]:
    from safetensors import safe_open

    with path.open("rb") as opened:
        header = int.from_bytes(opened.read(8), "little")
    longest = min(LONGEST_HEADER, path.stat().st_size - 8)
    require(header <= longest, f"its header claims {header} bytes, and {longest} are possible")
    with safe_open(path, framework="numpy") as file:
        metadata = file.metadata() or {}
        require(METADATA_KEY in metadata, "it is not a file of chainrule")
        names = file.keys()
        arrays = {name: file.get_tensor(name) for name in names}
    text = metadata[METADATA_KEY]
    if stated := WITH_CHECKSUM.fullmatch(text):  # files of before there were checksums have none
        text = stated[1] + "}"
        fits = _checksum(text, arrays) == stated[2]
        require(fits, "its checksum is not that of its numbers: bits have changed since")
    for name, array in arrays.items():
        require(array.dtype.kind == "f", f"{name} does not hold floats")
    description = json.loads(text)
    require(isinstance(description, dict), "its description is not an object")
    require(description["format"] == FORMAT, f"it has format {description['format']!r}")
    return arrays, description


def parameters_in(
    arrays: Mapping[str, Array], shapes: Mapping[str, tuple[int, ...]], prefix: str = ""
) -> Parameters:
    """Those arrays of a file that are parameters, or shaped like them, in double precision.

    Args:
        arrays: by name, `(fan_in, fan_out)` and `(fan_out,)`.
        shapes: of the parameters, by name.
        prefix: of their names in the file.

    Raises:
        ChainruleError: if one is missing, has another shape, or is not finite.
    """
    for name, shape in shapes.items():
        array = arrays.get(prefix + name)
        if array is None or array.shape != shape:
            instead = "is missing" if array is None else f"has shape {array.shape}"
            raise ChainruleError(f"{prefix}{name} {instead}, expected shape {shape}")
        require(bool(np.isfinite(array).all()), f"{prefix}{name} is not finite")
    return {name: arrays[prefix + name].astype(np.float64) for name in shapes}


def require(condition: bool, otherwise: str) -> None:
    """Refuse a file.

    Raises:
        ChainruleError: with those words, unless the condition holds.
    """
    if not condition:
        raise ChainruleError(otherwise)
