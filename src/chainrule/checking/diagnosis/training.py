"""Judges one step of a network's training."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np

from chainrule.checking.diagnosis.arguments import Role, readings
from chainrule.checking.diagnosis.assignment import assign
from chainrule.checking.diagnosis.bench import Bench, Setting
from chainrule.checking.diagnosis.blame import Blame
from chainrule.checking.diagnosis.code import fault_of_code
from chainrule.checking.diagnosis.compare import Array, relation, same
from chainrule.checking.diagnosis.explain import Explanation
from chainrule.checking.diagnosis.finding import Finding
from chainrule.checking.diagnosis.forward import ForwardPass, blame_of
from chainrule.checking.diagnosis.gradients import Try, explained
from chainrule.checking.diagnosis.loss import Loss
from chainrule.checking.diagnosis.spelling import Spelling
from chainrule.checking.learner.desk import Call, Reply

RATE = 0.4  # large, so that weights used after their own update show


class Tells(IntEnum):
    """What can be said of one way of calling `train`, that which tells most first."""

    MISTAKES = 0
    OTHER_CHANGE = 1
    OWN_CHANGE = 2
    NO_GRADIENT = 3  # it is right as far as there are gradients
    KNOWN_FAILURE = 4
    SHAPE = 5
    FAILURE = 6
    FAILURE_OF_OTHER_LABELS = 7
    NO_CALL = 8


class Weight(NamedTuple):
    """How far a verdict on `train` stands behind others: the least is given.

    Attributes:
        tells: what it can say.
        mistakes: how many it takes to explain what was seen.
        place: of the way of calling it among the others, the likeliest first.
    """

    tells: Tells
    mistakes: int = 0
    place: int = 0


def judge_training(
    bench: Bench,
    settings: Sequence[Setting],
    forward: ForwardPass,
    loss: Loss | None,
    gradient: Finding | None,
    name: str,
) -> Finding:
    """Judge one step of `train`: the parameters less the rate times the gradient.

    A `train` that calls the learner's `grad_loss` is judged on what that returned; one that
    computes gradients of its own is judged like `grad_loss`.
    """
    best: tuple[Weight, Finding] | None = None
    attempts: list[tuple[Bench, dict[str, Any]]] = [(bench, {}), (bench.square(), {})]
    if gradient is not None and gradient.passed is not True:
        # What train does with gradients can be seen with right ones, in whatever form fits.
        attempts += [(bench, {"grad_loss": form}) for form in _right_gradients(bench, forward)]
    further = bench.methods["train"][2:]
    ways = list(itertools.product(settings, readings(further, bench.spelling.rate.split(".")[-1])))
    for at, returns in attempts:
        for setting, reading in ways:
            for weight, found in _training_in(at, setting, forward, loss, returns, name, reading):
                if found.passed and weight.tells is not Tells.NO_GRADIENT:
                    return found
                # With no passes nothing moves, which would hide what is wrong.
                if "nothing" not in reading.values() and (best is None or weight < best[0]):
                    best = (weight, found)
        if best is not None and best[0].tells <= Tells.OWN_CHANGE:
            break
    if best is None:
        return Finding(name, passed=None, reason="it could not be called")
    return best[1]


def _training_in(
    bench: Bench,
    setting: Setting,
    forward: ForwardPass,
    loss: Loss | None,
    returns: Mapping[str, Any],
    name: str,
    reading: Mapping[str, Role],
) -> list[tuple[Weight, Finding]]:
    data = bench.samples
    x, y, t = data.X[0], data.y[0], data.t[0]
    forms: list[tuple[Try, Any, Any]] = []
    one = slice(0, 1)
    for labels, vector, row in (("labels", y, data.y[one]), ("one-hot", t, data.t[one])):
        forms.append((Try(bench, one, True, labels), x, vector))
        forms.append((Try(bench, one, True, labels), data.X[one], row))
        whole = data.y if labels == "labels" else data.t
        if not returns:
            forms.append((Try(bench, slice(None), False, labels), data.X, whole))
    requests = [
        bench.request(
            setting,
            _train_call(reading, a, b, rate),
            rate=None if "rate" in reading.values() else rate,
            want_state=True,
            returns=returns,
        )
        for rate in (RATE, RATE / 2)
        for _, a, b in forms
    ]
    replies = bench.desk.ask(requests)
    results = [
        _trained(way, reply, again, forward, loss, name)
        for (way, _, _), reply, again in zip(
            forms, replies[: len(forms)], replies[len(forms) :], strict=True
        )
    ]
    return [(weight._replace(place=i), found) for i, (weight, found) in enumerate(results)]


def _right_gradients(bench: Bench, forward: ForwardPass) -> list[Any]:
    """The right gradients of the first sample, in the forms in which learners return them."""
    paths = bench.spelling.paths
    state = bench.spelling.state(forward.gradients(bench, slice(0, 1)))
    W = [state[path] for name, path in paths.items() if name.startswith("W")]
    b = [state[path] for name, path in paths.items() if name.startswith("b")]
    last = {path.split(".")[-1]: array for path, array in state.items()}
    nested: dict[str, dict[str, Array]] = {}
    for path, array in state.items():
        *owner, key = path.split(".")
        nested.setdefault(".".join(owner), {})[key] = array
    return [
        last,
        tuple(state.values()),
        list(zip(W, b, strict=False)),
        (W, b),
        tuple(nested.values()),
        {"d" + key: array for key, array in last.items()},
        {"grad_" + key: array for key, array in last.items()},
    ]


def _train_call(reading: Mapping[str, Role], x: Any, y: Any, rate: float) -> Call:
    """A call of `train`; what comes after an argument that keeps its default goes by name."""
    n = max(1, len(np.atleast_1d(y)) if np.ndim(x) > 1 else 1)
    values = {"rate": rate, "count": 1, "batch": n, "nothing": 0, "inputs": x, "labels": y}
    args, named = [x, y], {}
    skipped = False
    for name, role in reading.items():
        if role == "default":
            skipped = True
        elif skipped:
            named[name.rstrip("=")] = values[role]
        else:
            args.append(values[role])
    return Call("train", tuple(args), tuple(named.items()))


def _trained(
    way: Try, reply: Reply, again: Reply, forward: ForwardPass, loss: Loss | None, name: str
) -> tuple[Weight, Finding]:
    if reply.problem is not None and reply.problem.kind == "TypeError" and not reply.problem.line:
        said = "it could not be called as train(x, y, learning_rate)"
        return Weight(Tells.NO_CALL), Finding(name, passed=None, reason=said)
    if reply.problem is not None:
        known = fault_of_code(name, reply.problem)
        if known is not None:
            usual = way.labels == "labels"
            tells = Tells.KNOWN_FAILURE if usual else Tells.FAILURE_OF_OTHER_LABELS
            return Weight(tells), known
        return Weight(Tells.FAILURE), Finding(
            name, passed=False, problem=reply.problem, reason=f"{name} fails"
        )
    bench = way.bench
    spelling, before = bench.spelling, bench.parameters
    moved: dict[str, Array] = {}
    fixed = again.problem is None
    for key, path in spelling.paths.items():
        after = spelling.canonical(key, reply.state.get(path))
        if after is None or after.shape != before[key].shape:
            got = "nothing" if after is None else f"shape {after.shape}"
            said = f"{name} leaves {spelling.own_name(key)} with {got} in place of shape "
            found = Finding(name, passed=False, reason=f"{said}{before[key].shape}")
            return Weight(Tells.SHAPE), found
        moved[key] = (before[key] - after) / RATE
        other = spelling.canonical(key, again.state.get(path))
        fixed = fixed and other is not None and same(other, after, 1e-9)
    own = reply.entered.get("grad_loss")
    gradients = None if own is None else assign(own, spelling)
    if fixed and any(move.any() for move in moved.values()):
        right = gradients or forward.gradients(bench, way.rows)
        constant = _common_factor(moved, right)
        if constant:  # a rate of its own, whatever rate is given
            moved = {key: move / (constant * RATE) for key, move in moved.items()}
    if gradients is not None:
        return _update(moved, gradients, spelling, name, way.n)
    return _own_training(way, moved, forward, loss, name)


def _common_factor(
    moved: Mapping[str, Array], gradients: Mapping[str, Array | None]
) -> float | None:
    """The number by which the output biases moved, of their gradient; None if there is none."""
    for key in ("b_o", "W_o"):
        grad, move = gradients.get(key), moved.get(key)
        if grad is not None and move is not None and np.size(grad) == move.size and grad.any():
            flat, by = np.ravel(grad), np.ravel(move)
            place = int(np.abs(flat).argmax())
            factor = float(by[place] / flat[place])
            if factor and same(by, factor * flat, 1e-4):
                return factor
    return None


FACTORS = (
    (1.0, (), ""),
    (-1.0, ("train-sign",), "+ learning_rate * "),
    (1 / RATE, ("train-learning-rate",), "- "),
    (RATE, ("train-learning-rate",), "- learning_rate**2 * "),
    (-1 / RATE, ("train-learning-rate", "train-sign"), "+ "),
    (-RATE, ("train-learning-rate", "train-sign"), "+ learning_rate**2 * "),
)


def _update(
    moved: Mapping[str, Array],
    gradients: Mapping[str, Array | None],
    spelling: Spelling,
    name: str,
    n: int,
) -> tuple[Weight, Finding]:
    """The update by the learner's own gradients, parameter by parameter."""
    blames: list[Blame] = []
    for key, move in moved.items():
        own = spelling.own_name(key)
        grad = gradients.get(key)
        right = f"{own} - learning_rate * grad_{own}"
        fitting = np.squeeze(grad).shape == np.squeeze(move).shape if grad is not None else False
        if grad is None or not fitting:
            if move.any() and grad is not None and not same(move, _broadcast(grad, move)):
                return Weight(Tells.OTHER_CHANGE), _unlike(name, own, move, grad)
            continue
        choices = [
            (f / m, ids, text) for f, ids, text in FACTORS for m in ((1, n) if n > 1 else (1,))
        ]
        for factor, ids, text in choices:
            if same(move, factor * grad, 1e-4):
                blames += [Blame(id_, own, f"{own} {text}grad_{own}", right) for id_ in ids]
                break
        else:
            if not move.any():
                blames.append(Blame("train-missing-parameter", own, own, right))
            else:
                return Weight(Tells.OTHER_CHANGE), _unlike(name, own, move, grad)
    if not blames:
        absent = any(gradients.get(key) is None for key in moved)
        return Weight(Tells.NO_GRADIENT if absent else Tells.MISTAKES), Finding(name)
    weight = Weight(Tells.MISTAKES, len(blames))
    return weight, Finding(name, passed=False, blames=_once(blames))


