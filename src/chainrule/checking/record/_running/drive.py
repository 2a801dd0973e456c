"""Makes the calls of a plan, in the process that records."""

import contextlib
import re
import sys
import types
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from chainrule.checking.record._running.plans import (
    DECAY,
    HIDDEN,
    LITTLE,
    RATE,
    SEED,
    STEPS,
    TIMES,
    Call,
    Plan,
)
from chainrule.checking.record._standins.form import Generator
from chainrule.checking.record._standins.lent import Lent
from chainrule.checking.record._tape import world
from chainrule.checking.record._tape.arrays import Number, Recorded, ids_of, taken_up, values_of
from chainrule.checking.record._tape.recording import tape

_DEEPEST = 4
_SIZES = frozenset(["inputs", "hidden", "outputs"])
_NO_HOLDERS = (type, types.FunctionType, types.MethodType, types.ModuleType)
_LAST = r"sigm|softmax|logistic|linear|identity"
_OUTPUTS = ("output", "out", "value", "a", "activation", "y", "z", "outputs", "result")
_INPUT_GRADIENTS = r"d_?(inputs?|x)|(grad|gradient)_?(inputs?|x)|(inputs?|x)_?grad(ient)?"


def drive(plan: Plan, names: Mapping[str, Any]) -> bool:
    """Make the calls of a plan, those of a step again and again; whether none of them failed.

    Args:
        plan: the calls.
        names: what the file defines.
    """
    made = Drive(plan, names)
    made.run()
    return not made.failed


