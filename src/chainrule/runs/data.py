"""The data of a run: loaded as its settings say, and known again by a checksum."""

import zlib

import numpy as np

from chainrule.data import Dataset, load
from chainrule.data.samples import Samples, blocks
from chainrule.runs.config import RunConfig


def load_data(config: RunConfig) -> tuple[Dataset, Dataset]:
    """The data set of a run raw and scaled, with its validation part held back.

    Raises:
        ChainruleError: naming what is wrong in the data or in the settings.
    """
    raw = load(**config.source)
    if config.validation:
        raw = raw.hold_back(config.validation, config.seed)
    return raw, raw.scaled(scale_of(config, raw))


def scale_of(config: RunConfig, raw: Dataset) -> str:
    """The scaling that is asked for; else "unit" for bytes or deformed images, or "standard"."""
    is_unit = raw.X_train.dtype == np.uint8 or config.augment
    return config.scale or ("unit" if is_unit else "standard")


def data_checksum(raw: Dataset) -> int:
    """Checksum of the raw data that a run trains and tests on."""
    return fingerprint(*raw.part("train"), *raw.part("test"))


def fingerprint(*arrays: Samples) -> int:
    """Checksum of arrays `(N, …)`: tells whether data are still those that were trained on.

    >>> fingerprint(np.arange(6.0).reshape(3, 2)) == fingerprint(np.arange(6.0).reshape(2, 3))
    True
    """
    crc = 0
    for array in arrays:
        for block in blocks(array):
            crc = zlib.crc32(np.ascontiguousarray(block).data, crc)
    return crc
