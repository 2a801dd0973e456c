"""The rule by which gradients become steps: told by values however it is written."""

import contextlib
from pathlib import Path

import pytest

from chainrule.checking.record._steps.unjudged import NotJudgedError
from recorded_runs import judged, judged_file, source_of

TRAINING = """\
import numpy as np
X, t = np.random.randn(8, 3), np.random.randn(8, 2)
p = {"W": np.random.randn(3, 4), "b": np.zeros(4), "V": np.random.randn(4, 2)}
m = {k: np.zeros_like(a) for k, a in p.items()}
s = {k: np.zeros_like(a) for k, a in p.items()}
def gradients(p):
    h = np.tanh(X @ p["W"] + p["b"])
    d = (h @ p["V"] - t) / len(X)
    print(0.5 * np.sum((h @ p["V"] - t) ** 2) / len(X))
    e = d @ p["V"].T * (1 - h ** 2)
    return {"W": X.T @ e, "b": e.sum(0), "V": h.T @ d}
for i in range(1, 9):
    g = gradients(p)
    for k in p:
"""


def training(step: str, old: str = "", new: str = "") -> str:
    """A training whose step, with rate 0.05, is written so."""
    assert old in TRAINING
    return TRAINING.replace(old, new) + "".join(f"        {line}\n" for line in step.split("\n"))


