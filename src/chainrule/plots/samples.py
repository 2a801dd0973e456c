"""Pictures of samples, of what a model says of them, and of what its units look for."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.data.arrays import Array
from chainrule.errors import ChainruleError
from chainrule.nn.functions import one_hot
from chainrule.plots._layout import (
    BLUE,
    VERMILION,
    axes_for,
    class_ticks,
    points,
    tiled,
    weight_colours,
)
from chainrule.plots._text import LONGEST_NAME, class_names, fonts, short
from chainrule.training.augmentation import BLOCK, Augmentation, AugmentedSamples

if TYPE_CHECKING:  # matplotlib is slow to import, and most of chainrule draws nothing
    from matplotlib.axes import Axes

    from chainrule.data.dataset import Dataset, Part
    from chainrule.nn.evaluate import Prediction
    from chainrule.nn.models import NeuralNet

MOST_UNITS = 64
TOP = 1.22  # of axes for probabilities: room above 1 keeps the legend off a full bar


class Forward(Protocol):
    """What a picture of a prediction needs of a model."""

    def forward(self, X: ArrayLike, /) -> Array:
        """Probabilities of the K classes for one sample, `(D,)` to `(K,)` or `(1, K)`."""
        ...


def plot_sample(
    data: Dataset, sample_idx: int = 0, *, part: Part = "test", ax: Axes | None = None
) -> Axes:
    """One sample as an image in raw values, dark on light, without its label.

    Raises:
        ChainruleError: if `sample_idx` is not a row of the part.
        DataError: if the features are not pixels.
    """
    image = data.images(_sample(data, part, sample_idx)[0])  # (height, width)
    ax = axes_for(ax, 3, 3)
    ax.imshow(image, cmap="gray_r", interpolation="nearest")
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_color("0.8")
    return ax


def sample_png(data: Dataset, sample_idx: int = 0, *, part: Part = "test") -> bytes:
    """The same as a PNG file with one pixel for each of the image's, for a page to enlarge.

    Raises:
        ChainruleError: if `sample_idx` is not a row of the part.
        DataError: if the features are not pixels.
    """
    from PIL import Image

    image = data.images(_sample(data, part, sample_idx)[0])  # (height, width)
    low, high = float(image.min()), float(image.max())
    grey = np.rint(255 * (high - image) / ((high - low) or 1.0)).astype(np.uint8)
    png = io.BytesIO()
    Image.fromarray(grey).save(png, format="png")
    return png.getvalue()


def plot_digits(data: Dataset, number: int = 20, *, ax: Axes | None = None) -> list[Axes]:
    """The first images of the training part, each under the name of its class.

    Returns:
        The inner axes, one for each of the `number` images (fewer if the part has fewer).

    Raises:
        ChainruleError: if `number` is not positive.
        DataError: if the features are not pixels.
    """
    if number < 1:
        raise ChainruleError(f"number must be 1 or more; got {number}")
    data.images(data.X_train[:1])  # refuses other data before anything is drawn
    labels = data.y_train[:number]
    names = class_names(data.classes)
    tiles = tiled(axes_for(ax, 9, 2.6), [names[label] for label in labels])
    for sample_idx, tile in enumerate(tiles):
        plot_sample(data, sample_idx, part="train", ax=tile)
    return tiles


def plot_augmentation(
    data: Dataset,
    augmentation: Augmentation,
    number: int = 11,
    *,
    seed: int = 0,
    ax: Axes | None = None,
) -> list[Axes]:
    """The first image of the training part as it is, and as the first epochs of a run have it.

    Returns:
        The inner axes, one for the image itself and one for each of the `number` epochs.

    Raises:
        ChainruleError: if `number` is not positive.
        DataError: if the features are not pixels.
    """
    if number < 1:
        raise ChainruleError(f"number must be 1 or more; got {number}")
    few = np.asarray(data.X_train[:BLOCK])  # by which training knows the colour of the paper
    images = data.images(few)  # (n, height, width)
    deformed = AugmentedSamples(few, data.image_shape, augmentation, seed)
    titles = ["as it is", *(f"epoch {epoch + 1}" for epoch in range(number))]
    tiles = tiled(axes_for(ax, 9, 2.6), titles)
    for epoch, tile in enumerate(tiles):
        if epoch > 0:
            deformed.renew(epoch)
        image = data.images(deformed.samples[0]) if epoch > 0 else images[0]
        low, high = images.min(), images.max()
        tile.imshow(image, cmap="gray_r", interpolation="nearest", vmin=low, vmax=high)
    return tiles


def plot_prediction(
    model: Forward,
    sample_idx: int = 0,
    *,
    data: Dataset | None = None,
    part: Part = "test",
    ax: Axes | None = None,
) -> tuple[Axes, Axes]:
    """An image beside the true (one-hot) and the predicted probabilities of the classes.

    `data` is what the model was trained on, scaled likewise: the raw digits if None, as in the
    published lab; `load_digits().scaled("standard")` for a model trained on those.

    Returns:
        The inner axes: the image, and the bars.

    Raises:
        ChainruleError: if `sample_idx` is not a row of the part, or the model does not
            predict one probability for each class.
        DataError: if the features are not pixels.
    """
    if data is None:
        from chainrule.data.loading import load_digits

        data = load_digits()
    x, label = _sample(data, part, sample_idx)
    y = _probabilities(model, x, data)
    image, bars = _image_and_bars(ax, data, part, sample_idx)
    _bar_pair(bars, (one_hot(len(y), label), "true"), (y, "predicted"))
    name = short(class_names(data.classes)[int(y.argmax())])
    title = f"predicted {name}, probability {y.max():.2f}"
    bars.set_title(title, fontsize=11, fontfamily=fonts(title))
    class_ticks(bars, data.classes)
    return image, bars


def plot_prediction_before_after(
    before: Forward,
    after: Forward,
    sample_idx: int = 0,
    *,
    data: Dataset,
    part: Part = "test",
    ax: Axes | None = None,
) -> tuple[Axes, Axes]:
    """An image beside the probabilities predicted before and after training.

    A grey band marks the true class. Arguments, inner axes and errors are those of
    `plot_prediction`.
    """
    x, label = _sample(data, part, sample_idx)
    y_before, y_after = _probabilities(before, x, data), _probabilities(after, x, data)
    image, bars = _image_and_bars(ax, data, part, sample_idx)
    band: Any = {"color": "0.5", "alpha": 0.24, "zorder": 0, "label": "true class"}
    bars.axvspan(label - 0.5, label + 0.5, ymax=1 / TOP, **band)  # below the legend
    _bar_pair(bars, (y_before, "before"), (y_after, "after"))
    names = class_names(data.classes)
    title = " → ".join(short(names[int(y.argmax())]) for y in (y_before, y_after))
    bars.set_title(f"predicted {title}", fontsize=11, fontfamily=fonts(title))
    class_ticks(bars, data.classes)
    return image, bars


def plot_worst(
    predictions: Sequence[Prediction],
    data: Dataset,
    *,
    part: Part = "test",
    ax: Axes | None = None,
) -> list[Axes]:
    """Images with their true class, the class predicted, and the loss in nats.

    `predictions` are those that `worst_predictions` finds in that part of the data.

    Returns:
        The inner axes, one for each prediction.

    Raises:
        ChainruleError: if there is no prediction, or one is not of a row of the part.
        DataError: if the features are not pixels.
    """
    if not predictions:
        raise ChainruleError("there is no prediction to draw; worst_predictions finds them")
    for prediction in predictions:
        data.images(_sample(data, part, prediction.sample_idx)[0])
    names = [name[:LONGEST_NAME] for name in class_names(data.classes)]
    titles = [
        f"true {names[p.true]}\nsaid {names[p.predicted]}\nloss {p.loss:.2f}" for p in predictions
    ]
    tiles = tiled(axes_for(ax, 8, 1.9 * math.ceil(len(predictions) / 6)), titles)
    for prediction, tile in zip(predictions, tiles, strict=True):
        plot_sample(data, prediction.sample_idx, part=part, ax=tile)
    return tiles


def plot_hidden_weights(
    model: NeuralNet, *, image_shape: tuple[int, int] = (8, 8), ax: Axes | None = None
) -> list[Axes]:
    """What each unit of the first hidden layer looks for: its weights as an image.

    Blue weights are positive, vermilion ones negative, and at 0 the page shows; all
    tiles share one scale.
    Of more than 64 units the first 64 are drawn, and the picture says so.

    The model's `W_h` is `(D, H)`; `image_shape` is (height, width), D pixels together.

    Returns:
        The inner axes, one for each unit drawn, titled by its column in `W_h`.

    Raises:
        ChainruleError: if D is not height · width, or the model has no hidden layer of its own.
    """
    if not hasattr(model, "W_h"):
        raise ChainruleError(
            f"{model!r} has no hidden layer of its own to draw; give a NeuralNet, such as one of "
            "an ensemble's `members`"
        )
    n_inputs, n_units = model.W_h.shape
    if n_inputs != math.prod(image_shape):
        raise ChainruleError(
            f"{model!r} reads {n_inputs} features, which are not the pixels of an image of "
            f"{image_shape[0]} × {image_shape[1]}"
        )
    ax = axes_for(ax, 8, 4.5)
    tiles = tiled(ax, [str(unit) for unit in range(min(n_units, MOST_UNITS))], width=0.9)
    colours = weight_colours()
    limit = float(np.abs(model.W_h[:, :MOST_UNITS]).max()) or 1.0
    for tile, weights in zip(tiles, model.W_h.T, strict=False):
        image = tile.imshow(weights.reshape(image_shape), cmap=colours, vmin=-limit, vmax=limit)
    ax.figure.colorbar(image, cax=ax.inset_axes((0.94, 0.05, 0.02, 0.85)), label="weight")
    if n_units > MOST_UNITS:
        ax.set_title(f"the first {MOST_UNITS} of {n_units} hidden units", fontsize=11)
    return tiles


def _sample(data: Dataset, part: Part, sample_idx: int) -> tuple[NDArray[Any], int]:
    """Features `(D,)` and label of a row, or an error that says which rows there are."""
    X, y = data.part(part)
    if not isinstance(sample_idx, int | np.integer) or not 0 <= sample_idx < len(X):
        raise ChainruleError(
            f"sample_idx must be a row of the {part} part of {data.name!r}, 0 to {len(X) - 1}; "
            f"got {sample_idx!r}"
        )
    return X[sample_idx], int(y[sample_idx])


def _probabilities(model: Forward, x: NDArray[Any], data: Dataset) -> Array:
    y = np.asarray(model.forward(x))
    if y.shape not in ((len(data.classes),), (1, len(data.classes))):
        raise ChainruleError(
            f"{data.name!r} has {len(data.classes)} classes; the model's forward gave shape "
            f"{y.shape} for one sample"
        )
    return y.ravel()  # (K,)


def _image_and_bars(
    ax: Axes | None, data: Dataset, part: Part, sample_idx: int
) -> tuple[Axes, Axes]:
    x, label = _sample(data, part, sample_idx)
    data.images(x)  # refuses other data before anything is drawn
    ax = axes_for(ax, 9, 3.6)
    ax.set_axis_off()
    image = plot_sample(data, sample_idx, part=part, ax=ax.inset_axes((0, 0, 0.34, 1)))
    name = short(class_names(data.classes)[label])
    image.set_title(f"true label {name}", fontsize=11, fontfamily=fonts(name))
    left = min(0.34 + 48 / points(ax)[0], 0.7)  # 48 points: tick labels and axis label
    return image, ax.inset_axes((left, 0, 1 - left, 1))


def _bar_pair(ax: Axes, left: tuple[Array, str], right: tuple[Array, str]) -> None:
    """Probabilities side by side: hatched outlines and filled, to be told apart without colour."""
    places = np.arange(len(left[0]))
    ax.bar(places - 0.2, left[0], 0.4, label=left[1], fill=False, edgecolor=VERMILION, hatch="///")
    ax.bar(places + 0.2, right[0], 0.4, label=right[1], color=BLUE)
    ax.set(ylim=(0, TOP), yticks=np.linspace(0, 1, 6), ylabel="probability", xlabel="class")
    tight: Any = {"handlelength": 1.5, "columnspacing": 1.2, "handletextpad": 0.4}
    ax.legend(loc="upper center", ncols=3, fontsize=8, frameon=False, **tight)
