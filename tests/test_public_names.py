"""Every public name is documented and typed, and importing the package stays cheap."""

import ast
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any, NamedTuple

import pytest

import chainrule

HEAVY = (
    "matplotlib",
    "sklearn",
    "scipy",
    "PIL",
    "click",
    "jinja2",
    "pooch",
    "safetensors",
    "tqdm",
    "IPython",
    "anywidget",
    "ipywidgets",
    "jupytext",
    "onnx",
    "optuna",
    "threadpoolctl",
)
ARRAY = re.compile(r"\b(Array|ArrayLike|NDArray|ndarray)\b")
SHAPE = re.compile(r"`\([^`]*\)`")


def module_names() -> list[str]:
    found = pkgutil.walk_packages(chainrule.__path__, "chainrule.")
    names = [module.name for module in found]
    return ["chainrule", *(name for name in names if not re.search(r"\._", name))]


class PublicFunction(NamedTuple):
    """A public function, method, property or command's callback, and where it was found."""

    name: str
    function: Callable[..., Any]
    doc: str  # its own, or that of the method it overrides
    owner_doc: str  # of its class
    command: bool  # its docstring is the help that the command line prints

    def definition(self) -> ast.FunctionDef | ast.AsyncFunctionDef:
        tree = ast.parse(textwrap.dedent(inspect.getsource(self.function)))
        (node,) = (n for n in tree.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
        return node

    def arguments(self) -> list[ast.arg]:
        """All that need an annotation: not `self` or `cls`."""
        spec = self.definition().args
        every = [*spec.posonlyargs, *spec.args, *spec.kwonlyargs, spec.vararg, spec.kwarg]
        return [a for a in every if a is not None and a.arg not in ("self", "cls")]

    def annotations(self) -> list[str]:
        nodes = [*(a.annotation for a in self.arguments()), self.definition().returns]
        return [ast.unparse(node) for node in nodes if node is not None]

    def raises(self) -> bool:
        return any(
            isinstance(node, ast.Raise) and node.exc is not None
            for node in ast.walk(self.definition())
        )


def public(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """Public names that the module itself defines, or shows of a private one."""
    shown = getattr(module, "__all__", ())
    for name, value in vars(module).items():
        home = str(getattr(getattr(value, "callback", value), "__module__", None))
        of_private = name in shown and home.startswith("chainrule.") and "._" in home
        if not name.startswith("_") and (home == module.__name__ or of_private):
            yield name, value


def classes(module: ModuleType) -> list[tuple[str, type]]:
    return [(name, value) for name, value in public(module) if inspect.isclass(value)]


def plain_function(value: object) -> tuple[Callable[..., Any] | None, bool]:
    """The function behind a method, a property, a decorator or a command; whether the last."""
    if isinstance(value, staticmethod | classmethod):
        return value.__func__, False
    if isinstance(value, property):
        return value.fget, False
    for inner in ("func", "__wrapped__"):  # cached_property; functools.cache and wraps
        if not inspect.isfunction(value) and inspect.isfunction(getattr(value, inner, None)):
            return getattr(value, inner), False
    if inspect.isfunction(value):
        return inspect.unwrap(value), False
    callback = getattr(value, "callback", None)
    return (inspect.unwrap(callback), True) if inspect.isfunction(callback) else (None, False)


def functions(module: ModuleType) -> list[PublicFunction]:
    found = []
    for name, value in public(module):
        function, command = (None, False) if inspect.isclass(value) else plain_function(value)
        if function is not None and function.__name__ != "<lambda>":
            doc = inspect.getdoc(function) or ""
            found.append(PublicFunction(name, function, doc, "", command))
    for class_name, owner in classes(module):
        for name, value in vars(owner).items():
            function, _ = plain_function(value)
            if name.startswith("_") or function is None or inspect.isclass(value):
                continue
            if function.__module__ == owner.__module__:
                doc = inspect.getdoc(getattr(owner, name)) or ""
                owner_doc = inspect.getdoc(owner) or ""
                found.append(
                    PublicFunction(f"{class_name}.{name}", function, doc, owner_doc, False)
                )
    return found


every_module = pytest.mark.parametrize("module_name", module_names())


@every_module
def test_modules_classes_and_functions_have_a_docstring(module_name: str) -> None:
    module = importlib.import_module(module_name)
    bare = [f.name for f in functions(module) if not f.doc.strip()]
    for name, value in classes(module):
        # A dataclass without a docstring is given its signature as one.
        own = (vars(value).get("__doc__") or "").strip()
        if not own or own.startswith(f"{name}("):
            bare.append(name)
    if not (module.__doc__ or "").strip():
        bare.append(module_name)
    assert not bare, bare


@every_module
def test_functions_are_completely_annotated(module_name: str) -> None:
    bare = []
    for f in functions(importlib.import_module(module_name)):
        bare += [f"{f.name}({a.arg})" for a in f.arguments() if a.annotation is None]
        if f.definition().returns is None:
            bare.append(f"{f.name} -> ?")
    assert not bare, bare


@every_module
def test_functions_that_raise_say_so(module_name: str) -> None:
    found = functions(importlib.import_module(module_name))
    silent = [f.name for f in found if f.raises() and not f.command and "Raises:" not in f.doc]
    assert not silent, silent


@every_module
def test_functions_on_arrays_give_their_shapes(module_name: str) -> None:
    found = functions(importlib.import_module(module_name))
    takes_arrays = [f for f in found if ARRAY.search(" ".join(f.annotations()))]
    shapeless = [f.name for f in takes_arrays if not SHAPE.search(f.doc + f.owner_doc)]
    assert not shapeless, shapeless


def test_the_walk_finds_functions_methods_properties_and_modules() -> None:
    assert {"chainrule.nn.functions", "chainrule.data.dataset"} <= set(module_names())
    rooms = [importlib.import_module(f"chainrule.nn.{name}") for name in ("classifier", "models")]
    names = {f.name: f for room in rooms for f in functions(room)}
    assert {"hidden_layer_names", "Classifier.loss", "Classifier.parameters"} <= set(names)
    assert "Classifier._batch" not in names
    assert [a.arg for a in names["Classifier.loss"].arguments()] == ["X", "y", "reduction"]
    assert "Shape: `(D,)` to `(K,)`" in names["NeuralNet.logits"].doc
    assert names["Classifier.train"].raises()
    assert not names["Classifier.predict"].raises()


def test_importing_chainrule_loads_no_heavy_module() -> None:
    code = f"import sys, chainrule; print(sorted(set({HEAVY}) & set(sys.modules)))"
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert result.stderr == ""
    assert result.stdout.strip() == "[]"
