"""chainrule: a lab in backpropagation, and the NumPy network library under it."""

from typing import TYPE_CHECKING

from chainrule.lazy import loader

if TYPE_CHECKING:
    from chainrule._version import __version__
    from chainrule.checking.diagnosis import check_gradients
    from chainrule.checking.verdict import check
    from chainrule.data import Dataset, load, load_digits
    from chainrule.errors import ChainruleError
    from chainrule.nn.activations import (
        delu,
        dleaky_relu,
        drelu,
        dsigmoid,
        dsoftplus,
        dtanh,
        elu,
        leaky_relu,
        relu,
        sigmoid,
        softplus,
        tanh,
    )
    from chainrule.nn.ensemble import Ensemble
    from chainrule.nn.evaluate import confusion_matrix, score, worst_predictions
    from chainrule.nn.functions import log_softmax, nll, one_hot, smooth_targets, softmax
    from chainrule.nn.models import LogisticRegression, NeuralNet
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
    from chainrule.runs.model_files import TrainedModel
    from chainrule.training.augmentation import Augmentation
    from chainrule.training.fit import fit, train_epochs
    from chainrule.training.history import History
    from chainrule.training.sgd import SGD

__getattr__ = loader(__name__, __file__)

__all__ = [
    "SGD",
    "Augmentation",
    "ChainruleError",
    "Dataset",
    "Ensemble",
    "History",
    "LogisticRegression",
    "NeuralNet",
    "TrainedModel",
    "__version__",
    "check",
    "check_gradients",
    "confusion_matrix",
    "delu",
    "dleaky_relu",
    "drelu",
    "dsigmoid",
    "dsoftplus",
    "dtanh",
    "elu",
    "fit",
    "leaky_relu",
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
    "smooth_targets",
    "softmax",
    "softplus",
    "tanh",
    "train_epochs",
    "worst_predictions",
]
