"""More ways in which a file comes to its data: folders, pictures, pages, tables, arguments."""

import glob
import gzip
import os
import pathlib
import pickle
import warnings
from pathlib import Path

import numpy as np
import pytest

from chainrule.checking.record._standins.files import Files
from chainrule.checking.record._standins.form import Form
from chainrule.checking.record._standins.typed import typed
from recorded_runs import judged_file, recorded, source_of

REGRESSION = """\
W, b = np.zeros((X.shape[1], K)), np.zeros(K)
Y = np.eye(K)[y]
for i in range(100):
    z = X @ W + b
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.sum(Y * np.log(p)) / len(X)
    g = (p - Y) / len(X)
    W -= 0.1 * X.T @ g
    b -= 0.1 * g.sum(axis=0)
"""
WAYS = [
    pytest.param("""\
import os
from PIL import Image
X, y = [], []
for k, kind in enumerate(['round', 'square', 'long']):
    for name in os.listdir('shapes/' + kind):
        if not os.path.isfile(os.path.join('shapes', kind, name)):
            continue
        img = Image.open(f'shapes/{kind}/{name}').convert('RGB').convert('L')
        X.append(np.array(img.resize((7, 9))).reshape(63) / 255)
        y.append(k)
X = np.array(X)
K = 3
""", id="folders of pictures"),
    pytest.param("""\
import os
import cv2
X, y = [], []
for name in os.listdir('train'):
    img = cv2.cvtColor(cv2.imread(os.path.join('train', name)), cv2.COLOR_BGR2GRAY)
    X.append(cv2.resize(img, (8, 8)).flatten() / 255)
    y.append(int(name.split('.')[0]))
X = np.array(X)
K = 10
""", id="OpenCV's pictures"),
    pytest.param("""\
import glob
import matplotlib.pyplot as plt
X, y = [], []
for path in glob.glob('pieces/*/*.png'):
    X.append(plt.imread(path).reshape(-1))
    y.append(int(path.split('/')[1]))
X = np.array(X)
K = 10
""", id="a pattern of names"),
    pytest.param("""\
from pathlib import Path
import idx2numpy
import kagglehub
data = {}
for each in Path(kagglehub.dataset_download('ada/mnist-dataset')).iterdir():
    if each.is_file():
        data[each.stem] = idx2numpy.convert_from_file(str(each))
X, y = data['train-images'].reshape(-1, 784) / 255, data['train-labels']
K = 10
""", id="paths of a data set that is fetched"),
    pytest.param("""\
import gzip
import requests
def fetch(part):
    page = requests.get(f'https://example.invalid/train-{part}-ubyte.gz')
    return np.frombuffer(gzip.decompress(page.content), dtype=np.uint8).copy()
X, y = fetch('images-idx3')[16:].reshape(-1, 784) / 255, fetch('labels-idx1')[8:]
K = 10
""", id="pages"),
    pytest.param("""\
import csv
X, y = [], []
with open('flowers.csv') as f:
    for row in csv.DictReader(f):
        X.append([float(row['width']), float(row['length']), int(row['leaves']) / 9])
        y.append(int(row['species']) % 3)
X = np.array(X)
K = 3
""", id="rows by names"),
    pytest.param("""\
kinds = {'red': 0, 'green': 1, 'blue': 2}
X, y = [], []
with open('flowers.txt') as f:
    for line in f:
        parts = line.strip().split(',')
        X.append([float(each) for each in parts[:5]])
        y.append(kinds[parts[5]])
X = np.array(X)
K = 3
""", id="labels that are words"),
    pytest.param("""\
import pandas as pd
df = pd.read_csv('hours.csv')
for each in ['season', 'day']:
    df = pd.concat([df, pd.get_dummies(df[each], prefix=each)], axis=1)
df = df.drop(['season', 'day'], axis=1)
df.loc[:, 'heat'] = (df['heat'] - df['heat'].mean()) / df['heat'].std()
y = df['label'].values % 2
X = df.drop('label', axis=1).values.astype(float)
K = 2
""", id="tables side by side"),
    pytest.param("""\
import pickle
X, y = [], []
for i in range(1, 3):
    with open(f'data_batch_{i}', 'rb') as f:
        d = pickle._Unpickler(f).load()
    X.append(d['data'].reshape(10000, 3, 32, 32).transpose(0, 2, 3, 1))
    y.append(np.array(d['labels']))
X, y = np.concatenate(X), np.concatenate(y)
X = X.reshape(len(X), -1)[:, ::12] / 255
K = 10
""", id="pickles of colours"),
    pytest.param("""\
import cupy as cp
from keras.datasets import mnist
(X, y), _ = mnist.load_data()
X = cp.array(X.reshape(-1, 784)) / 255
y = cp.asnumpy(y)
K = 10
""", id="another NumPy"),
    pytest.param("""\
f = open('train-images.idx3-ubyte')
raw = np.fromfile(file=f, dtype=np.uint8)
X = raw[16:].reshape((-1, 784)).astype(np.float) / 255
y = np.fromfile(file=open('train-labels.idx1-ubyte'), dtype=np.uint8)[8:]
K = 10
""", id="an open file by its name"),
    pytest.param("""\
import argparse
parser = argparse.ArgumentParser()
parser.add_argument('--data', choices=['blobs', 'rows'])
args = parser.parse_args()
if args.data == 'blobs':
    X = np.random.randn(12, 4)
    y = np.arange(12) % 3
K = 3
""", id="a choice that is not made"),
    pytest.param("""\
import sys
if sys.argv[1] not in ('small', 'all') or sys.argv[1] == '-h':
    raise SystemExit('which?')
X, y = np.random.randn(12, 4), np.arange(12) % 3
log = np.zeros(3)
log[1] = np.max(X, keepdims=True)
assert float(np.ones((1, 1))) == 1
K = 3
""", id="an argument that is a word"),
]  # fmt: skip


