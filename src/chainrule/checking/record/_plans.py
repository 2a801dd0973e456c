"""Ways to call code that trains when it is called, but that nothing in its file calls.

A plan is one call, of a function or of a method of a new object, with what its parameters seem to
take. Names are only where to begin: whether a plan is believed shows when it runs. Its parameters
must be made by the file's own code, and prediction and target must meet in one shape.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from chainrule.checking.learner.source import Source
from chainrule.checking.record._form import Form

SMALL = Form(inputs=5, classes=3, count=7)
HIDDEN = (4, 6, 2)  # sizes of hidden layers: all sizes differ
RATE, TIMES, STEPS = 0.1, 40, 8
_MOST_ENTRIES = 3


@dataclass(frozen=True)
class Plan:
    """A call.

    Attributes:
        name: of the function, or of the method after its class: `Net.fit`.
        takes: for each argument its role: "X", "Y", "rate", "times", "batch", "sizes", "inputs",
            "hidden", "outputs".
        made_with: the same for the constructor of the class.
        form: of the data.
        losses: other methods that take samples and targets, to be called before each step.
    """

    name: str
    takes: tuple[str, ...]
    made_with: tuple[str, ...] = ()
    form: Form = SMALL
    losses: tuple[tuple[str, tuple[str, ...]], ...] = ()


_ROLES = (
    ("rate", r"lr|alpha|eta|.*rate.*|step_?size|learn.*"),
    ("times", r".*epoch.*|.*iter.*|n?_?steps|rounds|num_passes|.*times"),
    ("batch", r".*batch_?size|mini_?batch.*"),
    ("sizes", r".*sizes|.*layers?_?dims?|layers|structure|topology|architecture|dims|shape"),
    ("Y", r"y|y_?(train|true|batch|data|labels?|hat)?|t|.*targets?|.*labels?|.*outputs?|keys?"
          r"|.*expected.*|.*answers?|d|y_\w+|train_?y|one_?hot.*"),
    ("X", r"x|x_?\w*|.*inputs?|.*images?|.*features?|.*data|.*samples?|train_?x|a0|inp\w*"),
)  # fmt: skip
_SIZES = (
    ("hidden", r".*hid.*|n_?h|h|units|.*neurons.*|num_nodes|h_?dim"),
    ("inputs", r".*in(put)?s?(_.*)?|.*feat.*|n_?x|d|n_?in|.*input.*"),
    ("outputs", r".*out.*|.*class.*|n_?y|k|.*label.*"),
)


def plans(source: Source) -> list[Plan]:
    """The ways to call what trains in a file, the most whole first."""
    tree = ast.Module([s for cell in source.cells for s in cell.tree.body], [])
    functions = dict(functions_in(tree))
    entries = sorted(
        (name for name in functions if not name.endswith("__") and _reach(name, functions)[0]),
        key=lambda name: (-_reach(name, functions)[1], name),
    )
    found: list[Plan] = []
    for name in entries[:_MOST_ENTRIES]:
        plan = _plan(name, functions)
        if plan is not None:
            found.append(plan)
    return found


def forms(plan: Plan, inputs: int = SMALL.inputs, classes: int = SMALL.classes) -> list[Plan]:
    """The same call with data as rows and as columns, with each kind of target."""
    kinds = [("one-hot", classes), ("numbers", 1), ("labels", classes)]
    return [
        replace(plan, form=replace(plan.form, samples=samples, targets=targets, classes=count,
                                   inputs=inputs))
        for targets, count in kinds
        for samples in ("columns", "rows")
    ]  # fmt: skip


def single_forms(plan: Plan, inputs: int, classes: int, targets: str) -> list[Plan]:
    """The same call with one sample, as vectors and as plain lists."""
    form = replace(plan.form, inputs=inputs, classes=classes, targets=targets)
    return [replace(plan, form=replace(form, samples=s)) for s in ("single", "list")]


def functions_in(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Functions and methods at the top of a file: `train`, `Net.fit`."""
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef):
            yield statement.name, statement
        elif isinstance(statement, ast.ClassDef):
            for inner in statement.body:
                if isinstance(inner, ast.FunctionDef):
                    yield f"{statement.name}.{inner.name}", inner


def _reach(name: str, functions: dict[str, ast.FunctionDef]) -> tuple[bool, int]:
    """Whether a function changes something by a product, and how much of the file it calls."""
    reached, waiting = {name}, [name]
    while waiting:
        for called in {called_name(node) for node in ast.walk(functions[waiting.pop()])}:
            for other in functions:
                if other.rpartition(".")[2] == called and other not in reached:
                    reached.add(other)
                    waiting.append(other)
    changes = any(is_change(node) for r in reached for node in ast.walk(functions[r]))
    return changes, len(reached)


