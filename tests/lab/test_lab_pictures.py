"""Pictures in the lab's notebooks."""

import base64
import io
import re
from collections.abc import Callable
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from chainrule import NeuralNet, load_digits
from chainrule.errors import ChainruleError
from chainrule.lab import compare, pictures
from chainrule.lab._worked import worked_numbers
from chainrule.runs.replay import replay
from chainrule.training.history import Epoch, History

RUNS = [History([Epoch(i, 9.0, 1 / (i + 1), i / (i + s), 0.1) for i in range(3)]) for s in (1, 2)]
DIGITS = load_digits().hold_back(0.15, seed=0).scaled("standard")
NET = NeuralNet(64, 32, 10, seed=0)
Y = NET.forward(DIGITS.part("validation")[0])
RNG = np.random.default_rng(0)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """Collects what would be displayed in a notebook."""
    outputs: list[dict[str, str]] = []
    monkeypatch.setattr("IPython.display.display", lambda output, raw: outputs.append(output))
    return outputs


def image_of(output: dict[str, str]) -> NDArray[np.uint8]:
    """What is shown, (height, width, 4): red, green, blue and opacity."""
    encoded = re.findall(r'src="data:image/png;base64,([^"]+)"', output["text/html"])[0]
    return np.array(Image.open(io.BytesIO(base64.b64decode(encoded))).convert("RGBA"))


def test_a_picture_comes_with_its_text_and_is_closed(shown: list[dict[str, str]]) -> None:
    plt.subplots()
    pictures.show('a "line" & more')
    (output,) = shown
    assert output["text/plain"] == '[a "line" & more]'
    assert 'alt="a &quot;line&quot; &amp; more"' in output["text/html"]
    assert not plt.get_fignums()


