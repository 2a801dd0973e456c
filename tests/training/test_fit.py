"""The training loop against loops written by hand, and everything it promises around them."""

import csv
import io
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike, NDArray

from chainrule.data import load_digits
from chainrule.data.arrays import Array
from chainrule.errors import ChainruleError
from chainrule.nn.classifier import Classifier
from chainrule.nn.evaluate import score
from chainrule.nn.models import LogisticRegression, NeuralNet
from chainrule.runs.config import RunConfig
from chainrule.runs.data import load_data
from chainrule.runs.models import new_model
from chainrule.training.fit import fit
from chainrule.training.history import COLUMNS, History
from chainrule.training.progress import copied
from chainrule.training.sgd import SGD, sample_order
from helpers import (
    D,
    K,
    assert_close,
    assert_same_bits,
    clusters,
    examples,
    net,
    usable_engines,
    without_seconds,
)

every_engine = pytest.mark.parametrize("engine", usable_engines())

# The history


def test_first_row_is_the_untrained_model() -> None:
    model, (X, y) = net(), clusters(23, D, K)
    test, validation = clusters(11, D, K, seed=1), clusters(9, D, K, seed=2)
    before, on_test, held = score(model, X, y), score(model, *test), score(model, *validation)
    row = fit(model, X, y, SGD(epochs=1), test=test, validation=validation)[0]
    assert row.epoch == 0
    assert row.seconds == 0
    assert row.train_loss_sum == before.loss_sum
    assert row.train_loss_mean == before.loss_mean
    assert row.train_accuracy == before.accuracy
    assert (row.test_loss_mean, row.test_accuracy) == (on_test.loss_mean, on_test.accuracy)
    assert (row.validation_loss_mean, row.validation_accuracy) == (held.loss_mean, held.accuracy)


def test_last_row_is_the_model_as_it_is_left() -> None:
    model, (X, y) = net(), clusters(23, D, K)
    history = fit(model, X, y, SGD(epochs=4))
    after = score(model, X, y)
    assert [row.epoch for row in history] == [0, 1, 2, 3, 4]
    assert history[-1].train_loss_sum == after.loss_sum
    assert history[-1].train_accuracy == after.accuracy
    assert history[-1].train_loss_mean == pytest.approx(after.loss_sum / 23)
    assert history[-1].seconds > 0


def test_parts_that_were_not_given_have_no_scores() -> None:
    row = fit(net(), *clusters(10, D, K), SGD(epochs=1))[-1]
    assert row.test_loss_mean is None
    assert row.test_accuracy is None
    assert row.validation_loss_mean is None
    assert row.validation_accuracy is None


def test_lists_of_the_lab_are_columns_of_the_history() -> None:
    history = fit(net(), *clusters(20, D, K), SGD(epochs=3), test=clusters(10, D, K, seed=1))
    assert history.losses == [row.train_loss_sum for row in history]
    assert history.accuracies == [row.train_accuracy for row in history]
    assert history.accuracies_test == [row.test_accuracy for row in history]
    assert history.column("grad_norm") == [row.grad_norm for row in history]
    assert len(history) == len(history.losses) == 4
    assert history[1:] == list(history)[1:]
    assert repr(history).startswith("History(4 rows, last: Epoch(epoch=3,")
    assert repr(History()) == "History(0 rows, last: None)"


def test_history_reads_back_from_csv() -> None:
    history = fit(net(), *clusters(20, D, K), SGD(epochs=3), test=clusters(10, D, K, seed=1))
    rows = list(csv.DictReader(io.StringIO(history.to_csv(model="net", note="a, b"))))
    assert list(rows[0]) == ["model", "note", *COLUMNS]
    assert [(row.pop("model"), row.pop("note")) for row in rows] == [("net", "a, b")] * 4
    for row, epoch in zip(rows, history, strict=True):
        for name, text in row.items():
            value = getattr(epoch, name)
            assert text == "" if value is None else float(text) == value, name


