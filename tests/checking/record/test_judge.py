"""The judge of recorded trainings: right ones pass, and each mistake is found where it stands."""

import contextlib
from pathlib import Path

import pytest

from chainrule.checking.learner.source import read_source
from chainrule.checking.record._source.about import may_train
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._steps.unjudged import NotJudgedError
from chainrule.checking.record.coding import _read, decode, encode
from chainrule.checking.record.findings import piece
from generated_networks import network
from public_networks import SCRIPT
from recorded_runs import judged, runs_of, source_of

DEEP = 1954  # four layers, of which the first is wrong: more changes than are tried
OF_ONE_SIZE = 2714  # a bias has the size of the weights after it, as averages do
SEEDS = [
    *range(40),
    DEEP,
    OF_ONE_SIZE,
    *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(40, 100)),
]


@pytest.mark.parametrize("seed", SEEDS)
def test_right_networks_are_judged_right(tmp_path: Path, seed: int) -> None:
    verdict = judged(tmp_path, network(seed).source)
    assert verdict.mistakes == ()


@pytest.mark.parametrize("seed", SEEDS)
def test_one_mistake_is_found_at_its_line(tmp_path: Path, seed: int) -> None:
    wrong = network(seed, wrong=True)
    verdict = judged(tmp_path, wrong.source)
    lines = [mistake.code.line for mistake in verdict.mistakes]
    assert lines, wrong.mistake
    assert set(lines) & set(wrong.lines), (wrong.mistake, wrong.lines, verdict.mistakes)


def test_what_is_kept_of_the_same_runs_is_what_is_found_anew(tmp_path: Path) -> None:
    tables, _ = runs_of(tmp_path, SCRIPT)
    Runs(tables)
    kept = Runs(tables[1:])
    tables = [decode(encode(table)) for table in tables]
    _read.cache_clear()
    anew = Runs([decode(encode(table)) for table in tables[1:]])
    assert kept.first.operations is not anew.first.operations
    assert (kept.updates, kept.chain, kept.roots) == (anew.updates, anew.chain, anew.roots)
    assert (kept.sources, kept.ancestors) == (anew.sources, anew.ancestors)
    change = kept.change(max(kept.updates))
    for ours, theirs in zip(kept.values(change), anew.values(change), strict=True):
        assert (ours == theirs).all()


RIGHT = {
    "as it is": SCRIPT,
    "a mean by the learning rate": SCRIPT.replace("0.1 *", "0.1 / 7 *"),
    "weight decay": SCRIPT.replace("W1 -= 0.1 * X.T @ d", "W1 -= 0.1 * (X.T @ d + 0.01 * W1)"),
    "the error the other way round": SCRIPT.replace("e = p - Y", "e = Y - p").replace(
        "-= ", "+= "
    ),
    "another learning rate in each step": SCRIPT.replace("0.1 *", "1 / (i + 3) *"),
    "momentum": SCRIPT.replace(
        "W1 -= 0.1 * X.T @ d", "v[0] = 0.9 * v[0] + X.T @ d; W1 -= 0.1 * v[0]"
    ),
    "the mean absolute error is printed": SCRIPT + "    print(np.mean(np.abs(e)))\n",
    "the accuracy is printed": SCRIPT + "    print(np.mean((p > 0.5) == Y))\n",
}


@pytest.mark.parametrize("text", RIGHT.values(), ids=RIGHT.keys())
def test_what_is_right_passes(tmp_path: Path, text: str) -> None:
    assert judged(tmp_path, text).mistakes == ()


ONE_OUTPUT = """\
import numpy as np
def sigmoid(z):
    return 1 / (1 + np.exp(-z))
X = np.random.randn(7, 3)
Y = np.random.randint(0, 2, (7, 1))
W1, b1 = np.random.randn(3, 4), np.random.randn(1, 4)
W2, b2 = np.random.randn(4, 1), np.random.randn(1, 1)
for i in range(1000):
    a = sigmoid(X @ W1 + b1)
    p = sigmoid(a @ W2 + b2)
    if i % 200 == 0:
        print(-np.mean(Y * np.log(p) + (1 - Y) * np.log(1 - p)))
    dp = -(Y / p - (1 - Y) / (1 - p)) / len(Y)
    e = dp * p * (1 - p)
    d = e @ W2.T * a * (1 - a)
    dX = d @ W1.T
    W2 -= 0.1 * a.T @ e
    b2 -= 0.1 * e.sum(axis=0, keepdims=True)
    W1 -= 0.1 * X.T @ d
    b1 -= 0.1 * d.sum(axis=0, keepdims=True)
"""
OF_ONE_OUTPUT = {
    "right": ("", "", 0),
    "half of the derivative of the loss": ("(Y / p - (1 - Y) / (1 - p))", "(Y / p)", 13),
    "the slope at the only bias": (
        "e.sum(axis=0, keepdims=True)", "np.sum(dp * b2 * (1 - b2), axis=0, keepdims=True)", 18),
}  # fmt: skip


