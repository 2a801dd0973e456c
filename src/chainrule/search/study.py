"""Trials in an Optuna storage: proposed, claimed by one worker each, and never lost.

A trial is a number. What it tries follows from the seed, that number and the trials that are
finished, and is in the storage before anything is trained. Who works on it stands beside it, and
is changed by one statement that takes effect only if it still says what was read: so of all who
see that a worker has gone, one takes its trial over, under its number.
"""

import contextlib
import json
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.errors import ChainruleError, Setting, quoted
from chainrule.search._workers import NOBODY, Beats, is_gone, myself
from chainrule.search.folds import StoppedError
from chainrule.search.space import Space, Value
from chainrule.search.storage import opened, reaching, shown

if TYPE_CHECKING:  # an extra, and slow to import
    from optuna.samplers import BaseSampler
    from optuna.trial import FrozenTrial

FINGERPRINT, WORKER, SCORES = "chainrule", "worker", "scores"  # attributes in the storage
RANDOM_TRIALS = 10  # before the results of others are looked at
FEWEST_TO_TELL = 10  # complete trials, to tell which settings matter
BEAT, GRACE = 10.0, 60.0  # seconds: how often a worker is heard of, and for how long it need not
PAUSE = 0.3  # seconds between two looks at what others still work on
WRITE_EVERY = 1.0  # seconds: a trial can be shorter than the writing of its folds


