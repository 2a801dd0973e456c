"""One training run from settings to folder: data, models, checkpoints, results."""

import copy
import dataclasses
import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from chainrule.data import Dataset
from chainrule.data.dataset import Part
from chainrule.errors import (
    Call,
    ChainruleError,
    DivergenceError,
    RunFolderError,
    Setting,
    in_short,
)
from chainrule.nn.ensemble import Ensemble
from chainrule.runs._checkpoint import Checkpoint, load_checkpoint
from chainrule.runs._lock import alone_in
from chainrule.runs._members import SharedListener, at_once, mean_history
from chainrule.runs.config import RIGHT, RunConfig
from chainrule.runs.data import data_checksum, load_data
from chainrule.runs.folder import (
    CHECKPOINTS,
    CONFIG,
    HISTORY,
    METRICS,
    checkpoint_file,
    model_file,
    new_folder,
    refuse_used,
    remove_parts,
    remove_pictures,
    write_whole,
    writing_to,
)
from chainrule.runs.listener import Listener
from chainrule.runs.models import Model, new_model, require_memory
from chainrule.runs.outcome import (
    Outcome,
    Run,
    RunDivergedError,
    ensemble_metrics,
    model_metrics,
    run_metrics,
)
from chainrule.training.augmentation import Augmentation
from chainrule.training.engines import refuse_more_threads, usable_processors
from chainrule.training.epochs import Training
from chainrule.training.health import Diagnosis, Trained, diagnose
from chainrule.training.history import History
from chainrule.training.numerics import one_blas_thread
from chainrule.training.progress import Progress


def start(config: RunConfig, out: Path | None, listener: Listener | None = None) -> Run:
    """Train the models of a new run and write everything but the pictures.

    Raises:
        ChainruleError: if the settings or the data cannot be right; nothing is written then.
        RunFolderError: if the folder cannot be used, or there is no space left.
        DivergenceError: if the loss leaves the finite numbers; the folder keeps the epochs before.
    """
    raw, data = load_data(config)
    (listener or Listener()).data_loaded(raw)
    prepared = _prepare(config, raw, data, data_checksum(raw))
    folder = new_folder(out, config.data)
    with writing_to(folder, "go on with ", Call("resume", folder)), alone_in(folder):
        refuse_used(folder)  # by who was there a moment ago
        return _train_all(prepared, folder, {}, listener or Listener())


def resume(
    folder: str | Path,
    epochs: int | None = None,
    listener: Listener | None = None,
    engine: str | None = None,
    threads: int | None = None,
) -> Run:
    """Go on with a stopped run in its own folder, to the same bits as if it had not stopped.

    Args:
        folder: the run folder.
        epochs: train up to this many epochs instead of those of the run.
        listener: told what happens.
        engine: another engine than the run's own, which this installation may not have; the last
            bits then differ.
        threads: another number than the run's own, of which this machine may not have so many.

    Raises:
        RunFolderError: if the folder holds no run, or the data have changed since.
        ChainruleError: as for `start`.
    """
    folder = Path(folder)
    read_config(folder)  # where there is none, nothing is made, not even a lock
    with writing_to(folder, "go on with ", Call("resume", folder)), alone_in(folder):
        return _resume(folder, epochs, listener or Listener(), engine, threads)


def _resume(
    folder: Path,
    epochs: int | None,
    listener: Listener,
    engine: str | None,
    threads: int | None,
) -> Run:
    config, data_crc32 = read_config(folder)
    before = config.epochs
    if epochs is not None:
        config = dataclasses.replace(config, epochs=epochs)
    if engine is not None:
        config = dataclasses.replace(config, engine=engine)
    if threads is not None:
        config = dataclasses.replace(config, threads=threads)
    raw, data = load_data(config)
    if data_checksum(raw) != data_crc32:
        raise RunFolderError(
            f"{folder}: the data in {config.data} are not those that the run began with; "
            "begin a new run"
        )
    prepared = _prepare(config, raw, data, data_crc32)
    # All of the old is read before any of the new is written.
    earlier = {
        name: load_checkpoint(path, {n: p.shape for n, p in training.model.parameters.items()})
        for name, training in prepared.trainings.items()
        if (path := checkpoint_file(folder, name)).exists()
    }
    done = max((progress.history[-1].epoch for progress in earlier.values()), default=0)
    if epochs is not None and done > 0:
        _refuse_other_epochs(folder, prepared, before)
    if epochs is not None and epochs < done:
        raise ChainruleError(
            f"{folder} has {done} epochs already; give ",
            Setting("epochs", done),
            " or more to go on",
        )
    return _train_all(prepared, folder, earlier, listener)


def _refuse_other_epochs(folder: Path, prepared: "_Prepared", before: int) -> None:
    """Refuse another number of epochs where the steps that were taken already depend on it."""
    config, training = prepared.config, next(iter(prepared.trainings.values()))
    setting = training.settings.depends_on_epochs
    if setting is not None and config.epochs != before:
        raise ChainruleError(
            f"{folder} was begun with ",
            Setting(setting, getattr(config, setting)),
            f", which is laid out over its {before} epochs; leave out ",
            Setting("epochs", config.epochs),
            ", or begin a new run",
        )


