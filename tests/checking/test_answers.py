"""When what an answer of the lab gives is what the solution gives."""

import numpy as np
import pytest

from chainrule.checking.contract.answers import Answer, alike, given_instead
from chainrule.checking.contract.symptoms import symptom_of
from chainrule.checking.contract.trials import Trial
from chainrule.data.arrays import Array
from lab_answers import LAB


@pytest.mark.parametrize(
    ("given", "right", "expected"),
    [
        ([1000.0001], [1000.0], True),  # by the largest number
        ([1000.01], [1000.0], False),
        ([1000.0, 1e-4], [1000.0, 0.0], True),
        ([1e-5], [0.0], False),
        ([1e-10], [0.0], True),  # of small numbers by a thousandth
        ([np.inf, 1.0], [np.inf, 1.0], True),
        ([1.0, 1.0], [np.inf, 1.0], False),
        ([[1.0]], [1.0], False),
    ],
)
def test_numbers_are_compared_by_the_largest(
    given: list[float], right: list[float], expected: bool
) -> None:
    assert alike({"": np.array(given)}, {"": np.array(right)}, 1e-6) == expected


@pytest.mark.parametrize(
    ("given", "right", "expected"),
    [
        (
            np.array([1.00005], np.float32),
            np.array([1.0]),
            True,
        ),  # single precision knows no better
        (np.array([1.001], np.float32), np.array([1.0]), False),
        (np.array([2.0]), np.array([2]), False),  # whole numbers are asked for
        (np.array([2]), np.array([2.0]), True),
    ],
)
def test_types_of_numbers_are_told_apart(given: Array, right: Array, expected: bool) -> None:
    assert alike({"": given}, {"": right}, 1e-6) == expected


def test_a_dictionary_may_hold_more_but_a_list_may_not() -> None:
    one, two = np.ones(2), np.zeros(3)
    assert alike({"W": one, "b": two}, {"W": one})
    assert not alike({"W": one}, {"W": one, "b": two})
    assert not alike({"0": one, "1": two}, {"0": one})
    assert not alike({"": one, "W": two}, {"": one})


def test_where_another_answer_fails_its_arrays_are_known() -> None:
    trial = Trial("", (), "softmax(np.ones((2, 3)))")
    wrong = "def softmax(X):\n    return X @ X\n"
    given = given_instead(LAB, LAB.exercises["softmax"], wrong, trial, library=False)
    assert given.problem is not None
    assert (given.problem.line, given.problem.source) == (2, "return X @ X")
    assert given.problem.operands == (("X", "(2, 3)"), ("X", "(2, 3)"))


def test_what_is_given_beside_the_answer_is_named() -> None:
    one = np.ones(2)
    answer = Answer(Trial("", (), "f(1)"), {"0": one}, {"0": one, "1": one})
    assert not answer.is_right
    assert symptom_of(answer).given == "It gives more than is asked for: 1."
