"""The cells of the published lab, run with the package's functions and models in place of its own.

The data come from scikit-learn, split and cast as in the lab: raw digits, 0 to 16, in float32.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import chainrule.data
from chainrule.nn.activations import dsigmoid, sigmoid
from chainrule.nn.classifier import Classifier
from chainrule.nn.functions import nll, one_hot, softmax
from chainrule.nn.models import LogisticRegression, NeuralNet


class Split(NamedTuple):
    X_train: NDArray[np.float32]
    X_test: NDArray[np.float32]
    y_train: NDArray[np.int32]
    y_test: NDArray[np.int32]


Trained = tuple[NeuralNet, list[float], list[float], list[float]]


@pytest.fixture(scope="module")
def split() -> Split:
    digits = load_digits()
    data = np.asarray(digits.data, dtype="float32")
    target = np.asarray(digits.target, dtype="int32")
    return Split(*train_test_split(data, target, test_size=0.15, random_state=37))


def test_the_split_is_the_one_that_comes_with_the_package(split: Split) -> None:
    ours = chainrule.data.load_digits()
    np.testing.assert_array_equal(split.X_train, ours.X_train)
    np.testing.assert_array_equal(split.y_train, ours.y_train)
    np.testing.assert_array_equal(split.X_test, ours.X_test)
    np.testing.assert_array_equal(split.y_test, ours.y_test)
    assert split.X_train.dtype == ours.X_train.dtype
    assert split.y_test[:12].tolist() == [2, 4, 7, 9, 1, 1, 5, 6, 2, 5, 0, 2]


def test_cells_that_print_the_functions(capsys: pytest.CaptureFixture[str]) -> None:
    X = np.array([[10, 2, -3], [-1, 5, -20]])
    print(softmax([10, 2, -3]))
    print(np.sum(softmax([10, 2, -3])))
    print(softmax(X))
    print(np.sum(softmax(X), axis=1))
    print(nll([1, 0, 0], [0.99, 0.01, 0]))
    print(nll([1, 0, 0], [0.01, 0.01, 0.98]))
    Y_true = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1]])
    Y_pred = np.array([[0, 1, 0], [0.99, 0.01, 0], [0, 0, 1]])
    print(nll(Y_true, Y_pred))
    assert capsys.readouterr().out.splitlines() == [
        "[9.99662391e-01 3.35349373e-04 2.25956630e-06]",
        "1.0",
        "[[9.99662391e-01 3.35349373e-04 2.25956630e-06]",
        " [2.47262316e-03 9.97527377e-01 1.38536042e-11]]",
        "[1. 1.]",
        "0.01005033585350145",
        "4.605170185988091",
        "0.010050335853503449",
    ]


def test_cell_that_plots_the_sigmoid() -> None:
    x = np.linspace(-5, 5, 100)
    assert sigmoid(x).shape == dsigmoid(x).shape == (100,)
    assert (np.diff(sigmoid(x)) > 0).all()
    assert dsigmoid(x).max() == pytest.approx(0.25, abs=0.001)


@pytest.mark.parametrize(
    "build",
    [
        lambda: LogisticRegression(input_size=64, output_size=10),
        lambda: NeuralNet(input_size=64, hidden_size=32, output_size=10),
    ],
    ids=["LogisticRegression", "NeuralNet"],
)
def test_cells_that_check_the_models(build: Callable[[], Classifier]) -> None:
    model = build()
    assert model.forward(np.zeros((1, 64))).shape == (1, 10)
    assert model.loss(np.zeros((1, 64)), np.zeros(1)) > 0


def test_cells_that_train_the_logistic_regression(split: Split) -> None:
    X_train, X_test, y_train, y_test = split
    n_features, n_classes = X_train.shape[1], len(np.unique(y_train))
    lr = LogisticRegression(n_features, n_classes, seed=0)
    learning_rate = 0.01
    steps, recent_losses = [], []

    for i in range(len(X_train)):
        x = X_train[i : i + 1]
        y = y_train[i : i + 1]
        y_pred = lr.forward(x)
        grad_W, grad_b = lr.grad_loss(x, one_hot(lr.output_size, y), y_pred)
        lr.W -= learning_rate * grad_W
        lr.b -= learning_rate * grad_b
        if i % 100 == 0:  # the slice is empty at step 0, where the lab prints -0
            steps.append(i)
            recent = slice(max(0, i - 100), i)
            recent_losses.append(lr.loss(X_train[recent], y_train[recent]))

    assert steps == list(range(0, 1600, 100))
    assert f"{recent_losses.pop(0):.0f}" == "0"
    assert np.mean(recent_losses[-5:]) < np.mean(recent_losses[:5])
    # Over seeds 0 to 7 the test accuracy lies between 0.70 and 0.88.
    assert np.mean(lr.predict(X_train) == y_train) > 0.65
    assert np.mean(lr.predict(X_test) == y_test) > 0.65
    # One sample, as the lab's plot_prediction takes it.
    assert lr.forward(X_test[0]).shape == (10,)
    assert [lr.predict(X_test[0])] == lr.predict(X_test[0:1])


@pytest.fixture(scope="module")
def trained(split: Split) -> Trained:
    """The lab's training loop at its own settings: the model, losses, accuracies, and test's."""
    X_train, X_test, y_train, y_test = split
    model = NeuralNet(X_train.shape[1], 10, 10, seed=0)
    losses, accuracies, accuracies_test = [], [], []
    losses.append(model.loss(X_train, y_train))
    accuracies.append(model.accuracy(X_train, y_train))
    accuracies_test.append(model.accuracy(X_test, y_test))

    for _ in range(15):
        for x, y in zip(X_train, y_train, strict=True):
            model.train(x, y, 0.001)
        losses.append(model.loss(X_train, y_train))
        accuracies.append(model.accuracy(X_train, y_train))
        accuracies_test.append(model.accuracy(X_test, y_test))
    return model, losses, accuracies, accuracies_test


def test_cells_that_train_the_neural_net(
    trained: Trained,
) -> None:
    _, losses, accuracies, accuracies_test = trained
    assert len(losses) == len(accuracies) == len(accuracies_test) == 16
    assert losses[0] == pytest.approx(1527 * np.log(10), rel=0.02)
    assert (np.diff(losses) < 0).all()
    assert losses[-1] < 0.5 * losses[0]
    # Over seeds 0 to 9 the test accuracy lies between 0.83 and 0.93.
    assert max(accuracies[0], accuracies_test[0]) < 0.25
    assert accuracies[-1] > 0.8
    assert accuracies_test[-1] > 0.8


def test_cells_that_find_the_worst_predictions(trained: Trained, split: Split) -> None:
    model = trained[0]
    test_losses = []
    for x, y in zip(split.X_test, split.y_test, strict=True):
        test_losses.append(model.loss(x, y))
    worst = int(np.argmax(test_losses))
    assert f"{np.max(test_losses):0.5f}" == f"{test_losses[worst]:0.5f}"
    assert np.sum(test_losses) == pytest.approx(model.loss(split.X_test, split.y_test))
    assert model.predict(split.X_test[worst]) != split.y_test[worst]
    five = np.argsort(test_losses)[-5:]
    assert (model.predict(split.X_test[five]) != split.y_test[five]).all()
