"""Penalties of weights, of any form: right without a loss that has them, and compared with one."""

import contextlib
from pathlib import Path

import pytest

from chainrule.checking.record._steps.unjudged import NotJudgedError
from public_networks import SCRIPT
from recorded_runs import judged

NETWORK = """\
import numpy as np
X = np.random.randn(9, 3)
T = np.eye(2)[np.random.randint(0, 2, 9)]
U, a = np.random.randn(3, 4), np.zeros(4)
V, c = np.random.randn(4, 2), np.zeros(2)
lam = 0.01
def penalty(W):
    return PENALTY
def slope(W):
    return SLOPE
for step in range(30):
    h = np.tanh(X @ U + a)
    z = h @ V + c
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    loss = -np.sum(T * np.log(p)) / 9
    d = (p - T) / 9
    gV, gc = h.T @ d, d.sum(axis=0)
    k = d @ V.T * (1 - h * h)
    gU, ga = X.T @ k, k.sum(axis=0)
    gV += slope(V)
    gU += slope(U)
    U -= 0.2 * gU
    a -= 0.2 * ga
    V -= 0.2 * gV
    c -= 0.2 * gc
"""
_OF_V, _OF_U = 21, 22  # lines where a penalty is added


def network(penalty: str, slope: str, *, printed: bool) -> str:
    text = NETWORK.replace("PENALTY", penalty).replace("SLOPE", slope)
    return (
        text.replace("log(p)) / 9", "log(p)) / 9 + penalty(U) + penalty(V)") if printed else text
    )


L1 = ("lam * np.abs(W).sum()", "lam * np.sign(W)")
FORMS = {
    "squares": ("lam * np.sum(W ** 2) / 2", "lam * W"),
    "absolute values": L1,
    "both": ("lam * (np.abs(W).sum() + np.sum(W * W))", "lam * (np.sign(W) + 2 * W)"),
    "by a comparison": ("lam * np.abs(W).sum()", "lam * np.where(W > 0, 1.0, -1.0)"),
    "a norm of each row": ("lam * np.sum(np.linalg.norm(W, axis=1))",
                           "lam * W / np.linalg.norm(W, axis=1, keepdims=True)"),
    "beyond a bound": ("lam * np.sum(np.maximum(np.abs(W) - 0.5, 0) ** 2)",
                       "2 * lam * np.sign(W) * np.maximum(np.abs(W) - 0.5, 0)"),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_a_penalty_is_right_whether_the_loss_has_it_or_none(
    tmp_path: Path, form: tuple[str, str]
) -> None:
    assert judged(tmp_path, network(*form, printed=False)).mistakes == ()


def test_a_loss_may_have_the_same(tmp_path: Path) -> None:
    assert judged(tmp_path, network(*FORMS["both"], printed=True)).mistakes == ()


_ADDED = "    gV += slope(V)\n    gU += slope(U)\n"
PLACES = {  # where it is added: text of the program, what stands there in its place
    "in the step": (("V -= 0.2 * gV", "V = V - 0.2 * gV - 0.2 * slope(V)"),),
    "before a mean": (("    U -= ", "    gU /= 9; ga /= 9; gV /= 9; gc /= 9\n    U -= "),),
    "not to all": (("U -= 0.2 * gU", "gU[1:] += slope(U[1:])\n    U -= 0.2 * gU"),),
    "with momentum": (
        ("for step", "mU, mV = 0 * U, 0 * V\nfor step"),
        ("    U -= 0.2 * gU", "    mU = 0.9 * mU - 0.2 * (gU + slope(U))\n"
         "    mV = 0.9 * mV - 0.2 * gV\n    U += mU"),
        ("V -= 0.2 * gV", "V += mV"),
    ),
    "the longest may be": (("c -= 0.2 * gc\n", "c -= 0.2 * gc\n    U *= np.minimum(1, 2 / "
                            "np.linalg.norm(U, axis=0))\n"),),
    "after the step": (("c -= 0.2 * gc\n", "c -= 0.2 * gc\n    U = np.sign(U) * np.maximum(np.abs("
                        "U) - 0.002, 0)\n"),),
}  # fmt: skip


@pytest.mark.parametrize("changes", PLACES.values(), ids=PLACES.keys())
def test_it_may_be_added_anywhere(tmp_path: Path, changes: tuple[tuple[str, str], ...]) -> None:
    text = network(*L1, printed=False).replace(_ADDED, "")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    assert judged(tmp_path, text).mistakes == ()


ORTHOGONAL = (
    "lam * np.sum((W.T @ W - np.eye(W.shape[1])) ** 2)",
    "4 * lam * W @ (W.T @ W - np.eye(W.shape[1]))",
)


@pytest.mark.parametrize("printed", [False, True])
def test_what_takes_some_weights_away_from_0_is_judged_by_a_loss_alone(
    tmp_path: Path, printed: bool
) -> None:
    text = network(*ORTHOGONAL, printed=printed)
    expected = contextlib.nullcontext() if printed else pytest.raises(NotJudgedError)
    with expected:
        assert judged(tmp_path, text).mistakes == ()


WRONG = {  # the penalty, its derivative, whether the loss has it
    "half as strong": (L1[0], "lam * np.sign(W) / 2", True),
    "of squares": (L1[0], "lam * W", True),
    "without a sign": (L1[0], "lam * np.abs(W)", True),
    "the other sign": (L1[0], "-lam * np.sign(W)", True),
    "a sign that no loss tells": (L1[0], "-lam * np.sign(W)", False),
}


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG.keys())
def test_another_penalty_is_told_where_it_is_added(
    tmp_path: Path, case: tuple[str, str, bool]
) -> None:
    penalty, slope, printed = case
    mistakes = judged(tmp_path, network(penalty, slope, printed=printed)).mistakes
    assert {m.code.line for m in mistakes} == {_OF_V, _OF_U}
    assert {m.fault for m in mistakes} == {"grad-penalty"}


