"""One training run from settings to folder: data, models, checkpoints, results."""

import contextlib
import dataclasses
import json
import math
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from chainrule.data import Dataset, load
from chainrule.errors import ChainruleError, RunFolderError
from chainrule.evaluate import score
from chainrule.files import TrainedModel, load_checkpoint, save_checkpoint, write_whole
from chainrule.models import LogisticRegression, NeuralNet
from chainrule.training import SGD, History, Progress, fit

MODELS = ("logistic", "net")
# For one sample at a time; chosen, like the rule for batches, by cross-validation on the training
# digits: bench/choose_defaults.py.
DEFAULT_LEARNING_RATES = {"logistic": 0.01, "net": 0.1}
CONFIG, METRICS, HISTORY, CHECKPOINTS = "config.json", "metrics.json", "history.csv", "checkpoints"


@dataclass(frozen=True)
class RunConfig:
    """What a run is to do: the options of `chainrule train`, with their defaults.

    Attributes:
        data: name or path of the data set, as `chainrule.data.load` takes it.
        data_dir: folder of an IDX set, or None.
        label: label column or array, or None.
        models: which models to train: "logistic", "net" or both.
        hidden: units of each hidden layer of the network.
        activation: of the hidden layers.
        init: how the first weights are drawn.
        epochs: passes over the training part.
        learning_rate: of all models; None takes each model's default for single samples, times
            the square root of the batch size.
        batch_size: samples in a step.
        momentum: 0 up to, not including, 1.
        weight_decay: 0 or more.
        shuffle: whether each epoch draws a new order.
        validation: share of the training part to hold back, 0 for none.
        patience: epochs without a lower validation loss before stopping; None never stops early.
        scale: "standard", "unit" or "none"; None takes "unit" for images of bytes such as
            MNIST's, where most pixels hardly ever change and dividing by a deviation near 0 would
            blow up the rest, and "standard" for all else.
        seed: fixes first weights, order of samples and the validation part.
    """

    data: str = "digits"
    data_dir: str | None = None
    label: str | None = None
    models: tuple[str, ...] = MODELS
    hidden: tuple[int, ...] = (32,)
    activation: str = "sigmoid"
    init: str = "glorot"
    epochs: int = 15
    learning_rate: float | None = None
    batch_size: int = 1
    momentum: float = 0.0
    weight_decay: float = 0.0
    shuffle: bool = True
    validation: float = 0.0
    patience: int | None = None
    scale: str | None = None
    seed: int = 0

    def settings(self, model: str) -> SGD:
        """How the "logistic" or "net" model is trained.

        Raises:
            ChainruleError: naming a setting that is out of its range.
        """
        rate = self.learning_rate
        if rate is None:
            rate = DEFAULT_LEARNING_RATES[model] * math.sqrt(self.batch_size)
        return SGD(
            epochs=self.epochs,
            learning_rate=rate,
            batch_size=self.batch_size,
            momentum=self.momentum,
            weight_decay=self.weight_decay,
            shuffle=self.shuffle,
            patience=self.patience,
            seed=self.seed,
        )

    def new_model(self, model: str, data: Dataset) -> LogisticRegression | NeuralNet:
        """The untrained "logistic" or "net" model for a data set, the same for the same seed.

        Raises:
            ChainruleError: naming a size or a name that is not possible.
        """
        n_features, n_classes = data.X_train.shape[1], len(data.classes)
        if model == "logistic":
            return LogisticRegression(n_features, n_classes, init=self.init, seed=self.seed)
        hidden = self.hidden[0] if len(self.hidden) == 1 else self.hidden
        return NeuralNet(
            n_features,
            hidden,
            n_classes,
            activation=self.activation,
            init=self.init,
            seed=self.seed,
        )

    def load_data(self) -> tuple[Dataset, Dataset]:
        """The data set raw and scaled, with its validation part held back.

        Raises:
            ChainruleError: naming what is wrong in the data or in the settings.
        """
        raw = load(self.data, self.data_dir, self.label)
        if self.validation:
            raw = raw.hold_back(self.validation, self.seed)
        by_default = "unit" if raw.X_train.dtype == np.uint8 else "standard"
        return raw, raw.scaled(self.scale or by_default)


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
    def best(self) -> Outcome:
        """The network if it was trained, else softmax regression."""
        return self.outcomes[-1]


