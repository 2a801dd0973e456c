"""The embedded digits, names of data sets, classes, and the parts of a data set."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_digits as sklearn_digits
from sklearn.model_selection import train_test_split

from chainrule.data import Dataset, load, load_digits, published_split
from chainrule.data.labels import class_indices
from chainrule.errors import ChainruleError, DataError
from data_files import joined, refusal


class TestDigits:
    def test_every_value_equals_scikit_learns_copy(self) -> None:
        digits, reference = load_digits(), sklearn_digits()
        X = joined(digits.X_train, digits.X_test, 1797)
        np.testing.assert_array_equal(X, reference.data)
        y = joined(digits.y_train, digits.y_test, 1797)
        np.testing.assert_array_equal(y, reference.target)
        np.testing.assert_array_equal(digits.images(X), reference.images)
        assert y[45] == 3

    def test_split_is_the_published_one(self) -> None:
        digits, reference = load_digits(), sklearn_digits()
        X_train, X_test, y_train, y_test = train_test_split(
            reference.data, reference.target, test_size=0.15, random_state=37
        )
        np.testing.assert_array_equal(digits.X_train, X_train)
        np.testing.assert_array_equal(digits.X_test, X_test)
        np.testing.assert_array_equal(digits.y_train, y_train)
        np.testing.assert_array_equal(digits.y_test, y_test)

    def test_test_part_holds_the_published_labels(self) -> None:
        y_test = load_digits().y_test
        assert y_test[:12].tolist() == [2, 4, 7, 9, 1, 1, 5, 6, 2, 5, 0, 2]
        assert np.bincount(y_test).tolist() == [27, 29, 29, 17, 28, 31, 26, 24, 35, 24]

    def test_values_types_and_shapes_are_those_of_the_docstring(self) -> None:
        digits = load()
        assert digits.X_train.shape == (1527, 64)
        assert digits.X_test.shape == (270, 64)
        assert digits.X_train.dtype == np.float32
        assert digits.y_train.dtype == np.int64
        assert (np.min(digits.X_train), np.max(digits.X_train)) == (0, 16)
        assert digits.classes == tuple(range(10))
        assert digits.image_shape == (8, 8)
        assert (digits.scaling, digits.feature_names, digits.X_validation) == (None, None, None)

    def test_loading_needs_neither_scikit_learn_nor_the_network(self) -> None:
        program = (
            "import sys; from chainrule.data import load; load(); "
            "print([m for m in ('sklearn', 'pooch', 'requests') if m in sys.modules])"
        )
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == "[]"

    @pytest.mark.parametrize("n_samples", [2, 3, 7, 20, 100, 101, 999, 1797, 60_000])
    def test_split_equals_scikit_learns_for_any_number_of_samples(self, n_samples: int) -> None:
        expected = train_test_split(np.arange(n_samples), test_size=0.15, random_state=37)
        for part, indices in zip(published_split(n_samples), expected, strict=True):
            np.testing.assert_array_equal(part, indices)


class TestNames:
    @pytest.mark.parametrize(
        "name", ["cifar", "digits.txt", "a\nb", "x" * 10_000_000, "a\0b", "\udcff", "mnist\n"]
    )
    def test_unknown_name_is_refused_in_one_line(self, name: str) -> None:
        message = refusal(name)
        assert any(why in message for why in ("unknown data set", "cannot be", "can be no"))

    @pytest.mark.parametrize("suffix", ["csv", "npz"])
    @pytest.mark.parametrize("stem", ["x" * 5000, "a\nb", "a\0b", "\udcff"])
    def test_impossible_path_is_refused_in_one_line(self, stem: str, suffix: str) -> None:
        refusal(f"{stem}.{suffix}")

    @pytest.mark.parametrize("folder", ["x" * 5000, "a\nb", "a\0b", "\udcff"])
    def test_impossible_folder_is_refused_in_one_line(self, folder: str) -> None:
        refusal("idx", folder)

    def test_list_of_names_comes_with_an_unknown_one(self) -> None:
        assert "'cifar': give digits, mnist, fashion-mnist, idx" in refusal("cifar")

    def test_idx_without_folder_is_refused(self) -> None:
        assert 'name="idx" needs data_dir=…' in refusal("idx")

    @pytest.mark.parametrize("name", ["digits", "table.csv"])
    def test_folder_with_a_set_that_takes_none_is_refused(self, name: str, tmp_path: Path) -> None:
        assert 'data_dir=… goes with name="idx"' in refusal(name, tmp_path)


class TestClassIndices:
    def test_numbers_are_ordered_by_size_over_all_lists(self) -> None:
        classes, y = class_indices([[10, 9], [-1, 10]])
        assert classes == (-1, 9, 10)
        assert y.tolist() == [2, 1, 0, 2]

    def test_numbers_become_words_beside_words(self) -> None:
        classes, y = class_indices([[10, 9], ["cat"]])
        assert classes == ("10", "9", "cat")
        assert y.tolist() == [0, 1, 2]


def numbered(n_samples: int) -> Dataset:
    """Samples that can be told apart by their one feature."""
    X = np.arange(n_samples, dtype=np.uint8).reshape(-1, 1)
    y = np.arange(n_samples) % 2
    return Dataset("numbered", X, y, X[:2], y[:2], (0, 1))


class TestParts:
    def test_part_is_chosen_by_name(self) -> None:
        data = numbered(5)
        assert data.part("train")[0] is data.X_train
        assert data.part("test")[1] is data.y_test

    @settings(deadline=None)
    @given(
        n_samples=st.integers(2, 200),
        share=st.floats(0.01, 0.99),
        seed=st.integers(0, 2**32),
    )
    def test_holding_back_divides_the_training_part(
        self, n_samples: int, share: float, seed: int
    ) -> None:
        data = numbered(n_samples)
        n_held = round(share * n_samples)
        if not 0 < n_held < n_samples:
            with pytest.raises(ChainruleError, match=r"validation must be a share"):
                data.hold_back(share, seed)
            return
        parts = data.hold_back(share, seed)
        assert parts.X_validation is not None
        assert parts.y_validation is not None
        assert len(parts.X_validation) == len(parts.y_validation) == n_held
        both = np.concatenate([parts.X_train, parts.X_validation])[:, 0]
        assert sorted(both.tolist()) == list(range(n_samples))
        np.testing.assert_array_equal(parts.y_train, parts.X_train[:][:, 0] % 2)
        np.testing.assert_array_equal(parts.y_validation, parts.X_validation[:][:, 0] % 2)
        np.testing.assert_array_equal(parts.X_test, data.X_test)

    def test_seed_decides_which_samples_are_held_back(self) -> None:
        first, again, other = (numbered(100).hold_back(0.2, seed) for seed in (5, 5, 6))
        np.testing.assert_array_equal(first.X_train, again.X_train)
        np.testing.assert_array_equal(first.X_validation, again.X_validation)
        assert not np.array_equal(first.X_train, other.X_train)

    @pytest.mark.parametrize("share", [0, 1, -0.1, 1.5, 1e-9, np.nan, np.inf])
    def test_share_that_leaves_nothing_on_one_side_is_refused(self, share: float) -> None:
        with pytest.raises(ChainruleError, match=f"of the 100 training samples.*got {share}"):
            numbered(100).hold_back(share)

    def test_holding_back_twice_would_lose_samples_and_is_refused(self) -> None:
        with pytest.raises(ChainruleError, match="held back already"):
            numbered(100).hold_back(0.2).hold_back(0.2)

    def test_holding_back_after_scaling_is_refused(self) -> None:
        with pytest.raises(ChainruleError, match="first, then scale"):
            numbered(100).scaled().hold_back(0.2)

    def test_scaling_is_fitted_on_what_is_left_to_train_on(self) -> None:
        data = load_digits().hold_back(0.3).scaled("standard")
        raw = load_digits().hold_back(0.3)
        assert data.scaling is not None
        expected = np.asarray(raw.X_train).mean(axis=0)
        np.testing.assert_allclose(data.scaling.shift, expected, rtol=1e-5)
        for scaled, unscaled in (
            (data.X_train, raw.X_train),
            (data.X_validation, raw.X_validation),
            (data.X_test, raw.X_test),
        ):
            assert scaled is not None
            assert unscaled is not None
            assert scaled.dtype == np.float32
            np.testing.assert_array_equal(scaled, data.scaling.apply(unscaled))

    def test_pixels_share_one_range_and_columns_do_not(self) -> None:
        digits = load_digits().scaled("unit")
        assert digits.scaling is not None
        assert set(digits.scaling.scale) == {16.0}
        assert np.max(digits.X_train) == 1
        X = np.array([[0, 10], [1, 30]])
        table = Dataset("table", X, X[:, 0], X, X[:, 0], (0, 1)).scaled("unit")
        assert np.asarray(table.X_train).tolist() == [[0, 0], [1, 1]]

    def test_scaling_twice_is_refused(self) -> None:
        with pytest.raises(ChainruleError, match=r"scaled already \(unit\)"):
            load_digits().scaled("unit").scaled("standard")

    def test_pictures_are_drawn_in_raw_values(self) -> None:
        raw = load_digits()
        scaled = raw.scaled("standard")
        np.testing.assert_allclose(scaled.images(scaled.X_test), raw.images(raw.X_test), atol=1e-5)
        assert raw.images(raw.X_test[0]).shape == (8, 8)

    def test_pictures_of_what_is_no_image_are_refused(self) -> None:
        with pytest.raises(DataError, match="'numbered' are not images"):
            numbered(4).images(np.zeros((1, 1)))
