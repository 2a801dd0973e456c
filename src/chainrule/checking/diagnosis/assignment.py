"""Which array that came back is the gradient of which parameter."""

import re
from collections.abc import Sequence

import numpy as np

from chainrule.checking.diagnosis.compare import Array
from chainrule.checking.diagnosis.spelling import Spelling
from chainrule.checking.learner.desk import Leaves


def assign(result: Leaves, spelling: Spelling) -> dict[str, Array | None] | None:
    """Which array that came back is the gradient of which parameter, in canonical shapes.

    By the names where there are any, else by order and shape. None if nothing was returned.
    Shapes: weights `(D, H)`, biases `(H,)`, or whatever the learner made of them.
    """
    arrays = {p: a for p, a in result.items() if a is not None}
    if not arrays:
        return None
    paths = spelling.paths
    by_name = _by_name(list(arrays), spelling, fold=False)
    if not all(by_name.values()):  # W and w may be two parameters, or two spellings of one
        folded = _by_name(list(arrays), spelling, fold=True)
        by_name = {name: by_name[name] or folded[name] for name in paths}
    words = [path for path in arrays if re.search(r"[A-Za-z]", path)]
    if any(by_name.values()):
        found = {n: None if p is None else arrays[p] for n, p in by_name.items()}
    elif words and len(words) == len(arrays) and len(arrays) < len(paths):
        found = _by_shape(list(arrays.values()), spelling)
    else:
        found = _by_order(list(arrays.values()), spelling)
    return {name: spelling.canonical(name, array) for name, array in found.items()}


def _by_name(returned: list[str], spelling: Spelling, *, fold: bool) -> dict[str, str | None]:
    """The path in what was returned for each parameter, where their names are the same."""
    named = {_bare(path, fold): path for path in returned}
    if len(named) < len(returned):  # two dicts with the same keys: only the order tells
        named = {}
    return {
        name: named.get(_bare(path, fold)) or named.get(_bare(name, fold))
        for name, path in spelling.paths.items()
    }


def _bare(path: str, fold: bool) -> str:
    """A name without what says that it is a gradient: grad_W_h, dW_h and W_h are the same."""
    last = path.rsplit(".", maxsplit=1)[-1]
    last = re.sub(r"[_\s]", "", path if last.isdigit() else last)
    bare = re.sub(r"(?i)^(?:grads?|gradient|delta|nabla|dl?)(?=[wb])", "", last)
    return bare.lower() if fold else bare


def _by_order(arrays: list[Array], spelling: Spelling) -> dict[str, Array | None]:
    """Gradients in one of the usual orders: the one in which most shapes fit."""
    names = list(spelling.paths)
    W = [n for n in names if n.startswith("W")]
    b = [n for n in names if n.startswith("b")]
    backwards = [n for pair in zip(reversed(W), reversed(b), strict=False) for n in pair]
    biases_first = [n for pair in zip(b, W, strict=False) for n in pair]
    orders = [names, backwards, biases_first, W + b, b + W, W[::-1] + b[::-1]]
    orders += [
        [n for pair in zip(b[::-1], W[::-1], strict=False) for n in pair],
        b[::-1] + W[::-1],
    ]
    tensors = [a for a in arrays if a.ndim > 0 or len(arrays) == len(names)]
    if len(tensors) != len(names):
        return _by_shape(tensors, spelling)
    best = max(orders, key=lambda order: _fit(order, tensors, spelling))
    found: dict[str, Array | None] = {}
    found.update(zip(best, tensors, strict=True))
    return found


def _fit(order: Sequence[str], arrays: Sequence[Array], spelling: Spelling) -> int:
    shapes = {name: spelling.state(spelling.parameters(0))[path].shape
              for name, path in spelling.paths.items()}  # fmt: skip
    score = 0
    for name, array in zip(order, arrays, strict=True):
        score += 3 * (np.squeeze(array).shape == tuple(s for s in shapes[name] if s > 1))
        score += sorted(array.shape) == sorted(shapes[name])
        score += array.ndim == len(shapes[name])
    return score


def _by_shape(arrays: list[Array], spelling: Spelling) -> dict[str, Array | None]:
    """Gradients by their shapes alone, where there are fewer than parameters."""
    state = spelling.state(spelling.parameters(0))
    left = list(arrays)
    found: dict[str, Array | None] = {}
    for name, path in spelling.paths.items():
        wanted = np.squeeze(state[path]).shape
        fitting = [i for i, a in enumerate(left) if np.squeeze(a).shape == wanted]
        found[name] = left.pop(fitting[0]) if fitting else None
    return found
