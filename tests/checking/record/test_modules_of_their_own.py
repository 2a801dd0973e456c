"""Networks in several files: packages, folders above, and a script that trains what it imports."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chainrule.checking.diagnosis.finding import Finding
from chainrule.checking.diagnosis.graph import Standing
from chainrule.checking.learner.project import modules_of, root_of
from chainrule.checking.learner.source import read_source
from chainrule.checking.record._standins.form import Form
from chainrule.checking.record._steps.spots import call_of
from chainrule.checking.record.coding import decode, encode
from chainrule.checking.record.findings import excerpt_of, with_training
from chainrule.checking.record.run import record
from chainrule.checking.record.table import Code, RecordError, Table
from learner_files import write_notebook

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
RIGHT, WRONG = "d * self.a * (1 - self.a)", "d * self.a"
WRONG_LINE = PIECES[: PIECES.index(RIGHT)].count("\n") + 1


def write(folder: Path, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def accused(path: Path, pieces: Path) -> Finding:
    """What is said of a program without the derivative in its pieces; it is right with it."""
    assert set(said(path).values()) == {True}
    pieces.write_text(PIECES.replace(RIGHT, WRONG))
    (finding,) = with_training(path, (), draw=True)
    assert finding.passed is False
    return finding


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
    assert said(tmp_path / "script.py") == {"Net.train": True}


PLAIN = """\
def step(w, x, t, rate):
    out = [sum(a * b for a, b in zip(row, x)) for row in w]
    for i in range(len(w)):
        for j in range(len(x)):
            w[i][j] = float(w[i][j] - rate * (out[i] - t[i]) * x[j])
"""
PLAIN_SCRIPT = """\
import random
import plain
w = [[random.random() for _ in range(3)] for _ in range(2)]
for _ in range(100):
    plain.step(w, [0.2, 0.7, 0.4], [1, 0], 0.1)
