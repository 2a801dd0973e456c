"""Which code is the learner's: what lies below the folder of their file and is not installed."""

import functools
import sysconfig
from collections.abc import Callable
from pathlib import Path

import chainrule

_PACKAGES = frozenset(("site-packages", "dist-packages"))
# What may lie below the learner's folder too: an environment with its Python, or chainrule itself
# where it is installed from a clone.
_INSTALLED = (
    Path(chainrule.__file__).resolve().parent,
    Path(sysconfig.get_path("stdlib")).resolve(),
)


class LearnersFiles:
    """The files that hold the learner's code.

    Attributes:
        hold: whether a file is theirs, by its name: of a cell as it is compiled, or of a module.

    Examples:
        >>> files = LearnersFiles(Path("/home/ada/lab"))
        >>> files.hold("/home/ada/lab/helper.py")
        True
        >>> files.hold("/home/ada/lab/.venv/lib/python3.12/site-packages/scipy/__init__.py")
        False
    """

    def __init__(self, folder: Path) -> None:
        """Take the folder of the learner's file."""
        self._folder = folder.resolve()
        # A recorded run asks for every frame above an operation.
        self.hold: Callable[[str], bool] = functools.cache(self._is_theirs)

    def _is_theirs(self, filename: str) -> bool:
        if not filename or filename.startswith("<"):
            return filename == "<file>" or filename.startswith("<cell ")
        folder = Path(filename).parent.resolve()  # of a link the place of the link itself
        if not folder.is_relative_to(self._folder) or any(map(folder.is_relative_to, _INSTALLED)):
            return False
        return _PACKAGES.isdisjoint(folder.relative_to(self._folder).parts)
