"""On what an exercise is tried: small calls that one can paste into a cell.

They are the examples of its text, and calls made of the names of its parameters: an array that is
changed would show, sizes all differ, and there is one image and there are several.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import prod

import numpy as np

from chainrule.checking.contract.exercises import Exercise

SIZES = {"input_size": 2, "hidden_size": 4, "hidden_size_2": 5, "output_size": 3}
SEVERAL = 6  # images
MANY, MANY_IMAGES = 2000, "more images than the digits have"
IN_ORDER = 5  # images of an epoch: by chance another order is seldom the right one
CLOSE = 1e-6  # what rounding leaves, and a small step of a difference
CLOSE_LOSS = 2e-4  # what an ε of 1e-6 in a logarithm leaves of a small loss
RATE, STEP = 0.5, 0.5  # large, so that what is done with them shows
_OTHER = 0.25  # of each
SMALL = 1e-4  # a probability that no guard against log(0) may change much
FAR = 1e5  # pixels of this size give a probability of exactly 0


@dataclass(frozen=True)
class Trial:
    """A call, and what of it is looked at.

    Attributes:
        what: it is tried on, in words.
        setup: lines before the call.
        call: of the function or the method.
        result: what is looked at; "" for what the call returns.
        need_only_be_finite: whether any finite number is right: how far a probability is kept off
            0 is of no consequence.
        close: how close the numbers must come, relative to the largest.
    """

    what: str
    setup: tuple[str, ...]
    call: str
    result: str = ""
    need_only_be_finite: bool = False
    close: float = CLOSE

    @property
    def text(self) -> str:
        """All of it, as one would paste it."""
        return "\n".join(filter(None, (*self.setup, self.call, self.result)))

    def with_parameters(self, shapes: Mapping[str, tuple[int, ...]]) -> "Trial":
        """The same with lines that set the parameters of the object that its first line makes."""
        made, *rest = self.setup
        name = made.partition(" = ")[0]
        lines = (f"{name}.{p} = {_waves(shape)}" for p, shape in shapes.items())
        return replace(self, setup=(made, *lines, *rest))


@cache
def trials_of(exercise: Exercise, method: str = "") -> tuple[Trial, ...]:
    """The trials of a function, or of a method of a class; the shortest first."""
    if exercise.is_class:
        return tuple(_of_method(exercise, method))
    if exercise.name in _OF_MODELS:
        return tuple(_OF_MODELS[exercise.name]())
    return tuple(_of_function(exercise))


# Functions


def _of_function(exercise: Exercise) -> Iterator[Trial]:
    name, node = exercise.name, exercise.methods[""]
    for example in exercise.examples:
        close = CLOSE_LOSS if name == "nll" else CLOSE
        yield Trial("the example of the text", (), example, close=close)
    parameters = [argument.arg for argument in node.args.args]
    said = ast.get_docstring(node) or ""
    if "X" in parameters:
        arrays = {"one vector": _X_ONE, "several rows": _rows(SEVERAL, 3)}
        if "(" not in said:  # number by number: of any shape
            arrays = {"one number": "-1.5", **arrays}
        for what, text in arrays.items():
            yield Trial(what, (f"X = {text}",), f"{name}(X)")
        for text in (_X_ONE, _rows(SEVERAL, 3)):
            yield Trial("what it is given, which must stay as it was", (f"X = {text}",),
                        f"{name}(X)", "X")  # fmt: skip
        for text in ("[[1000.0, 0.0, -1000.0]]", "[[1000.0, 999.0, -1000.0]]"):
            yield Trial("numbers far from zero", (f"X = np.array({text})",), f"{name}(X)")
    elif "Y_true" in parameters:
        one = "Y_true = np.array([0, 1, 0])", "Y_pred = np.array([0.2, 0.7, 0.1])"
        rows = f"Y_true = {_targets(SEVERAL)}", f"Y_pred = {_probabilities(SEVERAL)}"
        zero = "Y_true = np.array([1, 0, 0])", "Y_pred = np.array([0.0, 1.0, 0.0])"
        small = zero[0], f"Y_pred = np.array([{SMALL}, 0.5, {0.5 - SMALL}])"
        again = (*rows, f"{name}(Y_true, Y_pred)")
        given = {"one row": one, "several rows": rows, "a second time": again,
                 "a small probability": small, "a probability of exactly 0": zero}  # fmt: skip
        for what, setup in given.items():
            call = f"{name}(Y_true, Y_pred)"
            yield Trial(what, setup, call, need_only_be_finite="exactly 0" in what,
                        close=CLOSE_LOSS)  # fmt: skip
            yield Trial("what it is given, which must stay as it was", setup,
                        f"{name}(Y_true, Y_pred)", "Y_pred")  # fmt: skip
    elif "n_classes" in parameters:
        for what, text in (("one label", "3"), ("an array", "np.array([2, 0, 5])"),
                           ("a list", "[2, 0, 5]")):  # fmt: skip
            yield Trial(what, (), f"{name}(6, {text})")


def _model(class_: str, name: str = "net") -> str:
    sizes = {"LogisticRegression": (2, 3)}.get(class_, (2, 4, 3))
    return f"{name} = {class_}({', '.join(map(str, sizes))})"


def _epochs() -> Iterator[Trial]:
    for what, n, rate in (("one image", 1, RATE), ("several images", IN_ORDER, RATE),
                          ("another learning rate", IN_ORDER, _OTHER)):  # fmt: skip
        setup = (_model("LogisticRegression", "model"), f"X = {_images(n)}", f"y = {_labels(n)}")
        yield Trial(what, setup, f"train_epoch(model, X, y, {rate})",
                    '{"W": model.W, "b": model.b}')  # fmt: skip
    setup = (
        _model("LogisticRegression", "model"),
        f"X = np.linspace(-2, 2, {2 * MANY}).reshape({MANY}, 2)",
        f"y = np.arange({MANY}) % 3",
    )
    yield Trial(MANY_IMAGES, setup, f"train_epoch(model, X, y, {_OTHER})",
                '{"W": model.W, "b": model.b}')  # fmt: skip


def _slopes() -> Iterator[Trial]:
    # With one label the slope of the weight is near −1, so that rounding makes no 0 of it.
    setup = (_model("NeuralNet"), f"X = {_images(3)}", "y = np.array([2, 2, 2])")
    for what, name, place, step in (
        ("a weight", "W_o", "(1, 2)", 1e-5),
        ("a bias", "b_h", "(1,)", 1e-5),
        ("a large step", "W_o", "(1, 2)", STEP),
    ):
        call = f'finite_difference(net, X, y, "{name}", {place}, {step:g})'
        yield Trial(what, setup, call)
        if name == "W_o":
            yield Trial("the model, which must stay as it was", setup, call, f"net.{name}")


def _rankings() -> Iterator[Trial]:
    setup = (_model("NeuralNet"), f"X = {_images(SEVERAL)}", f"y = {_labels(SEVERAL)}")
    yield Trial("two of six images", setup, "worst_predictions(net, X, y, 2)")
    yield Trial("more images than are taken for another digit", setup,
                f"worst_predictions(net, X, y, {SEVERAL})")  # fmt: skip
    # Of a network that is surer of itself: there other losses give another order.
    sure = (
        *(setup[0], "net.W_o = 25 * net.W_o"),
        *("X = 2 * np.sin(np.arange(24)).reshape(12, 2)", "y = 2 - np.arange(12) % 3"),
    )
    yield Trial("images of which some are clear", sure, "worst_predictions(net, X, y, 7)")


_OF_MODELS = {
    "train_epoch": _epochs,
    "finite_difference": _slopes,
    "worst_predictions": _rankings,
}


# Methods

_BATCHES = ((1, "a batch of one image"), (2, "two images"), (SEVERAL, "several images"))


def _of_method(exercise: Exercise, method: str) -> Iterator[Trial]:
    node = exercise.methods[method]
    required = node.args.args[1 : len(node.args.args) - len(node.args.defaults)]
    taken = [argument.arg for argument in required]
    made = f"net = {exercise.name}({', '.join(map(str, sizes_of(exercise)))})"
    call = f"net.{method}({', '.join(taken)})"
    if "x" in taken:
        one = (made, f"x = {_IMAGE}", "y = 2")
        call = call.replace("learning_rate", str(RATE))
        result = ", ".join(f'"{p}": net.{p}' for p in parameters_of(exercise))
        yield Trial("one image", one, call, f"{{{result}}}")
        yield Trial("another learning rate", one, call.replace(str(RATE), str(_OTHER)),
                    f"{{{result}}}")  # fmt: skip
        return
    setup: tuple[str, ...] = ()
    for n, what in _BATCHES:
        setup = (made, *(f"{name} = {_argument(name, n)}" for name in taken))
        yield Trial(what, setup, call, close=CLOSE_LOSS if method == "loss" else CLOSE)
    two = (made, *(f"{name} = {_argument(name, 2)}" for name in taken))
    for name in taken:
        yield Trial("what it is given, which must stay as it was", two, call, name)
    for name in parameters_of(exercise):
        yield Trial("the model, which must stay as it was", two, call, f"net.{name}")
    if taken == ["X"] and any("prediction(" in s for s in exercise.following):
        asked = set(exercise.asked)
        if method == "forward" or (method in asked and method == "predict"):
            one_image = (made, f"X = {_IMAGE}")
            yield Trial("one image, as the picture of a prediction gives it", one_image,
                        call)  # fmt: skip
    if method == "loss":
        before = f"net.forward({_rows(SEVERAL, SIZES['input_size'], seed=5)})"
        yield Trial("other images than the last that went forward", (made, before, *setup[1:]),
                    call)  # fmt: skip
        yield Trial("a probability of exactly 0", (*setup, f"X = {FAR:g} * X"), call,
                    need_only_be_finite=True)  # fmt: skip
    if method == "grad_loss" and "y" in taken:
        before = f"net.forward({_rows(SEVERAL, SIZES['input_size'], seed=5)})"
        yield Trial("other images than the last that went forward", (made, before, *setup[1:]),
                    call)  # fmt: skip


def made_of(exercise: Exercise) -> Trial:
    """What the constructor of a class makes: its parameters."""
    made = f"net = {exercise.name}({', '.join(map(str, sizes_of(exercise)))})"
    parameters = ", ".join(f'"{p}": net.{p}' for p in parameters_of(exercise))
    return Trial("a new object", (made,), f"{{{parameters}}}")


def sizes_of(exercise: Exercise) -> tuple[int, ...]:
    """Arguments for the constructor of a class: sizes that all differ."""
    tree = exercise.tree
    made = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "__init__")
    return tuple(SIZES[a.arg] for a in made.args.args if a.arg in SIZES)


def parameters_of(exercise: Exercise) -> tuple[str, ...]:
    """Names of the parameters that the constructor of a class makes."""
    tree = exercise.tree
    made = next(n for n in tree.body if isinstance(n, ast.FunctionDef) and n.name == "__init__")
    return tuple(
        node.targets[0].attr
        for node in made.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Attribute)
        and isinstance(node.value, ast.Call)
    )


def _argument(name: str, n: int) -> str:
    """What is given for a parameter of this name, where there are n images."""
    hidden = SIZES["hidden_size"]
    return {
        "X": _images(n),
        "H": _rows(n, hidden, seed=3, low=0.1, high=0.9),
        "y": _labels(n),
        "y_true": _targets(n),
        "y_pred": _probabilities(n),
    }[name]


# Arrays in the text of a call


def _text(array: Sequence[object] | np.ndarray) -> str:
    return f"np.array({np.asarray(array).tolist()})"


def _rows(n: int, columns: int, seed: int = 1, low: float = -2.0, high: float = 2.0) -> str:
    rng = np.random.default_rng([11, seed])
    return _text(np.round(rng.uniform(low, high, size=(n, columns)), 1))


def _waves(shape: tuple[int, ...]) -> str:
    """Numbers of both signs, in few letters."""
    text = f"np.sin(np.arange({prod(shape)}))"
    return text if len(shape) < 2 else f"{text}.reshape{shape}"


_X_ONE = "np.array([1.0, -0.5, 2.0])"
_IMAGE = "np.array([1.0, -2.0])"


def _images(n: int) -> str:
    return "np.array([[1.0, -2.0]])" if n == 1 else _rows(n, SIZES["input_size"], seed=n)


def _classes(n: int) -> list[int]:
    return [2, 0, 1, 1, 2, 0][:n]


def _labels(n: int) -> str:
    return _text(_classes(n))


def _targets(n: int) -> str:
    return _text(np.eye(SIZES["output_size"], dtype=int)[_classes(n)])


def _probabilities(n: int) -> str:
    rows = [[0.2, 0.5, 0.3], [0.6, 0.1, 0.3], [0.1, 0.1, 0.8], [0.3, 0.3, 0.4], [0.7, 0.2, 0.1]]
    return _text([*rows, [0.25, 0.25, 0.5]][:n])
