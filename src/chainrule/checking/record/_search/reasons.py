"""Why a result is no right gradient: what else it is, or what is missing in it.

Each is told by value: with what is missing the result would be right, in all runs.
"""

from collections.abc import Iterator, Sequence, Set

import numpy as np

from chainrule.checking.record._at_sight.entries import is_mask
from chainrule.checking.record._search.mending import Change
from chainrule.checking.record._search.naming import Name
from chainrule.checking.record._search.quantities import Kind
from chainrule.checking.record._steps.adjoint import Adjoint
from chainrule.checking.record._steps.factors import factor, same_factor
from chainrule.checking.record._steps.flow import Operand
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.replay import instead
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._tape.operations import PRODUCTS, Array, back
from chainrule.nn.activations import ACTIVATIONS

_MOST_USES = 40  # of what is used several times
_MOST_REPEATS = 12
_SUM = 1e-6  # how far the sum of a softmax is from 1
_EXPONENTIALS = ("divide", "softmax")  # what gives a softmax


def reason(one: Judgement, change: Change) -> Name | None:
    """What a result is that a change puts another one for; None if that is not known."""
    runs, number = one.runs, change.number
    if _is_of_a_mask(runs, change):
        return Name(
            "grad-relu-mask",
            "what passes here is not chosen by the sign of what went into the activation",
        )
    if change.after is None or change.after.kind is Kind.SLOPE:
        return None
    stands = runs.results(number)
    inputs = [table.inputs(number) for table in runs.tables]
    due = [change.edits[number](run, arrays) for run, arrays in enumerate(inputs)]
    if any(s.shape != d.shape for s, d in zip(stands, due, strict=True)):
        return None
    return (
        _of_what_is_read(one, number, due)
        or _of_softmax(one, stands, due)
        or _of_another_slope(one, number, due)
        or _of_a_product(one, change, stands, due)
        or _of_a_sum(one, number, stands, due)
    )


def _of_what_is_read(one: Judgement, number: int, due: Sequence[Array]) -> Name | None:
    """Whether a gradient of weights is made from something else than they are multiplied with."""
    runs, operation = one.runs, one.runs.operation(number)
    reached = one.adjoints[0].reached
    sizes = [ids.size for ids in operation.ids]
    outer = operation.name == "multiply" and operation.size == sizes[0] * sizes[1] > max(sizes)
    if operation.name not in PRODUCTS and not outer:
        return None
    for place in (0, 1):
        operand = Operand(number, place)
        given, shape = runs.given(operand), runs.ids(0, operand).shape
        if (
            not given
            or not given <= reached
            or given & runs.barrier
            or (len(shape) != 2 and not outer)
        ):
            continue
        for other in _forward(one, runs.ids(0, operand).size):
            values = runs.results(other)
            if outer:
                values = [v.reshape(shape) for v in values]
            if values[0].shape not in (shape, shape[::-1]):
                continue
            values = values if values[0].shape == shape else [v.T for v in values]
            edit = instead(runs, operand, values)
            now = [edit(run, table.inputs(number)) for run, table in enumerate(runs.tables)]
            if factor(now, due) is not None:
                return Name(
                    "grad-inputs-swapped",
                    "the gradient of the weights belongs to what they were multiplied with, and "
                    "something else that went forward stands here",
                )
    return None


def _of_another_slope(one: Judgement, number: int, due: Sequence[Array]) -> Name | None:
    """Whether a factor stands where the derivative of an activation belongs."""
    runs = one.runs
    for place in (0, 1) if runs.operation(number).name == "multiply" else ():
        others = runs.values(Operand(number, 1 - place))
        if others[0].shape != due[0].shape or not all(np.all(o) for o in others):
            continue
        belongs = [d / o for d, o in zip(due, others, strict=True)]
        for forward in _forward(one, due[0].size):
            outputs = runs.results(forward)
            for activation in ACTIVATIONS.values():
                slopes: list[Array] = [
                    np.array(activation.slope_from(v), dtype=np.float64) for v in outputs
                ]
                if np.ptp(slopes[0]) and factor(belongs, slopes) is not None:
                    codes = runs.code(forward)
                    at = f" that {codes[0]} gives" if codes else ""
                    return Name(
                        "grad-other-activation",
                        f"the derivative of the activation{at} belongs here, and something else "
                        "is the factor",
                        "a factor of this product is not the derivative that the chain rule has",
                    )
    return None


