"""From a learner's file to a desk: what is executed, and what is not."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chainrule.checking.learner.desk import Call
from chainrule.checking.learner.problems import _loop_around
from learner_files import (
    FUNCTIONS,
    NETWORK,
    X,
    call,
    code,
    definition,
    listed,
    method,
    module,
    notebook,
    value,
    write_module,
)


def test_the_labs_functions_and_networks_are_listed_in_order(tmp_path: Path) -> None:
    desk = notebook(tmp_path, FUNCTIONS, "def plot(): pass\nclass Point: pass", NETWORK)
    assert listed(desk) == ["one_hot", "softmax", "nll", "sigmoid", "dsigmoid", "NeuralNet"]
    net = definition(desk, "NeuralNet")
    assert net.parameters == ("input_size", "hidden_size", "output_size")
    assert net.methods is not None
    assert net.methods["grad_loss"] == ("X", "y")
    assert (net.cell, net.line) == (3, 1)
    assert definition(desk, "softmax").parameters == ("X",)
    assert (definition(desk, "softmax").cell, definition(desk, "softmax").line) == (1, 6)
    assert value(call(desk, "softmax", X)).shape == (2, 2)


def test_training_loading_and_other_statements_do_not_run(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    text = f"""
open({str(mark)!r}, "w")
while True:
    pass
for i in range(3): raise SystemExit
assert False
data = open({str(mark)!r}, "w")
softmax_input = fetch()
if __name__ == "__main__":
    raise RuntimeError
def nll(a, b):
    return data
"""
    desk = module(tmp_path, text)
    assert listed(desk) == ["nll"]
    assert not mark.exists()
    problem = call(desk, "nll", 1, 2).problem
    assert problem is not None
    assert (problem.kind, problem.name, problem.notebook) == ("NameError", "data", True)
    assert (problem.cell, problem.line, problem.source) == (None, 12, "return data")


def test_definitions_in_blocks_at_the_top_level_are_found(tmp_path: Path) -> None:
    text = """
import numpy as np
FAST = False
if FAST:
    def softmax(X): return "wrong"
else:
    def softmax(X): return np.exp(X) / np.exp(X).sum()
try:
    from fast_library_of_nobody import sigmoid
except ImportError:
    def sigmoid(X): return 1 / (1 + np.exp(-X))
with np.errstate(over="ignore"):
    def dsigmoid(X): return sigmoid(X) * (1 - sigmoid(X))
"""
    desk = module(tmp_path, text)
    assert listed(desk) == ["softmax", "sigmoid", "dsigmoid"]
    np.testing.assert_allclose(value(call(desk, "dsigmoid", np.zeros(2))), 0.25)
    assert desk.notes == ()


def test_constants_that_definitions_need_are_executed(tmp_path: Path) -> None:
    text = """
import math
from functools import partial
import numpy as np
import numpy.random as npr
EPS, (LOW, HIGH) = np.finfo(float).eps, (-0.5, 0.5)
SCALE = 2 * math.sqrt(4) if HIGH > LOW else None
SCALE *= 2
EYE = np.eye(4)[1:, ::2]
rng = np.random.default_rng(0)
draw = partial(rng.uniform, LOW, HIGH)
table = {i: i ** 2 for i in range(3)}
table["more"] = [SCALE]
exp = lambda x: np.exp(x)
safe_log: object = np.vectorize(math.log)
def softmax(X):
    assert EYE.shape == (3, 2) and len(table) == 4 and draw() < HIGH
    return exp(X) * SCALE + EPS + safe_log(X)
"""
    desk = module(tmp_path, text)
    np.testing.assert_allclose(value(call(desk, "softmax", np.ones(2))), 8 * np.e)


def test_calls_of_the_learners_own_code_are_no_constants(tmp_path: Path) -> None:
    text = """
import numpy as np
def compute(): raise SystemExit
A = compute()
B = [compute() for _ in range(3)]
C = np.vectorize(compute)()
D = np.load("x.npy")
E = len(compute())
def nll(): return A
def softmax(): return B
def sigmoid(): return C
def dsigmoid(): return D
def one_hot(): return E
"""
    desk = module(tmp_path, text)
    for name in listed(desk):
        problem = call(desk, name).problem
        assert problem is not None
        assert problem.kind == "NameError"
        assert problem.notebook


def test_functions_may_be_defined_by_assignment(tmp_path: Path) -> None:
    text = """