@dataclass(frozen=True)
class _Prepared:
    """A run of which nothing is written yet, and all is checked but its folder."""

    config: RunConfig  # with the engine that was chosen
    raw: Dataset
    data: Dataset
    data_crc32: int
    trainings: dict[str, Training[Model]]


def _prepare(config: RunConfig, raw: Dataset, data: Dataset, data_crc32: int) -> _Prepared:
    """Make every model and its training, each once; what cannot be right is refused here."""
    require_memory(config, data)
    refuse_more_threads(config.threads)
    X, y = data.part("train")
    trainings: dict[str, Training[Model]] = {}
    engine = config.engine
    # The network with mistakes first: one engine takes the steps of all models of a run.
    for name in (*config.models, *([RIGHT] if config.faults else [])):
        settings = config.settings(name, len(y))
        for member in _member_names(name, config):
            # The members are trained in threads of their own, and each has one.
            threads = config.threads if member == name else 1
            trainings[member] = Training(
                new_model(name, dataclasses.replace(config, seed=settings.seed), data, settings),
                X,
                y,
                settings,
                engine=engine,
                threads=threads,
                validation=None if data.X_validation is None else data.part("validation"),
                test=data.part("test"),
                augment=config.augment,
                image_shape=data.image_shape,
            )
            engine = trainings[member].engine.name
            settings = dataclasses.replace(settings, seed=settings.seed + 1)
    config = dataclasses.replace(config, engine=engine)
    if config.faults:  # and trained last, as what is shown
        trainings["net"] = trainings.pop("net")
    return _Prepared(config, raw, data, data_crc32, trainings)


def _member_names(name: str, config: RunConfig) -> list[str]:
    """What the trainings of a model are called: "net", or "net-1", "net-2", … of an ensemble."""
    if name != "net" or config.members == 1:
        return [name]
    return [f"{name}-{number}" for number in range(1, config.members + 1)]


def _train_all(
    prepared: _Prepared, folder: Path, earlier: dict[str, Progress], listener: Listener
) -> Run:
    """Train the models in turn, and write as the training goes on."""
    config, trainings = prepared.config, prepared.trainings
    run = Run(config, folder, prepared.raw, prepared.data, [], interrupted=False)
    histories = {name: progress.history for name, progress in earlier.items()}
    names = dict.fromkeys(name.partition("-")[0] for name in trainings)
    listener.run_begins(folder, config)
    remove_parts(folder)
    (folder / CHECKPOINTS).mkdir(exist_ok=True)
    content = dataclasses.asdict(config) | {"data_crc32": prepared.data_crc32}
    write_whole(folder / CONFIG, json.dumps(content, indent=2) + "\n")
    try:
        for name in names:
            members = {member: trainings[member] for member in _member_names(name, config)}
            # After a stop, models that have a checkpoint still take their place as it is.
            if listener.stop() and not earlier.keys() & members.keys():
                continue
            if len(members) > 1:
                outcome = _train_members(run, name, members, earlier, histories, listener)
            else:
                training = trainings[name]
                outcome = _train(run, name, training, earlier.get(name), histories, listener)
            run.outcomes.append(outcome)
    finally:  # a run that diverges keeps the epochs before, and the models before
        done = [o for o in run.outcomes if o.metrics["finished"]]
        run = dataclasses.replace(run, interrupted=len(done) < len(names))
        _write_history(folder, {n: histories[n] for n in trainings if n in histories})
        write_whole(folder / METRICS, json.dumps(run_metrics(run), indent=2) + "\n")
    listener.run_ends(run)
    return run


def _train(
    run: Run,
    name: str,
    training: Training[Model],
    earlier: Progress | None,
    histories: dict[str, History],
    listener: Listener,
) -> Outcome:
    """Train one model, and write its checkpoints and its file."""
    model, settings = training.model, training.settings
    untrained = copy.deepcopy(model)
    if not listener.stop():
        listener.model_begins(name, model, settings, run.data)
    progress = _take_steps(run, name, training, earlier, histories, listener, untrained)
    trained = run.trained(model)
    trained.save(model_file(run.folder, name))
    metrics = model_metrics(progress, settings)
    diagnosis = _diagnosis(run, training, untrained, progress) if metrics["finished"] else None
    return Outcome(name, trained, untrained, settings, progress.history, metrics, diagnosis)


