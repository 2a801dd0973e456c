"""A desk whose code runs in this process."""

import contextlib
import functools
import io
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from chainrule.checking.learner.desk import (
    LAB_FUNCTIONS,
    Definition,
    Earlier,
    Leaves,
    ReferenceForward,
    Reply,
    Request,
)
from chainrule.checking.learner.leaves import attributes, copies, get, leaves, put
from chainrule.checking.learner.problems import explain
from chainrule.checking.learner.scripts import Run, run_script
from chainrule.nn.activations import ACTIVATIONS, dsigmoid, sigmoid
from chainrule.nn.functions import nll, one_hot, softmax

MOST_OUTPUT = 1_000_000  # characters
WATCHED = ("forward", "forward_hidden", "forward_output", "loss", "grad_loss", "predict")
# The right versions of those functions of the lab that take an array to one of the same shape.
SAME_SHAPE: dict[str, Callable[..., Any]] = {
    "softmax": softmax,
    "sigmoid": sigmoid,
    "dsigmoid": dsigmoid,
}
SLOPE_STEP = 1e-3  # with the fourth-order formula: errors near 1e-12 of the third derivative


class Named:
    """What a learner defined: the object, and the names around it."""

    def __init__(self, definition: Definition, thing: Any, names: dict[str, Any]) -> None:
        """Keep them; `names` is the globals of the code."""
        self.definition, self.thing, self.names = definition, thing, names

    def called(self, method: str) -> str:
        """What a class calls a method of the lab's."""
        return self.definition.called.get(method, method)


class LocalDesk:
    """Calls what the learner defined, in this process.

    Attributes:
        definitions: what there is, in the order of the file.
    """

    def __init__(
        self,
        found: Sequence[Named],
        *,
        assigned: frozenset[str] = frozenset(),
        failed_imports: Mapping[str, str] | None = None,
        around: Callable[[], contextlib.AbstractContextManager[object]] = contextlib.nullcontext,
    ) -> None:
        """Take up what was found.

        Args:
            found: the definitions and their objects.
            assigned: names assigned anywhere at the top level of the file.
            failed_imports: names that an import should have brought, and why it did not.
            around: entered around each request, for a limit on its time.
        """
        self.found = list(found)
        self.definitions = [named.definition for named in found]
        self._assigned, self._failed = assigned, dict(failed_imports or {})
        self._around = around

    def ask(self, requests: Sequence[Request]) -> list[Reply]:
        """Answer each request, in order; a problem in one does not keep the others."""
        return [self._answer(request) for request in requests]

    def _answer(self, request: Request) -> Reply:
        named = self.found[request.definition]
        results: list[Leaves] = []
        entered: dict[str, Leaves] = {}
        state: Leaves = {}
        slopes: Leaves = {}
        problem = None
        run = Run()
        with (
            self._replaced(named.names, request) as hidden,
            warnings.catch_warnings(record=True) as caught,
            np.errstate(all="warn"),
            contextlib.redirect_stdout(_Discarded()),
            contextlib.redirect_stderr(_Discarded()),
        ):
            warnings.simplefilter("always")
            try:
                with self._around():
                    if request.script is not None:
                        value = run_script(request.script, named.thing, named.names, run)
                        results.append(copies(leaves(value)))
                    instance = self._instance(named, request, entered)
                    raw: list[Any] = []
                    for call in request.calls:
                        method = named.called(call.method)
                        function = getattr(instance, method) if method else named.thing
                        args = [_argument(arg, raw) for arg in call.args]
                        raw.append(function(*args, **dict(call.named)))
                        results.append({} if raw[-1] is None else copies(leaves(raw[-1])))
                    if request.want_state:
                        state = copies(attributes(instance))
                    for path in request.slopes:
                        slopes[path] = self._slope(named, instance, request, path)
            except (Exception, SystemExit, RecursionError) as error:
                problem = explain(error, named.names, self._assigned | hidden, self._failed)
        return Reply(
            tuple(results),
            state,
            slopes,
            entered or run.values,
            tuple(str(w.message) for w in caught[:20]),
            problem,
            tuple(run.statements),
        )

    def _instance(self, named: Named, request: Request, entered: dict[str, Leaves]) -> Any:
        if named.definition.methods is None or request.script is not None:
            return None
        thing = named.thing
        if (
            getattr(thing, "__dictoffset__", 1) == 0
        ):  # slots alone leave no room for what is put in
            thing = type(thing.__name__, (thing,), {})
        instance = thing(
            *(_own(size) for size in request.sizes),
            **{name: _own(size) for name, size in request.named_sizes.items()},
        )
        for path, array in request.state.items():
            put(instance, path, array)
        if request.forward is not None:
            _give_forward(instance, request.forward, named.called("forward"))
        for name, value in request.returns.items():
            object.__setattr__(
                instance, named.called(name), lambda *_args, _value=value, **_more: _value
            )
        for name in WATCHED:
            _watch(instance, named.called(name), name, entered)
        return instance

    def _slope(self, named: Named, instance: Any, request: Request, path: str) -> Any:
        """Derivative of the last call's result by each entry at a path: central differences."""
        call = request.calls[-1]
        at = np.array(get(instance, path), dtype=np.float64)
        slope = np.zeros_like(at)

        def value() -> float:
            result = getattr(instance, named.called(call.method))(
                *(_own(arg) for arg in call.args), **dict(call.named)
            )
            return float(np.asarray(result).reshape(()))

        for place in np.ndindex(at.shape):
            values = {}
            for steps in (-2, -1, 1, 2):
                moved = at.copy()
                moved[place] += steps * SLOPE_STEP
                put(instance, path, moved)
                values[steps] = value()
            slope[place] = (8 * (values[1] - values[-1]) - (values[2] - values[-2])) / (
                12 * SLOPE_STEP
            )
        put(instance, path, at)
        return slope

    @contextlib.contextmanager
    def _replaced(self, names: dict[str, Any], request: Request) -> Iterator[frozenset[str]]:
        """The names around the code, some of them exchanged while it runs; gives those hidden."""
        before = dict(names)
        hidden = frozenset[str]()
        for name, how in request.references.items():
            names[name] = reference(name.lower(), how, before.get(name))
        for name in LAB_FUNCTIONS:
            if name not in names and not _has_namesake(name, names):
                names[name] = reference(name, "", None)
        if request.hide:
            hidden = frozenset(name for name, value in names.items() if _is_data(name, value))
            for name in hidden:
                del names[name]
        try:
            yield hidden
        finally:
            for name in set(names) - set(before):  # also what the code itself left: a registry
                del names[name]  # of warnings, a `global`
            names.update(before)


