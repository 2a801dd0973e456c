"""Trials in a storage: claimed by one worker each, taken over from those that have gone."""

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chainrule.errors import ChainruleError
from chainrule.search import study as study_module
from chainrule.search._workers import Beats, is_gone, myself
from chainrule.search.folds import StoppedError
from chainrule.search.space import Space
from chainrule.search.storage import require_optuna, shown, sqlite_url
from chainrule.search.study import Claim, Study

SPACE = {"learning_rate": "0.01..1 log", "width": "2..64", "activation": "relu,tanh", "epochs": 3}
DATA = {"data": "small, 60 samples", "learning_rate": "0.01..1 log", "seed": 5}


@pytest.fixture(autouse=True)
def few_random_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    require_optuna()
    monkeypatch.setattr(study_module, "RANDOM_TRIALS", 3)


def opened(path: Path, seed: int = 5, data: Mapping[str, Any] = DATA) -> Study:
    return Study(sqlite_url(path), "flowers", data, Space.of(SPACE), seed)


@pytest.fixture
def study(tmp_path: Path) -> Study:
    return opened(tmp_path / "study.db")


def value(claim: Claim) -> float:
    """What a trial is worth, by what it tries alone."""
    rate, width = claim.values["learning_rate"], claim.values["width"]
    return float(np.exp(-((np.log(float(rate)) + 2) ** 2)) - 0.001 * float(width))


def work(study: Study, n_trials: int) -> None:
    for claim in study.claims(n_trials):
        with claim:
            claim.add(value(claim))
            if claim.number % 5 == 3:
                claim.leave()
            else:
                claim.complete(value(claim))


def contents(study: Study) -> list[tuple[object, ...]]:
    return [(t.number, t.state.name, t.value, dict(t.params)) for t in study.finished()]


def test_proposals_follow_from_seed_number_and_finished_trials(tmp_path: Path) -> None:
    """Past the trials that are drawn without looking, too."""
    at_once, in_pieces = opened(tmp_path / "a.db"), opened(tmp_path / "b.db")
    work(at_once, 6)
    for n_trials in (1, 5):
        work(opened(tmp_path / "b.db"), n_trials)
    for claim in in_pieces.claims(6):  # given up without a result, again and again
        with claim:
            claim.add(0.125)
        break
    work(in_pieces, 6)
    work(in_pieces, 6)
    assert contents(in_pieces) == contents(at_once)
    assert [t.number for t in at_once.finished()] == list(range(6))
    assert [t.number for t in at_once.complete()] == [n for n in range(6) if n % 5 != 3]
    other_seed = opened(tmp_path / "c.db", seed=6)
    work(other_seed, 2)
    assert contents(other_seed) != contents(at_once)[:2]


@pytest.mark.parametrize("finished", [1, 4])  # while trials are drawn without looking, and after
def test_settings_that_are_written_down_in_part_are_completed_as_if_they_were_not(
    finished: int, tmp_path: Path
) -> None:
    whole, part = opened(tmp_path / "a.db"), opened(tmp_path / "b.db")
    for study in (whole, part):
        work(study, finished)
    work(whole, finished + 1)
    claim = next(part.claims(finished + 1))  # its process died while it wrote the first setting
    every = part._distributions
    part._distributions = dict(list(every.items())[:1])
    with claim:
        assert list(claim.values) == ["learning_rate"]
    part._distributions = every
    work(part, finished + 1)
    assert contents(part) == contents(whole)


def test_what_others_work_on_changes_no_proposal(tmp_path: Path) -> None:
    tried = []
    for name, has_begun in (("a.db", True), ("b.db", False)):
        study = opened(tmp_path / name)
        work(study, 4)
        first, second = next(study.claims(6)), next(study.claims(6))
        with first if has_begun else contextlib.nullcontext(), second:
            tried.append((second.number, second.values))
    assert tried[0] == tried[1]


def test_what_is_measured_of_a_trial_is_kept_when_it_is_left(study: Study) -> None:
    claim = next(study.claims(1))
    claim.__enter__()
    claim.add(0.5)
    claim.add(0.75)
    claim.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None)
    with next(study.claims(1)) as again:
        assert again.number == claim.number == 0
        assert again.scores == [0.5, 0.75]
        again.add(1.0)
        again.complete(0.75)
    (trial,) = study.complete()
    assert (trial.value, trial.intermediate_values[2]) == (0.75, 0.75)
    assert trial.user_attrs["scores"] == [0.5, 0.75, 1.0]


def test_of_all_who_see_that_a_worker_has_gone_one_takes_over(study: Study) -> None:
    claim = next(study.claims(1))
    id_, seen = claim._id, claim._worker
    assert [study.change_worker(id_, seen, f"worker {i}") for i in range(3)] == [
        True,
        False,
        False,
    ]
    assert not study.change_worker(id_, "nobody", "worker 3")
    with claim:  # a worker that was thought to have gone, and comes back, changes nothing
        pass
    (trial,) = study._storage.get_all_trials(study._id)
    assert trial.user_attrs["worker"] == "worker 0"


