"""The words of a finding: for the learner, who is told more with every hint, and as data."""

import ast
import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.checking.diagnosis.blame import Blame, LineVerdict, Mistake, Slip, Symptom
from chainrule.checking.hints import HINTS, WIDTH, place_in_words
from chainrule.faults import Fault, fault

DIGITS = 6  # significant ones of numbers in data
FEW = 12  # numbers that are shown in a line
# What is right, for mistakes that have no name: by function or method.
RIGHT = {
    "one_hot": "`np.eye(n_classes)[y]`",
    "softmax": "`e = np.exp(X - X.max(axis=-1, keepdims=True))`, then "
    "`e / e.sum(axis=-1, keepdims=True)`",
    "nll": "`-np.sum(Y_true * np.log(np.clip(Y_pred, 1e-15, 1)))`",
    "sigmoid": "`1 / (1 + np.exp(-np.clip(X, -500, 500)))`",
    "dsigmoid": "`sigmoid(X) * (1 - sigmoid(X))`",
    "forward": "each layer is `X @ W + b`; between two layers stands the sigmoid, at the end the "
    "softmax",
    "loss": "`nll(one_hot(n_classes, y), self.forward(X))`",
    "grad_loss": "the error at the output is `y - t`. The gradient of a layer's weights is what "
    "the layer read, transposed, `@` the error of its pre-activation; that of its biases is this "
    "error summed over the samples. The error goes back by `@ W.T`, then times the slope "
    "`dsigmoid` at the pre-activation",
    "predict": "`np.argmax(self.forward(X), axis=-1)`",
    "accuracy": "`np.mean(self.predict(X) == y)`",
    "train": "for every parameter, `parameter -= learning_rate * gradient`",
    "train_epoch": "for each `i`, with `x = X[i : i + 1]` and `t = one_hot(model.output_size, "
    "y[i : i + 1])`: `grad_W, grad_b = model.grad_loss(x, t, model.forward(x))`, then "
    "`model.W -= learning_rate * grad_W` and the same for `b`",
    "finite_difference": "remember the number, take the loss at it plus step and at it less step, "
    "put it back, and return `(loss_above - loss_below) / (2 * step)`",
    "worst_predictions": "the true class has the probability "
    "`model.forward(X)[np.arange(len(X)), y]`; the n smallest are `np.argsort` of it, `[:n]`",
}
_PROBABILITIES = re.compile(
    r"(?<![\w.])y(?= - t\b)|(?<=\bt - )y\b|(?<=log\()y(?=\))|(?<=\(1 - )y(?=\))"
    r"|(?<=softmax\()y(?=\))|(?<![\w.])y(?= = softmax)|(?<=/ )y\b|(?<![\w.])y(?= \* \(1)"
)
LINE_BY_LINE = "Line by line, each on right values of what stands above it:"
TO_SEE_IT = "To see it, run in a new cell:"
REMARKS = {
    "labels-not-integers": (
        "It works, but fails on labels stored as floats such as 3.0; "
        "y.astype(int) would take both."
    ),
    "one-hot-needs-array": (
        "The rows are right, but it fails on a list of labels, or on a single label: "
        "np.atleast_1d(y) makes an array of both."
    ),
    "one-sample-fails": (
        "It is right for a batch, but fails on a single sample: np.atleast_2d makes a batch of "
        "both."
    ),
    "batch-fails": (
        "It is right for a single sample, but not for a batch; a later definition takes its place."
    ),
    "nll-log-zero": (
        "It is right, but infinite where the probability of the true class rounds to 0: clipping "
        "it to at least 1e-15 before the logarithm keeps it finite."
    ),
    "units-alike": (
        "The constructor gives all units of a hidden layer the same weights. Unless others are "
        "drawn before the training, the units stay copies of each other, and the layer does no "
        "more than one of them."
    ),
    "sigmoid-overflows": "It is right, but not finite, or gives a warning, at ±1000.",
}


@dataclass(frozen=True)
class Words:
    """What is said of one mistake, as far as a hint goes.

    Attributes:
        title: what kind of mistake it is.
        where: where to look; "" if the line says it.
        sentences: what stands there, and in place of what.
        reasons: what was thought, what is right, and why.
    """

    title: str
    where: str = ""
    sentences: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()

    @property
    def heading(self) -> str:
        """The title as a sentence."""
        return f"The mistake: {self.title}."