class Study:
    """A study in a storage, of these data and this space alone.

    Attributes:
        name: of the study.
        space: from which its trials are proposed.
        seed: by which they are.
    """

    def __init__(
        self, url: str, name: str, fingerprint: Mapping[str, Any], space: Space, seed: int
    ) -> None:
        """Open the study, or begin it.

        Args:
            url: of the storage, as SQLAlchemy writes it.
            name: of the study.
            fingerprint: what its trials were measured on; plain data.
            space: from which trials are proposed.
            seed: by which they are.

        Raises:
            ChainruleError: if the storage cannot be used, or has another study of that name.
        """
        self.name, self.space, self.seed = name, space, seed
        self._distributions = space.distributions()
        self._beats = Beats(GRACE)
        with contextlib.ExitStack() as if_refused:
            with reaching(url, "give one that can be reached with ", Setting("storage")):
                self._rdb = opened(url)
                if_refused.callback(self.close)
                self._begin(url, fingerprint)
            if_refused.pop_all()

    def _begin(self, url: str, fingerprint: Mapping[str, Any]) -> None:
        import optuna

        self._storage = optuna.storages.get_storage(self._rdb)
        study = optuna.create_study(
            study_name=self.name, storage=self._storage, direction="maximize", load_if_exists=True
        )
        self._id = self._rdb.get_study_id_from_name(self.name)
        n_trials = self._rdb.get_n_trials(
            self._id
        )  # before the fingerprint, which comes before them
        there = study.user_attrs.get(FINGERPRINT)
        if there is not None:
            self._refuse_another(there, fingerprint, shown(url))
        elif n_trials:
            raise ChainruleError(
                f"the study {quoted(self.name)} in {shown(url)} is none of chainrule's; choose "
                "another name with ",
                Setting("study"),
            )
        else:
            with warnings.catch_warnings():  # that the name of what is measured may change
                warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
                study.set_metric_names(["accuracy"])
            study.set_user_attr(FINGERPRINT, dict(fingerprint))

    def close(self) -> None:
        """Let go of the storage; nothing can be asked of the study any more."""
        self._rdb.engine.dispose()

    def _refuse_another(
        self, there: Mapping[str, Any], fingerprint: Mapping[str, Any], storage: str
    ) -> None:
        names = [key for key in {**there, **fingerprint} if there.get(key) != fingerprint.get(key)]
        if names:
            differ = "; ".join(
                f"{name} {_in_words(there.get(name))} there, {_in_words(fingerprint.get(name))} "
                "here"
                for name in names
            )
            raise ChainruleError(
                f"the study {quoted(self.name)} in {storage} is another search ({differ}), and "
                "nothing of it was changed; choose another name with ",
                Setting("study"),
                ", or search as it does",
            )

    def finished(self) -> "list[FrozenTrial]":
        """All trials that are complete or were left, in the order of their numbers."""
        import optuna

        states = (optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED)
        return self._storage.get_all_trials(self._id, deepcopy=False, states=states)

    def complete(self) -> "list[FrozenTrial]":
        """Those that were measured on all folds."""
        return [trial for trial in self.finished() if trial.state.name == "COMPLETE"]

    def note(self, key: str, value: Any) -> None:
        """Keep something about the study, as plain data."""
        self._storage.set_study_user_attr(self._id, key, value)

    def noted(self, key: str) -> Any:
        """What was kept about it; None if nothing was."""
        return self._storage.get_study_user_attrs(self._id).get(key)

    def importance(self, names: Sequence[str]) -> dict[str, float]:
        """The share of each setting in what makes trials better than others, together 1.

        By PED-ANOVA, over trials on all folds: Watanabe, Bansal and Hutter, PED-ANOVA (2023).

        Args:
            names: of settings with more than one value.

        Returns:
            The most important first; nothing if fewer than ten trials can tell.
        """
        import optuna

        if len(self.complete()) < FEWEST_TO_TELL:
            return {}
        study = optuna.load_study(study_name=self.name, storage=self._storage)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of trials that are all as good
            return dict(optuna.importance.get_param_importances(study, params=list(names)))

    def claims(self, n_trials: int, stop: Callable[[], bool] = lambda: False) -> Iterator["Claim"]:
        """One trial after the other to work on, until so many are finished, by whomever.

        First come those whose worker has gone, then new ones; while others are at work on the
        last of them, it waits.

        Args:
            n_trials: how many there are to be; trials beyond are not looked at.
            stop: asked before each.

        Raises:
            StoppedError: if `stop` said True.
        """
        while True:
            if stop():
                raise StoppedError
            trials = self._storage.get_all_trials(self._id, deepcopy=False)
            open_trials = [t for t in trials if t.number < n_trials and not t.state.is_finished()]
            claim = next(filter(None, map(self._taken_over, open_trials)), None)
            if claim is None and len(trials) < n_trials:
                claim = self._new()
                if claim.number >= n_trials:  # another worker has made the last one meanwhile
                    claim.release()
                    continue
            if claim is not None:
                yield claim
            elif open_trials:
                time.sleep(PAUSE)
            else:
                return

    def _new(self) -> "Claim":
        import optuna

        worker = f"{myself()} 0"
        # Of one piece: a process that is killed leaves no trial of which nobody knows whose it is.
        template = optuna.trial.create_trial(
            state=optuna.trial.TrialState.RUNNING, user_attrs={WORKER: worker}
        )
        return self._claim(self._rdb.create_new_trial(self._id, template), worker)

    def _taken_over(self, trial: "FrozenTrial") -> "Claim | None":
        """The trial, if its worker has gone and nobody else was faster."""
        before = trial.user_attrs.get(WORKER, NOBODY)
        if not (
            is_gone(before) or self._beats.has_stopped(trial.number, before, time.monotonic())
        ):
            return None
        id_ = self._rdb.get_trial_id_from_study_id_trial_number(self._id, trial.number)
        worker = f"{myself()} 0"
        if not self.change_worker(id_, before, worker):
            return None
        self.set_state(id_, "RUNNING")
        return self._claim(id_, worker)

    def _claim(self, id_: int, worker: str) -> "Claim":
        return Claim(self, self._storage.get_trial(id_), id_, worker)

    def propose(self, id_: int, number: int) -> dict[str, Value]:
        """What a trial tries: as written down, or by seed, number and finished trials."""
        import optuna

        study = optuna.load_study(
            study_name=self.name, storage=self._storage, sampler=self._sampler(number)
        )
        trial = optuna.Trial(study, id_)
        _ = trial.relative_params  # drawn together, whatever has been written down
        values = {}
        for place, (name, distribution) in enumerate(self._distributions.items()):
            # Each setting has a seed of its own, so that it is drawn as if it were the first.
            study.sampler = self._sampler(number, place)
            values[name] = _suggested(trial, name, distribution)
        return values

    def _sampler(self, *of: int) -> "BaseSampler":
        import optuna

        return optuna.samplers.TPESampler(
            seed=int(np.random.SeedSequence([self.seed, *of]).generate_state(1)[0]),
            n_startup_trials=RANDOM_TRIALS,
            constant_liar=False,  # what is not finished yet may be killed, and is not looked at
        )

    def change_worker(self, id_: int, before: str, after: str) -> bool:
        """Change who works on a trial, if it is still who it was; whether it was."""
        import sqlalchemy

        table = sqlalchemy.table(
            "trial_user_attributes",
            *(sqlalchemy.column(name) for name in ("trial_id", "key", "value_json")),
        )
        change = (
            sqlalchemy.update(table)
            .where(
                table.c.trial_id == id_,
                table.c.key == WORKER,
                table.c.value_json == json.dumps(before),
            )
            .values(value_json=json.dumps(after))
        )
        with self._rdb.engine.begin() as connection:
            return connection.execute(change).rowcount == 1

    def write(self, id_: int, scores: Sequence[float]) -> None:
        """Write down what was measured of a trial, unless another worker has finished it."""
        import optuna

        mean = float(np.mean(scores))
        with contextlib.suppress(optuna.exceptions.UpdateFinishedTrialError):
            self._storage.set_trial_user_attr(id_, SCORES, list(scores))
            self._storage.set_trial_intermediate_value(id_, len(scores) - 1, mean)

    def describe(self, id_: int, words: Mapping[str, Any]) -> None:
        """Give a trial attributes, as plain data, unless it is finished."""
        import optuna

        with contextlib.suppress(optuna.exceptions.UpdateFinishedTrialError):
            for key, value in words.items():
                self._storage.set_trial_user_attr(id_, key, value)

    def set_state(self, id_: int, state: str, value: float | None = None) -> None:
        """Give a trial a state by Optuna's name; one that is finished stays as it is."""
        import optuna

        with contextlib.suppress(optuna.exceptions.UpdateFinishedTrialError):
            values = None if value is None else [value]
            self._storage.set_trial_state_values(id_, optuna.trial.TrialState[state], values)


