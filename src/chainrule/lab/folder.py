"""The lab as a folder of notebooks, for learners or with the solutions."""

import contextlib
import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from chainrule.errors import RunFolderError
from chainrule.lab._release import notebooks
from chainrule.lab._sources import parts

README = """\
# {heading}

Open the notebooks in JupyterLab with

    chainrule lab open {folder}

or in VS Code or Colab. {purpose}

| part | notebook | what it is about |
|---|---|---|
{table}

Each part says how long it takes, and can be done by itself. Run the cells from top to bottom, with
Shift and Enter. After each exercise a cell says `check(...)`: it tells you whether your code is
right and, if not, where to look. `check(..., hint=2)` and `hint=3` say more. What you guess is
kept in `lab-kept.json`, in this folder; without that file you begin anew.
"""
FOR_LEARNERS = "What is yours to write is marked `# your code here`, or stands as `...`."
FOR_TEACHERS = "These are the solutions; `chainrule lab new` writes the notebooks for learners."


def write_lab(folder: Path, *, solutions: bool) -> None:
    """Write the notebooks and a README into a new folder; all of them or nothing.

    Args:
        folder: to be made; it may exist if it is empty.
        solutions: whether the notebooks hold the solutions.

    Raises:
        RunFolderError: if the folder has something in it, or cannot be written.
        ChainruleError: if jupytext is not installed.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        state = "is not empty" if folder.is_dir() else "is a file"
        raise RunFolderError(
            f"{folder} exists and {state}, and nothing in it is written over; choose another "
            f"folder, or go on with that one: chainrule lab open {folder}"
        )
    texts = {
        name: json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
        for name, notebook in notebooks(solutions=solutions).items()
    }
    texts["README.md"] = _readme(folder, solutions)
    with _appearing_at_once(folder) as place:
        for name, text in texts.items():
            (place / name).write_text(text, "utf-8")


@contextlib.contextmanager
def _appearing_at_once(folder: Path) -> Iterator[Path]:
    """A folder to write into, which gets its name once everything is written."""
    place: Path | None = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        yield place
        place.chmod(0o755)  # temporary folders are private
        if folder.exists():
            folder.rmdir()
        place.rename(folder)
    except OSError as error:
        raise RunFolderError(
            f"cannot write {folder} ({error.strerror or error}); "
            "choose a place where you may write"
        ) from error
    finally:
        if place is not None and place.exists():
            shutil.rmtree(place, ignore_errors=True)


def _readme(folder: Path, solutions: bool) -> str:
    rows = [f"| {part.number} | `{part.name}.ipynb` | {part.title} |" for part in parts()]
    return README.format(
        heading="The lab: solutions" if solutions else "The lab",
        folder=folder.name,
        purpose=FOR_TEACHERS if solutions else FOR_LEARNERS,
        table="\n".join(rows),
    )
