"""One training run from settings to folder: data, models, checkpoints, results."""

import csv
import dataclasses
import json
import time
import zlib
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chainrule.data import Dataset
from chainrule.data.samples import Rows
from chainrule.errors import ChainruleError, DivergenceError, RunFolderError
from chainrule.faults import FaultyNet
from chainrule.nn.models import LogisticRegression, NeuralNet
from chainrule.runs._folder import CONFIG, new_folder, writing_to
from chainrule.runs.config import RunConfig
from chainrule.runs.model_files import TrainedModel, load_checkpoint, save_checkpoint, write_whole
from chainrule.training.engines import engine_for
from chainrule.training.fit import Progress, fit
from chainrule.training.history import History
from chainrule.training.sgd import SGD

METRICS, HISTORY, CHECKPOINTS = "metrics.json", "history.csv", "checkpoints"


@dataclass(frozen=True)
class Outcome:
    """One trained model of a run.

    Attributes:
        name: "logistic" or "net".
        trained: the model with its scaling and classes.
        untrained: the bare model as it was before training.
        history: row 0 is the untrained model.
        metrics: accuracies (0 to 1) and mean losses (nats) of the final weights, `seconds` of
            training, and `epochs` taken.
    """

    name: str
    trained: TrainedModel
    untrained: LogisticRegression | NeuralNet
    history: History
    metrics: dict[str, Any]


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

    @property
    def main(self) -> Outcome:
        """The network if it was trained, else softmax regression: the one that is shown."""
        return self.outcomes[-1]


class Listener:
    """Told what a run does; a subclass prints it, draws a bar, asks to stop."""

    def run_begins(self, folder: Path, config: RunConfig) -> None:
        """The folder is made; from now on the run can be resumed. The engine is chosen."""

    def model_begins(self, name: str, model: object, settings: SGD, data: Dataset) -> None:
        """Training of a model begins or goes on."""

    def epoch_ended(self, name: str, progress: Progress) -> None:
        """An epoch ended; the first call is for the untrained model."""

    def step(self, name: str, epoch: int, step: int, recent_loss: float) -> None:
        """Some steps were taken; the loss in nats is summed over the last 100 samples."""

    def wants_steps(self, name: str) -> bool:
        """Whether to call `step` for this model; each call costs the loss of 100 samples."""
        return False

    def stop(self) -> bool:
        """Whether to end after the current epoch."""
        return False


def start(config: RunConfig, out: Path | None, listener: Listener | None = None) -> Run:
    """Train the models of a new run and write everything but the pictures.

    Raises:
        ChainruleError: if the settings or the data cannot be right; nothing is written then.
        RunFolderError: if the folder cannot be used, or there is no space left.
        DivergenceError: if the loss leaves the finite numbers; the folder keeps the epochs before.
    """
    raw, data = config.load_data()
    for name in config.models:  # errors in the sizes come before the folder
        config.new_model(name, data)
    if config.patience is not None and not config.validation:
        raise ChainruleError(
            f"--patience {config.patience} needs a validation part to watch, "
            "for example --validation 0.1"
        )
    config = dataclasses.replace(config, engine=_engine(config, config.engine))
    folder = new_folder(out, config.data)
    return _train(config, folder, raw, data, listener or Listener())


def resume(
    folder: Path,
    epochs: int | None = None,
    listener: Listener | None = None,
    engine: str | None = None,
) -> Run:
    """Go on with a stopped run in its own folder, to the same bits as if it had not stopped.

    Args:
        folder: the run folder.
        epochs: train up to this many epochs instead of those of the run.
        listener: told what happens.
        engine: another engine than the run's own, which this installation may not have; the last
            bits then differ.

    Raises:
        RunFolderError: if the folder holds no run, or the data have changed since.
        ChainruleError: as for `start`.
    """
    config, expected = read_config(folder)
    if epochs is not None:
        done = _epochs_done(folder)
        if epochs < done:
            raise ChainruleError(
                f"{folder} has {done} epochs already; give --epochs {done} or more to go on"
            )
        config = dataclasses.replace(config, epochs=epochs)
    config = dataclasses.replace(config, engine=engine or config.engine)
    config = dataclasses.replace(config, engine=_engine(config, config.engine))
    raw, data = config.load_data()
    if expected != _data_crc32(raw):
        raise RunFolderError(
            f"{folder}: the data in {config.data} are not those that the run began with; "
            "begin a new run"
        )
    return _train(config, folder, raw, data, listener or Listener())


