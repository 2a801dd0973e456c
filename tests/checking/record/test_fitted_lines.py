"""What fits a line without matrices, functions or usual names is a training, too."""

from pathlib import Path

import pytest

from chainrule.checking.batch import Outcome, Terms
from chainrule.checking.file import judge_file

LINE = """\
import numpy as np
hours = np.array([1.5, 2.5, 3.2, 5.1, 6.1, 7.4, 8.3])
marks = np.array([20, 21, 32, 47, 67, 69, 81])
m = 0
c = 0
L = 0.01
n = float(len(hours))
for i in range(1000):
    guess = m * hours + c
    miss = np.mean((marks - guess) ** 2)
    slope = (-2 / n) * sum(hours * (marks - guess))
    shift = (-2 / n) * sum(marks - guess)
    m = m - L * slope
    c = c - L * shift
print(m, c)
"""
COLUMN = """\
import numpy as np
size = np.random.uniform(40, 200, 30)
price = 1.8 * size + 30
x = ((size - size.mean()) / size.std()).reshape(-1, 1)
y = (price / 100).reshape(-1, 1)
w, b = np.zeros((1, 1)), 0.0
for epoch in range(100):
    error = x @ w + b - y
    w = w - 0.1 * 2 * np.mean(error * x)
    b = b - 0.1 * 2 * np.mean(error)
    print(np.mean(((x @ w + b).ravel() - y.ravel()) ** 2))
"""
SPRING = """\
k, m, dt = 2.0, 0.5, 0.01
x, v, rest = 1.0, 0.0, 0.3
energies = []
for i in range(1000):
    v = v - k / m * (x - rest) * dt
    x = x + v * dt
    energies.append(0.5 * m * v ** 2 + 0.5 * k * (x - rest) ** 2)
"""
ROOT = """\
def f(x):
    return x ** 3 - 2 * x - 5

x = 2.5
for _ in range(20):
    x = x - f(x) / (3 * x ** 2 - 2)
print(x)
"""


def _judged(folder: Path, text: str) -> Outcome:
    path = folder / "file.py"
    path.write_text(text, encoding="utf-8")
    return judge_file(path, Terms())


def test_a_line_that_is_fitted_is_judged(tmp_path: Path) -> None:
    (found,) = _judged(tmp_path, LINE).results
    assert found["passed"] is True
    (found,) = _judged(
        tmp_path, LINE.replace("(-2 / n) * sum(marks", "(-1 / n) * sum(marks")
    ).results
    assert (found["passed"], found["line"]) == (False, 12)


def test_a_column_less_a_row_is_told_where_no_loss_has_that_shape(tmp_path: Path) -> None:
    (found,) = _judged(tmp_path, COLUMN).results
    assert found["passed"] is True
    (found,) = _judged(tmp_path, COLUMN.replace("100).reshape(-1, 1)", "100)")).results
    assert (found["faults"], found["line"]) == (["grad-output-shape"], 8)


GROWING = """\
import numpy as np
X = np.c_[np.ones(30), np.linspace(0, 1, 30)]
y = 2 + 3 * X[:, 1]
def fit(X, y, theta, rate):
    for step in range(50):
        error = X @ theta - y
        print(np.sum((X @ theta - y) ** 2) / 60)
        theta = theta - rate * X.T @ error / 30
    return theta
print(fit(X, y, np.array([[0.5], [0.1]]), 0.1))
"""


def test_a_row_of_targets_by_which_weights_grow_is_told_where_it_is_taken(tmp_path: Path) -> None:
    (found,) = _judged(tmp_path, GROWING.replace("[[0.5], [0.1]]", "[0.5, 0.1]")).results
    assert found["passed"] is True
    (found,) = _judged(tmp_path, GROWING).results
    assert (found["faults"], found["line"]) == (["grad-output-shape"], 6)


@pytest.mark.parametrize("text", [SPRING, ROOT])
def test_what_only_takes_products_from_numbers_is_none(tmp_path: Path, text: str) -> None:
    assert _judged(tmp_path, text).results == ()