class _Discarded(io.TextIOBase):
    """Takes what is printed, up to a limit."""

    def __init__(self) -> None:
        self._length = 0

    def write(self, text: str, /) -> int:
        self._length += len(text)
        if self._length > MOST_OUTPUT:
            raise OutputError(f"it prints more than {MOST_OUTPUT:,} characters")
        return len(text)


class OutputError(RuntimeError):
    """The learner's code prints without end."""


def reference(name: str, how: str, theirs: object) -> Callable[..., Any]:
    """The right version of one of the lab's functions, to stand in place of the learner's.

    Args:
        name: of the function.
        how: for `nll`, "sum" or "mean".
        theirs: the learner's function, for the order of its parameters.
    """
    if name == "nll":
        return functools.partial(_nll, how or "sum")
    if name == "one_hot":
        code = getattr(theirs, "__code__", None)
        first = code.co_varnames[:1] if code is not None and code.co_argcount > 1 else ()
        return _one_hot_labels_first if takes_labels_first(first) else _one_hot
    return SAME_SHAPE[name]


def takes_labels_first(parameters: Sequence[str]) -> bool:
    """Whether a `one_hot` with these parameters takes the labels before the number of classes."""
    return bool(parameters) and parameters[0].strip("_").lower() in (
        *("y", "ys", "label", "labels", "target", "targets", "y_true", "classes", "etiquettes"),
    )


def _nll(how: Any, Y_true: Any, Y_pred: Any, *_options: Any, **_more: Any) -> float:
    Y_true = np.broadcast_to(np.asarray(Y_true, dtype=np.float64), np.shape(Y_pred))
    return nll(Y_true, Y_pred, how)


