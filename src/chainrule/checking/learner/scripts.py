"""Statements as one would paste them below a learner's definitions, run where these are.

The learner's functions see their own names; the statements see these too, and what a script adds.
"""

import ast
import contextlib
import inspect
import itertools
import linecache
import types
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from chainrule.checking.learner.blanks import is_left_line
from chainrule.checking.learner.desk import Leaves, Script, Statement
from chainrule.checking.learner.imports import SHOWS, Nothing, imports_of
from chainrule.checking.learner.leaves import copies, leaves
from chainrule.checking.learner.problems import LEARNERS
from chainrule.data.dataset import Dataset
from chainrule.data.loading import load_digits
from chainrule.errors import ChainruleError
from chainrule.nn.activations import dsigmoid, sigmoid
from chainrule.nn.functions import nll, one_hot, softmax

FEW = 120  # digits in the training part of a script that loads them
FILENAME = "<script>"
_RETURNED = "__returned__"


@dataclass
class Run:
    """What came of going through a function by line.

    Attributes:
        statements: of its body, in order.
        values: of the names that each gave a value, by the statement's place.
    """

    statements: list[Statement] = field(default_factory=list)
    values: dict[str, Leaves] = field(default_factory=dict)


def run_script(script: Script, thing: Any, names: Mapping[str, Any], run: Run) -> Any:
    """Run a script; give the value of its last expression.

    Args:
        script: what to run.
        thing: the learner's function or class.
        names: the globals of the learner's code.
        run: is filled where the script goes through a function by line.
    """
    right = right_answers(script.solutions)
    looked_at = _looked_at(script, thing, right.get(script.name), run)
    around = {"np": np, **names, **right, script.name: looked_at, "__name__": "__main__"}
    return executed(script.text, around, few_digits=script.few_digits)


def right_answers(solutions: str) -> dict[str, Any]:
    """What the solutions define; their names are chainrule's, and none of the learner's."""
    if not solutions:
        return {}
    around: dict[str, Any] = {**FUNCTIONS, "np": np}
    before = dict(around)
    exec(compile(solutions, "<solutions>", "exec"), around)
    return {
        name: value
        for name, value in around.items()
        if name != "__builtins__" and before.get(name) is not value
    }


FUNCTIONS: dict[str, Callable[..., Any]] = {
    f.__name__: f for f in (one_hot, softmax, nll, sigmoid, dsigmoid)
}


def executed(text: str, around: dict[str, Any], *, few_digits: bool = False) -> Any:
    """Execute statements among these names; give the value of the last one, an expression.

    Args:
        text: of the statements.
        around: names that they see, and that get those which they assign.
        few_digits: as in `Script`.
    """
    tree = ast.parse(text)
    lines = text.splitlines(keepends=True)
    linecache.cache[FILENAME] = (len(text), None, lines, FILENAME)
    value = None
    for statement in tree.body:
        if few_digits and isinstance(statement, ast.Import | ast.ImportFrom):
            for one in imports_of(statement):
                around[one.name] = _imported(one.statement, one.name)
        elif isinstance(statement, ast.Expr):
            value = eval(compile(ast.Expression(statement.value), FILENAME, "eval"), around)
        else:
            exec(compile(ast.Module([statement], []), FILENAME, "exec"), around)
    return value


def _imported(statement: ast.stmt, name: str) -> Any:
    """What an import brings to a script: few digits, nothing that draws, the rest as it is."""
    module = statement.module if isinstance(statement, ast.ImportFrom) else None
    if isinstance(statement, ast.Import):
        module = statement.names[0].name
    package = (module or "").split(".")[0]
    if package in SHOWS or (module or "").startswith("chainrule.lab"):
        return _Drawing()
    if module == "chainrule":
        if name in _STAND_INS:
            return _STAND_INS[name]
        if name.startswith("plot_") or name == "check":
            return _Drawing()
    found: dict[str, Any] = {}
    exec(compile(ast.Module([statement], []), FILENAME, "exec"), found)
    return found[name]


