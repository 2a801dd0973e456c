"""Which expressions at the top level of a learner's file are cheap and harmless to evaluate."""

import ast
import builtins
import types
from collections.abc import Mapping
from typing import Any

_ROOMS = frozenset(
    (
        "numpy",
        "math",
        "cmath",
        "functools",
        "itertools",
        "operator",
        "collections",
        "typing",
        "types",
        "scipy",
        "fractions",
        "decimal",
        "numbers",
        "random",
        "string",
        "enum",
        "dataclasses",
        "abc",
        "builtins",
        "contextlib",
        "warnings",
    )
)
_BUILTINS = frozenset(
    (
        "abs",
        "all",
        "any",
        "bool",
        "complex",
        "dict",
        "divmod",
        "enumerate",
        "filter",
        "float",
        "frozenset",
        "int",
        "isinstance",
        "len",
        "list",
        "map",
        "max",
        "min",
        "object",
        "pow",
        "property",
        "range",
        "repr",
        "reversed",
        "round",
        "set",
        "slice",
        "sorted",
        "staticmethod",
        "classmethod",
        "str",
        "sum",
        "tuple",
        "type",
        "zip",
        "hash",
        "iter",
        "next",
    )
)
# They touch files, or what all share.
_FORBIDDEN = frozenset(
    (
        "load",
        "loadtxt",
        "genfromtxt",
        "fromfile",
        "fromregex",
        "memmap",
        "open_memmap",
        "save",
        "savez",
        "savetxt",
        "savez_compressed",
        "tofile",
        "dump",
        "DataSource",
        "f2py",
        "ctypeslib",
        "source",
        "info",
        "test",
        "loadmat",
        "savemat",
        "whosmat",
        "imread",
        "imsave",
        "fetch_openml",
        "format_map",
        "ascent",
        "face",
        "electrocardiogram",
    )
)


def is_cheap(node: ast.expr, names: Mapping[str, Any]) -> bool:
    """Whether an expression needs only what is there already, and calls only libraries.

    Args:
        node: the expression.
        names: those that are bound where it stands.
    """
    return _Judge(names, frozenset()).allows(node)


class _Judge:
    """Looks through an expression; `inner` are names bound within it."""

    def __init__(self, names: Mapping[str, Any], inner: frozenset[str]) -> None:
        self._names, self._inner = names, inner

    def allows(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Lambda):  # its body does not run here
            defaults = [*node.args.defaults, *node.args.kw_defaults]
            return all(self.allows(default) for default in defaults if default is not None)
        if isinstance(node, ast.Name):
            return node.id in self._names or node.id in self._inner or hasattr(builtins, node.id)
        if isinstance(node, ast.Call) and not self._may_call(node.func):
            return False
        if isinstance(node, ast.Attribute) and node.attr in _FORBIDDEN:
            return False
        if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            bound = frozenset(
                part.id
                for generator in node.generators
                for part in ast.walk(generator.target)
                if isinstance(part, ast.Name)
            )
            judge = _Judge(self._names, self._inner | bound)
            return all(judge.allows(child) for child in ast.iter_child_nodes(node))
        return not isinstance(node, ast.Await | ast.Yield | ast.YieldFrom) and all(
            self.allows(child) for child in ast.iter_child_nodes(node)
        )

    def _may_call(self, function: ast.expr) -> bool:
        """Whether what is called is a library's, by where its name comes from."""
        root = function
        while isinstance(root, ast.Attribute):
            root = root.value
        if not isinstance(root, ast.Name):
            return root is not function  # a method of a value that is looked at on its own
        if root.id in self._inner:
            return root is not function
        if root.id in self._names:
            return _is_known(self._names[root.id])
        return root.id in _BUILTINS


def _is_known(value: object) -> bool:
    """Whether a value is a library's, and does not hide a function of the learner's."""
    if isinstance(value, types.ModuleType):
        return value.__name__.split(".")[0] in _ROOMS
    if isinstance(value, type | types.FunctionType | types.BuiltinFunctionType):
        if getattr(value, "__name__", "") in _FORBIDDEN:
            return False
        return str(getattr(value, "__module__", None) or "builtins").split(".")[0] in _ROOMS
    kind = type(value)
    if kind.__name__ in ("partial", "vectorize"):
        return False
    return str(kind.__module__).split(".")[0] in _ROOMS
