"""What holds for every picture: axes, settings, imports, files, and names in any script."""

import dataclasses
import io
import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from chainrule import plots
from chainrule.data import Dataset
from chainrule.errors import ChainruleError, DataError
from chainrule.plots import _text
from drawn_pictures import (
    AFTER,
    BEFORE,
    DIGITS,
    EVERY_PICTURE,
    HISTORY,
    TABLE,
    WORST,
    tick_names,
)

pytestmark = pytest.mark.usefixtures("no_figures_left")


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


def test_a_process_that_draws_for_ever_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chainrule.plots._at_once._can_fork", lambda: True)
    monkeypatch.setattr("chainrule.plots._at_once._LONGEST", 0.2)
    monkeypatch.setattr("os.sched_getaffinity", lambda _pid: {0, 1})
    here = os.getpid()

    def draw() -> bytes:
        if os.getpid() != here:
            time.sleep(600)
        return b"picture"

    assert plots.drawn_at_once([draw, draw, draw]) == [b"picture"] * 3


def test_pictures_drawn_at_once_are_those_drawn_in_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    drawings = [partial(bytes, [number] * 100_000) for number in range(5)]
    assert plots.drawn_at_once(drawings) == [draw() for draw in drawings]
    assert plots.drawn_at_once([]) == []

    def fails() -> bytes:
        raise ChainruleError("cannot be drawn")

    with pytest.raises(ChainruleError, match="cannot be drawn"):
        plots.drawn_at_once([*drawings[:3], fails])


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