class _Drawing(Nothing):
    """Draws nothing; of axes there are as many as are asked for."""

    def __getattr__(self, name: str) -> "_Drawing":
        if name.startswith("__"):
            raise AttributeError(name)
        return _Drawing()

    def prediction(self, model: Any, data: Dataset, sample_idx: int = 0) -> "_Drawing":
        """Asks of a model what the picture of its prediction does."""
        return _prediction(model, sample_idx, data=data, part="validation")

    def subplots(self, rows: int = 1, columns: int = 1, **_: Any) -> tuple["_Drawing", Any]:
        """A figure and its axes."""
        if rows * columns == 1:
            return _Drawing(), _Drawing()
        axes = np.empty((rows, columns), dtype=object)
        for place in np.ndindex(axes.shape):
            axes[place] = _Drawing()
        return _Drawing(), np.squeeze(axes)


def _few_digits() -> Dataset:
    """A few of the digits, which is enough to see whether code runs."""
    digits = load_digits()
    return replace(
        digits,
        X_train=np.asarray(digits.X_train)[:FEW],
        y_train=digits.y_train[:FEW],
        X_test=np.asarray(digits.X_test)[:FEW],
        y_test=digits.y_test[:FEW],
    )


def _prediction(model: Any, sample_idx: int = 0, **more: Any) -> _Drawing:
    """Asks of the model what the picture of a prediction does: the probabilities of one image."""
    data: Dataset = more["data"]
    X, _ = data.part(more.get("part", "test"))
    shape = np.shape(model.forward(np.asarray(X[sample_idx])))
    if shape != (len(data.classes),):
        raise ChainruleError(
            f"`forward` of one image gives the shape {shape}, where one probability for each of "
            f"the {len(data.classes)} classes is drawn, ({len(data.classes)},)"
        )
    return _Drawing()


_STAND_INS: dict[str, Any] = {"load_digits": _few_digits, "plot_prediction": _prediction}


# What is looked at


def _looked_at(script: Script, thing: Any, right: Any, run: Run) -> Any:
    """The learner's definition, as the script wants it."""
    changed = thing
    exchanged = script.right_methods or script.by_line or script.without_raise
    if isinstance(thing, type) and exchanged:  # the learner's class itself stays as it is
        given = dict(vars(right)) if isinstance(right, type) and script.right_methods else {}
        others = {name: given[name] for name in script.right_methods if name in given}
        if "__init__" in given:
            others["__init__"] = _made_by_both(thing, given["__init__"])
        changed = type(thing.__name__, (thing,), others)
    if script.by_line or script.without_raise:
        function = getattr(thing, script.method) if script.method else thing
        by_line = _by_line(function, script, run)
        if not script.method:
            return by_line
        setattr(changed, script.method, by_line)
    return changed


def _made_by_both(thing: Any, right: Callable[..., None]) -> Callable[..., None]:
    """A constructor that does what the learner's does, and then what is right."""

    def made(self: Any, *args: Any, **named: Any) -> None:
        with contextlib.suppress(TypeError):
            thing.__init__(self, *args, **named)
        right(self, *args, **named)

    return made


