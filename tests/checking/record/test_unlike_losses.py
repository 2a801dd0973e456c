"""The loss that is computed, and the gradient that is used, are to have the same targets."""

from pathlib import Path

import pytest

from chainrule.checking.record._steps.losses import COMPUTED
from recorded_runs import judged, judged_file, source_of

CLASSES = """\
import numpy as np
X = np.random.randn(9, 3)
labels = np.random.randint(0, 3, 9)
T = np.eye(3)[labels]
U, a = np.random.randn(3, 4), np.zeros(4)
V, c = np.random.randn(4, 3), np.zeros(3)
rows = np.arange(9)
for step in range(30):
    h = np.tanh(X @ U + a)
    z = h @ V + c
    e = np.exp(z - z.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    loss = LOSS
    d = p.copy()
    ERROR
    d /= 9
    k = d @ V.T * (1 - h * h)
    V -= 0.2 * (h.T @ d)
    c -= 0.2 * d.sum(axis=0)
    U -= 0.2 * (X.T @ k)
    a -= 0.2 * k.sum(axis=0)
"""
PICKED = "-np.log(p[rows, labels]).mean()"
SUMMED = "-(T * np.log(p)).sum() / 9"
_ERROR = 15

UNITS = """\
import numpy as np
X = np.random.randn(3, 8)
y = (np.random.rand(1, 8) > 0.5) * 1.0
y[0, :2] = 0.0, 1.0
U, a = np.random.randn(4, 3), np.zeros((4, 1))
V, c = np.random.randn(1, 4), np.zeros((1, 1))
for step in range(30):
    h = np.tanh(U @ X + a)
    z = V @ h + c
    p = OUTPUT
    cost = COST
    d = ERROR
    k = V.T @ d * (1 - h ** 2)
    V = V - 0.1 * d @ h.T
    c = c - 0.1 * d.sum(axis=1, keepdims=True)
    U = U - 0.1 * k @ X.T
    a = a - 0.1 * k.sum(axis=1, keepdims=True)
"""
BINARY = ("1 / (1 + np.exp(-z))", "-np.sum(y * np.log(p) + (1 - y) * np.log(1 - p))")
SQUARED = ("1.0 * z", "np.sum((p - y) ** 2) / 2")


@pytest.mark.parametrize("loss", [PICKED, SUMMED])
@pytest.mark.parametrize(
    "error",
    [
        "d[rows, labels - 1] -= 1",
        "d[rows, (labels + 1) % 3] -= 1",
        "d[rows, labels[::-1]] -= 1",
        "d -= np.roll(T, 1, axis=0)",
    ],
)
def test_labels_of_others_in_the_gradient_alone_are_told(
    tmp_path: Path, loss: str, error: str
) -> None:
    found = judged(tmp_path, CLASSES.replace("LOSS", loss).replace("ERROR", error))
    assert {one.code.line for one in found.mistakes} == {_ERROR}
    assert "the targets here are not in the order" in found.mistakes[0].sentence


@pytest.mark.parametrize(("output", "cost"), [BINARY, SQUARED])
def test_so_are_the_targets_of_one_unit(tmp_path: Path, output: str, cost: str) -> None:
    text = UNITS.replace("OUTPUT", output).replace("COST", cost)
    found = judged(tmp_path, text.replace("ERROR", "p - y[:, ::-1]"))
    assert [one.code.line for one in found.mistakes] == [12]


@pytest.mark.parametrize(
    ("loss", "error"),
    [
        (PICKED, "d[rows, labels] -= 1"),
        (PICKED, "d -= T"),
        (SUMMED, "d[rows, labels] -= 1"),
        (PICKED, "d -= 0.9 * T + 0.1 / 3"),  # softer targets than those of the loss that is shown
        ("-np.log(p[rows[:5], labels[:5]]).mean()", "d -= T"),  # of some samples
        ("np.mean(np.argmax(p, axis=1) == labels)", "d -= T"),
        ("np.abs(T - p).sum()", "d -= T"),
    ],
)
def test_the_same_targets_in_another_form_are_right(tmp_path: Path, loss: str, error: str) -> None:
    found = judged(tmp_path, CLASSES.replace("LOSS", loss).replace("ERROR", error))
    assert not found.mistakes


