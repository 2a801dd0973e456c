"""Which exercises of a part stand, by what `check` said last: a line at the notebook's top."""

from collections.abc import Iterable
from html import escape
from typing import Any

from chainrule.checking.verdict import Verdict
from chainrule.lab._advice import makers
from chainrule.lab._display import Output, display_or_print, update
from chainrule.lab._kept import kept
from chainrule.lab._sources import parts

SECTION = "exercises"


class Progress:
    """The exercises of one part, in their order, and which of them stand."""

    def __init__(self, part: int) -> None:
        """Of a part, counted from 1, which exists."""
        self._part = part
        self._key = next(p.name for p in parts() if p.number == part)
        self._names = [
            name
            for name, made in makers(part).items()
            if made.is_exercise and made.is_function and not name.startswith("_")
        ]

    def show(self) -> None:
        """Show the line here; `after_cell` changes it. A part without exercises has none."""
        if self._names:
            display_or_print(self._line(), self._place)

    def after_cell(self, value: Any) -> None:
        """Note what `check` said, if that is the value of a cell."""
        if not isinstance(value, Verdict):
            return
        before = kept.section(SECTION).get(self._key, {})
        now = before | {name: passed for name, passed in _judged(value) if name in self._names}
        if now != before:
            kept.keep(SECTION, self._key, now)
            update(self._line(), self._place)

    @property
    def _place(self) -> str:
        return f"chainrule-progress-{self._part}"

    def _line(self) -> Output:
        standing = kept.section(SECTION).get(self._key, {})
        done = [name for name in self._names if standing.get(name)]
        todo = [name for name in self._names if name not in done]
        if not done:
            text = (
                f"To do in this part: {', '.join(todo)}. What `check` finds right is noted here."
            )
        elif todo:
            text = f"{len(done)} of {len(self._names)} exercises of this part stand: "
            text += f"{', '.join(done)}. Still to do: {', '.join(todo)}."
        else:
            text = f"All exercises of this part stand: {', '.join(done)}."
        marks = " &emsp; ".join(
            f"{'✓' if name in done else '○'} <code>{escape(name)}</code>" for name in self._names
        )
        small = escape(text).replace("`check`", "<code>check</code>")
        return {"text/html": f"<p>{marks}</p><small>{small}</small>", "text/plain": text}


def _judged(verdict: Verdict) -> Iterable[tuple[str, bool]]:
    """Each function or class of a verdict, and whether all of it is right."""
    names = dict.fromkeys(finding.name.partition(".")[0] for finding in verdict)
    for name in names:
        findings = [f for f in verdict if f.name.partition(".")[0] == name]
        yield name, all(finding.passed for finding in findings)
