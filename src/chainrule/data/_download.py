"""Fetching MNIST and its relatives into the user's cache folder, with checksums."""

import os
import sys
from pathlib import Path

import pooch

from chainrule.data.idx import NAMES
from chainrule.errors import DataError, Setting

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
        "sha256:3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        "sha256:a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        "sha256:346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        "sha256:67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
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
            checksum_wrong = isinstance(error, ValueError)
            why = "the file has a wrong checksum" if checksum_wrong else "no connection"
            response = getattr(error, "response", None)
            if response is not None:
                why = f"status {response.status_code}"
            failures.append(f"{mirror}: {why}")
        else:
            return
    raise DataError(
        f"{name}: {file_name} could not be downloaded ({'; '.join(failures)}). "
        "Get the four files by other means and name their folder with ",
        Setting("data_dir"),
    )
