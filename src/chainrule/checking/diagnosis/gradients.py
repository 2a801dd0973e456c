"""Judges a network's gradient, against the learner's own loss."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import takewhile
from typing import Any

import numpy as np

from chainrule.checking.diagnosis.assignment import assign
from chainrule.checking.diagnosis.bench import Bench, Setting
from chainrule.checking.diagnosis.code import blame_for_problem, fault_of_code
from chainrule.checking.diagnosis.compare import Array, in_words, same
from chainrule.checking.diagnosis.explain import Explanation, explain_backward
from chainrule.checking.diagnosis.finding import Finding
from chainrule.checking.diagnosis.forward import ForwardPass, blame_of
from chainrule.checking.diagnosis.loss import USUAL, Loss
from chainrule.checking.learner.desk import Call, Earlier, Problem, Reply
from chainrule.faults import Placed
from chainrule.faults.steps import REDUCTIONS

SLOPES = 3e-4  # how close finite differences of a loss with an ε of 1e-6 come
_NO_PENALTY = (
    "`loss` has a penalty on the squares of the weights, whose derivative is missing in {}"
)
Gradient = Mapping[str, Array | None]  # by canonical name, None where one is absent
PREDICTED = re.compile(r"pred|hat|prob|^out|^a\d|^y_?p$|^p$|forward")


@dataclass(frozen=True)
class Try:
    """One way to call a method: which samples, and how the labels are passed.

    Attributes:
        bench: with the parameters.
        rows: of its samples; one alone is passed as a vector.
        single: whether it is.
        labels: "labels" or "one-hot".
    """

    bench: Bench
    rows: slice
    single: bool
    labels: str

    @property
    def n(self) -> int:
        """Number of samples."""
        return 1 if self.single else len(self.bench.samples.y[self.rows])

    def arguments(self, names: Sequence[str]) -> tuple[tuple[Any, ...], bool]:
        """Arguments for a method with these parameters; whether one is an earlier output."""
        data = self.bench.samples
        x: Any = data.X[self.rows]
        y: Any = data.t[self.rows] if self.labels == "one-hot" else data.y[self.rows]
        if self.single:
            x, y = x[0], y[0]
        required = [name for name in names if not name.endswith("=")] or list(names[:2])
        args: list[Any] = [x]
        rest = required[1:] if len(required) > 1 else list(names[1:2])
        needs = False
        for name in rest:
            if PREDICTED.search(name.rstrip("=").lower()) and len(rest) > 1:
                args.append(Earlier(0))
                needs = True
            else:
                args.append(y)
        return tuple(args), needs


@dataclass(frozen=True)
class Outcome:
    """What came of one try.

    Attributes:
        tried: the try.
        gradients: that came out; None if nothing did.
        explanation: of what came out; None if nothing came out.
        right: whether it is the derivative of the learner's own loss.
        reply: of the call.
        slopes: of the learner's own loss, where they were looked for and found.
        lacks_penalty: whether it is explained best as that of the loss without its penalty.
    """

    tried: Try
    reply: Reply
    gradients: Gradient | None = None
    explanation: Explanation | None = None
    right: bool = False
    slopes: Gradient | None = None
    lacks_penalty: bool = False


def tries(bench: Bench, names: Sequence[str]) -> list[Try]:
    """Ways to call a gradient method, the most likely first."""
    required = [name for name in names if not name.endswith("=")]
    order = ("one-hot", "labels") if len(required) > 2 else ("labels", "one-hot")
    return [
        Try(bench, slice(0, 1) if single else slice(None), single, labels)
        for single in (False, True)
        for labels in order
    ]


class Gradients:
    """What `grad_loss` of a class gives, in each way to call it, beside what is right.

    It is right if it is the derivative of the learner's own loss.
    """

    def __init__(self, bench: Bench, forward: ForwardPass, loss: Loss | None) -> None:
        """Judge by what is known of the class.

        Args:
            bench: with the class.
            forward: the learner's forward pass.
            loss: the learner's loss, None if the class has none.
        """
        self._bench, self._forward, self._loss = bench, forward, loss
        self._seen: list[tuple[Setting, list[Outcome]]] = []

    def judge(self, settings: Sequence[Setting], name: str) -> Finding:
        """The finding on `grad_loss`, of this name, in the best of some settings."""
        best: tuple[Any, Outcome] | None = None
        for setting in settings:
            outcomes = self._outcomes(setting)
            if _passes(outcomes):
                return Finding(name)
            if all(o.gradients is None for o in outcomes):
                square = self._tried(self._bench.square(), setting)
                if self._forward.finding.passed is False and any(o.right for o in square):
                    return Finding(name)  # it fails where the forward pass does, and nowhere else
                outcomes = [*outcomes, *square]
            for rank, outcome in enumerate(outcomes):
                if outcome.right:
                    continue
                bad = _badness(outcome, outcomes[0])
                # A batch shows more than one sample: what explains it comes first, unless the
                # sizes had to be made equal for it to run at all.
                whole = outcome.explanation is not None and outcome.explanation.complete
                batch = outcome.tried.bench is self._bench and not outcome.tried.single
                key = (not (whole and batch), bad, rank)
                if best is None or key < best[0]:
                    best = (key, outcome)
        assert best is not None
        found = _finding(name, best[1])
        raised = outcomes[0].reply.problem
        if found.reason and raised is not None and best[1].tried.bench is not self._bench:
            # It runs where sizes are equal, and nothing explains what comes out there: say why it
            # does not run elsewhere.
            return Finding(name, passed=False, problem=raised, reason=f"{name} fails")
        return found

    def label_forms(self, settings: Sequence[Setting]) -> frozenset[str]:
        """For which forms of the labels one that passed is right: "labels", "one-hot"."""
        passing = (outcomes for outcomes in map(self._outcomes, settings) if _passes(outcomes))
        return frozenset(o.tried.labels for o in next(passing, ()) if o.right)

    def follows_loss(self, settings: Sequence[Setting]) -> float:
        """The share of parameters whose gradient is that of the learner's loss, whatever it is."""
        shares = (
            sum(_close(o.gradients[name], slope) for name, slope in o.slopes.items())
            / len(o.slopes)
            for setting in settings
            for o in self._outcomes(setting)
            if o.gradients is not None and o.slopes
        )
        return max(shares, default=0.0)

    def _outcomes(self, setting: Setting) -> list[Outcome]:
        """What comes of each way in a setting, which is tried once."""
        for known, outcomes in self._seen:
            if known is setting:
                return outcomes
        outcomes = self._tried(self._bench, setting)
        self._seen.append((setting, outcomes))
        return outcomes

    def _tried(self, bench: Bench, setting: Setting) -> list[Outcome]:
        names, forward = bench.methods["grad_loss"], self._forward
        if setting.forward is not None:
            forward = replace(
                forward, explanation=Explanation(), activation=setting.forward.activation,
                output=setting.forward.output,
            )  # fmt: skip
        requests = []
        for way in tries(bench, names):
            args, needs = way.arguments(names)
            calls = [Call("grad_loss", args)]
            if needs or "forward" in bench.methods:
                calls.insert(0, Call("forward", (args[0],)))
            requests.append(bench.request(setting, *calls))
        found = []
        for way, asked, reply in zip(
            tries(bench, names), requests, bench.desk.ask(requests), strict=True
        ):
            whole = len(reply.results) == len(asked.calls)
            gradients = assign(reply.results[-1], bench.spelling) if whole else None
            outcome = Outcome(way, reply, gradients)
            found.append(
                outcome if gradients is None
                else self._judged(outcome, gradients, setting, forward)
            )  # fmt: skip
        return found

    def _judged(
        self, outcome: Outcome, gradients: Gradient, setting: Setting, forward: ForwardPass
    ) -> Outcome:
        """What came of a try, with whether it is right, and what explains it."""
        way, loss = outcome.tried, self._loss
        if loss is not None and _is_by_formula(way, gradients, forward, loss):
            return replace(outcome, explanation=Explanation(), right=True)
        slopes = None if loss is None else _slopes(way, setting, loss)
        if slopes is not None and all(_close(gradients[n], slope) for n, slope in slopes.items()):
            return replace(outcome, explanation=Explanation(), right=True, slopes=slopes)
        explanation = explained(way, gradients, forward, loss)
        lacks = False
        if loss is not None and loss.penalty:
            beside = explained(way, _without_penalty(gradients, way, loss.penalty), forward, loss)
            lacks = explanation.cost < beside.cost
            explanation = explanation if lacks else beside
        right = not lacks and explanation.complete and not explanation.mistakes
        return replace(
            outcome, explanation=explanation, right=right, slopes=slopes, lacks_penalty=lacks
        )