def never_added(one: Judgement, change: Change) -> int | None:
    """What is computed, is all that lacks in a sum of gradients, and goes nowhere; else None."""
    runs = one.runs
    unused = [n for n in range(min(change.edits), one.step.last) if not runs.users[n]]
    for number, edit in change.edits.items():
        stands = runs.results(number)
        rest = [
            edit(run, table.inputs(number)) - stands[run] for run, table in enumerate(runs.tables)
        ]
        for other in unused if np.any(rest[0]) else ():
            values = runs.results(other)
            if runs.code(other) and all(
                v.shape == r.shape and np.allclose(v, r, rtol=_SUM, atol=_SUM * np.abs(r).max())
                for v, r in zip(values, rest, strict=True)
            ):
                return other
    return None


def _of_a_product(
    one: Judgement, change: Change, stands: Sequence[Array], due: Sequence[Array]
) -> Name | None:
    """Whether what comes back is a factor of nothing here, or of one part of a sum only."""
    runs, number = one.runs, change.number
    operation = runs.operation(number)
    if change.after is None or stands[0].size == 1 < len(change.edits):
        return None
    right = [
        d.ravel() * (_largest(v) / (_largest(d) or 1))
        for d, v in zip(due, change.after.values, strict=True)
    ]
    parts: list[list[Array]] = []
    if operation.name in ("add", "subtract"):
        sign = 1.0 if operation.name == "add" else -1.0
        parts = [
            [np.broadcast_to(c * v, s.shape).ravel()
             for v, s in zip(runs.values(Operand(number, place)), stands, strict=True)]
            for place, c in ((0, 1.0), (1, sign))
        ]  # fmt: skip
    for forward in _forward(one, stands[0].size):
        came = [g.ravel() for g in one.by(forward)]
        alone = [s.ravel() * c for s, c in zip(stands, came, strict=True)]
        if factor(alone, right) is not None:
            return Name(
                "grad-chain-broken",
                "this is the derivative by itself, and what comes back is not multiplied in",
                "the chain rule has a product here, and one of its factors is missing",
            )
        for part, other in (parts, parts[::-1]) if parts else ():
            rest = [r - o * c for r, o, c in zip(right, other, came, strict=True)]
            whole = [p * (1 + o) for p, o in zip(part, other, strict=True)]  # of p · 1 ± o
            if factor(part, rest) is not None or factor(whole, right) is not None:
                return Name(
                    "grad-parentheses",
                    "what comes back multiplies one part of this sum, and belongs to both: "
                    "parentheses are missing",
                    "of a product with a sum each part is multiplied",
                )
    return None


def _of_a_sum(
    one: Judgement, number: int, stands: Sequence[Array], due: Sequence[Array]
) -> Name | None:
    """What lacks in a sum, or is too much in it; None if it is none."""
    repeats = _repeats(one, number, stands, due)
    if repeats:
        return Name(
            "grad-not-added-up",
            f"this is computed {repeats + 1} times, and only the last is kept, not the sum",
        )
    if one.step.memory and _has_of_others(one, stands, due):
        return Name(
            "train-shared-memory",
            "the gradient of another parameter is in this one's step, too: both keep what is left "
            "of a step in the same array",
        )
    use = _lost_use(one, stands, due)
    if use is None:
        return None
    codes = one.runs.code(use)
    at = f" in {codes[0]}" if codes else ""
    return Name(
        "grad-path-missing",
        f"what comes back from its use{at} is not added here",
        "what goes forward is used more than once, and one of the ways back is missing",
    )