VELOCITY = "m[k] = 0.9 * m[k] - 0.05 * g[k]\np[k] += m[k]"
AVERAGES = (
    "m[k] = 0.9 * m[k] + 0.1 * g[k]\ns[k] = 0.99 * s[k] + (1 - 0.99) * g[k] ** 2\n"
    "a, b = m[k] / (1 - 0.9 ** i), s[k] / (1 - 0.99 ** i)\n"
)
ROOTS = "s[k] = 0.9 * s[k] + 0.1 * g[k] ** 2\np[k] -= 0.05 * g[k] / (s[k] + 1e-6) ** 0.5"
ADAM = AVERAGES + "p[k] -= 0.05 * a / (np.sqrt(b) + 1e-8)"
CLIPPED = (
    "    for k in p:\n",
    "    size = np.sqrt(sum(np.sum(a ** 2) for a in g.values()))\n"
    "    g = {k: a * min(1, 0.01 / size) for k, a in g.items()}\n    for k in p:\n",
)
AHEAD = ("gradients(p)\n    for", "gradients({k: p[k] + 0.9 * m[k] for k in p})\n    for")
BEFORE = ("m = {k: np.zeros_like(a) for", "m = {k: a.copy() for")
RULES = {
    "momentum (0.9)": [
        training(VELOCITY),
        training("m[k] = 0.9 * m[k] + 0.1 * g[k]\np[k] -= 0.05 * m[k]"),
        training("m[k] = 0.9 * m[k] + (1 - 0.5) * g[k]\np[k] -= 0.05 / (1 + 0.1 * i) * m[k]"),
        training(VELOCITY.replace("g[k]", "(g[k] + 0.01 * p[k])")),
        training("m[k] = 0.9 * m[k] + g[k] if i > 1 else g[k]\np[k] -= 0.05 * m[k]"),
        training("m[k] = 0.9 * m[k] + 1 / 8 * g[k]\np[k] -= 0.125 * m[k]"),
        training(VELOCITY, *CLIPPED),
        training(VELOCITY, *AHEAD),
        training("p[k] = p[k] - 0.05 * g[k] + 0.9 * m[k]\nm[k] = 0.9 * m[k] - 0.05 * g[k]"),
        training("w = p[k]\np[k] = w - 0.05 * g[k] + 0.9 * (w - m[k])\nm[k] = w", *BEFORE),
        training("w = p[k].copy()\np[k] += 0.9 * (w - m[k]) - 0.05 * g[k]\nm[k] = w", *BEFORE),
        training("m[k] = 0.9 * m[k] + g[k]\np[k] = p[k] - 0.05 * m[k] - 0.001 * p[k]"),
        training(VELOCITY, "4, 2)}", "4, 1)}").replace("randn(8, 2)", "randn(8, 1)").replace(
            "p[k] += m", "c = 0.9\n        p[k] += m"
        ),
    ],
    "Nesterov's momentum (0.9)": [
        training("m[k] = 0.9 * m[k] + g[k]\np[k] -= 0.05 * (g[k] + 0.9 * m[k])"),
        training("o = m[k]\nm[k] = 0.9 * o - 0.05 * g[k]\np[k] += 1.9 * m[k] - 0.9 * o"),
        training("m[k] = m[k] * 0.9 - 0.05 * g[k]\np[k] = p[k] + 0.9 * m[k] - 0.05 * g[k]"),
        training("m[k] *= 0.9\nm[k] -= 0.05 * g[k]\np[k] += 0.9 * m[k]\np[k] -= 0.05 * g[k]"),
    ],
    "AdaGrad": [training("s[k] += g[k] ** 2\np[k] -= 0.05 * g[k] / (np.sqrt(s[k]) + 1e-8)")],
    "RMSprop (0.9)": [
        training(ROOTS), training(ROOTS, "m = {", "p['b'][:2] = 1.0\nm = {"),
    ],
    "Adam (0.9, 0.99)": [
        training(ADAM.replace("np.sqrt(b) + 1e-8", "np.sqrt(b + 1e-8)")),
        training(ADAM.replace("0.05", "0.05 / i ** 0.5")),
        training(ADAM + "\np[k] -= 0.05 * 0.01 * p[k]"),
        training("g[k] = np.clip(g[k] + 0.01 * p[k], -0.1, 0.1)\n" + ADAM),
        training("m[k] += (1 - 0.9) * (g[k] - m[k])\ns[k] += 0.01 * (g[k] ** 2 - s[k])\n"
                 "r = 0.05 * np.sqrt(1 - 0.99 ** i) / (1 - 0.9 ** i)\n"
                 "p[k] = p[k] - r * m[k] / (np.sqrt(s[k]) + 1e-8)"),
    ],
}  # fmt: skip
RULES["NAdam (0.9, 0.99)"] = [
    training(ADAM.replace("0.05 * a", "0.05 * (0.9 * a + 0.1 * g[k] / (1 - 0.9 ** i))"))
]
RIGHT = [(rule, text) for rule, texts in RULES.items() for text in texts]
UNUSUAL = {
    "Lion": "u = np.sign(0.9 * m[k] + 0.1 * g[k])\nm[k] = 0.99 * m[k] + 0.01 * g[k]\n"
    "p[k] -= 0.01 * u",
    "the signs of gradients": "p[k] -= 0.05 * g[k] / np.sqrt(g[k] ** 2 + 1e-8)",
    "AdaBelief": ADAM.replace("g[k] ** 2", "((g[k] - m[k]) ** 2 + 1e-8)"),
    "Adamax": "m[k] = 0.9 * m[k] + 0.1 * g[k]\ns[k] = np.maximum(0.99 * s[k], np.abs(g[k]))\n"
    "p[k] -= 0.05 / (1 - 0.9 ** i) * m[k] / (s[k] + 1e-8)",
    "a momentum that is negative": VELOCITY.replace("0.9", "-0.3"),
    "momentum of what is divided": "s[k] = 0.9 * s[k] + 0.1 * g[k] ** 2\n"
    "m[k] = 0.9 * m[k] + 0.05 * g[k] / np.sqrt(s[k] + 1e-8)\np[k] -= m[k]",
    "gradients that are looked ahead at": "p[k] = p[k] - 0.1 * g[k] + 0.05 * m[k]\nm[k] = g[k]",
    "a gradient and its average": "m[k] = 0.9 * m[k] + 0.1 * g[k]\n"
    "p[k] = p[k] - 0.02 * g[k] - 0.03 * m[k]",
    "less of what is slow": "m[k] = 0.9 * m[k] + 0.1 * g[k]\n"
    "p[k] = p[k] - 0.05 * g[k] + 0.02 * m[k]",
    "weights held where they began": "s[k] = s[k] if i > 1 else p[k]\n"
    "p[k] = p[k] - 0.05 * g[k] - 0.01 * (p[k] - s[k])",
    "a rate of its own for each array": ADAM.replace(
        "0.05 * a", "(0.1 + np.linalg.norm(p[k])) * 0.05 * a"
    ),
    "a rate that grows": ADAM.replace("0.05", "0.05 * min(1, i / 4)"),
}


