"""A network of fully connected layers as a scikit-learn classifier."""

from collections.abc import Sequence
from typing import Any

from chainrule.estimators._classifier import BaseClassifier
from chainrule.nn.models import NeuralNet
from chainrule.training.augmentation import Augmentation


class NeuralNetClassifier(BaseClassifier):
    """A network of fully connected layers, trained on one sample at a time unless told otherwise.

    Parameters have the names of scikit-learn's `MLPClassifier` where they mean the same, else
    those of `chainrule train`. Its defaults are those of `chainrule train`. The network
    takes features as they are: scale them first, for example with `StandardScaler` in a
    `Pipeline`. It computes in the precision of the samples, float64 or float32.

    Args:
        hidden_layer_sizes: units of each hidden layer, a number or a sequence.
        activation: of the hidden layers: "sigmoid" (which scikit-learn calls "logistic"), "tanh",
            "relu", "softplus", "elu" or "leaky-relu".
        alpha: strength of the L2 penalty: a step adds alpha / batch_size times the weights to the
            gradient.
        batch_size: samples in a step; no more are taken than there are.
        learning_rate_init: the learning rate, which stays as it is; None takes the default of
            `chainrule train`, which depends on activation, batch size and momentum.
        max_iter: the most epochs in a call of `fit`.
        shuffle: draw a new order of the samples for each epoch.
        random_state: a whole number, a `numpy.random.RandomState`, or None: fixes first weights,
            order of the samples and validation part. With a number they are those of
            `NeuralNet(seed=…)` and `SGD(seed=…)`.
        tol: in nats; see n_iter_no_change.
        verbose: print a line for each epoch.
        warm_start: let `fit` go on with the model that an earlier call has trained, to the bits of
            a single longer call on the same samples; with early stopping it goes on from the best
            epoch's parameters.
        momentum: 0 up to, not including, 1; as that of `chainrule.SGD`, without Nesterov's change.
        early_stopping: hold back a validation part, of each class the same share, and keep the
            parameters of the epoch with the lowest validation loss.
        validation_fraction: share of the samples that is held back for early stopping.
        n_iter_no_change: stop after so many epochs in a row in which the mean loss did not fall by
            more than `tol`: that on the training samples or, with early stopping, on the
            validation part. max_iter or more never stops before max_iter.
        init: how the first weights are drawn: "glorot", "he", "uniform" or "zeros".
        dropout: share of each hidden layer's units that a step leaves out, others for each sample.
        schedule: of the learning rate over the max_iter epochs: "constant", "step" or "cosine", as
            in `chainrule.SGD`.
        label_smoothing: share of each target that is shared out among all classes; `loss_curve_`
            stays that of the labels.
        averaging: share of the max_iter epochs, the last ones, over which the parameters are
            averaged after each; the model ends as that average. With a schedule or averaging tol
            alone does not stop training.
        augment: a `chainrule.Augmentation`, by which training images are deformed anew in each
            epoch, or None. All pixels must have one scale: raw ones divided by the same number,
            not `StandardScaler`'s.
        image_shape: (height, width) of the images in X, where they are deformed.
        engine: what takes the steps: "compiled", "numpy", or "auto" for the faster that can.

    Attributes:
        classes_: `(K,)`, the labels, sorted.
        n_features_in_: D, the number of features.
        feature_names_in_: `(D,)`, where `X` was a data frame whose columns have names.
        model_: the trained `chainrule.NeuralNet`.
        history_: the `chainrule.History` of its training, whose first row is the untrained model.
        loss_curve_: mean loss on the training samples in nats, after each epoch.
        n_iter_: the number of epochs, with those of earlier calls that this one went on from.

    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from chainrule import load_digits
    >>> digits = load_digits()
    >>> net = make_pipeline(StandardScaler(), NeuralNetClassifier(random_state=0))
    >>> net.fit(digits.X_train, digits.y_train).score(digits.X_test, digits.y_test) > 0.96
    True
    """

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (32,),
        activation: str = "sigmoid",
        *,
        alpha: float = 0.0,
        batch_size: int = 1,
        learning_rate_init: float | None = None,
        max_iter: int = 15,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: bool = False,
        warm_start: bool = False,
        momentum: float = 0.0,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        init: str = "glorot",
        dropout: float = 0.0,
        schedule: str = "constant",
        label_smoothing: float = 0.0,
        averaging: float = 0.0,
        augment: Augmentation | None = None,
        image_shape: tuple[int, int] | None = None,
        engine: str = "auto",
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.dropout = dropout
        super().__init__(
            alpha=alpha,
            batch_size=batch_size,
            learning_rate_init=learning_rate_init,
            max_iter=max_iter,
            shuffle=shuffle,
            random_state=random_state,
            tol=tol,
            verbose=verbose,
            warm_start=warm_start,
            momentum=momentum,
            early_stopping=early_stopping,
            validation_fraction=validation_fraction,
            n_iter_no_change=n_iter_no_change,
            init=init,
            schedule=schedule,
            label_smoothing=label_smoothing,
            averaging=averaging,
            augment=augment,
            image_shape=image_shape,
            engine=engine,
        )

    def _new_model(self, n_features: int, n_classes: int, seed: int) -> NeuralNet:
        return NeuralNet(
            n_features,
            self.hidden_layer_sizes,
            n_classes,
            activation=self.activation,
            init=self.init,
            seed=seed,
        )

    @property
    def _kind(self) -> str:
        return self.activation

    @property
    def _dropout(self) -> float:
        return self.dropout
