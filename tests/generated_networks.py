"""Networks as source text, right ones and such with one mistake, drawn by a seed.

Drawn are depth, widths, activation, output and loss, samples as rows, as columns or one by one,
sum or mean, whether the loss is computed, and how the code is put: a script, functions with a
dictionary, or a class.
"""

from dataclasses import dataclass
from random import Random

ACTIVATIONS = {
    "sigmoid": ("1 / (1 + np.exp(-z))", "a * (1 - a)", "sigmoid(z) * (1 - sigmoid(z))"),
    "tanh": ("np.tanh(z)", "1 - a ** 2", "1 - np.tanh(z) ** 2"),
    "relu": ("np.maximum(0, z)", "(a > 0)", "(z > 0).astype(float)"),
}
_MARK = "  # MISTAKE"
STYLES = ("script", "functions", "class")


@dataclass(frozen=True)
class Network:
    """A file.

    Attributes:
        source: its text.
        lines: on one of which its mistake stands; none if it is right.
        mistake: what it is, in words.
    """

    source: str
    lines: tuple[int, ...] = ()
    mistake: str = ""


@dataclass
class _Plan:
    """What is drawn before anything is written."""

    sizes: list[int]
    activation: str
    output: str
    layout: str
    mean: bool
    loss: bool
    slope_of_z: bool
    in_place: bool
    style: str
    count: int


def _drawn(draw: Random) -> _Plan:
    depth = draw.choice([1, 1, 2, 3])
    output = draw.choice(["softmax", "sigmoid-bce", "sigmoid-squares", "linear", "tanh-squares"])
    classes = 1 if output != "softmax" and draw.random() < 0.4 else draw.randint(2, 4)
    widths = draw.sample(range(2, 8), depth + 1)
    return _Plan(
        sizes=[*widths, classes],
        activation=draw.choice(list(ACTIVATIONS)),
        output=output,
        layout=draw.choice(["rows", "columns", "single"]),
        mean=draw.random() < 0.5,
        loss=draw.random() < 0.5,
        slope_of_z=draw.random() < 0.5,
        in_place=draw.random() < 0.5,
        style=draw.choice(STYLES),
        count=draw.randint(5, 9),
    )


def network(seed: int, wrong: bool = False) -> Network:
    """A right network, or the same with one mistake."""
    draw = Random(seed)
    plan = _drawn(draw)
    body, mistakes = _Writer(plan, draw).step()
    chosen = ""
    if wrong:
        chosen = draw.choice(sorted(mistakes))
        for old, new in mistakes[chosen]:
            place = body.index(old)
            body[place : place + 1] = [f"{line}{_MARK}" for line in new]
    lines = _assembled(plan, body)
    where = tuple(i for i, line in enumerate(lines, 1) if line.endswith(_MARK))
    source = "\n".join(line.removesuffix(_MARK) for line in lines) + "\n"
    return Network(source, where, chosen)


