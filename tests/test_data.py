"""Data sets: the embedded digits, IDX, CSV and NPZ files, and the parts made of them."""

import gzip
import io
import subprocess
import sys
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import hypothesis.extra.numpy as hnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.datasets import load_digits as sklearn_digits
from sklearn.model_selection import train_test_split

from chainrule.data import Dataset, load, load_digits, published_split
from chainrule.data.dataset import class_indices
from chainrule.data.idx import find_idx, read_idx, read_idx_pair
from chainrule.data.tables import read_csv, read_npz
from chainrule.errors import ChainruleError, DataError
from data_files import ELEMENT_CODES, PUBLISHED, idx_bytes, small_set, write_idx_set

TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS = PUBLISHED


def refusal(*arguments: Any, **keywords: Any) -> str:
    """The one line with which `load` refuses."""
    with pytest.raises(DataError) as caught:
        load(*arguments, **keywords)
    message = str(caught.value)
    assert message.isprintable(), message
    assert 0 < len(message) < 1500
    return message


def joined(train: NDArray[Any], test: NDArray[Any], n_samples: int) -> NDArray[Any]:
    """Both parts of the published split, back in the order of the file."""
    whole = np.empty((n_samples, *train.shape[1:]), dtype=train.dtype)
    places = published_split(n_samples)
    whole[places[0]], whole[places[1]] = train, test
    return whole


class TestDigits:
    def test_every_value_equals_scikit_learns_copy(self) -> None:
        digits, reference = load_digits(), sklearn_digits()
        X = joined(digits.X_train, digits.X_test, 1797)
        np.testing.assert_array_equal(X, reference.data)
        y = joined(digits.y_train, digits.y_test, 1797)
        np.testing.assert_array_equal(y, reference.target)
        np.testing.assert_array_equal(digits.images(X), reference.images)
        assert y[45] == 3

    def test_split_is_the_published_one(self) -> None:
        digits, reference = load_digits(), sklearn_digits()
        X_train, X_test, y_train, y_test = train_test_split(
            reference.data, reference.target, test_size=0.15, random_state=37
        )
        np.testing.assert_array_equal(digits.X_train, X_train)
        np.testing.assert_array_equal(digits.X_test, X_test)
        np.testing.assert_array_equal(digits.y_train, y_train)
        np.testing.assert_array_equal(digits.y_test, y_test)

    def test_test_part_holds_the_published_labels(self) -> None:
        y_test = load_digits().y_test
        assert y_test[:12].tolist() == [2, 4, 7, 9, 1, 1, 5, 6, 2, 5, 0, 2]
        assert np.bincount(y_test).tolist() == [27, 29, 29, 17, 28, 31, 26, 24, 35, 24]

    def test_values_types_and_shapes_are_those_of_the_docstring(self) -> None:
        digits = load()
        assert digits.X_train.shape == (1527, 64)
        assert digits.X_test.shape == (270, 64)
        assert digits.X_train.dtype == np.float32
        assert digits.y_train.dtype == np.int64
        assert (digits.X_train.min(), digits.X_train.max()) == (0, 16)
        assert digits.classes == tuple(range(10))
        assert digits.image_shape == (8, 8)
        assert (digits.scaling, digits.feature_names, digits.X_validation) == (None, None, None)

    def test_loading_needs_neither_scikit_learn_nor_the_network(self) -> None:
        program = (
            "import sys; from chainrule.data import load; load(); "
            "print([m for m in ('sklearn', 'pooch', 'requests') if m in sys.modules])"
        )
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == "[]"

    @pytest.mark.parametrize("n_samples", [2, 3, 7, 20, 100, 101, 999, 1797, 60_000])
    def test_split_equals_scikit_learns_for_any_number_of_samples(self, n_samples: int) -> None:
        expected = train_test_split(np.arange(n_samples), test_size=0.15, random_state=37)
        for part, indices in zip(published_split(n_samples), expected, strict=True):
            np.testing.assert_array_equal(part, indices)


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

    def test_pair_is_read_as_written(self, tmp_path: Path) -> None:
        arrays = small_set()
        write_idx_set(tmp_path, arrays)
        images, labels = read_idx_pair(tmp_path / TRAIN_IMAGES, tmp_path / TRAIN_LABELS)
        np.testing.assert_array_equal(images, arrays[0])
        np.testing.assert_array_equal(labels, arrays[1])


