"""Writing files whole or not at all, and reading and writing models and checkpoints."""

import dataclasses
import itertools
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from chainrule.data.dataset import Dataset, Part
from chainrule.data.samples import Rows
from chainrule.data.scaling import KINDS, Scaling
from chainrule.errors import ChainruleError, ModelFileError
from chainrule.nn.activations import ACTIVATIONS
from chainrule.nn.classifier import Classifier
from chainrule.nn.functions import Array
from chainrule.nn.models import LogisticRegression, NeuralNet
from chainrule.training.fit import Progress
from chainrule.training.history import COLUMNS, Epoch, History

FORMAT = 1
METADATA_KEY = "chainrule"


def write_whole(path: Path, content: bytes | str) -> None:
    """Write a file beside its place, then rename it: it is there whole, or as it was before.

    Raises:
        OSError: if it cannot be written; nothing is left behind.
    """
    data = content.encode() if isinstance(content, str) else content
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with beside.open("wb") as file:
            file.write(data)
        beside.replace(path)
    except BaseException as error:
        beside.unlink(missing_ok=True)
        if isinstance(error, OSError):  # the user knows the file by its own name
            error.filename = str(path)
        raise


@dataclass(frozen=True)
class TrainedModel:
    """A model with all that is needed to use it on raw data.

    It takes raw features where the bare model takes scaled ones, and has the same `forward`,
    `log_probabilities` and `predict`.

    Attributes:
        model: the network.
        scaling: fitted on the training part.
        classes: what each of the K outputs stands for.
        image_shape: (height, width) where the features are pixels, else None.
        feature_names: names of the features where the data had them, else None.
        source: what the model was trained on: the arguments of `chainrule.data.load`, and the
            checksum `chainrule.runs.run.fingerprint` of its test part.
        largest_value: of the raw training features; scales image files to the same range.
    """

    model: LogisticRegression | NeuralNet
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

    def part(self, data: Dataset, part: Part) -> tuple[NDArray[Any] | Rows, NDArray[np.int64]]:
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
        net = self.model
        description: dict[str, Any] = {
            "format": FORMAT,
            "model": type(net).__name__,
            "input_size": net.input_size,
            "output_size": net.output_size,
            "scale": self.scaling.kind,
            "classes": self.classes,
            "image_shape": self.image_shape,
            "feature_names": self.feature_names,
            "source": self.source,
            "largest_value": self.largest_value,
        }
        if isinstance(net, NeuralNet):
            description |= {"hidden": net.hidden_sizes, "activation": net.activation.name}
        computation = getattr(net, "computation", None)  # of one with mistakes on purpose
        if computation is not None:
            description["computation"] = computation.to_dict()
        tensors = net.parameters | {
            "scaling.shift": self.scaling.shift,
            "scaling.scale": self.scaling.scale,
        }
        write_safetensors(Path(path), tensors, description)

    @classmethod
    def load(cls, path: str | Path) -> "TrainedModel":
        """Read a model file, or the network of a run folder.

        Raises:
            ModelFileError: if it is missing, damaged, or not a model of chainrule.
        """
        path = Path(path)
        if path.is_dir():
            inside = [path / f"{name}.safetensors" for name in ("net", "logistic")]
            path = next((file for file in inside if file.is_file()), inside[0])
        tensors, description = read_safetensors(path)
        with _damage_reported(path):
            return _trained_model(tensors, description)


def _trained_model(tensors: dict[str, Array], description: dict[str, Any]) -> TrainedModel:
    """Put a model together from a file's contents; anything odd raises some error."""
    _require(description["format"] == FORMAT, f"it has format {description['format']!r}")
    input_size, output_size = int(description["input_size"]), int(description["output_size"])
    hidden = [int(size) for size in description.get("hidden", ())]
    _require(min(input_size, output_size, *hidden) > 0, "a size is not positive")

    # Shapes are compared before a network of the stated sizes is made: a damaged size may be huge.
    sizes = (input_size, *hidden, output_size)
    weights = [t for name, t in tensors.items() if name.startswith("W")]
    _require(len(weights) == len(sizes) - 1, "the number of layers does not fit")
    wanted = sorted(itertools.pairwise(sizes))
    _require(sorted(w.shape for w in weights) == wanted, "the sizes do not fit the weights")
    model: LogisticRegression | NeuralNet
    if description["model"] in ("NeuralNet", "FaultyNet"):
        _require(description["activation"] in ACTIVATIONS, "the activation is unknown")
        activation = description["activation"]
        if description["model"] == "FaultyNet":
            from chainrule.faults import Computation, FaultyNet

            how = Computation.from_dict(description["computation"], len(hidden), activation)
            model = FaultyNet(input_size, hidden, output_size, how, init="zeros")
        else:
            model = NeuralNet(input_size, hidden, output_size, activation=activation, init="zeros")
    else:
        _require(description["model"] == "LogisticRegression", "the kind of model is unknown")
        model = LogisticRegression(input_size, output_size, init="zeros")
    take_parameters(model.parameters, tensors)

    kind, shift, scale = description["scale"], tensors["scaling.shift"], tensors["scaling.scale"]
    _require(kind in KINDS, "the scaling is unknown")
    _require(shift.shape == scale.shape == (input_size,), "the scaling has another size")
    _require(
        bool(np.isfinite([shift, scale]).all() and (scale > 0).all()), "the scaling is not finite"
    )

    classes = tuple(description["classes"])
    _require(len(set(classes)) == output_size, "the classes do not fit the outputs")
    _require(all(isinstance(c, int | str) for c in classes), "a class is neither number nor word")
    image_shape = description["image_shape"]
    if image_shape is not None:
        height, width = (int(side) for side in image_shape)
        _require(height > 0 and width > 0 and height * width == input_size, "the image shape")
        image_shape = (height, width)
    names = description["feature_names"]
    if names is not None:
        names = tuple(str(name) for name in names)
        _require(len(names) == input_size, "the feature names do not fit")
    source = {str(k): None if v is None else str(v) for k, v in description["source"].items()}
    largest = float(description["largest_value"])
    _require(bool(np.isfinite(largest)), "the largest value is not finite")
    scaling = Scaling(kind, shift, scale)
    return TrainedModel(model, scaling, classes, image_shape, names, source, largest)


