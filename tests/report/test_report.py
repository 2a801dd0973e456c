import base64
import json
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest

from chainrule.errors import ChainruleError
from chainrule.report._page import Guess, Picture, Section, Table, report_html

VOID = {"meta", "img", "link", "br", "input"}
PNG = b"\x89PNG not really"
TABLE = Table("Scores", ("part", "accuracy"), [("train", "1.000"), ("test", "0.981")])
PICTURE = Picture("Loss", "It falls.", "A falling curve.", PNG)
GUESSES = [
    Guess(PNG, 107, "gnu", "yak", 7.8, 0.9934),
    Guess(PNG, 143, "yak", "yak", 0.44, 0.645),
]
CLASSES = ["emu", "gnu", "yak"]


@dataclass
class Element:
    tag: str
    attributes: dict[str, str | None]
    text: str = ""


@dataclass
class Page(HTMLParser):
    """Elements in order, each with the text directly in it, and checks that tags are closed."""

    source: str
    elements: list[Element] = field(default_factory=list)
    open: list[Element] = field(default_factory=list)
    visible: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.source)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, dict(attrs))
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.open[-1].text += data
        # What a browser with JavaScript renders as text.
        if not {e.tag for e in self.open} & {"script", "style", "noscript", "head"}:
            self.visible += data

    def all(self, *tags: str) -> list[Element]:
        return [e for e in self.elements if e.tag in tags]

    def texts(self, *tags: str) -> list[str]:
        return [e.text for e in self.all(*tags)]


def page(
    title: str = "A run",
    tables: tuple[Table, ...] = (TABLE,),
    pictures: tuple[Picture, ...] = (PICTURE,),
    guesses: tuple[Guess, ...] = tuple(GUESSES),
    classes: tuple[str, ...] = tuple(CLASSES),
) -> Page:
    return Page(
        report_html(
            title=title,
            intro=["First paragraph.", "Second paragraph."],
            sections=[
                *([Section("Numbers", tables=tables)] if tables else []),
                *([Section("Pictures", pictures=pictures)] if pictures else []),
            ],
            guesses=guesses,
            classes=list(classes),
        )
    )


def test_has_everything_it_was_given_under_ordered_headings() -> None:
    p = page()
    assert p.source.startswith("<!DOCTYPE html>\n<html lang=")
    assert p.all("html")[0].attributes["lang"] == "en"
    assert p.texts("title", "h1") == ["A run", "A run"]
    assert p.texts("h2") == ["Numbers", "Pictures", "Would you have done better?"]
    assert p.texts("h3") == ["Loss", "Test sample 107", "Test sample 143"]
    assert "First paragraph." in p.texts("p")
    assert p.texts("caption") == ["Scores"]
    assert p.texts("th") == ["part", "accuracy", "train", "test"]
    assert p.texts("td") == ["1.000", "0.981"]
    assert p.texts("figcaption") == ["It falls."]


def test_nothing_comes_from_elsewhere() -> None:
    p = page()
    for element in p.elements:
        for name in ("src", "href", "srcset", "action", "data"):
            value = element.attributes.get(name)
            assert value is None or value.startswith("data:image/png;base64,")
    assert not re.search(r"https?:|//[a-z]+\.|@import|url\(", p.source)
    sources = [image.attributes["src"] or "" for image in p.all("img")]
    assert len(sources) == 3
    assert all(base64.b64decode(source.split(",")[1]) == PNG for source in sources)


def test_every_image_has_words() -> None:
    alts = [image.attributes.get("alt") for image in page().all("img")]
    assert alts[0] == "A falling curve."
    assert all(alts)


def test_no_inline_handlers_and_every_label_points_somewhere() -> None:
    p = page()
    ids = {e.attributes["id"] for e in p.elements if "id" in e.attributes}
    for element in p.elements:
        assert not any(name.startswith("on") for name in element.attributes)
        assert element.attributes.get("aria-labelledby") in {None, *ids}


def test_text_is_escaped_wherever_it_stands() -> None:
    evil = "</script><script>alert('1')</script>\"&"
    p = page(
        evil,
        (Table(evil, (evil, evil), [(evil, evil)]),),
        (Picture(evil, evil, evil, PNG),),
        (Guess(PNG, 1, evil, evil, 1.0, 0.5),),
        (evil, "emu"),
    )
    assert p.texts("h1", "caption", "figcaption", "td") == [evil] * 4
    assert p.all("img")[0].attributes["alt"] == evil
    assert p.all("button")[0].attributes["value"] == evil
    assert len(p.all("script")) == len(page().all("script"))
    assert json.loads(p.texts("script")[0])[0]["true"] == evil


