"""Weights that are replaced by what is no step from them are told, or nothing is said of them."""

import contextlib
from pathlib import Path

import pytest

from chainrule.checking.record._steps.unjudged import NotAllSeenError
from recorded_runs import judged

NETWORK = """\
import numpy as np
X, T = np.random.randn(9, 3), np.random.randn(9, 2)
U, a = np.random.randn(3, 4), np.random.randn(4)
V, c = np.random.randn(4, 2), np.random.randn(2)
for step in range(30):
    h = np.tanh(X @ U + a)
    y = h @ V + c
    loss = np.sum((y - T) ** 2) / 2
    d = y - T
    k = d @ V.T * (1 - h * h)
    U = U - 0.01 * X.T @ k
    a = a - 0.01 * k.sum(axis=0)
    V = V - 0.01 * h.T @ d
    c = c - 0.01 * d.sum(axis=0)
"""
STEPS = [
    "U = U - 0.01 * X.T @ k",
    "a = a - 0.01 * k.sum(axis=0)",
    "V = V - 0.01 * h.T @ d",
    "c = c - 0.01 * d.sum(axis=0)",
]


@pytest.mark.parametrize("step", STEPS)
def test_what_is_taken_away_from_its_step_turns_its_sign(tmp_path: Path, step: str) -> None:
    name, _, change = step.partition(f" = {step[0]} - ")
    text = NETWORK.replace(step, f"{name} = {change} - {name}")
    verdict = judged(tmp_path, text)
    lines = [text.split("\n")[mistake.code.line - 1].strip() for mistake in verdict.mistakes]
    assert lines == [f"{name} = {change} - {name}"]


@pytest.mark.parametrize("step", STEPS)
def test_of_what_is_replaced_otherwise_nothing_is_said(tmp_path: Path, step: str) -> None:
    name, _, change = step.partition(f" = {step[0]} - ")
    with pytest.raises(NotAllSeenError, match="replaced by something else"):
        judged(tmp_path, NETWORK.replace(step, f"{name} = {name} * ({change})"))


LOOKS_ALIKE = {
    "a constraint after the step": [("c = c -", "U = U / max(1, np.abs(U).max())\n    c = c -")],
    "a mask that is drawn anew": [
        (
            "h = np.tanh(X @ U + a)",
            "M, g = np.random.rand(9, 4), np.tanh(X @ U + a)\n    h = g * M",
        ),
        ("(1 - h * h)", "M * (1 - g * g)"),
    ],
    "samples with noise": [
        ("h = np.tanh(X @ U", "Z = X + np.random.randn(9, 3)\n    h = np.tanh(Z @ U"),
        ("X.T", "Z.T"),
    ],
    "a state that is carried on": [
        ("h = np.tanh(X @ U + a)", "s = 0.5 * s + X[0]\n    h = np.tanh((X + s) @ U + a)"),
        ("X.T", "(X + s).T"),
        ("for step", "s = np.random.randn(3)\nfor step"),
    ],
}


@pytest.mark.parametrize("changes", LOOKS_ALIKE.values(), ids=LOOKS_ALIKE.keys())
def test_what_only_looks_so_is_not_accused(tmp_path: Path, changes: list[tuple[str, str]]) -> None:
    text = NETWORK
    for right, other in changes:
        assert text.count(right) == 1
        text = text.replace(right, other)
    with contextlib.suppress(NotAllSeenError):
        assert judged(tmp_path, text).mistakes == ()
