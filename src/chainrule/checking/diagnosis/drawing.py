"""A graph as SVG: nothing beside itself, readable on light and dark, and without colours."""

from collections.abc import Iterator, Sequence
from html import escape

from chainrule.checking.diagnosis.graph import Graph, Layout, Node, Part, Standing

RIGHT, WRONG, QUIET = "#009E73", "#D55E00", "#7f7f7f"  # green and vermilion of Okabe and Ito
SIGNS = {
    Standing.RIGHT: "✓",
    Standing.WRONG: "✗",
    Standing.BUILT_ON_WRONG: "↳",
    Standing.NOT_JUDGED: "?",
}
_BOX = {
    Standing.RIGHT: f'stroke="{RIGHT}" stroke-width="1.5" fill="{RIGHT}" fill-opacity="0.1"',
    Standing.WRONG: f'stroke="{WRONG}" stroke-width="4" fill="{WRONG}" fill-opacity="0.35"',
    Standing.BUILT_ON_WRONG: f'stroke="{WRONG}" stroke-width="1.5" fill="{WRONG}" '
    'fill-opacity="0.1"',
    Standing.NOT_JUDGED: f'stroke="{QUIET}" stroke-width="1.5" stroke-dasharray="6 4" fill="none"',
}
_WIDTH, _HEIGHT, _GAP, _BEND = 182, 42, 16, 18  # pixels
_BETWEEN = 28  # rows
_BETWEEN_PARTS = 16  # on top of that
_MARGIN, _LABELS = 6, 72
_CODE = 25  # characters that there is room for
_LETTER, _SMALL_LETTER = 7.6, 5.4  # pixels, of a name and of a place


def svg(graph: Graph) -> str:
    """The graph as an SVG element, with what it shows in words for who cannot see it."""
    layout = Layout(graph, _WIDTH + _GAP, _BEND)
    tops, separators = _tops(layout)
    x = [_MARGIN + _LABELS + at for at in layout.x]
    width = 2 * _MARGIN + _LABELS + layout.width
    height = (tops[-1] if tops else 0) + _HEIGHT + _MARGIN
    drawn = [
        *_labels(separators, width),
        *_edges(layout, x, tops),
        *(
            _node(graph.nodes[spot], x[spot], tops[row])
            for spot, row in layout.row_of().items()
            if spot < len(graph.nodes)
        ),
    ]
    return (
        f'<svg role="img" aria-label="{_legible(in_words(graph))}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        'style="max-width:100%;height:auto;font-family:sans-serif">'
        f"{''.join(drawn)}</svg>"
    )


def in_words(graph: Graph) -> str:
    """What the graph shows, in a few sentences."""
    parts = []
    for part in Part:
        names = [node.name for node in graph.nodes if node.part is part]
        if names:
            parts.append(f"{part.value}: {', '.join(names)}")
    text = f"The computation as a graph. {'; '.join(parts)}."
    for standing in list(Standing)[1:]:
        nodes = [node for node in graph.nodes if node.standing is standing]
        if nodes:
            told = ", ".join(f"{n.name} ({n.place})" if n.place else n.name for n in nodes)
            text += f" {standing.value[0].upper()}{standing.value[1:]}: {told}."
    if all(node.standing is Standing.RIGHT for node in graph.nodes):
        text += " All of it is right."
    return text


def _tops(layout: Layout) -> tuple[list[float], list[tuple[Part, float]]]:
    """Where each row begins, and each part."""
    nodes = layout.graph.nodes
    tops: list[float] = []
    begins: list[tuple[Part, float]] = []
    y = float(_MARGIN)
    for row in layout.rows:
        part = next(nodes[spot].part for spot in row if spot < len(nodes))
        if not begins or begins[-1][0] is not part:
            y += _BETWEEN_PARTS if begins else 0
            begins.append((part, y))
        tops.append(y)
        y += _HEIGHT + _BETWEEN
    return tops, begins


def _labels(begins: Sequence[tuple[Part, float]], width: float) -> Iterator[str]:
    for i, (part, y) in enumerate(begins):
        if i:
            line = y - (_BETWEEN + _BETWEEN_PARTS) / 2
            yield (f'<path d="M 0 {line:.0f} H {width:.0f}" stroke="{QUIET}" '
                   'stroke-opacity="0.5" stroke-dasharray="1 5"/>')  # fmt: skip
        yield (f'<text x="{_MARGIN}" y="{y + _HEIGHT / 2 + 4:.0f}" font-size="13" '
               f'fill="currentColor" fill-opacity="0.8">{part.value}</text>')  # fmt: skip


