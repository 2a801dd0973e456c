"""What a file trains besides the first network: it is judged, too."""

from itertools import pairwise
from pathlib import Path

import pytest

from chainrule.checking.diagnosis.blame import Mistake
from chainrule.checking.record._steps.unjudged import NotJudgedError
from chainrule.checking.record.findings import _once_each, with_training
from recorded_runs import judged_file, source_of

SLOPE_FIRST = """\
import numpy as np
def slope(f, x):
    found = np.zeros_like(x)
    for i in range(x.size):
        kept = x[i]
        x[i] = kept + 1e-4
        above = f(x)
        x[i] = kept - 1e-4
        found[i] = (above - f(x)) / 2e-4
        x[i] = kept
    return found
# %%
def descend(f, x, steps):
    way = []
    for step in range(steps):
        way.append(x.copy())
        x -= 0.1 * slope(f, x)
    return x, np.array(way)
end, way = descend(lambda x: x[0] ** 2 + 3 * x[1] ** 2, np.array([-2.0, 1.5]), 30)
print(way[:, 0].max())
# %%
X, T = np.random.rand(8, 4), np.eye(3)[np.arange(8) % 3]
W, V = np.random.randn(4, 5), np.random.randn(5, 3)
for step in range(9):
    h = np.tanh(X @ W)
    d = (h @ V - T) / len(X)
    back = d @ V.T * (1 - h ** 2)
    V -= 0.1 * h.T @ d
    W -= 0.1 * X.T @ back
"""
MACHINE_FIRST = """\
import numpy as np

def squash(z):
    return 1 / (1 + np.exp(-z))

class Net:
    def __init__(self):
        self.W, self.b = np.random.normal(0, 0.1, (6, 5)), np.zeros(5)
        self.V, self.c = np.random.normal(0, 0.1, (5, 3)), np.zeros(3)
        self.a = np.zeros(6)

    def reconstruct(self, X):
        for epoch in range(9):
            there = squash(X @ self.W + self.b)
            chosen = (np.random.rand(*there.shape) < there) * 1
            seen = (np.random.rand(*X.shape) < squash(chosen @ self.W.T + self.a)) * 1
            again = squash(seen @ self.W + self.b)
            self.W += 0.1 * (X.T @ there - seen.T @ again) / len(X)
            self.b += 0.1 * (there - again).mean(axis=0)
            self.a += 0.1 * (X - seen).mean(axis=0)

    def learn(self, X, T):
        for epoch in range(9):
            h = squash(X @ self.W + self.b)
            d = (h @ self.V + self.c - T) / len(X)
            back = d @ self.V.T * h * (1 - h)
            self.V -= 0.1 * h.T @ d
            self.c -= 0.1 * d.sum(axis=0)
            self.W -= 0.1 * X.T @ back
            self.b -= 0.1 * back.sum(axis=0)

if __name__ == "__main__":
    X, T = np.random.rand(8, 6), np.eye(3)[np.arange(8) % 3]
    net = Net()
    net.reconstruct(X)
    net.learn(X, T)
"""
UNKNOWN_FIRST = """\
import numpy as np
X, T = np.random.rand(8, 4), np.random.rand(8, 3)
W, V = np.random.randn(4, 5), np.random.randn(5, 3)
for step in range(9):
    h = np.tanh(X @ W)
    d = np.cbrt(h @ V - T) * np.abs(T + 2 * h.sum())
    back = d @ V.T * (1 + h ** 4)
    V -= 0.1 * h.T @ d
    W -= 0.1 * X.T @ back
A = np.random.randn(4, 3)
for step in range(9):
    A -= 0.1 * X.T @ (X @ A - T)
"""
LATER = {
    "after a slope in a notebook": (SLOPE_FIRST, " * (1 - h ** 2)", ""),
    "after a machine that learns its inputs": (MACHINE_FIRST, " * h * (1 - h)", " * h"),
}


@pytest.mark.parametrize("case", LATER)
def test_what_is_trained_after_something_without_targets_is_judged(
    tmp_path: Path, case: str
) -> None:
    source, right, wrong = LATER[case]
    judged = judged_file(source_of(tmp_path, source).path)
    assert not judged.mistakes
    assert any("was not judged" in note for note in judged.notes)
    broken = source.replace(right, wrong)
    assert broken != source
    judged = judged_file(source_of(tmp_path, broken).path)
    mistakes = [mistake.code for mistake in judged.mistakes]
    lines = source.split("# %%\n")[mistakes[0].cell - 1 if mistakes[0].cell else 0].split("\n")
    assert [right in lines[code.line - 1] for code in mistakes] == [True]