@pytest.mark.parametrize(("rule", "text"), RIGHT)
def test_a_rule_is_told_by_its_values(tmp_path: Path, rule: str, text: str) -> None:
    verdict = judged(tmp_path, text)
    assert verdict.mistakes == ()
    assert (verdict.rule, verdict.partly) == (rule, False)


@pytest.mark.parametrize("step", UNUSUAL.values(), ids=UNUSUAL.keys())
def test_a_rule_that_is_only_unusual_is_not_judged(tmp_path: Path, step: str) -> None:
    with contextlib.suppress(NotJudgedError):
        verdict = judged(tmp_path, training(step))
        assert (verdict.mistakes, verdict.rule) == ((), "")
        assert verdict.partly or verdict.clipped


BESIDE = {
    "a number of another": VELOCITY.replace(
        "0.9 * m[k]", "0.9 * (m['V'][0, 0] if k == 'b' else m[k])"
    ),
    "a velocity of another": VELOCITY.replace(
        "0.9 * m[k]", "0.9 * (m['V'][:, 0] if k == 'b' else m[k])"
    ),
    "an average of another": ADAM.replace("0.9 * m[k]", "0.9 * m['W' if k == 'b' else k].mean()"),
    "a part of another gradient": ADAM.replace(
        "m[k] = 0.9 * m[k]", "m[k] = (g['W'].mean() if k == 'b' else 0) + 0.9 * m[k]"
    ),
}


@pytest.mark.parametrize("step", BESIDE.values(), ids=BESIDE.keys())
def test_a_step_that_more_goes_into_is_not_said_to_be_a_rule(tmp_path: Path, step: str) -> None:
    with contextlib.suppress(NotJudgedError):
        verdict = judged(tmp_path, training(step))
        assert verdict.mistakes or (verdict.partly and not verdict.rule)


def test_a_part_of_a_gradient_is_not_taken_for_all_of_it(tmp_path: Path) -> None:
    text = """\
import numpy as np
X, t = np.random.randn(6, 4, 2), np.random.randn(6, 1)
p = {"U": np.random.randn(2, 5), "R": np.random.randn(5, 5) * 0.4, "V": np.random.randn(5, 1)}
m = {k: np.zeros_like(a) for k, a in p.items()}
s = {k: np.zeros_like(a) for k, a in p.items()}
for i in range(1, 9):
    h = [np.zeros((6, 5))]
    for j in range(4):
        h.append(np.tanh(X[:, j] @ p["U"] + h[FROM] @ p["R"]))
    d = (h[-1] @ p["V"] - t) / 6
    loss = 0.5 * np.mean((h[-1] @ p["V"] - t) ** 2)
    g = {k: np.zeros_like(a) for k, a in p.items()}
    g["V"] = h[-1].T @ d
    e = d @ p["V"].T
    for j in (3, 2, 1, 0):
        a = e * (1 - h[j + 1] ** 2)
        g["U"] += X[:, j].T @ a
        g["R"] += h[FROM].T @ a
        e = a @ p["R"].T
    for k in p:
        STEP
""".replace("STEP", ADAM.replace("\n", "\n        "))
    assert not judged(tmp_path, text.replace("FROM", "j")).mistakes
    with contextlib.suppress(NotJudgedError):  # forward, each step begins with the zeros
        assert judged(tmp_path, text.replace("FROM", "0")).mistakes


def test_a_power_of_one_gradient_is_no_step_of_an_optimiser(tmp_path: Path) -> None:
    with contextlib.suppress(NotJudgedError):
        step = "a = g[k] ** 3 if k == 'W' else g[k]\np[k] -= 0.05 * a"
        assert judged(tmp_path, training(step)).mistakes


def test_drawn_numbers_that_are_added_to_steps_accuse_nobody(tmp_path: Path) -> None:
    for step in ("p[k] = p[k] - 0.05 * g[k] + ", "p[k] += -0.05 * g[k] + "):
        text = training(step + "0.01 * np.random.randn(*p[k].shape)")
        with pytest.raises(NotJudgedError, match="are drawn"):
            judged(tmp_path, text)


