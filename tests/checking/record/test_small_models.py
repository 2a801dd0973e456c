"""Files that compute much are run in a small model of them, and those cut off are not believed."""

from pathlib import Path

import pytest

from chainrule.checking.record._source.scale import scaled_sizes
from chainrule.checking.record._standins.form import SIDE, Form
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._tape.operations import LEAF
from chainrule.checking.record.coding import decode, encode
from chainrule.checking.record.recorder import is_whole
from chainrule.checking.record.run import record
from recorded_runs import SECONDS, assert_told_apart, judged_file, source_of

SMALL = Form(inputs=SIDE**2, scaled=True, side=SIDE)

ADAM = """\
import numpy as np
from tensorflow.keras.datasets import mnist
(x, y), (x_test, y_test) = mnist.load_data()
x, x_test = x.reshape(60000, 784) / 255, x_test.reshape(10000, 784) / 255
sizes = [784, 128, 64, 10]
W = [np.random.randn(a, b) * np.sqrt(2 / a) for a, b in zip(sizes, sizes[1:])]
m, v, t = [0.0] * 3, [0.0] * 3, 0

def forward(a):
    layers = [a]
    for w in W[:-1]:
        layers.append(np.maximum(0, layers[-1] @ w))
    z = layers[-1] @ W[-1]
    e = np.exp(z - z.max(axis=1, keepdims=True))
    return layers, e / e.sum(axis=1, keepdims=True)

print((forward(x)[1].argmax(axis=1) == y).mean())
for epoch in range(5):
    order = np.random.permutation(60000)
    for k in range(0, 60000, 64):
        rows = order[k:k + 64]
        layers, p = forward(x[rows])
        d = (p - np.eye(10)[y[rows]]) / len(rows)
        t += 1
        for i in (2, 1, 0):
            g = layers[i].T @ d
            d = (d @ W[i].T) * (layers[i] > 0)
            m[i] = 0.9 * m[i] + 0.1 * g
            v[i] = 0.999 * v[i] + 0.001 * g * g
            step = m[i] / (1 - 0.9**t) / (np.sqrt(v[i] / (1 - 0.999**t)) + 1e-8)
            W[i] = W[i] - 0.001 * step
    print((forward(x_test)[1].argmax(axis=1) == y_test).mean())
"""


def test_an_optimiser_of_many_operations_is_judged(tmp_path: Path) -> None:
    """What gives other parameters right gradients, as the optimiser does, is not to blame."""
    assert_told_apart(tmp_path, ADAM, "(layers[i] > 0)", "(layers[i] > 0.5)")


def test_pictures_and_what_convolutions_make_of_them_become_small(tmp_path: Path) -> None:
    text = """\
import numpy as np
from keras.datasets import mnist
(images, labels), _ = mnist.load_data()
K, W = np.random.randn(4, 3, 3) / 9, np.random.randn(26 * 26 * 4, 10) / 100
for image, label in zip(images[:1000] / 255 - 0.5, labels[:1000]):
    out = np.zeros((26, 26, 4))
    for i in range(26):
        for j in range(26):
            out[i, j] = np.sum(image[i:i + 3, j:j + 3] * K, axis=(1, 2))
    e = np.exp(out.reshape(-1) @ W)
    d = e / e.sum()
    d[label] -= 1
    back = (W @ d).reshape(out.shape)
    dK = np.zeros(K.shape)
    for i in range(26):
        for j in range(26):
            for f in range(4):
                dK[f] += back[i, j, f] * image[i:i + 3, j:j + 3]
    W -= 0.01 * np.outer(out.reshape(-1), d)
    K -= 0.01 * dK
"""
    assert_told_apart(tmp_path, text, "dK[f] +=", "dK[f] =")


