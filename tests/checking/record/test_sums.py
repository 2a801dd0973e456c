"""Sums of a parameter and several terms are put together anew, and nothing else is."""

from pathlib import Path

import numpy as np
import pytest

from chainrule.checking.record._standins.form import Form
from chainrule.checking.record._steps.runs import Runs
from chainrule.checking.record._tape.sums import regrouped
from chainrule.checking.record.coding import decode, encode
from chainrule.checking.record.run import record
from recorded_runs import SECONDS, judged, recorded, source_of

TRAINING = """\
import numpy as np
X, t = np.random.randn(8, 3), np.random.randn(8)
w = np.random.randn(3)
u = 0.3 * w
for i in range(8):
    d = X @ w - t
    print(np.mean(d ** 2))
    g = 2 * X.T @ d / len(d)
    STEP
"""
STATES = """\
import numpy as np
X, t = np.random.randn(6, 9, 3), np.random.randn(6, 2)
U, V, O = np.random.randn(3, 4), np.random.randn(4, 4), np.random.randn(4, 2)
for i in range(8):
    h = np.zeros((6, 4))
    hs, cs = [h], []
    for s in range(9):
        c = np.tanh(X[:, s] @ U + h @ V)
        h = h - 0.3 * h + 0.3 * c
        hs.append(h)
        cs.append(c)
    d = h @ O - t
    print(0.5 * np.sum(d ** 2))
    gO, dh = h.T @ d, d @ O.T
    gU, gV = np.zeros_like(U), np.zeros_like(V)
    for s in reversed(range(9)):
        z = 0.3 * dh * (1 - cs[s] ** 2)
        gU += X[:, s].T @ z
        gV += hs[s].T @ z
        dh = 0.7 * dh + z @ V.T
    U, V, O = U - 0.01 * gU, V - 0.01 * gV, O - 0.01 * gO
"""
SUMS = [
    "w - 0.1 * g + 0.01 * u", "w + 0.01 * u - 0.1 * g", "0.01 * u + w - 0.1 * g",
    "w - 0.1 * g - 0.01 * w", "w - 0.1 * g - 0.01 * u + 0.02",
    "w - 0.05 * g - 0.02 * g - 0.03 * g",
]  # fmt: skip


@pytest.mark.parametrize("step", SUMS)
def test_a_sum_becomes_one_change_and_keeps_its_values(tmp_path: Path, step: str) -> None:
    text = TRAINING.replace("STEP", f"w = {step}")
    raw = record(source_of(tmp_path, text), Form(), 0, {}, SECONDS)
    table = decode(encode(raw))
    table.verify()
    updates = Runs([table]).updates
    assert len(updates) >= 4
    line = text[: text.index("w = " + step)].count("\n") + 1
    ends = [
        raw.result(n) for n, o in enumerate(raw.operations)
        if raw.places[o.place][:1] and raw.places[o.place][0].line == line
        and raw.places[o.place] == table.places[table.operations[min(updates)].place]
    ]  # fmt: skip
    for number, end in zip(updates, ends, strict=True):
        np.testing.assert_allclose(table.result(number), end, rtol=1e-12)


@pytest.mark.parametrize(
    "step", ["w = w - 0.1 * g", "r = w - 0.1 * g; w = r - 0.1 * r + 0.1 * w", "w -= 0.1 * (g + u)"]
)
def test_other_sums_are_left_as_they_are(tmp_path: Path, step: str) -> None:
    text = TRAINING.replace("STEP", step)
    raw = record(source_of(tmp_path, text), Form(), 0, {}, SECONDS)
    assert regrouped(raw.operations) is None


def test_sums_of_gradients_and_states_of_a_recurrent_network_are_no_parameters(
    tmp_path: Path,
) -> None:
    table = recorded(tmp_path, STATES)
    assert {table.operations[n].shape for n in Runs([table]).updates} == {(3, 4), (4, 4), (4, 2)}
    verdict = judged(tmp_path, STATES)
    assert (verdict.mistakes, verdict.partly) == ((), False)
