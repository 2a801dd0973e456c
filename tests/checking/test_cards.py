"""How a verdict looks: a card for each mistake, in a terminal and in a notebook."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from chainrule.checking.diagnosis import Blame, Finding
from chainrule.checking.diagnosis.blame import Excerpt, LineVerdict, Mistake, Slip
from chainrule.checking.diagnosis.html import as_html
from chainrule.checking.diagnosis.text import Look, Teller, columns, excerpt_lines
from chainrule.checking.hints import WIDTH
from chainrule.checking.learner.desk import Problem
from chainrule.checking.verdict import Verdict
from chainrule.faults import FORMULAS, fault

LINE = "    delta = (y2 - y) * 1.0"


def excerpt(line: str, piece: str, number: int = 7, cell: int | None = None) -> Excerpt:
    start = line.index(piece)
    return Excerpt((line,), number, start, start + len(piece), cell)


def wrong(one: Excerpt, fault_id: str = "grad-transposed", sentence: str = "it is x") -> Finding:
    mistake = Mistake(one.piece, sentence, fault_id, one.cell, one.line, one)
    return Finding("fit", passed=False, mistakes=(mistake,))


def told(finding: Finding, hint: int = 2) -> list[str]:
    return [line.text for line in Teller(hint).lines(finding)]


def underlined(one: Excerpt) -> list[str]:
    """What stands above the marks, in columns of a terminal."""
    found, above = [], ""
    for line in excerpt_lines(one):
        if line.look is Look.UNDERLINE:
            start, end = line.text.index("^"), line.text.rindex("^") + 1
            wide = "".join(c if columns(c) == 1 else f"{c}\0" for c in above)
            found.append(wide[start:end].replace("\0", ""))
        above = line.text
    return found


@pytest.mark.parametrize(
    ("line", "piece"),
    [
        (LINE, "y2 - y"),
        ("delta = y2 - y", "delta = y2 - y"),
        ("\t\tδ = np.outer(é, h)", "np.outer(é, h)"),
        ("损失 = 预测 - 目标  # 误差", "预测 - 目标"),
    ],
)
def test_the_wrong_piece_is_underlined_in_its_line(line: str, piece: str) -> None:
    assert underlined(excerpt(line, piece)) == [piece]
    first = next(excerpt_lines(excerpt(line, piece, cell=3))).text
    assert first.startswith(f"      cell 3, line 7 | {line.strip()[:5]}")


def test_a_piece_of_several_lines_is_underlined_in_each() -> None:
    lines = ("    delta = np.dot(", "        W.T, delta", "    ) * slope")
    one = Excerpt(lines, 9, 12, 5)
    assert underlined(one) == ["np.dot(", "W.T, delta", ")"]
    assert one.piece == "np.dot( W.T, delta )"
    many = Excerpt(("f(", *["    x,"] * 50, ")"), 1, 0, 1)
    assert len(list(excerpt_lines(many))) < 12


@pytest.mark.parametrize("place", [0, 40, 150])
def test_lines_fit_a_terminal_and_show_what_is_marked(place: int) -> None:
    long = f"{'a + ' * (place // 4)}y2 - y{' + b' * 60}"
    found = wrong(excerpt(f"    x = {long}", "y2 - y", cell=12))
    assert max(columns(line) for line in told(found, 3)) <= WIDTH
    assert found.mistakes[0].excerpt is not None
    assert underlined(found.mistakes[0].excerpt) == ["y2 - y"]


def test_code_cannot_command_the_terminal() -> None:
    hostile = 'x = "\x1b[2J\u202e\x07" - y'
    text = "\n".join(told(wrong(excerpt(hostile, hostile))))
    assert not re.search("[\x00-\x09\x0b-\x1f\u202e]", text)


class Page(HTMLParser):
    """The text of a page, that in marks, and that which is folded."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.marked = self.folded = self.shown = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("script", "img", "b")
        assert not any(name.startswith("on") for name, _ in attrs)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "mark" in self.open:
            self.marked += data
        if "details" in self.open:
            self.folded += data
        else:
            self.shown += data


def test_the_wrong_piece_is_marked_in_html() -> None:
    page = Page(as_html([wrong(excerpt(LINE, "y2 - y", cell=3))], hint=3))
    assert page.marked == "y2 - y"
    assert "cell 3, line 7 delta = (y2 - y) * 1.0" in page.shown
    assert fault("grad-transposed").title in page.shown
    assert "It is x." in page.shown
    assert fault("grad-transposed").truth.strip() in page.folded
    assert page.open == []


def test_hostile_names_and_code_are_text_in_html() -> None:
    hostile = "<script>alert('&')</script><b onload=x>"
    one = wrong(excerpt(f"x = {hostile}", hostile), sentence=hostile)
    several = [
        Finding(hostile, passed=False, mistakes=one.mistakes),
        Finding(hostile, passed=None, reason=hostile),
        Finding("f", passed=False, blames=(Blame("nll-sign", hostile, hostile, hostile),)),
        Finding("f", passed=False, problem=Problem("NameError", hostile, line=3, source=hostile)),
        Finding(hostile),
    ]
    page = Page(as_html(several, hint=3))
    assert page.open == []
    assert hostile in page.marked