POINTS = """\
import numpy as np
N, K, hidden = 100, 3, 150
X, y = np.random.randn(N * K, 20), np.repeat(np.arange(K), N)
A, B, a, b = np.random.randn(20, hidden), np.random.randn(hidden, K), np.zeros(hidden), np.zeros(K)
for i in range(500):
    h = np.tanh(X @ A + a)
    e = np.exp(h @ B + b)
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.log(p[range(300), y]).sum() / 300 + 0.01 * (A**2).sum() + 0.01 * (B**2).sum()
    d = (p - np.eye(K)[y]) / 300
    g = d @ B.T * (1 - h * h)
    A, B = A - 0.1 * (X.T @ g + 0.02 * A), B - 0.1 * (h.T @ d + 0.02 * B)
    a, b = a - 0.1 * g.sum(axis=0), b - 0.1 * d.sum(axis=0)
"""


def test_numbers_that_are_products_of_others_stay_products(tmp_path: Path) -> None:
    """Else a mean over 300 of 3 x 100 samples would be none."""
    assert_told_apart(tmp_path, POINTS, "(1 - h * h)", "(1 - h)")


def test_a_number_is_replaced_wherever_it_stands_and_others_by_others(tmp_path: Path) -> None:
    text = "a, b, c, d, e = 64, 100, 128, 256, 500\nprint(2, 5, 64 / 100, 28 * 28, 784, 785, a)\n"
    sizes = scaled_sizes(source_of(tmp_path, text), SMALL)
    assert sizes.keys() == {28, 64, 100, 128, 256, 500, 784, 785}
    assert len(set(sizes.values())) == len(sizes)
    assert sizes[784] == sizes[28] ** 2 == sizes[785] - 1
    assert (sizes[128], sizes[256], sizes[500]) == (2 * sizes[64], 4 * sizes[64], 5 * sizes[100])
    assert not set(sizes.values()) & {2, 5, SMALL.classes, SMALL.count}


@pytest.mark.parametrize(
    "text",
    [
        "z = min(x, 500)\nz = max(z, -500)\n",
        "if x == 500: pass\n",
        "x = pixels / 256\n",
        "pixels /= 256\n",
        "top = 255\n",
    ],
)
def test_what_is_no_size_stays(tmp_path: Path, text: str) -> None:
    assert not scaled_sizes(source_of(tmp_path, text), SMALL)


def test_a_record_that_was_cut_off_in_its_second_step_is_not_whole(tmp_path: Path) -> None:
    """What changes last in a step, as the first layer does, would not be looked at."""
    source = source_of(tmp_path, POINTS)
    seen = set()
    for most in range(300_000, 1_200_000, 200_000):
        runs = Runs([decode(encode(record(source, Form(), 0, {}, SECONDS, most=most)))])
        changed = {runs.chain[n] for n in runs.updates}
        assert len(changed) == 4 or not is_whole(runs)
        seen.add((len(changed), is_whole(runs)))
    assert {changed for changed, _ in seen} > {4}
    assert (4, True) in seen


def test_runs_that_differ_in_their_numbers_alone_are_read_once(tmp_path: Path) -> None:
    source = source_of(tmp_path, POINTS)
    one, other = (decode(encode(record(source, SMALL, seed, {}, SECONDS))) for seed in (1, 2))
    assert one.operations is other.operations
    assert one.values.shape == other.values.shape
    assert (one.values != other.values).any()


def test_what_does_not_fit_in_a_small_model_is_run_as_it_is(tmp_path: Path) -> None:
    """150 hidden units that are counted as 100 + 50."""
    text = POINTS.replace("np.zeros(hidden)", "np.zeros(100 + 50)")
    assert judged_file(source_of(tmp_path, text).path).mistakes == ()


