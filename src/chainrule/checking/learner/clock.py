"""The limit on a learner's time, which imports of installed packages are not charged to."""

import contextlib
import importlib.abc
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.machinery import ExtensionFileLoader, ModuleSpec, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

from chainrule.checking.learner.folder import LearnersFiles
from chainrule.checking.learner.limits import IMPORTING, OutOfTime

HURRIED = 0.5  # seconds for a request, once another did not end


class Clock:
    """Ends what takes too long by an exception, where there are alarm signals.

    Attributes:
        seconds: that a request has.
        rang: what was said when the time was over, "" if it is not. Code that catches the
            exception and goes on is ended with it all the same.
    """

    def __init__(self, seconds: float, importing: float = IMPORTING) -> None:
        """Allow each request so many seconds until the first has not ended within them.

        Args:
            seconds: for a request.
            importing: further seconds for all imports of installed packages together.
        """
        self.seconds, self.rang = seconds, ""
        self._importing, self._left = importing, importing
        self._imports = False
        self._works = hasattr(signal, "setitimer")
        if self._works:
            signal.signal(signal.SIGALRM, self._ring)

    def _ring(self, _number: int, _frame: object) -> None:
        given = self._importing if self._imports else self.seconds
        if not self._imports:
            self.seconds = min(given, HURRIED)
        self.rang = f"it did not end within {given:g} s"
        raise OutOfTime(self.rang)

    @contextlib.contextmanager
    def around(self) -> Iterator[None]:
        """Watch over what runs within."""
        if not self._works:
            yield
            return
        self.rang = ""
        signal.setitimer(signal.ITIMER_REAL, self.seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        self.check()

    @contextlib.contextmanager
    def importing(self) -> Iterator[None]:
        """Stop the request's time while an installed package is imported, which has its own."""
        if not self._works or self._imports:
            yield
            return
        begin, self._imports = time.monotonic(), True
        rest, _ = signal.setitimer(signal.ITIMER_REAL, max(self._left, HURRIED))
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, rest)
            self._imports = False
            self._left -= time.monotonic() - begin

    def check(self) -> None:
        """Raise again what was caught.

        Raises:
            OutOfTime: if the time was over, and the code went on.
        """
        if self.rang:
            raise OutOfTime(self.rang)


class WatchedImports(importlib.abc.MetaPathFinder):
    """Finds modules as Python does; of an import that is broken off nothing is left behind.

    Python itself removes the module that fails, but not what that had imported by then, so that a
    second import would be given parts of what was never whole.
    """

    def __init__(self, clock: Clock, folder: Path) -> None:
        """Watch imports for a file in `folder`."""
        self._clock, self._theirs = clock, LearnersFiles(folder)
        self._whole: set[str] = set()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """What the other finders find, to be loaded under watch."""
        for finder in sys.meta_path:
            spec = None if finder is self else finder.find_spec(fullname, path, target)
            if spec is not None:
                break
        else:
            return None
        if isinstance(spec.loader, SourceFileLoader | ExtensionFileLoader):
            installed = not self._theirs.hold(spec.origin or "")
            for step in ("create_module", "exec_module"):  # of this loader, which is for this spec
                vars(spec.loader)[step] = self._watched(getattr(spec.loader, step), installed)
        return spec

    def _watched(self, step: Callable[[Any], Any], installed: bool) -> Callable[[Any], Any]:
        def watched(given: ModuleSpec | ModuleType) -> Any:
            before = set(sys.modules)
            try:
                with self._clock.importing() if installed else contextlib.nullcontext():
                    result = step(given)
                self._clock.check()
            except OutOfTime:
                _forget(set(sys.modules) - before - self._whole)
                raise
            if installed:
                self._whole |= set(sys.modules) - before
            return result

        return watched


def _forget(modules: set[str]) -> None:
    """Take modules out of `sys.modules`, and out of the packages that they belong to."""
    for name in modules:
        module = sys.modules.pop(name)
        package, _, last = name.rpartition(".")
        if package in sys.modules and getattr(sys.modules[package], last, None) is module:
            delattr(sys.modules[package], last)
