"""A judged training as a graph: the learner's names, lines and mistakes."""

import tempfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.checking.diagnosis.drawing import svg
from chainrule.checking.diagnosis.graph import Graph, Part, Standing
from chainrule.checking.record._graph import graph_of
from chainrule.checking.record._source.statements import Statements
from chainrule.checking.record.findings import with_training
from chainrule.checking.record.table import Code
from helpers import examples
from recorded_runs import judged, source_of

SCRIPT = """\
import numpy as np

def sigmoid(x):
    e = np.exp(-x)
    return 1 / (1 + e)

X = np.array([[0.1, 0.2, 1], [0, 1, 1], [1, 0.3, 1], [1, 1, 1]])
t = np.array([[0], [1], [1], [0]])
Wh = np.random.randn(3, 4)
Wo = np.random.randn(4, 1)
for i in range(10000):
    hidden = sigmoid(X @ Wh)
    p = sigmoid(hidden @ Wo)
    loss = ((p - t) ** 2).sum()
    delta_o = 2 * (p - t) * p * (1 - p)
    delta_h = delta_o @ Wo.T * hidden * (1 - hidden)
    dWo, dWh = hidden.T @ delta_o, X.T @ delta_h
    Wo -= 0.1 * dWo
    Wh -= 0.1 * dWh
"""


def graph(folder: Path, text: str) -> Graph:
    one = judged(folder, text)
    found = graph_of(one.judgement, one.mistakes, source_of(folder, text))
    assert found is not None
    return found


def names(found: Graph, standing: Standing) -> list[str]:
    return [node.name for node in found.nodes if node.standing is standing]


def test_quantities_have_the_learner_s_names_and_lines(tmp_path: Path) -> None:
    found = graph(tmp_path, SCRIPT)
    by_part = {part: [n.name for n in found.nodes if n.part is part] for part in Part}
    assert by_part == {
        Part.FORWARD: ["hidden", "p", "loss"],
        Part.BACKWARD: ["delta_o", "delta_h", "dWo", "dWh"],
        Part.UPDATE: ["Wo", "Wh"],
    }
    lines = {node.name: node.place for node in found.nodes}
    assert lines["hidden"] == "line 12"
    assert lines["delta_h"] == "line 16"
    codes = {node.name: node.code for node in found.nodes}
    assert codes["dWo"] == "hidden.T @ delta_o"
    assert codes["Wo"] == "Wo - 0.1 * dWo"
    edges = {(found.nodes[a].name, found.nodes[b].name) for a, b in found.edges}
    assert {("hidden", "p"), ("p", "delta_o"), ("hidden", "dWo"), ("dWo", "Wo")} <= edges
    assert ("hidden", "Wo") not in edges
    assert names(found, Standing.RIGHT) == list(lines)


@pytest.mark.parametrize(
    ("right", "wrong", "mistake", "built_on"),
    [
        (" * hidden * (1 - hidden)", "", ["delta_h"], ["dWh", "Wh"]),
        ("= hidden.T @ delta_o,", "= (X @ Wh).T @ delta_o,", ["dWo"], ["Wo"]),
        (" * p * (1 - p)", "", ["delta_o"], ["delta_h", "dWo", "dWh", "Wo", "Wh"]),
    ],
)
def test_the_mistake_and_what_is_computed_from_it_are_told_apart(
    tmp_path: Path, right: str, wrong: str, mistake: list[str], built_on: list[str]
) -> None:
    found = graph(tmp_path, SCRIPT.replace(right, wrong))
    assert names(found, Standing.WRONG) == mistake
    assert names(found, Standing.BUILT_ON_WRONG) == built_on


def test_a_wrong_loss_is_shown_though_the_step_does_not_use_it(tmp_path: Path) -> None:
    text = SCRIPT.replace(
        "((p - t) ** 2).sum()", "np.sum(-t * np.log(p) + (1 - t) * np.log(1 - p))"
    )
    found = graph(tmp_path, text.replace("2 * (p - t) * p * (1 - p)", "p - t"))
    assert names(found, Standing.WRONG) == ["loss"]
    assert names(found, Standing.BUILT_ON_WRONG) == []