def called_name(node: ast.AST) -> str:
    """The last name of what is called: `dot` in `np.dot(a, b)`; "" if nothing is."""
    called = node.func if isinstance(node, ast.Call) else None
    if isinstance(called, ast.Attribute):
        return called.attr
    return called.id if isinstance(called, ast.Name) else ""


def is_change(node: ast.AST) -> bool:
    """Whether it reads `W -= …`, `W = W + …`, or something less a product."""
    if isinstance(node, ast.AugAssign):
        called = getattr(getattr(node.value, "func", None), "attr", "")
        plain = isinstance(node.value, ast.Constant) or called in ("max", "min", "mean", "sum")
        return isinstance(node.op, ast.Sub | ast.Add) and not plain
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.BinOp):
        same = ast.unparse(node.value.left) in map(ast.unparse, node.targets)
        return same and isinstance(node.value.op, ast.Sub | ast.Add)
    return (
        isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Sub)
        and not isinstance(node.left, ast.Constant)
        and isinstance(node.right, ast.BinOp)
        and isinstance(node.right.op, ast.Mult | ast.Div)
    )


def _plan(name: str, functions: dict[str, ast.FunctionDef]) -> Plan | None:
    class_name = name.rpartition(".")[0]
    takes = _roles(functions[name], bool(class_name))
    made_with: tuple[str, ...] | None = ()
    if class_name:
        constructor = functions.get(f"{class_name}.__init__")
        made_with = _sizes(constructor) if constructor is not None else ()
    if takes is None or made_with is None:
        return None
    roles = {*takes, *made_with}
    if not {"X", "Y"} <= roles:
        return None
    losses = tuple(_losses(class_name, functions)) if class_name else ()
    return Plan(name, takes, made_with, losses=losses)


def _losses(
    class_name: str, functions: dict[str, ast.FunctionDef]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Methods that take samples and targets, and change nothing: one may give the loss."""
    for name, function in functions.items():
        own, _, method = name.rpartition(".")
        roles = _roles(function, True) if own == class_name else None
        if roles is not None and set(roles) == {"X", "Y"} and not _reach(name, functions)[0]:
            yield method, roles


def _needed(function: ast.FunctionDef, method: bool) -> list[str]:
    given = function.args
    names = [a.arg for a in (*given.posonlyargs, *given.args)][int(method) :]
    return names[: len(names) - len(given.defaults)]


def _roles(function: ast.FunctionDef, method: bool) -> tuple[str, ...] | None:
    """What each argument without a default seems to be; None if that cannot be told."""
    found = []
    for name in _needed(function, method):
        role = _match(name, (*_ROLES, *_SIZES))
        if role is None:
            return None
        found.append(role)
    return tuple(found) if len(set(found)) == len(found) else None


def _sizes(constructor: ast.FunctionDef) -> tuple[str, ...] | None:
    """The same for a constructor, whose plain numbers are sizes of layers, from the input on."""
    names = _needed(constructor, True)
    plain = [n for n in names if _match(n, _ROLES[:4]) is None]
    if plain and all(_match(n, _ROLES[4:]) and not _match(n, _SIZES) for n in plain):
        by_order = {n: _match(n, _ROLES[4:]) for n in plain}
    elif len(plain) == 1:
        by_order = {plain[0]: _match(plain[0], _SIZES) or "hidden"}
    elif len(plain) == 2:
        by_order = {n: _match(n, _SIZES) for n in plain}
        if len(set(by_order.values())) < 2 or None in by_order.values():
            by_order = dict(zip(plain, ("inputs", "outputs"), strict=True))
    elif len(plain) == 3:
        by_order = {n: _match(n, _SIZES) for n in plain}
        if len(set(by_order.values())) < 3 or None in by_order.values():
            by_order = dict(zip(plain, ("inputs", "hidden", "outputs"), strict=True))
    elif plain:
        return None
    else:
        by_order = {}
    roles = [by_order.get(n) or _match(n, _ROLES[:4]) for n in names]
    return tuple(r for r in roles if r is not None) if None not in roles else None


def _match(name: str, roles: Sequence[tuple[str, str]]) -> str | None:
    short = name.lower().strip("_")
    return next((role for role, words in roles if re.fullmatch(words, short)), None)
