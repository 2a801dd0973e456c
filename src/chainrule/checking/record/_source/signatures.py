"""The functions of a file as they may be called: what each takes, gives, and reaches.

Names are only where to begin: whether a call is believed shows when it runs.
"""

import ast
import functools
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property

from chainrule.checking.learner.project import modules_of
from chainrule.checking.learner.source import Source

ROLES = (
    ("seed", r"seed|key|random_state|prng\w*"),
    ("generator", r"rng|rs|generator"),
    ("rate", r"lr|alpha|eta|epsilon|.*rate.*|step_?size|learn.*"),
    ("times", r".*epoch.*|.*iter.*|n?_?steps|rounds|num_passes|.*times"),
    ("decay", r"reg\w*|lambda\w*|lamb\w*|lmbda|l2\w*|.*decay|penalty"),
    ("batch", r".*batch_?size|mini_?batch.*"),
    ("sizes", r"(?!.*(in|hid|out)).*(sizes|layers?_?dims?)|layers|structure|topology"
              r"|architecture|dims|shape"),
    ("pairs", r"training_data|train_set|training_set|data_?set|data|pairs|samples"),
    ("Y", r"y|y[a-z]|y_?(train|true|batch|data|labels?|hat|val|valid|test|real)?|t|.*targets?"
          r"|.*labels?"
          r"|.*outputs?|keys|.*expected.*|.*answers?|d|y_\w+|(train|test|val)_?y|one_?hot.*"
          r"|.*truth.*|actual|.*desired.*|expec.*"),
    ("X", r"x|x_?\w*|.*inputs?|.*images?|.*features?|.*data|.*samples?|(train|test|val)_?x|a0"
          r"|inp\w*"),
)  # fmt: skip
SIZES = (
    (
        "hidden",
        r".*hid.*|n_?h\d?|h\d?|units|.*neurons.*|num_nodes|h_?dim|.*(ocult|escond|cach[eé]e).*",
    ),
    (
        "inputs",
        r"(.*_|n)?in(put)?s?(_.*)?|.*feat.*|n_?x|d|n_?in|.*input.*|dim|.*(entr[aé]d|entr[eé]e).*",
    ),
    ("outputs", r".*out.*|.*class.*|n_?y|k|.*label.*|.*(sa[ií]da|salida|sortie).*"),
)
PARAMETER = r"([wWbBvV]|theta|Theta)_?(\d|o|h|out|hid\w*|in)?|weights?_?\d?|bias(es)?_?\d?"
KINDS = (
    ("prediction", r"y_?(hat|pred\w*|prob\w*|out\w*)|.*pred.*|outputs?|out|.*prob.*|scores?|logits"
                   r"|al|a_?(\d|o|out|last)|o|final\w*"),
    ("cache", r"caches?|mem\w*|store\w*|states?|activations?|intermediates?|values|.*cache.*"),
    ("gradients", r".*grad.*|derivatives?|deltas?|updates?"),
    ("parameters", r"param\w*|p|weights?|theta|model|net\w*|w"),
)  # fmt: skip
_LAYER_LIKE = ("seed", "generator", "rate", "times", "batch", "sizes", "decay")
PRODUCTS = frozenset(["dot", "matmul", "einsum", "outer", "inner", "tensordot"])
DRAWS = frozenset(
    ["rand", "randn", "random", "normal", "uniform", "standard_normal", "zeros", "ones",
     "random_sample", "zeros_like"]
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Signature:
    """A function or method at the top of a file.

    Attributes:
        name: `train`, `Net.fit`.
        node: its definition.
        needs: the arguments that have no default, without `self`, and targets of the default None.
        gives: names of what its last `return` gives, "" for one without; none if nothing.
        rest: whether it takes any number of arguments.
        arguments: all of them, without `self`.
        idle: those with a default by which nothing is trained, as `epochs=0`.
        absent: those with the default None.
    """

    name: str
    node: ast.FunctionDef
    needs: tuple[str, ...]
    gives: tuple[str, ...]
    rest: bool = False
    arguments: tuple[str, ...] = ()
    idle: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()

    @property
    def owner(self) -> str:
        """The class that it belongs to; "" if none."""
        return self.name.rpartition(".")[0]

    @property
    def method(self) -> str:
        """The name without that of the class."""
        return self.name.rpartition(".")[2]

    @cached_property
    def nodes(self) -> Sequence[ast.AST]:
        """All that is written in it."""
        return tuple(ast.walk(self.node))

    @cached_property
    def called(self) -> frozenset[str]:
        """Names of what it calls."""
        return frozenset(map(called_name, self.nodes))

    @cached_property
    def changes(self) -> bool:
        """Whether something in it reads like a step of training."""
        return any(map(is_change, self.nodes))

    @cached_property
    def multiplies(self) -> bool:
        """Whether it takes a product of matrices."""
        return multiplies(self.node)

    @cached_property
    def draws(self) -> bool:
        """Whether it makes or draws arrays."""
        return bool(self.called & DRAWS)


class Signatures(Mapping[str, Signature]):
    """All functions at the top of a file by their names, with methods of base classes.

    Those of the learner's other modules that it imports are among them.

    Attributes:
        options: texts that names are compared with, by the name.
        settings: what is written at the top of the file, by its name.
        classes: that can be called by their names in the file.
        own: names of the functions and classes that the file itself defines.
    """

    def __init__(self, source: Source) -> None:
        """Look at all cells of a file, and at what it imports of the learner's."""
        statements = [s for cell in source.cells for s in cell.tree.body]
        others = [m.tree for m in modules_of(source).values()]
        self.options = _options([*statements, *(s for tree in others for s in tree.body)])
        self.settings = _settings(statements)
        defined = {
            s.name: s for tree in (*others, ast.Module(statements, []))
            for s in tree.body if isinstance(s, ast.FunctionDef | ast.ClassDef)
        }  # fmt: skip
        self.own = {name for name, s in defined.items() if s in statements}
        self._callable = self.own | (defined.keys() & _imported(statements, set(defined)))
        self._classes = {n: s for n, s in defined.items() if isinstance(s, ast.ClassDef)}
        self.classes = {n: s for n, s in self._classes.items() if n in self._callable}
        self._by_name: dict[str, Signature] = {}
        for statement in (*(s for s in defined.values() if s not in statements), *statements):
            if isinstance(statement, ast.FunctionDef):
                self._by_name[statement.name] = _signature(statement.name, statement, method=False)
            elif isinstance(statement, ast.ClassDef):
                for name, node in self._methods(statement, ()).items():
                    full = f"{statement.name}.{name}"
                    self._by_name[full] = _signature(full, node, method=True)

    def __getitem__(self, name: str) -> Signature:
        return self._by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self._by_name)

    def of(self, owner: str) -> list[Signature]:
        """The methods of a class; for "" the functions that the file has by their names."""
        found = [s for s in self.values() if s.owner == owner]
        return found if owner else [s for s in found if s.name in self._callable]

    def reach(self, name: str) -> frozenset[str]:
        """The functions that one comes to, and itself."""
        reached, waiting = {name}, [name]
        while waiting:
            for called in self[waiting.pop()].called:
                for other in self:
                    if other.rpartition(".")[2] == called and other not in reached:
                        reached.add(other)
                        waiting.append(other)
        return frozenset(reached)

    def reaches_change(self, name: str) -> bool:
        """Whether it comes to what reads like a step of training."""
        return any(self[r].changes for r in self.reach(name))

    def reaches_product(self, name: str) -> bool:
        """Whether it comes to a product of matrices."""
        return any(self[r].multiplies for r in self.reach(name))

    def _methods(self, node: ast.ClassDef, seen: tuple[str, ...]) -> dict[str, ast.FunctionDef]:
        methods: dict[str, ast.FunctionDef] = {}
        for base in reversed(node.bases):
            name = getattr(base, "id", getattr(base, "attr", ""))
            if name in self._classes and name not in (node.name, *seen):
                methods |= self._methods(self._classes[name], (*seen, name))
        methods |= {n.name: n for n in node.body if isinstance(n, ast.FunctionDef)}
        return methods


