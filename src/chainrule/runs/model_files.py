"""A trained model with all that is needed to use it on raw data, and its file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.data.arrays import Array
from chainrule.data.cells import cells_of_frame, is_frame
from chainrule.data.dataset import Dataset, Part
from chainrule.data.forms import Column, TableForm
from chainrule.data.labels import Label, known_indices
from chainrule.data.samples import Samples
from chainrule.data.scaling import KINDS, Scaling
from chainrule.errors import ChainruleError, quoted
from chainrule.runs._array_files import reading_arrays, require, write_arrays
from chainrule.runs._onnx import onnx_model
from chainrule.runs.folder import model_file, write_whole
from chainrule.runs.models import Model, described_model


@dataclass(frozen=True)
class TrainedModel:
    """A model with all that is needed to use it on raw data.

    It takes raw features, or a data frame with the columns that it was trained on, where the bare
    model takes scaled features; and `predict` gives labels, as they were called in the data.

    Attributes:
        model: the network, or softmax regression.
        scaling: fitted on the training part.
        classes: what each of the K outputs stands for.
        image_shape: (height, width) where the features are pixels, else None.
        feature_names: names of the features where the data had them, else None.
        source: what the model was trained on: the arguments of `chainrule.data.load`, and the
            checksum of its test part.
        largest_value: of the raw training features; scales image files to the same range.
        form: how the rows of a table become features, where it was trained on a CSV file.

    >>> from chainrule import NeuralNet, load_digits
    >>> digits = load_digits()
    >>> scaling = Scaling.fit("standard", digits.X_train)
    >>> trained = TrainedModel(NeuralNet(64, 8, 10, seed=0), scaling, digits.classes)
    >>> trained.forward(digits.X_test).shape  # raw pixels, 0 to 16
    (270, 10)
    >>> trained.predict(digits.X_test[0]) in digits.classes
    True
    """

    model: Model
    scaling: Scaling
    classes: tuple[int | str, ...]
    image_shape: tuple[int, int] | None = None
    feature_names: tuple[str, ...] | None = None
    source: dict[str, Any] = field(default_factory=dict)
    largest_value: float = 1.0
    form: TableForm | None = None

    def forward(self, X: ArrayLike) -> Array:
        """Probabilities from raw features, `(N, D)` to `(N, K)`, or of N rows of a data frame.

        Raises:
            ChainruleError: if `X` does not have D features, or the data frame not the columns.
        """
        return self.model.forward(self._scaled(X))

    def log_probabilities(self, X: ArrayLike) -> Array:
        """Their logarithms in nats, from raw features, `(N, D)` to `(N, K)`, or a data frame.

        Raises:
            ChainruleError: as `forward` does.
        """
        return self.model.log_probabilities(self._scaled(X))

    def predict(self, X: ArrayLike) -> Any:
        """The label of the most probable class, from raw features or a data frame.

        Labels are those of the data: numbers, or words. Shape: `(N, D)` to `(N,)`, `(D,)` to `()`.

        Raises:
            ChainruleError: as `forward` does.
        """
        return np.array(self.classes)[self.model.predict(self._scaled(X))]

    def _scaled(self, X: ArrayLike) -> NDArray[np.float32]:
        if self.form is not None and is_frame(X):
            X = self.form.features(cells_of_frame(X, self.form.names, self.form.words))
        raw = np.asarray(X)
        if raw.shape[-1:] != (self.model.input_size,):
            table = ""
            if self.form is not None:
                columns = ", ".join(map(quoted, self.form.names[:8]))
                more = ", …" if len(self.form.names) > 8 else ""
                table = f", or a data frame with the columns {columns}{more}"
            raise ChainruleError(
                f"the model takes samples of {self.model.input_size} features{table}; "
                f"got shape {raw.shape}"
            )
        return self.scaling.apply(raw)

    def indices(self, labels: Sequence[Label], place: Callable[[int], str]) -> NDArray[np.int64]:
        """The outputs that stand for some labels.

        Args:
            labels: N of them.
            place: says where the label of a row is.

        Returns:
            `(N,)`, 0 … K−1.

        Raises:
            ChainruleError: naming the first that is none of the model's classes.
        """
        indices = known_indices(labels, self.classes)
        unknown = np.flatnonzero(indices < 0)
        if len(unknown):
            row = int(unknown[0])
            raise ChainruleError(
                f"{place(row)} has the label {labels[row]!r}, which the model has not learned; "
                f"its classes are {', '.join(map(str, self.classes))}"
            )
        return indices

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
        return X, self.indices(data.classes, lambda _: data.name)[y]

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
            "form": None if self.form is None else self.form.description(),
            **model,
        }
        arrays = self.model.parameters | {
            "scaling.shift": self.scaling.shift,
            "scaling.scale": self.scaling.scale,
        }
        write_arrays(Path(path), arrays, description)

    def to_onnx(self, path: str | Path) -> None:
        """Write the model as an ONNX file, for programs that know nothing of chainrule.

        Its graph takes `features`, raw features `(N, D)` in double precision, and gives `label`,
        `(N,)`, as labels are called in the data, and `probabilities`, `(N, K)`, in double
        precision and as `forward` has them. Of a table the features are those that its form makes
        of a row, each word of a column being a feature of its own, 1 or 0; their names, and the
        classes, stand as JSON in the file's metadata, as `feature_names` and `classes`. Features
        that are not finite are not refused there.

        Raises:
            ChainruleError: if the package `onnx` is not installed (the extra `onnx`), or the
                network makes mistakes on purpose.
            OSError: if it cannot be written; nothing is left behind.
        """
        proto = onnx_model(self.model, self.scaling, self.classes, self.feature_names)
        write_whole(Path(path), proto.SerializeToString())

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
    require(all(str(c).isprintable() for c in classes), "a class's name cannot be printed")
    image_shape = description["image_shape"]
    if image_shape is not None:
        height, width = (int(side) for side in image_shape)
        require(height > 0 and width > 0 and height * width == input_size, "the image shape")
        image_shape = (height, width)
    names = description["feature_names"]
    if names is not None:
        names = tuple(str(name) for name in names)
        require(len(names) == input_size, "the feature names do not fit")
    source = {str(name): _source_value(v) for name, v in description["source"].items()}
    largest = float(description["largest_value"])
    require(bool(np.isfinite(largest)), "the largest value is not finite")
    scaling = Scaling(kind, shift, scale)
    form = _form(description.get("form"), names, source)
    return TrainedModel(model, scaling, classes, image_shape, names, source, largest, form)


def _source_value(value: object) -> str | tuple[str, ...] | None:
    if isinstance(value, list):
        return tuple(map(str, value))
    return None if value is None else str(value)


def _form(
    described: Mapping[str, Any] | None, names: tuple[str, ...] | None, source: dict[str, Any]
) -> TableForm | None:
    """The form of the model's table; older files have the names of its columns, all of numbers."""
    if described is None:
        if names is None:
            return None
        return TableForm(tuple(map(Column, names)), source.get("label") or "label")
    form = TableForm.from_description(described)
    require(form.feature_names == names, "the form of its table does not fit the features")
    return form
