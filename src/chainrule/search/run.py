"""A search from settings to folder: trials, finalists, and the test part, once."""

import csv
import dataclasses
import io
import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from chainrule.data import Dataset
from chainrule.errors import Call, ChainruleError, DivergenceError, RunFolderError, Setting
from chainrule.nn.evaluate import score
from chainrule.runs.config import RunConfig
from chainrule.runs.data import data_checksum, scale_of
from chainrule.runs.folder import (
    CONFIG,
    METRICS,
    model_file,
    new_folder,
    write_whole,
    writing_to,
)
from chainrule.runs.model_files import TrainedModel
from chainrule.runs.models import new_model, require_memory
from chainrule.runs.outcome import Run
from chainrule.search.config import SearchConfig
from chainrule.search.folds import (
    RETRY,
    Folds,
    is_poor,
    measured,
)
from chainrule.search.intervals import of_share
from chainrule.search.outcome import Finalist, Searched, Trial, metrics
from chainrule.search.space import AUGMENT, Choices, Space, configured
from chainrule.search.storage import reaching, require_optuna, shown, sqlite_url
from chainrule.search.study import SCORES, Claim, Study
from chainrule.training.augmentation import Augmentation
from chainrule.training.epochs import Training
from chainrule.training.numerics import one_blas_thread

STUDY, TRIALS = "study.db", "trials.csv"
RETRIES = 4  # repeats of the folds on which finalists are measured again
ENDED = "finalists chosen from"  # noted in the study: the number of its trials


class SearchListener:
    """Told what a search does; a subclass prints it, draws a bar, asks to stop."""

    def search_begins(
        self, folder: Path, config: SearchConfig, data: Dataset, storage: str
    ) -> None:
        """The folder and the study are there; from now on the search can be resumed."""

    def trial_ended(self, trial: Trial, finished: int, best: Trial | None) -> None:
        """A trial of this worker ended; of all workers so many have, and the best so far."""

    def finalist_ended(self, finished: int, total: int) -> None:
        """Another finalist was measured again."""

    def stop(self) -> bool:
        """Whether to end after the current epoch."""
        return False


def start(
    config: SearchConfig, out: Path | None, listener: SearchListener | None = None
) -> Searched:
    """Search, or help others with a search in the same storage, and write what it shows.

    Raises:
        ChainruleError: if the settings or the data cannot be right, or the storage cannot be used;
            trials that are finished stay there.
        RunFolderError: if the folder cannot be used.
        StoppedError: if the listener asked to stop; `resume` goes on.
    """
    require_optuna()
    prepared = _prepare(config)
    if config.storage is not None:  # what cannot be reached leaves no folder
        with closing(_study(prepared, config.storage)) as study:
            _refuse_another_number(study, config.trials)
    folder = new_folder(out, f"{_name(config)}-search")
    with writing_to(folder, "go on with ", Call("resume", folder)):
        write_whole(folder / CONFIG, json.dumps(_as_json(prepared.config), indent=2) + "\n")
        return _search(prepared, folder, listener or SearchListener())


def resume(
    folder: str | Path,
    trials: int | None = None,
    listener: SearchListener | None = None,
    storage: str | None = None,
    threads: int | None = None,
) -> Searched:
    """Go on with a search in its own folder, or help another process with it.

    Args:
        folder: of the search.
        trials: how many there are to be in all, in place of those of the search; until the
            finalists are measured.
        listener: told what happens.
        storage: another address of the same storage, as with a password, which is not kept.
        threads: how many folds are trained at a time here.

    Raises:
        RunFolderError: if the folder holds no search.
        ChainruleError: as for `start`.
        StoppedError: as for `start`.
    """
    require_optuna()
    folder = Path(folder)
    config = read_search(folder)
    given = {"trials": trials, "storage": storage, "threads": threads}
    changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    config = dataclasses.replace(config, **changes)
    with writing_to(folder, "go on with ", Call("resume", folder)):
        prepared = _prepare(config)
        searched = _search(prepared, folder, listener or SearchListener())
        write_whole(folder / CONFIG, json.dumps(_as_json(prepared.config), indent=2) + "\n")
        return searched


@dataclass(frozen=True)
class _Prepared:
    """A search of which nothing is written yet, and all is checked but its storage."""

    config: SearchConfig
    raw: Dataset
    folds: Folds
    fingerprint: Mapping[str, Any]


