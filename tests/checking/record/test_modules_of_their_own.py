"""Networks in several files: packages, folders above, and a script that trains what it imports."""

from pathlib import Path

import pytest

from chainrule.checking.learner.project import modules_of, root_of
from chainrule.checking.learner.source import read_source
from chainrule.checking.record.findings import with_training

PIECES = """\
import numpy as np

class Dense:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out) * 0.3
        self.b = np.zeros(n_out)

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, d):
        self.dW = self.x.T @ d
        self.db = d.sum(axis=0)
        return d @ self.W.T

class Logistic:
    def forward(self, x):
        self.a = 1 / (1 + np.exp(-x))
        return self.a

    def backward(self, d):
        return d * self.a * (1 - self.a)
"""
NET = """\
import numpy as np
{imports}

class Net:
    def __init__(self, n_in, n_hidden, n_out):
        self.layers = [Dense(n_in, n_hidden), Logistic(), Dense(n_hidden, n_out)]

    def train(self, X, Y, epochs=100, rate=0.1):
        for _ in range(epochs):
            a = X
            for layer in self.layers:
                a = layer.forward(a)
            loss = ((a - Y) ** 2).mean()
            d = 2 * (a - Y) / a.size
            for layer in reversed(self.layers):
                d = layer.backward(d)
            for layer in self.layers[::2]:
                layer.W -= rate * layer.dW
                layer.b -= rate * layer.db
"""
SCRIPT = """\
import numpy as np
from net import Net
X = np.random.randn(6, 3)
Y = np.random.randn(6, 2)
Net(3, 4, 2).train(X, Y)
"""


def said(path: Path) -> dict[str, bool | None]:
    return {finding.name: finding.passed for finding in with_training(path, ())}


@pytest.mark.parametrize(
    ("place", "imports", "pieces"),
    [
        ("net.py", "from .pieces import Dense, Logistic", "pieces.py"),
        ("a/net.py", "from .inner.pieces import Dense, Logistic", "a/inner/pieces.py"),
        ("a/b/net.py", "from ..pieces import Dense, Logistic", "a/pieces.py"),
        ("a/net.py", "from parts.pieces import Dense, Logistic", "parts/pieces.py"),
        ("a/net.py", "import os, sys\nsys.path.append(os.pardir)\nfrom pieces import *",
         "pieces.py"),
        ("download/net.py", "from package.pieces import Dense, Logistic", "download/pieces.py"),
    ],
)  # fmt: skip
def test_a_network_whose_layers_are_in_another_module(
    tmp_path: Path, place: str, imports: str, pieces: str
) -> None:
    for name, text in ((pieces, PIECES), (place, NET.format(imports=imports))):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert said(tmp_path / place) == {"Net.train": True}


def test_a_script_that_trains_what_it_imports(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(NET.format(imports="from pieces import *"))
    (tmp_path / "pieces.py").write_text(PIECES)
    (tmp_path / "script.py").write_text(SCRIPT)
    assert said(tmp_path / "script.py") == {"top level": True}
    right, wrong = "d * self.a * (1 - self.a)", "d * self.a"
    assert PIECES.count(right) == 1
    (tmp_path / "pieces.py").write_text(PIECES.replace(right, wrong))
    (finding,) = with_training(tmp_path / "script.py", ())
    assert (finding.passed, finding.line) == (False, 5)


def test_what_only_defines_trains_nothing(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(NET.format(imports="from pieces import *"))
    (tmp_path / "pieces.py").write_text(PIECES)
    (tmp_path / "names.py").write_text(
        "from net import Net\ndef name():\n    return Net.__name__\n"
    )
    assert said(tmp_path / "names.py") == {}


def test_the_root_is_no_folder_without_what_is_imported(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "net.py"
    path.parent.mkdir(parents=True)
    path.write_text(
        "import numpy as np\nimport pieces_of_nobody\nimport math\nfrom data import get\n"
    )
    for other in ("math.py", "a/math.py", "data/get.py", "a/data/test_something.py"):
        (tmp_path / other).parent.mkdir(exist_ok=True)
        (tmp_path / other).write_text("")
    assert root_of(read_source(path)) == path.parent
    assert modules_of(read_source(path)) == {}
