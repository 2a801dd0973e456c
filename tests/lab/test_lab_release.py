"""From the lab's sources to its notebooks."""

import ast
import json
import re
from typing import Any

import nbformat
import pytest

from chainrule.lab._questions import QuestionError, guesses
from chainrule.lab._release import ANSWER, BLANK, END, ReleaseError, notebooks
from chainrule.lab._sources import BEGIN, Part, parts

SOURCE = '''\
# %% [markdown]
# # Part 2: doubling

# %%
from chainrule import check

# %% tags=["exercise"]
def double(x):
    """Twice x."""
    ### BEGIN SOLUTION
    twice = x + x  # a number
    ### END SOLUTION
    return twice


# %%
check(double)

# %% [markdown]
# **Question 2.1.** Why?

# %% [markdown] tags=["answer"]
# **Answer 2.1.** Because one and one are two.

# %% [markdown] tags=["guess"]
# **Guess 2.2.** What is twice 3?
#
# - **a** 5
# - **b** 6, or
#   half a dozen

# %% [markdown] tags=["answer"]
# **Answer 2.2: b.** Three and three.
'''


def made(*texts: str, solutions: bool = False) -> list[str]:
    """Sources of the cells of the last part's notebook."""
    sources = [Part(i, f"{i}_part", "doubling", text) for i, text in enumerate(texts, start=1)]
    *_, last = notebooks(solutions=solutions, sources=sources).values()
    return [cell["source"] for cell in last["cells"]]


def test_learners_get_the_name_and_the_shape_and_teachers_the_rest() -> None:
    student, solution = made(SOURCE), made(SOURCE, solutions=True)
    assert "    twice = ...  # a number\n    return twice" in student[3]
    assert "    twice = x + x  # a number\n    return twice" in solution[3]


def test_an_open_question_is_followed_by_its_answer_in_a_fold() -> None:
    student, solution = made(SOURCE), made(SOURCE, solutions=True)
    place = student.index(ANSWER)
    assert student[place - 1].startswith("**Question 2.1.**")
    assert student[place + 1].startswith("<details><summary>")
    assert "Because one and one are two." in student[place + 1]
    assert "**Answer 2.1.** Because one and one are two." in solution


def test_a_guess_is_followed_by_its_buttons_and_its_answer_waits_for_it() -> None:
    student, solution = made(SOURCE), made(SOURCE, solutions=True)
    assert student[-3:] == ['guess("2.2")', 'answer("2.2")', "guessed(part=1)"]
    assert student[-4].startswith("**Guess 2.2.**")
    assert "Three and three" not in "".join(student)
    assert solution[-1] == "**Answer 2.2: b.** Three and three."
    assert not any("guess(" in cell for cell in solution[2:])


def test_what_is_more_than_names_becomes_one_line_to_replace() -> None:
    text = SOURCE.replace("    ### END SOLUTION\n    return twice", "    return twice\n"
                          "    ### END SOLUTION")  # fmt: skip
    assert made(text)[3].endswith(f'"""Twice x."""\n    {BLANK}')


def test_a_value_over_several_lines_is_more_than_a_name() -> None:
    """Of its first line alone `= ...` would be made, and an opened bracket be left behind."""
    text = SOURCE.replace("twice = x + x  # a number", "twice = sum(\n        [x, x]\n    )")
    assert made(text)[3].endswith(f'"""Twice x."""\n    {BLANK}\n    return twice')


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("    ### END SOLUTION\n", "", "has no partner"),
        ("    ### BEGIN SOLUTION\n", "", "has no partner"),
        ("twice = x + x  # a number\n", "twice = x + x\n    ### BEGIN SOLUTION\n", "no partner"),
        ("check(double)", "print(double(2))", "no cell says check(double)"),
        (' tags=["exercise"]', "", 'the tag "exercise"'),
        ("check(double)\n", "check(double)\ntwice = x + x\n", "would show"),
        ("Why?", "Is `twice = x + x`?", "would show"),
        ("Why?", "Why? Three and three.", "would show"),
        ("Why?", "Why? **Answer 2.1.** Because one and one are two.", "would show"),
        ("**Answer 2.1.** B", "B", "does not say to what"),
        ("**Answer 2.1.**", "**Answer 2.3.**", "no question to this answer"),
        ("**Answer 2.2: b.**", "**Answer 2.2: c.**", "no question to this answer"),
        ("# **Question 2.1.** Why?", "# **Question 2.1.** Why? **Question 2.7.** Who?", "to 2.7"),
        (' tags=["guess"]', "", 'has the tag "guess"'),
        ("**Guess 2.2.** What", "What", 'has the tag "guess"'),
        ("# doubling", "# Part two", None),
    ],
)  # fmt: skip
def test_a_source_that_is_not_as_it_must_be_is_refused(
    right: str, wrong: str, said: str | None
) -> None:
    changed = SOURCE.replace(right, wrong)
    if said is None:
        assert made(changed)
        return
    with pytest.raises((ReleaseError, QuestionError), match=re.escape(said)):
        made(changed)


CHECK = "# %%\ncheck(double)\n\n"
EXERCISE = SOURCE[SOURCE.index("# %% tags") : SOURCE.index(CHECK)]


