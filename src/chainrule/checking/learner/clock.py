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

from chainrule.checking.learner.budget import IMPORTING, Budget
from chainrule.checking.learner.folder import LearnersFiles
from chainrule.checking.learner.limits import OutOfTime, end_at

_LEAST = 0.001  # seconds


class Clock:
    """Ends what takes too long by an exception, where there are such signals.

    A request may take a share of what the file has left. What takes no processor time is ended by
    the time of the clock.

    Attributes:
        budget: what is left of it; imports of installed packages are not charged.
        rang: what was said when the time was over, "" if it is not. Code that catches the
            exception and goes on is ended with it all the same.
    """

    def __init__(self, budget: Budget, wall: float, importing: float = IMPORTING) -> None:
        """Allow so much for a file.

        Args:
            budget: processor time for all that is watched over, together.
            wall: seconds of the clock for each.
            importing: seconds of processor time for all imports of installed packages together.
        """
        self.budget, self.rang = budget, ""
        self._wall = wall
        self._importing, self._left = importing, importing
        self._imports = False
        self._share = budget.share
        self._works = hasattr(signal, "setitimer")
        if self._works:
            signal.signal(signal.SIGPROF, self._ring)
            signal.signal(signal.SIGALRM, self._ring)

    def _ring(self, number: int, _frame: object) -> None:
        given = self._importing if self._imports else self._share
        given = self._wall if number == signal.SIGALRM else given
        if not self._imports:
            self.budget.hurry()
        self.rang = f"it did not end within {given:.2g} s"
        raise OutOfTime(self.rang)

    @contextlib.contextmanager
    def around(self) -> Iterator[None]:
        """Watch over what runs within."""
        self.rang = ""
        before, left = time.process_time(), self._left
        self._share = self.budget.share
        self._set(self._share, self._wall)
        try:
            yield
        finally:
            self._set(0, 0)
            imported = left - self._left
            self.budget.charge(time.process_time() - before - imported)
        self.check()

    @contextlib.contextmanager
    def importing(self) -> Iterator[None]:
        """Stop the request's time while an installed package is imported, which has its own."""
        if self._imports:
            yield
            return
        begin, self._imports = time.process_time(), True
        rest = self._set(self._left, self._wall + self._left)
        try:
            yield
        finally:
            self._set(*rest)
            self._imports = False
            self._left -= time.process_time() - begin

    def _set(self, seconds: float, wall: float) -> tuple[float, float]:
        """Ring after so much of each kind of time, 0 for never; give what was left of them."""
        if not self._works:
            return seconds, wall
        end_at(seconds)  # where no exception ends it
        # What is over already rings at once.
        rest, _ = signal.setitimer(signal.ITIMER_PROF, max(seconds, _LEAST if wall else 0))
        alarm, _ = signal.setitimer(signal.ITIMER_REAL, wall)
        return rest, alarm

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
