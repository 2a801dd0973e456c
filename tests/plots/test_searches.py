import numpy as np
import pytest
from matplotlib.axes import Axes

from chainrule.errors import ChainruleError
from chainrule.plots import plot_importance, plot_rate_width


def texts(ax: Axes) -> dict[tuple[float, float], str]:
    return {text.get_position(): text.get_text() for text in ax.texts}


def test_cells_have_the_median_and_the_number_of_their_trials(ax: Axes) -> None:
    plot_rate_width([0.1, 0.1, 0.3, 0.1], [8, 8, 8, 16], [0.5, 0.7, 0.9, 0.8], ax=ax)
    assert texts(ax) == {(0, 0): "0.600\n2", (1, 0): "0.900\n1", (0, 1): "0.800\n1"}
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0.1", "0.3"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["8", "16"]
    image = np.asarray(ax.images[0].get_array())
    assert image[1, 1, 3] == 0  # nothing was tried there
    assert image[0, 1, 0] < image[0, 0, 0]  # deeper where it is better


def test_many_values_share_cells_of_equal_ratios(ax: Axes) -> None:
    rates = np.geomspace(0.001, 1.0, 61)
    plot_rate_width(rates, np.full(61, 8), np.full(61, 1.0), ax=ax)
    assert [text.split("\n")[-1] for text in texts(ax).values()] == ["10"] * 5 + ["11"]
    assert ax.get_xticklabels()[0].get_text() == "0.001\n–0.0032"


def test_the_most_important_setting_is_on_top(ax: Axes) -> None:
    plot_importance({"width": 0.2, "learning_rate": 0.7, "layers": 0.1}, ax=ax)
    assert [label.get_text() for label in ax.get_yticklabels()] == [
        "layers",
        "width",
        "learning rate",
    ]


def test_nothing_to_draw_is_refused(ax: Axes) -> None:
    with pytest.raises(ChainruleError, match=r"a rate, a width and an accuracy for each trial"):
        plot_rate_width([], [], [], ax=ax)
    with pytest.raises(ChainruleError, match=r"got shapes \(2,\), \(1,\) and \(2,\)"):
        plot_rate_width([1, 2], [1], [0.1, 0.2], ax=ax)
    with pytest.raises(ChainruleError, match="there is no setting to draw"):
        plot_importance({}, ax=ax)
