"""Mistakes told at statements that compute nothing, or before what shows them."""

from pathlib import Path

import pytest

from recorded_runs import judged_file, source_of

SUMS = """\
import numpy as np
W = [np.random.randn(3, 4), np.random.randn(4, 2)]
b = [np.random.randn(4), np.random.randn(2)]
noW, nob = [np.zeros(w.shape) for w in W], [np.zeros(c.shape) for c in b]
X, Y = np.random.randn(12, 3), np.random.randn(12, 2)
def gradients(x, y):
    h = np.tanh(x @ W[0] + b[0])
    d = h @ W[1] + b[1] - y
    e = (W[1] @ d) * (1 - h ** 2)
    return [np.outer(x, e), np.outer(h, d)], [e, d]
def step(batch):
    sW, sb = [0 * w for w in W], [0 * c for c in b]
    for x, y in batch:
        gW, gb = gradients(x, y)
        for k in range(2):
            sW[k] += gW[k]
            sb[k] += gb[k]
    for k in range(2):
        W[k] = W[k] - 0.1 * sW[k]
        b[k] = b[k] - 0.1 * sb[k]
for k in range(0, 12, 4):
    step(list(zip(X[k:k + 4], Y[k:k + 4])))
"""
BEGIN = "sW, sb = [0 * w for w in W], [0 * c for c in b]"
ADD = """\
        for k in range(2):
            sW[k] += gW[k]
            sb[k] += gb[k]
"""
ANEW = {
    "both at once": ("sW, sb = noW, nob", ["sW, sb = noW"]),
    "lists with the same arrays": (
        "sW = list(noW)\n    sb = [z for z in nob]", ["sW = list", "sb = [z"],
    ),
    "one of them": ("sW = [z.copy() for z in noW]\n    sb = nob", ["sb = nob"]),
    "a name for each": (
        "sW, sb = noW, nob\n    for z in noW + nob:\n        z = np.zeros(z.shape)", ["z = np.z"],
    ),
}  # fmt: skip
RIGHT_BEGINNINGS = [
    "sW, sb = [z.copy() for z in noW], [z + 0 for z in nob]",
    "sW, sb = noW, nob\n    for z in noW + nob:\n        z.fill(0)",
]
SUMMED = (
    "        sW = [s + g for s, g in zip(sW, gW)]\n        sb = [s + g for s, g in zip(sb, gb)]\n"
)
REPLACED = {
    "by another list": ("sW = [s + g for s, g in zip(sW, gW)]", "sW = gW"),
    "by its elements": ("[s + g for s, g in zip(sb, gb)]", "[g for s, g in zip(sb, gb)]"),
}
ALIKE = """\
import numpy as np
X, T = np.random.randn(6, 4), np.random.randn(6, 1)
U, V, W = np.random.randn(4, 5), np.random.randn(5, 5), np.random.randn(5, 1)
b = np.zeros((1, 5))
def slope(h):
    return 1 - h ** 2
for i in range(50):
    z = X @ U + b
    h = np.tanh(z)
    k = np.tanh(h @ V)
    d = k @ W - T
    loss = 0.5 * np.sum(d ** 2)
    by_k = d @ W.T
    e = by_k * (1 - k ** 2)
    by_h = e @ V.T
    f = by_h * slope(h)
    by_b = f.sum(axis=0, keepdims=True)
    W = W - 0.01 * k.T @ d
    V = V - 0.01 * h.T @ e
    U = U - 0.01 * X.T @ f
    b = b - 0.01 * by_b
"""
MOVED = """\
import numpy as np
X, T = np.random.randn(6, 2, 4), np.random.randn(6, 3)
K, V = np.random.randn(4, 5), np.random.randn(10, 3)
for i in range(50):
    z = X @ K
    a = np.tanh(z)
    flat = a.transpose(0, 2, 1).reshape(6, 10)
    d = flat @ V - T
    loss = 0.5 * np.sum(d ** 2)
    back = d @ V.T
    by_a = back.reshape(6, 5, 2).transpose(0, 2, 1)
    by_z = by_a * (1 - a ** 2)
    V -= 0.01 * flat.T @ d
    K -= 0.01 * np.einsum("nij,nik->jk", X, by_z)
"""
SCALED = """\
import numpy as np
X, T = np.random.randn(6, 4), np.random.randn(6, 3)
U, V, g = np.random.randn(4, 5), np.random.randn(5, 3), np.random.randn(5)
for i in range(50):
    z = X @ U
    h = np.tanh(z * g)
    d = h @ V - T
    loss = 0.5 * np.sum(d ** 2)
    by_s = (d @ V.T) * (1 - h ** 2)
    by_z = by_s * g
    V -= 0.01 * h.T @ d
    U -= 0.01 * X.T @ by_z
    g -= 0.01 * (by_s * z).sum(axis=0)
"""
ELSEWHERE = {
    "a sum over the wrong axis": (
        ALIKE, "by_b = f.sum(axis=0, keepdims=True)", "by_b = f.sum(axis=1, keepdims=True)",
        "by_b = ", "grad-bias-not-summed",
    ),
    "errors that are not summed, and serve weights": (
        ALIKE, "0.01 * by_b", "0.01 * f", "0.01 * f", "grad-bias-not-summed",
    ),
    "the error of another layer": (
        ALIKE, "by_h = e @ V.T", "by_h = d @ W.T", "by_h = ", "grad-other-layer",
    ),
    "the error of another layer beside its own": (
        ALIKE, "f = by_h *", "other = d @ W.T\n    f = other *", "f = other", "grad-other-layer",
    ),
    "axes that are not moved back": (
        MOVED, "back.reshape(6, 5, 2).transpose(0, 2, 1)", "back.reshape(6, 2, 5)", "by_a = ", "",
    ),
    "axes that are not moved back, at once": (
        MOVED, "by_a * (1 - a ** 2)", "back.reshape(6, 2, 5) * (1 - a ** 2)", "by_z = ", "",
    ),
    "a slope that is given something else": (
        ALIKE, "slope(h)\n", "slope(z)\n", "slope(z)", "grad-preactivation",
    ),
    "an error that lacks a slope": (
        MOVED, "by_a * (1 - a ** 2)", "by_a", "by_z = by_a", "grad-hidden-no-derivative",
    ),
    "an error that lacks a parameter": (SCALED, "by_s * g\n", "by_s\n", "by_z = by_s", ""),
}  # fmt: skip