class Drive:
    """The store of a plan, and what is done with it.

    Attributes:
        failed: whether a call failed that may.
    """

    def __init__(self, plan: Plan, names: Mapping[str, Any]) -> None:
        """Make the plan's data."""
        self._plan, self._names = plan, names
        self._store: dict[str, Any] = {}
        self._lent = Lent()
        self._made: dict[str, Any] = {}
        self._parameters: set[str] = set()
        self._samples, self._targets = plan.form.arrays()
        takes = " ".join(take for call in (*plan.once, *plan.each) for take in call.takes)
        self._taken = frozenset(re.findall(r"\w+", takes))
        self._given: dict[str, Any] = {}
        self.failed = False

    def run(self) -> None:
        """All calls."""
        plan = self._plan
        self._give_data()
        for call in plan.once:
            self._call(call)
        self._made = {name: self._store[name] for call in plan.once for name in call.gives}
        self._parameters = {path for path, _ in _arrays(self._made)}
        if plan.layer:
            self._go_through_layer()
            return
        for _ in range(STEPS):
            self._give_data()
            before = self._versions()
            for call in plan.each:
                self._try(call) if call.may_fail else self._call(call)
            if plan.descends:
                self._descend(before)

    def _try(self, call: Call) -> None:
        """Make a call that may take other data; what fails half-way through its step is none."""
        alone = self._plan.form.samples in ("single", "list")
        before = self._versions() if alone else {}
        try:
            self._call(call)
        except Exception:
            self.failed = True
            now = self._versions() if alone else {}
            if any(p in before and depth > before[p][1] for p, (_, depth) in now.items()):
                raise  # what was changed may have been meant for batches

    def _call(self, call: Call) -> None:
        if not call.function:
            self._store.update(self._made_up(*call.takes))
            return
        owner, _, method = call.function.rpartition(".")
        function = getattr(self._store[owner], method) if owner else self._names[call.function]
        result = self._result(function, call.takes)
        if len(call.gives) == 1:
            result = [result]
        for name, part in zip(call.gives, result or (), strict=False):
            self._store[name] = _changeable(part)

    def _result(self, function: Any, takes: Sequence[str]) -> Any:
        """What a function gives; where a number is taken for a list, with lists of sizes."""
        named = dict(take.split("=", 1) for take in takes if re.match(r"\w+=", take))
        by_name = {name: self._argument(taken) for name, taken in named.items()}
        takes = takes[: len(takes) - len(named)]
        try:
            return function(*map(self._argument, takes), **by_name)
        except TypeError:
            for lists in _with_lists(takes):
                with contextlib.suppress(TypeError):
                    return function(*map(self._argument, lists), **by_name)
            raise

    def _argument(self, name: str) -> Any:
        if name.startswith("'"):
            return sys.intern(name[1:-1])  # some are compared by `is`
        if name.startswith("{"):
            return self._described_layers(name[1:-1])
        if name.startswith("@"):
            return self._lent.function(name[1:])
        if name.startswith("["):
            return [self._store[each] for each in name[1:-1].split(",")]
        if name.startswith("="):
            thing = self._names[name[1:].removesuffix("()")]
            return thing() if name.endswith("()") else thing
        return self._store[name]

    def _described_layers(self, keys: str) -> list[dict[str, Any]]:
        """A dictionary for each layer: its sizes, and the first text of those that are known.

        The last one is to give outputs as they are, or between 0 and 1.
        """
        sizes = self._store["sizes"]
        layers: list[dict[str, Any]] = []
        for number, (inputs, outputs) in enumerate(pairwise(sizes), start=1):
            layer: dict[str, Any] = {}
            for key, said in (each.split(":") for each in keys.split(",")):
                texts = said.split("|")
                last = [text for text in texts if re.search(_LAST, text)]
                chosen = last[0] if last and number == len(sizes) - 1 else texts[0]
                widths = {"inputs": inputs, "hidden": outputs, "outputs": outputs}
                layer[key] = widths.get(said) or sys.intern(chosen)
            layers.append(layer)
        return layers

    def _give_data(self) -> None:
        self._given = self._data()
        self._store.update(self._given)

    def _data(self) -> dict[str, Any]:
        """What each role takes; data are the same at each step."""
        form = self._plan.form
        X, Y = self._samples, self._targets.copy()  # the code may change them
        if form.samples == "list":
            data: tuple[Any, Any] = (X.tolist(), np.asarray(Y).tolist())
        else:
            data = (taken_up(X), taken_up(Y))
        labels = taken_up(np.arange(form.count) % max(form.classes, 2))
        sizes = [form.inputs, *HIDDEN[: self._plan.depth - 2], form.classes]
        return {
            "X": data[0], "Y": data[1], "rate": RATE, "times": TIMES, "batch": form.count,
            "decay": DECAY, "seed": SEED, "generator": np.random.RandomState(SEED),
            "inputs": form.inputs, "hidden": HIDDEN[0], "hidden2": HIDDEN[1],
            "between": sizes[1:-1], "shape": self._shape(),
            "outputs": form.classes, "sizes": sizes, "little": LITTLE,
            "pairs": _pairs(*data, form.samples) if "pairs" in self._taken else None,
            "tested": _pairs(data[0], labels, form.samples) if "tested" in self._taken else None,
            "table": [[*x, y] for x, y in zip(np.asarray(X).tolist(), Y.tolist(), strict=True)]
            if "table" in self._taken and (form.samples, form.targets) == ("rows", "labels")
            else None,
        }  # fmt: skip

    def _shape(self) -> tuple[int, ...]:
        """Of all samples, where each is a column; else of one of them."""
        form = self._plan.form
        columns = form.samples == "columns"
        return (form.inputs, form.count) if columns else (form.inputs,)

    def _made_up(self, kind: str, *names: str) -> dict[str, Any]:
        """Parameters with sizes that all differ. Shapes: of weights `(in, out)`, or turned."""
        plan, form = self._plan, self._plan.form
        weights = [n for n in names if n[0] not in "bB"]
        biases = [n for n in names if n[0] in "bB"]
        sizes = [form.inputs, *HIDDEN[: len(weights) - 1], form.classes]
        draw = Generator(np.random.PCG64(80 + form.seed))
        values: dict[str, Any] = {}
        for name in names:
            place = (weights if name in weights else biases).index(name)
            shape: tuple[int, ...] = (sizes[place], sizes[place + 1])
            if name in biases:
                column = form.samples == "columns"
                shape = (sizes[place + 1], 1) if column else (1, sizes[place + 1])
                shape = (sizes[place + 1],) if plan.flat else shape
            elif plan.turned:
                shape = shape[::-1]
            values[name] = world.made(draw.uniform(0.1, 0.8, shape) * draw.choice([-1, 1], shape))
        container = plan.once[0].gives[0]
        return {"each": values, "dict": {container: values},
                "list": {container: list(values.values())}}[kind]  # fmt: skip

    # ---- a step along the gradients that were given

    def _versions(self) -> dict[str, tuple[Any, int]]:
        """All arrays of what was made, and by how many updates each came about."""
        self._made = {name: self._store[name] for name in self._made}
        return {path: (place[2], _depth(place[2])) for path, place in _arrays(self._made)}

    def _descend(self, before: Mapping[str, tuple[Any, int]]) -> None:
        """Change the parameters along gradients of their names, where the calls did not."""
        self._made = {name: self._store[name] for name in self._made}
        now = dict(_arrays(self._made))
        parameters = {p: place for p, place in now.items() if p in self._parameters}
        if any(p in before and _depth(x[2]) > before[p][1] for p, x in parameters.items()):
            return  # there is a step among the calls
        given = {
            n: v for n, v in self._store.items()
            if n not in self._made and v is not self._given.get(n, self)
        }  # fmt: skip
        gradients = [
            (_name_of_gradient(path), place[2])
            for path, place in (*_arrays(given), *now.items())
            if path not in before or place[2] is not before[path][0]
        ]
        gradients += [(_name_of_gradient(p), place[2]) for p, place in now.items()]
        for path, (holder, key, value) in parameters.items():
            gradient = _gradient_of(_last_name(path), value, gradients)
            if gradient is not None:
                _put(holder, key, value - RATE * gradient)
        self._store.update(self._made)

    # ---- a part of a network

    def _go_through_layer(self) -> None:
        plan = self._plan
        forward, backward = plan.each
        form = plan.form
        shape: tuple[int, ...] = (form.count, form.inputs)
        shape = {"rows": shape, "columns": shape[::-1], "single": shape[1:]}[form.samples]
        draw = Generator(np.random.PCG64(70 + form.seed))
        x = world.made(draw.uniform(0.05, 1, shape)) if plan.layer == "input" else None
        fixed = draw.uniform(0.05, 1, shape)
        weights = None
        layer = self._store.get(plan.name)
        for _ in range(STEPS):
            self._store["input"] = taken_up(fixed) if x is None else x.copy()
            self._store.update(rate=RATE)
            self._call(forward)
            output = self._store["output"]
            if output is None:
                output = next((getattr(layer, n) for n in _OUTPUTS if hasattr(layer, n)), None)
            if weights is None:
                more = Generator(np.random.PCG64(90 + form.turn))
                weights = more.uniform(-1, 1, np.shape(output))
                if plan.doubled:
                    weights = 2 * weights + values_of(output)
            # The loss is Σ (output + weights)² / 2, so that what goes back depends on the rest.
            upstream = output + taken_up(weights)
            (upstream * upstream).sum()
            self._store["upstream"] = upstream
            before = self._versions()
            self._call(backward)
            if x is None:
                self._descend(before)
                continue
            gradient = self._store["downstream"]
            if gradient is None:
                gradient = next(
                    (v for n, v in vars(layer).items()
                     if re.fullmatch(_INPUT_GRADIENTS, n.lower().strip("_"))), None
                )  # fmt: skip
            if np.shape(gradient) != np.shape(x):
                raise ValueError("the gradient by the input was not found")
            x = x - RATE * gradient