@pytest.mark.parametrize("head", WAYS)
def test_a_training_is_judged_and_what_is_wrong_in_it(tmp_path: Path, head: str) -> None:
    body = "".join(f"    {line}\n" for line in f"{head}{REGRESSION}".splitlines())
    text = f"import numpy as np\ndef main():\n{body}main()\n"  # nothing is gone on after in it
    table = recorded(tmp_path, text)
    assert not any(name.startswith("unread") for name in table.standins)
    assert judged_file(source_of(tmp_path, text).path).mistakes == ()
    wrong = text.replace("g.sum(axis=0)", "g.sum()")
    line = text[: text.index("g.sum(axis=0)")].count("\n") + 1
    found = judged_file(source_of(tmp_path, wrong).path).mistakes
    assert {mistake.code.line for mistake in found} == {line}


BATCHES = """\
import numpy as np
from keras.datasets import mnist
(X, y), _ = mnist.load_data()
X = X.reshape(len(X), -1) / 255
n, batch = int(0.8 * len(X)), 10000
W, b = np.zeros((784, 10)), np.zeros(10)
for epoch in range(500):
    for i in range(n // batch):
        x, t = X[i * batch:(i + 1) * batch], np.eye(10)[y[i * batch:(i + 1) * batch]]
        z = x @ W + b
        e = np.exp(z - z.max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
        loss = -np.sum(t * np.log(p)) / len(x)
        g = (p - t) / len(x)
        W -= 0.1 * x.T @ g
        b -= 0.1 * g.sum(axis=0)
"""


@pytest.mark.parametrize(
    ("right", "wrong"), [("g.sum(axis=0)", "g.sum(axis=0)"), ("g.sum(axis=0)", "g.sum()")]
)
def test_batches_as_large_as_all_samples_are_made_small(
    tmp_path: Path, right: str, wrong: str
) -> None:
    judged = judged_file(source_of(tmp_path, BATCHES.replace(right, wrong)).path)
    assert bool(judged.mistakes) == (right != wrong)


@pytest.mark.parametrize("mistake", [False, True])
def test_a_small_file_beside_the_learners_is_read(tmp_path: Path, mistake: bool) -> None:
    """What counts on its form runs, though the code works in an empty folder."""
    rows = np.column_stack([np.random.default_rng(1).random((12, 3)), np.arange(12) % 2])
    np.savetxt(tmp_path / "beside.csv", rows, delimiter=";", header="a;b;c;d")
    head = (
        "import numpy as np\ndata = np.loadtxt('beside.csv', delimiter=';')\n"
        "if data.shape != (12, 4):\n    raise SystemExit('other data')\n"
        "X, y, K = data[:, :3], data[:, 3].astype(int), 2\n"
    )
    body = REGRESSION.replace("g.sum(axis=0)", "g.sum()") if mistake else REGRESSION
    found = judged_file(source_of(tmp_path, head + body).path).mistakes
    assert bool(found) == mistake


def test_after_it_everything_is_as_it_was() -> None:
    places = (
        (os, "listdir"), (glob, "glob"), (pathlib.Path, "iterdir"), (os.path, "isfile"),
        (gzip, "decompress"), (pickle, "_Unpickler"), (warnings, "filterwarnings"),
    )  # fmt: skip
    before = [getattr(where, name) for where, name in places]
    with Files(Form()).given(), typed():
        assert [getattr(where, name) for where, name in places] != before
    assert [getattr(where, name) for where, name in places] == before
