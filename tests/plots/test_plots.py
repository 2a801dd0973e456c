import dataclasses
import io
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike
from PIL import Image

from chainrule import plots
from chainrule.data import Dataset, load_digits
from chainrule.data.arrays import Array
from chainrule.errors import ChainruleError, DataError
from chainrule.nn.activations import relu
from chainrule.nn.evaluate import Prediction, confusion_matrix, worst_predictions
from chainrule.nn.models import NeuralNet
from chainrule.plots import _text
from chainrule.training.fit import fit
from chainrule.training.health import layer_figures
from chainrule.training.history import Epoch, History
from chainrule.training.sgd import SGD

RAW = load_digits()
DIGITS = RAW.scaled("standard")
BEFORE, AFTER = NeuralNet(64, 12, 10, seed=0), NeuralNet(64, 12, 10, seed=0)
HISTORY = fit(AFTER, DIGITS.X_train[:300], DIGITS.y_train[:300], SGD(2), test=DIGITS.part("test"))
LETTERS = tuple("abcdefghijklmnopqrstuvwxyz")
NAMES = (*("T-shirt/top $5$", "a class with a name that never ends"), *map(str, range(2, 10)))
WORST = worst_predictions(AFTER, *DIGITS.part("test"), number=7)
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
    "seen": lambda ax: plots.plot_seen([PHOTO, DOUBTED], "abcd", ax=ax),
}


class Says:
    """A model that always says the same."""

    def __init__(self, probabilities: ArrayLike) -> None:
        self.probabilities = np.asarray(probabilities, dtype=np.float64)

    def forward(self, X: ArrayLike, /) -> Array:
        return self.probabilities


@pytest.fixture(autouse=True)
def no_figures_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def show(*_: object, **__: object) -> None:
        pytest.fail("a plot called show")

    mpl.use("agg")  # else pyplot chooses a backend when it makes its first figure
    monkeypatch.setattr(pyplot, "show", show)
    yield
    pyplot.close("all")


@pytest.fixture
def ax() -> Axes:
    return Figure(figsize=(8, 5), layout="constrained").subplots()


def image_of(ax: Axes) -> Array:
    array: Array = np.asarray(ax.images[0].get_array())
    return array


def heights(bars: Axes) -> list[list[float]]:
    return [
        [p.get_height() for p in group if isinstance(p, Rectangle)] for group in bars.containers
    ]


def tick_names(ax: Axes) -> list[str]:
    return [label.get_text() for label in ax.get_xticklabels()]


@pytest.mark.parametrize("name", EVERY_PICTURE)
def test_draws_on_the_axes_given_and_opens_no_other(name: str, ax: Axes) -> None:
    drawn = EVERY_PICTURE[name](ax)
    figure = ax.figure
    assert isinstance(figure, Figure)
    figure.savefig(io.BytesIO(), format="png")  # warns here if something does not fit
    inner = [drawn] if isinstance(drawn, Axes) else drawn
    assert isinstance(inner, list | tuple)
    assert all(isinstance(a, Axes) and a.figure is figure for a in inner)
    assert drawn is ax or not ax.axison
    assert pyplot.get_fignums() == []


@pytest.mark.parametrize("name", EVERY_PICTURE)
def test_makes_a_figure_without_axes_and_leaves_settings_alone(name: str) -> None:
    settings = mpl.rcParams.copy()
    EVERY_PICTURE[name](None)
    assert len(pyplot.get_fignums()) == 1
    pyplot.gcf().savefig(io.BytesIO(), format="png")
    assert mpl.rcParams == settings


