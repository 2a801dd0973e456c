"""Data that modules would give which are not here: what stands in fits how the code takes it."""

import argparse
import builtins
import time
from pathlib import Path

import pytest

from chainrule.checking.record._standins.typed import typed
from chainrule.checking.record._steps.unjudged import NotJudgedError
from recorded_runs import judged_file, source_of

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
    "pictures as a table": (
        "from sklearn.datasets import fetch_openml\nmnist = fetch_openml('mnist_784')\n"
        "X, y = mnist['data'].to_numpy() / 255, mnist['target'].astype(int)\n"
        "import pandas as pd\nassert isinstance(y, pd.Series)\n"
        "Y = np.eye(10)[y.to_numpy()]\nD, K = 784, 10\n"
    ),
    "pictures of two axes": (
        "from keras.datasets import mnist\nfrom keras.utils import to_categorical\n"
        "(x, y), (x_test, y_test) = mnist.load_data()\nn, high, wide = x.shape\n"
        "X = x.reshape(60000, high * wide).astype('float32') / 255\n"
        "Y = to_categorical(y, 10)\nD, K = 784, 10\n"
    ),
    "a package of digits": (
        "import mnist\nX = mnist.train_images().reshape(-1, 784) / 255\n"
        "Y = np.eye(10)[mnist.train_labels()]\nD, K = 784, 10\n"
    ),
    "labels that are encoded": (
        "import pandas as pd\nfrom sklearn.preprocessing import LabelEncoder, OneHotEncoder\n"
        "table = pd.read_csv('iris.csv')\n"
        "y = LabelEncoder().fit_transform(table['species'])\n"
        "Y = OneHotEncoder().fit_transform(y.reshape(-1, 1)).toarray()\n"
        "X = table[['sepal_length', 'petal_length']].values\nD, K = 2, 3\n"
    ),
    "settings of made samples": (
        "from sklearn.datasets import make_classification\nfrom sklearn.utils import shuffle\n"
        "X, y = make_classification(n_samples=100, n_features=6, n_classes=2)\n"
        "X, y = shuffle(X, y, random_state=1)\nY = np.zeros((100, 2))\n"
        "Y[np.arange(100), y] = 1\nD, K = 6, 2\n"
    ),
    "a loader of theirs that gives four": (
        "from loaders import load_data\nx_train, x_test, y_train, y_test = load_data()\n"
        "X, Y = x_train, np.eye(10)[y_train]\nD, K = 784, 10\n"
    ),
    "a loader of theirs that gives pairs": (
        "from loaders import get_digits\n(X, y), (X_test, y_test) = get_digits()\n"
        "Y = np.eye(10)[y]\nD, K = 784, 10\n"
    ),
    "a store of pictures": (
        "import h5py\nstore = h5py.File('cats.h5', 'r')\nx = np.array(store['train_set_x'][:])\n"
        "X, Y = x.reshape(len(x), -1), np.eye(2)[np.array(store['train_set_y'][:])]\n"
        "D, K = X.shape[1], 2\n"
    ),
    "a file of MATLAB's": (
        "from scipy.io import loadmat\ndata = loadmat('samples.mat')\n"
        "X, Y = data['X'], np.eye(10)[data['y'].ravel() - 1]\nD, K = X.shape[1], 10\n"
    ),
    "arrays of a module of theirs": (
        "from samples import X_train, Y_train as Y\nX = X_train / X_train.max()\n"
        "D, K = X.shape[1], Y.shape[1]\n"
    ),
    "rows without a text in one column": (
        "import pandas as pd\ndata = pd.read_csv('flowers.csv')\n"
        "for name in ('red', 'dark red'):\n"
        "    data = data[data['colour'].str.contains(name) == False]\n"
        "    data = data[~data['place'].str.strip().str.endswith('side')]\n"
        "X, Y = data[['a', 'b', 'c']].to_numpy(), np.eye(2)[np.arange(len(data)) % 2]\n"
        "D, K = 3, 2\n"
    ),
    "a bar of progress": (
        "from tqdm import tqdm\nfrom sklearn.metrics import accuracy_score\n"
        "X, Y, D, K = np.random.rand(12, 4), np.eye(3)[np.arange(12) % 3], 4, 3\n"
        "with tqdm(range(2), desc='ready') as bar:\n    for i in bar:\n"
        "        bar.set_postfix(share=f'{accuracy_score([1], [i]):.2f}')\n"
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
    assert judged_file(source_of(tmp_path, text).path).mistakes == ()
    line = text[: text.index("g.sum(axis=0)")].count("\n") + 1
    wrong = judged_file(source_of(tmp_path, text.replace("g.sum(axis=0)", "g.sum()")).path)
    assert {mistake.code.line for mistake in wrong.mistakes} == {line}


ASKED = {
    "a number": "rate = float(input('Learning rate: '))\nunits = int(input('Units: '))\n",
    "an argument": (
        "import argparse\nparser = argparse.ArgumentParser()\n"
        "parser.add_argument('data')\nparser.add_argument('--units', type=int, required=True)\n"
        "parser.add_argument('--mode', choices=['fit', 'ask'], required=True)\n"
        "given = parser.parse_args()\nassert given.units and given.data and given.mode == 'fit'\n"
    ),
    "several numbers": "a, b, rate = map(float, input().split())\nassert rate < 1 < a == b\n",
    "an argument of the program": "import sys\nn = int(sys.argv[1])\nassert not sys.argv[1:]\n",
    "how many arguments": (
        "import sys\nif len(sys.argv) != 3:\n    sys.exit('Usage: two names')\n"
        "if len(sys.argv) < 2:\n    raise SystemExit\nassert len(sys.argv) == 1\n"
    ),
    "a number of steps": "steps = int(input('Number of steps: '))\nassert steps\n",
    "a name that is gone": "import time\nbegin = time.clock()\nunits = np.int(3)\n",
}


@pytest.mark.parametrize("head", ASKED.values(), ids=ASKED.keys())
def test_what_is_asked_is_answered(tmp_path: Path, head: str) -> None:
    data = "X, Y, D, K = np.random.rand(12, 4), np.eye(3)[np.arange(12) % 3], 4, 3\n"
    text = f"import numpy as np\n{head}{data}{REGRESSION}"
    assert judged_file(source_of(tmp_path, text).path).mistakes == ()


def test_after_a_run_nothing_is_answered_any_more() -> None:
    before = (builtins.input, argparse.ArgumentParser.parse_args, hasattr(time, "clock"))
    with typed():
        assert input("How many?") == "3"
    assert (builtins.input, argparse.ArgumentParser.parse_args, hasattr(time, "clock")) == before


def test_what_is_said_of_a_stand_in_is_said_of_what_is_not_here(tmp_path: Path) -> None:
    head = "import numpy as np\nfrom samples import one\nX, Y, D, K = one, 2.0 * one, 4, 3\n"
    text = head + REGRESSION
    with pytest.raises(NotJudgedError, match="something that is not here") as caught:
        judged_file(source_of(tmp_path, text).path)
    assert "made up for `samples`" in str(caught.value)
    assert "Standin" not in str(caught.value)


@pytest.mark.parametrize(
    ("rate", "outputs", "said"),
    [("0 * i", 3, "steps change nothing"), ("0.1", 1, "change by the same")],
)
def test_why_runs_are_alike_is_said_as_it_is(
    tmp_path: Path, rate: str, outputs: int, said: str
) -> None:
    text = (
        "import numpy as np\nX, T = np.eye(4), np.eye(4)[:, :1]\n"
        f"W = np.random.randn(4, {outputs})\n"
        "for i in range(9):\n    e = np.exp(X @ W)\n    p = e / e.sum(axis=1, keepdims=True)\n"
        f"    W -= {rate} * X.T @ (p - T)\n"
    )
    with pytest.raises(NotJudgedError, match=said):
        judged_file(source_of(tmp_path, text).path)
