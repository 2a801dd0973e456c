"""The lab's pictures, each drawn on the axes it is given or on a figure of its own.

Without `ax` a function makes a figure with pyplot, so that a notebook shows it; with `ax` pyplot
is never imported. No function shows a figure, chooses a backend or changes matplotlib's settings.
A picture of several panels divides its one `ax` into inner axes and returns those.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.errors import ChainruleError
from chainrule.functions import ACTIVATIONS, Array, choose, one_hot

if TYPE_CHECKING:  # matplotlib is slow to import, and most of chainrule draws nothing
    from matplotlib.axes import Axes

    from chainrule.data.dataset import Dataset, Part
    from chainrule.evaluate import Prediction
    from chainrule.models import NeuralNet
    from chainrule.training import History

# Okabe and Ito, Color Universal Design (2008): told apart with any kind of colour vision.
BLUE, VERMILION = "#0072B2", "#D55E00"
RUN_COLOURS = (BLUE, VERMILION, "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
PART_STYLES = {"train": (BLUE, "-"), "validation": ("#009E73", ":"), "test": (VERMILION, "--")}
MARKERS = "osD^vP*"
LONGEST_NAME = 14  # characters of a class name
MOST_TICKS = 40
MOST_UNITS = 64
SMALLEST_COUNT = 4.5  # points; smaller digits cannot be read
# Where axes stand until the constrained layout moves them: sizes of text are chosen before that.
FIRST_GUESS = {"left": 0.04, "right": 0.96, "bottom": 0.04, "top": 0.96}
CHARACTER = 0.6  # width of an average character, in font sizes


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
    ax = _axes(ax, 3, 3)
    ax.imshow(image, cmap="gray_r", interpolation="nearest")
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_color("0.8")
    return ax


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
    tiles = _tiles(_axes(ax, 9, 2.6), [str(data.classes[label]) for label in labels])
    for sample_idx, tile in enumerate(tiles):
        plot_sample(data, sample_idx, part="train", ax=tile)
    return tiles


def plot_prediction(
    model: Forward, sample_idx: int = 0, *, data: Dataset | None = None, ax: Axes | None = None
) -> tuple[Axes, Axes]:
    """A test image beside the true (one-hot) and the predicted probabilities of the classes.

    `data` is what the model was trained on, scaled likewise: the raw digits if None, as in the
    published lab; `load_digits().scaled("standard")` for a model trained on those.

    Returns:
        The inner axes: the image, and the bars.

    Raises:
        ChainruleError: if `sample_idx` is not a row of the test part, or the model does not
            predict one probability for each class.
        DataError: if the features are not pixels.
    """
    if data is None:
        from chainrule.data.dataset import load_digits

        data = load_digits()
    x, label = _sample(data, "test", sample_idx)
    y = _probabilities(model, x, data)
    image, bars = _image_and_bars(ax, data, sample_idx)
    _bar_pair(bars, (one_hot(len(y), label), "true"), (y, "predicted"))
    name = _short(data.classes[int(y.argmax())])
    bars.set_title(f"predicted {name}, probability {y.max():.2f}", fontsize=11)
    _class_ticks(bars, data.classes)
    return image, bars


def plot_prediction_before_after(
    before: Forward,
    after: Forward,
    sample_idx: int = 0,
    *,
    data: Dataset,
    ax: Axes | None = None,
) -> tuple[Axes, Axes]:
    """A test image beside the probabilities predicted before and after training.

    A grey band marks the true class. Arguments, inner axes and errors are those of
    `plot_prediction`.
    """
    x, label = _sample(data, "test", sample_idx)
    y_before, y_after = _probabilities(before, x, data), _probabilities(after, x, data)
    image, bars = _image_and_bars(ax, data, sample_idx)
    bars.axvspan(label - 0.5, label + 0.5, color="0.88", zorder=0, label="true class")
    _bar_pair(bars, (y_before, "before training"), (y_after, "after training"))
    said = " → ".join(_short(data.classes[int(y.argmax())]) for y in (y_before, y_after))
    bars.set_title(f"predicted {said}", fontsize=11)
    _class_ticks(bars, data.classes)
    return image, bars


def plot_activation(activation: str = "sigmoid", *, ax: Axes | None = None) -> Axes:
    """A hidden layer's nonlinearity and its derivative, for pre-activations z from −5 to 5.

    Raises:
        ChainruleError: if `activation` is not "sigmoid", "tanh" or "relu".
    """
    name, function, derivative = choose("activation", activation, ACTIVATIONS)
    z = np.linspace(-5, 5, 501)
    ax = _axes(ax, 6, 4)
    ax.plot(z, function(z), color=BLUE, linewidth=2, label=f"{name}(z)")
    ax.plot(z, derivative(z), "--", color=VERMILION, linewidth=2, label="its derivative")
    ax.set(xlabel="pre-activation z", xlim=(-5, 5))
    ax.grid(color="0.9")
    ax.legend()
    return ax


def plot_losses(histories: History | Mapping[str, History], *, ax: Axes | None = None) -> Axes:
    """Mean negative log likelihood per epoch, in nats per sample, on a logarithmic axis.

    One curve for each run, by name, and each part that it measured; epoch 0 is untrained.

    Raises:
        ChainruleError: if there is no history, or one has no rows.
    """
    from matplotlib.ticker import LogFormatter, LogLocator

    ax = _curves(histories, "loss_mean", ax)
    ax.set(yscale="log", ylabel="mean loss (nats per sample)")
    # Powers of ten and their 2nd and 5th multiples, in plain numbers: losses span few decades.
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.yaxis.set_minor_formatter(LogFormatter(minor_thresholds=(0, 0)))
    return ax


def plot_accuracies(histories: History | Mapping[str, History], *, ax: Axes | None = None) -> Axes:
    """Share of samples classified rightly per epoch, 0 to 1.

    Curves and errors are those of `plot_losses`.
    """
    ax = _curves(histories, "accuracy", ax)
    ax.set(ylim=(0, 1.05), ylabel="accuracy")
    return ax


def plot_confusion(
    matrix: NDArray[np.int64], classes: Sequence[int | str], *, ax: Axes | None = None
) -> Axes:
    """Counts by true and predicted class: right ones blue, wrong ones vermilion, none left white.

    Each of the two colours has its own scale, so that few wrong ones beside many right ones show.
    Numbers that would be too small to read are left out. `matrix` is `(K, K)`, true classes in
    rows and predicted ones in columns; `classes` names the K classes.

    Raises:
        ChainruleError: if `matrix` is not `(K, K)`.
    """
    from matplotlib.colors import to_rgb

    counts, n = np.asarray(matrix), len(classes)
    if counts.shape != (n, n):
        raise ChainruleError(
            f"{n} classes need a confusion matrix of shape ({n}, {n}), got {counts.shape}"
        )
    right = np.eye(n, dtype=bool)
    shares = np.zeros(counts.shape)  # (K, K): depth of colour, pale enough for black digits
    for cells in (right, ~right):
        most = max(counts[cells].max(initial=0), 1)
        shares[cells] = np.where(counts[cells] > 0, 0.15 + 0.55 * counts[cells] / most, 0)
    hues = np.where(right[..., None], to_rgb(BLUE), to_rgb(VERMILION))  # (K, K, 3)

    ax = _axes(ax, *[min(9.0, max(5.0, 0.33 * n))] * 2)
    ax.imshow(1 - shares[..., None] * (1 - hues))
    width = min(_points(ax)) / n
    size = min(11.0, 0.55 * width, 0.7 * width / (CHARACTER * len(str(counts.max(initial=0)))))
    if size >= SMALLEST_COUNT:
        for row, column in np.argwhere(counts > 0):
            ax.text(
                column,
                row,
                str(counts[row, column]),
                size=size,
                color="black",
                ha="center",
                va="center",
            )
    ax.set(xlabel="predicted", ylabel="true")
    _class_ticks(ax, classes)
    _class_ticks(ax, classes, which="y")
    return ax


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
    names = [str(name)[:LONGEST_NAME] for name in data.classes]
    titles = [
        f"true {names[p.true]}\nsaid {names[p.predicted]}\nloss {p.loss:.2f}" for p in predictions
    ]
    tiles = _tiles(_axes(ax, 8, 1.9 * math.ceil(len(predictions) / 6)), titles)
    for prediction, tile in zip(predictions, tiles, strict=True):
        plot_sample(data, prediction.sample_idx, part=part, ax=tile)
    return tiles


def plot_hidden_weights(
    model: NeuralNet, *, image_shape: tuple[int, int] = (8, 8), ax: Axes | None = None
) -> list[Axes]:
    """What each unit of the first hidden layer looks for: its weights as an image.

    Blue weights are positive, vermilion ones negative, white is 0; all tiles share one scale.
    Of more than 64 units the first 64 are drawn, and the picture says so.

    The model's `W_h` is `(D, H)`; `image_shape` is (height, width), D pixels together.

    Returns:
        The inner axes, one for each unit drawn, titled by its column in `W_h`.

    Raises:
        ChainruleError: if D is not height · width.
    """
    from matplotlib.colors import LinearSegmentedColormap

    n_inputs, n_units = model.W_h.shape
    if n_inputs != math.prod(image_shape):
        raise ChainruleError(
            f"{model!r} reads {n_inputs} features, which are not the pixels of an image of "
            f"{image_shape[0]} × {image_shape[1]}"
        )
    ax = _axes(ax, 8, 4.5)
    tiles = _tiles(ax, [str(unit) for unit in range(min(n_units, MOST_UNITS))], width=0.9)
    colours = LinearSegmentedColormap.from_list("weights", [VERMILION, "white", BLUE])
    limit = float(np.abs(model.W_h[:, :MOST_UNITS]).max()) or 1.0
    for tile, weights in zip(tiles, model.W_h.T, strict=False):
        image = tile.imshow(weights.reshape(image_shape), cmap=colours, vmin=-limit, vmax=limit)
    ax.figure.colorbar(image, cax=ax.inset_axes((0.94, 0.05, 0.02, 0.85)), label="weight")
    if n_units > MOST_UNITS:
        ax.set_title(f"the first {MOST_UNITS} of {n_units} hidden units", fontsize=11)
    return tiles


def figure_png(draw: Callable[[Axes], object], width: float, height: float) -> bytes:
    """Call `draw` with the axes of a new white figure and return the figure as a PNG.

    Needs neither pyplot nor a display; the same drawing gives the same bytes.

    `draw` is one of this module's functions with its other arguments bound; `width` and `height`
    are in inches, of 110 pixels each.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    draw(figure.subplots(gridspec_kw=FIRST_GUESS))
    png = io.BytesIO()
    figure.savefig(png, format="png", dpi=110, facecolor="white", metadata={"Software": None})
    return png.getvalue()


