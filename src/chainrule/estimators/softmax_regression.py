"""Softmax regression as a scikit-learn classifier."""

from chainrule.estimators._classifier import BaseClassifier
from chainrule.nn.models import LogisticRegression


class SoftmaxRegressionClassifier(BaseClassifier):
    """Softmax regression, trained by stochastic gradient descent on one sample at a time.

    Parameters and attributes are those of `NeuralNetClassifier`, but for `hidden_layer_sizes`,
    `activation` and `dropout`, which are about hidden units, and `model_` is a
    `chainrule.LogisticRegression`.

    >>> from chainrule import load_digits
    >>> digits = load_digits()
    >>> model = SoftmaxRegressionClassifier(learning_rate_init=0.001, random_state=0)
    >>> model.fit(digits.X_train, digits.y_train).score(digits.X_test, digits.y_test) > 0.9
    True
    """

    @property
    def _kind(self) -> str:
        return "logistic"

    def _new_model(self, n_features: int, n_classes: int, seed: int) -> LogisticRegression:
        return LogisticRegression(n_features, n_classes, init=self.init, seed=seed)
