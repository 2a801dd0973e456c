"""A user's own data: CSV and NPZ files."""

import io
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from chainrule.data import load
from chainrule.data.csv_files import read_csv
from chainrule.data.tables import read_npz
from data_files import (
    joined,
    refusal,
    small_set,
)

ROWS = [f"{i},{i / 8},{i % 3}" for i in range(20)]
TABLE = "\n".join(["a,b,label", *ROWS]) + "\n"


class TestCsv:
    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        return tmp_path / "table.csv"

    def test_columns_become_features_and_labels_in_the_published_split(self, path: Path) -> None:
        path.write_text(TABLE)
        data = load(str(path), split="published")
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
        cells = read_csv(path)
        np.testing.assert_array_equal(cells.numbers["a"], np.arange(2500))
        assert cells.labels == [str(i % 2) for i in range(2500)]
        np.testing.assert_array_equal(cells.places, np.arange(2, 2502))

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
        data = load(str(path), split="published")
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
        assert 'label="NAME"' in message

    def test_only_the_first_of_many_columns_are_listed(self, path: Path) -> None:
        path.write_text(",".join("c" * 1000 + str(i) for i in range(5000)) + "\n")
        message = refusal(str(path))
        assert message.count("cc...cc") == 8
        assert ", …" in message

    @pytest.mark.parametrize(
        ("value", "shown"),
        [
            ("tall", "'tall'"),
            ("", 'the value is missing; leave such rows out, or train with fill="median"'),
            ("nan", 'the value is missing; leave such rows out, or train with fill="median"'),
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
            ("a,label\n1,4\n", "every training label is 4"),
            ('"a,label\n1,0\n', "line 1: the row that begins here is not CSV"),
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
        cells = read_csv(path)  # as an array of text it would take 12 GB
        assert cells.labels is not None
        assert len(cells.labels[-1]) == 100_000

    def test_square_number_of_pixel_columns_is_an_image(self, path: Path) -> None:
        for n_pixels, shape in ((9, (3, 3)), (8, None)):
            names = [f"pixel{i}" for i in range(n_pixels)]
            rows = [["label", *names], *(["0"] + ["1"] * n_pixels, ["1"] + ["2"] * n_pixels) * 9]
            path.write_text("\n".join(map(",".join, rows)))
            assert load(str(path)).image_shape == shape

    def test_features_alone_are_read_where_no_labels_are_wanted(self, path: Path) -> None:
        path.write_text("a,label,b\n1,,2\n3,,4\n")
        cells = read_csv(path, with_labels=False)
        assert {name: values.tolist() for name, values in cells.numbers.items()} == {
            "a": [1, 3],
            "b": [2, 4],
        }
        assert cells.labels is None
        path.write_text("a,b\n1,2\n")
        assert read_csv(path, with_labels=False).names == ("a", "b")

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
        data = load(str(path), split="published")
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
            ({"X": np.zeros((6, 0)), "y": np.arange(6) % 2}, "no features (shape (0,))"),
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