def _engine(config: RunConfig, engine: str) -> str:
    """The engine that takes the steps; only NumPy can take wrong ones."""
    return "numpy" if config.faults else engine_for(engine, config.batch_size)


def read_config(folder: Path) -> tuple[RunConfig, int]:
    """Settings of a run folder, and the fingerprint of its data.

    Raises:
        RunFolderError: if the folder holds no run, or its configuration is damaged.
    """
    path = folder / CONFIG
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        expected = int(content.pop("data_crc32"))
        content |= {name: tuple(content[name]) for name in ("models", "hidden")}
        content["faults"] = tuple(content.get("faults", ()))
        config = RunConfig(**content)
    except FileNotFoundError as error:
        raise RunFolderError(
            f"{folder} holds no run to resume: there is no {path.name} in it"
        ) from error
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise RunFolderError(f"{path}: damaged, cannot be resumed ({error})") from error
    return config, expected


def _epochs_done(folder: Path) -> int:
    """The epochs of the model that has most, by the history; 0 without one."""
    try:
        with (folder / HISTORY).open(encoding="utf-8", newline="") as file:
            return max(int(row["epoch"]) for row in csv.DictReader(file))
    except (OSError, ValueError, KeyError):
        return 0


def _train(
    config: RunConfig, folder: Path, raw: Dataset, data: Dataset, listener: Listener
) -> Run:
    # All of the old is read before any of the new is written.
    earlier = {
        name: load_checkpoint(_checkpoint(folder, name), config.new_model(name, data))
        for name in config.models
        if _checkpoint(folder, name).exists()
    }
    with writing_to(folder, f"go on with --resume {folder}"):
        listener.run_begins(folder, config)
        (folder / CHECKPOINTS).mkdir(exist_ok=True)
        content = dataclasses.asdict(config) | {"data_crc32": _data_crc32(raw)}
        write_whole(folder / CONFIG, json.dumps(content, indent=2) + "\n")
        run = Run(config, folder, raw, data, [], interrupted=False)
        histories = {name: progress.history for name, progress in earlier.items()}
        try:
            for name in config.models:
                # After a stop, models that have a checkpoint still take their place as it is.
                if not listener.stop() or name in earlier:
                    outcome = _train_model(run, name, earlier.get(name), histories, listener)
                    run.outcomes.append(outcome)
        finally:  # a run that diverges keeps the epochs before, and the models before
            done = [o for o in run.outcomes if o.metrics["finished"]]
            run = dataclasses.replace(run, interrupted=len(done) < len(config.models))
            _write_history(folder, histories)
            write_whole(folder / METRICS, json.dumps(_metrics(run), indent=2) + "\n")
    return run


def _checkpoint(folder: Path, name: str) -> Path:
    return folder / CHECKPOINTS / f"{name}.safetensors"


