"""Resuming, stopping early, callbacks and divergence."""

import copy
import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from chainrule.errors import DivergenceError
from chainrule.nn.classifier import Parameters
from chainrule.nn.evaluate import score
from chainrule.nn.models import LogisticRegression, NeuralNet
from chainrule.training import epochs
from chainrule.training.epochs import Training
from chainrule.training.fit import fit
from chainrule.training.history import History
from chainrule.training.progress import Progress, copied
from chainrule.training.sgd import SGD, sample_order
from helpers import (
    D,
    H,
    K,
    assert_close,
    assert_same_bits,
    clusters,
    examples,
    net,
    without_seconds,
)

# Resuming


@given(
    cut=st.integers(1, 6),
    batch_size=st.sampled_from([1, 4, 7]),
    momentum=st.sampled_from([0.0, 0.9]),
    shuffle=st.booleans(),
    patience=st.sampled_from([None, 1, 2, 20]),
    seed=st.integers(0, 5),
)
@examples(40)
def test_a_resumed_run_ends_with_the_bits_of_an_uninterrupted_one(
    cut: int, batch_size: int, momentum: float, shuffle: bool, patience: int | None, seed: int
) -> None:
    (X, y), validation = clusters(23, D, K, 1, 1.5), clusters(19, D, K, 2, 1.5)
    sgd = SGD(7, 0.1, batch_size, momentum, 0.001, shuffle, patience, seed)
    kept: list[Progress] = []

    def run(model: NeuralNet, epochs: int, progress: Progress | None = None) -> History:
        return fit(
            model,
            X,
            y,
            dataclasses.replace(sgd, epochs=epochs),
            validation=validation,
            progress=progress,
            on_epoch=lambda progress: kept.append(copy.deepcopy(progress)),
        )

    whole, first, second = net(), net(), net(seed=9)
    history = run(whole, 7)
    kept.clear()
    run(first, cut)
    resumed = run(second, 7, kept[-1])
    assert without_seconds(resumed) == without_seconds(history)
    assert_same_bits(second.parameters, whole.parameters)


def test_resuming_goes_on_from_the_weights_of_the_last_epoch_not_the_best() -> None:
    (X, y), validation = clusters(23, D, K, 1, 2.0), clusters(19, D, K, 2, 2.0)
    kept: list[Progress] = []
    model = net()
    fit(model, X, y, SGD(6, patience=5), validation=validation, on_epoch=kept.append)
    assert kept[-1].best_epoch < 6
    assert kept[-1].best_parameters is not None
    assert_same_bits(model.parameters, kept[-1].best_parameters)
    assert not np.array_equal(kept[-1].parameters["W_h"], model.W_h)


def test_a_finished_run_is_not_trained_further() -> None:
    X, y = clusters(23, D, K)
    kept: list[Progress] = []
    model, other = net(), net(seed=1)
    fit(model, X, y, SGD(epochs=3), on_epoch=kept.append)
    history = fit(other, X, y, SGD(epochs=3), progress=kept[-1])
    assert len(history) == 4
    assert_same_bits(other.parameters, model.parameters)


# Stopping


@pytest.mark.parametrize("patience", [1, 3, 4])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_early_stopping_keeps_the_best_weights_and_ends_patience_epochs_later(
    patience: int, seed: int
) -> None:
    (X, y), validation = clusters(40, D, K, 1, 1.5), clusters(30, D, K, 2, 1.5)
    model, kept = net(seed), dict[int, Parameters]()
    history = fit(
        model,
        X,
        y,
        SGD(epochs=60, patience=patience, seed=seed),
        validation=validation,
        on_epoch=lambda progress: kept.update({len(kept): copied(progress.parameters)}),
    )
    losses = history.column("validation_loss_mean")
    best = int(np.argmin(losses))
    assert 0 < best < 59
    assert history[-1].epoch == best + patience
    assert score(model, *validation).loss_mean == min(losses)
    assert_same_bits(model.parameters, kept[best])


def test_early_stopping_that_never_fires_still_keeps_the_best_weights() -> None:
    (X, y), validation = clusters(40, D, K, 1, 1.5), clusters(30, D, K, 2, 1.5)
    model = net()
    history = fit(model, X, y, SGD(epochs=9, patience=50), validation=validation)
    losses = history.column("validation_loss_mean")
    assert len(history) == 10
    assert np.argmin(losses) < 9
    assert score(model, *validation).loss_mean == min(losses)


def test_without_patience_a_validation_part_changes_nothing() -> None:
    (X, y), validation = clusters(40, D, K, 1, 1.5), clusters(30, D, K, 2, 1.5)
    watched, plain = net(), net()
    fit(watched, X, y, SGD(epochs=9), validation=validation)
    fit(plain, X, y, SGD(epochs=9))
    assert_same_bits(watched.parameters, plain.parameters)


