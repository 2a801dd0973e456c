"""A data set: features, labels, the split into parts, and what the numbers mean."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from chainrule.data.forms import TableForm
from chainrule.data.rows import WHOLE, Rows, chosen
from chainrule.data.samples import Samples
from chainrule.data.scaling import Scaling
from chainrule.data.splits import stratified_split
from chainrule.errors import ChainruleError, DataError, choose, quoted

Part = Literal["train", "validation", "test"]


@dataclass(frozen=True, eq=False)  # arrays have no single truth value
class Dataset:
    """A training part and a test part.

    Features that are whole numbers, such as the bytes of MNIST, stay where they were read to or
    mapped: parts of them, and scaled ones, are `Rows`. Floats are plain arrays.

    Attributes:
        name: as given to `load`.
        X_train: features `(N, D)`: raw values, or scaled ones after `scaled`.
        y_train: labels `(N,)`, whole numbers 0 … K−1.
        X_test: features `(M, D)`.
        y_test: labels `(M,)`.
        classes: what each of the K labels is called in the data.
        X_validation: features `(V, D)` held back from training by `hold_back`, else None.
        y_validation: labels `(V,)`, or None.
        image_shape: (height, width) where the D features are pixels, else None.
        feature_names: names of the D features where the file has them, else None.
        scaling: what was applied to the features, None while they are raw.
        form: how the rows of a CSV file became features, else None.
        stratified: whether the classes have the same shares in all parts.
        counted: what `places` counts: a "line" of the file, or a "row" of an array, from 0.
        places: where the samples of each part stand in their file, `(N,)` by the part's name;
            nothing for sets whose samples have no numbers of their own.
    """

    name: str
    X_train: Samples
    y_train: NDArray[np.int64]
    X_test: Samples
    y_test: NDArray[np.int64]
    classes: tuple[int | str, ...]
    X_validation: Samples | None = None
    y_validation: NDArray[np.int64] | None = None
    image_shape: tuple[int, int] | None = None
    feature_names: tuple[str, ...] | None = None
    scaling: Scaling | None = None
    form: TableForm | None = None
    stratified: bool = False
    counted: str = ""
    places: Mapping[str, NDArray[np.int64]] = dataclasses.field(default_factory=dict)

    def __repr__(self) -> str:
        counts = [f"{len(self.y_train)} training"]
        if self.y_validation is not None:
            counts.append(f"{len(self.y_validation)} validation")
        scaled = "raw" if self.scaling is None else f"scaled ({self.scaling.kind})"
        return (
            f"Dataset({self.name!r}: {', '.join(counts)} and {len(self.y_test)} test samples of "
            f"{self.X_train.shape[1]} features, {scaled}, {len(self.classes)} classes)"
        )

    def part(self, part: Part) -> tuple[Samples, NDArray[np.int64]]:
        """Features `(N, D)` and labels `(N,)` of a part: "train", "validation" or "test".

        Raises:
            ChainruleError: if `part` is none of these, or no validation part was held back.
        """
        if part == "validation":
            if self.X_validation is None or self.y_validation is None:
                raise ChainruleError(
                    "there is no validation part: hold one back first, data.hold_back(0.15)"
                )
            return self.X_validation, self.y_validation
        parts = {"train": (self.X_train, self.y_train), "test": (self.X_test, self.y_test)}
        return choose("part", part, parts)

    def hold_back(self, share: float, seed: int = 0) -> "Dataset":
        """The same data with a share of the training part, 0 to 1, kept as validation part.

        Of stratified data it is that share of each class.

        Raises:
            ChainruleError: if `share` leaves no sample on either side, a part is held back
                already, or the data are scaled already: the scaling must be fitted on what is
                left to train on.

        >>> from chainrule.data import load_digits
        >>> digits = load_digits().hold_back(0.1).scaled()
        >>> [len(digits.part(part)[1]) for part in ("train", "validation", "test")]
        [1374, 153, 270]
        """
        self._refuse_second_part()
        if not 0 < share < 1:
            kept, held = np.arange(len(self.X_train)), np.arange(0)
        elif self.stratified:
            kept, held = stratified_split(self.y_train, share, seed)
        else:
            n_held = round(share * len(self.X_train))
            order = np.random.default_rng(seed).permutation(len(self.X_train))
            held, kept = order[:n_held].copy(), order[n_held:].copy()  # which let go of `order`
        if len(held) == 0 or len(kept) == 0:
            raise ChainruleError(
                f"validation must be a share of the {len(self.X_train)} training samples, "
                "more than 0 and less than 1, that leaves a sample on either side, such as 0.1; "
                f"got {share}"
            )
        kept.sort()
        return self._parted(kept, held)

    def fold(self, held: NDArray[np.bool_]) -> "Dataset":
        """The same data with these samples of the training part, `(N,)`, as validation part.

        Raises:
            ChainruleError: if a part is held back already, or the data are scaled already.

        >>> from chainrule.data import load_digits
        >>> digits = load_digits()
        >>> folded = digits.fold(np.arange(len(digits.y_train)) % 5 == 0)
        >>> len(folded.y_train), len(folded.part("validation")[1])
        (1221, 306)
        """
        self._refuse_second_part()
        return self._parted(np.flatnonzero(~held), np.flatnonzero(held))

    def without_test(self) -> "Dataset":
        """The same data with an empty test part, for what must not look at it."""
        places = {part: rows for part, rows in self.places.items() if part != "test"}
        none = np.arange(0)
        return dataclasses.replace(
            self, X_test=chosen(self.X_test, none), y_test=self.y_test[none], places=places
        )

    def _refuse_second_part(self) -> None:
        if self.X_validation is not None:
            raise ChainruleError("a validation part is held back already; hold back one only")
        if self.scaling is not None:
            raise ChainruleError("hold back the validation part first, then scale")

    def _parted(self, kept: NDArray[np.int64], held: NDArray[np.int64]) -> "Dataset":
        """The training part divided into that and a validation part."""
        places = dict(self.places)
        if "train" in places:
            places |= {"train": places["train"][kept], "validation": places["train"][held]}
        return dataclasses.replace(
            self,
            X_train=chosen(self.X_train, kept),
            y_train=self.y_train[kept],
            X_validation=chosen(self.X_train, held),
            y_validation=self.y_train[held],
            places=places,
        )

    def scaled(self, kind: str = "standard") -> "Dataset":
        """The same data scaled, the scaling fitted on the training part alone.

        Args:
            kind: "standard", "unit" or "none"; the pixels of an image share one range.

        Raises:
            ChainruleError: if `kind` is unknown, or the data are scaled already.
            DataError: if the values are too large to scale.
        """
        if self.scaling is not None:
            raise ChainruleError(f"the data are scaled already ({self.scaling.kind}); scale once")
        scaling = Scaling.fit(kind, self.X_train, one_range=self.image_shape is not None)
        return dataclasses.replace(
            self,
            X_train=_scaled(self.X_train, scaling),
            X_test=_scaled(self.X_test, scaling),
            X_validation=None
            if self.X_validation is None
            else _scaled(self.X_validation, scaling),
            scaling=scaling,
        )

    def images(self, X: Samples) -> NDArray[Any]:
        """Rows of features as pictures in raw values.

        Shape: `(N, D)` to `(N, height, width)`, `(D,)` to `(height, width)`.

        Raises:
            DataError: if the features are not pixels.

        >>> from chainrule.data import load_digits
        >>> digits = load_digits()
        >>> digits.images(digits.X_test).shape
        (270, 8, 8)
        """
        if self.image_shape is None:
            raise DataError(
                f"the samples of {quoted(self.name)} are not images; there is nothing to draw"
            )
        X = np.asarray(X)
        raw = X if self.scaling is None else self.scaling.undo(X)
        return raw.reshape(*X.shape[:-1], *self.image_shape)


def _scaled(X: Samples, scaling: Scaling) -> Samples:
    """The data scaled: whole numbers when they are taken, floats at once."""
    if isinstance(X, Rows):
        return dataclasses.replace(X, scaling=scaling)
    return Rows(np.asarray(X), scaling) if X.dtype.kind in WHOLE else scaling.apply(X)
