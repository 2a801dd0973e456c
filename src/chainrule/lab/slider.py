"""One weight and one input with a slider each, and the loss that moves: before any formula."""

from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np

from chainrule.data import Dataset, load_digits
from chainrule.data.arrays import Array
from chainrule.lab._display import display
from chainrule.lab._reading_html import bars, image
from chainrule.nn.models import LogisticRegression
from chainrule.plots import BLUE, VERMILION
from chainrule.training.fit import fit
from chainrule.training.sgd import SGD

LABEL = 3
RATE = 0.01  # for one epoch: the loss of an image that is half known moves both ways
REACH = 8.0  # of the weight's slider to both sides of 0, and of the picture
LARGEST = 16.0  # value of a pixel
WIDTH, HEIGHT = 260, 150  # of the curve on the screen


@dataclass(frozen=True)
class OneWeight:
    """A trained classifier and an image; one pixel of it, and the weight from there to its digit.

    Attributes:
        model: softmax regression on pixels from 0 to 1: a weight for each pixel and digit.
        x: `(64,)`, the image.
        label: the digit that it shows.
        pixel: the number of the pixel that moves, 0 to 63.
    """

    model: LogisticRegression
    x: Array
    label: int
    pixel: int

    @property
    def weight(self) -> float:
        """The weight as training left it."""
        return float(self.model.W[self.pixel, self.label])

    def probabilities(self, weight: float, value: float) -> Array:
        """Of the ten digits, `(10,)`, with another weight, and another value of the pixel."""
        x = np.array(self.x)
        x[self.pixel] = value / LARGEST
        z = self.model.logits(x)
        z[self.label] += (weight - self.weight) * x[self.pixel]
        exponentials = np.exp(z - z.max())
        return np.asarray(exponentials / exponentials.sum())

    def loss(self, weight: float, value: float) -> float:
        """How surprised it is by the right digit, in nats: 0 if it was certain of it."""
        return float(-np.log(self.probabilities(weight, value)[self.label]))

    @property
    def largest_loss(self) -> float:
        """The largest that the sliders reach, in whole nats upwards: the top of every curve.

        The loss is convex in the weight, so it is largest at an end.
        """
        values = np.arange(LARGEST + 1)
        return float(np.ceil(max(self.loss(end, v) for end in (-REACH, REACH) for v in values)))


def one_weight(digits: Dataset | None = None) -> None:
    """Show a slider for a weight and one for the pixel that it multiplies, and the loss with both.

    Where there are no sliders, the picture stands still.

    Args:
        digits: the digits, not scaled; those of the lab if None.
    """
    chosen = trained_weight(load_digits() if digits is None else digits)
    value = float(LARGEST * chosen.x[chosen.pixel])
    still = {
        "text/html": picture(chosen, chosen.weight, value),
        "text/plain": words(chosen, value),
    }
    try:
        import ipywidgets as widgets
    except ImportError:
        display(still)
        return
    wide = {"style": {"description_width": "70px"}, "layout": widgets.Layout(width="420px")}
    weight: Any = widgets.FloatSlider(
        chosen.weight,
        min=-REACH,
        max=REACH,
        step=0.1,
        description="weight",
        readout_format=".1f",
        **wide,
    )
    pixel: Any = widgets.FloatSlider(
        value,
        min=0,
        max=LARGEST,
        step=1,
        description="pixel",
        readout_format=".0f",
        **wide,
    )
    shown: Any = widgets.HTML(still["text/html"])

    def move(_: object) -> None:
        shown.value = picture(chosen, weight.value, pixel.value)

    weight.observe(move, "value")
    pixel.observe(move, "value")
    bundle: Any = widgets.VBox([weight, pixel, shown])._repr_mimebundle_()
    display({**bundle, **still})


def trained_weight(digits: Dataset) -> OneWeight:
    """Train softmax regression a little, and choose a plain image and a pixel that tells."""
    X = np.asarray(digits.X_train, np.float64) / LARGEST  # (N, 64)
    y = np.asarray(digits.y_train)
    model = LogisticRegression(X.shape[1], len(digits.classes), seed=0)
    fit(model, X, y, SGD(epochs=1, learning_rate=RATE, seed=0))
    images = X[y == LABEL]
    x = images[np.abs(images - images.mean(axis=0)).sum(axis=1).argmin()]
    return OneWeight(model, x, LABEL, int((x * model.W[:, LABEL]).argmax()))


def words(chosen: OneWeight, value: float) -> str:
    """What is to be seen when nothing moves."""
    return (
        f"An image of a {chosen.label}, and the weight from its pixel {chosen.pixel} to the digit "
        f"{chosen.label}. With the weight at {chosen.weight:.1f} the loss is "
        f"{chosen.loss(chosen.weight, value):.2f}; at −{REACH:.0f} it would be "
        f"{chosen.loss(-REACH, value):.2f}, at {REACH:.0f} {chosen.loss(REACH, value):.2f}. "
        "Where the pixel is white, 0, the weight makes no difference."
    )


def picture(chosen: OneWeight, weight: float, value: float) -> str:
    """The loss over the weight, a point where it is now, and the ten probabilities."""
    top = chosen.largest_loss
    weights = np.linspace(-REACH, REACH, 60)
    points = " ".join(_place(w, chosen.loss(w, value), top) for w in weights)
    loss = chosen.loss(weight, value)
    x, y = _place(weight, loss, top).split(",")
    seen = np.array(chosen.x * LARGEST)
    seen[chosen.pixel] = value
    row, column = divmod(chosen.pixel, 8)
    curve = (
        f'<svg viewBox="-30 -8 {WIDTH + 40} {HEIGHT + 40}" width="{WIDTH + 40}" role="img" '
        f'aria-label="{escape(f"loss {loss:.2f} at weight {weight:.1f}")}" fill="currentColor" '
        'font-size="12">'
        f'<path d="M0 0V{HEIGHT}H{WIDTH}" fill="none" stroke="currentColor"/>'
        f'<polyline points="{points}" fill="none" stroke="{BLUE}" stroke-width="2.5"/>'
        f'<circle cx="{x}" cy="{y}" r="6" fill="{VERMILION}"/>'
        f'<text x="{WIDTH / 2}" y="{HEIGHT + 28}" text-anchor="middle">weight</text>'
        f'<text x="0" y="{HEIGHT + 14}">−{REACH:.0f}</text>'
        f'<text x="{WIDTH}" y="{HEIGHT + 14}" text-anchor="end">{REACH:.0f}</text>'
        f'<text x="-6" y="{HEIGHT}" text-anchor="end">0</text>'
        f'<text x="-6" y="10" text-anchor="end">{top:.0f}</text></svg>'
    )
    return (
        f"<p><b>loss {loss:.2f}</b> for this {chosen.label}; the pixel that moves is in row "
        f"{row}, column {column}, and now {value:.0f}</p>"
        f'<div style="display:flex;flex-wrap:wrap;gap:24px;align-items:center">'
        f"{image(seen.reshape(8, 8), 96)}{curve}{bars(chosen.probabilities(weight, value))}</div>"
    )


def _place(weight: float, loss: float, top: float) -> str:
    """A point of the curve on the screen, "x,y"."""
    x = WIDTH * (weight + REACH) / (2 * REACH)
    y = HEIGHT * (1 - loss / top)
    return f"{x:.1f},{y:.1f}"
