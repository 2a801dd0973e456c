"""The slider on a weight, and the board of scores."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from chainrule.data import load_digits
from chainrule.errors import ChainruleError
from chainrule.lab import compare, enter_score, one_weight, open_test, runs, scoreboard
from chainrule.lab._kept import FILE, Kept
from chainrule.lab._reading_html import image
from chainrule.lab.experiments import trained
from chainrule.lab.slider import OneWeight, picture, trained_weight, words
from chainrule.training.history import History

DIGITS = load_digits().hold_back(0.1, seed=0)


@pytest.fixture(scope="module")
def chosen() -> OneWeight:
    return trained_weight(load_digits())


def test_the_loss_moves_with_the_weight_as_the_model_itself_says(chosen: OneWeight) -> None:
    value = float(16 * chosen.x[chosen.pixel])
    now = chosen.loss(chosen.weight, value)
    assert now == pytest.approx(chosen.model.loss(chosen.x, chosen.label))
    assert 0.3 < now < 1.5
    assert chosen.loss(chosen.weight + 2, value) < now < chosen.loss(chosen.weight - 2, value)
    moved = chosen.probabilities(chosen.weight + 2, 3.0)
    assert moved.sum() == pytest.approx(1)
    chosen.model.W[chosen.pixel, chosen.label] += 2
    x = np.array(chosen.x)
    x[chosen.pixel] = 3 / 16
    np.testing.assert_allclose(moved, chosen.model.forward(x))
    chosen.model.W[chosen.pixel, chosen.label] -= 2


def test_a_white_pixel_makes_the_weight_idle(chosen: OneWeight) -> None:
    assert chosen.loss(-5, 0) == chosen.loss(5, 0)
    assert "Where the pixel is white, 0, the weight makes no difference." in words(chosen, 16)


def test_the_picture_shows_where_the_weight_is(chosen: OneWeight) -> None:
    low, high = picture(chosen, -6, 16), picture(chosen, 6, 16)
    assert "loss 0.0" in high
    assert "loss 0.0" not in low
    assert low.count("<svg") == 2


def test_the_picture_shows_the_pixel_that_moves(chosen: OneWeight) -> None:
    for value in (0.0, 16.0):
        seen = 16 * chosen.x
        seen[chosen.pixel] = value
        assert image(seen.reshape(8, 8), 96) in picture(chosen, -6, value)


@pytest.mark.parametrize("value", [4, 16])
def test_the_curve_is_level_only_where_the_loss_is(chosen: OneWeight, value: int) -> None:
    svg = picture(chosen, -8, value)
    points = re.search(r'points="([^"]+)"', svg)
    assert points is not None
    places = np.array([list(map(float, point.split(","))) for point in points[1].split()])
    assert places.min() >= 0
    assert (places[:, 0].min(), places[:, 0].max()) == (0, 260)
    left = places[:10, 1]
    assert np.all(np.diff(left) > 0.5)
    assert f'<circle cx="0.0" cy="{left[0]}"' in svg


def test_the_sliders_come_with_a_picture_that_stands_still(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    outputs: list[dict[str, Any]] = []
    monkeypatch.setattr("IPython.display.display", lambda output, raw: outputs.append(output))
    one_weight()
    monkeypatch.setitem(__import__("sys").modules, "ipywidgets", None)
    one_weight()
    moving, still = outputs
    assert "application/vnd.jupyter.widget-view+json" in moving
    assert moving["text/html"] == still["text/html"]
    assert set(still) == {"text/html", "text/plain"}


class _Net:
    def __init__(self, validation: float, looks: list[object]) -> None:
        self._validation, self._looks = validation, looks

    def accuracy(self, X: NDArray[Any], y: object) -> float:
        if len(X) == len(DIGITS.y_validation):  # type: ignore[arg-type]
            return self._validation
        self._looks.append(self)
        assert len(self._looks) <= 5, "the test part was opened twice"
        return 0.97


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a board on which training takes no time."""
    kept = Kept()
    kept.beside(tmp_path)
    looks: list[object] = []

    def trained(digits: object, seed: int, hidden: float = 32) -> tuple[_Net, None]:
        return _Net(0.9 + hidden / 1000 + (seed - 2) / 1000, looks), None

    monkeypatch.setattr(scoreboard, "kept", kept)
    monkeypatch.setattr(scoreboard, "trained", trained)
    monkeypatch.setattr(scoreboard, "refuse_unusable", lambda digits, setting: digits)
    return tmp_path / FILE


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"hiden": 64}, r"no setting 'hiden'; did you mean hidden\? There are hidden, activation"),
        ({"lr": 0.1}, r"no setting 'lr'; did you mean learning_rate\?"),
        (
            {"colour": 1},
            "no setting 'colour'; there are hidden, activation, init, n_train, epochs",
        ),
        ({"seed": 3}, "no setting 'seed'"),
        ({"hidden": "lots"}, "hidden must be a whole number of units, .*; got 'lots'"),
        ({"hidden": (32, "a")}, r"such as \(32, 32\); got \(32, 'a'\)"),
        ({"n_train": -5}, "n_train must be a whole number of samples, 1 or more; got -5"),
    ],
)
@pytest.mark.parametrize("call", [enter_score, open_test, runs])
def test_a_setting_that_cannot_be_is_named(
    call: Callable[..., object], setting: dict[str, object], message: str
) -> None:
    with pytest.raises(ChainruleError, match=message):
        call(load_digits(), **setting)