def _one_hot(n_classes: int, y: Any, *_options: Any, **_more: Any) -> Any:
    return one_hot(int(n_classes), y)


def _one_hot_labels_first(y: Any, n_classes: int, *_options: Any, **_more: Any) -> Any:
    return one_hot(int(n_classes), y)


def _argument(given: Any, results: Sequence[Any]) -> Any:
    """What a call is to be given for an argument of a request."""
    if isinstance(given, Earlier):
        return results[given.call]
    return _own(given)


def _own(argument: Any) -> Any:
    """A copy, so that the code can do with it as it likes."""
    return argument.copy() if isinstance(argument, np.ndarray) else argument


def _is_data(name: str, value: object) -> bool:
    """Whether a name of the notebook holds data or a size; a float is rather a constant."""
    return isinstance(value, np.ndarray | list | tuple | int | np.integer) and not (
        name.startswith("_") or name in ("In", "Out", "np")
    )


def _has_namesake(name: str, names: Mapping[str, Any]) -> bool:
    """Whether there is a function of nearly this name, which the learner may have meant."""
    bare = name.replace("_", "").lower()
    return any(k.replace("_", "").lower() == bare and callable(v) for k, v in names.items())


def _watch(instance: Any, own: str, name: str, entered: dict[str, Leaves]) -> None:
    """Note in `entered`, by the lab's name, what a method returns."""
    method = getattr(instance, own, None)
    if not callable(method):
        return

    @functools.wraps(method)
    def watched(*args: Any, **kwargs: Any) -> Any:
        result = method(*args, **kwargs)
        entered[name] = copies(leaves(result))  # the caller may change them
        return result

    with contextlib.suppress(AttributeError, TypeError):  # an object without room for it
        object.__setattr__(instance, own, watched)


def _give_forward(instance: Any, how: ReferenceForward, own: str) -> None:
    """Replace an object's forward pass, in whatever parts it comes, by the right one.

    Args:
        instance: the object.
        how: the right forward pass goes into it.
        own: what it calls `forward`.
    """

    def layers(X: Any, first: int, last: int) -> dict[str, Any]:
        values: dict[str, Any] = {f"h{first}": np.asarray(X, dtype=np.float64)}
        for layer in range(first + 1, last + 1):
            W = np.asarray(get(instance, how.weights[layer - 1]), dtype=np.float64)
            W = W.T if how.flipped else W
            path = how.biases[layer - 1]
            b = np.asarray(get(instance, path), dtype=np.float64).ravel() if path else 0.0
            z = values[f"h{layer - 1}"] @ W + b
            values[f"z{layer}"] = z
            if layer < len(how.weights):
                values[f"h{layer}"] = ACTIVATIONS[how.activation].function(z)
            else:
                values["y"] = softmax(z) if how.output == "softmax" else sigmoid(z)
        for attribute, quantity in how.kept:
            if quantity in values:
                object.__setattr__(instance, attribute, values[quantity])
        return values

    n = len(how.weights)

    def forward(X: Any, *flags: Any, **named_flags: Any) -> Any:
        values = layers(X, 0, n)
        if any(flags) or any(named_flags.values()):
            return _with_activations(values, n)
        return values["y"]

    replaced: dict[str, Callable[..., Any]] = {
        own: forward,
        "forward_hidden": lambda X: layers(X, 0, n - 1)[f"h{n - 1}"],
        "forward_output": lambda H: layers(H, n - 1, n)["y"],
        "forward_keep_activations": lambda X: _with_activations(layers(X, 0, n), n),
    }
    for name, function in replaced.items():
        if hasattr(instance, name):
            object.__setattr__(instance, name, function)


def _with_activations(values: dict[str, Any], n: int) -> tuple[Any, ...]:
    """(y, h, z_h), as the lab's `keep_activations` has it; deeper nets go on downwards."""
    hidden = [values[f"{kind}{layer}"] for layer in range(n - 1, 0, -1) for kind in "hz"]
    return (values["y"], *hidden)
