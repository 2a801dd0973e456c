"""Mistakes in stretches of several operations, as of a normalisation, and what looks like them."""

from pathlib import Path

import pytest

from recorded_runs import judged

TRAINING = """
np.random.seed(3)
X = np.random.randn(12, 3) * [1, 2, 3]
y = np.arange(12) % 2
W, V = np.random.randn(3, 5) * 0.5, np.random.randn(5, 2) * 0.5
scale, shift = 0.5 + np.random.rand(5), np.zeros(5)
for step in range(9):
    z, kept = there(X @ W, scale, shift)
    h = np.tanh(z)
    p = np.exp(h @ V)
    p /= p.sum(axis=1, keepdims=True)
    print(step, -np.mean(np.log(p[range(12), y])))
    e = (p - np.eye(2)[y]) / 12
    da, dscale, dshift = back(e @ V.T * (1 - h ** 2), kept)
    V -= 0.1 * h.T @ e
    W -= 0.1 * X.T @ da
    scale -= 0.1 * dscale
    shift -= 0.1 * dshift
"""
BY_PARTS = (
    """\
import numpy as np
def there(x, scale, shift):
    mean, var = x.mean(axis=0), x.var(axis=0)
    std = np.sqrt(var + 1e-5)
    n = (x - mean) / std
    return scale * n + shift, (x, n, mean, std, scale)
def back(dy, kept):
    x, n, mean, std, scale = kept
    dn = dy * scale
    dvar = np.sum(dn * (x - mean) * -0.5 / std ** 3, axis=0)
    dmean = np.sum(-dn / std, axis=0)
    dx = dn / std + dvar * 2 * (x - mean) / len(x) + dmean / len(x)
    return dx, (dy * n).sum(axis=0), dy.sum(axis=0)
"""
    + TRAINING
)
AT_ONCE = (
    """\
import numpy as np
def there(x, scale, shift):
    std = np.sqrt(x.var(axis=1, keepdims=True) + 1e-5)
    n = (x - x.mean(axis=1, keepdims=True)) / std
    return scale * n + shift, (n, 1 / std, scale)
def back(dy, kept):
    n, over, scale = kept
    dn = dy * scale
    m = dn.shape[1]
    parts = m * dn - dn.sum(axis=1, keepdims=True)
    parts = parts - n * (dn * n).sum(axis=1, keepdims=True)
    return over / m * parts, (dy * n).sum(axis=0), dy.sum(axis=0)
"""
    + TRAINING
)
IN_ONE_LINE = BY_PARTS.replace("dn = dy * scale", "dn = scale * dy").replace("-0.5 /", "0.5 / -")
LOGISTIC = """\
import numpy as np
X, t = np.random.randn(20, 3), (np.arange(20) % 3 == 0) * 1.0
w = np.random.randn(3) * 0.1
for i in range(60):
    a = 1 / (1 + np.exp(-X @ w))
    cost = -t * np.log(a) - (1 - t) * np.log(1 - a)
    if i % 20 == 0:
        print(cost.mean())
    w = w - 0.1 * X.T @ (a - t) / 20
"""
SQUARES = """\
import numpy as np
X, t = np.random.randn(20, 3), np.random.rand(20, 1)
W, V = np.random.randn(3, 4), np.random.randn(4, 1)
for i in range(9):
    h = np.tanh(X @ W)
    a = 1 / (1 + np.exp(-h @ V))
    e = a - t
    cost = np.mean(e ** 2)
    print(cost)
    d = e * a * (1 - a)
    W, V = W - 0.1 * X.T @ (d @ V.T * (1 - h ** 2)), V - 0.1 * h.T @ d
"""
KERNELS = """\
import numpy as np
def conv(a, k):
    n, m = len(a) - len(k) + 1, len(k)
    out = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            out[i, j] = np.sum(a[i:i + m, j:j + m] * k)
    return out
A, B, w = np.random.randn(2, 2), np.random.randn(2, 2) * 0.5, np.random.randn(9) * 0.3
X, t = np.random.randn(6, 5, 5), np.arange(6) % 2
for epoch in range(2):
    for x, y in zip(X, t):
        a = np.tanh(conv(x, A))
        b = np.tanh(conv(a, B))
        e = b.ravel() @ w - y
        print(0.5 * e ** 2)
        db = (e * w).reshape(3, 3) * (1 - b ** 2)
        da = conv(np.pad(db, 1), B[::-1, ::-1]) * (1 - a ** 2)
        dA, dB = conv(x, da), conv(a, db)
        w -= 0.1 * e * b.ravel()
        A -= 0.1 * dA
        B -= 0.1 * dB
"""
RIGHT = {
    "a normalisation of batches by parts": BY_PARTS,
    "one with signs elsewhere": IN_ONE_LINE,
    "a normalisation of layers at once": AT_ONCE,
    "a part that is 0 too": BY_PARTS.replace("-dn / std, axis=0)",
                                             "-dn / std, axis=0) + dvar * np.mean(mean - x, 0)"),
    "the cost beside the error": LOGISTIC, "squares": SQUARES,
    "the fourth power of the error": SQUARES.replace("d = e *", "d = e ** 3 *")
    .replace("e ** 2)", "e ** 4)"),
    "kernels": KERNELS,
}  # fmt: skip


