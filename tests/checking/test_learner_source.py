"""Learners' files as they are: cells, magics, what does not parse, what cannot be read."""

import ast
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.checking.learner.magics import plain_python
from chainrule.checking.learner.source import Source, assigned_names, read_source
from chainrule.errors import ChainruleError
from helpers import examples
from learner_files import code, write_module, write_notebook


def names(source: Source) -> list[str]:
    """What a file defines at its top level."""
    found = [statement for cell in source.cells for statement in cell.tree.body]
    return [s.name for s in found if isinstance(s, ast.FunctionDef | ast.ClassDef)]


def lines_of(source: Source) -> dict[str, int]:
    found = [statement for cell in source.cells for statement in cell.tree.body]
    return {s.name: s.lineno for s in found if isinstance(s, ast.FunctionDef | ast.ClassDef)}


def test_code_cells_are_counted_from_1_and_markdown_is_not(tmp_path: Path) -> None:
    source = read_source(write_notebook(tmp_path / "a.ipynb", ["x = 1", "def softmax(X): pass"]))
    assert [cell.number for cell in source.cells] == [1, 2]
    assert names(source) == ["softmax"]
    assert source.notes == ()


def test_a_module_is_one_cell_without_a_number(tmp_path: Path) -> None:
    source = read_source(write_module(tmp_path / "a.py", "def nll(a, b): pass\n"))
    assert [cell.number for cell in source.cells] == [None]
    assert names(source) == ["nll"]


def test_the_older_notebook_format_is_read(tmp_path: Path) -> None:
    cells = [{"cell_type": "code", "input": ["def nll(a, b):\n", "    pass"], "outputs": []}]
    content = {"worksheets": [{"cells": cells}], "nbformat": 3, "metadata": {}}
    source = read_source(write_module(tmp_path / "old.ipynb", json.dumps(content)))
    assert names(source) == ["nll"]


@pytest.mark.parametrize(
    "text",
    [
        "%matplotlib inline\n!pip install numpy\ndef f(X): pass",
        "?np.sum\nnp.sum??\ndef f(X): pass",
        "%load_ext autoreload\n%autoreload 2\n\ndef f(X): pass".replace("\n\n", "\n"),
        "files = !ls -l\nt = %timeit -o 1 + 1\ndef f(X): pass",
        "pip install numpy\nconda install numpy\ndef f(X): pass",
        "%%time\n!ls\ndef f(X): pass",
        "%%capture out\n\ndef f(X): pass",
        "\n%%timeit -n 1\ndef f(X): pass",
        "if True:\n    !ls\ndef f(X): pass",
    ],
)
def test_magics_and_shell_lines_leave_the_rest_at_its_line(tmp_path: Path, text: str) -> None:
    source = read_source(write_notebook(tmp_path / "a.ipynb", [text]))
    assert source.notes == ()
    assert lines_of(source) == {"f": text.count("\n") + 1}


@pytest.mark.parametrize(
    "magic", ["bash", "html", "writefile helper.py", "javascript", "script x"]
)
def test_a_cell_of_something_else_is_left_out(tmp_path: Path, magic: str) -> None:
    cells = [f"%%{magic}\necho 'is this (a bracket'\nls", "def f(X): pass"]
    source = read_source(write_notebook(tmp_path / "a.ipynb", cells))
    assert source.notes == ()
    assert names(source) == ["f"]


def test_a_line_that_begins_with_a_percent_sign_may_be_python(tmp_path: Path) -> None:
    text = '%matplotlib inline\nprint("%d"\n      % 3)\ns = """\n%not a magic\n!nor this\n"""\n'
    source = read_source(write_notebook(tmp_path / "a.ipynb", [text]))
    assert source.notes == ()
    kinds = [type(statement).__name__ for statement in source.cells[0].tree.body]
    assert kinds == ["Expr", "Assign"]


