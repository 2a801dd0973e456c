"""Models of tables: what they remember, and what they are judged on."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from chainrule.data import Scaling
from chainrule.data.forms import Column, TableForm
from chainrule.errors import ChainruleError, DataError
from chainrule.nn.models import LogisticRegression
from chainrule.runs._array_files import reading_arrays, write_arrays
from chainrule.runs.config import RunConfig
from chainrule.runs.inputs import read_labelled, read_samples
from chainrule.runs.model_files import TrainedModel
from chainrule.runs.run import resume, start
from helpers import assert_same_bits, examples

COLOURS = ("red", "blue", "green")


def write(path: Path, rows: list[dict[str, Any]], separator: str = ",") -> Path:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=separator)
        writer.writeheader()
        writer.writerows(rows)
    return path


def people(n_rows: int, seed: int) -> list[dict[str, Any]]:
    """Rows of two uneven classes, "01" and "1", that age and colour tell apart, mostly."""
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n_rows):
        kind = "01" if i % 5 else "1"
        age: Any = round(float(rng.normal(40 if kind == "01" else 48, 4)), 1)
        colour = COLOURS[int(rng.integers(2 if kind == "01" else 3))]
        rows.append(
            {"id": i + 1, "age": "" if i % 19 == 3 else age, "colour": colour, "kind": kind}
        )
    return rows


def config(path: Path, **changes: Any) -> RunConfig:
    settings: dict[str, Any] = {"label": "kind", "drop": ("id",), "fill": "median", "epochs": 3}
    return RunConfig(data=str(path), models=("net",), **(settings | changes))


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("table") / "people.csv", people(120, seed=1), ";")


@pytest.fixture(scope="module")
def folder(table: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return start(config(table), tmp_path_factory.mktemp("runs") / "people").folder


@pytest.fixture
def new(tmp_path: Path) -> Path:
    """Rows that the model has not seen, with the columns in another order and one more."""
    rows = [{"more": 7, **dict(reversed(row.items()))} for row in people(40, seed=2)]
    return write(tmp_path / "new.csv", rows)


def test_every_row_of_another_file_is_judged_by_the_label_that_the_model_remembers(
    folder: Path, new: Path, tmp_path: Path
) -> None:
    trained = TrainedModel.load(folder)
    judged = read_labelled(trained, str(new))
    assert (judged.part, judged.counted) == ("all", "line")
    np.testing.assert_array_equal(judged.places, np.arange(2, 42))
    assert [trained.classes[i] for i in judged.y] == [row["kind"] for row in people(40, seed=2)]
    one = write(tmp_path / "one.csv", people(40, seed=2)[5:6])
    single = read_labelled(trained, str(one))
    np.testing.assert_array_equal(single.X, judged.X[5:6])


def test_the_run_s_own_file_is_judged_on_the_test_part(folder: Path, table: Path) -> None:
    trained = TrainedModel.load(folder)
    for name in (None, str(table)):
        judged = read_labelled(trained, name)
        assert (judged.part, len(judged.y), judged.has_changed) == ("test", 18, False)
    every = read_labelled(trained, part="all")
    np.testing.assert_array_equal(every.places, np.arange(2, 122))
    assert [trained.classes[i] for i in every.y[:6]] == ["1", "01", "01", "01", "01", "1"]


def test_labels_of_another_name_and_unknown_ones(folder: Path, tmp_path: Path) -> None:
    trained = TrainedModel.load(folder)
    renamed = [
        {"sort" if name == "kind" else name: value for name, value in row.items()}
        for row in people(3, seed=2)
    ]
    path = str(write(tmp_path / "new.csv", renamed))
    assert len(read_labelled(trained, path, label="sort").y) == 3
    with pytest.raises(DataError, match="there is no label column 'kind'"):
        read_labelled(trained, path)
    write(Path(path), [people(1, seed=2)[0] | {"kind": "2"}])
    with pytest.raises(
        ChainruleError, match=r"new.csv, line 2, has the label '2', which the model"
    ):
        read_labelled(trained, path)
    write(Path(path), [people(1, seed=2)[0] | {"colour": "mauve"}])
    with pytest.raises(DataError, match="line 2, column 'colour': 'mauve' is a category that no"):
        read_labelled(trained, path)


class Frame:
    """What chainrule asks of a data frame."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.columns = list(rows[0])
        self.rows = rows

    def __getitem__(self, name: str) -> NDArray[Any]:
        return np.array([row[name] or None for row in self.rows], dtype=object)

    def __len__(self) -> int:
        return len(self.rows)


def test_a_frame_is_predicted_as_its_file_and_in_labels(folder: Path, new: Path) -> None:
    trained = TrainedModel.load(folder)
    frame: Any = Frame(people(40, seed=2))
    X, counted, places = read_samples(new, trained)
    assert (counted, places.tolist()) == ("line", list(range(2, 42)))
    np.testing.assert_array_equal(trained.forward(frame), trained.forward(X))
    predicted = trained.predict(frame)
    assert set(predicted.tolist()) <= {"01", "1"}
    np.testing.assert_array_equal(predicted, trained.predict(X))
    assert trained.predict(X[0]) == predicted[0]
    with pytest.raises(ChainruleError, match=r"columns 'age', 'colour'; got shape \(2,\)"):
        trained.predict([1, 2])
    lacking: Any = Frame([{"age": 1}])
    with pytest.raises(DataError, match="the data frame: the column 'colour', which the model"):
        trained.predict(lacking)