def test_numbers_in_other_modules_of_theirs_become_small_with_those_of_the_file(
    tmp_path: Path,
) -> None:
    (tmp_path / "of_pictures.py").write_text(
        "import numpy as np\nclass Net:\n    def __init__(self, hidden):\n"
        "        self.W = np.random.randn(784, hidden)\n"
        "        self.V = np.random.randn(100, 10)\n"
    )
    text = "from of_pictures import Net\nnet = Net(100)\nassert net.W.shape[1] == len(net.V)\n"
    table = record(source_of(tmp_path, text), SMALL, 0, {}, SECONDS)
    shapes = [o.shape for o in table.operations if o.name == LEAF]
    assert table.stop.kind == ""
    assert shapes[0] == (SIDE**2, shapes[1][0])
    assert shapes[1][0] < 100


def test_a_bound_at_which_samples_are_split_leaves_some_on_either_side(tmp_path: Path) -> None:
    text = "import numpy as np\nfirst, last = np.split(data, [60000])\n"
    (bound,) = scaled_sizes(source_of(tmp_path, text), SMALL).values()
    assert 0 < bound < SMALL.count


WHOLE_BATCHES = """\
import numpy as np
from keras.datasets import mnist
(X, y), _ = mnist.load_data()
X, T = X.reshape(-1, 784) / 255, np.eye(10)[y]
W, V = np.random.normal(0, 0.1, (784, 50)), np.random.normal(0, 0.1, (50, 10))
settings = {"batch": 500, "epochs": 10}
for epoch in range(settings["epochs"]):
    for k in range(len(X) // settings["batch"]):
        part = slice(k * settings["batch"], (k + 1) * settings["batch"])
        h = np.tanh(X[part] @ W)
        d = (h @ V - T[part]) / settings["batch"]
        back = d @ V.T * (1 - h ** 2)
        V -= 0.1 * h.T @ d
        W -= 0.1 * X[part].T @ back
"""


def test_there_are_enough_samples_for_whole_batches(tmp_path: Path) -> None:
    assert_told_apart(tmp_path, WHOLE_BATCHES, " * (1 - h ** 2)", " * (1 - h)")


LISTS = """\
import random
from math import exp
n_in, n_h, n_out = 2, 12, 3
W1 = [[random.gauss(0, 0.7) for _ in range(n_in)] for _ in range(n_h)]
B1 = [0.1] * n_h
W2 = [[random.gauss(0, 0.7) for _ in range(n_h)] for _ in range(n_out)]
def times(M, v):
    return [sum(m * x for m, x in zip(row, v)) for row in M]
def train(batch):
    gW1, gB1 = [[0.0] * n_in for _ in range(n_h)], [0.0] * n_h
    gW2 = [[0.0] * n_h for _ in range(n_out)]
    for x, y in batch:
        z = [a + b for a, b in zip(times(W1, x), B1)]
        h = [a if a > 0 else 0.0 for a in z]
        e = [exp(a) for a in times(W2, h)]
        d2 = [e[k] / sum(e) - (1 if k == y else 0) for k in range(n_out)]
        back = times([list(c) for c in zip(*W2)], d2)
        d1 = [back[j] if z[j] > 0 else 0.0 for j in range(n_h)]
        for j in range(n_h):
            gB1[j] += d1[j]
            for i in range(n_in):
                gW1[j][i] += d1[j] * x[i]
            for k in range(n_out):
                gW2[k][j] += d2[k] * h[j]
    for j in range(n_h):
        B1[j] -= 0.2 * gB1[j] / len(batch)
        for i in range(n_in):
            W1[j][i] -= 0.2 * gW1[j][i] / len(batch)
        for k in range(n_out):
            W2[k][j] -= 0.2 * gW2[k][j] / len(batch)
data = [([random.uniform(-2, 2), random.uniform(-2, 2)], i % 3) for i in range(600)]
for epoch in range(200):
    for s in range(0, len(data), 20):
        train(data[s:s + 20])
"""


@pytest.mark.slow
def test_a_network_of_lists_is_run_with_fewer_units_and_samples(tmp_path: Path) -> None:
    """A unit that gives a written 0 for one sample leaves the others' errors what they are."""
    assert_told_apart(tmp_path, LISTS, "W2[k][j] -= 0.2", "W2[k][j] += 0.2")
