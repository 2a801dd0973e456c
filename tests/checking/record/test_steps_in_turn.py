"""Parameters that change in steps of their own: none is right because another is."""

import contextlib
from pathlib import Path

import pytest

from chainrule.checking.record._steps.unjudged import NotJudgedError
from recorded_runs import assert_told_apart, judged_file, source_of

ALONE = """\
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(20, 3))
y = (X.sum(axis=1, keepdims=True) > 0).astype(float)

def predict(w, b):
    return 1 / (1 + np.exp(-(X @ w + b)))

def loss(w, b):
    p = predict(w, b)
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))

def by_w(w, b):
    return X.T @ (predict(w, b) - y) / len(X)

def by_b(w, b):
    return np.mean(predict(w, b) - y)

w, b = rng.normal(size=(3, 1)), np.zeros(1)
for i in range(30):
    slope = by_w(w, b)
    w, b = w - 0.1 * slope, b - 0.1 * by_b(w, b)
    print(loss(w, b))
"""
IN_TURN = ALONE.replace(
    """    slope = by_w(w, b)
    w, b = w - 0.1 * slope, b - 0.1 * by_b(w, b)
""",
    """    w -= 0.1 * by_w(w, b)
    b -= 0.1 * by_b(w, b)
""",
)
RIVALS = """\
import numpy as np
rng = np.random.default_rng(0)
G, D, c = rng.normal(size=(2, 3)), rng.normal(size=(3, 1)), np.zeros((1, 1))

def chance(x):
    return 1 / (1 + np.exp(-(x @ D + c)))

for step in range(30):
    real, made = rng.normal(2, 1, size=(8, 3)), rng.normal(size=(8, 2)) @ G
    p, q = chance(real), chance(made)
    loss = -np.mean(np.log(p)) - np.mean(np.log(1 - q))
    e, f = (p - 1) / 8, q / 8
    D -= 0.1 * (real.T @ e + made.T @ f)
    c -= 0.1 * (e + f).sum(axis=0)
    z = rng.normal(size=(8, 2))
    q = chance(z @ G)
    loss = -np.mean(np.log(q))
    e = (q - 1) / 8
    G -= 0.1 * z.T @ (e @ D.T)
"""


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("X.T @ (predict(w, b) - y)", "X.T @ (predict(w, b) * y)"),
        ("np.mean(predict(w, b) - y)", "np.mean((predict(w, b) - y) * X[:, :1])"),
    ],
)
def test_gradients_by_a_forward_pass_each_are_judged_together(
    tmp_path: Path, right: str, wrong: str
) -> None:
    assert_told_apart(tmp_path, ALONE, right, wrong)


@pytest.mark.parametrize("text", [IN_TURN, RIVALS], ids=["in turn", "rivals"])
def test_what_changes_in_turn_is_right(tmp_path: Path, text: str) -> None:
    assert not judged_file(source_of(tmp_path, text).path).mistakes


@pytest.mark.parametrize(
    ("text", "right", "wrong"),
    [
        (IN_TURN, "X.T @ (predict(w, b) - y)", "X.T @ (predict(w, b) * y)"),
        (IN_TURN, "np.mean(predict(w, b) - y)", "np.mean((predict(w, b) - y) * X[:, :1])"),
        (RIVALS, "e, f = (p - 1) / 8, q / 8", "e, f = (p - 1) / 8, (q - 1) / 8"),
        (RIVALS, "e = (q - 1) / 8", "e = q / 8"),
        (RIVALS, "z.T @ (e @ D.T)", "z.T @ (e @ D.T * 2 * np.sign(D.T))"),
    ],
)
def test_a_step_in_turn_that_is_wrong_is_not_right_by_the_others(
    tmp_path: Path, text: str, right: str, wrong: str
) -> None:
    assert text.count(right) == 1
    path = source_of(tmp_path, text.replace(right, wrong)).path
    try:
        judged = judged_file(path)
    except NotJudgedError:
        return
    line = text[: text.index(right)].count("\n") + 1
    assert [mistake.code.line for mistake in judged.mistakes] == [line]


NUMBERS = """\
from math import exp, log
X = [[1.0, 0.1, 0.3], [1.0, 0.4, 0.9], [1.0, 0.7, 0.2], [1.0, 0.3, 0.8]]
t = [0, 1, 1, 0]

def chance(w, x):
    return 1 / (1 + exp(-sum(a * b for a, b in zip(w, x))))

def loss(w):
    total = 0.0
    for x, goal in zip(X, t):
        p = chance(w, x)
        total -= goal * log(p) + (1 - goal) * log(1 - p)
    return total / len(X)

def slopes(w):
    found = [0.0] * len(w)
    for j in range(len(w)):
        for x, goal in zip(X, t):
            found[j] += (chance(w, x) - goal) * x[j] / len(X)
    return found

w = [0.0] * 3
for turn in range(30):
    w = [a - 0.5 * b for a, b in zip(w, slopes(w))]
    print(loss(w))
"""


COUNTED = """\
import numpy as np
rng = np.random.default_rng(0)
w = rng.normal(size=(2, 1))
for turn in range(20):
    places = np.array([0, 0, 1, 1, 1, 2])
    v = rng.normal(size=(6, 2))
    X, t = np.zeros((3, 2)), np.zeros((3, 1))
    np.add.at(X, places, v)
    np.add.at(t, places, np.abs(v[:, :1]))
    e = X @ w - t
    w -= 0.1 * X.T @ e
"""
SHRUNK = """\
import numpy as np
rng = np.random.default_rng(0)
X, t = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
W, b = rng.normal(size=(3, 2)), np.zeros(2)
for turn in range(20):
    e = X @ W + b - t
    W -= 0.1 * X.T @ e
    b -= 0.1 * e.sum(axis=0)
"""


def test_data_that_are_added_up_in_each_step_are_no_parameters(tmp_path: Path) -> None:
    assert not judged_file(source_of(tmp_path, COUNTED).path).mistakes


@pytest.mark.parametrize("change", ["0.1 * t.sum(axis=0)", "0.01"])
def test_what_changes_by_no_gradient_is_not_right(tmp_path: Path, change: str) -> None:
    assert not judged_file(source_of(tmp_path, SHRUNK).path).mistakes
    text = SHRUNK.replace("0.1 * e.sum(axis=0)", change)
    try:
        assert judged_file(source_of(tmp_path, text).path).mistakes
    except NotJudgedError:
        return


@pytest.mark.parametrize(
    "begin", ["[0.0] * 3", "3 * [0.0]", "[0.0 for _ in range(3)]", "[0, 0, 0]", "[0] * 3"]
)
def test_numbers_of_a_list_begin_as_others_in_each_run(tmp_path: Path, begin: str) -> None:
    text = NUMBERS.replace("w = [0.0] * 3", f"w, rate = {begin}, 0.5").replace("0.5 *", "rate *")
    assert not judged_file(source_of(tmp_path, text).path).mistakes
    # Only what is multiplied by the 1 of each sample is right then.
    wrong = text.replace(" * x[j] / len(X)", " / len(X)").replace(
        "    return found", "        found[j] *= x[j]\n    return found"
    )
    with contextlib.suppress(NotJudgedError):
        assert judged_file(source_of(tmp_path, wrong).path).mistakes


def test_runs_that_are_all_the_same_tell_nothing(tmp_path: Path) -> None:
    text = NUMBERS.replace("w = [0.0] * 3", "w = [float(c) for c in '000']")
    with pytest.raises(NotJudgedError):
        judged_file(source_of(tmp_path, text).path)