@pytest.mark.parametrize("n_samples", [17, 4097])
def test_grad_norm_is_the_norm_of_the_mean_gradient(n_samples: int) -> None:
    model, (X, y) = net(), clusters(n_samples, D, K)
    history = fit(model, X, y, SGD(epochs=1, batch_size=50))
    singles = [model.gradients(x, label) for x, label in zip(X, y, strict=True)]
    means = [np.mean([single[name] for single in singles], axis=0) for name in singles[0]]
    norm = math.sqrt(sum((mean**2).sum() for mean in means))
    assert history[-1].grad_norm == pytest.approx(norm, rel=1e-10)
    assert history[0].grad_norm != history[-1].grad_norm


def test_training_learns_clusters() -> None:
    for model in (net(), LogisticRegression(D, K, seed=0)):
        X, y = clusters(60, D, K, noise=0.3)
        history = fit(model, X, y, test=clusters(60, D, K, seed=1, noise=0.3))
        assert history.losses[-1] < 0.1 * history.losses[0]
        assert history.accuracies_test[-1] > 0.95


# The steps


@every_engine
def test_one_sample_at_a_time_is_the_loop_of_the_lab(engine: str) -> None:
    X, y = clusters(23, D, K)
    model, by_hand = net(), net()
    fit(model, X, y, SGD(epochs=3, learning_rate=0.05, shuffle=False), engine=engine)
    for _ in range(3):
        for x, label in zip(X, y, strict=True):
            by_hand.train(x, label, 0.05)
    assert_close(model.parameters, by_hand.parameters, 1e-13)


def reference(model: Classifier, X: Array, y: NDArray[np.int64], sgd: SGD) -> None:
    """Training as the docstring of SGD describes it, with nothing done in place."""
    velocity: dict[str, Array] = {}
    for epoch in range(1, sgd.epochs + 1):
        order = sample_order(sgd, epoch, len(X)).tolist()
        while order:
            batch, order = order[: sgd.batch_size], order[sgd.batch_size :]
            grads = model.gradients(X[batch], y[batch])
            for name in model.parameter_names:
                p = getattr(model, name)
                g = grads[name] / len(batch)
                if name in ("W_h", "W_o", "W"):
                    g = g + sgd.weight_decay * p
                velocity[name] = sgd.momentum * velocity.get(name, np.zeros_like(p)) + g
                setattr(model, name, p - sgd.learning_rate * velocity[name])


@pytest.mark.parametrize(
    "sgd",
    [
        SGD(epochs=3, batch_size=7, shuffle=False),
        SGD(epochs=3, batch_size=7, seed=5),
        SGD(epochs=3, momentum=0.9, learning_rate=0.02),
        SGD(epochs=3, weight_decay=0.05),
        SGD(epochs=4, batch_size=4, momentum=0.5, weight_decay=0.01, seed=2),
        SGD(epochs=2, batch_size=100, momentum=0.5),
    ],
    ids=lambda sgd: f"batch {sgd.batch_size}, {sgd.momentum}, {sgd.weight_decay}",
)
@pytest.mark.parametrize("build", [net, lambda: LogisticRegression(D, K, seed=0)])
def test_fit_is_the_loop_written_by_hand(build: Callable[[], Classifier], sgd: SGD) -> None:
    X, y = clusters(23, D, K)  # a last batch of 2 with 7 to a batch, of 3 with 4
    model, by_hand = build(), build()
    fit(model, X, y, sgd)
    reference(by_hand, X, y, sgd)
    assert_close(model.parameters, by_hand.parameters, 1e-13)


def test_a_last_short_batch_is_averaged_over_its_own_samples() -> None:
    X, y = clusters(3, D, K)
    model, by_hand = net(), net()
    fit(model, X, y, SGD(epochs=1, batch_size=2, shuffle=False, learning_rate=0.5))
    by_hand.train(X[:2], y[:2], 0.5)
    by_hand.train(X[2], y[2], 0.5)
    for name, parameter in model.parameters.items():
        np.testing.assert_allclose(parameter, by_hand.parameters[name], rtol=1e-13)


