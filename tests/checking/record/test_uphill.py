"""Steps along the gradient: wrong where a loss grows by them, and right of what is to grow."""

from pathlib import Path

import pytest

from chainrule.checking.record.findings import findings_of
from recorded_runs import judged, source_of

NETWORK = """\
import numpy as np
X = np.random.randn(9, 3)
T = np.random.randn(9, 2)
U, a = np.random.randn(3, 4), np.zeros(4)
V, c = np.random.randn(4, 2), np.zeros(2)
params, kept, lent = [U, a, V, c], [0, 0, 0, 0], [0, 0, 0, 0]
for step in range(1, 31):
    h = np.tanh(X @ params[0] + params[1])
    y = h @ params[2] + params[3]
    VALUE
    d = ERROR
    k = d @ params[2].T * (1 - h * h)
    grads = [X.T @ k, k.sum(axis=0), h.T @ d, d.sum(axis=0)]
    for i in range(4):
        STEP
"""
PLAIN = "params[i] = params[i] SIGN 0.01 * grads[i]"
MOMENTUM = "kept[i] = 0.9 * kept[i] + grads[i]; params[i] = params[i] SIGN 0.01 * kept[i]"
RMSPROP = (
    "kept[i] = 0.9 * kept[i] + 0.1 * grads[i] ** 2; "
    "params[i] = params[i] SIGN 0.01 * grads[i] / (np.sqrt(kept[i]) + 1e-8)"
)
ADAM = (
    "kept[i] = 0.9 * kept[i] + 0.1 * grads[i]; "
    "lent[i] = 0.999 * lent[i] + 0.001 * grads[i] ** 2; "
    "params[i] = params[i] SIGN 0.01 * (kept[i] / (1 - 0.9 ** step)) "
    "/ (np.sqrt(lent[i] / (1 - 0.999 ** step)) + 1e-8)"
)
RULES = [PLAIN, MOMENTUM, RMSPROP, ADAM]
LOSS = "loss = np.mean((y - T) ** 2)"
GOOD = "value = -np.sum((T - y) ** 2)"


def network(value: str, error: str, step: str, sign: str) -> str:
    text = NETWORK.replace("VALUE", value).replace("ERROR", error)
    return text.replace("STEP", step).replace("SIGN", sign)


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(("error", "sign"), [("y - T", "+"), ("T - y", "-")])
def test_a_loss_that_grows_is_told(tmp_path: Path, rule: str, error: str, sign: str) -> None:
    found = judged(tmp_path, network(LOSS, error, rule, sign))
    assert [one.fault for one in found.mistakes] == ["train-sign"]
    assert found.mistakes[0].code.line == 15


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize(
    ("value", "error", "sign"), [(LOSS, "y - T", "-"), (LOSS, "T - y", "+"), (GOOD, "T - y", "+")]
)
def test_one_that_falls_is_right(
    tmp_path: Path, rule: str, value: str, error: str, sign: str
) -> None:
    assert not judged(tmp_path, network(value, error, rule, sign)).mistakes


CLASSES = """\
import numpy as np
X = np.random.randn(9, 3)
T = np.eye(2)[np.random.randint(0, 2, 9)]
W, b = np.random.randn(3, 2), np.zeros(2)
for step in range(30):
    z = X @ W + b
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    VALUE
    d = ERROR
    W = W SIGN 0.1 * X.T @ d
    b = b SIGN 0.1 * d.sum(axis=0)
"""
LIKELIHOOD = "good = np.sum(T * np.log(p))"
REWARD = "reward = np.sum(p * T)"


WITH_MEMORY = {
    "momentum": "v = 0.9 * v SIGN 0.1 * X.T @ d; W = W - v",
    "rmsprop": "v = 0.9 * v + 0.1 * (X.T @ d) ** 2; W = W SIGN 0.01 * X.T @ d / (v ** 0.5 + 1e-8)",
}


