"""What is added to places that an index lists: where one comes twice, all is to be added up."""

from pathlib import Path

import pytest

from recorded_runs import judged_file, source_of

WORDS = """\
import numpy as np
np.random.seed(1)
bags = [np.array(bag) for bag in BAGS]
labels = [0, 2, 1, 3, 2, 0, 1, 3, 2]
E, U = np.random.randn(6, 4), np.random.randn(4, 4)
for epoch in range(20):
    for bag, label in zip(bags, labels):
        h = E[bag].mean(axis=0)
        p = np.exp(h @ U) / np.exp(h @ U).sum()
        loss = -np.log(p[label])
        p[label] -= 1
        dh = U @ p
        U -= 0.1 * np.outer(h, p)
        LINES
"""
LATE = "[[2, 0], [1, 5], [4, 3], [3, 0], [5, 2], [4, 0], [5, 1], [3, 3], [2, 1]]"
NEVER = "[[2, 0], [1, 5], [4, 3], [3, 0], [5, 2], [4, 0], [5, 1], [4, 3], [2, 1]]"
SORTED = "[[0, 2], [1, 5], [3, 4], [0, 3], [2, 5], [0, 4], [1, 5], [3, 4], [1, 2]]"
SUMMED = "dE = np.zeros_like(E); dE[bag] += dh / 2; E -= 0.1 * dE"
IN_PLACE = "E[bag] -= 0.1 * dh / 2"
ADDED_AT = "dE = np.zeros_like(E); np.add.at(dE, bag, dh / 2); E -= 0.1 * dE"


def _of(bags: str, lines: str) -> str:
    return WORDS.replace("BAGS", bags).replace("LINES", lines)


@pytest.mark.parametrize("lines", [SUMMED, IN_PLACE])
def test_a_word_that_comes_twice_late_in_the_data_is_waited_for(
    tmp_path: Path, lines: str
) -> None:
    (mistake,) = judged_file(source_of(tmp_path, _of(LATE, lines)).path).mistakes
    assert (mistake.code.line, mistake.fault) == (14, "grad-not-added-up")


@pytest.mark.parametrize("lines", [SUMMED, IN_PLACE])
def test_where_none_comes_twice_that_is_said(tmp_path: Path, lines: str) -> None:
    found = judged_file(source_of(tmp_path, _of(NEVER, lines)).path)
    assert not found.mistakes
    assert any("came twice" in note and "line 14" in note for note in found.notes)


@pytest.mark.parametrize(
    ("bags", "lines"),
    [
        (LATE, ADDED_AT),
        (LATE, "for i in bag: E[i] -= 0.1 * dh / 2"),
        (SORTED, IN_PLACE),  # as of numpy.unique
    ],
)
def test_nothing_is_said_where_all_is_added_up(tmp_path: Path, bags: str, lines: str) -> None:
    found = judged_file(source_of(tmp_path, _of(bags, lines)).path)
    assert not found.mistakes
    assert not found.notes


def test_one_place_in_each_row_cannot_come_twice(tmp_path: Path) -> None:
    text = (
        "import numpy as np\n"
        "X, labels = np.random.randn(6, 3), np.array([2, 0, 1, 1, 0, 2])\n"
        "W = np.random.randn(3, 3)\n"
        "for step in range(9):\n"
        "    p = np.exp(X @ W) / np.exp(X @ W).sum(axis=1, keepdims=True)\n"
        "    loss = -np.log(p[np.arange(6), labels]).sum()\n"
        "    p[np.arange(6), labels] -= 1\n"
        "    W -= 0.1 * X.T @ p\n"
    )
    found = judged_file(source_of(tmp_path, text).path)
    assert not found.mistakes
    assert not found.notes