def test_imports_matplotlib_late_and_pyplot_only_without_axes() -> None:
    code = """
import sys
import numpy as np
from chainrule import plots
from chainrule.data import load_digits
from chainrule.nn.evaluate import worst_predictions
from chainrule.nn.models import NeuralNet
from chainrule.plots import _text
from chainrule.training.history import Epoch, History
assert "matplotlib" not in sys.modules
data, model = load_digits(), NeuralNet(64, 4, 10, seed=0)
history = {"run": History([Epoch(0, 2.0, 2.0, 0.1, 1.0)])}
for draw in (
    lambda ax: plots.plot_digits(data, 3, ax=ax),
    lambda ax: plots.plot_prediction(model, ax=ax),
    lambda ax: plots.plot_prediction_before_after(model, model, data=data, ax=ax),
    lambda ax: plots.plot_activation(ax=ax),
    lambda ax: plots.plot_losses(history, ax=ax),
    lambda ax: plots.plot_accuracies(history, ax=ax),
    lambda ax: plots.plot_confusion(np.eye(10), data.classes, ax=ax),
    lambda ax: plots.plot_worst(worst_predictions(model, *data.part("test")), data, ax=ax),
    lambda ax: plots.plot_hidden_weights(model, ax=ax),
):
    plots.figure_png(draw, 4, 3)
assert "matplotlib.pyplot" not in sys.modules
"""
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr


def test_figure_png_is_white_deterministic_and_of_the_size_asked() -> None:
    def draw(ax: Axes) -> None:
        plots.plot_activation(ax=ax)

    png = plots.figure_png(draw, 4, 3)
    assert png == plots.figure_png(draw, 4, 3)
    image = Image.open(io.BytesIO(png))
    assert image.size == (600, 450)
    named = plots.figure_png(draw, 4, 3, "NeuralNet(64-32-10, sigmoid) on digits")
    assert named != png
    assert image.convert("RGB").getpixel((0, 0)) == (255, 255, 255)
    assert not {"Software", "Creation Time"} & set(image.info)


def test_digits_show_the_training_part_unscaled_with_class_names(ax: Axes) -> None:
    named = dataclasses.replace(DIGITS, classes=NAMES)
    tiles = plots.plot_digits(named, 20, ax=ax)
    assert len(tiles) == 20
    for tile, x, label in zip(tiles, np.asarray(RAW.X_train), RAW.y_train, strict=False):
        np.testing.assert_allclose(image_of(tile), x.reshape(8, 8), atol=1e-4)
        title = tile.get_title().replace(r"\$", "$").removesuffix("…")
        assert title
        assert NAMES[label].startswith(title)


def test_digits_are_at_most_those_there_are(ax: Axes) -> None:
    few = dataclasses.replace(RAW, X_train=RAW.X_train[:3], y_train=RAW.y_train[:3])
    assert len(plots.plot_digits(few, ax=ax)) == 3
    with pytest.raises(ChainruleError, match="number must be 1 or more; got 0"):
        plots.plot_digits(RAW, 0, ax=ax)


def test_prediction_shows_image_label_and_both_distributions(ax: Axes) -> None:
    image, bars = plots.plot_prediction(AFTER, 5, data=DIGITS, ax=ax)
    label, y = int(RAW.y_test[5]), AFTER.forward(DIGITS.X_test[5])
    np.testing.assert_allclose(image_of(image), RAW.X_test[5].reshape(8, 8), atol=1e-4)
    assert image.get_title() == f"true label {label}"
    true, predicted = heights(bars)
    assert true == [float(k == label) for k in range(10)]
    np.testing.assert_allclose(predicted, y)
    assert bars.get_title() == f"predicted {y.argmax()}, probability {y.max():.2f}"
    assert tick_names(bars) == [str(k) for k in range(10)]
    legend = bars.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["true", "predicted"]


def test_prediction_bars_differ_in_more_than_colour(ax: Axes) -> None:
    _, bars = plots.plot_prediction(AFTER, data=DIGITS, ax=ax)
    true, predicted = (group[0] for group in bars.containers)
    assert isinstance(true, Rectangle)
    assert isinstance(predicted, Rectangle)
    assert (true.get_hatch(), true.get_fill()) == ("///", False)
    assert not predicted.get_hatch()
    assert predicted.get_fill()


def test_prediction_takes_the_raw_digits_by_default_and_any_model(ax: Axes) -> None:
    seen: list[ArrayLike] = []

    class Watches(Says):
        def forward(self, X: ArrayLike, /) -> Array:
            seen.append(X)
            return self.probabilities

    _, bars = plots.plot_prediction(Watches([np.full(10, 0.1)]), ax=ax)
    np.testing.assert_array_equal(seen[0], RAW.X_test[0])
    np.testing.assert_allclose(heights(bars)[1], 0.1)


