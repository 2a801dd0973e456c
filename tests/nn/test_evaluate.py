"""Scores, confusion matrix and worst predictions against direct computation."""

import numpy as np
import pytest
import sklearn.metrics
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike, NDArray

from chainrule.data.arrays import Array
from chainrule.errors import ChainruleError
from chainrule.nn.evaluate import (
    ROWS_AT_A_TIME,
    class_scores,
    confusion_matrix,
    losses_and_predictions,
    score,
    worst_predictions,
)
from chainrule.nn.models import LogisticRegression, NeuralNet
from helpers import clusters, examples

D, K = 4, 3


def net() -> NeuralNet:
    return NeuralNet(D, 5, K, init="glorot", seed=0)


# Scores


def test_rows_at_a_time_is_the_size_that_the_tests_straddle() -> None:
    assert ROWS_AT_A_TIME == 4096


@pytest.mark.parametrize("n_samples", [1, 10, 4095, 4096, 4097, 8192, 9001])
def test_score_is_the_direct_computation(n_samples: int) -> None:
    model, (X, y) = net(), clusters(n_samples, D, K)
    probabilities = model.forward(X)
    losses = -np.log(probabilities[np.arange(n_samples), y])
    predicted = probabilities.argmax(axis=1)

    scores = score(model, X, y)
    assert scores.loss_sum == pytest.approx(losses.sum(), rel=1e-12)
    assert scores.loss_mean == pytest.approx(losses.mean(), rel=1e-12)
    assert scores.accuracy == np.count_nonzero(predicted == y) / n_samples

    each_loss, each_prediction = losses_and_predictions(model, X, y)
    np.testing.assert_allclose(each_loss, losses, rtol=1e-10)
    np.testing.assert_array_equal(each_prediction, predicted)


class Watched(LogisticRegression):
    """Notes the largest number of rows it was given at once."""

    most = 0

    def logits(self, X: ArrayLike) -> Array:
        self.most = max(self.most, len(np.asarray(X)))
        return super().logits(X)


def test_no_more_than_4096_rows_are_evaluated_at_once() -> None:
    model = Watched(D, K, seed=0)
    score(model, *clusters(9001, D, K))
    assert model.most == 4096


@pytest.mark.parametrize(
    ("X", "y", "named"),
    [
        (np.zeros((0, D)), np.zeros(0, int), "no samples to evaluate"),
        (np.zeros((3, D)), np.zeros(2, int), "(3, 4) and (2,)"),
        (np.zeros((4096, D)), np.zeros(5000, int), "(4096, 4) and (5000,)"),
        (np.zeros((3, D)), np.eye(4)[:3], "shape (3, 4)"),
        (np.zeros((3, D + 1)), np.zeros(3, int), "got (3, 5)"),
        (np.zeros((3, D)), np.array([0, 1, 3]), "label 3 is not"),
    ],
)
def test_samples_that_do_not_fit_are_refused(X: Array, y: NDArray[np.int64], named: str) -> None:
    for evaluate in (score, losses_and_predictions, worst_predictions):
        with pytest.raises(ChainruleError) as caught:
            evaluate(net(), X, y)
        assert named in str(caught.value)


# Confusion matrix


@given(st.integers(2, 12), st.integers(0, 10**6), st.integers(0, 60))
@examples(30)
def test_confusion_matrix_is_that_of_scikit_learn(
    n_classes: int, seed: int, n_samples: int
) -> None:
    rng = np.random.default_rng(seed)
    y_true, y_pred = rng.integers(n_classes, size=(2, n_samples))
    counts = confusion_matrix(y_true, y_pred, n_classes)
    assert counts.shape == (n_classes, n_classes)
    assert counts.sum() == n_samples
    if n_samples:
        expected = sklearn.metrics.confusion_matrix(y_true, y_pred, labels=range(n_classes))
        np.testing.assert_array_equal(counts, expected)


def test_confusion_matrix_has_true_classes_as_rows() -> None:
    counts = confusion_matrix(np.array([0, 0, 2]), np.array([0, 1, 1]), 3)
    assert counts.tolist() == [[1, 1, 0], [0, 0, 0], [0, 1, 0]]


def test_confusion_matrix_of_small_integer_types_does_not_overflow() -> None:
    y = np.array([25], np.uint8)
    counts = confusion_matrix(y, y, 26)
    assert counts[25, 25] == counts.sum() == 1


@pytest.mark.parametrize(
    ("y_true", "y_pred", "named"),
    [
        ([0, 1], [2, 1], "label 2 is not"),
        ([0, -1], [0, 1], "label -1 is not"),
        ([0, 1, 1], [1], "(3,) and y_pred (1,)"),
    ],
)
def test_confusion_matrix_refuses_labels_that_do_not_fit(
    y_true: list[int], y_pred: list[int], named: str
) -> None:
    with pytest.raises(ChainruleError) as caught:
        confusion_matrix(np.array(y_true), np.array(y_pred), 2)
    assert named in str(caught.value)


# Worst predictions


def test_worst_predictions_come_worst_first_and_hold_what_the_model_said() -> None:
    model, (X, y) = net(), clusters(40, D, K)
    losses = [model.loss(x, label) for x, label in zip(X, y, strict=True)]
    mistakes = worst_predictions(model, X, y, number=7)
    assert [m.sample_idx for m in mistakes] == np.argsort(losses)[::-1][:7].tolist()
    for m in mistakes:
        assert m.true == y[m.sample_idx]
        assert m.loss == pytest.approx(losses[m.sample_idx], rel=1e-12)
        np.testing.assert_allclose(m.probabilities, model.forward(X[m.sample_idx]), rtol=1e-12)
        assert m.predicted == m.probabilities.argmax()
        assert m.loss == pytest.approx(-np.log(m.probabilities[m.true]), rel=1e-12)
        assert type(m.sample_idx) is type(m.true) is type(m.predicted) is int
        assert type(m.loss) is float


def test_worst_predictions_of_equal_loss_keep_the_order_of_the_data() -> None:
    model = LogisticRegression(D, K, init="zeros")
    mistakes = worst_predictions(model, np.ones((30, D)), np.arange(30) % K, number=5)
    assert [m.sample_idx for m in mistakes] == [0, 1, 2, 3, 4]


def test_worst_predictions_are_twelve_unless_told_otherwise_or_fewer() -> None:
    assert len(worst_predictions(net(), *clusters(40, D, K))) == 12
    assert len(worst_predictions(net(), *clusters(5, D, K))) == 5
    assert len(worst_predictions(net(), *clusters(5, D, K), number=1)) == 1


@pytest.mark.parametrize("number", [0, -3])
def test_a_number_of_worst_predictions_below_one_is_named(number: int) -> None:
    with pytest.raises(ChainruleError, match=f"number must be 1 or more; got {number}"):
        worst_predictions(net(), *clusters(5, D, K), number=number)


# Precision, recall and F1


@examples(50)
@given(st.integers(2, 5), st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1))
def test_class_scores_are_those_of_scikit_learn(
    n_classes: int, pairs: list[tuple[int, int]]
) -> None:
    y, predicted = np.array(pairs).T % n_classes
    expected = sklearn.metrics.precision_recall_fscore_support(
        y, predicted, labels=range(n_classes), zero_division=np.nan
    )
    scores = class_scores(confusion_matrix(y, predicted, n_classes))
    for name, values in zip(("precision", "recall", "f1", "samples"), expected, strict=True):
        np.testing.assert_allclose([getattr(s, name) for s in scores], values, rtol=1e-12)