class Claim:
    """A trial on which this process works; used as a context manager.

    If the work is left, or raises, the trial is anybody's again, with the folds that are written.

    Attributes:
        number: of the trial.
        values: of the settings that it tries.
        scores: accuracies on its folds, in their order, as far as they are known.
    """

    def __init__(self, study: Study, trial: "FrozenTrial", id_: int, worker: str) -> None:
        self.number, self.scores = trial.number, list(trial.user_attrs.get(SCORES, []))
        self._study, self._id, self._worker = study, id_, worker
        self._written = len(self.scores)
        self._ended = False
        self._over = threading.Event()
        self._lock = threading.Lock()
        self.values: dict[str, Value] = {}

    def __enter__(self) -> "Claim":
        self.values = self._study.propose(self._id, self.number)
        self._last_written = time.monotonic()
        self._thread = threading.Thread(target=self._beat, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()
        if not self._ended:
            with contextlib.suppress(Exception) if error else contextlib.nullcontext():
                self._write()
                self.release()

    def describe(self, words: Mapping[str, Any]) -> None:
        """Say of the trial what its settings do not, for those who look into the storage."""
        self._study.describe(self._id, words)

    def add(self, score: float) -> None:
        """Keep the accuracy on the next fold; it is written once a second, and at the end."""
        self.scores.append(score)
        if time.monotonic() - self._last_written > WRITE_EVERY:
            self._write()

    def complete(self, value: float) -> None:
        """All folds are measured."""
        self._end("COMPLETE", value)

    def leave(self) -> None:
        """It is not worth its other folds; its value is the mean of those that it has."""
        self._end("PRUNED", float(np.mean(self.scores)))

    def release(self) -> None:
        """Let others take it."""
        with self._lock:
            if self._study.change_worker(self._id, self._worker, NOBODY):
                self._study.set_state(self._id, "WAITING")

    def _end(self, state: str, value: float) -> None:
        self._write()
        self._study.set_state(self._id, state, value)
        self._ended = True

    def _write(self) -> None:
        if len(self.scores) > self._written:
            self._study.write(self._id, self.scores)
            self._written, self._last_written = len(self.scores), time.monotonic()

    def _beat(self) -> None:
        """Change the worker's word every few seconds, as long as the trial is ours."""
        beats = 0
        while not self._over.wait(BEAT):
            beats += 1
            word = f"{myself()} {beats}"
            with self._lock, contextlib.suppress(Exception):  # the storage may be away for a while
                if self._study.change_worker(self._id, self._worker, word):
                    self._worker = word


def _suggested(trial: Any, name: str, distribution: Any) -> Value:
    """What Optuna proposes for one setting."""
    if hasattr(distribution, "choices"):
        chosen: Value = trial.suggest_categorical(name, distribution.choices)
        return chosen
    suggest = trial.suggest_int if isinstance(distribution.low, int) else trial.suggest_float
    number: Value = suggest(name, distribution.low, distribution.high, log=distribution.log)
    return number


def _in_words(value: object) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {text}" for key, text in value.items())
    return "nothing" if value is None else str(value)