@pytest.mark.parametrize("change", OF_ONE_OUTPUT.values(), ids=OF_ONE_OUTPUT.keys())
def test_one_output_whose_loss_is_printed_now_and_then(
    tmp_path: Path, change: tuple[str, str, int]
) -> None:
    """The gradient by the inputs, of which nothing is made, is not taken for a loss."""
    old, new, line = change
    verdict = judged(tmp_path, ONE_OUTPUT.replace(old, new, 1) if old else ONE_OUTPUT)
    assert [m.code.line for m in verdict.mistakes] == ([line] if line else [])


LINE = """\
import numpy as np
x, y = np.random.randn(9, 1), np.random.randn(9)
w, b = np.random.randn(), np.random.randn()
for i in range(100):
    error = w * x + b - y
    w -= 0.1 * np.mean(error * x)
    b -= 0.1 * np.mean(error)
    print(np.mean(error ** 2) / 2)
"""


@pytest.mark.parametrize(("x", "y"), [("9, 1", "9"), ("9", "9, 1")])
def test_each_prediction_that_meets_all_targets_is_told(tmp_path: Path, x: str, y: str) -> None:
    """It goes down on a loss, but one of all pairs of samples."""
    text = LINE.replace("randn(9, 1)", f"randn({x})")
    text = text.replace("np.random.randn(9)\nw", f"np.random.randn({y})\nw")
    (mistake,) = judged(tmp_path, text).mistakes
    assert mistake.code.line == 5
    assert "(9, 9)" in mistake.sentence


def test_predictions_for_several_quantities_may_meet_them_all(tmp_path: Path) -> None:
    text = LINE.replace("np.random.randn(9)\nw", "np.array([0.1, 0.5, 0.9])\nw")
    assert judged(tmp_path, text).mistakes == ()


LOGISTIC = """\
import numpy as np
X, y = np.random.rand(12, 9), np.arange(12) % 2
w, b = np.random.randn(9) * 0.1, 0
for i in range(900):
    z = X @ w + b
    p = 1 / (1 + np.exp(-z))
    dw = X.T @ (p - y) / len(y) + 0.1 * w / len(y)
    db = np.sum(p - y) / len(y)
    w -= 0.5 * dw
    b -= 0.5 * db
    if i % 100 == 0:
        nll = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
        loss = nll + 0.1 * np.sum(w ** 2) / (2 * len(y))
        print(loss)
"""
SELDOM = {  # of what only the loss tells that is computed once in a hundred steps
    "right": ("", "", 0, ""),
    "another strength": ("0.1 * w / len(y)", "0.1 * w", 7, ""),
    "a slope too many": ("X.T @ (p - y)", "X.T @ ((p - y) * p * (1 - p))", 7,
                         "grad-output-sigmoid-factor"),
    "scores for probabilities": ("X.T @ (p - y)", "X.T @ (z - y)", 7, ""),
    "no labels": ("np.sum(p - y)", "np.sum(p)", 8, ""),
}  # fmt: skip


@pytest.mark.parametrize("often", [False, True])
@pytest.mark.parametrize("change", SELDOM.values(), ids=SELDOM.keys())
def test_the_loss_that_is_printed_now_and_then_is_the_one_that_is_meant(
    tmp_path: Path, change: tuple[str, str, int, str], often: bool
) -> None:
    """With weights that decay, a bias that begins as a plain 0, and a loss of the new weights."""
    old, new, line, fault = change
    text = LOGISTIC.replace(old, new, 1) if old else LOGISTIC
    if often:
        text = text.replace("if i % 100 == 0", "if True")
    mistakes = judged(tmp_path, text).mistakes
    assert [m.code.line for m in mistakes] == ([line] if line else [])
    assert [m.fault for m in mistakes if fault] == ([fault] if fault else [])


SUMS = """\
import numpy as np
X, y = np.random.randn(6, 3), np.random.randn(6, 2)
W = np.random.randn(3, 2)
nothing = np.zeros((3, 2))
for turn in range(100):
    total = nothing
    for i in range(6):
        total += np.outer(X[i], X[i] @ W - y[i])
    W = W - 0.1 * total
"""


