"""Members of MNIST's committee see digits in their ways, in training and when they are asked."""

import dataclasses

import numpy as np
import pytest
from numpy.typing import NDArray

from accuracylib.committee import View, committee, mean_of, members, views_of
from accuracylib.networks import network
from accuracylib.views import ink_widths, slants, view
from chainrule.data import Dataset, load_digits

SHAPE = (24, 24)
SETTINGS = {
    "epochs": 1,
    "batch_size": 8,
    "hidden": (16,),
    "activation": "relu",
    "augment": "usual",
}


def leaning_stroke(columns_per_row: float, width: int = 3) -> NDArray[np.uint8]:
    """An image `(1, 24, 24)` of a stroke through the middle."""
    image = np.zeros((1, *SHAPE), np.uint8)
    for row in range(4, 20):
        left = round(11 + columns_per_row * (row - 11.5)) - width // 2
        image[0, row, left : left + width] = 200
    return image


def large_digits() -> Dataset:
    """The lab's digits in bytes, each of their pixels 3 by 3."""
    digits = load_digits()

    def large(X: object) -> NDArray[np.uint8]:
        images = (15 * np.asarray(X)).astype(np.uint8).reshape(-1, 8, 8)
        return images.repeat(3, axis=1).repeat(3, axis=2).reshape(len(images), -1)

    return dataclasses.replace(
        digits, X_train=large(digits.X_train), X_test=large(digits.X_test), image_shape=SHAPE
    )


@pytest.mark.parametrize("lean", [-0.5, 0.25, 0.5])
def test_a_leaning_stroke_becomes_upright(lean: float) -> None:
    stroke = leaning_stroke(lean)
    assert slants(stroke)[0] == pytest.approx(lean, abs=0.05)
    upright = view(stroke, 0, upright=True)
    assert slants(upright)[0] == pytest.approx(0, abs=0.05)
    assert ink_widths(upright)[0] < ink_widths(stroke)[0]
    assert upright.sum() == pytest.approx(stroke.sum(), rel=0.01)  # no ink is lost


@pytest.mark.parametrize(("width", "asked", "made"), [(12, 6, 6), (8, 12, 12), (4, 20, 8)])
def test_a_digit_is_stretched_to_a_width_but_never_to_more_than_twice(
    width: int, asked: int, made: int
) -> None:
    box = leaning_stroke(0, width)
    assert ink_widths(box)[0] == width
    assert ink_widths(view(box, asked, upright=False))[0] == pytest.approx(made, abs=1)


def test_each_image_is_seen_for_itself_and_none_is_changed() -> None:
    images = np.concatenate(
        [leaning_stroke(0.5), leaning_stroke(-0.25, 6), np.zeros((1, *SHAPE), np.uint8)]
    )
    before = images.copy()
    together = view(images, 9, upright=True)
    for image, seen in zip(images, together, strict=True):
        np.testing.assert_array_equal(view(image[np.newaxis], 9, upright=True)[0], seen)
    assert not together[2].any()
    np.testing.assert_array_equal(images, before)
    np.testing.assert_array_equal(view(images, 0, upright=False), before)


def test_a_member_is_a_network_on_what_it_sees() -> None:
    data = large_digits()
    seen = View(12, upright=True)
    as_seen = dataclasses.replace(
        data, X_train=seen.of(data.X_train, SHAPE), X_test=seen.of(data.X_test, SHAPE)
    )
    one = committee(SETTINGS | {"widths": (), "upright_widths": (12,)}, data, seed=3)
    np.testing.assert_array_equal(one, network(SETTINGS, as_seen, seed=3))
    assert (one != network(SETTINGS, data, seed=3)).any()


def test_a_committee_predicts_by_the_mean_of_its_members() -> None:
    data = large_digits()
    candidate = SETTINGS | {"widths": (0, 14), "upright_widths": (0,)}
    views, settings = views_of(candidate)
    assert views == [View(), View(14), View(0, upright=True)]
    assert settings == SETTINGS
    three = members(settings, views, data, seed=3)
    np.testing.assert_array_equal(
        three[0].probabilities(data.X_test).argmax(axis=1), network(SETTINGS, data, seed=3)
    )
    a, b, c = (member.probabilities(data.X_test) for member in three)
    mean = (a + b + c) / 3
    np.testing.assert_allclose(mean_of(three, data.X_test), mean)
    np.testing.assert_array_equal(committee(candidate, data, seed=3), mean.argmax(axis=1))
