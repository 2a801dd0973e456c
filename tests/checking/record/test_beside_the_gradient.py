"""What a right gradient does not tell: lost steps, and masks and batches that are not seen."""

import contextlib
from pathlib import Path

import pytest

from chainrule.checking.record._steps.unjudged import NotJudgedError
from chainrule.checking.record.judged import Judged
from public_layers import DROPOUT
from public_networks import MOMENTUM, ROWS
from recorded_runs import judged, judged_file, source_of

ROWS_OF_WORDS = """\
import numpy as np
U, V = np.random.randn(6, 4) / 9, np.random.randn(6, 4) / 9
pairs = [(0, 1, [2, 3]), (1, 2, [4, 0]), (2, 1, [5, 3]), (3, 4, [1, 2]), (4, 3, [0, 5])]
def learn(word, near, others):
    u, change = U[word], np.zeros(4)
    for k, t in [(near, 1)] + [(o, 0) for o in others]:
        row = V[k]
        g = 0.1 * (t - 1 / (1 + np.exp(-u @ row)))
        change += g * row
        row += g * u
    U[word] += change
for i in range(9):
    for pair in pairs:
        learn(*pair)
"""
RECURRING = """\
import numpy as np
xs, ts = np.random.randn(30, 2), np.random.randn(30, 1)
U, R, V = np.random.randn(2, 3), np.random.randn(3, 3), np.random.randn(3, 1)
state = np.random.randn(3)
for x, t in zip(xs, ts):
    last = state
    state = np.tanh(x @ U + last @ R)
    d = state @ V - t
    e = V @ d * (1 - state ** 2)
    V -= 0.1 * np.outer(state, d)
    R -= 0.1 * np.outer(last, e)
    U -= 0.1 * np.outer(x, e)
"""
SUM_OF_STEPS = """\
import numpy as np
X, t = np.random.randn(9, 3), np.random.randn(9, 1)
w, c = np.zeros((3, 1)), np.random.randn(1)
total = np.zeros((3, 1))
for i in range(9):
    d = X @ w + c - t
    total += X.T @ d
    w = -0.1 * total
    c -= 0.1 * d.sum()
"""
BATCHES = """\
import numpy as np
X, t = np.random.randn(20, 3), np.random.randn(20, 1)
W, V = np.random.randn(3, 4), np.random.randn(4, 1)
size = 8
for i in range(9):
    for s in range(0, 20, size):
        x = X[s:s + size]
        h = np.tanh(x @ W)
        d = h @ V - t[s:s + size]
        loss = np.mean(d ** 2)
        d = 2 * d / len(x)
        e = d @ V.T * (1 - h ** 2)
        V -= 0.1 * h.T @ d
        W -= 0.1 * x.T @ e
"""
FIRST = "W1, b1 = np.random.randn(3, 4), np.zeros(4)"
SECOND = "W2, b2 = np.random.randn(4, 3), np.zeros(3)"
IDLE = DROPOUT.replace("keep = 0.7", "keep = 1.0")


def of_file(folder: Path, text: str) -> Judged:
    return judged_file(source_of(folder, text).path)


def assert_wrong(verdict: Judged, fault: str, text: str, told: list[str]) -> None:
    lines = [text.split("\n")[mistake.code.line - 1].strip() for mistake in verdict.mistakes]
    assert [mistake.fault for mistake in verdict.mistakes] == [fault] * len(told)
    assert lines == told


@pytest.mark.parametrize("text", [
    RECURRING, SUM_OF_STEPS,
    MOMENTUM.replace("v *= 0.9", "v *= 0").replace("W -= 0.1 * v", "W -= 0.1 * v"),
    ROWS.replace("W2 -= 0.1 * h.T @ d", "new = -0.1 * h.T @ d\n    W2 = W2 + new"),
])  # fmt: skip
def test_what_is_set_anew_and_is_no_lost_step_passes(tmp_path: Path, text: str) -> None:
    with contextlib.suppress(NotJudgedError):
        assert judged(tmp_path, text).mistakes == ()


