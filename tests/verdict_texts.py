"""Verdicts as text, for comparison with those that are kept in `__snapshots__`.

What is kept are the lines that `check` prints, each behind the hints that show it, and beside them
what only `--json` and `--html` have. Figures of arrays are rounded, so that the last bits of
another processor's sums change nothing.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.checking.diagnosis.finding import Finding
from chainrule.checking.diagnosis.graph import Graph
from chainrule.checking.diagnosis.text import Teller
from chainrule.checking.hints import HINTS

_MARKS = {True: "right", False: "WRONG", None: "-----"}
_INDENT = " " * 6
_FIGURES = 4  # of an array
_LEAST = 1e-9  # of a figure, beside the largest of its array


def as_text(findings: Sequence[Finding]) -> str:
    """The verdict on a file, a line for each thing that it says."""
    tellers = [Teller(hint) for hint in HINTS]
    return "\n".join(line for finding in findings for line in _lines(finding, tellers))


def _lines(finding: Finding, tellers: Sequence[Teller]) -> Iterator[str]:
    number = f"#{finding.definition}" if finding.definition > 1 else ""
    ids = " ".join([*finding.faults, *(f"remark:{remark}" for remark in finding.remarks)])
    place = f"{finding.cell or ''}:{finding.line or ''}".strip(":")
    yield f"{_MARKS[finding.passed]} {finding.name}{number} @{place} {ids}".rstrip()
    for what, array in (("expected", finding.expected), ("actual", finding.actual)):
        if array is not None:
            yield f"  {what} {_figures(array)}"
    if finding.graph is not None:
        yield from _of_graph(finding.graph)
    shown = [[line.text for line in teller.lines(finding)] for teller in tellers]
    earlier = [line for lines in shown for line in lines if line not in shown[-1]]
    for line in dict.fromkeys([*shown[-1], *earlier]):
        hints = "".join(str(h) for h, lines in zip(HINTS, shown, strict=True) if line in lines)
        yield f"  {hints:4}{line.removeprefix(_INDENT)}".rstrip()


def _of_graph(graph: Graph) -> Iterator[str]:
    for i, node in enumerate(graph.nodes):
        above = ", ".join(graph.nodes[a].name for a, b in graph.edges if b == i)
        yield (
            f"  {node.part.value}: {node.name} ({node.place}, {node.standing.value})"
            f" of {above or 'nothing'}: {node.code}"
        )


def _figures(array: NDArray[Any]) -> str:
    if array.dtype.kind not in "fiub":
        return f"{array.shape} {array.dtype.kind}"
    values = np.asarray(array, np.float64).ravel()
    finite = values[np.isfinite(values)]
    least = _LEAST * np.abs(finite).max(initial=0.0)
    first = [0.0 if abs(v) <= least else v for v in values[:_FIGURES]]
    return f"{array.shape} {array.dtype.kind}: {' '.join(f'{v:.3g}' for v in first)}"
