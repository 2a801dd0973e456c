"""Judges nll, and tells which mistake of the catalogue gives what a loss gave."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from chainrule.checking.diagnosis.blame import Blame, catalogued
from chainrule.checking.diagnosis.code import blame_for_problem, unjudged
from chainrule.checking.diagnosis.compare import Array, finite
from chainrule.checking.diagnosis.finding import Finding
from chainrule.checking.diagnosis.probes import SQUARE, D, K, N, probabilities, samples
from chainrule.checking.diagnosis.trial import (
    Trial,
    constant_factor,
    formula_blame,
    is_replaced,
    make_trials,
    unexplained_trials,
)
from chainrule.checking.learner.desk import Desk, Problem
from chainrule.nn.functions import nll

SMALL = 0.001  # with up to 1e-6 added to it, the loss changes by less than a thousandth


def judge_nll(
    desk: Desk, place: int, references: Mapping[str, str], *, hide: bool = False
) -> tuple[Finding, str]:
    """Judge one definition of nll, as `judge_function` has it."""
    definition = desk.definitions[place]
    tried: list[tuple[str, tuple[Any, ...], Array]] = []
    for seed, n, k in ((0, N, K), (1, N - 2, K + 1), (2, SQUARE, SQUARE)):
        t, p = samples(n, D, k, seed).t, probabilities(n, k, seed)
        tried.append(("a batch", (t, p), np.asarray(nll(t, p))))
        tried.append(("one sample", (t[0], p[0]), np.asarray(nll(t[0], p[0]))))
    zero = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    tried.append(("zero", (np.eye(3)[[0, 0]], zero), np.asarray(0.0)))
    sure = np.array([[SMALL, 1 - SMALL, 0.0]])
    tried.insert(-1, ("small", (np.eye(3)[[0]], sure), np.asarray(-np.log(SMALL))))
    *trials, at_small, at_zero = make_trials(desk, place, references, hide, tried)
    stopped = unjudged("nll", definition, [trial.reply for trial in trials])
    if stopped:
        return stopped, "sum"
    how = "sum"
    blames: list[Blame] = []
    singles = [trial for trial in trials if trial.what == "one sample"]
    fails = all(t.actual is None and _is_of_sizes(t.reply.problem) for t in singles)
    asked = [trial for trial in trials if not fails or trial not in singles]
    for reduction in ("sum", "mean"):
        scaled = [_reduced(trial, reduction) for trial in asked]
        if all(trial.right(1e-5) for trial in scaled):
            how = reduction
            break
    else:
        if is_replaced(desk, place) and all(trial.right(1e-5) for trial in singles):
            return Finding("nll", remarks=("batch-fails",)), how
        blames = nll_blames("nll", trials)
        how = "mean" if _looks_mean(blames) else "sum"
        if not blames:
            found = unexplained_trials("nll", trials, 1e-5)
            # Whether it is a sum or a mean of its samples nobody knows.
            return replace(found, blames=found.blames or _blames_by_value(trials)), ""
    if not blames and finite(at_small.actual) and not at_small.right(1e-3):
        said = f"nll is wrong where the true class has a small probability, such as {SMALL}: is a \
probability kept too far off 0?"
        return Finding("nll", passed=False, blames=(catalogued("loss-not-nll", "nll"),),
                       reason=said, expected=at_small.expected,
                       actual=at_small.actual), how  # fmt: skip
    if not finite(at_zero.actual) and not any(
        b.fault in ("nll-squared-error", "loss-constant", "loss-not-nll") for b in blames
    ):
        blames.append(catalogued("nll-log-zero", "nll"))
    shown = next((t for t in trials if not t.right(1e-5)), at_zero)
    return (
        Finding(
            "nll",
            passed=not blames,
            blames=tuple(blames),
            remarks=("one-sample-fails",) if fails else (),
            expected=shown.expected if blames else None,
            actual=shown.actual if blames else None,
        ),
        how,
    )


def nll_blames(name: str, trials: Sequence[Trial]) -> list[Blame]:
    """The faults that explain what a loss gave: one, or one and a missing minus."""
    values = [trial.actual for trial in trials]
    if all(v is not None and v.size == 1 for v in values) and len(values) > 1:
        numbers = {round(float(np.asarray(v).reshape(())), 9) for v in values if v is not None}
        if len(numbers) == 1 and np.isfinite(list(numbers)).all():
            return [catalogued("loss-constant", name)]
    blame = formula_blame("nll", trials, 1e-5)
    if blame is not None:
        return [blame]
    turned = [replace(t, actual=None if t.actual is None else -t.actual) for t in trials]
    blame = formula_blame("nll", turned, 1e-5)
    return [] if blame is None else [blame, catalogued("nll-sign", name)]


def _blames_by_value(trials: Sequence[Trial]) -> tuple[Blame, ...]:
    """What is wrong in a loss of which no formula is known, by what its numbers are."""
    numbers = [t.actual for t in trials if t.actual is not None and finite(t.actual)]
    if len(numbers) < len(trials):
        return ()
    with np.errstate(all="ignore"):
        summed = [replace(t, actual=np.sum(v)) for t, v in zip(trials, numbers, strict=True)]
    for reduction in ("sum", "mean"):
        if all(_reduced(trial, reduction).right(1e-5) for trial in summed):
            return (catalogued("nll-not-summed", "nll"),)
    if any(v.size > 1 for v in numbers) or constant_factor(trials):
        return ()
    return (catalogued("loss-not-nll", "nll"),)


def _is_of_sizes(problem: Problem | None) -> bool:
    """Whether code stopped since an array had another number of axes, and not for its names."""
    stopped = problem is not None and problem.kind in ("AxisError", "IndexError", "ValueError")
    return problem is not None and stopped and not blame_for_problem(problem)


def _looks_mean(blames: Sequence[Blame]) -> bool:
    return any("len(" in blame.computed or "mean" in blame.computed for blame in blames)


def _reduced(trial: Trial, reduction: str) -> Trial:
    rows = len(trial.args[0]) if np.ndim(trial.args[0]) > 1 and reduction == "mean" else 1
    return replace(trial, expected=trial.expected / rows)
