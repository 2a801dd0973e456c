"""What cannot be right is said in a sentence."""

import importlib
import sys
from typing import Any

import numpy as np
import pytest
import scipy.sparse
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from chainrule.errors import ChainruleError
from chainrule.estimators import NeuralNetClassifier, SoftmaxRegressionClassifier
from chainrule.training.augmentation import USUAL
from helpers import D, K, Labelled, clusters

BOTH = pytest.mark.parametrize("kind", [NeuralNetClassifier, SoftmaxRegressionClassifier])


@pytest.fixture
def samples() -> Labelled:
    return clusters(60, D, K, seed=1)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("hidden_layer_sizes", (), "hidden_layer_sizes must be the number of units, 1 or more"),
        ("hidden_layer_sizes", (8, 0), r"got \(8, 0\)"),
        ("hidden_layer_sizes", 2.5, "got 2.5"),
        ("hidden_layer_sizes", np.array(8), r"got array\(8\)"),
        ("activation", "logistic", "activation must be one of sigmoid, tanh, .*; got 'logistic'"),
        ("activation", ["tanh"], "activation must be one of"),
        ("alpha", -1, "alpha must be a number, 0 or more; got -1"),
        ("batch_size", "auto", "batch_size must be a whole number, 1 or more; got 'auto'"),
        ("learning_rate_init", 0, "learning_rate_init must be a number more than 0"),
        ("learning_rate_init", np.nan, "got nan"),
        ("max_iter", 0, "max_iter must be a whole number, 1 or more; got 0"),
        ("max_iter", True, "max_iter must be a whole number, 1 or more; got True"),
        ("shuffle", "yes", "shuffle must be True or False; got 'yes'"),
        ("tol", -0.1, "tol must be a number, 0 or more"),
        ("verbose", 2, "verbose must be True or False"),
        ("warm_start", None, "warm_start must be True or False"),
        ("momentum", 1.0, "momentum must be a number, 0 up to, not including, 1; got 1.0"),
        ("early_stopping", 1, "early_stopping must be True or False"),
        ("validation_fraction", 1.0, "validation_fraction must be a number between 0 and 1"),
        ("n_iter_no_change", 0, "n_iter_no_change must be a whole number, 1 or more"),
        ("init", "xavier", "init must be one of uniform, glorot, he, zeros; got 'xavier'"),
        ("dropout", 1.0, "dropout must be a number, 0 up to, not including, 1; got 1.0"),
        ("label_smoothing", -0.1, "label_smoothing must be a number, 0 up to, not including, 1"),
        ("averaging", 1.5, "averaging must be a share of the epochs, 0 to 1; got 1.5"),
        ("schedule", "adaptive", "schedule must be one of constant, step, cosine; got 'adaptive'"),
        ("augment", "usual", r"augment must be a chainrule\.Augmentation, .* got 'usual'"),
        ("image_shape", (2, 2, 1), r"image_shape must be \(height, width\) .* got \(2, 2, 1\)"),
        ("image_shape", 4, "got 4"),
        ("engine", "cuda", "engine must be one of auto, compiled, numpy; got 'cuda'"),
        ("random_state", -1, "random_state must be a whole number, 0 to 4294967295, .* got -1"),
    ],
)
def test_a_parameter_that_cannot_be(
    name: str, value: object, sentence: str, samples: Labelled
) -> None:
    with pytest.raises(ValueError, match=sentence):
        NeuralNetClassifier().set_params(**{name: value}).fit(*samples)


@BOTH
def test_a_parameter_that_there_is_not(kind: type[Any]) -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'epochs'"):
        kind(epochs=3)
    with pytest.raises(ValueError, match=r"Invalid parameter 'epochs' .* Valid parameters are"):
        kind().set_params(epochs=3)


def test_softmax_regression_has_no_units_to_drop() -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'dropout'"):
        SoftmaxRegressionClassifier(dropout=0.2)  # type: ignore[call-arg]


@BOTH
def test_images_that_cannot_be_deformed(kind: type[Any], samples: Labelled) -> None:
    X, y = samples
    with pytest.raises(ChainruleError, match=f"needs the shape of their {D} pixels.*; got None"):
        kind(augment=USUAL).fit(X, y)
    with pytest.raises(ChainruleError, match=r"got \(7, 9\)"):
        kind(augment=USUAL, image_shape=(7, 9)).fit(X, y)
    deformed = kind(augment=USUAL, image_shape=(1, D), early_stopping=True)
    with pytest.raises(ChainruleError, match="as StandardScaler makes them; divide them all"):
        make_pipeline(StandardScaler(), deformed).fit(X, y)
    deformed.fit(X, y)
    kind(image_shape=(7, 9)).fit(X, y)  # nothing is deformed


@BOTH
@pytest.mark.parametrize(
    ("laid_out", "instead"),
    [({"schedule": "cosine"}, "schedule='constant'"), ({"averaging": 0.5}, "averaging=0.0")],
)
def test_what_is_laid_out_over_a_call_has_no_second(
    kind: type[Any], laid_out: dict[str, Any], instead: str, samples: Labelled
) -> None:
    with pytest.raises(ChainruleError, match=f"partial_fit trains for one .* take {instead}, or"):
        kind(**laid_out).partial_fit(*samples, classes=range(K))
    estimator = kind(max_iter=2, warm_start=True, **laid_out).fit(*samples)
    with pytest.raises(ChainruleError, match=f"warm_start goes on .* take {instead}, or warm"):
        estimator.fit(*samples)
    assert estimator.n_iter_ == 2


