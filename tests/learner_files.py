"""Learners' files for tests: notebooks made of cells, and the lab done right."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.checking.learner.desk import Call, Definition, Reply, Request
from chainrule.checking.learner.running import FileDesk, load
from chainrule.checking.learner.source import read_source

FUNCTIONS = """\
import numpy as np

def one_hot(n_classes, y):
    return np.eye(n_classes)[np.asarray(y, dtype=int)]

def softmax(X):
    e = np.exp(X - np.max(X, axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)

def nll(Y_true, Y_pred):
    return -np.sum(np.asarray(Y_true) * np.log(np.clip(Y_pred, 1e-15, 1)))

def sigmoid(X):
    return 1 / (1 + np.exp(-np.clip(X, -500, 500)))

def dsigmoid(X):
    return sigmoid(X) * (1 - sigmoid(X))
"""

NETWORK = """\
class NeuralNet:
    def __init__(self, input_size, hidden_size, output_size):
        self.W_h = np.random.uniform(-0.1, 0.1, (input_size, hidden_size))
        self.b_h = np.zeros(hidden_size)
        self.W_o = np.random.uniform(-0.1, 0.1, (hidden_size, output_size))
        self.b_o = np.zeros(output_size)
        self.output_size = output_size

    def forward(self, X):
        self.Z_h = X @ self.W_h + self.b_h
        self.H = sigmoid(self.Z_h)
        return softmax(self.H @ self.W_o + self.b_o)

    def loss(self, X, y):
        return nll(one_hot(self.output_size, y), self.forward(X))

    def grad_loss(self, X, y):
        error_o = self.forward(X) - one_hot(self.output_size, y)
        error_h = error_o @ self.W_o.T * dsigmoid(self.Z_h)
        return {"W_h": X.T @ error_h, "b_h": error_h.sum(axis=0),
                "W_o": self.H.T @ error_o, "b_o": error_o.sum(axis=0)}

    def predict(self, X):
        return np.argmax(self.forward(X), axis=-1)

    def accuracy(self, X, y):
        return np.mean(self.predict(X) == y)
"""


def code(source: str, *tags: str) -> dict[str, Any]:
    """A code cell."""
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {"tags": list(tags)} if tags else {},
        "outputs": [],
        "source": source.splitlines(keepends=True),
    }


def write_notebook(path: Path, cells: Sequence[str | dict[str, Any]]) -> Path:
    """A notebook of code cells, with a markdown cell in front."""
    text = {"cell_type": "markdown", "metadata": {}, "source": ["# Lab"]}
    made = [code(cell) if isinstance(cell, str) else cell for cell in cells]
    content = {"cells": [text, *made], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def write_module(path: Path, text: str) -> Path:
    """A module with this text."""
    path.write_text(text, encoding="utf-8")
    return path


X = np.array([[1.0, 2.0], [0.5, -1.0]])


def module(tmp_path: Path, text: str) -> FileDesk:
    return load(read_source(write_module(tmp_path / "lab.py", text)))


def notebook(tmp_path: Path, *cells: str | dict[str, Any]) -> FileDesk:
    return load(read_source(write_notebook(tmp_path / "lab.ipynb", cells)))


def listed(desk: FileDesk) -> list[str]:
    return [f"{d.name}#{d.number}" if d.number > 1 else d.name for d in desk.definitions]


def find(desk: FileDesk, name: str, number: int = 1) -> int:
    return [(d.name, d.number) for d in desk.definitions].index((name, number))


def definition(desk: FileDesk, name: str, number: int = 1) -> Definition:
    return desk.definitions[find(desk, name, number)]


def call(desk: FileDesk, name: str, *args: Any, number: int = 1) -> Reply:
    (reply,) = desk.ask([Request(find(desk, name, number), (Call("", args),))])
    return reply


def method(
    desk: FileDesk, name: str, sizes: Sequence[int], *calls: Call, number: int = 1
) -> Reply:
    request = Request(find(desk, name, number), tuple(calls), sizes=tuple(sizes))
    (reply,) = desk.ask([request])
    return reply


def value(reply: Reply) -> Any:
    assert reply.problem is None, reply.problem
    return reply.results[-1][""]
