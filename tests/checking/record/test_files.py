"""Files that are not here: what the code reads instead, and what is left as it is."""

import builtins
import gzip
import io
import pathlib
import pickle
import urllib.request
from pathlib import Path

import numpy as np
import pytest

from recorded_runs import assert_told_apart, judged_file, recorded, source_of
from training_texts import LOGISTIC, softmax_regression

READ = [
    pytest.param("""\
import gzip
import numpy as np
def images(path):
    with gzip.open(path, "rb") as f:
        data = np.frombuffer(f.read(), np.uint8, offset=16)
    return data.reshape(-1, 28 * 28).astype(np.float32) / 255
def labels(path):
    with gzip.open(path, "rb") as f:
        return np.frombuffer(f.read(), np.uint8, offset=8)
X = images("data/train-images-idx3-ubyte.gz")
y = labels("data/train-labels-idx1-ubyte.gz")
""" + softmax_regression(),
        "X.T @ dz", "X.T @ (dz * p)", id="pictures: gzip and frombuffer"),
    pytest.param("""\
import os, struct
import numpy as np
def load_mnist(path, kind="train"):
    labels_path = os.path.join(path, "%s-labels-idx1-ubyte" % kind)
    images_path = os.path.join(path, "%s-images-idx3-ubyte" % kind)
    with open(labels_path, "rb") as lbpath:
        magic, n = struct.unpack(">II", lbpath.read(8))
        labels = np.fromfile(lbpath, dtype=np.uint8)
    with open(images_path, "rb") as imgpath:
        magic, num, rows, cols = struct.unpack(">IIII", imgpath.read(16))
        images = np.fromfile(imgpath, dtype=np.uint8).reshape(len(labels), 784)
    return images / 255.0, labels
X, y = load_mnist("mnist")
""" + softmax_regression(),
        "X.T @ dz", "X.T @ (dz * p)", id="pictures: struct and fromfile"),
    pytest.param("""\
import gzip
import numpy as np
def read(name):
    with gzip.open(name) as f:
        magic = int.from_bytes(f.read(4), "big")
        count = int.from_bytes(f.read(4), "big")
        if magic == 2049:
            return np.frombuffer(f.read(), dtype=np.uint8)
        rows, columns = int.from_bytes(f.read(4), "big"), int.from_bytes(f.read(4), "big")
        return np.frombuffer(f.read(), dtype=np.uint8).reshape((count, rows, columns))
X = read("t10k-images-idx3-ubyte.gz").reshape(-1, 784) / 255
y = read("t10k-labels-idx1-ubyte.gz")
""" + softmax_regression(),
        "dz.sum(axis=0)", "dz.mean(axis=0)", id="pictures: byte by byte", marks=pytest.mark.slow),
    pytest.param("""\
import gzip, os, urllib.request
import numpy as np
for name in ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"):
    if not os.path.exists(name):
        urllib.request.urlretrieve("http://127.0.0.1:9/mnist/" + name, name)
with gzip.open("train-images-idx3-ubyte.gz") as f:
    X = np.frombuffer(f.read(), np.uint8, offset=16).reshape(-1, 784) / 255
with gzip.open("train-labels-idx1-ubyte.gz") as f:
    y = np.frombuffer(f.read(), np.uint8, offset=8)
""" + softmax_regression(),
        "dz.sum(axis=0)", "dz.mean(axis=0)", id="pictures: fetched first"),
    pytest.param("""\
import numpy as np
data = np.loadtxt("data.txt", delimiter=",")
X = data[:, :-1]
y = data[:, -1]
""" + LOGISTIC,
        "np.mean(p - y)", "np.sum(p - y)", id="loadtxt: label last"),
    pytest.param("""\
import numpy as np
data = np.loadtxt("ex2data1.txt", delimiter=",")
X = data[:, 0:2]
y = data[:, 2]
""" + LOGISTIC,
        "np.mean(p - y)", "np.sum(p - y)", id="loadtxt: two of three", marks=pytest.mark.slow),
    pytest.param("""\
import numpy as np
data = np.loadtxt("mnist_train.csv", delimiter=",")
X = data[:, 1:] / 255
y = data[:, 0].astype(int)
""" + softmax_regression(),
        "dz.sum(axis=0)", "dz.mean(axis=0)", id="loadtxt: pictures", marks=pytest.mark.slow),
    pytest.param("""\
import numpy as np
data = np.genfromtxt("diabetes.csv", delimiter=",", skip_header=1)
X, y = data[:, :8], data[:, 8]
""" + LOGISTIC,
        "np.mean(p - y)", "np.sum(p - y)", id="genfromtxt: a header", marks=pytest.mark.slow),
    pytest.param("""\
import numpy as np
X = np.load("X_train.npy")
y = np.load("y_train.npy")
""" + softmax_regression("X.shape[1]"),
        "dz.sum(axis=0)", "dz.mean(axis=0)", id="npy"),
    pytest.param("""\
import numpy as np
with np.load("mnist.npz") as f:
    x_train, y_train = f["x_train"], f["y_train"]
X = x_train.reshape(-1, 784) / 255
y = y_train
""" + softmax_regression(),
        "dz.sum(axis=0)", "dz.mean(axis=0)", id="npz in a with"),
    pytest.param("""\
import numpy as np
data = np.load("mnist.npz")
X = data["x_train"].reshape(data["x_train"].shape[0], -1).astype("float32") / 255
y = data["y_train"]
""" + softmax_regression(),
        "dz.sum(axis=0)", "dz.mean(axis=0)", id="npz", marks=pytest.mark.slow),
    pytest.param("""\
import gzip
import pickle
import numpy as np
with gzip.open("mnist.pkl.gz", "rb") as f:
    (X, y), valid, test = pickle.load(f, encoding="latin1")
""" + softmax_regression(),
        "dz.sum(axis=0)", "dz.mean(axis=0)", id="pickle: three pairs"),
    pytest.param("""\
import gzip
import pickle
import numpy as np
def load_data():
    f = gzip.open("../data/mnist.pkl.gz", "rb")
    training_data, validation_data, test_data = pickle.load(f, encoding="latin1")
    f.close()
    return (training_data, validation_data, test_data)
def vectorized_result(j):
    e = np.zeros((10, 1))
    e[j] = 1.0
    return e
tr, va, te = load_data()
training = [(np.reshape(x, (784, 1)), vectorized_result(y)) for x, y in zip(tr[0], tr[1])]
W = np.random.randn(10, 784)
b = np.random.randn(10, 1)
for x, y in training:
    a = 1 / (1 + np.exp(-(np.dot(W, x) + b)))
    delta = (a - y) * a * (1 - a)
    W = W - 3.0 * np.dot(delta, x.transpose())
    b = b - 3.0 * delta
""",
        "b - 3.0", "b + 3.0", id="pickle: one sample at a time"),
    pytest.param("""\
import csv
import numpy as np
rows = []
with open("iris.csv") as f:
    for row in csv.reader(f):
        rows.append([float(x) for x in row])
data = np.array(rows)
X, y = data[:, :4], data[:, 4]
""" + LOGISTIC,
        "np.mean(p - y)", "np.sum(p - y)", id="csv.reader: label last", marks=pytest.mark.slow),
    pytest.param("""\
import csv
import numpy as np
X, y = [], []
with open("train.csv", newline="") as f:
    reader = csv.reader(f)
    next(reader)
    for row in reader:
        y.append(int(row[0]))
        X.append([int(v) / 255 for v in row[1:]])
X, y = np.array(X), np.array(y)
""" + softmax_regression(),
        "dz.sum(axis=0)", "dz.mean(axis=0)", id="csv.reader: label first"),
    pytest.param("""\
import numpy as np
f = open("mnist_dataset/mnist_train.csv", "r")
training_data_list = f.readlines()
f.close()
W = np.random.normal(0.0, 0.1, (10, 784))
for record in training_data_list:
    all_values = record.split(",")
    inputs = np.asarray(all_values[1:], dtype=float) / 255.0 * 0.99 + 0.01
    targets = np.zeros(10) + 0.01
    targets[int(all_values[0])] = 0.99
    x = np.array(inputs, ndmin=2).T
    t = np.array(targets, ndmin=2).T
    o = 1 / (1 + np.exp(-np.dot(W, x)))
    e = t - o
    W += 0.1 * np.dot(e * o * (1.0 - o), x.T)
""",
        "e * o * (1.0 - o)", "e * o", id="lines of a table"),
    pytest.param("""\
import numpy as np
text = open("input.txt", "r").read()
chars = list(set(text))
vocab = len(chars)
ix = {c: i for i, c in enumerate(sorted(chars))}
W = np.random.randn(vocab, vocab) * 0.1
b = np.zeros((vocab, 1))
p, n = 0, 0
while n < 30:
    inputs = [ix[c] for c in text[p:p + 5]]
    targets = [ix[c] for c in text[p + 1:p + 6]]
    dW, db = np.zeros_like(W), np.zeros_like(b)
    loss = 0
    for t in range(5):
        x = np.zeros((vocab, 1))
        x[inputs[t]] = 1
        y = W @ x + b
        q = np.exp(y) / np.sum(np.exp(y))
        loss += -np.log(q[targets[t], 0])
        dy = np.copy(q)
        dy[targets[t]] -= 1
        dW += dy @ x.T
        db += dy
    W += -0.1 * dW
    b += -0.1 * db
    p, n = p + 5, n + 1
""",
        "db += dy\n", "db += 2 * dy\n", id="characters of a text"),
    pytest.param("""\
import pickle
import numpy as np
def unpickle(file):
    with open(file, "rb") as fo:
        return pickle.load(fo, encoding="bytes")
batch = unpickle("cifar-10-batches-py/data_batch_1")
X = batch[b"data"] / 255.0
y = np.array(batch[b"labels"])
""" + softmax_regression("X.shape[1]"),
        "dz.sum(axis=0)", "dz.mean(axis=0)", id="pickle: a dictionary", marks=pytest.mark.slow),
]  # fmt: skip