@pytest.mark.parametrize(
    "exercises",
    [
        EXERCISE.replace("    return twice\n", "    return twice\n\n\ncheck(double)\n"),
        CHECK + EXERCISE,
        EXERCISE + EXERCISE.replace("double", "again") + "# %%\ncheck(double, again)\n\n",
    ],
    ids=["in its own cell", "before it", "after the next exercise"],
)
def test_a_check_must_follow_its_exercise(exercises: str) -> None:
    with pytest.raises(ReleaseError, match=r"no cell says check\(double\) after its exercise"):
        made(SOURCE.replace(EXERCISE + CHECK, exercises))


def test_earlier_parts_keep_the_secrets_of_later_ones_and_not_the_other_way_round() -> None:
    tells = "# %% [markdown]\n# # Part 1: before\n\n# %%\ntwice = x + x\n"
    with pytest.raises(ReleaseError, match=r"1_part: .* found out in 2_part: twice = x"):
        made(tells, SOURCE)
    assert made(SOURCE, tells)


@pytest.fixture(scope="module", params=[False, True], ids=["student", "solution"])
def lab(request: pytest.FixtureRequest) -> dict[str, dict[str, Any]]:
    return notebooks(solutions=request.param)


def test_the_lab_has_eleven_parts_in_order(lab: dict[str, Any]) -> None:
    assert [int(name[:2]) for name in lab] == list(range(1, 12))
    assert [part.number for part in parts()] == list(range(1, 12))


def test_no_part_takes_more_than_forty_minutes_and_each_says_its_time(
    lab: dict[str, dict[str, Any]],
) -> None:
    for part, content in zip(parts(), lab.values(), strict=True):
        text = re.sub(r"^#( %%.*)?", "", part.text, flags=re.MULTILINE)
        pieces = part.text.count(BEGIN)  # a method to write is an exercise, too
        minutes = len(text.split()) / 150 + 5 * pieces
        assert minutes <= part.minutes <= 40
        assert part.minutes < minutes + 5
        assert f"about {part.minutes} minutes" in content["cells"][0]["source"]


def test_notebooks_are_valid_and_carry_no_outputs(lab: dict[str, dict[str, Any]]) -> None:
    for content in lab.values():
        notebook = nbformat.reads(json.dumps(content), as_version=4)
        nbformat.validate(notebook)
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
        assert not any(marker in cell.source for cell in code for marker in (BEGIN, END))
        assert code[0].source.startswith("try:\n    from chainrule.lab import answer, guess")


def test_the_test_part_is_opened_once_and_at_the_end_of_part_10(
    lab: dict[str, dict[str, Any]],
) -> None:
    for name, content in lab.items():
        code = [c["source"] for c in content["cells"] if c["cell_type"] == "code"]
        opens = [i for i, text in enumerate(code) if re.search(r"\bopen_test\(|[Xy]_test\b", text)]
        last = max(i for i, t in enumerate(code) if not re.match(r"(guess|answer|guessed)\(", t))
        assert opens == ([last] if name == "10_choice.ipynb" else []), name
        for text in code:
            assert not re.search(r"\bplot_(prediction|worst)\((?!.*part=)", text, re.DOTALL)


def test_pictures_are_drawn_by_the_library_and_their_texts_are_not_in_the_cells(
    lab: dict[str, dict[str, Any]],
) -> None:
    for name, content in lab.items():
        for cell in content["cells"]:
            if cell["cell_type"] == "code" and not cell["source"].startswith("try:"):
                assert not re.search(r"\bplt\b|matplotlib|\bplot_\w+\(", cell["source"]), name
                tree = ast.parse(cell["source"])
                texts = (n.value for n in ast.walk(tree) if isinstance(n, ast.Constant))
                prose = [t for t in texts if isinstance(t, str) and len(t.split()) > 25]
                assert not prose, (name, prose)


def test_every_question_has_an_answer_that_is_folded_until_there_is_a_guess() -> None:
    given, with_answers = notebooks(solutions=False), notebooks(solutions=True)
    for part in parts():
        cells = given[f"{part.name}.ipynb"]["cells"]
        text = "\n".join(cell["source"] for cell in cells)
        asked = guesses(part)
        assert asked, part.name
        assert cells[-1]["source"] in (f"guessed(part={part.number})", "guessed()")
        for number, guess in asked.items():
            assert len(guess.choices) >= 3
            assert text.index(f"**Guess {number}.**") < text.index(f'guess("{number}")')
            assert text.index(f'guess("{number}")') < text.index(f'answer("{number}")')
            assert guess.answer not in text
        for number in re.findall(r"\*\*Question ([\d.]+)\.\*\*", text):
            (folded,) = (c["source"] for c in cells if f"**Answer {number}.**" in c["source"])
            assert folded.startswith("<details><summary>")
            assert folded.endswith("</details>")
        solved = "\n".join(c["source"] for c in with_answers[f"{part.name}.ipynb"]["cells"])
        assert all(f"**Answer {n}: {g.right}.**" in solved for n, g in asked.items())


def test_questions_are_numbered_in_their_order() -> None:
    for part in parts():
        found = re.findall(r"\*\*(?:Question|Guess) (\d+)\.(\d+)\.\*\*", part.text)
        assert found == [(str(part.number), str(i + 1)) for i in range(len(found))], part.name


def test_the_sources_are_python() -> None:
    for part in parts():
        ast.parse(part.text)
