"""Searches that several processes share through a PostgreSQL server of these tests alone."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import small_search
from chainrule.errors import ChainruleError
from chainrule.search.folds import StoppedError
from chainrule.search.run import SearchListener, resume, start
from small_search import small_config, small_file

N_TRIALS = 10


def program(name: str) -> str:
    """Debian keeps the server's programs out of the way, in a folder for each version."""
    there = [*sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)]
    path = str(there[0]) if there else shutil.which(name)
    if path is None:
        pytest.fail(f"there is no {name}: these tests need the Debian package postgresql")
    return path


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of a server that listens on a socket in a folder of its own."""
    user = "postgres" if os.geteuid() == 0 else None  # a server does not run as root
    folder = Path(tempfile.mkdtemp(prefix="chainrule-"))
    if user:
        shutil.chown(folder, user)

    def run(name: str, *arguments: str) -> None:
        command = [program(name), "--pgdata", str(folder / "data"), *arguments]
        # What the server prints goes to a file: it would hold a pipe open after pg_ctl has ended.
        with (folder / f"{name}.txt").open("w+") as out:
            status = subprocess.call(command, stdout=out, stderr=out, cwd="/", user=user)
            out.seek(0)
            assert status == 0, out.read()

    try:
        run("initdb", "--auth=trust", "--username=chainrule", "--no-sync")
        options = f"-c listen_addresses='' -c fsync=off -k {folder}"
        run("pg_ctl", "start", "--wait", "--options", options, "--log", str(folder / "log.txt"))
        try:
            yield f"postgresql://chainrule@/postgres?host={folder}"
        finally:
            run("pg_ctl", "stop", "--wait", "--mode", "immediate")
    finally:
        shutil.rmtree(folder)


class StopsAtOnce(SearchListener):
    """Asks to stop before the first trial."""

    def stop(self) -> bool:
        return True


def joined(folder: Path, data: Path, server: str, study: str) -> Path:
    """A folder of a worker, from which nothing has been tried yet."""
    with pytest.raises(StoppedError):
        start(
            small_config(data, trials=N_TRIALS, storage=server, study=study), folder, StopsAtOnce()
        )
    return folder


def worker(folder: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, small_search.__file__, str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def numbers(text: str) -> list[int]:
    return [int(line) for line in text.splitlines() if line.isdigit()]  # others are of finalists


def shown(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "metrics.json").read_text())
    content.pop("out")
    return content


def test_two_workers_share_a_search_and_do_no_trial_twice(server: str, tmp_path: Path) -> None:
    data = small_file(tmp_path)
    folders = [joined(tmp_path / name, data, server, "shared") for name in "ab"]
    processes = [worker(folder) for folder in folders]
    done = [numbers(process.communicate()[0]) for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert sorted(done[0] + done[1]) == list(range(N_TRIALS))
    assert min(map(len, done)) > 0
    assert shown(folders[0]) == shown(folders[1])
    assert (folders[0] / "trials.csv").read_text() == (folders[1] / "trials.csv").read_text()
    models = [(folder / "net.safetensors").read_bytes() for folder in folders]
    assert models[0] == models[1]


def test_the_trials_of_a_worker_that_is_killed_are_done_by_the_other(
    server: str, tmp_path: Path
) -> None:
    data = small_file(tmp_path)
    folders = [joined(tmp_path / name, data, server, "killed") for name in "ab"]
    processes = [worker(folder) for folder in folders]
    assert processes[0].stdout is not None
    done = numbers(processes[0].stdout.readline())
    processes[0].send_signal(signal.SIGKILL)
    done += numbers(processes[0].communicate()[0]) + numbers(processes[1].communicate()[0])
    assert processes[1].returncode == 0
    assert len(resume(folders[0]).trials) == N_TRIALS
    # What was finished and not yet printed when the kill came is done all the same.
    assert len(set(done)) == len(done) >= N_TRIALS - 1


def test_another_search_of_that_name_is_refused(server: str, tmp_path: Path) -> None:
    data = small_file(tmp_path)
    joined(tmp_path / "a", data, server, "taken")
    other = small_config(data, trials=N_TRIALS, storage=server, study="taken", seed=1)
    with pytest.raises(ChainruleError, match=r"'taken' in postgresql.* is another search \(seed"):
        start(other, tmp_path / "b")
    nowhere = server.replace("host=", "host=/nowhere")
    with pytest.raises(ChainruleError, match=r"storage postgresql.*nowhere.* cannot be used \("):
        start(small_config(data, storage=nowhere), tmp_path / "b")
    assert not (tmp_path / "b").exists()
