"""Formulas as text: what one reads is what is computed.

A formula is written as in the lab's notebooks, for samples `(N, D)` and parameters of one network.
It is compiled; what it reads is found in it. For several networks side by side it is rewritten
first, by `_stack.py`.

Some things are written as people write them: X is the batch, n_classes the number of outputs, and
… what is being divided. Logarithms are those of clipped probabilities, as in `nll`.
"""

import ast
import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from chainrule.data.arrays import Array
from chainrule.faults._stack import stacked
from chainrule.nn.activations import ACTIVATIONS
from chainrule.nn.functions import log_clipped, softmax


class _ClippedLogarithms:
    """NumPy, but for logarithms, which clip what they take as `nll` does."""

    log = staticmethod(log_clipped)

    @staticmethod
    def log2(y: Array) -> Any:
        return log_clipped(y) / np.log(2)

    @staticmethod
    def log10(y: Array) -> Any:
        return log_clipped(y) / np.log(10)

    def __getattr__(self, name: str) -> Any:
        return getattr(np, name)


NAMES: dict[str, Any] = {"softmax": softmax, "len": len, "np": _ClippedLogarithms()}
for _activation in ACTIVATIONS.values():
    NAMES[_activation.symbol] = _activation.function
    NAMES[f"d{_activation.symbol}"] = _activation.derivative
STANDS_FOR = {"X": "x", "n_classes": "y.shape[-1]"}


@functools.cache
def reads(text: str) -> tuple[str, ...]:
    """Names of the quantities that a step's formula takes, in the order in which they stand."""
    named = (node for node in ast.walk(_step(text)) if isinstance(node, ast.Name))
    in_order = sorted(named, key=lambda name: (name.lineno, name.col_offset))
    return tuple(dict.fromkeys(name.id for name in in_order if name.id not in NAMES))


@functools.cache
def compiled(text: str, parameters: tuple[str, ...]) -> Callable[..., Any]:
    """A formula as a function of the parameters named, in this order."""
    return _function(tree_of(text), parameters)


@functools.cache
def compiled_step(text: str) -> Callable[..., Any]:
    """A step's formula as a function of what it `reads`, for one network."""
    return _function(_step(text), reads(text))


@functools.cache
def compiled_stack(text: str) -> Callable[..., Any]:
    """The same for several networks, whose parameters have a leading axis.

    Raises:
        ChainruleError: if the formula holds what has no meaning for several.
    """
    return _function(stacked(_step(text)), reads(text))


def _function(expression: ast.expr, parameters: tuple[str, ...]) -> Callable[..., Any]:
    arguments = ast.arguments([], [ast.arg(name) for name in parameters], None, [], [], None, [])
    tree = ast.Expression(ast.Lambda(arguments, expression))
    function: Callable[..., Any] = eval(  # of the catalogue's own texts
        compile(ast.fix_missing_locations(tree), "<formula>", "eval"), dict(NAMES)
    )
    return function


def tree_of(text: str) -> ast.expr:
    """A formula as a tree, new each time."""
    if "…" in text:
        divided, _, by = text.partition(" / ")
        text = f"{divided} / {by.replace('…', divided)}"
    return ast.parse(text, mode="eval").body


known_tree = functools.cache(tree_of)  # for what does not change it


def divided(text: str, divisor: str) -> str:
    """A formula divided by something; as it is if that is ""."""
    return ast.unparse(ast.parse(f"({text}) / {divisor}", mode="eval")) if divisor else text


def _step(text: str) -> ast.expr:
    named: ast.expr = _Named().visit(tree_of(text))
    return named


class _Named(ast.NodeTransformer):
    """Puts the steps' own names where a formula has others."""

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id not in STANDS_FOR:
            return node
        return ast.copy_location(tree_of(STANDS_FOR[node.id]), node)
