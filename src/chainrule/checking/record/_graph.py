"""A judged step of training as a graph of the learner's quantities.

A quantity is what one statement computes. Statements of small functions that only reshape numbers,
as an activation does, count as part of the statement that calls them. Loops over samples and over
elements are one quantity; what a loop over layers computes is one for each, told apart by how many
products with parameters lead to it.
"""

import ast
from collections.abc import Iterator, Sequence
from itertools import pairwise

from chainrule.checking.diagnosis.graph import MOST, Graph, Node, Part, Standing
from chainrule.checking.learner.source import Source
from chainrule.checking.record._source.statements import Statements
from chainrule.checking.record._steps.flow import members
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.operands import operands
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._steps.spots import WrongCode
from chainrule.checking.record.table import Code

MANY = 26  # quantities, if loops over layers are not one
_MATRIX_PRODUCTS = frozenset(["dot", "matmul", "einsum", "tensordot", "outer"])
_PRODUCTS = _MATRIX_PRODUCTS | {"multiply"}
_Function = tuple[tuple[str, int], str]  # sheet and name
_Place = tuple[tuple[str, int], int, int, int]  # sheet, line, column, element of the value
_Key = tuple[_Place, int]  # and products


def graph_of(judged: Judgement, mistakes: Sequence[WrongCode], source: Source) -> Graph | None:
    """The quantities of a step; None if there are more than one can read.

    Args:
        judged: the step.
        mistakes: in it.
        source: of the code.
    """
    computed = _Computed(judged, frozenset(mistake.code for mistake in mistakes))
    statements = Statements(source)
    for layers in (True, False):
        graph = _Grouping(computed, statements, layers).graph(mistakes)
        if len(graph.nodes) <= (MANY if layers else MOST):
            return graph if graph.nodes else None
    return None


class _Computed:
    """The operations of a step that depend on its parameters.

    Attributes:
        numbers: of the operations.
        updates: those that change parameters.
        forward: those of the prediction and the loss.
        judged: those by which something was judged.
        products: for each how many products with parameters lead to it.
    """

    def __init__(self, judged: Judgement, mistakes: frozenset[Code]) -> None:
        self.runs = runs = judged.runs
        step, loss = judged.step, judged.loss
        changed = [*step.numbers, *(n for group in step.lost for n in group.numbers)]
        self.updates = set(changed)
        ahead = 0 if loss.computed is None else runs.ancestors[loss.computed]
        for output in loss.outputs:
            ahead |= runs.leads_to(output)[0]
        for number in range(runs.length):  # such as a loss that is not the one gone down on
            if mistakes.intersection(runs.code(number)):
                ahead |= runs.ancestors[number] & ~step.mask
        self.forward = self._of_step(ahead, judged)
        self.judged = self.forward
        for group in (*judged.groups, *step.lost):
            for number in group.numbers:
                self.judged |= _leads_to_update(runs, number)
        on_the_way = step.mask | self.judged
        self.numbers = [
            n for n in sorted({*members(on_the_way), *changed})
            if n in self.updates or (n not in runs.barrier and runs.depends[n])
        ]  # fmt: skip
        self.products: dict[int, int] = {}
        for number in self.numbers:
            given = self.sources(number) - self.updates
            before = max((self.products.get(s, 0) for s in given), default=0)
            self.products[number] = before + self._meets_parameter(number)

    def _of_step(self, mask: int, judged: Judgement) -> int:
        """Of some operations those on this step's samples, with its parameters, as bits."""
        runs, step = self.runs, judged.step
        parameters = step.before
        changed = sum(1 << n for n in runs.barrier)
        found = step.mask & ~changed
        for number in members(mask & ~found & ~changed):
            moving = {s for s in self.sources(number) if runs.depends[s] or s in runs.barrier}
            if moving and all(s in parameters or found >> s & 1 for s in moving):
                found |= 1 << number
        return found & mask

    def sources(self, number: int) -> set[int]:
        """The operations that gave what went into one."""
        return set().union(*self.runs.sources[number])

    def _meets_parameter(self, number: int) -> bool:
        """Whether a parameter is multiplied with what is none."""
        runs, operation = self.runs, self.runs.operation(number)
        if operation.name not in _PRODUCTS or number in self.updates:
            return False
        kinds = [bool(given) and given <= runs.barrier for given in runs.sources[number]]
        return any(kinds) and not all(kinds)


def _leads_to_update(runs: Runs, number: int) -> int:
    if number in runs.updates:
        return runs.leads_to(runs.change(number))[0] | 1 << number
    mask = 1 << number
    for operand in operands(runs, number):
        mask |= runs.leads_to(operand)[0]
    return mask


