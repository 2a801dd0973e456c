"""How a learner's network is written: its constructor, its parameters, their orientation.

Found by trying: an object is made with sizes that all differ, and the arrays in it are recognised
by their shapes, whatever they are called.
"""

import itertools
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np

from chainrule.checking.diagnosis.arguments import is_rate
from chainrule.checking.diagnosis.compare import Array
from chainrule.checking.diagnosis.network import in_own_names
from chainrule.checking.diagnosis.probes import HIDDEN, D, K, N, layer_parameters, samples
from chainrule.checking.learner.desk import (
    Call,
    Definition,
    Desk,
    Leaves,
    Problem,
    ReferenceForward,
    Request,
)
from chainrule.nn.models import hidden_layer_names

Sizes = tuple[int, ...]
Arguments = tuple[tuple[Any, ...], dict[str, Any]]

_INPUT = re.compile(r"^(n_?)?(in|inp|input|inputs|d|x|nx)(_|$|\d)|input|feat|d_?in$|entree|pixels")
_OUTPUT = re.compile(r"out|class|label|^k$|^c$|^n_?y$|sortie|target")
_HIDDEN = re.compile(r"hid|^n?_?h_?\d*$|^nh\d*$|mid|units|neuron|cache")
_LIST = re.compile(r"layers|sizes|dims|archi|shape|structure|topology|widths|couches")
_COUNT = re.compile(r"^(n|nb|num|number)_?(of_)?(hidden_)?layers$|depth")
_LAYERS = 2  # where their number is an argument
_RATE = 0.1
_NOT_A_PARAMETER = re.compile(
    r"(^|\.)(d|v|m|s|g|vel|mom|prev|last|best|old|new)_?[WwBb](_?\w+)?(\.|$)|grad|vel|moment|cache|delta"
)


@dataclass(frozen=True)
class Spelling:
    """One way to make an object of a class, and where its parameters are.

    Attributes:
        place: of the class in `Desk.definitions`.
        build: arguments of the constructor for given sizes.
        made: the sizes that the constructor takes.
        sizes: D, the hidden sizes, K; longer where one number is the size of several layers.
        weights: attribute path of each layer's weights, from the input on.
        biases: the same of the biases, "" where there are none.
        flipped: whether weights are `(out, in)`.
        shapes: of the attributes as the constructor makes them.
        misshapen: those of them with which its forward pass fails, and the shape that they need.
        rate: attribute path of a learning rate that the object keeps, "" if there is none.
    """

    place: int
    build: Callable[[Sizes], Arguments]
    made: Sizes
    sizes: Sizes
    weights: tuple[str, ...]
    biases: tuple[str, ...]
    flipped: bool
    shapes: Mapping[str, tuple[int, ...]]
    misshapen: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    rate: str = ""

    @property
    def layers(self) -> tuple[str, ...]:
        """h, h2, …, o."""
        hidden = len(self.weights) - 1
        return (*(hidden_layer_names(hidden) if hidden else ()), "o")

    @property
    def paths(self) -> dict[str, str]:
        """Attribute path by canonical name: W_h, b_h, …; a missing bias is not in it."""
        found = {}
        for layer, W, b in zip(self.layers, self.weights, self.biases, strict=True):
            found[f"W_{layer}"] = W
            if b:
                found[f"b_{layer}"] = b
        return found

    def own_name(self, name: str) -> str:
        """What the learner calls a parameter: W_o, W2, weights[1]."""
        path = self.paths.get(name, name)
        return re.sub(r"\.(\d+)", r"[\1]", path)

    def in_own_names(self, text: str) -> str:
        """A formula with the learner's names of the parameters: x @ W1 for x @ W_h."""
        return in_own_names(text, {name: self.own_name(name) for name in self.paths})

    def parameters(self, seed: int) -> dict[str, Array]:
        """Random parameters by canonical name: weights `(D, H)`, biases `(H,)`."""
        found = {}
        drawn = layer_parameters(self.sizes, seed)
        for layer, (W, b), path in zip(self.layers, drawn, self.biases, strict=True):
            found[f"W_{layer}"] = W
            found[f"b_{layer}"] = b if path else np.zeros_like(b)
        return found

    def state(self, parameters: Mapping[str, Array]) -> dict[str, Array]:
        """The attributes to set, by path and in the learner's shapes."""
        found = {}
        for name, path in self.paths.items():
            array = parameters[name]
            if name.startswith("W"):
                found[path] = array.T.copy() if self.flipped else array
            else:
                found[path] = array.reshape(_vector(array.size, self.shapes[path]))
        return found

    def canonical(self, name: str, array: Array | None) -> Array | None:
        """An array shaped like one of the learner's parameters, as `(D, H)` or `(H,)`."""
        if array is None:
            return None
        if name.startswith("W"):
            return array.T if self.flipped and array.ndim == 2 else array
        if array.ndim == 2 and 1 in array.shape:
            return array.ravel()
        return array

    def square(self, size: int) -> "Spelling":
        """The same class with all sizes equal."""
        return replace(self, made=(size,) * len(self.made), sizes=(size,) * len(self.sizes))

    def of_classes(self, count: int) -> "Spelling":
        """The same class with another number of classes."""
        return replace(self, made=(*self.made[:-1], count), sizes=(*self.sizes[:-1], count))

    def as_it_runs(self) -> "Spelling | None":
        """What is known of a class whose forward pass does not mind the shapes.

        Biases of another size are none; with weights of other shapes nothing is understood.
        """
        if any(path in self.misshapen for path in self.weights):
            return None
        biases = tuple("" if path in self.misshapen else path for path in self.biases)
        return replace(self, biases=biases, misshapen={})

    def reference(self, activation: str, output: str, kept: Sequence[str]) -> ReferenceForward:
        """How to put the right forward pass into the learner's object."""
        known = [(name, _quantity(name, len(self.weights))) for name in kept]
        return ReferenceForward(
            self.weights,
            self.flipped,
            self.biases,
            activation,
            output,
            tuple((name, quantity) for name, quantity in known if quantity),
        )


