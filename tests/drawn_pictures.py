"""What the tests of the pictures draw, and what they read off the axes."""

import dataclasses
from collections.abc import Callable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike

from chainrule import plots
from chainrule.data import load_digits
from chainrule.data.arrays import Array
from chainrule.nn.evaluate import worst_predictions
from chainrule.nn.models import NeuralNet
from chainrule.nn.reliability import reliability
from chainrule.training.fit import fit
from chainrule.training.history import Epoch, History
from chainrule.training.sgd import SGD

RAW = load_digits()


DIGITS = RAW.scaled("standard")


BEFORE, AFTER = NeuralNet(64, 12, 10, seed=0), NeuralNet(64, 12, 10, seed=0)


HISTORY = fit(AFTER, DIGITS.X_train[:300], DIGITS.y_train[:300], SGD(2), test=DIGITS.part("test"))


LETTERS = tuple("abcdefghijklmnopqrstuvwxyz")


NAMES = (*("T-shirt/top $5$", "a class with a name that never ends"), *map(str, range(2, 10)))


WORST = worst_predictions(AFTER, *DIGITS.part("test"), number=7)


COUNTED = reliability(DIGITS.y_test, AFTER.forward(DIGITS.X_test))


TABLE = dataclasses.replace(RAW, image_shape=None, name="flowers.csv")


Y = np.array([0.05, 0.8, 0.03, 0.12])


PHOTO = plots.Seen("photo.jpg", np.eye(28), Y, np.zeros((30, 20, 3), np.uint8))


DOUBTED = plots.Seen("row 3", np.eye(28), Y, doubt="the ink is in 4 pieces")


EVERY_PICTURE: dict[str, Callable[[Axes | None], object]] = {
    "sample": lambda ax: plots.plot_sample(DIGITS, 3, ax=ax),
    "digits": lambda ax: plots.plot_digits(DIGITS, 7, ax=ax),
    "prediction": lambda ax: plots.plot_prediction(AFTER, 3, data=DIGITS, ax=ax),
    "before": lambda ax: plots.plot_prediction_before_after(BEFORE, AFTER, data=DIGITS, ax=ax),
    "activation": lambda ax: plots.plot_activation("relu", ax=ax),
    "losses": lambda ax: plots.plot_losses({"network": HISTORY}, ax=ax),
    "accuracies": lambda ax: plots.plot_accuracies({"network": HISTORY}, ax=ax),
    "confusion": lambda ax: plots.plot_confusion(np.eye(26, dtype=np.int64), LETTERS, ax=ax),
    "worst": lambda ax: plots.plot_worst(WORST, DIGITS, ax=ax),
    "hidden": lambda ax: plots.plot_hidden_weights(AFTER, ax=ax),
    "reliability": lambda ax: plots.plot_reliability(COUNTED, ax=ax),
    "history display": lambda ax: plots.HistoryDisplay(HISTORY).plot(ax).axes_,
    "worst display": lambda ax: plots.WorstPredictionsDisplay(WORST, DIGITS).plot(ax).axes_,
    "hidden display": lambda ax: plots.HiddenWeightsDisplay(AFTER).plot(ax).axes_,
    "seen": lambda ax: plots.plot_seen([PHOTO, DOUBTED], "abcd", ax=ax),
}


class Says:
    """A model that always says the same."""

    def __init__(self, probabilities: ArrayLike) -> None:
        self.probabilities = np.asarray(probabilities, dtype=np.float64)

    def forward(self, X: ArrayLike, /) -> Array:
        return self.probabilities


def image_of(ax: Axes) -> Array:
    array: Array = np.asarray(ax.images[0].get_array())
    return array


def heights(bars: Axes) -> list[list[float]]:
    return [
        [p.get_height() for p in group if isinstance(p, Rectangle)] for group in bars.containers
    ]


def tick_names(ax: Axes) -> list[str]:
    return [label.get_text() for label in ax.get_xticklabels()]


def accuracies(*values: float) -> History:
    return History([Epoch(i, 1.0, 1.0, value, 1.0) for i, value in enumerate(values)])
