"""Judges the lab's five functions, each on vectors and batches, and far from zero."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from chainrule.checking import chance
from chainrule.checking.diagnosis.blame import Blame
from chainrule.checking.diagnosis.code import blame_for_problem, placed, unjudged
from chainrule.checking.diagnosis.compare import Array, as_array, distance, finite, relation, same
from chainrule.checking.diagnosis.finding import Finding
from chainrule.checking.diagnosis.probes import SQUARE, D, K, N, probabilities, samples
from chainrule.checking.learner.desk import Call, Definition, Desk, Problem, Reply, Request
from chainrule.checking.learner.local import SAME_SHAPE, takes_labels_first
from chainrule.faults import FORMULAS, Wrong, fault
from chainrule.nn.activations import ACTIVATIONS
from chainrule.nn.functions import nll, one_hot, softmax

SMALL = 0.001  # with up to 1e-6 added to it, the loss changes by less than a thousandth
FAR = 1000.0  # where an exponential overflows


@dataclass(frozen=True, eq=False)  # arrays have no single truth value
class Trial:
    """One call of a function, what it should give and what it gave.

    Attributes:
        what: "a batch", "one sample", "a square batch".
        args: of the call.
        expected: the right answer.
        reply: what came of it.
        actual: the array that it returned, None if there is none.
    """

    what: str
    args: tuple[Any, ...]
    expected: Array
    reply: Reply
    actual: Array | None

    def right(self, tolerance: float) -> bool:
        """Whether what it gave is right."""
        return same(self.actual, self.expected, tolerance)


def judge_function(
    desk: Desk, place: int, references: Mapping[str, str]
) -> tuple[Finding, Mapping[str, str]]:
    """Judge one definition of one of the lab's functions.

    Args:
        desk: where the code is.
        place: of the definition in `desk.definitions`.
        references: functions that it may call and that were found wrong, to be replaced.

    Returns:
        What was found, and how to replace this function by a right one in what calls it.
    """
    definition = desk.definitions[place]
    name = definition.name.lower()
    others = {k: v for k, v in references.items() if k != definition.name}
    judge = {"one_hot": _judge_one_hot, "nll": _judge_nll}.get(name, _judge_elementwise)
    found, how = judge(desk, place, {})
    if (found.passed is not True or found.remarks) and others:
        again, how_again = judge(desk, place, others)
        if again.passed or (again.blames and not found.blames):
            found, how = again, how_again
    if found.passed is not True:
        hidden, _ = judge(desk, place, others, hide=True)
        alone = not found.blames or found.faults == ("loss-constant",)
        if alone and hidden.faults == ("reads-notebook-variable",):
            found = hidden
    if found.passed is False and not found.blames and found.problem is None:
        found = _of_one_of_several(desk, place, found)
    if found.passed is False and "" in definition.blanks:
        found = Finding(name, passed=None, blames=(_blame("not-implemented", name),))
    if definition.name != name:  # Softmax
        blames = tuple(dataclasses.replace(b, quantity=definition.name) for b in found.blames)
        found = dataclasses.replace(found, name=definition.name, blames=blames)
    return placed(found, definition), {definition.name: how}


@dataclass(frozen=True)
class _OneOfSeveral:
    """A desk on which a function that returns several things returns one of them."""

    desk: Desk
    place: str

    @property
    def definitions(self) -> Sequence[Definition]:
        return self.desk.definitions

    def ask(self, requests: Sequence[Request]) -> list[Reply]:
        return [
            dataclasses.replace(
                reply, results=tuple({"": r[self.place]} if self.place in r else r
                                     for r in reply.results)
            )
            for reply in self.desk.ask(requests)
        ]  # fmt: skip


def _of_one_of_several(desk: Desk, place: int, found: Finding) -> Finding:
    """What is to be said of a function that returns several things, where one has the right shape.

    That is a mistake, and what is wrong with this one comes after it.
    """
    name = desk.definitions[place].name.lower()
    if name == "one_hot":
        return found
    x = samples(N, D, K, 0).X
    args: tuple[Any, ...] = (samples(N, D, K, 0).t, probabilities(N, K, 0))
    args, shape = (args, ()) if name == "nll" else ((x,), x.shape)
    (reply,) = desk.ask([Request(place, (Call("", args),))])
    parts = reply.results[0] if reply.results else {}
    count = len({path.partition(".")[0] for path in parts})
    fitting = [path for path, part in parts.items()
               if path.isdigit() and part is not None and part.shape == shape]  # fmt: skip
    if count < 2 or not fitting:
        return found
    judge = _judge_nll if name == "nll" else _judge_elementwise
    of_part, _ = judge(_OneOfSeveral(desk, fitting[0]), place, {})
    order = {"0": "first", "1": "second"}.get(fitting[0], "last")
    said = f"{name} returns {count} things; what calls it needs the {order} of them alone"
    reason = f"{said}. And {of_part.reason}" if of_part.reason else said
    return dataclasses.replace(of_part, passed=False, reason=reason, remarks=())


def _try(
    desk: Desk,
    place: int,
    references: Mapping[str, str],
    hide: bool,
    trials: Sequence[tuple[str, tuple[Any, ...], Array]],
) -> list[Trial]:
    replies = desk.ask(
        [
            Request(place, (Call("", args),), references=references, hide=hide)
            for _, args, _ in trials
        ]
    )
    return [
        Trial(what, args, expected, reply, as_array(reply.results[0]) if reply.results else None)
        for (what, args, expected), reply in zip(trials, replies, strict=True)
    ]


def _formula_blame(name: str, trials: Sequence[Trial], tolerance: float) -> Blame | None:
    """The fault of the catalogue that gives what the function gave in every trial."""
    kinds = (name, "loss") if name == "nll" else (name,)
    for id_, formulas in FORMULAS.items():
        for wrong in formulas:
            if wrong.kind in kinds and _explains(wrong.formula, trials, tolerance):
                return _blame(id_, name, wrong)
    return None


def _explains(formula: Callable[..., Any], trials: Sequence[Trial], tolerance: float) -> bool:
    """Whether a wrong formula gives the same as the function, and fails where it fails."""
    seen = False
    for trial in trials:
        try:
            with np.errstate(all="ignore"):
                value = np.asarray(formula(*trial.args))
        except (ValueError, IndexError):  # sizes that do not fit
            if trial.actual is not None:
                return False
            continue
        if trial.actual is None or not same(trial.actual, value, tolerance):
            return False
        seen = seen or not trial.right(tolerance)
    return seen


def _blame(id_: str, name: str, wrong: Wrong | None = None) -> Blame:
    return Blame(id_, name, "" if wrong is None else wrong.text, fault(id_).right)


def _judge_elementwise(
    desk: Desk, place: int, references: Mapping[str, str], *, hide: bool = False
) -> tuple[Finding, str]:
    """softmax, sigmoid, dsigmoid: an array to an array of the same shape."""
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
    *near, away = _try(
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
        blame = _formula_blame(name, returned, tolerance)
        if blame is not None:
            blames.append(blame)
        vector_fails = all(trial.actual is None for trial in vectors)
        known = fine or blame is not None
        if name == "softmax" and known and (vector_fails or blame is None):
            blames.append(_blame("softmax-one-sample-fails", name))
        if not blames:
            return _unexplained(name, [*batches, *vectors], tolerance), ""
    if not blames and finite(away.actual) and not away.right(tolerance):
        return _unexplained(name, [away], tolerance), ""
    overflow = _overflows(name, away)
    remarks: tuple[str, ...] = ()
    if overflow == "sigmoid-overflows" and (name == "dsigmoid" or away.right(tolerance)):
        remarks = () if blames else (overflow,)
    elif overflow and not any(
        b.fault in ("softmax-not-normalised", "sigmoid-sign") for b in blames
    ):
        blames.append(_blame(overflow, name))
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


_TANH = ACTIVATIONS["tanh"]
_OF_TANH: dict[str, tuple[Callable[[Array], Array], ...]] = {
    "sigmoid": (_TANH.function,),
    "dsigmoid": (_TANH.slope_from, _TANH.derivative),
}


def _overflows(name: str, away: Trial) -> str:
    """The id of the fault that shows far from zero, if there is one."""
    if name == "softmax":
        fails = away.reply.problem is not None  # for another reason
        return "" if fails or finite(away.actual) else "softmax-overflows"
    warned = any("overflow" in text or "invalid" in text for text in away.reply.warned)
    return "sigmoid-overflows" if warned or not finite(away.actual) else ""


def _judge_nll(
    desk: Desk, place: int, references: Mapping[str, str], *, hide: bool = False
) -> tuple[Finding, str]:
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
    *trials, at_small, at_zero = _try(desk, place, references, hide, tried)
    stopped = unjudged("nll", definition, [trial.reply for trial in trials])
    if stopped:
        return stopped, "sum"
    how = "sum"
    blames: list[Blame] = []
    for reduction in ("sum", "mean"):
        scaled = [_reduced(trial, reduction) for trial in trials]
        if all(trial.right(1e-5) for trial in scaled):
            how = reduction
            break
    else:
        blames = nll_blames("nll", trials)
        how = "mean" if _looks_mean(blames) else "sum"
        if not blames:
            return _unexplained("nll", trials, 1e-5), how
    if not blames and finite(at_small.actual) and not at_small.right(1e-3):
        said = f"nll is wrong where the true class has a small probability, such as {SMALL}: is a \
probability kept too far off 0?"
        return Finding("nll", passed=False, reason=said, expected=at_small.expected,
                       actual=at_small.actual), how  # fmt: skip
    if not finite(at_zero.actual) and not any(
        b.fault in ("nll-squared-error", "loss-constant", "loss-not-nll") for b in blames
    ):
        blames.append(_blame("nll-log-zero", "nll"))
    shown = next((t for t in trials if not t.right(1e-5)), at_zero)
    return (
        Finding(
            "nll",
            passed=not blames,
            blames=tuple(blames),
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
            return [_blame("loss-constant", name)]
    blame = _formula_blame("nll", trials, 1e-5)
    if blame is not None:
        return [blame]
    turned = [
        dataclasses.replace(t, actual=None if t.actual is None else -t.actual) for t in trials
    ]
    blame = _formula_blame("nll", turned, 1e-5)
    return [] if blame is None else [blame, _blame("nll-sign", name)]


def constant_factor(trials: Sequence[Trial]) -> float:
    """The constant that every loss is off by, 0 if there is none."""
    ratios = [
        float(np.squeeze(trial.actual) / trial.expected)
        for trial in trials
        if trial.actual is not None and trial.actual.size == trial.expected.size == 1
    ]
    if len(ratios) < max(2, len(trials)) or not np.allclose(ratios, ratios[0], rtol=1e-4):
        return 0.0
    return ratios[0]


def _looks_mean(blames: Sequence[Blame]) -> bool:
    return any("len(" in blame.computed or "mean" in blame.computed for blame in blames)


def _reduced(trial: Trial, reduction: str) -> Trial:
    rows = len(trial.args[0]) if np.ndim(trial.args[0]) > 1 and reduction == "mean" else 1
    return dataclasses.replace(trial, expected=trial.expected / rows)


def _judge_one_hot(
    desk: Desk, place: int, references: Mapping[str, str], *, hide: bool = False
) -> tuple[Finding, str]:
    definition = desk.definitions[place]
    taken = [name for name in definition.parameters if not name.startswith("*")]
    required = [name for name in taken if not name.endswith("=")]
    if definition.problem is None and (len(taken) == 1 or len(required) > 2):
        return _one_hot_of_its_own(desk, place, references, hide=hide), ""
    swapped = takes_labels_first(definition.parameters)
    found = _one_hot_in_order(desk, place, references, hide, swapped)
    if found.passed is False and len(taken) >= 2:
        other = _one_hot_in_order(desk, place, references, hide, not swapped)
        if other.passed:
            return other, ""
    return found, ""


def _one_hot_of_its_own(
    desk: Desk, place: int, references: Mapping[str, str], *, hide: bool
) -> Finding:
    """A one_hot that takes something else: labels alone are judged, if one-hot rows come out."""
    definition = desk.definitions[place]
    labels = np.array([4, 0, 5, 2])
    (trial,) = _try(
        desk, place, references, hide, [("labels alone", (labels,), one_hot(6, labels))]
    )
    stopped = unjudged("one_hot", definition, [trial.reply])
    if stopped:
        return stopped
    actual = trial.actual
    if len(definition.parameters) == 1 and actual is not None and actual.ndim == 2:
        for rows in (actual, actual.T):
            classes = rows.shape[1]
            fits = len(rows) == len(labels) and classes > labels.max()
            if fits and same(rows, one_hot(classes, labels), 1e-9):
                return Finding("one_hot")
    reason = "it takes other arguments than the number of classes and the labels"
    return Finding("one_hot", passed=None, reason=reason)


def _one_hot_in_order(
    desk: Desk, place: int, references: Mapping[str, str], hide: bool, swapped: bool
) -> Finding:
    """A one_hot of the number of classes and the labels, or of the labels first if `swapped`."""
    k = 6
    labels = np.array([4, 0, 5, 2])
    single = np.int64(3)

    def call(y: Any) -> tuple[Any, ...]:
        return (y, k) if swapped else (k, y)

    trials = _try(
        desk,
        place,
        references,
        hide,
        [
            ("an array of labels", call(labels), one_hot(k, labels)),
            ("a list of labels", call(labels.tolist()), one_hot(k, labels)),
            ("one label", call(single), one_hot(k, single)),
            ("one label", call(3), one_hot(k, single)),
            ("float labels", call(labels.astype(float)), one_hot(k, labels)),
        ],
    )
    *whole, floats = trials
    stopped = unjudged("one_hot", desk.definitions[place], [trial.reply for trial in whole])
    if stopped:
        return stopped
    wrong = [trial for trial in whole if not trial.right(1e-9)]
    array_alone = whole[0].right(1e-9) and all(trial.actual is None for trial in wrong)
    if wrong and not array_alone:
        first = wrong[0]
        how = "it fails on" if first.actual is None else "the values are wrong for"
        said = "" if first.actual is None else relation(first.actual, first.expected)
        blames = (_blame("one-hot-wrong", "one_hot"),)
        problem = first.reply.problem
        if problem is not None and len(wrong) == len(whole):
            code = blame_for_problem(problem)
            blames = (Blame(code, "one_hot"),) if code else blames
        return Finding(
            "one_hot", passed=False, blames=blames, problem=problem,
            reason=": ".join(filter(None, (f"{how} {first.what}", said))),
            expected=first.expected, actual=first.actual,
        )  # fmt: skip
    remarks: tuple[str, ...] = ("one-hot-needs-array",) if wrong else ()
    remarks += () if floats.right(1e-9) else ("labels-not-integers",)
    return Finding("one_hot", remarks=remarks)


def _unexplained(name: str, trials: Sequence[Trial], tolerance: float) -> Finding:
    """No fault of the catalogue gives these numbers: say what is known."""
    trial = next(t for t in trials if not t.right(tolerance))
    problem: Problem | None = trial.reply.problem
    if problem is not None:
        code = blame_for_problem(problem)
        blames = (Blame(code, name),) if code else ()
        return Finding(name, passed=False, blames=blames, problem=problem,
                       reason=f"{name} fails on {trial.what}",
                       expected=trial.expected)  # fmt: skip
    if trial.actual is None:
        return Finding(name, passed=False, expected=trial.expected,
                       reason=f"{name} of {trial.what} does not return numbers")  # fmt: skip
    factor = constant_factor(trials)
    said = f"it is {factor:.4g} times the right one" if factor else ""
    said = said or relation(trial.actual, trial.expected)
    if np.shape(np.squeeze(trial.actual)) == np.shape(np.squeeze(trial.expected)):
        off = distance(trial.actual, trial.expected)
        said = f"{said}; {off}" if said else off
    return Finding(
        name, passed=False, expected=trial.expected, actual=trial.actual,
        reason=f"{name} of {trial.what} is wrong: {said}",
    )  # fmt: skip