@pytest.mark.parametrize(("text", "right", "wrong"), READ)
def test_a_training_on_what_is_not_here_is_judged(
    tmp_path: Path, text: str, right: str, wrong: str
) -> None:
    assert_told_apart(tmp_path, text, right, wrong)


HERE = """\
import numpy as np
data = {read}
W = np.random.randn(2) * 0.1
for i in range(3):
    W = W - 0.1 * data[:, :2].T @ (data[:, :2] @ W - data[:, 2])
"""


@pytest.mark.parametrize(
    "read",
    [
        'np.loadtxt("{folder}/here.csv", delimiter=",")',
        'np.genfromtxt("{folder}/here.csv", delimiter=",")',
        'np.load("{folder}/here.npy")',
        'np.load("{folder}/here.npz")["data"]',
        'np.fromfile("{folder}/here.bin").reshape(4, 3)',
        '__import__("pickle").load(open("{folder}/here.pkl", "rb"))',
        'np.array([l.split(",") for l in open("{folder}/here.csv")], dtype=float)',
        '__import__("pathlib").Path("{folder}/here.bin").read_bytes()'
        " and np.array([[0.5, 0.25, 7.0]] * 4)",
    ],
)
def test_a_file_that_is_here_is_read_as_it_is(tmp_path: Path, read: str) -> None:
    data = np.array([[0.5, 0.25, 7.0]] * 4)
    np.savetxt(tmp_path / "here.csv", data, delimiter=",")
    np.save(tmp_path / "here.npy", data)
    np.savez(tmp_path / "here.npz", data=data)
    data.tofile(tmp_path / "here.bin")
    (tmp_path / "here.pkl").write_bytes(pickle.dumps(data))
    table = recorded(tmp_path, HERE.format(read=read.format(folder=tmp_path)))
    assert table.standins == ()
    assert not table.stop.kind
    assert 7.0 in table.values


