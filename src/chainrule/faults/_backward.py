"""Wrong steps of the backward pass and of the update.

Shapes as in `chainrule.faults.steps`: gradients by a pre-activation `(..., N, H)`, by weights
`(..., D, H)`, by biases `(..., H)`.
"""

from typing import Any

import numpy as np

from chainrule.faults._wrong import Wrong
from chainrule.faults.steps import difference, weight_gradient
from chainrule.nn.functions import Array, dsigmoid, dtanh

_SECOND = "grad_z_{layer}"
_ABOVE = ("grad_z_{above}", "W_{above}")


def _times(a: Array, b: Array) -> Any:
    return a * b


def _transposed_times(a: Array, b: Array) -> Any:
    return a.mT * b


def _by_transposed(grad_z: Array, W: Array) -> Any:
    return grad_z * W.mT


def _samples(a: Array) -> int:
    return int(a.shape[-2])


def _updated_weights(grad_z: Array, W: Array, rate: float, grad_W: Array) -> Any:
    return grad_z @ (W - rate * grad_W).mT


def _output_first(grad_z: Array, slope: Array, W: Array) -> Any:
    return (grad_z * slope) @ W.mT


FORMULAS: dict[str, tuple[Wrong, ...]] = {
    "grad-output-mismatch": (
        Wrong("grad_y", ("y", "t"), difference, "y - t", needs="-t * (1 - y)"),
    ),
    "grad-output-sign": (
        Wrong("grad_y", ("y", "t"), lambda y, t: t - y, "t - y"),
        Wrong("grad_y", ("y", "t"), lambda y, t: t * (1 - y), "t * (1 - y)",
              needs="-t * (1 - y)"),
    ),
    "grad-output-sigmoid-factor": (
        Wrong("grad_y", ("y", "t"), lambda y, t: (y - t) * y * (1 - y), "(y - t) * y * (1 - y)"),
        Wrong("grad_y", ("y", "t", "z_o"), lambda y, t, z: (y - t) * dsigmoid(z),
              "(y - t) * dsigmoid(z_o)"),
        Wrong("grad_y", ("y", "t"), lambda y, t: (y - t) * dsigmoid(y), "(y - t) * dsigmoid(y)"),
    ),
    "grad-preactivation": (
        Wrong("grad_W", ("z_{below}", _SECOND), weight_gradient, "z_{below}.T @ grad_z_{layer}",
              only="above hidden"),
    ),
    "grad-inputs-swapped": (
        Wrong("grad_W", ("{other}", _SECOND), weight_gradient, "{other}.T @ grad_z_{layer}"),
        Wrong("grad_W", ("{other_z}", _SECOND), weight_gradient, "{other_z}.T @ grad_z_{layer}"),
    ),
    "grad-transposed": (
        Wrong("grad_W", ("{below}", _SECOND), lambda x, g: g.mT @ x, "grad_z_{layer}.T @ {below}"),
        Wrong("grad_W", ("{below}", _SECOND), lambda x, g: x @ g, "{below} @ grad_z_{layer}",
              square=True),
    ),
    "grad-elementwise": (
        Wrong("grad_W", ("{below}", _SECOND), _times, "{below} * grad_z_{layer}", square=True),
        Wrong("grad_W", ("{below}", _SECOND), _transposed_times, "{below}.T * grad_z_{layer}",
              square=True),
        Wrong("grad_h", _ABOVE, _by_transposed, "grad_z_{above} * W_{above}.T", square=True),
        Wrong("grad_h", _ABOVE, _times, "grad_z_{above} * W_{above}", square=True),
    ),
    "grad-bias-not-summed": (
        Wrong("grad_b", (_SECOND,), lambda g: g, "grad_z_{layer}"),
        Wrong("grad_b", (_SECOND,), lambda g: g[..., 0, :], "grad_z_{layer}[0]"),
        Wrong("grad_b", (_SECOND,), lambda g: g[..., -1, :], "grad_z_{layer}[-1]"),
        Wrong("grad_b", (_SECOND,), lambda g: g.sum(axis=-1), "grad_z_{layer}.sum(axis=1)"),
        Wrong("grad_b", (_SECOND,), lambda g: g.mean(axis=-1), "grad_z_{layer}.mean(axis=1)"),
        Wrong("grad_b", (_SECOND,), lambda g: g.sum(), "grad_z_{layer}.sum()"),
        Wrong("grad_b", (_SECOND,), lambda g: g.mean(), "grad_z_{layer}.mean()"),
    ),
    "grad-batch-scale": (
        Wrong("grad_W", ("{below}", _SECOND), lambda x, g: x.mT @ g / _samples(g),
              "{below}.T @ grad_z_{layer} / len(X)"),
        Wrong("grad_W", ("{below}", _SECOND), lambda x, g: x.mT @ g * _samples(g),
              "{below}.T @ grad_z_{layer} * len(X)"),
        Wrong("grad_b", (_SECOND,), lambda g: g.mean(axis=-2), "grad_z_{layer}.mean(axis=0)"),
        Wrong("grad_b", (_SECOND,), lambda g: g.sum(axis=-2) * _samples(g),
              "grad_z_{layer}.sum(axis=0) * len(X)"),
        Wrong("grad_y", ("y", "t"), lambda y, t: (y - t) / _samples(y), "(y - t) / len(X)",
              needs="y - t"),
        Wrong("grad_y", ("y", "t"), lambda y, t: (y - t) * _samples(y), "(y - t) * len(X)",
              needs="y - t"),
        Wrong("grad_y", ("y", "t"), lambda y, t: -t * (1 - y) / _samples(y),
              "-t * (1 - y) / len(X)", needs="-t * (1 - y)"),
        Wrong("grad_y", ("y", "t"), lambda y, t: -t * (1 - y) * _samples(y),
              "-t * (1 - y) * len(X)", needs="-t * (1 - y)"),
        Wrong("grad_y", ("y", "t"), lambda y, t: (y - t) / y.shape[-1],
              "(y - t) / n_classes", needs="y - t"),
    ),
    "grad-missing-parameter": (
        Wrong("grad_W", ("W_{layer}",), np.zeros_like, "np.zeros_like(W_{layer})"),
        Wrong("grad_b", ("b_{layer}",), np.zeros_like, "np.zeros_like(b_{layer})"),
    ),
    "grad-hidden-weights-not-transposed": (
        Wrong("grad_h", _ABOVE, lambda g, W: g @ W, "grad_z_{above} @ W_{above}", square=True),
    ),
    "grad-hidden-stale-or-updated-weights": (
        Wrong("grad_h", (*_ABOVE, "learning_rate", "grad_W_{above}"), _updated_weights,
              "grad_z_{above} @ (W_{above} - learning_rate * grad_W_{above}).T"),
    ),
    "grad-hidden-no-derivative": (
        Wrong("grad_z", ("grad_{layer}",), lambda g: g, "grad_{layer}"),
        Wrong("grad_h", ("grad_{above}", "W_{above}"), lambda g, W: g @ W.mT,
              "grad_{above} @ W_{above}.T", only="below hidden"),
    ),
    "grad-hidden-derivative-at-activation": (
        Wrong("grad_z", ("grad_{layer}", "{layer}"), lambda g, h: g * dsigmoid(h),
              "grad_{layer} * dsigmoid({layer})", needs="dsigmoid("),
        Wrong("grad_z", ("grad_{layer}", "{layer}"), lambda g, h: g * dtanh(h),
              "grad_{layer} * dtanh({layer})", needs="dtanh("),
    ),
    "grad-hidden-derivative-at-output": (
        Wrong("grad_z", ("grad_z_{above}", "z_{above}", "W_{above}"),
              lambda g, z, W: _output_first(g, dsigmoid(z), W),
              "(grad_z_{above} * dsigmoid(z_{above})) @ W_{above}.T"),
        Wrong("grad_z", ("grad_z_{above}", "y", "W_{above}"),
              lambda g, y, W: _output_first(g, y * (1 - y), W),
              "(grad_z_{above} * y * (1 - y)) @ W_{above}.T", only="below output"),
        Wrong("grad_z", ("grad_z_{above}", "y", "W_{above}"),
              lambda g, y, W: _output_first(g, dsigmoid(y), W),
              "(grad_z_{above} * dsigmoid(y)) @ W_{above}.T", only="below output"),
        Wrong("grad_z", ("grad_{layer}", "{other_z}"), lambda g, z: g * dsigmoid(z),
              "grad_{layer} * dsigmoid({other_z})", square=True),
        Wrong("grad_z", ("grad_{layer}", "y"), lambda g, y: g * y * (1 - y),
              "grad_{layer} * y * (1 - y)", square=True),
        Wrong("grad_z", ("grad_{layer}", "y"), lambda g, y: g * dsigmoid(y),
              "grad_{layer} * dsigmoid(y)", square=True),
        Wrong("grad_z", ("grad_{layer}", "{other_h}"), lambda g, h: g * h * (1 - h),
              "grad_{layer} * {other_h} * (1 - {other_h})", square=True),
    ),
    "train-sign": tuple(
        Wrong(f"new_{p}", (p + "_{layer}", "learning_rate", f"grad_{p}_" + "{layer}"),
              lambda W, rate, g: W + rate * g, p + "_{layer} + learning_rate * grad_" + p
              + "_{layer}", everywhere=True)
        for p in "Wb"
    ),
    "train-missing-parameter": tuple(
        Wrong(f"new_{p}", (p + "_{layer}",), lambda W: W, p + "_{layer}") for p in "Wb"
    ),
    "train-learning-rate": tuple(
        Wrong(f"new_{p}", (p + "_{layer}", "learning_rate", f"grad_{p}_" + "{layer}"),
              lambda W, rate, g, f=factor: W - f(rate) * g,
              p + "_{layer} - " + text + "grad_" + p + "_{layer}", everywhere=True)
        for factor, text in ((lambda rate: 1.0, ""), (lambda rate: rate**2, "learning_rate**2 * "))
        for p in "Wb"
    ),
}  # fmt: skip
