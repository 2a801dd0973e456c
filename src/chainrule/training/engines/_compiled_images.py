"""Images deformed by the compiled kernel: `kernel/images.c`."""

import ctypes
import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.errors import ChainruleError
from chainrule.training.engines._compiled import address, as_in_c, library, versions


def deform_images(
    images: NDArray[Any],
    affine: NDArray[np.float64],
    controls: NDArray[np.float64],
    row_spline: NDArray[np.float64],
    column_spline: NDArray[np.float64],
    background: float,
    threads: int,
) -> NDArray[Any]:
    """What `chainrule.training.augmentation.deformed` computes, by the kernel.

    Args:
        images: `(n, height, width)`, bytes or float32.
        affine: `(n, 2, 3)`.
        controls: `(n, 2, grid_height, grid_width)`, in pixels.
        row_spline: `(height, grid_height)`.
        column_spline: `(grid_width, width)`.
        background: what is outside of the images.
        threads: how many may work; the bits are the same for every number.

    Raises:
        ChainruleError: if there is no kernel, or the shapes or types do not fit.
        MemoryError: if there is too little.
    """
    library()
    function = _function(versions("float64")[-1])
    n, height, width = images.shape if images.ndim == 3 else (0, 0, 0)
    grid = controls.shape[2:]
    fits = affine.shape == (n, 2, 3) and controls.shape == (n, 2, *grid) and len(grid) == 2
    fits = (
        fits and row_spline.shape == (height, grid[0]) and column_spline.shape == (grid[1], width)
    )
    if images.dtype not in (np.uint8, np.float32) or not fits:
        raise ChainruleError(
            "the kernel takes images (n, height, width) as bytes or in float32, with a map and a "
            f"grid for each; got {images.dtype} values of shape {images.shape}, maps "
            f"{affine.shape}, a grid {controls.shape} and splines {row_spline.shape} and "
            f"{column_spline.shape}"
        )
    out = np.empty(images.shape, images.dtype)
    if out.size == 0:
        return out
    images = as_in_c(images, images.dtype)
    affine, controls, row_spline, column_spline = (
        as_in_c(a, np.float64) for a in (affine, controls, row_spline, column_spline)
    )
    status = function(
        address(images),
        address(out),
        images.dtype == np.uint8,
        n,
        height,
        width,
        address(affine),
        address(controls),
        *grid,
        address(row_spline),
        address(column_spline),
        background,
        threads,
    )
    if status != 0:
        raise MemoryError(f"there is too little memory to deform images of {height}×{width}")
    return out


@functools.cache
def _function(version: str) -> Callable[..., int]:
    """The kernel, for this processor or for any: the bits are the same."""
    function = library()[f"deform_images{version}"]
    function.argtypes = (
        *(ctypes.c_void_p,) * 2,  # images, out
        *(ctypes.c_int64,) * 4,  # whether bytes, n, height, width
        *(ctypes.c_void_p,) * 2,  # affine, controls
        *(ctypes.c_int64,) * 2,  # of the grid: height, width
        *(ctypes.c_void_p,) * 2,  # splines
        ctypes.c_double,  # background
        ctypes.c_int64,  # threads
    )
    function.restype = ctypes.c_int
    return function