def test_what_is_stood_in_for_is_named(tmp_path: Path) -> None:
    table = recorded(tmp_path, HERE.format(read='np.loadtxt("Nowhere.csv", delimiter=",")'))
    assert table.standins == ("nowhere.csv",)


OPENED_TO_WRITE = (
    'open("{}", "w").write("7")', 'open("{}", mode="a").write("7")',
    'open("{}", "wb").write(b"7")', 'gzip.open("{}", "wb").write(b"7")',
    'pathlib.Path("{}").open("x").write("7")', 'np.save("{}", np.random.randn(2))',
    'np.savez("{}", W=np.random.randn(2))', 'np.savez_compressed("{}", np.ones(2))',
    'np.savetxt("{}", np.random.randn(2))',
)  # fmt: skip


@pytest.mark.parametrize("call", OPENED_TO_WRITE)
def test_what_is_written_goes_nowhere(tmp_path: Path, call: str) -> None:
    kept = tmp_path / "kept.txt"
    kept.write_text("1")
    calls = "\n".join(call.format(file) for file in (kept, "nowhere/w.txt"))
    table = recorded(tmp_path, f"import gzip, pathlib\nimport numpy as np\n{calls}\n")
    assert table.stop.problem is None
    assert table.standins == ()
    assert kept.read_text() == "1"


def test_installed_packages_open_their_files_themselves(tmp_path: Path) -> None:
    """What tells a package that it has no cache must not be a file that is made up."""
    text = "import linecache, tokenize\ntokenize.open('nowhere.py')\n"
    table = recorded(tmp_path, text)
    assert table.stop.problem is not None
    assert table.stop.problem.kind == "FileNotFoundError"


def test_after_a_run_all_is_as_it_was(tmp_path: Path) -> None:
    def now() -> list[object]:
        return [
            builtins.open, io.open, gzip.open, pathlib.Path.open, pathlib.Path.read_text,
            pathlib.Path.read_bytes, np.loadtxt, np.genfromtxt, np.load, np.fromfile, pickle.load,
            pickle.loads, urllib.request.urlopen, urllib.request.urlretrieve,
        ]  # fmt: skip

    before = now()
    for text in ("open('nowhere.txt').read()\n", "open('nowhere.txt')\n1 / 0\n"):
        recorded(tmp_path, text)
        assert now() == before


