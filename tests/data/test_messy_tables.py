"""Tables as people have them: words, missing values, separators, codes, columns to leave out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from chainrule.data import load
from chainrule.data.cells import cells_of_frame
from chainrule.data.csv_files import read_csv
from chainrule.data.forms import Column, TableForm
from chainrule.data.remarks import remarks
from chainrule.errors import ChainruleError, DataError
from data_files import refusal
from helpers import examples

ROWS = [f"{i / 4},{('red', 'blue', 'green')[i % 3]},{i % 2}" for i in range(40)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "table.csv"


def write(path: Path, header: str, rows: list[str]) -> str:
    path.write_text("\n".join([header, *rows]) + "\n")
    return str(path)


def test_words_become_one_feature_for_each_category(path: Path) -> None:
    data = load(write(path, "size,colour,label", ROWS))
    assert data.feature_names == ("size", "colour=blue", "colour=green", "colour=red")
    X = np.asarray(data.X_train)
    np.testing.assert_array_equal(X[:, 1:].sum(axis=1), 1)
    i = np.rint(X[:, 0] * 4).astype(int)
    np.testing.assert_array_equal(X[:, 1:].argmax(axis=1), np.array([2, 0, 1])[i % 3])


def test_a_category_of_no_training_row_is_refused_by_name(path: Path, tmp_path: Path) -> None:
    name = write(path, "size,colour,label", ROWS)
    test = write(tmp_path / "test.csv", "label,colour,size", ["0,red,1", "1,mauve,2"])
    message = refusal(name, test=test)
    assert f"{test}, line 3, column 'colour': 'mauve' is a category that no training" in message
    assert "those there are: 'blue', 'green', 'red'" in message


def test_columns_are_matched_by_name_in_any_order_and_none_may_lack(
    path: Path, tmp_path: Path
) -> None:
    name = write(path, "size,colour,label", ROWS)
    test = write(tmp_path / "test.csv", "label,more,colour,size", ["0,x,red,1.5"])
    data = load(name, test=test)
    assert np.asarray(data.X_test).tolist() == [[1.5, 0, 0, 1]]
    assert len(data.X_train) == 40
    test = write(tmp_path / "test.csv", "label,colour", ["0,red"])
    assert "the column 'size', which the model reads, is missing" in refusal(name, test=test)
    test = write(tmp_path / "test.csv", "size,colour,label", ["1,red,7"])
    assert "has the label 7, which no training sample has" in refusal(name, test=test)


def test_missing_values_are_refused_with_their_place_and_how_to_fill_them(path: Path) -> None:
    message = refusal(write(path, "size,colour,label", [*ROWS, ",red,0", "NA,,1"]))
    assert f"{path}, line 42, column 'size': the value is missing (3 are missing in 2" in message
    assert 'fill="median"' in message


def test_missing_values_are_filled_by_the_training_part(path: Path, tmp_path: Path) -> None:
    rows = [f"{i},{'blue' if i % 4 else 'red'},{i % 2}" for i in range(21)]
    name = write(path, "size,colour,label", rows)
    test = write(tmp_path / "test.csv", "size,colour,label", ["n/a,blue,0", "900,,1"])
    data = load(name, test=test, fill="median")
    assert np.asarray(data.X_test).tolist() == [[10, 1, 0], [900, 1, 0]]
    assert data.form is not None
    assert data.form.columns[0] == Column("size", (), 10.0)
    assert data.form.columns[1] == Column("colour", ("blue", "red"), "blue")


def test_the_median_is_that_of_the_training_part_alone(path: Path) -> None:
    values = np.random.default_rng(0).normal(size=100).astype(np.float32)
    rows = [f"{v},{i % 2}" for i, v in enumerate(values.tolist())]
    data = load(write(path, "a,label", [*rows, ",0"]), fill="median")
    assert data.form is not None
    there = np.asarray(data.X_train)[data.places["train"] != 102, 0]
    assert data.form.columns[0].filling == float(np.median(there.astype(np.float64)))


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_the_separator_is_guessed(mark: str, path: Path) -> None:
    rows = [row.replace(",", mark) for row in ROWS]
    data = load(write(path, mark.join(["size", "colour", "label"]), rows))
    assert data.feature_names == ("size", "colour=blue", "colour=green", "colour=red")


def test_any_other_separator_is_given(path: Path) -> None:
    rows = [row.replace(",", ":") for row in ROWS]
    name = write(path, "size:colour:label", rows)
    assert "there is no label column" in refusal(name)
    assert len(load(name, separator=":").X_train) == 34
    data = load(write(path, "size\tcolour\tlabel", [r.replace(",", "\t") for r in ROWS]))
    again = load(str(path), separator="\\t")
    np.testing.assert_array_equal(data.X_train, again.X_train)


@pytest.mark.parametrize("separator", ["", ";;", '"', "\n"])
def test_a_separator_is_one_character(separator: str, path: Path) -> None:
    name = write(path, "size,colour,label", ROWS)
    assert "separator must be one character" in refusal(name, separator=separator)


def test_a_comma_may_be_the_decimal_point_where_it_separates_nothing(path: Path) -> None:
    rows = [f"{i},25;{i % 2}" for i in range(20)]
    data = load(write(path, "a;label", rows))
    assert sorted(np.asarray(data.X_train)[:3, 0] % 1) == [0.25] * 3
    assert data.feature_names == ("a",)


def test_columns_are_left_out_by_name(path: Path) -> None:
    name = write(path, "size,colour,label", ROWS)
    data = load(name, drop=["colour"])
    assert data.feature_names == ("size",)
    assert data.form is not None
    assert data.form.dropped == ("colour",)
    assert "no column 'color' to drop; the columns are 'size', 'colour', 'label'" in refusal(
        name, drop=["color"]
    )
    assert "the column 'label' holds the labels; keep it" in refusal(name, drop=["label"])


def test_codes_with_leading_zeros_stay_apart_from_numbers(path: Path) -> None:
    rows = [f"{('01', '1', '02')[i % 3]},{('01', '1')[i % 2]}" for i in range(30)]
    data = load(write(path, "code,label", rows))
    assert data.classes == ("01", "1")
    assert data.feature_names == ("code=01", "code=02", "code=1")
    npz = path.with_suffix(".npz")
    np.savez(npz, X=np.zeros((20, 1)), y=np.array(["01", "1"] * 10))
    assert load(str(npz)).classes == ("01", "1")


def test_text_among_numbers_is_a_mistake(path: Path) -> None:
    message = refusal(write(path, "size,colour,label", [*ROWS, "tall,red,0"]))
    assert "line 42, column 'size': 'tall' is text among numbers" in message


def test_a_column_with_a_word_for_each_row_is_an_identifier(path: Path) -> None:
    rows = [f"{i},name {i},{i % 2}" for i in range(60)]
    message = refusal(write(path, "a,who,label", rows))
    assert "the column 'who' has 50 different words in 50 rows, as an identifier has" in message
    assert 'drop=("who",)' in message


def test_an_empty_column_is_refused(path: Path) -> None:
    name = write(path, "a,b,label", [f"{i},,{i % 2}" for i in range(20)])
    assert "the column 'b' is empty in the training part" in refusal(name, fill="median")


@pytest.mark.parametrize("name", ["digits", "arrays.npz"])
def test_what_goes_with_csv_files_is_refused_with_others(name: str) -> None:
    for setting in ({"drop": ["a"]}, {"separator": ";"}, {"fill": "median"}):
        with pytest.raises(ChainruleError, match="goes with CSV files; leave it out with"):
            load(name, **setting)
    with pytest.raises(ChainruleError, match="fill must be one of median; got 'mean'"):
        load("t.csv", fill="mean")


def test_a_test_file_goes_with_arrays_too(tmp_path: Path) -> None:
    for name, n_rows in (("a", 20), ("b", 1)):
        np.savez(
            tmp_path / name, X=np.arange(2 * n_rows).reshape(n_rows, 2), y=np.arange(n_rows) % 2
        )
    data = load(str(tmp_path / "a.npz"), test=tmp_path / "b.npz")
    assert (len(data.X_train), len(data.X_test)) == (20, 1)


def said(data: Any) -> Iterator[str]:
    return (str(ChainruleError(*sentence)) for sentence in remarks(data))


def test_remarks_on_rare_classes_uneven_ones_identifiers_and_counters(path: Path) -> None:
    write(path, "id,a,label", [f"{i},{i % 7},{'no' if i % 20 else 'yes'}" for i in range(80)])
    few, uneven, counter = said(load(str(path)))
    assert "fewer than 5 samples of a class ('yes' 4)" in few
    assert "uneven, 'no' 76 and 'yes' 4: who always says 'no' is right in 95.0%" in uneven
    assert "the column 'id' counts the lines of the file" in counter
    write(path, "a,label", [f"{i % 7},{i % 30}" for i in range(90)])
    (identifier,) = said(load(str(path)))
    assert "30 different labels in 90 rows, as in an identifier or a measurement" in identifier
    write(path, "size,colour,label", ROWS)
    assert not list(said(load(str(path))))


names = st.text("abc é=", min_size=1, max_size=4).map(lambda s: f"c{s}".strip())
columns = st.one_of(
    st.builds(Column, names, st.just(()), st.one_of(st.none(), st.floats(-9, 9, width=32))),
    st.builds(
        lambda name, words, filled: Column(name, tuple(words), words[0] if filled else None),
        names,
        st.lists(st.text("xyz'\"", min_size=1), min_size=1, max_size=4, unique=True),
        st.booleans(),
    ),
)
forms = st.builds(
    TableForm,
    st.lists(columns, min_size=1, max_size=4, unique_by=lambda c: c.name).map(tuple),
    st.text(min_size=1),
    st.sampled_from([None, ";"]),
    st.lists(st.text()).map(tuple),
)


@examples(50)
@given(forms)
def test_a_form_comes_back_from_its_description(form: TableForm) -> None:
    assert TableForm.from_description(form.description()) == form


class Frame:
    """What chainrule asks of a data frame, of pandas or any other."""

    def __init__(self, **columns: list[Any]) -> None:
        self.of_name = columns
        self.columns = list(columns)

    def __getitem__(self, name: str) -> NDArray[Any]:
        return np.array(self.of_name[name], dtype=object)

    def __len__(self) -> int:
        return len(self.of_name[self.columns[0]])


def test_a_frame_gives_the_features_of_the_file(path: Path) -> None:
    form = TableForm((Column("size", (), 9.0), Column("colour", ("blue", "red"))))
    write(path, "colour,size,label", ["red,1.5,0", "blue,,1"])
    of_file = form.features(read_csv(path, form=form))
    frame = Frame(size=[1.5, None], more=[0, 0], colour=["red", "blue"])
    of_frame = form.features(cells_of_frame(frame, form.names, form.words))
    np.testing.assert_array_equal(of_frame, of_file)
    np.testing.assert_array_equal(of_file, [[1.5, 0, 1], [9, 1, 0]])


def test_in_a_frame_none_is_missing_and_the_word_none_is_a_word() -> None:
    form = TableForm((Column("heating", ("gas", "none"), "gas"),))
    frame = Frame(heating=["none", None, float("nan"), ""])
    of_frame = form.features(cells_of_frame(frame, form.names, form.words))
    np.testing.assert_array_equal(of_frame.argmax(axis=1), [1, 0, 0, 0])


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        (
            {"size": [1.0]},
            "the data frame: the column 'colour', which the model reads, is missing",
        ),
        ({"size": [1.0], "colour": ["mauve"]}, "row 0, column 'colour': 'mauve' is a category"),
        ({"size": [None], "colour": ["red"]}, "row 0, column 'size': the value is missing"),
        ({"size": ["tall"], "colour": ["red"]}, "row 0, column 'size': 'tall' is text among"),
    ],
)
def test_a_frame_that_does_not_fit_is_refused(columns: dict[str, list[Any]], says: str) -> None:
    form = TableForm((Column("size"), Column("colour", ("blue", "red"))))
    with pytest.raises(DataError, match=says):
        form.features(cells_of_frame(Frame(**columns), form.names, form.words))
