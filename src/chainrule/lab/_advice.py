"""What to say to a learner when a cell of the lab fails: which cell to run, what is left to do."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

import chainrule
from chainrule.checking.diagnosis.errors_explained import explain_problem
from chainrule.checking.diagnosis.html import box, column, paragraph
from chainrule.checking.learner.blanks import blanks_of
from chainrule.checking.learner.desk import LAB_EXERCISES, Problem
from chainrule.checking.learner.problems import explain, kind_of
from chainrule.errors import ChainruleError
from chainrule.lab._sources import Part, parts

COLOURS = {"error": "#D55E00", "note": "#7f7f7f"}
RUN_ABOVE = "After a restart: Run > Run All Above Selected Cell."


@dataclass(frozen=True)
class Made:
    """Where a part makes a name.

    Attributes:
        heading: above the cell.
        line: with which it is made.
        is_exercise: whether the learner writes the cell.
        is_function: whether a function, a class or an import makes it.
    """

    heading: str
    line: str
    is_exercise: bool
    is_function: bool

    @property
    def cell(self) -> str:
        """The cell in words."""
        if self.is_exercise:
            return f"the cell of “{self.heading}”"
        return f"the cell with `{self.line}`, under “{self.heading}”"


Makers = Mapping[str, Made]


def makers(number: int) -> Makers:
    """Where each name of a part is made first.

    Raises:
        ChainruleError: if there is no such part.
    """
    part = next((p for p in parts() if p.number == number), None)
    if part is None:
        raise ChainruleError(f"the lab has parts 1 to {len(parts())}; there is no part {number}")
    made: dict[str, Made] = {}
    for heading, tags, text in _code_cells(part):
        lines = text.split("\n")
        for name, node in _names_made(ast.parse(text)):
            is_function = not isinstance(node, ast.Assign | ast.For | ast.With)
            line = lines[node.lineno - 1].strip()
            made.setdefault(name, Made(heading, line, "exercise" in tags, is_function))
    return made


def _code_cells(part: Part) -> Iterator[tuple[str, str, str]]:
    """Heading, first line and code of each code cell."""
    heading = part.title
    for cell in re.split(r"^(?=# %%)", part.text, flags=re.MULTILINE):
        first, _, text = cell.partition("\n")
        if "[markdown]" in first:
            headings = re.findall(r"^# #+ (.+)$", text, re.MULTILINE)
            heading = headings[-1] if headings else heading
        else:
            yield heading, first, text


def _names_made(tree: ast.Module) -> Iterator[tuple[str, ast.stmt]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name, node
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                yield alias.asname or alias.name.split(".")[0], node
        elif isinstance(node, ast.Assign | ast.For | ast.With):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store):
                    yield inner.id, node


def older(installed: str, made_with: str) -> str:
    """A sentence if the chainrule that is installed is older than the notebook, else ""."""
    if _numbers(installed) >= _numbers(made_with):
        return ""
    return (
        f"This notebook was made with chainrule {made_with}; installed is {installed}, which is "
        "older and may not know all that it asks for. In a new cell, run "
        '`%pip install --upgrade "chainrule[lab]"`, then restart the kernel.'
    )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)[:3]))


def explained(error: BaseException, names: Mapping[str, Any], made: Makers) -> str:
    """Say what an exception in a notebook means, and what to do.

    Args:
        error: what a cell raised.
        names: the notebook's globals.
        made: where the notebook's part makes its names.
    """
    blank = _blank_function(error, names)
    if isinstance(error, SyntaxError):
        return _not_python(error)
    if blank:
        return _not_written(blank, made)
    if isinstance(error, ChainruleError):
        return str(error)
    return _explained(explain(error, names, frozenset(), {}), names, made)


def _explained(problem: Problem, names: Mapping[str, Any], made: Makers) -> str:
    if problem.kind == "NotImplementedError":
        return "This cell is still to be written. Write it, then run it again."
    if "ellipsis" in problem.text.lower():
        return (
            f"{explain_problem(problem)} A value here is still `...`, which stands for a line "
            "that is to be written."
        )
    if problem.kind == "NameError" and problem.name in made and problem.name not in names:
        return (
            f"`{problem.name}` does not exist yet. It is made in {made[problem.name].cell}. Run "
            f"that cell first, then this one again. {RUN_ABOVE}"
        )
    return explain_problem(problem) + _no_function_any_more(problem, names, made)


def _not_python(error: SyntaxError) -> str:
    """Where Python stopped reading; nothing of such a cell has run."""
    sentence = f"Python cannot read this cell, and nothing in it has run. {error.msg}"
    if error.lineno and error.text:
        sentence += f", in line {error.lineno}: `{error.text.strip()}`"
        before = error.text.rstrip()[: (error.offset or 1) - 1].strip()
        sentence += f". It could read up to `{before}`" if before else ""
    return f"{sentence}."


def _no_function_any_more(problem: Problem, names: Mapping[str, Any], made: Makers) -> str:
    name = problem.name
    was_function = "not callable" in problem.text and name in made and made[name].is_function
    if not was_function or callable(names.get(name)):
        return ""
    return (
        f" `{name}` can no longer be called: the name now holds {kind_of(names.get(name))}. "
        f"Give that another name, and run {made[name].cell} again."
    )


def _blank_function(error: BaseException, names: Mapping[str, Any]) -> str:
    """The learner's function that failed because something in it is left to do, or ""."""
    trace, blank = error.__traceback__, ""
    while trace is not None:
        code = trace.tb_frame.f_code
        if trace.tb_frame.f_globals is names:
            blank = code.co_qualname if blanks_of(code) else ""
        trace = trace.tb_next
    return blank


def _not_written(qualified: str, made: Makers) -> str:
    name, *_ = qualified.split(".")
    sentences = f"`{qualified}` is not written yet"
    if name in made and made[name].is_exercise:
        sentences += f"; it belongs to “{made[name].heading}”"
    sentences += ". Write it, run its cell, then this one again."
    if name in chainrule.__all__ and name not in LAB_EXERCISES:  # which are not the same there
        sentences += f" To go on without, run `from chainrule import {name}` in a new cell."
    return sentences


def as_output(kind: str, text: str, small: str = "") -> dict[str, str]:
    """A box with a text, for a notebook: by media type.

    Args:
        kind: "error" or "note".
        text: a paragraph in each line; what stands between backticks is code.
        small: what is added in small letters.
    """
    content = "".join(map(paragraph, text.split("\n")))
    if small:
        content += f"<small>{escape(small)}</small>"
    return {
        "text/html": column(box(COLOURS[kind], content)),
        "text/plain": "\n".join(filter(None, [text, small])),
    }