@pytest.mark.parametrize("sample_idx", [-1, 270, 1.5])
def test_prediction_names_the_rows_there_are(sample_idx: Any, ax: Axes) -> None:
    with pytest.raises(
        ChainruleError, match=rf"test part of 'digits', 0 to 269; got {sample_idx}"
    ):
        plots.plot_prediction(AFTER, sample_idx, ax=ax)


def test_prediction_refuses_a_model_for_other_classes(ax: Axes) -> None:
    with pytest.raises(ChainruleError, match=r"'digits' has 10 classes.*shape \(3,\)"):
        plots.plot_prediction(Says([0.2, 0.3, 0.5]), ax=ax)


def test_before_and_after_show_both_models_and_the_true_class(ax: Axes) -> None:
    image, bars = plots.plot_prediction_before_after(BEFORE, AFTER, 5, data=DIGITS, ax=ax)
    x, label = DIGITS.X_test[5], int(DIGITS.y_test[5])
    before, after = heights(bars)
    np.testing.assert_allclose(before, BEFORE.forward(x))
    np.testing.assert_allclose(after, AFTER.forward(x))
    band = next(p for p in bars.patches if p.get_label() == "true class")
    assert isinstance(band, Rectangle)
    assert band.get_x() + band.get_width() / 2 == pytest.approx(label)
    assert band.get_height() * bars.get_ylim()[1] == pytest.approx(1)  # below the legend
    assert image.get_title() == f"true label {label}"
    assert bars.get_title() == f"predicted {before.index(max(before))} → {AFTER.predict(x)}"


def test_many_and_long_class_names_are_turned_shortened_and_thinned(ax: Axes) -> None:
    letters = dataclasses.replace(RAW, classes=LETTERS)
    _, bars = plots.plot_prediction(Says(np.full(26, 1 / 26)), data=letters, ax=ax)
    assert tick_names(bars) == list(LETTERS)

    named = dataclasses.replace(RAW, classes=NAMES)
    _, bars = plots.plot_prediction(Says(np.full(10, 0.1)), data=named, ax=ax)
    assert tick_names(bars)[:2] == [r"T-shirt/top \$…", "a class with …"]
    assert bars.get_xticklabels()[0].get_rotation() == 90

    hundred = dataclasses.replace(RAW, classes=tuple(range(100)))
    _, bars = plots.plot_prediction(Says(np.full(100, 0.01)), data=hundred, ax=ax)
    assert tick_names(bars)[:2] == ["0", "3"]


def test_activation_and_its_derivative(ax: Axes) -> None:
    plots.plot_activation("relu", ax=ax)
    function, derivative = ax.lines
    z = np.asarray(function.get_xdata())
    assert (z.min(), z.max()) == (-5, 5)
    np.testing.assert_array_equal(function.get_ydata(), relu(z))
    np.testing.assert_array_equal(derivative.get_ydata(), z > 0)
    with pytest.raises(ChainruleError, match="softplus, elu, leaky-relu; got 'swish'"):
        plots.plot_activation("swish", ax=ax)


def test_losses_are_means_per_sample_on_a_log_axis(ax: Axes) -> None:
    plots.plot_losses({"network": HISTORY}, ax=ax)
    train, test = ax.lines
    assert train.get_label() == "train (network)"
    assert test.get_label() == "test (network)"
    assert list(np.asarray(train.get_xdata())) == [0, 1, 2]
    np.testing.assert_array_equal(train.get_ydata(), HISTORY.column("train_loss_mean"))
    np.testing.assert_array_equal(test.get_ydata(), HISTORY.column("test_loss_mean"))
    assert ax.get_yscale() == "log"
    assert ax.get_ylabel() == "mean loss (nats per sample)"


def test_accuracies_show_the_parts_there_are_for_every_run(ax: Axes) -> None:
    one_row = History([Epoch(0, 230.0, 2.3, 0.1, 1.0, validation_accuracy=0.2)])
    plots.plot_accuracies({"long": HISTORY, "_short": one_row}, ax=ax)
    assert [line.get_label() for line in ax.lines] == [
        "train (long)",
        "test (long)",
        "train (_short)",
        "validation (_short)",
    ]
    runs = [line.get_color() for line in ax.lines]
    assert runs[0] == runs[1] != runs[2] == runs[3]


