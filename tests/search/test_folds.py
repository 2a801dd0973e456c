import dataclasses
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.data import Dataset, load_digits
from chainrule.errors import ChainruleError
from chainrule.runs.config import RunConfig
from chainrule.search.folds import (
    RETRY,
    Folds,
    StoppedError,
    fold_numbers,
    is_poor,
    measured,
)
from small_search import small_data

QUICK = RunConfig(models=("net",), hidden=(4,), epochs=2)


@given(st.lists(st.integers(0, 3), min_size=2, max_size=60), st.integers(2, 6), st.integers(0, 9))
def test_each_sample_is_held_back_once_and_classes_keep_their_shares(
    labels: list[int], folds: int, seed: int
) -> None:
    y = np.array(labels)
    numbers = fold_numbers(y, folds, seed)
    for of in (y >= 0, *(y == label for label in set(labels))):
        counts = np.bincount(numbers[of], minlength=folds)
        assert counts.max() - counts.min() <= 1
    assert (numbers == fold_numbers(y, folds, seed)).all()


def test_a_fold_is_trained_on_what_it_does_not_hold_back() -> None:
    """Samples whose labels are noise are learned by heart, but not those that are held back."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 40)).astype(np.float32), np.arange(60) % 2
    data = dataclasses.replace(small_data(), X_train=X, y_train=y, classes=(0, 1))
    config = RunConfig(models=("net",), hidden=(40,), epochs=60, learning_rate=0.3)
    scores = list(measured(Folds(data, 3, 4, seed=0), config, threads=2))
    assert len(scores) == 12
    assert 0.3 < np.mean(scores) < 0.7


def test_the_scaling_knows_nothing_of_what_is_held_back() -> None:
    data = small_data()
    X = np.array(data.X_train)
    X[0] = 1e4
    data = dataclasses.replace(data, X_train=X)
    held = np.arange(len(X)) == 0
    scalings = [data.fold(rows).scaled().scaling for rows in (held, ~held)]
    far = [None if scaling is None else scaling.shift.max() > 100 for scaling in scalings]
    assert far == [False, True]


def test_the_test_part_is_not_there() -> None:
    data = load_digits()
    folds = Folds(data, 5, 1, seed=0)
    assert len(folds.data.X_test) == len(folds.data.y_test) == 0
    ruined = dataclasses.replace(data, X_test=np.full((270, 64), np.nan), y_test=data.y_test * 0)
    assert list(measured(folds, QUICK, 2)) == list(measured(Folds(ruined, 5, 1, 0), QUICK, 2))


def test_what_is_measured_does_not_depend_on_threads_or_on_where_one_goes_on() -> None:
    for config in (QUICK, dataclasses.replace(QUICK, batch_size=4)):
        folds = Folds(small_data(), 3, 2, seed=7)
        scores = list(measured(folds, config, threads=1))
        assert len(scores) == len(folds) == 6
        for threads in (2, 5, 9):
            assert list(measured(folds, config, threads)) == scores
        assert list(measured(folds, config, 2, scores[:4])) == scores[4:]
        assert list(measured(folds, config, 2, scores)) == []


def test_repeats_and_stages_draw_other_folds_and_weights() -> None:
    folds = Folds(small_data(), 3, 2, seed=7)
    scores = list(measured(folds, QUICK, threads=1))
    others = [
        list(measured(Folds(small_data(), 3, 2, seed=8), QUICK, threads=1)),
        list(measured(Folds(small_data(), 3, 2, seed=7, stage=RETRY), QUICK, threads=1)),
    ]
    assert scores[:3] != scores[3:]
    assert scores not in others
    assert others[0] != others[1]


def test_a_candidate_that_is_left_leaves_no_thread_and_one_that_is_stopped_says_so() -> None:
    folds = Folds(small_data(), 5, 4, seed=0)
    before = threading.active_count()
    candidate = measured(folds, dataclasses.replace(QUICK, epochs=10**6), 3, stop=lambda: True)
    with pytest.raises(StoppedError):
        next(candidate)
    begun = measured(folds, QUICK, threads=3)
    next(begun)
    begun.close()
    assert threading.active_count() == before


def test_what_diverges_is_worth_nothing() -> None:
    config = dataclasses.replace(QUICK, learning_rate=1e200, activation="relu")
    assert list(measured(Folds(small_data(), 2, 1, seed=0), config, threads=1)) == [0.0, 0.0]


def test_a_candidate_is_poor_by_the_same_folds() -> None:
    easy_first = [[1.0, 0.5, 0.5, 0.5]] * 6
    assert not is_poor([1.0, 0.5], easy_first)
    assert is_poor([1.0, 0.4], easy_first)
    assert not is_poor([1.0, 0.0], easy_first[:4])
    assert not is_poor([0.0], easy_first)


@pytest.mark.parametrize(
    ("counts", "folds", "sentence"),
    [
        ((9, 1), 2, r"the class 1 has one training sample, which cannot be trained on and vali"),
        ((9, 4), 5, r"there are 5 folds, but 4 training samples of the class 1: .* folds=4 or f"),
        ((9, 9), 1, "folds must be a whole number, 2 or more; got 1"),
    ],
)
def test_folds_that_are_too_many_are_refused(
    counts: tuple[int, int], folds: int, sentence: str
) -> None:
    y = np.repeat([0, 1], counts)
    data = Dataset("few", np.eye(len(y), dtype=np.float32), y, np.eye(0), y[:0], (0, 1))
    with pytest.raises(ChainruleError, match=sentence):
        Folds(data, folds, 1, seed=0)


def test_there_is_a_repeat() -> None:
    with pytest.raises(ChainruleError, match="repeats must be a whole number, 1 or more; got 0"):
        Folds(small_data(), 2, 0, seed=0)