@pytest.mark.parametrize("call", [enter_score, open_test, runs])
def test_digits_that_are_missing_are_asked_for(call: Callable[..., object]) -> None:
    with pytest.raises(ChainruleError, match=r"the digits come first, .*; got None"):
        call(hidden=8)


@pytest.mark.parametrize("call", [enter_score, open_test])
def test_in_a_notebook_the_first_cell_comes_first(
    call: Callable[..., object], board: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoreboard, "shell", object)
    monkeypatch.setattr(scoreboard, "kept", Kept())
    with pytest.raises(ChainruleError, match=r"the first cell .* `start\(`, has not run"):
        call(load_digits(), hidden=8)


def test_the_board_ranks_settings_and_says_what_chance_may_do(
    board: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for hidden in (32, 90, 78.5):
        enter_score(DIGITS, hidden=hidden)
    last = capsys.readouterr().out.split("to beat: 0.978")[-1].splitlines()[1:]
    assert last == [
        "  1. 0.9900 ± 0.0016  hidden=90, ahead by more than its spread",
        "  2. 0.9785 ± 0.0016  hidden=78.5, ahead by less than its spread: say nothing yet",
        "  3. 0.9320 ± 0.0016  hidden=32",
    ]
    assert json.loads(board.read_text("utf-8"))["scores"]["hidden=90"]["mean"] > 0.98


def test_the_test_part_is_opened_once_and_it_says_when(
    board: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    open_test(DIGITS, hidden=90)
    first = capsys.readouterr().out
    assert first.startswith("The test part is open now, on 20")
    assert "mean 0.970, spread between the seeds 0.000" in first
    assert "only 270 test images: 0.010" in first
    open_test(DIGITS, hidden=32)
    again = capsys.readouterr().out
    assert again.startswith("The test part was opened on 20")
    assert "for hidden=90, and is not opened again" in again
    assert again.splitlines()[1:] == first.splitlines()[1:]
    enter_score(DIGITS, hidden=40)
    assert "the test part" not in capsys.readouterr().out


@pytest.mark.parametrize(
    "setting", [{"averaging": 1.0, "epochs": 3}, {"patience": 1, "epochs": 9, "momentum": 0.9}]
)
def test_a_score_is_that_of_the_networks_that_are_kept(
    setting: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not of the last epoch, where their weights are averaged or those of an earlier one."""
    kept = Kept()
    kept.beside(tmp_path)
    monkeypatch.setattr(scoreboard, "kept", kept)
    digits = DIGITS.scaled("unit")
    enter_score(digits, hidden=8, **setting)
    (entered,) = kept.section("scores").values()
    ended = [trained(digits, seed, hidden=8, **setting) for seed in range(5)]
    now = np.mean([net.accuracy(*digits.part("validation")) for net, _ in ended])
    assert entered["mean"] == pytest.approx(now)
    last = np.mean([history.column("validation_accuracy")[-1] for _, history in ended])
    assert entered["mean"] != pytest.approx(last)


def test_seeds_that_stop_in_their_own_time_have_no_mean_after_the_last_epoch() -> None:
    history = trained(DIGITS.scaled("unit"), 0, hidden=4, epochs=3)[1]
    stopped = [history, History(history[:2])]
    with pytest.raises(
        ChainruleError, match=r"'fast' have stopped after 1, 3 epochs, .* leave ou"
    ):
        compare({"fast": stopped}, "train_accuracy")
