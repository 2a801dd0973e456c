"""Samples: an array and rows that stay as they are stored are one thing to all that takes them."""

import numpy as np
import pytest
from numpy.typing import NDArray

from chainrule.data import Scaling
from chainrule.data.rows import Rows
from chainrule.data.samples import PIECE, Samples, blocks, pieces, take

STORED: NDArray[np.uint8] = np.random.default_rng(0).integers(0, 256, (500, 700), np.uint8)
SCALING = Scaling.fit("unit", STORED, one_range=True)
WHOLE = SCALING.apply(STORED)
# The type checker asks of each of these that it satisfies the protocol as it is.
SAMPLES: tuple[Samples, ...] = (WHOLE, Rows(STORED, SCALING))
each_kind = pytest.mark.parametrize("X", SAMPLES, ids=["array", "rows"])


@each_kind
def test_samples_have_what_the_protocol_names(X: Samples) -> None:
    assert (X.shape, X.ndim, len(X)) == ((500, 700), 2, 500)
    assert X.dtype == np.float32
    for key in (3, slice(2, 9), np.array([5, 1]), np.arange(500) < 4):
        np.testing.assert_array_equal(X[key], WHOLE[key])
    np.testing.assert_array_equal(np.asarray(X), WHOLE)


@each_kind
def test_a_batch_is_filled_in_its_place(X: Samples) -> None:
    rows, batch = np.array([7, 7, 0, 499]), np.full((4, 700), np.nan, np.float32)
    take(X, rows, batch)
    np.testing.assert_array_equal(batch, WHOLE[rows])


def test_rows_of_an_array_are_taken_in_the_precision_of_the_batch() -> None:
    rows, batch = np.array([3, 1]), np.empty((2, 700), np.float32)
    take(STORED, rows, batch)
    np.testing.assert_array_equal(batch, STORED[rows].astype(np.float32))


@each_kind
def test_blocks_are_all_samples_in_order(X: Samples) -> None:
    np.testing.assert_array_equal(np.concatenate(list(blocks(X))), WHOLE)


def test_an_array_is_one_block_and_rows_are_blocks_that_stay_in_the_cache() -> None:
    (block,) = blocks(WHOLE)
    assert block is WHOLE
    sizes = [block.nbytes for block in blocks(Rows(STORED, SCALING))]
    assert len(sizes) > 1
    assert max(sizes) <= PIECE


@pytest.mark.parametrize("n_features", [0, 1, 784, PIECE + 1])
def test_pieces_cover_all_samples_and_are_never_empty(n_features: int) -> None:
    slices = list(pieces(1000, n_features, 8))
    numbers = [i for piece in slices for i in range(*piece.indices(1000))]
    assert numbers == list(range(1000))
    assert all(piece.stop > piece.start for piece in slices)
    assert list(pieces(0, n_features, 8)) == []