def _imported(statements: Sequence[ast.stmt], defined: Set[str]) -> Set[str]:
    """Names that are imported as they are; all that are defined for `*`."""
    names = {
        alias.name for s in statements if isinstance(s, ast.ImportFrom)
        for alias in s.names if alias.asname in (None, alias.name)
    }  # fmt: skip
    return defined if "*" in names else names


def functions_in(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Functions and methods at the top of a file: `train`, `Net.fit`."""
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef):
            yield statement.name, statement
        elif isinstance(statement, ast.ClassDef):
            for inner in statement.body:
                if isinstance(inner, ast.FunctionDef):
                    yield f"{statement.name}.{inner.name}", inner


def is_change(node: ast.AST) -> bool:
    """Whether it reads `W -= …`, `W = W + …`, or something less a product."""
    if isinstance(node, ast.AugAssign):
        called = getattr(getattr(node.value, "func", None), "attr", "")
        plain = isinstance(node.value, ast.Constant) or called in ("max", "min", "mean", "sum")
        return isinstance(node.op, ast.Sub | ast.Add) and not plain
    if isinstance(node, ast.Assign):
        value = node.value
        if isinstance(value, ast.Call) and len(value.args) == 1:
            value = value.args[0]  # `float(w + step)`
        return (
            isinstance(value, ast.BinOp)
            and isinstance(value.op, ast.Sub | ast.Add)
            and ast.unparse(value.left) in map(ast.unparse, node.targets)
        )
    return (
        isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Sub)
        and not isinstance(node.left, ast.Constant)
        and isinstance(node.right, ast.BinOp)
        and isinstance(node.right.op, ast.Mult | ast.Div)
    )


def multiplies(node: ast.AST) -> bool:
    """Whether a product of matrices is taken in it."""
    return any(
        called_name(n) in PRODUCTS or (isinstance(n, ast.BinOp) and isinstance(n.op, ast.MatMult))
        for n in ast.walk(node)
    )


def called_name(node: ast.AST) -> str:
    """The last name of what is called: `dot` in `np.dot(a, b)`; "" if nothing is."""
    called = node.func if isinstance(node, ast.Call) else None
    if isinstance(called, ast.Attribute):
        return called.attr
    return called.id if isinstance(called, ast.Name) else ""


@functools.cache
def role_of(name: str, roles: Sequence[tuple[str, str]] = ROLES) -> str | None:
    """What an argument of that name seems to be; None if that cannot be told."""
    short = re.sub(r"(?<=[a-z\d])(?=[A-Z][a-z])", "_", name).lower().strip("_")
    return next((role for role, words in roles if re.fullmatch(words, short)), None)


def kind_of(name: str) -> str | None:
    """What an argument seems to be: "prediction", "cache", "gradients" or "parameters"."""
    return role_of(name, KINDS)


def sizes_of(needs: Sequence[str]) -> tuple[str, ...] | None:
    """The roles of what a constructor or initialiser needs.

    Its plain numbers are sizes of layers, from the input on. None if that cannot be told.
    """
    if any(re.fullmatch(PARAMETER, n) for n in needs):
        return None
    plain = [n for n in needs if role_of(n) not in _LAYER_LIKE]
    by_order: dict[str, str | None] = {}
    if plain and all(role_of(n) in ("X", "Y") and not role_of(n, SIZES) for n in plain):
        by_order = {n: role_of(n) for n in plain}
    elif len(plain) == 1:
        by_order = {plain[0]: role_of(plain[0], SIZES) or "hidden"}
    elif len(plain) in _IN_ORDER:
        by_order = {n: role_of(n, SIZES) for n in plain}
        if len(set(by_order.values())) < len(plain) or None in by_order.values():
            by_order = dict(zip(plain, _IN_ORDER[len(plain)], strict=True))
    elif plain:
        return None
    roles = [by_order.get(n) or role_of(n) for n in needs]
    return tuple(r for r in roles if r is not None) if None not in roles else None


_IN_ORDER = {
    2: ("inputs", "outputs"),
    3: ("inputs", "hidden", "outputs"),
    4: ("inputs", "hidden", "hidden2", "outputs"),
}


def _signature(name: str, node: ast.FunctionDef, method: bool) -> Signature:
    static = any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in node.decorator_list)
    names = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
    chosen = dict(zip(reversed(names), reversed(node.args.defaults), strict=False))
    names = names[int(method and not static) :]
    first = sum(name not in chosen for name in names)
    needs = names[:first]
    for argument in names[first:]:
        if role_of(argument) != "Y" or ast.unparse(chosen[argument]) != "None":
            break
        needs.append(argument)  # without targets it gives scores alone
    defaults = {name: ast.unparse(chosen[name]) for name in names[first:]}
    return Signature(
        name,
        node,
        tuple(needs),
        _given(node),
        rest=node.args.vararg is not None,
        arguments=tuple(names),
        idle=tuple(n for n, d in defaults.items() if d in ("0", "None") and role_of(n) == "times"),
        absent=tuple(n for n, d in defaults.items() if d == "None" and n not in needs),
    )


def _given(node: ast.FunctionDef) -> tuple[str, ...]:
    """Names of what its last `return` gives."""
    returns = [n.value for n in _own(node) if isinstance(n, ast.Return) and n.value is not None]
    if not returns:
        return ()
    parts = returns[-1].elts if isinstance(returns[-1], ast.Tuple) else [returns[-1]]
    return tuple(
        p.id if isinstance(p, ast.Name) else p.attr if isinstance(p, ast.Attribute) else ""
        for p in parts
    )


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes in order, without those of functions within."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            yield child
            yield from _own(child)


def _looked_up(node: ast.AST) -> tuple[str, str]:
    """The names of a dictionary and of what is looked up in it: `table[name]`, `get(name)`."""
    held: ast.AST | None = None
    key: ast.AST | None = None
    if isinstance(node, ast.Subscript):
        held, key = node.value, node.slice
    elif called_name(node) == "get" and isinstance(node, ast.Call) and node.args:
        held, key = getattr(node.func, "value", None), node.args[0]
    named = [getattr(each, "id", getattr(each, "attr", "")) for each in (held, key)]
    return named[0], named[1]


def _settings(statements: Sequence[ast.stmt]) -> dict[str, str]:
    """Lists, dictionaries and numbers that are written at the top of a file, by their names."""
    return {
        target.id: f"={target.id}"
        for statement in statements
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name) and _is_setting(statement.value)
    }


def _is_setting(node: ast.expr) -> bool:
    return isinstance(node, ast.List | ast.Tuple | ast.Dict | ast.Constant)


def _options(statements: Sequence[ast.stmt]) -> dict[str, list[str]]:
    """Strings that names or keys are compared with: `if activation == "relu"`.

    Or that are keys where a name is one: `{"relu": relu}[activation]`.
    """
    found: dict[str, list[str]] = {}
    keys: dict[str, list[str]] = {}
    for statement in statements:
        for node in ast.walk(statement):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
                texts = [k.value for k in node.value.keys if isinstance(k, ast.Constant)]
                held = getattr(node.targets[0], "id", getattr(node.targets[0], "attr", ""))
                if texts and isinstance(texts[0], str):
                    keys[held] = [text for text in texts if isinstance(text, str)]
            held, key = _looked_up(node)
            if held in keys and key:
                found.setdefault(key, keys[held])
            if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], ast.Eq | ast.Is):
                continue
            name = getattr(node.left, "id", getattr(node.left, "attr", None))
            if isinstance(node.left, ast.Subscript):
                name = getattr(node.left.slice, "value", None)
            value = node.comparators[0]
            if name and isinstance(value, ast.Constant) and isinstance(value.value, str):
                found.setdefault(name, []).append(value.value)
    return found