def _passes(outcomes: Sequence[Outcome]) -> bool:
    batch = [o for o in outcomes if not o.tried.single]
    if any(o.right for o in batch):
        return True
    single = [o for o in outcomes if o.tried.single]
    if not any(o.right for o in single):
        return False
    # Right for one sample. Code that is meant for one sample alone gives, for a batch, nothing
    # that a mistake explains; code that is meant for both shows its mistake.
    return not any(o.explanation is not None and o.explanation.complete for o in batch)


class _Shows(IntEnum):
    """What an outcome shows of a mistake, that which shows most first."""

    EXPLANATION = 0
    KNOWN_FAILURE = 1
    NOTHING = 2


def _badness(outcome: Outcome, first: Outcome) -> tuple[_Shows, tuple[int, int, int]]:
    """What it shows, and how much of it is unexplained or wrong: the least is looked at first."""
    if outcome.gradients is not None and outcome.explanation is not None:
        return _Shows.EXPLANATION, outcome.explanation.cost
    problem = outcome.reply.problem
    usual = outcome.tried.labels == first.tried.labels  # others may fail for good reason
    known = usual and problem is not None and blame_for_problem(problem)
    return (_Shows.KNOWN_FAILURE if known else _Shows.NOTHING), (0, 0, 0)


def _is_by_formula(way: Try, gradients: Gradient, forward: ForwardPass, loss: Loss) -> bool:
    """Whether gradients are those of a network and a loss that are both understood."""
    if not loss.kind or not forward.finding.passed:
        return False
    given = _without_penalty(gradients, way, loss.penalty)
    right = (forward.gradients(way.bench, way.rows, loss.kind, r) for r in loss.reductions)
    return any(all(_close(given[name], grad) for name, grad in one.items()) for one in right)


