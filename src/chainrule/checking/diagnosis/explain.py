"""Which mistakes explain what came out: the smallest set of wrong steps that gives the same.

The forward pass shows one quantity, y: one and two mistakes are tried, each at one layer or at
several. The backward pass shows the gradient of every parameter, so it is gone through layer by
layer from the output down: what explains a layer is kept, and the layer below is judged on those
values. A mistake therefore never spoils the judgement of what comes after it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from typing import Any

import numpy as np

from chainrule.checking.diagnosis.compare import Array, same_quietly
from chainrule.faults import FORMULAS, Placed, Wrong
from chainrule.faults.steps import FORWARD, Step, Values, run_steps

WIDTH = 60  # partial explanations kept from one layer to the next
TOLERANCE = 1e-4  # of a gradient, relative to its largest number


@dataclass(frozen=True)
class Explanation:
    """Mistakes that together give what was seen, but for what is listed as unexplained.

    Attributes:
        mistakes: in the order of the computation.
        unexplained: parameters whose gradient no mistake gives.
        values: all quantities as computed with these mistakes, as far as it has come.
    """

    mistakes: tuple[Placed, ...] = ()
    unexplained: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def cost(self) -> tuple[int, int, int]:
        """How many quantities are unexplained, how many different mistakes it takes, how many."""
        distinct = len({m.fault for m in self.mistakes})
        return len(self.unexplained), distinct, len(self.mistakes)

    @property
    def complete(self) -> bool:
        """Whether nothing is unexplained."""
        return not self.unexplained

    def then(self, name: str, value: Any, *mistakes: Placed) -> "Explanation":
        """The same with one quantity more, and with what is wrong in it."""
        return replace(
            self, mistakes=(*self.mistakes, *mistakes), values={**self.values, name: value}
        )

    def but_for(self, name: str) -> "Explanation":
        """The same where the gradient of one parameter more is not explained."""
        return replace(self, unexplained=(*self.unexplained, name))


class _Mistakes(dict[str, tuple[Placed, ...]]):
    """For each step of a network by its name every way to take it wrongly, once it is reached."""

    def __init__(self, steps: tuple[Step, ...]) -> None:
        super().__init__()
        self._right = {step.name: step for step in steps}
        self._others = tuple(step for step in steps if step.kind in ("z", "h"))

    def __missing__(self, name: str) -> tuple[Placed, ...]:
        self[name] = _mistakes_at(self._right[name], self._others)
        return self[name]


_mistakes_in = lru_cache(maxsize=64)(_Mistakes)


def prepare_mistakes(steps: tuple[Step, ...]) -> None:
    """Make and compile all wrong steps of a network."""
    for step in steps:
        for one in (step, *(mistake.step for mistake in _mistakes_in(steps)[step.name])):
            _ = one.formula


@lru_cache(maxsize=512)  # networks with other losses have most steps in common
def _mistakes_at(right: Step, others: tuple[Step, ...]) -> tuple[Placed, ...]:
    """Every way to take a step wrongly, with other layers of the network in it or not."""
    return tuple(
        Placed(id_, step, right.text)
        for id_, wrong in _formulas().get(right.kind, ())
        for step in wrong.at(right, others)
        if step.text != right.text
    )


@cache
def _formulas() -> Mapping[str, Sequence[tuple[str, Wrong]]]:
    """The formulas of the catalogue by the kind of step that they replace, with their ids."""
    found: dict[str, list[tuple[str, Wrong]]] = {}
    for id_, formulas in FORMULAS.items():
        for wrong in formulas:
            found.setdefault(wrong.replaces, []).append((id_, wrong))
    return found


@np.errstate(all="ignore")
def explain_forward(
    steps: Sequence[Step], probes: Sequence[tuple[Values, Array]], limits: Sequence[int]
) -> Explanation | None:
    """The fewest wrong steps with which the forward pass gives what was seen.

    Args:
        steps: the right ones.
        probes: inputs and parameters by name, and the output `(N, K)` that was seen.
        limits: how many different mistakes to try at once; each at one layer or at several.
    """
    forward = [step for step in steps if step.kind in FORWARD]
    (values, seen), *others = probes
    for limit in limits:
        for mistakes in _paths(forward, _mistakes_in(tuple(steps)), values, seen, limit):
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
) -> list[tuple[Placed, ...]]:
    """Ways through the forward pass, with so many different mistakes, that end in what was seen.

    What comes before a step is computed once for all ways that share it.
    """

    def follow(i: int, so_far: Explanation) -> Iterator[tuple[Placed, ...]]:
        faults = {m.fault for m in so_far.mistakes}
        if i == len(forward):
            if len(faults) == limit and same_quietly(seen, so_far.values["y"]):
                yield so_far.mistakes
            return
        right = forward[i]
        for mistake in (None, *(wrong[right.name] if limit else ())):
            new = () if mistake is None else (mistake,)
            if mistake is not None and mistake.fault not in faults and len(faults) == limit:
                continue
            # What overflows gives the right numbers wherever this looks.
            if mistake is not None and mistake.fault == "softmax-overflows":
                continue
            value = _compute(right if mistake is None else mistake.step, so_far.values)
            if value is not None:
                yield from follow(i + 1, so_far.then(right.name, value, *new))

    return sorted(follow(0, Explanation(values=values)), key=len)


def _gives(computation: Iterable[Step], values: Values, y: Array) -> bool:
    try:
        return same_quietly(y, run_steps(computation, values)["y"])
    except ValueError:
        return False


@np.errstate(all="ignore")
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
    right = _taken_rightly(steps, values, observed)
    if right is not None:
        return right
    search = _Search(steps, observed, reduced)
    states = [Explanation(values=values)]
    for layer in [step.layer for step in steps if step.kind == "grad_W"]:  # from the output down
        upstream = [(before, s) for before in states for s in search.errors(before, layer)]
        reached = [
            after
            for before, state in upstream
            if state.mistakes == before.mistakes or search.plausible(state, layer)
            for after in search.parameters(state, layer)
        ]
        reached += [after for _, s in upstream[:1] for after in search.from_bias(s, layer)]
        states = sorted(reached, key=lambda state: state.cost)[:WIDTH]
    return states[0]


def _taken_rightly(
    steps: Sequence[Step], values: Values, observed: Mapping[str, Array | None]
) -> Explanation | None:
    """What explains the gradients without a mistake; None if nothing does."""
    state = Explanation(values=values)
    for step in steps:
        name = step.name.removeprefix("grad_")
        is_own = step.kind in ("grad_W", "grad_b")
        if name in observed if is_own else step.kind in ("grad_y", "grad_h", "grad_z"):
            value = _compute(step, state.values)
            if value is None or (is_own and not _is_seen(observed[name], value)):
                return None
            state = state.then(step.name, value)
    return state


def _is_seen(seen: Array | None, value: Any | None) -> bool:
    """Whether a gradient came out with this value."""
    return value is not None and same_quietly(seen, np.asarray(value), TOLERANCE)


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
        self._wrong = _mistakes_in(tuple(steps))
        self._reduced = [mistakes for others in reduced for mistakes in _reduced(steps, others)]

    def errors(self, state: Explanation, layer: str) -> list[Explanation]:
        """The ways to come to the error at a layer's pre-activation."""
        if layer == "o":
            return self._taken(state, "grad_z_o")
        above = self._taken(state, f"grad_{layer}")
        return [after for before in above for after in self._taken(before, f"grad_z_{layer}")]

    def _taken(self, state: Explanation, name: str) -> list[Explanation]:
        """The state with a step taken rightly, and with each way to take it wrongly."""
        ways = list(self._values(state, name))
        if self._right[name].kind == "grad_y":
            ways[1:1] = [(m, _compute(m[-1].step, state.values)) for m in self._reduced]
        return [state.then(name, value, *mistakes) for mistakes, value in ways
                if value is not None]  # fmt: skip

    def _values(
        self, state: Explanation, name: str
    ) -> Iterator[tuple[tuple[Placed, ...], Any | None]]:
        yield (), _compute(self._right[name], state.values)
        for mistake in self._wrong[name]:
            yield (mistake,), _compute(mistake.step, state.values)

    def plausible(self, state: Explanation, layer: str) -> bool:
        """Whether what led here makes one of the layer's gradients come out right."""
        return any(
            self._is_seen(name, _compute(self._right[f"grad_{name}"], state.values))
            for name in (f"W_{layer}", f"b_{layer}")
        )

    def parameters(self, state: Explanation, layer: str) -> list[Explanation]:
        """The states in which the layer's own gradients are explained, or counted as not."""
        states = [state]
        for name in (f"W_{layer}", f"b_{layer}"):
            if name in self._observed:
                states = [after for before in states for after in self._parameter(before, name)]
        return states

    def _parameter(self, state: Explanation, name: str) -> list[Explanation]:
        grad = f"grad_{name}"
        right = _compute(self._right[grad], state.values)
        known = state.then(grad, right)  # what comes after does not depend on this mistake
        if self._observed[name] is None:
            missing = (m for m in self._wrong[grad] if m.fault == "grad-missing-parameter")
            return [known.then(grad, right, next(missing))]
        if self._is_seen(name, right):
            return [known]
        found: dict[int, list[Explanation]] = {1: [], 2: []}  # by the number of mistakes
        for mistakes, value in self._values(state, grad):
            if value is None:
                continue
            if mistakes and self._is_seen(name, value):
                found[1].append(known.then(grad, right, *mistakes))
            for more, changed in self._changed(grad, value, state.values):
                if self._is_seen(name, changed):
                    found[2].append(known.then(grad, right, *mistakes, more))
        return (found[1] or found[2])[:3] or [known.but_for(name)]

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

    def from_bias(self, state: Explanation, layer: str) -> Iterator[Explanation]:
        """For one sample the bias gradient is grad_z itself: go on from the learner's own."""
        own = self._observed.get(f"b_{layer}")
        b = state.values.get(f"b_{layer}")
        if own is None or b is None or len(state.values["x"]) != 1 or np.shape(own) != b.shape:
            return
        known = state.then(f"grad_z_{layer}", own[np.newaxis, :].astype(np.float64))
        for after in self.parameters(known, layer):
            yield after.but_for(f"b_{layer}")

    def _is_seen(self, name: str, value: Any | None) -> bool:
        """Whether the gradient of a parameter came out with this value."""
        return _is_seen(self._observed.get(name), value)


def _reduced(steps: Sequence[Step], others: Sequence[Step]) -> Iterator[tuple[Placed, ...]]:
    """What is off at the output by the factor between two losses, and by another mistake."""
    own, other = (next(s for s in all_ if s.kind == "grad_y") for all_ in (steps, others))
    yield (Placed("grad-batch-scale", other, own.text),)
    wrong, wrong_too = (_mistakes_in(tuple(all_))[own.name] for all_ in (steps, others))
    for meant, mistake in zip(wrong, wrong_too, strict=True):
        if mistake.fault != "grad-batch-scale":
            yield mistake, Placed("grad-batch-scale", mistake.step, meant.step.text)


def _compute(step: Step, values: Mapping[str, Any]) -> Any | None:
    """What a step gives, None if its quantities are not there or their sizes do not fit."""
    given = [values.get(name) for name in step.reads]
    for value in given:
        if value is None:
            return None
    try:
        return step.formula(*given)
    except (ValueError, IndexError):
        return None
