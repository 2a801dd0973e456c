"""From a learner's file to a desk: which definitions are found, and what is left to do."""

from pathlib import Path

import pytest

from chainrule.checking.diagnosis.judge import MOST_DEFINITIONS, judge
from chainrule.checking.learner.desk import Call
from chainrule.checking.learner.running import load
from chainrule.checking.learner.source import read_source
from learner_files import X, call, definition, listed, method, module, value, write_module


def test_a_definition_that_fails_says_why(tmp_path: Path) -> None:
    text = """
def softmax(X, axis=undefined_name): return X
@1 / 0
def nll(a, b): return 0
class Net(Missing):
    def forward(self, X): return X
    def loss(self, X, y): return 0
def sigmoid(X): return X
"""
    desk = module(tmp_path, text)
    assert listed(desk) == ["softmax", "nll", "Net", "sigmoid"]
    problems = [d.problem.kind if d.problem else "" for d in desk.definitions]
    assert problems == ["NameError", "ZeroDivisionError", "NameError", ""]
    assert list(definition(desk, "Net").methods or ()) == ["forward", "loss"]
    problem = definition(desk, "softmax").problem
    assert problem is not None
    assert (problem.name, problem.line) == ("undefined_name", 2)


def test_dataclasses_and_postponed_annotations(tmp_path: Path) -> None:
    text = """
from __future__ import annotations
from dataclasses import dataclass, field
import numpy as np
@dataclass
class Net:
    n_in: int
    n_out: int = 3
    W: np.ndarray = field(init=False)
    def __post_init__(self): self.W = np.ones((self.n_in, self.n_out))
    def forward(self, X: Matrix) -> Matrix: return X @ self.W
    def loss(self, X, *more, y=None, **rest): return 0.0
"""
    desk = module(tmp_path, text)
    net = definition(desk, "Net")
    assert net.parameters == ("n_in", "n_out=")
    assert net.methods == {"forward": ("X",), "loss": ("X", "*more", "y=")}
    assert value(method(desk, "Net", (2,), Call("forward", (X,)))).shape == (2, 3)


def test_inherited_static_and_class_methods(tmp_path: Path) -> None:
    text = """
class Base:
    def predict(self, X): return 1
    @staticmethod
    def loss(X, y): return 2.0
    @property
    def size(self): return 3
class Net(Base):
    @classmethod
    def forward(cls, X): return X
    def _private(self): pass
"""
    desk = module(tmp_path, text)
    assert listed(desk) == ["Base", "Net"]
    assert definition(desk, "Net").methods == {
        "predict": ("X",), "loss": ("X", "y"), "forward": ("X",),
    }  # fmt: skip


def test_what_is_only_a_base_is_not_listed(tmp_path: Path) -> None:
    text = """
from abc import ABC, abstractmethod
class Abstract(ABC):
    @abstractmethod
    def forward(self, X): ...
    def predict(self, X): return self.forward(X)
class Base:
    def forward(self, X): raise NotImplementedError
    def predict(self, X): return self.forward(X)
class Net(Base):
    def forward(self, X): return X
class Other(Abstract):
    def forward(self, X): return X
class Unfinished:
    def forward(self, X): raise NotImplementedError
    def predict(self, X): return 1
"""
    desk = module(tmp_path, text)
    assert listed(desk) == ["Net", "Other", "Unfinished"]
    assert definition(desk, "Unfinished").blanks == {"forward"}


@pytest.mark.parametrize(
    ("body", "blank"),
    [
        ("pass", True),
        ('"""Do it."""', True),
        ("...", True),
        ("return None", True),
        ("# TODO\n    return", True),
        ("raise NotImplementedError('your turn')", True),
        ("Z = None\n    return sigmoid(Z)", True),
        ("Z, H = None, None\n    return Z, H", True),
        ("self.Z = ...\n    return self.Z", True),
        ("H = X\n    Y = None\n    return Y", True),
        ("print('x')\n    raise NotImplementedError", True),
        ("return X + ____", True),
        ("return X", False),
        ("best = None\n    for x in X: best = x\n    return best", False),
        ("Z = None\n    if Z is None: return 1\n    return Z", False),
        ("if X is None: raise NotImplementedError\n    return X", False),
        ("self.cache = None\n    return X", False),
        ("Z = None\n    Z = X\n    return Z", False),
    ],
)
def test_what_is_left_to_do_is_seen(tmp_path: Path, body: str, blank: bool) -> None:
    desk = module(tmp_path, f"def softmax(self, X):\n    {body}\n")
    assert (definition(desk, "softmax").blanks == {""}) == blank


def test_blanks_of_inherited_and_decorated_methods(tmp_path: Path) -> None:
    text = """
import functools
class Base:
    def __init__(self): self.W = None
    def forward(self, X): return None
    @functools.lru_cache
    def loss(self, X): pass
class Net(Base):
    @staticmethod
    def predict(X): raise NotImplementedError
"""
    assert definition(module(tmp_path, text), "Net").blanks == {"forward", "loss", "predict"}


def test_numpy_is_lent_to_a_piece_of_a_notebook_whose_imports_are_elsewhere(
    tmp_path: Path,
) -> None:
    desk = module(tmp_path, "def sigmoid(X): return 1 / (1 + np.exp(-X))\n")
    assert value(call(desk, "sigmoid", X)).shape == X.shape
    assert [note.message for note in desk.notes] == ["import numpy as np is missing"]
    assert not module(tmp_path, "np = 3\ndef sigmoid(X): return np * X\n").notes


def test_of_very_many_definitions_the_last_are_judged(tmp_path: Path) -> None:
    wrong = "def sigmoid(X):\n    return 1 / (1 + np.exp(X))\n"
    right = "def sigmoid(X):\n    return 1 / (1 + np.exp(-X))\n"
    more = 50
    text = "import numpy as np\n" + wrong * more + right * MOST_DEFINITIONS
    findings = judge(load(read_source(write_module(tmp_path / "many.py", text))))
    assert [f.passed for f in findings] == [None] * more + [True] * MOST_DEFINITIONS
    assert findings[0].reason == (
        f"the file has more functions and classes than are judged: the last {MOST_DEFINITIONS}"
    )