def test_a_sum_of_gradients_that_is_never_set_back_is_wrong(tmp_path: Path) -> None:
    assert judged(tmp_path, SUMS.replace("= nothing", "= nothing.copy()")).mistakes == ()
    assert [m.code.line for m in judged(tmp_path, SUMS).mistakes] == [8]
    momentum = SUMS.replace("= nothing", "= 0.9 * total").replace("nothing", "total", 1)
    assert judged(tmp_path, momentum).mistakes == ()


UNSEEN = SCRIPT.replace("W1 -= 0.1 * X.T @ d", "W1 -= 0.1 * X.T @ np.where(a > 0.5, 1.0, 0.0)")
NOT_JUDGED = {
    "weights that change by what no parameter goes into": UNSEEN,
    "a rate of the weights that leaves the record": SCRIPT.replace("0.1 *", "rate *").replace(
        "    a = sig", "    rate = 0.1 * float(f'{np.abs(W1).mean():.15f}')\n    a = sig"
    ),
    "finite differences": (
        "import numpy as np\nX = np.random.randn(5, 3)\ny = np.random.randn(5, 1)\n"
        "W = np.random.randn(3, 1)\ndef loss(W):\n    return np.sum((X @ W - y) ** 2)\n"
        "while True:\n    g = np.zeros((3, 1))\n    for i in range(3):\n"
        "        h = np.zeros((3, 1)); h[i] = 1e-4\n"
        "        g[i] = (loss(W + h) - loss(W - h)) / 2e-4\n    W = W - 0.01 * g\n"
    ),
    "a number that leaves the record": SCRIPT.replace(
        "e = p - Y", "e = np.array([[float(f'{a:.15f}') for a in r] for r in p]) - Y"
    ),
    "an operation that is not known": SCRIPT.replace("X @ W1", "X @ np.linalg.pinv(W1).T"),
    "a loss that is not known": SCRIPT.replace("e = p - Y", "e = np.tanh(p - Y) * p"),
    "nothing is trained": SCRIPT.replace("-= 0.1", "* 0.1"),
    "a learning rate for each layer": SCRIPT.replace("W1 -= 0.1", "W1 -= 0.037"),
}


@pytest.mark.parametrize("text", NOT_JUDGED.values(), ids=NOT_JUDGED.keys())
def test_what_cannot_be_told_is_not_judged(tmp_path: Path, text: str) -> None:
    with pytest.raises(NotJudgedError):
        judged(tmp_path, text)


OWN_RATE = {
    "of the weights": SCRIPT.replace("0.1 *", "rate *").replace(
        "    a = sig", "    rate = 0.1 * np.abs(W1).mean()\n    a = sig"
    ),
}
BY_LENGTH = (
    "import numpy as np\nX, t = np.random.randn(4, 3), np.random.randn(4, 1)\n"
    "W = np.random.randn(3, 1)\nfor i in range(100):\n"
    "    p = X @ W\n    loss = ((p - t) ** 2).sum()\n    g = 2 * X.T @ (p - t)\n"
    "    W -= 0.1 * g / np.linalg.norm(g)\n"
)


@pytest.mark.parametrize("text", OWN_RATE.values(), ids=OWN_RATE.keys())
def test_a_rate_that_depends_on_the_parameters_is_told(tmp_path: Path, text: str) -> None:
    verdict = judged(tmp_path, text)
    assert (verdict.mistakes, verdict.own_rate) == ((), True)


def test_a_single_number_is_not_passed_over_beside_a_length(tmp_path: Path) -> None:
    text = BY_LENGTH.replace(
        "W = np.random.randn(3, 1)", "W, b = np.random.randn(3, 1), np.random.randn(1)"
    ).replace("X @ W", "X @ W + b")
    step = "    b -= 0.1 * (2 * (p - t).sum(axis=0)) / np.linalg.norm(g)\n"
    verdict = judged(tmp_path, text + step)
    assert (verdict.mistakes, verdict.clipped) == ((), True)
    with pytest.raises(NotJudgedError):
        judged(tmp_path, text + step.replace("2 *", "3 *"))


MISTAKES = {
    "grad-hidden-no-derivative": ("W2.T * a * (1 - a)", "W2.T", 13),
    "grad-bias-not-summed": ("b2 -= 0.1 * e.sum(axis=0)", "b2 -= 0.1 * e.sum()", 15),
    "grad-output-sign": ("e = p - Y", "e = Y - p", 12),
    "grad-inputs-swapped": ("W2 -= 0.1 * a.T", "W2 -= 0.1 * X[:, [0, 1, 2, 0]].T", 14),
    "train-sign": ("-= 0.1", "+= 0.1", 14),
    "grad-batch-scale": ("b2 -= 0.1", "b2 -= 0.7", 15),
}


