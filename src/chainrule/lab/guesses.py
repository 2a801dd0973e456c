"""Guesses: a learner commits to one, sees it beside what is right, and how many were right.

They are kept beside the notebooks, so that they are still there after a restart of the kernel. The
first guess counts: what was seen afterwards is no guess.
"""

from html import escape
from typing import Any

from chainrule.errors import ChainruleError
from chainrule.lab._display import Output, display, display_or_print, shell, update
from chainrule.lab._kept import kept
from chainrule.lab._questions import Guess, guess_of, guesses
from chainrule.lab._sources import parts

NO_IDEA = "no idea"


def guess(number: str, choice: str | None = None) -> None:
    """Commit to a guess: with buttons, or by the letter of a choice. The first one counts.

    Args:
        number: of the question, such as "2.1".
        choice: the letter of a choice, or "no idea"; None shows buttons, where there are some.

    Raises:
        ChainruleError: if there is no such question, or no such choice.
    """
    question = guess_of(number)
    before = _committed(number)
    if before is not None:
        _say(question, _guess_words(before) + _instead(choice, before) + ".")
    elif choice is not None:
        _commit(question, choice)
        _say(question, _kept_words(question))
    elif not _buttons(question):
        _say(question, f"What do you think? Run {_call(question)}, with your letter.")


def answer(number: str) -> None:
    """Show what is right beside the guess, and why; before there is a guess, ask for it.

    What is shown changes by itself when the guess is made.

    Args:
        number: of the question, such as "2.1".

    Raises:
        ChainruleError: if there is no such question.
    """
    question = guess_of(number)
    display_or_print(_answered(question), _answer_place(question))


def guessed(part: int | None = None) -> None:
    """Say how many guesses of a part were right; or of the whole lab.

    Args:
        part: counted from 1; None counts the parts of the lab together.

    Raises:
        ChainruleError: if there is no such part.
    """
    known = [p.number for p in parts()]
    if part is not None and part not in known:
        raise ChainruleError(f"the lab has parts 1 to {known[-1]}; there is no part {part}")
    asked = [g for p in parts() if part in (None, p.number) for g in guesses(p).values()]
    right = [g for g in asked if _committed(g.number) == g.right]
    unsure = [g.number for g in asked if _committed(g.number) == NO_IDEA]
    where = "in the whole lab" if part is None else f"in part {part}"
    lines = [f"You guessed {len(right)} of {len(asked)} {where}."]
    missed = [g.number for g in asked if _committed(g.number) not in (None, NO_IDEA, g.right)]
    waiting = [g.number for g in asked if _committed(g.number) is None]
    if missed:
        lines.append(f"It was another choice in {', '.join(missed)}.")
    if unsure:
        lines.append(f"You had no idea in {', '.join(unsure)}.")
    if waiting:
        lines.append(f"No guess yet: {', '.join(waiting)}.")
    text = " ".join(lines)
    display_or_print(
        {"text/markdown": f"**{lines[0]}** {' '.join(lines[1:])}", "text/plain": text},
        f"chainrule-guessed-{part}",
    )


def _committed(number: str) -> str | None:
    """The letter that was guessed, if one was."""
    value = kept.section("guesses").get(number)
    return value if isinstance(value, str) else None


def _commit(question: Guess, choice: str) -> None:
    letter = str(choice).strip().lower()
    if letter not in (*question.choices, NO_IDEA):
        letters = ", ".join(question.choices)
        raise ChainruleError(
            f"the guess to {question.number} is one of {letters}, or {NO_IDEA!r}; got {choice!r}"
        )
    kept.keep("guesses", question.number, letter)
    update(_answered(question), _answer_place(question))


def _answered(question: Guess) -> Output:
    letter = _committed(question.number)
    if letter is None:
        text = f"The answer to {question.number} appears here once you have guessed."
        return {"text/markdown": f"*{text}*", "text/plain": f"{text} {_call(question)}"}
    it_is = ", and it is" if letter == question.right else f"; it is {question.right}"
    head = f"{_guess_words(letter)}{it_is}: {question.choices[question.right]}"
    return {
        "text/markdown": f"**{head}**\n\n{question.answer}",
        "text/plain": f"{head}\n{question.answer}",
    }


def _buttons(question: Guess) -> bool:
    """Show a button for each choice, if there are buttons here."""
    if shell() is None:
        return False
    try:
        import ipywidgets as widgets
    except ImportError:
        return False
    row: list[Any] = []
    for letter in (*question.choices, NO_IDEA):
        narrow = widgets.Layout(width="auto", min_width="3.5em")
        button = widgets.Button(description=letter, layout=narrow)
        button.tooltip = f"guess {letter}; the first guess counts"
        row.append(button)
    note = f"One click, and it is kept. Or in code: <code>{escape(_call(question))}</code>"
    box = widgets.HBox([*row, widgets.HTML(f"&ensp;<small>{note}</small>")])

    def clicked(button: Any) -> None:
        if _committed(question.number) is None:  # not from another notebook, meanwhile
            _commit(question, button.description)
        box.children = [widgets.HTML(escape(_kept_words(question)))]

    for button in row:
        button.on_click(clicked)
    bundle: Any = box._repr_mimebundle_()
    display({**bundle, "text/plain": f"What do you think? Run {_call(question)}."})
    return True


def _kept_words(question: Guess) -> str:
    guessed = _guess_words(_committed(question.number))
    return f"{guessed}; it is kept. The right answer appears below, after the cells that show it."


def _guess_words(letter: str | None) -> str:
    return f"You said: {NO_IDEA}" if letter == NO_IDEA else f"You guessed {letter}"


def _instead(choice: str | None, before: str) -> str:
    if choice is None or str(choice).strip().lower() == before:
        return ""
    return ", and the first guess counts"


def _call(question: Guess) -> str:
    return f'guess("{question.number}", "{next(iter(question.choices))}")'


def _say(question: Guess, text: str) -> None:
    output = {"text/markdown": text, "text/plain": text}
    display_or_print(output, f"chainrule-guess-{question.number}")


def _answer_place(question: Guess) -> str:
    return f"chainrule-answer-{question.number}"
