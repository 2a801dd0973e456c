"""The checker is certified by the catalogue: every fault, at every layer, alone and in pairs."""

import itertools
from typing import Any

import numpy as np
import pytest

from chainrule.checking.diagnosis import Finding, judge
from chainrule.faults import FORMULAS, placements
from chainrule.faults.steps import Step, network_steps
from chainrule.nn.activations import ACTIVATIONS
from step_learners import desk, with_steps

# What cannot be seen from outside, or is the same computation as another: judged elsewhere.
FORWARD = ("z", "h", "y")
GRADIENT = ("grad_y", "grad_W", "grad_b", "grad_h", "grad_z")
UPDATE = ("new_W", "new_b")
SAME_NUMBERS = ("softmax-overflows",)


def wrong_steps(hidden: int, kinds: tuple[str, ...], **more: str) -> list[tuple[str, Step]]:
    """Every fault at every step of these kinds where it has a place."""
    steps = network_steps(hidden, **more)
    return [
        (id_, step)
        for id_ in FORMULAS
        for step in placements(id_, steps)
        if step.kind in kinds and id_ not in SAME_NUMBERS
    ]


def found(
    hidden: int, wrong: list[Step], *, trains: bool = True, **more: str
) -> dict[str, Finding]:
    steps = with_steps(network_steps(hidden, **more), wrong)
    judged = judge(desk(steps, trains=trains))
    return {finding.name.split(".")[1]: finding for finding in judged}


def cases(
    kinds: tuple[str, ...],
) -> list[Any]:  # of what pytest.param makes, which has no public type
    return [
        pytest.param(
            hidden,
            id_,
            step,
            id=f"{hidden}-{id_}-{step.name}={step.text}",
            marks=pytest.mark.slow if hidden == 3 else (),
        )
        for hidden in (1, 2, 3)
        for id_, step in wrong_steps(hidden, kinds)
        if id_ != "grad-hidden-stale-or-updated-weights"
    ]


@pytest.mark.parametrize("hidden", [0, 1, 2, 3])
def test_a_right_network_passes(hidden: int) -> None:
    for output in ("softmax", "sigmoid"):
        findings = found(hidden, [], output=output)
        assert {name: f.passed for name, f in findings.items()} == dict.fromkeys(
            ("forward", "loss", "grad_loss", "train"), True
        )


OTHERS = [name for name in ACTIVATIONS if name != "sigmoid"]
# The steps that depend on the activation; all others are the same with any.
AT_ACTIVATION = ("h", "grad_z")


@pytest.mark.parametrize("activation", OTHERS)
@pytest.mark.parametrize("hidden", [1, 2])
@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
def test_a_right_network_passes_with_any_activation(
    activation: str, hidden: int, output: str
) -> None:
    findings = found(hidden, [], activation=activation, output=output)
    assert {name: f.passed for name, f in findings.items()} == dict.fromkeys(
        ("forward", "loss", "grad_loss", "train"), True
    )


@pytest.mark.parametrize(
    ("activation", "hidden", "id_", "step"),
    [
        pytest.param(
            name,
            hidden,
            id_,
            step,
            id=f"{name}-{hidden}-{id_}-{step.text}",
            marks=pytest.mark.slow if hidden == 2 else (),
        )
        for name in OTHERS
        for hidden in (1, 2)
        for id_, step in wrong_steps(hidden, AT_ACTIVATION, activation=name)
    ],
)
def test_a_mistake_with_any_activation_is_named_at_its_layer(
    activation: str, hidden: int, id_: str, step: Step
) -> None:
    findings = found(hidden, [step], activation=activation)
    finding = findings["forward" if step.kind == "h" else "grad_loss"]
    assert finding.faults == (id_,)
    assert finding.blames[0].quantity == step.name


@pytest.mark.parametrize(("hidden", "id_", "step"), cases(FORWARD))
def test_a_wrong_forward_step_is_named_and_nothing_after_it(
    hidden: int, id_: str, step: Step
) -> None:
    findings = found(hidden, [step])
    assert findings["forward"].faults == (id_,)
    assert findings["grad_loss"].passed


