"""A verdict as HTML for a notebook: no script, no asset, readable on light and on dark."""

import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.checking.diagnosis.blame import Excerpt, LineVerdict
from chainrule.checking.diagnosis.cards import Card, cards_of
from chainrule.checking.diagnosis.drawing import SIGNS, svg
from chainrule.checking.diagnosis.finding import Finding
from chainrule.checking.diagnosis.graph import Graph, Standing
from chainrule.checking.diagnosis.network_graph import network_graph
from chainrule.checking.diagnosis.wording import LINE_BY_LINE, TO_SEE_IT, word_of
from chainrule.checking.hints import place_in_words

_LOOK = {
    True: ("#009E73", "right"),
    False: ("#D55E00", "wrong"),
    None: ("#7f7f7f", "not judged"),
}
READABLE, WIDE = "48em", "72em"  # of text, and of what may be a picture
_PARAGRAPH = f"margin:3px 0;max-width:{READABLE}"
# Legible on light and on dark pages, and without colours.
# Notebooks break preformatted text anywhere: here it breaks at blanks.
_WRAPPED = "white-space:pre-wrap;word-break:normal;overflow-wrap:break-word"
_CODE = f"margin:4px 0;padding:4px 0;{_WRAPPED};background:none;color:inherit"
_CELL = "padding:2px 12px 2px 0;text-align:left;vertical-align:top;border:none"
_MARKED = "background:#F0E442;color:#000;text-decoration:underline"
MOST_CELLS = 240  # of a picture; larger arrays are not drawn
CELL = 12  # pixels
POSITIVE, NEGATIVE = "#0072B2", "#D55E00"  # blue and vermilion of Okabe and Ito


def as_html(findings: Sequence[Finding], hint: int, more: Sequence[str] = ()) -> str:
    """One block for each finding, with a card for each mistake; what is right takes a single line.

    Colours stand beside words, never for them, and text has the colour of the page.

    Args:
        findings: at least one.
        hint: how much is said, from 1 to 3.
        more: lines of code to end with.
    """
    graphs = _graphs(findings)
    right = [f for f in findings if f.passed and not f.message(hint)]
    parts = []
    if right:
        names = escape(", ".join(f.name for f in right))
        drawn = [_graph(graphs[id(f)], f) for f in right if id(f) in graphs]
        parts.append(_block(_LOOK[True], f"<code>{names}</code>", drawn))
    for finding in findings:
        if not finding.passed or finding.message(hint):
            parts.append(_finding(finding, hint, graphs.get(id(finding))))
    parts += [f"<p><code>{escape(line)}</code></p>" for line in more]
    return column("".join(parts), WIDE)


def _graphs(findings: Sequence[Finding]) -> dict[int, Graph]:
    """The graphs that there are, by the ids of the findings that they stand beside.

    That of a class stands beside the first of its methods that is wrong, or that has steps in it.
    """
    found = {id(f): f.graph for f in findings if f.graph is not None}
    classes: dict[tuple[str, int], dict[str, Finding]] = {}
    for finding in findings:
        name, _, method = finding.name.partition(".")
        classes.setdefault((name, finding.definition), {})[method] = finding
    for methods in classes.values():
        # What is said of a wrong method may know nothing of the network around it.
        network = next((f.network for f in methods.values() if f.network is not None), None)
        beside = min(methods.values(), key=lambda f: (f.passed is not False, f.network is None))
        graph = network_graph(network, methods) if network is not None else None
        if graph is not None:
            found[id(beside)] = graph
    return found


def _finding(finding: Finding, hint: int, graph: Graph | None) -> str:
    again = f" (definition {finding.definition})" if finding.definition > 1 else ""
    title = f"<code>{escape(finding.name)}</code>{again}"
    said = finding.message(hint) if finding.passed else ""
    lines = [paragraph(p) for p in said.split("\n") if p.strip()]
    cards = cards_of(finding, hint)
    lines += map(_card, cards)
    if finding.line and cards and cards[0].excerpt is None:
        title += f" ({place_in_words(finding.cell, finding.line)})"
    if hint > 1:
        lines.append(_picture(finding, hint))
    if graph is not None:
        lines.append(_graph(graph, finding))
    return _block(_LOOK[finding.passed], title, lines)


def _graph(graph: Graph, finding: Finding) -> str:
    """The graph of the computation, with what its signs mean; of what is right it is folded."""
    met = {node.standing for node in graph.nodes}
    key = " &nbsp; ".join(f"{SIGNS[one]} {one.value}" for one in Standing if one in met)
    figure = (
        f'<figure style="margin:8px 0;overflow-x:auto">{svg(graph)}'
        f'<figcaption style="font-size:85%">{key}</figcaption></figure>'
    )
    if not finding.passed:
        return figure
    of = f" of {escape(finding.name.partition('.')[0])}" if finding.graph is None else ""
    return f"<details><summary>The computation{of}</summary>{figure}</details>"


def _card(card: Card) -> str:
    """The code, what is wrong with it, one sentence; the rest is folded."""
    code = "" if card.excerpt is None else _code(card.excerpt)
    if card.pasted:
        code += f"{paragraph(TO_SEE_IT)}{_as_it_is(card.pasted)}"
    title = f"<strong>{_inline(card.title)}</strong> " if card.title else ""
    told = f'<p style="{_PARAGRAPH}">{title}{_inline(card.sentence)}</p>'
    told += _line_by_line(card.lines) if card.lines else ""
    if card.rest:
        rest = "".join(paragraph(p) for p in card.rest)
        told += f"<details><summary>More</summary>{rest}</details>"
    return f'<div style="margin:8px 0">{code}{told}</div>'


