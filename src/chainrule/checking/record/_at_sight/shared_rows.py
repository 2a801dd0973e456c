"""Rows of weights that are one list: `[[0.0] * n] * m` has its list m times, and not m of them."""

import ast
from collections.abc import Iterator
from typing import TypeGuard

from chainrule.checking.learner.project import sheets_of
from chainrule.checking.learner.source import Source
from chainrule.checking.record._source.signatures import functions_in
from chainrule.checking.record._steps.flow import Operand
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._steps.spots import WrongCode
from chainrule.checking.record._tape.operations import LEAF
from chainrule.checking.record.table import Code


def shared_rows(source: Source, one: Judgement) -> Iterator[WrongCode]:
    """Lists that stand several times in another, in a training that changes a number repeatedly.

    Where each number is changed once in a step, such a list may be meant.
    """
    if not _changes_again(one.runs):
        return
    homes = {code.home for codes in one.runs.first.places for code in codes}
    for (file, cell), sheet in sheets_of(source).items():
        inner = {id(n): name for name, f in functions_in(sheet.tree) for n in ast.walk(f)}
        for node in ast.walk(sheet.tree):
            name = inner.get(id(node), "<module>")
            if _repeats_a_list(node) and (file, name) in homes:
                yield WrongCode(
                    Code(cell, 0, function=name, file=file).at(node), "",
                    "all rows of this are one and the same list: what is written into one of them "
                    "is written into all",
                    idea="what is written into one row of this is written into all",
                )  # fmt: skip


def _repeats_a_list(node: ast.AST) -> TypeGuard[ast.BinOp]:
    if not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult)):
        return False
    for repeated in (node.left, node.right):
        if isinstance(repeated, ast.List) and any(map(_is_list, repeated.elts)):
            return True
    return False


def _is_list(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Add):
        return _is_list(node.left) or _is_list(node.right)
    return isinstance(node, ast.List | ast.ListComp)


def _changes_again(runs: Runs) -> bool:
    """Whether a number is changed twice by the same code, both times as it was at first.

    The second change comes by way of the first value, and not of what the first change gave.
    """
    roots: dict[int, int] = {}
    for number in range(runs.length):
        if runs.operation(number).name not in ("add", "subtract"):
            continue
        led = 0
        for source in runs.given(Operand(number, 1)):
            led |= runs.candidate_ancestors(source)
        for before in runs.given(Operand(number, 0)):
            if runs.operation(before).name == LEAF:
                roots[number] = before
            elif before in roots and runs.operation(before).place == runs.operation(number).place:
                roots[number] = roots[before]
                if led >> roots[before] & 1 and not led >> before & 1:
                    return True
    return False
