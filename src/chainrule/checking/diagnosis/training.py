"""Judges one step of a network's training."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import IntEnum
from typing import Any

import numpy as np

from chainrule.checking.diagnosis.arguments import Role, readings
from chainrule.checking.diagnosis.assignment import assign
from chainrule.checking.diagnosis.bench import Bench, Setting
from chainrule.checking.diagnosis.blame import Blame
from chainrule.checking.diagnosis.code import fault_of_code
from chainrule.checking.diagnosis.compare import Array, relation, same
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


# What it tells, and how many mistakes it takes to explain what was seen: the least is given.
Verdict = tuple[Tells, int, Finding]


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
    best: tuple[tuple[Tells, int, int], Finding] | None = None
    attempts: list[tuple[Bench, dict[str, Any]]] = [(bench, {}), (bench.square(), {})]
    if gradient is not None and gradient.passed is not True:
        # What train does with gradients can be seen with right ones, in whatever form fits.
        attempts += [(bench, {"grad_loss": form}) for form in _right_gradients(bench, forward)]
    further = bench.methods["train"][2:]
    ways = list(itertools.product(settings, readings(further, bench.spelling.rate.split(".")[-1])))
    for at, returns in attempts:
        for setting, reading in ways:
            tried = _training_in(at, setting, forward, loss, returns, name, reading)
            for place, (tells, mistakes, found) in enumerate(tried):
                if found.passed and tells is not Tells.NO_GRADIENT:
                    return found
                # With no passes nothing moves, which would hide what is wrong.
                key = (tells, mistakes, place)
                if "nothing" not in reading.values() and (best is None or key < best[0]):
                    best = (key, found)
        if best is not None and best[0][0] <= Tells.OWN_CHANGE:
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
) -> list[Verdict]:
    """What comes of a step on one sample, as a vector and as a row, and on all of them."""
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
    slower = replies[len(forms) :]
    return [
        _trained(way, reply, again, forward, loss, name)
        for (way, _, _), reply, again in zip(forms, replies, slower, strict=False)
    ]


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
) -> Verdict:
    problem = reply.problem
    if problem is not None and problem.kind == "TypeError" and not problem.line:
        said = "it could not be called as train(x, y, learning_rate)"
        return Tells.NO_CALL, 0, Finding(name, passed=None, reason=said)
    if problem is not None:
        known = fault_of_code(name, problem)
        if known is None:
            fails = Finding(name, passed=False, problem=problem, reason=f"{name} fails")
            return Tells.FAILURE, 0, fails
        usual = way.labels == "labels"
        return Tells.KNOWN_FAILURE if usual else Tells.FAILURE_OF_OTHER_LABELS, 0, known
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
            return Tells.SHAPE, 0, found
        moved[key] = (before[key] - after) / RATE
        other = spelling.canonical(key, again.state.get(path))
        fixed = fixed and same(other, after, 1e-9)
    own = reply.entered.get("grad_loss")
    gradients = None if own is None else assign(own, spelling)
    if fixed and any(move.any() for move in moved.values()):
        constant = _common_factor(moved, gradients or forward.gradients(bench, way.rows))
        if constant:  # a rate of its own, whatever rate is given
            moved = {key: move / (constant * RATE) for key, move in moved.items()}
    if gradients is not None:
        return _update(before, moved, gradients, spelling, name, way.n)
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
    (1 / RATE**2, ("train-learning-rate",), "- 1 / learning_rate * "),
    (-1 / RATE, ("train-learning-rate", "train-sign"), "+ "),
    (-RATE, ("train-learning-rate", "train-sign"), "+ learning_rate**2 * "),
)


def _update(
    before: Mapping[str, Array],
    moved: Mapping[str, Array],
    gradients: Mapping[str, Array | None],
    spelling: Spelling,
    name: str,
    n: int,
) -> Verdict:
    """The update by the learner's own gradients, parameter by parameter."""
    blames: list[Blame] = []
    for key, move in moved.items():
        own, grad = spelling.own_name(key), gradients.get(key)
        if grad is None:
            continue
        right = f"{own} - learning_rate * grad_{own}"
        if np.squeeze(grad).shape != np.squeeze(move).shape:
            if move.any() and not same(move, _broadcast(grad, move)):
                return Tells.OTHER_CHANGE, 0, _unlike(name, own, move, grad)
            continue
        kept = before[key] - RATE * move  # what the parameter is afterwards
        if grad.any() and any(same(kept, s * RATE * grad, 1e-4) for s in (1, -1)):
            blames.append(Blame("train-step-alone", own, f"learning_rate * grad_{own}", right))
            continue
        texts = (
            (ids, text)
            for factor, ids, text in FACTORS
            for size in dict.fromkeys((1, n))
            if same(move, factor / size * grad, 1e-4)
        )
        ids, text = next(texts, (None, ""))
        if ids is not None:
            blames += [Blame(id_, own, f"{own} {text}grad_{own}", right) for id_ in ids]
        elif move.any():
            return Tells.OTHER_CHANGE, 0, _unlike(name, own, move, grad)
        else:
            blames.append(Blame("train-missing-parameter", own, own, right))
    if blames:
        found = Finding(name, passed=False, blames=_once(blames))
        return Tells.MISTAKES, len(blames), found
    absent = any(gradients.get(key) is None for key in moved)
    return Tells.NO_GRADIENT if absent else Tells.MISTAKES, 0, Finding(name)


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
) -> Verdict:
    """A step with gradients that train computes itself."""
    spelling = way.bench.spelling
    free = None if loss is None else replace(loss, reduction="" if way.n > 1 else loss.reduction)
    explanations = [
        explained(way, {key: move / factor for key, move in moved.items()}, forward, free, RATE)
        for factor, _, _ in FACTORS
    ]
    complete = [
        ((len(ids), found.cost), found, ids, text)
        for found, (_, ids, text) in zip(explanations, FACTORS, strict=True)
        if found.complete
    ]
    if not complete:
        as_it_is = explanations[0]
        key = as_it_is.unexplained[0]
        expected = np.asarray(as_it_is.values[f"grad_{key}"])
        unlike = _unlike(name, spelling.own_name(key), moved[key], expected)
        return Tells.OWN_CHANGE, 0, unlike
    _, found, ids, text = min(complete, key=lambda one: one[0])
    blames = tuple(Blame(id_, "", f"{text}grad", "- learning_rate * grad") for id_ in ids)
    blames += tuple(_in_training(blame_of(m, spelling)) for m in found.mistakes)
    return Tells.MISTAKES, len(blames), Finding(name, passed=not blames, blames=blames)


def _in_training(blame: Blame) -> Blame:
    """A gradient that is zero in training is a parameter that is never updated."""
    if blame.fault != "grad-missing-parameter":
        return blame
    own = blame.quantity.removeprefix("grad_")
    right = f"{own} - learning_rate * grad_{own}"
    return Blame("train-missing-parameter", own, own, right)
