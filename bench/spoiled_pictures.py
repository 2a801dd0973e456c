"""Drawings as pictures in files, as people have them: noisy, shaded, turned, framed, transparent.

`SPOILED` has the ways by name. Each takes a drawing's ink and a generator, and gives the picture
and the options with which Pillow saves it.
"""

import itertools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

Ink = NDArray[np.floating[Any]]
Colour = tuple[int, int, int]
Saved = tuple[Image.Image, dict[str, Any]]  # and the options of `Image.save`

WHITE, BLACK = (255, 255, 255), (0, 0, 0)
COLOURS: Mapping[str, tuple[Colour, Colour]] = {  # of ink and paper
    "blue ink": ((40, 60, 160), (250, 248, 240)),
    "pencil": ((150, 150, 150), (236, 234, 228)),
    "red on green": ((200, 60, 50), (70, 140, 90)),
    "yellow": ((240, 210, 30), WHITE),
    "chalk": ((230, 235, 230), (40, 70, 50)),
}
ORIENTATION = 0x0112  # EXIF's tag
TURNED = {  # how a camera that notes this orientation has stored the upright picture
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def page(ink: Ink, ink_colour: Colour = BLACK, paper: Colour = WHITE) -> Image.Image:
    """The ink on paper."""
    share = ink[..., np.newaxis]
    mixed = (1 - share) * np.array(paper) + share * np.array(ink_colour)
    return Image.fromarray(mixed.round().astype(np.uint8))


def noisy(picture: Image.Image, rng: np.random.Generator, sigma: float) -> Image.Image:
    """Each channel of each pixel off by so much, of 255."""
    pixels = np.asarray(picture, np.float64)
    pixels = pixels + rng.normal(0, sigma, pixels.shape)
    return Image.fromarray(pixels.clip(0, 255).round().astype(np.uint8))


def shaded(picture: Image.Image, rng: np.random.Generator, share: float) -> Image.Image:
    """Darker by so much at one side, or away from a lamp."""
    v, u = np.mgrid[-1 : 1 : picture.height * 1j, -1 : 1 : picture.width * 1j]
    if rng.integers(2):
        angle = rng.uniform(0, 2 * np.pi)
        away = np.cos(angle) * u + np.sin(angle) * v
    else:
        x, y = rng.uniform(-0.7, 0.7, 2)
        away = (u - x) ** 2 + (v - y) ** 2
    away = (away - away.min()) / np.ptp(away)
    return Image.fromarray((np.asarray(picture) * (1 - share * away[..., None])).astype(np.uint8))


def rotated(picture: Image.Image, rng: np.random.Generator, most: float) -> Image.Image:
    """By at most so many degrees, with more of the paper at the corners."""
    return picture.rotate(
        rng.uniform(-most, most), Image.Resampling.BICUBIC, expand=True, fillcolor=WHITE
    )


def framed(picture: Image.Image, rng: np.random.Generator, kind: str) -> Image.Image:
    """With a frame or a table round it that does not touch the digit."""
    margin = picture.width // 7
    wide = Image.new("RGB", [side + 2 * margin for side in picture.size], WHITE)
    wide.paste(picture, (margin, margin))
    w, h = wide.size
    drawing = ImageDraw.Draw(wide)
    line = int(rng.integers(w // 100, w // 30))
    colour = tuple(int(c) for c in rng.integers(0, 160, 3))
    if kind == "picture's border":
        drawing.rectangle((0, 0, w - 1, h - 1), outline=colour, width=line)
    elif kind == "box":
        place = margin // 2
        drawing.rectangle((place, place, w - place, h - place), outline=colour, width=line)
        wide = rotated(wide, rng, 4)
    elif kind == "ring":
        wider = Image.new("RGB", (2 * w, 2 * h), WHITE)
        wider.paste(wide, (w // 2, h // 2))
        ends = 0.22 * w, 0.22 * h, 1.78 * w, 1.78 * h
        ImageDraw.Draw(wider).ellipse(ends, outline=colour, width=line)
        wide = wider
    elif kind == "table's edge":
        a, b = (int(side) for side in rng.integers(1, margin, 2))
        edges = (
            [(0, 0), (w, 0), (w, a), (0, b)],
            [(0, h), (w, h), (w, h - a), (0, h - b)],
            [(0, 0), (0, h), (a, h), (b, 0)],
            [(w, 0), (w, h), (w - a, h), (w - b, 0)],
        )
        drawing.polygon(edges[rng.integers(4)], fill=colour)
    else:  # a sheet on a table
        table = Image.new("RGB", (int(1.3 * w), int(1.3 * h)), colour)
        table.paste(wide, (int(0.15 * w), int(0.15 * h)))
        wide = table.rotate(rng.uniform(-8, 8), Image.Resampling.BICUBIC, fillcolor=colour)
    return wide


def transparent(ink: Ink, colour: Colour) -> Image.Image:
    """Ink on nothing."""
    picture = Image.new("RGBA", ink.shape[::-1], colour)
    picture.putalpha(Image.fromarray((255 * ink).round().astype(np.uint8)))
    return picture


def _of_page(change: Callable[..., Image.Image], *how: Any) -> "Way":
    return lambda ink, rng: (change(page(ink), rng, *how), {})


def _turned(orientation: int) -> "Way":
    def saved(ink: Ink, rng: np.random.Generator) -> Saved:
        stored = page(ink)
        if orientation in TURNED:
            stored = stored.transpose(TURNED[orientation])
        exif = Image.Exif()
        exif[ORIENTATION] = orientation
        return stored, {"format": "JPEG", "exif": exif, "quality": 90}

    return saved


def _everything(ink: Ink, rng: np.random.Generator) -> Saved:
    """As a photograph has it."""
    picture = framed(page(ink, *COLOURS["blue ink"]), rng, "table's edge")
    picture = noisy(shaded(rotated(picture, rng, 8), rng, 0.3), rng, 8)
    return picture, {"format": "JPEG", "quality": 60}


Way = Callable[[Ink, np.random.Generator], Saved]


def _jpeg(quality: int) -> Way:
    return lambda ink, rng: (page(ink), {"format": "JPEG", "quality": quality})


def _coloured(colours: tuple[Colour, Colour]) -> Way:
    return lambda ink, rng: (noisy(page(ink, *colours), rng, 4), {})


def _transparent(colour: Colour) -> Way:
    return lambda ink, rng: (transparent(ink, colour), {})


FRAMES = "picture's border", "box", "ring", "table's edge", "sheet on a table"
SPOILED: Mapping[str, Way] = {
    "clean": lambda ink, rng: (page(ink), {}),
    **{f"noise σ {sigma}": _of_page(noisy, sigma) for sigma in (4, 8, 16)},
    **{f"shading {share:.0%}": _of_page(shaded, share) for share in (0.1, 0.2, 0.3)},
    "rotation ±15°": _of_page(rotated, 15),
    **{f"JPEG {quality}": _jpeg(quality) for quality in (30, 60, 90)},
    **{f"EXIF {orientation}": _turned(orientation) for orientation in range(1, 9)},
    **{f"framed: {kind}": _of_page(framed, kind) for kind in FRAMES},
    "inverted": lambda ink, rng: (page(ink, WHITE, BLACK), {}),
    "transparent, black": _transparent(BLACK),
    "transparent, white": _transparent(WHITE),
    **{name: _coloured(colours) for name, colours in COLOURS.items()},
    "photograph": _everything,
}


def write_pictures(inks: list[Ink], way: str, folder: Path, seed: int) -> list[Path]:
    """Write each drawing as a file, spoiled in one of the ways; return their paths."""
    rng = np.random.default_rng(seed)
    paths = []
    for number, ink in zip(itertools.count(), inks):
        picture, options = SPOILED[way](ink, rng)
        path = folder / f"{number}.{'jpg' if options.get('format') == 'JPEG' else 'png'}"
        picture.save(path, **options)
        paths.append(path)
    return paths