def words_of_mistake(mistake: Mistake, hint: int) -> Words:
    """What is said of a wrong piece of code: what belongs there only at the last hint."""
    if not mistake.fault:
        said = mistake.sentence if hint == HINTS[-1] else mistake.idea or mistake.sentence
        return Words("this is wrong", sentences=(capital(f"{said}."),) if hint >= 2 else ())
    entry = fault(mistake.fault)
    whole = hint == HINTS[-1]
    reasons = [f"Behind it may be the thought that {entry.believed}."] if hint >= 2 else []
    return Words(
        entry.title,
        sentences=(capital(f"{mistake.sentence}."),) if whole else (),
        reasons=(*reasons, *((entry.truth.strip(),) if whole else ())),
    )


def of_mistake(mistake: Mistake, hint: int) -> str:
    """One wrong piece of code: where it is, what stands there, and why that is wrong."""
    words = words_of_mistake(mistake, hint)
    where = place_in_words(mistake.cell, mistake.line, mistake.file)
    at = f"{where}: `{mistake.code}`: " if mistake.line else ""
    said = f"{at}{words.title}."  # the name of a file stays as it is
    return "\n".join([said if mistake.file else capital(said), *words.sentences, *words.reasons])


def capital(text: str) -> str:
    """A sentence with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def without_a_name(
    name: str, expected: NDArray[Any] | None, actual: NDArray[Any] | None, hint: int
) -> Iterator[str]:
    """What there is to say of a mistake that is none of the catalogue.

    Args:
        name: of the function or method that is wrong.
        expected: what should have come out, `(...)`, if that is known.
        actual: what came out, `(...)`.
        hint: 2 shows both where they are short, 3 also what is right.
    """
    few = expected is not None and actual is not None and max(expected.size, actual.size) <= FEW
    if hint >= 2 and few:
        yield f"Right would be {_short(expected)}; this gives {_short(actual)}."
    if hint == HINTS[-1]:
        yield from right_form(name)


def right_form(name: str) -> Iterator[str]:
    """What is right in a function or method of this name, where that can be said."""
    right = RIGHT.get(name.rsplit(".", maxsplit=1)[-1])
    if right:
        yield f"Right: {right}."


def in_the_notebook(text: str) -> str:
    """A text whose `y` are probabilities, in the names of the lab's notebooks: `y_pred`.

    Examples:
        >>> in_the_notebook("grad_z_o = y - t, with t = one_hot(K, y)")
        'grad_z_o = y_pred - t, with t = one_hot(K, y)'
    """
    return _PROBABILITIES.sub("y_pred", text)


def in_the_notebooks_names(words: Words) -> Words:
    """The same words with the names of the lab's notebooks."""
    return Words(
        in_the_notebook(words.title),
        in_the_notebook(words.where),
        tuple(map(in_the_notebook, words.sentences)),
        tuple(map(in_the_notebook, words.reasons)),
    )


def of_symptom(symptom: Symptom | None) -> Iterator[str]:
    """A small input that shows a mistake: what to paste, and what came of it."""
    if symptom is not None:
        yield "\n".join([TO_SEE_IT, *(f"    {c}" for c in symptom.code)])
        yield came_of(symptom)


def came_of(symptom: Symptom) -> str:
    """What came of an input, and what is right."""
    right = f" Right is {symptom.right}." if symptom.right else ""
    return f"{symptom.given}{right}"


def of_slip(slip: Slip, hint: int) -> list[str]:
    """A mistake that has words of its own: as much of them as the hint says."""
    said = [f"The mistake: {slip.title}."]
    return [*said, *filter(None, (slip.idea, slip.formula)[: hint - 1])]


def of_lines(lines: Sequence[LineVerdict], width: int = WIDTH) -> list[str]:
    """A table of the lines of a function; what there is to say of each stands below it."""
    if not lines:
        return []
    gutter = max(len(f"line {one.line}") for one in lines)
    indent = f"{'':{gutter}} | {'':10}"
    table = [LINE_BY_LINE]
    for one in lines:
        table.append(f"{f'line {one.line}':{gutter}} | {word_of(one):9} {one.source}")
        table += textwrap.wrap(
            one.said, width, initial_indent=indent, subsequent_indent=indent,
            break_long_words=False, break_on_hyphens=False,
        )  # fmt: skip
    return table


def word_of(line: LineVerdict) -> str:
    """The verdict on a line as the table has it."""
    return {"not judged": "-", "wrong": "WRONG"}.get(line.verdict, line.verdict)