ROWS = [f"{i},{i / 8},{i % 3}" for i in range(20)]
TABLE = "\n".join(["a,b,label", *ROWS]) + "\n"


class TestCsv:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        return tmp_path / "table.csv"

    def test_columns_become_features_and_labels_in_the_published_split(self, path: Path) -> None:
        path.write_text(TABLE)
        data = load(str(path))
        X = joined(data.X_train, data.X_test, 20)
        np.testing.assert_array_equal(X, [[i, i / 8] for i in range(20)])
        np.testing.assert_array_equal(joined(data.y_train, data.y_test, 20), np.arange(20) % 3)
        assert X.dtype == np.float32
        assert data.feature_names == ("a", "b")
        assert data.classes == (0, 1, 2)
        assert data.image_shape is None

    def test_label_column_is_found_by_name_wherever_it_is(self, path: Path) -> None:
        path.write_text("kind of  thing, a ,b\n" + "x,1,2\ny,3,4\n" * 9)
        data = load(str(path), label="kind of thing")
        assert data.feature_names == ("a", "b")
        assert data.classes == ("x", "y")

    def test_thousands_of_rows_are_read_in_order(self, path: Path) -> None:
        path.write_text("a,label\n" + "".join(f"{i},{i % 2}\n" for i in range(2500)))
        table = read_csv(path, None)
        np.testing.assert_array_equal(table.X[:, 0], np.arange(2500))
        assert table.labels == [i % 2 for i in range(2500)]

    @pytest.mark.parametrize(
        ("labels", "classes"),
        [
            (["3", "7", "9"], (3, 7, 9)),
            (["9", "10", "-1"], (-1, 9, 10)),
            (["1", "-1"], (-1, 1)),
            (["1.0", "0.0", "2e0"], (0, 1, 2)),
            (["1", "1.0", "2"], (1, 2)),
            (["dog", "cat"], ("cat", "dog")),
            (["2", "cat"], ("2", "cat")),
            (["nan", "cat"], ("cat", "nan")),
            (["Größe", "愛 love"], ("Größe", "愛 love")),
            (["9007199254740993", "9007199254740992"], (9007199254740992, 9007199254740993)),
            (['"two\nlines"', "  one   line "], ("one line", "two lines")),
        ],
    )
    def test_labels_are_mapped_in_order_and_their_names_kept(
        self, path: Path, labels: list[str], classes: tuple[int | str, ...]
    ) -> None:
        rows = [f"{i},{labels[i % len(labels)]}" for i in range(18)]
        path.write_text("a,label\n" + "\n".join(rows), encoding="utf-8")
        data = load(str(path))
        assert data.classes == classes
        order = [" ".join(label.strip('"').split()) for label in labels]
        y = joined(data.y_train, data.y_test, 18)
        for i, label in enumerate(y[: len(labels)]):
            name = classes[label]
            assert name == (order[i] if isinstance(name, str) else Decimal(order[i]))

    @pytest.mark.parametrize(
        ("label", "complaint"),
        [
            ("", "line 4: the label is missing"),
            ("  ", "line 4: the label is missing"),
            ("1.5", "line 4: the label '1.5' is not a class"),
            ("nan", "line 4: the label 'nan' is not a class"),
            ("-inf", "line 4: the label '-inf' is not a class"),
            ("1e300", "line 4: the label '1e300' is not a class"),
            ("9" * 9000, "line 4: the label '999"),
            ("c\0t", r"line 4: the label 'c\x00t' holds control characters"),
        ],
    )
    def test_label_that_is_no_class_is_refused_with_its_line(
        self, path: Path, label: str, complaint: str
    ) -> None:
        path.write_text(f"a,label\n1,0\n2,1\n3,{label}\n" + "4,1\n5,0\n" * 5)
        message = refusal(str(path))
        assert message.startswith(f"{path}, ")
        assert complaint in message

    def test_missing_label_column_is_refused_with_the_columns_there_are(self, path: Path) -> None:
        path.write_text(TABLE)
        message = refusal(str(path), label="species")
        assert "no label column 'species'" in message
        assert "'a', 'b', 'label'" in message
        assert "--label" in message

    def test_only_the_first_of_many_columns_are_listed(self, path: Path) -> None:
        path.write_text(",".join("c" * 1000 + str(i) for i in range(5000)) + "\n")
        message = refusal(str(path))
        assert message.count("cc...cc") == 8
        assert ", …" in message

    @pytest.mark.parametrize(
        ("value", "shown"),
        [
            ("tall", "'tall'"),
            ("", "the cell is empty"),
            ("nan", "'nan'"),
            ("-inf", "'-inf'"),
            ("1e39", "'1e39'"),
            ("1\0", r"'1\x00'"),
            ('"1,5"', "'1,5'"),
            ("x" * 100_000, "xxx...xxx"),
        ],
    )
    def test_feature_that_is_no_number_is_refused_with_line_column_and_value(
        self, path: Path, value: str, shown: str
    ) -> None:
        path.write_text("a,width,label\n" + "1,2,0\n" * 1500 + f"1,{value},1\n1,2,1\n")
        message = refusal(str(path))
        assert message.startswith(f"{path}, line 1502, column 'width': ")
        assert shown in message

    @pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
    def test_line_numbers_count_empty_lines_and_lines_inside_quotes(
        self, path: Path, newline: str
    ) -> None:
        lines = ["", "a,label", "", "1,0", "", '2,"two', 'lines"', '"', '3",1', "", '"4', 'x",1']
        path.write_bytes(newline.join(lines).encode())
        assert f"{path}, line 11, column 'a': '4" in refusal(str(path))

    @pytest.mark.parametrize("row", ["1,2", "1,2,3,0", "1"])
    def test_row_of_another_length_is_refused_with_its_line(self, path: Path, row: str) -> None:
        path.write_text(f"a,b,label\n1,2,0\n\n{row}\n")
        message = refusal(str(path))
        n_values = len(row.split(","))
        assert f"{path}, line 4: the row has {n_values} values, but the header names 3" in message

    @pytest.mark.parametrize(
        ("content", "complaint"),
        [
            ("", "the file is empty"),
            ("\n\n\n", "the file is empty"),
            ("a,b,label\n", "no rows below the header"),
            ("a,b,label\n\n\n", "no rows below the header"),
            ("label\n0\n1\n", "no column but the labels"),
            ("a,b, a ,label\n1,2,3,0\n", "two columns are named 'a'"),
            (",a,label\n0,1,0\n", "column 1 has no name"),
            ("a,label,\n0,1,0\n", "column 3 has no name"),
            ("1,2,3\n1,2,3\n", "the columns, separated by commas in the first line"),
            ("a,label\n1,4\n2,4\n3,4\n", "every training label is 4"),
            ("a,label\n1,4\n", "0 samples to train on and 1 to test are too few"),
            ('a,label\n1,0\n"2,0\n3,0\n', "line 3: the row that begins here is not CSV"),
            ('a,label\n"1"2,0\n', "line 2: the row that begins here is not CSV"),
            ("a,label\n" + "1" * 200_000 + ",0\n", "line 2: the row that begins here is not CSV"),
        ],
    )
    def test_table_that_cannot_be_learned_from_is_refused(
        self, path: Path, content: str, complaint: str
    ) -> None:
        path.write_text(content)
        message = refusal(str(path))
        assert message.startswith(str(path))
        assert complaint in message

    def test_byte_order_mark_and_windows_line_ends_are_passed_over(self, path: Path) -> None:
        path.write_bytes(b"\xef\xbb\xbf" + TABLE.replace("\n", "\r\n").encode())
        data = load(str(path))
        assert data.feature_names == ("a", "b")
        assert len(data.X_train) + len(data.X_test) == 20

    @pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
    def test_text_in_another_encoding_is_refused_with_its_line(
        self, path: Path, encoding: str
    ) -> None:
        rows = "1,0\n" * 9000 if encoding == "latin-1" else ""  # beyond what is decoded at once
        path.write_bytes(f"a,label\n{rows}1,Größe\n".encode(encoding))
        line = 9002 if encoding == "latin-1" else 1
        message = refusal(str(path))
        assert f"{path}, line {line}: the text is not UTF-8" in message

    def test_one_very_long_label_costs_no_more_than_its_length(self, path: Path) -> None:
        path.write_text("a,label\n" + "1,x\n" * 30_000 + f"1,{'y' * 100_000}\n")
        table = read_csv(path, None)  # as an array of text it would take 12 GB
        assert table.labels is not None
        assert len(str(table.labels[-1])) == 100_000

    def test_square_number_of_pixel_columns_is_an_image(self, path: Path) -> None:
        for n_pixels, shape in ((9, (3, 3)), (8, None)):
            names = [f"pixel{i}" for i in range(n_pixels)]
            rows = [["label", *names], *(["0"] + ["1"] * n_pixels, ["1"] + ["2"] * n_pixels) * 9]
            path.write_text("\n".join(map(",".join, rows)))
            assert load(str(path)).image_shape == shape

    def test_features_alone_are_read_where_no_labels_are_wanted(self, path: Path) -> None:
        path.write_text("a,label,b\n1,,2\n3,,4\n")
        table = read_csv(path, None, label_required=False)
        assert table.X.tolist() == [[1, 2], [3, 4]]
        assert table.feature_names == ("a", "b")
        assert table.labels is None
        path.write_text("a,b\n1,2\n")
        assert read_csv(path, None, label_required=False).feature_names == ("a", "b")

    def test_missing_file_is_refused(self, path: Path) -> None:
        assert f"{path}: there is no such file" in refusal(str(path))


