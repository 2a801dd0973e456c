"""What learners' code may return instead of numbers: each gets a verdict, without harm."""

import dataclasses
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chainrule.checking.diagnosis import judge
from chainrule.checking.learner.desk import Leaves, Reply, Request
from chainrule.checking.learner.leaves import leaves
from chainrule.checking.learner.running import FileDesk
from learner_files import FUNCTIONS, NETWORK, module

ODD = {
    "truth values": "np.asarray(X) > 0",
    "a truth value": "True",
    "nothing in it": "np.zeros(0)",
    "no rows": "np.asarray(X)[:0]",
    "an axis of 0": "np.zeros((3, 0, 4))",
    "no sign": "np.asarray(X).astype(np.uint8)",
    "64 bits without a sign": "np.full(np.shape(X), 2**64 - 1, np.uint64)",
    "whole numbers": "np.asarray(X).astype(int)",
    "half precision": "np.asarray(X, dtype=np.float16) * 1e9",
    "long doubles": "np.asarray(X).astype(np.longdouble)",
    "complex": "np.asarray(X) + 1j",
    "nan": "np.asarray(X) * np.nan",
    "infinite": "np.asarray(X) * np.inf",
    "huge": "np.asarray(X) * 1e308",
    "objects": "np.asarray(X).astype(object)",
    "texts": "np.asarray(X).astype(str)",
    "dates": "np.asarray(X).astype('datetime64[s]')",
    "fields": "np.zeros(3, dtype=[('a', 'f8')])",
    "backwards": "np.asarray(X)[::-1]",
    "sixty axes": "np.ones((1,) * 60)",
    "a broadcast": "np.broadcast_to(np.float64(1), (7, 9, 11))",
    "a matrix": "np.matrix(np.atleast_2d(X))",
    "masked": "np.ma.masked_array(X, mask=True)",
    "beyond int64": "10**400",
    "a list of lists": "[[[X], [X]], 3]",
    "rows of different length": "[[1, 2], [3]]",
    "an endless list": "ENDLESS",
    "a dict": "{'a': X, 3: X, None: X}",
    "a generator": "(x for x in X)",
    "a class": "int",
    "a fraction": "__import__('fractions').Fraction(1, 3)",
}
PLACES = {
    "functions": lambda odd: FUNCTIONS.replace("return", f"return {odd}\n    return"),
    "forward": lambda odd: FUNCTIONS + NETWORK.replace("return softmax(", f"return {odd}; ("),
    "loss": lambda odd: FUNCTIONS + NETWORK.replace("return nll(", f"return {odd}; ("),
    "grad_loss": lambda odd: FUNCTIONS + NETWORK.replace("X.T @ error_h", odd),
    "parameters": lambda odd: (
        FUNCTIONS
        + NETWORK.replace("np.zeros(hidden_size)", f"(lambda X: {odd})(np.zeros(hidden_size))")
    ),
    "classes": lambda odd: FUNCTIONS + NETWORK.replace("return np.argmax", f"return {odd}; ("),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", ODD)
def test_every_file_gets_a_verdict(tmp_path: Path, kind: str, place: str) -> None:
    text = (
        PLACES[place](ODD[kind]).replace("(y, X", "(y, X").replace("n_classes, y", "n_classes, X")
    )
    text = text.replace("(Y_true, Y_pred)", "(Y_true, X)")
    desk = module(tmp_path, f"ENDLESS = []\nENDLESS.append(ENDLESS)\n{text}")
    findings = judge(desk)
    assert findings
    for finding in findings:
        finding.to_dict(3)
    assert not all(finding.passed for finding in findings) or kind in ("backwards", "a matrix")


class Forging:
    """A desk that answers with other numbers than the code's."""

    def __init__(self, desk: FileDesk, odd: Sequence[Any]) -> None:
        self.definitions = desk.definitions
        self._desk, self._odd = desk, itertools.cycle(odd)

    def ask(self, requests: Sequence[Request]) -> list[Reply]:
        return [self._forged(reply) for reply in self._desk.ask(requests)]

    def _forged(self, reply: Reply) -> Reply:
        def other(given: Leaves) -> Leaves:
            found: Leaves = {}
            for path in given:
                found[path] = leaves(next(self._odd)).get("")
            return found

        return dataclasses.replace(
            reply,
            results=tuple(map(other, reply.results)),
            state=other(reply.state),
            slopes=other(reply.slopes),
            entered={name: other(value) for name, value in reply.entered.items()},
        )


SHAPES = [(), (1,), (7,), (3,), (7, 3), (5, 4), (4, 3), (1, 1), (7, 1), (1, 3), (2, 2, 2)]


@pytest.mark.parametrize("seed", range(60))
def test_forged_numbers_of_any_shape_get_a_verdict(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    kinds = [np.float64, np.float32, np.int64, np.bool_, np.uint8]
    odd: list[Any] = [
        rng.normal(size=SHAPES[rng.integers(len(SHAPES))]).astype(kinds[rng.integers(len(kinds))])
        for _ in range(97)
    ]
    odd += [None, np.nan, np.inf, 1e308]
    desk = module(tmp_path, FUNCTIONS + NETWORK)
    for finding in judge(Forging(desk, odd)):
        finding.to_dict(3)
