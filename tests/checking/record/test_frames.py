"""The table that stands in for what pandas reads."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from chainrule.checking.record._standins.form import Form
from chainrule.checking.record._standins.frames import Frame
from chainrule.checking.record._standins.standins import frame_of
from recorded_runs import assert_told_apart, recorded
from training_texts import HIDDEN_IN_COLUMNS, LOGISTIC, softmax_regression

READ = [
    pytest.param("""\
import numpy as np
import pandas as pd
data = pd.read_csv("/kaggle/input/digit-recognizer/train.csv")
data = np.array(data)
m, n = data.shape
np.random.shuffle(data)
data_dev = data[0:1000].T
Y_dev = data_dev[0]
X_dev = data_dev[1:n] / 255.
data_train = data[1000:m].T
Y_train = data_train[0]
X_train = data_train[1:n]
X_train = X_train / 255.
""" + HIDDEN_IN_COLUMNS,
        "* (Z1 > 0)", "* (Z2 > 0)", id="pandas: as an array, turned round"),
    pytest.param("""\
import numpy as np
import pandas as pd
train = pd.read_csv("mnist_train.csv")
X = train.iloc[:, 1:].values / 255.0
y = train.iloc[:, 0].values
""" + softmax_regression(),
        "X.T @ dz", "X.T @ (dz * p)", id="pandas: iloc", marks=pytest.mark.slow),
    pytest.param("""\
import numpy as np
import pandas as pd
df = pd.read_csv("train.csv")
y = df["label"].values
X = df.drop("label", axis=1).values / 255.0
""" + softmax_regression(),
        "X.T @ dz", "X.T @ (dz * p)", id="pandas: drop"),
    pytest.param("""\
import numpy as np
import pandas as pd
df = pd.read_csv("train.csv")
y = df.label.to_numpy()
X = df.drop(columns=["label"]).to_numpy() / 255.0
""" + softmax_regression(),
        "dz.sum(axis=0)", "dz.mean(axis=0)", id="pandas: drop by columns", marks=pytest.mark.slow),
    pytest.param("""\
import numpy as np
import pandas as pd
df = pd.read_csv("train.csv")
y = df.pop("label").values
X = df.values / 255.0
""" + softmax_regression(),
        "dz.sum(axis=0)", "dz.mean(axis=0)", id="pandas: pop"),
    pytest.param("""\
import numpy as np
import pandas as pd
df = pd.read_csv("iris.csv", header=None)
y = df.iloc[0:100, 4].values
y = np.where(y == "Iris-setosa", 0, 1)
X = df.iloc[0:100, [0, 2]].values
""" + LOGISTIC,
        "np.mean(p - y)", "np.sum(p - y)", id="pandas: label last"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "right", "wrong"), READ)
def test_a_training_on_what_is_not_here_is_judged(
    tmp_path: Path, text: str, right: str, wrong: str
) -> None:
    assert_told_apart(tmp_path, text, right, wrong)


SAMPLES = np.arange(12.0).reshape(4, 3)
LABELS = np.array([[0.0], [1.0], [2.0], [0.0]])


def table(last: bool) -> Frame:
    """Four samples of three numbers, and a label."""
    parts = (SAMPLES, LABELS) if last else (LABELS, SAMPLES)
    return Frame(np.hstack(parts), 3 if last else 0)


FEATURES = {
    "drop by axis": lambda df: df.drop("label", axis=1),
    "drop of a list": lambda df: df.drop(["label"], axis="columns"),
    "drop by columns": lambda df: df.drop(columns="label"),
    "drop in place": lambda df: df if df.drop("label", axis=1, inplace=True) is None else None,
    "drop of another column": lambda df: df.drop(columns="id").drop(columns="label"),
    "columns that are not the label": lambda df: df.loc[:, df.columns != "label"],
    "pop": lambda df: df if df.pop("label") is not None else None,
    "after it was scaled": lambda df: ((df + 1) - 1).drop("label", axis=1),
    "rows are kept by a condition": lambda df: df[df["label"] >= 0].drop("label", axis=1),
}


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("features", FEATURES.values(), ids=FEATURES.keys())
def test_features_are_the_table_without_its_label(
    features: Callable[[Frame], Frame], last: bool
) -> None:
    assert np.array_equal(features(table(last)).array, SAMPLES)


TARGETS = {
    "by name": lambda df: df["label"],
    "by its place": lambda df: df[df.place],
    "as an attribute": lambda df: df.label,
    "as a list of one": lambda df: df[["label"]],
    "pop": lambda df: df.pop("label"),
    "of rows": lambda df: df.iloc[:].label,
    "after it was shuffled": lambda df: df.sample(frac=1).reset_index(drop=True)["label"],
    "of some rows": lambda df: df[df["label"] != 1]["label"],
}


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("targets", TARGETS.values(), ids=TARGETS.keys())
def test_the_label_is_a_column(targets: Callable[[Frame], Frame], last: bool) -> None:
    labels = targets(table(last)).array
    assert labels.ravel().tolist() in ([0.0, 1.0, 2.0, 0.0], [0.0, 2.0, 0.0])


def test_a_slice_of_columns_has_no_label() -> None:
    """Or a column that stands where the label stood would be dropped as such."""
    features = table(last=False).iloc[:, 1:]
    assert np.array_equal(features.drop("label", axis=1).array, SAMPLES)
    assert table(last=False).iloc[1:].place == 0


def test_pictures_are_whole_numbers() -> None:
    assert frame_of(Form(inputs=784)).array.dtype.kind == "i"
    assert frame_of(Form(inputs=5)).array.dtype.kind == "f"
    assert frame_of(Form(inputs=5, label_last=True)).place == 5


def test_what_is_not_known_of_a_table_does_no_harm(tmp_path: Path) -> None:
    text = (
        "import numpy as np\nimport pandas as pd\n"
        "df = pd.read_csv('a.csv')\ndf.info(), df.describe(), df.isnull().sum(), df.corr()\n"
        "df.hist(bins=3)\nX = np.array(df)\nassert X.shape == df.shape == df.values.shape\n"
        "assert df.head().shape[0] == 5 and len(df) == len(df.index)\n"
    )
    assert recorded(tmp_path, text).stop.problem is None


@pytest.mark.parametrize(("name", "is_label"), [("Star category", True), ("class_rank", False)])
def test_the_last_word_of_a_column_tells_the_label(name: str, is_label: bool) -> None:
    table = Frame(np.array([[0.5, 1.0], [0.25, 0.0]]), place=1)
    assert (table[name].array == table.array[:, 1 if is_label else 0]).all()
