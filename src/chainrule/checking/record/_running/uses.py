"""What an argument is used for, which tells what it is where its name does not.

Names are of any language; that something is gone through, counted to or multiplied with is not.
"""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from chainrule.checking.record._source.signatures import (
    DRAWS,
    PRODUCTS,
    Signature,
    Signatures,
    called_name,
)

_COUNTS = frozenset(["range"])
_GOES_THROUGH = frozenset(["len", "sum", "zip", "enumerate", "list", "tuple", "reversed", "iter"])
_MADE_OF = PRODUCTS | {"array", "asarray"}
_OF_ARRAYS = frozenset(["shape", "T", "dot", "reshape", "ndim", "size", "flatten", "ravel"])
_ORDERS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)


_OF_NO_LIST = {"array", "counts", "called", "items called", "shapes"}


@dataclass
class Uses:
    """How something is used, by what it is then.

    Attributes:
        ways: "counts" where it is the end of a range, "items" where it is gone through or is put
            together with lists, "array" where it has a shape or goes into a product of matrices,
            "shapes" where arrays are made with it, "scales" where it is a factor, "ordered" where
            it is compared by order, and "added", "called", "items called" and "indexed" as it
            says.
        keys: texts by which its items are looked up.
        labelled: whether its items have something of another kind at their end, `row[-1]`.
        calls: how many arguments it is called with, or each of its items.
        methods: of its items that are called.
    """

    ways: set[str] = field(default_factory=set)
    keys: dict[str, None] = field(default_factory=dict)
    labelled: bool = False
    calls: set[int] = field(default_factory=set)
    methods: set[str] = field(default_factory=set)

    @property
    def is_list(self) -> bool:
        """Whether it is a list and no array."""
        return "items" in self.ways and not self.ways & _OF_NO_LIST

    @property
    def is_size(self) -> bool:
        """Whether it is a number by which arrays are made, or something is counted."""
        return bool(self.ways & {"counts", "shapes"}) and not self.ways & {"array", "items"}

    @property
    def is_factor(self) -> bool:
        """Whether it is a number, and none that counts."""
        return "scales" in self.ways and self.ways <= {"scales", "ordered"}


def uses_of(signature: Signature, need: str, signatures: Signatures) -> Uses:
    """How an argument is used in a function, and in what it is handed to or kept for."""
    uses = Uses()
    waiting = [(signature, need, False)]
    seen = {(signature.name, need, False)}
    while waiting:
        function, name, kept = waiting.pop()
        for step in _looked_at(function, name, kept, uses, signatures):
            if (step[0].name, *step[1:]) not in seen:
                seen.add((step[0].name, *step[1:]))
                waiting.append(step)
    return uses


def _looked_at(
    function: Signature, name: str, kept: bool, uses: Uses, signatures: Signatures
) -> Iterator[tuple[Signature, str, bool]]:
    """Note how a name is used in one function; under which others it goes on there and elsewhere.

    Args:
        function: in which it is looked for.
        name: of a variable, or of an attribute of `self`, if it is kept.
        kept: whether it is an attribute.
        uses: what is noted.
        signatures: of all functions.
    """

    def is_it(node: ast.AST) -> bool:
        if kept:
            return (
                isinstance(node, ast.Attribute)
                and node.attr == name
                and isinstance(node.value, ast.Name)
                and node.value.id == "self"
            )
        return isinstance(node, ast.Name) and node.id == name

    for node in function.nodes:
        _note(node, is_it, uses)
        if isinstance(node, ast.For):
            _note_items(node.target, node.iter, node, is_it, uses)
        elif isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            for part in node.generators:
                _note_items(part.target, part.iter, node, is_it, uses)
        elif isinstance(node, ast.Assign):
            for target in _targets(node, is_it):
                if isinstance(target, ast.Name):
                    yield function, target.id, False
                elif isinstance(target, ast.Attribute) and function.owner:
                    yield from ((s, target.attr, True) for s in signatures.of(function.owner))
        elif isinstance(node, ast.Call):
            called = called_name(node)
            for other in signatures.values():
                if other.method == called or other.name == f"{called}.__init__":
                    given = [*zip(node.args, other.arguments, strict=False)]
                    given += [(k.value, k.arg) for k in node.keywords if k.arg]
                    yield from ((other, argument, False) for value, argument in given
                                if is_it(value))  # fmt: skip


def _targets(node: ast.Assign, is_it: Callable[[ast.AST], bool]) -> Iterator[ast.expr]:
    """What something is given to: `f = it`, or one of several, `f, g = it, other`."""
    for target in node.targets:
        pairs = [(target, node.value)]
        if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            pairs = [*zip(target.elts, node.value.elts, strict=False)]
        yield from (held for held, value in pairs if is_it(value))


def _note(node: ast.AST, is_it: Callable[[ast.AST], bool], uses: Uses) -> None:
    """What one node tells."""
    if isinstance(node, ast.Call):
        given = [*node.args, *(k.value for k in node.keywords)]
        inner = [e for a in given if isinstance(a, ast.Tuple) for e in a.elts]
        sums = [s for a in (*given, *inner) if isinstance(a, ast.BinOp) for s in (a.left, a.right)]
        each = isinstance(node.func, ast.Subscript) and is_it(node.func.value)
        if is_it(node.func) or each:
            uses.ways.add("items called" if each else "called")
            uses.calls.add(len(node.args))
        for names, way, among in (
            (_COUNTS, "counts", [*given, *sums]),
            (_GOES_THROUGH, "items", given),
            (_MADE_OF, "array", given),
            (DRAWS, "shapes", [*given, *inner, *sums]),
        ):
            if called_name(node) in names and any(map(is_it, among)):
                uses.ways.add(way)
    elif isinstance(node, ast.Starred | ast.Subscript) and is_it(node.value):
        uses.ways.add(_OF_NODES[type(node)])
    elif isinstance(node, ast.Attribute) and is_it(node.value):
        uses.ways |= {"array"} if node.attr in _OF_ARRAYS else set()
    elif isinstance(node, ast.BinOp) and (is_it(node.left) or is_it(node.right)):
        among_lists = isinstance(node.left, ast.List) or isinstance(node.right, ast.List)
        uses.ways |= {"items"} if among_lists else {_OF_NODES.get(type(node.op), "added")}
    elif isinstance(node, ast.Compare) and isinstance(node.ops[0], _ORDERS):
        uses.ways |= {"ordered"} if any(map(is_it, ast.walk(node))) else set()


_OF_NODES: dict[type[ast.AST], str] = {
    ast.Starred: "items",
    ast.Subscript: "indexed",
    ast.MatMult: "array",
    ast.Mult: "scales",
    ast.Div: "scales",
}


def _note_items(
    target: ast.AST, gone_through: ast.AST, within: ast.AST, is_it: Callable[[ast.AST], bool],
    uses: Uses,
) -> None:  # fmt: skip
    """What is done with the items of something that a loop goes through."""
    if called_name(gone_through) == "range" or not any(map(is_it, ast.walk(gone_through))):
        return
    if is_it(gone_through):
        uses.ways.add("items")
    items = {n.id for n in ast.walk(target) if isinstance(n, ast.Name)}
    for node in ast.walk(within):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Attribute) and getattr(called.value, "id", "") in items:
            uses.methods.add(called.attr)
        if not isinstance(node, ast.Subscript) or getattr(node.value, "id", "") not in items:
            continue
        if isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str):
            uses.keys[node.slice.value] = None
        elif ast.unparse(node.slice) == "-1":
            uses.labelled = True
