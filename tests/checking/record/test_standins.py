"""Data that modules would give which are not here: what stands in fits how the code takes it."""

from pathlib import Path

import pytest

from chainrule.checking.record.trainings import judge_training
from recorded_runs import source_of

REGRESSION = """\
W = np.zeros((D, K))
b = np.zeros(K)
for i in range(100):
    z = X @ W + b
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.sum(Y * np.log(p)) / len(X)
    g = (p - Y) / len(X)
    W -= 0.1 * X.T @ g
    b -= 0.1 * g.sum(axis=0)
"""
WAYS = {
    "a key of scikit-learn's": (
        "from sklearn.datasets import load_iris\niris = load_iris()\nX = iris['data']\n"
        "X = (X - X.mean(axis=0)) / X.std(axis=0)\nY = np.eye(3)[iris['target']]\nD, K = 4, 3\n"
    ),
    "an attribute of scikit-learn's": (
        "from sklearn.datasets import load_digits\ndigits = load_digits()\n"
        "X, Y = digits.data / 16, np.eye(10)[digits.target]\nD, K = 64, 10\n"
    ),
    "a number of samples that is written": (
        "from keras.datasets import mnist\n(x, y), (x_test, y_test) = mnist.load_data()\n"
        "X = x[:1000].reshape(1000, 28 * 28) / 255\nY = np.eye(10)[y[:1000]]\nD, K = 784, 10\n"
    ),
    "a number of samples behind a name": (
        "from keras.datasets import mnist\n(x, y), _ = mnist.load_data()\nlimit = 400\n"
        "X = x[:limit].reshape(limit, -1) / 255\nY = np.eye(10)[y[:limit]]\nD, K = 784, 10\n"
    ),
    "a default": (
        "from keras.datasets import mnist\n(x, y), _ = mnist.load_data()\n"
        "def first(a, most=500):\n    return a[:most].reshape(most, -1) / 255\n"
        "X, Y = first(x), np.eye(10)[y[:500]]\nD, K = 784, 10\n"
    ),
    "two parts": (
        "import pandas as pd\ndata = np.array(pd.read_csv('train.csv'))\nm, n = data.shape\n"
        "held, data = data[0:1000], data[1000:m]\n"
        "X, Y = data[:, 1:] / 255, np.eye(10)[data[:, 0]]\nD, K = 784, 10\n"
    ),
}


@pytest.mark.parametrize("head", WAYS.values(), ids=WAYS.keys())
def test_a_training_on_data_that_are_not_here_is_judged(tmp_path: Path, head: str) -> None:
    text = f"import numpy as np\n{head}{REGRESSION}"
    assert judge_training(source_of(tmp_path, text).path).mistakes == ()
    line = text[: text.index("g.sum(axis=0)")].count("\n") + 1
    wrong = judge_training(source_of(tmp_path, text.replace("g.sum(axis=0)", "g.sum()")).path)
    assert {mistake.code.line for mistake in wrong.mistakes} == {line}
