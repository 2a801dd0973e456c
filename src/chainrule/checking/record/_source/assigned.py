"""Assignments in whose place something else may be meant: to add up, or to begin anew."""

import ast
from collections.abc import Iterator, Set

from chainrule.checking.learner.source import Source, nodes_of
from chainrule.checking.record._source.first_values import is_number, named
from chainrule.checking.record._source.signatures import functions_in
from chainrule.checking.record._standins.form import Spot
from chainrule.checking.record.table import Code

_Loop = ast.For | ast.While


def assignments(source: Source) -> list[Spot]:
    """Where something may take the place of what it should be added to; the last first.

    It is assigned to a part of an array, or added to it; to an attribute that is added to
    elsewhere; or to what is used after a loop. What is done again and again comes first. A place
    that is written out, as `W[0]`, is left out.
    """
    found: dict[Spot, bool] = {}
    nodes = [node for cell in source.cells for node in nodes_of(cell.tree)]
    sums = {n.target.attr for n in nodes
            if isinstance(n, ast.AugAssign) and isinstance(n.target, ast.Attribute)}  # fmt: skip
    for cell in source.cells:
        looped = {
            inner for node in nodes_of(cell.tree) if isinstance(node, _Loop)
            for inner in ast.walk(node)
        }  # fmt: skip
        kept = {*_kept_by_loops(cell.tree)}
        for node in nodes_of(cell.tree):
            if isinstance(node, ast.Assign):
                targets = node.targets
            elif isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add | ast.Sub):
                targets = [node.target]
            else:
                continue
            places = [t.slice for t in targets if isinstance(t, ast.Subscript)]
            part = len(targets) == len(places) == 1 and any(
                isinstance(inner, ast.Name) for inner in ast.walk(places[0])
            )
            of_sums = isinstance(node, ast.Assign) and _is_of_sums(targets, node.value, sums)
            if part or of_sums or node in kept:
                found[(cell.number or 0, node.lineno, node.col_offset)] = node not in looped
    return sorted(found, key=lambda spot: (found[spot], [-n for n in spot]))


def _is_of_sums(targets: list[ast.expr], value: ast.expr, sums: Set[str]) -> bool:
    return [getattr(t, "attr", "") in sums for t in targets] == [True] and not is_number(
        value, int, float
    )


def _kept_by_loops(tree: ast.Module) -> Iterator[ast.Assign]:
    """What a loop gives anew to names that had something before, and are used after it alone."""
    homes = [n for n in ast.walk(tree) if isinstance(n, ast.Module | ast.FunctionDef)]
    for home in homes:
        nodes = [*ast.walk(home)]
        names = [n for n in nodes if isinstance(n, ast.Name)]
        for loop in (n for n in nodes if isinstance(n, _Loop)):
            first, last = loop.lineno, loop.end_lineno or loop.lineno
            before = {n.id for n in names if isinstance(n.ctx, ast.Store) and n.lineno < first}
            within = [
                n for n in names if isinstance(n.ctx, ast.Load) and first <= n.lineno <= last
            ]
            after = {n.id for n in names if isinstance(n.ctx, ast.Load) and n.lineno > last}
            for node in ast.walk(loop):
                if not isinstance(node, ast.Assign) or is_number(node.value, int, float):
                    continue
                given = {n.id for n in ast.walk(node.targets[0]) if isinstance(n, ast.Name)}
                own = {*ast.walk(node)} if left_out(node) is not None else set()
                alone = not any(n.id in given for n in within if n not in own)
                plain = isinstance(node.targets[0], ast.Name | ast.Tuple)
                if plain and given <= before and given & after and alone:
                    yield node


def left_out(node: ast.Assign) -> str | None:
    """The name for the parts of what is made anew, if they go into none of its new parts.

    So it is in `sums = [g for s, g in zip(sums, gradients)]` with `s`.
    """
    if not isinstance(node.value, ast.ListComp) or len(node.value.generators) != 1:
        return None
    each = node.value.generators[0]
    used = {n.id for n in ast.walk(node.value.elt) if isinstance(n, ast.Name)}
    given = each.iter.args if isinstance(each.iter, ast.Call) else []
    names = each.target.elts if isinstance(each.target, ast.Tuple) else []
    for one, name in zip(given, names, strict=False):
        if ast.unparse(one) == ast.unparse(node.targets[0]) and isinstance(name, ast.Name):
            return None if name.id in used else name.id
    return None


def beginnings(source: Source) -> list[tuple[Spot, Code]]:
    """Where what is added to may begin anew, by what is there already; the first first."""
    found = []
    for cell in source.cells:
        nodes = nodes_of(cell.tree)
        homes = {id(n): name for name, f in functions_in(cell.tree) for n in ast.walk(f)}
        loops = [n for n in nodes if isinstance(n, ast.For)]
        sums = {named(n.target) for n in nodes if isinstance(n, ast.AugAssign)}
        for loop in loops:
            if any(isinstance(inner, ast.AugAssign) for inner in ast.walk(loop)):
                sums |= {named(n) for n in ast.walk(loop.iter) if isinstance(n, ast.expr)}
        turns = {(id(inner), n.id) for loop in loops for inner in ast.walk(loop)
                 for n in ast.walk(loop.target) if isinstance(n, ast.Name)}  # fmt: skip
        for node in nodes:
            if not isinstance(node, ast.Assign) or len(node.targets) > 1:
                continue
            target, value = node.targets[0], node.value
            several = target.elts if isinstance(target, ast.Tuple) else [target]
            begins = {named(t) for t in several} & sums or (id(node), named(target)) in turns
            if begins and isinstance(value, _MAY_BE_THERE):
                spot = cell.number or 0, node.lineno, node.col_offset
                code = Code(spot[0], 0, function=homes.get(id(node), "<module>"))
                found.append((spot, code.at(node)))
    return found


_MAY_BE_THERE = (
    ast.Name | ast.Attribute | ast.Subscript | ast.Call | ast.ListComp | ast.DictComp | ast.Tuple
)
