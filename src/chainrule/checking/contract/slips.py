"""What one is likely to write instead, and is no mistake of the catalogue's: in words, by hints.

A slip is a change in the text of the right answer. If the changed answer gives in all trials what
the learner's gives, that is what was written, however it is spelt.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from chainrule.checking.contract.answers import Answer, given_instead
from chainrule.checking.contract.exercises import Exercise, Lab
from chainrule.checking.diagnosis.blame import Slip


@dataclass(frozen=True)
class Change:
    """A change of a right answer.

    Attributes:
        of: name of the exercise, "" for any.
        method: of its class, "" for a function.
        old: what stands in the right answer; "" for all of it.
        new: what stands there instead.
        slip: the words for it.
    """

    of: str
    method: str
    old: str
    new: str
    slip: Slip


_SUM = Slip(
    "a mean stands where the text asks for the sum",
    "In this lab the loss of several images is the sum of their losses, and its gradient is the "
    "sum of theirs. Nothing is divided by the number of images.",
    "With L = L₁ + … + L_N, the derivative by a weight is ∂L/∂w = ∂L₁/∂w + … + ∂L_N/∂w: the "
    "matrix product `X.T @ grad_z` adds them up. A division by N would make it N times too small.",
)
_BY_Y = Slip(
    "it is the derivative by `y_pred`, where the derivative by the logits is asked for: the "
    "softmax is left out",
    "Between the logits and the loss stand two functions, the softmax and the logarithm. The "
    "chain rule needs the slopes of both.",
    "L = −Σ t log(y), so ∂L/∂y = −t / y. The logits come before the softmax, with ∂y_k/∂z_j = "
    "y_k (1 − y_k) for j = k and −y_k y_j else. Multiplied and summed over k, all that is left is "
    "`y_pred - t`.",
)
_DIAGONAL = Slip(
    "of the softmax's slope only the diagonal is taken, y (1 − y), as if it were a sigmoid",
    "A softmax is no function of each number by itself: raising one logit lowers the "
    "probabilities of all other classes too, and the loss feels that.",
    "∂y_k/∂z_j is y_k (1 − y_k) for j = k, and −y_k y_j for j ≠ k. With ∂L/∂y_k = −t_k / y_k the "
    "sum over k gives −t_j + y_j Σ t_k = y_j − t_j: `y_pred - t`. The diagonal gives −t (1 − y).",
)
_LABELS = Slip(
    "the loss hands labels to `nll`, which takes one-hot rows",
    "A label is one number for each image, such as 3. `nll` multiplies targets and probabilities "
    "number by number, so it needs a row of K numbers for each image.",
    "`one_hot` of the number of classes and the labels makes those rows: "
    "`nll(one_hot(self.output_size, y), self.forward(X))`.",
)
_LABELS_LESS_TARGETS = Slip(
    "`y` holds the labels here, and what the network says of the images is in `y_pred`",
    "Three names are three things: `y` labels such as 3, `t` their one-hot rows, `y_pred` the "
    "probabilities. The error at the output compares the last two.",
    "∂L/∂z_o is what was said less what is true, y − t in the formulas of the text. There y means "
    "the probabilities, which are `y_pred` in the code: `y_pred - t`.",
)
_ENDS_IN_SOFTMAX = Slip(
    "this part ends in a softmax, and here is a sigmoid",
    "The probabilities of the classes of one image share a sum of 1: add up a row of your output. "
    "Only then is the error at the output the short formula that the text derives.",
    "y = softmax(z_o) with z_o = h W_o + b_o: `softmax(H @ self.W_o + self.b_o)`. With a sigmoid "
    "at each output, ∂L/∂z would be −t (1 − y), which never lowers a wrong class.",
)


def _no_bias(layer: str, weights: str) -> Slip:
    return Slip(
        f"the bias of the {layer} layer is left out",
        "A layer adds a number of its own to each weighted sum.",
        f"z = a W + b: `{weights}`. Without b nothing that b is would change the loss.",
    )


_IN_GRAD_LOSS = (
    ("LogisticRegression", "grad_z = y_pred - y_true", "grad_z = ", "y_true"),
    ("NeuralNet", "grad_z_o = y_pred - t", "grad_z_o = ", "t"),
    ("DeepNet", "grad_z_o = y_pred - t", "grad_z_o = ", "t"),
)


_COPY = Slip(
    "the difference is 0: the model did not move between the two losses, as where what is moved "
    "is a copy of its parameter",
    "The loss is computed with the numbers that the model holds. A copy is another array, and "
    "what is written into it changes nothing in the model.",
    "`getattr(model, name)`, without `copy` or `np.array`, is the very array of the model: "
    "`parameter[place] = value + step` moves the model itself. Put the value back at the end.",
)
_UNCHANGED = Slip(
    "the model is not changed: its parameters are the same after as before, as where `W = W - …` "
    "gives a new array a local name",
    "A line that begins with a name of the function's own, such as `W = …`, makes that name "
    "stand for another array. The model keeps the one that it had; and what a function returns "
    "changes nothing either.",
    "W ← W − η ∂L/∂W, written into the model: {}.",
)


def _unchanged(by: str) -> Slip:
    return replace(_UNCHANGED, formula=_UNCHANGED.formula.format(by))


def _of_outputs() -> Iterator[Change]:
    for of, old, begin, t in _IN_GRAD_LOSS:
        for text, slip in (
            (f"-{t} / y_pred", _BY_Y),
            (f"-{t} * (1 - y_pred)", _DIAGONAL),
            (f"(y_pred - {t}) / len(X)", _SUM),
            (f"(y_pred - {t}) / {t}.size", _SUM),
        ):
            yield Change(of, "grad_loss", old, begin + text, slip)
        yield Change(of, "loss", "return nll(", "return 1 / len(X) * nll(", _SUM)
        if t == "t":
            yield Change(of, "grad_loss", old, f"{begin}y - t", _LABELS_LESS_TARGETS)
    for of in ("LogisticRegression", "NeuralNet"):
        yield Change(of, "loss", "one_hot(self.output_size, y)", "y", _LABELS)


_WHOLE_PARAMETER = """\
def finite_difference(model, X, y, name, place, step=1e-5):
    parameter = getattr(model, name)
    kept = parameter.copy()
    parameter[...] = kept + step
    above = model.loss(X, y)
    parameter[...] = kept - step
    below = model.loss(X, y)
    parameter[...] = kept
    return (above - below) / (2 * step)
