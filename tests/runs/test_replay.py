import csv
import json
from pathlib import Path

import numpy as np
import pytest

from chainrule.cli import main
from chainrule.runs.replay import (
    PUBLISHED_LOSS,
    PUBLISHED_TEST_ACCURACY,
    SETTINGS,
    Curves,
    replay,
)


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as exit_:
        main([str(argument) for argument in arguments])
    assert isinstance(exit_.value.code, int)
    return exit_.value.code


@pytest.fixture(scope="module")
def curves() -> dict[str, Curves]:
    return {c.setting.name: c for c in replay(n_seeds=16)}


@pytest.mark.slow
def test_the_published_numbers_lie_in_the_band_of_the_published_gradient(
    curves: dict[str, Curves],
) -> None:
    published = curves["published"]
    for band, dots in (
        (published.train_loss, PUBLISHED_LOSS),
        (published.accuracy, PUBLISHED_TEST_ACCURACY),
    ):
        assert (band.min(axis=1) <= dots).all()
        assert (dots <= band.max(axis=1)).all()


@pytest.mark.slow
def test_no_other_setting_holds_the_published_losses(curves: dict[str, Curves]) -> None:
    for name, c in curves.items():
        inside = (c.train_loss.min(axis=1) <= PUBLISHED_LOSS) & (
            c.train_loss.max(axis=1) >= PUBLISHED_LOSS
        )
        assert inside.all() == (name == "published")


@pytest.mark.slow
def test_final_accuracies_tell_the_settings_apart(curves: dict[str, Curves]) -> None:
    final = {name: float(c.accuracy[-1].mean()) for name, c in curves.items()}
    assert 0.86 <= final["published"] <= 0.91
    assert 0.55 <= final["one-fault-mended"] <= 0.70
    assert 0.86 <= final["softmax"] <= 0.90
    assert final["sigmoid-derivative"] <= 0.12
    assert final["recipe"] >= 0.975


@pytest.mark.slow
def test_the_loss_falls_where_the_accuracy_stays_at_chance(curves: dict[str, Curves]) -> None:
    useless = curves["sigmoid-derivative"]
    assert (np.diff(useless.train_loss.mean(axis=1)) < 0).all()
    assert useless.train_loss[-1].mean() < 0.1 * useless.train_loss[0].mean()


def test_only_settings_without_faults_count_as_derivatives() -> None:
    assert [s.is_derivative for s in SETTINGS] == [False, False, True, True, True]


def test_the_same_seeds_give_the_same_curves() -> None:
    for a, b in zip(replay(2, epochs=1), replay(2, epochs=1), strict=True):
        np.testing.assert_array_equal(a.train_loss, b.train_loss)
        np.testing.assert_array_equal(a.accuracy, b.accuracy)


@pytest.mark.slow
def test_the_verb_prints_the_table_and_writes_curves_picture_and_page(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "replay"
    assert run("replay", "--seeds", 2, "--out", out) == 0
    printed = capsys.readouterr().out
    assert "printed by the lab: loss" in printed
    assert "1097.2" in printed
    assert "not the derivative of the loss: grad-preactivation, grad-output-mismatch" in printed
    with (out / "replay.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(SETTINGS) * 2 * 16
    page = (out / "replay.html").read_text()
    assert "says 1 for every class" in page or "say 1 for every class" in page
    for name in ("accuracy.png", "loss.png"):
        assert (out / name).read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_json_is_one_object_on_standard_output(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = run("replay", "--seeds", 1, "--out", tmp_path / "r", "--json", "--no-plots")
    assert code == 0
    result = json.loads(capsys.readouterr().out)
    assert set(result["settings"]) == {s.name for s in SETTINGS}
    assert not list((tmp_path / "r").glob("*.png"))
