"""The tape: every operation of a run is noted, with its numbers, versions and place."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from chainrule.checking.record._standins.form import Form
from chainrule.checking.record._tape.operations import SOURCES
from chainrule.checking.record.run import record
from chainrule.checking.record.table import Table
from recorded_runs import SECONDS, recorded, source_of

HEAD = "import math\nimport random\nimport numpy as np\nA = np.random.randn(3, 4)\n"


def names(table: Table) -> list[str]:
    return [o.name for o in table.operations if o.name not in SOURCES]


OPERATIONS = [
    ("A + 1", ["add"]),
    ("1 - A", ["subtract"]),
    ("-A * A", ["negative", "multiply"]),
    ("A / 2", ["divide"]),
    ("A ** 3", ["power"]),
    ("np.exp(A)", ["exp"]),
    ("np.log(abs(A))", ["absolute", "log"]),
    ("np.tanh(A)", ["tanh"]),
    ("np.sqrt(np.square(A))", ["square", "sqrt"]),
    ("np.maximum(0, A)", ["maximum"]),
    ("np.clip(A, 0, 1)", ["clip"]),
    ("A @ A.T", ["matmul"]),
    ("A.dot(A.T)", ["dot"]),
    ("np.dot(A.T, A)", ["dot"]),
    ("np.outer(A[0], A[1])", ["multiply"]),
    ("np.einsum('ij,kj->ik', A, A)", ["einsum"]),
    ("np.tensordot(A, A, axes=([1], [1]))", ["tensordot"]),
    ("A.sum()", ["sum"]),
    ("np.sum(A, axis=1, keepdims=True)", ["sum"]),
    ("A.mean(axis=0)", ["mean"]),
    ("A.max(axis=1)", ["max"]),
    ("np.linalg.norm(A)", ["square", "sum", "sqrt"]),
    ("np.cumsum(A, axis=0)", ["cumsum"]),
    ("sum(A[0])", ["add", "add", "add", "add"]),
    ("math.exp(A[0, 0])", ["exp"]),
    ("math.exp(random.random())", ["exp"]),
    ("np.vectorize(lambda a: a * 2)(A[0, :2])", ["multiply", "multiply"]),
    ("np.fft.fft(A).real", []),
    ("np.linalg.inv(A[:3, :3])", ["opaque"]),
]


@pytest.mark.parametrize(("expression", "expected"), OPERATIONS)
def test_each_operation_is_noted(tmp_path: Path, expression: str, expected: list[str]) -> None:
    table = recorded(tmp_path, f"{HEAD}B = {expression}\n")
    assert table.stop.kind == ""
    assert names(table) == expected
    assert len(table.operations) > len(expected) + 1


MOVES = [
    "A.T", "A[1:]", "A[:, [0, 2]]", "A[A > 0]", "A.reshape(4, 3)", "A.ravel()", "A.copy()",
    "np.concatenate([A, A])", "np.vstack((A, A))", "np.append(A[0], A[1])", "np.delete(A, 0, 1)",
    "np.where(A > 0, A, 0)", "np.array([A[0], A[1]])", "np.array(A.tolist())", "[r for r in A]",
    "np.expand_dims(A, 0)", "np.squeeze(A[:1])",
    "np.hstack([np.ones((3, 1)), A])", "A.astype(float)",
    "dict(a=A)['a']", "np.c_[A, A]", "np.flip(A)", "A.flatten()", "np.atleast_2d(A[0])",
]  # fmt: skip


@pytest.mark.parametrize("expression", MOVES)
def test_what_moves_numbers_computes_nothing_and_loses_none(
    tmp_path: Path, expression: str
) -> None:
    table = recorded(tmp_path, f"{HEAD}B = {expression}\nC = np.sum(np.array(B) * 2)\n")
    assert names(table) == ["multiply", "sum"]
    place, product = next((n, o) for n, o in enumerate(table.operations) if o.name == "multiply")
    A = next(table.result(n) for n, o in enumerate(table.operations) if o.name == "leaf")
    moved = np.array(eval(expression, {"A": A, "np": np}))
    np.testing.assert_array_equal(table.result(place), moved * 2)
    origins = {table.operations[n].name for n in np.unique(table.owner[product.ids[0]])}
    assert "leaf" in origins


def test_a_change_in_place_makes_a_version(tmp_path: Path) -> None:
    table = recorded(tmp_path, f"{HEAD}B = A * 1\nB -= A\nC = B * 3\nB[0, 0] = 7\nD = B * 5\n")
    multiply = [o for o in table.operations if o.name == "multiply"]
    (subtract,) = (o for o in table.operations if o.name == "subtract")
    first, then, last = multiply
    assert subtract.ids[0].ravel().tolist() == list(range(first.start, first.start + 12))
    assert then.ids[0].ravel().tolist() == list(range(subtract.start, subtract.start + 12))
    changed = last.ids[0] != then.ids[0]
    assert changed.sum() == 1
    assert changed[0, 0]
    assert table.values[last.ids[0][0, 0]] == 7


IN_PLACE = {
    "rows": "B = A * 1\nB[[0, 2]] -= 1\nC = B * 2",
    "a mask": "B = A * 1\nB[B < 0] = 0\nC = B * 2",
    "labels": "B = A * 1\nB[range(3), [0, 1, 2]] -= 1\nC = B * 2",
    "out": "B = A * 1\nnp.exp(B, out=B)\nC = B * 2",
    "a view": "B = A * 1\nv = B[1]\nv *= 3\nC = B * 2",
    "element by element": "B = np.zeros(3)\nfor i in range(3): B[i] = A[i] @ A[i]\nC = B * 2",
    "add.at": "B = A * 1\nnp.add.at(B, [0, 0], A[1])\nC = B * 2",
}


@pytest.mark.parametrize("body", IN_PLACE.values(), ids=IN_PLACE.keys())
def test_what_is_read_after_a_change_in_place_is_what_numpy_has(tmp_path: Path, body: str) -> None:
    table = recorded(tmp_path, f"{HEAD}{body}\n")
    last = max(n for n, o in enumerate(table.operations) if o.name == "multiply")
    A = next(table.result(n) for n, o in enumerate(table.operations) if o.name == "leaf")
    names_: dict[str, Any] = {"A": A, "np": np}
    exec(body, names_)
    np.testing.assert_allclose(table.result(last), names_["C"])


def test_the_place_is_the_sub_expression_and_the_calls_that_led_to_it(tmp_path: Path) -> None:
    text = f"{HEAD}def f(x):\n    return 1 + np.exp(-x)\nB = f(A)\n"
    table = recorded(tmp_path, text)
    (exp,) = (o for o in table.operations if o.name == "exp")
    inner, outer = table.places[exp.place]
    assert (inner.line, inner.function) == (6, "f")
    assert text.split("\n")[5][inner.column : inner.last_column] == "np.exp(-x)"
    assert (outer.line, outer.function) == (7, "<module>")


def test_plain_python_is_noted_too(tmp_path: Path) -> None:
    text = "w = [0.5, -0.25]\nb = 0.1\nz = sum(a * c for a, c in zip(w, [2, 3])) + b\n"
    table = recorded(tmp_path, text)
    assert names(table) == ["multiply", "add", "multiply", "add", "add"]
    assert sum(o.name == "leaf" for o in table.operations) == 3
    assert table.values[-1] == pytest.approx(0.35)


def test_training_is_stopped_and_nothing_catches_it(tmp_path: Path) -> None:
    text = (
        "import numpy as np\nW = np.random.randn(3)\nwhile True:\n    try:\n"
        "        W -= 0.1 * W * (W.sum() - 1)\n    except Exception:\n        pass\n"
    )
    table = recorded(tmp_path, text)
    assert table.stop.kind == "enough"
    assert sum(o.name == "subtract" for o in table.operations) < 20


def test_steps_in_several_places_of_much_data_are_seen_whole(tmp_path: Path) -> None:
    text = """\