def _edges(layout: Layout, x: Sequence[float], tops: Sequence[float]) -> Iterator[str]:
    graph, row_of = layout.graph, layout.row_of()
    leaves = _ports([way[0] for way in layout.ways], [way[1] for way in layout.ways], x)
    enters = _ports([way[-1] for way in layout.ways], [way[-2] for way in layout.ways], x)
    for i, ((source, target), way) in enumerate(zip(graph.edges, layout.ways, strict=True)):
        at, y = leaves[i], tops[row_of[way[0]]] + _HEIGHT
        path = f"M {at:.1f} {y:.1f}"
        for spot in way[1:]:
            last = spot == way[-1]
            to, top = (enters[i] if last else x[spot]), tops[row_of[spot]]
            half = (y + top) / 2
            path += f" C {at:.1f} {half:.1f} {to:.1f} {half:.1f} {to:.1f} {top:.1f}"
            at, y = to, top
            if not last:
                y += _HEIGHT
                path += f" V {y:.1f}"
        down = way[-1] == target
        tip = (enters[i], tops[row_of[way[-1]]]) if down else (
            leaves[i], tops[row_of[way[0]]] + _HEIGHT)  # fmt: skip
        carries = graph.nodes[source].standing in (Standing.WRONG, Standing.BUILT_ON_WRONG)
        into = graph.nodes[target].standing in (Standing.WRONG, Standing.BUILT_ON_WRONG)
        colour = f'"{WRONG}"' if carries and into else '"currentColor" opacity="0.45"'
        thick = 2 if carries and into else 1.2
        yield f'<path d="{path}" fill="none" stroke={colour} stroke-width="{thick}"/>'
        yield f'<path d="{_arrow(*tip, down)}" fill={colour}/>'


def _arrow(x: float, y: float, down: bool) -> str:
    back = -7 if down else 7
    return f"M {x:.1f} {y:.1f} l -4 {back} h 8 z"


def _ports(ends: Sequence[int], others: Sequence[int], x: Sequence[float]) -> list[float]:
    """Where each edge meets its node: side by side, in the order of where they come from."""
    found = [0.0] * len(ends)
    for node in set(ends):
        here = sorted((i for i, end in enumerate(ends) if end == node), key=lambda i: x[others[i]])
        step = min(22.0, (_WIDTH - 40) / len(here))
        for k, i in enumerate(here):
            found[i] = x[node] + (k - (len(here) - 1) / 2) * step
    return found


def _node(node: Node, x: float, top: float) -> str:
    left = x - _WIDTH / 2
    right = left + _WIDTH
    room = (_WIDTH - 38 - _SMALL_LETTER * len(node.place)) / _LETTER
    name = f"{SIGNS[node.standing]} {_cut(node.name, max(int(room), 3))}"
    said = f"{node.name} = {node.code}" if node.code else node.name
    where = f", {node.place}" if node.place else ""
    title = f"{said}{where}: {node.standing.value}"
    baseline = top + (18 if node.code else 27)
    code = (
        f'<text x="{left + 9:.1f}" y="{top + 35:.1f}" font-size="11" font-family="monospace" '
        f'fill="currentColor">{_legible(_cut(node.code, _CODE))}</text>'
        if node.code
        else ""
    )
    return (
        f"<g><title>{_legible(title)}</title>"
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{_WIDTH}" height="{_HEIGHT}" rx="6" '
        f"{_BOX[node.standing]}/>"
        f'<text x="{left + 9:.1f}" y="{baseline:.1f}" font-size="13" font-weight="bold" '
        f'fill="currentColor">{_legible(name)}</text>'
        f'<text x="{right - 8:.1f}" y="{baseline:.1f}" font-size="11" text-anchor="end" '
        f'fill="currentColor" fill-opacity="0.8">{_legible(node.place)}</text>{code}</g>'
    )


def _legible(text: str) -> str:
    """Text on one line, with nothing that is not printed, escaped."""
    return escape("".join(c if c.isprintable() else "�" for c in " ".join(text.split())))


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: room - 1]}…"
