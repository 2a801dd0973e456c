"""The lab's notebooks, run from top to bottom in a clean kernel."""

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from chainrule.lab._release import notebooks
from chainrule.lab._sources import parts

pytestmark = pytest.mark.slow
NAMES = [f"{part.name}.ipynb" for part in parts()]


def executed(name: str, folder: Path, *, solutions: bool) -> list[tuple[str, str]]:
    """Source and output, as text, of each code cell of a notebook that runs in a folder."""
    notebook = nbformat.from_dict(notebooks(solutions=solutions)[name])
    NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=300,
        allow_errors=not solutions,
        resources={"metadata": {"path": folder}},
    ).execute()
    return [(cell.source, _text(cell)) for cell in notebook.cells if cell.cell_type == "code"]


def _text(cell: Any) -> str:
    texts = []
    for output in cell.outputs:
        assert output.output_type != "error", (cell.source, output)
        assert output.get("name") != "stderr", (cell.source, output)
        texts.append(output.get("text") or output["data"].get("text/plain", ""))
    return "\n".join(texts)


@pytest.mark.parametrize("name", NAMES)
def test_the_solution_runs_and_every_check_passes(name: str, tmp_path: Path) -> None:
    checks = 0
    for source, text in executed(name, tmp_path, solutions=True):
        assert not re.search(r"run %tb|no longer what", text), (source, text)
        if re.match(r"check\(", source):
            checks += 1
            assert "right" in text, text
            assert not re.search(r"WRONG|-----|^    ", text, re.MULTILINE), text
    assert checks or name in ("10_choice.ipynb", "11_framework.ipynb")


@pytest.mark.parametrize("name", NAMES)
def test_the_notebook_as_handed_out_says_what_is_missing(name: str, tmp_path: Path) -> None:
    for source, text in executed(name, tmp_path, solutions=False):
        assert "Traceback" not in text
        if re.match(r"check\((?!_)", source):
            assert "is not written yet" in text
            assert "WRONG" not in text
        if "run %tb" in text:
            assert re.search(r"not written yet|does not exist yet|still `...`", text), text