def _axes(ax: Axes | None, width: float, height: float) -> Axes:
    """`ax`, or the axes of a new pyplot figure of that size in inches."""
    if ax is not None:
        return ax
    from matplotlib import pyplot

    new: Axes = pyplot.subplots(
        figsize=(width, height), layout="constrained", gridspec_kw=FIRST_GUESS
    )[1]
    return new


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


def _points(ax: Axes) -> tuple[float, float]:
    """Width and height of the axes, in points (of which text is measured)."""
    return ax.bbox.width / ax.figure.dpi * 72, ax.bbox.height / ax.figure.dpi * 72


def _short(name: object, longest: int = LONGEST_NAME) -> str:
    """A name cut to length, with dollars kept from being read as mathematics."""
    text = str(name)
    return (text if len(text) <= longest else f"{text[: longest - 1]}…").replace("$", r"\$")


def _tiles(ax: Axes, titles: Sequence[str], *, width: float = 1.0) -> list[Axes]:
    """Divide the leftmost `width` of the axes into square tiles, as large as fit, with titles."""
    ax.set_axis_off()
    full, high = _points(ax)
    wide, number = width * full, len(titles)
    lines = max(title.count("\n") + 1 for title in titles)
    size = 9.0
    text = size * 1.3 * lines + 3

    def side_of(columns: int) -> float:
        return max(1.0, min(0.92 * wide / columns, high / math.ceil(number / columns) - text))

    columns = max(range(1, number + 1), key=side_of)
    side, column, row = side_of(columns), wide / columns, high / math.ceil(number / columns)
    longest = max(len(line) for title in titles for line in title.split("\n"))
    size = min(size, max(7.0, column / (CHARACTER * longest)))
    fits = max(3, int(column / (CHARACTER * size)))
    tiles = []
    for place, title in enumerate(titles):
        down, across = divmod(place, columns)
        left, bottom = across * column + (column - side) / 2, high - down * row - text - side
        tile = ax.inset_axes((left / full, bottom / high, side / full, side / high))
        short = "\n".join(_short(line, fits) for line in title.split("\n"))
        tile.set_title(short, fontsize=size, pad=2)
        tile.set(xticks=[], yticks=[])
        tile.spines[:].set_color("0.8")
        tiles.append(tile)
    return tiles


