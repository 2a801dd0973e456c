"""What the estimators do beyond what scikit-learn's checks ask of any."""

import dataclasses
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import FitFailedWarning
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from chainrule import SGD, LogisticRegression, NeuralNet, fit
from chainrule.data.arrays import Array
from chainrule.errors import DivergenceError
from chainrule.estimators import NeuralNetClassifier, SoftmaxRegressionClassifier
from chainrule.runs.config import RunConfig
from chainrule.training.augmentation import USUAL
from helpers import D, K, Labelled, assert_close, assert_same_bits, clusters, without_seconds

BOTH = pytest.mark.parametrize("kind", [NeuralNetClassifier, SoftmaxRegressionClassifier])
WORDS = np.array(["ant", "bee", "cat", "dog", "eel", "fox", "gnu", "hen", "ibis", "jay"])


@pytest.fixture
def samples() -> Labelled:
    return clusters(60, D, K, seed=1, noise=0.3)


def images() -> Labelled:
    """Twenty pixels between 0 and 1, of which some are ink."""
    X, y = clusters(60, 20, K, seed=2, noise=0.3)
    return np.clip(X, 0, 1), y


def parameters(estimator: Any) -> dict[str, Array]:
    copied: dict[str, Array] = {n: p.copy() for n, p in estimator.model_.parameters.items()}
    return copied


# What it computes


@pytest.mark.parametrize("precision", [np.float64, np.float32])
def test_it_is_fit_with_the_same_settings_to_the_bit(precision: type, samples: Labelled) -> None:
    X: Array = samples[0].astype(precision)
    y = samples[1]
    settings = SGD(4, 0.05, 7, 0.5, 0.07 / 7, seed=3)
    net = NeuralNet(D, (5, 4), K, activation="tanh", init="he", seed=3)
    history = fit(net, X, y, settings)
    estimator = NeuralNetClassifier(
        (5, 4),
        "tanh",
        alpha=0.07,
        batch_size=7,
        learning_rate_init=0.05,
        max_iter=4,
        momentum=0.5,
        init="he",
        random_state=3,
    ).fit(X, y)
    assert_same_bits(parameters(estimator), net.parameters)
    assert without_seconds(estimator.history_) == without_seconds(history)
    assert estimator.loss_curve_ == history.column("train_loss_mean")[1:]
    assert estimator.n_iter_ == 4
    np.testing.assert_array_equal(estimator.predict_proba(X), net.forward(X))
    np.testing.assert_array_equal(estimator.predict_log_proba(X), net.log_probabilities(X))


def test_its_defaults_are_those_of_a_run(samples: Labelled) -> None:
    config = RunConfig(seed=5)
    for name, estimator in (
        ("net", NeuralNetClassifier(random_state=5)),
        ("logistic", SoftmaxRegressionClassifier(random_state=5)),
    ):
        model = (
            NeuralNet(D, config.hidden, K, init=config.init, seed=5)
            if name == "net"
            else LogisticRegression(D, K, init=config.init, seed=5)
        )
        fit(model, *samples, config.settings(name))
        assert_same_bits(parameters(estimator.fit(*samples)), model.parameters)


