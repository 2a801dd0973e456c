"""Fetching MNIST and its relatives into the user's cache folder, with checksums."""

import os
import sys
from pathlib import Path

import pooch

from chainrule.data.idx import NAMES
from chainrule.errors import DataError

MIRRORS = {
    "mnist": (
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "https://storage.googleapis.com/cvdf-datasets/mnist/",
    ),
    "fashion-mnist": ("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",),
}
# As published; the order is that of NAMES: training images and labels, test images and labels.
CHECKSUMS = {
    "mnist": (
        "sha256:440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        "sha256:3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        "sha256:8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        "sha256:f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    ),
    "fashion-mnist": (
        "md5:8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "md5:25c81989df183df01b3e8a0aad5dffbe",
        "md5:bef4ecab320f06d8554ea6380940ec79",
        "md5:bb300cfdad3c16e7a12a480ee83cd310",
    ),
}


def cache_folder() -> Path:
    """Where downloads are kept: $CHAINRULE_CACHE, else the system's cache folder for chainrule."""
    return Path(os.environ.get("CHAINRULE_CACHE") or pooch.os_cache("chainrule"))


def fetch(name: str) -> Path:
    """Folder with the four IDX files of a set, downloaded if they are not there yet.

    Raises:
        DataError: if a file cannot be had from any mirror, or its checksum is wrong.
    """
    folder = cache_folder() / name
    for published, checksum in zip(NAMES.values(), CHECKSUMS[name], strict=True):
        _fetch_file(name, f"{published}.gz", checksum, folder)
    return folder


def _fetch_file(name: str, file_name: str, checksum: str, folder: Path) -> None:
    on_terminal = sys.stderr.isatty()
    pooch.get_logger().setLevel("WARNING")
    failures = []
    for mirror in MIRRORS[name]:
        if not (folder / file_name).exists():
            print(f"Downloading {mirror}{file_name} to {folder}", file=sys.stderr)
        try:
            pooch.retrieve(
                mirror + file_name,
                known_hash=checksum,
                fname=file_name,
                path=folder,
                progressbar=on_terminal,
            )
        except (OSError, ValueError) as error:  # requests' errors are OSErrors
            failures.append(f"{mirror}: {error}")
        else:
            return
    raise DataError(
        f"{name}: {file_name} could not be downloaded ({'; '.join(failures)}). "
        f"Get the four files by other means and name their folder with --data-dir"
    )