class _Saved:
    """The checkpoint of a model: written at most once a second, and at the end.

    Where an epoch takes a millisecond, writing a file after each would take most of the time.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._latest: Progress | None = None
        self._written_at = time.monotonic()

    def offer(self, progress: Progress) -> None:
        self._latest = progress
        if time.monotonic() - self._written_at >= 1:
            self.finish()

    def finish(self) -> None:
        if self._latest is not None:
            save_checkpoint(self._path, self._latest)
            self._latest, self._written_at = None, time.monotonic()


def _train_model(
    run: Run,
    name: str,
    earlier: Progress | None,
    histories: dict[str, History],
    listener: Listener,
) -> Outcome:
    config, data = run.config, run.data
    settings, model = config.settings(name, len(data.X_train)), config.new_model(name, data)
    last: list[Progress] = [] if earlier is None else [earlier]
    saved = _Saved(_checkpoint(run.folder, name))

    def epoch_ended(progress: Progress) -> None:
        last[:] = [progress]
        histories[name] = progress.history
        saved.offer(progress)
        listener.epoch_ended(name, progress)

    if not listener.stop():
        listener.model_begins(name, model, settings, data)
    validation = None
    if data.X_validation is not None and data.y_validation is not None:
        validation = (data.X_validation, data.y_validation)
    try:
        history = fit(
            model,
            data.X_train,
            data.y_train,
            settings,
            engine=config.engine,
            threads=config.threads,
            validation=validation,
            test=data.part("test"),
            progress=earlier,
            on_epoch=epoch_ended,
            on_step=partial(listener.step, name) if listener.wants_steps(name) else None,
            stop=listener.stop,
        )
    except DivergenceError as error:
        if config.faults:
            raise DivergenceError(f"{error}; the mistake may be why", error.epoch) from error
        raise
    finally:
        saved.finish()
    assert data.scaling is not None
    trained = TrainedModel(
        model,
        data.scaling,
        data.classes,
        data.image_shape,
        data.feature_names,
        {
            "name": config.data,
            "data_dir": config.data_dir,
            "label": config.label,
            "test_crc32": str(fingerprint(*run.raw.part("test"))),
        },
        float(run.raw.X_train.max()),
    )
    trained.save(run.folder / f"{name}.safetensors")
    kept = history[last[0].best_epoch if settings.patience else -1]  # whose weights these are
    metrics: dict[str, Any] = {
        "train_accuracy": kept.train_accuracy,
        "test_accuracy": kept.test_accuracy,
        "train_loss": kept.train_loss_mean,
        "test_loss": kept.test_loss_mean,
        "seconds": round(history[-1].seconds, 4),
        "epochs": history[-1].epoch,
        "finished": history[-1].epoch >= settings.epochs or last[0].stopped_early,
    }
    if validation is not None:
        metrics |= {
            "validation_accuracy": kept.validation_accuracy,
            "validation_loss": kept.validation_loss_mean,
            "best_epoch": kept.epoch,
        }
    return Outcome(name, trained, config.new_model(name, data), history, metrics)


def summary(run: Run) -> dict[str, Any]:
    """What `chainrule train --json` prints; `train_loss` is the mean in nats per sample."""
    keys = ("train_accuracy", "test_accuracy", "train_loss", "seconds")
    return {
        "seed": run.config.seed,
        "engine": run.config.engine,
        "out": str(run.folder),
        "models": {o.name: {key: o.metrics[key] for key in keys} for o in run.outcomes},
    } | _mistakes(run)


def _mistakes(run: Run) -> dict[str, Any]:
    """The mistakes that a network makes on purpose; nothing for a right one."""
    models = (outcome.trained.model for outcome in run.outcomes)
    described = [m.computation.described() for m in models if isinstance(m, FaultyNet)]
    return {"faults": described[0]} if described else {}


def _metrics(run: Run) -> dict[str, Any]:
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
        "models": {o.name: {"model": repr(o.trained.model)} | o.metrics for o in run.outcomes},
    } | _mistakes(run)


def _write_history(folder: Path, histories: dict[str, History]) -> None:
    tables = [history.to_csv(model=name) for name, history in histories.items()]
    if tables:
        header_once = tables[:1] + [table.split("\n", 1)[1] for table in tables[1:]]
        write_whole(folder / HISTORY, "".join(header_once))


def fingerprint(*arrays: NDArray[Any] | Rows) -> int:
    """Checksum of arrays `(...)`: tells whether data are still those that were trained on."""
    crc = 0
    for array in arrays:
        for block in array.blocks() if isinstance(array, Rows) else [array]:
            crc = zlib.crc32(np.ascontiguousarray(block).data, crc)
    return crc


def _data_crc32(data: Dataset) -> int:
    return fingerprint(*data.part("train"), *data.part("test"))