class _Writer:
    """Writes one step of training, and the ways in which it can be wrong."""

    def __init__(self, plan: _Plan, draw: Random) -> None:
        self.plan, self.draw = plan, draw
        self.layers = len(plan.sizes) - 1

    def step(self) -> tuple[list[str], dict[str, list[tuple[str, list[str]]]]]:
        """The lines of a step, and for each mistake which lines are replaced by which."""
        plan = self.plan
        lines: list[str] = []
        self.mistakes: dict[str, list[tuple[str, list[str]]]] = {}
        for k in range(1, self.layers + 1):
            lines += self._forward(k)
        if plan.loss:
            lines.append(self._loss())
        lines += self._output_error()
        for k in range(self.layers, 0, -1):
            lines += self._gradient(k)
        for k in range(1, self.layers + 1):
            for name in (f"W{k}", f"b{k}"):
                change = f"P{name} - 0.1 * d{name}"
                lines.append(
                    f"P{name} -= 0.1 * d{name}" if plan.in_place else f"P{name} = {change}"
                )
        self._mistakes(lines)
        return lines, self.mistakes

    def _forward(self, k: int) -> list[str]:
        plan = self.plan
        before = "x" if k == 1 else f"a{k - 1}"
        product = {
            "rows": f"{before} @ PW{k}", "columns": f"np.dot(PW{k}, {before})",
            "single": f"{before}.dot(PW{k})",
        }[plan.layout]  # fmt: skip
        lines = [f"z{k} = {product} + Pb{k}"]
        if k < self.layers:
            return [*lines, f"a{k} = {plan.activation}(z{k})"]
        output = {
            "softmax": f"softmax(z{k})", "sigmoid-bce": f"sigmoid(z{k})",
            "sigmoid-squares": f"sigmoid(z{k})", "linear": f"z{k} * 1.0",
            "tanh-squares": f"np.tanh(z{k})",
        }[plan.output]  # fmt: skip
        return [*lines, f"p = {output}"]

    def _scale(self) -> str:
        return f" / {self.plan.count}" if self.plan.mean and self.plan.layout != "single" else ""

    def _loss(self) -> str:
        loss = {
            "softmax": "-np.sum(y * np.log(p))",
            "sigmoid-bce": "-np.sum(y * np.log(p) + (1 - y) * np.log(1 - p))",
        }.get(self.plan.output, "0.5 * np.sum((p - y) ** 2)")
        return f"loss = {loss}{self._scale()}"

    def _output_error(self) -> list[str]:
        slope = {"sigmoid-squares": " * p * (1 - p)", "tanh-squares": " * (1 - p ** 2)"}
        given = slope.get(self.plan.output, "")
        line = f"e{self.layers} = (p - y){self._scale()}{given}"
        if given and self.plan.loss:
            missing = f"e{self.layers} = (p - y){self._scale()}"
            self.mistakes["slope of the output"] = [(line, [missing])]
        if not given and self.plan.output == "sigmoid-bce" and self.plan.loss:
            self.mistakes["factor at the output"] = [(line, [f"{line} * p * (1 - p)"])]
        return [line]

    def _slope(self, k: int) -> str:
        _, of_a, _ = ACTIVATIONS[self.plan.activation]
        if self.plan.slope_of_z:
            return f"d{self.plan.activation}(z{k})"
        return f"({of_a.replace('a', f'a{k}')})"

    def _gradient(self, k: int) -> list[str]:
        plan = self.plan
        before = "x" if k == 1 else f"a{k - 1}"
        weights = {
            "rows": f"{before}.T @ e{k}", "columns": f"np.dot(e{k}, {before}.T)",
            "single": f"np.outer({before}, e{k})",
        }[plan.layout]  # fmt: skip
        biases = {
            "rows": f"e{k}.sum(axis=0, keepdims=True)",
            "columns": f"np.sum(e{k}, axis=1, keepdims=True)", "single": f"1 * e{k}",
        }[plan.layout]  # fmt: skip
        lines = [f"dW{k} = {weights}", f"db{k} = {biases}"]
        self.mistakes[f"sign of W{k}"] = [(lines[0], [f"dW{k} = -({weights})"])]
        self.mistakes[f"factor of b{k}"] = [(lines[1], [f"db{k} = 2 * {biases}"])]
        if plan.layout == "rows" and plan.sizes[k] > 1:
            self.mistakes[f"sum of b{k}"] = [(lines[1], [f"db{k} = np.sum(e{k})"])]
        if k > 1:
            own = weights.replace(before, f"z{k - 1}")
            if plan.activation != "relu":
                self.mistakes[f"pre-activation for W{k}"] = [(lines[0], [f"dW{k} = {own}"])]
            back = {
                "rows": f"e{k} @ PW{k}.T", "columns": f"np.dot(PW{k}.T, e{k})",
                "single": f"e{k}.dot(PW{k}.T)",
            }[plan.layout]  # fmt: skip
            error = f"e{k - 1} = {back} * {self._slope(k - 1)}"
            self.mistakes[f"slope of layer {k - 1}"] = [(error, [f"e{k - 1} = {back}"])]
            if plan.slope_of_z and plan.activation != "relu":
                taken = error.replace(f"(z{k - 1})", f"(a{k - 1})")
                self.mistakes[f"slope at a{k - 1}"] = [(error, [taken])]
            lines.append(error)
        return lines

    def _mistakes(self, lines: list[str]) -> None:
        """A weight that is updated before the error has gone back through it."""
        if self.layers < 2 or not self.plan.in_place:
            return
        k = self.layers
        update = f"PW{k} -= 0.1 * dW{k}"
        error = next(line for line in lines if line.startswith(f"e{k - 1} = "))
        self.mistakes["updated weights"] = [(error, [update, error]), (update, ["pass"])]


