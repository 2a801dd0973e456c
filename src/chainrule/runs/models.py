"""The one place where a run's models are made: from its settings, or from a file's description.

Networks with mistakes on purpose are made here as well, and everything else takes them for what
they are: networks. They are imported when one is asked for.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chainrule.data.arrays import Array
from chainrule.data.limits import require_room
from chainrule.data.rows import Rows
from chainrule.errors import DataError, quoted
from chainrule.nn.activations import ACTIVATIONS
from chainrule.nn.classifier import positive_size
from chainrule.nn.ensemble import Ensemble
from chainrule.nn.evaluate import ROWS_AT_A_TIME
from chainrule.nn.models import LogisticRegression, NeuralNet
from chainrule.runs._array_files import parameters_in, require

if TYPE_CHECKING:  # a file is read without them
    from chainrule.data import Dataset
    from chainrule.runs.config import RunConfig
    from chainrule.training.sgd import SGD

Model = LogisticRegression | NeuralNet | Ensemble


def new_model(name: str, config: RunConfig, data: Dataset, settings: SGD) -> Model:
    """The untrained "logistic", "net" or "right" model of a run, the same for the same seed.

    Args:
        name: which of them; "right" is the network without the mistakes of "net".
        config: how the model is to be.
        data: what it is to be trained on.
        settings: how; on the size of a batch it depends whether training shows a mistake.

    Raises:
        ChainruleError: naming a size that is not possible, or a mistake that training would not
            show with these sizes.
    """
    n_features, n_classes = data.X_train.shape[1], len(data.classes)
    hidden, activation, init, seed = config.hidden, config.activation, config.init, config.seed
    if name == "logistic":
        return LogisticRegression(n_features, n_classes, init=init, seed=seed)
    if not config.faults or name != "net":
        return NeuralNet(
            n_features, hidden, n_classes, activation=activation, init=init, seed=seed
        )

    from chainrule.faults import FaultyNet, place

    n_last = len(data.X_train) % settings.batch_size  # samples in the last batch of an epoch
    computation = place(
        config.faults,
        (n_features, *hidden, n_classes),
        activation=activation,
        batches=(settings.batch_size, n_last) if n_last else (settings.batch_size,),
        learning_rate=settings.learning_rate,
    )
    return FaultyNet(n_features, hidden, n_classes, computation, init=init, seed=seed)


def require_memory(config: RunConfig, data: Dataset) -> None:
    """Refuse models and figures that would take more memory than the limit, before any is made.

    Counted are, of each model one after the other, the parameters, their gradients, velocities,
    best values and those of a checkpoint, all in double precision; what the layers compute of the
    samples that are evaluated at once; and the table of confusions. And the copy of the training
    images that is deformed.

    Raises:
        DataError: naming the sizes, the limit, and how to raise it; or if there are no images to
            deform.
        ChainruleError: if a layer's size is not a positive whole number.
    """
    if config.augment:
        if data.image_shape is None:
            raise DataError(
                f"the samples of {quoted(data.name)} are not images, which alone can be deformed; "
                "train on them without augmentation"
            )
        stored = data.X_train.stored if isinstance(data.X_train, Rows) else data.X_train
        n_bytes = math.prod(data.X_train.shape) * stored.dtype.itemsize
        require_room(n_bytes, data.name, "the copy of the training images that is deformed")
    n_classes = len(data.classes)
    hidden = [positive_size("hidden", size) for size in config.hidden]
    for name in config.models:
        sizes = (data.X_train.shape[1], *(hidden if name == "net" else ()), n_classes)
        parameters = sum((fan_in + 1) * fan_out for fan_in, fan_out in itertools.pairwise(sizes))
        computed = min(ROWS_AT_A_TIME, len(data.X_train)) * sum(sizes)
        parameters *= config.members if name == "net" else 1
        numbers = 5 * parameters + computed + n_classes**2
        layers = " × ".join(map(str, sizes))
        require_room(8 * numbers, data.name, f"training a model of {layers} units")


def described_model(description: Mapping[str, Any], arrays: Mapping[str, Array]) -> Model:
    """The model that `Classifier.description` describes, with parameters from a file.

    Args:
        description: of the model; anything odd in it raises some error.
        arrays: its parameters by name, `(fan_in, fan_out)` and `(fan_out,)`, and perhaps others.

    Raises:
        ChainruleError: if they do not fit each other.
    """
    kind = description["model"]
    if kind == "Ensemble":
        return _described_ensemble(description["members"], arrays)
    input_size, output_size = int(description["input_size"]), int(description["output_size"])
    hidden = [int(size) for size in description.get("hidden", ())]
    require(min(input_size, output_size, *hidden) > 0, "a size is not positive")

    # Shapes are compared before a network of the stated sizes is made: a damaged size may be huge.
    sizes = (input_size, *hidden, output_size)
    weights = [array for name, array in arrays.items() if name.startswith("W")]
    require(len(weights) == len(sizes) - 1, "the number of layers does not fit")
    expected_shapes = sorted(itertools.pairwise(sizes))
    require(
        sorted(W.shape for W in weights) == expected_shapes, "the sizes do not fit the weights"
    )

    model: Model
    if kind == "LogisticRegression":
        model = LogisticRegression(input_size, output_size, init="zeros")
    else:
        require(kind in ("NeuralNet", "FaultyNet"), "the kind of model is unknown")
        activation = description["activation"]
        require(activation in ACTIVATIONS, "the activation is unknown")
        if kind == "NeuralNet":
            model = NeuralNet(input_size, hidden, output_size, activation=activation, init="zeros")
        else:
            from chainrule.faults import Computation, FaultyNet

            how = Computation.from_dict(description["computation"], len(hidden), activation)
            model = FaultyNet(input_size, hidden, output_size, how, init="zeros")
    shapes = {name: p.shape for name, p in model.parameters.items()}
    for name, array in parameters_in(arrays, shapes).items():
        setattr(model, name, array)
    return model


def _described_ensemble(members: list[dict[str, Any]], arrays: Mapping[str, Array]) -> Ensemble:
    """An ensemble of described models; the arrays of each have its number before their names."""
    models = []
    for number, member in enumerate(members, start=1):
        require(member["model"] != "Ensemble", "a member of an ensemble is one")
        prefix = f"member{number}."
        of_member = {
            name.removeprefix(prefix): array
            for name, array in arrays.items()
            if name.startswith(prefix)
        }
        models.append(described_model(member, of_member))
    return Ensemble(models)