def test_pylab_stands_for_its_imports(tmp_path: Path) -> None:
    source = read_source(write_notebook(tmp_path / "a.ipynb", ["%pylab inline\ndef f(): pass"]))
    assert any(isinstance(s, ast.ImportFrom) for s in source.cells[0].tree.body)


def test_what_does_not_parse_is_noted_with_its_line(tmp_path: Path) -> None:
    text = "def f(X):\n    return X\n\nprint f(3)\n\ndef g(X):\n    return X\n"
    source = read_source(write_notebook(tmp_path / "a.ipynb", ["x = 1", text]))
    assert lines_of(source) == {"f": 1, "g": 6}
    (note,) = source.notes
    assert (note.cell, note.line, note.source) == (2, 4, "print f(3)")
    assert note.message.startswith("does not parse: ")


@pytest.mark.parametrize("bad", ["plt.plot(losses", "for h in [1, 2", "x = {", "s = 'abc", "1 +"])
def test_an_unfinished_line_does_not_take_the_next_definition_along(
    tmp_path: Path, bad: str
) -> None:
    text = f"def f(X):\n    return X\n{bad}\n\n@decorated\ndef g(X):\n    return X\n"
    source = read_source(write_module(tmp_path / "a.py", text))
    assert names(source) == ["f", "g"]
    assert [note.line for note in source.notes] == [3]


def test_a_function_that_does_not_parse_says_so_when_it_is_called(tmp_path: Path) -> None:
    text = "import numpy\n\ndef softmax(X):\n    return X +\n\ndef nll(a, b):\n    return 0\n"
    source = read_source(write_module(tmp_path / "a.py", text))
    assert lines_of(source) == {"softmax": 3, "nll": 6}
    (note,) = source.notes
    assert (note.line, note.source) == (4, "return X +")
    made: dict[str, object] = {}
    exec(compile(source.cells[0].tree, "a.py", "exec"), made)
    softmax = made["softmax"]
    assert callable(softmax)
    with pytest.raises(SyntaxError, match="it does not parse: invalid syntax"):
        softmax([1.0])


def test_one_method_that_does_not_parse_leaves_the_others(tmp_path: Path) -> None:
    text = (
        "class Net:\n    def forward(self, X):\n        return X\n\n"
        "    def loss(self, X, y):\n        return (X\n\n"
        "    def predict(self, X):\n        return 1\n"
    )
    source = read_source(write_notebook(tmp_path / "a.ipynb", [text]))
    (class_,) = source.cells[0].tree.body
    assert isinstance(class_, ast.ClassDef)
    methods = {m.name for m in class_.body if isinstance(m, ast.FunctionDef)}
    assert methods == {"forward", "loss", "predict"}
    assert [note.line for note in source.notes] == [6]


def test_prose_in_a_code_cell_is_one_note(tmp_path: Path) -> None:
    text = "these are my notes\n- more units\n- fewer epochs\n"
    source = read_source(write_notebook(tmp_path / "a.ipynb", [text, "def f(): pass"]))
    assert len(source.notes) == 1
    assert names(source) == ["f"]


def test_null_characters_and_deep_nesting_are_noted(tmp_path: Path) -> None:
    deep = "x = " + "(" * 5000 + ")" * 5000
    source = read_source(write_notebook(tmp_path / "a.ipynb", ["x = '\0'", deep, "def f(): pass"]))
    assert {note.cell for note in source.notes} == {1, 2}
    assert names(source) == ["f"]


@pytest.mark.parametrize(
    "cell", [code("def f(): pass", "chainrule-skip"), "x = 1  # chainrule: skip"]
)
def test_a_cell_marked_as_wrong_on_purpose_is_left_out(
    tmp_path: Path, cell: dict[str, object] | str
) -> None:
    source = read_source(write_notebook(tmp_path / "a.ipynb", [cell, "def g(): pass"]))
    assert names(source) == ["g"]
    assert len(source.cells[0].skipped) == 1