def _broadcast(grad: Array, move: Array) -> Array | None:
    try:
        return np.broadcast_to(grad, move.shape)
    except ValueError:
        return None


def _once(blames: Sequence[Blame]) -> tuple[Blame, ...]:
    """The first of each fault, but every parameter that is left out."""
    found: list[Blame] = []
    for blame in blames:
        again = any(b.fault == blame.fault for b in found)
        if not again or blame.fault == "train-missing-parameter":
            found.append(blame)
    return tuple(found)


def _unlike(name: str, own: str, move: Array, grad: Array) -> Finding:
    said = relation(move, grad) or "no simple relation holds"
    return Finding(
        name, passed=False, expected=grad, actual=move,
        reason=f"{name} does not change {own} by learning_rate times its gradient: compare the "
        f"change, divided by the learning rate, with the gradient; {said}",
    )  # fmt: skip


def _own_training(
    way: Try, moved: Mapping[str, Array], forward: ForwardPass, loss: Loss | None, name: str
) -> tuple[Weight, Finding]:
    """A step with gradients that train computes itself."""
    best: tuple[tuple[int, tuple[int, int, int]], int, tuple[Blame, ...]] | None = None
    spelling = way.bench.spelling
    free = None if loss is None else replace(loss, reduction="" if way.n > 1 else loss.reduction)
    unexplained: Explanation | None = None
    for factor, ids, text in FACTORS:
        gradients = {key: move / factor for key, move in moved.items()}
        found = explained(way, gradients, forward, free, RATE)
        if found.unexplained:
            if factor == 1.0:
                unexplained = found
            continue
        extra = tuple(Blame(id_, "", f"{text}grad", "- learning_rate * grad") for id_ in ids)
        blames = extra + tuple(_in_training(blame_of(m, spelling)) for m in found.mistakes)
        fewest = (len(ids), found.cost)
        if best is None or fewest < best[0]:
            best = (fewest, len(ids) + len(found.mistakes), blames)
    if best is not None:
        _, count, blames = best
        return Weight(Tells.MISTAKES, count), Finding(name, passed=not blames, blames=blames)
    assert unexplained is not None
    key = unexplained.unexplained[0]
    expected = np.asarray(unexplained.values[f"grad_{key}"])
    return Weight(Tells.OWN_CHANGE), _unlike(name, spelling.own_name(key), moved[key], expected)


def _in_training(blame: Blame) -> Blame:
    """A gradient that is zero in training is a parameter that is never updated."""
    if blame.fault != "grad-missing-parameter":
        return blame
    own = blame.quantity.removeprefix("grad_")
    right = f"{own} - learning_rate * grad_{own}"
    return Blame("train-missing-parameter", own, own, right)