def accuracies(*values: float) -> History:
    return History([Epoch(i, 1.0, 1.0, value, 1.0) for i, value in enumerate(values)])


def test_accuracies_of_trained_models_fill_the_axis_so_that_lines_part(ax: Axes) -> None:
    runs = {"one": accuracies(0.11, 0.95, 0.97, 0.975), "other": accuracies(0.09, 0.96, 0.98, 1)}
    plots.plot_accuracies(runs, ax=ax)
    low, high = ax.get_ylim()
    assert 0.9 < low < 0.95
    assert 1 <= high < 1.03
    ends = [float(np.asarray(line.get_ydata())[-1]) for line in ax.lines]
    assert abs(ends[1] - ends[0]) > 0.3 * (high - low)
    assert "0.09 and 0.11, below the picture" in ax.get_xlabel()


def test_accuracies_that_begin_high_or_never_rise_are_shown_from_the_start(ax: Axes) -> None:
    plots.plot_accuracies({"run": accuracies(0.1, 0.1, 0.12)}, ax=ax)
    low, high = ax.get_ylim()
    assert low < 0.1
    assert 0.12 < high < 0.2
    assert "below" not in ax.get_xlabel()


def test_a_thing_keeps_its_colour(ax: Axes) -> None:
    colours = {"Network": plots.BLUE, "Softmax regression": plots.PURPLE}
    for names in (("Softmax regression", "Network"), ("Network",)):
        for draw in (plots.plot_losses, plots.plot_accuracies):
            axes = Figure().subplots()
            draw(dict.fromkeys(names, HISTORY), colours=colours, ax=axes)
            for line in axes.lines:
                (name,) = (n for n in colours if f"({n})" in str(line.get_label()))
                assert line.get_color() == colours[name]
                assert (
                    line.get_linestyle()
                    == {"train": "-", "test": "--"}[str(line.get_label()).split()[0]]
                )


def test_names_in_any_script_are_drawn_or_stand_as_numbers_without_a_warning(
    ax: Axes, monkeypatch: pytest.MonkeyPatch
) -> None:
    from matplotlib.font_manager import fontManager

    usual = [entry for entry in fontManager.ttflist if entry.name == "DejaVu Sans"]
    monkeypatch.setattr(fontManager, "ttflist", usual)
    _text._family_with.cache_clear()
    names = ("猫", "щука", "ωμέγα", "naïve", "\tcat", "π\u0e01", *map(str, range(6, 10)))
    named = dataclasses.replace(DIGITS, classes=names)
    expected = ["class 0", "щука", "ωμέγα", "naïve", " cat", "class 5", *map(str, range(6, 10))]
    _, bars = plots.plot_prediction(AFTER, 3, data=named, ax=ax)
    assert tick_names(bars) == expected
    draws: list[Callable[[Axes], object]] = [
        lambda ax: plots.plot_digits(named, ax=ax),
        lambda ax: plots.plot_prediction(AFTER, 3, data=named, ax=ax),
        lambda ax: plots.plot_prediction_before_after(BEFORE, AFTER, data=named, ax=ax),
        lambda ax: plots.plot_confusion(np.eye(10, dtype=np.int64), names, ax=ax),
        lambda ax: plots.plot_worst(WORST, named, ax=ax),
        lambda ax: plots.plot_losses({"\u0e01": HISTORY}, ax=ax),
    ]
    for draw in draws:
        plots.figure_png(draw, 5, 4, "猫.csv: NeuralNet(2-3-2, tanh)")  # a warning is an error
    _text._family_with.cache_clear()


def test_another_font_helps_where_one_has_the_letters(
    ax: Axes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_text, "_family_with", lambda characters: "DejaVu Serif")
    plots.plot_confusion(np.eye(2, dtype=np.int64), ("猫", "犬"), ax=ax)
    label, _ = ax.get_xticklabels()
    assert label.get_text() == "猫"
    assert label.get_fontfamily()[-1] == "DejaVu Serif"


