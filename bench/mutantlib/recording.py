"""A plugin of pytest that notes which stretches of the source each test executes.

`CHAINRULE_STRETCHES` is the file that it adds to, a line of JSON for each test: its id, the
seconds that it took, whether it passed, and what it executed. What a fixture executes that several
tests share stands in a line of its own, which has the id of the file instead; the last line of a
file has its `digest`.
"""

import base64
import builtins
import hashlib
import json
import os
import time
import zlib
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from mutantlib.probes import MARKS


class Recorder:
    """Notes what is executed, test by test."""

    def __init__(self, path: Path) -> None:
        """Add to this file."""
        self._path = path
        self._marks: Any = getattr(builtins, MARKS)
        self._passed = True

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> Generator[None, object, object]:
        """Note what this test executes."""
        self._taken()
        self._passed = True
        begin = time.perf_counter()
        result = yield
        self._write(item.nodeid, time.perf_counter() - begin, self._taken())
        if nextitem is None or nextitem.path != item.path:
            file = item.nodeid.split("::")[0]
            self._add({"file": file, "digest": digest(item.path.read_bytes())})
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note that it fails."""
        self._passed = self._passed and not report.failed

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: Any, request: pytest.FixtureRequest
    ) -> Generator[None, object, object]:
        """Note apart what a fixture executes that others will use."""
        if fixturedef.scope == "function":
            return (yield)
        before = self._taken()
        try:
            return (yield)
        finally:
            of_the_fixture = self._taken()
            self._write(request.node.nodeid.split("::")[0], 0.0, of_the_fixture)
            self._marks[:] = bytes(a | b for a, b in zip(before, of_the_fixture, strict=True))

    def _taken(self) -> bytes:
        """The marks, which are cleared."""
        marks = bytes(self._marks)
        self._marks[:] = bytes(len(marks))
        return marks

    def _write(self, name: str, seconds: float, marks: bytes) -> None:
        executed = base64.b85encode(zlib.compress(marks)).decode()
        seconds = round(seconds, 4)
        self._add({"test": name, "seconds": seconds, "passed": self._passed, "executed": executed})

    def _add(self, line: dict[str, Any]) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def digest(content: bytes) -> str:
    """What tells whether a file is the same."""
    return hashlib.sha256(content).hexdigest()


def pytest_configure(config: pytest.Config) -> None:
    """Begin."""
    config.pluginmanager.register(Recorder(Path(os.environ["CHAINRULE_STRETCHES"])))