import numpy as np
from scipy.special import expit, softmax
sigmoid = expit
dsigmoid = lambda x: sigmoid(x) * (1 - sigmoid(x))
stable = lambda X: X
one_hot = np.vectorize(lambda n, y: n + y)
nll = 3.5
nll_value = dsigmoid(0.0)
"""
    desk = module(tmp_path, text)
    assert listed(desk) == ["sigmoid", "dsigmoid", "one_hot"]
    assert definition(desk, "dsigmoid").line == 5
    assert definition(desk, "dsigmoid").parameters == ("x",)
    np.testing.assert_allclose(value(call(desk, "dsigmoid", 0.0)), 0.25)


def test_a_method_put_onto_a_class_later_counts(tmp_path: Path) -> None:
    cells = [
        FUNCTIONS,
        "class NeuralNet:\n    def __init__(self): self.W = np.eye(2)\n"
        "    def forward(self, X): return X @ self.W",
        "def loss(self, X, y):\n    return 3.0\nNeuralNet.loss = loss",
        "setattr(NeuralNet, 'predict', lambda self, X: 4)",
    ]
    desk = notebook(tmp_path, *cells)
    methods = definition(desk, "NeuralNet").methods
    assert methods == {"forward": ("X",), "loss": ("X", "y"), "predict": ("X",)}
    assert value(method(desk, "NeuralNet", (), Call("loss", (X, 1)))) == 3.0
    places = definition(desk, "NeuralNet").places
    assert places == {"__init__": (2, 2), "forward": (2, 3), "loss": (3, 1), "predict": (4, 1)}


def test_names_defined_again_are_numbered_and_keep_what_they_meant(tmp_path: Path) -> None:
    cells = [
        FUNCTIONS,
        "def scale(): return 2.0",
        "class Net:\n    def forward(self, X): return X * scale()\n"
        "    def predict(self, X): return isinstance(self, Net)",
        "def scale(): return 5.0",
        "class Net:\n    def forward(self, X): return X * scale() * late()\n"
        "    def predict(self, X): return isinstance(self, Net)",
        "def scale(): return 7.0\ndef late(): return 1.0",
        "def softmax(X): return X",
    ]
    desk = notebook(tmp_path, *cells)
    assert listed(desk)[1:] == [
        "softmax",
        "nll",
        "sigmoid",
        "dsigmoid",
        "Net",
        "Net#2",
        "softmax#2",
    ]
    first = method(desk, "Net", (), Call("forward", (np.ones(1),)), Call("predict", (X,)))
    second = method(
        desk, "Net", (), Call("forward", (np.ones(1),)), Call("predict", (X,)), number=2
    )
    assert first.results[0][""] == 5.0  # what scale was when Net was defined anew
    assert second.results[0][""] == 7.0
    assert value(first) == value(second) == True  # noqa: E712 — an array of one truth value
    assert value(call(desk, "softmax", np.ones(2))).tolist() == [0.5, 0.5]
    assert value(call(desk, "softmax", np.ones(2), number=2)).tolist() == [1.0, 1.0]


def test_only_what_is_needed_is_imported(tmp_path: Path) -> None:
    text = """
import torch_of_nobody
import torch_of_nobody as torch
from sklearn_of_nobody import datasets, metrics
def helper(): return metrics.accuracy_score
def softmax(X): return helper()
def nll(a, b): return torch.tensor(a)
"""
    desk = module(tmp_path, text)
    for name, missing in (("softmax", "sklearn_of_nobody"), ("nll", "torch_of_nobody")):
        problem = call(desk, name, *[1.0] * len(definition(desk, name).parameters)).problem
        assert problem is not None
        assert problem.imported
        assert not problem.notebook
        assert problem.text == f"the package {missing} is not installed here"


def test_decorators_annotations_and_bases_of_what_is_missing_are_passed_over(
    tmp_path: Path,
) -> None:
    text = """
import numpy as np
import numba_of_nobody as numba
import matplotlib.pyplot as plt
from torch_of_nobody import nn
@numba.njit(parallel=True)
def softmax(X: nn.Tensor = X_train[:3]) -> "np.ndarray":
    return np.exp(X) / np.exp(X).sum()
X_train, y_train = load()
class Net(nn.Module):
    def forward(self, X): return X
    def predict(self, X, ax: plt.Axes = None):
        figure, axes = plt.subplots(1, 2)
        axes.imshow(X)
        return X
