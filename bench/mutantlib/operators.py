"""Mutations of a module: each changes one thing that it computes.

Left out are docstrings and annotations, what only a type checker reads, `__all__`, and prose:
texts with spaces, formatted texts, and those of `__repr__`.
"""

import ast
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

Change = tuple[ast.expr | ast.stmt, str, str]  # what is replaced, by which operator, and by what

BOUNDARY = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
NEGATION = {
    ast.Lt: ast.GtE, ast.LtE: ast.Gt, ast.Gt: ast.LtE, ast.GtE: ast.Lt, ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
ARITHMETIC = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd, ast.LShift: ast.RShift, ast.RShift: ast.LShift,
}  # fmt: skip
_TYPING = {"cast", "TypeVar", "NewType", "Literal", "Protocol", "overload"}


@dataclass(frozen=True)
class Mutation:
    """One change of a module.

    Attributes:
        module: its path in the checkout.
        line: where the change begins, counted from 1.
        start: the byte at which it begins.
        end: that after what is replaced.
        operator: what kind of change it is.
        replacement: what stands there instead.
        original: what stands there.
        place: which it is of those of its module that make the same change, counted from 1.
    """

    module: str
    line: int
    start: int
    end: int
    operator: str
    replacement: str
    original: str
    place: int = 1

    def apply(self, text: bytes) -> bytes:
        """The module's text with this change."""
        return text[: self.start] + self.replacement.encode() + text[self.end :]

    @property
    def name(self) -> str:
        """Tells it from others, wherever its line has moved to."""
        place = f" ({self.place})" if self.place > 1 else ""
        return f"{self.module}: {self.operator}: {self.original} -> {self.replacement}{place}"


def mutations(module: str, text: bytes) -> list[Mutation]:
    """All changes of a module that the operators know, in the order of its lines.

    Args:
        module: its path in the checkout.
        text: what it holds.
    """
    tree = ast.parse(text)
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found = []
    for node, operator, replacement in _changes(tree):
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        start = starts[node.lineno - 1] + node.col_offset
        end = starts[node.end_lineno - 1] + node.end_col_offset
        original = " ".join(text[start:end].decode().split())
        found.append(Mutation(module, node.lineno, start, end, operator, replacement, original))
    found = sorted(set(found), key=lambda m: (m.start, m.end, m.operator, m.replacement))
    met: Counter[str] = Counter()
    for i, mutation in enumerate(found):
        met[mutation.name] += 1
        found[i] = replace(mutation, place=met[mutation.name])
    return found


def _changes(tree: ast.Module) -> Iterator[Change]:
    for node in _looked_at(tree):
        yield from _of_comparison(node)
        yield from _of_arithmetic(node)
        yield from _of_logic(node)
        yield from _of_constant(node)
        yield from _of_condition(node)
        yield from _of_call(node)
        yield from _of_statement(node)
        yield from _of_exception(node)


def _looked_at(node: ast.AST, texts: bool = True) -> Iterator[ast.AST]:
    """The nodes that compute something; with `texts`, those of text that is no prose too."""
    if isinstance(node, ast.JoinedStr) or _is_docstring(node):
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
        if texts and node.value and not any(str(c).isspace() for c in str(node.value)):
            yield node
        return
    if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
        return
    if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).startswith("__"):
        return
    if isinstance(node, ast.Call | ast.Subscript) and _last(_head(node)) in _TYPING:
        children: list[ast.AST] = list(node.args[1:]) if isinstance(node, ast.Call) else []
    else:
        yield node
        children = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.AnnAssign):
        children = [child for child in (node.value,) if child]
    elif isinstance(node, ast.arg):
        children = []
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        children = [*node.decorator_list, node.args, *node.body]
        texts = texts and node.name != "__repr__"
    elif _is_alias(node):
        children = []
    for child in children:
        yield from _looked_at(child, texts)