def _line_by_line(lines: Sequence[LineVerdict]) -> str:
    """A table: the number of the line, whether it is right, the code, and what is said of it."""
    short = f"{_CELL};white-space:nowrap"
    rows = "".join(
        f'<tr style="background:none"><td style="{short};opacity:0.7">line {one.line}</td>'
        f'<td style="{short}">{_verdict(one)}</td>'
        f'<td style="{_CELL}"><code style="{_WRAPPED}">{escape(one.source)}</code></td>'
        f'<td style="{_CELL}">{_inline(one.said)}</td></tr>'
        for one in lines
    )
    style = f"border-collapse:collapse;margin:4px 0;max-width:{WIDE};font-size:inherit"
    return f'{paragraph(LINE_BY_LINE)}<table style="{style}">{rows}</table>'


def _verdict(line: LineVerdict) -> str:
    word = word_of(line)
    return f"<strong>{word}</strong>" if line.passed is False else word


def _as_it_is(lines: Sequence[str]) -> str:
    """Lines of code as they are."""
    return f'<pre style="{_CODE}">{escape(chr(10).join(lines))}</pre>'


def _code(excerpt: Excerpt) -> str:
    """Lines of code behind their numbers, below the name of a module; the piece is marked."""
    shared = excerpt.indentation
    lines = [f'<span style="opacity:0.7">{escape(excerpt.file)}:</span>'] if excerpt.file else []
    for i, (line, (start, end)) in enumerate(zip(excerpt.lines, excerpt.marks(), strict=True)):
        place = place_in_words(excerpt.cell, excerpt.line + i)
        number = f'<span style="opacity:0.7">{place}</span>'
        before = escape(line[shared : max(start, shared)])
        mark = f'<mark style="{_MARKED}">{escape(line[start:end])}</mark>' if start < end else ""
        lines.append(f"{number} {before}{mark}{escape(line[end:].rstrip())}")
    code = "\n".join(lines)
    return f'<pre style="{_CODE}">{code}</pre>'


def column(content: str, width: str = READABLE) -> str:
    """HTML in a column, of readable width unless it is to hold pictures."""
    return f'<div style="max-width:{width};line-height:1.4">{content}</div>'


def _block(look: tuple[str, str], title: str, lines: Iterable[str]) -> str:
    colour, word = look
    return box(colour, f"<strong>{word}</strong> {title}{''.join(lines)}")


def box(colour: str, content: str) -> str:
    """A bar of that colour at the left of some HTML."""
    style = f"border-left:4px solid {colour};padding:2px 10px;margin:6px 0"
    return f'<div style="{style}">{content}</div>'


def paragraph(text: str) -> str:
    """A paragraph of plain text, in which what stands between backticks is code."""
    return f'<p style="{_PARAGRAPH}">{_inline(text)}</p>'


def _inline(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _picture(finding: Finding, hint: int) -> str:
    """What should have come out beside what did, if both are small tables of numbers."""
    expected, actual = finding.shown(hint), finding.actual
    if expected is None or actual is None:
        return ""
    arrays = [np.squeeze(np.asarray(a, dtype=np.float64)) for a in (expected, actual)]
    if any(a.ndim not in (1, 2) or a.size > MOST_CELLS or a.size < 2 for a in arrays):
        return ""
    finite = [np.abs(a[np.isfinite(a)]).max(initial=0.0) for a in arrays]
    scale = max(*finite, 1e-300)
    drawn = [
        _table(a, scale, f"{what}, shape {np.shape(given)}")
        for a, given, what in zip(
            arrays, (expected, actual), ("expected", "computed"), strict=True
        )
    ]
    return f'<div style="display:flex;gap:24px;flex-wrap:wrap">{"".join(drawn)}</div>'


def _table(array: NDArray[Any], scale: float, caption: str) -> str:
    rows = np.atleast_2d(array)
    cells = []
    for (i, j), value in np.ndenumerate(rows):
        x, y = j * CELL, i * CELL
        if not np.isfinite(value):
            cells.append(f'<text x="{x + 2}" y="{y + 10}" font-size="9" fill="currentColor">!'
                         "</text>")  # fmt: skip
            continue
        colour = POSITIVE if value >= 0 else NEGATIVE
        size = max(1.0, (CELL - 2) * float(np.sqrt(abs(value) / scale)))
        at = (CELL - size) / 2
        cells.append(f'<rect x="{x + at:.1f}" y="{y + at:.1f}" width="{size:.1f}" '
                     f'height="{size:.1f}" fill="{colour}"/>')  # fmt: skip
    height, width = rows.shape[0] * CELL, rows.shape[1] * CELL
    label = escape(f"{caption}: {rows.shape[0]} by {rows.shape[1]} squares; blue is positive, "
                   "orange negative, the size is the value")  # fmt: skip
    return (
        f'<figure style="margin:4px 0"><svg role="img" aria-label="{label}" width="{width}" '
        f'height="{height}" style="border:1px solid #7f7f7f">{"".join(cells)}</svg>'
        f'<figcaption style="font-size:85%">{escape(caption)}</figcaption></figure>'
    )