def test_the_same_seed_gives_the_same_bits(table: Path, folder: Path, tmp_path: Path) -> None:
    again = start(config(table), tmp_path / "again").main.trained
    assert_same_bits(again.model.parameters, TrainedModel.load(folder).model.parameters)
    assert again.form == TrainedModel.load(folder).form


def test_a_run_from_before_goes_on_with_its_split(table: Path, tmp_path: Path) -> None:
    """Runs and models that say nothing of a split have the published one."""
    whole = start(config(table, split="published", epochs=4), tmp_path / "whole")
    run = start(config(table, split="published"), tmp_path / "run")
    path = tmp_path / "run" / "config.json"
    content = json.loads(path.read_text())
    del content["split"]
    path.write_text(json.dumps(content))
    resumed = resume(tmp_path / "run", epochs=4)
    assert resumed.config.split == "published"
    assert_same_bits(resumed.main.trained.model.parameters, whole.main.trained.model.parameters)
    file = run.folder / "net.safetensors"
    with reading_arrays(file) as (arrays, description):
        del description["source"]["split"]
        write_arrays(file, arrays, description)
    judged = read_labelled(TrainedModel.load(file))
    np.testing.assert_array_equal(judged.X, np.asarray(run.raw.X_test))
    assert not judged.has_changed


def test_a_new_run_goes_on_with_its_own(table: Path, tmp_path: Path) -> None:
    whole = start(config(table, epochs=4, validation=0.2), tmp_path / "whole")
    start(config(table, validation=0.2), tmp_path / "run")
    resumed = resume(tmp_path / "run", epochs=4)
    assert_same_bits(resumed.main.trained.model.parameters, whole.main.trained.model.parameters)


def test_a_model_file_from_before_reads_tables_of_numbers_by_name(tmp_path: Path) -> None:
    scaling = Scaling("none", np.zeros(2), np.ones(2))
    source = {"name": "mine.csv", "data_dir": None, "label": "kind"}
    model = TrainedModel(
        LogisticRegression(2, 2, seed=0), scaling, (1, 2), None, ("a", "b"), source
    )
    path = tmp_path / "old.safetensors"
    model.save(path)
    with reading_arrays(path) as (arrays, description):
        del description["form"]
        write_arrays(path, arrays, description)
    old = TrainedModel.load(path)
    assert old.form == TableForm((Column("a"), Column("b")), "kind")
    table = write(tmp_path / "new.csv", [{"b": 2, "kind": "01", "a": 1}])
    judged = read_labelled(old, str(table))
    assert (judged.X.tolist(), judged.y.tolist()) == ([[1, 2]], [0])  # type: ignore[attr-defined]


words = st.lists(st.text("abcé", min_size=1, max_size=3), max_size=3, unique=True).map(tuple)


@examples(25)
@given(
    st.lists(words, min_size=1, max_size=3),
    st.sampled_from([None, 1.5]),
    st.sampled_from([None, ";"]),
    st.lists(st.text(min_size=1, max_size=4), max_size=2).map(tuple),
)
def test_a_model_of_a_table_comes_back_from_its_file(
    tmp_path_factory: pytest.TempPathFactory,
    categories: list[tuple[str, ...]],
    filling: float | None,
    separator: str | None,
    dropped: tuple[str, ...],
) -> None:
    columns = tuple(
        Column(f"c{i}", words, None if filling is None else words[0] if words else filling)
        for i, words in enumerate(categories)
    )
    form = TableForm(columns, "kind", separator, dropped)
    n_features = len(form.feature_names)
    scaling = Scaling("none", np.zeros(n_features), np.ones(n_features))
    source = {"name": "mine.csv", "label": "kind", "drop": dropped, "test": None}
    before = TrainedModel(
        LogisticRegression(n_features, 2, seed=0),
        scaling,
        ("01", "1"),
        None,
        form.feature_names,
        source,
        form=form,
    )
    path = tmp_path_factory.mktemp("models") / "m.safetensors"
    before.save(path)
    after = TrainedModel.load(path)
    assert (after.form, after.source, after.classes) == (form, source, ("01", "1"))


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"columns": []},
        {"columns": [{"name": "a"}], "label": "l", "separator": None, "dropped": []},
        "form",
        [1],
    ],
)
def test_a_damaged_form_is_refused(form: object, folder: Path, tmp_path: Path) -> None:
    with reading_arrays(folder / "net.safetensors") as (arrays, description):
        write_arrays(tmp_path / "m.safetensors", arrays, description | {"form": form})
    with pytest.raises(ChainruleError, match="damaged"):
        TrainedModel.load(tmp_path / "m.safetensors")
