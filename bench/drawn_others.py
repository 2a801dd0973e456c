"""What people draw that is no digit, as strokes: letters, signs, little pictures, scribbles.

`OTHERS` are those by which the rule was calibrated that says "this may be no digit",
`OTHERS_HELD_BACK` those by which it is measured: written down before anything was measured with
them. Letters that are written like a digit (B, G, I, O, S, Z, b, l, o, q, s, z) are in neither.
"""

from collections.abc import Sequence

import numpy as np

from drawn_strokes import (
    DrawnDigit,
    Stroke,
    Style,
    corners,
    drawn_digits,
    oval,
    smooth,
)

OTHERS: Sequence[Style] = (
    (corners((0, 1), (.5, 0), (1, 1)), corners((.2, .65), (.8, .65))),  # A
    (corners((.9, 0), (.1, 0), (.1, 1), (.9, 1)), corners((.1, .5), (.75, .5))),  # E
    (corners((.9, 0), (.1, 0), (.1, 1)), corners((.1, .48), (.7, .48))),  # F
    (corners((.1, 0), (.1, 1)), corners((.9, 0), (.9, 1)), corners((.1, .5), (.9, .5))),  # H
    (corners((.1, 0), (.1, 1)), corners((.9, 0), (.1, .55), (.9, 1))),  # K
    (corners((0, 1), (.1, 0), (.5, .6), (.9, 0), (1, 1)),),  # M
    (corners((.1, 1), (.1, 0), (.9, 1), (.9, 0)),),  # N
    (corners((.1, 1), (.1, 0)), smooth((.1, 0), (.8, .1), (.7, .45), (.1, .5)),
     corners((.3, .5), (.9, 1))),  # R
    (corners((0, 0), (1, 0)), corners((.5, 0), (.5, 1))),  # T
    (corners((0, 0), (.25, 1), (.5, .3), (.75, 1), (1, 0)),),  # W
    (corners((.1, 0), (.9, 1)), corners((.9, 0), (.1, 1))),  # X
    (smooth((.5, .25), (.3, 0), (0, .2), (.2, .6), (.5, 1), (.8, .6), (1, .2), (.7, 0),
            (.5, .25)),),  # heart
    (corners((.1, 1), (.1, .45), (.5, 0), (.9, .45), (.9, 1), (.1, 1)),
     corners((.4, 1), (.4, .65), (.6, .65), (.6, 1))),  # house
    (corners((.5, 0), (.8, 1), (0, .38), (1, .38), (.2, 1), (.5, 0)),),  # star
    (oval(.5, .5, .5, .5, 0, 360), oval(.33, .38, .03, .05, 0, 360),
     oval(.67, .38, .03, .05, 0, 360),
     smooth((.25, .65), (.5, .82), (.75, .65))),  # smile
    (corners((0, .5), (1, .5)), corners((.7, .2), (1, .5), (.7, .8))),  # arrow
    (corners((.5, 0), (.5, 1)), corners((0, .5), (1, .5))),  # plus
    (corners((.5, 0), (1, 1), (0, 1), (.5, 0)),),  # triangle
    (smooth((.5, .5), (.6, .45), (.6, .6), (.4, .6), (.38, .38), (.65, .3), (.8, .6), (.5, .82),
            (.2, .6), (.2, .25), (.6, .08), (1, .4)),),  # spiral
    (smooth((0, .5), (.12, .2), (.25, .8), (.37, .2), (.5, .8), (.62, .2), (.75, .8), (1, .3)),),
    (corners((0, .3), (.15, .9), (.25, .2), (.4, .8), (.5, .1), (.7, .9), (.8, .3), (1, .7)),),
    (smooth((.1, .1), (.9, .3), (.2, .5), (.8, .8), (.3, .9), (.6, .1), (.9, .9), (.1, .6)),),
)  # fmt: skip

OTHERS_HELD_BACK: Sequence[Style] = (
    (corners((.1, 0), (.1, 1)), smooth((.1, 0), (.9, .15), (.95, .8), (.1, 1))),  # D
    (corners((0, 0), (.5, 1), (1, 0)),),  # V
    (smooth((.1, 0), (.1, .7), (.5, 1), (.9, .7), (.9, 0)),),  # U
    (smooth((.1, .55), (.9, .5), (.7, .1), (.3, .1), (.1, .5), (.3, .95), (.9, .85)),),  # e
    (corners((0, 1), (.05, .3)), smooth((.05, .4), (.3, .3), (.45, .5), (.45, 1)),
     smooth((.45, .5), (.7, .3), (.95, .5), (.95, 1))),  # m
    (smooth((.2, .25), (.5, 0), (.8, .25), (.5, .55), (.5, .75)),
     corners((.5, .95), (.5, 1))),  # ?
    (corners((.3, 0), (.25, 1)), corners((.7, 0), (.65, 1)), corners((0, .33), (1, .3)),
     corners((0, .68), (1, .65))),  # hash
    (corners((.6, 0), (.2, .55), (.6, .5), (.3, 1)), corners((.3, 1), (.28, .8))),  # lightning
    (corners((.5, 1), (.5, .6)), corners((.5, 0), (.1, .6), (.9, .6), (.5, 0))),  # tree
    (smooth((0, .3), (.4, .8), (.8, .5), (.4, .2), (0, .7)), corners((0, .3), (0, .7))),  # fish
    (corners((.1, .2), (.2, 1), (.6, 1), (.7, .2), (.1, .2)),
     smooth((.68, .35), (1, .4), (.65, .75))),
    (corners((0, .2), (1, .2), (1, .8), (0, .8), (0, .2)), corners((0, .2), (.5, .55), (1, .2))),
    (oval(.5, .5, .25, .25, 0, 360),
     *(corners((.5 + .32 * x, .5 + .32 * y), (.5 + .5 * x, .5 + .5 * y))
      for x, y in ((1, 0), (-1, 0), (0, 1), (0, -1), (.7, .7), (-.7, .7), (.7, -.7), (-.7, -.7)))),
    (corners((0, .6), (.35, 1), (1, 0)),),  # tick
    (oval(.5, .15, .13, .15, 0, 360), corners((.5, .3), (.5, .65)),
     corners((.15, .45), (.85, .45)),
     corners((.2, 1), (.5, .65), (.8, 1))),  # a person
    (smooth((0, .4), (.3, .1), (.5, .5), (.3, .9), (.7, .9), (.6, .3), (1, .2), (.9, .7)),),
)  # fmt: skip


def drawn_others(styles: Sequence[Style], per_style: int, seed: int) -> list[DrawnDigit]:
    """So many drawings of each, and as many of lines through random points."""
    rng = np.random.default_rng(seed)
    scribbles = [
        (Stroke(rng.uniform(0, 1, (rng.integers(4, 12), 2)), has_corners=bool(rng.integers(2))),)
        for _ in range(per_style)
    ]
    named = {number: (style,) for number, style in enumerate(styles)}
    return [
        *drawn_digits(named, per_style, seed),
        *drawn_digits({-1: scribbles}, per_style, seed),
    ]
