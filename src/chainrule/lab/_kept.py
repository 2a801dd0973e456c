"""What is kept beside the notebooks over a restart of the kernel: exercises, guesses, scores.

One file for all notebooks of a folder, in JSON, so that a learner can read it, copy it or throw it
away: `{"format": 1, "exercises": {…}, "guesses": {…}, "scores": {…}}`. It is read anew each time,
since two notebooks may be open, and written whole. Where no notebook runs, as in a file that is
only judged, nothing is written, and all is kept as long as the process lives.
"""

import copy
import json
import warnings
from pathlib import Path
from typing import Any

from chainrule.runs.folder import write_whole

FILE = "lab-kept.json"
FORMAT = 1

Section = dict[str, Any]  # whatever JSON holds, by a name


class Kept:
    """Values by section and key, in a file once it is said in which folder."""

    def __init__(self) -> None:
        self._folder: Path | None = None
        self._is_begun = False
        self._in_memory: dict[str, Section] = {}  # all of it, without a folder

    def beside(self, folder: Path | None) -> None:
        """Keep from now on in a file in this folder, or in this process alone (None)."""
        self._folder = folder
        self._is_begun = True
        self._in_memory = {}

    @property
    def is_begun(self) -> bool:
        """Whether it was ever said where to keep, as a notebook's first cell does."""
        return self._is_begun

    def section(self, name: str) -> Section:
        """What is kept in a section, by key: a copy, and empty if there is nothing yet."""
        return self._all().get(name, {})

    def keep(self, section: str, key: str, value: Any) -> None:
        """Keep a value, in place of the one under the same key.

        A file that cannot be written costs the learner the memory of it after a restart, not the
        cell: a warning says so.

        Args:
            section: "exercises", "guesses" or "scores".
            key: within the section.
            value: what JSON can hold: None, bool, int, float, str, and lists and dicts of these.

        Raises:
            TypeError: if JSON cannot hold the value; nothing has changed then.
        """
        sections = self._all()
        sections.setdefault(section, {})[key] = value
        text = json.dumps({"format": FORMAT, **sections}, indent=1, ensure_ascii=False)
        if self._folder is not None:
            try:
                write_whole(self._folder / FILE, text + "\n")
            except OSError as error:
                warnings.warn(
                    f"{self._folder / FILE} cannot be written ({error.strerror or error}): what "
                    "you guess and solve is kept until the kernel is restarted, and no longer",
                    stacklevel=2,
                )
                self._folder = None
        if self._folder is None:
            self._in_memory = copy.deepcopy(sections)

    def _all(self) -> dict[str, Section]:
        """All sections: of the file, or of this process where there is no file."""
        if self._folder is None:
            return copy.deepcopy(self._in_memory)
        path = self._folder / FILE
        try:
            content = json.loads(path.read_text("utf-8"))
            return {name: dict(section) for name, section in content.items() if name != "format"}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, AttributeError):
            _set_aside(path)
            return {}


kept = Kept()  # by the learner of this kernel


def _set_aside(path: Path) -> None:
    """Give a file that is not as we write it another name, rather than write over it."""
    damaged = path.with_name(f"{path.name}.damaged")
    try:
        path.replace(damaged)
    except OSError:
        return  # `keep` will say that it cannot write here
    warnings.warn(
        f"{path.name} could not be read, and was renamed {damaged.name}; a new one is begun",
        stacklevel=4,
    )
