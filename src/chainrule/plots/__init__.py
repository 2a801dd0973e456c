"""The lab's pictures, each drawn on the axes it is given or on a figure of its own.

Without `ax` a function makes a figure with pyplot, so that a notebook shows it; with `ax` pyplot
is never imported. No function shows a figure, chooses a backend or changes matplotlib's settings.
A picture of several panels divides its one `ax` into inner axes and returns those.

In reading order: `samples`, pictures of data and predictions; `seen`, of what was given to
predict; `curves`, of a training run; `bands`, of several; `layers`, of gradients by layer;
`searches`, of a search for settings; `reliability`, of probabilities; `displays`, the pictures in
scikit-learn's manner;
`_layout`, where things go; `_text`, in which font; `_at_once`, several pictures drawn side by
side.
"""

from chainrule.plots._at_once import drawn_at_once
from chainrule.plots._layout import BLUE, VERMILION, axes_for, figure_png, weight_colours
from chainrule.plots._text import class_names
from chainrule.plots.bands import plot_bands
from chainrule.plots.curves import (
    BLACK,
    GREEN,
    PURPLE,
    REPLAY_LOOKS,
    RUN_COLOURS,
    plot_accuracies,
    plot_activation,
    plot_confusion,
    plot_losses,
)
from chainrule.plots.displays import (
    HiddenWeightsDisplay,
    HistoryDisplay,
    LayersDisplay,
    RateWidthDisplay,
    ReliabilityDisplay,
    SeedBandsDisplay,
    WorstPredictionsDisplay,
)
from chainrule.plots.layers import plot_layers
from chainrule.plots.reliability import plot_reliability
from chainrule.plots.samples import (
    plot_augmentation,
    plot_digits,
    plot_hidden_weights,
    plot_prediction,
    plot_prediction_before_after,
    plot_sample,
    plot_worst,
    sample_png,
)
from chainrule.plots.searches import plot_importance, plot_rate_width
from chainrule.plots.seen import Seen, plot_seen, seen_png

__all__ = [
    "BLACK",
    "BLUE",
    "GREEN",
    "PURPLE",
    "REPLAY_LOOKS",
    "RUN_COLOURS",
    "VERMILION",
    "HiddenWeightsDisplay",
    "HistoryDisplay",
    "LayersDisplay",
    "RateWidthDisplay",
    "ReliabilityDisplay",
    "SeedBandsDisplay",
    "Seen",
    "WorstPredictionsDisplay",
    "axes_for",
    "class_names",
    "drawn_at_once",
    "figure_png",
    "plot_accuracies",
    "plot_activation",
    "plot_augmentation",
    "plot_bands",
    "plot_confusion",
    "plot_digits",
    "plot_hidden_weights",
    "plot_importance",
    "plot_layers",
    "plot_losses",
    "plot_prediction",
    "plot_prediction_before_after",
    "plot_rate_width",
    "plot_reliability",
    "plot_sample",
    "plot_seen",
    "plot_worst",
    "sample_png",
    "seen_png",
    "weight_colours",
]