@pytest.mark.parametrize(
    "regularised",
    [
        {"dropout": 0.3, "label_smoothing": 0.1},
        {"schedule": "cosine", "averaging": 0.5},
        {"augment": USUAL, "image_shape": (4, 5), "batch_size": 6, "schedule": "step"},
    ],
)
def test_it_is_regularised_as_the_library_does_to_the_bit(regularised: dict[str, Any]) -> None:
    X, y = images()
    given = dict(regularised)
    augment, image_shape = given.pop("augment", None), given.pop("image_shape", None)
    settings = SGD(6, 0.05, momentum=0.5, seed=3, **given)
    net = NeuralNet(X.shape[1], (5, 4), K, init="glorot", seed=3)
    history = fit(net, X, y, settings, augment=augment, image_shape=image_shape)
    shared: dict[str, Any] = {"learning_rate_init": 0.05, "max_iter": 6, "momentum": 0.5}
    shared |= {"random_state": 3, **regularised}
    estimator = NeuralNetClassifier((5, 4), **shared).fit(X, y)
    assert_same_bits(parameters(estimator), net.parameters)
    assert without_seconds(estimator.history_) == without_seconds(history)
    plain = NeuralNetClassifier((5, 4), **shared)
    plain.set_params(**{name: getattr(NeuralNetClassifier(), name) for name in regularised})
    assert not np.array_equal(parameters(plain.fit(X, y))["W_h"], net.W_h)

    del shared["dropout" if "dropout" in shared else "schedule"]
    softmax = LogisticRegression(X.shape[1], K, init="glorot", seed=3)
    settings = dataclasses.replace(settings, dropout=0.0, schedule="constant")
    fit(softmax, X, y, settings, augment=augment, image_shape=image_shape)
    other = SoftmaxRegressionClassifier(**shared).fit(X, y)
    assert_same_bits(parameters(other), softmax.parameters)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_what_has_the_names_of_scikit_learn_means_the_same(
    samples: Labelled, momentum: float
) -> None:
    """From the same weights in the same order, its MLP comes to the same parameters."""
    shared: dict[str, Any] = {
        "hidden_layer_sizes": (5, 4),
        "activation": "tanh",
        "alpha": 0.3,
        "batch_size": 6,
        "learning_rate_init": 0.02,
        "momentum": momentum,
        "shuffle": False,
        "random_state": 0,
        "tol": 0.0,
    }
    ours = NeuralNetClassifier(max_iter=3, **shared).fit(*samples)
    theirs = MLPClassifier(solver="sgd", nesterovs_momentum=False, warm_start=True, **shared)
    theirs.set_params(n_iter_no_change=99, max_iter=1)
    with pytest.warns(UserWarning, match="converged"):
        theirs.fit(*samples)
    first = NeuralNet(D, (5, 4), K, activation="tanh", init="glorot", seed=0).parameters
    theirs.coefs_ = [p.copy() for name, p in first.items() if name.startswith("W")]
    theirs.intercepts_ = [p.copy() for name, p in first.items() if name.startswith("b")]
    with pytest.warns(UserWarning, match="converged"):
        theirs.set_params(max_iter=3).fit(*samples)
    arrays = [a for pair in zip(theirs.coefs_, theirs.intercepts_, strict=True) for a in pair]
    assert_close(parameters(ours), dict(zip(first, arrays, strict=True)), 1e-12)
    np.testing.assert_allclose(ours.predict_proba(samples[0]), theirs.predict_proba(samples[0]))


@BOTH
def test_labels_may_be_words(kind: type[Any], samples: Labelled) -> None:
    X, y = samples
    numbers, words = kind(random_state=0).fit(X, y), kind(random_state=0).fit(X, WORDS[y])
    assert words.classes_.tolist() == WORDS[:K].tolist()
    assert words.predict(X).tolist() == WORDS[numbers.predict(X)].tolist()
    assert words.score(X, WORDS[y]) == numbers.score(X, y) > 0.9
    np.testing.assert_array_equal(words.predict_proba(X), numbers.predict_proba(X))


def test_columns_of_a_data_frame_are_known_by_name(samples: Labelled) -> None:
    import pandas as pd

    X, y = samples
    frame = pd.DataFrame(X, columns=[f"petal {i}" for i in range(D)])
    labels = pd.Series(WORDS[y], dtype="category")
    estimator = NeuralNetClassifier(random_state=0).fit(frame, labels)
    assert estimator.feature_names_in_.tolist() == list(frame.columns)
    np.testing.assert_array_equal(
        estimator.predict_proba(frame),
        NeuralNetClassifier(random_state=0).fit(X, y).predict_proba(X),
    )
    with pytest.raises(ValueError, match="feature names should match"):
        estimator.predict(frame[frame.columns[::-1]])


def test_a_random_state_is_drawn_from(samples: Labelled) -> None:
    def weights(random_state: Any) -> Array:
        estimator = NeuralNetClassifier(max_iter=1, random_state=random_state).fit(*samples)
        return parameters(estimator)["W_h"]

    np.testing.assert_array_equal(
        weights(np.random.RandomState(4)), weights(np.random.RandomState(4))
    )
    generator = np.random.RandomState(4)
    assert not np.array_equal(weights(generator), weights(generator))
    assert not np.array_equal(weights(None), weights(None))


# Going on


@BOTH
@pytest.mark.parametrize("random_state", [2, None])
def test_a_warm_start_goes_on_to_the_bits_of_one_longer_call(
    kind: type[Any], random_state: int | None, samples: Labelled
) -> None:
    first = kind(max_iter=2, momentum=0.9, batch_size=8, warm_start=True)
    first.set_params(random_state=random_state).fit(*samples)
    seed = first._seed
    first.set_params(max_iter=3).fit(*samples)
    whole = kind(max_iter=5, momentum=0.9, batch_size=8, random_state=seed).fit(*samples)
    assert_same_bits(parameters(first), parameters(whole))
    assert first.loss_curve_ == whole.loss_curve_
    assert first.n_iter_ == 5