def _short(array: NDArray[Any] | None) -> str:
    """A few numbers in a line. Shape: `(...)`."""
    text = np.array2string(np.asarray(array), precision=5, separator=", ")
    return re.sub(r"\s+", " ", text)


def grouped(blames: Sequence[Blame]) -> list[list[Blame]]:
    """The same mistake in several quantities together, in the order of first mention."""
    groups: dict[str, list[Blame]] = {}
    for blame in blames:
        groups.setdefault(blame.fault, []).append(blame)
    return list(groups.values())


def words_of_blames(name: str, blames: Sequence[Blame], hint: int) -> Words:
    """What is said of a mistake in one or several quantities of the function `name`."""
    known = _fault_of(blames[0])
    quantities = list(dict.fromkeys(b.quantity for b in blames if b.quantity not in ("", name)))
    at = f" (in {', '.join(f'`{q}`' for q in quantities)})" if quantities else ""
    sentences: list[str] = []
    reasons: list[str] = []
    if hint >= 2 and not known.is_code:
        reasons.append(f"Behind it may be the thought that {known.believed}.")
    if hint >= 3:
        if not known.is_code:
            sentences = [line for blame in blames if (line := _computed(name, blame))]
        shown = {blame.right for blame in blames if blame.computed}
        # What is right where the mistake is, which may be another layer than the catalogue's.
        rights = dict.fromkeys(blame.right for blame in blames if blame.right) or [known.right]
        reasons += [f"Right: {_code_or_prose(right)}." for right in rights if right not in shown]
        reasons.append(known.truth)
    return Words(f"{known.title}{at}", known.where, tuple(sentences), tuple(reasons))


def _code_or_prose(right: str) -> str:
    """What is right, between backticks if it is code: of some mistakes it is said in words."""
    try:
        ast.parse(right.replace("…", "_"))
    except SyntaxError:
        return right
    return f"`{right}`"


def _fault_of(blame: Blame) -> Fault:
    """The fault of a mistake, with what is true of it as it is written.

    A softmax without `keepdims` mixes samples only where there are as many of them as classes;
    else it fails.
    """
    known = fault(blame.fault)
    above, _, below = blame.computed.partition(" / ")
    flat = [what for what, part in (("maxima", above), ("sums", below)) if "axis=-1)" in part]
    if blame.fault != "softmax-over-batch" or not flat:
        return known
    what = " and ".join(flat)
    return replace(
        known,
        title=f"the {what} of the rows do not stand beside their rows (`keepdims`)",
        where=f"Look at the shape of the {what} for X of shape (N, K). Which shape do they need, "
        "so that NumPy matches each with its own row? What does `keepdims` do?",
        believed=f"NumPy matches the {what} of the rows with the rows by itself",
    )


def mistake(name: str, blames: Sequence[Blame], hint: int) -> str:
    """One mistake, in one or several quantities of the function `name`: a line or more.

    Args:
        name: of the function or method.
        blames: of the same fault.
        hint: how much to say, from 1 to 3.
    """
    words = words_of_blames(name, blames, hint)
    return "\n".join([words.heading, words.where, *words.sentences, *words.reasons])


def _computed(name: str, blame: Blame) -> str:
    """What was computed in place of what; "" if that is not known."""
    if not blame.computed:
        return ""
    whose = f"`{blame.quantity or name}`"
    instead = f", in place of `{blame.right}`" if blame.right else ""
    return f"{whose} is computed as `{blame.computed}`{instead}."


def as_sentence(text: str, name: str) -> str:
    """A reason as a sentence; the names of the code in it are left as they are."""
    if text.startswith(name):
        text = f"`{name}`{text.removeprefix(name)}"
    elif text.split(" ", 1)[0].isalpha():
        text = capital(text)
    return text if text.endswith((".", "!", "?")) else f"{text}."


def nested(array: NDArray[Any] | None) -> Any:
    """An array as nested lists for JSON, six significant digits each; None if it is of no numbers.

    Numbers that are not finite are the texts "nan", "inf" and "-inf". Shape: `(...)`.
    """
    if array is None or array.dtype.kind not in "fiub":
        return None
    if array.dtype.kind != "f":
        return array.tolist()
    return _rounded(np.asarray(array, dtype=np.float64).tolist())


def _rounded(value: Any) -> Any:
    if isinstance(value, list):
        return [_rounded(each) for each in value]
    return float(f"{value:.{DIGITS}g}") if np.isfinite(value) else str(value)