@pytest.mark.parametrize(("output", "cost"), [BINARY, SQUARED])
def test_so_is_one_unit(tmp_path: Path, output: str, cost: str) -> None:
    text = UNITS.replace("OUTPUT", output).replace("COST", cost)
    assert not judged(tmp_path, text.replace("ERROR", "p - y")).mistakes


ELSEWHERE = """\
import numpy as np
from sklearn.metrics import log_loss
X = np.random.randn(20, 3)
labels = np.random.randint(0, 2, 20)
T = np.eye(2)[labels] if WIDE else labels.reshape(-1, 1)
W, b = np.random.randn(3, 2 if WIDE else 1), np.zeros(2 if WIDE else 1)
for step in range(30):
    z = X @ W + b
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True) if WIDE else 1 / (1 + np.exp(-z))
    print(log_loss(GIVEN, p))
    d = (ERROR) / len(X)
    W -= 0.1 * X.T @ d
    b -= 0.1 * d.sum(axis=0)
"""


@pytest.mark.parametrize("given", ["labels", "T"])
@pytest.mark.parametrize("wide", ["True", "False"])
def test_a_loss_that_scikit_learn_computes_is_one(tmp_path: Path, wide: str, given: str) -> None:
    text = ELSEWHERE.replace("WIDE", wide).replace("GIVEN", given)
    verdict = judged_file(source_of(tmp_path, text.replace("ERROR", "p - T")).path)
    assert (verdict.mistakes, verdict.loss) == ((), COMPUTED)
    if wide == "False":
        verdict = judged_file(source_of(tmp_path, text.replace("ERROR", "z - T")).path)
        assert [mistake.code.line for mistake in verdict.mistakes] == [11]


LOGITS = CLASSES.replace("d = p.copy()", "d = z.copy()")


@pytest.mark.parametrize(
    "loss",
    [PICKED, SUMMED, f"{PICKED} + 0.01 * (U ** 2).sum()", "-np.log(p[rows, labels] + 1e-6).sum()"],
)
def test_what_goes_into_a_softmax_is_not_what_comes_out_of_it(tmp_path: Path, loss: str) -> None:
    found = judged(tmp_path, LOGITS.replace("LOSS", loss).replace("ERROR", "d -= T"))
    assert [one.code.line for one in found.mistakes] == [_ERROR]
    assert "what comes out of it belongs here" in found.mistakes[0].sentence


def test_a_squared_error_that_leaves_a_softmax_out_is_right_and_that_is_said(
    tmp_path: Path,
) -> None:
    text = LOGITS.replace("ERROR", "d -= T")
    found = judged(tmp_path, text.replace("LOSS", "np.mean(p.argmax(axis=1) == labels)"))
    assert not found.mistakes
    assert any("takes no part" in note for note in found.notes)
    computed = judged(tmp_path, text.replace("LOSS", "((z - T) ** 2).mean()"))
    assert not computed.mistakes
    assert not computed.notes


# ---- a loss that is computed of what the prediction became --------------------------------------


def _after(text: str, loss: str, error: str, later: str) -> str:
    """The text with its loss below its error."""
    lines = text.replace(loss, "0").replace("d = p.copy()", "d = p").replace("ERROR", error)
    return lines + f"    {later}\n"


@pytest.mark.parametrize("momentum", [False, True])
@pytest.mark.parametrize("loss", [PICKED, SUMMED])
def test_a_loss_of_a_prediction_that_was_changed_is_told(
    tmp_path: Path, loss: str, momentum: bool
) -> None:
    text = _after(CLASSES, "LOSS", "d[rows, labels] -= 1", f"cost = {loss}")
    if momentum:
        text = text.replace("rows = np.arange(9)", "rows, v = np.arange(9), np.zeros((3, 4))")
        text = text.replace("U -= 0.2 * (X.T @ k)", "v = 0.9 * v + X.T @ k; U -= 0.2 * v")
    assert [one.code.line for one in judged(tmp_path, text).mistakes] == [_ERROR]