"""


def test_a_network_of_another_module_need_not_multiply_matrices(tmp_path: Path) -> None:
    write(tmp_path, {"plain.py": PLAIN, "script.py": PLAIN_SCRIPT})
    assert said(tmp_path / "script.py") == {"step": True}
    write(tmp_path, {"plain.py": PLAIN.replace("out[i] - t[i]", "t[i] - out[i]")})
    assert said(tmp_path / "script.py") == {"step": False}


def test_what_only_trains_a_network_of_another_module_is_not_passed_over(tmp_path: Path) -> None:
    trains = "import pieces\n\ndef train(layers, d):\n    for one in layers:\n"
    steps = "        d = one.backward(d)\n        one.W -= 0.1 * one.dW\n"
    write(tmp_path, {"pieces.py": PIECES, "train.py": trains + steps})
    assert said(tmp_path / "train.py") == {"training": None}
    write(tmp_path, {"train.py": "import pieces\n\ndef shown(layers):\n    return str(layers)\n"})
    assert said(tmp_path / "train.py") == {}


def test_a_module_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    write(tmp_path, {"net.py": "print 'of an older Python'\n", "script.py": SCRIPT})
    (finding,) = with_training(tmp_path / "script.py", ())
    assert finding.passed is None
    assert finding.reason == "`net.py`, which it imports, cannot be read as Python 3"
    write(tmp_path, {"script.py": "from net import Net\n\ndef f(): pass\n"})
    assert with_training(tmp_path / "script.py", ()) == ()


@pytest.mark.parametrize(
    ("script", "net", "imports", "pieces", "told"),
    [
        ("script.py", "net.py", "from pieces import *", "pieces.py", "pieces.py"),
        ("script.py", "nets/net.py", "from .parts.pieces import Dense, Logistic",
         "nets/parts/pieces.py", "nets/parts/pieces.py"),
        ("runs/script.py", "nets/net.py", "from nets.pieces import Dense, Logistic",
         "nets/pieces.py", "../nets/pieces.py"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_module_is_told_where_it_stands(
    tmp_path: Path, script: str, net: str, imports: str, pieces: str, told: str
) -> None:
    name = net.removesuffix(".py").replace("/", ".")
    text = SCRIPT.replace("from net ", f"from {name} ")
    write(tmp_path, {script: text, net: NET.format(imports=imports), pieces: PIECES})
    finding = accused(tmp_path / script, tmp_path / pieces)
    assert (finding.name, finding.cell, finding.line) == ("Logistic.backward", None, 5)
    (mistake,) = finding.to_dict(1)["mistakes"]
    assert (mistake["file"], mistake["cell"], mistake["line"]) == (told, None, WRONG_LINE)
    assert mistake["code"] == WRONG
    excerpt = finding.mistakes[0].excerpt
    assert excerpt is not None
    assert (excerpt.file, excerpt.piece) == (told, WRONG)
    assert excerpt.lines == (f"        return {WRONG}",)
    assert finding.message(1).startswith(f"{told}, line {WRONG_LINE}: `{WRONG}`: ")
    belongs = finding.mistakes[0].sentence[1:]
    assert [belongs in finding.message(hint) for hint in (1, 2, 3)] == [False, False, True]
    assert finding.graph is not None
    wrong = [node for node in finding.graph.nodes if node.standing is Standing.WRONG]
    assert [node.place for node in wrong] == [f"{told}, line {WRONG_LINE}"]


def test_the_call_in_a_notebook_has_its_cell(tmp_path: Path) -> None:
    write(tmp_path, {"net.py": NET.format(imports="from pieces import *"), "pieces.py": PIECES})
    *first, last = SCRIPT.splitlines()
    path = write_notebook(tmp_path / "training.ipynb", ["\n".join(first), f"# train\n{last}"])
    finding = accused(path, tmp_path / "pieces.py")
    assert (finding.cell, finding.line) == (2, 2)
    (mistake,) = finding.to_dict(1)["mistakes"]
    assert (mistake["file"], mistake["cell"], mistake["line"]) == ("pieces.py", None, WRONG_LINE)


def test_a_name_that_two_files_have_is_not_that_of_the_result(tmp_path: Path) -> None:
    call = "\ndef study():\n    Net(3, 4, 2).train(X, Y)\nstudy()\nclass Logistic: pass\n"
    text = SCRIPT.replace("Net(3, 4, 2).train(X, Y)\n", call)
    nets = {"net.py": NET.format(imports="from pieces import *"), "pieces.py": PIECES}
    write(tmp_path, {"script.py": text, **nets})
    finding = accused(tmp_path / "script.py", tmp_path / "pieces.py")
    assert (finding.name, finding.line) == ("study", 7)
    assert finding.mistakes[0].file == "pieces.py"


def test_the_call_is_found_where_a_record_has_only_the_inner_frames() -> None:
    """By other ways through the same code, of which the outer end is in the record."""
    frames = [Code(0, line, file="net.py") for line in range(9)] + [Code(0, 5)]
    ways = [frames[i : i + 6] for i in range(0, 10, 2)]
    assert call_of(frames[0], ways) == frames[-1]
    assert call_of(frames[0], ways[:2]) == Code(0, 0)
    assert call_of(frames[-1], []) == frames[-1]
    around = [frames[0], frames[1], frames[0]]
    assert call_of(frames[0], [around]) == Code(0, 0)


def test_a_record_that_tells_of_another_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a file beside it, too, that it does not import."""
    monkeypatch.setattr(sys, "path", [*sys.path])  # a run adds the folder
    (tmp_path / "secret.py").write_text("password = 'of nobody'\n")
    write(tmp_path, {"net.py": NET.format(imports="from pieces import *"), "pieces.py": PIECES})
    (tmp_path / "script.py").write_text(SCRIPT)
    source = read_source(tmp_path / "script.py")
    files = {module.file for module in modules_of(source).values()}
    assert files == {"net.py", "pieces.py"}
    data = encode(record(source, Form(), 0, {}, 20.0))
    seen = {code.file for codes in decode(data, files).places for code in codes}
    assert seen == {"", *files}
    with pytest.raises(RecordError):
        decode(data, {"net.py"})
    for file in ("secret.py", "../secret.py", "/etc/passwd", "pieces.py\0", ["net.py"], 1, None):
        with pytest.raises(RecordError):
            decode(encode(table_with_file(decode(data, files), file)), files)
        assert excerpt_of(source, Code(0, 1, 1, file=str(file))) is None
    assert excerpt_of(source, Code(0, 1, 1, file="net.py")) is not None


def table_with_file(table: Table, file: Any) -> Table:
    """A table in which what stands in one module is said to stand in some other file."""
    places = tuple(
        tuple(c._replace(file=file) if c.file == "pieces.py" else c for c in codes)
        for codes in table.places
    )
    return replace(table, places=places)


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


def test_why_a_network_of_another_module_could_not_be_judged_is_said(tmp_path: Path) -> None:
    network = (
        "import numpy as np\nclass Net:\n    def __init__(self):\n"
        "        self.W = np.random.randn(4, 3)\n    def train(self, X, Y):\n"
        "        for i in range(9):\n            d = (X @ self.W - Y) @ np.eye(7)\n"
        "            self.W = np.add(self.W, -0.1 * X.T @ d)\n"
    )
    script = (
        "import numpy as np\nfrom net import Net\n"
        "Net().train(np.random.randn(6, 4), np.random.randn(6, 3))\n"
    )
    write(tmp_path, {"net.py": network, "run.py": script})
    (finding,) = with_training(tmp_path / "run.py", ())
    assert finding.passed is None
    assert "3 and 7" in finding.reason