def test_a_right_network_does_not_speak_for_one_before_it(tmp_path: Path) -> None:
    with pytest.raises(NotJudgedError):
        judged_file(source_of(tmp_path, UNKNOWN_FIRST).path)


LOGISTIC = """\
    w, b = np.zeros((3, 1)), 0.0
    losses = []
    for epoch in range(EPOCHS):
        a = 1 / (1 + np.exp(-(X @ w + b)))
        loss = -np.mean(y * np.log(a) + (1 - y) * np.log(1 - a))
        losses.append(loss)
        w -= 0.5 * X.T @ (a - y) / len(X)
        b -= 0.5 * np.mean(a - y)
"""
NETWORK = """\
    W, V = rng.normal(size=(3, 5)), rng.normal(size=(5, 1))
    for epoch in range(EPOCHS):
        h = np.tanh(X @ W)
        d = 2 * (h @ V - y) / len(X)
        cost = np.mean((h @ V - y) ** 2)
        back = d @ V.T * (1 - h ** 2)
        V -= 0.1 * h.T @ d
        W -= 0.1 * X.T @ back
"""
BEGIN = """\
import numpy as np
EPOCHS = 30
rng = np.random.default_rng(0)
X = rng.normal(size=(20, 3))
y = (X.sum(axis=1, keepdims=True) > 0).astype(float)
"""
_AT_TOP = "".join(line[4:] for line in LOGISTIC.splitlines(True))
_THEN = "".join(line[4:] for line in NETWORK.splitlines(True))
_SHOWN = "last = losses[-1]\nprint(f'{loss:.3f}', last)\n"
BOTH = {
    "at the top": f"{BEGIN}{_AT_TOP}{_SHOWN}{_THEN}",
    "for a few epochs": f"{BEGIN}{_AT_TOP}{_THEN}".replace("EPOCHS = 30", "EPOCHS = 3"),
    "in functions": (
        f"{BEGIN}def first():\n{LOGISTIC}    return w, b, losses\n"
        f"def second():\n{NETWORK}    return W, V\n"
        "def main():\n    w, b, losses = first()\n    print(round(losses[-1], 3))\n"
        "    return second()\nif __name__ == '__main__':\n    main()\n"
    ),
    "one after the other for each setting": (
        f"{BEGIN}def first(EPOCHS):\n{LOGISTIC}    return w, b, losses\n"
        f"def second(EPOCHS):\n{NETWORK}    return W, V\n"
        "for n in (20, 30):\n    w, b, losses = first(n)\n    print(round(losses[-1], 3))\n"
        "    W, V = second(n)\n"
    ),
    "with what a function makes of it shown": (
        f"{BEGIN}def first():\n{LOGISTIC}    return w, b\n"
        f"def score(w, b):\n    return np.mean((X @ w + b > 0) == y)\n"
        f"def second():\n{NETWORK}    return W, V\n"
        "w, b = first()\nprint('score', score(w, b))\nW, V = second()\n"
    ),
}
BROKEN = {
    "the first": ("(a - y) / len(X)\n", "(a * a - y) / len(X)\n"),
    "the second": (" * (1 - h ** 2)", ""),
}


def found_in(folder: Path, text: str) -> list[tuple[str, bool | None, list[int | None]]]:
    findings = with_training(source_of(folder, text).path, ())
    shows = ("score",)  # what trains nothing is only listed
    return [(f.name, f.passed, [m.line for m in f.mistakes])
            for f in findings if f.name not in shows]  # fmt: skip


@pytest.mark.parametrize("where", BOTH)
def test_all_that_a_file_trains_is_judged(tmp_path: Path, where: str) -> None:
    text = BOTH[where]
    assert {passed for _, passed, _ in found_in(tmp_path, text)} == {True}
    for right, wrong in BROKEN.values():
        assert text.count(right) == 1
        line = text[: text.index(right)].count("\n") + 1
        found = found_in(tmp_path, text.replace(right, wrong))
        assert [lines for _, passed, lines in found if not passed] == [[line]]
    functions = {name for name, _, _ in found_in(tmp_path, text)}
    assert functions == ({"first", "second"} if "def first" in text else {"top level"})


CLASSES = """\
import numpy as np

class Line:
    def __init__(self, n_in, lr=0.1):
        self.w, self.b, self.lr = np.random.randn(n_in, 1), np.zeros(1), lr

    def fit(self, X, y, epochs=10):
        for _ in range(epochs):
            d = X @ self.w + self.b - y
            self.w -= self.lr * X.T @ d
            self.b -= self.lr * d.sum(axis=0)

class Net:
    def __init__(self, n_in, n_hidden, n_out, lr=0.1):
        self.W = np.random.randn(n_in, n_hidden)
        self.V, self.lr = np.random.randn(n_hidden, n_out), lr

    def learn(self, X, Y, epochs=10):
        for _ in range(epochs):
            h = np.tanh(X @ self.W)
            d = h @ self.V - Y
            back = d @ self.V.T * (1 - h ** 2)
            self.V -= self.lr * h.T @ d
            self.W -= self.lr * X.T @ back
"""


