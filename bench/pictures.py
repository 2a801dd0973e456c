"""How many digits `chainrule predict` reads in pictures as people have them.

    uv run python bench/pictures.py MNIST [SEED [--tuning]]

Trains a network on MNIST, whose files are in the folder MNIST, and has it read a hundred digits
drawn as strokes in the styles held back, from files in each of the ways of `spoiled_pictures`.
Then it prints how often "this may be no digit" is said of them, of MNIST's test images, and of
drawings that are none, and does the same for the network of 8×8 pixels that `chainrule train`
makes. What is changed for reading is tuned with --tuning: on other drawings, in other styles.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from chainrule import SGD, Dataset, NeuralNet, fit, load, load_digits
from chainrule.data.image_files import DigitPicture, read_picture
from chainrule.errors import DataError
from chainrule.lab.strokes import CANVAS, FINE, ink_of
from chainrule.runs.doubt import SURE, doubt
from chainrule.runs.model_files import TrainedModel
from drawn_others import OTHERS, OTHERS_HELD_BACK, drawn_others
from drawn_strokes import HELD_BACK, STYLES, DrawnDigit, drawn_digits
from spoiled_pictures import SPOILED, Ink, write_pictures

HELD_BACK_SEED, TUNING_SEED = 2026, 1


def main() -> None:
    """Print a table of each network."""
    arguments = [argument for argument in sys.argv[1:] if argument != "--tuning"]
    seed = int(arguments[1]) if len(arguments) > 1 else 0
    mnist, digits = load("mnist", arguments[0]), load_digits()
    if "--tuning" in sys.argv:
        drawn = drawn_digits(STYLES, 10, TUNING_SEED)
        others = drawn_others(OTHERS, 6, TUNING_SEED)
    else:
        drawn = drawn_digits(HELD_BACK, 10, HELD_BACK_SEED)
        others = drawn_others(OTHERS_HELD_BACK, 6, HELD_BACK_SEED)
    by_mnist = _trained(
        mnist, "unit", 128, SGD(epochs=10, batch_size=128, learning_rate=1.13, seed=seed)
    )
    by_digits = _trained(digits, "standard", 32, SGD(epochs=15, learning_rate=0.1, seed=seed))
    tests = np.asarray(mnist.X_test[:500], np.float64).reshape(-1, 28, 28) / 255
    _print_reading(by_mnist, "MNIST", drawn, all_ways=True)
    _print_reading(by_digits, "the 8×8 digits", drawn, all_ways=False)
    _print_doubt(by_mnist, "MNIST", drawn, others, list(tests))
    _print_doubt(by_digits, "the 8×8 digits", drawn, others, list(tests))


def _trained(data: Dataset, scale: str, hidden: int, settings: SGD) -> TrainedModel:
    """What `chainrule train` makes with these settings."""
    scaled = data.scaled(scale)
    assert scaled.scaling is not None
    net = NeuralNet(data.X_train.shape[1], hidden, len(data.classes), seed=settings.seed)
    fit(net, scaled.X_train, scaled.y_train, settings)
    accuracy = net.accuracy(np.asarray(scaled.X_test), scaled.y_test)
    print(f"{net!r} on {data.name}: {accuracy:.4f} test accuracy")
    return TrainedModel(
        net,
        scaled.scaling,
        data.classes,
        image_shape=data.image_shape,
        largest_value=float(np.asarray(data.X_train).max()),
    )


def _print_reading(
    trained: TrainedModel, learned: str, drawn: list[DrawnDigit], all_ways: bool
) -> None:
    print(f"\nread by the network that learned from {learned}, of {len(drawn)} drawings")
    y = np.array([one.label for one in drawn])
    shares = {}
    for way in SPOILED if all_ways else ("clean", "photograph"):
        pictures = _read([_ink(one) for one in drawn], way, trained)
        predicted = [
            -1 if p is None else int(trained.predict(p.pixels[np.newaxis])[0]) for p in pictures
        ]
        shares[way] = float(np.mean(predicted == y))
        print(
            f"  {way:<26} {shares[way]:.2f}   {shares[way] / shares['clean']:.2f} of clean",
            flush=True,
        )


def _print_doubt(
    trained: TrainedModel,
    learned: str,
    drawn: list[DrawnDigit],
    others: list[DrawnDigit],
    mnist: list[Ink],
) -> None:
    print(f'\n"may be no digit", by the network that learned from {learned} (sure: {SURE:g})')
    rng = np.random.default_rng(0)
    textures = [_texture(rng, blur) for blur in (2, 5, 12, 30) for _ in range(6)]
    for name, inks in (
        ("drawn digits", [_ink(one) for one in drawn]),
        ("MNIST's test images", [np.pad(image.repeat(6, 0).repeat(6, 1), 40) for image in mnist]),
        ("drawings of other things", [_ink(one) for one in others]),
        ("clouds of grey", textures),
    ):
        pictures = _read(inks, "noise σ 4", trained)
        y = [trained.forward(p.pixels[np.newaxis])[0] for p in pictures if p]
        read = [p for p in pictures if p]
        doubted = [doubt(p, q, trained.classes) for p, q in zip(read, y, strict=True)]
        kept = [q.max() for q, reason in zip(y, doubted, strict=True) if reason is None]
        n = len(pictures)
        doubts, refused = (len(read) - len(kept)) / n, 1 - len(read) / n
        sure = sum(probability > 0.99 for probability in kept) / n
        print(
            f"  {name:<26} doubted {doubts:.2f}, refused {refused:.2f}; "
            f"above 0.99 without a doubt {sure:.2f}",
            flush=True,
        )


def _ink(one: DrawnDigit) -> Ink:
    """On 280×280 points."""
    ink = ink_of(one.strokes, one.pen)
    return np.asarray(ink.reshape(CANVAS, FINE, CANVAS, FINE).mean(axis=(1, 3)))


def _texture(rng: np.random.Generator, blur: int) -> Ink:
    """Grey clouds, as a tablecloth or a wall may be: no ink at all."""
    from PIL import ImageFilter

    noise = Image.fromarray(rng.integers(0, 256, (200, 200)).astype(np.uint8))
    clouds = np.asarray(noise.filter(ImageFilter.GaussianBlur(blur)), np.float64)
    clouds -= clouds.min()
    clouds /= clouds.max()
    return clouds


def _read(inks: list[Ink], way: str, trained: TrainedModel) -> list[DigitPicture | None]:
    """From files; None for a file in which no digit is seen."""
    assert trained.image_shape is not None
    pictures: list[DigitPicture | None] = []
    with tempfile.TemporaryDirectory() as folder:
        for path in write_pictures(inks, way, Path(folder), seed=0):
            try:
                pictures.append(read_picture(path, trained.image_shape, trained.largest_value))
            except DataError:
                pictures.append(None)
    return pictures


if __name__ == "__main__":
    main()
