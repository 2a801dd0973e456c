"""IDX files and the sets made of them."""

import errno
import gzip
import mmap
import os
from pathlib import Path
from typing import Any, BinaryIO

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from chainrule.data import load
from chainrule.data.idx import find_idx, read_idx, read_idx_pair
from chainrule.errors import DataError
from data_files import (
    ELEMENT_CODES,
    PUBLISHED,
    idx_bytes,
    refusal,
    small_set,
    write_idx_set,
)

TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS = PUBLISHED


def is_mapped(array: NDArray[Any]) -> bool:
    """Whether the numbers are those of a file mapped into memory."""
    base: Any = array
    while isinstance(base, np.ndarray):
        base = base.base
    return isinstance(base, mmap.mmap)


class TestIdx:
    @pytest.mark.parametrize("zipped", [False, True])
    @pytest.mark.parametrize("dotted", [False, True])
    def test_set_is_read_gzipped_or_not_in_either_style_of_names(
        self, tmp_path: Path, zipped: bool, dotted: bool
    ) -> None:
        arrays = small_set()
        folder = write_idx_set(tmp_path, arrays, zipped=zipped, dotted=dotted)
        for data in (load("idx", folder), load("mnist", folder), load(str(folder))):
            np.testing.assert_array_equal(data.images(data.X_train), arrays[0])
            np.testing.assert_array_equal(data.y_train, arrays[1])
            np.testing.assert_array_equal(data.images(data.X_test), arrays[2])
            np.testing.assert_array_equal(data.y_test, arrays[3])
            assert data.image_shape == (3, 4)
            assert data.classes == (0, 1, 2, 3)

    def test_bytes_stay_bytes(self, tmp_path: Path) -> None:
        data = load("idx", write_idx_set(tmp_path, small_set()))
        assert data.X_train.dtype == data.X_test.dtype == np.uint8

    def test_raw_file_is_preferred_to_the_gzipped_one(self, tmp_path: Path) -> None:
        write_idx_set(tmp_path, small_set())
        (tmp_path / f"{TRAIN_IMAGES}.gz").write_bytes(b"not read")
        assert find_idx(tmp_path, "train", "images") == tmp_path / TRAIN_IMAGES

    @settings(deadline=None)
    @given(
        values=st.sampled_from(sorted(ELEMENT_CODES)).flatmap(
            lambda code: hnp.arrays(
                np.dtype(code), hnp.array_shapes(min_dims=1, max_dims=4, max_side=5)
            )
        ),
        zipped=st.booleans(),
    )
    def test_reading_gives_back_what_was_written(
        self, tmp_path_factory: pytest.TempPathFactory, values: NDArray[Any], zipped: bool
    ) -> None:
        path = tmp_path_factory.getbasetemp() / "round-trip"
        content = idx_bytes(values)
        path.write_bytes(gzip.compress(content) if zipped else content)
        read = read_idx(path)
        assert read.dtype == values.dtype
        np.testing.assert_array_equal(read, values)

    @pytest.mark.parametrize("code", sorted(ELEMENT_CODES))
    def test_images_of_every_element_type_can_be_learned_from(
        self, tmp_path: Path, code: str
    ) -> None:
        X_train, y_train, X_test, y_test = small_set()
        X_train, X_test = (X // 2 for X in (X_train, X_test))
        write_idx_set(tmp_path, (X_train.astype(code), y_train, X_test.astype(code), y_test))
        data = load("idx", tmp_path)
        np.testing.assert_array_equal(data.images(data.X_train), X_train)
        assert data.X_train.dtype == ("f4" if code == "f8" else code)

    @pytest.mark.parametrize("code", ["i1", "i2", "i4"])
    def test_labels_may_be_of_any_whole_type_and_negative(self, tmp_path: Path, code: str) -> None:
        X_train, y_train, X_test, y_test = small_set()
        signed = [labels.astype(code) - 2 for labels in (y_train, y_test)]
        write_idx_set(tmp_path, (X_train, signed[0], X_test, signed[1]))
        data = load("idx", tmp_path)
        assert data.classes == (-2, -1, 0, 1)
        np.testing.assert_array_equal(data.y_train, y_train)

    def test_missing_folder_and_missing_file_are_named(self, tmp_path: Path) -> None:
        message = refusal("idx", tmp_path / "nowhere")
        assert str(tmp_path / "nowhere") in message
        assert "no such folder" in message
        write_idx_set(tmp_path, small_set())
        (tmp_path / TEST_LABELS).unlink()
        message = refusal("idx", tmp_path)
        assert f"{tmp_path}: the test labels are missing" in message
        assert f"{TEST_LABELS} or {TEST_LABELS}.gz" in message

    def test_missing_file_named_directly_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(DataError, match="there is no such file"):
            read_idx(tmp_path / "absent")
        with pytest.raises(DataError, match="cannot be read"):
            read_idx(tmp_path)

    @pytest.mark.parametrize(
        ("content", "complaint"),
        [
            (b"", "begins with nothing"),
            (b"\0\0\x08", "begins with 00 00 08"),
            (b"\x01\0\x08\x01" + b"\0" * 9, "begins with 01 00 08 01"),
            (b"\0\0\x0a\x01\0\0\0\x01\0", "begins with 00 00 0a 01"),
            (b"\0\0\x08\0", "not an IDX file"),
            (b"\0\0\x08\x41" + b"\0\0\0\x01" * 65 + b"\0", "not an IDX file"),
            (b"\0\0\x08\x03\0\0\0\x01", "ends inside its header"),
            (idx_bytes(small_set()[0])[:-1], "144 bytes, but the file holds only 143"),
            (idx_bytes(small_set()[0]) + b"!", "the file holds more"),
            (b"\0\0\x08\x03" + b"\xff" * 12, "but the file holds only 0"),
            (b"\0\0\x0e\x40" + b"\xff" * 256 + b"\0", "but the file holds only 1"),
            (b"\0\0\x08\x03" + b"\0" * 4 + b"\xff" * 8, "no values to learn from"),
            (b"\0\0\x08\x03" + b"\0" * 12, "no values to learn from"),
            (b"\x1f\x8b", "gzip stream is damaged"),
            (b"\x1f\x8b\x08" + b"\xff" * 40, "gzip stream is damaged"),
            (gzip.compress(b"", mtime=0), "begins with nothing"),
            (gzip.compress(idx_bytes(small_set()[0]))[:-12], "gzip stream is damaged"),
            (gzip.compress(idx_bytes(small_set()[0])) + b"tail", "gzip stream is damaged"),
            (gzip.compress(idx_bytes(small_set()[0])[:-1]), "the file holds only 143"),
        ],
    )
    def test_damaged_images_are_refused_by_name(
        self, tmp_path: Path, content: bytes, complaint: str
    ) -> None:
        write_idx_set(tmp_path, small_set())
        (tmp_path / TRAIN_IMAGES).write_bytes(content)
        message = refusal("idx", tmp_path)
        assert message.startswith(f"{tmp_path / TRAIN_IMAGES}: ")
        assert complaint in message

    def test_wrong_checksum_inside_gzip_is_refused(self, tmp_path: Path) -> None:
        write_idx_set(tmp_path, small_set(), zipped=True)
        path = tmp_path / f"{TEST_IMAGES}.gz"
        content = bytearray(path.read_bytes())
        content[-6] ^= 1
        path.write_bytes(content)
        message = refusal("idx", tmp_path)
        assert str(path) in message
        assert "CRC" in message

    def test_swapped_images_and_labels_are_refused(self, tmp_path: Path) -> None:
        X_train, y_train, X_test, y_test = small_set()
        write_idx_set(tmp_path, (y_train, X_train, X_test, y_test))
        message = refusal("idx", tmp_path)
        assert str(tmp_path / TRAIN_IMAGES) in message
        assert "swapped" in message

    @pytest.mark.parametrize("labels", [small_set()[0], np.zeros(12, np.float32)])
    def test_labels_that_are_not_one_whole_number_each_are_refused(
        self, tmp_path: Path, labels: NDArray[Any]
    ) -> None:
        X_train, _, X_test, y_test = small_set()
        write_idx_set(tmp_path, (X_train, labels, X_test, y_test))
        message = refusal("idx", tmp_path)
        assert str(tmp_path / TRAIN_LABELS) in message
        # Told by the magic number where that says so, else by the type of the values.
        expected = "is not that of labels" if labels.ndim > 1 else "one whole number for each"
        assert expected in message

    def test_different_counts_are_refused(self, tmp_path: Path) -> None:
        X_train, y_train, X_test, y_test = small_set()
        write_idx_set(tmp_path, (X_train, y_train[:-1], X_test, y_test))
        message = refusal("idx", tmp_path)
        assert f"{tmp_path / TRAIN_IMAGES} holds 12 images" in message
        assert f"{tmp_path / TRAIN_LABELS} 11 labels" in message

    def test_different_sizes_of_training_and_test_images_are_refused(self, tmp_path: Path) -> None:
        X_train, y_train, _, _ = small_set()
        _, _, X_test, y_test = small_set(shape=(4, 3))
        write_idx_set(tmp_path, (X_train, y_train, X_test, y_test))
        message = refusal("idx", tmp_path)
        assert f"{tmp_path / TRAIN_IMAGES} has samples of shape (3, 4)" in message
        assert f"{tmp_path / TEST_IMAGES} of shape (4, 3)" in message

    @pytest.mark.parametrize("value", [np.nan, np.inf, -1e300])
    def test_float_that_is_not_finite_is_refused_with_its_place(
        self, tmp_path: Path, value: float
    ) -> None:
        X_train, y_train, X_test, y_test = small_set()
        images = X_train.astype(np.float64)
        images[7, 1, 2] = value
        write_idx_set(tmp_path, (images, y_train, X_test.astype(np.float64), y_test))
        message = refusal("idx", tmp_path)
        assert f"{tmp_path / TRAIN_IMAGES}: the value at [7, 1, 2] is {value}" in message

    def test_one_class_only_is_refused(self, tmp_path: Path) -> None:
        X_train, y_train, X_test, y_test = small_set()
        write_idx_set(tmp_path, (X_train, np.full_like(y_train, 7), X_test, y_test))
        assert "every training label is 7" in refusal("idx", tmp_path)

    @pytest.mark.parametrize("code", sorted(ELEMENT_CODES))
    @pytest.mark.parametrize("zipped", [False, True])
    def test_single_bytes_are_mapped_and_all_else_is_read(
        self, tmp_path: Path, code: str, zipped: bool
    ) -> None:
        values = (small_set()[0] // 2).astype(code)
        content = idx_bytes(values)
        (tmp_path / "file").write_bytes(gzip.compress(content) if zipped else content)
        read = read_idx(tmp_path / "file")
        assert type(read) is np.ndarray
        assert is_mapped(read) == (code in ("u1", "i1") and not zipped)
        assert read.flags.writeable != is_mapped(read)
        np.testing.assert_array_equal(read, values)

    def test_a_mapped_file_outlives_its_name(self, tmp_path: Path) -> None:
        values = small_set()[0]
        (tmp_path / "file").write_bytes(idx_bytes(values))
        last = read_idx(tmp_path / "file")[-1]
        if os.name == "posix":  # elsewhere a mapped file cannot be removed
            (tmp_path / "file").unlink()
        np.testing.assert_array_equal(last, values[-1])

    def test_training_and_test_images_stay_mapped(self, tmp_path: Path) -> None:
        data = load(str(write_idx_set(tmp_path, small_set())))
        assert isinstance(data.X_train, np.ndarray)
        assert isinstance(data.X_test, np.ndarray)
        assert is_mapped(data.X_train)
        assert is_mapped(data.X_test)

    def test_a_file_that_cannot_be_mapped_is_read(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse(file: BinaryIO, *_: object, **__: object) -> None:
            file.seek(0, 2)
            raise OSError(errno.ENODEV, "No such device")

        monkeypatch.setattr(np, "memmap", refuse)
        values = small_set()[0]
        (tmp_path / "file").write_bytes(idx_bytes(values))
        read = read_idx(tmp_path / "file")
        assert not is_mapped(read)
        np.testing.assert_array_equal(read, values)

    def test_pair_is_read_as_written(self, tmp_path: Path) -> None:
        arrays = small_set()
        write_idx_set(tmp_path, arrays)
        images, labels = read_idx_pair(tmp_path / TRAIN_IMAGES, tmp_path / TRAIN_LABELS)
        np.testing.assert_array_equal(images, arrays[0])
        np.testing.assert_array_equal(labels, arrays[1])
