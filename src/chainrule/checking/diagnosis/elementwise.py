"""Judges softmax, sigmoid and dsigmoid: an array to an array of the same shape."""

from collections.abc import Mapping, Sequence

import numpy as np

from chainrule.checking import chance
from chainrule.checking.diagnosis.blame import Blame, catalogued
from chainrule.checking.diagnosis.code import unjudged
from chainrule.checking.diagnosis.compare import as_array, finite, same
from chainrule.checking.diagnosis.finding import Finding
from chainrule.checking.diagnosis.probes import SQUARE, D, K, N
from chainrule.checking.diagnosis.trial import (
    Trial,
    formula_blame,
    is_replaced,
    make_trials,
    unexplained_trials,
)
from chainrule.checking.learner.desk import Call, Desk, Request
from chainrule.checking.learner.local import SAME_SHAPE
from chainrule.nn.activations import ACTIVATIONS
from chainrule.nn.functions import softmax

FAR = 1000.0  # where an exponential overflows
_TOLERANCE = 1e-5
_BATCHES, _ROWS = 2, 4  # the first trials are batches, and with the next ones all rows of samples
_FINITE_ELSEWHERE = (  # overflow far from zero tells less
    *("softmax-not-normalised", "softmax-not-exp", "sigmoid-sign", "sigmoid-parentheses"),
)
_OTHERS = {name: ACTIVATIONS[name] for name in ("tanh", "relu", "leaky-relu")}


def judge_elementwise(
    desk: Desk, place: int, references: Mapping[str, str], *, hide: bool = False
) -> Finding:
    """Judge one definition of softmax, sigmoid or dsigmoid, as `judge_function` has it."""
    name = desk.definitions[place].name.lower()
    *near, away = _trials(desk, place, references, hide)
    stopped = unjudged(name, desk.definitions[place], [trial.reply for trial in near])
    read_otherwise = stopped or _meant_otherwise(desk, place, near)
    if read_otherwise is not None:
        return read_otherwise
    wrong = [trial for trial in near[:_ROWS] if not trial.right(_TOLERANCE)]
    singles = near[_BATCHES:_ROWS]
    first_step = (
        name == "softmax" and is_replaced(desk, place) and not any(t in wrong for t in singles)
    )
    remarks = ("batch-fails",) if wrong and first_step else ()
    wrong = [] if remarks else wrong
    blames = _blames(name, near) if wrong else []
    if wrong and not blames:
        return unexplained_trials(name, near[:_ROWS], _TOLERANCE)
    if not blames and not remarks and finite(away.actual) and not away.right(_TOLERANCE):
        return unexplained_trials(name, [away], _TOLERANCE)
    overflow = _overflows(name, away)
    right_away = name == "dsigmoid" or away.right(_TOLERANCE)
    if overflow == "sigmoid-overflows" and right_away:
        if not blames:
            return Finding(name, remarks=(overflow,))
    elif overflow and not any(blame.fault in _FINITE_ELSEWHERE for blame in blames):
        blames.append(catalogued(overflow, name))
    if not blames:
        return Finding(name, remarks=remarks)
    shown = min(wrong, key=lambda t: t.expected.size, default=away)
    problem = next((t.reply.problem for t in [*near, away] if t.reply.problem), None)
    return Finding(name, passed=False, blames=tuple(blames), problem=problem,
                   expected=shown.expected, actual=shown.actual)  # fmt: skip


def _trials(desk: Desk, place: int, references: Mapping[str, str], hide: bool) -> list[Trial]:
    """What came of batches, of single samples, where sizes are equal, and far from zero."""
    reference = SAME_SHAPE[desk.definitions[place].name.lower()]
    rng = chance.generator(3)
    inputs = [
        ("a batch", rng.normal(scale=1.5, size=(N, D))),
        ("a batch", rng.normal(scale=0.7, size=(N - 2, K))),
        ("one sample", rng.normal(scale=1.5, size=D)),
        ("one sample", rng.normal(scale=0.7, size=K)),
        ("a square batch", rng.normal(size=(SQUARE, SQUARE))),
    ]
    far = np.array(
        [
            [FAR, 0.0, -FAR, 1.0, 2.0],
            [-FAR, -FAR + 1, -FAR, 2.0, 3.0],
            [1.0, FAR, FAR, -FAR, 0.0],
            [FAR, FAR - 1, 0.0, 0.0, 0.0],
        ]
    )
    inputs.append(("rows far from zero", far))
    calls = [(what, (x,), reference(x)) for what, x in inputs]
    return make_trials(desk, place, references, hide, calls)