class Listener:
    """Told what a run does; a subclass prints it, draws a bar, asks to stop."""

    def model_begins(self, name: str, model: object, settings: SGD, data: Dataset) -> None:
        """Training of a model begins or goes on."""

    def epoch_ended(self, name: str, progress: Progress) -> None:
        """An epoch ended; the first call is for the untrained model."""

    def step(self, name: str, epoch: int, step: int, recent_loss: float) -> None:
        """Some steps were taken; the loss in nats is summed over the last 100 samples."""

    def stop(self) -> bool:
        """Whether to end after the current epoch."""
        return False


def new_folder(out: Path | None, data: str) -> Path:
    """Make the folder of a new run: `out`, or the next free `runs/NAME-1`, `runs/NAME-2`, ….

    Raises:
        RunFolderError: if it exists and is not empty, or cannot be made.
    """
    try:
        if out is not None:
            if out.exists() and (not out.is_dir() or any(out.iterdir())):
                what = "is not empty" if out.is_dir() else "is a file"
                raise RunFolderError(
                    f"{out} exists and {what}; choose another folder with --out, "
                    f"or go on with a stopped run with --resume {out}"
                )
            out.mkdir(parents=True, exist_ok=True)
            return out
        runs, name = Path("runs"), Path(data).stem or "run"
        runs.mkdir(exist_ok=True)
        number = 1
        while True:
            folder = runs / f"{name}-{number}"
            try:
                folder.mkdir()
            except FileExistsError:
                number += 1
            else:
                return folder
    except OSError as error:
        raise RunFolderError(
            f"cannot make the run folder {out or 'runs'} ({error.strerror}); "
            "choose a place where you may write with --out"
        ) from error


def start(config: RunConfig, out: Path | None, listener: Listener | None = None) -> Run:
    """Train the models of a new run and write everything but the pictures.

    Raises:
        ChainruleError: if the settings or the data cannot be right; nothing is written then.
        RunFolderError: if the folder cannot be used, or there is no space left.
        DivergenceError: if the loss leaves the finite numbers; the folder keeps the epochs before.
    """
    raw, data = config.load_data()
    for name in config.models:  # errors in the settings come before the folder
        config.settings(name)
        config.new_model(name, data)
    if config.patience is not None and not config.validation:
        raise ChainruleError(
            f"--patience {config.patience} needs a validation part to watch, "
            "for example --validation 0.1"
        )
    folder = new_folder(out, config.data)
    return _train(config, folder, raw, data, listener or Listener())


def resume(folder: Path, epochs: int | None = None, listener: Listener | None = None) -> Run:
    """Go on with a stopped run in its own folder, to the same bits as if it had not stopped.

    Args:
        folder: the run folder.
        epochs: train up to this many epochs instead of those of the run.
        listener: told what happens.

    Raises:
        RunFolderError: if the folder holds no run, or the data have changed since.
        ChainruleError: as for `start`.
    """
    config, fingerprint = read_config(folder)
    if epochs is not None:
        config = dataclasses.replace(config, epochs=epochs)
    raw, data = config.load_data()
    if fingerprint != _fingerprint(raw):
        raise RunFolderError(
            f"{folder}: the data in {config.data} are not those that the run began with; "
            "begin a new run"
        )
    return _train(config, folder, raw, data, listener or Listener())


def read_config(folder: Path) -> tuple[RunConfig, int]:
    """Settings of a run folder, and the fingerprint of its data.

    Raises:
        RunFolderError: if the folder holds no run, or its configuration is damaged.
    """
    path = folder / CONFIG
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        fingerprint = int(content.pop("data_crc32"))
        content |= {name: tuple(content[name]) for name in ("models", "hidden")}
        config = RunConfig(**content)
        for name in config.models:
            config.settings(name)
    except FileNotFoundError as error:
        raise RunFolderError(
            f"{folder} holds no run to resume: there is no {path.name} in it"
        ) from error
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise RunFolderError(f"{path}: damaged, cannot be resumed ({error})") from error
    return config, fingerprint


def _train(
    config: RunConfig, folder: Path, raw: Dataset, data: Dataset, listener: Listener
) -> Run:
    with writing_to(folder):
        (folder / CHECKPOINTS).mkdir(exist_ok=True)
        content = dataclasses.asdict(config) | {"data_crc32": _fingerprint(raw)}
        write_whole(folder / CONFIG, json.dumps(content, indent=2) + "\n")
        run = Run(config, folder, raw, data, [], interrupted=False)
        histories: dict[str, History] = {}
        try:
            for name in config.models:
                if listener.stop():
                    break
                run.outcomes.append(_train_model(run, name, histories, listener))
        finally:  # a run that diverges keeps the epochs before
            _write_history(folder, histories)
        done = [o for o in run.outcomes if o.metrics["finished"]]
        run = dataclasses.replace(run, interrupted=len(done) < len(config.models))
        write_whole(folder / METRICS, json.dumps(_metrics(run), indent=2) + "\n")
    return run


