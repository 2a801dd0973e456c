"""The probes tell every formula of the catalogue from every other, and from the right one."""

import itertools
from typing import Any

import numpy as np
import pytest

from chainrule.checking.diagnosis.compare import same
from chainrule.checking.diagnosis.probes import (
    HIDDEN,
    SQUARE,
    D,
    K,
    N,
    layer_parameters,
    probabilities,
)
from chainrule.checking.diagnosis.probes import samples as drawn
from chainrule.checking.learner.local import SAME_SHAPE
from chainrule.faults import FORMULAS, placements
from chainrule.faults.steps import network_steps, run_steps
from chainrule.nn.functions import nll

RNG = np.random.default_rng(1)


def outcomes(name: str) -> tuple[list[tuple[Any, ...]], Any]:
    """Arguments to try, and the right function."""
    if name in ("nll", "loss"):
        tried: list[tuple[Any, ...]] = [
            (drawn(n, D, k, s).t, probabilities(n, k, s))
            for s, n, k in ((0, N, K), (1, N - 2, K + 1))
        ]
        return [*tried, *((t[0], p[0]) for t, p in tried)], nll
    tried = [
        (RNG.normal(scale=1.5, size=shape),)
        for shape in ((N, D), (N - 2, K), (D,), (SQUARE, SQUARE))
    ]
    return tried, SAME_SHAPE[name]


def values(formula: Any, tried: list[tuple[Any, ...]]) -> list[Any]:
    found: list[Any] = []
    for args in tried:
        try:
            with np.errstate(all="ignore"):
                found.append(np.asarray(formula(*args)))
        except (ValueError, IndexError):
            found.append(None)
    return found


def alike(a: list[Any], b: list[Any]) -> bool:
    return all(
        (x is None and y is None) or (x is not None and y is not None and same(x, y))
        for x, y in zip(a, b, strict=True)
    )


@pytest.mark.parametrize("name", ["softmax", "nll", "sigmoid", "dsigmoid"])
def test_the_formulas_of_a_function_are_told_apart(name: str) -> None:
    kinds = (name, "loss") if name == "nll" else (name,)
    tried, reference = outcomes(name)
    found = [
        (id_, wrong.text, values(wrong.formula, tried))
        for id_, formulas in FORMULAS.items()
        for wrong in formulas
        if wrong.kind in kinds and id_ != "softmax-overflows"  # which differs far from zero alone
    ]
    assert len(found) > (0 if name == "sigmoid" else 5)
    truth = values(reference, tried)
    means = [
        v / (len(args[0]) if args[0].ndim > 1 else 1) for v, args in zip(truth, tried, strict=True)
    ]
    for id_, text, seen in found:
        assert not alike(seen, truth), (id_, text)
        if name == "nll":
            assert not alike(seen, means), (id_, text)
    for (one, a, x), (other, b, y) in itertools.combinations(found, 2):
        assert one == other or not alike(x, y), (one, a, other, b)


@pytest.mark.parametrize("hidden", [0, 1, 2, 3])
@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
@pytest.mark.parametrize("square", [False, True])
def test_the_wrong_versions_of_a_step_are_told_apart(
    hidden: int, output: str, square: bool
) -> None:
    steps = network_steps(hidden, output=output)
    sizes = (SQUARE,) * (hidden + 2) if square else (D, *HIDDEN[:hidden], K)
    data = drawn(SQUARE if square else N, sizes[0], sizes[-1], 0)
    known: dict[str, Any] = {"x": data.X, "t": data.t, "learning_rate": 0.4}
    layers = [step.layer for step in steps if step.kind == "z"]
    for layer, (weights, biases) in zip(layers, layer_parameters(sizes, 0), strict=True):
        known |= {f"W_{layer}": weights, f"b_{layer}": biases}
    known = run_steps(steps, known)
    for step in steps:
        if step.kind == "loss":
            continue
        versions = [("right", step)]
        versions += [
            (id_, wrong)
            for id_ in FORMULAS
            for wrong in placements(id_, [step], steps)
            if id_ != "softmax-overflows"
        ]
        seen = [
            (id_, wrong.text, values(wrong.formula, [tuple(known[name] for name in wrong.reads)]))
            for id_, wrong in versions
        ]
        for (one, a, first), (other, b, second) in itertools.combinations(seen, 2):
            if one == other or first[0] is None or second[0] is None:
                continue
            # Each row of y - t sums to 0 after a softmax: over the classes there is nothing.
            nothing = (
                square and step.name == "grad_b_o" and "grad-missing-parameter" in (one, other)
            )
            assert nothing or not alike(first, second), (one, a, other, b)


def test_no_two_sizes_of_a_probe_are_equal() -> None:
    sizes = [N, D, K, *HIDDEN]
    assert len(set(sizes)) == len(sizes)
    assert min(sizes) > 1