def test_pictures_drawn_at_once_are_those_drawn_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    drawings = [partial(bytes, [number] * 100_000) for number in range(5)]
    assert plots.drawn_at_once(drawings) == [draw() for draw in drawings]
    assert plots.drawn_at_once([]) == []

    def fails() -> bytes:
        raise ChainruleError("cannot be drawn")

    with pytest.raises(ChainruleError, match="cannot be drawn"):
        plots.drawn_at_once([*drawings[:3], fails])


def test_a_sample_as_a_file_has_its_pixels_dark_on_light() -> None:
    image = np.asarray(Image.open(io.BytesIO(plots.sample_png(DIGITS, 3)))).astype(int)
    raw = RAW.X_test[3].reshape(8, 8)
    assert image.shape == (8, 8)
    np.testing.assert_allclose(image, 255 * (1 - raw / raw.max()), atol=1)


def test_layers_show_gradients_before_and_after_and_what_units_do(ax: Axes) -> None:
    before, after = (layer_figures(net, *DIGITS.part("test")) for net in (BEFORE, AFTER))
    left, right = plots.plot_layers(before, after, ax=ax)
    assert [line.get_label() for line in left.lines] == ["before", "after"]
    gradients = [layer.gradient for layer in after]
    np.testing.assert_allclose(np.asarray(left.lines[1].get_ydata()), gradients)
    assert left.get_yscale() == "log"
    assert [group[0] for group in heights(right)] == [0, 0, pytest.approx(after[0].slope)]
    with pytest.raises(ChainruleError, match="same layers"):
        plots.plot_layers(before, after[1:], ax=ax)


def test_one_row_has_a_visible_point_and_whole_epochs(ax: Axes) -> None:
    plots.plot_losses({"run": History([Epoch(0, 230.0, 2.3, 0.1, 1.0)])}, ax=ax)
    assert ax.lines[0].get_marker() == "o"
    low, high = ax.get_xlim()
    assert [tick for tick in ax.get_xticks() if low <= tick <= high] == [0]


@pytest.mark.parametrize("draw", [plots.plot_losses, plots.plot_accuracies])
def test_no_history_is_an_error(draw: Callable[..., Axes], ax: Axes) -> None:
    with pytest.raises(ChainruleError, match="no history to draw"):
        draw({}, ax=ax)
    with pytest.raises(ChainruleError, match="in 'empty'"):
        draw({"network": HISTORY, "empty": History()}, ax=ax)


def test_confusion_writes_counts_and_leaves_empty_cells_to_the_page(ax: Axes) -> None:
    y_true, y_pred = np.array([0, 0, 1, 2, 2, 2]), np.array([0, 0, 1, 2, 0, 0])
    plots.plot_confusion(confusion_matrix(y_true, y_pred, 3), ("x", "y", "z"), ax=ax)
    written = {(t.get_position()[1], t.get_position()[0]): t.get_text() for t in ax.texts}
    assert written == {(0, 0): "2", (1, 1): "1", (2, 2): "1", (2, 0): "2"}
    cells = image_of(ax)
    assert cells[0, 1, 3] == 0
    assert cells[0, 0, :3].argmax() == 2  # right: blue
    assert cells[2, 0, :3].argmax() == 0  # wrong: vermilion
    assert (ax.get_xlabel().split("\n")[0], ax.get_ylabel()) == ("predicted", "true")
    assert "blue: right, orange: wrong" in ax.get_xlabel()


def test_confusion_of_one_hundred_classes_leaves_the_numbers_out(ax: Axes) -> None:
    plots.plot_confusion(np.eye(100, dtype=np.int64), range(100), ax=ax)
    assert not ax.texts


def test_confusion_must_fit_the_classes(ax: Axes) -> None:
    with pytest.raises(ChainruleError, match=r"3 classes .* \(3, 3\), got \(2, 2\)"):
        plots.plot_confusion(np.eye(2, dtype=np.int64), ("x", "y", "z"), ax=ax)


def test_worst_shows_image_labels_and_loss(ax: Axes) -> None:
    tiles = plots.plot_worst(WORST, DIGITS, ax=ax)
    assert len(tiles) == 7
    for tile, m in zip(tiles, WORST, strict=True):
        assert tile.get_title() == f"true {m.true}\nsaid {m.predicted}\nloss {m.loss:.2f}"
        raw = RAW.X_test[m.sample_idx].reshape(8, 8)
        np.testing.assert_allclose(image_of(tile), raw, atol=1e-4)