class _Grouping:
    """The operations of a step, put together by the quantities that they are parts of."""

    def __init__(self, computed: _Computed, statements: Statements, layers: bool) -> None:
        self._computed, self._statements = computed, statements
        self._folded = set(_folded(computed, statements))
        self._keys: dict[int, _Key] = {}
        self._codes: dict[_Key, tuple[Code, ...]] = {}
        for execution in self._executions():
            frames = self._frames(execution[0])
            layer = max(computed.products[n] for n in execution) if layers else 0
            key = (self._statement(frames[0]), layer)
            self._codes.setdefault(key, frames)
            self._keys |= dict.fromkeys(execution, key)

    def _executions(self) -> Iterator[list[int]]:
        """The operations one after the other that belong to one execution of a statement."""
        execution: list[int] = []
        places: set[int] = set()
        before: object = None
        for number in self._computed.numbers:
            frames = self._frames(number)
            statement = (self._statement(frames[0]), frames[1:])
            place = self._computed.runs.operation(number).place
            if execution and (statement != before or place in places):
                yield execution
                execution, places = [], set()
            before = statement
            execution.append(number)
            places.add(place)
        if execution:
            yield execution

    def _frames(self, number: int) -> tuple[Code, ...]:
        """The innermost frame that is not folded: that of the quantity; then the outer ones."""
        codes = self._computed.runs.code(number)
        for level, code in enumerate(codes[:-1]):
            if (code.sheet, code.function) not in self._folded:
                return codes[level:]
        return codes[-1:] or (Code(0, 0),)

    def _statement(self, code: Code) -> _Place:
        statement, element = self._statements.at(code)
        if statement is None:
            return code.sheet, code.line, 0, element
        return code.sheet, statement.lineno, statement.col_offset, element

    def graph(self, mistakes: Sequence[WrongCode]) -> Graph:
        """The quantities in the order in which they are computed first."""
        wrong = self._wrong(mistakes)
        built = self._built_on(wrong)
        order: dict[_Key, int] = {}
        parts: dict[_Key, set[int]] = {}
        for number, key in self._keys.items():
            order.setdefault(key, len(order))
            parts.setdefault(key, set()).add(number)
        nodes = tuple(self._node(key, parts[key], wrong, built) for key in order)
        edges = {
            (order[self._keys[source]], order[key])
            for number, key in self._keys.items()
            for source in self._computed.sources(number)
            if source in self._keys
        }
        return Graph(nodes, tuple(sorted(e for e in edges if e[0] < e[1])))

    def _node(self, key: _Key, numbers: set[int], wrong: set[int], built: set[int]) -> Node:
        piece = self._statements.piece(self._codes[key])
        mask = sum(1 << n for n in numbers)
        part = Part.BACKWARD
        if numbers & self._computed.updates:
            part = Part.UPDATE
        elif not mask & ~self._computed.forward:
            part = Part.FORWARD
        standing = Standing.RIGHT
        if numbers & wrong:
            standing = Standing.WRONG
        elif numbers & built:
            standing = Standing.BUILT_ON_WRONG
        elif not mask & self._computed.judged:
            standing = Standing.NOT_JUDGED
        return Node(piece.name, piece.code, piece.place, part, standing)

    def _wrong(self, mistakes: Sequence[WrongCode]) -> set[int]:
        """The operations that stand where the mistakes do."""
        codes, runs = {mistake.code for mistake in mistakes}, self._computed.runs
        lines = {(code.sheet, code.line) for code in codes}
        exact = {n for n in self._keys if codes.intersection(runs.code(n))}
        known = {code for n in exact for code in runs.code(n)}
        lines -= {(code.sheet, code.line) for code in codes & known}
        return exact | {
            n for n in self._keys
            if any((code.sheet, code.line) in lines for code in runs.code(n))
        }  # fmt: skip

    def _built_on(self, wrong: set[int]) -> set[int]:
        """The operations that what is wrong goes into."""
        built: set[int] = set()
        for number in self._computed.numbers:
            # What an update gives belongs to the next step.
            if (self._computed.sources(number) - self._computed.updates) & (wrong | built):
                built.add(number)
        return built - wrong


def _folded(computed: _Computed, statements: Statements) -> Iterator[_Function]:
    """Functions that are a part of the statement that calls them.

    They take no products of matrices, meet no parameters but to change and return them, and what
    calls them calls nothing else at the same place, as a loop over layers of several kinds does.
    """
    runs = computed.runs
    functions: set[_Function] = set()
    kept: set[_Function] = set()
    called: dict[Code, set[_Function]] = {}
    for number in computed.numbers:
        codes = runs.code(number)
        inside = {(code.sheet, code.function) for code in codes[:-1]}
        functions |= inside
        if number in computed.updates:
            keeps = bool(codes) and not isinstance(statements.at(codes[0])[0], ast.Return)
        else:
            product = runs.operation(number).name in _MATRIX_PRODUCTS
            keeps = product or bool(computed.sources(number) & runs.barrier)
        kept |= inside if keeps else set()
        for inner, outer in pairwise(codes):
            called.setdefault(outer, set()).add((inner.sheet, inner.function))
    for several in called.values():
        kept |= several if len(several) > 1 else set()
    for function in functions:
        if function not in kept or function[1].rpartition(".")[2].startswith("<"):
            yield function
