"""The numbers on which code is tried: other seeds, other numbers; the same seed, the same bits."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chainrule.checking import chance
from chainrule.checking.batch import Terms
from chainrule.checking.diagnosis.probes import samples
from chainrule.checking.file import judge_file
from chainrule.checking.verdict import check
from chainrule.errors import ChainruleError
from learner_files import FUNCTIONS, NETWORK, write_module

WRONG = FUNCTIONS + NETWORK.replace("X.T @ error_h", "X.T @ error_h * 1.37")
TRAINING = """\
import numpy as np
X = np.random.rand(12, 3)
Y = (X.sum(axis=1, keepdims=True) > 1.5) * 1.0
W = np.random.randn(3, 1)
for step in range(50):
    P = 1 / (1 + np.exp(-(X @ W)))
    loss = np.mean((P - Y) ** 2)
    W -= 0.1 * 2 * X.T @ ((P - Y) * P) / len(X)
"""


def judged(path: Path, seed: int) -> tuple[dict[str, Any], ...]:
    return tuple(dict(result) for result in judge_file(path, Terms(hint=3, seed=seed)).results)


def places(results: tuple[dict[str, Any], ...]) -> list[tuple[Any, ...]]:
    return [(r["name"], r["passed"], r["faults"], r["line"]) for r in results]


@pytest.mark.parametrize("text", [pytest.param(WRONG, marks=pytest.mark.slow), TRAINING])
def test_the_seed_decides_the_numbers_and_not_the_verdict(tmp_path: Path, text: str) -> None:
    path = write_module(tmp_path / "learner.py", text)
    first, again, other = judged(path, 5), judged(path, 5), judged(path, 6)
    assert first == again
    assert places(first) == places(other)
    assert any(passed is False for _, passed, *_ in places(first))
    assert [r["message"] for r in first] != [r["message"] for r in other] or text is TRAINING


def test_each_key_has_numbers_of_its_own() -> None:
    with chance.seeded(3):
        one, other, same = (samples(7, 5, 3, seed).X for seed in (0, 1, 0))
        with chance.seeded(4):
            nested = samples(7, 5, 3, 0).X
        after = samples(7, 5, 3, 0).X
    np.testing.assert_array_equal(one, same)
    np.testing.assert_array_equal(one, after)
    assert not np.isclose(one, other).any()
    assert not np.isclose(one, nested).any()


def test_seeds_are_drawn_and_not_counted() -> None:
    drawn = [chance.drawn() for _ in range(20)]
    assert len(set(drawn)) > 15
    assert all(0 <= seed < chance.MOST for seed in drawn)


def test_a_session_keeps_its_numbers_unless_others_are_asked_for() -> None:
    def sigmoid(X: Any) -> Any:
        return 1 / (1 + np.exp(X))

    first, second, given = check(sigmoid), check(sigmoid), check(sigmoid, seed=11)
    assert first.seed == second.seed == chance.of_session()
    assert given.seed == 11
    (one,), (two,) = first.findings, second.findings
    np.testing.assert_array_equal(one.expected, two.expected)


@pytest.mark.parametrize("seed", [-1, 2.5, "3", True])
def test_a_seed_that_is_none_is_refused(seed: Any) -> None:
    with pytest.raises(ChainruleError, match="seed must be a whole number, 0 or more"):
        check(seed=seed)


@pytest.mark.parametrize("seed", range(12))
def test_no_wrong_accuracy_is_right_by_chance(tmp_path: Path, seed: int) -> None:
    comparison = "self.predict(X) == np.asarray(y).reshape(-1, 1)"
    text = NETWORK.replace("self.predict(X) == y", comparison)
    assert comparison in text
    path = write_module(tmp_path / "learner.py", FUNCTIONS + text)
    accuracy = {r["name"]: r for r in judged(path, seed)}["NeuralNet.accuracy"]
    assert (accuracy["passed"], accuracy["faults"]) == (False, ["accuracy-wrong"])
