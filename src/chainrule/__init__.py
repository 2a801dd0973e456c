"""chainrule: a lab in backpropagation, and the NumPy network library under it."""

from typing import TYPE_CHECKING, Any

from chainrule.data import Dataset, load, load_digits
from chainrule.errors import ChainruleError
from chainrule.evaluate import confusion_matrix, score, worst_predictions
from chainrule.files import TrainedModel
from chainrule.functions import (
    drelu,
    dsigmoid,
    dtanh,
    log_softmax,
    nll,
    one_hot,
    relu,
    sigmoid,
    softmax,
    tanh,
)
from chainrule.history import History
from chainrule.models import LogisticRegression, NeuralNet
from chainrule.plots import (
    plot_accuracies,
    plot_activation,
    plot_confusion,
    plot_digits,
    plot_hidden_weights,
    plot_losses,
    plot_prediction,
    plot_prediction_before_after,
    plot_sample,
    plot_worst,
)
from chainrule.sgd import SGD
from chainrule.training import fit, train_epochs

if TYPE_CHECKING:
    from chainrule.diagnosis import check, check_gradients

__all__ = [
    "SGD",
    "ChainruleError",
    "Dataset",
    "History",
    "LogisticRegression",
    "NeuralNet",
    "TrainedModel",
    "check",
    "check_gradients",
    "confusion_matrix",
    "drelu",
    "dsigmoid",
    "dtanh",
    "fit",
    "load",
    "load_digits",
    "log_softmax",
    "nll",
    "one_hot",
    "plot_accuracies",
    "plot_activation",
    "plot_confusion",
    "plot_digits",
    "plot_hidden_weights",
    "plot_losses",
    "plot_prediction",
    "plot_prediction_before_after",
    "plot_sample",
    "plot_worst",
    "relu",
    "score",
    "sigmoid",
    "softmax",
    "tanh",
    "train_epochs",
    "worst_predictions",
]


def __getattr__(name: str) -> Any:
    """Load what judges learners' code when it is first asked for."""
    if name in ("check", "check_gradients"):
        from chainrule import diagnosis

        return getattr(diagnosis, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
