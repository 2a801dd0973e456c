"""The ink of a digit in a picture: drawn, scanned, or photographed on paper.

`digit_ink` takes one step after the other, each a function here:

1. The paper is what most of the picture is, as smooth as light falls on it (`paper_colours`).
2. Ink is what differs from the paper there, in whatever colour (`contrast_to`).
3. A threshold parts ink from paper (`otsu_threshold`); where they hardly differ there is no ink.
4. What is ink falls into pieces (`Pieces`). A frame, the edge of a table and specks are none of
   the digit's; what is left beside the largest piece belongs to it if it is near.
5. The digit is cut out, with the soft edges of its strokes, and all around it is paper.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chainrule.data.arrays import Array

LONGEST = 480  # points of a side that are looked at: more would cost time and show paper's fibres
COARSE = 48  # points of a side from which the paper is told
FAINTEST = (
    14.0  # how far ink is from paper at least, of 255: less is a mark on the back of the page
)
CLEAREST = 3.5  # and in spreads of the paper, since Otsu's threshold parts mere noise, too
SPECK = 0.12  # of the largest piece's reach
NEAR = 0.15  # of the largest piece's reach: how far off a digit's other strokes may lie
COMPANY = 0.5  # of the largest piece's reach: what is so large may be a digit, too
ENCLOSED = 0.15  # of a piece's reach: what holds something so large is a frame, not a dotted 0

Mask = NDArray[np.bool_]
Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Ink:
    """The ink of one digit, cut out of a picture.

    Attributes:
        drawn: `(h, w)`, cut to the digit: from 0 where there is paper to 1 where there is ink,
            which occurs.
        n_pieces: that it is in, without specks.
        length: of its strokes, in the longer sides of its box.
        has_company: whether something as large lies elsewhere in the picture.
    """

    drawn: Array
    n_pieces: int
    length: float
    has_company: bool


def digit_ink(rgb: NDArray[np.uint8]) -> Ink | None:
    """The ink of the one digit in a picture, None where nothing is on the paper.

    Args:
        rgb: `(H, W, 3)`, upright.
    """
    picture = _of_manageable_size(rgb)
    contrast = contrast_to(paper_colours(picture), picture)  # (H, W), 0 to 255
    looked_at: Mask = np.ones(contrast.shape, bool)
    while True:  # a dark table hides a pencil's line from the threshold, until it is gone
        threshold = otsu_threshold(contrast[looked_at])
        if threshold is None:
            return None
        pieces = Pieces.of((contrast > threshold) & looked_at)
        surrounding = pieces.surrounding()
        if not surrounding.any():
            break
        looked_at &= ~_thickened(pieces.mask(surrounding))
    chosen = pieces.of_the_digit()
    digit = _thickened(pieces.mask(chosen))
    full = np.percentile(contrast[pieces.mask(chosen)], 75)
    ink = np.where(digit, np.clip(contrast / full, 0, 1), 0)
    rows, columns = (np.flatnonzero(digit.any(axis=axis)) for axis in (1, 0))
    drawn = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    reach = pieces.reach[chosen].max()
    return Ink(
        drawn,
        n_pieces=int(chosen.sum()),
        length=pieces.area[chosen].sum() / stroke_width(drawn) / max(drawn.shape),
        has_company=bool((pieces.reach[~chosen] >= COMPANY * reach).any()),
    )


def stroke_width(drawn: Array) -> float:
    """The width of a digit's strokes, in points: twice the area of a long stroke by its outline.

    Shape: `(h, w)`, 0 to 1.
    """
    ink = np.pad(drawn > 0.5, 1)
    steps = (ink[1:] != ink[:-1]).sum() + (ink[:, 1:] != ink[:, :-1]).sum()
    outline = np.pi / 4 * steps  # steps along a grid are longer than a line, on average by 4/π
    return float(2 * ink.sum() / max(outline, 1))


def _of_manageable_size(rgb: NDArray[np.uint8]) -> Array:
    """Averaged to a size that shows strokes and not fibres, and blurred a little: noise goes."""
    from PIL import Image, ImageFilter

    image = Image.fromarray(rgb)
    image.thumbnail((LONGEST, LONGEST), Image.Resampling.BOX)
    blur = ImageFilter.GaussianBlur(max(image.size) / 300)
    return np.asarray(image.filter(blur), dtype=np.float64)


def paper_colours(picture: Array) -> Array:
    """The colour of the paper at each point: light falls on it unevenly.

    A surface of second degree is fitted to each channel, again and again without what is far from
    it: ink, a table and a frame drop out, if the paper is more than half of the picture.

    Shape: `(H, W, 3)` to the same.
    """
    from PIL import Image

    height, width = picture.shape[:2]
    small = Image.fromarray(picture.round().astype(np.uint8))
    small.thumbnail((COARSE, COARSE), Image.Resampling.BOX)
    colours = np.asarray(small, dtype=np.float64)  # (h, w, 3)
    rows, columns = colours.shape[:2]
    v, u = (grid.ravel() for grid in np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j])
    terms = np.stack([np.ones_like(u), u, v, u * v, u**2, v**2], axis=1)  # (h·w, 6)
    samples = colours.reshape(-1, 3)  # (h·w, 3)
    paper = np.broadcast_to(np.median(samples, axis=0), samples.shape)
    for used in (1, 3, 3, 3, 6, 6, 6):  # a level, a plane, then a bowl
        distance = np.abs(samples - paper).max(axis=1)
        near = distance <= 2.5 * np.median(distance) + 4
        weights = np.linalg.lstsq(terms[near, :used], samples[near], rcond=None)[0]
        paper = terms[:, :used] @ weights  # (h·w, 3)
    channels = [
        Image.fromarray(channel.astype(np.float32)).resize(
            (width, height), Image.Resampling.BILINEAR
        )
        for channel in paper.T.reshape(3, rows, columns)
    ]
    return np.stack([np.asarray(channel) for channel in channels], axis=2)


def contrast_to(paper: Array, picture: Array) -> Array:
    """How far each point is from the paper, by all three colours: red on green is ink, too.

    Shapes: `(H, W, 3)` twice, to `(H, W)`; 255 between black and white.
    """
    distance: Array = np.sqrt(((picture - paper) ** 2).mean(axis=2))
    return distance


def otsu_threshold(contrast: Array) -> float | None:
    """What parts ink from paper: the two differ most beside their own spread.

    N. Otsu, *A Threshold Selection Method from Gray-Level Histograms*, 1979. None where the two do
    not differ by more than paper does from itself.

    Shape: `(n,)`, 0 to 255.
    """
    if contrast.size == 0:
        return None
    counts, edges = np.histogram(contrast, bins=256, range=(0, max(1.0, float(contrast.max()))))
    middles = (edges[1:] + edges[:-1]) / 2
    below = np.cumsum(counts)
    above = below[-1] - below
    sums = np.cumsum(counts * middles)
    with np.errstate(divide="ignore", invalid="ignore"):
        paper, ink = sums / below, (sums[-1] - sums) / above
        between = np.nan_to_num(below * above * (ink - paper) ** 2)
    best = int(between.argmax())
    spread = np.sqrt(
        (counts[: best + 1] * (middles[: best + 1] - paper[best]) ** 2).sum() / below[best]
    )
    if above[best] == 0 or ink[best] - paper[best] < max(FAINTEST, CLEAREST * spread):
        return None
    return float(edges[best + 1])


@dataclass(frozen=True)
class Pieces:
    """What hangs together in a mask, also by corners.

    Attributes:
        labels: `(H, W)`, the piece's number from 0 on, −1 outside.
        top: `(P,)`, first row of each; likewise `bottom` (last), `left`, `right`.
        area: `(P,)`, points.
    """

    labels: Numbers
    top: Numbers
    bottom: Numbers
    left: Numbers
    right: Numbers
    area: Numbers

    @classmethod
    def of(cls, mask: Mask) -> "Pieces":
        """The pieces of a mask `(H, W)`, joined run by run."""
        height, width = mask.shape
        padded = np.pad(mask, ((0, 0), (1, 1))).ravel()
        change = np.diff(padded.astype(np.int8), prepend=np.int8(0))
        starts, ends = np.flatnonzero(change == 1), np.flatnonzero(change == -1)
        below = width + 2  # how much further on the same column of the next row is
        first = np.searchsorted(ends, starts + below - 1, "right")
        last = np.searchsorted(starts, ends + below + 1, "left")  # those between touch
        n_below = np.maximum(last - first, 0)
        one = np.repeat(np.arange(len(starts)), n_below)  # a run, and below: another that touches
        skipped = np.repeat(np.cumsum(n_below) - n_below, n_below)
        other = np.repeat(first, n_below) + np.arange(len(one)) - skipped
        joined = np.arange(len(starts))
        while (joined[one] != joined[other]).any():
            lower = np.minimum(joined[one], joined[other])
            np.minimum.at(joined, joined[one], lower)
            np.minimum.at(joined, joined[other], lower)
            while (joined != joined[joined]).any():
                joined = joined[joined]
        numbers = np.unique(joined, return_inverse=True)[1]
        n_pieces = int(numbers.max(initial=-1)) + 1
        labels = np.full(padded.shape, -1)
        labels[padded] = np.repeat(numbers, ends - starts)
        rows, begin, end = starts // below, starts % below - 1, ends % below - 2

        def extreme(of: np.ufunc, values: Numbers, start: int) -> Numbers:
            out = np.full(n_pieces, start)
            of.at(out, numbers, values)
            return out

        return cls(
            labels.reshape(height, below)[:, 1:-1],
            extreme(np.minimum, rows, height),
            extreme(np.maximum, rows, -1),
            extreme(np.minimum, begin, width),
            extreme(np.maximum, end, -1),
            extreme(np.add, ends - starts, 0),
        )

    @property
    def reach(self) -> Numbers:
        """`(P,)`, the longer side of each one's box."""
        reach: Numbers = np.maximum(self.bottom - self.top, self.right - self.left) + 1
        return reach

    def mask(self, chosen: Mask) -> Mask:
        """Where the chosen pieces are, `(P,)` to `(H, W)`."""
        return np.append(chosen, False)[self.labels]

    def surrounding(self) -> Mask:
        """Which pieces are round the digit and not of it, `(P,)`.

        A frame holds something inside that is more than a dot beside it, which no stroke of a
        digit does. A table's edge goes beyond the picture, while something else is wholly in it.
        """
        height, width = self.labels.shape
        at_border = (self.top == 0) | (self.left == 0)
        at_border |= (self.bottom == height - 1) | (self.right == width - 1)
        large = self.reach >= SPECK * max(height, width)
        frames = np.array([self._is_frame(piece) for piece in range(len(self.area))], bool)
        if (large & ~at_border & ~frames).any():
            frames |= at_border
        return frames

    def _is_frame(self, piece: int) -> bool:
        inside = (
            (self.top > self.top[piece])
            & (self.bottom < self.bottom[piece])
            & (self.left > self.left[piece])
            & (self.right < self.right[piece])
        )
        return bool((inside & (self.reach >= ENCLOSED * self.reach[piece])).any())

    def of_the_digit(self) -> Mask:
        """Which pieces are the digit, `(P,)`: the largest, and what is near and no speck."""
        main = int((self.area * self.reach).argmax())
        reach = self.reach[main]
        away = np.maximum.reduce(
            [
                self.top - self.bottom[main],
                self.top[main] - self.bottom,
                self.left - self.right[main],
                self.left[main] - self.right,
            ]
        )
        chosen: Mask = (away <= NEAR * reach) & (self.reach >= SPECK * reach)
        return chosen


def _thickened(mask: Mask) -> Mask:
    """With the points around: strokes have soft edges."""
    from PIL import Image, ImageFilter

    image = Image.fromarray(mask.astype(np.uint8)).filter(ImageFilter.MaxFilter(5))
    return np.asarray(image) > 0