def test_a_finished_trial_stays_as_it_is(study: Study) -> None:
    with next(study.claims(1)) as slow:
        study.change_worker(slow._id, slow._worker, "")
        with next(study.claims(1)) as fast:
            fast.add(0.5)
            fast.complete(0.5)
        slow.add(0.5)
        slow.complete(0.5)
    (trial,) = study.finished()
    assert (trial.value, trial.state.name) == (0.5, "COMPLETE")


def test_trials_of_this_process_and_of_others_are_not_taken_over(study: Study) -> None:
    first = next(study.claims(2))
    assert (first.number, next(study.claims(2)).number) == (0, 1)
    stopped = iter((False, True))
    with pytest.raises(StoppedError):
        next(study.claims(2, stop=lambda: next(stopped)))


def test_workers_are_told_by_their_process_and_elsewhere_by_what_they_say() -> None:
    ended = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    mine = myself()
    machine, _, began = mine.split()
    assert not is_gone(mine)
    assert not is_gone(f"elsewhere {ended.pid} 7")
    assert is_gone(f"{machine} {ended.pid} 7")  # another one had this number before
    assert not is_gone(f"{machine} {ended.pid} ?")
    ended.kill()
    status = Path(f"/proc/{ended.pid}/stat")
    while status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z":
        os.sched_yield()
    assert is_gone(f"{machine} {ended.pid} {began}")  # though its parent has not looked yet
    ended.wait()
    beats = Beats(grace=60)
    assert not beats.has_stopped(1, "elsewhere 1 1 0", now=0)
    assert not beats.has_stopped(1, "elsewhere 1 1 0", now=60)
    assert not beats.has_stopped(1, "elsewhere 1 1 1", now=61)
    assert beats.has_stopped(1, "elsewhere 1 1 0", now=62)
    assert not beats.has_stopped(1, "elsewhere 1 1 1", now=121)


def test_a_worker_is_heard_of_while_it_works(
    study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(study_module, "BEAT", 0.01)
    with next(study.claims(1)) as claim:
        words = set[str]()
        while len(words) < 3:
            (trial,) = study._storage.get_all_trials(study._id)
            words.add(trial.user_attrs["worker"])
        claim.complete(0.5)
    assert threading.active_count() == 1
    assert all(word.startswith(myself()) for word in words)


def test_a_trial_beyond_the_last_is_left_for_a_longer_search(study: Study) -> None:
    work(study, 2)
    study._new().release()  # as by two workers that both saw one trial missing
    work(study, 2)
    assert [t.number for t in study.finished()] == [0, 1]
    work(study, 4)
    assert [t.number for t in study.finished()] == [0, 1, 2, 3]


def test_a_study_of_other_data_or_another_space_is_refused_and_stays(
    study: Study, tmp_path: Path
) -> None:
    work(study, 2)
    before = contents(study)
    others = {"data": "other, 9 samples", "learning_rate": "0.1..0.2"}
    with pytest.raises(ChainruleError) as caught:
        opened(tmp_path / "study.db", data=DATA | others)
    assert "is another search (data small, 60 samples there, other, 9 samples here; " in str(
        caught.value
    )
    assert "learning_rate 0.01..1 log there, 0.1..0.2 here), and nothing of it" in str(
        caught.value
    )
    assert contents(opened(tmp_path / "study.db")) == before


def test_a_study_that_is_not_chainrules_is_refused(tmp_path: Path) -> None:
    import optuna

    url = sqlite_url(tmp_path / "study.db")
    optuna.create_study(study_name="flowers", storage=url).optimize(lambda _: 1.0, n_trials=1)
    with pytest.raises(ChainruleError, match=r"'flowers' in sqlite:.* is none of chainrule's"):
        opened(tmp_path / "study.db")


def bad_storages(tmp_path: Path) -> Iterator[tuple[str, str]]:
    (tmp_path / "text.db").write_text("no database " * 100)
    yield "postgresql", "'postgresql' cannot be used"
    yield "oracles://host/x", "oracles://host/x cannot be used"
    yield sqlite_url(tmp_path / "none" / "x.db"), "unable to open database file"
    yield sqlite_url(tmp_path / "text.db"), "file is not a database"
    yield "mysql+nodriver://me:secret@host/x", r"mysql\+nodriver://me@host/x cannot be used"
    yield "oracle://host/x", r"oracle://host/x needs a driver .* with pip install \"oracledb\""
    yield "mysql://host/x", r"\(No module named 'MySQLdb'\); install it .* \"mysqlclient\""


def test_a_storage_that_cannot_be_reached_is_said(tmp_path: Path) -> None:
    for url, sentence in bad_storages(tmp_path):
        with pytest.raises(ChainruleError, match=sentence) as caught:
            Study(url, "flowers", DATA, Space.of(SPACE), 5)
        assert "secret" not in str(caught.value)
    assert shown("nonsense") == "'nonsense'"


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(ChainruleError, match=r'install it with pip install "chainrule\[search\]"'):
        require_optuna()