def test_an_average_of_the_last_epochs_and_early_stopping(samples: Labelled) -> None:
    with pytest.raises(ChainruleError, match=r"take averaging=0\.0 or early_stopping=False"):
        NeuralNetClassifier(averaging=0.2, early_stopping=True).fit(*samples)


@BOTH
def test_weights_of_samples(kind: type[Any], samples: Labelled) -> None:
    X, y = samples
    weights = np.ones(len(y))
    pipeline = make_pipeline(StandardScaler(), kind())
    name = f"{kind.__name__.lower()}__sample_weight"
    with pytest.raises(ChainruleError, match=r"sample_weight is not supported.*numpy\.repeat"):
        pipeline.fit(X, y, **{name: weights})
    with pytest.raises(ChainruleError, match="sample_weight is not supported"):
        kind().partial_fit(X, y, classes=range(K), sample_weight=weights)
    kind(max_iter=1).fit(X, y, sample_weight=None)
    with pytest.raises(TypeError, match="fit got an unexpected keyword argument 'coef_init'"):
        kind().fit(X, y, coef_init=0)


@BOTH
def test_samples_that_cannot_be(kind: type[Any], samples: Labelled) -> None:
    X, y = samples
    with pytest.raises(TypeError, match=r"[Ss]parse data was passed.*toarray"):
        kind().fit(scipy.sparse.csr_array(X), y)
    with pytest.raises(ValueError, match="NaN"):
        kind().fit(np.where(np.arange(D) == 2, np.nan, X), y)
    with pytest.raises(ValueError, match="could not convert string to float"):
        kind().fit(X.astype(str) + "cm", y)
    with pytest.raises(NotFittedError, match="not fitted yet"):
        kind().predict(X)
    failed = kind(learning_rate_init=1e308)
    with pytest.raises(ValueError, match="diverged in epoch"):
        failed.fit(X, y)
    with pytest.raises(NotFittedError, match="not fitted yet"):
        failed.predict(X)
    with pytest.raises(ValueError, match=f"2 features.* expecting {D} features"):
        kind(max_iter=1).fit(X, y).predict_proba(X[:, :2])


@BOTH
def test_labels_that_cannot_be(kind: type[Any], samples: Labelled) -> None:
    X, y = samples
    with pytest.raises(ValueError, match="Unknown label type: continuous"):
        kind().fit(X, y + 0.5)
    with pytest.raises(ChainruleError, match="every label is 'ant'; with one class"):
        kind().fit(X, np.full(len(y), "ant"))
    with pytest.raises(ValueError, match="y should be a 1d array"):
        kind().fit(X, np.eye(K)[y])


@BOTH
def test_a_class_of_one_sample_is_too_few_to_hold_back(kind: type[Any]) -> None:
    X, y = clusters(20, D, 2, seed=1)
    y = np.where(np.arange(20) == 7, "rare", np.array(["ant", "bee"])[y])
    kind(max_iter=1).fit(X, y)
    with pytest.raises(ChainruleError, match="two of each at least; of 'rare' there is one"):
        kind(early_stopping=True).fit(X, y)


def test_partial_fit_that_cannot_be(samples: Labelled) -> None:
    X, y = samples
    with pytest.raises(ChainruleError, match="the first call of partial_fit needs classes="):
        NeuralNetClassifier().partial_fit(X, y)
    with pytest.raises(ChainruleError, match="with one class there is nothing to tell apart"):
        NeuralNetClassifier().partial_fit(X, y, classes=[0])
    with pytest.raises(ChainruleError, match=f"label {K - 1}, which is none of the classes 0, 1"):
        NeuralNetClassifier().partial_fit(X, y, classes=range(K - 1))
    with pytest.raises(ChainruleError, match="early_stopping=False"):
        NeuralNetClassifier(early_stopping=True).partial_fit(X, y, classes=range(K))
    begun = NeuralNetClassifier().partial_fit(X, y, classes=range(K))
    with pytest.raises(ChainruleError, match="since the first call; got 0, 1"):
        begun.partial_fit(X, y, classes=[0, 1])
    with pytest.raises(ValueError, match="2 features"):
        begun.partial_fit(X[:, :2], y)


def test_a_warm_start_that_cannot_be(samples: Labelled) -> None:
    X, y = samples
    estimator = NeuralNetClassifier(5, max_iter=1, warm_start=True).fit(X, y)
    with pytest.raises(ChainruleError, match=r"a model of the classes 0, 1, .*; got 0, 1\. Take"):
        estimator.fit(X[y < 2], y[y < 2])
    with pytest.raises(ChainruleError, match=r"NeuralNet\(\S*5\S*, sigmoid\) was trained before"):
        estimator.set_params(hidden_layer_sizes=(7,)).fit(X, y)
    assert estimator.set_params(hidden_layer_sizes=(5,)).fit(X, y).n_iter_ == 2


def test_scikit_learn_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(sys.modules):
        if name.startswith("chainrule.estimators"):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sklearn.utils.validation", None)
    with pytest.raises(ImportError, match=r'pip install "chainrule\[estimators\]"'):
        importlib.import_module("chainrule.estimators")
