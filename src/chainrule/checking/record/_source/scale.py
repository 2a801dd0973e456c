"""Smaller numbers in place of the large ones that a file writes: a model of it, to a scale.

A number is replaced by the same other one wherever it stands, and others by others, so that what
is right stays right and what is wrong stays wrong; it only takes less to run. What computes from
several that no longer fit one another fails, and is run with those that it has.
"""

import ast
import functools
import itertools
import math
from collections.abc import Iterator, Sequence, Set
from typing import NamedTuple

from chainrule.checking.learner.project import modules_of
from chainrule.checking.learner.source import Source, nodes_of
from chainrule.checking.record._source.signatures import called_name
from chainrule.checking.record._standins.form import OF_PICTURES, Form

_LEAST_SAMPLES = 60  # a number of samples that is written in the code
_LEAST, _LEAST_OF_FEW = 32, 6  # from which on another number is large
_OF_SETS = {70_000, 60_000, 50_000, 42_000, 10_000}  # numbers of samples, to train and to test
_SIDE = 28  # of a picture
_PICTURE = _SIDE**2
_SCALES = (ast.Mult, ast.Div)
_BYTES = 256  # and one less is the largest: what numbers of pictures are divided by


class _Written(NamedTuple):
    """What of a file tells how to make it small.

    Attributes:
        nodes: of its source, and of the learner's modules that it imports.
        wholes: whole numbers in it.
        kept: of these, what is no size.
        of_pictures: whether it is about pictures.
    """

    nodes: tuple[ast.AST, ...]
    wholes: frozenset[int]
    kept: frozenset[int]
    of_pictures: bool


def scaled_sizes(source: Source, form: Form) -> dict[int, int]:
    """What to put in the place of large numbers that the code writes.

    Those between which it takes samples, `data[:1000]`, become a part of as many as there are.
    What is as many as a well-known set has, and no such bound, is the number of all samples. In a
    small model so does every other, by about its root: then most sizes keep their ratios.
    """
    written = _written_in(source)
    wholes = written.wholes
    smaller = _of_samples(written.nodes, wholes, form.count) if form.scaled else {}
    if form.side:
        smaller = of_pictures(form.side) | smaller
        if written.of_pictures:
            smaller = _of_convolved(form.side) | smaller
        others = wholes - smaller.keys() - written.kept
        if written.of_pictures and _PICTURE not in wholes:
            others -= {form.inputs}  # its pictures are as small as those that stand in for them
        taken = {*wholes, *smaller.values(), form.inputs, form.classes, form.count}
        least = _LEAST_OF_FEW if form.few else _LEAST
        smaller |= _roots(sorted(n for n in others if n >= least), wholes, taken)
    return {old: new for old, new in smaller.items() if old in wholes}


@functools.lru_cache(maxsize=4)
def _written_in(source: Source) -> _Written:
    trees = [*(c.tree for c in source.cells), *(m.tree for m in modules_of(source).values())]
    nodes = tuple(node for tree in trees for node in nodes_of(tree))
    wholes = frozenset(map(_whole, nodes))
    about = any(OF_PICTURES.search(cell.text) for cell in source.cells)
    return _Written(
        nodes,
        wholes,
        frozenset(_of_values(nodes)),
        about or bool(wholes & {_SIDE, _PICTURE}),
    )


def _of_samples(nodes: Sequence[ast.AST], wholes: Set[int], count: int) -> dict[int, int]:
    bounds = [n for s in nodes if isinstance(s, ast.Slice) for n in (s.lower, s.upper)]
    splits = (n for n in nodes if called_name(n).endswith("split") and isinstance(n, ast.Call))
    bounds += [n for s in splits for a in s.args if isinstance(a, ast.List) for n in a.elts]
    names = {getattr(n, "id", getattr(n, "attr", "")) for n in bounds if n is not None}
    given = [value for node in nodes for name, value in _given(node) if name in names]
    pictures = of_pictures(_SIDE).keys()
    large = {n for n in map(_whole, (*bounds, *given)) if n >= _LEAST_SAMPLES} - pictures
    return dict.fromkeys(wholes & _OF_SETS, count) | {
        old: (i + 1) * count // (len(large) + 1) for i, old in enumerate(sorted(large))
    }


def of_pictures(side: int) -> dict[int, int]:
    """The numbers of a picture, with its label and without one, and its side."""
    return {_PICTURE + n: side**2 + n for n in (-1, 0, 1)} | {_SIDE: side}


def _of_convolved(side: int) -> dict[int, int]:
    """What becomes of the side: a convolution takes a few from it, and pooling halves it."""
    shorter = {_SIDE - n: side - n for n in (0, 2, 4)}
    return {old // 2: new // 2 for old, new in shorter.items()} | shorter


def _roots(large: Sequence[int], wholes: Set[int], taken: set[int]) -> dict[int, int]:
    """About the root of each; of what is a product of another with a number, the product.

    Of what is one more than another, it is one more, too.
    """
    new: dict[int, int] = {}
    for old in large:
        part = min((n for n in new if old % n == 0 and old // n in wholes), default=0)
        if part:
            new[old] = new[part] * new.get(old // part, old // part)
        elif old - 1 in new:  # with a place for the bias
            new[old] = new[old - 1] + 1
        else:
            wide = 2 if old + 1 in large else 1
            new[old] = next(
                n for n in itertools.count(math.isqrt(old)) if taken.isdisjoint(range(n, n + wide))
            )
        taken.add(new[old])
    return new


def _of_values(nodes: Sequence[ast.AST]) -> Iterator[int]:
    """What is no size: what is compared, ends of bytes, and what has a minus elsewhere."""
    yield _BYTES - 1
    for node in nodes:
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            yield _whole(node.operand)  # as in `clip(z, -500, 500)`
        elif isinstance(node, ast.Compare):
            yield from map(_whole, (node.left, *node.comparators))
        elif isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, _SCALES):
            parts = (node.value,) if isinstance(node, ast.AugAssign) else (node.left, node.right)
            yield from {_BYTES} & set(map(_whole, parts))


def _whole(node: ast.AST | None) -> int:
    """The whole number that is written there; 0 if none is."""
    value = node.value if isinstance(node, ast.Constant) else 0
    return value if isinstance(value, int) else 0


def _given(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """What is given to names: by an assignment, as a default, or as an argument by its name."""
    if isinstance(node, ast.Assign):
        yield from ((t.id, node.value) for t in node.targets if isinstance(t, ast.Name))
    elif isinstance(node, ast.FunctionDef):
        names = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
        defaults = node.args.defaults
        yield from zip(names[len(names) - len(defaults) :], defaults, strict=True)
    elif isinstance(node, ast.keyword) and node.arg:
        yield node.arg, node.value
