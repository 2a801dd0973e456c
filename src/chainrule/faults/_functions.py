"""Wrong versions of the lab's functions, of the loss, of predict and of accuracy.

In shapes, `(..., K)` is a vector or a batch. Formulas of the loss take one-hot targets `t` and
probabilities `p`, of one sample or of a batch, and give a number.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.faults._wrong import Wrong
from chainrule.nn.functions import Array, log_clipped, sigmoid, softmax


def _rows(t: Array) -> int:
    return len(t) if t.ndim > 1 else 1


def _softmax(reads: str, formula: Callable[[Array], Any]) -> Wrong:
    return Wrong("softmax", ("X",), formula, reads)


def _losses(kind: str, each: Callable[[Array, Array], Array], text: str) -> tuple[Wrong, ...]:
    """A loss of each sample, summed over the samples and averaged."""
    targets = "Y_true" if kind == "nll" else "t"
    return (
        Wrong(kind, ("t", "y"), lambda t, p: np.sum(each(t, p)), f"np.sum({text})"),
        Wrong(
            kind,
            ("t", "y"),
            lambda t, p: np.sum(each(t, p)) / _rows(t),
            f"np.sum({text}) / len({targets})",
        ),
    )


def _entries(kind: str, each: Callable[[Array, Array], Array], text: str) -> Wrong:
    """A loss of each entry, averaged over all entries."""
    return Wrong(kind, ("t", "y"), lambda t, p: np.mean(each(t, p)), f"np.mean({text})")


def _log_likelihood(t: Array, p: Array) -> Array:
    return t * log_clipped(p)


def _binary(t: Array, p: Array) -> Array:
    return -(t * log_clipped(p) + (1 - t) * log_clipped(1 - p))


def _shifted(X: Array) -> Array:
    exp: Array = np.exp(X - X.max(axis=-1, keepdims=True))
    return exp


def _without_keepdims(a: Array, how: Callable[..., Any]) -> Any:
    """Reduce rows to numbers that then meet the columns: what a forgotten keepdims does."""
    return how(a, axis=-1)


def _squared_errors(factor: float, text: str) -> tuple[Wrong, ...]:
    """The squared error times a factor: summed, or averaged in one of the usual ways."""

    def each(t: Array, p: Array) -> Array:
        error: Array = factor * (p - t) ** 2
        return error

    written = f"{text}(Y_pred - Y_true) ** 2"
    by_length = Wrong(
        "nll",
        ("t", "y"),
        lambda t, p: np.sum(each(t, p)) / len(t),
        f"np.sum({written}) / len(Y_true)",
    )
    return (*_losses("nll", each, written), _entries("nll", each, written), by_length)


_BINARY_TEXT = "-(Y_true * np.log(Y_pred) + (1 - Y_true) * np.log(1 - Y_pred))"

FORMULAS: dict[str, tuple[Wrong, ...]] = {
    "one-hot-wrong": (),
    "softmax-not-normalised": (
        _softmax("np.exp(X)", np.exp),
        _softmax("np.exp(X - X.max(axis=-1, keepdims=True))", _shifted),
        _softmax("np.exp(X - X.max())", lambda X: np.exp(X - X.max())),
        _softmax("np.exp(X) / np.max(np.exp(X))", lambda X: np.exp(X) / np.exp(X).max()),
    ),
    "softmax-over-batch": (
        _softmax("np.exp(X) / np.sum(np.exp(X))", lambda X: np.exp(X) / np.exp(X).sum()),
        _softmax(
            "np.exp(X) / np.sum(np.exp(X), axis=0)",
            lambda X: np.exp(X) / np.exp(X).sum(axis=0, keepdims=True),
        ),
        _softmax(
            "np.exp(X - X.max(axis=-1, keepdims=True)) / np.sum(…)",
            lambda X: _shifted(X) / _shifted(X).sum(),
        ),
        _softmax(
            "np.exp(X - X.max(axis=-1, keepdims=True)) / np.sum(…, axis=0)",
            lambda X: _shifted(X) / _shifted(X).sum(axis=0, keepdims=True),
        ),
        _softmax(
            "exp / np.sum(exp, axis=-1), without keepdims",
            lambda X: np.exp(X) / _without_keepdims(np.exp(X), np.sum),
        ),
        _softmax(
            "exp / np.sum(exp, axis=-1), without keepdims",
            lambda X: _shifted(X) / _without_keepdims(_shifted(X), np.sum),
        ),
        _softmax(
            "np.exp(X - np.max(X, axis=-1)), without keepdims",
            lambda X: softmax(X - _without_keepdims(X, np.max)),
        ),
        _softmax(
            "np.max and np.sum along axis=-1, without keepdims",
            lambda X: np.exp(X - _without_keepdims(X, np.max))
            / _without_keepdims(np.exp(X - _without_keepdims(X, np.max)), np.sum),
        ),
        _softmax(
            "np.exp(X - X.max(axis=0)) / np.sum(…, axis=-1, keepdims=True)",
            lambda X: softmax(X - X.max(axis=0, keepdims=True)),
        ),
        _softmax(
            "np.exp(X - X.max(axis=0)) / np.sum(…)",
            lambda X: np.exp(X - X.max(axis=0)) / np.exp(X - X.max(axis=0)).sum(),
        ),
    ),
    "softmax-overflows": (
        _softmax(
            "np.exp(X) / np.sum(np.exp(X), axis=-1, keepdims=True)",
            lambda X: np.exp(X) / np.exp(X).sum(axis=-1, keepdims=True),
        ),
    ),
    "softmax-one-sample-fails": (),
    "nll-sign": (
        *_losses("nll", _log_likelihood, "Y_true * np.log(Y_pred)"),
        _entries("nll", _log_likelihood, "Y_true * np.log(Y_pred)"),
    ),
    "nll-log-zero": (),
    "nll-mean-over-entries": (
        _entries("nll", lambda t, p: -_log_likelihood(t, p), "-Y_true * np.log(Y_pred)"),
        Wrong(
            "nll",
            ("t", "y"),
            lambda t, p: -np.sum(_log_likelihood(t, p)) / len(t),
            "-np.sum(Y_true * np.log(Y_pred)) / len(Y_true)",
        ),
        Wrong(
            "nll",
            ("t", "y"),
            lambda t, p: -np.sum(_log_likelihood(t, p)) / p.shape[-1],
            "-np.sum(Y_true * np.log(Y_pred)) / Y_pred.shape[-1]",
        ),
    ),
    "nll-binary-cross-entropy": (
        *_losses("nll", _binary, _BINARY_TEXT),
        _entries("nll", _binary, _BINARY_TEXT),
        Wrong(
            "nll",
            ("t", "y"),
            lambda t, p: np.sum(_binary(t, p)) / len(t),
            f"np.sum({_BINARY_TEXT}) / len(Y_true)",
        ),
    ),
    "nll-squared-error": (*_squared_errors(1.0, ""), *_squared_errors(0.5, "0.5 * ")),
    "sigmoid-sign": (Wrong("sigmoid", ("X",), lambda X: sigmoid(-X), "1 / (1 + np.exp(X))"),),
    "sigmoid-overflows": (),
    "dsigmoid-of-activation": (
        Wrong("dsigmoid", ("X",), lambda X: X * (1 - X), "X * (1 - X)"),
        Wrong("dsigmoid", ("X",), lambda X: sigmoid(X) * (1 - X), "sigmoid(X) * (1 - X)"),
        Wrong("dsigmoid", ("X",), lambda X: X * (1 - sigmoid(X)), "X * (1 - sigmoid(X))"),
    ),
    "dsigmoid-incomplete": (
        Wrong("dsigmoid", ("X",), sigmoid, "sigmoid(X)"),
        Wrong("dsigmoid", ("X",), lambda X: 1 - sigmoid(X), "1 - sigmoid(X)"),
        Wrong("dsigmoid", ("X",), lambda X: sigmoid(X) ** 2, "1 / (1 + np.exp(-X)) ** 2"),
        Wrong("dsigmoid", ("X",), lambda X: (1 - sigmoid(X)) ** 2, "(1 - sigmoid(X)) ** 2"),
        Wrong("dsigmoid", ("X",), lambda X: np.exp(-X), "np.exp(-X)"),
        Wrong("dsigmoid", ("X",), lambda X: np.exp(-X) / (1 - np.exp(-X)) ** 2,
              "np.exp(-X) / (1 - np.exp(-X)) ** 2"),
        Wrong("dsigmoid", ("X",), lambda X: np.exp(X) / (1 + np.exp(-X)) ** 2,
              "np.exp(X) / (1 + np.exp(-X)) ** 2"),
    ),
    "loss-softmax-again": (
        *_losses(
            "loss",
            lambda t, p: -t * np.log(softmax(p)),
            "-t * np.log(softmax(y))",
        ),
    ),
    "loss-constant": (),
    "loss-not-nll": tuple(
        wrong
        for each, text in (
            (lambda t, p: np.abs(p - t), "np.abs(y - t)"),
            (lambda t, p: t * (1 - p), "t * (1 - y)"),
            (lambda t, p: -t * p, "-t * y"),
            (lambda t, p: -(1 - t) * log_clipped(1 - p), "-(1 - t) * np.log(1 - y)"),
            (lambda t, p: -p * log_clipped(p), "-y * np.log(y)"),
            (lambda t, p: -t * log_clipped(p) / np.log(2), "-t * np.log2(y)"),
            (lambda t, p: -t * log_clipped(p) / np.log(10), "-t * np.log10(y)"),
            (lambda t, p: -p * log_clipped(t), "-y * np.log(t)"),
            (lambda t, p: np.where(t > 0, 1 / p, 0.0), "t / y"),
        )
        for wrong in (*_losses("loss", each, text), _entries("loss", each, text))
    ),
    "predict-not-argmax": (
        Wrong("predict", ("y",), lambda y: y, "y"),
        Wrong("predict", ("y",), lambda y: y.max(axis=-1), "np.max(y, axis=-1)"),
        Wrong("predict", ("y",), lambda y: y.argmax(axis=0), "np.argmax(y, axis=0)"),
        Wrong("predict", ("y",), lambda y: y.argmax(), "np.argmax(y)"),
        Wrong("predict", ("y",), lambda y: y.max(axis=0), "np.max(y, axis=0)"),
        Wrong("predict", ("y",), lambda y: y.max(), "np.max(y)"),
        Wrong("predict", ("y",), np.round, "np.round(y)"),
        Wrong("predict", ("y",), lambda y: y.argmin(axis=-1), "np.argmin(y, axis=-1)"),
    ),
    "accuracy-wrong": tuple(
        Wrong("accuracy", ("classes", "labels"), formula, text)
        for formula, text in (
            (lambda c, y: np.sum(c == y), "np.sum(predicted == y)"),
            (lambda c, y: 100 * np.mean(c == y), "100 * np.mean(predicted == y)"),
            (lambda c, y: np.mean(c[:, np.newaxis] == y), "np.mean(predicted[:, None] == y)"),
            (lambda c, y: np.sum(c[:, np.newaxis] == y) / len(y),
             "np.sum(predicted[:, None] == y) / len(y)"),
            (lambda c, y: np.mean(c != y), "np.mean(predicted != y)"),
            (lambda c, y: (c != y).sum(), "np.sum(predicted != y)"),
            (lambda c, y: 100 * np.mean(c != y), "100 * np.mean(predicted != y)"),
            (lambda c, y: float(np.all(c == y)), "np.all(predicted == y)"),
        )
    ),
}  # fmt: skip