def test_a_graph_that_nobody_asked_for_is_not_made(tmp_path: Path) -> None:
    first, *_ = with_training(source_of(tmp_path, SCRIPT).path, ())
    assert (first.passed, first.graph) == (True, None)


LAYERS = """\
import numpy as np

class Net:
    def __init__(self):
        self.weights = [np.random.randn(3, 5), np.random.randn(5, 4), np.random.randn(4, 2)]

    def forward(self, X):
        self.a = [X]
        for W in self.weights:
            self.a.append(np.tanh(self.a[-1] @ W))
        return self.a[-1]

    def step(self, X, t):
        d = (self.forward(X) - t) * (1 - self.a[-1] ** 2)
        gradients = []
        for layer in (2, 1, 0):
            gradients.append(self.a[layer].T @ d)
            d = d @ self.weights[layer].T * (1 - self.a[layer] ** 2)
        for layer in (2, 1, 0):
            self.weights[layer] = self.weights[layer] - 0.1 * gradients[2 - layer]

net = Net()
X, t = np.random.randn(6, 3), np.random.randn(6, 2)
for i in range(9):
    net.step(X, t)
"""


def test_layers_of_a_loop_are_told_apart(tmp_path: Path) -> None:
    found = graph(tmp_path, LAYERS)
    counts = {name: sum(n.name == name for n in found.nodes) for name in ("a", "d", "gradients")}
    assert counts == {"a": 3, "d": 3, "gradients": 3}
    assert [n.name for n in found.nodes if n.part is Part.UPDATE] == ["weights[layer]"] * 3


ELEMENTS = """\
import random, math

random.seed(1)
w = [random.random() for _ in range(4)]
v = [random.random() for _ in range(2)]
for i in range(500):
    x, t = [random.random(), random.random()], random.random()
    h = []
    for j in range(2):
        h.append(1 / (1 + math.exp(-(x[0] * w[2 * j] + x[1] * w[2 * j + 1]))))
    y = sum(h[j] * v[j] for j in range(2))
    e = y - t
    dh = [e * v[j] * h[j] * (1 - h[j]) for j in range(2)]
    for j in range(2):
        v[j] -= 0.1 * e * h[j]
        for k in range(2):
            w[2 * j + k] -= 0.1 * dh[j] * x[k]
"""


def test_elements_of_a_loop_are_one_quantity(tmp_path: Path) -> None:
    found = graph(tmp_path, ELEMENTS)
    assert [node.name for node in found.nodes] == ["h", "y", "e", "dh", "v[j]", "w[2 * j + k]"]


def test_hostile_names_are_text_in_the_picture(tmp_path: Path) -> None:
    key = "</svg><script>'&\\u202e"
    text = SCRIPT.replace("hidden = sig", f'c = {{}}; c["{key}"] = hidden = sig')
    found = graph(tmp_path, text)
    assert any("</svg>" in node.name for node in found.nodes)
    picture = svg(found)
    ElementTree.fromstring(picture)
    assert "<script" not in picture


NUMBERS = st.integers(-2, 40)


@given(st.lists(st.builds(Code, st.integers(-1, 1), NUMBERS, NUMBERS, NUMBERS, NUMBERS, st.text()),
                min_size=1, max_size=3))  # fmt: skip
@examples(200)
def test_any_place_in_a_record_is_a_quantity_or_none(codes: list[Code]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        statements = Statements(source_of(Path(folder), LAYERS))
    piece = statements.piece(codes)
    assert piece.name
    assert all(statements.at(code)[1] >= -1 for code in codes)


def test_what_nobody_can_read_is_not_drawn(tmp_path: Path) -> None:
    lines = "\n".join(f"    h{i} = h{i - 1} * 1.01" for i in range(1, 60))
    text = SCRIPT.replace("    p = sig", f"    h0 = hidden\n{lines}\n    p = sig")
    text = text.replace("p = sigmoid(hidden", "p = sigmoid(h59")
    one = judged(tmp_path, text)
    assert graph_of(one.judgement, one.mistakes, source_of(tmp_path, text)) is None
