"""A learner's file as it is run: prepared once, for all its runs."""

import __future__

import ast
import contextlib
import copy
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import CodeType
from typing import NamedTuple

from chainrule.checking.learner.project import modules_of
from chainrule.checking.learner.source import Source, nodes_of
from chainrule.checking.record._source.assigned import left_out
from chainrule.checking.record._source.first_values import (
    descending,
    first_values,
    is_number,
    named,
    recorded,
)
from chainrule.checking.record._source.instead import ADDED, ANEW, FLOAT, HANDED, KEY, SUMMED
from chainrule.checking.record._source.numerical import PAUSED, takes_differences
from chainrule.checking.record._source.pairs import called_methods, losses_beside, pair_of
from chainrule.checking.record._source.unread import called_at_top, forgiving
from chainrule.checking.record._source.watched import telling
from chainrule.checking.record._source.without import going_on, in_place_of
from chainrule.checking.record._standins.form import PLAIN, Spot, Variant

# What the code finds in its module: see `pairs.with_loss` and `with_losses`.
WITH_LOSS, WITH_LOSSES = "__chainrule_with_loss__", "__chainrule_with_losses__"
_PART = 0.4  # that is left out where nothing was
_FUTURES = {"annotations": __future__.annotations.compiler_flag}


@lru_cache(maxsize=8)
def program_of(
    source: Source,
    sizes: tuple[tuple[int, int], ...],
    variant: Variant = PLAIN,
    *,
    piecewise: bool,
    watch: bool = False,
) -> tuple[tuple[CodeType, ...], ...]:
    """The code of each cell of a file.

    Args:
        source: the file.
        sizes: numbers that are written there, and those that stand for them.
        variant: of the code.
        piecewise: whether to give each statement by itself: where one fails, those after it are
            wanted all the same.
        watch: whether the lab's functions are to tell what they are called with.
    """
    known, entered = _known(source), called_at_top([cell.tree for cell in source.cells])
    return tuple(
        tuple(
            _compiled(
                cell.tree,
                cell.filename,
                _Prepared(dict(sizes), known, variant, cell.number or 0),
                entered,
                piecewise=piecewise,
                watch=watch,
            )
        )
        for cell in source.cells
    )


@lru_cache(maxsize=64)
def module_of(source: Source, path: Path, sizes: tuple[tuple[int, int], ...]) -> CodeType | None:
    """The code of a module of the learner's that a file imports; None if it is none of them.

    Args:
        source: the file.
        path: of the module.
        sizes: as for the file.
    """
    tree = next((m.tree for m in modules_of(source).values() if m.path == path), None)
    if tree is None:
        return None
    (code,) = _compiled(tree, str(path), _Prepared(dict(sizes), _known(source)))
    return code


class _Known(NamedTuple):
    """What is known of a file before it runs.

    Attributes:
        called: methods that it calls.
        own: names of its functions and classes.
        classes: those of its classes.
        descend: names from which products are taken.
        losses: what may be a loss for each of its functions, by name and line.
    """

    called: frozenset[str]
    own: frozenset[str]
    classes: frozenset[str]
    descend: frozenset[str]
    losses: Mapping[tuple[str, int], Sequence[str]]