@pytest.mark.parametrize(("fault", "change"), MISTAKES.items(), ids=MISTAKES.keys())
def test_mistakes_have_their_names(
    tmp_path: Path, fault: str, change: tuple[str, str, int]
) -> None:
    old, new, line = change
    assert old in SCRIPT
    verdict = judged(tmp_path, SCRIPT.replace(old, new))
    assert line in [m.code.line for m in verdict.mistakes]
    if fault != "grad-inputs-swapped":  # what stands there is no quantity that has a name
        assert fault in [m.fault for m in verdict.mistakes]


SLOPES = {
    "sigmoid": ("1 / (1 + np.exp(-z))", "np.exp(-z) / (1 + np.exp(-z)) ** 2"),
    "tanh": ("np.tanh(z)", "1 - np.tanh(z) ** 2"),
    "softplus": ("np.log(1 + np.exp(z))", "1 / (1 + np.exp(-z))"),
    "elu": ("np.where(z > 0, z, np.exp(z) - 1)", "np.where(z > 0, 1, np.exp(z))"),
}


@pytest.mark.parametrize("name", SLOPES)
def test_the_slope_of_any_activation_is_known_where_it_is_taken_at_the_activation(
    tmp_path: Path, name: str
) -> None:
    function, slope = SLOPES[name]
    text = SCRIPT.replace("X = ", f"def f(z): return {function}\ndef df(z): return {slope}\nX = ")
    text = text.replace("a = sigmoid(X @ W1 + b1)", "z = X @ W1 + b1; a = f(z)")
    for at, faults in (("z", []), ("a", ["grad-hidden-derivative-at-activation"])):
        verdict = judged(tmp_path, text.replace("a * (1 - a)", f"df({at})"))
        assert [mistake.fault for mistake in verdict.mistakes] == faults


def test_both_losses_are_said_where_they_differ(tmp_path: Path) -> None:
    verdict = judged(tmp_path, SCRIPT + "    cost = np.mean((p - Y) ** 2)\n")
    (mistake,) = verdict.mistakes
    assert (mistake.code.line, mistake.fault) == (12, "grad-output-mismatch")
    assert "binary cross-entropy" in mistake.sentence
    assert "squared error" in mistake.sentence


def in_cells(text: str) -> str:
    return text.replace("for i in", "# %%\nfor i in")


def test_places_in_a_notebook_have_their_cell(tmp_path: Path) -> None:
    (loss,) = judged(tmp_path, in_cells(SCRIPT + "    cost = np.mean((p - Y) ** 2)\n")).mistakes
    assert "computed in cell 2, line 10 is" in loss.sentence
    text = SCRIPT.replace("    b1 -= 0.1 * d.sum(axis=0)\n", "")
    (untrained,) = judged(tmp_path, in_cells(text)).mistakes
    assert "made in cell 1, line 6 is added like a bias in cell 2, line 2" in untrained.sentence
    text = SCRIPT.replace("p - Y", "p - Y + (float(f'{p[0, 0]:.15f}') - p[0, 0])")
    with pytest.raises(NotJudgedError, match=r"\(cell 2, line 4\)"):
        judged(tmp_path, in_cells(text))


def test_the_sub_expression_is_cut_from_the_source(tmp_path: Path) -> None:
    text = SCRIPT.replace("W2.T * a * (1 - a)", "W2.T")
    (mistake,) = judged(tmp_path, text).mistakes
    assert piece(source_of(tmp_path, text), mistake.code) == "e @ W2.T"