def _train_model(
    run: Run, name: str, histories: dict[str, History], listener: Listener
) -> Outcome:
    config, data = run.config, run.data
    settings, model = config.settings(name), config.new_model(name, data)
    checkpoint = run.folder / CHECKPOINTS / f"{name}.safetensors"
    earlier = load_checkpoint(checkpoint, model) if checkpoint.exists() else None
    last: list[Progress] = []
    if earlier is not None:
        last, histories[name] = [earlier], earlier.history

    def epoch_ended(progress: Progress) -> None:
        last[:] = [progress]
        histories[name] = progress.history
        save_checkpoint(checkpoint, progress)
        listener.epoch_ended(name, progress)

    listener.model_begins(name, model, settings, data)
    validation = None
    if data.X_validation is not None and data.y_validation is not None:
        validation = (data.X_validation, data.y_validation)
    history = fit(
        model,
        data.X_train,
        data.y_train,
        settings,
        validation=validation,
        test=data.part("test"),
        progress=earlier,
        on_epoch=epoch_ended,
        on_step=lambda epoch, step, loss: listener.step(name, epoch, step, loss),
        stop=listener.stop,
    )
    assert data.scaling is not None
    trained = TrainedModel(
        model,
        data.scaling,
        data.classes,
        data.image_shape,
        data.feature_names,
        {"name": config.data, "data_dir": config.data_dir, "label": config.label},
        float(run.raw.X_train.max()),
    )
    trained.save(run.folder / f"{name}.safetensors")
    train, test = score(model, *data.part("train")), score(model, *data.part("test"))
    metrics: dict[str, Any] = {
        "train_accuracy": train.accuracy,
        "test_accuracy": test.accuracy,
        "train_loss": train.loss_mean,
        "test_loss": test.loss_mean,
        "seconds": round(history[-1].seconds, 4),
        "epochs": history[-1].epoch,
        "finished": history[-1].epoch >= settings.epochs or last[0].stopped_early,
    }
    if validation is not None:
        scores = score(model, *validation)
        metrics |= {
            "validation_accuracy": scores.accuracy,
            "validation_loss": scores.loss_mean,
            "best_epoch": last[0].best_epoch if settings.patience else history[-1].epoch,
        }
    return Outcome(name, trained, config.new_model(name, data), history, metrics)


def summary(run: Run) -> dict[str, Any]:
    """What `chainrule train --json` prints; `train_loss` is the mean in nats per sample."""
    keys = ("train_accuracy", "test_accuracy", "train_loss", "seconds")
    return {
        "seed": run.config.seed,
        "out": str(run.folder),
        "models": {o.name: {key: o.metrics[key] for key in keys} for o in run.outcomes},
    }


def _metrics(run: Run) -> dict[str, Any]:
    data = run.data
    n_validation = 0 if data.X_validation is None else len(data.X_validation)
    return {
        "seed": run.config.seed,
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
    }


def _write_history(folder: Path, histories: dict[str, History]) -> None:
    tables = [history.to_csv(model=name) for name, history in histories.items()]
    if tables:
        header_once = tables[:1] + [table.split("\n", 1)[1] for table in tables[1:]]
        write_whole(folder / HISTORY, "".join(header_once))


@contextlib.contextmanager
def writing_to(folder: Path) -> Iterator[None]:
    """Turn a failed write into a sentence that says what is left and how to go on.

    Raises:
        RunFolderError: in place of the OSError.
    """
    try:
        yield
    except BrokenPipeError:  # whoever read our output has gone; the folder is not to blame
        raise
    except OSError as error:
        raise RunFolderError(
            f"cannot write to {folder} ({error.strerror or error}); every file that is there is "
            f"whole. Make room, then go on with --resume {folder}"
        ) from error


def _fingerprint(data: Dataset) -> int:
    """Checksum of features and labels: tells whether a resumed run still has its data."""
    crc = 0
    for array in (data.X_train, data.y_train, data.X_test, data.y_test):
        crc = zlib.crc32(np.ascontiguousarray(array).data, crc)
    return crc
