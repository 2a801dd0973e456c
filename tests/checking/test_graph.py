"""The picture of a computation: where its quantities are drawn, and what is written on them."""

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.checking.diagnosis import Finding
from chainrule.checking.diagnosis.drawing import svg
from chainrule.checking.diagnosis.graph import WIDEST, Graph, Layout, Node, Part, Standing
from chainrule.checking.diagnosis.html import as_html
from helpers import examples


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Any quantities, each made of some of those before it."""
    count = draw(st.integers(1, 30))
    nodes = tuple(
        Node(
            draw(st.text(max_size=30)),
            draw(st.text(max_size=60)),
            draw(st.sampled_from(["", "line 12", "cell 113, line 1256"])),
            draw(st.sampled_from(Part)),
            draw(st.sampled_from(Standing)),
        )
        for _ in range(count)
    )
    pairs = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)).filter(
        lambda pair: pair[0] < pair[1]
    )
    edges = draw(st.lists(pairs, max_size=60, unique=True)) if count > 1 else []
    return Graph(nodes, tuple(edges))


@given(graphs())
@examples(60)
def test_nothing_lies_on_anything_else(graph: Graph) -> None:
    layout = Layout(graph, node=200, bend=20)
    row_of = layout.row_of()
    parts = [graph.nodes[i].part for row in layout.rows for i in row if i < len(graph.nodes)]
    assert parts == sorted(parts, key=list(Part).index)  # forward on top, updates at the bottom
    for row in layout.rows:
        assert sum(spot < len(graph.nodes) for spot in row) <= WIDEST
        sizes = [200 if spot < len(graph.nodes) else 20 for spot in row]
        for (a, b), (i, j) in zip(pairwise(row), pairwise(sizes), strict=True):
            assert layout.x[b] - layout.x[a] >= (i + j) / 2 - 1e-6
    for edge, way in zip(graph.edges, layout.ways, strict=True):
        assert sorted(edge) == sorted([way[0], way[-1]])
        assert all(row_of[b] == row_of[a] + 1 for a, b in pairwise(way))
        assert all(spot >= len(graph.nodes) for spot in way[1:-1])  # past quantities, not over
    assert min(layout.x) >= 0
    assert max(layout.x) <= layout.width


@given(graphs())
@examples(60)
def test_the_picture_is_whole_and_says_what_it_shows(graph: Graph) -> None:
    text = svg(graph)
    root = ElementTree.fromstring(text)
    assert root.get("role") == "img"
    assert str(root.get("aria-label")).startswith("The computation as a graph.")
    boxes = root.findall("g/rect")
    assert len(boxes) == len(graph.nodes)
    assert len({box.get("x", "") + "," + box.get("y", "") for box in boxes}) == len(boxes)
    assert not re.search("<(script|image|use|style)|href|url\\(", text)


NODES = (
    Node("z", "x @ W", "line 3", Part.FORWARD),
    Node("d", "y - t", "line 4", Part.BACKWARD, Standing.WRONG),
    Node("dW", "x.T @ d", "line 5", Part.BACKWARD, Standing.BUILT_ON_WRONG),
    Node("W", "W - dW", "line 6", Part.UPDATE, Standing.NOT_JUDGED),
)
CHAIN = Graph(NODES, ((0, 1), (1, 2), (2, 3)))


def test_what_was_found_out_is_seen_without_colours() -> None:
    root = ElementTree.fromstring(svg(CHAIN))
    signs = [text.text.split()[0] for text in root.findall("g/text[@font-weight]") if text.text]
    assert sorted(signs) == sorted("✓✗↳?")
    by_name = {group.findtext("title", ""): group.find("rect") for group in root.findall("g")}
    widths = {name.split()[0]: float(box.get("stroke-width", 0))
              for name, box in by_name.items() if box is not None}  # fmt: skip
    assert widths["d"] > max(widths["z"], widths["dW"], widths["W"])
    dashed = [name.split()[0] for name, box in by_name.items()
              if box is not None and box.get("stroke-dasharray")]  # fmt: skip
    assert dashed == ["W"]
    words = str(root.get("aria-label"))
    assert "The mistake: d (line 4)." in words
    assert "Computed from it: dW (line 5)." in words
    assert "Not judged: W (line 6)." in words


@pytest.mark.parametrize("passed", [True, False])
def test_the_picture_is_open_where_something_is_wrong_and_else_folded(passed: bool) -> None:
    html = as_html([Finding("fit", passed=passed, reason="x", note="x", graph=CHAIN)], 1)
    assert "<svg" in html
    assert ("<details><summary>The computation</summary><figure" in html) is passed
    for sign in "✓✗↳?":
        assert re.search(f"<figcaption.*{re.escape(sign)}", html)