@pytest.mark.parametrize(
    ("right", "wrong", "line"), [("(1 - h * h)", "(1 - h)", 19), ("c -=", "c +=", 26)]
)
def test_another_mistake_is_told_alone_beside_a_penalty(
    tmp_path: Path, right: str, wrong: str, line: int
) -> None:
    text = network(*L1, printed=False).replace(right, wrong)
    assert [m.code.line for m in judged(tmp_path, text).mistakes] == [line]


ADDED_UP = """\
import random
from math import exp, log
random.seed(1)
rows = [[random.gauss(0, 1) for _ in range(2)] for _ in range(4)]
labels = [0, 1, 1, 0]
w, b = [random.gauss(0, 1) for _ in range(2)], 0.2
for i in range(50):
    gw, gb, loss = [0.0] * 2, 0.0, 0.0
    for row, label in zip(rows, labels):
        p = 1 / (1 + exp(-(w[0] * row[0] + w[1] * row[1] + b)))
        loss -= log(p) if label else log(1 - p)
        for f in range(2):
            gw[f] += (p - label) * row[f]
        gb += p - label
    loss /= 4
    for f in range(2):
        gw[f] = gw[f] / 4 + 0.05 * w[f]
        loss += 0.025 * w[f] ** 2
    for f in range(2):
        w[f] -= 0.3 * gw[f]
    b -= 0.3 * gb / 4
"""
NUMBERS = (
    ADDED_UP.replace("0.05 * w[f]", "0.05 * w[f] / abs(w[f])")
    .replace("    loss /= 4\n", "")
    .replace("        loss += 0.025 * w[f] ** 2\n", "")
)


def test_a_penalty_that_is_added_up_number_by_number_is_no_loss_of_its_own(tmp_path: Path) -> None:
    assert judged(tmp_path, ADDED_UP).mistakes == ()
    without = judged(tmp_path, ADDED_UP.replace(" + 0.05 * w[f]", ""))
    assert [mistake.code.line for mistake in without.mistakes] == [20]


def test_penalties_of_single_numbers_are_known(tmp_path: Path) -> None:
    assert judged(tmp_path, NUMBERS).mistakes == ()
    assert judged(tmp_path, NUMBERS.replace("gb += p", "gb += p * p")).mistakes


PENALISED = (
    SCRIPT.replace(
        "    W2 -=",
        "    nll = -np.sum(Y * np.log(p) + (1 - Y) * np.log(1 - p))\n"
        "    loss = nll + 0.04 * (np.sum(W1 ** 2) + np.sum(W2 ** 2))\n    W2 -=",
    )
    .replace("X.T @ d", "(X.T @ d + 0.08 * W1)")
    .replace("a.T @ e", "(a.T @ e + 0.08 * W2)")
)
PENALTIES = {
    "the same": ("", "", 0),
    "of the gradient alone": (" + 0.04 * (np.sum(W1 ** 2) + np.sum(W2 ** 2))", "", 0),
    "of the loss alone": ("(a.T @ e + 0.08 * W2)", "a.T @ e", 16),
    "half as strong": ("0.08 * W1", "0.04 * W1", 18),
    "of one alone in the loss": ("np.sum(W1 ** 2) + ", "", 18),
    "applied first": (
        "W1 -= 0.1 * (X.T @ d + 0.08 * W1)", "W1 = (1 - 0.008) * W1 - 0.1 * X.T @ d", 0),
}  # fmt: skip