def test_weight_decay_leaves_the_biases_alone() -> None:
    """With no input, weights of a logistic regression move by the decay alone."""
    model, plain = LogisticRegression(D, K, seed=0), LogisticRegression(D, K, seed=0)
    X, y = np.zeros((8, D)), np.arange(8) % K
    W = model.W.copy()
    fit(model, X, y, SGD(epochs=1, batch_size=8, learning_rate=0.1, weight_decay=0.5))
    fit(plain, X, y, SGD(epochs=1, batch_size=8, learning_rate=0.1))
    np.testing.assert_allclose(model.W, 0.95 * W, rtol=1e-14)
    np.testing.assert_allclose(model.b, plain.b, rtol=1e-14)


def test_momentum_adds_up_along_a_constant_gradient() -> None:
    """Far from the optimum the gradient by the logits is constant: −1 and 1."""
    model = LogisticRegression(1, 2, init="zeros")
    model.b[...] = [-1000, 1000]
    sgd = SGD(epochs=1, learning_rate=1.0, momentum=0.5)
    fit(model, np.zeros((3, 1)), [0, 0, 0], sgd)
    # v = 1, 1.5, 1.75, together 4.25
    np.testing.assert_array_equal(model.b, [-995.75, 995.75])


def test_settings_default_to_those_of_sgd() -> None:
    X, y = clusters(10, D, K)
    first, second = net(), net()
    assert without_seconds(fit(first, X, y)) == without_seconds(fit(second, X, y, SGD()))
    assert_same_bits(first.parameters, second.parameters)
    assert SGD() == SGD(15, 0.1, 1, 0.0, 0.0, True, None, 0)


def test_labels_and_samples_may_be_lists() -> None:
    X, y = clusters(10, D, K)
    first, second = net(), net()
    fit(first, X, y, SGD(epochs=2))
    fit(second, X.tolist(), [float(label) for label in y], SGD(epochs=2))
    assert_same_bits(first.parameters, second.parameters)


def test_fit_leaves_the_samples_alone() -> None:
    X, y = clusters(10, D, K)
    before = X.copy(), y.copy()
    fit(net(), X, y, SGD(epochs=2, batch_size=3, momentum=0.5, weight_decay=0.1))
    np.testing.assert_array_equal(X, before[0])
    np.testing.assert_array_equal(y, before[1])


# Order of the samples and seeds


@given(st.integers(0, 2**32), st.integers(1, 1000), st.integers(1, 50))
@examples(50)
def test_order_of_an_epoch_is_a_permutation_fixed_by_seed_and_epoch(
    seed: int, epoch: int, n_samples: int
) -> None:
    order = sample_order(SGD(seed=seed), epoch, n_samples)
    assert sorted(order.tolist()) == list(range(n_samples))
    np.testing.assert_array_equal(order, sample_order(SGD(seed=seed), epoch, n_samples))


def test_order_changes_with_epoch_and_with_seed() -> None:
    orders = {tuple(sample_order(SGD(seed=s), e, 30)) for s in range(5) for e in range(1, 6)}
    assert len(orders) == 25


def test_without_shuffling_the_order_is_that_of_the_data() -> None:
    for epoch in (1, 2):
        assert sample_order(SGD(shuffle=False), epoch, 5).tolist() == [0, 1, 2, 3, 4]


def test_the_same_seed_gives_the_same_bits_and_another_gives_others() -> None:
    X, y = clusters(23, D, K)
    first, second, other = net(), net(), net()
    history = fit(first, X, y, SGD(epochs=2, seed=3))
    again = fit(second, X, y, SGD(epochs=2, seed=3))
    fit(other, X, y, SGD(epochs=2, seed=4))
    assert_same_bits(first.parameters, second.parameters)
    assert without_seconds(history) == without_seconds(again)
    assert not np.array_equal(first.W_h, other.W_h)