def _blames(name: str, near: Sequence[Trial]) -> list[Blame]:
    """The faults of the catalogue that give what came of samples near zero."""
    batches, vectors = near[:_BATCHES], near[_BATCHES:_ROWS]
    returned = [t for t in near if t.actual is not None or t not in vectors]
    blame = formula_blame(name, returned, _TOLERANCE)
    blames = [] if blame is None else [blame]
    if blame is None and name == "softmax":
        blames += _blame_of_rows(returned)
    known = blames or all(trial.right(_TOLERANCE) for trial in batches)
    vector_fails = all(trial.actual is None for trial in vectors)
    if name == "softmax" and known and (vector_fails or not blames):
        blames.append(catalogued("softmax-one-sample-fails", name))
    return blames


def _blame_of_rows(trials: Sequence[Trial]) -> list[Blame]:
    """What is wrong in a softmax by what its rows are, whatever formula it has.

    Rows that are the right ones but for a factor of each were divided by something else than their
    sum; rows that sum to 1 and are not the right ones are not made of exponentials.
    """
    rows = [(t.actual, t.expected) for t in trials if t.actual is not None]
    fit = rows and all(a.shape == e.shape and a.dtype.kind == "f" and finite(a) for a, e in rows)
    right = all(same(a, e, _TOLERANCE) for a, e in rows)
    if not fit or right or not all(a.any() for a, _ in rows):
        return []
    with np.errstate(all="ignore"):
        if all(np.ptp(a / e, axis=-1).max() <= 1e-4 * np.abs(a / e).max() for a, e in rows):
            return [catalogued("softmax-not-normalised", "softmax")]
        sums = all(np.allclose(a.sum(axis=-1), 1, rtol=0, atol=_TOLERANCE) for a, _ in rows)
    return [catalogued("softmax-not-exp", "softmax")] if sums else []


def _is_of_columns(desk: Desk, place: int, near: Sequence[Trial]) -> bool:
    """Whether it is the softmax of columns, in a file whose samples are columns."""
    of_columns = (
        desk.definitions[place].columns and desk.definitions[place].name.lower() == "softmax"
    )
    batches = [t for t in near if t.what != "one sample"]
    return of_columns and all(same(t.actual, softmax(t.args[0].T).T) for t in batches)


def _meant_otherwise(desk: Desk, place: int, near: Sequence[Trial]) -> Finding | None:
    """The finding on a function that has the name of one of the lab's, and is right as another."""
    name = desk.definitions[place].name.lower()
    if _is_of_columns(desk, place, near):
        note = "It is right for samples that are columns, as the file has them."
        return Finding(name, note=note)
    for other, f in _OTHERS.items() if name != "softmax" else ():
        formulas = (f.function,) if name == "sigmoid" else (f.slope_from, f.derivative)
        if any(all(same(t.actual, formula(t.args[0])) for t in near) for formula in formulas):
            is_ = other if name == "sigmoid" else f"the slope of {other}"
            return Finding(name, passed=None, reason=f"this is {is_}, under another name")
    if name == "softmax" or any(t.actual is not None for t in near):
        return None
    numbers = (-2.5, -0.3, 0.0, 1.0, 4.0)
    replies = desk.ask([Request(place, (Call("", (number,)),)) for number in numbers])
    actual = [as_array(reply.results[0]) if reply.results else None for reply in replies]
    right = [np.asarray(SAME_SHAPE[name](np.asarray(number))) for number in numbers]
    if not all(map(same, actual, right)):
        return None
    reason = "it is right for one number at a time, and takes no arrays"
    return Finding(name, passed=None, reason=reason)


def _overflows(name: str, away: Trial) -> str:
    """The id of the fault that shows far from zero, if there is one."""
    if name == "softmax":
        fails = away.reply.problem is not None  # for another reason
        return "" if fails or finite(away.actual) else "softmax-overflows"
    warned = any("overflow" in text or "invalid" in text for text in away.reply.warned)
    return "sigmoid-overflows" if warned or not finite(away.actual) else ""
