"""The pictures as scikit-learn's displays: what is drawn is kept, and drawn when asked.

`HistoryDisplay.from_estimator(net).plot()` draws, and may be called again with other axes. Each
display draws by the function of `chainrule.plots` that it names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

from chainrule.errors import ChainruleError, quoted
from chainrule.nn.evaluate import Prediction, Predictor, worst_predictions
from chainrule.nn.models import NeuralNet
from chainrule.nn.reliability import Reliability, reliability
from chainrule.plots._layout import axes_for
from chainrule.plots.curves import plot_accuracies, plot_losses
from chainrule.plots.reliability import plot_reliability
from chainrule.plots.samples import plot_hidden_weights, plot_worst
from chainrule.training.history import History

if TYPE_CHECKING:  # matplotlib is slow to import, and most of chainrule draws nothing
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from chainrule.data.dataset import Dataset, Part


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
