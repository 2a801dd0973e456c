"""What a file is about, as its source shows: a network, a training, the lab's contract."""

import ast
from collections.abc import Iterable, Iterator, Set

from chainrule.checking.learner.project import modules_of, sheets_of
from chainrule.checking.learner.source import Source, nodes_of
from chainrule.checking.record._source.signatures import (
    Signatures,
    called_name,
    functions_in,
    is_change,
    role_of,
)
from chainrule.checking.record._tape.operations import PRODUCTS

_MATRIX_PRODUCTS = frozenset([*PRODUCTS, "einsum"])
COMPUTING = frozenset([*_MATRIX_PRODUCTS, "outer", "inner", "multiply", "exp", "log", "tanh"])


def keeps_contract(source: Source, *, but_nll: bool = False) -> bool:
    """Whether it keeps to the lab's contract: it has a `grad_loss`, or, if that counts, `nll`."""
    names = {name for _, name, _ in functions_of(source)}
    return ("nll" in names and not but_nll) or any(name.endswith(".grad_loss") for name in names)


def is_of_the_lab(source: Source) -> bool:
    """Whether it is a notebook of chainrule's own lab: what trains there is chainrule."""
    nodes = (node for cell in source.cells for node in nodes_of(cell.tree))
    return any(isinstance(n, ast.ImportFrom) and n.module == "chainrule.lab" for n in nodes)


def looks_like_a_network(source: Source) -> bool:
    """Whether something in a file computes as networks do, or looks like a step of training.

    Functions that take products of matrices do, and methods that compute with numbers.
    """
    found = (
        is_called(node, _MATRIX_PRODUCTS) or ("." in name and is_scaling(node))
        for _, name, function in functions_of(source)
        for node in ast.walk(function)
    )
    return any(found) or has_a_step(cell.tree for cell in source.cells)


def may_train(source: Source) -> bool:
    """Whether something in a file looks like a step of training.

    That is a change by plus or minus, and products of matrices, or something called a rate; it may
    stand in another module of the learner's.
    """
    return has_a_step(sheet.tree for sheet in sheets_of(source).values())


def has_a_step(trees: Iterable[ast.AST]) -> bool:
    """Whether something there reads like a step of training, as `may_train` has it."""
    nodes = [node for tree in trees for node in nodes_of(tree)]
    return any(is_called(n, COMPUTING) or _is_rate(n) for n in nodes) and any(
        map(is_change, nodes)
    )


def goes_down(source: Source) -> bool:
    """Whether a loop takes products from numbers, as where a line is fitted by any names."""
    loops = (n for cell in source.cells for n in nodes_of(cell.tree)
             if isinstance(n, ast.For | ast.While))  # fmt: skip
    return any(is_change(n) and _takes_a_product(n) for loop in loops for n in ast.walk(loop))


def _takes_a_product(node: ast.AST) -> bool:
    operator, taken = getattr(node, "op", None), getattr(node, "value", None)
    if isinstance(node, ast.Assign) and isinstance(taken, ast.BinOp):
        operator, taken = taken.op, taken.right
    return isinstance(operator, ast.Sub) and is_scaling(taken)


def imports_a_network(source: Source) -> bool:
    """Whether a file uses what computes in the learner's other modules, or has what trains it.

    What only defines something else is judged where it is used.
    """
    trees = [m.tree for m in modules_of(source).values()]
    nodes = (node for tree in trees for node in nodes_of(tree))
    found = any(is_called(node, _MATRIX_PRODUCTS) for node in nodes) or has_a_step(trees)
    return found and (does_something(source) or _trains_another(source))


def does_something(source: Source) -> bool:
    """Whether a file does more than to define and to import."""
    defines = (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
    return any(not isinstance(s, defines) for cell in source.cells for s in cell.tree.body)


def _trains_another(source: Source) -> bool:
    """Whether a function comes to a step, and to a product of matrices, of other modules."""
    signatures = Signatures(source)
    return any(
        s.name.partition(".")[0] in signatures.own
        and signatures.reaches_change(s.name)
        and signatures.reaches_product(s.name)
        for s in signatures.values()
    )


def _is_rate(node: ast.AST) -> bool:
    name = getattr(node, "id", getattr(node, "attr", getattr(node, "arg", None)))
    return isinstance(name, str) and role_of(name) == "rate"


def functions_of(source: Source) -> Iterator[tuple[int | None, str, ast.FunctionDef]]:
    """The functions and methods of a file: cell, name and syntax."""
    for cell in source.cells:
        for name, function in functions_in(cell.tree):
            yield cell.number, name, function


def computes(function: ast.FunctionDef) -> bool:
    """Whether a function computes as networks do, or with numbers."""
    inner = (node for node in ast.walk(function) if node is not function)
    return any(is_called(n, COMPUTING) or is_scaling(n) for n in inner)


def is_called(node: ast.AST, names: Set[str]) -> bool:
    """Whether it is a product by `@`, or a call of what has one of these names."""
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.MatMult)
    return called_name(node) in names


def is_scaling(node: object) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div | ast.Pow)
