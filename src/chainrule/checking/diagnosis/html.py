"""A verdict as HTML for a notebook: no script, no asset, readable on light and on dark."""

import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.checking.diagnosis.finding import Finding

_LOOK = {
    True: ("#009E73", "right"),
    False: ("#D55E00", "wrong"),
    None: ("#7f7f7f", "not judged"),
}
MOST_CELLS = 240  # of a picture; larger arrays are not drawn
CELL = 12  # pixels
POSITIVE, NEGATIVE = "#0072B2", "#D55E00"  # blue and vermilion of Okabe and Ito


def as_html(findings: Sequence[Finding], hint: int, more: Sequence[str] = ()) -> str:
    """One block for each finding; what is right takes a single line.

    Colours stand beside words, never for them, and text has the colour of the page.

    Args:
        findings: at least one.
        hint: how much the messages say, from 1 to 3.
        more: lines of code to end with.
    """
    right = [f.name for f in findings if f.passed and not f.message(hint)]
    parts = []
    if right:
        parts.append(_block(_LOOK[True], f"<code>{escape(', '.join(right))}</code>", []))
    for finding in findings:
        if finding.passed and not finding.message(hint):
            continue
        again = f" (definition {finding.definition})" if finding.definition > 1 else ""
        title = f"<code>{escape(finding.name)}</code>{again}"
        lines = [paragraph(p) for p in finding.message(hint).split("\n") if p.strip()]
        picture = _picture(finding) if hint > 1 else ""
        parts.append(_block(_LOOK[finding.passed], title, [*lines, picture]))
    parts += [f"<p><code>{escape(line)}</code></p>" for line in more]
    return column("".join(parts))


def column(content: str) -> str:
    """HTML in a column of readable width."""
    return f'<div style="max-width:48em;line-height:1.4">{content}</div>'


def _block(look: tuple[str, str], title: str, lines: Iterable[str]) -> str:
    colour, word = look
    return box(colour, f"<strong>{word}</strong> {title}{''.join(lines)}")


def box(colour: str, content: str) -> str:
    """A bar of that colour at the left of some HTML."""
    style = f"border-left:4px solid {colour};padding:2px 10px;margin:6px 0"
    return f'<div style="{style}">{content}</div>'


def paragraph(text: str) -> str:
    """A paragraph of plain text, in which what stands between backticks is code."""
    marked = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
    return f'<p style="margin:3px 0">{marked}</p>'


def _picture(finding: Finding) -> str:
    """What should have come out beside what did, if both are small tables of numbers."""
    expected, actual = finding.expected, finding.actual
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
