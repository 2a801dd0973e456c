"""Judges softmax, sigmoid and dsigmoid: an array to an array of the same shape."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from chainrule.checking import chance
from chainrule.checking.diagnosis.blame import Blame, catalogued
from chainrule.checking.diagnosis.code import unjudged
from chainrule.checking.diagnosis.compare import Array, as_array, finite, same
from chainrule.checking.diagnosis.finding import Finding
from chainrule.checking.diagnosis.probes import SQUARE, D, K, N
from chainrule.checking.diagnosis.trial import (
    Trial,
    formula_blame,
    make_trials,
    unexplained_trials,
)
from chainrule.checking.learner.desk import Call, Desk, Request
from chainrule.checking.learner.local import SAME_SHAPE
from chainrule.nn.activations import ACTIVATIONS
from chainrule.nn.functions import softmax

FAR = 1000.0  # where an exponential overflows
_TANH = ACTIVATIONS["tanh"]
_OF_TANH: dict[str, tuple[Callable[[Array], Array], ...]] = {
    "sigmoid": (_TANH.function,),
    "dsigmoid": (_TANH.slope_from, _TANH.derivative),
}


def judge_elementwise(
    desk: Desk, place: int, references: Mapping[str, str], *, hide: bool = False
) -> tuple[Finding, str]:
    """Judge one definition of softmax, sigmoid or dsigmoid, as `judge_function` has it."""
    name = desk.definitions[place].name.lower()
    reference = SAME_SHAPE[name]
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
    *near, away = make_trials(
        desk,
        place,
        references,
        hide,
        [
            *((what, (x,), reference(x)) for what, x in inputs),
            ("rows far from zero", (far,), reference(far)),
        ],
    )
    stopped = unjudged(name, desk.definitions[place], [trial.reply for trial in near])
    if stopped:
        return stopped, ""
    if _is_of_columns(desk, place, near):
        note = "It is right for samples that are columns, as the file has them."
        return Finding(name, note=note), ""
    meant = _meant_otherwise(desk, place, near)
    if meant:
        return Finding(name, passed=None, reason=meant), ""
    blames: list[Blame] = []
    batches, vectors = near[:2], near[2:4]
    tolerance = 1e-5
    fine = all(trial.right(tolerance) for trial in batches)
    if not fine or not all(trial.right(tolerance) for trial in vectors):
        returned = [t for t in near if t.actual is not None or t not in vectors]
        blame = formula_blame(name, returned, tolerance)
        if blame is not None:
            blames.append(blame)
        vector_fails = all(trial.actual is None for trial in vectors)
        known = fine or blame is not None
        if name == "softmax" and known and (vector_fails or blame is None):
            blames.append(catalogued("softmax-one-sample-fails", name))
        if not blames:
            return unexplained_trials(name, [*batches, *vectors], tolerance), ""
    if not blames and finite(away.actual) and not away.right(tolerance):
        return unexplained_trials(name, [away], tolerance), ""
    overflow = _overflows(name, away)
    remarks: tuple[str, ...] = ()
    if overflow == "sigmoid-overflows" and (name == "dsigmoid" or away.right(tolerance)):
        remarks = () if blames else (overflow,)
    elif overflow and not any(
        b.fault in ("softmax-not-normalised", "sigmoid-sign") for b in blames
    ):
        blames.append(catalogued(overflow, name))
    wrong = [t for t in [*batches, *vectors] if not t.right(tolerance)]
    shown = min(wrong, key=lambda t: t.expected.size, default=away)
    problem = next((t.reply.problem for t in [*near, away] if t.reply.problem), None)
    return (
        Finding(
            name,
            passed=not blames,
            blames=tuple(blames),
            remarks=remarks,
            problem=problem if blames else None,
            expected=shown.expected if blames else None,
            actual=shown.actual if blames else None,
        ),
        "",
    )


def _is_of_columns(desk: Desk, place: int, near: Sequence[Trial]) -> bool:
    """Whether it is the softmax of columns, in a file whose samples are columns."""
    of_columns = (
        desk.definitions[place].columns and desk.definitions[place].name.lower() == "softmax"
    )
    batches = [t for t in near if t.what != "one sample"]
    return of_columns and all(same(t.actual, softmax(t.args[0].T).T) for t in batches)


def _meant_otherwise(desk: Desk, place: int, near: Sequence[Trial]) -> str:
    """Why a function is none of the lab's, though it has the name of one; "" if it may be one."""
    name = desk.definitions[place].name.lower()
    others = _OF_TANH.get(name, ())
    if any(all(same(t.actual, formula(t.args[0])) for t in near) for formula in others):
        return (
            f"this is {'tanh' if name == 'sigmoid' else 'the slope of tanh'}, under another name"
        )
    if name == "softmax" or any(t.actual is not None for t in near):
        return ""
    numbers = (-2.5, -0.3, 0.0, 1.0, 4.0)
    replies = desk.ask([Request(place, (Call("", (number,)),)) for number in numbers])
    actual = [as_array(reply.results[0]) if reply.results else None for reply in replies]
    right = [np.asarray(SAME_SHAPE[name](np.asarray(number))) for number in numbers]
    if not all(map(same, actual, right)):
        return ""
    return "it is right for one number at a time, and takes no arrays"


def _overflows(name: str, away: Trial) -> str:
    """The id of the fault that shows far from zero, if there is one."""
    if name == "softmax":
        fails = away.reply.problem is not None  # for another reason
        return "" if fails or finite(away.actual) else "softmax-overflows"
    warned = any("overflow" in text or "invalid" in text for text in away.reply.warned)
    return "sigmoid-overflows" if warned or not finite(away.actual) else ""
