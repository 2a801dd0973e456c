"""Which tests concern a line of the source: those that execute it, in whatever process."""

import base64
import json
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mutantlib.copies import SOURCE, Copy, modules, shared_out
from mutantlib.probes import stretches
from mutantlib.recording import digest

_AT_ONCE = 3  # test files that one process runs
_BESIDE = 0.02  # seconds that any test takes at least
_HOOK = "mutants_marks.pth"  # read after the one that says where `mutantlib` is


class Map:
    """What each fast test executes, as measured once.

    Attributes:
        tests: their ids.
        seconds: that each took.
        shared: seconds of the fixtures that it shares with others.
        failed: tests that failed while it was measured; nothing is asked of them.
    """

    def __init__(self, folder: Path) -> None:
        """What `measure` has written in this folder."""
        source = json.loads((folder / "source.json").read_text("utf-8"))
        self._texts, self._first, self._stretches = source["texts"], source["first"], source["at"]
        lines = [line for of_one in _by_file(folder / "tests.jsonl").values() for line in of_one]
        self.failed: list[str] = [line["test"] for line in lines if not line["passed"]]
        lines = [line for line in lines if line["passed"]]
        self.tests: list[str] = [line["test"] for line in lines]
        self.seconds = np.array([line["seconds"] for line in lines])
        self.shared = np.array([line["shared"] for line in lines])
        self._executed = np.array([_marks(line) for line in lines], bool)  # (tests, marks)

    def concerned(self, module: str, line: int, text: bytes) -> tuple[list[int], list[int]]:
        """The tests that execute this line, and others of its module, the likeliest first.

        Those are the quick ones of which much of what they execute is in this module.

        What was executed when a module was imported is no test's: for such lines, and where the
        text has changed since, there are the tests of the whole module alone.

        Args:
            module: its path in the checkout.
            line: counted from 1.
            text: what the module holds now.
        """
        first, spans = self._first[module], self._stretches[module]
        of_the_module = self._executed[:, first : first + len(spans)].any(axis=1)
        chosen = np.zeros_like(of_the_module)
        around = [i for i, (start, end) in enumerate(spans) if start <= line <= end]
        if around and digest(text) == self._texts[module]:
            inner = min(around, key=lambda i: spans[i][1] - spans[i][0])
            chosen = self._executed[:, first + inner]
        inside = self._executed[:, first : first + len(spans)].sum(axis=1)
        share = inside / np.maximum(self._executed.sum(axis=1), 1)
        seconds = _BESIDE + self.seconds + self.shared
        order = np.argsort(seconds / (share + 1e-9), kind="stable")
        others = of_the_module & ~chosen
        return [int(i) for i in order if chosen[i]], [int(i) for i in order if others[i]]


def _by_file(path: Path) -> dict[str, list[dict[str, Any]]]:
    """The lines of each test file, of when it was last measured to its end."""
    whole: dict[str, list[dict[str, Any]]] = {}
    begun: dict[str, list[dict[str, Any]]] = {}
    for line in map(json.loads, path.read_text("utf-8").splitlines()):
        if "file" in line:
            whole[line["file"]] = begun.pop(line["file"], [])
        else:
            begun.setdefault(line["test"].split("::", maxsplit=1)[0], []).append(line)
    return whole


def _marks(line: Mapping[str, Any]) -> Any:
    return np.frombuffer(zlib.decompress(base64.b85decode(line["executed"])), np.uint8)


def measure(folder: Path, copies: Sequence[Copy]) -> None:
    """Run the fast tests once where the source is marked, and write what each executes.

    Test files that were measured as they are now are left out, so that it can be stopped and gone
    on with. What tests execute in modules that have changed since is not measured.

    Args:
        folder: where `source.json` and `tests.jsonl` are written.
        copies: among which the test files are shared out.
    """
    folder.mkdir(exist_ok=True)
    source, output = folder / "source.json", folder / "tests.jsonl"
    root = copies[0].folder
    if not source.exists():
        texts = {name: (root / name).read_text("utf-8") for name in modules(root)}
        at = {name: stretches(text) for name, text in texts.items()}
        firsts = np.cumsum([0, *map(len, at.values())])[:-1].tolist()
        first = dict(zip(at, firsts, strict=True))
        texts = {name: digest(text.encode()) for name, text in texts.items()}
        source.write_text(json.dumps({"texts": texts, "first": first, "at": at}), "utf-8")
    measured = {}
    if output.exists():
        lines = map(json.loads, output.read_text("utf-8").splitlines())
        measured = {line["file"]: line["digest"] for line in lines if "file" in line}
    names = [path.relative_to(root).as_posix() for path in root.glob("tests/**/test_*.py")]
    names = [name for name in names if not name.startswith("tests/browser/")]
    # The judge's are the slowest, and a map without them is of use for all other rooms.
    left = [name for name in names if measured.get(name) != digest((root / name).read_bytes())]
    left.sort(key=lambda name: ("checking" in name, "record" in name, name))
    some = [left[i : i + _AT_ONCE] for i in range(0, len(left), _AT_ONCE)]
    shared_out(some, copies, lambda files, copy: _record(copy, files, source, output))


def _record(copy: Copy, files: Sequence[str], source: Path, output: Path) -> None:
    """Run these test files where the source is marked."""
    at = json.loads(source.read_text("utf-8"))
    marks = output.with_name(f"marks-{copy.folder.name}")
    marks.write_bytes(bytes(sum(map(len, at["at"].values()))))
    settings = output.with_name(f"settings-{copy.folder.name}.json")
    same = [n for n, d in at["texts"].items() if d == digest((copy.folder / n).read_bytes())]
    below = {name.removeprefix(f"{SOURCE}/"): at["first"][name] for name in same}
    wanted = {
        "source": str(copy.folder / SOURCE),
        "marks": str(marks),
        "bytecode": str(output.with_name(f"bytecode-{copy.folder.name}")),
        "first": below,
    }
    settings.write_text(json.dumps(wanted), "utf-8")
    hook = copy.packages / _HOOK
    hook.write_text(
        f"import pathlib, mutantlib.probes as p; p.install(pathlib.Path({str(settings)!r}))\n",
        "utf-8",
    )
    try:
        environment = {"CHAINRULE_STRETCHES": str(output)}
        copy.pytest("-p", "mutantlib.recording", *files, environment=environment)
    finally:
        hook.unlink()