def samples(n_samples: int = 20) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    rng = np.random.default_rng(1)
    return rng.normal(size=(n_samples, 3)), np.arange(n_samples) % 3


class TestNpz:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        return tmp_path / "arrays.npz"

    def test_unsplit_arrays_come_in_the_published_split(self, path: Path) -> None:
        X, y = samples()
        np.savez(path, X=X, y=y)
        data = load(str(path))
        np.testing.assert_array_equal(joined(data.X_train, data.X_test, 20), X.astype(np.float32))
        np.testing.assert_array_equal(joined(data.y_train, data.y_test, 20), y)

    @pytest.mark.parametrize("x", ["X", "x"])
    def test_split_arrays_stay_split(self, path: Path, x: str) -> None:
        X, y = samples()
        arrays: dict[str, Any] = {f"{x}_train": X[:15], f"{x}_test": X[15:]}
        np.savez_compressed(path, y_train=y[:15], y_test=y[15:], **arrays)
        data = load(str(path))
        np.testing.assert_array_equal(data.X_train, X[:15].astype(np.float32))
        np.testing.assert_array_equal(data.y_test, y[15:])

    def test_bytes_of_images_stay_bytes(self, path: Path) -> None:
        X_train, y_train, X_test, y_test = small_set()
        np.savez(path, x_train=X_train, y_train=y_train, x_test=X_test, y_test=y_test)
        data = load(str(path))
        assert data.image_shape == (3, 4)
        assert data.X_train.dtype == np.uint8
        np.testing.assert_array_equal(data.images(data.X_test), X_test)

    def test_colour_images_are_flat_features(self, path: Path) -> None:
        np.savez(path, X=np.zeros((20, 4, 4, 3), np.uint8), y=samples()[1])
        data = load(str(path))
        assert data.X_train.shape == (17, 48)
        assert data.image_shape is None

    @pytest.mark.parametrize("name", ["target", "x_label", "X_label"])
    def test_label_array_is_found_by_name(self, path: Path, name: str) -> None:
        X, y = samples()
        whole: dict[str, Any] = {"X": X, name: y}
        split: dict[str, Any] = {
            f"{array}_{part}": whole[array] for array in whole for part in ("train", "test")
        }
        for arrays in (whole, split):
            np.savez(path, **arrays)
            assert load(str(path), label=name).classes == (0, 1, 2)

    @pytest.mark.parametrize(
        ("labels", "classes"),
        [
            (np.array(["dog", "cat"]), ("cat", "dog")),
            (np.array([b"dog", "größer".encode()]), ("dog", "größer")),
            (np.array(["dog", "cat"], ">U5")[::-1], ("cat", "dog")),
            (np.array(["10", "9"]), (9, 10)),
            (np.array([9.0, -1.0], np.float16), (-1, 9)),
            (np.array([9.0, -1.0], np.longdouble), (-1, 9)),
            (np.array([True, False]), (0, 1)),
            (np.array([2**62 + 1, 2**62]), (2**62, 2**62 + 1)),
            (np.array([300, 3], ">u2"), (3, 300)),
        ],
    )
    def test_labels_of_any_type_are_mapped_in_order(
        self, path: Path, labels: NDArray[Any], classes: tuple[int | str, ...]
    ) -> None:
        np.savez(path, X=samples()[0], y=np.resize(labels, 20))
        data = load(str(path))
        assert data.classes == classes
        assert set(data.y_train.tolist()) == {0, 1}

    @pytest.mark.parametrize(
        ("labels", "complaint"),
        [
            (np.full(20, 0.5), "y[0]: the label 0.5 is not a class"),
            (np.r_[np.zeros(19), np.nan], "y[19]: the label nan is not a class"),
            (np.array(["a", ""] * 10), "y[1]: the label is missing"),
            (np.array(["a", "b\nc"] * 10), "y[1]: the label 'b\\nc' holds control characters"),
            (np.array(["a", "\ud800"] * 10), "y[1]: the label '\\ud800' holds control"),
            (np.array([b"a", b"\xff"] * 10), "the labels are not text in Unicode"),
            (np.full(20, 2**32 - 1, "u4").view("U1"), "numbers that are no characters"),
            (np.full(20, 2**32 - 1, "u4").view(">U1"), "numbers that are no characters"),
            (np.zeros(20, complex), "the labels are of type complex128"),
            (np.zeros(20, "M8[s]"), "the labels are of type datetime64[s]"),
            (np.zeros((20, 1)), "the shape (20, 1); expected one label for each row"),
            (np.zeros(19), "X has 20 rows and 'y' the shape (19,)"),
            (np.int64(3), "the shape ()"),
            (np.zeros(20), "every training label is 0"),
        ],
    )
    def test_labels_that_are_not_one_class_each_are_refused(
        self, path: Path, labels: NDArray[Any], complaint: str
    ) -> None:
        np.savez(path, X=samples()[0], y=labels)
        message = refusal(str(path))
        assert message.startswith(str(path))
        assert complaint in message

    @pytest.mark.parametrize(
        ("arrays", "complaint"),
        [
            ({}, "no array 'X'; it holds nothing"),
            ({"y": np.zeros(3)}, "no array 'X'; it holds 'y'"),
            ({"X": np.zeros((3, 2))}, "no array 'y'; it holds 'X'"),
            ({"x_train": np.zeros((3, 2)), "y_train": np.arange(3)}, "no array 'X_test'"),
            ({"X": np.zeros(3), "y": np.arange(3)}, "float64 values of shape (3,)"),
            ({"X": np.zeros((3, 2), complex), "y": np.arange(3)}, "X holds complex128"),
            ({"X": np.array([["a"]] * 3), "y": np.arange(3)}, "X holds <U1 values"),
            ({"X": np.zeros((0, 2)), "y": np.zeros(0)}, "too few"),
            ({"X": np.zeros((3, 0)), "y": np.arange(3)}, "no features (shape (0,))"),
            (
                {
                    "X_train": np.zeros((3, 2)),
                    "y_train": np.arange(3),
                    "X_test": np.zeros((3, 1)),
                    "y_test": np.arange(3),
                },
                "X_train has samples of shape (2,), ",
            ),
        ],
    )
    def test_arrays_that_do_not_fit_are_refused(
        self, path: Path, arrays: dict[str, Any], complaint: str
    ) -> None:
        np.savez(path, **arrays)
        message = refusal(str(path))
        assert message.startswith(str(path))
        assert complaint in message

    @pytest.mark.parametrize("value", [np.nan, np.inf, 1e39])
    def test_value_that_is_not_finite_is_refused_with_its_place(
        self, path: Path, value: float
    ) -> None:
        X, y = samples()
        X[4, 2] = value
        np.savez(path, X=X, y=y)
        assert f"{path}, X: the value at [4, 2] is {value}" in refusal(str(path))

    def test_pickled_objects_are_refused_and_not_run(self, path: Path, tmp_path: Path) -> None:
        class Writes:
            def __reduce__(self) -> tuple[Any, ...]:
                return (Path.touch, (tmp_path / "written",))

        X = np.array([[Writes()]] * 3, dtype=object)
        np.savez(path, X=X, y=np.arange(3))
        assert "the array 'X' cannot be read" in refusal(str(path))
        assert not (tmp_path / "written").exists()

    def test_arrays_beside_the_data_are_not_read(self, path: Path) -> None:
        X, y = samples()
        np.savez(path, X=X, y=y, notes=np.array([{"any": "object"}], dtype=object))
        assert load(str(path)).classes == (0, 1, 2)

    def test_file_that_is_no_npz_is_refused(self, path: Path) -> None:
        assert "there is no such file" in refusal(str(path))
        for content in (b"", b"a,b\n", b"PK\x03\x04" + b"\0" * 50):
            path.write_bytes(content)
            assert "not an NPZ file" in refusal(str(path))
        file = io.BytesIO()
        np.save(file, np.zeros(3))
        path.write_bytes(file.getvalue())
        assert "not an NPZ file" in refusal(str(path))

    def test_member_that_is_no_array_is_refused(self, path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("X.npy", "text")
            archive.writestr("y.npy", "text")
        assert "'X' is not an array" in refusal(str(path))

    def test_features_alone_are_read_where_no_labels_are_wanted(self, path: Path) -> None:
        np.savez(path, X=np.ones((2, 3)))
        tables = read_npz(path, None, label_required=False)
        assert tables["all"].X.tolist() == [[1, 1, 1], [1, 1, 1]]
        assert tables["all"].labels is None


class TestNames:
    @pytest.mark.parametrize(
        "name", ["cifar", "digits.txt", "a\nb", "x" * 10_000_000, "a\0b", "\udcff", "mnist\n"]
    )
    def test_unknown_name_is_refused_in_one_line(self, name: str) -> None:
        message = refusal(name)
        assert any(why in message for why in ("unknown data set", "cannot be", "can be no"))

    @pytest.mark.parametrize("suffix", ["csv", "npz"])
    @pytest.mark.parametrize("stem", ["x" * 5000, "a\nb", "a\0b", "\udcff"])
    def test_impossible_path_is_refused_in_one_line(self, stem: str, suffix: str) -> None:
        refusal(f"{stem}.{suffix}")

    @pytest.mark.parametrize("folder", ["x" * 5000, "a\nb", "a\0b", "\udcff"])
    def test_impossible_folder_is_refused_in_one_line(self, folder: str) -> None:
        refusal("idx", folder)

    def test_list_of_names_comes_with_an_unknown_one(self) -> None:
        assert "'cifar': give digits, mnist, fashion-mnist, idx" in refusal("cifar")

    def test_idx_without_folder_is_refused(self) -> None:
        assert "--data idx needs --data-dir" in refusal("idx")

    @pytest.mark.parametrize("name", ["digits", "table.csv"])
    def test_folder_with_a_set_that_takes_none_is_refused(self, name: str, tmp_path: Path) -> None:
        assert "--data-dir goes with" in refusal(name, tmp_path)


class TestClassIndices:
    def test_numbers_are_ordered_by_size_over_all_lists(self) -> None:
        classes, y = class_indices([[10, 9], [-1, 10]])
        assert classes == (-1, 9, 10)
        assert y.tolist() == [2, 1, 0, 2]

    def test_numbers_become_words_beside_words(self) -> None:
        classes, y = class_indices([[10, 9], ["cat"]])
        assert classes == ("10", "9", "cat")
        assert y.tolist() == [0, 1, 2]


def numbered(n_samples: int) -> Dataset:
    """Samples that can be told apart by their one feature."""
    X = np.arange(n_samples, dtype=np.uint8).reshape(-1, 1)
    y = np.arange(n_samples) % 2
    return Dataset("numbered", X, y, X[:2], y[:2], (0, 1))


class TestParts:
    def test_part_is_chosen_by_name(self) -> None:
        data = numbered(5)
        assert data.part("train")[0] is data.X_train
        assert data.part("test")[1] is data.y_test

    @settings(deadline=None)
    @given(
        n_samples=st.integers(2, 200),
        share=st.floats(0.01, 0.99),
        seed=st.integers(0, 2**32),
    )
    def test_holding_back_divides_the_training_part(
        self, n_samples: int, share: float, seed: int
    ) -> None:
        data = numbered(n_samples)
        n_held = round(share * n_samples)
        if not 0 < n_held < n_samples:
            with pytest.raises(ChainruleError, match=r"validation must be a share"):
                data.hold_back(share, seed)
            return
        parts = data.hold_back(share, seed)
        assert parts.X_validation is not None
        assert parts.y_validation is not None
        assert len(parts.X_validation) == len(parts.y_validation) == n_held
        both = np.concatenate([parts.X_train, parts.X_validation])[:, 0]
        assert sorted(both.tolist()) == list(range(n_samples))
        np.testing.assert_array_equal(parts.y_train, parts.X_train[:, 0] % 2)
        np.testing.assert_array_equal(parts.y_validation, parts.X_validation[:, 0] % 2)
        np.testing.assert_array_equal(parts.X_test, data.X_test)

    def test_seed_decides_which_samples_are_held_back(self) -> None:
        first, again, other = (numbered(100).hold_back(0.2, seed) for seed in (5, 5, 6))
        np.testing.assert_array_equal(first.X_train, again.X_train)
        np.testing.assert_array_equal(first.X_validation, again.X_validation)
        assert not np.array_equal(first.X_train, other.X_train)

    @pytest.mark.parametrize("share", [0, 1, -0.1, 1.5, 1e-9, np.nan, np.inf])
    def test_share_that_leaves_nothing_on_one_side_is_refused(self, share: float) -> None:
        with pytest.raises(ChainruleError, match=f"of the 100 training samples.*got {share}"):
            numbered(100).hold_back(share)

    def test_holding_back_twice_would_lose_samples_and_is_refused(self) -> None:
        with pytest.raises(ChainruleError, match="held back already"):
            numbered(100).hold_back(0.2).hold_back(0.2)

    def test_holding_back_after_scaling_is_refused(self) -> None:
        with pytest.raises(ChainruleError, match="first, then scale"):
            numbered(100).scaled().hold_back(0.2)

    def test_scaling_is_fitted_on_what_is_left_to_train_on(self) -> None:
        data = load_digits().hold_back(0.3).scaled("standard")
        raw = load_digits().hold_back(0.3)
        assert data.scaling is not None
        np.testing.assert_allclose(data.scaling.shift, raw.X_train.mean(axis=0), rtol=1e-5)
        for scaled, unscaled in (
            (data.X_train, raw.X_train),
            (data.X_validation, raw.X_validation),
            (data.X_test, raw.X_test),
        ):
            assert scaled is not None
            assert unscaled is not None
            assert scaled.dtype == np.float32
            np.testing.assert_array_equal(scaled, data.scaling.apply(unscaled))

    def test_pixels_share_one_range_and_columns_do_not(self) -> None:
        digits = load_digits().scaled("unit")
        assert digits.scaling is not None
        assert set(digits.scaling.scale) == {16.0}
        assert digits.X_train.max() == 1
        X = np.array([[0, 10], [1, 30]])
        table = Dataset("table", X, X[:, 0], X, X[:, 0], (0, 1)).scaled("unit")
        assert table.X_train.tolist() == [[0, 0], [1, 1]]

    def test_scaling_twice_is_refused(self) -> None:
        with pytest.raises(ChainruleError, match=r"scaled already \(unit\)"):
            load_digits().scaled("unit").scaled("standard")

    def test_pictures_are_drawn_in_raw_values(self) -> None:
        raw = load_digits()
        scaled = raw.scaled("standard")
        np.testing.assert_allclose(scaled.images(scaled.X_test), raw.images(raw.X_test), atol=1e-5)
        assert raw.images(raw.X_test[0]).shape == (8, 8)

    def test_pictures_of_what_is_no_image_are_refused(self) -> None:
        with pytest.raises(DataError, match="'numbered' are not images"):
            numbered(4).images(np.zeros((1, 1)))
