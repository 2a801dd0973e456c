"""chainrule's models as scikit-learn estimators, for pipelines, cross-validation and searches.

In reading order: `softmax_regression` and `neural_net`, the two estimators and their parameters;
`_classifier`, what they share: from samples and labels to a training, and on from there;
`_parameters`, what each parameter may be; `_watch`, when to stop.

Importing this package loads scikit-learn, which is in the extra `estimators`; `import chainrule`
does not.
"""

try:  # only whether it is there, which came with 1.6
    from sklearn.utils.validation import validate_data  # noqa: F401
except ImportError as error:
    raise ImportError(
        "chainrule.estimators needs scikit-learn 1.6 or newer; install it with "
        'pip install "chainrule[estimators]"'
    ) from error

from chainrule.estimators.neural_net import NeuralNetClassifier
from chainrule.estimators.softmax_regression import SoftmaxRegressionClassifier

__all__ = ["NeuralNetClassifier", "SoftmaxRegressionClassifier"]