def test_each_class_that_nothing_calls_is_judged(tmp_path: Path) -> None:
    assert sorted(found_in(tmp_path, CLASSES)) == [("Line.fit", True, []), ("Net.learn", True, [])]
    for right, wrong in ((" * (1 - h ** 2)", ""), ("X.T @ d", "X.T @ (d * d)")):
        line = CLASSES[: CLASSES.index(right)].count("\n") + 1
        found = found_in(tmp_path, CLASSES.replace(right, wrong, 1))
        assert [lines for _, passed, lines in found if not passed] == [[line]]
        assert len(found) == 2


def test_what_is_trained_again_is_not_said_twice(tmp_path: Path) -> None:
    text = f"{BEGIN}def first():\n{LOGISTIC}    return w\nfirst()\nprint(first())\nfirst()\n"
    assert found_in(tmp_path, text) == [("first", True, [])]


def test_what_cannot_be_judged_besides_is_said(tmp_path: Path) -> None:
    text = BOTH["at the top"].replace("back = d @ V.T", "back = d @ V.T * np.cbrt(h.sum())")
    (finding,) = with_training(source_of(tmp_path, text).path, ())
    assert finding.passed
    assert "What is trained besides, in line " in finding.note


def test_a_training_deep_in_a_module_is_judged(tmp_path: Path) -> None:
    """Of so many calls the outermost are not noted, and with them that in the file."""
    inner = "".join(
        f"def {name}():\n    return {called}()\n" for called, name in pairwise("abcdefgh")
    )
    text = f"{BEGIN}def a():\n{LOGISTIC}    return w, b\n{inner}"
    (tmp_path / "trained.py").write_text(text)
    found = found_in(tmp_path, "import numpy as np\nimport trained\nw, b = trained.h()\n")
    assert [passed for _, passed, _ in found] == [True]


CHOICES = """\
import numpy as np
def act(z, name):
    if name == "sigmoid":
        return 1 / (1 + np.exp(-z))
    if name == "softmax":
        e = np.exp(z)
        return e / e.sum(axis=1, keepdims=True)
    return z
def slope(z, name):
    if name in ("sigmoid", "softmax"):
        a = act(z, name)
        return a * (1 - a)
    return np.ones_like(z)
class Net:
    def __init__(self, sizes, names):
        self.names = names
        self.W = [np.random.randn(a, b) * 0.5 for a, b in zip(sizes, sizes[1:])]
    def fit(self, X, T, epochs, rate):
        for _ in range(epochs):
            zs, hs = [], [X]
            for W, name in zip(self.W, self.names):
                zs.append(hs[-1] @ W)
                hs.append(act(zs[-1], name))
            d = (hs[-1] - T) * slope(zs[-1], self.names[-1])
            for k in reversed(range(len(self.W))):
                G = hs[k].T @ d / len(X)
                if k:
                    d = d @ self.W[k].T * slope(zs[k - 1], self.names[k - 1])
                self.W[k] = self.W[k] - rate * G
X = np.random.randn(60, 2)
Net([2, 6, 1], ["sigmoid", "none"]).fit(X, np.sin(X[:, :1]), 300, 0.1)
T = np.eye(3)[(X[:, 0] > 0).astype(int) + (X[:, 1] > 0)]
Net([2, 6, 3], ["sigmoid", "softmax"]).fit(X, T, 300, 0.1)
"""


def test_the_same_code_with_another_choice_is_judged_again(tmp_path: Path) -> None:
    wrong = 1 + CHOICES[: CHOICES.index("d = (hs")].count("\n")
    assert [lines for _, passed, lines in found_in(tmp_path, CHOICES) if not passed] == [[wrong]]
    right = CHOICES.replace("a * (1 - a)", "a * (1 - a) if name == 'sigmoid' else np.ones_like(a)")
    assert {passed for _, passed, _ in found_in(tmp_path, right)} == {True}


def test_a_mistake_that_two_trainings_show_is_told_once_by_its_name() -> None:
    plain, named = (
        Mistake("d * h", "too many", line=4),
        Mistake("d * h", "it", "grad-relu-mask", line=4),
    )
    elsewhere = Mistake("d * h", "too many", line=7)
    assert _once_each([plain, elsewhere, named]) == (named, elsewhere)
    assert _once_each([named, plain]) == (named,)
    other = Mistake("d * h", "other", "grad-hidden-activation", line=4)
    assert _once_each([named, other, plain]) == (named, other)
