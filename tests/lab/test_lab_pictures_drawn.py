"""What the pictures of the lab's notebooks draw, read off their axes."""

from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle
from numpy.testing import assert_array_equal

from chainrule import NeuralNet, load_digits
from chainrule.lab import pictures
from chainrule.plots import BLUE, VERMILION

DIGITS = load_digits().hold_back(0.15, seed=0).scaled("standard")
NETS = {"one": NeuralNet(64, 7, 10, seed=1), "other": NeuralNet(64, 9, 10, seed=2)}


@pytest.fixture(autouse=True)
def stays_open(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a picture draws can be looked at after it was shown."""
    for module in ("look", "training"):
        monkeypatch.setattr(f"chainrule.lab.pictures.{module}.show", lambda text: None)
    yield
    plt.close("all")


def panels() -> list[Axes]:
    return plt.gcf().axes


def heights(ax: Axes) -> list[float]:
    return [bar.get_height() for bar in ax.patches if isinstance(bar, Rectangle)]


def test_a_second_softmax_has_the_same_colour_in_bars_and_curve() -> None:
    pictures.twice([0.1, 0.9], [0.3, 0.7], [0, 1], {"once": [1, 0], "twice": [2, 1]})
    left, right = panels()
    assert heights(left) == [0.1, 0.9, 0.3, 0.7]
    bars = [to_hex(bar.get_facecolor()) for bar in left.patches]
    assert [to_hex(line.get_color()) for line in right.lines] == [bars[0], bars[2]]
    low, high = left.get_ylim()
    assert low == 0
    assert high >= 1


def test_the_weights_of_a_class_are_an_image_under_its_name_and_a_scale() -> None:
    W = np.random.default_rng(0).normal(size=(64, 10))
    pictures.class_weights(W)
    *images, scale = panels()
    for k, ax in enumerate(images):
        assert_array_equal(ax.images[0].get_array(), W[:, k].reshape(8, 8))
        assert ax.get_title() == f"class {k}"
    assert scale.get_ylabel() == "weight"
    plt.gcf().canvas.draw()  # what has been laid out has its size
    row = sum(ax.get_window_extent().width for ax in images[:5])
    assert row > 0.75 * plt.gcf().bbox.width


def test_units_of_several_networks_stand_below_their_numbers() -> None:
    pictures.some_units(NETS, number=3)
    axes = np.reshape(np.array(panels()), (2, 3))
    assert [ax.get_title() for ax in axes[0]] == ["unit 0", "unit 1", "unit 2"]
    assert [row[0].get_ylabel() for row in axes] == ["one", "other"]
    for row, net in zip(axes, NETS.values(), strict=True):
        for unit, ax in enumerate(row):
            assert_array_equal(ax.images[0].get_array(), net.W_h[:, unit].reshape(8, 8))


def test_what_a_network_got_wrong_has_another_colour() -> None:
    true = DIGITS.part("validation")[1][:5]
    Y = np.eye(10)[[*true[:3], *(true[3:] + 1) % 10]]
    pictures.images_and_guesses(DIGITS, range(5), Y, [])
    titles = [ax.title for ax in panels()[:5]]
    assert [title.get_color() for title in titles] == [BLUE] * 3 + [VERMILION] * 2
    assert len(panels()) == 8  # four in a row


def test_images_to_guess_stand_four_in_a_row() -> None:
    pictures.images_to_guess(DIGITS, range(9))
    assert len(panels()) == 12
    assert [ax.get_title() for ax in panels()][7:] == ["image 7", "image 8", "", "", ""]
