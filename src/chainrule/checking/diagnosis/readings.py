"""The usual ways of writing the lab's functions otherwise than the lab does.

What is written for one sample, for samples in columns or for activations is wrong by the lab's
contract, and right where it is used so.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from chainrule.checking import chance
from chainrule.checking.diagnosis.compare import Array, as_array, same
from chainrule.checking.diagnosis.probes import D, K, N, probabilities, samples
from chainrule.checking.learner.desk import Call, Desk, Request
from chainrule.checking.learner.local import SAME_SHAPE
from chainrule.nn.functions import one_hot, softmax

ONE, ROWS, COLUMNS, ACTIVATIONS = "one sample", "rows", "columns", "activations"
LAB = "as in the lab"  # but for what the lab asks for beside that
OTHERS = "other arguments"
_TAKEN = {"nll": 2, "one_hot": 2}  # by the lab's functions; one by the others
_Case = tuple[tuple[Any, ...], Array]  # arguments of a call, and what is right
_Reading = tuple[str, Sequence[_Case]]  # what it is given, and calls that are all to be right


def readings(desk: Desk, place: int) -> frozenset[str]:
    """What one of the lab's functions is right for, if the lab's customs are not asked for.

    Args:
        desk: where the code is.
        place: of the definition in `desk.definitions`.
    """
    definition = desk.definitions[place]
    name = definition.name.lower()
    usual = list(_USUAL[name]())
    replies = iter(desk.ask([
        Request(place, (Call("", args),)) for _, cases in usual for args, _ in cases
    ]))  # fmt: skip
    required = [p for p in definition.parameters if not p.startswith("*") and not p.endswith("=")]
    found = {OTHERS} if len(required) > _TAKEN.get(name, 1) else set()
    for what, cases in usual:
        given = [next(replies) for _ in cases]
        actual = [as_array(reply.results[0]) if reply.results else None for reply in given]
        if all(same(a, right) for a, (_, right) in zip(actual, cases, strict=True)):
            found.add(what)
    return frozenset(found)


def _of_softmax() -> Iterator[_Reading]:
    vectors, batch = _vectors(), _batch()
    for form in (np.asarray, np.ndarray.tolist, _as_column):
        yield ONE, [((form(x),), softmax(x)) for x in vectors]
    yield ROWS, [((X,), softmax(X)) for X in batch]
    yield COLUMNS, [((X.T,), softmax(X).T) for X in batch]


def _of_sigmoid() -> Iterator[_Reading]:
    yield from _number_by_number(SAME_SHAPE["sigmoid"])


def _of_dsigmoid() -> Iterator[_Reading]:
    yield from _number_by_number(SAME_SHAPE["dsigmoid"])
    between = [SAME_SHAPE["sigmoid"](x) for x in _vectors()]
    for _, cases in _number_by_number(lambda a: a * (1 - a), between):
        yield ACTIVATIONS, cases


def _number_by_number(
    f: Callable[..., Any], vectors: Sequence[Array] | None = None
) -> Iterator[_Reading]:
    vectors = _vectors() if vectors is None else vectors
    for form in (np.asarray, np.ndarray.tolist, _as_column):
        yield ONE, [((form(x),), f(x)) for x in vectors]
    yield ONE, [((float(x),), np.asarray(f(x))) for x in vectors[0]]


def _of_nll() -> Iterator[_Reading]:
    data = [
        (samples(n, D, K, seed), probabilities(n, K, seed)) for seed, n in enumerate((N, N - 2))
    ]
    for scale in (np.asarray, np.log):  # it may be given logarithms
        for turned in (False, True):  # the order of its arguments

            def call(t: Any, p: Any, scale: Any = scale, turned: bool = turned) -> tuple[Any, ...]:
                return (scale(p), t) if turned else (t, scale(p))

            is_labs = scale is np.asarray and not turned
            each = [(p[i], s.t[i], int(s.y[i])) for s, p in data for i in range(len(p))]
            yield LAB if is_labs else ONE, [(call(t, p), -np.log(p[y])) for p, t, y in each]
            yield ONE, [(call(y, p), -np.log(p[y])) for p, _, y in each]
            for reduced in (np.asarray, np.sum, np.mean):
                losses = [reduced(-np.log(p[np.arange(len(p)), s.y])) for s, p in data]
                for what, pairs in (
                    (LAB if is_labs else ROWS, [call(s.t, p) for s, p in data]),
                    (ROWS, [call(s.y, p) for s, p in data]),
                    (LAB if is_labs else COLUMNS, [call(s.t.T, p.T) for s, p in data]),
                    (COLUMNS, [call(s.y, p.T) for s, p in data]),
                ):
                    yield what, list(zip(pairs, map(np.asarray, losses), strict=True))
    for turned in (False, True):  # of two classes
        for reduced in (np.asarray, np.sum, np.mean):
            y, p = np.array([1, 0, 0, 1, 1]), probabilities(5, 2, 0)[:, 0]
            right = np.asarray(reduced(-np.log(np.where(y, p, 1 - p))))
            yield ROWS if turned else LAB, [((p, y) if turned else (y, p), right)]


def _of_one_hot() -> Iterator[_Reading]:
    k, labels = 6, np.array([4, 0, 5, 2])
    for turned in (False, True):

        def call(y: Any, turned: bool = turned) -> tuple[Any, ...]:
            return (y, k) if turned else (k, y)

        yield ONE, [(call(int(y)), one_hot(k, y)) for y in labels]
        for form in (np.asarray, np.ndarray.tolist, _as_column, np.atleast_2d):
            rows = one_hot(k, labels)
            yield ROWS, [(call(form(labels)), rows)]
            yield COLUMNS, [(call(form(labels)), rows.T)]


_USUAL: Mapping[str, Callable[[], Iterator[_Reading]]] = {
    "softmax": _of_softmax,
    "sigmoid": _of_sigmoid,
    "dsigmoid": _of_dsigmoid,
    "nll": _of_nll,
    "one_hot": _of_one_hot,
}


def _vectors() -> list[Array]:
    rng = chance.generator(4)
    return [rng.normal(size=size) for size in (D, K)]


def _batch() -> list[Array]:
    rng = chance.generator(5)
    return [rng.normal(size=(N, D)), rng.normal(size=(N - 2, K))]


def _as_column(x: Array) -> Array:
    return x[:, None]