def spellings(desk: Desk, place: int) -> tuple[list[Spelling], Problem | None]:
    """The ways to make an object of a class that has parameters of a network, deepest first.

    Returns:
        One, or two where the constructor can leave a second hidden layer out; none if no way
        was found, with what went wrong where the constructor fails, or where what it makes is
        not understood.
    """
    definition = desk.definitions[place]
    tried = list(_constructions(definition))
    replies = desk.ask([_making(place, construction) for construction in tried])
    found: dict[int, Spelling] = {}
    problem, made, unknown = None, False, False
    for construction, reply in zip(tried, replies, strict=True):
        if reply.problem is not None:
            problem = problem or reply.problem
            continue
        made = True
        spelling = _recognise(place, construction, reply.state)
        if spelling is not None and spelling.misshapen and not _fails(desk, spelling):
            spelling = spelling.as_it_runs()
        if spelling is not None:
            found.setdefault(len(spelling.weights), spelling)
        elif any(
            a is not None and a.size > 1 and a.dtype.kind == "f" for a in reply.state.values()
        ):
            unknown = True
    named = "".join(definition.parameters)
    optional = re.search(r"hid\w*2=", named) is not None
    ordered = sorted(found.values(), key=lambda s: bool(s.misshapen))
    if optional:
        ordered.sort(key=lambda s: -len(s.weights))
    if made:  # then what other ways of calling the constructor end in is of no interest
        problem = None
    if unknown:
        problem = Problem(
            "Unknown",
            "no weights that lead from the inputs to the outputs were found",
        )
    return ordered[: 2 if optional else 1], None if found else problem


class _Construction(NamedTuple):
    """A way to call a constructor.

    Attributes:
        sizes: that it is given.
        build: arguments for such sizes.
        start: whether the first of them is the number of inputs; else the class fixes that.
        end: whether the last of them is the number of outputs.
    """

    sizes: Sizes
    build: Callable[[Sizes], Arguments]
    start: bool = True
    end: bool = True


def _making(place: int, construction: _Construction) -> Request:
    args, named = construction.build(construction.sizes)
    return Request(place, sizes=args, named_sizes=named, want_state=True)


def _constructions(definition: Definition) -> Iterator[_Construction]:
    """Ways to call the constructor, most likely first."""
    given = [name for name in definition.parameters if not name.startswith("*")]
    names = [name.rstrip("=") for name in given]
    required = [name for name in given if not name.endswith("=")]
    roles = {name: _role(name) for name in names}
    hidden = [name for name in names if roles[name] == "hidden"]
    lists = [name for name in names if roles[name] in ("list", "hidden list")]
    known = set(roles.values())
    if {"input", "output"} <= known:
        count = len(hidden)
        as_list = {n: "hidden list" if r in ("hidden", "list") else r for n, r in roles.items()}
        of_lists = [
            _Construction((D, *HIDDEN[:length], K), _by_name(as_list)) for length in (2, 3, 1)
        ]
        if lists:  # before the rest, which would make a network without hidden layers
            yield from of_lists
        yield _Construction((D, *HIDDEN[:count], K), _by_name(roles))
        optional = [name for name in hidden if f"{name}=" in given]
        for leave_out in range(1, len(optional) + 1):
            kept = {
                name: role
                for name, role in roles.items()
                if name not in optional[len(optional) - leave_out :]
            }
            yield _Construction((D, *HIDDEN[: count - leave_out], K), _by_name(kept))
        if count == 1:
            yield from of_lists
    elif lists and len(required) <= 1:
        first = lists[0]
        for length in (2, 3, 1, 0):
            yield _Construction((D, *HIDDEN[:length], K), _as_list(first))
    elif {"input", "hidden", "output"} & known and all(roles[name] for name in required):
        start, end = "input" in known, "output" in known
        sizes = (*((D,) if start else ()), *HIDDEN[: len(hidden)], *((K,) if end else ()))
        yield _Construction(sizes, _by_name(roles), start, end)
    yield from _by_position(len(required), len(names))


