"""The mutator of `bench/mutants.py`: what it changes, what it leaves alone, what it draws."""

import ast
import base64
import json
import zlib
from pathlib import Path
from textwrap import dedent

import pytest

from mutantlib.concerned import Map
from mutantlib.judging import sorted_by_file
from mutantlib.operators import mutations
from mutantlib.probes import MARKS, marked, stretches
from mutantlib.recording import digest
from mutantlib.sample import sample


def changes(text: str, operator: str = "") -> set[str]:
    """The module after each change, or each of this operator."""
    content = text.encode()
    return {
        m.apply(content).decode()
        for m in mutations("m.py", content)
        if operator in ("", m.operator)
    }


@pytest.mark.parametrize(
    ("operator", "text", "expected"),
    [
        ("boundary", "a < b", {"(a <= b)"}),
        ("boundary", "a >= b", {"(a > b)"}),
        ("boundary", "a == b", set()),
        ("negation", "a < b", {"(a >= b)"}),
        ("negation", "a == b", {"(a != b)"}),
        ("negation", "a not in b", {"(a in b)"}),
        ("negation", "a < b <= c", {"(a >= b <= c)", "(a < b > c)"}),
        ("arithmetic", "a + b", {"(a - b)"}),
        ("arithmetic", "a * b", {"(a / b)"}),
        ("arithmetic", "a ** b", {"(a * b)"}),
        ("arithmetic", "-a", {"(a)"}),
        ("arithmetic", "a += b", {"a -= b"}),
        ("arithmetic", "a + 'b'", set()),
        ("and, or", "a and b and c", {"(a or b or c)"}),
        ("and, or", "a or b", {"(a and b)"}),
        ("not", "not a", {"(a)"}),
        ("constant", "f(3)", {"f(4)", "f((2))"}),
        ("constant", "f(0.5)", {"f(1.5)", "f((-0.5))"}),
        ("constant", "f(True)", {"f(False)"}),
        ("text", "f('ab')", {"f('')"}),
        ("text", "f('a sentence')", set()),
        ("text", "f(f'{a}b')", set()),
        ("condition", "a if b else c", {"a if True else c", "a if False else c"}),
        (
            "condition",
            "[a for a in b if c]",
            {"[a for a in b if True]", "[a for a in b if False]"},
        ),
        ("condition", "while a: b()", {"while False: b()"}),
        ("keyword", "f(a, b=c, d=e)", {"f(a, d=e)", "f(a, b=c)"}),
        ("keyword", "f(a, **b)", set()),
        ("return", "def f(): return a", {"def f(): return None"}),
        ("return", "def f(): return None", set()),
        ("statement", "f(a)", {"pass"}),
        ("statement", "a.b = c", {"pass"}),
        ("statement", "a = c", set()),
        ("statement", "raise a", {"pass"}),
        ("statement", "for a in b: continue", {"for a in b: pass"}),
        ("exception", "raise A(b)", {"raise Exception(b)"}),
        ("exception", "try: a\nexcept A: b", {"try: a\nexcept (): b"}),
        (
            "exception",
            "try: a\nexcept (A, B): b",
            {"try: a\nexcept (A,): b", "try: a\nexcept (B,): b"},
        ),
    ],
)
def test_an_operator_changes_what_it_says(operator: str, text: str, expected: set[str]) -> None:
    assert changes(text, operator) == expected


@pytest.mark.parametrize(
    "text",
    [
        '"""Module."""',
        'def f() -> None:\n    """Word"""',
        'def f(a: "int" = b) -> Literal["c"]: ...',
        'class A:\n    a: Literal["one", 2]',
        "if TYPE_CHECKING:\n    import a\n    b(1)",
        '__all__ = ["a", "b"]',
        'Array = NDArray["float"] | None',
        'a = TypeVar("a", bound=b)',
        'a = cast("int", b)',
    ],
)
def test_what_computes_nothing_is_left_alone(text: str) -> None:
    assert changes(text) == set()


def test_the_words_of_a_repr_are_left_alone_but_not_what_it_computes() -> None:
    text = "class A:\n    def __repr__(self):\n        return 'A' + f(1)"
    assert {m.operator for m in mutations("m.py", text.encode())} == {"constant", "return"}


def test_a_change_stands_where_it_says_whatever_letters_come_before() -> None:
    text = "a = 'ü∂'  # σ\n\nb = f('ß', c)  # ∂\n"
    assert text.replace("'ß'", "''") in changes(text, "text")
    (mutation,) = [m for m in mutations("m.py", text.encode()) if m.original == "'ß'"]
    assert (mutation.line, mutation.name) == (3, "m.py: text: 'ß' -> ''")


def test_changes_that_read_the_same_have_names_of_their_own() -> None:
    found = mutations("m.py", b"f(1)\ng(1)\nf(1)\n")
    ones = [m for m in found if (m.operator, m.replacement) == ("constant", "2")]
    assert [m.name.removeprefix("m.py: constant: 1 -> 2") for m in ones] == ["", " (2)", " (3)"]
    assert len({m.name for m in found}) == len(found)