def _train_members(
    run: Run,
    name: str,
    trainings: dict[str, Training[Model]],
    earlier: dict[str, Progress],
    histories: dict[str, History],
    listener: Listener,
) -> Outcome:
    """Train the members of an ensemble side by side, and write it as one model."""
    models = [training.model for training in trainings.values()]
    untrained, settings = copy.deepcopy(models), next(iter(trainings.values())).settings
    shared = SharedListener(listener)
    if not listener.stop():
        listener.model_begins(name, Ensemble(models), settings, run.data)
    work = [
        partial(
            _take_steps, run, member, of_member, earlier.get(member), histories, shared, before
        )
        for (member, of_member), before in zip(trainings.items(), untrained, strict=True)
    ]
    n_threads = min(len(work), run.config.threads or usable_processors())
    all_progress = at_once(work, n_threads, shared)
    # After a stop, members that have not begun would only add their first weights.
    begun = [i for i, now in enumerate(all_progress) if now.history[-1].epoch > 0]
    kept = begun or list(range(len(models)))
    trained = run.trained(Ensemble([models[i] for i in kept]))
    trained.save(model_file(run.folder, name))
    with one_blas_thread():
        metrics = ensemble_metrics(trained.model, run.data, all_progress, settings)
    diagnosis = None
    if metrics["finished"]:  # one network that has learned is enough
        each = zip(trainings.values(), untrained, all_progress, strict=True)
        of_each = (_diagnosis(run, *one) for one in each)
        diagnosis = next(of_each)
        if diagnosis is not None and not all(of_each):
            diagnosis = None
    history = mean_history([all_progress[i].history for i in kept])
    return Outcome(name, trained, Ensemble(untrained), settings, history, metrics, diagnosis)


def _take_steps(
    run: Run,
    name: str,
    training: Training[Model],
    earlier: Progress | None,
    histories: dict[str, History],
    listener: Listener,
    untrained: Model,
) -> Progress:
    """Train one model, and write its checkpoints."""
    model = training.model
    checkpoint = Checkpoint(checkpoint_file(run.folder, name))
    progress = earlier

    def epoch_ended(now: Progress) -> None:
        nonlocal progress
        if progress is earlier:  # from here on the pictures are not of this run
            remove_pictures(run.folder)
        progress = now
        histories[name] = now.history
        checkpoint.offer(now)
        listener.epoch_ended(name, now)

    try:
        training.run(
            progress=earlier,
            on_epoch=epoch_ended,
            on_step=partial(listener.step, name),
            watched=partial(listener.wants_steps, name),
            stop=listener.stop,
        )
    except DivergenceError as error:
        assert progress is not None  # the untrained model at least
        if model.wrong_steps:
            error = DivergenceError(f"{error}; the mistake may be why", error.epoch)
        diagnosis = _diagnosis(run, training, untrained, progress, diverged=True)
        raise RunDivergedError(error, model, run.folder, diagnosis) from error
    finally:
        checkpoint.finish()
    assert progress is not None  # there was a row for the untrained model at least
    return progress


def _diagnosis(
    run: Run,
    training: Training[Model],
    untrained: Model,
    progress: Progress,
    *,
    diverged: bool = False,
) -> Diagnosis | None:
    """Why a right model has not learned, if it has not."""
    row = progress.kept_row(training.settings.patience)
    if training.model.wrong_steps or (row.epoch == 0 and not diverged):
        return None
    part: Part = "test" if run.data.X_validation is None else "validation"
    return diagnose(
        Trained(
            untrained,
            training.model,
            *run.data.part("train"),
            progress.history,
            row,
            training.settings,
            (part, run.data.part(part)[1]),
            diverged,
        )
    )


def read_config(folder: Path) -> tuple[RunConfig, int]:
    """Settings of a run folder, and the fingerprint of its data.

    Raises:
        RunFolderError: if the folder holds no run, or its configuration is damaged.
    """
    path = folder / CONFIG
    try:
        content = json.loads(path.read_text(encoding="utf-8"), parse_constant=_no_number)
        data_crc32 = int(content.pop("data_crc32"))
        content |= {name: tuple(content[name]) for name in ("models", "hidden")}
        content |= {name: tuple(content.get(name, ())) for name in ("faults", "drop")}
        content.setdefault("split", "published")  # of runs that began before there was another
        content["augment"] = Augmentation(**content.get("augment", {}))
        config = RunConfig(**content)
    except FileNotFoundError as error:
        raise RunFolderError(
            f"{folder} holds no run to resume: there is no {path.name} in it"
        ) from error
    except (OSError, ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        reason = error if isinstance(error, ChainruleError) else in_short(error)
        if isinstance(error, KeyError) and "space" in content:
            raise RunFolderError(
                f"{folder} holds a search, and no run; go on with it by chainrule search"
            ) from error
        if isinstance(error, KeyError):
            reason = f"it does not say {reason}"
        raise RunFolderError(f"{path}: damaged, cannot be resumed (", reason, ")") from error
    return config, data_crc32


def _no_number(name: str) -> float:
    """Refuse what Python's JSON has beyond JSON: Infinity, -Infinity and NaN."""
    raise ValueError(f"it says {name} where a number is expected")


def _write_history(folder: Path, histories: dict[str, History]) -> None:
    tables = [history.to_csv(model=name) for name, history in histories.items()]
    if tables:
        header_once = tables[:1] + [table.split("\n", 1)[1] for table in tables[1:]]
        write_whole(folder / HISTORY, "".join(header_once))
