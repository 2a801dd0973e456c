"""Pictures of a training: curves, confusions, gradients by layer."""

from collections.abc import Callable

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from chainrule import plots
from chainrule.errors import ChainruleError
from chainrule.nn.activations import relu
from chainrule.nn.evaluate import confusion_matrix
from chainrule.training.history import Epoch, History
from drawn_pictures import HISTORY, accuracies, image_of

pytestmark = pytest.mark.usefixtures("no_figures_left")


def test_activation_and_its_derivative(ax: Axes) -> None:
    plots.plot_activation("relu", ax=ax)
    function, derivative = ax.lines
    z = np.asarray(function.get_xdata())
    assert (z.min(), z.max()) == (-5, 5)
    np.testing.assert_array_equal(function.get_ydata(), relu(z))
    np.testing.assert_array_equal(derivative.get_ydata(), z > 0)
    with pytest.raises(ChainruleError, match="softplus, elu, leaky-relu; got 'swish'"):
        plots.plot_activation("swish", ax=ax)


def test_losses_are_means_per_sample_on_a_log_axis(ax: Axes) -> None:
    plots.plot_losses({"network": HISTORY}, ax=ax)
    train, test = ax.lines
    assert train.get_label() == "train (network)"
    assert test.get_label() == "test (network)"
    assert list(np.asarray(train.get_xdata())) == [0, 1, 2]
    np.testing.assert_array_equal(train.get_ydata(), HISTORY.column("train_loss_mean"))
    np.testing.assert_array_equal(test.get_ydata(), HISTORY.column("test_loss_mean"))
    assert ax.get_yscale() == "log"
    assert ax.get_ylabel() == "mean loss (nats per sample)"


def test_accuracies_show_the_parts_there_are_for_every_run(ax: Axes) -> None:
    one_row = History([Epoch(0, 230.0, 2.3, 0.1, 1.0, validation_accuracy=0.2)])
    plots.plot_accuracies({"long": HISTORY, "_short": one_row}, ax=ax)
    assert [line.get_label() for line in ax.lines] == [
        "train (long)",
        "test (long)",
        "train (_short)",
        "validation (_short)",
    ]
    runs = [line.get_color() for line in ax.lines]
    assert runs[0] == runs[1] != runs[2] == runs[3]


def test_accuracies_of_trained_models_fill_the_axis_so_that_lines_part(ax: Axes) -> None:
    runs = {"one": accuracies(0.11, 0.95, 0.97, 0.975), "other": accuracies(0.09, 0.96, 0.98, 1)}
    plots.plot_accuracies(runs, ax=ax)
    low, high = ax.get_ylim()
    assert 0.9 < low < 0.95
    assert 1 <= high < 1.03
    ends = [float(np.asarray(line.get_ydata())[-1]) for line in ax.lines]
    assert abs(ends[1] - ends[0]) > 0.3 * (high - low)
    assert "0.09 and 0.11, below the picture" in ax.get_xlabel()
    assert ax.get_ylabel() == "accuracy"


def test_accuracies_that_begin_high_or_never_rise_are_shown_from_the_start(ax: Axes) -> None:
    plots.plot_accuracies({"run": accuracies(0.1, 0.1, 0.12)}, ax=ax)
    low, high = ax.get_ylim()
    assert low < 0.1
    assert 0.12 < high < 0.2
    assert "below" not in ax.get_xlabel()


def test_a_thing_keeps_its_colour(ax: Axes) -> None:
    colours = {"Network": plots.BLUE, "Softmax regression": plots.PURPLE}
    for names in (("Softmax regression", "Network"), ("Network",)):
        for draw in (plots.plot_losses, plots.plot_accuracies):
            axes = Figure().subplots()
            draw(dict.fromkeys(names, HISTORY), colours=colours, ax=axes)
            for line in axes.lines:
                (name,) = (n for n in colours if f"({n})" in str(line.get_label()))
                assert line.get_color() == colours[name]
                assert (
                    line.get_linestyle()
                    == {"train": "-", "test": "--"}[str(line.get_label()).split()[0]]
                )


def test_one_row_has_a_visible_point_and_whole_epochs(ax: Axes) -> None:
    plots.plot_losses({"run": History([Epoch(0, 230.0, 2.3, 0.1, 1.0)])}, ax=ax)
    assert ax.lines[0].get_marker() == "o"
    low, high = ax.get_xlim()
    assert [tick for tick in ax.get_xticks() if low <= tick <= high] == [0]


@pytest.mark.parametrize("draw", [plots.plot_losses, plots.plot_accuracies])
def test_no_history_is_an_error(draw: Callable[..., Axes], ax: Axes) -> None:
    with pytest.raises(ChainruleError, match="no history to draw"):
        draw({}, ax=ax)
    with pytest.raises(ChainruleError, match="in 'empty'"):
        draw({"network": HISTORY, "empty": History()}, ax=ax)


def test_confusion_writes_counts_and_leaves_empty_cells_to_the_page(ax: Axes) -> None:
    y_true, y_pred = np.array([0, 0, 1, 2, 2, 2]), np.array([0, 0, 1, 2, 0, 0])
    plots.plot_confusion(confusion_matrix(y_true, y_pred, 3), ("x", "y", "z"), ax=ax)
    written = {(t.get_position()[1], t.get_position()[0]): t.get_text() for t in ax.texts}
    assert written == {(0, 0): "2", (1, 1): "1", (2, 2): "1", (2, 0): "2"}
    cells = image_of(ax)
    assert cells[0, 1, 3] == 0
    assert cells[0, 0, :3].argmax() == 2  # right: blue
    assert cells[2, 0, :3].argmax() == 0  # wrong: vermilion
    assert (ax.get_xlabel().split("\n")[0], ax.get_ylabel()) == ("predicted", "true")
    assert "blue: right, orange: wrong" in ax.get_xlabel()


def test_confusion_of_one_hundred_classes_leaves_the_numbers_out(ax: Axes) -> None:
    plots.plot_confusion(np.eye(100, dtype=np.int64), range(100), ax=ax)
    assert not ax.texts


def test_confusion_must_fit_the_classes(ax: Axes) -> None:
    with pytest.raises(ChainruleError, match=r"3 classes .* \(3, 3\), got \(2, 2\)"):
        plots.plot_confusion(np.eye(2, dtype=np.int64), ("x", "y", "z"), ax=ax)


def test_a_single_history_needs_no_name() -> None:
    history = History([Epoch(0, 100.0, 1.0, 0.1, 1.0), Epoch(1, 50.0, 0.5, 0.8, 0.5)])
    ax = plots.plot_losses(history, ax=Figure().subplots())
    _, labels = ax.get_legend_handles_labels()
    assert labels == ["train"]