def test_settings_are_compared_by_mean_and_spread(
    shown: list[dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    compare({"one": RUNS, "other": RUNS}, ["train_accuracy", "train_loss_mean"])
    out = capsys.readouterr().out
    assert "one                        0.583 ± 0.118" in out  # of 2/3 and 2/4
    assert out.count("other") == 2
    assert "training accuracy (share), one: 0.000, 0.417, 0.583" in shown[0]["text/plain"]


@pytest.mark.parametrize(
    ("named", "columns", "said"),
    [
        ({"one": RUNS}, "accuracy", "there is no column 'accuracy'; there are validation_acc"),
        (dict.fromkeys("abcde", RUNS), "grad_norm", "up to 4 settings apart and was given 5"),
    ],
)
def test_what_cannot_be_compared_is_refused(named: Any, columns: str, said: str) -> None:
    with pytest.raises(ChainruleError, match=said):
        compare(named, columns)
    assert not plt.get_fignums()


def curves() -> tuple[list[list[float]], list[list[float]]]:
    return [[2.3, 2.3], [0.5, 0.6]], [[0.1, 0.1], [0.9, 0.8]]


ALL: dict[str, Callable[[], None]] = {
    "first_images": lambda: pictures.first_images(DIGITS),
    "image_and_numbers": lambda: pictures.image_and_numbers(np.eye(8, dtype=int), 3),
    "class_counts": lambda: pictures.class_counts(np.arange(10)),
    "pixel_scales": lambda: pictures.pixel_scales(RNG.random((9, 64)), RNG.random((9, 64))),
    "probability_bars": lambda: pictures.probability_bars(
        [[1, 2]], [[0.27, 0.73]], ["some logits"]
    ),
    "loss_curve": pictures.loss_curve,
    "sigmoid_and_slope": lambda: pictures.sigmoid_and_slope([-1, 1], [0.3, 0.7], [0.2, 0.2]),
    "difference_errors": lambda: pictures.difference_errors([0.1, 0.01], [0.1, 1], [0.1, 0.2]),
    "prediction": lambda: pictures.prediction(NET, DIGITS, 5),
    "before_and_after": lambda: pictures.before_and_after(NET, NET, DIGITS, 5),
    "training_curves": lambda: pictures.training_curves(*curves()),
    "class_weights": lambda: pictures.class_weights(RNG.normal(size=(64, 10))),
    "replayed": lambda: pictures.replayed(replay(n_seeds=1, epochs=2)[:4]),
    "twice": lambda: pictures.twice([0.1, 0.9], [0.3, 0.7], [0, 1], {"a": [1, 0], "b": [2, 1]}),
    "agreement": lambda: pictures.agreement(Y, Y, "another"),
    "images_to_guess": lambda: pictures.images_to_guess(DIGITS, range(12)),
    "images_and_guesses": lambda: pictures.images_and_guesses(DIGITS, range(12), Y[:12], [1, "x"]),
    "confusions": lambda: pictures.confusions(DIGITS, {"one": Y, "other": Y}),
    "hidden_weights": lambda: pictures.hidden_weights(NET),
    "unit_weights": lambda: pictures.unit_weights(NET, 3),
    "excited_by": lambda: pictures.excited_by(DIGITS, Y[:, 0]),
    "some_units": lambda: pictures.some_units({"one": NET, "other": NET}),
    "luck": lambda: pictures.luck(RNG.random(50), RNG.random(50), 3),
    "backpropagation": pictures.backpropagation,
    "compare": lambda: compare({"one": RUNS}, "train_accuracy"),
}


def test_all_pictures_are_tried() -> None:
    assert set(ALL) == {*pictures.__all__, "compare"} - {"show"}


@pytest.mark.parametrize("name", ALL)
def test_a_picture_is_readable_on_light_and_on_dark_pages(
    name: str, shown: list[dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    """Its ground is the page's, and nothing dark or bright is drawn where the page is seen."""
    ALL[name]()
    capsys.readouterr()
    (output,) = shown
    pixels = image_of(output)
    edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    assert (edge[:, 3] == 0).mean() > 0.9
    assert (pixels[..., 3] == 0).mean() > 0.2
    assert len(output["text/plain"]) > 60
    assert not plt.get_fignums()


def test_a_range_is_told_so_that_it_reads(shown: list[dict[str, str]]) -> None:
    X = np.full((9, 64), 0.1)
    X[0, 0] = 1
    pictures.pixel_scales(np.full((9, 64), -1e-9), X)
    text = shown[0]["text/plain"]
    assert "before scaling the means are all about 0.00 and the deviations all about 0.00" in text
    assert "after scaling the means are from 0.10 to 0.20" in text


def test_epochs_are_whole_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks: list[float] = []
    monkeypatch.setattr(
        "chainrule.lab.pictures.training.show",
        lambda alt: ticks.extend(plt.gcf().axes[0].get_xticks()),
    )
    pictures.training_curves(*curves())
    plt.close("all")
    assert ticks
    assert all(tick == round(tick) for tick in ticks)


def test_guesses_that_are_no_digits_are_told_and_the_rest_is_counted(
    shown: list[dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    true = DIGITS.part("validation")[1]
    pictures.images_and_guesses(DIGITS, [0, 1, 2], Y[:3], [true[0], "seven"])
    out = capsys.readouterr().out
    assert "Image 1: 'seven' is not a digit from 0 to 9" in out
    assert "The list has 2 places for 3 images" in out
    assert "you:     1 right of 1 guesses" in out
    assert f"0: true {true[0]}, you {true[0]}, network" in shown[0]["text/plain"]


def test_every_quantity_stands_in_the_chain_with_its_shape_and_numbers(
    shown: list[dict[str, str]],
) -> None:
    pictures.backpropagation()
    text = shown[0]["text/plain"]
    for name, shape in {"z_h": "(N, H)", "grad_W_o": "(H, K)", "grad_b_h": "(H,)"}.items():
        first = f"{worked_numbers()[name].flat[0]:.3f}".replace("-", "−")
        assert re.search(rf"\b{name} {re.escape(shape)}, made of [^:]+: {first}", text)


@pytest.mark.parametrize("name", ["first_images", "images_to_guess", "prediction"])
def test_the_paper_of_a_digit_is_the_page(name: str, shown: list[dict[str, str]]) -> None:
    """No white is drawn: on a dark page it would be a slab of light."""
    ALL[name]()
    (output,) = shown
    pixels = image_of(output)
    assert not ((pixels[..., :3] > 240).all(axis=-1) & (pixels[..., 3] > 200)).any()


@pytest.mark.parametrize("name", ["training_curves", "replayed", "twice", "confusions"])
def test_two_panels_are_no_wider_than_a_notebook_shows_them(
    name: str, shown: list[dict[str, str]]
) -> None:
    """What is wider is made smaller there, and its letters with it."""
    ALL[name]()
    (output,) = shown
    assert int(output["text/html"].split('width="')[1].split('"')[0]) <= 800