def _with_lists(takes: Sequence[str]) -> Iterator[list[str]]:
    """The same arguments with a list in place of a size: of all, of those between, or a shape."""
    if len(_SIZES.intersection(takes)) == 1:
        yield ["sizes" if each in _SIZES else each for each in takes]
    for number, several in (("hidden", "between"), ("inputs", "shape")):
        if number in takes and "hidden2" not in takes:
            yield [several if each == number else each for each in takes]


def _pairs(X: Any, Y: Any, samples: str) -> Any:
    """Samples with their targets, one by one; columns as arrays of one column."""
    if samples == "rows":
        return list(zip(X, Y, strict=True))
    if samples != "columns":
        return None
    targets = Y.T if np.ndim(Y) == 2 else Y
    return [
        (x[:, None], y[:, None] if np.ndim(y) else y) for x, y in zip(X.T, targets, strict=True)
    ]


def _changeable(thing: Any) -> Any:
    """A tuple of arrays as a list, so that a step can put others into it."""
    if type(thing) is tuple and any(isinstance(t, Recorded | Number) for t in thing):
        return list(thing)
    return thing


def _arrays(
    thing: Any, path: str = "", deep: int = 0
) -> Iterator[tuple[str, tuple[Any, Any, Any]]]:
    """Recorded arrays in objects, dictionaries and lists: path, and holder, key, array."""
    if isinstance(thing, dict):
        items = list(thing.items())
    elif type(thing) in (list, tuple):
        items = list(enumerate(thing))
    elif hasattr(thing, "__dict__") and not isinstance(thing, np.ndarray | type | Number):
        items = list(vars(thing).items())
    else:
        return
    for key, value in items:
        here = f"{path}.{key}"
        if type(value) in (Recorded, Number):
            yield here, (thing, key, value)
        elif deep < _DEEPEST and not isinstance(value, _NO_HOLDERS):
            yield from _arrays(value, here, deep + 1)