def test_each_guess_offers_every_class_and_a_score_is_announced() -> None:
    p = page()
    assert p.texts("button") == CLASSES * 2
    assert all(b.attributes["type"] == "button" for b in p.all("button"))
    score = next(e for e in p.all("p") if e.attributes.get("id") == "score")
    assert score.attributes["aria-live"] == "polite"
    assert score.text == "You: 0 of 0; the model: 0 of 0"


def test_answers_cannot_be_read_before_guessing() -> None:
    p = page()
    read = p.visible
    for element in p.elements:
        for name in ("alt", "title", "aria-label", "class"):
            read += " " + (element.attributes.get(name) or "")
    assert read.count("gnu") == read.count("yak") == read.count("emu") == 2  # the buttons
    for secret in ("7.8", "0.99", "0.44", "0.645", "The label is"):
        assert secret not in read


def test_answers_are_there_for_the_script_and_without_one() -> None:
    p = page()
    answer = (
        "The label is gnu. The model said yak, with probability 0.993; its loss was 7.80 nats."
    )
    data = next(e for e in p.all("script") if e.attributes.get("id") == "answers")
    assert data.attributes["type"] == "application/json"
    assert json.loads(data.text)[0] == {"true": "gnu", "predicted": "yak", "text": answer}
    assert len(p.all("noscript")) == len(p.all("details")) == 2
    assert answer in p.texts("p")


def test_classes_come_from_the_guesses_if_not_given() -> None:
    assert page(classes=()).texts("button") == ["gnu", "yak"] * 2
    with pytest.raises(ChainruleError, match="class 'gnu', which is not among the classes yak"):
        page(classes=("yak",))


def test_an_infinite_loss_does_not_break_the_data() -> None:
    p = page(guesses=(Guess(PNG, 1, "gnu", "yak", float("inf"), 1.0),))
    assert "inf nats" in json.loads(p.texts("script")[0])[0]["text"]


def test_what_is_empty_is_left_out() -> None:
    p = page(tables=(), pictures=(), guesses=())
    assert not p.all("section", "table", "img", "script", "h2", "button")
    assert p.texts("p") == ["First paragraph.", "Second paragraph."]


def test_a_section_has_its_text_before_its_pictures() -> None:
    section = Section("Why", ["One reason.", "Another."], [TABLE], [PICTURE])
    p = Page(report_html(title="A run", intro=[], sections=[section]))
    assert p.texts("p") == ["One reason.", "Another."]
    tags = [e.tag for e in p.elements if e.tag in {"h2", "p", "table", "img"}]
    assert tags == ["h2", "p", "p", "table", "img"]


def test_the_picture_with_all_answers_is_folded_up_after_the_guesses() -> None:
    source = report_html(title="A run", intro=[], sections=[], guesses=GUESSES, answers=PICTURE)
    details = source.rindex("<details>")
    assert source.index("</ol>") < details < source.index("A falling curve.")
    assert "open" not in Page(source).all("details")[-1].attributes


def test_is_readable_in_light_and_dark_and_on_a_phone() -> None:
    p = page()
    assert "prefers-color-scheme: dark" in p.source
    names = {meta.attributes.get("name"): meta.attributes.get("content") for meta in p.all("meta")}
    assert names["viewport"] == "width=device-width, initial-scale=1"


def test_words_stand_left_and_numbers_right_in_their_column() -> None:
    rows = [("12", "0.9751", "-0.0015", "0.9639 to 0.9834", "learning rate 0.05, width 55")] * 2
    table = Table("Trials", ("trial", "accuracy", "flattery", "interval", "settings"), rows)
    page = report_html(title="", intro=[], sections=[Section("", tables=[table])])
    cells = re.findall(r'<td data-column="(\w+)"( class="[^"]*")?>', page)
    assert cells[:4] == [
        ("accuracy", ""),
        ("flattery", ""),
        ("interval", ' class="words"'),
        ("settings", ' class="words long"'),
    ]
    assert '<th scope="col" class="words">interval</th>' in page
