"""A run's folder: one run writes at a time, and nothing in it contradicts the rest."""

import dataclasses
import json
import multiprocessing
import os
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest

import kills
from chainrule.errors import ChainruleError, RunFolderError
from chainrule.report.training import write_report
from chainrule.runs._lock import LOCK, alone_in
from chainrule.runs.config import RunConfig
from chainrule.runs.folder import PAGE, PICTURES, refuse_used
from chainrule.runs.listener import Listener
from chainrule.runs.outcome import Run
from chainrule.runs.run import resume, start
from chainrule.training.progress import Progress

SHORT = RunConfig(models=("net",), hidden=(4,), epochs=1)


class Draws(Listener):
    """Draws the pictures when a run ends, as the command line does."""

    def run_ends(self, run: Run) -> None:
        write_report(run)


class Intrudes(Listener):
    """Tries to write into the folder while the run does."""

    def __init__(self) -> None:
        self.refusals: list[str] = []

    def epoch_ended(self, name: str, progress: Progress) -> None:
        with pytest.raises(RunFolderError) as error:
            resume(self.folder, epochs=3)
        self.refusals.append(str(error.value))
        with pytest.raises(RunFolderError) as error:
            start(SHORT, self.folder)
        self.refusals.append(str(error.value))

    def run_begins(self, folder: Path, config: RunConfig) -> None:
        self.folder = folder


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*")}


def test_a_run_that_writes_keeps_others_out(tmp_path: Path) -> None:
    intruder = Intrudes()
    start(SHORT, tmp_path / "r", intruder)
    assert len(intruder.refusals) == 4
    assert intruder.refusals[0] == (
        f"{tmp_path / 'r'}: another run writes there now (process {os.getpid()}); wait until it "
        "has ended, or choose another folder with out=…"
    )
    assert resume(tmp_path / "r", epochs=2).main.metrics["epochs"] == 2
    assert LOCK not in files(tmp_path)


def start_at(moment: float, folder: Path, _: int) -> str:
    time.sleep(max(0.0, moment - time.time()))
    try:
        start(SHORT, folder)
    except ChainruleError as error:
        return str(error)
    return "accepted"


def test_of_two_that_begin_together_exactly_one_is_accepted(tmp_path: Path) -> None:
    with multiprocessing.get_context("fork").Pool(2) as pool:
        for pair in range(10):
            folder, moment = tmp_path / f"r{pair}", time.time() + 0.02
            said = pool.starmap(start_at, [(moment, folder, i) for i in range(2)])
            assert said.count("accepted") == 1, said
            refusal = next(text for text in said if text != "accepted")
            assert "another run writes there now" in refusal or "is not empty" in refusal
            assert json.loads((folder / "metrics.json").read_text())["interrupted"] is False
            assert LOCK not in files(folder)


def test_the_lock_of_a_killed_process_is_taken_over(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from chainrule.runs._lock import alone_in\n"
        "with alone_in(Path(sys.argv[1])): print('in', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "in\n"
        said = rf"writes there now \(process {process.pid}\)"
        with pytest.raises(RunFolderError, match=said), alone_in(tmp_path):
            pass
        process.kill()
    assert files(tmp_path) == {LOCK}
    with alone_in(tmp_path):
        assert files(tmp_path) == {LOCK}
    assert files(tmp_path) == set()


def test_a_folder_of_a_run_killed_before_it_began_can_be_used(tmp_path: Path) -> None:
    folder = tmp_path / "r"
    (folder / "checkpoints").mkdir(parents=True)
    for name in (LOCK, ".config.json.123.part", "checkpoints/.net.safetensors.7.part"):
        (folder / name).write_text("half")
    refuse_used(folder)
    start(SHORT, folder)
    assert not {name for name in files(folder) if name.startswith(".")}
    for name in ("mine.txt", ".hidden", "checkpoints/net.safetensors"):
        other = tmp_path / "other" / name
        other.parent.mkdir(parents=True, exist_ok=True)
        other.write_text("x")
        with pytest.raises(RunFolderError, match="is not empty"):
            refuse_used(tmp_path / "other")
        other.unlink()


def test_what_a_killed_process_was_writing_goes_when_the_run_goes_on(tmp_path: Path) -> None:
    folder = start(SHORT, tmp_path / "r").folder
    for name in (".metrics.json.99.part", "checkpoints/.net.safetensors.99.part"):
        (folder / name).write_text("half")
    (folder / ".mine.part").write_text("not chainrule's")
    resume(folder, epochs=2)
    assert {name for name in files(folder) if name.startswith(".")} == {".mine.part"}


@pytest.mark.slow
def test_pictures_go_when_a_run_goes_on_without_drawing(tmp_path: Path) -> None:
    folder = start(SHORT, tmp_path / "r", Draws()).folder
    (folder / "mine.png").write_text("my own")
    drawn = {name for name in files(folder) if name.endswith((".png", ".html"))}
    assert drawn - {"mine.png"} <= {PAGE, *(f"{name}.png" for name in PICTURES)}
    assert len(drawn) > 5
    resume(folder)  # nothing is left to do: they are as true as before
    assert drawn <= files(folder)
    resume(folder, epochs=2)
    assert {name for name in files(folder) if name.endswith((".png", ".html"))} == {"mine.png"}
    resume(folder, epochs=3, listener=Draws())
    assert drawn <= files(folder)
    assert "3 epochs" in (folder / PAGE).read_text() or ">3<" in (folder / PAGE).read_text()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs processes that can be forked")
@pytest.mark.parametrize("config", [kills.ONE_BY_ONE, kills.IN_BATCHES])
def test_runs_killed_at_any_moment_go_on_to_the_same_bits(
    config: RunConfig, tmp_path: Path
) -> None:
    outcomes = kills.killed_at_random(config, 5, Random(7), tmp_path)
    assert outcomes.total() - outcomes["runs"] >= 5


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="needs processes that can be forked")
def test_runs_killed_while_they_write_a_checkpoint_go_on_to_the_same_bits(tmp_path: Path) -> None:
    config = dataclasses.replace(kills.LARGE_CHECKPOINTS, epochs=3)
    outcomes = kills.killed_in_writing(config, 5, Random(7), tmp_path)
    assert outcomes["in writing"] >= 5