def test_rows_that_change_unequally_often_are_judged_together(tmp_path: Path) -> None:
    assert judged(tmp_path, ROWS_OF_WORDS).mistakes == ()
    change, row = "        change += g * row\n", "        row += g * u\n"
    text = ROWS_OF_WORDS.replace(change + row, row + change)
    fault = "grad-hidden-stale-or-updated-weights"
    assert_wrong(judged(tmp_path, text), fault, text, [change.strip()])


def test_a_mask_that_leaves_nothing_out_is_tried_with_another_rate(tmp_path: Path) -> None:
    verdict = of_file(tmp_path, IDLE)
    assert (verdict.mistakes, verdict.notes) == ((), ())
    text = IDLE.replace("d @ W2.T * mask", "d @ W2.T")
    verdict = of_file(tmp_path, text)
    assert [mistake.fault for mistake in verdict.mistakes] == ["grad-dropout-missing"]
    assert "another rate in line 4" in verdict.mistakes[0].sentence


def test_a_way_back_of_its_own_where_nothing_is_left_out_is_right(tmp_path: Path) -> None:
    text = IDLE.replace("d @ W2.T * mask", "d @ W2.T * (1 if keep == 1 else mask)")
    verdict = of_file(tmp_path, text)
    assert (verdict.mistakes, verdict.notes) == ((), ())


def test_a_mask_that_is_never_seen_to_leave_something_out_is_said(tmp_path: Path) -> None:
    text = IDLE.replace("keep = 1.0", "keep = 2 - len('-')")
    (note,) = of_file(tmp_path, text).notes
    assert "line 8" in note
    assert of_file(tmp_path, DROPOUT).notes == ()


@pytest.mark.parametrize("alike", [
    (FIRST.replace("random.randn(3, 4)", "ones((3, 4))"),
     SECOND.replace("random.randn(4, 3)", "full((4, 3), 0.5)")),
    (FIRST.replace("random.randn(3, 4)", "zeros((3, 4))"),
     SECOND.replace("random.randn(4, 3)", "zeros((4, 3))")),
])  # fmt: skip
def test_units_that_stay_copies_are_said(tmp_path: Path, alike: tuple[str, str]) -> None:
    verdict = of_file(tmp_path, ROWS.replace(FIRST, alike[0]).replace(SECOND, alike[1]))
    (note,) = verdict.notes
    assert verdict.mistakes == ()
    assert note.startswith("All 4 units of a hidden layer begin with the same weights (line 4)")


@pytest.mark.parametrize(("right", "other"), [
    (FIRST, FIRST.replace("random.randn(3, 4)", "zeros((3, 4))")),
    (SECOND, SECOND.replace("random.randn(4, 3)", "ones((4, 3))")),
])  # fmt: skip
def test_units_that_begin_alike_on_one_side_are_no_copies(
    tmp_path: Path, right: str, other: str
) -> None:
    verdict = of_file(tmp_path, ROWS.replace(right, other))
    assert (verdict.mistakes, verdict.notes) == ((), ())


@pytest.mark.parametrize("divisor", ["len(x)", "1"])
def test_smaller_batches_that_are_divided_by_what_they_have_pass(
    tmp_path: Path, divisor: str
) -> None:
    verdict = judged(tmp_path, BATCHES.replace("2 * d / len(x)", f"2 * d / {divisor}"))
    assert (verdict.mistakes, verdict.notes) == ((), ())


def test_a_smaller_batch_that_is_divided_by_the_size_of_a_whole_one(tmp_path: Path) -> None:
    text = BATCHES.replace("len(x)", "size")
    assert_wrong(judged(tmp_path, text), "grad-batch-scale", text, ["d = 2 * d / size"])
    verdict = judged(tmp_path, text.replace("        loss = np.mean(d ** 2)\n", ""))
    assert verdict.mistakes == ()
    assert ["A batch of 4 samples is divided by 8" in note for note in verdict.notes] == [True]