def test_only_what_looks_like_training_is_run(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    for text, expected in (
        (SCRIPT, True),
        ("import numpy as np\ndef sigmoid(x):\n    return 1 / (1 + np.exp(-x))\n", False),
        ("total = 0\nfor i in range(3):\n    total += i\n", False),
    ):
        path.write_text(text)
        assert may_train(read_source(path)) is expected


LOSSES = (
    "-np.mean(Y * np.log(p) + (1 - Y) * np.log(1 - p))",
    "-(1 / len(X)) * np.sum(Y * np.log(p) + (1 - Y) * np.log(1 - p))",
    "np.sum(-Y * np.log(p) - (1 - Y) * np.log(1 - p)) / len(X)",
)


@pytest.mark.parametrize("loss", LOSSES)
def test_what_is_turned_to_a_loss_only_later_is_not_gone_up_on(tmp_path: Path, loss: str) -> None:
    """A mean of logarithms is not yet the loss: minus it is."""
    text = (
        "import numpy as np\nX, Y = np.random.rand(12, 4), (np.arange(12) % 2)[:, None]\n"
        "W, b = np.random.randn(4, 1), np.zeros(1)\nfor i in range(9):\n"
        f"    p = 1 / (1 + np.exp(-(X @ W + b)))\n    loss = {loss}\n    g = (p - Y) / len(X)\n"
        "    W -= 0.1 * X.T @ g\n    b -= 0.1 * g.sum(axis=0)\n"
    )
    assert judged(tmp_path, text).mistakes == ()
    (mistake,) = judged(tmp_path, text.replace("-= 0.1", "+= 0.1")).mistakes
    assert (mistake.fault, mistake.code.line) == ("train-sign", 8)


ALONE = """\
import numpy as np
X, Y = np.random.rand(9, 4), np.arange(9) % 2
W1, b1 = np.random.randn(4, 5), np.zeros(5)
W2, b2 = np.random.randn(5, 1), np.zeros(1)
for i in range(9):
    for x, y in zip(X, Y):
        h = np.tanh(x @ W1 + b1)
        p = 1 / (1 + np.exp(-(h @ W2 + b2)))
        loss = -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p))
        e = p - y
        d = (e @ W2.T) * (1 - h ** 2)
        W2 -= 0.1 * np.outer(h, e)
        b2 -= 0.1 * e
        W1 -= 0.1 * np.outer(x, d)
        b1 -= 0.1 * d
"""
ERRORS = ("(p - y) * p * (1 - p)", "p * (1 - p) * (p - y)", "2 * (p - y) * (p * (1 - p))")
BATCH = SCRIPT.replace("Y", "y").replace(
    "    e =", f"    loss = {LOSSES[0]}\n    e =".replace("Y", "y")
)


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("text", [ALONE, BATCH], ids=["one sample", "a batch"])
def test_the_slope_that_the_cross_entropy_has_not(tmp_path: Path, text: str, error: str) -> None:
    """Also where the output is one number of one sample."""
    assert judged(tmp_path, text).mistakes == ()
    wrong = text.replace("e = p - y", f"e = {error}")
    (mistake,) = judged(tmp_path, wrong).mistakes
    line = wrong.splitlines()[mistake.code.line - 1].strip()
    assert (mistake.fault, line) == ("grad-output-sigmoid-factor", f"e = {error}")
    squared = [
        line[: line.index("loss =")] + "loss = np.sum((p - y) ** 2)" if "loss =" in line else line
        for line in wrong.splitlines()
    ]
    assert judged(tmp_path, "\n".join(squared)).mistakes == ()


SATURATED = """\
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(12, 3)) * 4000
T = (rng.normal(size=(12, 1)) > 0) * 1.0
W = rng.normal(size=(3, 1))
for step in range(20):
    p = 1 / (1 + np.exp(-X @ W))
    loss = np.nansum(-T * np.log(p) - (1 - T) * np.log(1 - p)) / 12
    W = W - 0.1 * X.T @ (p - T) / 12
"""


def test_a_loss_that_is_not_finite_accuses_nobody(tmp_path: Path) -> None:
    with contextlib.suppress(NotJudgedError):
        assert not judged(tmp_path, SATURATED).mistakes


def test_of_different_factors_the_one_of_the_loss_is_right(tmp_path: Path) -> None:
    """Three gradients of four lack the number of samples, by which the loss is divided."""
    text = (
        "import numpy as np\nX, Y = np.random.rand(12, 4), (np.arange(12) % 2)[:, None]\n"
        "V, c = np.random.randn(4, 3), np.zeros((1, 3))\n"
        "W, b = np.random.randn(3, 1), np.zeros((1, 1))\nfor i in range(9):\n"
        "    h = np.tanh(X @ V + c)\n    p = 1 / (1 + np.exp(-(h @ W + b)))\n"
        "    loss = -np.sum(Y * np.log(p) + (1 - Y) * np.log(1 - p)) / 12\n"
        "    e = p - Y\n    d = e @ W.T * (1 - h ** 2)\n"
        "    gb = e.sum(axis=0, keepdims=True) / 12\n    gW = h.T @ e\n"
        "    gV = X.T @ d\n    gc = d.sum(axis=0, keepdims=True)\n"
        "    W, b, V, c = W - 0.1 * gW, b - 0.1 * gb, V - 0.1 * gV, c - 0.1 * gc\n"
    )
    mistakes = judged(tmp_path, text).mistakes
    assert {m.fault for m in mistakes} == {"grad-batch-scale"}
    assert {m.code.line for m in mistakes} == {12, 13, 14}
