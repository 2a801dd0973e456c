"""A Training: everything is checked when it is made, once, and `run` only trains."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from chainrule import fit, train_epochs
from chainrule.errors import ChainruleError
from chainrule.training.engines import Engine, choose_engine
from chainrule.training.epochs import Training
from chainrule.training.progress import Progress, copied
from chainrule.training.sgd import SGD
from helpers import D, K, assert_same_bits, clusters, net, without_seconds

X, Y = clusters(40, D, K)
BAD = np.where(np.arange(40 * D).reshape(40, D) == 9, np.nan, X)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"X": X[:, :2]}, "takes samples of 6 features, but the training part"),
        ({"y": Y[:5]}, r"training takes samples \(N, D\) with labels \(N,\)"),
        ({"y": Y + K}, "is not a class"),
        ({"X": [["a"] * D] * 40}, "expected real numbers"),
        ({"settings": SGD(patience=2)}, "patience=2 needs a validation part"),
        ({"threads": 0}, "threads must be a whole number"),
        ({"engine": "turbo"}, "engine must be one of"),
        ({"threads": 1025}, "threads must be a whole number, 1 to 1024; got 1025"),
        ({"validation": (BAD, Y)}, "validation part holds nan at sample 1, feature 3"),
        ({"test": (X, Y[:3])}, "test takes samples"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_what_cannot_be_right_is_refused_when_a_training_is_made(
    changes: dict[str, Any], message: str
) -> None:
    model = net()
    before = copied(model.parameters)
    given: dict[str, Any] = {"X": X, "y": Y, "settings": SGD(), **changes}
    with pytest.raises(ChainruleError, match=message):
        Training(model, **given)
    assert_same_bits(model.parameters, before)


def test_making_a_training_trains_nothing() -> None:
    model = net()
    before = copied(model.parameters)
    training = Training(model, X, Y, SGD(epochs=2))
    assert_same_bits(model.parameters, before)
    training.run()
    assert (model.W_h != before["W_h"]).any()


@pytest.mark.parametrize("settings", [SGD(epochs=3, momentum=0.9), SGD(epochs=3, batch_size=7)])
def test_fit_is_a_training_that_is_made_and_run(settings: SGD) -> None:
    models = net(), net()
    history = fit(models[0], X, Y, settings, test=(X, Y))
    assert without_seconds(history) == without_seconds(
        Training(models[1], X, Y, settings, test=(X, Y)).run()
    )
    assert_same_bits(models[0].parameters, models[1].parameters)


@pytest.mark.parametrize("run", ["run", "run_unwatched"])
def test_a_second_run_begins_where_the_model_is_and_with_no_momentum(run: str) -> None:
    model, twice = net(), net()
    settings = SGD(epochs=2, momentum=0.9, shuffle=False)
    training = Training(twice, X, Y, settings)
    for _ in range(2):
        fit(model, X, Y, settings)
        getattr(training, run)()
        assert_same_bits(twice.parameters, model.parameters)


def test_a_progress_stays_as_it_was_when_training_goes_on_from_it() -> None:
    stopped: list[Progress] = []
    training = Training(net(), X, Y, SGD(epochs=4, momentum=0.9))
    training.run(on_epoch=stopped.append, stop=lambda: len(stopped) == 3)
    velocity = copied(stopped[-1].velocity)
    on = Training(net(seed=5), X, Y, SGD(epochs=4, momentum=0.9))
    kept = stopped[-1].velocity
    on.run(progress=stopped[-1])
    assert_same_bits(kept, velocity)
    whole = net()
    fit(whole, X, Y, SGD(epochs=4, momentum=0.9))
    assert_same_bits(on.model.parameters, whole.parameters)


@pytest.mark.parametrize("train", [fit, train_epochs])
def test_the_engine_is_chosen_once(train: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = []

    def counted(*arguments: Any) -> type[Engine]:
        chosen.append(choose_engine(*arguments))
        return chosen[-1]

    monkeypatch.setattr("chainrule.training.epochs.choose_engine", counted)
    train(net(), X, Y, SGD(epochs=3))
    assert len(chosen) == 1


def made_and_run(*given: Any, on_epoch: Any, **more: Any) -> None:
    Training(*given, **more).run(on_epoch=on_epoch)


@pytest.mark.parametrize("train", [fit, made_and_run])
@pytest.mark.parametrize(("given", "taken"), [({}, 1), ({"threads": 2}, 2)])
def test_blas_takes_the_threads_that_it_is_given_and_only_while_it_trains(
    train: Any, given: dict[str, int], taken: int
) -> None:
    def threads() -> set[int]:
        return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}

    seen: list[set[int]] = []
    with threadpool_limits(3, user_api="blas"):
        before = threads()
        settings = SGD(epochs=2, batch_size=8)
        train(
            net(),
            X,
            Y,
            settings,
            engine="numpy",
            on_epoch=lambda _: seen.append(threads()),
            **given,
        )
        assert threads() == before
    assert seen == [{min(taken, *before)} if before else set()] * 3


def test_a_row_of_a_history_cannot_be_changed() -> None:
    row = fit(net(), X, Y, SGD(epochs=1))[-1]
    with pytest.raises(dataclasses.FrozenInstanceError):
        row.train_loss_sum = 0.0


def test_train_epochs_does_not_look_at_patience() -> None:
    model, expected = net(), net()
    train_epochs(model, X, Y, SGD(epochs=2, patience=1))
    train_epochs(expected, X, Y, SGD(epochs=2))
    assert_same_bits(model.parameters, expected.parameters)


@pytest.mark.parametrize("batch_size", [1, 8])
def test_what_can_be_stopped_between_epochs_takes_the_same_steps(batch_size: int) -> None:
    models = [net() for _ in range(3)]
    settings = [SGD(epochs, 0.1, batch_size, momentum=0.5) for epochs in (5, 5, 3)]
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked > 3

    trainings = [Training(m, X, Y, s) for m, s in zip(models, settings, strict=True)]
    trainings[0].run_unwatched()
    trainings[1].run_unwatched(stop=lambda: False)
    assert_same_bits(models[1].parameters, models[0].parameters)
    stopped = net()
    Training(stopped, X, Y, settings[0]).run_unwatched(stop)
    trainings[2].run_unwatched()
    assert_same_bits(stopped.parameters, models[2].parameters)
