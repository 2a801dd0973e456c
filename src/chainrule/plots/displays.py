"""The pictures as scikit-learn's displays: what is drawn is kept, and drawn when asked.

`HistoryDisplay.from_estimator(net).plot()` draws, and may be called again with other axes. Each
display draws by the function of `chainrule.plots` that it names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np
from numpy.typing import ArrayLike

from chainrule.errors import ChainruleError, quoted
from chainrule.nn.evaluate import ROWS_AT_A_TIME, Prediction, Predictor, worst_predictions
from chainrule.nn.models import NeuralNet
from chainrule.nn.reliability import Reliability, reliability
from chainrule.plots._layout import axes_for
from chainrule.plots.bands import plot_bands
from chainrule.plots.curves import (
    fit_accuracy_axis,
    fit_loss_axis,
    plot_accuracies,
    plot_losses,
)
from chainrule.plots.layers import plot_layers
from chainrule.plots.reliability import plot_reliability
from chainrule.plots.samples import plot_hidden_weights, plot_worst
from chainrule.plots.searches import plot_rate_width
from chainrule.training.health import layer_figures
from chainrule.training.history import COLUMNS, History

if TYPE_CHECKING:  # matplotlib is slow to import, and most of chainrule draws nothing
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from chainrule.data.dataset import Dataset, Part
    from chainrule.training.health import LayerFigures


class Display:
    """What all displays share.

    Attributes:
        ax_: the axes on which `plot` drew.
        axes_: the inner ones, into which it divided them.
        figure_: theirs.
    """

    ax_: Axes
    axes_: list[Axes]
    figure_: Figure

    def plot(self, ax: Axes | None = None) -> Self:
        """Draw on the axes given, or on those of a new pyplot figure.

        Raises:
            ChainruleError: if what was given cannot be drawn.
        """
        axes = self._drawn(ax)
        figure = axes[0].get_figure(root=True)
        assert figure is not None
        self.ax_ = figure.axes[0] if ax is None else ax  # inner axes are not the figure's
        self.axes_, self.figure_ = axes, figure
        return self

    def _drawn(self, ax: Axes | None) -> list[Axes]:
        raise NotImplementedError


class HistoryDisplay(Display):
    """Loss and accuracy of each epoch, side by side: `plot_losses` and `plot_accuracies`.

    Attributes:
        histories: one, or several by name.
    """

    def __init__(self, histories: History | Mapping[str, History]) -> None:
        self.histories = histories

    @classmethod
    def from_estimator(cls, *estimators: Any) -> Self:
        """Of trained estimators of `chainrule.estimators`, or pipelines or searches around one.

        Several are named by their place: 1, 2, and so on.

        Raises:
            ChainruleError: if one has no history.
        """
        histories: list[History] = [_of_estimator(e, "history_") for e in estimators]
        if len(histories) == 1:
            return cls(histories[0])
        return cls({str(place): history for place, history in enumerate(histories, start=1)})

    def _drawn(self, ax: Axes | None) -> list[Axes]:
        ax = axes_for(ax, 11, 4.2)
        ax.set_axis_off()
        left, right = ax.inset_axes((0, 0, 0.44, 1)), ax.inset_axes((0.56, 0, 0.44, 1))
        return [plot_losses(self.histories, ax=left), plot_accuracies(self.histories, ax=right)]


class WorstPredictionsDisplay(Display):
    """The images with the highest loss: `plot_worst`.

    Attributes:
        predictions: of rows of the part, the worst first.
        data: whose images they are.
        part: of the data.
    """

    def __init__(
        self, predictions: Sequence[Prediction], data: Dataset, part: Part = "test"
    ) -> None:
        self.predictions, self.data, self.part = predictions, data, part

    @classmethod
    def from_model(
        cls, model: Predictor, data: Dataset, *, part: Part = "test", number: int = 12
    ) -> Self:
        """Of a model that takes these data: scaled, or as they are for a `TrainedModel`.

        Raises:
            ChainruleError: if `number` is not positive, or the shapes do not fit.
        """
        return cls(worst_predictions(model, *data.part(part), number), data, part)

    def _drawn(self, ax: Axes | None) -> list[Axes]:
        return plot_worst(self.predictions, self.data, part=self.part, ax=ax)


class HiddenWeightsDisplay(Display):
    """What each unit of the first hidden layer looks for: `plot_hidden_weights`.

    Attributes:
        model: the network.
        image_shape: (height, width) of its images.
    """

    def __init__(self, model: NeuralNet, image_shape: tuple[int, int] = (8, 8)) -> None:
        self.model, self.image_shape = model, image_shape

    @classmethod
    def from_estimator(cls, estimator: Any, image_shape: tuple[int, int] = (8, 8)) -> Self:
        """Of a trained `NeuralNetClassifier`, or a pipeline or a search around one.

        Raises:
            ChainruleError: if it has no network with a hidden layer.
        """
        model = _of_estimator(estimator, "model_")
        if not isinstance(model, NeuralNet):
            raise ChainruleError(
                f"{model!r} has no hidden layer to draw; give a trained NeuralNetClassifier"
            )
        return cls(model, image_shape)

    def _drawn(self, ax: Axes | None) -> list[Axes]:
        return plot_hidden_weights(self.model, image_shape=self.image_shape, ax=ax)


class ReliabilityDisplay(Display):
    """How often a model is right where it is sure: `plot_reliability`.

    Attributes:
        counted: predictions by confidence.
    """

    def __init__(self, counted: Reliability) -> None:
        self.counted = counted

    @classmethod
    def from_predictions(cls, y: ArrayLike, probabilities: ArrayLike, *, n_bins: int = 10) -> Self:
        """Of true labels 0 … K−1, `(N,)`, and what a model gives, `(N, K)`.

        Raises:
            ChainruleError: as `chainrule.nn.reliability.reliability` does.
        """
        return cls(reliability(y, probabilities, n_bins))

    @classmethod
    def from_model(
        cls, model: Predictor, data: Dataset, *, part: Part = "test", n_bins: int = 10
    ) -> Self:
        """Of a model that takes these data: scaled, or as they are for a `TrainedModel`.

        Raises:
            ChainruleError: if the shapes do not fit.
        """
        X, y = data.part(part)
        starts = range(0, len(X), ROWS_AT_A_TIME)
        probabilities = [model.forward(X[start : start + ROWS_AT_A_TIME]) for start in starts]
        return cls.from_predictions(y, np.concatenate(probabilities), n_bins=n_bins)

    @classmethod
    def from_estimator(
        cls, estimator: Any, X: ArrayLike, y: ArrayLike, *, n_bins: int = 10
    ) -> Self:
        """Of any of scikit-learn's classifiers, on samples `(N, D)` with labels `(N,)`.

        Raises:
            ChainruleError: if a label is none of its classes.
        """
        labels, classes = np.asarray(y), np.asarray(estimator.classes_)
        unknown = labels[~np.isin(labels, classes)][:1].tolist()
        if unknown:
            raise ChainruleError(
                f"y has the label {quoted(unknown[0])}, which the model has not learned"
            )
        places = np.searchsorted(classes, labels)  # scikit-learn keeps classes sorted
        return cls.from_predictions(places, estimator.predict_proba(X), n_bins=n_bins)

    def _drawn(self, ax: Axes | None) -> list[Axes]:
        return list(plot_reliability(self.counted, ax=ax))


class LayersDisplay(Display):
    """The gradient that reaches each layer, and what its units do: `plot_layers`.

    Attributes:
        before: of each layer, before training.
        after: of the same layers, after it.
    """

    def __init__(self, before: Sequence[LayerFigures], after: Sequence[LayerFigures]) -> None:
        self.before, self.after = before, after

    @classmethod
    def from_models(
        cls, untrained: NeuralNet, trained: NeuralNet, data: Dataset, *, part: Part = "train"
    ) -> Self:
        """Of a network before and after training, on scaled data.

        Raises:
            ChainruleError: if the shapes do not fit.
        """
        before, after = (layer_figures(m, *data.part(part)) for m in (untrained, trained))
        return cls(before, after)

    def _drawn(self, ax: Axes | None) -> list[Axes]:
        return list(plot_layers(self.before, self.after, ax=ax))


class SettingsTried(Protocol):
    """What `chainrule.search` and others call a trial."""

    @property
    def values(self) -> Mapping[str, Any]:
        """Of the settings, by name."""

    @property
    def accuracy(self) -> float:
        """On validation samples, 0 to 1."""


class RateWidthDisplay(Display):
    """The accuracy of trials by learning rate and width, as a heat map: `plot_rate_width`.

    Attributes:
        rates: learning rates, one for each trial.
        widths: units of a hidden layer, likewise.
        accuracies: 0 to 1, likewise.
    """

    def __init__(
        self, rates: Sequence[float], widths: Sequence[float], accuracies: Sequence[float]
    ) -> None:
        self.rates, self.widths, self.accuracies = rates, widths, accuracies

    @classmethod
    def from_trials(cls, trials: Iterable[SettingsTried]) -> Self:
        """Of the trials of `chainrule search` that have a learning rate and a width."""
        rows = [
            (float(t.values["learning_rate"]), float(t.values["width"]), t.accuracy)
            for t in trials
            if {"learning_rate", "width"} <= set(t.values)
        ]
        return cls(*([row[column] for row in rows] for column in range(3)))

    @classmethod
    def from_search(cls, search: Any) -> Self:
        """Of scikit-learn's `GridSearchCV` and its kin, after `fit`, over these two parameters.

        They are known by the end of their names, `learning_rate_init` and `hidden_layer_sizes`;
        of several hidden layers the first counts. Candidates without a score are left out.

        Raises:
            ChainruleError: if the search did not vary both.
        """
        results, names = search.cv_results_, ("learning_rate_init", "hidden_layer_sizes")
        columns = [[key for key in results if key.endswith(name)] for name in names]
        if not all(columns):
            raise ChainruleError(
                f"the search has not both {' and '.join(names)}; it varies "
                f"{', '.join(key.removeprefix('param_') for key in results if 'param_' in key)}"
            )
        (rates, widths), scores = (results[key[0]] for key in columns), results["mean_test_score"]
        there = np.flatnonzero(np.isfinite(scores)).tolist()
        return cls(
            [float(rates[i]) for i in there],
            [float(np.atleast_1d(widths[i])[0]) for i in there],
            [float(scores[i]) for i in there],
        )

    def _drawn(self, ax: Axes | None) -> list[Axes]:
        return [plot_rate_width(self.rates, self.widths, self.accuracies, ax=ax)]


class SeedBandsDisplay(Display):
    """Several runs over the epochs, their median in a band from lowest to highest: `plot_bands`.

    Attributes:
        bands: by name, values of each epoch and run, `(E + 1, S)`.
        quantity: what they are, beside the axis.
        looks: colour and dashes by name, where those that come of themselves will not do.
    """

    def __init__(
        self,
        bands: Mapping[str, ArrayLike],
        quantity: str,
        looks: Mapping[str, tuple[str, str]] | None = None,
    ) -> None:
        self.bands, self.quantity, self.looks = bands, quantity, looks

    @classmethod
    def from_histories(
        cls, histories: Mapping[str, Sequence[History]], *, column: str = "test_accuracy"
    ) -> Self:
        """Of runs that differ by their seeds, under a name for each way of training.

        A band reaches as far as all its runs do.

        Args:
            histories: for each name one history of each run.
            column: what is drawn, by its name in `Epoch`.

        Raises:
            ChainruleError: if there is no such column, or a run has none of it.
        """
        if column not in COLUMNS:
            raise ChainruleError(f"there is no column {quoted(column)}; choose of {COLUMNS}")
        bands = {}
        for name, runs in histories.items():
            rows = list(zip(*(history.column(column) for history in runs), strict=False))
            if any(None in row for row in rows):
                raise ChainruleError(f"a run of {quoted(name)} has no {column}")
            bands[name] = np.array(rows, dtype=float)
        units = {"loss_mean": " (nats per sample)", "loss_sum": " (nats)", "seconds": ""}
        unit = next((words for end, words in units.items() if column.endswith(end)), "")
        return cls(bands, column.replace("_", " ") + unit)

    def _drawn(self, ax: Axes | None) -> list[Axes]:
        ax = plot_bands(self.bands, looks=self.looks, ax=ax)
        ax.set(ylabel=self.quantity)
        if "loss" in self.quantity:
            fit_loss_axis(ax)
        if "accuracy" in self.quantity:
            bands = [np.asarray(band, dtype=float) for band in self.bands.values()]
            fit_accuracy_axis(ax, [runs for band in bands for runs in band.T])
        return [ax]


def _of_estimator(estimator: Any, attribute: str) -> Any:
    """What a trained estimator of chainrule has, also inside of a search or of a pipeline."""
    estimator = getattr(estimator, "best_estimator_", estimator)
    last = estimator.steps[-1][1] if hasattr(estimator, "steps") else estimator
    if not hasattr(last, attribute):
        raise ChainruleError(
            f"{type(last).__name__} has no {attribute}; give an estimator of "
            "chainrule.estimators after fit, or a pipeline that ends with one"
        )
    return getattr(last, attribute)
