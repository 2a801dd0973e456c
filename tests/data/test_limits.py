"""What a file claims is compared with the limit before memory is taken for it."""

import gzip
import os
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from chainrule.data import load
from chainrule.data.csv_files import read_csv
from chainrule.data.idx import read_idx
from chainrule.data.limits import VARIABLE, max_bytes, read_bounded
from chainrule.data.tables import read_npz
from chainrule.errors import ChainruleError, DataError
from chainrule.runs.config import RunConfig
from chainrule.runs.data import load_data
from chainrule.runs.models import require_memory
from helpers import peak_memory


def npy(shape: tuple[int, ...], descr: str = "|u1") -> bytes:
    """The beginning of an array of NumPy's format, without its numbers."""
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}"
    header = header.ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode()


def refused(read: Callable[[], object], said: str) -> None:
    with pytest.raises(DataError) as error:
        read()
    assert str(error.value) == said


def test_the_limit_is_two_gigabytes_or_that_of_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert max_bytes() == 2_000_000_000
    monkeypatch.setenv(VARIABLE, "0.5")
    assert max_bytes() == 500_000_000


@pytest.mark.parametrize("given", ["much", "-1", "0", "nan", "inf", "1e-12"])
def test_an_environment_that_says_nothing_of_use(
    given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, given)
    with pytest.raises(DataError, match=rf"CHAINRULE_MAX_GB is '{given}'; give the gigabytes"):
        max_bytes()


def test_a_npz_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "bomb.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("X.npy", "w") as member:
            member.write(npy((30_000, 1000)))
            for _ in range(30):
                member.write(bytes(1_000_000))
        archive.writestr("y.npy", npy((30_000,)) + bytes(30_000))
    assert path.stat().st_size < 100_000
    monkeypatch.setenv(VARIABLE, "0.02")
    assert peak_memory(lambda: refused(lambda: read_npz(path, None), (
        f"{path}: the array 'X' would take 0.03 GB of memory, where the limit is 0.02 GB; "
        "if it is meant to be so large, set CHAINRULE_MAX_GB=1 in the environment"
    ))) < 3_000_000  # fmt: skip


def test_a_gzip_bomb_costs_what_its_header_promises(tmp_path: Path) -> None:
    path = tmp_path / "labels.gz"
    with gzip.open(path, "wb") as file:
        file.write(b"\0\0\x08\x01" + struct.pack(">I", 1000))
        for _ in range(50):
            file.write(bytes(1_000_000))
    said = (
        f"{path}: the header promises 1000 values, 1000 bytes, but the file holds more; it is "
        "damaged or truncated, get it again"
    )
    assert peak_memory(lambda: refused(lambda: read_idx(path), said)) < 3_000_000


@pytest.mark.parametrize("shape", [(5_000_000_000 // 8,), (2**32 - 1, 2**32 - 1)])
def test_a_header_that_promises_too_much(shape: tuple[int, ...], tmp_path: Path) -> None:
    path = tmp_path / "values.gz"
    content = b"\0\0\x0e" + bytes([len(shape)]) + struct.pack(f">{len(shape)}I", *shape)
    path.write_bytes(gzip.compress(content + bytes(80)))
    with pytest.raises(DataError, match=r"values that the header promises would take .* GB"):
        read_idx(path)
    path.write_bytes(content + bytes(80))  # which is seen to be shorter
    with pytest.raises(DataError, match="but the file holds only 80; it is damaged"):
        read_idx(path)


@pytest.mark.parametrize(
    ("n_features", "hidden", "n_classes"),
    [(4, (32,), 20_000), (200_000, (400,), 3), (4, (10**9,), 3), (4, (30_000, 30_000), 3)],
)
def test_a_model_or_its_table_of_confusions_that_would_be_too_large(
    n_features: int, hidden: tuple[int, ...], n_classes: int, tmp_path: Path
) -> None:
    path = tmp_path / "wide.npz"
    n_samples = 2 * n_classes
    X = np.zeros((n_samples, n_features), np.uint8)
    np.savez_compressed(path, X=X, y=np.arange(n_samples) % n_classes)
    config = RunConfig(data=str(path), hidden=hidden, scale="none")
    _, data = load_data(config)
    with pytest.raises(DataError, match=f"training a model of {n_features} × .* would take"):
        require_memory(config, data)


def test_usual_models_are_within_the_limit() -> None:
    config = RunConfig(hidden=(1000, 500))
    require_memory(config, load_data(config)[1])


def test_a_pipe_or_a_device_is_no_data(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    for path in (tmp_path / "pipe.csv", Path("/dev/zero")):
        with pytest.raises(DataError, match="is a pipe or a device; write its content to a file"):
            read_idx(path)
    with pytest.raises(ChainruleError, match=r"pipe\.csv: is a pipe or a device"):
        load(str(tmp_path / "pipe.csv"))


def test_a_line_without_an_end_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "long.csv"
    path.write_text("a,label\n1,x\n2," + 40_000 * "y,")
    assert len(Path(path).read_text().splitlines()) == 3
    monkeypatch.setenv(VARIABLE, "0.001")
    with pytest.raises(DataError, match=r"line 3: the line has more than 31250 characters; is"):
        read_csv(path)
    path.write_text(400_000 * "a,")
    with pytest.raises(DataError, match=r"line 1: the line has more than 31250 characters"):
        read_csv(path)
    path.write_text("a,label\n" + 300_000 * "1,x\n")
    with pytest.raises(DataError, match=r"long.csv: what it holds would take 0.0012 GB"):
        read_csv(path)


@pytest.mark.parametrize("most", [0, 1, 9, 10, 11, 40])
def test_no_more_is_read_than_one_byte_beyond_what_may_be(most: int) -> None:
    content = bytes(range(30))
    place = 0

    def read(size: int) -> bytes:
        nonlocal place
        place += size
        return content[place - size : place]

    assert read_bounded(read, most, piece=4) == content[: most + 1]
