"""Images deformed by the compiled kernel: the bits are those of NumPy.

These tests also run with the kernel under AddressSanitizer and UndefinedBehaviorSanitizer.
"""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.errors import ChainruleError
from chainrule.training.augmentation import Augmentation, Deformations, deformed, draw
from chainrule.training.engines import _compiled, _compiled_images, deform_images
from helpers import assert_equal, examples, with_kernel
from kernel_models import every_second, misaligned

pytestmark = with_kernel

STRENGTHS = Augmentation(shift=0.2, rotation=40, zoom=0.5, shear=0.5, elastic=0.1)


def drawn(n: int, shape: tuple[int, int], strengths: Augmentation = STRENGTHS) -> Deformations:
    return draw(strengths, shape, seed=1, epoch=1, block=0).of_first(n)


def new_images(n: int, shape: tuple[int, int], dtype: Any) -> Any:
    rng = np.random.default_rng(n)
    if dtype == np.uint8:
        return rng.integers(0, 256, (n, *shape)).astype(dtype)
    return (rng.normal(size=(n, *shape)) * 10.0 ** rng.integers(-6, 7, (n, *shape))).astype(dtype)


@examples(60)
@given(
    st.integers(1, 9),
    st.tuples(st.integers(1, 33), st.integers(1, 33)),
    st.sampled_from([np.uint8, np.float32]),
    st.sampled_from([0.0, 0.02, 0.5]),
    st.sampled_from([0.05, 0.14, 1.0]),
    st.sampled_from([0.0, 255.0, 0.1]),
    st.integers(1, 4),
)
def test_the_kernel_computes_the_bits_of_numpy_with_any_number_of_threads(
    n: int,
    shape: tuple[int, int],
    dtype: Any,
    elastic: float,
    smoothness: float,
    background: float,
    threads: int,
) -> None:
    strengths = Augmentation(0.5, 180, 1.0, 1.0, elastic, smoothness)
    images, deformations = new_images(n, shape, dtype), drawn(n, shape, strengths)
    expected = deformed(images, deformations, background)
    for version in _compiled.versions("float64"):  # double precision, with AVX2 or without
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(_compiled_images, "versions", lambda precision, v=version: [v])
            result = deform_images(images, *deformations, background, threads)
        assert_equal(result, expected)


@pytest.mark.parametrize("far", [1e6, -1e6, 2.0**30])
def test_what_is_far_outside_is_background(far: float) -> None:
    images, deformations = new_images(2, (5, 6), np.uint8), drawn(2, (5, 6))
    deformations.affine[..., 0] += far
    assert (deform_images(images, *deformations, 7.0, 1) == 7).all()


@pytest.mark.parametrize("laid_out", [misaligned, every_second, np.asfortranarray])
def test_arrays_may_lie_anyhow(laid_out: Any) -> None:
    images, deformations = new_images(8, (7, 5), np.float32), drawn(8, (7, 5))
    moved = Deformations(*map(laid_out, deformations))
    expected = deformed(images, deformations)
    assert_equal(deform_images(laid_out(images), *moved, 0.0, 2), expected)


def test_what_does_not_fit_is_refused_and_no_image_is_none() -> None:
    images, good = new_images(4, (7, 5), np.uint8), drawn(4, (7, 5))
    bad = [
        (images.astype(np.int16), good),
        (images[0], good),
        (images[:3], good),
        (images[:, :, :4], good),
        (images, good._replace(controls=good.controls[:, :, 1:])),
        (images, good._replace(controls=good.controls[0])),
        (images, good._replace(row_spline=good.row_spline[1:])),
        (images, good._replace(column_spline=good.column_spline[:, 1:])),
        (images, good._replace(affine=good.affine[:, :1])),
    ]
    for wrong_images, wrong in bad:
        with pytest.raises(ChainruleError, match="the kernel takes images"):
            deform_images(wrong_images, *wrong, 0.0, 1)
    assert deform_images(images[:0], *drawn(0, (7, 5)), 0.0, 1).shape == (0, 7, 5)
