"""A picture of one digit, as a user draws or photographs it, made like those of a data set."""

import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from chainrule.data._reading import plain
from chainrule.data.bitmaps import as_digit
from chainrule.errors import DataError

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp")
MOST_PIXELS = 5000 * 5000
FINENESS = 16  # canvas points to a pixel: lets a digit be centred between pixels


def read_image(
    path: Path, image_shape: tuple[int, int], largest_value: float
) -> NDArray[np.float64]:
    """Read an image file as the raw features of one sample.

    The ink becomes light on dark, as in MNIST, whichever way round it was. A picture of another
    size is cut to its ink and fitted to the frame as the images of the data sets are.

    Args:
        path: a PNG, JPEG, BMP, GIF, TIFF or WebP file.
        image_shape: (height, width) in pixels that the model takes.
        largest_value: of a pixel in the model's data, such as 16 or 255.

    Returns:
        `(height · width,)`, from 0 to `largest_value`.

    Raises:
        DataError: if the file is missing, cannot be read as an image, or shows one colour only.
    """
    grey = _grey(path)  # (height, width) of the picture
    grey -= grey.min()
    if grey.max() == 0:
        raise DataError(f"{plain(path)}: the picture has one colour only; there is no digit in it")
    ink = grey / grey.max()
    border = np.concatenate([ink[0], ink[-1], ink[:, 0], ink[:, -1]])
    if np.median(border) > 0.5:  # dark ink on light paper
        ink = 1 - ink
    if ink.shape != image_shape:
        ink = _fit(ink, image_shape)
    pixels: NDArray[np.float64] = (ink * largest_value).ravel()
    return pixels


def _grey(path: Path) -> NDArray[np.float64]:
    """The picture's brightness, 0 to 255; behind what is transparent there is white."""
    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(path)
        with picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise DataError(
                    f"{plain(path)}: the picture has {picture.width}×{picture.height} pixels; "
                    "make it smaller, at most 5000×5000"
                )
            rgba = picture.convert("RGBA")
            pixels = np.asarray(rgba)  # (height, width, 4)
            if (pixels[..., :3] == pixels[0, 0, :3]).all():  # all ink is in the transparency
                return pixels[..., 3].astype(np.float64)
            paper = Image.new("RGBA", rgba.size, "white")
            return np.asarray(Image.alpha_composite(paper, rgba).convert("L"), dtype=np.float64)
    except DataError:
        raise
    except FileNotFoundError as error:
        raise DataError(f"{plain(path)}: there is no such file") from error
    except Exception as error:  # Pillow's readers raise many kinds
        raise DataError(f"{plain(path)}: cannot be read as an image ({plain(error)})") from error


def _fit(ink: NDArray[np.float64], image_shape: tuple[int, int]) -> NDArray[np.float64]:
    """Bring ink to the form of the data's images. Shape: any to `image_shape`.

    The images of 8×8 are made of bitmaps. Others are like MNIST's: the ink is cut out, fits into
    20×20 of the 28×28, is centred, and averaged over each pixel.
    """
    from PIL import Image

    if image_shape == (8, 8):
        return as_digit(ink) / 16
    rows, columns = (np.flatnonzero((ink > 0.2).any(axis=axis)) for axis in (1, 0))
    cut = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.float32)
    canvas = FINENESS * np.array(image_shape)
    factor = (canvas * 20 / 28 / cut.shape).min()
    height, width = (max(1, round(side * factor)) for side in cut.shape)
    drawn = np.zeros(canvas)
    top, left = (canvas - (height, width)) // 2
    drawn[top : top + height, left : left + width] = Image.fromarray(cut).resize(
        (width, height), Image.Resampling.BILINEAR
    )
    fine = drawn.reshape(image_shape[0], FINENESS, image_shape[1], FINENESS)
    pixels: NDArray[np.float64] = fine.mean(axis=(1, 3))  # (height, width)
    pixels /= pixels.max()
    return pixels