@pytest.mark.parametrize("rule", WITH_MEMORY)
@pytest.mark.parametrize(
    "value", [f"{LIKELIHOOD}; loss = -good", "loss = -np.mean(T * np.log(p))"]
)
def test_a_sum_that_is_turned_into_a_loss_is_to_grow(
    tmp_path: Path, rule: str, value: str
) -> None:
    text = CLASSES.replace("VALUE", value).replace("ERROR", "(p - T)").replace(" + b", "")
    text = text.replace("W = W SIGN 0.1 * X.T @ d", WITH_MEMORY[rule]).replace(
        "    b = b", "    #"
    )
    text = text.replace("for step", "v = 0 * W\nfor step")
    up, down = ("-", "+") if rule == "momentum" else ("+", "-")
    (mistake,) = judged(tmp_path, text.replace("SIGN", up)).mistakes
    assert mistake.fault == "train-sign"
    assert not judged(tmp_path, text.replace("SIGN", down)).mistakes


@pytest.mark.parametrize(
    ("value", "error", "sign"),
    [
        (LIKELIHOOD, "T - p", "+"),
        (LIKELIHOOD, "p - T", "-"),
        (REWARD, "p * (T - np.sum(p * T, axis=1, keepdims=True))", "+"),
        (f"{LIKELIHOOD}; loss = -good", "T - p", "+"),
    ],
)
def test_what_is_to_grow_may_grow(tmp_path: Path, value: str, error: str, sign: str) -> None:
    text = CLASSES.replace("VALUE", value).replace("ERROR", error).replace("SIGN", sign)
    found = judged(tmp_path, text)
    assert not found.mistakes
    assert found.rises is (value == REWARD)  # a likelihood is gone down on, with its minus


def test_what_goes_up_is_said_to(tmp_path: Path) -> None:
    error = "p * (T - np.sum(p * T, axis=1, keepdims=True))"
    text = CLASSES.replace("VALUE", REWARD).replace("ERROR", error).replace("SIGN", "+")
    (finding,) = findings_of(judged(tmp_path, text), source_of(tmp_path, text))
    assert "goes up along the gradient of what it computes" in finding.note


@pytest.mark.parametrize(
    ("error", "sign", "told"),
    [("T - p", "-", ("grad-output-sign", 9)), ("p - T", "+", ("train-sign", 10))],
)
def test_an_error_the_other_way_round_is_told_rather_than_several_steps(
    tmp_path: Path, error: str, sign: str, told: tuple[str, int]
) -> None:
    text = CLASSES.replace("VALUE", "loss = -np.sum(T * np.log(p))")
    found = judged(tmp_path, text.replace("ERROR", error).replace("SIGN", sign))
    assert [(one.fault, one.code.line) for one in found.mistakes] == [told]


def test_the_variance_along_a_direction_may_grow(tmp_path: Path) -> None:
    text = """\
import numpy as np
X = np.random.randn(20, 3)
w = np.random.randn(3)
for step in range(30):
    s = X @ w
    variance = np.mean(s ** 2)
    w = w + 0.05 * (X.T @ s) / len(X)
print(variance)
"""
    assert not judged(tmp_path, text).mistakes


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("c = c - 0.1 * gc", "c = c + 0.1 * gc", 13),
        ("c = c - 0.1 * gc", "c = c - -0.1 * gc", 13),
        ("gc = d.sum(axis=0)", "gc = -d.sum(axis=0)", 11),
    ],
)
def test_one_wrong_sign_is_told_where_it_stands(
    tmp_path: Path, old: str, new: str, line: int
) -> None:
    text = """\
import numpy as np
X = np.random.randn(9, 3)
T = np.random.randn(9, 2)
V, c = np.random.randn(3, 2), np.zeros(2)
for step in range(30):
    y = np.tanh(X) @ V + c
    loss = np.sum((y - T) ** 2) / 2
    d = y - T
    h = np.tanh(X)
    gV = h.T @ d
    gc = d.sum(axis=0)
    V = V - 0.1 * gV
    c = c - 0.1 * gc
"""
    assert not judged(tmp_path, text).mistakes
    found = judged(tmp_path, text.replace(old, new))
    assert [one.code.line for one in found.mistakes] == [line]
