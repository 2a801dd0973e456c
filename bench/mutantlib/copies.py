"""Copies of the checkout, each with an environment of its own, in which tests are run."""

import os
import queue
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

CHECKOUT = Path(__file__).parents[2]
SOURCE = "src/chainrule"
FAST = (
    "--ignore=tests/browser",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:xdist",
    "-o",
    "tmp_path_retention_policy=none",
)
_MEMORY = 12 * 2**30  # bytes of addresses for a process


@dataclass(frozen=True)
class Ran:
    """What came of a run of pytest.

    Attributes:
        code: pytest's exit code, or None if it took too long and was ended.
        output: what it printed.
    """

    code: int | None
    output: str


class Copy:
    """A copy of the checkout."""

    def __init__(self, folder: Path) -> None:
        """The copy in this folder, which is brought up to date."""
        self.folder = folder
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
            cwd=CHECKOUT, capture_output=True, text=True, check=True,
        ).stdout.split("\0")  # fmt: skip
        names = {name for name in listed if name and (CHECKOUT / name).is_file()}
        for name in sorted(names):
            wanted, present = CHECKOUT / name, folder / name
            if not present.exists() or present.read_bytes() != wanted.read_bytes():
                present.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(wanted, present)
                _without_bytecode(present)
        for room in ("src", "tests", "bench"):
            for path in (folder / room).rglob("*.py"):
                if path.relative_to(folder).as_posix() not in names:
                    path.unlink()
        environment = {k: v for k, v in os.environ.items() if k != "VIRTUAL_ENV"}
        command = ["uv", "sync", "-q", "--group", "dev"]
        subprocess.run(command, cwd=folder, env=environment, check=True)
        (self.packages / "mutants.pth").write_text(f"{folder / 'bench'}\n", "utf-8")

    @property
    def packages(self) -> Path:
        """Where its environment keeps packages."""
        (path,) = self.folder.glob(".venv/lib/python*/site-packages")
        return path

    def write(self, name: str, content: bytes) -> None:
        """Replace a file of the copy, so that no bytecode of the former one is taken for it."""
        (self.folder / name).write_bytes(content)
        _without_bytecode(self.folder / name)

    def pytest(
        self,
        *arguments: str,
        seconds: float | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Ran:
        """Run tests in it; what they leave running after `seconds` is killed."""
        python = self.folder / ".venv" / "bin" / "python"
        limit: list[str | Path] = ["prlimit", f"--as={_MEMORY}"] if shutil.which("prlimit") else []
        temporary = self.folder.with_name(f"{self.folder.name}-tmp")
        command = [*limit, python, "-m", "pytest", *FAST, f"--basetemp={temporary}", *arguments]
        with subprocess.Popen(
            command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True, text=True, errors="replace",
            env={**os.environ, "CI": "true", **(environment or {})},
        ) as process:  # fmt: skip
            try:
                output, _ = process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                return Ran(None, "")
        return Ran(process.returncode, output)


def modules(folder: Path = CHECKOUT) -> Sequence[str]:
    """The paths of the package's modules; the lab's parts, which are notebooks, are none."""
    paths = sorted((folder / SOURCE).rglob("*.py"))
    names = [path.relative_to(folder).as_posix() for path in paths]
    return [name for name in names if not name.startswith(f"{SOURCE}/lab/parts/")]


def shared_out(tasks: Sequence[T], copies: Sequence[Copy], do: Callable[[T, Copy], None]) -> None:
    """Do all tasks, each with a copy that is free, in their order."""
    free: queue.SimpleQueue[Copy] = queue.SimpleQueue()
    for copy in copies:
        free.put(copy)

    def with_one(task: T) -> None:
        copy = free.get()
        try:
            do(task, copy)
        finally:
            free.put(copy)

    with ThreadPoolExecutor(len(copies)) as pool:
        list(pool.map(with_one, tasks))


def _without_bytecode(path: Path) -> None:
    for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*"):
        compiled.unlink()
