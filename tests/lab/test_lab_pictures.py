"""Pictures in the lab's notebooks."""

from typing import Any

import matplotlib.pyplot as plt
import pytest

from chainrule.errors import ChainruleError
from chainrule.lab import compare, plot_backpropagation, show
from chainrule.training.history import Epoch, History

RUNS = [History([Epoch(i, 9.0, 1 / (i + 1), i / (i + s), 0.1) for i in range(3)]) for s in (1, 2)]


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    """Collects what would be displayed in a notebook."""
    outputs: list[dict[str, str]] = []
    monkeypatch.setattr("matplotlib.pyplot.show", lambda: None)
    monkeypatch.setattr("IPython.display.display", lambda output, raw: outputs.append(output))
    return outputs


def test_a_picture_comes_with_its_text_and_is_closed(shown: list[dict[str, str]]) -> None:
    plt.subplots()
    show('a "line" & more')
    (output,) = shown
    assert output["text/plain"] == '[a "line" & more]'
    assert 'alt="a &quot;line&quot; &amp; more" src="data:image/png;base64,' in output["text/html"]
    assert not plt.get_fignums()


def test_settings_are_compared_by_mean_and_spread(
    shown: list[dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    compare({"one": RUNS, "other": RUNS}, ["train_accuracy", "train_loss_mean"], "two settings")
    out = capsys.readouterr().out
    assert "one                        0.583 ± 0.118" in out  # of 2/3 and 2/4
    assert out.count("other") == 2
    assert shown[0]["text/plain"] == "[two settings]"


@pytest.mark.parametrize(
    ("named", "columns", "said"),
    [
        ({"one": RUNS}, "accuracy", "there is no column 'accuracy'; there are validation_acc"),
        (dict.fromkeys("abcde", RUNS), "grad_norm", "up to 4 settings apart and was given 5"),
    ],
)
def test_what_cannot_be_compared_is_refused(named: Any, columns: str, said: str) -> None:
    with pytest.raises(ChainruleError, match=said):
        compare(named, columns, "nothing")
    assert not plt.get_fignums()


def test_every_quantity_stands_in_the_chain_with_its_shape() -> None:
    ax = plot_backpropagation()
    texts = [text.get_text() for text in ax.texts]
    for name, shape in {"z_h": "(N, H)", "grad_W_o": "(H, K)", "grad_b_h": "(H,)"}.items():
        assert f"{name}\n{shape}" in texts
    plt.close("all")
