"""From a part's source to its notebooks: one for learners, one with the solutions."""

import ast
import itertools
import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from importlib import metadata
from typing import Any

from chainrule.errors import ChainruleError
from chainrule.lab import _questions
from chainrule.lab._sources import BEGIN, Part, parts

END = "### END SOLUTION"
BLANK = "raise NotImplementedError  # your code here"
ANSWER = "*Your answer: double-click here and write.*"
FOLDED = """\
<details><summary>The answer, once you have yours</summary>

{answer}

</details>"""
# A line shorter than this, such as `return y`, is no secret: it stands anywhere.
SECRET = 12
SET_UP = """\
try:
    from chainrule.lab import answer, guess, guessed, start
except ImportError:  # in Colab, say; if it still fails afterwards, restart the kernel
    %pip install --quiet "chainrule[lab]>={version}"
    from chainrule.lab import answer, guess, guessed, start

start(part={number}, made_with="{version}")"""

Notebook = dict[str, Any]


class ReleaseError(ChainruleError):
    """A part of the lab cannot be released: its source is not as it must be."""


@dataclass
class _Regions:
    """A code cell without its solutions, and with them.

    Attributes:
        student: lines with the solutions taken out.
        solution: lines with the markers taken out.
        secrets: the lines of the solutions.
    """

    student: list[str] = field(default_factory=list)
    solution: list[str] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)


def notebooks(*, solutions: bool, sources: Sequence[Part] | None = None) -> dict[str, Notebook]:
    """All notebooks of the lab, by file name, as the content of an ipynb file; without outputs.

    Args:
        solutions: whether they hold the solutions, or what is left for learners to do.
        sources: parts in order; those of the lab if None.

    Raises:
        ReleaseError: if a marker has no partner, an exercise has no check, or a line of a solution
            or of an answer would be seen in the notebook of its own or of an earlier part.
        QuestionError: if a question has no answer, or an answer no question.
        ChainruleError: if jupytext is not installed.
    """
    built = [(part, *_build(part)) for part in (parts() if sources is None else sources)]
    for part, student, _, _ in built:
        # A later part may build on what was done in an earlier one, and so show it.
        for later, _, _, secrets in built:
            if later.number >= part.number:
                _refuse_survivors(part, student, later, secrets)
    return {
        f"{part.name}.ipynb": solution if solutions else student
        for part, student, solution, _ in built
    }


def _build(part: Part) -> tuple[Notebook, Notebook, list[str]]:
    cells = _cells(part)
    guesses = _questions.guesses(part)
    student, solution, secrets = [], [], []
    for cell in cells:
        text, tags = cell["source"], cell["metadata"].get("tags", [])
        if cell["cell_type"] == "markdown":
            solution.append(cell)
            student += _asked(cell) if "answer" in tags else [cell]
            for number in _questions.GUESS.findall(text):
                student.append(_code_cell(f'guess("{number}")', f"{cell['id']}-buttons"))
            if "answer" in tags:
                secrets += _questions.ANSWER.sub("", text, count=1).split("\n")
        else:
            regions = _split(part, text)
            if bool(regions.secrets) != ("exercise" in tags):
                raise ReleaseError(
                    f'{part.name}: a cell has the tag "exercise" if and only if it has a solution '
                    f"between {BEGIN} and {END}; this one does not keep to it:\n{text}"
                )
            student.append({**cell, "source": "\n".join(regions.student)})
            solution.append({**cell, "source": "\n".join(regions.solution)})
            secrets += regions.secrets
    _refuse_unchecked(part, cells)
    if guesses:
        id_ = f"part-{part.number}-guessed"
        student.append(_code_cell(f"guessed(part={part.number})", id_))
    if part.name == parts()[-1].name:
        student.append(_code_cell("guessed()", "guessed-in-all"))
    return _notebook(part, student), _notebook(part, solution), secrets


def _asked(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """What learners get in place of an answer: a cell that waits for their guess, or a fold."""
    source, id_ = answer["source"], answer["id"]
    match = _questions.ANSWER.match(source)
    if match and match["letter"]:
        return [_code_cell(f'answer("{match["number"]}")', f"{id_}-shown")]
    folded = {**answer, "source": FOLDED.format(answer=source), "id": f"{id_}-folded"}
    return [{**answer, "source": ANSWER, "metadata": {}}, folded]


def _code_cell(source: str, id_: str) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "metadata": {},
        "outputs": [],
        "execution_count": None,
        "source": source,
        "id": id_,
    }


