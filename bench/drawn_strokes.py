"""Digits as strokes of a pen, in the styles in which people draw them, on a canvas of 280×280.

`STYLES` are those by which the reading of drawings was tuned, `HELD_BACK` those by which it is
measured: written down before anything was measured with them, and not looked at since. A style
is a list of strokes; a stroke is points in a box from 0 to 1, to the right and down, joined by a
smooth line or, where it has corners, by straight ones. Each drawing of a style is another: its
points are moved a little, the hand trembles, and size, proportions, slant, turn, place and pen are
drawn at random.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]  # (n, 2): x and y

CANVAS = 280
PENS = 10, 30  # widths; that of the lab's own pen is between


@dataclass(frozen=True)
class Stroke:
    """Points, and whether straight lines join them; `moved` is whether a hand moves each."""

    points: Points
    has_corners: bool = False
    moved: bool = True


Style = tuple[Stroke, ...]


def smooth(*points: tuple[float, float]) -> Stroke:
    """A stroke that bends through points."""
    return Stroke(np.array(points))


def corners(*points: tuple[float, float]) -> Stroke:
    """A stroke of straight lines between points."""
    return Stroke(np.array(points), has_corners=True)


def oval(
    x: float, y: float, half_width: float, half_height: float, start: int, end: int
) -> Stroke:
    """From one angle to another, in degrees, clockwise from the right."""
    angles = np.radians(np.linspace(start, end, 40))
    points = np.stack([x + half_width * np.cos(angles), y + half_height * np.sin(angles)], axis=1)
    return Stroke(points, has_corners=True, moved=False)


STYLES: Mapping[int, Sequence[Style]] = {
    0: (
        (oval(0.5, 0.5, 0.36, 0.5, -90, -450),),
        (oval(0.5, 0.5, 0.48, 0.5, -60, -420),),
        (oval(0.5, 0.5, 0.3, 0.5, -120, 250),),
        (smooth((.6, .02), (.2, .2), (.1, .6), (.4, .98), (.8, .75), (.85, .3), (.5, .05)),),
    ),
    1: (
        (corners((.5, 0), (.5, 1)),),
        (corners((.25, .25), (.55, 0), (.55, 1)),),
        (corners((.25, .25), (.5, 0), (.5, 1)), corners((.2, 1), (.8, 1))),
        (corners((.6, 0), (.4, 1)),),
    ),
    2: (
        (smooth((.1, .25), (.3, .03), (.7, .05), (.85, .3), (.6, .6), (.1, .97)),
         corners((.1, 1), (.95, 1))),
        (smooth((.1, .2), (.45, 0), (.8, .2), (.65, .55), (.2, .9), (.15, .98), (.4, .9),
                 (.65, .98), (.95, .9)),),
        (smooth((.12, .3), (.4, 0), (.8, .2), (.7, .5), (.35, .8), (.1, 1), (.5, .97), (.9, 1)),),
    ),
    3: (
        (smooth((.15, .15), (.5, 0), (.8, .2), (.65, .42), (.4, .47), (.7, .55), (.88, .75),
                 (.55, 1), (.1, .85)),),
        (corners((.1, .02), (.85, .02), (.45, .4)),
         smooth((.45, .4), (.8, .5), (.88, .75), (.55, 1), (.1, .88))),
        (smooth((.1, .05), (.6, .02), (.75, .25), (.4, .45), (.38, .47), (.8, .6), (.75, .9),
                 (.4, 1), (.1, .95)),),
    ),
    4: (
        (corners((.6, 0), (.1, .65), (.9, .65)), corners((.7, .3), (.7, 1))),
        (corners((.2, 0), (.15, .5), (.85, .5)), corners((.8, 0), (.75, 1))),
        (corners((.7, 1), (.7, 0), (.08, .7), (.95, .7)),),
        (smooth((.2, .05), (.15, .45), (.4, .55), (.8, .45)), corners((.8, .05), (.8, 1))),
    ),
    5: (
        (corners((.85, .02), (.25, .02), (.2, .42)),
         smooth((.2, .42), (.6, .38), (.88, .65), (.6, .97), (.1, .92))),
        (smooth((.25, .05), (.2, .42), (.6, .4), (.85, .7), (.5, 1), (.1, .85)),
         corners((.25, .03), (.9, 0))),
        (smooth((.85, 0), (.35, .05), (.25, .4), (.65, .45), (.8, .75), (.5, .98), (.15, .9)),),
    ),
    6: (
        (smooth((.75, .02), (.35, .3), (.15, .7), (.45, 1), (.8, .8), (.6, .55), (.2, .7)),),
        (smooth((.5, 0), (.25, .35), (.15, .75), (.5, 1), (.85, .75), (.5, .52), (.18, .75)),),
        (smooth((.65, .05), (.3, .15), (.12, .6), (.3, .95), (.7, .95), (.8, .65), (.45, .5),
                 (.15, .68)),),
    ),
    7: (
        (corners((.1, .03), (.9, .03), (.4, 1)),),
        (corners((.1, .03), (.9, .03), (.4, 1)), corners((.3, .5), (.85, .5))),
        (smooth((.1, .12), (.5, .04), (.9, .03), (.6, .45), (.45, 1)),),
        (corners((.1, .2), (.1, .03), (.9, .03), (.45, 1)),),
    ),
    8: (
        (smooth((.7, .12), (.4, 0), (.2, .2), (.5, .45), (.8, .75), (.5, 1), (.2, .78), (.5, .48),
                 (.75, .22), (.68, .1)),),
        (oval(0.5, 0.24, 0.3, 0.24, 90, 450), oval(0.5, 0.74, 0.38, 0.26, -90, 270)),
        (smooth((.5, .45), (.2, .2), (.5, 0), (.8, .2), (.5, .45), (.15, .75), (.5, 1),
                 (.85, .75), (.5, .45)),),
    ),
    9: (
        (smooth((.8, .2), (.5, 0), (.2, .22), (.45, .48), (.8, .25), (.82, .22)),
         corners((.82, .2), (.75, 1))),
        (smooth((.78, .15), (.4, .02), (.2, .3), (.5, .48), (.8, .2), (.8, .6), (.65, .9),
                 (.25, .97)),),
        (oval(0.45, 0.26, 0.32, 0.26, 0, -360), smooth((.77, .26), (.75, .6), (.6, 1))),
    ),
}  # fmt: skip

HELD_BACK: Mapping[int, Sequence[Style]] = {
    0: (
        (oval(0.5, 0.5, 0.4, 0.5, -45, -400),),
        (smooth((.45, 0), (.15, .25), (.12, .7), (.45, 1), (.82, .8), (.88, .35), (.6, .05),
                 (.35, .08)),),
        (oval(0.5, 0.5, 0.26, 0.5, -100, 290),),
    ),
    1: (
        (corners((.5, 0), (.47, 1)),),
        (corners((.3, .3), (.6, 0), (.58, 1)),),
        (corners((.35, .18), (.5, 0), (.5, 1)), corners((.25, 1), (.75, .99))),
    ),
    2: (
        (smooth((.15, .2), (.5, .02), (.82, .22), (.55, .62), (.12, .98)),
         corners((.12, .98), (.9, .96))),
        (smooth((.2, .3), (.3, .05), (.7, .02), (.8, .35), (.5, .7), (.15, .95), (.25, .85),
                 (.5, .95), (.9, .98)),),
        (corners((.1, .1), (.6, 0), (.85, .25), (.1, 1), (.9, 1)),),
    ),
    3: (
        (smooth((.12, .08), (.55, 0), (.82, .2), (.5, .44), (.3, .46), (.65, .5), (.85, .78),
                 (.5, 1), (.12, .9)),),
        (smooth((.2, .2), (.45, .02), (.75, .15), (.7, .38), (.42, .48), (.42, .5), (.85, .65),
                 (.8, .9), (.4, 1), (.15, .82)),),
        (corners((.15, 0), (.8, .03), (.4, .42)),
         smooth((.4, .42), (.85, .55), (.8, .88), (.45, 1), (.08, .93))),
    ),
    4: (
        (corners((.55, 0), (.12, .6), (.92, .58)), corners((.65, .35), (.62, 1))),
        (corners((.25, 0), (.12, .48), (.8, .52)), corners((.72, .1), (.72, 1))),
        (corners((.65, 1), (.68, 0), (.1, .62), (.9, .66)),),
    ),
    5: (
        (corners((.82, 0), (.3, .03), (.22, .45)),
         smooth((.22, .45), (.55, .36), (.85, .6), (.7, .93), (.15, .98))),
        (smooth((.3, .02), (.25, .4), (.5, .38), (.82, .62), (.6, .98), (.12, .9)),
         corners((.3, .02), (.82, .04))),
        (corners((.8, .02), (.2, 0), (.2, .48), (.7, .48), (.8, .75), (.65, .98), (.15, .96)),),
    ),
    6: (
        (smooth((.68, 0), (.3, .35), (.18, .75), (.5, 1), (.78, .75), (.5, .58), (.22, .78)),),
        (smooth((.4, 0), (.18, .5), (.25, .95), (.65, .98), (.8, .7), (.5, .55), (.2, .72)),),
        (smooth((.8, .08), (.45, .1), (.15, .5), (.2, .9), (.6, 1), (.82, .78), (.62, .55),
                 (.25, .62)),),
    ),
    7: (
        (corners((.12, 0), (.88, .04), (.35, 1)),),
        (corners((.08, .04), (.85, 0), (.5, 1)), corners((.35, .55), (.8, .48))),
        (smooth((.1, .05), (.45, .08), (.85, .02), (.7, .35), (.5, .7), (.48, 1)),),
    ),
    8: (
        (smooth((.75, .15), (.45, 0), (.22, .18), (.45, .42), (.78, .72), (.52, 1), (.18, .8),
                 (.42, .5), (.72, .28), (.74, .12)),),
        (oval(0.5, 0.22, 0.26, 0.22, 80, 440), oval(0.48, 0.72, 0.34, 0.28, -80, 280)),
        (smooth((.52, .48), (.8, .25), (.5, 0), (.2, .22), (.48, .46), (.82, .75), (.5, 1),
                 (.16, .76), (.52, .48)),),
    ),
    9: (
        (smooth((.78, .18), (.45, .02), (.22, .25), (.5, .45), (.76, .2)),
         corners((.78, .12), (.78, 1))),
        (smooth((.75, .2), (.5, 0), (.2, .2), (.4, .46), (.75, .3), (.78, .15), (.7, .65),
                 (.4, 1)),),
        (oval(0.48, 0.24, 0.28, 0.24, -20, -370), corners((.76, .2), (.55, 1))),
    ),
}  # fmt: skip


@dataclass(frozen=True)
class DrawnDigit:
    """What someone drew.

    Attributes:
        label: the digit that was meant.
        style: its number among the styles of that digit.
        strokes: points on the canvas.
        pen: width of the line.
    """

    label: int
    style: int
    strokes: tuple[Points, ...]
    pen: float


def drawn_digits(
    styles: Mapping[int, Sequence[Style]], per_digit: int, seed: int
) -> list[DrawnDigit]:
    """So many drawings of each digit, in its styles by turns."""
    rng = np.random.default_rng(seed)
    return [
        DrawnDigit(
            label, i % len(styles[label]), *_by_hand(styles[label][i % len(styles[label])], rng)
        )
        for label in sorted(styles)
        for i in range(per_digit)
    ]


def _by_hand(style: Style, rng: np.random.Generator) -> tuple[tuple[Points, ...], float]:
    """The strokes of a style as a hand draws them, and the pen's width."""
    turn, slant = rng.uniform(-0.14, 0.14), rng.uniform(-0.3, 0.35)  # 8 degrees, 17 or 19
    height, proportion = rng.uniform(0.4, 0.88), rng.uniform(0.55, 0.95)
    turned = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    shape = height * np.array([[proportion, -slant], [0, 1]]) @ turned
    strokes = [(_line(stroke, rng) - 0.5) @ shape.T for stroke in style]
    points = np.vstack(strokes)
    factor = min(1, 0.92 / np.ptp(points, axis=0).max())
    low, size = factor * points.min(axis=0), factor * np.ptp(points, axis=0)
    place = 0.02 + np.maximum(0, 0.96 - size) * rng.uniform(0, 1, 2) - low
    return tuple(CANVAS * (factor * stroke + place) for stroke in strokes), rng.uniform(*PENS)