@pytest.mark.parametrize("change", PENALTIES.values(), ids=PENALTIES.keys())
def test_loss_and_gradient_have_the_same_penalty(
    tmp_path: Path, change: tuple[str, str, int]
) -> None:
    old, new, line = change
    assert old in PENALISED
    verdict = judged(tmp_path, PENALISED.replace(old, new) if old else PENALISED)
    assert [m.code.line for m in verdict.mistakes] == ([line] if line else [])


def test_a_sum_of_gradients_beside_the_penalty_of_a_mean_is_what_is_told(tmp_path: Path) -> None:
    """What is added is the derivative of the penalty as the loss has it: it is not to blame."""
    of_sum = network(*FORMS["squares"], printed=True).replace("(p - T) / 9", "p - T")
    mistakes = judged(tmp_path, of_sum).mistakes
    assert {m.fault for m in mistakes} == {"grad-batch-scale"}
    assert {m.code.line for m in mistakes} == {18, 20}


HINGE = """\
import numpy as np
X, y = np.random.randn(20, 5), np.random.randint(0, 3, 20)
W = np.random.randn(5, 3) * 0.1

def svm(W, X, y, reg):
    scores = X @ W
    rows = np.arange(len(y))
    margins = np.maximum(0, scores - scores[rows, y][:, None] + 1.0)
    margins[rows, y] = 0
    loss = margins.sum() / len(y)
    loss += reg * np.sum(W * W)
    mask = (margins > 0).astype(float)
    mask[rows, y] = -mask.sum(axis=1)
    dW = X.T @ mask / len(y)
    dW += 2 * reg * W
    return loss, dW

for step in range(50):
    loss, dW = svm(W, X, y, 0.1)
    W -= 0.05 * dW
"""


def test_a_penalty_beside_a_hinge_whose_gradient_is_made_of_a_mask(tmp_path: Path) -> None:
    assert judged(tmp_path, HINGE).mistakes == ()
    assert judged(tmp_path, HINGE.replace("    loss += reg * np.sum(W * W)\n", "")).mistakes == ()
    (mistake,) = judged(tmp_path, HINGE.replace("2 * reg * W", "reg * W")).mistakes
    assert (mistake.fault, mistake.code.line) == ("grad-penalty", 15)


def test_a_factor_of_all_gradients_is_told_where_it_comes_from(tmp_path: Path) -> None:
    text = network(*FORMS["squares"], printed=True).replace("d = (p - T) / 9", "d = (p - T) / 18")
    (mistake,) = judged(tmp_path, text).mistakes
    assert (mistake.code.line, mistake.fault) == (17, "grad-batch-scale")


RATINGS = """\
import numpy as np
P, Q = 0.3 * np.random.randn(4, 3), 0.3 * np.random.randn(5, 3)
a, b = np.zeros(4), np.zeros(5)
ratings = 3 + np.random.randn(4, 5)
for turn in range(20):
    for u in range(4):
        for i in range(5):
            e = ratings[u, i] - (a[u] + b[i] + P[u] @ Q[i])
            p = P[u].copy()
            a[u] += 0.02 * (e - 0.1 * a[u])
            b[i] += 0.02 * (e - 0.1 * b[i])
            P[u] += 0.02 * (e * Q[i] - 0.1 * P[u])
            Q[i] += 0.02 * (e * p - 0.1 * Q[i])
"""


def test_a_bias_that_the_error_has_in_a_sum_is_no_penalty_of_itself(tmp_path: Path) -> None:
    assert judged(tmp_path, RATINGS).mistakes == ()
    wrong = judged(tmp_path, RATINGS.replace("e * Q[i] -", "e * P[u] -")).mistakes
    assert [mistake.code.line for mistake in wrong] == [12]


LARGE_INPUTS = """\
import numpy as np
X, t = 9000 * np.random.randn(40, 3), (np.random.rand(40) > 0.5) * 1.0
w, b = np.zeros(3), 0.0
for i in range(50):
    y = 1 / (1 + np.exp(-(X / 9000 @ w + b)))
    gw = X.T @ (y - t) / 40 + 0.002 * w
    w = w - 0.02 * gw
    b = b - 0.02 * 9000 * np.sum(y - t) / 40
    loss = -np.mean(t * np.log(y) + (1 - t) * np.log(1 - y)) * 9000 + 0.001 * np.sum(w ** 2)
"""


@pytest.mark.parametrize("slope", ["0.002 * w", "0"])
def test_what_is_not_seen_beside_a_large_gradient_is_not_told(tmp_path: Path, slope: str) -> None:
    """With large inputs, as of a table whose columns are made up, a penalty is next to nothing."""
    text = LARGE_INPUTS.replace("0.002 * w", slope)
    assert judged(tmp_path, text).mistakes == ()
