"""Ink in the form of the digits that come with the package."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from chainrule.data import load_digits
from chainrule.data.bitmaps import as_digit
from chainrule.data.centred import as_centred

SIDE = 240
SEVEN = ((60, 50), (160, 50), (90, 200))


def drawn(
    points: tuple[tuple[float, float], ...],
    width: int = 20,
    scale: float = 1,
    shift: tuple[float, float] = (0, 0),
    slant: float = 0,
) -> NDArray[np.float64]:
    """A line through points, thinner or thicker, smaller, elsewhere, or slanted to the right."""
    picture = Image.new("L", (SIDE, SIDE))
    line = [(scale * (x + slant * (SIDE - y)) + shift[0], scale * y + shift[1]) for x, y in points]
    ImageDraw.Draw(picture).line(line, fill=255, width=width, joint="curve")
    return np.asarray(picture) / 255


def difference(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Of two images, per pixel."""
    return float(np.abs(as_digit(one) - as_digit(other)).mean())


def test_the_digit_is_made_of_counts_and_fills_its_frame() -> None:
    digit = as_digit(drawn(SEVEN))
    assert digit.shape == (8, 8)
    assert set(digit.ravel()) <= set(range(17))
    assert digit.sum() == pytest.approx(312, abs=12)  # as much ink as the mean image has
    assert (digit.sum(axis=1) > 0).all()


def test_size_place_pen_and_slant_make_little_difference() -> None:
    seven, nine = drawn(SEVEN), drawn((*SEVEN[:2], SEVEN[0], (160, 60), (150, 200)))
    for same in (
        drawn(SEVEN, shift=(30, 20)),
        drawn(SEVEN, width=12, scale=0.6),
        drawn(SEVEN, width=30),
        drawn(SEVEN, slant=0.25),
    ):
        assert difference(seven, same) < 2.2
    assert difference(seven, nine) > 3.5


def test_a_stroke_is_as_wide_as_the_ones_of_the_data() -> None:
    digits = load_digits()
    ones = digits.X_train[digits.y_train == 1].reshape(-1, 8, 8)
    one = as_digit(drawn(((100, 30), (100, 210))))
    nearest = np.abs(ones - one).mean(axis=(1, 2)).min()
    assert nearest < 2
    assert one.max() == 16


def test_the_images_of_the_data_keep_their_form() -> None:
    images = load_digits().X_train[:100].reshape(-1, 8, 8)
    fine = images.repeat(8, axis=1).repeat(8, axis=2) / 16
    again = np.array([as_digit(image) for image in fine])
    assert np.abs(again - images).mean() < 2.2
    assert np.abs(again - images[::-1]).mean() > 3.5


def test_a_dot_is_ink_too() -> None:
    dot = np.zeros((SIDE, SIDE))
    dot[100, 100] = 1
    assert as_digit(dot).sum() > 200
    assert as_digit(np.ones((5, 5))).sum() > 200


@pytest.mark.parametrize("turns", range(4))
def test_a_digit_whose_weight_is_at_one_end_stays_in_the_image(turns: int) -> None:
    """Its centre of mass cannot be the image's: it then ends at the border."""
    heavy = np.zeros((200, 60))
    heavy[:40] = 1
    heavy[:, 28:32] = 1
    image = np.rot90(as_centred(np.rot90(heavy, turns), (28, 28)), -turns)
    rows = np.flatnonzero((image > 0.1).any(axis=1))
    assert (rows[0], rows[-1]) == (8, 27)  # all of its twenty pixels