@BOTH
def test_partial_fit_goes_on_for_one_epoch(kind: type[Any], samples: Labelled) -> None:
    X, y = samples
    steps = kind(momentum=0.9, random_state=2)
    for _ in range(3):
        steps.partial_fit(X, WORDS[y], classes=WORDS[:K])
    whole = kind(momentum=0.9, random_state=2, max_iter=3).fit(X, WORDS[y])
    assert_same_bits(parameters(steps), parameters(whole))
    assert steps.n_iter_ == len(steps.loss_curve_) == 3


def test_partial_fit_drops_units_and_deforms_images_as_one_longer_call() -> None:
    X, y = images()
    net = NeuralNetClassifier(
        dropout=0.3, label_smoothing=0.1, augment=USUAL, image_shape=(4, 5), random_state=2
    )
    whole = clone(net).set_params(max_iter=3).fit(X, y)
    for _ in range(3):
        net.partial_fit(X, y, classes=range(K))
    assert_same_bits(parameters(net), parameters(whole))
    warm = clone(net).set_params(max_iter=1, warm_start=True).fit(X, y)
    assert_same_bits(parameters(warm.set_params(max_iter=2).fit(X, y)), parameters(whole))


def test_what_goes_on_from_an_average_begins_at_rest(samples: Labelled) -> None:
    net = NeuralNetClassifier(averaging=0.5, momentum=0.9, max_iter=4, random_state=0)
    average = parameters(net.fit(*samples))
    net.set_params(averaging=0.0, learning_rate_init=1e-9, warm_start=True, max_iter=1)
    assert_close(parameters(net.fit(*samples)), average, 1e-6)
    assert all(np.abs(v).max() < 10 for v in net._velocity.values())


def test_partial_fit_takes_what_comes() -> None:
    """Of some classes at a time, and after `fit`, too."""
    X, y = clusters(60, D, K, seed=1, noise=0.3)
    estimator = NeuralNetClassifier(random_state=0, momentum=0.5)
    estimator.partial_fit(X[y == 0], y[y == 0], classes=range(K))
    for _ in range(15):
        for half in (y < 2, y >= 2):
            estimator.partial_fit(X[half], y[half])
    assert estimator.n_iter_ == 31
    assert estimator.score(X, y) > 0.8
    before = NeuralNetClassifier(random_state=0).fit(X, y)
    assert before.partial_fit(X, y).n_iter_ == 16


def test_fit_begins_anew_unless_told_otherwise(samples: Labelled) -> None:
    estimator = NeuralNetClassifier(random_state=0, momentum=0.9)
    first = parameters(estimator.fit(*samples))
    assert_same_bits(parameters(estimator.fit(*samples)), first)
    assert estimator.n_iter_ == 15


# Stopping


def test_it_stops_when_the_loss_does_not_fall_by_more_than_tol(samples: Labelled) -> None:
    estimator = NeuralNetClassifier(max_iter=200, tol=1e-2, n_iter_no_change=3, random_state=0)
    estimator.fit(*samples)
    assert 3 < estimator.n_iter_ < 200
    *before, last = np.diff(estimator.loss_curve_[-5:])
    assert min(*before[1:], last) >= -1e-2 > before[0]
    # The watch begins anew with each call.
    estimator.set_params(warm_start=True).fit(*samples)
    assert len(estimator.loss_curve_) > 3


@pytest.mark.parametrize("laid_out", [{"schedule": "step"}, {"averaging": 0.2}])
def test_what_is_laid_out_over_all_epochs_is_not_cut_short(
    samples: Labelled, laid_out: dict[str, Any]
) -> None:
    shared: dict[str, Any] = {"tol": 10.0, "n_iter_no_change": 2, "max_iter": 8}
    assert NeuralNetClassifier(random_state=0, **shared).fit(*samples).n_iter_ == 2
    net = NeuralNetClassifier(random_state=0, **shared, **laid_out).fit(*samples)
    assert net.n_iter_ == 8
    stopped = NeuralNetClassifier(random_state=0, **shared, schedule="step", early_stopping=True)
    assert stopped.fit(*samples).n_iter_ < 8