@pytest.mark.parametrize(("hidden", "id_", "step"), cases(GRADIENT))
def test_a_wrong_gradient_step_is_named_at_its_layer(hidden: int, id_: str, step: Step) -> None:
    trains = hidden == 1  # to judge the train of a deeper network takes longer than all else
    findings = found(hidden, [step], trains=trains)
    finding = findings["grad_loss"]
    assert findings["forward"].passed
    assert findings["loss"].passed
    assert finding.faults == (id_,)
    assert finding.blames[0].quantity == step.name
    # A train with the same gradients of its own has the same mistake.
    if trains and id_ != "grad-missing-parameter" and step.kind != "grad_b":
        assert findings["train"].faults in ((id_,), ())


@pytest.mark.parametrize(
    ("output", "loss", "reduction"),
    [
        ("softmax", "nll", "mean"),
        ("sigmoid", "nll", "mean"),
        ("sigmoid", "binary cross-entropy", "mean"),
        ("sigmoid", "binary cross-entropy", "entries"),
    ],
)
def test_the_gradient_of_a_mean_is_right_and_that_of_a_sum_is_named_with_all_else(
    output: str, loss: str, reduction: str
) -> None:
    right, summed = (
        network_steps(output=output, loss=loss, reduction=kind) for kind in (reduction, "sum")
    )
    assert judge(desk(right, trains=False))[2].passed
    (at_output,) = (step for step in summed if step.kind == "grad_y")
    (above_hidden,) = placements("grad-preactivation", right)
    finding = judge(desk(with_steps(right, [at_output, above_hidden]), trains=False))[2]
    assert finding.faults == ("grad-batch-scale", "grad-preactivation")
    scale = next(b for b in finding.blames if b.fault == "grad-batch-scale")
    divided = next(step.text for step in right if step.kind == "grad_y")
    assert (scale.computed, scale.right) == (at_output.text, divided)


def test_two_mistakes_at_the_output_are_named_where_one_is_a_factor() -> None:
    mean, summed = (network_steps(output="sigmoid", reduction=kind) for kind in ("mean", "sum"))
    for id_ in ("grad-output-mismatch", "grad-output-sigmoid-factor"):
        step = next(placements(id_, summed))
        finding = judge(desk(with_steps(mean, [step]), trains=False))[2]
        assert finding.faults == ("grad-batch-scale", id_)


@pytest.mark.parametrize("hidden", [1, 2, 3])
def test_weights_used_after_their_update_are_named_in_train(hidden: int) -> None:
    for id_, step in wrong_steps(hidden, ("grad_h",)):
        if id_ == "grad-hidden-stale-or-updated-weights":
            steps = with_steps(network_steps(hidden), [step])
            findings = {f.name: f for f in judge(desk(steps))}
            assert findings["Net.train"].faults == (id_,)


@pytest.mark.parametrize("hidden", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_wrong_updates_are_named(hidden: int) -> None:
    for id_, step in wrong_steps(hidden, UPDATE):
        findings = found(hidden, [step])
        # A single parameter with the wrong sign or rate is no fault of the catalogue, which has
        # these for all parameters at once.
        if id_ == "train-missing-parameter":
            assert findings["train"].faults == (id_,)
        assert findings["train"].passed is False


@pytest.mark.parametrize("number", [20, pytest.param(150, marks=pytest.mark.slow)])
def test_pairs_of_gradient_mistakes_are_named(number: int) -> None:
    wrong = [w for w in wrong_steps(1, GRADIENT) if "stale" not in w[0]]
    square = {step.name + step.text for id_, step in wrong for w in FORMULAS[id_] if w.square}
    wrong = [w for w in wrong if w[1].name + w[1].text not in square]
    rng = np.random.default_rng(3)
    pairs = list(itertools.combinations(wrong, 2))
    tried = 0
    for i in rng.permutation(len(pairs)):
        (first, one), (second, other) = pairs[i]
        if one.name == other.name or tried == number:
            continue
        if "sigmoid-parentheses" in (first, second):
            continue  # it gives 0, by which a mistake in what is made of that is not seen
        tried += 1
        finding = found(1, [one, other])["grad_loss"]
        assert finding.faults == tuple(sorted({first, second})), (one.text, other.text)