def _image_and_bars(ax: Axes | None, data: Dataset, sample_idx: int) -> tuple[Axes, Axes]:
    x, label = _sample(data, "test", sample_idx)
    data.images(x)  # refuses other data before anything is drawn
    ax = _axes(ax, 9, 3.6)
    ax.set_axis_off()
    image = plot_sample(data, sample_idx, ax=ax.inset_axes((0, 0, 0.34, 1)))
    image.set_title(f"true label {_short(data.classes[label])}", fontsize=11)
    left = min(0.34 + 48 / _points(ax)[0], 0.7)  # 48 points: tick labels and axis label
    return image, ax.inset_axes((left, 0, 1 - left, 1))


def _bar_pair(ax: Axes, left: tuple[Array, str], right: tuple[Array, str]) -> None:
    """Probabilities side by side: hatched outlines and filled, to be told apart without colour."""
    places = np.arange(len(left[0]))
    ax.bar(places - 0.2, left[0], 0.4, label=left[1], fill=False, edgecolor=VERMILION, hatch="///")
    ax.bar(places + 0.2, right[0], 0.4, label=right[1], color=BLUE)
    # Room above 1 keeps the legend off a full bar.
    ax.set(ylim=(0, 1.22), yticks=np.linspace(0, 1, 6), ylabel="probability", xlabel="class")
    ax.legend(loc="upper center", ncols=3, fontsize=9, frameon=False)


