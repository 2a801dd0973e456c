"""A picture of one digit, as a user draws or photographs it, made like those of a data set.

`upright` opens a file, `on_paper` fills what is transparent, `ink` finds the digit, and `bitmaps`
or `centred` bring it to the form of the images that a model has learned from.
"""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from chainrule.data._reading import plain, reading
from chainrule.data.bitmaps import as_digit
from chainrule.data.centred import as_centred
from chainrule.data.ink import LONGEST, Ink, digit_ink
from chainrule.errors import DataError

if TYPE_CHECKING:
    from PIL import Image

# The one format that a name stands for: Pillow has many readers, and a file could choose another.
FORMATS = {
    ".png": "PNG", ".jpg": "JPEG", ".jpeg": "JPEG", ".bmp": "BMP", ".gif": "GIF", ".tif": "TIFF",
    ".tiff": "TIFF", ".webp": "WEBP",
}  # fmt: skip
MOST_PIXELS = 8000 * 8000  # telephones make pictures of 50 million
CARD = 0.7  # share of its box that is not transparent: a card, and the ink is on it
PLAIN = 24.0  # levels of 255 in which one colour varies: compression and smooth edges

MOST_PIECES = 2  # that a digit is written in
LONGEST_STROKES = 3.0  # longer sides of its box: 1 in a hundred of MNIST's digits has longer ones


@dataclass(frozen=True)
class DigitPicture:
    """A picture of one digit in the form of a model's data.

    Attributes:
        rgb: `(H, W, 3)`, the picture upright and made smaller.
        pixels: `(height · width,)`, what a model sees: from 0 to its largest value.
        oddity: what about the ink is unlike any digit, in words; None if nothing is.
    """

    rgb: NDArray[np.uint8]
    pixels: NDArray[np.float64]
    oddity: str | None = None


def read_picture(path: Path, image_shape: tuple[int, int], largest_value: float) -> DigitPicture:
    """Read an image file as the raw features of one sample.

    The ink becomes light on dark, as in MNIST, whatever its colour and the paper's. A picture of
    just the model's size is taken pixel for pixel; in any other the digit is looked for, and
    brought to the form of the data's images.

    Args:
        path: a PNG, JPEG, BMP, GIF, TIFF or WebP file.
        image_shape: (height, width) in pixels that the model takes.
        largest_value: of a pixel in the model's data, such as 16 or 255.

    Raises:
        DataError: if the file is missing, cannot be read as an image, or shows no ink.
    """
    rgb = on_paper(upright(path))
    if rgb.shape[:2] == image_shape:
        pixels = _as_it_is(rgb)
        if pixels is None:
            raise DataError(
                f"{plain(path)}: the picture has one colour only; there is no digit in it"
            )
        return DigitPicture(rgb, largest_value * pixels.ravel())
    ink = digit_ink(rgb)
    if ink is None:
        raise DataError(
            f"{plain(path)}: there is no digit to be seen, since nothing in the picture stands "
            "out from its paper; write darker, or take the picture from nearer by"
        )
    # The images of 8×8 are made of bitmaps; those of other sizes are like MNIST's.
    digit = (
        as_digit(ink.drawn) / 16 if image_shape == (8, 8) else as_centred(ink.drawn, image_shape)
    )
    return DigitPicture(rgb, largest_value * digit.ravel(), _oddity(ink))


