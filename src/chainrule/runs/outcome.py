"""What a run has made: its trained models, and the numbers that are said of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from chainrule.data import Dataset
from chainrule.data.dataset import Part
from chainrule.data.samples import blocks
from chainrule.errors import DivergenceError
from chainrule.nn.evaluate import score
from chainrule.runs.config import RunConfig
from chainrule.runs.data import fingerprint
from chainrule.runs.model_files import TrainedModel
from chainrule.runs.models import Model
from chainrule.training.health import Diagnosis
from chainrule.training.history import History
from chainrule.training.progress import Progress
from chainrule.training.sgd import SGD


@dataclass(frozen=True)
class Outcome:
    """One trained model of a run.

    Attributes:
        name: "logistic" or "net".
        trained: the model with its scaling and classes.
        untrained: the bare model as it was before training.
        settings: how it was trained.
        history: row 0 is the untrained model.
        metrics: accuracies (0 to 1) and mean losses (nats) of the final weights, `seconds` of
            training, and `epochs` taken.
        diagnosis: why it has not learned, by its gradients and activations; None if it has, if it
            makes mistakes on purpose, or if training was stopped. Of an ensemble of which no
            network has learned it is that of the first.
    """

    name: str
    trained: TrainedModel
    untrained: Model
    settings: SGD
    history: History
    metrics: dict[str, Any]
    diagnosis: Diagnosis | None = None


@dataclass(frozen=True)
class Run:
    """A run as it stands: finished, or interrupted after an epoch.

    Attributes:
        config: what it was to do.
        folder: where everything was written.
        raw: the data, not scaled.
        data: the data, scaled.
        outcomes: the models trained so far, in order.
        interrupted: whether there is more to do.
    """

    config: RunConfig
    folder: Path
    raw: Dataset
    data: Dataset
    outcomes: list[Outcome]
    interrupted: bool

    @cached_property
    def source(self) -> dict[str, Any]:
        """What a model file says of the data: how they are loaded, and the checksum of a part."""
        return self.config.source | {"test_crc32": str(fingerprint(*self.raw.part("test")))}

    @cached_property
    def largest_value(self) -> float:
        """The largest number of the raw training part."""
        return max(float(block.max()) for block in blocks(self.raw.X_train))

    def trained(self, model: Model) -> TrainedModel:
        """The model with all that is needed to use it on raw data."""
        data = self.data
        assert data.scaling is not None
        return TrainedModel(
            model,
            data.scaling,
            data.classes,
            data.image_shape,
            data.feature_names,
            self.source,
            self.largest_value,
            data.form,
        )

    @property
    def main(self) -> Outcome:
        """The network if it was trained, else softmax regression: the one that is shown."""
        return self.outcomes[-1]


class RunDivergedError(DivergenceError):
    """Training left the finite numbers; the run's folder keeps the epochs before.

    Attributes:
        model: as it was after the last of these epochs.
        folder: of the run.
        diagnosis: why, by the gradients of that model; None of one with mistakes on purpose.
    """

    def __init__(
        self, error: DivergenceError, model: Model, folder: Path, diagnosis: Diagnosis | None
    ) -> None:
        super().__init__(str(error), error.epoch)
        self.model, self.folder, self.diagnosis = model, folder, diagnosis


def model_metrics(progress: Progress, settings: SGD) -> dict[str, Any]:
    """What `metrics.json` says of one model, by how far its training has come."""
    last = progress.history[-1]
    kept = progress.kept_row(settings.patience)
    metrics = {
        "train_accuracy": kept.train_accuracy,
        "test_accuracy": kept.test_accuracy,
        "train_loss": kept.train_loss_mean,
        "test_loss": kept.test_loss_mean,
        "seconds": round(last.seconds, 4),
        "epochs": last.epoch,
        "finished": last.epoch >= settings.epochs or progress.stopped_early,
    }
    if kept.validation_loss_mean is not None:
        metrics |= {
            "validation_accuracy": kept.validation_accuracy,
            "validation_loss": kept.validation_loss_mean,
            "best_epoch": kept.epoch,
        }
    if progress.n_averaged:
        metrics["averaged_epochs"] = progress.n_averaged
    return metrics


def ensemble_metrics(
    model: Model, data: Dataset, members: Sequence[Progress], settings: SGD
) -> dict[str, Any]:
    """What `metrics.json` says of an ensemble, as `model_metrics` does of one model.

    `seconds` are those of all members together, and `epochs` those that each has taken.
    """
    each = [model_metrics(progress, settings) for progress in members]
    parts: list[Part] = ["train", "test"]
    if data.X_validation is not None:
        parts.append("validation")
    metrics: dict[str, Any] = {}
    for part in parts:
        scores = score(model, *data.part(part))
        metrics[f"{part}_accuracy"], metrics[f"{part}_loss"] = scores.accuracy, scores.loss_mean
    return metrics | {
        "seconds": round(sum(m["seconds"] for m in each), 4),
        "epochs": min(m["epochs"] for m in each),
        "finished": all(m["finished"] for m in each),
        "members": each,
    }


def run_metrics(run: Run) -> dict[str, Any]:
    """What `metrics.json` holds."""
    data = run.data
    n_validation = 0 if data.X_validation is None else len(data.X_validation)
    return {
        "seed": run.config.seed,
        "engine": run.config.engine,
        "interrupted": run.interrupted,
        "data": {
            "name": data.name,
            "train_samples": len(data.X_train),
            "validation_samples": n_validation,
            "test_samples": len(data.X_test),
            "features": data.X_train.shape[1],
            "classes": data.classes,
        },
        "models": {
            o.name: {"model": repr(o.trained.model)} | o.metrics | _diagnosis(o)
            for o in run.outcomes
        },
    } | _wrong_steps(run)


def summary(run: Run) -> dict[str, Any]:
    """The run in short, as plain data; `train_loss` is the mean in nats per sample."""
    keys = ("train_accuracy", "test_accuracy", "train_loss", "seconds")
    more = ("test_loss", "validation_accuracy", "validation_loss")
    return {
        "seed": run.config.seed,
        "engine": run.config.engine,
        "out": str(run.folder),
        "models": {
            o.name: {key: o.metrics[key] for key in (*keys, *more) if key in o.metrics}
            | _diagnosis(o)
            for o in run.outcomes
        },
    } | _wrong_steps(run)


def _diagnosis(outcome: Outcome) -> dict[str, Any]:
    """Why a model has not learned; nothing of one that has."""
    diagnosis = outcome.diagnosis
    if diagnosis is None:
        return {}
    words = {key: getattr(diagnosis, key) for key in ("kind", "finding", "remedy")}
    return {"diagnosis": words}


def _wrong_steps(run: Run) -> dict[str, Any]:
    """The mistakes that a network makes on purpose; nothing for a right one."""
    mistakes = [step for o in run.outcomes for step in o.trained.model.wrong_steps]
    return {"faults": mistakes} if mistakes else {}