def _is_docstring(node: ast.AST) -> bool:
    """Whether it is a text that stands alone."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _is_alias(node: ast.AST) -> bool:
    """Whether it gives a type a name, as `Array = NDArray[np.float64] | None` does."""
    return (
        isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id.lstrip("_")[:1].isupper()
        and not node.targets[0].id.isupper()
        and isinstance(node.value, ast.Subscript | ast.BinOp)
    )


def _head(node: ast.Call | ast.Subscript) -> ast.expr:
    return node.func if isinstance(node, ast.Call) else node.value


def _last(node: ast.expr) -> str:
    return ast.unparse(node).split(".")[-1]


def _with(node: ast.expr, **fields: object) -> str:
    """The text of an expression with other fields, in parentheses where it had an operator."""
    values = {name: getattr(node, name) for name in node._fields}
    return f"({ast.unparse(type(node)(**{**values, **fields}))})"


def _of_comparison(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.Compare):
        for i, operator in enumerate(node.ops):
            for name, table in (("boundary", BOUNDARY), ("negation", NEGATION)):
                if type(operator) in table:
                    ops = [*node.ops[:i], table[type(operator)](), *node.ops[i + 1 :]]
                    yield node, name, _with(node, ops=ops)


def _of_arithmetic(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.BinOp) and type(node.op) in ARITHMETIC:
        # To take from a text, or to divide by one, is an error that any test would show.
        sides = (node.left, node.right)
        if not any(isinstance(side, ast.JoinedStr) or _is_text(side) for side in sides):
            yield node, "arithmetic", _with(node, op=ARITHMETIC[type(node.op)]())
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Invert):
        yield node, "arithmetic", f"({ast.unparse(node.operand)})"
    if isinstance(node, ast.AugAssign) and type(node.op) in ARITHMETIC:
        changed = ast.AugAssign(node.target, ARITHMETIC[type(node.op)](), node.value)
        yield node, "arithmetic", ast.unparse(changed)


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)


def _of_logic(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.BoolOp):
        yield (
            node,
            "and, or",
            _with(node, op=ast.Or() if isinstance(node.op, ast.And) else ast.And()),
        )
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node, "not", f"({ast.unparse(node.operand)})"


def _of_constant(node: ast.AST) -> Iterator[Change]:
    if not isinstance(node, ast.Constant):
        return
    if isinstance(node.value, bool):
        yield node, "constant", str(not node.value)
    elif isinstance(node.value, int | float):
        yield node, "constant", repr(node.value + 1)
        yield node, "constant", f"({node.value - 1!r})"
    elif isinstance(node.value, str | bytes):
        yield node, "text", repr(type(node.value)())


def _of_condition(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.If | ast.IfExp):
        yield node.test, "condition", "True"
    tests: Sequence[ast.expr] = ()
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        tests = [node.test]
    elif isinstance(node, ast.comprehension):
        tests = node.ifs
        for test in tests:
            yield test, "condition", "True"
    for test in tests:
        if not isinstance(test, ast.Constant):
            yield test, "condition", "False"


def _of_call(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.Call):
        for i, keyword in enumerate(node.keywords):
            if keyword.arg:
                left = [*node.keywords[:i], *node.keywords[i + 1 :]]
                yield node, "keyword", ast.unparse(ast.Call(node.func, node.args, left))


def _of_statement(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.Return) and node.value and not _is_none(node.value):
        yield node.value, "return", "None"
    if isinstance(node, ast.Assign | ast.AnnAssign) and node.value:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        # Without a first value a name is an error, which any test would show.
        if all(isinstance(target, ast.Attribute | ast.Subscript) for target in targets):
            yield node, "statement", "pass"
    if isinstance(node, ast.Raise | ast.Break | ast.Continue | ast.Delete | ast.AugAssign):
        yield node, "statement", "pass"
    if isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant | ast.Yield):
        yield node, "statement", "pass"


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _of_exception(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.ExceptHandler) and node.type:
        kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
        for i in range(len(kinds)):
            left = ast.Tuple([*kinds[:i], *kinds[i + 1 :]], ast.Load())
            yield node.type, "exception", ast.unparse(left)
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        yield node.exc.func, "exception", "Exception"