def test_worst_reads_the_part_it_is_told_and_needs_a_prediction(ax: Axes) -> None:
    prediction = Prediction(1000, 1, 2, 3.0, np.full(10, 0.1))
    (tile,) = plots.plot_worst([prediction], RAW, part="train", ax=ax)
    np.testing.assert_array_equal(image_of(tile), RAW.X_train[1000].reshape(8, 8))
    with pytest.raises(ChainruleError, match="0 to 269; got 1000"):
        plots.plot_worst([prediction], RAW, ax=ax)
    with pytest.raises(ChainruleError, match="no prediction"):
        plots.plot_worst([], RAW, ax=ax)


def test_hidden_weights_share_one_symmetric_scale(ax: Axes) -> None:
    tiles = plots.plot_hidden_weights(AFTER, ax=ax)
    limit = np.abs(AFTER.W_h).max()
    assert [tile.get_title() for tile in tiles] == [str(unit) for unit in range(12)]
    for tile, weights in zip(tiles, AFTER.W_h.T, strict=True):
        np.testing.assert_array_equal(image_of(tile), weights.reshape(8, 8))
        assert tile.images[0].get_clim() == (-limit, limit)
    assert ax.get_title() == ""


def test_hidden_weights_of_many_units_or_all_zero(ax: Axes) -> None:
    many = NeuralNet(6, 70, 3, init="zeros")
    tiles = plots.plot_hidden_weights(many, image_shape=(2, 3), ax=ax)
    assert len(tiles) == 64
    assert image_of(tiles[0]).shape == (2, 3)
    assert ax.get_title() == "the first 64 of 70 hidden units"


def test_hidden_weights_must_fit_the_image(ax: Axes) -> None:
    with pytest.raises(ChainruleError, match=r"reads 6 features.* 8 × 8"):
        plots.plot_hidden_weights(NeuralNet(6, 5, 3, seed=0), ax=ax)


@pytest.mark.parametrize(
    "draw",
    [
        plots.plot_sample,
        plots.plot_digits,
        lambda data: plots.plot_prediction(AFTER, data=data),
        lambda data: plots.plot_prediction_before_after(BEFORE, AFTER, data=data),
        lambda data: plots.plot_worst(WORST, data),
    ],
)
def test_other_than_images_is_refused_before_a_figure_opens(
    draw: Callable[[Dataset], object],
) -> None:
    with pytest.raises(DataError, match=r"flowers\.csv.* are not images"):
        draw(TABLE)
    assert pyplot.get_fignums() == []


def test_a_single_history_needs_no_name() -> None:
    history = History([Epoch(0, 100.0, 1.0, 0.1, 1.0), Epoch(1, 50.0, 0.5, 0.8, 0.5)])
    ax = plots.plot_losses(history, ax=Figure().subplots())
    _, labels = ax.get_legend_handles_labels()
    assert labels == ["train"]


def test_what_was_seen_stands_beside_the_answer() -> None:
    ax = Figure().add_subplot()
    given, seen, bars, _, doubted_bars = plots.plot_seen([PHOTO, DOUBTED], "abcd", ax=ax)
    assert np.asarray(given.images[0].get_array()).shape == (30, 20, 3)
    np.testing.assert_array_equal(np.asarray(seen.images[0].get_array()), PHOTO.pixels)
    assert [label.get_text() for label in bars.get_yticklabels()] == ["b", "d", "a"]
    assert "4 pieces" in " ".join(text.get_text() for text in doubted_bars.texts)
    assert "given" not in [doubted_bars.get_title(), *map(Axes.get_title, [seen, bars])]
    ax = Figure().add_subplot()
    assert len(plots.plot_seen([DOUBTED] * 41, "abcd", ax=ax)) == 2 * 40
    assert ax.get_title() == "the first 40 of 41 samples"
    with pytest.raises(ChainruleError, match="no sample to draw"):
        plots.plot_seen([], "abcd", ax=ax)
