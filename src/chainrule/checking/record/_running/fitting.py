"""Forms of data that may be those which a file is meant for, by the sizes that it writes."""

import ast
import dataclasses
from collections.abc import Iterator

from chainrule.checking.learner.source import Source, nodes_of
from chainrule.checking.record._source.scale import of_pictures, scaled_sizes
from chainrule.checking.record._standins.form import SIDE, Form
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._tape.operations import LEAF
from chainrule.checking.record.table import Table

MODEL = Form(inputs=SIDE**2, scaled=True, side=SIDE)
FEW = (8, 3)  # samples, where more take too long
MANY = (300, 2500)  # samples, where batches or parts that are left out are larger than all
_WIDTH = 12  # of as many
_MOST_FORMS = 16
_LEAST_WORDS = 2


def sides_in(table: Table) -> list[tuple[int, ...]]:
    """Shapes of the matrices that a file makes."""
    return [
        o.shape for o in table.operations
        if o.name == LEAF and len(o.shape) == 2 and min(o.shape) > 1
    ]  # fmt: skip


def _has_one_output(table: Table) -> bool:
    """Whether there is an array of one number, as the bias of a single output is."""
    return any(o.name == LEAF and o.size == 1 and o.shape for o in table.operations)


def forms_for(table: Table, source: Source) -> list[Form]:
    """Data of the sizes that the file itself writes into its arrays, and into its indexes.

    They go into a small model of it; what it computes from its sizes may need those that it has.
    """
    sizes = of_pictures(SIDE) | scaled_sizes(source, MODEL)
    sides = [tuple(sizes.get(n, n) for n in side) for side in sides_in(table)]
    first, last = (sides[0], sides[-1]) if sides else ((MODEL.inputs,), (MODEL.classes,))
    wide = [sizes.get(n, n) for n in _columns(source)]
    usual = [
        dataclasses.replace(MODEL, inputs=inputs, classes=classes, samples=s, targets=t)
        for inputs in (*wide, *sorted(set(first), reverse=True))
        for classes in sorted(set(last))
        for t in ("labels", "one-hot", "numbers")
        for s in ("rows", "columns")
    ]
    turned = [
        dataclasses.replace(MODEL, inputs=inputs, classes=classes, label_last=last)
        for inputs in (*wide, MODEL.inputs) for last in (None, False, True) for classes in (10, 2)
    ]  # fmt: skip
    plain = Form(scaled=True)
    few = [dataclasses.replace(plain, count=count) for count in FEW]
    many = [
        dataclasses.replace(MODEL, inputs=inputs, count=count, scaled=False)
        for inputs, count in zip((MODEL.inputs, _WIDTH), MANY, strict=True)
    ]
    # Whole batches only, of more samples than these, are none: it ends before a step.
    ended = not table.stop.kind and not Runs([table]).updates
    more = [dataclasses.replace(MODEL, count=MANY[0])] if ended else []
    pair = [dataclasses.replace(MODEL, classes=2, targets=t) for t in ("numbers", "labels")]
    pair = pair if _has_one_output(table) else []
    few, late = (few, []) if table.stop.kind == "enough" else ([], few)
    kinds = [dataclasses.replace(MODEL, targets=t) for t in ("labels", "one-hot", "numbers")]
    words = [
        dataclasses.replace(MODEL, words=each, inputs=inputs)
        for each in _words(source) for inputs in (*_columns(source, of_rows=True), SIDE**2)
    ]  # fmt: skip
    rest = (*words, *late[:1], *many, *turned[:4], *usual[:_MOST_FORMS], *turned)
    known = (*more, *pair, *kinds[:2], *few, plain, kinds[2], *rest)
    return list(dict.fromkeys(known))


def _words(source: Source) -> Iterator[tuple[str, ...]]:
    """Words that the code itself numbers from 0 on, as those of labels are."""
    for cell in source.cells:
        for node in nodes_of(cell.tree):
            if not isinstance(node, ast.Dict) or len(node.keys) < _LEAST_WORDS:
                continue
            words = [k.value for k in node.keys if isinstance(k, ast.Constant)]
            numbers = [v.value for v in node.values if isinstance(v, ast.Constant)]
            if numbers == list(range(len(node.keys))) and all(isinstance(w, str) for w in words):
                yield tuple(map(str, words))


def _columns(source: Source, *, of_rows: bool = False) -> list[int]:
    """The largest column that the code takes of a table: the label's, if it is the last.

    Args:
        source: the file.
        of_rows: whether it takes it of rows, one by one.
    """
    found = {
        node.value
        for cell in source.cells
        for part in nodes_of(cell.tree)
        if isinstance(part, ast.Subscript) and isinstance(part.slice, ast.Tuple) is not of_rows
        for last in (part.slice.elts[-1:] if isinstance(part.slice, ast.Tuple) else [part.slice])
        for node in ([last.upper] if isinstance(last, ast.Slice) else [last])
        if isinstance(node, ast.Constant) and isinstance(node.value, int)
    }
    large = [n for n in found if 1 < n < 1000 and n != 784]
    return [max(large)] if large else []
