"""The table that stands in for what pandas reads."""

from pathlib import Path

import pytest

from chainrule.checking.record.trainings import judge_training
from recorded_runs import source_of
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
    assert text.count(right) == 1
    assert judge_training(source_of(tmp_path, text).path).mistakes == ()
    judged = judge_training(source_of(tmp_path, text.replace(right, wrong)).path)
    line = text[: text.index(right)].count("\n") + 1
    assert [mistake.code.line for mistake in judged.mistakes] == [line]