"""
    desk = module(tmp_path, text)
    assert listed(desk) == ["softmax", "Net"]
    np.testing.assert_allclose(value(call(desk, "softmax", np.zeros(4))), 0.25)
    assert value(method(desk, "Net", (), Call("predict", (3.0,)))) == 3.0


def test_matplotlib_is_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "matplotlib.py").write_text("raise SystemExit")
    monkeypatch.syspath_prepend(str(tmp_path))
    text = "import matplotlib.pyplot as plt\ndef softmax(X):\n    plt.plot(X)\n    return X\n"
    assert value(call(module(tmp_path, text), "softmax", 2.0)) == 2.0


@pytest.mark.parametrize(
    "star", ["from numpy import *", "from math import *\nfrom numpy import *"]
)
def test_star_imports_of_known_packages(tmp_path: Path, star: str) -> None:
    desk = module(tmp_path, f"{star}\ndef softmax(X): return exp(X) / exp(X).sum()\n")
    np.testing.assert_allclose(value(call(desk, "softmax", np.zeros(4))), 0.25)


def test_a_star_import_of_something_else_is_noted(tmp_path: Path) -> None:
    desk = module(tmp_path, "from torch_of_nobody import *\ndef softmax(X): return X\n")
    assert [note.line for note in desk.notes] == [1]
    assert value(call(desk, "softmax", 1.0)) == 1.0


def test_modules_beside_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    write_module(
        tmp_path / "helper_a_of_lab.py", "import numpy as np\ndef e(X): return np.exp(X)\n"
    )
    write_module(
        tmp_path / "helper_b_of_lab.py", "class Base:\n    def predict(self, X): return 7\n"
    )
    write_module(tmp_path / "helper_c_of_lab.py", "def broken(:\n")
    text = """
from helper_a_of_lab import *
from .helper_b_of_lab import Base
from helper_c_of_lab import broken
def softmax(X): return e(X) / e(X).sum()
def nll(a, b): return broken
class Net(Base):
    def forward(self, X): return X
"""
    desk = module(tmp_path, text)
    np.testing.assert_allclose(value(call(desk, "softmax", np.zeros(2))), 0.5)
    assert value(method(desk, "Net", (), Call("predict", (X,)))) == 7
    problem = call(desk, "nll", 1, 2).problem
    assert problem is not None
    assert problem.text.startswith("helper_c_of_lab.py does not parse (line 1")


def test_skipped_cells_are_neither_executed_nor_numbered(tmp_path: Path) -> None:
    cells: list[str | dict[str, Any]] = [
        code("def softmax(X): return 0.0\nskipped = 1", "chainrule-skip"),
        "def softmax(X): return 1.0",
        "# chainrule: skip\ndef softmax(X): return 2.0",
        "def nll(a, b): return skipped",
    ]
    desk = notebook(tmp_path, *cells)
    assert listed(desk) == ["softmax", "nll"]
    assert value(call(desk, "softmax", 0)) == 1.0
    problem = call(desk, "nll", 0, 0).problem
    assert problem is not None
    assert problem.notebook


def test_a_cell_that_does_not_parse_leaves_the_others(tmp_path: Path) -> None:
    desk = notebook(
        tmp_path, FUNCTIONS, "net.train(X_train,", NETWORK, "def softmax(X:\n  return X"
    )
    assert listed(desk)[-2:] == ["NeuralNet", "softmax#2"]
    assert [(note.cell, note.line) for note in desk.notes] == [(2, 1), (4, 1)]
    problem = call(desk, "softmax", X, number=2).problem
    assert problem is not None
    assert (problem.kind, problem.cell) == ("SyntaxError", 4)
    assert value(call(desk, "softmax", X)).shape == (2, 2)


def test_lines_of_problems_are_those_of_the_cell(tmp_path: Path) -> None:
    cell = "%matplotlib inline\n\ndef sigmoid(X):\n    !ls\n    return X @ np.ones((7, 7))\n"
    desk = notebook(tmp_path, "import numpy as np", cell)
    problem = call(desk, "sigmoid", np.ones((2, 3))).problem
    assert problem is not None
    assert (problem.cell, problem.line) == (2, 5)
    assert problem.source == "return X @ np.ones((7, 7))"
    assert problem.operands == (("X", "(2, 3)"),)


def test_what_a_value_defines_is_known_below_it(tmp_path: Path) -> None:
    text = "softmax = lambda X: X + 1\n\ndef sigmoid(X):\n    return 2 * softmax(X)\n"
    assert value(call(module(tmp_path, text), "sigmoid", 3.0)) == 8


def test_the_loop_around_a_line_is_where_it_begins(tmp_path: Path) -> None:
    path = tmp_path / "lab.py"
    path.write_text("for i in a:\n    b\nwhile c:\n    for d in e:\n        f\ng\n")
    assert [_loop_around(str(path), line) for line in (2, 5, 6)] == [1, 3, 6]
    other = tmp_path / "magic.py"
    other.write_text("while True:\n    %time a\n")  # of IPython, and no Python
    assert _loop_around(str(other), 2) == 2
