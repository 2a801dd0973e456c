"""Judges what the lab asks for around the networks: a loop, a slope, a look at the worst.

Each is given a right model, and what it does is compared with what is right and with what one is
likely to do instead.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.checking import chance
from chainrule.checking.diagnosis.blame import Blame
from chainrule.checking.diagnosis.code import blame_for_problem, placed, unjudged
from chainrule.checking.diagnosis.compare import Array, as_array, relation, same
from chainrule.checking.diagnosis.finding import Finding
from chainrule.checking.diagnosis.probes import D, K, N
from chainrule.checking.learner.desk import Call, Desk, Request, RightModel
from chainrule.checking.learner.lab_model import LabModel
from chainrule.nn.functions import one_hot

RATE = 0.3  # large, so that what is done with it shows
STEP = 1e-2  # the same: with a small one, a difference on one side would look right
WORST = 4


@dataclass(frozen=True)
class Guess:
    """What one is likely to do instead of what is right.

    Attributes:
        outcome: what would come of it, `(...)`.
        said: the mistake in words, as the end of a sentence that begins with the function's name.
        blame: the mistake, if it is one of the catalogue.
    """

    outcome: Array
    said: str = ""
    blame: Blame | None = None


@dataclass(frozen=True)
class Case:
    """One call, what should come of it, and what may come of it instead.

    Attributes:
        args: of the call.
        expected: the right outcome, in one array.
        guesses: wrong ones, the likeliest first.
        of_state: whether the outcome is what the model's parameters are afterwards, W and b in
            one array, rather than what is returned.
    """

    args: tuple[Any, ...]
    expected: Array
    guesses: Sequence[Guess]
    of_state: bool = False


def judge_exercise(desk: Desk, place: int, references: Mapping[str, str]) -> Finding:
    """Judge one of the lab's further functions.

    Args:
        desk: where the code is.
        place: of the definition in `desk.definitions`.
        references: functions that it may call and that were found wrong, to be replaced.
    """
    definition = desk.definitions[place]
    name = definition.name
    cases = _CASES[name]()
    replies = desk.ask(
        [
            Request(place, (Call("", case.args),), references=references, want_state=True)
            for case in cases
        ]
    )
    # What a loop returns says nothing of it.
    looked_at = [
        replace(r, results=()) if c.of_state else r for c, r in zip(cases, replies, strict=True)
    ]
    stopped = unjudged(name, definition, looked_at)
    if stopped:
        return placed(stopped, definition)
    problem = next((reply.problem for reply in replies if reply.problem is not None), None)
    if problem is not None:
        code = blame_for_problem(problem)
        blames = (Blame(code, name),) if code else ()
        return placed(Finding(name, passed=False, blames=blames, problem=problem), definition)
    actual = [
        _parameters(reply.state) if case.of_state else as_array(reply.results[0])
        for case, reply in zip(cases, replies, strict=True)
    ]
    if all(map(same, actual, (case.expected for case in cases))):
        states = [_parameters(reply.state) for reply in replies]
        return placed(_of_right_numbers(name, cases, actual, states), definition)
    return placed(_wrong(name, cases, actual), definition)


def _of_right_numbers(
    name: str,
    cases: Sequence[Case],
    actual: Sequence[Array | None],
    states: Sequence[Array | None],
) -> Finding:
    """Whether what comes with the right numbers is right as well: their form, and the model."""
    said = ""
    for case, got, state in zip(cases, actual, states, strict=True):
        assert got is not None
        if case.of_state:
            continue
        if not same(state, _flat(case.args[0])):
            said = "leaves the model changed: put back what it moves"
        elif got.shape != case.expected.shape:
            wanted = f"shape {case.expected.shape}" if case.expected.ndim else "a plain number"
            said = f"gives them in shape {got.shape}, where {wanted} is asked for"
        elif case.expected.dtype.kind == "i" and got.dtype.kind == "f":
            said = "gives them as decimals, such as 3.0; as places in an array they must be whole"
    reason = f"{name} finds the right numbers, but {said}" if said else ""
    return Finding(name, passed=not said, reason=reason)


def _wrong(name: str, cases: Sequence[Case], actual: Sequence[Array | None]) -> Finding:
    shown = next(i for i, case in enumerate(cases) if not same(actual[i], case.expected))
    expected, got = cases[shown].expected, actual[shown]
    for place, guess in enumerate(cases[0].guesses):
        if all(
            same(a, case.guesses[place].outcome) for a, case in zip(actual, cases, strict=True)
        ):
            blames = () if guess.blame is None else (guess.blame,)
            reason = f"{name} {guess.said}" if guess.said else ""
            return Finding(name, passed=False, blames=blames, reason=reason,
                           expected=expected, actual=got)  # fmt: skip
    if got is None:
        said = f"{name} does not return one array of numbers"
    else:
        said = f"{name} gives other numbers than it should"
        how = relation(got, expected)
        said += f": {how}" if how else ""
    return Finding(name, passed=False, reason=said, expected=expected, actual=got)


def _parameters(state: Mapping[str, Array | None]) -> Array | None:
    W, b = state.get("W"), state.get("b")
    return None if W is None or b is None else np.concatenate([np.ravel(W), np.ravel(b)])


def _flat(model: RightModel) -> Array:
    return np.concatenate([model.W.ravel(), model.b])


def _model_and_samples(
    seed: int, n: int = N, k: int = K
) -> tuple[RightModel, Array, NDArray[np.int64]]:
    """A model with parameters `(D, K)` and `(K,)`, samples `(N, D)` and labels `(N,)`."""
    rng = chance.generator(4, seed)
    given = RightModel(rng.normal(size=(D, k)), rng.normal(size=k))
    return given, rng.normal(size=(n + seed, D)), rng.integers(k, size=n + seed)


def _made(given: RightModel) -> LabModel:
    return LabModel(given.W.copy(), given.b.copy())


# train_epoch


def _epochs() -> list[Case]:
    return [_epoch(seed) for seed in (0, 1)]


def _epoch(seed: int) -> Case:
    given, X, y = _model_and_samples(seed)
    n = len(X)
    one_each = [slice(i, i + 1) for i in range(n)]

    def after(
        batches: Sequence[slice],
        rates: tuple[float, float] = (RATE, RATE),
        *,
        labels: bool = False,
    ) -> Array:
        """Parameters after a step for each batch, with rates of their own for W and b."""
        model = _made(given)
        for batch in batches:
            t = y[batch] if labels else one_hot(K, y[batch])
            grad_W, grad_b = model.grad_loss(X[batch], t, model.forward(X[batch]))
            model.W -= rates[0] * grad_W
            model.b -= rates[1] * grad_b
        return _flat(RightModel(model.W, model.b))

    step_W, step_b = (f"model.{name} -= learning_rate * grad_{name}" for name in "Wb")
    both = f"{step_W}; {step_b}"
    guesses = [
        Guess(after(one_each, (-RATE, -RATE)), "", Blame("train-sign", "W and b", "", both)),
        Guess(after(one_each, (-RATE, RATE)), "", Blame("train-sign", "W", "", step_W)),
        Guess(after(one_each, (RATE, -RATE)), "", Blame("train-sign", "b", "", step_b)),
        Guess(after(one_each, (RATE, 0)), "", Blame("train-missing-parameter", "b", "", step_b)),
        Guess(after(one_each, (0, RATE)), "", Blame("train-missing-parameter", "W", "", step_W)),
        Guess(after(one_each, (1, 1)), "", Blame("train-learning-rate", "W and b", "", both)),
        Guess(
            after(one_each, (RATE / n, RATE / n)),
            "",
            Blame("train-learning-rate", "W and b", "", both),
        ),
        Guess(
            after(one_each, labels=True),
            "gives `grad_loss` labels, where it takes one-hot rows: `one_hot` makes them",
        ),
        Guess(
            after([]),
            "leaves the model as it was: `model.W` and `model.b` themselves must "
            "change, not copies of them",
        ),
        Guess(
            after([slice(0, n)]),
            "goes by what the model said at first: the predictions are taken once, before the "
            "loop, or one step is taken for all samples together. After each step the model "
            "says something else",
        ),
        Guess(
            after([slice(0, n)], (RATE / n, RATE / n)),
            "takes one step with the mean over all samples, where "
            "one step for each sample is asked for",
        ),
        Guess(
            after(one_each[:1]),
            "takes a step for the first sample only: is the `return`, or a "
            "part of the loop, indented wrongly?",
        ),
        Guess(
            after(one_each[-1:]),
            "takes a step for the last sample only: is a part of the loop indented wrongly?",
        ),
        Guess(after(one_each[:-1]), "leaves out the last sample"),
        Guess(after(one_each[1:]), "leaves out the first sample"),
        Guess(after([one_each[0]] * n), "takes every step with the first sample"),
        Guess(after([slice(0, n)] * n), "takes every step with all samples together"),
    ]
    return Case((given, X, y, RATE), after(one_each), guesses, of_state=True)


# finite_difference


def _slopes() -> list[Case]:
    return [_slope(0, "W", (2, 1)), _slope(1, "b", (1,))]


def _slope(seed: int, name: str, place: tuple[int, ...]) -> Case:
    given, X, y = _model_and_samples(seed)

    def loss(by: float) -> float:
        model = _made(given)
        model.parameters[name][place] += by
        return model.loss(X, y)

    plus, here, minus = loss(STEP), loss(0.0), loss(-STEP)
    said = "moves the weight to one side only: the error of that is much larger. Take the loss at \
+step and at −step"
    guesses = [
        Guess(np.asarray(value), text)
        for value, text in (
            (
                0.0,
                "gives 0, since both losses are the same: is the model's own parameter moved, or "
                "a copy of it? And to both sides?",
            ),
            ((plus - here) / STEP, said),
            ((here - minus) / STEP, said),
            ((plus - minus) / STEP, "divides by the step, but the two losses lie two steps apart"),
            (
                plus - minus,
                "gives the difference of the losses, not yet divided by how far they lie apart",
            ),
            (
                (minus - plus) / (2 * STEP),
                "has the sign turned round: it is the loss at +step less the loss at −step",
            ),
            (
                (plus - minus) / 2 * STEP,
                "multiplies by the step: a bracket is missing in the division by 2 * step",
            ),
            (
                (plus - loss(0.0)) / (2 * STEP),
                "takes the second loss where the weight was at first: "
                "for that one, move it by −step from there",
            ),
        )
    ]
    expected = np.asarray((plus - minus) / (2 * STEP))
    return Case((given, X, y, name, place, STEP), expected, guesses)


# worst_predictions


def _rankings() -> list[Case]:
    return [_ranking(seed) for seed in (0, 1)]


def _ranking(seed: int) -> Case:
    # More samples than anyone writes for n, and as many classes as there are digits.
    given, X, y = _model_and_samples(seed, 40, 10)
    probabilities = _made(given).forward(X)
    losses = -np.log(probabilities[np.arange(len(X)), y])
    order = np.argsort(-losses)
    unsure = np.argsort(probabilities.max(axis=1))
    guesses = [
        Guess(np.asarray(value), text)
        for value, text in (
            (order[::-1][:WORST], "gives the best first: `argsort` begins with the smallest"),
            (order[:WORST][::-1], "gives the right samples, but the worst of them last"),
            (
                losses[order][:WORST],
                "gives losses, where the numbers of the samples are asked for",
            ),
            (
                unsure[:WORST],
                "goes by how sure the model is, whatever the label. The loss looks "
                "at the probability of the true class",
            ),
            (
                unsure[::-1][:WORST],
                "goes by how sure the model is, whatever the label. The loss "
                "looks at the probability of the true class",
            ),
            (order[1 : WORST + 1], "leaves out the very worst: counting begins at 0"),
            (order, "gives all samples, where the first n are asked for"),
            (order[::-1], "gives all samples and the best first, where the n worst are asked for"),
            (
                probabilities.argmax(axis=1),
                "gives the predicted classes, where the numbers of the samples are asked for",
            ),
        )
    ]
    return Case((given, X, y, WORST), order[:WORST], guesses)


_CASES: dict[str, Callable[[], list[Case]]] = {
    "train_epoch": _epochs,
    "finite_difference": _slopes,
    "worst_predictions": _rankings,
}