TEXTS = {
    "long.py": b"".join(b"a%d = b + %d\n" % (i, i) for i in range(90)),
    "short.py": b"".join(b"a%d = b + %d\n" % (i, i) for i in range(10)),
}


def test_a_seed_gives_the_same_sample_and_another_seed_another() -> None:
    assert sample(TEXTS, 40, seed=1) == sample(TEXTS, 40, seed=1)
    assert sample(TEXTS, 40, seed=1) != sample(TEXTS, 40, seed=2)
    assert sample(TEXTS, 40, seed=1)[:20] == sample(TEXTS, 20, seed=1)


def test_a_sample_has_each_change_once_and_more_of_longer_modules() -> None:
    everything = sample(TEXTS, 1000, seed=0)
    assert len(set(everything)) == len(everything) == 300
    some = [mutation.module for mutation in sample(TEXTS, 50, seed=0)]
    assert 0 < some.count("short.py") < 15


def test_what_would_be_no_python_is_not_drawn() -> None:
    assert sample({"m.py": b"f(a, b=c)[0] = 1"}, 10, seed=0)
    for mutation in sample({"m.py": b"a: int = 1\nx, *y = f(1)"}, 10, seed=0):
        ast.parse(mutation.apply(b"a: int = 1\nx, *y = f(1)"))


BRANCHES = dedent('''\
    """Module."""
    from __future__ import annotations
    a = 1
    def f(b):
        """Function."""
        if b:
            c = 2
        else:
            c = 3
        try:
            d = 1 / b
            c = d
        except ZeroDivisionError:
            return 0
        return c
    ''')


@pytest.mark.parametrize(
    ("argument", "expected"),
    [(2, {3, 6, 7, 11, 15}), (0, {3, 6, 9, 11, 14})],
)
def test_marks_tell_which_stretches_are_executed(argument: int, expected: set[int]) -> None:
    marks = bytearray(20)
    names = {MARKS: marks}
    exec(compile(marked(BRANCHES, 5), "m.py", "exec"), names)
    names["f"](argument)  # type: ignore[operator]
    first_lines = [start for start, _ in stretches(BRANCHES)]
    executed = {first_lines[i - 5] for i, mark in enumerate(marks) if mark}
    assert executed - {10} == expected


def test_what_is_marked_keeps_its_lines() -> None:
    def lines(tree: ast.AST) -> list[int]:
        return sorted({node.lineno for node in ast.walk(tree) if isinstance(node, ast.stmt)})

    assert lines(marked(BRANCHES, 0)) == lines(ast.parse(BRANCHES))


def test_every_module_can_be_marked_and_changed() -> None:
    for path in sorted((Path(__file__).parents[1] / "src/chainrule/data").glob("*.py")):
        text = path.read_text("utf-8")
        assert len(stretches(text)) == ast.unparse(marked(text, 0)).count(f"{MARKS}[")
        for mutation in mutations(path.name, text.encode())[::50]:
            assert mutation.apply(text.encode()) != text.encode()


def test_the_tests_of_a_line_are_those_that_execute_it_and_then_those_of_its_module(
    tmp_path: Path,
) -> None:
    at = stretches(BRANCHES)
    source = {
        "texts": {"m.py": digest(BRANCHES.encode())},
        "first": {"m.py": 0},
        "at": {"m.py": at},
    }
    (tmp_path / "source.json").write_text(json.dumps(source))

    def line(test: str, seconds: float, *lines: int, passed: bool = True) -> dict[str, object]:
        marks = bytes(start in lines for start, _ in at)
        executed = base64.b85encode(zlib.compress(marks)).decode()
        took = {"seconds": seconds, "shared": 0.0}
        return {"test": test, **took, "passed": passed, "executed": executed}

    lines = [
        line("t.py::slow", 9.0, 6, 7),
        line("t.py::quick", 0.1, 6, 7),
        line("t.py::other", 0.1, 6, 9),
        line("t.py::fails", 0.1, 7, passed=False),
        {"file": "t.py", "digest": ""},
        line("begun.py::test", 0.1, 7),
    ]
    (tmp_path / "tests.jsonl").write_text("".join(json.dumps(x) + "\n" for x in lines))
    known = Map(tmp_path)
    slow, quick, other = (
        known.tests.index(f"t.py::{name}") for name in ("slow", "quick", "other")
    )
    assert (len(known.tests), known.failed) == (3, ["t.py::fails"])
    assert known.concerned("m.py", 7, BRANCHES.encode()) == ([quick, slow], [other])
    assert sorted(known.concerned("m.py", 6, BRANCHES.encode())[0]) == sorted([slow, quick, other])
    assert known.concerned("m.py", 7, b"another") == ([], [quick, other, slow])


def test_tests_of_a_file_are_run_together() -> None:
    assert sorted_by_file(["b::1", "a::1", "b::2"]) == ["b::1", "b::2", "a::1"]