@pytest.mark.parametrize(("output", "cost"), [BINARY, SQUARED])
def test_so_is_one_of_a_unit(tmp_path: Path, output: str, cost: str) -> None:
    text = UNITS.replace("OUTPUT", output)
    text = _after(text, "COST", "p; d -= y", f"cost = {cost}")
    assert [one.code.line for one in judged(tmp_path, text).mistakes] == [12]


@pytest.mark.parametrize(
    ("error", "later"),
    [
        ("q = p.copy(); d[rows, labels] -= 1", "cost = -np.log(q[rows, labels]).mean()"),
        ("d = p - T", "cost = -np.log(p[rows, labels]).mean()"),
        ("d[rows, labels] -= 1", "size = np.abs(d).mean()"),
        ("d[rows, labels] -= 1", "length = np.sqrt((d ** 2).sum())"),
        ("d[rows, labels] -= 1", "cost = -np.log(1 + 9 * d[rows, labels]).mean()"),
        ("d[rows, labels] -= 1; q = 1 + d[rows, labels]", "cost = -np.log(q).mean()"),
    ],
)
def test_what_is_computed_of_the_error_itself_is_right(
    tmp_path: Path, error: str, later: str
) -> None:
    assert not judged(tmp_path, _after(CLASSES, "LOSS", error, later)).mistakes


@pytest.mark.parametrize("cost", ["np.sum((p - y) * (p - y))", "np.sum(d * (p - y))"])
def test_a_square_is_a_product_of_two_errors(tmp_path: Path, cost: str) -> None:
    text = UNITS.replace("OUTPUT", "1.0 * z").replace("    cost = COST\n", "")
    text = text.replace("d = ERROR", f"d = p - y; cost = {cost}")
    text = text.replace("(np.random.rand(1, 8) > 0.5) * 1.0", "np.zeros((1, 8))")
    assert not judged(tmp_path, text).mistakes


@pytest.mark.parametrize(("measure", "lines"), [("", [12]), ("; print(np.abs(error).mean())", [])])
def test_cross_entropy_may_be_one_measure_more_beside_the_error_itself(
    tmp_path: Path, measure: str, lines: list[int]
) -> None:
    text = UNITS.replace("OUTPUT", BINARY[0]).replace("cost = COST", f"error = p - y{measure}")
    text = text.replace("d = ERROR", f"d = error * p * (1 - p); cost = {BINARY[1]}")
    found = judged(tmp_path, text)
    assert [mistake.code.line for mistake in found.mistakes] == lines


ALL_WITH_ALL = [
    ("-np.sum(y[0] * np.log(p.T) + (1 - y[0]) * np.log(1 - p.T))", True),  # (8,) and (8, 1)
    ("-np.sum(np.dot(y.T, np.log(p)) + np.dot((1 - y).T, np.log(1 - p)))", True),
    ("-np.sum(np.dot(y, np.log(p).T) + np.dot(1 - y, np.log(1 - p).T))", False),
    ("-np.sum(y[0] * np.log(p[0]) + (1 - y[0]) * np.log(1 - p[0]))", False),
]


@pytest.mark.parametrize(("cost", "is_wrong"), ALL_WITH_ALL)
def test_a_loss_of_each_prediction_with_all_targets_is_named(
    tmp_path: Path, cost: str, is_wrong: bool
) -> None:
    text = UNITS.replace("OUTPUT", BINARY[0]).replace("COST", cost).replace("ERROR", "(p - y) / 8")
    line = text[: text.index("    cost")].count("\n") + 1
    found = [(m.fault, m.code.line) for m in judged(tmp_path, text).mistakes]
    assert found == [("grad-output-shape", line)] * is_wrong


def test_another_table_of_predictions_is_no_loss(tmp_path: Path) -> None:
    text = UNITS.replace("OUTPUT", BINARY[0]).replace("COST", BINARY[1])
    text = text.replace("ERROR", "(p - y) / 8\n    alike = np.sum(np.abs(p.T - y))")
    assert judged(tmp_path, text).mistakes == ()
