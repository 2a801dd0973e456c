"""The page of a verdict: what stands in it, and in what."""

from html.parser import HTMLParser

import pytest
from syrupy.assertion import SnapshotAssertion

from bank_files import BANK
from chainrule.checking.diagnosis import judge
from chainrule.checking.diagnosis.html import as_html
from chainrule.checking.diagnosis.located import located_in
from chainrule.checking.learner.running import load
from chainrule.checking.learner.source import read_source

_TOLD = ("aria-label", "role")  # other attributes are how it looks, and where in a picture
_VOID = ("br", "rect", "path", "line", "circle")


class _Outline(HTMLParser):
    """The elements of a page by their depth, with their texts; of a picture its texts alone."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._depth = 0
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID:
            told = "".join(f" {name}={value!r}" for name, value in attrs if name in _TOLD)
            self.lines.append(f"{'  ' * self._depth}<{tag}{told}>")
            self._depth += 1

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            self._depth -= 1

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_data(self, data: str) -> None:
        self.lines += [f"{'  ' * self._depth}{line}" for line in data.splitlines() if line.strip()]


@pytest.mark.parametrize("name", ["deeper/Lab02_Jonas.ipynb", "odd/onehot_tp1.py"])
def test_the_page_of_a_file_is_as_kept(name: str, snapshot: SnapshotAssertion) -> None:
    source = read_source(BANK / name)
    outline = _Outline(as_html(located_in(source, judge(load(source))), hint=3))
    assert outline._depth == 0
    assert "\n".join(outline.lines) == snapshot
