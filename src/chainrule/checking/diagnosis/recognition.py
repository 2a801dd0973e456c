"""Recognises a learner's network: which of an object's arrays are its parameters.

Found by trying: an object is made with sizes that all differ, and the arrays in it are recognised
by their shapes, whatever they are called.
"""

import itertools
import math
import re
from collections.abc import Mapping, Sequence

import numpy as np

from chainrule.checking.diagnosis.arguments import is_rate
from chainrule.checking.diagnosis.constructions import Construction, constructions
from chainrule.checking.diagnosis.probes import N, samples
from chainrule.checking.diagnosis.spelling import Sizes, Spelling, vector_shape
from chainrule.checking.learner.desk import Call, Desk, Leaves, Problem, Request

_NOT_A_PARAMETER = re.compile(
    r"(^|\.)(d|v|m|s|g|vel|mom|prev|last|best|old|new)_?[WwBb](_?\w+)?(\.|$)|grad|vel|moment|cache|delta"
)


def spellings(desk: Desk, place: int) -> tuple[list[Spelling], Problem | None]:
    """The ways to make an object of a class that has parameters of a network, deepest first.

    Returns:
        One, or two where the constructor can leave a second hidden layer out; none if no way
        was found, with what went wrong where the constructor fails, or where what it makes is
        not understood.
    """
    definition = desk.definitions[place]
    tried = list(constructions(definition))
    replies = desk.ask([_making(place, construction) for construction in tried])
    found: dict[int, Spelling] = {}
    problem, made, unknown = None, False, False
    for construction, reply in zip(tried, replies, strict=True):
        if reply.problem is not None:
            problem = problem or reply.problem
            continue
        made = True
        readings = _recognise(place, construction, reply.state)
        spelling = readings[0] if readings else None
        if spelling is not None and (spelling.misshapen or readings[1:]):
            if not _fails(desk, spelling):
                spelling = spelling.as_it_runs()
            elif readings[1:]:  # the matrix that the chain has no place for is of a wrong shape
                spelling = readings[1]
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


def _making(place: int, construction: Construction) -> Request:
    args, named = construction.build(construction.sizes)
    return Request(place, sizes=args, named_sizes=named, want_state=True)


def _recognise(place: int, construction: Construction, state: Leaves) -> list[Spelling]:
    """The parameters among an object's arrays, if they make a chain from inputs to outputs.

    Else, or after it if it leaves some out, all matrices in their order, each as wide as it is.
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
        needed: dict[str, tuple[int, ...]] = {
            W: pair[::-1] if flipped else pair
            for W, pair in zip(chain, itertools.pairwise(found), strict=True)
        }
        needed |= {
            b: vector_shape(size, shapes[b])
            for b, size in zip(biases, found[1:], strict=True)
            if b and math.prod(shapes[b]) != size
        }
        return Spelling(
            place, construction.build, sizes, found, tuple(chain), biases, flipped, shapes,
            {path: shape for path, shape in needed.items() if shapes[path] != shape},
            _kept_rate(state), _units_alike(state, chain, biases, flipped),
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
                if _ends_in_one_unit(chain, made.biases, arrays):
                    return []
                widths = (found[0], *(columns for _, columns in oriented.values()))
                longer = len(oriented) > len(chain) and widths[-1] == end is not None
                return [made, *([spelling(list(oriented), widths, flipped, candidates)]
                                if longer and candidates is plain else [])]  # fmt: skip
    if not (start and end and len(plain) == len(sizes) - 1):
        return []
    both = [spelling(list(plain), sizes, flipped, plain) for flipped in (False, True)]
    nearest = min(both, key=lambda s: len(s.misshapen))
    return [nearest] if any(p not in nearest.misshapen for p in plain) else []


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


def _units_alike(
    state: Leaves, chain: Sequence[str], biases: Sequence[str], flipped: bool
) -> bool:
    """Whether all units of a hidden layer begin with the same weights, into and out of it."""
    leaves = [state[path] for path in chain]
    matrices = [W.T if flipped else W for W in leaves if W is not None]
    return any(
        above.shape[0] > 1 and all(
            np.ptp(part, axis=axis).max() == 0
            for part, axis in ((into, 1), (above, 0), (state.get(b), 0)) if part is not None
        )
        for (into, above), b in zip(itertools.pairwise(matrices), biases, strict=False)
    )  # fmt: skip


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
        fitting = [p for p in free if math.prod(arrays[p]) == size]
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