def _assembled(plan: _Plan, step: list[str]) -> list[str]:
    names = [f"{kind}{k}" for k in range(1, len(plan.sizes)) for kind in "Wb"]
    prefix = {"script": "", "functions": "", "class": "self."}[plan.style]
    given = {f"P{name}": f"{prefix}{name}" for name in names}
    if plan.style == "functions":
        given = {f"P{name}": f"p_['{name}']" for name in names}

    def put(line: str) -> str:
        for short, long in given.items():
            line = line.replace(short, long)
        return line

    body = [put(line) for line in step]
    made = [put(line) for line in _first_values(plan)]
    lines = _functions(plan) + _data(plan)
    each = "for x, y in zip(X, Y):" if plan.layout == "single" else "for x, y in [(X, Y)]:"
    if plan.style == "script":
        lines += [*made, "for epoch in range(50):", f"    {each}", *_indented(body, 2)]
    elif plan.style == "functions":
        lines += ["def make():", "    p_ = {}", *_indented(made, 1), "    return p_", ""]
        lines += ["def step(p_, x, y):", *_indented(body, 1), "    return p_", ""]
        lines += [
            "p_ = make()",
            "for epoch in range(50):",
            f"    {each}",
            "        step(p_, x, y)",
        ]
    else:
        lines += ["class Net:", "    def __init__(self):", *_indented(made, 2), ""]
        lines += ["    def fit(self, X, Y):", "        for epoch in range(50):",
                  f"            {each}", *_indented(body, 4), ""]  # fmt: skip
        lines += ["if __name__ == '__main__':", "    Net().fit(X, Y)"]
    return lines


def _indented(lines: list[str], levels: int) -> list[str]:
    return [f"{'    ' * levels}{line}" for line in lines]


def _functions(plan: _Plan) -> list[str]:
    lines = ["import numpy as np", ""]
    axis = {"rows": 1, "columns": 0, "single": 0}[plan.layout]
    lines += ["def softmax(z):", f"    e = np.exp(z - np.max(z, axis={axis}, keepdims=True))",
              f"    return e / np.sum(e, axis={axis}, keepdims=True)", ""]  # fmt: skip
    for name, (value, _, slope) in ACTIVATIONS.items():
        lines += [f"def {name}(z):", f"    return {value}", ""]
        lines += [f"def d{name}(z):", f"    return {slope}", ""]
    return lines


def _data(plan: _Plan) -> list[str]:
    inputs, classes, count = plan.sizes[0], plan.sizes[-1], plan.count
    lines = [f"X = np.random.randn({count}, {inputs})"]
    if plan.output == "softmax":
        lines.append(f"Y = np.eye({classes})[np.arange({count}) % {classes}]")
    elif plan.output == "sigmoid-bce":
        lines.append(f"Y = np.random.randint(0, 2, ({count}, {classes}))")
    else:
        lines.append(f"Y = np.random.rand({count}, {classes})")
    if plan.layout == "columns":
        lines += ["X, Y = X.T, Y.T"]
    return lines


def _first_values(plan: _Plan) -> list[str]:
    lines = []
    for k, (before, after) in enumerate(zip(plan.sizes[:-1], plan.sizes[1:], strict=True), 1):
        shapes = {
            "rows": (f"({before}, {after})", f"(1, {after})"),
            "columns": (f"({after}, {before})", f"({after}, 1)"),
            "single": (f"({before}, {after})", f"{after}"),
        }[plan.layout]
        shape = shapes[0].strip("()")
        lines += [f"PW{k} = np.random.randn({shape}) * 0.5", f"Pb{k} = np.zeros({shapes[1]})"]
    return lines