def test_a_comment_in_a_module_skips_the_definition_below_or_beside(tmp_path: Path) -> None:
    text = (
        "# chainrule: skip\ndef f(): pass\n\ndef g(): pass  # chainrule: skip\n\n"
        "# chainrule: skip\n@decorated\ndef h(): pass\n\ndef kept(): pass\n"
    )
    assert names(read_source(write_module(tmp_path / "a.py", text))) == ["kept"]


def test_a_tag_of_a_percent_cell_skips_all_of_it(tmp_path: Path) -> None:
    text = (
        '# %% tags=["chainrule-skip"]\nimport numpy\n\ndef f(): pass\n\ndef g(): pass\n\n'
        "# %%\ndef kept(): pass\n"
    )
    assert names(read_source(write_module(tmp_path / "a.py", text))) == ["kept"]


def test_names_are_found_wherever_the_top_level_assigns_them(tmp_path: Path) -> None:
    text = (
        "a, (b, *c) = 1, (2, 3)\nd: int = 4\ne = f = 5\ng += 1\nfor h in []: i = 1\n"
        "with open('x') as j: k = 1\nif (l := 1): m = 1\nelse: n = 1\n"
        "try: o = 1\nexcept OSError: p = 1\nif __name__ == '__main__': q = 1\n"
        "def r(): inner = 1\nclass S: inner = 1\nt = [inner for inner in []]\n"
    )
    source = read_source(write_module(tmp_path / "a.py", text))
    assert assigned_names(source) == set("abcdefghijklmnopqt")


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.ipynb", b"", "is empty"),
        ("a.ipynb", b'{"cells": [{"cell_type": "co', "JSON is damaged at line 1"),
        ("a.ipynb", b'{"a": 1,\n<<<<<<< HEAD\n"b": 2\n=======\n', "merge-conflict markers.* 2"),
        ("a.ipynb", b"[1, 2]", "no list of cells"),
        ("a.ipynb", b'{"cells": 3}', "no list of cells"),
        ("a.ipynb", b"[" * 100_000, "JSON is damaged"),
        ("a.ipynb", b'{"cells": ["\xe9"]}', "not text in UTF-8"),
        (
            "a.ipynb",
            b'{"cells": [], "metadata": {"kernelspec": {"language": "R"}}}',
            "in 'r', not in Python",
        ),
        ("a.py", b"x = 1\n<<<<<<< HEAD\ny = 1\n=======\ny = 2\n>>>>>>> b\n", "markers.* line 2"),
        ("a.py", b"x = '\xff\xfa'\n", "not text in UTF-8"),
        ("a.txt", b"x = 1", "neither a notebook"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_one_sentence(
    tmp_path: Path, name: str, content: bytes, sentence: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ChainruleError, match=sentence) as raised:
        read_source(tmp_path / name)
    assert "\n" not in str(raised.value)
    assert name in str(raised.value)


def test_missing_files_and_folders_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ChainruleError, match="No such file"):
        read_source(tmp_path / "none.py")
    (tmp_path / "folder.py").mkdir()
    with pytest.raises(ChainruleError, match="is a folder"):
        read_source(tmp_path / "folder.py")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.py", ""),
        ("a.ipynb", '{"cells": []}'),
        ("b.ipynb", '{"cells": [{"cell_type": "code", "source": []}, 3, {}]}'),
        ("c.ipynb", '{"cells": [{"cell_type": "code", "source": {"a": 1}}]}'),
    ],
)
def test_a_file_without_code_is_read_with_a_note(tmp_path: Path, name: str, content: str) -> None:
    source = read_source(write_module(tmp_path / name, content))
    assert source.notes
    assert names(source) == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks_are_understood(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.py").write_bytes("é = 1\ndef f(): pass\r\n".encode(encoding))
    assert names(read_source(tmp_path / "a.py")) == ["f"]


def test_a_module_may_declare_its_encoding(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"# coding: latin-1\nx = '\xe9'\ndef f(): pass\n")
    assert names(read_source(tmp_path / "a.py")) == ["f"]


@given(st.text(alphabet="%!?'\"\\#()[]{}\n :=defclass x1\0@", max_size=80))
@examples(300)
def test_any_text_keeps_its_lines_and_raises_nothing(text: str) -> None:
    plain = plain_python(text)
    assert plain == "" or plain.count("\n") == text.count("\n")


@given(st.text(alphabet="%!?'\"\\#()[]\n :=x1\0@", max_size=60))
@examples(100)
def test_a_definition_below_any_cell_is_found(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.mktemp("any") / "a.ipynb"
    source = read_source(write_notebook(path, [text, "def softmax(X): return X"]))
    assert "softmax" in names(source)


@pytest.mark.parametrize("encoding", ["rot13", "hex", "zlib", "undefined", "punycode", "idna"])
def test_what_is_no_way_to_write_text_is_told(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.py").write_bytes(b"# coding: %s\nx = 1\n" % encoding.encode())
    with pytest.raises(ChainruleError, match=r"a\.py says that it is written in .*UTF-8"):
        read_source(tmp_path / "a.py")


@pytest.mark.parametrize(
    "unit",
    [
        "x = '\n", "x = 1\0\n", "def f(X:\n    return X\n", "def f(X):\n    return X +\n",
        "class Net:\n    def f(self X):\n        pass\n", "<<<<<<<\n", ")\n",
    ],
)  # fmt: skip
def test_what_is_parsed_of_a_file_with_mistakes_grows_with_its_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, unit: str
) -> None:
    sizes: list[int] = []
    real = ast.parse

    def parse(text: str, *args: Any, **more: Any) -> Any:
        sizes.append(len(text))
        return real(text, *args, **more)

    monkeypatch.setattr(ast, "parse", parse)
    text = unit * 500 + "def last(: pass\n"
    source = read_source(write_module(tmp_path / "a.py", text))
    assert source.notes
    assert sum(sizes) < 20 * len(text)


def test_lines_of_what_is_saved_are_those_of_the_file(tmp_path: Path) -> None:
    functions = "def f(X):\n    return X\n"
    class_ = "class A:\n    def g(self X): pass\n    def h(self):\n        pass\n"
    text = f"x = 1\ny = (\n{functions}{class_}"
    source = read_source(write_module(tmp_path / "a.py", text))
    found = {
        n.name: n.lineno
        for n in ast.walk(source.cells[0].tree)
        if isinstance(n, ast.FunctionDef | ast.ClassDef)
    }
    assert found == {"f": 3, "A": 5, "g": 6, "h": 7}
    assert [note.line for note in source.notes] == [2, 6]


def test_what_is_skipped_is_listed(tmp_path: Path) -> None:
    cells: list[Any] = ["# chainrule: skip\n\ndef f(): pass", code("x = 1\n", "chainrule-skip")]
    notes = read_source(write_notebook(tmp_path / "a.ipynb", cells)).notes
    assert [(n.cell, n.line, n.source) for n in notes] == [
        (1, 3, "def f(): pass"),
        (2, 1, "x = 1"),
    ]
    assert {n.message for n in notes} == {"marked to be skipped, and not looked at"}
    text = "def f(): pass\n# chainrule: skip\ndef g(): pass\n"
    (note,) = read_source(write_module(tmp_path / "a.py", text)).notes
    assert (note.cell, note.line, note.source) == (None, 3, "def g(): pass")


def test_a_print_of_python_2_takes_no_function_along(tmp_path: Path) -> None:
    text = 'def f(X):\n    for x in X: print "%d" % x,\n    print\n    return X\n\nprint f(3), 1\n'
    (tmp_path / "a.py").write_text(text)
    source = read_source(tmp_path / "a.py")
    assert ast.unparse(source.cells[0].tree).split("\n")[1:] == [
        "    for x in X:", "        pass", "    pass", "    return X", "pass",
    ]  # fmt: skip
    (note,) = source.notes
    assert (note.line, note.source) == (2, 'for x in X: print "%d" % x,')