def save_checkpoint(path: Path, progress: Progress) -> None:
    """Write everything that training needs to go on to the same bits.

    Raises:
        OSError: if it cannot be written; the checkpoint before it is then still there.
    """
    tensors = {f"parameters.{name}": p for name, p in progress.parameters.items()}
    tensors |= {f"velocity.{name}": v for name, v in progress.velocity.items()}
    if progress.best_parameters is not None:
        tensors |= {f"best.{name}": p for name, p in progress.best_parameters.items()}
    rows = [dataclasses.astuple(epoch) for epoch in progress.history]
    description = {
        "format": FORMAT,
        "columns": COLUMNS,
        "history": rows,
        "best_epoch": progress.best_epoch,
        "stopped_early": progress.stopped_early,
    }
    write_safetensors(path, tensors, description)


def load_checkpoint(path: Path, model: Classifier) -> Progress:
    """Read where a training run of such a model stopped.

    Raises:
        ModelFileError: if the file is missing or damaged, or belongs to a model of other sizes.
    """
    tensors, description = read_safetensors(path)
    with _damage_reported(path):
        _require(description["format"] == FORMAT, f"it has format {description['format']!r}")
        _require(tuple(description["columns"]) == COLUMNS, "its history has other columns")
        groups: dict[str, dict[str, Array]] = {}
        for group in ("parameters", "velocity", "best"):
            if group == "best" and not any(name.startswith("best.") for name in tensors):
                continue
            groups[group] = {name: np.zeros_like(p) for name, p in model.parameters.items()}
            take_parameters(groups[group], tensors, f"{group}.")
        history = History([Epoch(*row) for row in description["history"]])
        numbers = [x for row in history for x in dataclasses.astuple(row) if x is not None]
        _require(all(isinstance(x, int | float) for x in numbers), "its history is not numbers")
        _require([row.epoch for row in history] == list(range(len(history))), "epochs are missing")
        _require(len(history) > 0, "its history is empty")
        return Progress(
            groups["parameters"],
            groups["velocity"],
            groups.get("best"),
            int(description["best_epoch"]),
            history,
            bool(description["stopped_early"]),
        )


def take_parameters(
    parameters: Mapping[str, Array], tensors: Mapping[str, Array], prefix: str = ""
) -> None:
    """Copy tensors of the same names into parameters.

    Shapes: weights `(fan_in, fan_out)`, biases `(fan_out,)`, each as the parameter it goes to.

    Raises:
        ChainruleError: if one is missing, has another shape, or is not finite.
    """
    for name, parameter in parameters.items():
        tensor = tensors.get(prefix + name)
        if tensor is None or tensor.shape != parameter.shape:
            found = "is missing" if tensor is None else f"has shape {tensor.shape}"
            raise ChainruleError(f"{prefix}{name} {found}, expected shape {parameter.shape}")
        _require(bool(np.isfinite(tensor).all()), f"{prefix}{name} is not finite")
        parameter[...] = tensor


def write_safetensors(
    path: Path, tensors: Mapping[str, NDArray[Any]], description: Mapping[str, Any]
) -> None:
    """Write arrays, and a description as JSON in the file's metadata.

    Shape: `(...)`, any.

    Raises:
        OSError: if it cannot be written; nothing is left behind.
    """
    from safetensors.numpy import save

    metadata = {METADATA_KEY: json.dumps(description, ensure_ascii=False)}
    contiguous = {name: np.ascontiguousarray(array) for name, array in tensors.items()}
    write_whole(path, save(contiguous, metadata))


def read_safetensors(path: Path) -> tuple[dict[str, Array], dict[str, Any]]:
    """Read arrays of floats and the description.

    Shape: `(...)`, any.

    Raises:
        ModelFileError: if the file is missing, is damaged, or was not written by chainrule.
    """
    from safetensors import safe_open

    if not path.is_file():
        raise ModelFileError(f"{path}: there is no such file; expected a model (*.safetensors)")
    with _damage_reported(path), safe_open(path, framework="numpy") as file:
        metadata = file.metadata() or {}
        _require(METADATA_KEY in metadata, "it is not a file of chainrule")
        names = file.keys()
        tensors = {name: file.get_tensor(name) for name in names}
        for name, tensor in tensors.items():
            _require(tensor.dtype.kind == "f", f"{name} does not hold floats")
        description = json.loads(metadata[METADATA_KEY])
        _require(isinstance(description, dict), "its description is not an object")
        return tensors, description


@contextmanager
def _damage_reported(path: Path) -> Iterator[None]:
    """Turn whatever a damaged file makes its readers raise into one ModelFileError."""
    try:
        yield
    except ModelFileError:
        raise
    except Exception as error:  # safetensors, json and NumPy each raise their own
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise ModelFileError(
            f"{path}: not a model file of chainrule, or a damaged one ({reason})"
        ) from error


def _require(condition: bool, otherwise: str) -> None:
    if not condition:
        raise ChainruleError(otherwise)