def test_each_average_that_is_corrected_in_place_is_told(tmp_path: Path) -> None:
    in_place = AVERAGES[: AVERAGES.index("a, b")] + "m[k] /= 1 - 0.9 ** i\ns[k] /= 1 - 0.99 ** i\n"
    text = training(in_place + "p[k] -= 0.05 * m[k] / (np.sqrt(s[k]) + 1e-8)")
    found = [(mistake.fault, mistake.code.line) for mistake in judged(tmp_path, text).mistakes]
    assert found == [("train-moment-stored", 17), ("train-moment-stored", 18)]


def test_a_sum_of_columns_of_data_is_no_change_of_them(tmp_path: Path) -> None:
    text = training(VELOCITY, "s = {", "t = (2 * X[:, :2] * X[:, 1:] + X[:, 2:] > 0) * 1.0\ns = {")
    assert judged(tmp_path, text).rule == "momentum (0.9)"


def test_a_count_that_may_be_of_epochs_is_not_judged(tmp_path: Path) -> None:
    loop = "XY = X, t\nfor j in range(8):\n    i, r = 1, slice(j % 2, None, 2)\n"
    batches = training(ADAM, "for i in range(1, 9):\n", loop + "    X, t = XY[0][r], XY[1][r]\n")
    verdict = judged(tmp_path, batches)
    assert (verdict.mistakes, verdict.rule, verdict.partly) == ((), "", True)


def test_another_factor_for_one_parameter_is_no_matter_of_the_rule(tmp_path: Path) -> None:
    text = training(VELOCITY).replace('"b": e.sum(0)', '"b": 2 * e.sum(0)')
    assert [mistake.code.line for mistake in judged(tmp_path, text).mistakes] == [11]


def test_a_mistake_for_one_parameter_is_told_where_all_becomes_nan(tmp_path: Path) -> None:
    text = training(ADAM.replace("g[k] ** 2", 'g[k] ** (1 + (k != "b"))'))
    (mistake,) = judged(tmp_path, text).mistakes
    assert (mistake.fault, mistake.code.line) == ("train-square-missing", 16)


def test_a_parameter_that_begins_as_a_plain_number_accuses_nobody(tmp_path: Path) -> None:
    step = AVERAGES.replace("[k]", "") + "w = w - 0.05 * a / (np.sqrt(b) + 1e-8)"
    lines = [
        "import numpy as np", "X, t = np.random.randn(9, 3), np.random.randn(9)",
        "w, c, m, s, n, r = np.random.randn(3), 0.0, 0, 0, 0, 0", "for i in range(1, 9):",
        "    d = X @ w + c - t", "    print(np.mean(d ** 2))",
        "    g, h = 2 * X.T @ d / len(d), 2 * d.mean()", *(f"    {x}" for x in step.split("\n")),
        "    n, r = 0.9 * n + 0.1 * h, 0.99 * r + (1 - 0.99) * h ** 2",
        "    c = c - 0.05 * n / (1 - 0.9 ** i) / (np.sqrt(r / (1 - 0.99 ** i)) + 1e-8)",
    ]  # fmt: skip
    with contextlib.suppress(NotJudgedError):
        assert judged(tmp_path, "\n".join(lines) + "\n").mistakes == ()


def test_a_mistake_in_a_function_for_all_parameters_is_told_in_it(tmp_path: Path) -> None:
    step = "".join(
        f"    {x}\n" for x in ADAM.replace("a, b = m[k] /", "a, b = m[k] *").split("\n")
    )
    calls = "".join(f'    update("{k}")\n' for k in "WbV")
    text = TRAINING.replace("for i in", f"def update(k):\n{step}for i in").replace(
        "    for k in p:\n", calls
    )
    (mistake,) = judged(tmp_path, text).mistakes
    assert (mistake.fault, mistake.code.line) == ("train-moment-multiplied", 15)


def test_averages_that_are_made_anew_are_told_where_they_are_made(tmp_path: Path) -> None:
    zeros = "{k: np.zeros_like(a) for k, a in p.items()}"
    text = training(ADAM, "    g = ", f"    m = {zeros}\n    s = {zeros}\n    g = ")
    found = [(mistake.fault, mistake.code.line) for mistake in judged(tmp_path, text).mistakes]
    assert found == [("train-state-lost", 13), ("train-state-lost", 14)]