@lru_cache(maxsize=4)
def _known(source: Source) -> _Known:
    trees = _trees(source)
    nodes = [node for tree in trees for node in nodes_of(tree)]
    classes = frozenset(node.name for node in nodes if isinstance(node, ast.ClassDef))
    functions = {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
    return _Known(
        called_methods(trees), classes | functions, classes, descending(trees), losses_in(source)
    )


def _trees(source: Source) -> list[ast.Module]:
    modules = modules_of(source).values()
    return [*(cell.tree for cell in source.cells), *(module.tree for module in modules)]


def rates(source: Source) -> list[Spot]:
    """Where a 0 or 1 stands that may be a rate: given to a name or a call, or one of several.

    By cell, line and column. Floats come first, and last what functions of a module are called
    with; else the later in the file the sooner.
    """
    found: dict[tuple[int, int, int], tuple[bool, bool]] = {}
    for cell in source.cells:
        for node in nodes_of(cell.tree):
            far = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
            for each in _settings_in(node):
                if is_number(each, int, float) and getattr(each, "value", None) in (0, 1):
                    place = (cell.number or 0, each.lineno, each.col_offset)
                    found[place] = (far, is_number(each, int))
    return sorted(found, key=lambda place: (found[place], [-n for n in place]))


def _settings_in(node: ast.AST) -> Iterator[ast.expr]:
    """What is given to names and calls, and the elements of tuples, lists and dictionaries."""
    if isinstance(node, ast.Call):
        yield from (*node.args, *(keyword.value for keyword in node.keywords))
    elif isinstance(node, ast.Tuple | ast.List):
        yield from node.elts
    elif isinstance(node, ast.arguments):
        yield from (each for each in (*node.defaults, *node.kw_defaults) if each is not None)
    elif isinstance(node, ast.Dict):
        yield from node.values
    elif isinstance(node, ast.Assign):
        yield node.value


def _compiled(
    tree: ast.Module,
    filename: str,
    prepared: "_Prepared",
    entered: frozenset[str] | None = None,
    *,
    piecewise: bool = False,
    watch: bool = False,
) -> Iterator[CodeType]:
    tree = copy.deepcopy(tree)
    ast.fix_missing_locations(prepared.visit(tree))
    futures = {n.name for n in ast.walk(tree) if isinstance(n, ast.alias)} & _FUTURES.keys()
    flags = sum(_FUTURES[name] for name in futures)  # which hold for all pieces
    # They may stand after what a notebook takes for one of its commands.
    tree.body = [each for each in tree.body if getattr(each, "module", "") != "__future__"]
    if prepared.leaves_out:
        going_on(tree, prepared.own)
    if entered is not None:
        forgiving(tree, entered)
    if watch:
        telling(tree)
    pieces = [ast.Module([each], []) for each in tree.body] if piecewise else [tree]
    for piece in pieces:
        with contextlib.suppress(*([Exception] if piecewise else [])):
            yield compile(piece, filename, "exec", flags, dont_inherit=True)


def _is_float(node: ast.Call) -> bool:
    """Whether it is `float(x)`."""
    name = isinstance(node.func, ast.Name) and node.func.id == "float"
    return name and len(node.args) == 1 and not node.keywords


class _Prepared(ast.NodeTransformer):
    """Records floats that are assigned, alone or in lists: they may be first values.

    Large numbers give way to smaller ones, and a loss that nothing calls is computed where
    its gradient is.
    """

    def __init__(
        self, sizes: Mapping[int, int], known: "_Known", variant: Variant = PLAIN, cell: int = 0
    ) -> None:
        self._sizes, self._known, self._variant, self._cell = sizes, known, variant, cell

    @property
    def own(self) -> frozenset[str]:
        """The names of the file's functions and classes."""
        return self._known.own

    @property
    def leaves_out(self) -> bool:
        """Whether there is a statement that is not done."""
        return bool(self._variant.left_out)

    def _at(self, node: ast.expr | ast.stmt) -> Spot:
        return (self._cell, node.lineno, node.col_offset)

    def visit(self, node: ast.AST) -> ast.AST:
        """What stands there; nothing in the place of a statement that is left out."""
        if not isinstance(node, ast.stmt) or self._at(node) not in self._variant.left_out:
            result: ast.AST = super().visit(node)
            return result
        return in_place_of(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """A class, which may have a loss and its gradient."""
        self.generic_visit(node)
        pair = pair_of(node, self._known.called)
        if pair is not None:
            _decorate(node, WITH_LOSS, pair)
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        """A number of samples, or a rate."""
        if self._at(node) == self._variant.opened:
            return ast.copy_location(ast.Constant(_PART if node.value == 0 else 1 - _PART), node)
        if type(node.value) is int and node.value in self._sizes:
            return ast.copy_location(ast.Constant(self._sizes[node.value]), node)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """An object that is made of a float alone, as `Value(0.0)`; what is made a float."""
        self.generic_visit(node)
        if _is_float(node) and "float" not in self.own:
            node.func = ast.copy_location(ast.Name(FLOAT, ast.Load()), node.func)
        of_class = isinstance(node.func, ast.Name) and node.func.id in self._known.classes
        if of_class and len(node.args) == 1 and is_number(node.args[0], float):
            node.args = [recorded(node.args[0])]
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """A function, which may give back what it was given."""
        self.generic_visit(node)
        if self._variant.handed:
            _note_handed(node)
        losses = self._known.losses.get((node.name, node.lineno))
        if losses and self._variant.losses:
            _decorate(node, WITH_LOSSES, losses)
        return node

    def visit_For(self, node: ast.For) -> ast.AST:
        """A loop, which may take differences of a loss."""
        return self._loop(node)

    def visit_While(self, node: ast.While) -> ast.AST:
        """A loop, which may take differences of a loss."""
        return self._loop(node)

    def _loop(self, node: ast.For | ast.While) -> ast.AST:
        is_of_differences = takes_differences(node)
        self.generic_visit(node)
        if not is_of_differences or any(isinstance(n, ast.With) for n in ast.walk(node)):
            return node  # another one in it is
        call = ast.Call(ast.Name(PAUSED, ast.Load()), [], [])
        return ast.copy_location(ast.With([ast.withitem(call)], [node]), node)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        """What adds to something, once at each place."""
        if self._at(node) == self._variant.added:
            return self._added(node, node.target)
        self.generic_visit(node)
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        """A float or a list that is given to names."""
        if len(node.targets) == 1 and self._at(node) == self._variant.added:
            return self._added(node, node.targets[0])
        self.generic_visit(node)
        if self._at(node) in self._variant.anew:
            node.value = _begun_anew(node)
        several = node.targets[0]
        given = node.value.elts if isinstance(node.value, ast.Tuple) else []
        if isinstance(several, ast.Tuple) and given and len(several.elts) == len(given):
            # Several numbers at once that no object keeps are rather those of a simulation.
            pairs = zip(several.elts, given, strict=True)
            given[:] = [
                self._begun([t], value) if isinstance(t, ast.Attribute) or self._descends(t)
                else value for t, value in pairs
            ]  # fmt: skip
        else:
            node.value = self._begun(node.targets, node.value)
        return node

    def _begun(self, targets: Sequence[ast.expr], value: ast.expr) -> ast.expr:
        kinds = (float, int) if any(map(self._descends, targets)) else (float,)
        return first_values(value, kinds)

    def _descends(self, target: ast.expr) -> bool:
        return named(target) in self._known.descend

    def _added(self, node: ast.Assign | ast.AugAssign, target: ast.expr) -> ast.AST:
        """What adds to an attribute; else to each place of something, as often as it comes."""
        self.generic_visit(node)
        if isinstance(target, ast.Attribute):
            return ast.copy_location(ast.AugAssign(target, ast.Add(), node.value), node)
        if isinstance(node, ast.Assign) and not isinstance(target, ast.Subscript):
            return _summed(node)
        assert isinstance(target, ast.Subscript)
        key = ast.Subscript(ast.Name(KEY, ast.Load()), target.slice, ast.Load())
        less = ast.Constant(isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Sub))
        call = ast.Call(ast.Name(ADDED, ast.Load()), [target.value, key, node.value, less], [])
        for each in (key, call):
            ast.copy_location(each, node)
        return ast.copy_location(ast.Expr(call), node)


def _summed(node: ast.Assign) -> ast.Assign:
    """What gives names the sums of what they have, and of what is assigned."""
    name, stands = left_out(node), copy.deepcopy(node.targets[0])
    for each in ast.walk(stands):
        if isinstance(each, ast.Name | ast.Tuple | ast.Attribute):
            each.ctx = ast.Load()
    call = ast.Call(ast.Name(SUMMED, ast.Load()), [stands, node.value], [])
    if name is not None and isinstance(node.value, ast.ListComp):
        call.args = [ast.Name(name, ast.Load()), node.value.elt]
        node.value.elt = call
    else:
        node.value = call
    ast.copy_location(call, node)
    return node


def _begun_anew(node: ast.Assign) -> ast.expr:
    """What gives a name a copy, or what is in its own array in place of another array."""
    here = ast.Call(ast.Name("locals", ast.Load()), [], [])
    name = ast.Constant(named(node.targets[0]))
    before = ast.Call(ast.Attribute(here, "get", ast.Load()), [name], [])
    call = ast.Call(ast.Name(ANEW, ast.Load()), [node.value, before], [])
    return ast.copy_location(call, node.value)


def _decorate(node: ast.ClassDef | ast.FunctionDef, name: str, given: Sequence[str]) -> None:
    """Put a decorator next to a definition, that is given some names."""
    names: list[ast.expr] = [ast.Constant(each) for each in given]
    call = ast.Call(ast.Name(name, ast.Load()), names, [])
    node.decorator_list.append(ast.copy_location(call, node))


@lru_cache(maxsize=4)
def losses_in(source: Source) -> dict[tuple[str, int], list[str]]:
    """What may be a loss for each function of a file, by its name and line."""
    trees = _trees(source)
    classes = [n.body for tree in trees for n in nodes_of(tree) if isinstance(n, ast.ClassDef)]
    found: dict[tuple[str, int], list[str]] = {}
    for body in (*classes, [statement for tree in trees for statement in tree.body]):
        functions = [each for each in body if isinstance(each, ast.FunctionDef)]
        for one in functions:
            if names := losses_beside(one, functions):
                found[one.name, one.lineno] = names
    return found


def _note_handed(function: ast.FunctionDef) -> None:
    """Have it noted where a function gives back what it was given."""
    arguments = function.args
    given = {a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}
    changed = {
        inner.id
        for node in ast.walk(function)
        if isinstance(getattr(node, "ctx", None), ast.Store)
        for inner in ast.walk(node) if isinstance(inner, ast.Name)
    }  # fmt: skip

    def noted(value: ast.expr) -> ast.expr:
        if not isinstance(value, ast.Name) or value.id not in given - changed:
            return value
        call = ast.Call(ast.Name(HANDED, ast.Load()), [value], [])
        return ast.copy_location(call, value)

    for node in ast.walk(function):
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
            node.value.elts = list(map(noted, node.value.elts))
        elif isinstance(node, ast.Return) and node.value is not None:
            node.value = noted(node.value)


@lru_cache(maxsize=4)
def hands_back(source: Source) -> bool:
    """Whether a function gives back what it was given, as it is."""
    plain = _Prepared({}, _known(source), Variant(handed=True))
    return any(
        isinstance(node, ast.Name) and node.id == HANDED
        for cell in source.cells
        for node in ast.walk(plain.visit(copy.deepcopy(cell.tree)))
    )