def _largest(values: Array) -> float:
    """The number that is farthest from 0."""
    return float(values.flat[np.abs(values).argmax()])


def _is_of_a_mask(runs: Runs, change: Change) -> bool:
    """Whether a mask stands in the place of a slope that is one, or cuts off what is negative."""
    operation, after = runs.operation(change.number), change.after
    if after is None or after.kind not in (Kind.SLOPE, Kind.BY_PREACTIVATION):
        return False
    if operation.name == "maximum":  # of a gradient
        return after.kind is Kind.BY_PREACTIVATION
    return after.kind is Kind.SLOPE and any(
        ids.size == after.values[0].size
        and all(map(is_mask, (*runs.values(Operand(change.number, place)), *after.values)))
        for place, ids in enumerate(operation.ids)
    )


def _forward(one: Judgement, size: int) -> Iterator[int]:
    """The operations that the derivative goes back through, of a size, the last first."""
    for number in sorted(one.adjoints[0].reached, reverse=True):
        if one.runs.operation(number).size == size:
            yield number


def _of_softmax(one: Judgement, stands: Sequence[Array], due: Sequence[Array]) -> Name | None:
    """Whether a factor a (1 − a) of a softmax a stands for its derivative, or beside it."""
    runs = one.runs
    seen, right = [s.ravel() for s in stands], [d.ravel() for d in due]
    for number in _forward(one, stands[0].size):
        outputs = runs.results(number)
        if runs.operation(number).name not in _EXPONENTIALS or not any(
            np.allclose(outputs[0].sum(axis), 1, atol=_SUM) for axis in range(outputs[0].ndim)
        ):
            continue
        slopes = [(a * (1 - a)).ravel() for a in outputs]
        by_output = [g.ravel() for g in one.by(number)]
        for taken, at in ((slopes, ""), (_of_softmax_again(outputs), ", and taken at the output")):
            if factor(seen, [g * s for g, s in zip(by_output, taken, strict=True)]) is not None:
                return Name(
                    "grad-softmax-diagonal",
                    f"this is only the diagonal of the derivative{at}, which is a matrix here: "
                    "each output of a softmax depends on every input",
                )
        if factor(seen, [d * s for d, s in zip(right, slopes, strict=True)]) is not None:
            return Name(
                "grad-output-sigmoid-factor",
                "an expression such as a (1 − a) of the activation a of the output layer is a "
                "factor too many",
                "a factor of this product is already in what it is multiplied with",
            )
    return None


def _of_softmax_again(outputs: Sequence[Array]) -> list[Array]:
    """The diagonal of the derivative of a softmax that is taken of another's outputs."""
    sums = [axis for axis in range(outputs[0].ndim)
            if np.allclose(outputs[0].sum(axis), 1, atol=_SUM)]  # fmt: skip
    powers = [np.exp(a) for a in outputs]
    again = [p / p.sum(sums[0], keepdims=True) for p in powers]
    return [(a * (1 - a)).ravel() for a in again]


def _repeats(one: Judgement, number: int, stands: Sequence[Array], due: Sequence[Array]) -> int:
    """How many results of the same code before this one belong to it in a sum; 0 if none do."""
    runs = one.runs
    operation = runs.operation(number)
    before = [
        n for n in range(number)
        if (runs.operation(n).place, runs.operation(n).shape) == (operation.place, operation.shape)
        and not one.step.mask >> n & 1
    ]  # fmt: skip
    total = [np.array(s) for s in stands]
    for count, other in enumerate(before[: -_MOST_REPEATS - 1 : -1], 1):
        total = [t + r for t, r in zip(total, runs.results(other), strict=True)]
        if factor(total, due) is not None:
            return count
    return 0