def told(tmp_path: Path, text: str) -> list[tuple[str, str]]:
    """The faults in a program, each with its line."""
    lines = text.split("\n")
    found = judged_file(source_of(tmp_path, text).path).mistakes
    return [(m.fault, lines[m.code.line - 1].strip()) for m in found]


@pytest.mark.parametrize(("begin", "lines"), ANEW.values(), ids=ANEW.keys())
def test_sums_that_keep_their_arrays_are_told_where_they_should_begin(
    tmp_path: Path, begin: str, lines: list[str]
) -> None:
    found = told(tmp_path, SUMS.replace(BEGIN, begin))
    assert {fault for fault, _ in found} == {"train-gradients-kept"}
    assert len(found) == len(lines)
    for (_, line), part in zip(found, lines, strict=True):
        assert line.startswith(part)


@pytest.mark.parametrize("begin", RIGHT_BEGINNINGS)
def test_sums_that_begin_anew_are_right(tmp_path: Path, begin: str) -> None:
    assert told(tmp_path, SUMS.replace(BEGIN, begin)) == []


def test_sums_that_nothing_begins_anew_are_told_in_the_loop_that_takes_the_steps(
    tmp_path: Path,
) -> None:
    kept = SUMS.replace(f"    {BEGIN}\n", "").replace("def step", f"{BEGIN}\ndef step")
    apart = kept.replace(
        "def step", f"def add(gW, gb):\n{ADD.replace('        ', '    ', 1)}def step"
    )
    apart = apart.replace(f"gradients(x, y)\n{ADD}", "gradients(x, y)\n        add(gW, gb)\n")
    assert told(tmp_path, apart) == [("train-gradients-kept", "add(gW, gb)")]


@pytest.mark.parametrize(("right", "wrong"), REPLACED.values(), ids=REPLACED.keys())
def test_what_a_name_loses_is_told_where_it_is_given_anew(
    tmp_path: Path, right: str, wrong: str
) -> None:
    text = SUMS.replace(ADD, SUMMED)
    assert right in text
    assert told(tmp_path, text) == []
    ((fault, line),) = told(tmp_path, text.replace(right, wrong))
    assert (fault, line) == ("grad-not-added-up", f"{line[:2]} = {wrong.rpartition(' = ')[2]}")


@pytest.mark.parametrize("text", [ALIKE, MOVED, SCALED])
def test_what_is_right_passes(tmp_path: Path, text: str) -> None:
    assert told(tmp_path, text) == []


@pytest.mark.parametrize(
    ("text", "right", "wrong", "part", "fault"), ELSEWHERE.values(), ids=ELSEWHERE.keys()
)
def test_a_mistake_is_told_where_it_begins(
    tmp_path: Path, text: str, right: str, wrong: str, part: str, fault: str
) -> None:
    assert right in text
    ((found, line),) = told(tmp_path, text.replace(right, wrong))
    assert part in line
    assert found == fault
