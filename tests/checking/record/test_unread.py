"""Statements that only prepare data, and fail: the run goes on, and accuses of nothing made up."""

import os
import socket
import subprocess
from pathlib import Path

import pytest

from chainrule.checking.record._standins.files import Files
from chainrule.checking.record._standins.form import Form
from chainrule.checking.record._steps.unjudged import NotJudgedError
from recorded_runs import judged_file, source_of

TRAINING = """\
W = np.zeros((X.shape[1], 10))
b = np.zeros(10)
for i in range(100):
    z = X @ W + b
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.sum(np.eye(10)[y] * np.log(p)) / len(X)
    g = (p - np.eye(10)[y]) / len(X)
    W -= 0.1 * X.T @ g
    b -= 0.1 * g.sum(axis=0)
"""
LOADER = """\
def load(part):
    with open(part, 'rb') as file:
        size, = struct.unpack('>I', file.read(4))
        return np.frombuffer(file.read(), np.uint8).reshape(size, 784)
"""
WAYS = {
    "a file of another size": f"import struct\n{LOADER}X, y = load('train'), load('labels')\n",
    "several at once": f"import struct\n{LOADER}X, y = load('train')\n",
    "a page": "import requests\nX, y = requests.get('https://example.invalid/digits').json()\n",
    "parts by their names": (
        f"import struct\n{LOADER}data = load('train')\nX, y = data['x_train'], data['y_train']\n"
    ),
    "pairs": (
        f"import struct\n{LOADER}train, test = load('train')\n"
        "(X, y), (x_test, y_test) = train, test\n"
    ),
    "what is thrown away": (
        "import os\nX, y = np.loadtxt('table.csv')[:, :-1], np.loadtxt('labels.csv').astype(int)\n"
        "os.remove('table.csv')\n"
    ),
}  # fmt: skip


@pytest.mark.parametrize("head", WAYS.values(), ids=WAYS.keys())
def test_what_comes_after_a_statement_that_fails_is_judged(tmp_path: Path, head: str) -> None:
    text = f"import numpy as np\n{head}{TRAINING}"
    assert judged_file(source_of(tmp_path, text).path).mistakes == ()
    line = text[: text.index("g.sum(axis=0)")].count("\n") + 1
    wrong = judged_file(source_of(tmp_path, text.replace("g.sum(axis=0)", "g.sum()")).path)
    assert {mistake.code.line for mistake in wrong.mistakes} == {line}


def test_a_module_of_theirs_may_give_data_and_nothing_else(tmp_path: Path) -> None:
    """What computes is no data, and made up it would be something else."""
    text = f"import numpy as np\nfrom data import X, y\n{TRAINING}"
    (tmp_path / "data.py").write_text("import os\nX = y = sorted(os.scandir('images/train'))\n")
    assert judged_file(source_of(tmp_path, text).path).mistakes == ()
    with pytest.raises(NotJudgedError, match="images/train"):
        judged_file(source_of(tmp_path, text.replace("X, y\n", "X, y, Net\n")).path)


def test_it_may_stand_in_a_function_that_goes_on_to_train(tmp_path: Path) -> None:
    inside = "X, y = load('train')\n" + TRAINING
    lines = "".join(f"    {line}\n" for line in inside.splitlines())
    text = f"import struct\nimport numpy as np\n{LOADER}def main():\n{lines}main()\n"
    assert judged_file(source_of(tmp_path, text).path).mistakes == ()


COLUMN = """\
import numpy as np
def load(name):
    with open(name) as file:
        return file.samples, file.targets
X, y = load('table.txt')
rng = np.random.default_rng(0)
W1, b1 = rng.normal(size=(X.shape[1], 6)) * 0.1, np.zeros((1, 6))
W2, b2 = rng.normal(size=(6, 1)) * 0.1, np.zeros((1, 1))
for i in range(100):
    h = np.tanh(X @ W1 + b1)
    p = h @ W2 + b2
    loss = ((p - y) ** 2).mean()
    d = 2 * (p - y) / len(y)
    dh = d @ W2.T * (1 - h ** 2)
    W2 -= 0.1 * h.T @ d
    b2 -= 0.1 * d.sum(axis=0, keepdims=True)
    W1 -= 0.1 * X.T @ dh
    b1 -= 0.1 * dh.sum(axis=0, keepdims=True)
"""


def test_targets_that_are_made_up_in_another_shape_accuse_nobody(tmp_path: Path) -> None:
    """`p - y` of a column and a row is a table: right for the file's own data, a column."""
    assert judged_file(source_of(tmp_path, COLUMN).path).mistakes == ()


REFUSED = {
    "nothing that is not here": "data = [[0.5, 1.0], [0.25, 0.5]]\nX, y = data[2]\n",
    "a name that nothing has": "y = np.loadtxt('labels.csv')\nX = dota[:, 1:]\n",
    "what computes": (
        "class Net:\n    def __init__(self, X):\n        self.W = np.zeros((len(X), 3)[5])\n"
        "    def scores(self, x):\n        return x @ self.W\n"
        "X = np.loadtxt('images.csv')\ny = np.loadtxt('labels.csv').astype(int)\nnet = Net(X)\n"
    ),
}


@pytest.mark.parametrize("head", REFUSED.values(), ids=REFUSED.keys())
def test_it_does_not_go_on_after_what_is_wrong_in_the_file(tmp_path: Path, head: str) -> None:
    text = f"import numpy as np\n{head}X, y = np.ones((9, 4)), np.arange(9)\n{TRAINING}"
    with pytest.raises(NotJudgedError):
        judged_file(source_of(tmp_path, text).path)


def test_what_came_first_is_said_where_nothing_trains_after_it(tmp_path: Path) -> None:
    text = f"import struct\nimport numpy as np\n{LOADER}X, y = load('train')\nW = X @ np.ones(3)\n"
    with pytest.raises(NotJudgedError, match="In line 6"):
        judged_file(source_of(tmp_path, text + "W -= 0.1 * W\n").path)


def test_no_network_is_asked_and_no_program_is_run() -> None:
    before = (socket.getaddrinfo, socket.socket.connect, subprocess.Popen.__init__, os.system)
    with Files(Form()).given():
        with pytest.raises(OSError, match="asks no network"):
            socket.create_connection(("localhost", 80))
        with pytest.raises(OSError, match="runs no program"):
            subprocess.run(["true"], check=False)
        assert os.system("exit 3") == 0
    assert before == (
        socket.getaddrinfo, socket.socket.connect, subprocess.Popen.__init__, os.system
    )  # fmt: skip


CELLS = """\
import numpy as np
X, T = np.random.rand(8, 4), np.random.rand(8, 2)
# %%
show_some(X, rows=2)
# %%
W, V = np.random.randn(4, 3), np.random.randn(3, 2)
for step in range(9):
    h = np.tanh(X @ W)
    d = (h @ V - T) / len(X)
    back = d @ V.T * (1 - h ** 2)
    V -= 0.1 * h.T @ d
    W -= 0.1 * X.T @ back
"""


def test_cells_after_one_that_fails_are_run_all_the_same(tmp_path: Path) -> None:
    assert judged_file(source_of(tmp_path, CELLS).path).mistakes == ()
    wrong = CELLS.replace(" * (1 - h ** 2)", "")
    (mistake,) = judged_file(source_of(tmp_path, wrong).path).mistakes
    assert (mistake.code.cell, mistake.code.line) == (3, 5)
    script = source_of(tmp_path, CELLS.replace("# %%\n", ""))
    with pytest.raises(NotJudgedError, match="came to no end"):
        judged_file(script.path)