# What is refused


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("epochs", value) for value in (0, -1, 2.5, True, None, "15")),
        *(("learning_rate", value) for value in (0, -1, math.nan, math.inf, None, "0.1")),
        *(("batch_size", value) for value in (0, -1, 1.5, None)),
        *(("momentum", value) for value in (1, -0.1, 1.5, math.nan, None, "0.9")),
        *(("weight_decay", value) for value in (-1, math.nan, math.inf, None)),
        *(("patience", value) for value in (0, -1, 2.5)),
        *(("seed", value) for value in (-1, 1.5, math.nan, None)),
        ("schedule", "linear"),
        *(("label_smoothing", value) for value in (1, -0.1, math.nan, None, "0.1")),
        *(("averaging", value) for value in (1.5, -0.1, math.nan, None, "0.1")),
        *(("dropout", value) for value in (1, -0.1, math.nan, None, "0.1")),
    ],
)
def test_a_setting_out_of_its_range_is_named_with_its_value(name: str, value: object) -> None:
    given_settings: dict[str, Any] = {name: value}
    with pytest.raises(ChainruleError) as caught:
        SGD(**given_settings)
    assert str(caught.value).startswith(name)
    assert f"got {value!r}" in str(caught.value)


def test_settings_take_the_numbers_of_numpy() -> None:
    numbers: list[Any] = [np.int64(3), np.float32(0.1), np.int32(2), np.float64(0.5)]
    assert SGD(*numbers).batch_size == 2


def test_patience_without_a_validation_part_is_refused() -> None:
    with pytest.raises(ChainruleError, match="patience=3 needs a validation part"):
        fit(net(), *clusters(10, D, K), SGD(patience=3))


@pytest.mark.parametrize(
    ("X", "y", "named"),
    [
        (np.zeros((4, D)), [0, 1, 2], "(4, 6) and (3,)"),
        (np.zeros(D), 0, "(6,) and ()"),
        (np.zeros((0, D)), [], "(0, 6) and (0,)"),
        (np.zeros((3, D)), [0, 1, 3], "label 3 is not"),
        (np.zeros((3, D)), [0, 1, math.nan], "label nan is not"),
        (np.zeros((3, D)), ["0", "1", "two"], "['0', '1', 'two']"),
        (np.zeros((3, D + 1)), [0, 1, 2], "got (3, 7)"),
    ],
)
def test_samples_and_labels_that_do_not_fit_are_refused(
    X: Array, y: ArrayLike, named: str
) -> None:
    model = net()
    before = copied(model.parameters)
    with pytest.raises(ChainruleError) as caught:
        fit(model, X, y)
    assert named in str(caught.value)
    assert_same_bits(model.parameters, before)


@pytest.mark.parametrize("part", ["validation", "test"])
def test_parts_that_do_not_fit_are_refused(part: str) -> None:
    samples: dict[str, Any] = {part: (np.zeros((3, D)), np.zeros(2, np.int64))}
    with pytest.raises(ChainruleError, match=r"\(3, 6\) and \(2,\)"):
        fit(net(), *clusters(10, D, K), **samples)


# The defaults


@pytest.mark.slow
def test_defaults_of_the_command_reach_ninety_eight_percent_over_twenty_seeds() -> None:
    accuracies = []
    for seed in range(20):
        config = RunConfig(seed=seed)
        _, digits = load_data(config)
        settings = config.settings("net")
        model = new_model("net", config, digits, settings)
        fit(model, digits.X_train, digits.y_train, settings)
        accuracies.append(score(model, digits.X_test, digits.y_test).accuracy)
    assert np.mean(accuracies) >= 0.978
    assert min(accuracies) >= 0.963


@pytest.mark.parametrize("part", ["training", "validation", "test"])
def test_features_that_are_not_finite_are_refused_by_place(part: str) -> None:
    digits = load_digits()
    parts = {
        name: (digits.X_test[:20].copy(), digits.y_test[:20])
        for name in ("training", "validation", "test")
    }
    parts[part][0][3, 5] = np.nan
    with pytest.raises(ChainruleError, match=f"{part} part holds nan at sample 3, feature 5"):
        fit(
            NeuralNet(64, 4, 10, seed=0),
            *parts["training"],
            SGD(epochs=1),
            validation=parts["validation"],
            test=parts["test"],
        )
