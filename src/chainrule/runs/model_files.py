"""A trained model with all that is needed to use it on raw data, and its file."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.data.arrays import Array
from chainrule.data.dataset import Dataset, Part
from chainrule.data.samples import Samples
from chainrule.data.scaling import KINDS, Scaling
from chainrule.errors import ChainruleError
from chainrule.runs._array_files import reading_arrays, require, write_arrays
from chainrule.runs.folder import model_file
from chainrule.runs.models import Model, described_model


@dataclass(frozen=True)
class TrainedModel:
    """A model with all that is needed to use it on raw data.

    It takes raw features where the bare model takes scaled ones, and has the same `forward`,
    `log_probabilities` and `predict`.

    Attributes:
        model: the network, or softmax regression.
        scaling: fitted on the training part.
        classes: what each of the K outputs stands for.
        image_shape: (height, width) where the features are pixels, else None.
        feature_names: names of the features where the data had them, else None.
        source: what the model was trained on: the arguments of `chainrule.data.load`, and the
            checksum of its test part.
        largest_value: of the raw training features; scales image files to the same range.

    >>> from chainrule import NeuralNet, load_digits
    >>> digits = load_digits()
    >>> scaling = Scaling.fit("standard", digits.X_train)
    >>> trained = TrainedModel(NeuralNet(64, 8, 10, seed=0), scaling, digits.classes)
    >>> trained.forward(digits.X_test).shape  # raw pixels, 0 to 16
    (270, 10)
    """

    model: Model
    scaling: Scaling
    classes: tuple[int | str, ...]
    image_shape: tuple[int, int] | None = None
    feature_names: tuple[str, ...] | None = None
    source: dict[str, str | None] = field(default_factory=dict)
    largest_value: float = 1.0

    def forward(self, X: ArrayLike) -> Array:
        """Probabilities from raw features, `(N, D)` to `(N, K)`.

        Raises:
            ChainruleError: if `X` does not have D features.
        """
        return self.model.forward(self._scaled(X))

    def log_probabilities(self, X: ArrayLike) -> Array:
        """Their logarithms in nats, from raw features, `(N, D)` to `(N, K)`.

        Raises:
            ChainruleError: if `X` does not have D features.
        """
        return self.model.log_probabilities(self._scaled(X))

    def predict(self, X: ArrayLike) -> Any:
        """Indices of the most probable classes from raw features, `(N, D)` to `(N,)`.

        Raises:
            ChainruleError: if `X` does not have D features.
        """
        return self.model.predict(self._scaled(X))

    def _scaled(self, X: ArrayLike) -> NDArray[np.float32]:
        raw = np.asarray(X)
        if raw.shape[-1:] != (self.model.input_size,):
            raise ChainruleError(
                f"the model takes samples of {self.model.input_size} features; "
                f"got shape {raw.shape}"
            )
        return self.scaling.apply(raw)

    def part(self, data: Dataset, part: Part) -> tuple[Samples, NDArray[np.int64]]:
        """Raw features `(N, D)` and labels `(N,)` of a data set in the numbering of this model.

        Raises:
            ChainruleError: if the sizes differ, or a label is none of the model's classes.
        """
        X, y = data.part(part)
        if X.shape[1] != self.model.input_size:
            raise ChainruleError(
                f"the model takes samples of {self.model.input_size} features, but those of "
                f"{data.name} have {X.shape[1]}; give the data that it was trained on"
            )
        unknown = [c for c in data.classes if c not in self.classes]
        if unknown:
            raise ChainruleError(
                f"{data.name} has the label {unknown[0]!r}, which the model has not learned; "
                f"its classes are {', '.join(map(str, self.classes))}"
            )
        place = np.array([self.classes.index(c) for c in data.classes])
        return X, place[y]

    def save(self, path: str | Path) -> None:
        """Write the model as a safetensors file.

        Raises:
            OSError: if it cannot be written; nothing is left behind.
        """
        model = self.model.description()
        first = {name: model.pop(name) for name in ("model", "input_size", "output_size")}
        description = {
            **first,
            "scale": self.scaling.kind,
            "classes": self.classes,
            "image_shape": self.image_shape,
            "feature_names": self.feature_names,
            "source": self.source,
            "largest_value": self.largest_value,
            **model,
        }
        arrays = self.model.parameters | {
            "scaling.shift": self.scaling.shift,
            "scaling.scale": self.scaling.scale,
        }
        write_arrays(Path(path), arrays, description)

    @classmethod
    def load(cls, path: str | Path) -> "TrainedModel":
        """Read a model file, or the network of a run folder.

        Raises:
            ModelFileError: if it is missing, damaged, or not a model of chainrule.
        """
        path = Path(path)
        if path.is_dir():
            inside = [model_file(path, name) for name in ("net", "logistic")]
            path = next((file for file in inside if file.is_file()), inside[0])
        with reading_arrays(path) as (arrays, description):
            return _trained_model(arrays, description)


def _trained_model(arrays: dict[str, Array], description: dict[str, Any]) -> TrainedModel:
    """Put a model together from a file's contents; anything odd raises some error."""
    model = described_model(description, arrays)
    input_size, output_size = model.input_size, model.output_size

    kind, shift, scale = description["scale"], arrays["scaling.shift"], arrays["scaling.scale"]
    require(kind in KINDS, "the scaling is unknown")
    require(shift.shape == scale.shape == (input_size,), "the scaling has another size")
    require(
        bool(np.isfinite([shift, scale]).all() and (scale > 0).all()), "the scaling is not finite"
    )

    classes = tuple(description["classes"])
    require(len(set(classes)) == output_size, "the classes do not fit the outputs")
    require(all(isinstance(c, int | str) for c in classes), "a class is neither number nor word")
    image_shape = description["image_shape"]
    if image_shape is not None:
        height, width = (int(side) for side in image_shape)
        require(height > 0 and width > 0 and height * width == input_size, "the image shape")
        image_shape = (height, width)
    names = description["feature_names"]
    if names is not None:
        names = tuple(str(name) for name in names)
        require(len(names) == input_size, "the feature names do not fit")
    source = {str(k): None if v is None else str(v) for k, v in description["source"].items()}
    largest = float(description["largest_value"])
    require(bool(np.isfinite(largest)), "the largest value is not finite")
    scaling = Scaling(kind, shift, scale)
    return TrainedModel(model, scaling, classes, image_shape, names, source, largest)
