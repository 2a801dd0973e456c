"""A plugin of pytest that notes which stretches of the source each test executes.

`CHAINRULE_STRETCHES` is the file that it adds to, a line of JSON for each test: its id, the
seconds that it took and those of the fixtures that it shares with others, whether it passed, and
what it and these fixtures executed. The last line of a file has its `digest`.
"""

import base64
import builtins
import hashlib
import json
import os
import time
import zlib
from collections.abc import Generator, Sequence
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
        self._shared: dict[str, tuple[float, bytes]] = {}  # of each fixture: seconds, marks
        self._on_shared = 0.0  # seconds of the test that went to those

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(
        self, item: Any, nextitem: pytest.Item | None
    ) -> Generator[None, object, object]:
        """Note what this test executes."""
        self._taken()
        self._passed, self._on_shared = True, 0.0
        begin = time.perf_counter()
        result = yield
        seconds = time.perf_counter() - begin - self._on_shared
        shared = [self._shared[name] for name in item.fixturenames if name in self._shared]
        executed = _union([self._taken(), *(marks for _, marks in shared)])
        self._add(
            {
                "test": item.nodeid,
                "seconds": round(seconds, 4),
                "shared": round(sum(seconds for seconds, _ in shared), 4),
                "passed": self._passed,
                "executed": base64.b85encode(zlib.compress(executed)).decode(),
            }
        )
        if nextitem is None or nextitem.path != item.path:
            file = item.nodeid.split("::")[0]
            self._add({"file": file, "digest": digest(item.path.read_bytes())})
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note that it fails."""
        self._passed = self._passed and not report.failed

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Generator[None, object, object]:
        """Note apart what a fixture executes that others will use."""
        if fixturedef.scope == "function":
            return (yield)
        before = self._taken()
        begin = time.perf_counter()
        try:
            return (yield)
        finally:
            seconds = time.perf_counter() - begin
            self._shared[fixturedef.argname] = seconds, self._taken()
            self._on_shared += seconds
            self._marks[:] = before

    def _taken(self) -> bytes:
        """The marks, which are cleared."""
        marks = bytes(self._marks)
        self._marks[:] = bytes(len(marks))
        return marks

    def _add(self, line: dict[str, Any]) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")


def _union(several: Sequence[bytes]) -> bytes:
    number = 0
    for marks in several:
        number |= int.from_bytes(marks)
    return number.to_bytes(len(several[0]))


def digest(content: bytes) -> str:
    """What tells whether a file is the same."""
    return hashlib.sha256(content).hexdigest()


def pytest_configure(config: pytest.Config) -> None:
    """Begin."""
    config.pluginmanager.register(Recorder(Path(os.environ["CHAINRULE_STRETCHES"])))