def test_averages_that_are_kept_nowhere_are_told_where_they_are_taken(tmp_path: Path) -> None:
    text = training(
        "a, b = 0.9 * m[k] + 0.1 * g[k], 0.99 * s[k] + 0.01 * g[k] ** 2\n"
        "p[k] -= 0.05 * a / (1 - 0.9 ** i) / (np.sqrt(b / (1 - 0.99 ** i)) + 1e-8)"
    )
    found = {(mistake.fault, mistake.code.line) for mistake in judged(tmp_path, text).mistakes}
    assert found == {("train-state-lost", 15)}


def test_a_step_that_knows_its_gradient_by_the_root_alone_is_not_right(tmp_path: Path) -> None:
    text = training(ADAM.replace("0.1 * g[k]", "0.1 * np.full_like(g[k], 1.0) * g['V'][0, 0]"))
    with contextlib.suppress(NotJudgedError):
        assert judged(tmp_path, text).mistakes


def test_zeros_before_the_gradient_are_no_velocity(tmp_path: Path) -> None:
    leaky = training("p[k] -= 0.05 * g[k]", 'h = np.tanh(X @ p["W"] + p["b"])',
                     'h = np.tanh(X @ p["W"] + p["b"] + 0.5 * np.zeros(4))')  # fmt: skip
    assert judged(tmp_path, leaky).mistakes == ()


BIAS_OF_A_PLAIN_NUMBER = """\
import numpy as np
X, t = np.random.randn(30, 4), np.random.randint(0, 2, 30) * 1.0
w, b, v, c = np.zeros(4), float("0"), np.zeros(4), float("0")
for step in range(30):
    p = 1 / (1 + np.exp(-(X @ w + b)))
    dw, db = X.T @ (p - t) / 30, np.mean(p - t)
    v = 0.8 * v + 0.2 * dw ** 2
    c = 0.8 * c + 0.2 * db ** 2
    w = w - 0.05 * dw / np.sqrt(v + 1e-8)
    b = b - 0.05 * db / np.sqrt(c + 1e-8)
"""


def test_what_begins_as_a_plain_number_hides_no_mistake_of_others(tmp_path: Path) -> None:
    with pytest.raises(NotJudgedError, match="plain number"):
        judged_file(source_of(tmp_path, BIAS_OF_A_PLAIN_NUMBER).path)
    wrong = BIAS_OF_A_PLAIN_NUMBER.replace("dw ** 2", "dw")
    (mistake,) = judged_file(source_of(tmp_path, wrong).path).mistakes
    assert (mistake.code.line, mistake.fault) == (7, "train-square-missing")


PAIRS = """\
import numpy as np
rng = np.random.default_rng(6)
X, Z = rng.normal(size=(24, 5)), rng.normal(size=(24, 5))
same = 1.0 * (rng.random((24, 1)) < 0.5)
params = [rng.normal(0, 0.4, (5, 6)), np.zeros(6), rng.normal(0, 0.4, (6, 2)), np.zeros(2)]
kept = [np.zeros_like(w) for w in params]

def forward(x, p):
    h = np.maximum(x @ p[0] + p[1], 0)
    return h, h @ p[2] + p[3]

def back(d, x, h, p):
    e = d @ p[2].T * (h > 0)
    return [x.T @ e, e.sum(0), h.T @ d, d.sum(0)]

for step in range(200):
    ahead = [w + 0.9 * v for w, v in zip(params, kept)]
    (h, a), (k, b) = forward(X, ahead), forward(Z, ahead)
    far = np.sqrt(((a - b) ** 2).sum(1, keepdims=True) + 1e-9)
    gap = np.maximum(1.5 - far, 0)
    loss = (same * far ** 2 + (1 - same) * gap ** 2).sum() / 2
    d = (same * far - (1 - same) * gap) * (a - b) / far
    slopes = [i + j for i, j in zip(back(d, X, h, ahead), back(-d, Z, k, ahead))]
    kept = [0.9 * v - 0.002 * g for v, g in zip(kept, slopes)]
    params = [w + v for w, v in zip(params, kept)]
"""


def test_last_biases_on_which_no_loss_depends_are_judged_with_the_others(tmp_path: Path) -> None:
    """They go out of the difference of two outputs, and change by nothing but what is kept."""
    assert judged(tmp_path, PAIRS).mistakes == ()
    with contextlib.suppress(NotJudgedError):
        assert judged(tmp_path, PAIRS.replace("back(-d", "back(d")).mistakes