READ_AS = {
    "text of a zipped file": ('gzip.open("a.csv.gz", "rt").read().split(",")', "str"),
    "bytes of a zipped file": ('gzip.open("a.csv.gz").read().splitlines()', "bytes"),
    "text of a path": ('pathlib.Path("a.txt").read_text().split()', "str"),
    "bytes of a path": ('pathlib.Path("a.txt").read_bytes().split()', "bytes"),
    "an opened path": ('pathlib.Path("a.txt").open().readlines()', "str"),
    "a page": ('urllib.request.urlopen("http://nowhere.invalid/a").read().split()', "bytes"),
}


@pytest.mark.parametrize(("read", "kind"), READ_AS.values(), ids=READ_AS.keys())
def test_what_is_read_is_text_or_bytes_as_it_would_be(
    tmp_path: Path, read: str, kind: str
) -> None:
    text = f"import gzip, pathlib, urllib.request\nassert type({read}[0]) is {kind}\n"
    table = recorded(tmp_path, text)
    assert table.stop.problem is None
    assert len(table.standins) == 1


def test_the_names_of_tables_are_not_mistaken_for_targets(tmp_path: Path) -> None:
    for name in ("my_data.csv", "energy_efficiency.txt", "toy_set.csv", "index_data.csv"):
        text = f'import numpy as np\nassert np.loadtxt("{name}").shape[1] > 700\n'
        assert recorded(tmp_path, text).stop.problem is None
    for name in ("y.txt", "y_train.csv", "train_labels.csv", "Targets.txt"):
        text = f'import numpy as np\nassert np.loadtxt("{name}").ndim == 1\n'
        assert recorded(tmp_path, text).stop.problem is None


def test_tables_of_whole_numbers_have_them(tmp_path: Path) -> None:
    """Features between 0 and 1 would all be 0."""
    text = (
        "import numpy as np\n"
        'data = np.loadtxt("d.csv", delimiter=",", dtype=np.int32)\n'
        "assert data[:, 0].max() > 1 and data[:, -1].max() == 9\n"
        'words = np.genfromtxt("d.csv", delimiter=",", dtype=str)\n'
        "assert 0 < float(words[0, 0]) < 1\n"
    )
    assert recorded(tmp_path, text).stop.problem is None


SATURATED = """\
import pickle
import numpy as np
(X, y), _, _ = pickle.load(open("mnist.pkl", "rb"))
W, b = np.random.randn(10, 784), np.random.randn(10, 1)
for x, label in zip(X, y):
    x, t = x.reshape(784, 1), np.eye(10)[:, [label]]
    a = 1 / (1 + np.exp(-(W @ x + b)))
    delta = (a - t) * a * (1 - a)
    W = W - 3.0 * delta @ x.T
    b = b - 3.0 * delta
"""


def test_units_that_a_step_saturates_accuse_nobody(tmp_path: Path) -> None:
    """After it, what is left of the gradient is rounding."""
    assert judged_file(source_of(tmp_path, SATURATED).path).mistakes == ()


ONE_COLUMN = """\
import numpy as np
X = np.load("X.npy")
y = np.load("y.npy")
W = np.random.randn(X.shape[1], 1) * 0.01
b = np.zeros(1)
for i in range(100):
    p = 1 / (1 + np.exp(-(X @ W + b)))
    d = p - y
    W = W - 0.1 * X.T @ d / len(X)
    b = b - 0.1 * d.mean(axis=0)
"""


def test_stored_targets_may_have_two_axes(tmp_path: Path) -> None:
    """A shape that is made up, `(N,)`, is no reason to say that targets do not fit."""
    assert judged_file(source_of(tmp_path, ONE_COLUMN).path).mistakes == ()
    wrong = ONE_COLUMN.replace("d.mean(axis=0)", "d.sum(axis=0)")
    (mistake,) = judged_file(source_of(tmp_path, wrong).path).mistakes
    assert mistake.code.line == 10


def test_targets_of_a_known_shape_must_fit(tmp_path: Path) -> None:
    """A column of a table that pandas reads has one axis."""
    read = (
        "import pandas as pd\n"
        'd = pd.read_csv("digits.csv")\n'
        'X, y = d.drop(columns=["label"]).values / 255, d["label"].values\n'
    )
    text = ONE_COLUMN.replace('X = np.load("X.npy")\ny = np.load("y.npy")\n', read)
    assert judged_file(source_of(tmp_path, text).path).mistakes


def test_numbers_of_samples_are_made_small_and_those_of_columns_are_not(tmp_path: Path) -> None:
    text = (
        "import numpy as np\n"
        'data = np.loadtxt("mnist_train.csv", delimiter=",")\n'
        "train, test = data[:50000], data[50000:60000]\n"
        "assert len(test)\n"
        "X, y = train[:, 1:785] / 255, train[:, 0].astype(int)\n"
    ) + softmax_regression()
    assert judged_file(source_of(tmp_path, text).path).mistakes == ()