def upright(path: Path) -> "Image.Image":
    """The picture as one sees it, in RGB or RGBA: cameras turn by a note in the file (EXIF).

    Of a large one only as much is kept as is looked at.

    Raises:
        DataError: if the file is missing, too large, or cannot be read as an image.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    if path.suffix.lower() not in FORMATS:
        raise DataError(f"{plain(path)}: give a picture whose name ends in {', '.join(FORMATS)}")
    with reading(path):
        if path.is_dir():
            raise DataError(f"{plain(path)}: this is a folder; give the pictures in it")
        path.open("rb").close()  # Pillow's errors do not tell a missing file from a bad one
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what Pillow minds in a picture that it can read
            with Image.open(path, formats=[FORMATS[path.suffix.lower()]]) as opened:
                if opened.width * opened.height > MOST_PIXELS:
                    raise Image.DecompressionBombError
                picture: Image.Image = opened
                if picture.mode.startswith(("I", "F")):  # 16 bits, or any numbers
                    picture = _of_bytes(picture)
                elif picture.mode not in ("L", "RGB", "RGBA"):
                    picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
                picture.thumbnail((LONGEST, LONGEST), Image.Resampling.BOX)
                turned = ImageOps.exif_transpose(picture)
                return turned.convert("RGBA" if turned.has_transparency_data else "RGB")
    except Image.DecompressionBombError as error:
        raise DataError(
            f"{plain(path)}: the picture has more than {MOST_PIXELS // 10**6} million pixels; "
            "make it smaller, at most 8000×8000"
        ) from error
    except UnidentifiedImageError as error:
        raise DataError(
            f"{plain(path)}: cannot be read as an image of the format of its name, "
            f"{FORMATS[path.suffix.lower()]}; {_what_it_is(path)}"
        ) from error
    except Exception as error:  # Pillow's readers raise many kinds
        raise DataError(f"{plain(path)}: cannot be read as an image ({plain(error)})") from error


def _what_it_is(path: Path) -> str:
    """What a file is whose name says something else."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path, formats=list(FORMATS.values())) as picture:
            endings = [ending for ending, name in FORMATS.items() if name == picture.format]
    except (UnidentifiedImageError, OSError):
        return "give a picture"
    return f"it is a {picture.format}: give it a name that ends in {' or '.join(endings)}"


def _of_bytes(picture: "Image.Image") -> "Image.Image":
    """Numbers of any range as grey: 16 bits would be cut off at 255."""
    from PIL import Image

    grey = np.nan_to_num(np.asarray(picture, dtype=np.float64))
    grey -= grey.min()
    return Image.fromarray((255 * grey / (grey.max() or 1)).astype(np.uint8))


def on_paper(picture: "Image.Image") -> NDArray[np.uint8]:
    """The colours of a picture, `(H, W, 3)`, with paper where it is transparent.

    Ink without paper becomes black on white, even where it is white itself. On a card with rounded
    corners, or a cut-out photograph, the ink is on what is not transparent, which goes on.
    """
    if picture.mode != "RGBA":
        return np.asarray(picture)
    rgba = np.asarray(picture)  # (H, W, 4)
    alpha = rgba[..., 3:] / 255
    visible = alpha[..., 0] > 0.5
    if not visible.any() or visible.all():
        return rgba[..., :3]
    colours = rgba[visible][:, :3].astype(np.float64)  # (n, 3)
    rows, columns = (np.flatnonzero(visible.any(axis=axis)) for axis in (1, 0))
    box = visible[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    if box.mean() < CARD or colours.std(axis=0).max() < PLAIN:
        return np.repeat((255 * (1 - alpha)).astype(np.uint8), 3, axis=2)
    paper = np.median(colours, axis=0)
    return np.asarray(alpha * rgba[..., :3] + (1 - alpha) * paper).astype(np.uint8)


def _as_it_is(rgb: NDArray[np.uint8]) -> NDArray[np.float64] | None:
    """The brightness from 0 to 1, dark at the border; None where it is the same everywhere."""
    grey = rgb.mean(axis=2)
    if np.ptp(grey) == 0:
        return None
    ink: NDArray[np.float64] = (grey - grey.min()) / np.ptp(grey)
    border = np.concatenate([ink[0], ink[-1], ink[:, 0], ink[:, -1]])
    return 1 - ink if np.median(border) > 0.5 else ink


def _oddity(ink: Ink) -> str | None:
    """What is unlike the ink of one digit, in words."""
    if ink.n_pieces > MOST_PIECES:
        return f"the ink is in {ink.n_pieces} pieces"
    if ink.length > LONGEST_STROKES:
        return f"its strokes are {ink.length:.1f} times as long as it is large"
    if ink.has_company:
        return "there is more in the picture that is as large; give one digit to a picture"
    return None
