"""What a run tells of itself, where settings meet that exclude one another."""

import dataclasses
import re
from pathlib import Path
from statistics import fmean

import numpy as np
import pytest

from chainrule.cli._story import story
from chainrule.errors import ChainruleError
from chainrule.runs.config import RunConfig
from chainrule.runs.run import start
from chainrule.training.augmentation import USUAL


@pytest.fixture
def noise(tmp_path: Path) -> RunConfig:
    """Training on labels that say little, long enough to learn them by heart."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 20))
    y = (X[:, 0] + 1.5 * rng.normal(size=60) > 0).astype(int)
    np.savez(tmp_path / "noise.npz", X=X, y=y)
    return RunConfig(str(tmp_path / "noise.npz"), models=("net",), epochs=100)


def test_who_averages_and_memorises_is_told_to_stop_instead(
    noise: RunConfig, tmp_path: Path
) -> None:
    _, memorised, following = story(
        start(dataclasses.replace(noise, averaging=0.1), tmp_path / "r")
    )
    assert memorised.startswith("The network has begun to memorise")
    assert "--averaging" not in following
    assert "--validation 0.1 --patience 3, which stops" in following


def test_an_ensemble_memorises_if_its_networks_do(noise: RunConfig, tmp_path: Path) -> None:
    run = start(dataclasses.replace(noise, members=3), tmp_path / "r")
    _, memorised, following = story(run)
    mean = fmean(m["test_loss"] for m in run.main.metrics["members"])
    assert re.search(rf"their mean test loss .* and is {mean:.4f}, while", memorised)
    assert f"Together they have {run.main.metrics['test_loss']:.4f}" in memorised
    assert "--members 3" in following


def test_deformed_images_are_not_to_be_standardised(tmp_path: Path) -> None:
    run = start(RunConfig(models=("net",), epochs=4, scale="none", augment=USUAL), tmp_path)
    assert run.main.diagnosis is not None
    assert "--scale unit" in story(run)[2]


def test_softmax_regression_alone_has_no_units_to_drop() -> None:
    with pytest.raises(ChainruleError, match=r"leave out dropout=0\.2, or train the network"):
        RunConfig(models=("logistic",), dropout=0.2)
    assert RunConfig(dropout=0.2).dropout == 0.2
