"""The questions in a part's source: those with a choice, which learners guess, and open ones.

A guess is a markdown cell with the tag "guess": `**Guess 2.1.** What happens?`, then a list of
choices, `- **a** Nothing.` and so on. An open question is `**Question 2.2.** Why?` anywhere. The
answer to either is a cell with the tag "answer": `**Answer 2.1: a.** …` or `**Answer 2.2.** …`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from chainrule.errors import ChainruleError
from chainrule.lab._sources import Part, parts

GUESS = re.compile(r"\*\*Guess (?P<number>\d+\.\d+)\.\*\*")
QUESTION = re.compile(r"\*\*Question (?P<number>\d+\.\d+)\.\*\*")
ANSWER = re.compile(r"\*\*Answer (?P<number>\d+\.\d+)(?:: (?P<letter>[a-z]))?\.\*\*\s*")
CHOICE = re.compile(r"^- \*\*(?P<letter>[a-z])\*\* (?P<text>.+?)(?=^- |\Z)", re.M | re.S)


@dataclass(frozen=True)
class Guess:
    """A question with choices.

    Attributes:
        number: "2.1": of the part, and within it.
        choices: their texts, by letter.
        right: the letter of the right one.
        answer: why, in Markdown.
    """

    number: str
    choices: dict[str, str]
    right: str
    answer: str


class QuestionError(ChainruleError):
    """A question of the lab is not as it must be: without an answer, say."""


def guesses(part: Part) -> dict[str, Guess]:
    """The guesses of a part, by number, in order.

    Raises:
        QuestionError: if a question has no answer after it, or an answer no question before it.
    """
    found: dict[str, Guess] = {}
    choices: dict[str, dict[str, str]] = {}
    open_questions: set[str] = set()
    for tags, text in _markdown_cells(part):
        if "answer" in tags:
            answer = ANSWER.match(text)
            if answer is None:
                raise QuestionError(f"{part.name}: an answer that does not say to what:\n{text}")
            number, letter = answer["number"], answer["letter"]
            if letter is None and number in open_questions:
                open_questions.remove(number)
            elif letter is not None and letter in choices.get(number, {}):
                found[number] = Guess(number, choices.pop(number), letter, text[answer.end() :])
            else:
                raise QuestionError(f"{part.name}: no question to this answer:\n{text}")
            continue
        open_questions |= {question["number"] for question in QUESTION.finditer(text)}
        guess = GUESS.search(text)
        if (guess is None) == ("guess" in tags):
            raise QuestionError(
                f'{part.name}: a guess has the tag "guess", nothing else has:\n{text}'
            )
        if guess is not None:
            choices[guess["number"]] = {
                choice["letter"]: " ".join(choice["text"].split())
                for choice in CHOICE.finditer(text)
            }
    if open_questions or choices:
        missing = ", ".join(sorted({*open_questions, *choices}))
        raise QuestionError(f"{part.name}: no answer to {missing}")
    return found


def guess_of(number: str) -> Guess:
    """The guess with a number such as "2.1".

    Raises:
        ChainruleError: if the lab has none with this number.
    """
    known = {n: guess for part in parts() for n, guess in guesses(part).items()}
    if number not in known:
        chapter = str(number).split(".")[0]
        near = [n for n in known if n.split(".")[0] == chapter] or list(known)
        raise ChainruleError(
            f"the lab has no guess with the number {number!r}; there are {', '.join(near)}"
        )
    return known[number]


def _markdown_cells(part: Part) -> Iterator[tuple[str, str]]:
    """First line and text of each markdown cell."""
    for cell in re.split(r"^(?=# %%)", part.text, flags=re.MULTILINE):
        first, _, text = cell.partition("\n")
        if "[markdown]" in first:
            yield first, re.sub(r"^# ?", "", text, flags=re.MULTILINE).strip()
