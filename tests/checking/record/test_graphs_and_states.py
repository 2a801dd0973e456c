"""Engines that go back through a graph of objects, and networks whose states go on."""

from pathlib import Path

import pytest

from recorded_runs import assert_told_apart, judged_file, source_of

ENGINE = """\
import math
import random


class Node:
    def __init__(self, value, makers=()):
        self.value = value
        self.slope = 0.0
        self.makers = set(makers)
        self.back = lambda: None

    def __add__(self, other):
        out = Node(self.value + other.value, (self, other))

        def back():
            self.slope += out.slope
            other.slope += out.slope
        out.back = back
        return out

    def __mul__(self, other):
        out = Node(self.value * other.value, (self, other))

        def back():
            self.slope += other.value * out.slope
            other.slope += self.value * out.slope
        out.back = back
        return out

    def tanh(self):
        t = math.tanh(self.value)
        out = Node(t, (self,))

        def back():
            self.slope += (1 - t * t) * out.slope
        out.back = back
        return out

    def go_back(self):
        order, seen = [], set()

        def visit(node):
            if node not in seen:
                seen.add(node)
                for maker in node.makers:
                    visit(maker)
                order.append(node)
        visit(self)
        self.slope = 1.0
        for node in reversed(order):
            node.back()


def layer(inputs, outputs):
    return [[Node(random.uniform(-1, 1)) for _ in range(inputs + 1)] for _ in range(outputs)]


def through(weights, x):
    out = []
    for row in weights:
        total = row[-1]
        for w, one in zip(row, x):
            total = total + w * one
        out.append(total.tanh())
    return out


hidden, last = layer(3, 4), layer(4, 1)
nodes = [w for row in hidden + last for w in row]
points = [[2.0, 3.0, -1.0], [3.0, -1.0, 0.5], [0.5, 1.0, 1.0], [1.0, 1.0, -1.0]]
wanted = [1.0, -1.0, -1.0, 1.0]
for epoch in range(40):
    loss = Node(0.0)
    for x, t in zip(points, wanted):
        (y,) = through(last, through(hidden, [Node(one) for one in x]))
        miss = y + Node(-t)
        loss = loss + miss * miss
    for node in nodes:
        node.slope = 0.0
    loss.go_back()
    for node in nodes:
        node.value -= 0.05 * node.slope
"""

LETTERS = """\
import numpy as np
text = "a small text that is read letter by letter, again and again. " * 3
letters = sorted(set(text))
size, hidden, length = len(letters), 30, 12
place = {letter: i for i, letter in enumerate(letters)}
U, W, V = (np.random.randn(a, b) * 0.1
           for a, b in ((hidden, size), (hidden, hidden), (size, hidden)))
b, c = np.zeros((hidden, 1)), np.zeros((size, 1))


def step(inputs, targets, state):
    x, h, p = {}, {-1: state}, {}
    loss = 0
    for t in range(len(inputs)):
        x[t] = np.zeros((size, 1))
        x[t][inputs[t]] = 1
        h[t] = np.tanh(U @ x[t] + W @ h[t - 1] + b)
        z = V @ h[t] + c
        p[t] = np.exp(z - z.max()) / np.sum(np.exp(z - z.max()))
        loss -= np.log(p[t][targets[t], 0])
    grads = [np.zeros_like(each) for each in (U, W, V, b, c)]
    later = np.zeros_like(state)
    for t in reversed(range(len(inputs))):
        d = p[t].copy()
        d[targets[t]] -= 1
        grads[2] += d @ h[t].T
        grads[4] += d
        d = (V.T @ d + later) * (1 - h[t] ** 2)
        grads[3] += d
        grads[0] += d @ x[t].T
        grads[1] += d @ h[t - 1].T
        later = W.T @ d
    return loss, grads, h[len(inputs) - 1]


def written(h, i, count):
    out = []
    for _ in range(count):
        x = np.zeros((size, 1))
        x[i] = 1
        h = np.tanh(U @ x + W @ h + b)
        z = V @ h + c
        p = np.exp(z - z.max()) / np.sum(np.exp(z - z.max()))
        i = np.random.choice(size, p=p.ravel())
        out.append(letters[i])
    return "".join(out)


squares = [np.zeros_like(each) for each in (U, W, V, b, c)]
begin = 0
for n in range(500):
    if n == 0 or begin + length + 1 >= len(text):
        state, begin = np.zeros((hidden, 1)), 0
    inputs = [place[letter] for letter in text[begin:begin + length]]
    targets = [place[letter] for letter in text[begin + 1:begin + length + 1]]
    loss, grads, state = step(inputs, targets, state)
    for each, grad, square in zip((U, W, V, b, c), grads, squares):
        square += grad * grad
        each -= 0.1 * grad / np.sqrt(square + 1e-8)
    begin += length
    if n % 100 == 0:
        print(n, loss, written(state, inputs[0], 40))
"""


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("(1 - t * t) * out", "(1 - t) * out"),
        ("other.value * out.slope", "self.value * out.slope"),
        ("self.slope += out.slope", "self.slope = out.slope"),
    ],
)
def test_a_wrong_way_back_through_the_operations_of_an_engine_is_told(
    tmp_path: Path, right: str, wrong: str
) -> None:
    """Also, what is kept in a set has the same order in all runs, or they would part."""
    assert_told_apart(tmp_path, ENGINE, right, wrong)


def test_a_bias_that_states_go_through_again_and_again_is_no_other_parameter(
    tmp_path: Path,
) -> None:
    """It is added to what it led to, as an update is, and the record ends in the third step."""
    assert judged_file(source_of(tmp_path, LETTERS).path).mistakes == ()


def test_slopes_of_an_engine_that_no_step_sets_back_are_told_in_the_step(tmp_path: Path) -> None:
    kept = ENGINE.replace("    for node in nodes:\n        node.slope = 0.0\n", "")
    (mistake,) = judged_file(source_of(tmp_path, kept).path).mistakes
    line = kept[: kept.index("    loss.go_back()")].count("\n") + 1
    assert (mistake.fault, mistake.code.line) == ("train-gradients-kept", line)
