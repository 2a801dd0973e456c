"""Which mistakes explain what came out: the smallest set of wrong steps that gives the same.

The forward pass shows one quantity, y: one and two mistakes are tried, each at one layer or at
several. The backward pass shows the gradient of every parameter, so it is gone through layer by
layer from the output down: what explains a layer is kept, and the layer below is judged on those
values. A mistake therefore never spoils the judgement of what comes after it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from chainrule.checking.diagnosis.compare import Array, same
from chainrule.faults import FORMULAS, Placed, placements
from chainrule.faults.steps import FORWARD, Step, Values, run_steps

WIDTH = 60  # partial explanations kept from one layer to the next
TOLERANCE = 1e-4  # of a gradient, relative to its largest number


@dataclass(frozen=True)
class Explanation:
    """Mistakes that together give what was seen, but for what is listed as unexplained.

    Attributes:
        mistakes: in the order of the computation.
        unexplained: parameters whose gradient no mistake gives.
        values: all quantities as computed with these mistakes.
    """

    mistakes: tuple[Placed, ...] = ()
    unexplained: tuple[str, ...] = ()
    values: Values | None = None

    @property
    def cost(self) -> tuple[int, int, int]:
        """How many quantities are unexplained, how many different mistakes it takes, how many."""
        distinct = len({m.fault for m in self.mistakes})
        return len(self.unexplained), distinct, len(self.mistakes)

    @property
    def complete(self) -> bool:
        """Whether nothing is unexplained."""
        return not self.unexplained


def explain_forward(
    steps: Sequence[Step], probes: Sequence[tuple[Values, Array]], most: int
) -> Explanation | None:
    """The fewest wrong steps with which the forward pass gives what was seen.

    Args:
        steps: the right ones.
        probes: inputs and parameters by name, and the output `(N, K)` that was seen.
        most: how many different mistakes to try at once; each at one layer or at several.
    """
    forward = [step for step in steps if step.kind in FORWARD]
    wrong: dict[str, list[Placed]] = {step.name: [] for step in forward}
    for id_ in FORMULAS:
        if id_ != "softmax-overflows":  # gives the right numbers wherever this looks
            for step in forward:
                wrong[step.name] += [
                    Placed(id_, place, step.text) for place in placements(id_, [step], steps)
                ]
    (values, seen), *others = probes
    for limit in range(most + 1):
        for mistakes in _paths(forward, wrong, values, seen, limit):
            chosen = {m.step.name: m.step for m in mistakes}
            computation = [chosen.get(step.name, step) for step in forward]
            if all(_gives(computation, known, y) for known, y in others):
                return Explanation(mistakes)
    return None


def _paths(
    forward: Sequence[Step],
    wrong: Mapping[str, Sequence[Placed]],
    values: Values,
    seen: Array,
    limit: int,
) -> Iterator[tuple[Placed, ...]]:
    """Ways through the forward pass, with so many different mistakes, that end in what was seen.

    What comes before a step is computed once for all ways that share it.
    """

    def follow(
        i: int, known: Values, mistakes: tuple[Placed, ...]
    ) -> Iterator[tuple[Placed, ...]]:
        if i == len(forward):
            if len({m.fault for m in mistakes}) == limit and same(seen, known["y"]):
                yield mistakes
            return
        right = forward[i]
        for mistake in (None, *wrong[right.name]):
            chosen = mistakes if mistake is None else (*mistakes, mistake)
            if len({m.fault for m in chosen}) > limit:
                continue
            value = _compute(right if mistake is None else mistake.step, known)
            if value is not None:
                yield from follow(i + 1, {**known, right.name: value}, chosen)

    found = list(follow(0, values, ()))
    yield from sorted(found, key=len)


def _gives(computation: Iterable[Step], values: Values, y: Array) -> bool:
    try:
        with np.errstate(all="ignore"):
            return same(y, run_steps(computation, values)["y"])
    except ValueError:
        return False


@dataclass(frozen=True)
class _State:
    """An explanation as far as it has come, and the values that it implies."""

    explanation: Explanation
    values: dict[str, Any]
    new: bool = False  # whether a mistake was assumed since the last gradient was seen

    def add(self, mistakes: Sequence[Placed], values: Mapping[str, Any]) -> "_State":
        """The state with more mistakes and more values."""
        old = self.explanation
        return _State(
            replace(old, mistakes=(*old.mistakes, *mistakes)),
            {**self.values, **values},
            self.new or bool(mistakes),
        )

    def miss(self, name: str) -> "_State":
        old = self.explanation
        return replace(self, explanation=replace(old, unexplained=(*old.unexplained, name)))


def explain_backward(
    steps: Sequence[Step],
    values: Values,
    observed: Mapping[str, Array | None],
    *,
    reduced: Sequence[Sequence[Step]],
) -> Explanation:
    """The fewest wrong steps with which the backward pass gives the gradients that were seen.

    Args:
        steps: the right ones.
        values: everything up to `y` as the learner's own forward pass computes it, `t`, the
            parameters, and `learning_rate` where there is an update in between.
        observed: gradients by parameter name, weights `(D, H)`, biases `(H,)` if they are right;
            None for one that is absent.
            Parameters that are not in it are not looked at.
        reduced: the right steps, were the loss a mean and not a sum, or the other way round. A
            gradient of such a loss is off by a constant factor, with all else that is wrong in it.
    """
    layers = [step.layer for step in steps if step.kind == "grad_W"]
    by_name = {step.name: step for step in steps}
    search = _Search(steps, observed, reduced)
    states = [_State(Explanation(), dict(values))]
    for layer in layers:  # from the output down
        reached: list[_State] = []
        upstream: list[_State] = []
        for state in states:
            if layer == "o":
                upstream += search.alternatives(state, by_name["grad_z_o"])
            else:
                for above in search.alternatives(state, by_name[f"grad_{layer}"]):
                    upstream += search.alternatives(above, by_name[f"grad_z_{layer}"])
        for state in upstream:
            if search.plausible(state, layer):
                reached += search.parameters(state, layer)
        reached += [r for s in upstream[:1] for r in search.from_bias(s, layer)]
        reached.sort(key=lambda s: s.explanation.cost)
        states = [replace(state, new=False) for state in reached[:WIDTH]]
    best = states[0]
    return replace(best.explanation, values=best.values)


class _Search:
    """What one search through the backward pass needs at every layer."""

    def __init__(
        self,
        steps: Sequence[Step],
        observed: Mapping[str, Array | None],
        reduced: Sequence[Sequence[Step]],
    ) -> None:
        self._observed = observed
        self._right = {step.name: step for step in steps}
        self._wrong = {step.name: _mistakes_at(step, steps) for step in steps}
        self._reduced = [mistakes for others in reduced for mistakes in _reduced(steps, others)]

    def alternatives(self, state: _State, right: Step) -> list[_State]:
        """The state with a step taken rightly, and with each way to take it wrongly."""
        ways = [*self._values(state, right)]
        if right.kind == "grad_y":
            ways[1:1] = [(m, _compute(m[-1].step, state.values)) for m in self._reduced]
        return [
            state.add(mistakes, {right.name: value})
            for mistakes, value in ways
            if value is not None
        ]

    def _values(
        self, state: _State, right: Step
    ) -> Iterator[tuple[tuple[Placed, ...], Any | None]]:
        yield (), _compute(right, state.values)
        for mistake in self._wrong[right.name]:
            yield (mistake,), _compute(mistake.step, state.values)

    def plausible(self, state: _State, layer: str) -> bool:
        """Whether what led here is right, or makes one of the layer's gradients come out right."""
        if not state.new:
            return True
        for name in (f"W_{layer}", f"b_{layer}"):
            seen = self._observed.get(name)
            value = None if seen is None else _compute(self._right[f"grad_{name}"], state.values)
            if seen is not None and value is not None and self._same(seen, value):
                return True
        return False

    def parameters(self, state: _State, layer: str) -> list[_State]:
        """The states in which the layer's own gradients are explained, or counted as not."""
        states = [state]
        for name in (f"W_{layer}", f"b_{layer}"):
            if name in self._observed:
                states = [after for before in states for after in self._parameter(before, name)]
        return states

    def _parameter(self, state: _State, name: str) -> list[_State]:
        seen = self._observed[name]
        grad = f"grad_{name}"
        right = self._right[grad]
        right_value = _compute(right, state.values)
        keep = {grad: right_value}  # what comes after does not depend on this mistake
        if seen is None:
            return [state.add((self._missing(grad),), keep)]
        if right_value is not None and self._same(seen, right_value):
            return [state.add((), keep)]
        singles: list[_State] = []
        pairs: list[_State] = []
        for mistakes, value in self._values(state, right):
            if value is None:
                continue
            if mistakes and self._same(seen, value):
                singles.append(state.add(mistakes, keep))
            for more, changed in self._changed(grad, value, state.values):
                if self._same(seen, changed):
                    pairs.append(state.add((*mistakes, more), keep))
        return (singles or pairs)[:3] or [replace(state.miss(name), values=state.values | keep)]

    def _missing(self, grad: str) -> Placed:
        return next(m for m in self._wrong[grad] if m.fault == "grad-missing-parameter")

    def _changed(
        self, grad: str, value: Any, values: Mapping[str, Any]
    ) -> Iterator[tuple[Placed, Any]]:
        """A wrong gradient that is transposed, or scaled by the batch size, on top."""
        n = values["x"].shape[-2]
        for mistake in self._wrong[grad]:
            if mistake.fault == "grad-transposed" and np.ndim(value) == 2:
                yield mistake, value.T
            elif mistake.fault == "grad-batch-scale" and n > 1:
                yield mistake, (value * n if "*" in mistake.step.text else value / n)

    def from_bias(self, state: _State, layer: str) -> Iterator[_State]:
        """For one sample the bias gradient is grad_z itself: go on from the learner's own."""
        own = self._observed.get(f"b_{layer}")
        b = state.values.get(f"b_{layer}")
        if own is None or b is None or len(state.values["x"]) != 1 or np.shape(own) != b.shape:
            return
        known = state.add((), {f"grad_z_{layer}": own[np.newaxis, :].astype(np.float64)})
        for after in self.parameters(known, layer):
            yield after.miss(f"b_{layer}")

    def _same(self, seen: Array, value: Any) -> bool:
        return same(seen, np.asarray(value), TOLERANCE)


def _mistakes_at(right: Step, steps: Sequence[Step]) -> list[Placed]:
    """Each way to take a step wrongly."""
    return [
        Placed(id_, step, right.text)
        for id_ in FORMULAS
        for step in placements(id_, [right], steps)
    ]


def _reduced(steps: Sequence[Step], others: Sequence[Step]) -> Iterator[tuple[Placed, ...]]:
    """What is off at the output by the factor between two losses, and by another mistake."""
    own, other = (next(s for s in all_ if s.kind == "grad_y") for all_ in (steps, others))
    yield (Placed("grad-batch-scale", other, own.text),)
    pairs = zip(_mistakes_at(own, steps), _mistakes_at(other, others), strict=True)
    for meant, mistake in pairs:
        if mistake.fault != "grad-batch-scale":
            yield mistake, Placed("grad-batch-scale", mistake.step, meant.step.text)


def _compute(step: Step, values: Mapping[str, Any]) -> Any | None:
    """What a step gives, None if its quantities are not there or their sizes do not fit."""
    if any(name not in values or values[name] is None for name in step.reads):
        return None
    try:
        with np.errstate(all="ignore"):
            return step.formula(*(values[name] for name in step.reads))
    except (ValueError, IndexError):
        return None