def _class_ticks(ax: Axes, classes: Sequence[int | str], which: str = "x") -> None:
    """Name the classes along an axis, turned where they would touch; every few if many."""
    step = math.ceil(len(classes) / MOST_TICKS)
    names = [_short(name) for name in classes][::step]
    places, size = range(0, len(classes), step), 10.0 if len(classes) <= 12 else 8.0
    room = 0.8 * _points(ax)[0] / len(names)
    turned = which == "x" and max(map(len, names)) * CHARACTER * size > room
    draw = ax.set_xticks if which == "x" else ax.set_yticks
    draw(places, names, fontsize=size, rotation=90 if turned else 0)


def _curves(histories: History | Mapping[str, History], quantity: str, ax: Axes | None) -> Axes:
    """One curve per run and part: a single run's parts differ in colour too, runs by colour."""
    from matplotlib.ticker import MaxNLocator

    if not isinstance(histories, Mapping):
        histories = {"": histories}
    empty = [name for name, history in histories.items() if len(history) == 0]
    if not histories or empty:
        raise ChainruleError(f"there is no history to draw{''.join(f' in {n!r}' for n in empty)}")
    ax = _axes(ax, 6.5, 4.2)
    for run, (name, history) in enumerate(histories.items()):
        for part, (colour, style) in PART_STYLES.items():
            values = history.column(f"{part}_{quantity}")
            if all(value is None for value in values):
                continue
            ax.plot(
                history.column("epoch"),
                [math.nan if value is None else value for value in values],
                linestyle=style,
                color=colour if len(histories) == 1 else RUN_COLOURS[run % len(RUN_COLOURS)],
                marker=MARKERS[run % len(MARKERS)],
                markersize=4,
                label=f"{part} ({_short(name, 30)})" if name else part,
            )
    ax.set(xlabel="epoch (0: untrained)")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    ax.grid(color="0.9")
    ax.legend(fontsize=9)
    return ax