import numpy as np
X, W, V = np.ones((2500, 20)), np.random.randn(20, 20), np.random.randn(20, 20)
for _ in range(9):
    h = np.tanh(X @ W)
    d = (h @ V - 1) / 2500
    g = X.T @ (d @ V.T * (1 - h ** 2))
    V -= 0.1 * h.T @ d
    V -= 0.01 * V
    V -= 0.01 * np.sign(V) * np.abs(V)
    W -= 0.1 * g
"""
    table = recorded(tmp_path, text)
    assert table.stop.kind == "enough"
    lines = [table.places[o.place][0].line for o in table.operations if o.name == "subtract"]
    assert lines.count(10) >= 2


def test_the_same_first_values_can_be_given_again(tmp_path: Path) -> None:
    given = {1: np.arange(12.0).reshape(3, 4)}
    table = recorded(tmp_path, f"{HEAD}B = A * 2\n", first=given)
    np.testing.assert_array_equal(table.result(len(table.operations) - 1), given[1] * 2)


def test_a_source_is_recorded_alike_a_second_time(tmp_path: Path) -> None:
    source = source_of(tmp_path, "w = [0.5, 2]\nb = -0.25\nz = w[0] * w[1] + b\n")
    first, second = (record(source, Form(), 0, {}, SECONDS) for _ in range(2))
    assert [o.name for o in second.operations] == [o.name for o in first.operations]
    np.testing.assert_array_equal(second.values, first.values)


def test_data_that_are_not_here_are_stood_in_for(tmp_path: Path) -> None:
    text = (
        "import pandas as pd\nfrom somewhere_else import get_data\n"
        "table = pd.read_csv('a.csv').to_numpy()\nX, y = get_data()\nZ = X / 255\n"
    )
    table = recorded(tmp_path, text)
    assert table.stop.kind == ""
    assert table.standins == ("pandas", "somewhere_else")


def test_numpy_is_itself_again_after_a_run(tmp_path: Path) -> None:
    before = (np.array, np.zeros, np.random.randn)
    recorded(tmp_path, f"{HEAD}raise ValueError\n")
    assert (np.array, np.zeros, np.random.randn) == before


IN_THIS_WORLD = {
    "a package that asks for NumPy's classes": "from scipy import stats",
    "a generator is one": (
        "rng = np.random.default_rng(3)\nassert isinstance(rng, np.random.Generator)\n"
        "assert not isinstance(rng, np.random.RandomState)\nB = rng.normal(size=3) * 2"
    ),
    "a class in an annotation": "def f(rng: np.random.Generator | None = None): pass",
    "a copy of a generator": (
        "import copy\nB = copy.deepcopy(np.random.RandomState(3)).randn(3) * 2"
    ),
    "a decorator with settings": (
        "@np.vectorize(otypes=[float])\ndef f(x): return x * 2\nassert f(A).shape == A.shape"
    ),
    "a loss as a number": (
        "assert isinstance(np.squeeze(np.sum(A)), float)\n"
        "assert isinstance(np.sum(A).squeeze(), float)\n"
        "assert not isinstance(np.squeeze(np.sum(A, keepdims=True)), float)"
    ),
    "a type's name": "assert type(A).__name__ == 'ndarray'",
    "the text of an array": "assert np.array2string(A).startswith('[[')",
    "whole numbers that are set": "n = np.argmax(A, axis=1)\nn[1] = 7\nassert n.tolist()[1] == 7",
    "a list of sizes": "sizes = [3, 4]\nassert type(sizes[0]) is int",
    "data in three parts": (
        "from somewhere_else import get\ntrain, valid, test = get()\n"
        "for X, y in (train, valid, test): assert len(X) == len(y)"
    ),
    "an array of a table that is unknown": (
        "import pandas as pd\nassert np.array(pd.some_table).ndim == 2"
    ),
    "columns of a text": "assert np.loadtxt('a.csv', usecols=(0, 1)).shape[1:] == (2,)",
    "an array without axes": (
        "b = np.zeros(())\nb[()] += A[0, 0]\nassert np.zeros_like(b).copy().ndim == 0\n"
        "n = np.zeros_like(A[0, 0])\nn[()] = 2.5\nassert float(b * n) == float(A[0, 0]) * 2.5"
    ),
    "an optional package": "import somewhere\ndef f(x: somewhere.Thing | None): pass",
}


@pytest.mark.parametrize("body", IN_THIS_WORLD.values(), ids=IN_THIS_WORLD.keys())
def test_what_runs_elsewhere_runs_here(tmp_path: Path, body: str) -> None:
    table = recorded(tmp_path, f"{HEAD}{body}\n")
    assert table.stop.kind == "", table.stop.problem


@pytest.mark.parametrize("name", ["exp2", "tan", "rint", "floor", "ceil", "reciprocal", "sign"])
@pytest.mark.parametrize("many", ["[A[0, 0], A[0, 1]]", "np.array([A[0, 0]], dtype=object)"])
def test_functions_take_lists_of_numbers(tmp_path: Path, name: str, many: str) -> None:
    table = recorded(tmp_path, f"{HEAD}B = np.{name}({many})\n")
    assert table.stop.kind == "", table.stop.problem


INSTALLED = ".venv/lib/python3.12/site-packages"


@pytest.mark.parametrize(("folder", "leaves"), [("", 2), ("parts", 2), (INSTALLED, 1)])
def test_what_is_installed_below_the_file_is_not_the_learner_s(
    tmp_path: Path, folder: str, leaves: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = tmp_path / folder
    beside.mkdir(parents=True, exist_ok=True)
    (beside / "beside_it.py").write_text("import numpy as np\ndef f(): return np.ones(3)\n")
    monkeypatch.syspath_prepend(beside)
    monkeypatch.delitem(sys.modules, "beside_it", raising=False)
    table = recorded(tmp_path, f"{HEAD}import beside_it\nB = A[:, :3] * beside_it.f()\n")
    assert sum(o.name == "leaf" for o in table.operations) == leaves
    assert ("beside_it" in sys.modules) is (leaves == 1)  # a learner's is imported anew each time
    monkeypatch.delitem(sys.modules, "beside_it", raising=False)


@pytest.mark.parametrize(
    "expression", ["np.random.choice([1.5, 2.5])", "np.mean(np.array([1, 2]))", "np.std([0, 4])"]
)
def test_a_float_that_comes_of_other_numbers_is_a_number(tmp_path: Path, expression: str) -> None:
    text = f"{HEAD}B = {expression}\nif not 1 < B < 3:\n    raise ValueError\nC = B * A\n"
    table = recorded(tmp_path, text)
    assert table.stop.kind == ""
    assert names(table) == ["multiply"]


DRAWS = {
    "a generator of Python's": ("r = random.Random(5)", "r.gauss(0, 1)", "r.randint(1, 9**9)"),
    "Python's own": ("random.seed(5)", "random.expovariate(2)", "random.getrandbits(30)"),
    "a rare distribution": (
        "rng = np.random.RandomState(5)", "rng.logistic(size=3)", "rng.poisson(900, 3)"
    ),
    "several numbers at once": (
        "rng = np.random.default_rng(5)", "rng.multivariate_normal([0, 1], np.eye(2))",
        "rng.integers(9**9, size=3)",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("make", "floats", "wholes"), DRAWS.values(), ids=DRAWS.keys())
def test_floats_differ_between_runs_and_whole_numbers_do_not(
    tmp_path: Path, make: str, floats: str, wholes: str
) -> None:
    """Else what fits the data of one seed may fit by chance."""
    text = f"{HEAD}{make}\nB = A[0, 0] * {floats}\nC = A[0, 0] * {wholes}\n"
    ratios = []
    for seed in (1, 2):
        table = recorded(tmp_path, text, seed)
        assert table.stop.kind == ""
        *_, b, c = (n for n, o in enumerate(table.operations) if o.name == "multiply")
        a = table.inputs(b)[0]
        ratios.append((table.result(b) / a, table.result(c) / a))
    assert not np.isclose(ratios[0][0], ratios[1][0]).any()
    assert np.allclose(ratios[0][1], ratios[1][1])
