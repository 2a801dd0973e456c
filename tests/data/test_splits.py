"""The stratified split: the classes have the same shares in both parts."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.data import load, load_digits
from chainrule.data.labels import known_indices
from chainrule.data.splits import stratified_split
from data_files import refusal
from helpers import examples


@examples(100)
@given(
    counts=st.lists(st.integers(0, 60), min_size=1, max_size=6),
    share=st.floats(0.01, 0.99),
    seed=st.integers(0, 2**32),
)
def test_each_class_has_its_share_within_one_sample(
    counts: list[int], share: float, seed: int
) -> None:
    y = np.random.default_rng(seed).permutation(np.repeat(np.arange(len(counts)), counts))
    kept, aside = stratified_split(y, share, seed)
    assert sorted([*kept, *aside]) == list(range(len(y)))
    of_class = np.bincount(y[aside], minlength=len(counts))
    for count, put_aside in zip(counts, of_class, strict=True):
        assert abs(put_aside - share * count) <= 1
        assert 0 < put_aside < count or count < 2
    again = stratified_split(y, share, seed)
    np.testing.assert_array_equal(kept, again[0])
    np.testing.assert_array_equal(aside, again[1])


def test_the_order_is_drawn_by_the_seed() -> None:
    y = np.arange(200) % 2
    assert not np.array_equal(stratified_split(y, 0.2, 1)[1], stratified_split(y, 0.2, 2)[1])


@pytest.fixture
def uneven(tmp_path: Path) -> Path:
    """A table of 190 rows of one class and 10 of another, in turn."""
    path = tmp_path / "uneven.csv"
    rows = [f"{i},{'yes' if i % 20 == 0 else 'no'}" for i in range(200)]
    path.write_text("a,label\n" + "\n".join(rows))
    return path


def test_a_table_is_split_so_and_its_validation_part_too(uneven: Path, tmp_path: Path) -> None:
    data = load(str(uneven)).hold_back(0.2)
    assert data.y_validation is not None
    assert [np.bincount(y).tolist() for y in (data.y_train, data.y_validation, data.y_test)] == [
        [129, 6],
        [32, 2],
        [29, 2],
    ]
    for part in ("train", "validation", "test"):
        X, _ = data.part(part)
        np.testing.assert_array_equal(np.asarray(X)[:, 0] + 2, data.places[part])
    np.savez(tmp_path / "a.npz", X=np.arange(400).reshape(200, 2), y=np.arange(200) % 20 == 0)
    arrays = load(str(tmp_path / "a.npz"))
    assert np.bincount(arrays.y_test).tolist() == [29, 2]
    assert arrays.counted == "row"
    np.testing.assert_array_equal(np.asarray(arrays.X_test)[:, 0] // 2, arrays.places["test"])


def test_the_digits_keep_the_published_split() -> None:
    assert load_digits().stratified is False
    held = load_digits().hold_back(0.1).y_validation
    assert held is not None
    order = np.random.default_rng(0).permutation(1527)
    np.testing.assert_array_equal(held, load_digits().y_train[order[:153]])


def test_labels_of_one_row_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,label\n" + "1,x\n2,y\n" * 5 + "3,z\n")
    assert "the label 'z' has one row only; a class needs two at least" in refusal(str(path))
    path.write_text("a,label\n" + "1,x\n" * 5 + "2,w\n3,y\n4,z\n")
    assert "the label 'w' and 2 others have one row only" in refusal(str(path))
    path.write_text("a,label\n" + "".join(f"{i},k{i}\n" for i in range(50)))
    assert "50 different labels in 50 rows, as in an identifier" in refusal(str(path))


def test_the_same_label_may_be_spelled_in_two_ways() -> None:
    assert known_indices(["01", "1", "1.0", 1, "x", "0.5"], ("1", "01")).tolist() == [
        *(1, 0, -1, 0, -1, -1)
    ]
    assert known_indices(["1", "01", "1.0", 1], (1, 7)).tolist() == [0, 0, 0, 0]