def test_stop_ends_after_the_current_epoch() -> None:
    X, y = clusters(250, D, K)
    stopped, plain = net(), net()
    seen: list[tuple[int, int]] = []
    history = fit(
        stopped,
        X,
        y,
        SGD(epochs=10),
        on_step=lambda epoch, step, _: seen.append((epoch, step)),
        stop=lambda: (3, 100) in seen,
    )
    assert seen == [(1, 100), (1, 200), (2, 100), (2, 200), (3, 100), (3, 200)]
    assert [row.epoch for row in history] == [0, 1, 2, 3]
    fit(plain, X, y, SGD(epochs=3))
    assert_same_bits(stopped.parameters, plain.parameters)


# Callbacks


def test_on_epoch_is_called_for_the_untrained_model_and_after_each_epoch() -> None:
    model, (X, y) = net(), clusters(10, D, K)
    rows: list[int] = []

    def on_epoch(progress: Progress) -> None:
        rows.append(progress.history[-1].epoch)
        assert_same_bits(progress.parameters, model.parameters)

    fit(model, X, y, SGD(epochs=3), on_epoch=on_epoch)
    assert rows == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("n_samples", "batch_size", "steps"),
    [
        (99, 1, []),
        (100, 1, [100]),
        (350, 1, [100, 200, 300]),
        (697, 7, [100]),  # step 100 takes the last batch, of 4
        (2000, 1, list(range(100, 2001, 100))),
        (2001, 1, list(range(200, 2001, 200))),
        (4010, 2, list(range(200, 2001, 200))),
    ],
)
def test_on_step_gives_the_loss_over_the_last_hundred_samples(
    n_samples: int, batch_size: int, steps: list[int]
) -> None:
    model, (X, y) = LogisticRegression(D, K, seed=0), clusters(n_samples, D, K)
    sgd = SGD(epochs=2, learning_rate=0.01, batch_size=batch_size, seed=4)
    seen: list[tuple[int, int]] = []

    def on_step(epoch: int, step: int, recent_loss: Callable[[], float]) -> None:
        seen.append((epoch, step))
        taken = sample_order(sgd, epoch, n_samples)[: step * batch_size]
        assert recent_loss() == pytest.approx(
            model.loss(X[taken[-100:]], y[taken[-100:]]), rel=1e-13
        )
        assert len(taken[-100:]) == 100

    fit(model, X, y, sgd, on_step=on_step)
    assert seen == [(epoch, step) for epoch in (1, 2) for step in steps]


def test_a_loss_that_nobody_asks_for_is_not_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(epochs, "score", lambda *_: pytest.fail("a loss was computed"))
    X, y = clusters(250, D, K)
    history = fit(net(), X, y, SGD(epochs=2), on_step=lambda *_: None)
    assert len(history) == 3


def test_only_epochs_that_are_watched_stop_every_hundred_steps() -> None:
    X, y = clusters(250, D, K)
    watched, alone, sgd = net(), net(), SGD(epochs=3)
    seen: list[tuple[int, int]] = []
    Training(watched, X, y, sgd).run(
        on_step=lambda epoch, step, _: seen.append((epoch, step)), watched=lambda epoch: epoch == 2
    )
    assert seen == [(2, 100), (2, 200)]
    fit(alone, X, y, sgd)
    assert_same_bits(watched.parameters, alone.parameters)


# Divergence


@pytest.mark.filterwarnings("error")
def test_divergence_names_the_epoch_and_restores_finite_weights() -> None:
    model, (X, y) = NeuralNet(D, H, K, activation="relu", seed=0), clusters(30, D, K)
    kept: list[Parameters] = []
    with pytest.raises(DivergenceError) as caught:
        fit(
            model,
            X,
            y,
            SGD(epochs=200, learning_rate=1e8),
            on_epoch=lambda progress: kept.append(copied(progress.parameters)),
        )
    epoch = caught.value.epoch
    assert epoch == len(kept)
    assert f"diverged in epoch {epoch}:" in str(caught.value)
    assert "learning rate well below 1e+08" in str(caught.value)
    assert repr(model) in str(caught.value)
    assert_same_bits(model.parameters, kept[-1])
    assert all(np.isfinite(parameter).all() for parameter in model.parameters.values())


class Exploding(LogisticRegression):
    """Its gradient is not a number from the given call on."""

    calls_left: int

    def gradients(self, X: ArrayLike, y_true: ArrayLike) -> Parameters:
        self.calls_left -= 1
        grads = super().gradients(X, y_true)
        return grads if self.calls_left > 0 else {name: g * np.nan for name, g in grads.items()}


def test_divergence_in_a_later_epoch_restores_the_weights_of_the_epoch_before() -> None:
    X, y = clusters(10, D, K)
    model, good = Exploding(D, K, seed=0), LogisticRegression(D, K, seed=0)
    model.calls_left = 1 + 2 * (10 + 1) + 5  # the norm, two epochs with theirs, half an epoch
    rows: list[int] = []
    with pytest.raises(DivergenceError, match=r"epoch 3: .*a momentum below 0\.5") as caught:
        fit(
            model,
            X,
            y,
            SGD(epochs=9, momentum=0.5),
            on_epoch=lambda progress: rows.append(progress.history[-1].epoch),
        )
    assert caught.value.epoch == 3
    assert rows == [0, 1, 2]
    fit(good, X, y, SGD(epochs=2, momentum=0.5))
    assert_close(model.parameters, good.parameters, 1e-13)