def _line(stroke: Stroke, rng: np.random.Generator) -> Points:
    """The points that a mouse passes: `(n, 2)`."""
    points = stroke.points
    if stroke.moved:
        points = points + rng.normal(0, 0.025, points.shape)
        points = _straight(points) if stroke.has_corners else _curved(points)
    tremor = rng.normal(0, 0.006, points.shape)
    return points + (tremor + np.roll(tremor, 1, 0) + np.roll(tremor, 2, 0)) / 1.5


def _straight(points: Points) -> Points:
    pieces = [np.linspace(a, b, 14, endpoint=False) for a, b in itertools.pairwise(points)]
    return np.vstack([*pieces, points[-1:]])


def _curved(points: Points) -> Points:
    """A Catmull-Rom spline through the points."""
    ends = [2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]]
    p = np.vstack(ends)
    t = np.linspace(0, 1, 12, endpoint=False)[:, np.newaxis]
    pieces = [
        0.5
        * (
            2 * b
            + (c - a) * t
            + (2 * a - 5 * b + 4 * c - d) * t**2
            + (3 * b - a - 3 * c + d) * t**3
        )
        for a, b, c, d in zip(p, p[1:], p[2:], p[3:], strict=False)
    ]
    return np.vstack([*pieces, points[-1:]])