def _prepare(config: SearchConfig) -> _Prepared:
    from chainrule.data import load

    raw = load(**config.run.source)
    folds = Folds(raw, config.folds, config.repeats, config.run.seed)
    largest = configured(
        config.run,
        {
            name: max(values.ends)
            for name, values in config.space.settings.items()
            if name in ("width", "layers", *AUGMENT)
        },
    )
    require_memory(largest, raw)
    # One scaling for all: trials on deformed images and on others are to differ by that alone.
    run = dataclasses.replace(config.run, scale=scale_of(largest, raw))
    config = dataclasses.replace(config, run=run)
    sizes = config.space.settings.get("batch_size", Choices((config.run.batch_size,))).ends
    for size in sizes:  # what an engine or the data cannot do is known before anything is written
        folds.prepared(configured(config.run, {"batch_size": size}), 0)
    fingerprint = {
        "data": f"{len(raw.y_train)} training and {len(raw.y_test)} test samples, checksum "
        f"{data_checksum(raw)}",
        **config.settings(),
        "shuffle": config.run.shuffle,
        "scale": scale_of(config.run, raw),
        "folds": config.folds,
        "repeats": config.repeats,
        "seed": config.run.seed,
    }
    return _Prepared(config, raw, folds, fingerprint)


def _name(config: SearchConfig) -> str:
    return config.study or Path(config.run.data).stem or "search"


def _study(prepared: _Prepared, url: str) -> Study:
    config = prepared.config
    return Study(url, _name(config), prepared.fingerprint, config.space, config.run.seed)


def _search(prepared: _Prepared, folder: Path, listener: SearchListener) -> Searched:
    """The whole way, whatever of it is done already."""
    config = prepared.config
    url = config.storage or sqlite_url(folder / STUDY)
    then = "finished trials stay there; once it can be reached, go on with "
    with (
        closing(_study(prepared, url)) as study,
        reaching(url, then, Call("resume", folder)),
    ):
        _refuse_another_number(study, config.trials)
        listener.search_begins(folder, config, prepared.raw, shown(url))
        try:
            for claim in study.claims(config.trials, listener.stop):
                with claim:
                    _measure(claim, study, prepared, listener)
        finally:
            write_whole(folder / TRIALS, _as_csv(_trials(study, config), config))
        searched = _end(study, url, prepared, folder, listener)
    write_whole(folder / METRICS, json.dumps(metrics(searched), indent=2) + "\n")
    return searched


def _measure(claim: Claim, study: Study, prepared: _Prepared, listener: SearchListener) -> None:
    """Measure a trial on all folds, or leave it after some."""
    config, folds = prepared.config, prepared.folds
    run = configured(config.run, claim.values)
    others = [trial.user_attrs[SCORES] for trial in study.complete()]

    def is_left(n_folds: int) -> bool:
        return n_folds < len(folds) and is_poor(claim.scores[:n_folds], others)

    # Of a trial that was taken over some folds are known: what they say is said again.
    if not any(map(is_left, range(len(claim.scores) + 1))):
        scores = measured(folds, run, config.n_threads, claim.scores, listener.stop)
        for one in scores:
            claim.add(one)
            if is_left(len(claim.scores)):
                scores.close()
    is_complete = len(claim.scores) == len(folds)
    if is_complete:
        claim.complete(fmean(claim.scores))
    else:
        claim.leave()
    trial = Trial(claim.number, claim.values, tuple(claim.scores), is_complete)
    trials = _trials(study, config)
    listener.trial_ended(trial, len(trials), next(iter(_best(trials, 1)), None))


def _refuse_another_number(study: Study, trials: int) -> None:
    """Once the finalists are chosen, more trials would be made by who may know the test part."""
    ended = study.noted(ENDED)
    if ended not in (None, trials):
        raise ChainruleError(
            f"the study {study.name!r} has chosen its finalists from {ended} trials, and the test "
            "part is opened once; give ",
            Setting("trials", ended),
            ", or begin another search",
        )


def _trials(study: Study, config: SearchConfig) -> list[Trial]:
    return [
        Trial(t.number, t.params, tuple(t.user_attrs[SCORES]), t.state.name == "COMPLETE")
        for t in study.finished()
        if t.number < config.trials
    ]


def _best(trials: Sequence[Trial], number: int) -> list[Trial]:
    """The most accurate of those that were measured on all folds, the first of equals first."""
    complete = [trial for trial in trials if trial.complete]
    return sorted(complete, key=lambda t: (-t.accuracy, t.number))[:number]


def _end(
    study: Study, url: str, prepared: _Prepared, folder: Path, listener: SearchListener
) -> Searched:
    """Measure the best trials again, and open the test part for the first of them.

    Both are trials of a second study, so that several workers share them and a kill loses none.
    """
    config = prepared.config
    trials = _trials(study, config)
    best = _best(trials, config.finalists)
    study.note(ENDED, config.trials)
    chosen = {"trials": config.trials, "finalists": [t.number for t in best], "retries": RETRIES}
    fingerprint = {**prepared.fingerprint, **chosen}
    name = f"{study.name}, finalists"
    with closing(Study(url, name, fingerprint, Space({}), config.run.seed)) as ending:
        _measure_again(ending, best, prepared, listener)
        _open_test_part(ending, best, prepared, folder, listener)
        *again, test = (trial.user_attrs[SCORES] for trial in ending.complete())
    n_test = len(prepared.raw.y_test)
    return Searched(
        config,
        folder,
        shown(url),
        study.name,
        Path(config.run.data).name,
        tuple(trials),
        tuple(
            Finalist(t, tuple(scores), config.folds) for t, scores in zip(best, again, strict=True)
        ),
        of_share(round(test[0] * n_test), n_test),
        n_test,
        study.importance(config.searched),
    )


