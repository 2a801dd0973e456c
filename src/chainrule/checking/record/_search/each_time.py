"""What a step does again and again, mended each time: in time, in an engine, in layers."""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

from chainrule.checking.record._search.mending import Change, What
from chainrule.checking.record._search.quantities import Kind, Quantities, Quantity
from chainrule.checking.record._steps.adjoint import Adjoint
from chainrule.checking.record._steps.factors import factor
from chainrule.checking.record._steps.flow import Operand, members
from chainrule.checking.record._steps.judgement import Judgement
from chainrule.checking.record._steps.operands import by_place
from chainrule.checking.record._steps.replay import constantly, instead
from chainrule.checking.record._tape.operations import Array, back
from chainrule.checking.record.table import Table

_Identified = Callable[[Operand], tuple[Quantity | None, float]]


class EachTime:
    """The right gradients in place of what one operation gives, every time that it is done."""

    def __init__(self, judged: Judgement, quantities: Quantities) -> None:
        self._runs, self._adjoints = judged.runs, judged.adjoints
        self._forward, self._quantities = quantities.forward, quantities
        self._step = members(judged.step.mask)

    def back_in_time(self, numbers: Sequence[int]) -> Iterator[Change]:
        """The right gradients in place of what an operation gives each time, as time goes back.

        They are those by what one operation of the forward pass gave, or read, each time.
        """
        runs, operation = self._runs, self._runs.operation(numbers[0])
        for gradients in self._repeated:
            unused = len(gradients) - len(numbers)  # what the last of them gives may be
            if unused not in (0, 1) or gradients[0][0].shape != operation.shape:
                continue
            for due in (gradients[::-1], gradients):
                wrong = [
                    (n, d) for n, d in zip(numbers, due, strict=False)
                    if factor(runs.results(n), d) is None
                ]  # fmt: skip
                if wrong:
                    number, first = wrong[0]
                    edits = {n: constantly(d) for n, d in zip(numbers, due, strict=False)}
                    belongs = Quantity(Kind.BY_INTERMEDIATE, -1, tuple(first))
                    yield Change(number, What.RESULT, 4, edits, None, belongs)

    def by_what_was_read(self, numbers: Sequence[int]) -> Iterator[Change]:
        """The whole gradients in place of what goes back through an operation each time.

        It is known by what it gave, which goes in again; they are those by what it read.
        """
        runs, adjoints = self._runs, self._adjoints
        for place in range(len(runs.operation(numbers[0]).ids)):
            given = [runs.given(Operand(n, place)) & self._forward for n in numbers]
            if not all(len(g) == 1 for g in given):
                continue
            forward = [next(iter(g)) for g in given]
            for read in range(min(len(runs.operation(n).ids) for n in forward)):
                operands = [Operand(n, read) for n in forward]
                due = [[a.flat[runs.ids(r, o)] for r, a in enumerate(adjoints)] for o in operands]
                edits, belongs = {}, None
                for number, values in zip(numbers, due, strict=True):
                    seen = runs.results(number)
                    if values[0].shape != seen[0].shape:
                        break
                    edits[number] = constantly(values)
                    if belongs is None and factor(seen, values) is None:
                        belongs = number, Quantity(Kind.BY_INTERMEDIATE, -1, tuple(values))
                if belongs is not None and len(edits) == len(numbers):
                    yield Change(belongs[0], What.RESULT, 4, edits, None, belongs[1])

    def in_other_order(self, number: int, identified: _Identified) -> Iterator[Change]:
        """For each derivative of an activation the gradient that it belongs to.

        Layers that are gone through in another order each get the gradient of another.
        """
        runs, first = self._runs, self._runs.operation(number)
        if first.name != "multiply":
            return
        # Those that are gone through later are no part of the way to what the first changes.
        numbers = [n for n in self._step if runs.operation(n).place == first.place]
        for place in (0, 1):
            slopes = [identified(Operand(n, 1 - place))[0] for n in numbers]
            due = [q and q.kind is Kind.SLOPE and self._quantities.met_by(q) for q in slopes]
            stands, scale = identified(Operand(numbers[0], place))
            if not all(due) or stands is None or stands.kind is not Kind.BY_ACTIVATION:
                continue
            after = [met[0] for met in due if met]
            if stands.layer != after[0].layer and len({q.layer for q in after}) == len(numbers):
                edits = {
                    n: instead(runs, Operand(n, place), q.values, scale)
                    for n, q in zip(numbers, after, strict=True)
                }
                yield Change(numbers[0], What.ORDER, 1, edits, stands, after[0])

    @cached_property
    def _repeated(self) -> list[list[list[Array]]]:
        """Gradients by arrays that go forward several times through the same code, in each run."""
        runs, adjoints = self._runs, self._adjoints
        arrays = (n for n in sorted(self._forward) if runs.operation(n).size > 1)
        found: dict[bytes, list[list[Array]]] = {}
        for numbers in by_place(runs, arrays).values():
            for place in range(-1, min(len(runs.operation(n).ids) for n in numbers)):
                if len(numbers) > 1 and (
                    place < 0 or runs.depends_on_parameters(Operand(numbers[-1], place))
                ):
                    each = [
                        [_by(a, t, n, place) for a, t in zip(adjoints, runs.tables, strict=True)]
                        for n in numbers
                    ]
                    found.setdefault(b"".join(g[0].tobytes() for g in each), each)
        return list(found.values())


def _by(adjoint: Adjoint, table: Table, number: int, place: int) -> Array:
    """The gradient by what an operation gave, or by what it read at a place.

    Shape: as that has.
    """
    gradient, operation = adjoint.of(table, number), table.operations[number]
    if place < 0:
        return gradient
    inputs, result = table.inputs(number), table.result(number)
    return back(operation.name, inputs, operation.settings, result, gradient, place)
