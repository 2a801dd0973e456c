"""A table from training to what is said of files that the model has not seen."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import sklearn.metrics

from chainrule.runs.model_files import TrainedModel
from command_line import FAST, Invoke, write_csv

Rows = list[Sequence[object]]


def shops(n_rows: int, seed: int) -> Rows:
    """Turnover and town of shops that stay or close; a tenth of them closes."""
    rng = np.random.default_rng(seed)
    rows: Rows = []
    for i in range(n_rows):
        closes = i % 10 == 0
        turnover = rng.normal(2 if closes else 4, 1)
        town = ("north", "south")[int(rng.integers(2))]
        rows.append((i + 1, f"{turnover:.3f}", town, "closes" if closes else "stays"))
    return rows


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return write_csv(tmp_path / "shops.csv", [("nr", "turnover", "town", "fate"), *shops(200, 0)])


TRAIN = ("train", "--data", "shops.csv", "--label", "fate", "--out", "r", *FAST)


@pytest.mark.usefixtures("table")
def test_a_table_is_counted_and_remarked_on_before_training(chainrule: Invoke) -> None:
    code, out, err = chainrule(*TRAIN)
    assert code == 0
    assert out.startswith("Classes: closes 20, stays 180\n")
    assert "who always says 'stays' is right in 90.0%" in err
    assert "the column 'nr' counts the lines of the file; leave it out with --drop nr\n" in err
    _, out, err = chainrule(*TRAIN[:-1], 1, "--drop", "nr", "--out", "q", "--json")
    assert "Classes: closes 20" in err
    assert json.loads(out)["out"] == "q"
    assert "counts the lines" not in err


@pytest.mark.usefixtures("table")
def test_another_file_is_judged_whole(chainrule: Invoke, tmp_path: Path) -> None:
    assert chainrule(*TRAIN, "--drop", "nr")[0] == 0
    rows = [(fate, town, turnover) for _, turnover, town, fate in shops(60, 1)]
    write_csv(tmp_path / "new.csv", [("fate", "town", "turnover"), *rows])
    code, out, _ = chainrule("evaluate", "r", "--data", "new.csv", "--csv", "p.csv", "--json")
    assert code == 0
    result = json.loads(out)
    with (tmp_path / "p.csv").open() as file:
        predictions = list(csv.DictReader(file))
    assert [int(p["line"]) for p in predictions] == list(range(2, 62))
    assert [p["true"] for p in predictions] == [row[0] for row in rows]
    assert (result["part"], result["samples"]) == ("all", 60)
    true, predicted = ([p[name] for p in predictions] for name in ("true", "predicted"))
    assert result["accuracy"] == pytest.approx(sklearn.metrics.accuracy_score(true, predicted))
    expected = sklearn.metrics.precision_recall_fscore_support(
        true, predicted, labels=result["classes"], zero_division=np.nan
    )
    for name, values in zip(("precision", "recall", "f1", "samples"), expected, strict=True):
        scores = [s[name] for s in result["scores"]]
        assert [np.nan if s is None else s for s in scores] == pytest.approx(values, nan_ok=True)

    code, out, _ = chainrule("evaluate", "r", "--data", "new.csv", "--csv", "p.csv")
    assert (code, out.splitlines()[-1]) == (0, "Every prediction is in p.csv")
    assert chainrule("predict", "r", "new.csv", "--csv", "q.csv")[0] == 0
    with (tmp_path / "q.csv").open() as file:
        told = list(csv.DictReader(file))
    assert [(p["line"], p["label"]) for p in told] == [
        (p["line"], p["predicted"]) for p in predictions
    ]
    write_csv(tmp_path / "one.csv", [("fate", "town", "turnover"), rows[0]])
    code, out, _ = chainrule("evaluate", "r", "--data", "one.csv")
    assert code == 0
    assert "on all of one.csv, 1 sample\n" in out
    assert " class   precision  recall      f1  samples" in out
    code, out, _ = chainrule("predict", "r", "one.csv")
    assert out.splitlines()[0] == "  line  predicted  probability  next"


def test_worst_names_the_line_and_shows_the_row(chainrule: Invoke, table: Path) -> None:
    assert chainrule(*TRAIN, "--drop", "nr")[0] == 0
    lines = table.read_text().splitlines()
    code, out, _ = chainrule("worst", "r", "--number", 3, "--json")
    assert code == 0
    for row in json.loads(out)["worst"]:
        _, turnover, town, fate = lines[row["line"] - 1].split(",")
        assert row["true"] == fate
        assert row["features"] == {"turnover": float(turnover), "town": town}
    code, out, _ = chainrule("worst", "r", "--number", 1)
    first = json.loads(chainrule("worst", "r", "--json")[1])["worst"][0]
    line, *_ = out.splitlines()[2].split()
    assert int(line) == first["line"]
    assert f"turnover {first['features']['turnover']:.6g}, town " in out


def test_rows_of_arrays_count_from_zero(chainrule: Invoke, tmp_path: Path) -> None:
    X = np.arange(80.0).reshape(40, 2)
    np.savez(tmp_path / "a.npz", X=X, y=np.arange(40) % 2)
    assert chainrule("train", "--data", "a.npz", "--out", "r", *FAST)[0] == 0
    (row,) = json.loads(chainrule("worst", "r", "--number", 1, "--json")[1])["worst"]
    assert row["features"] == dict(zip(("x0", "x1"), X[row["row"]].tolist(), strict=True))
    np.savez(tmp_path / "b.npz", X=X[:1], y=[1])
    code, out, _ = chainrule("evaluate", "r", "--data", "b.npz", "--json")
    assert (code, json.loads(out)["samples"]) == (0, 1)


def test_a_file_of_its_own_is_the_test_part(
    chainrule: Invoke, table: Path, tmp_path: Path
) -> None:
    write_csv(tmp_path / "t.csv", [("nr", "turnover", "town", "fate"), *shops(10, 1)])
    assert chainrule(*TRAIN, "--test", "t.csv")[0] == 0
    metrics = json.loads((tmp_path / "r" / "metrics.json").read_text())
    assert metrics["data"]["train_samples"] == 200
    assert metrics["data"]["test_samples"] == 10
    _, out, _ = chainrule("evaluate", "r", "--json")
    assert json.loads(out)["accuracy"] == metrics["models"]["net"]["test_accuracy"]
    assert TrainedModel.load(tmp_path / "r").source["test"] == str(tmp_path / "t.csv")


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize(
    ("options", "says"),
    [
        ("--drop town --drop townn", "there is no column 'townn' to drop"),
        ("--separator ;;", "separator must be one character"),
        ("--test gone.csv", "gone.csv: there is no such file"),
        ("--fill mean", "'mean' is not 'median'"),
        ("--separator ;", "there is no label column 'fate'"),
    ],
)
def test_options_that_cannot_be_right_are_refused(
    options: str, says: str, chainrule: Invoke, tmp_path: Path
) -> None:
    code, out, err = chainrule(*TRAIN, *options.split())
    assert (code, out) == (2, "")
    assert says in err
    assert len(err.splitlines()) == 1
    assert not (tmp_path / "r").exists()


@pytest.mark.parametrize("word", ["", "NA", "nan", "?", "n/a"])
def test_a_missing_word_is_missing_however_it_is_spelled(
    word: str, chainrule: Invoke, tmp_path: Path
) -> None:
    rows = [(i % 2 + i / 100, ("Lyon", "Paris")[i % 2], "yn"[i % 2]) for i in range(40)]
    write_csv(tmp_path / "towns.csv", [("age", "town", "label"), *rows, (1, word, "y")])
    train = ("train", "--data", "towns.csv", "--epochs", 1, "--no-plots")
    code, _, err = chainrule(*train, "--out", "r")
    assert code == 2
    assert "line 42, column 'town'" in err
    assert chainrule(*train, "--out", "r", "--fill", "median")[0] == 0