"""

_CHANGES: tuple[Change, ...] = (
    *_of_outputs(),
    Change(
        "one_hot",
        "",
        "[y]",
        "[y - 1]",
        Slip(
            "the 1 stands one place too far left: the rows are off by one",
            "Classes are counted from 0, as rows are: the label 0 belongs to the first row.",
            "Row k of the identity matrix has its 1 at place k, so the row of the label y is "
            "`np.eye(n_classes)[y]`, with nothing added or subtracted.",
        ),
    ),
    Change(
        "one_hot",
        "",
        "np.eye(n_classes)[y]",
        "np.eye(n_classes + 1)[y + 1][..., : n_classes]",
        Slip(
            "the 1 stands one place too far right: the rows are off by one",
            "Classes are counted from 0, as rows are: the label 0 belongs to the first row.",
            "Row k of the identity matrix has its 1 at place k, so the row of the label y is "
            "`np.eye(n_classes)[y]`, with nothing added or subtracted.",
        ),
    ),
    Change(
        "one_hot",
        "",
        "[y]",
        "[np.atleast_1d(y)]",
        Slip(
            "a single label gives a table of one row: its shape must be `(K,)`, and is `(1, K)`",
            "One label is one row, and several are a table of rows. An index that is a single "
            "number takes a row out of a matrix, and one that is an array takes a table.",
            "`np.eye(n_classes)[3]` has the shape `(n_classes,)`, and `np.eye(n_classes)[[3]]` "
            "the shape `(1, n_classes)`. So `y` must stay what it is, without a `reshape`.",
        ),
    ),
    Change(
        "one_hot",
        "",
        "n_classes)[y]",
        "10)[y]",
        Slip(
            "the size 10 is written in, and `n_classes` is not used",
            "The function is told how many classes there are. The digits have 10.",
            "The identity matrix has one row for each class: `np.eye(n_classes)`.",
        ),
    ),
    *(
        Change(
            "softmax",
            "",
            "exp = np.exp(shifted)",
            text,
            Slip(
                "a minus stands in the exponent: the largest logit gets the smallest probability",
                "Which logit should get the largest probability?",
                "softmax(x)_i = exp(x_i) / Σ exp(x_j), without a minus. (The minus belongs to the "
                "sigmoid, 1 / (1 + exp(−x)).)",
            ),
        )
        for text in (
            "exp = np.exp(-shifted)",
            "exp = np.exp(-X)",
            "exp = np.exp(X.min(axis=-1, keepdims=True) - X)",
        )
    ),
    *(
        Change(
            "nll",
            "",
            "-np.sum(Y_true * np.log(kept_off_zero))",
            text,
            Slip(
                "the logarithm is taken of the sum over the images",
                "Each image has a loss of its own, and these are added up. The order matters: the "
                "logarithm of a sum is not the sum of the logarithms.",
                "For each image −Σ t log(y) is −log of the probability of its true class. So the "
                "logarithm comes first, for each number, and the sum last: "
                "`-np.sum(Y_true * np.log(Y_pred))`.",
            ),
        )
        for text in ("-np.log(np.sum(Y_true * kept_off_zero))",)
    ),
    *(
        Change("nll", "", "return -np.sum(Y_true * np.log(kept_off_zero))", text, _SUM)
        for text in (
            "return -np.sum(Y_true * np.log(kept_off_zero)) / len(np.atleast_2d(Y_true))",
            "return -np.mean(np.sum(Y_true * np.log(kept_off_zero), axis=-1))",
            "return -np.mean(Y_true * np.log(kept_off_zero))",
            "return -np.sum(Y_true * np.log(kept_off_zero)) / len(Y_true)",
        )
    ),
    Change(
        "nll",
        "",
        "np.log(kept_off_zero))",
        "np.log(kept_off_zero), axis=-1)",
        Slip(
            "it returns a loss for each image, where one number for all of them is asked for",
            "The losses of the images are to be added up as well.",
            "`np.sum` without an axis adds up all numbers of the table: "
            "`-np.sum(Y_true * np.log(Y_pred))`.",
        ),
    ),
    *(
        Change(
            "sigmoid",
            "",
            "1 / (1 + np.exp(-np.clip(X, -500, 500)))",
            text,
            Slip(
                "a bracket is missing: `1 / 1 + …` divides first, and adds afterwards",
                "Python divides before it adds. What is the whole of what 1 is divided by?",
                "σ(x) = 1 / (1 + e^(−x)): `1 / (1 + np.exp(-X))`. Without the bracket it is "
                "(1 / 1) + e^(−x), which is never below 1.",
            ),
        )
        for text in ("1 / 1 + np.exp(-np.clip(X, -500, 500))", "1 / 1 + np.exp(-np.asarray(X))")
    ),
    *(
        Change(
            "LogisticRegression",
            "grad_loss",
            "y_pred - y_true",
            text,
            Slip(
                "`y_true` is one-hot already, and is made one-hot once more",
                "The docstring says what the method is given: targets of the shape (N, K). A row "
                "of them holds a 1 at the true class.",
                "`grad_z = y_pred - y_true`, both of the shape (N, K). `one_hot` takes labels, "
                "one number for each image.",
            ),
        )
        for text in (
            "y_pred - one_hot(self.output_size, y_true)",
            "y_pred - one_hot(y_pred.shape[1], y_true.astype(int))",
        )
    ),
    Change(
        "LogisticRegression",
        "grad_loss",
        "grad_z.sum(axis=0)",
        "grad_z.sum(axis=0, keepdims=True)",
        Slip(
            "`grad_b` has the shape `(1, K)`, and `b` has `(K,)`",
            "A gradient has the shape of what it is the gradient of, so that one can be "
            "subtracted from the other.",
            "Summed over the images, `(N, K)` becomes `(K,)`: `grad_z.sum(axis=0)`, without "
            "`keepdims`.",
        ),
    ),
    Change(
        "NeuralNet",
        "forward_output",
        "softmax(",
        "(lambda z: 1 / (1 + np.exp(-z)))(",
        _ENDS_IN_SOFTMAX,
    ),
    Change(
        "NeuralNet",
        "forward_output",
        "softmax(H @ self.W_o + self.b_o)",
        "(H @ self.W_o + self.b_o)",
        Slip(
            "the logits are returned: the softmax is missing",
            "The output is to be probabilities: none negative, with a sum of 1.",
            "y = softmax(z_o): `softmax(H @ self.W_o + self.b_o)`.",
        ),
    ),
    Change(
        "NeuralNet",
        "forward_output",
        " + self.b_o",
        "",
        _no_bias("output", "H @ self.W_o + self.b_o"),
    ),
    Change(
        "NeuralNet",
        "forward_hidden",
        " + self.b_h",
        "",
        _no_bias("hidden", "X @ self.W_h + self.b_h"),
    ),
    Change(
        "NeuralNet",
        "forward_hidden",
        "sigmoid(X @ self.W_h + self.b_h)",
        "(X @ self.W_h + self.b_h)",
        Slip(
            "the pre-activation is returned: the sigmoid is missing",
            "Without something that bends between them, two layers are no better than one.",
            "h = σ(z_h): `sigmoid(X @ self.W_h + self.b_h)`.",
        ),
    ),
    Change(
        "NeuralNet",
        "forward_hidden",
        "sigmoid(",
        "softmax(",
        Slip(
            "a softmax stands in the hidden layer, where the sigmoid belongs",
            "Classes share a sum of 1, since one of them is true. Hidden units need not.",
            "h = σ(z_h), number by number: `sigmoid(X @ self.W_h + self.b_h)`.",
        ),
    ),
    *(
        Change(
            of,
            "loss",
            "self.forward(X))",
            "softmax(self.forward(X)))",
            Slip(
                "softmax is taken once more, of probabilities",
                "`forward` ends in a softmax: what it returns is between 0 and 1, and sums to 1.",
                "`nll(one_hot(self.output_size, y), self.forward(X))`. Softmax of "
                "probabilities is nearly the same for all classes.",
            ),
        )
        for of in ("LogisticRegression", "NeuralNet")
    ),
    *(
        Change(
            "train_epoch",
            "",
            old,
            new,
            Slip(
                "a line of the step stands outside of the loop: it is done once, after all images",
                "What is indented under `for` is done for each image; the rest once, at the end.",
                "Both updates belong to each step, with the gradients of its image: indent them "
                "as far as the line that computes these.",
            ),
        )
        for old, new in (
            ("        model.b -=", "    model.b -="),
            (
                "        model.W -= learning_rate * grad_W\n        model.b",
                "    model.W -= learning_rate * grad_W\n    model.b",
            ),
        )
    ),
    Change(
        "NeuralNet",
        "forward_output",
        "softmax(",
        "(lambda z: np.exp(z) / np.exp(z).sum())(",
        Slip(
            "the sum goes over all images, where each image has a sum of its own",
            "The probabilities of one image sum to 1, whatever other images go with it.",
            "The classes lie along the last axis: `softmax(H @ self.W_o + self.b_o)`, or a sum "
            "with `axis=-1, keepdims=True`.",
        ),
    ),
    Change(
        "train_epoch",
        "",
        "-= learning_rate",
        "-= 0 * learning_rate",
        _unchanged("`model.W -= learning_rate * grad_W`, and so for `b`"),
    ),
    *(
        Change(
            of,
            "train",
            "-= learning_rate",
            "-= 0 * learning_rate",
            _unchanged(f"`{step}`, and so for each parameter"),
        )
        for of, step in (
            ("NeuralNet", 'self.W_h -= learning_rate * grads["W_h"]'),
            ("DeepNet", "parameter -= learning_rate * gradient"),
        )
    ),
    Change("finite_difference", "", "getattr(model, name)", "getattr(model, name).copy()", _COPY),
    Change(
        "finite_difference",
        "",
        "",
        _WHOLE_PARAMETER,
        Slip(
            "the whole parameter is moved, where one number of it is meant",
            "A derivative says how the loss changes with one number, while all others stay. "
            "`place` says which number.",
            "Only `parameter[place]` moves: to value + step and to value − step; then "
            "(L(w + ε) − L(w − ε)) / (2 ε).",
        ),
    ),
    Change(
        "worst_predictions",
        "",
        "return np.argsort(-losses)[:n]",
        "wrong = np.flatnonzero(probabilities.argmax(axis=1) != y)\n"
        "    return wrong[np.argsort(-losses[wrong])[:n]]",
        Slip(
            "only images that are taken for another digit are looked at, so there may be fewer "
            "than `n` places",
            "An image with a high loss may still be classified rightly. What counts is the loss, "
            "and there are always n images with the highest.",
            "Order all losses, −log of the probability of the true class, and take the first n: "
            "`np.argsort(-losses)[:n]`.",
        ),
    ),
)


def slip_of(lab: Lab, exercise: Exercise, method: str, found: Sequence[Answer]) -> Slip | None:
    """What was written instead of the right answer, by what came of all its trials."""
    for change in (*_changes(exercise, method), *_in_turn(exercise, method)):
        for library in (False, True) if exercise.is_class and change.old else (False,):
            if _explains(lab, exercise, change.new, found, library):
                return change.slip
    return None


def changes_of(exercise: Exercise, method: str) -> tuple[Change, ...]:
    """The changes of a method of an exercise."""
    return tuple(c for c in _CHANGES if (c.of, c.method) == (exercise.name, method))


def _changes(exercise: Exercise, method: str) -> Iterator[Change]:
    """The same, each with the whole of the changed answer for what is new."""
    for change in changes_of(exercise, method):
        changed = replaced(exercise, method, change.old, change.new)
        if changed is not None:
            yield replace(change, new=changed)


def replaced(exercise: Exercise, method: str, old: str, new: str) -> str | None:
    """The right answer with a piece of a method exchanged; None if it has no such piece."""
    if not old:
        return new
    lines = exercise.solution.split("\n")
    node = exercise.methods[method]
    own = slice(node.lineno - 1, node.end_lineno)
    text = "\n".join(lines[own])
    if old not in text:
        return None
    return "\n".join([*lines[: own.start], text.replace(old, new), *lines[own.stop :]])


def _explains(
    lab: Lab, exercise: Exercise, instead: str, found: Sequence[Answer], library: bool
) -> bool:
    several = [
        given_instead(lab, exercise, instead, answer.trial, library=library) for answer in found
    ]
    if not all(one.is_that_of(answer) for one, answer in zip(several, found, strict=True)):
        return False
    if any(answer.given is not None for answer in found):
        return True
    # Where nothing comes out, it must at least fail in the same words.
    texts = {answer.problem.text for answer in found if answer.problem is not None}
    return any(one.error[1] in texts for one in several)


_AFTER_A_CHANGE = Slip(
    "a gradient is computed after a parameter has changed",
    "All four gradients belong to the same weights, those before the step. Compute all of them "
    "first, then change the parameters.",
    "W ← W − η ∂L/∂W for every parameter, with each ∂L/∂W at the old weights: one call of "
    "`self.grad_loss(X, y)`, and its result used four times.",
)


def _in_turn(exercise: Exercise, method: str) -> Iterator[Change]:
    """Training that computes gradients anew between its updates, in whatever order."""
    if exercise.name != "NeuralNet" or method != "train":
        return
    for steps in _partitions(("W_h", "b_h", "W_o", "b_o")):
        body = ""
        for together in steps:
            body += "        grads = self.grad_loss(X, y)\n"
            for name in together:
                body += f'        self.{name} -= learning_rate * grads["{name}"]\n'
        node = exercise.methods[method]
        lines = exercise.solution.split("\n")
        kept = [*lines[: node.lineno + 2], body, *lines[node.end_lineno or node.lineno :]]
        yield Change(exercise.name, method, "", "\n".join(kept), _AFTER_A_CHANGE)


@cache
def _partitions(names: tuple[str, ...]) -> tuple[tuple[tuple[str, ...], ...], ...]:
    """Ways to take names in turn, some of them together, but not all."""
    found = []
    for order in itertools.permutations(names):
        for cuts in itertools.product((False, True), repeat=len(names) - 1):
            groups: list[list[str]] = [[order[0]]]
            for name, cut in zip(order[1:], cuts, strict=True):
                if cut:
                    groups.append([name])
                else:
                    groups[-1].append(name)
            if len(groups) > 1 and all(g == sorted(g) for g in groups):
                found.append(tuple(tuple(g) for g in groups))
    return tuple(found)
