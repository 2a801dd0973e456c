"""Functions that take single samples alone, or batches alone."""

from pathlib import Path

import pytest

from chainrule.checking.diagnosis import Finding, judge
from learner_files import module

SUM = "def nll(t, p):\n    return -np.sum(t * np.log(np.clip(p, 1e-15, 1)))\n"
OF_ROWS = """
def softmax(X):
    e = np.exp(X - np.max(X, axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)
"""
OF_ONE = "def softmax(z):\n    e = np.exp(z - np.max(z))\n    return e / np.sum(e)\n"


def judged(folder: Path, code: str) -> list[Finding]:
    return judge(module(folder, f"import numpy as np\n{code}"))


@pytest.mark.parametrize(
    ("first", "later"),
    [
        ("def nll(t, p):\n    return -np.log(np.dot(t, p))\n", SUM),
        ("def nll(t, p):\n    return -np.sum(t * np.log(p), axis=0).sum() / t.ndim**3\n", SUM),
        (OF_ONE, OF_ROWS),
    ],
)
def test_what_was_right_for_one_sample_is_no_mistake_once_it_is_replaced(
    first: str, later: str, tmp_path: Path
) -> None:
    before, after = judged(tmp_path, first + later)
    assert (before.passed, before.remarks) == (True, ("batch-fails",))
    assert after.passed
    (alone,) = judged(tmp_path, first)
    assert alone.passed is False


def test_a_first_step_is_judged_by_its_samples(tmp_path: Path) -> None:
    softmax, overflowing, _ = judged(
        tmp_path, OF_ONE.replace("/ np.sum(e)", "/ np.max(e)") + OF_ONE.replace(" - np.max(z)", "")
        + OF_ROWS,
    )  # fmt: skip
    assert softmax.passed is False
    assert overflowing.faults == ("softmax-overflows",)


def test_the_last_one_is_wrong_though_the_same_stood_before(tmp_path: Path) -> None:
    first, last = judged(tmp_path, OF_ONE + OF_ONE)
    assert first.passed
    assert last.faults == ("softmax-over-batch",)


@pytest.mark.parametrize(
    ("reduced", "passed"),
    [("-np.mean(np.sum({}, axis=1))", True), ("-np.sum({}, axis=1).sum()", True),
     ("np.mean(np.sum({}, axis=1))", False), ("-np.mean(np.sum({}, axis=1)) / 2", False)],
)  # fmt: skip
def test_nll_of_batches_alone_is_right_with_a_remark(
    reduced: str, passed: bool, tmp_path: Path
) -> None:
    code = f"def nll(t, p):\n    return {reduced.format('t * np.log(p + 1e-12)')}\n"
    (finding,) = judged(tmp_path, code)
    assert finding.passed is passed
    assert (finding.remarks == ("one-sample-fails",)) is passed


def test_a_name_that_is_missing_for_one_sample_is_told(tmp_path: Path) -> None:
    code = """
def nll(t, p):
    if t.ndim == 1:
        t, p = t[None], q[None]
    return -np.sum(t * np.log(np.clip(p, 1e-15, 1)))
"""
    (finding,) = judged(tmp_path, code)
    assert finding.faults == ("misspelt-name",)
