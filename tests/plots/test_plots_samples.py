"""Pictures of samples: of data, of what is predicted, and of what the units look for."""

import dataclasses
import io
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike
from PIL import Image

from chainrule import plots
from chainrule.data.arrays import Array
from chainrule.errors import ChainruleError
from chainrule.nn.evaluate import Prediction
from chainrule.nn.models import NeuralNet
from chainrule.training.augmentation import USUAL, augmented
from chainrule.training.health import layer_figures
from drawn_pictures import (
    AFTER,
    BEFORE,
    DIGITS,
    DOUBTED,
    LETTERS,
    NAMES,
    PHOTO,
    RAW,
    WORST,
    Says,
    heights,
    image_of,
    tick_names,
)

pytestmark = pytest.mark.usefixtures("no_figures_left")


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


def test_augmentation_shows_an_image_and_what_the_epochs_of_a_run_have_of_it(ax: Axes) -> None:
    data, pixels = RAW.scaled("unit"), np.asarray(RAW.X_train).reshape(-1, 8, 8)
    tiles = plots.plot_augmentation(data, USUAL, 3, seed=5, ax=ax)
    assert [tile.get_title() for tile in tiles] == ["as it is", "epoch 1", "epoch 2", "epoch 3"]
    np.testing.assert_allclose(image_of(tiles[0]), pixels[0], atol=1e-5)
    for epoch, tile in enumerate(tiles[1:], start=1):
        (expected,) = augmented(pixels[:1], USUAL, seed=5, epoch=epoch)
        np.testing.assert_allclose(image_of(tile), expected, atol=1e-4)
    with pytest.raises(ChainruleError, match="number must be 1 or more; got 0"):
        plots.plot_augmentation(data, USUAL, 0, ax=ax)


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


def test_what_was_seen_stands_beside_the_answer() -> None:
    ax = Figure().add_subplot()
    given, seen, bars, _, doubted_bars = plots.plot_seen([PHOTO, DOUBTED], "abcd", ax=ax)
    assert np.asarray(given.images[0].get_array()).shape == (30, 20, 3)
    np.testing.assert_array_equal(np.asarray(seen.images[0].get_array()), PHOTO.pixels)
    assert [label.get_text() for label in bars.get_yticklabels()] == ["b", "d", "a"]
    assert "4 pieces" in " ".join(text.get_text() for text in doubted_bars.texts)
    assert "given" not in [doubted_bars.get_title(), *map(Axes.get_title, [seen, bars])]
    spines = [spine for image in (given, seen) for spine in image.spines.values()]
    assert all(min(to_rgb(spine.get_edgecolor())) > 0.6 for spine in spines)  # fainter than ink
    ax = Figure().add_subplot()
    assert len(plots.plot_seen([DOUBTED] * 41, "abcd", ax=ax)) == 2 * 40
    assert ax.get_title() == "the first 40 of 41 samples"
    with pytest.raises(ChainruleError, match="no sample to draw"):
        plots.plot_seen([], "abcd", ax=ax)


@pytest.mark.parametrize("number", [1, 4, 7])
def test_the_room_of_what_was_seen_is_filled_by_it(number: int) -> None:
    """Squares are drawn there: in what is higher than wide, they would leave gaps."""
    with Image.open(io.BytesIO(plots.seen_png([PHOTO] * number, "abcd"))) as image:
        width, height = image.size
    ax = Figure(figsize=(width / 100, height / 100)).add_axes((0, 0, 1, 1))
    axes = plots.plot_seen([PHOTO] * number, "abcd", ax=ax)
    assert len(axes) == 3 * number
    for image_axes in (*axes[::3], *axes[1::3]):
        width_of_one, height_of_one = image_axes.bbox.size
        assert 0.7 < height_of_one / width_of_one <= 1
