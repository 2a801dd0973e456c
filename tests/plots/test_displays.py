"""Pictures that are kept and drawn when asked, in scikit-learn's manner."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.axes import Axes
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from chainrule.errors import ChainruleError
from chainrule.estimators import NeuralNetClassifier, SoftmaxRegressionClassifier
from chainrule.nn.ensemble import Ensemble
from chainrule.plots import (
    HiddenWeightsDisplay,
    HistoryDisplay,
    LayersDisplay,
    RateWidthDisplay,
    ReliabilityDisplay,
    SeedBandsDisplay,
    WorstPredictionsDisplay,
)
from chainrule.training.health import layer_figures
from chainrule.training.history import Epoch, History
from drawn_pictures import AFTER, BEFORE, COUNTED, DIGITS, HISTORY, RAW, WORST

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
    same = ReliabilityDisplay.from_model(AFTER, DIGITS).counted
    np.testing.assert_array_equal(same.n_wrong, COUNTED.n_wrong)
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
    several: Any = Ensemble([BEFORE, AFTER])
    with pytest.raises(ChainruleError, match=r"2 × .* has no hidden layer of its own to draw"):
        HiddenWeightsDisplay(several).plot()
    with pytest.raises(ChainruleError, match=r"2 × .* has layers in each of its networks"):
        LayersDisplay.from_models(several, several, DIGITS)
    with pytest.raises(ChainruleError, match="the label 77, which the model has not learned"):
        ReliabilityDisplay.from_estimator(flat, X[:2], [77, y[0]])


def test_layers_of_a_network_before_and_after(ax: Axes) -> None:
    gradients, units = LayersDisplay.from_models(BEFORE, AFTER, DIGITS).plot(ax).axes_
    before, after = (layer_figures(net, *DIGITS.part("train")) for net in (BEFORE, AFTER))
    for line, layers in zip(gradients.lines, (before, after), strict=True):
        np.testing.assert_array_equal(line.get_ydata(), [layer.gradient for layer in layers])
    heights = [bar.get_height() for bar in units.patches]  # type: ignore[attr-defined]
    assert heights == [after[0].dead, after[0].saturated, after[0].slope]


def test_the_heat_map_of_a_search(ax: Axes) -> None:
    X, y = RAW.X_train[:60], RAW.y_train[:60]
    net = make_pipeline(StandardScaler(), NeuralNetClassifier(max_iter=1, random_state=0))
    names = [
        f"neuralnetclassifier__{name}" for name in ("learning_rate_init", "hidden_layer_sizes")
    ]
    grid = dict(zip(names, ([0.01, 0.1], [(4,), (8, 4)]), strict=True))
    search = GridSearchCV(net, grid, cv=2).fit(X, y)
    display = RateWidthDisplay.from_search(search)
    assert (display.rates, display.widths) == ([0.01, 0.1] * 2, [4, 4, 8, 8])
    assert display.accuracies == list(search.cv_results_["mean_test_score"])
    assert len(display.plot(ax).ax_.texts) == 4
    only = GridSearchCV(net, {names[0]: [0.01, 0.1]}, cv=2).fit(X, y)
    with pytest.raises(ChainruleError, match=r"it varies neuralnetclassifier__learning_rate_init"):
        RateWidthDisplay.from_search(only)


def test_the_heat_map_of_trials_that_have_both() -> None:
    values: list[dict[str, float | str]] = [
        {"learning_rate": 0.1, "width": 8},
        {"width": 8},
        {"learning_rate": 0.2, "width": 16, "init": "he"},
    ]
    trials = [SimpleNamespace(values=v, accuracy=0.9 + i / 100) for i, v in enumerate(values)]
    display = RateWidthDisplay.from_trials(trials)
    assert (display.rates, display.widths, display.accuracies) == (
        [0.1, 0.2],
        [8, 16],
        [0.9, 0.92],
    )


def runs(*accuracies: list[float]) -> list[History]:
    return [
        History(
            [Epoch(i, 2.0 / (i + 1), 1.0, 0.5, 1.0, test_accuracy=a) for i, a in enumerate(run)]
        )
        for run in accuracies
    ]


def test_seed_bands_have_the_median_and_reach_as_far_as_all_runs(ax: Axes) -> None:
    histories = runs([0.1, 0.8, 0.9], [0.1, 0.6, 0.95], [0.1, 0.75, 0.7, 0.99])
    display = SeedBandsDisplay.from_histories({"net": histories}).plot(ax)
    (median,), (band,) = ax.lines, ax.collections
    np.testing.assert_array_equal(median.get_ydata(), [0.1, 0.75, 0.9])
    corners = np.vstack([path.vertices for path in band.get_paths()])
    assert {tuple(corner) for corner in corners} >= {(1, 0.6), (1, 0.8), (2, 0.7), (2, 0.95)}
    assert (ax.get_ylabel(), np.shape(display.bands["net"])) == ("test accuracy", (3, 3))
    assert ax.get_xlabel() == "epoch (0: untrained, 0.10, below the picture)"
    assert ax.get_ylim()[0] > 0.5


def test_seed_bands_of_losses_are_on_a_logarithmic_axis(ax: Axes) -> None:
    SeedBandsDisplay.from_histories({"net": runs([0, 1], [0, 1])}, column="train_loss_sum").plot(
        ax
    )
    assert (ax.get_yscale(), ax.get_ylabel()) == ("log", "train loss sum (nats)")


def test_seed_bands_of_what_was_not_measured() -> None:
    with pytest.raises(ChainruleError, match="a run of 'net' has no validation_accuracy"):
        SeedBandsDisplay.from_histories({"net": runs([0, 1])}, column="validation_accuracy")
    with pytest.raises(ChainruleError, match="there is no column 'loss'; choose of"):
        SeedBandsDisplay.from_histories({"net": runs([0, 1])}, column="loss")
    for bands, words in (
        ({}, "there is no band"),
        ({"a": [[np.nan]]}, "the band 'a' needs finite"),
    ):
        with pytest.raises(ChainruleError, match=words):
            SeedBandsDisplay(bands, "loss").plot()
