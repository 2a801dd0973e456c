"""Pictures that are kept and drawn when asked, in scikit-learn's manner."""

import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.axes import Axes
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from chainrule.errors import ChainruleError
from chainrule.estimators import NeuralNetClassifier, SoftmaxRegressionClassifier
from chainrule.plots import (
    HiddenWeightsDisplay,
    HistoryDisplay,
    ReliabilityDisplay,
    WorstPredictionsDisplay,
)
from drawn_pictures import AFTER, COUNTED, DIGITS, HISTORY, RAW, WORST

pytestmark = pytest.mark.usefixtures("no_figures_left")
WORDS = np.array([f"word {i}" for i in range(10)])


def test_a_display_draws_where_it_is_told_as_often_as_it_is_told(ax: Axes) -> None:
    display = HistoryDisplay(HISTORY)
    assert not hasattr(display, "ax_")
    assert display.plot(ax) is display
    assert display.ax_ is ax
    assert display.figure_ is ax.figure
    losses, accuracies = display.axes_
    np.testing.assert_array_equal(losses.lines[0].get_ydata(), HISTORY.column("train_loss_mean"))
    np.testing.assert_array_equal(accuracies.lines[1].get_ydata(), HISTORY.accuracies_test)
    display.plot()
    assert display.figure_ is pyplot.gcf()
    assert display.ax_ is pyplot.gcf().axes[0]


def test_from_an_estimator_a_pipeline_or_a_search(ax: Axes) -> None:
    X, y = RAW.X_train[:200], WORDS[RAW.y_train[:200]]
    net = NeuralNetClassifier(8, max_iter=2, random_state=0)
    pipeline = make_pipeline(StandardScaler(), net).fit(X, y)
    search = GridSearchCV(pipeline, {"neuralnetclassifier__max_iter": [3]}, cv=2).fit(X, y)
    first, second = (HistoryDisplay.from_estimator(e).histories for e in (pipeline, search))
    assert (len(first), len(second)) == (3, 4)
    both = HistoryDisplay.from_estimator(pipeline, search)
    assert both.histories == {"1": first, "2": second}
    names = {str(line.get_label()) for line in both.plot(ax).axes_[0].lines}
    assert names == {"train (1)", "train (2)"}
    assert HiddenWeightsDisplay.from_estimator(search).model.hidden_size == 8
    counted = ReliabilityDisplay.from_estimator(search, X, y).counted
    assert counted.n_right.sum() == (search.predict(X) == y).sum()


def test_worst_predictions_and_reliability_of_a_model(ax: Axes) -> None:
    display = WorstPredictionsDisplay.from_model(AFTER, DIGITS, number=7)
    assert [p.sample_idx for p in display.predictions] == [p.sample_idx for p in WORST]
    assert len(display.plot(ax).axes_) == 7
    reliable = ReliabilityDisplay.from_predictions(DIGITS.y_test, AFTER.forward(DIGITS.X_test))
    diagram, counts = reliable.plot(ax).axes_
    there = np.isfinite(COUNTED.confidence)
    np.testing.assert_array_equal(diagram.lines[1].get_xdata(), COUNTED.confidence[there])
    np.testing.assert_array_equal(diagram.lines[1].get_ydata(), COUNTED.accuracy[there])
    heights = [bar.get_height() for bar in counts.patches]  # type: ignore[attr-defined]
    np.testing.assert_array_equal(heights, [*COUNTED.n_right, *COUNTED.n_wrong])


def test_what_has_nothing_to_draw() -> None:
    with pytest.raises(ChainruleError, match="NeuralNetClassifier has no history_; give"):
        HistoryDisplay.from_estimator(NeuralNetClassifier())
    X, y = RAW.X_train[:50], RAW.y_train[:50]
    flat = SoftmaxRegressionClassifier(max_iter=1, learning_rate_init=1e-3).fit(X, y)
    with pytest.raises(ChainruleError, match="has no hidden layer to draw"):
        HiddenWeightsDisplay.from_estimator(flat)
    with pytest.raises(ChainruleError, match="the label 77, which the model has not learned"):
        ReliabilityDisplay.from_estimator(flat, X[:2], [77, y[0]])