def _measure_again(
    ending: Study, best: Sequence[Trial], prepared: _Prepared, listener: SearchListener
) -> None:
    """Measure the finalists on folds and from first weights that no trial had."""
    config = prepared.config
    folds = Folds(prepared.raw, config.folds, RETRIES, config.run.seed, RETRY)
    for claim in ending.claims(len(best), listener.stop):
        with claim:
            trial = best[claim.number]
            claim.describe(_in_study(trial, f"{len(folds)} new folds"))
            run = configured(config.run, trial.values)
            for one in measured(folds, run, config.n_threads, claim.scores, listener.stop):
                claim.add(one)
            claim.complete(fmean(claim.scores))
        listener.finalist_ended(len(ending.finished()), len(best))


def _open_test_part(
    ending: Study,
    best: Sequence[Trial],
    prepared: _Prepared,
    folder: Path,
    listener: SearchListener,
) -> None:
    """Train the winner on the whole training part, and look at the test part if none has."""
    path, winner = model_file(folder, "net"), best[0]
    for claim in ending.claims(len(best) + 1, listener.stop):
        with claim:
            claim.describe(_in_study(winner, "the test part"))
            trained = _trained_on_all(winner, prepared, folder)
            trained.save(path)
            accuracy = score(trained, *prepared.raw.part("test")).accuracy
            claim.add(accuracy)
            claim.complete(accuracy)
    if not path.exists():  # another worker has opened the test part
        _trained_on_all(winner, prepared, folder).save(path)


def _in_study(trial: Trial, samples: str) -> dict[str, Any]:
    """What a trial of the finalists is, since its study proposes no settings itself."""
    return {"measured on": samples, "trial": trial.number, **trial.values}


def _trained_on_all(winner: Trial, prepared: _Prepared, folder: Path) -> TrainedModel:
    """The network of these settings, trained on the whole training part.

    Raises:
        ChainruleError: if it diverges, as it may where it has on folds.
    """
    config = configured(prepared.config.run, winner.values)
    data = prepared.raw.scaled(scale_of(config, prepared.raw))
    settings = config.settings("net", len(data.y_train))
    model = new_model("net", config, data, settings)
    training = Training(
        model,
        *data.part("train"),
        settings,
        engine=config.engine,
        augment=config.augment,
        image_shape=data.image_shape,
    )
    try:
        with one_blas_thread():
            training.run_unwatched()
    except DivergenceError as error:
        raise ChainruleError(
            f"the best trial, {winner.number}, with an accuracy of {winner.accuracy:.4f} in the "
            f"search, cannot be trained on the whole training part ({error}); begin another "
            "search, over other settings"
        ) from error
    return Run(config, folder, prepared.raw, data, [], interrupted=False).trained(model)


def read_search(folder: Path) -> SearchConfig:
    """The settings of a search, from its folder.

    Raises:
        RunFolderError: if the folder holds no search, or its configuration is damaged.
    """
    path = folder / CONFIG
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        run = content.pop("run")
        run |= {name: tuple(run[name]) for name in ("models", "hidden", "faults", "drop")}
        run["augment"] = Augmentation(**run.get("augment", {}))
        space = Space.of(content.pop("space"))
        return SearchConfig(RunConfig(**run), space, **content)
    except FileNotFoundError as error:
        raise RunFolderError(
            f"{folder} holds no search to resume: there is no {path.name} in it"
        ) from error
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        if isinstance(error, KeyError) and "data_crc32" in content:
            raise RunFolderError(
                f"{folder} holds a run, and no search; go on with it by chainrule train"
            ) from error
        raise RunFolderError(
            f"{path}: this is no search, or it is damaged, and cannot be resumed (", error, ")"
        ) from error


def _as_json(config: SearchConfig) -> dict[str, Any]:
    """What `config.json` holds; the password of a storage is not among it."""
    storage = None if config.storage is None else shown(config.storage)
    content = dataclasses.asdict(config)
    return content | {"space": config.space.as_text(), "storage": storage}


def _as_csv(trials: Sequence[Trial], config: SearchConfig) -> str:
    """A row for each trial."""
    text = io.StringIO()
    names = list(config.space.settings)
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("trial", "complete", "folds", "accuracy", *names))
    for t in trials:
        cells = (t.number, t.complete, len(t.scores), t.accuracy)
        rows.writerow((*cells, *(t.values[name] for name in names)))
    return text.getvalue()
