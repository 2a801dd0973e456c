"""Losses that are never added up, or computed with no step: what goes down on them is right."""

import contextlib
from pathlib import Path

import pytest

from chainrule.checking.record._steps.unjudged import NotJudgedError
from recorded_runs import assert_told_apart, judged_file, source_of

CODER = """\
import numpy as np
rng = np.random.default_rng(3)
data = rng.uniform(size=(24, 6))
A, B, C = rng.normal(size=(6, 4)), rng.normal(size=(6, 4)), rng.normal(size=(4, 6))
for step in range(30):
    x, noise = data[rng.permutation(24)[:12]], rng.normal(size=(12, 4))
    middle, width = x @ A, x @ B
    spread = np.exp(width / 2)
    code = middle + spread * noise
    e = code @ C - x
    fits = (e * e).sum() / 24
    far = (middle ** 2 + spread ** 2 - width - 1).sum() / 24
    print(fits, far)
    by_e = e / 12
    by_code = by_e @ C.T
    by_middle = by_code + SHARE * middle / 12
    by_width = by_code * noise * spread / 2 + SHARE * (spread ** 2 - 1) / 24
    C -= 0.1 * code.T @ by_e
    A -= 0.1 * x.T @ by_middle
    B -= 0.1 * x.T @ by_width
"""

HEADS = """\
import numpy as np
rng = np.random.default_rng(4)
X = rng.normal(size=(16, 3))
y, goal = np.sin(X[:, :1]), (X[:, 1:2] > 0) * 1.0
W, U, V = rng.normal(size=(3, 5)), rng.normal(size=(5, 1)), rng.normal(size=(5, 1))
for step in range(30):
    h = np.tanh(X @ W)
    a, p = h @ U, 1 / (1 + np.exp(-(h @ V)))
    print("number", np.mean((a - y) ** 2))
    print("kind", -np.mean(goal * np.log(p) + (1 - goal) * np.log(1 - p)))
    by_a, by_p = 2 * (a - y) / 16, (p - goal) / 16
    by_h = by_a @ U.T + by_p @ V.T
    U -= 0.1 * h.T @ by_a
    V -= 0.1 * h.T @ by_p
    W -= 0.1 * X.T @ (by_h * (1 - h * h))
"""

RIVALS = """\
import numpy as np
rng = np.random.default_rng(0)
G = {"w": rng.normal(size=(2, 4)), "v": rng.normal(size=(4, 1))}
D = {"w": rng.normal(size=(1, 4)), "v": rng.normal(size=(4, 1))}

def there(net, x):
    h = np.tanh(x @ net["w"])
    return h, h @ net["v"]

def back(net, x, h, d):
    e = d @ net["v"].T * (1 - h * h)
    return {"v": h.T @ d, "w": x.T @ e, "sum": d.sum(axis=0)}, e @ net["w"].T

def chance(z):
    return 1 / (1 + np.exp(-z))

def shown(real, made):
    p, q = chance(there(D, real)[1]), chance(there(D, made)[1])
    return -np.mean(np.log(p)) - np.mean(np.log(1 - q))

for step in range(60):
    real, made = rng.normal(2, 1, size=(8, 1)), there(G, rng.normal(size=(8, 2)))[1]
    h, z = there(D, real)
    k, u = there(D, made)
    first, _ = back(D, real, h, FOR_REAL / 8)
    other, _ = back(D, made, k, FOR_MADE / 8)
    for name in D:
        D[name] -= 0.1 * (first[name] + other[name])
    s = rng.normal(size=(8, 2))
    g, made = there(G, s)
    k, u = there(D, made)
    _, e = back(D, made, k, TO_FOOL / 8)
    found, _ = back(G, s, g, e)
    for name in G:
        G[name] -= 0.1 * found[name]
    if step % 20 == 0:
        print(shown(real, made))
"""


def rivals(for_real: str, for_made: str, to_fool: str) -> str:
    text = RIVALS.replace("FOR_REAL", for_real).replace("FOR_MADE", for_made)
    return text.replace("TO_FOOL", to_fool)


CROSSED = rivals("(chance(z) - 1)", "chance(u)", "(chance(u) - 1)")


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("by_code = by_e @ C.T", "by_code = -by_e @ C.T"),
        ("by_code + 0.5 * middle / 12", "by_code - 0.5 * middle / 12"),
        ("0.5 * (spread ** 2 - 1) / 24", "0.5 * (spread - 1) / 24"),
    ],
)
def test_parts_that_are_only_shown_are_one_loss(tmp_path: Path, right: str, wrong: str) -> None:
    assert_told_apart(tmp_path, CODER.replace("SHARE", "0.5"), right, wrong)


def test_how_much_there_is_of_each_part_is_said(tmp_path: Path) -> None:
    judged = judged_file(source_of(tmp_path, CODER.replace("SHARE", "0.5")).path)
    assert any("0.5 times that of line 12" in note for note in judged.notes)


def test_heads_with_a_loss_each_are_judged_together(tmp_path: Path) -> None:
    assert_told_apart(tmp_path, HEADS, "(by_h * (1 - h * h))", "(by_h * (1 - h))")


@pytest.mark.parametrize(
    "text",
    [
        CROSSED,
        rivals("(z - 1)", "u", "(u - 1)"),
    ],
    ids=["logarithms", "squares"],
)
def test_rivals_whose_losses_are_computed_with_no_step_are_right(
    tmp_path: Path, text: str
) -> None:
    assert not judged_file(source_of(tmp_path, text).path).mistakes


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("chance(u) / 8", "(chance(u) - 1) / 8"),
        ('e @ net["w"].T', 'd @ net["v"].T @ net["w"].T'),
        ("* (1 - h * h)", "* (1 - h)"),
    ],
)
def test_rivals_that_go_wrong_are_not_right(tmp_path: Path, right: str, wrong: str) -> None:
    assert right in CROSSED
    path = source_of(tmp_path, CROSSED.replace(right, wrong, 1)).path
    with contextlib.suppress(NotJudgedError):
        assert judged_file(path).mistakes


COUNTS = """\
import numpy as np
rng = np.random.default_rng(6)
X = rng.normal(size=(20, 3))
n, y = 1.0 * rng.integers(0, 5, (20, 1)), X[:, :1] + rng.normal(size=(20, 1))
W, U, V = (0.4 * rng.normal(size=s) for s in ((3, 5), (5, 1), (5, 3)))
shares = np.array([[0.1, 0.5, 0.9]])
for step in range(30):
    h = np.tanh(X @ W)
    rate, quantiles = np.exp(h @ U), h @ V
    by_rate = (rate - n) / 20
    by_quantiles = 0.5 * np.where(y > quantiles, -shares, 1 - shares) / 60
    by_h = by_rate @ U.T + by_quantiles @ V.T
    U -= 0.1 * h.T @ by_rate
    V -= 0.1 * h.T @ by_quantiles
    W -= 0.1 * X.T @ (by_h * (1 - h * h))
"""


def test_a_part_that_is_not_known_is_no_mistake(tmp_path: Path) -> None:
    with contextlib.suppress(NotJudgedError):
        assert judged_file(source_of(tmp_path, COUNTS).path).mistakes == ()
