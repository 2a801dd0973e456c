"""The cells of an exercise in a notebook: as learners get them, and with an answer."""

import re

from chainrule.checking.verdict import Verdict
from chainrule.lab._release import notebooks
from lab_answers import LAB, Answer
from notebook_cells import Notebook

START = "from chainrule.lab import start\nstart(part={}, made_with='0.1.0')\n"


def in_a_notebook(answer: Answer, hint: int = 1) -> Verdict:
    """What `check` says of an answer in a notebook of its part."""
    part = LAB.exercises[answer.exercise].part
    notebook = Notebook(START.format(part), answer.code)
    verdict = notebook.run(f"result = check({answer.exercise}, hint={hint})")
    assert isinstance(verdict, Verdict)
    return verdict


def learners_cell(name: str) -> str:
    """The cell of an exercise as learners get it."""
    part = LAB.exercises[name].part
    (released,) = (n for f, n in notebooks(solutions=False).items() if f.startswith(f"{part:02}"))
    sources: list[str] = [
        cell["source"] for cell in released["cells"] if cell["cell_type"] == "code"
    ]
    return next(s for s in sources if re.search(rf"^(class|def) {name}\b", s, re.MULTILINE))


def in_a_line(text: str) -> str:
    """What is said, as if its lines had not been broken."""
    return " ".join(text.split())
