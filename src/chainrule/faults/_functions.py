"""Wrong versions of the lab's functions, of the loss, of predict and of accuracy.

Formulas of the loss take one-hot targets, `Y_true` or `t`, and probabilities, `Y_pred` or `y`, of
one sample `(K,)` or of a batch `(N, K)`, and give a number.
"""

from chainrule.faults._wrong import Wrong


def _softmax(*texts: str) -> tuple[Wrong, ...]:
    return tuple(Wrong("softmax", text) for text in texts)


def _sums(kind: str, text: str) -> tuple[Wrong, ...]:
    """A loss of each sample, summed over the samples and averaged."""
    targets = "Y_true" if kind == "nll" else "t"
    return (
        Wrong(kind, f"np.sum({text})"),
        Wrong(kind, f"np.sum({text}) / len({targets})", as_batch=True),
    )


def _entries(kind: str, text: str) -> Wrong:
    """A loss of each entry, averaged over all entries."""
    return Wrong(kind, f"np.mean({text})")


def _by_length(text: str) -> Wrong:
    """A loss divided by the length of the targets, even of one sample."""
    return Wrong("nll", f"np.sum({text}) / len(Y_true)")


def _squared_errors(factor: str) -> tuple[Wrong, ...]:
    """The squared error times a factor: summed, or averaged in one of the usual ways."""
    text = f"{factor}(Y_pred - Y_true) ** 2"
    return (*_sums("nll", text), _entries("nll", text), _by_length(text))


_LOG_LIKELIHOOD = "Y_true * np.log(Y_pred)"
_BINARY = "-(Y_true * np.log(Y_pred) + (1 - Y_true) * np.log(1 - Y_pred))"
_SHIFTED = "np.exp(X - X.max(axis=-1, keepdims=True))"

FORMULAS: dict[str, tuple[Wrong, ...]] = {
    "one-hot-wrong": (),
    "softmax-not-normalised": _softmax(
        "np.exp(X)",
        _SHIFTED,
        "np.exp(X - X.max())",
        "np.exp(X) / np.max(np.exp(X))",
    ),
    "softmax-over-batch": _softmax(
        "np.exp(X) / np.sum(np.exp(X))",
        "np.exp(X) / np.sum(np.exp(X), axis=0)",
        f"{_SHIFTED} / np.sum(…)",
        f"{_SHIFTED} / np.sum(…, axis=0)",
        "np.exp(X) / np.sum(np.exp(X), axis=-1)",
        f"{_SHIFTED} / np.sum(…, axis=-1)",
        "np.exp(X - X.max(axis=-1)) / np.sum(…, axis=-1, keepdims=True)",
        "np.exp(X - X.max(axis=-1)) / np.sum(…, axis=-1)",
        "np.exp(X - X.max(axis=0)) / np.sum(…, axis=-1, keepdims=True)",
        "np.exp(X - X.max(axis=0)) / np.sum(…)",
    ),
    "softmax-overflows": _softmax("np.exp(X) / np.sum(np.exp(X), axis=-1, keepdims=True)"),
    "softmax-not-exp": tuple(
        wrong
        for weights in ("X", "np.exp(-X)", "2**X", "np.abs(X)", "X**2", "sigmoid(X)")
        for wrong in _softmax(f"{weights} / np.sum({weights}, axis=-1, keepdims=True)")
    ),
    "softmax-one-sample-fails": (),
    "nll-sign": (*_sums("nll", _LOG_LIKELIHOOD), _entries("nll", _LOG_LIKELIHOOD)),
    "nll-log-zero": (),
    "nll-mean-over-entries": (
        _entries("nll", f"-{_LOG_LIKELIHOOD}"),
        Wrong("nll", f"-np.sum({_LOG_LIKELIHOOD}) / len(Y_true)"),
        Wrong("nll", f"-np.sum({_LOG_LIKELIHOOD}) / Y_pred.shape[-1]"),
    ),
    "nll-binary-cross-entropy": (
        *_sums("nll", _BINARY),
        _entries("nll", _BINARY),
        _by_length(_BINARY),
    ),
    "nll-not-summed": (),
    "nll-squared-error": (*_squared_errors(""), *_squared_errors("0.5 * ")),
    "sigmoid-sign": (Wrong("sigmoid", "1 / (1 + np.exp(X))"),),
    "sigmoid-parentheses": (
        Wrong("sigmoid", "1 / 1 + np.exp(-X)"),
        Wrong("dsigmoid", "sigmoid(X) * 1 - sigmoid(X)"),
        Wrong("dsigmoid", "X * 1 - X"),
    ),
    "sigmoid-overflows": (),
    "dsigmoid-of-activation": (
        Wrong("dsigmoid", "X * (1 - X)"),
        Wrong("dsigmoid", "sigmoid(X) * (1 - X)"),
        Wrong("dsigmoid", "X * (1 - sigmoid(X))"),
    ),
    "dsigmoid-incomplete": (
        Wrong("dsigmoid", "sigmoid(X)"),
        Wrong("dsigmoid", "1 - sigmoid(X)"),
        Wrong("dsigmoid", "1 / (1 + np.exp(-X)) ** 2"),
        Wrong("dsigmoid", "(1 - sigmoid(X)) ** 2"),
        Wrong("dsigmoid", "sigmoid(X) * (sigmoid(X) - 1)"),
        Wrong("dsigmoid", "sigmoid(X) * (1 + sigmoid(X))"),
        Wrong("dsigmoid", "np.exp(-X)"),
        Wrong("dsigmoid", "np.exp(-X) / (1 - np.exp(-X)) ** 2"),
        Wrong("dsigmoid", "np.exp(X) / (1 + np.exp(-X)) ** 2"),
    ),
    "loss-softmax-again": _sums("loss", "-t * np.log(softmax(y))"),
    "loss-constant": (),
    "loss-not-nll": tuple(
        wrong
        for text in (
            "np.abs(y - t)",
            "t * (1 - y)",
            "-t * y",
            "-(1 - t) * np.log(1 - y)",
            "-y * np.log(y)",
            "-t * np.log2(y)",
            "-t * np.log10(y)",
            "-y * np.log(t)",
            "t / y",
        )
        for wrong in (*_sums("loss", text), _entries("loss", text))
    ),
    "predict-not-argmax": (
        Wrong("predict", "y"),
        Wrong("predict", "np.max(y, axis=-1)"),
        Wrong("predict", "np.argmax(y, axis=0)"),
        Wrong("predict", "np.argmax(y)"),
        Wrong("predict", "np.max(y, axis=0)"),
        Wrong("predict", "np.max(y)"),
        Wrong("predict", "np.round(y)"),
        Wrong("predict", "np.argmin(y, axis=-1)"),
    ),
    "accuracy-wrong": (
        Wrong("accuracy", "np.sum(predicted == y)"),
        Wrong("accuracy", "100 * np.mean(predicted == y)"),
        Wrong("accuracy", "np.mean(predicted[:, None] == y)"),
        Wrong("accuracy", "np.sum(predicted[:, None] == y) / len(y)"),
        Wrong("accuracy", "np.mean(predicted != y)"),
        Wrong("accuracy", "np.sum(predicted != y)"),
        Wrong("accuracy", "100 * np.mean(predicted != y)"),
        Wrong("accuracy", "np.all(predicted == y)"),
    ),
}