@BOTH
def test_early_stopping_keeps_the_best_epoch_of_the_validation_part(kind: type[Any]) -> None:
    X, y = clusters(200, D, K, seed=2, noise=3)
    estimator = kind(
        max_iter=100,
        early_stopping=True,
        validation_fraction=0.25,
        n_iter_no_change=4,
        tol=0.0,
        learning_rate_init=0.01,
        random_state=0,
    ).fit(X, y)
    losses = estimator.history_.column("validation_loss_mean")
    best = int(np.argmin(losses))
    assert 0 < best == estimator.n_iter_ - 4 < 96
    # The history has the training part without what was held back.
    n_trained = estimator.history_[1].train_loss_sum / estimator.history_[1].train_loss_mean
    assert n_trained == pytest.approx(150, abs=2)
    shorter = clone(estimator).set_params(max_iter=best).fit(X, y)
    assert_same_bits(parameters(estimator), parameters(shorter))


def test_a_warm_start_after_early_stopping_goes_on_from_the_best_epoch() -> None:
    X, y = clusters(200, D, K, seed=2, noise=3)
    estimator = NeuralNetClassifier(
        early_stopping=True, n_iter_no_change=4, max_iter=50, warm_start=True, momentum=0.9,
        learning_rate_init=0.02, random_state=0,
    ).fit(X, y)  # fmt: skip
    n_iter, losses = estimator.n_iter_, estimator.history_.column("validation_loss_mean")
    assert losses[-1] > min(losses) * 1.01
    estimator.set_params(learning_rate_init=1e-9, max_iter=3).fit(X, y)
    assert estimator.n_iter_ == n_iter + 3
    next_losses = estimator.history_.column("validation_loss_mean")[n_iter + 1 :]
    np.testing.assert_allclose(next_losses, min(losses), rtol=1e-6)


def test_verbose_prints_a_line_for_each_epoch(
    samples: Labelled, capsys: pytest.CaptureFixture[str]
) -> None:
    NeuralNetClassifier(max_iter=2, verbose=True, random_state=0).fit(*samples)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["Epoch 0", "Epoch 1", "Epoch 2"]
    NeuralNetClassifier(max_iter=1, verbose=True, early_stopping=True).fit(*samples)
    assert "validation loss" in capsys.readouterr().out


# In scikit-learn's company


@BOTH
def test_it_is_cloned_and_pickled(kind: type[Any], samples: Labelled) -> None:
    X, y = samples
    estimator = kind(
        alpha=0.1, random_state=0, warm_start=True, augment=USUAL, image_shape=(1, D)
    ).fit(X, WORDS[y])
    again = pickle.loads(pickle.dumps(estimator))
    np.testing.assert_array_equal(again.predict_proba(X), estimator.predict_proba(X))
    assert_same_bits(parameters(again.fit(X, WORDS[y])), parameters(estimator.fit(X, WORDS[y])))
    assert clone(estimator).get_params() == estimator.get_params()
    assert not hasattr(clone(estimator), "model_")


def test_a_grid_search_chooses_and_leaves_out_what_diverges(samples: Labelled) -> None:
    X, y = samples
    net = make_pipeline(StandardScaler(), NeuralNetClassifier(activation="relu", random_state=0))
    grid = {"neuralnetclassifier__learning_rate_init": [1e-6, 0.1, 1e6]}
    with (
        pytest.warns(FitFailedWarning, match="learning rate well below 1e\\+06"),
        pytest.warns(UserWarning, match="non-finite"),
    ):
        search = GridSearchCV(net, grid, cv=3, n_jobs=1).fit(X, WORDS[y])
    assert search.best_params_ == {"neuralnetclassifier__learning_rate_init": 0.1}
    assert search.score(X, WORDS[y]) > 0.9
    assert np.isnan(search.cv_results_["mean_test_score"]).tolist() == [False, False, True]


@pytest.mark.slow
def test_two_processes_give_the_scores_of_one(samples: Labelled) -> None:
    net = make_pipeline(StandardScaler(), NeuralNetClassifier(random_state=0))
    one, two = (cross_val_score(net, *samples, cv=4, n_jobs=n_jobs) for n_jobs in (1, 2))
    np.testing.assert_array_equal(one, two)


def test_a_divergence_is_pickled_from_one_process_to_another() -> None:
    error = pickle.loads(pickle.dumps(DivergenceError("it diverged", 3)))
    assert (type(error), str(error), error.epoch) == (DivergenceError, "it diverged", 3)


def test_what_the_readme_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    (block,) = (b for b in readme.split("```")[1::2] if "chainrule.estimators" in b)
    names: dict[str, Any] = {}
    exec(block.replace("n_jobs=2", "n_jobs=1"), names)
    assert names["search"].score(names["digits"].X_test, names["digits"].y_test) > 0.96