def syntax_of(function: Any) -> ast.FunctionDef | None:
    """The syntax of a function, with the lines of its cell or file; None without a source."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if not isinstance(code, types.CodeType):
        return None
    try:
        tree = ast.parse("".join(linecache.getlines(code.co_filename)))
    except (SyntaxError, ValueError):
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == code.co_name:
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            if first == code.co_firstlineno:
                return node
    return None


def _by_line(function: Any, script: Script, run: Run) -> Callable[..., Any]:
    """The function, gone through statement by statement."""
    node = syntax_of(function)
    if node is None:
        raise ChainruleError("the source of this function is not known")
    plain = inspect.unwrap(function)
    filename = plain.__code__.co_filename
    parameters = inspect.signature(plain)
    body = _without_docstring(node)
    run.statements[:] = [_statement(one, filename) for one in body]
    stand_ins = script.stand_ins

    def gone_through(*args: Any, **named: Any) -> Any:
        bound = parameters.bind(*args, **named)
        bound.apply_defaults()
        around = {**plain.__globals__, LEARNERS: plain.__globals__}
        local: dict[str, Any] = {**around, **bound.arguments}
        for place, (statement, known) in enumerate(zip(body, run.statements, strict=True)):
            if place in stand_ins and known.names:
                local[known.names[0]] = stand_ins[place].copy()
            elif isinstance(statement, ast.Raise) and known.left and script.without_raise:
                continue
            elif isinstance(statement, ast.Return):
                value = statement.value or ast.Constant(None)
                expression = ast.copy_location(ast.Expression(value), statement)
                local[_RETURNED] = eval(compile(expression, filename, "eval"), local)
                run.values[str(place)] = leaves(local[_RETURNED])
                return local[_RETURNED]
            else:
                exec(compile(ast.Module([statement], []), filename, "exec"), local)
            run.values[str(place)] = _values(known.names, local)
        return None

    def plainly(*args: Any, **named: Any) -> Any:
        return function(*args, **named)

    # A `return` inside of a loop or an `if` cannot be taken out of the function.
    if any(_returns_inside(one) for one in body):
        run.statements.clear()
        return _recompiled(node, plain) if script.without_raise else plainly
    return gone_through


def _recompiled(node: ast.FunctionDef, plain: Any) -> Callable[..., Any]:
    """The function without its lines `raise NotImplementedError`."""

    class Without(ast.NodeTransformer):
        def visit_Raise(self, raised: ast.Raise) -> ast.AST:
            return ast.copy_location(ast.Pass(), raised) if is_left_line(raised) else raised

    changed = ast.fix_missing_locations(Without().visit(node))
    changed.decorator_list = []
    around = dict(plain.__globals__)
    exec(compile(ast.Module([changed], []), plain.__code__.co_filename, "exec"), around)
    made: Callable[..., Any] = around[node.name]
    return made


def _without_docstring(node: ast.FunctionDef) -> list[ast.stmt]:
    return node.body[1:] if ast.get_docstring(node) is not None else node.body


def _statement(statement: ast.stmt, filename: str) -> Statement:
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    stores = (n.id for target in targets for n in ast.walk(target) if isinstance(n, ast.Name))
    return Statement(
        statement.lineno,
        linecache.getline(filename, statement.lineno).strip(),
        tuple(dict.fromkeys(stores)),
        reads=frozenset(
            n.id
            for n in ast.walk(statement)
            if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)
        ),
        changes=frozenset(_changed_by(statement)),
        left=is_left_line(statement),
        ends=isinstance(statement, ast.Return | ast.Raise),
    )


def _changed_by(statement: ast.stmt) -> Iterator[str]:
    """Names that a statement gives a value, or into whose arrays it writes."""
    for node in ast.walk(statement):
        if isinstance(getattr(node, "ctx", None), ast.Store):
            base: ast.AST = node
            while isinstance(base, ast.Subscript):
                base = base.value
            if isinstance(base, ast.Name):
                yield base.id


def _values(names: tuple[str, ...], local: Mapping[str, Any]) -> Leaves:
    return copies(
        {
            f"{name}.{path}" if path else name: array
            for name in names
            for path, array in itertools.islice(leaves(local.get(name)).items(), 20)
        }
    )


def _returns_inside(statement: ast.stmt) -> bool:
    return not isinstance(statement, ast.Return | ast.FunctionDef) and any(
        isinstance(node, ast.Return | ast.Yield | ast.YieldFrom) for node in _inside(statement)
    )


def _inside(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a statement, but for those of functions in it."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.Lambda):
            yield child
            yield from _inside(child)