def _slopes(way: Try, setting: Setting, loss: Loss) -> Gradient | None:
    """The derivatives of the learner's own loss, by differences; None if it is not known."""
    if loss.finding.passed is None or "nll-sign" in loss.finding.faults:
        return None
    data, own = way.bench.samples, way.bench.spelling
    x: Any = data.X[way.rows]
    y: Any = data.t[way.rows] if loss.labels == "one-hot" else data.y[way.rows]
    if way.single:
        x, y = x[0], y[0]
    paths = tuple(own.paths.values())
    request = way.bench.request(setting, Call("loss", (x, y)), slopes=paths)
    (reply,) = way.bench.desk.ask([request])
    if reply.problem is not None:
        return None
    return {name: own.canonical(name, reply.slopes.get(path)) for name, path in own.paths.items()}


def _without_penalty(gradients: Gradient, way: Try, penalty: float) -> Gradient:
    """Gradients less the derivative of a penalty on the squares of the weights."""
    parameters = way.bench.parameters
    return {
        name: grad - 2 * penalty * parameters[name]
        if grad is not None and name[0] == "W" and grad.shape == parameters[name].shape
        else grad
        for name, grad in gradients.items()
    }


def _close(actual: Array | None, slope: Array | None) -> bool:
    if actual is not None and slope is not None and not np.abs(slope).max():
        return bool(np.abs(actual).max() < 1e-6) and np.squeeze(actual).shape == slope.shape
    return same(actual, slope, SLOPES)


