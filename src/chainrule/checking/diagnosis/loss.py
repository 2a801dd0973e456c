"""Judges a network's loss on the outputs of the learner's own forward pass."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from chainrule.checking.diagnosis.bench import OWN, Bench, Setting, output_of
from chainrule.checking.diagnosis.blame import catalogued
from chainrule.checking.diagnosis.compare import Array, finite, same
from chainrule.checking.diagnosis.finding import Finding
from chainrule.checking.diagnosis.forward import SINGLES, ForwardPass, stopped, unexplained
from chainrule.checking.diagnosis.nll import nll_blames
from chainrule.checking.diagnosis.trial import Trial, constant_factor
from chainrule.checking.learner.desk import Call, Reply
from chainrule.faults.steps import REDUCTIONS
from chainrule.nn.functions import log_clipped, nll, softmax

_PENALISED = "It is the negative log likelihood, and a penalty on the squares of the weights."
USUAL = ("sum", "mean")  # ways to make one number of the losses of several samples


@dataclass(frozen=True)
class Loss:
    """How a learner's network computes its loss.

    Attributes:
        finding: of the method `loss`.
        kind: "nll" or "binary cross-entropy", "" if it is neither.
        reduction: "sum", "mean" or "entries", "" if it is unknown.
        setting: in which it was understood.
        labels: how labels are passed: "labels" or "one-hot".
        penalty: what it adds for each square of a weight.
    """

    finding: Finding
    kind: str = ""
    reduction: str = ""
    setting: Setting = OWN
    labels: str = "labels"
    penalty: float = 0.0

    @property
    def reductions(self) -> tuple[str, ...]:
        """What it may be of its samples: one, or all that are usual where that is unknown."""
        return (self.reduction,) if self.reduction else USUAL


def judge_loss(
    benches: Sequence[Bench], settings: Sequence[Setting], forward: ForwardPass, name: str
) -> Loss:
    """Judge the loss on the outputs of the learner's own forward pass."""
    best: Loss | None = None
    ways = [(s, labels, False) for s in settings for labels in ("labels", "one-hot")]
    if "forward-logits" in forward.finding.faults:  # then a loss may rightly apply the softmax
        ways = [(s, labels, True) for s, labels, _ in ways if s.forward is None] + ways
    for setting, labels, again in ways:
        found = _loss_in(benches, setting, forward, name, labels, again)
        if found.finding.passed:
            return found
        if best is None or _understood(found.finding) > _understood(best.finding):
            best = found
    assert best is not None
    return best


def _understood(finding: Finding) -> int:
    """How much is known: a formula, an id without one, numbers, nothing."""
    if finding.passed is None:
        return 0
    if not finding.blames:
        return 1
    return 2 if all(b.fault == "loss-not-nll" and not b.computed for b in finding.blames) else 3


def _loss_in(
    benches: Sequence[Bench],
    setting: Setting,
    forward: ForwardPass,
    name: str,
    labels: str,
    again: bool,
) -> Loss:
    trials, singles, replies = _loss_trials(benches, setting, labels, again)
    found = _right_loss(benches[0], setting, forward, labels, (trials, singles), name)
    if found is not None:
        unknown = setting.references.get("nll") == ""  # the learner's own is no known one
        return replace(found, reduction="") if unknown else found
    halted = stopped(name, replies)
    if halted is not None:
        if labels == "one-hot":  # which labels of that form may well do
            halted = Finding(name, passed=None, problem=halted.problem)
        return Loss(halted, setting=setting, labels=labels)
    seen = trials if any(trial.actual is not None for trial in trials) else singles
    blames = tuple(nll_blames(name, seen)) if seen else ()
    blames = tuple(replace(b, quantity=name) if b.quantity == "nll" else b for b in blames)
    numbers = bool(seen) and all(_is_number(t.actual) for t in seen)
    if not blames and numbers and seen is trials:
        for reduction in USUAL:
            penalty = _penalty(benches, trials, reduction)
            if penalty:
                finding = Finding(name, note=_PENALISED)
                return Loss(finding, "nll", reduction, setting, labels, penalty)
    if not blames and numbers and not constant_factor(seen):
        blames = (catalogued("loss-not-nll", name),)
    if blames:
        finding = Finding(name, passed=False, blames=blames,
                          expected=seen[0].expected, actual=seen[0].actual)  # fmt: skip
        return Loss(finding, setting=setting, labels=labels)
    if not seen:
        return Loss(Finding(name, passed=None, reason="there were no outputs to judge it by"),
                    setting=setting, labels=labels)  # fmt: skip
    finding = unexplained(name, seen[0].actual, seen[0].expected, replies)
    factor = constant_factor(seen)
    if factor:
        finding = replace(finding, reason=f"{name} is {factor:.4g} times the right one")
    return Loss(finding, setting=setting, labels=labels)


def _right_loss(
    bench: Bench,
    setting: Setting,
    forward: ForwardPass,
    labels: str,
    groups: tuple[list[Trial], list[Trial]],
    name: str,
) -> Loss | None:
    """The loss that all batches, or all single samples, agree with; None if there is none."""
    kinds = [("nll", "sum"), ("nll", "mean")]
    if forward.output == "sigmoid":
        kinds += [("binary cross-entropy", reduction) for reduction in REDUCTIONS]
    for group in groups:
        for kind, reduction in kinds:
            if group and all(_is_loss(trial, kind, reduction) for trial in group):
                if group is groups[1] and (kind, reduction) == ("nll", "mean"):
                    continue
                return Loss(_right_but_for_zeros(bench, setting, labels, name), kind,
                            "" if group is groups[1] else reduction, setting, labels)  # fmt: skip
    return None


