"""What computes in a learner's code and did not run: choices, ways back, modules.

A verdict is on what ran. What stands beside it in the same functions, for another activation or
loss, or goes back to layers that this network does not have, is named.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

from chainrule.checking.hints import place_in_words
from chainrule.checking.learner.project import modules_of, sheets_of
from chainrule.checking.learner.source import Source
from chainrule.checking.record._source.about import COMPUTING, computes, is_called, is_scaling
from chainrule.checking.record._source.signatures import functions_in, is_change
from chainrule.checking.record._steps.flow import Operand, members
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._steps.unjudged import NotJudgedError
from chainrule.checking.record._tape.operations import PRODUCTS
from chainrule.checking.record.judged import Judged
from chainrule.checking.record.table import Code

_COMPUTING = COMPUTING | {"maximum", "where", "sqrt"}
_SHOWING = frozenset(["print", "append", "plot", "write", "log", "info", "debug"])
_MOST_LINES = 6  # that are named
_MOST_NAMES = 6

Line = tuple[tuple[str, int], int]  # the sheet, and the line in it


def of_choices(source: Source, judged: Sequence[Judged]) -> Iterator[str]:
    """Branches that compute and did not run, of functions that the judged steps run through."""
    ran = {line for one in judged for line in _lines_of(one.judgement.runs)}
    homes = {code.home + code.sheet for one in judged for code in _codes_of(one.judgement)}
    missing: dict[tuple[str, int], list[int]] = {}
    for sheet, text in sheets_of(source).items():
        for name, function in [("<module>", text.tree), *functions_in(text.tree)]:
            for branch in _branches(function) if (sheet[0], name, *sheet) in homes else ():
                lines = range(branch[0].lineno, (branch[-1].end_lineno or 0) + 1)
                if _computes(branch) and not any((sheet, line) in ran for line in lines):
                    missing.setdefault(sheet, []).append(branch[0].lineno)
    for sheet, found in missing.items():
        yield f"Other choices did not run, and were not looked at: {_in_words(sheet, found)}."


def has_other_changes(source: Source, one: Judgement) -> bool:
    """Whether something in the learner's code reads like a change, and did not run."""
    ran = set(_lines_of(one.runs))
    return one.runs.first.stop.kind != "" and any(
        is_change(node) and (sheet, node.lineno) not in ran
        for sheet, text in sheets_of(source).items()
        for node in ast.walk(text.tree) if isinstance(node, ast.stmt)
    )  # fmt: skip


def of_the_top_level(source: Source, reason: NotJudgedError) -> Iterator[str]:
    """What reads like steps in a loop outside all functions, where that cannot be judged."""
    for sheet, text in sheets_of(source).items():
        outside = (n for n in text.tree.body if not isinstance(n, ast.FunctionDef | ast.ClassDef))
        loops = (n for top in outside for n in ast.walk(top) if isinstance(n, ast.For | ast.While))
        lines = [n.lineno for loop in loops for n in ast.walk(loop)
                 if isinstance(n, ast.expr | ast.stmt) and is_change(n)]  # fmt: skip
        if lines and not sheet[0]:
            yield (
                f"The loop at the top level ({_in_words(sheet, lines)}) was not judged: "
                + f"{reason}".rstrip(".")
                + "."
            )


def of_layers(one: Judgement) -> Iterator[str]:
    """What goes back to an earlier layer, where there is none."""
    runs = one.runs
    if any(_joins_layers(runs, number) for number in one.adjoints[0].reached):
        return
    step = [n for n in members(one.step.mask) if n not in one.adjoints[0].reached]
    known, back = {runs.operation(n).place for n in step}, set(step)
    for number in range(min(step, default=runs.length), runs.length):
        operation = runs.operation(number)
        if operation.name not in PRODUCTS or operation.place in known or runs.users[number]:
            continue
        sides = [runs.given(Operand(number, place)) for place in (0, 1)]
        codes = runs.code(number)
        if codes and any(side & back for side in sides) and all(
            runs.depends_on_parameters(Operand(number, place)) for place in (0, 1)
        ):  # fmt: skip
            yield (
                f"It ran with a single layer of weights: what goes back to an earlier layer "
                f"({codes[0]}) came to nothing, and was not looked at."
            )
            return


def of_modules(source: Source, judged: Sequence[Judged]) -> Mapping[str, str]:
    """For each module of the learner's what computes in it and did not run, in words."""
    ran = {code.home for one in judged for table in one.judgement.runs.tables
           for codes in table.places for code in codes}  # fmt: skip
    found: dict[str, str] = {}
    for module in modules_of(source).values():
        names = dict.fromkeys(_without_a_run(module.tree, {n for f, n in ran if f == module.file}))
        if names:
            some = [f"`{name}`" for name in list(names)[:_MOST_NAMES]]
            found[module.file] = _joined(some, len(names) - len(some))
    return found


def _without_a_run(tree: ast.Module, ran: Set[str]) -> Iterator[str]:
    """Functions and methods that compute and did not run; the class where none of it did."""
    owners = {name.rpartition(".")[0] for name in ran}
    for name, function in functions_in(tree):
        owner, _, method = name.rpartition(".")
        if name not in ran and method != "__init__" and computes(function):
            yield owner if owner and owner not in owners else name


def _joins_layers(runs: Runs, number: int) -> bool:
    """Whether weights are multiplied by what other weights lead to."""
    operation = runs.operation(number)
    if operation.name not in (*PRODUCTS, "multiply") or number in runs.barrier:
        return False
    first, second = (runs.leads_to(Operand(number, place))[1] for place in (0, 1))
    return bool(first and second) and not first & second


def _codes_of(one: Judgement) -> Iterator[Code]:
    for number in members(one.step.mask):
        yield from one.runs.code(number)


def _lines_of(runs: Runs) -> Iterator[Line]:
    for code in {code for table in runs.tables for codes in table.places for code in codes}:
        for line in range(code.line, code.last_line + 1):
            yield code.sheet, line


def _branches(function: ast.AST) -> Iterator[list[ast.stmt]]:
    for node in ast.iter_child_nodes(function):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            continue
        if isinstance(node, ast.If):
            yield node.body
            if node.orelse and not isinstance(node.orelse[0], ast.If):
                yield node.orelse
        yield from _branches(node)


def _computes(branch: Sequence[ast.stmt]) -> bool:
    """Whether it computes as networks do, and does not only show what was computed."""
    nodes = [node for statement in branch for node in ast.walk(statement)]
    shows = any(is_called(node, _SHOWING - _COMPUTING) for node in nodes)
    return not shows and any(is_called(node, _COMPUTING) or is_scaling(node) for node in nodes)


def _in_words(sheet: tuple[str, int], lines: Iterable[int]) -> str:
    lines = sorted(set(lines))
    file, cell = sheet
    where = place_in_words(cell, None, file)
    word = "line" if len(lines) == 1 else "lines"
    some = [str(line) for line in lines[:_MOST_LINES]]
    words = f"{word} {_joined(some, len(lines) - len(some))}"
    return f"{where}, {words}" if where else words


def _joined(words: Sequence[str], more: int) -> str:
    words = [*words, f"{more} more"] if more else words
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