def explained(
    way: Try,
    gradients: Gradient,
    forward: ForwardPass,
    loss: Loss | None,
    rate: float | None = None,
) -> Explanation:
    """The fewest mistakes that give these gradients, whatever the loss may rightly be.

    Shapes: weights `(D, H)`, biases `(H,)`, where they are right.
    """
    bench = way.bench
    hidden = len(bench.spelling.weights) - 1
    values = forward.values(bench, way.rows)
    if rate is not None:
        values["learning_rate"] = rate
    kinds: tuple[str, ...] = (loss.kind,) if loss is not None and loss.kind else ("nll",)
    if loss is None and forward.output == "sigmoid":
        kinds = ("nll", "binary cross-entropy")  # the loss is not there to tell
    best: Explanation | None = None
    for kind in kinds:
        steps = {name: forward.steps(hidden, kind, name) for name in REDUCTIONS}
        for reduction in USUAL if loss is None else loss.reductions:
            others = [steps[name] for name in steps if name != reduction] if way.n > 1 else ()
            found = explain_backward(steps[reduction], values, gradients, reduced=others)
            if best is None or found.cost < best.cost:
                best = found
    assert best is not None
    return best


def _finding(name: str, outcome: Outcome) -> Finding:
    problem: Problem | None = outcome.reply.problem
    explanation, gradients = outcome.explanation, outcome.gradients
    if explanation is None or gradients is None:
        if problem is None:
            said = "it returns no arrays, and gradients are judged by what is returned"
            return Finding(name, passed=None, reason=said)
        fails = Finding(name, passed=False, problem=problem, reason=f"{name} fails")
        return fault_of_code(name, problem) or fails
    if outcome.lacks_penalty and explanation.complete and not explanation.mistakes:
        return Finding(name, passed=False, reason=_NO_PENALTY.format(name))
    spelling = outcome.tried.bench.spelling
    right = {name: explanation.values.get(f"grad_{name}") for name in gradients}
    right |= {name: slope for name, slope in (outcome.slopes or {}).items() if slope is not None}
    blamed = [mistake.step.name.removeprefix("grad_") for mistake in explanation.mistakes]
    shown = [name for name in blamed if name in gradients]
    if explanation.unexplained:  # which may be right for all that: then another is wrong
        shown = [*explanation.unexplained, *(n for n, g in gradients.items() if g is not None)]
    quantity = next((n for n in shown if not _close(gradients[n], right[n])), "".join(shown[:1]))
    actual, expected = gradients.get(quantity), right.get(quantity)
    mistakes: Sequence[Placed] = explanation.mistakes
    reason = ""
    if explanation.unexplained and actual is not None and expected is not None:
        off = in_words(actual, np.asarray(expected))
        own = spelling.own_name(quantity)
        reason = f"the gradient of {own} is not the derivative of the loss: {off}"
        mistakes = _certain(explanation, spelling.layers)
    blames = tuple(blame_of(mistake, spelling) for mistake in mistakes)
    return Finding(name, passed=False, blames=blames, reason=reason,
                   expected=expected, actual=actual)  # fmt: skip


def _certain(explanation: Explanation, layers: Sequence[str]) -> list[Placed]:
    """The mistakes that hold whatever the rest is: above all that is not explained.

    From there on down half an explanation is a guess, but for what is not there at all.
    """
    unexplained = {name.partition("_")[2] for name in explanation.unexplained}
    above = list(takewhile(lambda layer: layer not in unexplained, reversed(layers)))
    return [
        mistake for mistake in explanation.mistakes
        if mistake.step.layer in above or mistake.fault == "grad-missing-parameter"
    ]  # fmt: skip