def _cells(part: Part) -> list[dict[str, Any]]:
    """The cells of the source, with the one that makes a session ready after the title."""
    try:
        import jupytext
    except ImportError as error:
        raise ChainruleError(
            "the lab's notebooks are made with jupytext, which is not installed; install it with "
            'pip install "chainrule[lab]"'
        ) from error
    version = metadata.version("chainrule")
    cells = [dict(cell) for cell in jupytext.reads(part.text, fmt="py:percent").cells]
    cells[0]["source"] = cells[0]["source"].replace("{minutes}", str(part.minutes))
    set_up = SET_UP.format(version=version, number=part.number)
    cells.insert(1, {"cell_type": "code", "metadata": {}, "source": set_up})
    for number, cell in enumerate(cells, start=1):
        cell["id"] = f"part-{part.number}-cell-{number}"
        if cell["cell_type"] == "code":
            cell |= {"outputs": [], "execution_count": None}
    return cells


def _notebook(part: Part, cells: list[dict[str, Any]]) -> Notebook:
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    about = {
        "kernelspec": kernel,
        "language_info": {"name": "python"},
        "title": f"Part {part.number}: {part.title}",
    }
    return {"cells": cells, "metadata": about, "nbformat": 4, "nbformat_minor": 5}


def _split(part: Part, text: str) -> _Regions:
    """Take a code cell apart at its markers."""
    regions = _Regions()
    region: list[str] | None = None
    for line in text.split("\n"):
        marker = line.strip()
        if marker == BEGIN and region is None:
            region = []
        elif marker == END and region is not None:
            regions.student += _left_to_do(region)
            regions.secrets += [secret for secret in map(_bare, region) if secret]
            regions.solution += region
            region = None
        elif marker in (BEGIN, END):
            raise ReleaseError(f"{part.name}: {marker} has no partner in the cell\n{text}")
        elif region is None:
            regions.student.append(line)
            regions.solution.append(line)
        else:
            region.append(line)
    if region is not None:
        raise ReleaseError(f"{part.name}: {BEGIN} has no partner in the cell\n{text}")
    return regions


def _left_to_do(region: list[str]) -> list[str]:
    """What stands in place of a solution: `name = ...` for each name it gives a value, or a raise.

    A comment at the end of such a line, which says a shape, stays.
    """
    indent = region[0][: len(region[0]) - len(region[0].lstrip())]
    statements = ast.parse(textwrap.dedent("\n".join(region))).body
    if not all(map(_is_plain, statements)):
        return [indent + BLANK]
    lines = [region[s.lineno - 1] for s in statements]
    return [re.sub(r"=(?!=).*?(?=  #|$)", "= ...", line, count=1) for line in lines]


def _is_plain(statement: ast.stmt) -> bool:
    """Whether a statement gives a single name a value, in a single line."""
    return (
        isinstance(statement, ast.Assign)
        and isinstance(statement.targets[0], ast.Name)
        and statement.lineno == statement.end_lineno
    )


def _bare(line: str) -> str:
    """A line of code without its indentation and its comment."""
    return re.sub(r"\s+#.*$", "", line).strip()


def _refuse_survivors(part: Part, student: Notebook, of: Part, secrets: Sequence[str]) -> None:
    """A solution or an answer must not be seen, unless it is folded."""
    text = "\n".join(
        cell["source"]
        for cell in student["cells"]
        if "answer" not in cell["metadata"].get("tags", [])
    )
    for secret in (BEGIN, END, *(secret for secret in secrets if len(secret) >= SECRET)):
        if secret in text:
            raise ReleaseError(
                f"{part.name}: the notebook for learners would show what is to be found out in "
                f"{of.name}: {secret}"
            )


def _refuse_unchecked(part: Part, cells: list[dict[str, Any]]) -> None:
    """Each exercise is followed by a cell that checks it, before the next one comes."""
    for names, following in _exercises(cells):
        for name in names:
            if not any(re.search(rf"\bcheck\(.*\b{name}\b", text) for text in following):
                raise ReleaseError(f"{part.name}: no cell says check({name}) after its exercise")


def _exercises(cells: list[dict[str, Any]]) -> Iterator[tuple[list[str], list[str]]]:
    """What each exercise defines, and the code cells from there to the next exercise."""
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    places = [i for i, cell in enumerate(code) if "exercise" in cell["metadata"].get("tags", [])]
    for place, next_place in itertools.pairwise([*places, len(code)]):
        names = re.findall(r"^(?:def|class) (\w+)", code[place]["source"], re.MULTILINE)
        yield names, [cell["source"] for cell in code[place + 1 : next_place]]