def _penalty(benches: Sequence[Bench], trials: Sequence[Trial], reduction: str) -> float:
    """What a loss adds to the negative log likelihood for each square of a weight; else 0."""
    if len(trials) != len(benches):
        return 0.0
    per_square = []
    for bench, trial in zip(benches, trials, strict=True):
        if trial.actual is None:
            return 0.0
        scale = len(trial.args[0]) if reduction == "mean" else 1
        added = float(np.squeeze(trial.actual)) - float(trial.expected) / scale
        weights = [bench.parameters[f"W_{layer}"] for layer in bench.spelling.layers]
        per_square.append(added / sum(float(np.sum(W**2)) for W in weights))
    first, *rest = per_square
    return first if first > 0 and np.allclose(rest, first, rtol=1e-6, atol=0) else 0.0


def _loss_trials(
    benches: Sequence[Bench], setting: Setting, labels: str, again: bool
) -> tuple[list[Trial], list[Trial], list[Reply]]:
    """The loss of batches and of single samples, beside the outputs of the same object."""
    asked: list[tuple[str, Bench, Any, Array]] = []
    for bench in benches:
        data = bench.samples
        asked.append(("a batch", bench, data.X, data.t))
        asked += [("one sample", bench, data.X[i], data.t[i]) for i in range(SINGLES)]
    requests = []
    for _, bench, x, t in asked:
        y: Any = t if labels == "one-hot" else t.argmax(axis=-1)
        calls = [Call("loss", (x, y))]
        if "forward" in bench.methods:
            calls.insert(0, Call("forward", (x,)))
        requests.append(bench.request(setting, *calls))
    replies = benches[0].desk.ask(requests)
    found: dict[str, list[Trial]] = {"a batch": [], "one sample": []}
    for (what, bench, _x, t), request, reply in zip(asked, requests, replies, strict=True):
        shape = (*t.shape[:-1], bench.spelling.sizes[-1])
        p = output_of(reply, 0, shape) if len(request.calls) > 1 else None
        if p is None or p.shape != t.shape or not np.isfinite(p).all():
            if reply.problem is None and p is not None and np.size(p) == np.size(t):
                p = np.reshape(p, t.shape)
            else:
                continue
        actual = output_of(reply, len(request.calls) - 1, ())
        if again:
            p = softmax(p)
        expected = np.asarray(nll(t, p))
        found[what].append(Trial(what, (t, p), expected, reply, actual))
    return found["a batch"], found["one sample"], replies


def _is_number(actual: Array | None) -> bool:
    return actual is not None and actual.size == 1 and bool(np.isfinite(actual).all())


def _is_loss(trial: Trial, kind: str, reduction: str) -> bool:
    t, p = trial.args
    rows = len(t) if t.ndim > 1 else 1
    logs = t * log_clipped(p)
    if kind != "nll":
        logs = logs + (1 - t) * log_clipped(1 - p)
    by = {"sum": 1, "mean": rows, "entries": t.size}[reduction]
    return same(trial.actual, np.asarray(-logs.sum() / by))


def _right_but_for_zeros(bench: Bench, setting: Setting, labels: str, name: str) -> Finding:
    """The finding on a right loss, which probabilities that round to 0 may still upset.

    Where it takes the logarithm of the true class alone it is infinite there, as it would be
    without rounding; where 0 times such a logarithm is nan, it fails for a right prediction too.
    """
    at_zero = _at_zero(bench, setting, labels)
    if at_zero is not None and np.isnan(at_zero):
        blame = catalogued("nll-log-zero", name)
        return Finding(name, passed=False, blames=(blame,))
    remarks = _float_remark(bench, setting) if labels == "labels" else ()
    return Finding(name, remarks=remarks if at_zero is None else ("nll-log-zero", *remarks))


def _at_zero(bench: Bench, setting: Setting, labels: str) -> float | None:
    """The loss where a true class has probability 0; None if it is finite, or not known."""
    if "forward" not in bench.methods:
        return None
    far = replace(bench, scale=1e5)
    data = far.samples
    y: Any = data.t if labels == "one-hot" else data.y
    (reply,) = bench.desk.ask(
        [far.request(setting, Call("forward", (data.X,)), Call("loss", (data.X, y)))]
    )
    p = output_of(reply, 0, data.t.shape)
    loss = output_of(reply, 1, ())
    if p is None or p.shape != data.t.shape or not np.isfinite(p).all():
        return None
    vanishing = bool((p[data.t > 0] == 0).any())
    return float(loss) if vanishing and loss is not None and not finite(loss) else None


def _float_remark(bench: Bench, setting: Setting) -> tuple[str, ...]:
    """Whether labels such as 3.0 fail in the loss itself, where whole numbers do not."""
    data = bench.samples
    setting = replace(setting, references={**setting.references, "one_hot": ""})
    whole, floats, row = bench.desk.ask(
        [
            bench.request(setting, Call("loss", (data.X, data.y))),
            bench.request(setting, Call("loss", (data.X, data.y.astype(float)))),
            bench.request(setting, Call("loss", (data.X[0], data.y[0].astype(float)))),
        ]
    )
    fails = (floats if whole.problem is None else row).problem
    return ("labels-not-integers",) if fails is not None else ()
