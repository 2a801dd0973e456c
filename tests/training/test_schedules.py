"""The learning rate over the epochs."""

import dataclasses
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule import train_epochs
from chainrule.training.engines._textbook import Textbook
from chainrule.training.fit import fit
from chainrule.training.progress import Progress
from chainrule.training.schedules import SCHEDULES
from chainrule.training.sgd import SGD, learning_rate_in, sample_order
from helpers import D, K, assert_close, assert_same_bits, clusters, examples, net, usable_engines


@given(st.sampled_from(list(SCHEDULES)), st.integers(1, 300))
@examples(60)
def test_a_schedule_begins_with_the_whole_rate_and_never_rises(schedule: str, epochs: int) -> None:
    sgd = SGD(epochs=epochs, learning_rate=0.3, schedule=schedule)
    rates = [learning_rate_in(sgd, epoch) for epoch in range(1, epochs + 1)]
    assert rates[0] == 0.3
    assert min(rates) > 0
    assert all(later <= earlier for earlier, later in itertools.pairwise(rates))


def test_a_cosine_is_at_half_of_the_rate_in_the_middle_and_almost_0_at_the_end() -> None:
    sgd = SGD(epochs=100, learning_rate=1.0, schedule="cosine")
    assert learning_rate_in(sgd, 51) == pytest.approx(0.5)
    assert learning_rate_in(sgd, 100) < 0.001


@pytest.mark.parametrize("engine", usable_engines())
@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("batch_size", [1, 7])
def test_each_epoch_is_one_at_its_own_rate(engine: str, schedule: str, batch_size: int) -> None:
    X, y = clusters(23, D, K)
    sgd = SGD(5, 0.2, batch_size, momentum=0.5, weight_decay=0.01, schedule=schedule)
    watched, unwatched, expected = net(), net(), net()
    fit(watched, X, y, sgd, engine=engine)
    train_epochs(unwatched, X, y, sgd, engine=engine)
    velocity = {name: np.zeros_like(p) for name, p in expected.parameters.items()}
    for epoch in range(1, 6):
        at_epoch = SGD(5, learning_rate_in(sgd, epoch), batch_size, 0.5, 0.01)
        Textbook(expected, X, y, at_epoch, velocity).run(sample_order(sgd, epoch, len(y)))
    assert_close(watched.parameters, expected.parameters, 1e-12)
    assert_same_bits(unwatched.parameters, watched.parameters)


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("cut", [1, 4])
def test_a_resumed_run_takes_the_rates_of_an_uninterrupted_one(schedule: str, cut: int) -> None:
    X, y = clusters(23, D, K)
    sgd = SGD(epochs=6, momentum=0.9, batch_size=4, schedule=schedule)
    kept: list[Progress] = []
    whole, stopped, resumed = net(), net(), net(seed=5)
    fit(whole, X, y, sgd)
    fit(stopped, X, y, sgd, on_epoch=kept.append, stop=lambda: len(kept) > cut)
    assert len(kept[-1].history) == cut + 1
    fit(resumed, X, y, sgd, progress=kept[-1])
    assert_same_bits(resumed.parameters, whole.parameters)


def test_it_is_said_which_settings_are_laid_out_over_the_epochs() -> None:
    assert SGD().depends_on_epochs is None
    assert dataclasses.replace(SGD(), schedule="step").depends_on_epochs == "schedule"
