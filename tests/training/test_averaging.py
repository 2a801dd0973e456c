"""The average of the weights after the last epochs."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule import train_epochs
from chainrule.errors import ChainruleError
from chainrule.nn.classifier import Parameters
from chainrule.nn.evaluate import score
from chainrule.runs._checkpoint import load_checkpoint, save_checkpoint
from chainrule.training.fit import fit
from chainrule.training.progress import Progress, copied
from chainrule.training.sgd import SGD
from helpers import D, K, assert_close, assert_same_bits, clusters, examples, net, usable_engines


@given(st.integers(1, 50), st.floats(0, 1))
@examples(50)
def test_the_last_epochs_are_averaged_and_one_at_least(epochs: int, share: float) -> None:
    sgd = SGD(epochs=epochs, averaging=share)
    averaged = [epoch for epoch in range(epochs + 1) if sgd.averages(epoch)]
    n = len(averaged)
    assert averaged == list(range(epochs + 1 - n, epochs + 1))
    assert abs(n - share * epochs) <= (0.5 if n > 1 else 1)
    assert (n == 0) == (share == 0)


@pytest.mark.parametrize("engine", usable_engines())
@pytest.mark.parametrize("batch_size", [1, 7])
def test_the_model_ends_as_the_mean_and_the_history_has_the_epochs(
    engine: str, batch_size: int
) -> None:
    X, y = clusters(30, D, K)
    sgd = SGD(8, 0.3, batch_size, momentum=0.5, averaging=0.5)
    after: list[Parameters] = []
    kept: list[Progress] = []

    def on_epoch(progress: Progress) -> None:
        after.append(copied(progress.parameters))
        kept.append(progress)

    plain, model, unwatched = net(), net(), net()
    expected = fit(plain, X, y, SGD(8, 0.3, batch_size, momentum=0.5), engine=engine)
    history = fit(model, X, y, sgd, engine=engine, on_epoch=on_epoch)
    train_epochs(unwatched, X, y, sgd, engine=engine)
    mean = {name: np.mean([p[name] for p in after[5:]], axis=0) for name in model.parameters}
    assert_close(model.parameters, mean, 1e-14)
    assert_same_bits(unwatched.parameters, model.parameters)
    assert_same_bits(after[-1], plain.parameters)
    assert history.losses == expected.losses
    row = kept[-1].kept_row(None)
    assert row.train_loss_sum == pytest.approx(score(model, X, y).loss_sum, rel=1e-12)
    assert row.train_loss_sum != history[-1].train_loss_sum


@pytest.mark.parametrize("cut", [1, 4, 5, 6])
def test_a_resumed_run_ends_as_the_same_average(cut: int, tmp_path: Path) -> None:
    X, y = clusters(30, D, K)
    sgd = SGD(epochs=6, averaging=0.5, momentum=0.9, schedule="cosine", dropout=0.2)
    kept: list[Progress] = []
    whole, stopped, resumed = net(), net(), net(seed=5)
    fit(whole, X, y, sgd)
    fit(stopped, X, y, sgd, on_epoch=kept.append, stop=lambda: len(kept) > cut)
    save_checkpoint(tmp_path / "c", kept[-1])
    shapes = {name: p.shape for name, p in resumed.parameters.items()}
    fit(resumed, X, y, sgd, progress=load_checkpoint(tmp_path / "c", shapes))
    assert_same_bits(resumed.parameters, whole.parameters)


def test_patience_and_averaging_exclude_each_other() -> None:
    with pytest.raises(ChainruleError, match=r"leave out averaging=0\.5 or patience=2"):
        SGD(averaging=0.5, patience=2)


def test_what_is_laid_out_over_the_epochs_says_so() -> None:
    assert SGD(averaging=0.5).depends_on_epochs == "averaging"
