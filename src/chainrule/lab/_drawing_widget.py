"""The field's two sides: drawing.js in the browser, and here what reads the strokes it sends."""

import math
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from chainrule.errors import ChainruleError
from chainrule.lab.reader import Reader
from chainrule.lab.strokes import read_strokes

MOST_POINTS = 20_000  # no hand draws so many; a message may hold anything


class DrawingWidget(anywidget.AnyWidget):
    """A field in the notebook. What is drawn arrives as `strokes`, and `reading` goes back."""

    _esm = Path(__file__).with_name("drawing.js")
    strokes: Any = traitlets.List().tag(sync=True)
    meant: Any = traitlets.Int(None, allow_none=True).tag(sync=True)
    asked: Any = traitlets.Int(0).tag(sync=True)
    reading: Any = traitlets.Dict().tag(sync=True)

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self._reader = reader
        self.observe(self._read, ["strokes", "meant", "asked"])

    def bundle(self) -> dict[str, Any]:
        """What shows the widget in a notebook, by media type."""
        shown: Any = self._repr_mimebundle_()
        data, *_ = shown if isinstance(shown, tuple) else (shown,)
        return dict(data)

    def _read(self, change: object) -> None:
        try:
            strokes = [[(float(x), float(y)) for x, y in stroke] for stroke in self.strokes]
            points = [x for stroke in strokes for point in stroke for x in point]
            if not all(map(math.isfinite, points)) or not 0 < len(points) < 2 * MOST_POINTS:
                self.reading = {}
                return
            reading = read_strokes(strokes, self._reader, self.meant)
        except (TypeError, ValueError, ChainruleError):
            self.reading = {}
            return
        self.reading = {
            "digit": reading.digit,
            "probabilities": [float(p) for p in reading.probabilities],
            "html": reading._repr_html_(),
            "asked": self.asked,
        }