@pytest.mark.parametrize("id_", [id_ for id_ in FORMULAS if id_ != "not-implemented"])
def test_nothing_is_revealed_below_its_hint(id_: str) -> None:
    known = fault(id_)
    blamed = Finding("f", passed=False, blames=(Blame(id_, "grad_W_o", "wrong(x)", "right(x)"),))
    at_its_line = wrong(excerpt(LINE, "y2 - y"), id_, "z stands where h belongs")
    for finding in (blamed, at_its_line):
        for hint in (1, 2, 3):
            page = Page(as_html([finding], hint))
            pages = (page.shown + page.folded, " ".join(" ".join(told(finding, hint)).split()))
            for text in pages:
                assert known.title in text
                assert ("right(x)" in text or "h belongs" in text) <= (hint >= 2)
                assert (" ".join(known.truth.split()) in " ".join(text.split())) is (hint >= 3)
            assert known.truth.strip() not in page.shown


def test_an_explanation_is_given_once_a_file() -> None:
    both = [wrong(excerpt(LINE, "y2 - y", number)) for number in (7, 8)]
    teller = Teller(3)
    first, second = ([line.text for line in teller.lines(one)] for one in both)
    beginning = fault("grad-transposed").truth.split()[0]
    assert any(beginning in line for line in first)
    assert not any(beginning in line for line in second)
    assert second[-1].strip() == "Why: as above."


def test_the_same_mistake_in_several_layers_is_one_card() -> None:
    one = excerpt(LINE, "y2 - y")
    mistakes = tuple(
        Mistake("y2 - y", f"layer {i} is wrong", "grad-inputs-swapped", None, 7, one)
        for i in (2, 1)
    )
    lines = told(Finding("fit", passed=False, mistakes=mistakes), 3)
    assert sum("^" in line for line in lines) == 1
    assert "Layer 2 is wrong. Layer 1 is wrong." in " ".join(" ".join(lines).split())


def test_an_exception_shows_its_line_with_the_name() -> None:
    problem = Problem(
        "NameError", "x", cell=2, line=5, source="return x + exp(y)", name="x", near=("X",)
    )
    finding = Finding("f", passed=False, blames=(Blame("misspelt-name", "f"),), problem=problem)
    lines = told(finding, 1)
    assert lines[0] == "      cell 2, line 5 | return x + exp(y)"
    assert lines[1].strip() == "|        ^"
    assert "Did you mean `X`?" in " ".join(lines)


def test_many_numbers_of_what_is_right_are_shown_with_the_last_hint_alone() -> None:
    few, many = np.arange(5.0), np.arange(35.0)
    for expected in (few, many):
        finding = Finding("softmax", passed=False, expected=expected, actual=expected + 1)
        for hint in (1, 2, 3):
            hidden = hint < 3 and expected is many
            assert (finding.to_dict(hint)["expected"] is None) is hidden
            assert finding.to_dict(hint)["actual"] is not None
            drawn = "expected, shape" in as_html([finding], hint)
            assert drawn is (hint > 1 and not hidden)


def test_a_verdict_in_a_terminal_is_told_in_the_same_cards() -> None:
    finding = wrong(excerpt(LINE, "y2 - y"))
    lines = repr(Verdict((finding,), 2)).split("\n")
    assert lines == ["WRONG  fit", *told(finding), "More: check(…, hint=3)"]


def test_lines_stand_in_a_table_that_breaks_at_blanks() -> None:
    remark = f"`x` is right {'in all samples that were tried ' * 5}"
    lines = (
        LineVerdict(9, "x = y - t", True),
        LineVerdict(10, f"x = {'y - t + ' * 12}y", False, remark),
    )
    finding = Finding("fit", passed=False, slips=(Slip("a sign"),), lines=lines)
    text = told(finding)
    assert max(map(columns, text)) <= WIDTH
    assert "      line 9  | right     x = y - t" in text
    below = text.index(next(line for line in text if "WRONG" in line)) + 1
    assert text[below].startswith(f"{'':14}| {'':10}`x` is right in all")
    page = as_html([finding], 2)
    assert page.count("<tr") == 2
    assert ">line 9</td>" in page
    assert "<td" in page.partition(">x = y - t</code>")[2]
    assert "<code>x</code> is right" in page
    assert "<pre" not in page


def test_what_belongs_in_the_place_of_wrong_code_is_said_at_the_last_hint_alone() -> None:
    named = wrong(excerpt(LINE, "y2 - y"), sentence="the transpose belongs here")
    nameless = replace(
        named, mistakes=(replace(named.mistakes[0], fault="", idea="this is no derivative"),)
    )
    known = fault("grad-transposed")
    for hint in (1, 2, 3):
        first, second = (" ".join(" ".join(told(f, hint)).split()) for f in (named, nameless))
        assert known.title in first
        assert (known.believed in first) is (hint >= 2)
        for text in (first, second):
            assert ("The transpose belongs here." in text) is (hint == 3)
        assert ("This is no derivative." in second) is (hint == 2)
