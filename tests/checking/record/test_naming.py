"""The sentences about mistakes."""

import numpy as np
import pytest

from chainrule.checking.record._search.mending import Change, What
from chainrule.checking.record._search.naming import named
from chainrule.checking.record._search.quantities import Kind, Quantity

WEIGHTS = Quantity(Kind.WEIGHTS, 2, (np.ones((3, 2)),))
ACTIVATION = Quantity(Kind.ACTIVATION, 1, (np.ones((5, 3)),))


def sentence(what: What, before: Quantity | None = None, after: Quantity | None = None) -> str:
    return named(Change(1, what, 1, {}, before, after, axis=1), layers=2).sentence


SENTENCES = [
    (What.REMOVED, WEIGHTS, None, "the weights of the output layer are a factor too many"),
    (What.REMOVED, ACTIVATION, None, "the activation of the hidden layer is a factor too many"),
    (What.RESULT, None, WEIGHTS,
     "the weights of the output layer belong here, and this is something else"),
    (What.RESULT, None, ACTIVATION,
     "the activation of the hidden layer belongs here, and this is something else"),
    (What.REPLACED, WEIGHTS, ACTIVATION,
     "the weights of the output layer stand where the activation of the hidden layer belongs"),
    (What.REPLACED, ACTIVATION, WEIGHTS,
     "the activation of the hidden layer stands where the weights of the output layer belong"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "before", "after", "expected"), SENTENCES)
def test_weights_are_several_and_other_quantities_one(
    what: What, before: Quantity | None, after: Quantity | None, expected: str
) -> None:
    assert sentence(what, before, after) == expected


def test_no_axis_is_called_that_of_the_samples() -> None:
    assert sentence(What.AXIS) == "the sum belongs over axis 1"


@pytest.mark.parametrize(("what", "before", "after", "expected"), SENTENCES)
def test_the_idea_of_a_mistake_does_not_say_what_belongs_there(
    what: What, before: Quantity | None, after: Quantity | None, expected: str
) -> None:
    idea = named(Change(1, what, 1, {}, before, after), layers=2).idea
    assert idea
    assert "belong" not in idea
    assert "too many" not in idea
