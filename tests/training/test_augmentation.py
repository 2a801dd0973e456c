"""Images deformed at random: laws of what is done to them, and training on them."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from chainrule import NeuralNet, fit, load_digits, score, train_epochs
from chainrule.data.rows import Rows
from chainrule.data.scaling import Scaling
from chainrule.errors import ChainruleError
from chainrule.training import augmentation
from chainrule.training.augmentation import (
    BLOCK,
    NONE,
    USUAL,
    Augmentation,
    AugmentedSamples,
    Deformations,
    augmented,
    background_of,
    deformed,
    draw,
)
from chainrule.training.engines import choose_engine
from chainrule.training.epochs import Training
from chainrule.training.progress import Progress
from chainrule.training.sgd import SGD, sample_order
from helpers import assert_equal, assert_same_bits, examples, usable_engines, without_seconds

RAW = load_digits()
IMAGES = np.asarray(RAW.X_train).reshape(-1, 8, 8)[:60]
X, Y = (a[:60] for a in RAW.scaled("unit").part("train"))
BYTES = np.random.default_rng(5).integers(0, 256, (20, 28, 28)).astype(np.uint8)


def by_map(image: NDArray[Any], *affine: list[float], background: float = 0) -> NDArray[Any]:
    """One image, `(height, width)`, each pixel taken from where this map says."""
    height, width = image.shape
    no_grid = np.empty((1, 2, 0, 0)), np.empty((height, 0)), np.empty((0, width))
    deformations = Deformations(np.array([affine], float), *no_grid)
    (result,) = deformed(image[np.newaxis], deformations, background)
    return np.asarray(result)


# Laws of a deformation


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_without_strength_an_image_stays_the_same_to_the_bit(dtype: Any) -> None:
    images = (BYTES / 7).astype(dtype)
    nothing = draw(NONE, (28, 28), seed=1, epoch=2, block=3).of_first(20)
    assert_equal(deformed(images, nothing), images)
    assert_equal(augmented(images, NONE), images)


@examples(30)
@given(st.integers(-9, 9), st.integers(-9, 9), st.integers(0, 255))
def test_a_shift_by_whole_pixels_rolls_the_image_and_lets_background_in(
    down: int, right: int, background: int
) -> None:
    image = BYTES[0, :8, :7]
    expected = np.full_like(image, background)
    kept = np.pad(image, 9, constant_values=background)
    expected = np.roll(kept, (down, right), axis=(0, 1))[9:-9, 9:-9]
    shifted = by_map(image, [-down, 1, 0], [-right, 0, 1], background=background)
    assert_equal(shifted, expected)


def test_a_quarter_of_a_turn_is_exact_and_half_a_pixel_is_the_mean() -> None:
    image = BYTES[0]
    assert_equal(by_map(image, [0, 0, 1], [27, -1, 0]), np.rot90(image, 1))
    floats = image.astype(np.float32)
    half = by_map(floats, [0, 1, 0], [0.5, 0, 1])
    np.testing.assert_array_equal(half[:, :-1], (floats[:, :-1] + floats[:, 1:]) / 2)
    np.testing.assert_array_equal(half[:, -1], floats[:, -1] / 2)


def test_ink_is_kept_but_for_what_leaves_the_image_and_what_a_zoom_adds() -> None:
    image = np.zeros((1, 28, 28), np.float32)
    image[:, 10:18, 11:17] = 1
    many = np.repeat(image, BLOCK, axis=0)
    moved = augmented(many, dataclasses.replace(USUAL, zoom=0, elastic=0)).sum(axis=(1, 2))
    np.testing.assert_allclose(moved, image.sum(), rtol=0.03)
    bent = augmented(many, Augmentation(elastic=0.04)).sum(axis=(1, 2))
    assert bent.mean() == pytest.approx(image.sum(), rel=0.03)  # stretched here, pressed there
    zoomed = augmented(many, Augmentation(zoom=0.2)).sum(axis=(1, 2)) / image.sum()
    assert 1.2**-2 - 0.02 < zoomed.min() < 0.75
    assert 1.35 < zoomed.max() < 1.2**2 + 0.02


@pytest.mark.parametrize(
    ("strengths", "most"),
    [({"shift": 0.1}, 2.8), ({"rotation": 30.0}, 14 * np.sin(np.pi / 6)), ({"shear": 0.2}, 2.7)],
)
def test_a_pixel_moves_as_far_as_the_strength_says(
    strengths: dict[str, float], most: float
) -> None:
    affine = draw(Augmentation(**strengths), (28, 28), 0, 1, 0).affine
    on_top = affine @ [1, 0, 13.5] - [0, 13.5]  # where the middle of the first row is taken from
    sideways = np.abs(on_top[:, 1])
    assert 0.95 * most < sideways.max() <= most + 1e-4


@pytest.mark.parametrize(("height", "width"), [(8, 8), (28, 28), (20, 40)])
def test_displacements_are_as_long_and_as_smooth_as_noise_that_a_gaussian_smooths(
    height: int, width: int
) -> None:
    side = min(height, width)
    strength = Augmentation(elastic=0.05, smoothness=0.15)
    drawn = draw(strength, (height, width), 0, 1, 0)
    field = drawn.row_spline @ drawn.controls @ drawn.column_spline  # (n, 2, height, width)
    assert field.shape == (BLOCK, 2, height, width)
    assert np.sqrt((field**2).mean()) == pytest.approx(0.05 * side, rel=0.05)
    # Of noise smoothed by a Gaussian, points at a distance d correlate by exp(−d² / 4σ²).
    distance = round(2 * 0.15 * side)
    together = (field[..., distance:] * field[..., :-distance]).mean() / (field**2).mean()
    expected = np.exp(-(distance**2) / (4 * (0.15 * side) ** 2))
    assert together == pytest.approx(expected, abs=0.05)


def test_what_is_drawn_depends_on_seed_epoch_and_number_of_the_image_alone() -> None:
    many = np.repeat(IMAGES[:1], BLOCK + 3, axis=0)
    first = augmented(many, USUAL, seed=1, epoch=1)
    assert_equal(augmented(many[: BLOCK + 1], USUAL, seed=1, epoch=1), first[: BLOCK + 1])
    assert len(np.unique(first.reshape(len(first), -1), axis=0)) == len(first)
    for seed, epoch in ((2, 1), (1, 2)):
        assert (augmented(many, USUAL, seed=seed, epoch=epoch) != first).any(axis=(1, 2)).all()


@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.int16, np.int64, np.float64])
def test_pixels_keep_their_type_and_whole_ones_are_rounded(dtype: Any) -> None:
    images = (IMAGES > 7).astype(dtype) if dtype is np.bool_ else IMAGES.astype(dtype)
    changed = augmented(images, USUAL, seed=3)
    exact = augmented(images.astype(np.float32), USUAL, seed=3)
    assert changed.dtype == dtype
    np.testing.assert_allclose(
        changed.astype(float), exact, atol=0.5 if dtype != np.float64 else 0
    )


def test_what_comes_in_from_outside_is_paper() -> None:
    inverted = 255 - np.pad(BYTES[:, 5:-5, 5:-5], ((0, 0), (5, 5), (5, 5)))
    assert background_of(inverted) == 255
    assert background_of(np.ones((3, 1, 1))) == 1
    changed = AugmentedSamples(inverted.reshape(20, -1), (28, 28), Augmentation(shift=0.1), 0)
    changed.renew(1)
    assert (np.asarray(changed.samples).reshape(-1, 28, 28)[:, 0] == 255).all()


def test_without_the_kernel_the_bits_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = [augmented(images, USUAL) for images in (BYTES, IMAGES)]
    monkeypatch.setattr(augmentation, "why_no_kernel", lambda: ChainruleError("no kernel"))
    for images, result in zip((BYTES, IMAGES), expected, strict=True):
        assert_equal(augmented(images, USUAL), result)


# Settings


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("tilt=3", "'tilt=3' deforms nothing; write usual, or some of shift=0.05"),
        ("rotation", "rotation must be a number of degrees; got ''"),
        ("rotation=a lot", "rotation must be a number of degrees; got 'a lot'; write usual"),
        ("shift=2", r"shift must be a share of the side, 0 to 0.5; got 2.0"),
        ("elastic=nan", "elastic must be a share of the side, 0 to 0.5; got nan"),
        ("smoothness=0", "smoothness must be a share of the side, 0.05 to 1; got 0"),
        ("shift=0.1,shift=0.2", "shift is given twice"),
        ("", "'' deforms nothing"),
    ],
)
def test_words_that_cannot_be_right_are_refused(words: str, message: str) -> None:
    with pytest.raises(ChainruleError, match=message):
        Augmentation.read(words)


@pytest.mark.parametrize("value", ["10", None, True, -1, float("inf")])
def test_values_that_cannot_be_right_are_refused(value: Any) -> None:
    with pytest.raises(ChainruleError, match="rotation must be a number of degrees, 0 to 180"):
        Augmentation(rotation=value)


def test_words_say_what_they_are_read_from() -> None:
    for words in ("none", "rotation=10", "shift=0.1,elastic=0.05,smoothness=0.2"):
        assert str(Augmentation.read(words)) == words
    assert Augmentation.read(" shift = 0.1 , zoom=0.2 ") == Augmentation(shift=0.1, zoom=0.2)
    assert Augmentation.read(str(USUAL)) == Augmentation.read("usual") == USUAL
    assert not NONE
    assert not Augmentation(smoothness=0.3)
    assert USUAL


# Training


def new_net() -> NeuralNet:
    return NeuralNet(64, 6, 10, activation="tanh", seed=1)


@pytest.mark.parametrize("batch_size", [1, 16])
@pytest.mark.parametrize("engine", usable_engines())
def test_each_epoch_takes_its_steps_on_images_of_its_own(engine: str, batch_size: int) -> None:
    settings = SGD(epochs=3, batch_size=batch_size, momentum=0.5, seed=4)
    model, expected = new_net(), new_net()
    velocity = {name: np.zeros_like(p) for name, p in expected.parameters.items()}
    for epoch in (1, 2, 3):
        images = augmented(X.reshape(-1, 8, 8), USUAL, seed=4, epoch=epoch).reshape(X.shape)
        steps = choose_engine(engine, expected, batch_size)
        steps(expected, images, Y, settings, velocity).run(sample_order(settings, epoch, len(Y)))
    history = fit(model, X, Y, settings, engine=engine, augment=USUAL, image_shape=(8, 8))
    assert_same_bits(model.parameters, expected.parameters)
    assert history[-1].train_accuracy == score(model, X, Y).accuracy  # of the images as they are
    assert history[-1].train_loss_sum == pytest.approx(score(model, X, Y).loss_sum, rel=1e-5)

    unwatched = new_net()
    train_epochs(unwatched, X, Y, settings, engine=engine, augment=USUAL, image_shape=(8, 8))
    assert_same_bits(unwatched.parameters, expected.parameters)


def test_training_goes_on_to_the_same_bits_where_it_was_stopped() -> None:
    settings = SGD(epochs=4, batch_size=8, momentum=0.9)
    whole, resumed = new_net(), new_net()
    kept: list[Progress] = []
    history = fit(whole, X, Y, settings, augment=USUAL, image_shape=(8, 8))
    fit(
        new_net(),
        X,
        Y,
        settings,
        augment=USUAL,
        image_shape=(8, 8),
        on_epoch=kept.append,
        stop=lambda: len(kept) == 3,
    )
    again = fit(resumed, X, Y, settings, augment=USUAL, image_shape=(8, 8), progress=kept[-1])
    assert_same_bits(resumed.parameters, whole.parameters)
    assert without_seconds(again) == without_seconds(history)


def test_bytes_stay_bytes_and_are_scaled_when_they_are_taken() -> None:
    stored, chosen = BYTES.reshape(20, -1), np.array([7, 3, 11])
    rows = Rows(stored, Scaling("unit", np.zeros(784), np.full(784, 255.0)), chosen)
    copy = AugmentedSamples(rows, (28, 28), USUAL, seed=2)
    copy.renew(epoch=5, threads=2)
    assert isinstance(copy.samples, Rows)
    paper = background_of(BYTES[chosen])
    expected = augmented(BYTES[chosen], USUAL, seed=2, epoch=5, background=paper).reshape(3, -1)
    assert_equal(copy.samples.stored, expected)
    assert_equal(copy.samples[:], (expected / 255).astype(np.float32))
    assert_equal(rows[:], (stored[chosen] / 255).astype(np.float32))  # as they were


@pytest.mark.parametrize("image_shape", [None, (8, 9), (64,)])
def test_images_need_their_shape(image_shape: Any) -> None:
    with pytest.raises(ChainruleError, match=r"needs the shape of their 64 pixels, such as image"):
        Training(new_net(), X, Y, augment=USUAL, image_shape=image_shape)
    Training(new_net(), X, Y, augment=NONE, image_shape=image_shape)