def _by_position(required: int, names: int) -> Iterator[_Construction]:
    """Ways to pass sizes where names say nothing, by how many arguments there are."""
    if required == 1:
        for length in (2, 3, 1, 0):
            yield _Construction((D, *HIDDEN[:length], K), lambda sizes: ((list(sizes),), {}))
    elif required >= 2:
        yield _Construction((D, *HIDDEN[: required - 2], K), lambda sizes: (tuple(sizes), {}))
    else:
        for length in range(min(names, 6) - 1):
            yield _Construction((D, *HIDDEN[:length], K), lambda sizes: (tuple(sizes), {}))
        yield _Construction((), lambda sizes: ((), {}))
    if required == 3:
        for length in (2, 1):
            yield _Construction(
                (D, *HIDDEN[:length], K),
                lambda sizes: ((sizes[0], list(sizes[1:-1]), sizes[-1]), {}),
            )


def _as_list(name: str) -> Callable[[Sizes], Arguments]:
    return lambda sizes: ((), {name: list(sizes)})


def _role(name: str) -> str:
    plain = name.lower()
    if _COUNT.search(plain):
        return "count"
    if is_rate(name):
        return "rate"
    if _HIDDEN.search(plain):
        plural = re.search(r"(sizes|layers|dims|hiddens|widths)$", plain)
        return "hidden list" if plural else "hidden"
    if _OUTPUT.search(plain):
        return "output"
    if _INPUT.search(plain):
        return "input"
    return "list" if _LIST.search(plain) else ""


def _by_name(roles: Mapping[str, str]) -> Callable[[Sizes], Arguments]:
    known = set(roles.values())

    def build(sizes: Sizes) -> Arguments:
        hidden = list(sizes["input" in known : len(sizes) - ("output" in known)])
        between = iter(hidden)
        named: dict[str, Any] = {}
        for name, role in roles.items():
            if role == "input":
                named[name] = sizes[0]
            elif role == "output":
                named[name] = sizes[-1]
            elif role == "hidden":
                named[name] = next(between)
            elif role in ("hidden list", "list"):
                named[name] = hidden
            elif role == "count":
                named[name] = _LAYERS
            elif role == "rate":
                named[name] = _RATE
        return (), named

    return build


def _recognise(place: int, construction: _Construction, state: Leaves) -> Spelling | None:
    """The parameters among an object's arrays, if they make a chain from inputs to outputs.

    Else, if there are as many matrices as the sizes have layers, those in their order.
    """
    sizes = construction.sizes
    arrays = {
        path: array.shape
        for path, array in state.items()
        if array is not None and array.ndim in (1, 2) and array.size > 1
    }
    matrices = {p: s for p, s in arrays.items() if len(s) == 2 and 1 not in s}
    plain = {p: s for p, s in matrices.items() if not _NOT_A_PARAMETER.search(p)}

    def spelling(
        chain: Sequence[str], found: Sizes, flipped: bool, candidates: Mapping[str, object]
    ) -> Spelling:
        biases = _biases(chain, found, arrays, candidates)
        shapes = {path: arrays[path] for path in (*chain, *filter(None, biases))}
        needed: dict[str, tuple[int, ...]] = {W: pair[::-1] if flipped else pair
                  for W, pair in zip(chain, itertools.pairwise(found), strict=True)}  # fmt: skip
        needed |= {b: _vector(size, shapes[b]) for b, size in zip(biases, found[1:], strict=True)
                   if b and math.prod(shapes[b]) != size}  # fmt: skip
        return Spelling(
            place, construction.build, sizes, found, tuple(chain), biases, flipped, shapes,
            {path: shape for path, shape in needed.items() if shapes[path] != shape},
            _kept_rate(state),
        )  # fmt: skip

    start = sizes[0] if sizes and construction.start else None
    end = sizes[-1] if sizes and construction.end else None
    for candidates in (plain, matrices):
        for flipped in (False, True):
            oriented = {p: s[::-1] if flipped else s for p, s in candidates.items()}
            chain = _chain(list(oriented.items()), start, end)
            if chain and (not sizes or set(sizes) <= _ends(chain, oriented)):
                found = (oriented[chain[0]][0], *(oriented[path][1] for path in chain))
                made = spelling(chain, found, flipped, candidates)
                return None if _ends_in_one_unit(chain, made.biases, arrays) else made
    if not (start and end and len(plain) == len(sizes) - 1):
        return None
    both = [spelling(list(plain), sizes, flipped, plain) for flipped in (False, True)]
    nearest = min(both, key=lambda s: len(s.misshapen))
    return nearest if any(p not in nearest.misshapen for p in plain) else None


