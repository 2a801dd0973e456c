"""A learner's computation as a graph: its quantities, what each is made of, and where they stand.

Rows from the input down: the forward pass, the backward pass, the updates. Within each the longest
way decides the row; what leads past rows gets a place in each of them, so that no line crosses a
quantity; and the order in a row is that of the means of what is joined (Sugiyama, Tagawa and Toda,
1981).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from itertools import pairwise

SWEEPS = 12
MOST = 40  # quantities that one can still read
WIDEST = 4  # of them in a row
STRAIGHT = 7  # times the weight of other lines


class Part(Enum):
    """Which part of a step of training a quantity belongs to. The values are the words for it."""

    FORWARD = "forward"
    BACKWARD = "backward"
    UPDATE = "update"


class Standing(Enum):
    """What was found out about a quantity. The values are the words for it."""

    RIGHT = "right"
    WRONG = "the mistake"
    BUILT_ON_WRONG = "computed from it"
    NOT_JUDGED = "not judged"


@dataclass(frozen=True)
class Node:
    """A quantity.

    Attributes:
        name: as the learner calls it.
        code: what it is computed as; "" where that is not shown.
        place: where that stands: `line 12`.
        part: of the computation.
        standing: what was found out.
    """

    name: str
    code: str
    place: str
    part: Part
    standing: Standing = Standing.RIGHT


@dataclass(frozen=True)
class Graph:
    """Quantities in the order of the computation, and which go into which.

    Attributes:
        nodes: the quantities.
        edges: pairs of places in `nodes`: what goes in, what comes out.
    """

    nodes: tuple[Node, ...]
    edges: tuple[tuple[int, int], ...]


Spot = int  # of a node, or of a bend in an edge, among all spots of a layout


@dataclass
class Layout:
    """Where each quantity is drawn.

    Attributes:
        rows: spots from left to right, row by row from the top; those below `len(graph.nodes)`
            are its nodes, the others bends in edges.
        ways: for each edge the spots that it goes by, from above to below.
        x: the middle of each spot.
        node, bend: the room that each takes, in the same unit.
    """

    graph: Graph
    node: float
    bend: float
    rows: list[list[Spot]] = field(init=False)
    ways: list[list[Spot]] = field(init=False)
    x: list[float] = field(init=False)

    def __post_init__(self) -> None:
        self.rows = [list(row) for row in _rows(self.graph)]
        self._above: dict[Spot, list[Spot]] = {}
        self._below: dict[Spot, list[Spot]] = {}
        self.ways = self._with_bends()
        for down in [True, False] * SWEEPS:
            self._sort(down)
        self.x = [0.0] * sum(map(len, self.rows))
        for row in self.rows:
            self._place(row, [0.0] * len(row))
        for down in [True, False] * SWEEPS:
            self._pull(down)
        left = min((self.x[s] - self._size(s) / 2 for row in self.rows for s in row), default=0)
        self.x = [x - left for x in self.x]

    @cached_property
    def width(self) -> float:
        """The room that all of it takes."""
        return max((self.x[s] + self._size(s) / 2 for row in self.rows for s in row), default=0)

    def row_of(self) -> dict[Spot, int]:
        """For each spot its row."""
        return {spot: i for i, row in enumerate(self.rows) for spot in row}

    def _with_bends(self) -> list[list[Spot]]:
        row_of, count = self.row_of(), len(self.graph.nodes)
        ways = []
        for edge in self.graph.edges:
            above, below = sorted(edge, key=lambda spot: row_of[spot])
            way = [above]
            for row in range(row_of[above] + 1, row_of[below]):
                self.rows[row].append(count)
                way.append(count)
                count += 1
            way.append(below)
            for upper, lower in pairwise(way):
                self._below.setdefault(upper, []).append(lower)
                self._above.setdefault(lower, []).append(upper)
            ways.append(way)
        return ways

    def _sort(self, down: bool) -> None:
        """Order each row by the means of the places of what it is joined with."""
        joined = self._above if down else self._below
        rows = self.rows if down else self.rows[::-1]
        place = {spot: float(i) for row in rows for i, spot in enumerate(row)}
        for row in rows:
            wanted = {s: _mean([place[o] for o in joined.get(s, [])], place[s]) for s in row}
            row.sort(key=lambda s: wanted[s])
            place |= {spot: float(i) for i, spot in enumerate(row)}

    def _pull(self, down: bool) -> None:
        """Move each row to where what it is joined with is."""
        for row in self.rows if down else self.rows[::-1]:
            wanted = []
            for spot in row:
                joined = [*self._above.get(spot, []), *self._below.get(spot, [])]
                # A way past several rows is to be straight.
                straight = [o for o in joined if self._is_bend(o) and self._is_bend(spot)]
                wanted.append(
                    _mean([self.x[o] for o in [*joined, *straight * STRAIGHT]], self.x[spot])
                )
            self._place(row, wanted)

    def _place(self, row: Sequence[Spot], wanted: Sequence[float]) -> None:
        """Give places near the wanted ones, in the order of the row and without overlap."""
        if not row:
            return
        from_left, from_right = list(wanted), list(wanted)
        for i in range(1, len(row)):
            from_left[i] = max(wanted[i], from_left[i - 1] + self._apart(row[i - 1], row[i]))
        for i in range(len(row) - 2, -1, -1):
            from_right[i] = min(wanted[i], from_right[i + 1] - self._apart(row[i], row[i + 1]))
        for spot, a, b in zip(row, from_left, from_right, strict=True):
            self.x[spot] = (a + b) / 2

    def _apart(self, spot: Spot, other: Spot) -> float:
        return (self._size(spot) + self._size(other)) / 2

    def _size(self, spot: Spot) -> float:
        return self.bend if self._is_bend(spot) else self.node

    def _is_bend(self, spot: Spot) -> bool:
        return spot >= len(self.graph.nodes)


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _rows(graph: Graph) -> Iterable[list[Spot]]:
    """The nodes row by row: part after part, and in each by the longest way to a node."""
    for part in Part:
        members = [i for i, node in enumerate(graph.nodes) if node.part is part]
        level = _levels(members, graph.edges)
        for depth in range(max(level.values(), default=-1) + 1):
            row = [i for i in members if level[i] == depth]
            for begin in range(0, len(row), WIDEST):
                yield row[begin : begin + WIDEST]


def _levels(members: Sequence[int], edges: Iterable[tuple[int, int]]) -> Mapping[int, int]:
    """For each node the number of nodes of its own part on the longest way to it."""
    before: dict[int, list[int]] = {i: [] for i in members}
    for source, target in edges:
        if source in before and target in before and source < target:
            before[target].append(source)
    level: dict[int, int] = {}
    for i in members:
        level[i] = max((level[b] + 1 for b in before[i]), default=0)
    return level