@pytest.mark.parametrize("text", RIGHT.values(), ids=RIGHT)
def test_what_is_right_is_right(tmp_path: Path, text: str) -> None:
    assert judged(tmp_path, text).mistakes == ()


@pytest.mark.parametrize(
    ("text", "right", "wrong", "told"),
    [
        (BY_PARTS, "dn / std + dvar", "dn + dvar", "dx ="),
        (BY_PARTS, "* -0.5", "* 0.5", "dvar ="),
        (BY_PARTS, "std ** 3", "std", "dvar ="),
        (BY_PARTS, "(x - mean) * -", "x * -", "dvar ="),
        (BY_PARTS, "-dn / std, ", "dn / std, ", "dmean ="),
        (BY_PARTS, "dvar * 2 *", "dvar *", "dx ="),
        (BY_PARTS, "dmean / len(x)", "dmean", "dx ="),
        (AT_ONCE, "over / m", "over ** 2 / m", "return over"),
        (AT_ONCE, "(dn * n).sum", "dn.sum", "parts = parts"),
        (AT_ONCE, "m * dn", "dn", "parts = dn"),
        (AT_ONCE, "dn = dy * scale", "dn = dy", "parts = m"),
        (LOGISTIC, "(a - t)", "cost", "cost / 20"),
        (SQUARES, "d = e *", "d = cost *", "d ="),
        (SQUARES, "d = e *", "d = e ** 2 *", "d ="),
    ],
)
def test_a_mistake_without_a_name_is_found_at_its_line(
    tmp_path: Path, text: str, right: str, wrong: str, told: str
) -> None:
    source = text.replace(right, wrong)
    (mistake,) = judged(tmp_path, source).mistakes
    assert told in source.split("\n")[mistake.code.line - 1]


@pytest.mark.parametrize(
    ("text", "right", "wrong", "told", "fault"),
    [
        (AT_ONCE, " - dn.sum(axis=1, keepdims=True)", "", "parts = parts -", "grad-path-missing"),
        (BY_PARTS, " + dmean / len(x)", "", "dx =", "grad-path-missing"),
        (KERNELS, "B[::-1, ::-1]", "B", "da =", "grad-hidden-weights-not-transposed"),
    ],
)
def test_a_mistake_is_found_at_its_line_and_named(
    tmp_path: Path, text: str, right: str, wrong: str, told: str, fault: str
) -> None:
    source = text.replace(right, wrong)
    (mistake,) = judged(tmp_path, source).mistakes
    assert mistake.fault == fault
    assert told in source.split("\n")[mistake.code.line - 1]