def _put(holder: Any, key: Any, value: Any) -> None:
    if isinstance(holder, dict | list):
        holder[key] = value
    elif not isinstance(holder, tuple):
        setattr(holder, key, value)


def _depth(thing: Any) -> int:
    return tape().depth(ids_of(thing))


def _last_name(path: str) -> str:
    """`W1` of `.params.W1`; of `.dW.0` it is `dW.0`."""
    parts = path.strip(".").split(".")
    return ".".join(parts[-2:]) if parts[-1].isdigit() and len(parts) > 1 else parts[-1]


def _name_of_gradient(path: str) -> str:
    """`dW1` of `.cache.dW1`; in what holds gradients under their parameters' names, `grads.W1`."""
    held, _, last = path.strip(".").rpartition(".")
    inner = held.rpartition(".")[2]
    names_them = re.fullmatch(_HELD, inner.lower().strip("_")) and not last.isdigit()
    return f"{_BEFORE_ALL}{last}" if names_them else _last_name(path)


def _gradient_of(name: str, value: Any, gradients: list[tuple[str, Any]]) -> Any:
    """The gradient that goes by a parameter's name, else the only one of its shape."""
    fit = [
        (n, g) for n, g in gradients
        if g is not value and (g.shape == value.shape or g.size == 1 == value.size)
    ]  # fmt: skip
    plain = re.escape(_plain(name))
    words = rf"{_BEFORE}{plain}|{plain}{_AFTER}"
    named = [g for n, g in fit if re.fullmatch(words, _plain(n))]
    if named:
        return named[0]
    rest = [g for n, g in fit if re.match(_GRADIENT, n.lower().strip("_"))]
    return rest[0] if len(rest) == 1 else None


_BEFORE = r"(dl?d?|dj?d?|dc?d?|d|g|grads?|gradients?|delta|nabla|deriv|dcost|dloss)"
_AFTER = r"(grads?|gradients?|d|deriv)"
_GRADIENT = r"d|g|.*grad|delta|nabla"
_HELD, _BEFORE_ALL = r"d|.*grad\w*|deltas?|nablas?|deriv\w*", "grad_"


def _plain(name: str) -> str:
    return re.sub(r"[_.]", "", name.lower())