def _has_of_others(one: Judgement, stands: Sequence[Array], due: Sequence[Array]) -> bool:
    """Whether it is the right gradient of a parameter, and a part of another's, in each run."""
    own = np.concatenate([d.ravel() for d in due])
    seen = np.concatenate([s.ravel() for s in stands])
    for group in one.groups:
        other = np.concatenate(one.gradients[group.number])
        if other.size != own.size or factor([own], [other]) is not None:
            continue
        both = np.stack([own, other], axis=1)
        parts, *_ = np.linalg.lstsq(both, seen, rcond=None)
        rest = np.abs(seen - both @ parts).max()
        if np.all(np.abs(parts) > _SUM) and rest <= _SUM * np.abs(seen).max():
            return True
    return False


def _lost_use(one: Judgement, stands: Sequence[Array], due: Sequence[Array]) -> int | None:
    """The use of something on the way forward whose part of a gradient is missing.

    Gives the operation; None if it is not the right gradient without such a part.
    """
    same: list[tuple[int, bool, float]] = []
    for number in _forward(one, stands[0].size):
        right = one.by(number)
        for turned in (False, True)[: max(stands[0].ndim, 1)]:
            scale = factor([d.T if turned else d for d in due], right)
            if scale is not None:
                same.append((number, turned, scale))
    ends = {number for number, _, _ in same}
    for source, users in _used_more_than_once(one, ends) if same else ():
        for user in users:
            others = [other for other in users if other != user]
            lost = _Part(one, source, user)
            for number, turned, scale in same:
                seen = [(s.T if turned else s).ravel() for s in stands]
                for use, alone in ((user, False), (others[0], True)):
                    if lost.matters(number) and all(
                        (c := factor([s], [lost.rest(run, number, alone)])) is not None
                        and (same_factor(c, scale) if one.right or s.size == 1 else c / scale > 0)
                        for run, s in enumerate(seen)
                    ):
                        return use
    return None


def _used_more_than_once(one: Judgement, first: Set[int]) -> Iterator[tuple[int, list[int]]]:
    """What is used several times, and its uses; some before the others.

    Parameters that the same code uses again may be meant to be constants there, as in a target
    that is computed by the same network.
    """
    runs, reached = one.runs, one.adjoints[0].reached
    uses = 0
    for source in sorted(reached, key=lambda n: (n not in first, -n)):
        users = [u for u in runs.users[source] if u in reached]
        if source in runs.barrier and len({runs.code(u)[:1] for u in users}) < len(users):
            continue
        uses += len(users)
        if len(users) > 1 and uses <= _MOST_USES:
            yield source, users


class _Part:
    """What comes back from one of the uses of what an operation gave, and what is made of it."""

    def __init__(self, one: Judgement, source: int, user: int) -> None:
        self._one, self._source, self._user = one, source, user
        self._adjoints: dict[int, Adjoint] = {}

    def matters(self, number: int) -> bool:
        """Whether anything of the gradient by what an operation gave comes back by it."""
        return any(np.any(self._of(run, number)) for run in range(len(self._one.runs)))

    def rest(self, run: int, number: int, alone: bool) -> Array:
        """The gradient by what an operation gave without that part, or that part alone.

        Shape: flat.
        """
        whole = self._one.adjoints[run].of(self._one.runs.tables[run], number).ravel()
        return self._of(run, number) if alone else whole - self._of(run, number)

    def _of(self, run: int, number: int) -> Array:
        if run not in self._adjoints:
            self._adjoints[run] = self._adjoint(run)
        return self._adjoints[run].of(self._one.runs.tables[run], number).ravel()

    def _adjoint(self, run: int) -> Adjoint:
        runs, table = self._one.runs, self._one.runs.tables[run]
        operation, given = table.operations[self._user], table.operations[self._source]
        gradient = self._one.adjoints[run].of(table, self._user)
        flat = np.zeros(table.values.size)
        for place, ids in enumerate(operation.ids):
            slope = back(operation.name, table.inputs(self._user), operation.settings,
                         table.result(self._user), gradient, place)  # fmt: skip
            np.add.at(flat, ids.ravel(), np.ravel(slope))
        ids = np.arange(given.start, given.start + given.size)
        return runs.adjoint(run, [(ids, flat[ids])])