def _vector(size: int, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape of so many numbers in one row, or in one column, as an array of this shape is."""
    if len(shape) == 1:
        return (size,)
    return (size, 1) if shape[1] == 1 else (1, size)


def _fails(desk: Desk, spelling: Spelling) -> bool:
    """Whether the forward pass fails for what the constructor makes, however it is called."""
    args, named = spelling.build(spelling.made)
    X = samples(N, spelling.sizes[0], spelling.sizes[-1], 0).X
    replies = desk.ask(
        [
            Request(spelling.place, (Call("forward", (x,)),), sizes=args, named_sizes=named)
            for x in (X, X.T, X[0], X[:1].T)
        ]
    )
    return all(r.problem is not None and r.problem.kind == "ValueError" for r in replies)


def _kept_rate(state: Leaves) -> str:
    """The attribute that holds a learning rate, by its name."""
    numbers = [
        p for p, a in state.items() if a is not None and a.ndim == 0 and a.dtype.kind == "f"
    ]
    return next((p for p in numbers if is_rate(p.split(".")[-1])), "")


def _chain(
    matrices: list[tuple[str, tuple[int, ...]]], start: int | None, end: int | None
) -> list[str]:
    """The longest sequence of matrices, each taking what the one before gives."""
    best: list[str] = []
    for i, (path, (rows, columns)) in enumerate(matrices):
        if start is not None and rows != start:
            continue
        rest = matrices[:i] + matrices[i + 1 :]
        after = _chain(rest, columns, end) if rest else []
        if (after or end is None or columns == end) and len(after) + 1 > len(best):
            best = [path, *after]
    return best


def _ends(chain: Sequence[str], shapes: Mapping[str, tuple[int, ...]]) -> set[int]:
    return {size for path in chain for size in shapes[path]}


def _biases(
    chain: Sequence[str],
    sizes: Sizes,
    arrays: Mapping[str, tuple[int, ...]],
    matrices: Mapping[str, object],
) -> tuple[str, ...]:
    """For each layer, the vector of its size that belongs to it by name, else by order.

    Where none has its size, one that belongs to it by name alone.
    """
    free = [
        path
        for path, shape in arrays.items()
        if path not in matrices and (len(shape) == 1 or 1 in shape)
    ]
    free.sort(key=lambda path: _NOT_A_PARAMETER.search(path) is not None)
    found = []
    for path, size in zip(chain, sizes[1:], strict=True):
        fitting = [p for p in free if int(np.prod(arrays[p])) == size]
        like = [p for p in free if _signature(p) == _signature(path)]
        chosen = ([p for p in like if p in fitting] or fitting or like or [""])[0]
        if chosen:
            free.remove(chosen)
        found.append(chosen)
    return tuple(found)


def _ends_in_one_unit(
    chain: Sequence[str], biases: Sequence[str], arrays: Mapping[str, tuple[int, ...]]
) -> bool:
    """Whether there are more weights, of a single unit: W2 `(H, 1)` after W1 `(D, H)`."""
    stem = _stem(chain[-1])
    return any(
        len(shape) == 2 and 1 in shape and path not in biases and _stem(path) == stem
        for path, shape in arrays.items()
    )


def _stem(path: str) -> str:
    """A path without what tells layers apart: W1, W_o and W are the same."""
    return re.sub(r"\d+|(?<=[A-Za-z])_(h|o|hidden|out|output|in|input)\b", "", path)


def _signature(path: str) -> str:
    """A path without what tells weights from biases: W_h and b_h have the same."""
    return re.sub(r"(?i)weights?|bias(es)?|poids|(?<![a-z])[wb](?![a-z])|[wb](?=\d)", "*", path)


def _quantity(attribute: str, n_layers: int) -> str:
    """The quantity that an attribute holds by its name: z1, h1, …, y; "" if that is unclear."""
    plain = attribute.lower().replace("_", "")
    match = re.fullmatch(r"(z|a|h|s|y|x)([hojk]?)(idden|ut|utput)?(\d*)", plain)
    if match is None:
        return {"ypred": "y", "output": "y", "probs": "y", "hidden": "h1", "yhat": "y"}.get(
            plain, ""
        )
    letter, layer, _, number = match.groups()
    last = layer in ("o", "k") or (number and int(number) == n_layers)
    which = n_layers if last else int(number or 1)
    if letter == "z":
        return f"z{which}"
    if letter == "x" or which == 0:
        return "h0"
    return "y" if last or letter == "y" else f"h{which}"
