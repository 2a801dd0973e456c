from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.data.arrays import Array
from chainrule.errors import ChainruleError
from chainrule.faults import FORMULAS, FaultyNet, network_steps, place, placements, run_steps
from chainrule.faults._text import compiled
from chainrule.faults.steps import Step, Values
from chainrule.nn.activations import ACTIVATIONS
from chainrule.nn.functions import nll, one_hot
from chainrule.nn.models import LogisticRegression, NeuralNet

sizes = st.lists(st.integers(1, 5), min_size=1, max_size=3)


def samples(n: int, seed: int) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 6)), one_hot(4, rng.integers(0, 4, n))


@given(sizes, st.integers(1, 4), st.sampled_from(list(ACTIVATIONS)))
def test_steps_compute_what_the_model_computes(hidden: list[int], n: int, activation: str) -> None:
    net = NeuralNet(6, hidden, 4, activation=activation, init="he", seed=1)
    x, t = samples(n, 2)
    values = run_steps(
        network_steps(len(hidden), activation=activation), {"x": x, "t": t, **net.parameters}
    )
    for name, quantity in net.forward_trace(x).items():
        np.testing.assert_allclose(values[name], quantity, rtol=1e-12, atol=1e-14)
    for name, gradient in net.grad_loss(x, t).items():
        np.testing.assert_allclose(values[f"grad_{name}"], gradient, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_text_of_an_activation_names_its_functions(activation: str) -> None:
    texts = {step.name: step.text for step in network_steps(activation=activation)}
    symbol = activation.replace("-", "_")
    assert texts["h"] == f"{symbol}(z_h)"
    assert texts["grad_z_h"] == f"grad_h * d{symbol}(z_h)"


def network(*faults: str, hidden: Sequence[int] = (5,), seed: int = 3, **more: Any) -> FaultyNet:
    """A network with these mistakes, none by default, whose biases are not zero."""
    computation = place(faults, (6, *hidden, 4), **more)
    net = FaultyNet(6, hidden, 4, computation, init="glorot", seed=seed)
    for name, parameter in net.parameters.items():
        if name.startswith("b"):
            parameter[:] += np.linspace(-0.3, 0.4, len(parameter))
    return net


@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
@pytest.mark.parametrize("hidden", [(5,), (5, 3)])
def test_networks_side_by_side_compute_what_each_computes_alone(
    output: str, hidden: tuple[int, ...]
) -> None:
    nets = [network(hidden=hidden, output=output, seed=seed) for seed in range(3)]
    together = FaultyNet.side_by_side(nets)
    x, t = samples(7, 0)
    for i, alone in enumerate(nets):
        np.testing.assert_allclose(together.forward(x)[i], alone.forward(x), rtol=1e-12)
        np.testing.assert_allclose(together.forward(x[0])[i], alone.forward(x[0]), rtol=1e-12)
        np.testing.assert_allclose(together.losses(x, t)[i], alone.losses(x, t), rtol=1e-12)
        np.testing.assert_array_equal(np.asarray(together.predict(x))[i], alone.predict(x))
        for name, gradient in alone.gradients(x, t).items():
            assert gradient.shape == alone.parameters[name].shape
            np.testing.assert_allclose(
                together.gradients(x, t)[name][i], gradient, rtol=1e-12, atol=1e-15
            )


def stacked(values: Sequence[Values]) -> Values:
    """The quantities of several networks on the same samples, with a leading axis."""
    shared = ("x", "t", "learning_rate")
    return {
        name: value if name in shared else np.stack([one[name] for one in values])
        for name, value in values[0].items()
    }


@pytest.mark.parametrize("n", [1, 4, 7])
@pytest.mark.parametrize("hidden", [(5,), (5, 3), (4, 4)])
@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
def test_every_formula_means_the_same_for_several_networks(
    output: str, hidden: tuple[int, ...], n: int
) -> None:
    networks = [quantities([6, *hidden, 4], n, output, seed) for seed in (3, 4, 5)]
    steps, together = networks[0][0], stacked([values for _, values in networks])
    candidates = [*steps, *(step for id_ in FORMULAS for step in placements(id_, steps))]
    compared = 0
    for step in candidates:
        with np.errstate(all="ignore"):
            try:
                alone = [
                    np.asarray(step.formula(*(values[name] for name in step.reads)))
                    for _, values in networks
                ]
            except ValueError:  # the sizes do not fit
                continue
            result = step.stacked_formula(*(together[name] for name in step.reads))
        expected = np.stack(alone)
        compared += 1
        np.testing.assert_allclose(
            np.broadcast_to(result, expected.shape), expected, rtol=1e-12, err_msg=step.text
        )
    assert compared > 60


def test_a_formula_that_has_no_meaning_for_several_networks_is_refused() -> None:
    step = Step("y", "np.linalg.norm(z_o)", "y")
    with pytest.raises(ChainruleError, match="has no meaning for several networks"):
        _ = step.stacked_formula


def relative_error(net: FaultyNet, x: Array, t: Array) -> float:
    """Largest difference of a gradient from central differences of the network's own loss."""
    gradients, worst = net.gradients(x, t), 0.0
    for name, parameter in net.parameters.items():
        for i in np.ndindex(parameter.shape):
            value, step = parameter[i], 1e-6
            parameter[i] = value + step
            above = nll(t, net.forward(x))
            parameter[i] = value - step
            below = nll(t, net.forward(x))
            parameter[i] = value
            difference = abs((above - below) / (2 * step) - gradients[name][i])
            worst = max(worst, float(difference))
    return worst


@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
@pytest.mark.parametrize("hidden", [[5], [5, 3], [5, 3, 2]])
def test_steps_without_fault_give_the_derivative_of_their_own_loss(
    output: str, hidden: list[int]
) -> None:
    net = network(hidden=hidden, output=output, batches=(3,))
    assert relative_error(net, *samples(3, 4)) < 1e-7


PUBLISHED = ("grad-preactivation", "grad-output-mismatch")
SAME_NUMBERS = ("softmax-overflows",)  # wherever nothing overflows
# The rows of y - t sum to 0 where y is a softmax, like a gradient that is missing; the shapes tell
# them apart where there are not as many samples as classes.
ZERO = {"grad-bias-not-summed", "grad-missing-parameter"}
RATE = 0.3


def quantities(
    sizes: Sequence[int], n: int, output: str, seed: int = 3
) -> tuple[tuple[Step, ...], Values]:
    """The right steps of a network, and random values of all its quantities, biases too."""
    steps = network_steps(len(sizes) - 2, output=output)
    rng = np.random.default_rng(seed)
    layers = [step.layer for step in steps if step.kind == "z"]
    known: Values = {"learning_rate": RATE}
    for layer, below, size in zip(layers, sizes[:-1], sizes[1:], strict=True):
        known[f"W_{layer}"] = rng.normal(scale=0.7, size=(below, size))
        known[f"b_{layer}"] = rng.normal(scale=0.7, size=size)
    known["x"] = np.random.default_rng(9).normal(size=(n, sizes[0]))
    known["t"] = one_hot(sizes[-1], np.resize([1, 0, 1, 3, 2], n))
    return steps, run_steps(steps, known)


def same(a: Any, b: Any) -> bool:
    return np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=1e-6, atol=1e-9)


# Sizes that all differ, and sizes that all coincide: some mistakes can be computed only there.
NETWORKS = [
    pytest.param(sizes, n, output, id=f"{'-'.join(map(str, sizes))}-{output}")
    for sizes, n in (
        ([6, 5, 4], 7),
        ([6, 5, 3, 4], 7),
        ([6, 5, 3, 8, 4], 7),
        ([4, 4, 4], 4),
        ([4, 4, 4, 4], 4),
        ([4, 4, 4, 4, 4], 4),
    )
    for output in ("softmax", "sigmoid")
]


@pytest.mark.parametrize(("sizes", "n", "output"), NETWORKS)
def test_each_fault_at_each_layer_changes_the_update(
    sizes: list[int], n: int, output: str
) -> None:
    right, values = quantities(sizes, n, output)
    updates = [step.name for step in right if step.kind.startswith("new_")]
    computed = {step.name for step in right}
    given = {name: value for name, value in values.items() if name not in computed}
    seen = set()
    for id_ in FORMULAS:
        for step in placements(id_, right):
            if step.kind == "loss" or id_ in SAME_NUMBERS:
                continue
            steps = [step if step.name == one.name else one for one in right]
            with np.errstate(all="ignore"):
                try:
                    wrong = run_steps([s for s in steps if s.kind != "loss"], given)
                except ValueError:  # the sizes do not fit
                    continue
            assert not all(same(wrong[name], values[name]) for name in updates), (id_, step.text)
            seen.add(id_)
    # What has the wrong shape can be computed, but updates nothing.
    unfit = {"grad-transposed", "grad-inputs-swapped"}
    unfit |= {id_ for id_ in FORMULAS if any(w.square for w in FORMULAS[id_])}
    trained = {id_ for id_ in FORMULAS if any(s.kind != "loss" for s in placements(id_, right))}
    assert trained - seen - set(SAME_NUMBERS) <= (set() if len(set(sizes)) == 1 else unfit)


@pytest.mark.parametrize(("sizes", "n", "output"), NETWORKS)
def test_values_tell_the_faults_at_a_step_apart(sizes: list[int], n: int, output: str) -> None:
    right, values = quantities(sizes, n, output)
    found: dict[str, list[tuple[str, str, Any]]] = {}
    for id_ in FORMULAS:
        for step in placements(id_, right):
            if id_ in SAME_NUMBERS:
                continue
            with np.errstate(all="ignore"):
                try:
                    value = step.formula(*(values[name] for name in step.reads))
                except ValueError:
                    continue
            assert not same(value, values[step.name]), (id_, step.text)
            for other, text, taken in found.setdefault(step.name, []):
                if output == "softmax" and {other, id_} == ZERO and step.name == "grad_b_o":
                    continue
                assert other == id_ or not same(value, taken), (id_, step.text, other, text)
            found[step.name].append((id_, step.text, value))
    assert {step.name for step in right} <= set(found) | {"h"}


@pytest.mark.parametrize("faults", [[id_] for id_ in PUBLISHED] + [list(PUBLISHED)])
def test_the_published_faults_make_the_gradient_wrong(faults: list[str]) -> None:
    net = network(*faults, output="sigmoid", batches=(3,))
    assert relative_error(net, *samples(3, 4)) > 1e-2


def test_faults_of_the_update_show_in_what_training_sees() -> None:
    x, t = samples(3, 4)
    right = network(batches=(3,)).gradients(x, t)

    def gradients(*ids: str) -> dict[str, Array]:
        return network(*ids, batches=(3,)).gradients(x, t)

    for name, gradient in gradients("train-sign").items():
        np.testing.assert_allclose(gradient, -right[name], atol=1e-12)
    for name, gradient in gradients("train-learning-rate").items():
        np.testing.assert_allclose(gradient, right[name] / 0.1, atol=1e-11)
    assert not gradients("train-missing-parameter")["W_o"].any()
    stale = gradients("grad-hidden-stale-or-updated-weights")
    np.testing.assert_allclose(stale["W_o"], right["W_o"], atol=1e-12)
    assert not np.allclose(stale["W_h"], right["W_h"])


def test_the_published_gradient_is_the_sum_of_its_two_faults() -> None:
    x, t = samples(3, 4)
    net = network(*PUBLISHED, batches=(3,))
    z_h = x @ net.W_h + net.b_h
    h = 1 / (1 + np.exp(-z_h))
    error_o = 1 / (1 + np.exp(-(h @ net.W_o + net.b_o))) - t
    gradients = net.gradients(x, t)
    np.testing.assert_allclose(gradients["W_o"], z_h.T @ error_o)
    error_h = error_o @ net.W_o.T * h * (1 - h)
    np.testing.assert_allclose(gradients["W_h"], x.T @ error_h)


def test_unknown_names_are_refused_by_name() -> None:
    with pytest.raises(ChainruleError, match="there is no fault 'grad-nonsense'"):
        place(["grad-nonsense"], (6, 5, 4))
    with pytest.raises(ChainruleError, match="output must be one of softmax, sigmoid; got 'relu'"):
        network_steps(output="relu")
    with pytest.raises(ChainruleError, match=r"activation must be one of .*; got 'swish'"):
        network_steps(activation="swish")


@pytest.mark.parametrize("hidden", [[5], [5, 3], [3, 3]])
def test_the_preactivation_fault_reads_the_layer_below_at_any_depth(hidden: list[int]) -> None:
    net = network("grad-preactivation", hidden=hidden)
    x, t = samples(3, 4)
    values = run_steps(net.computation.steps, {"x": x, "t": t, **net.parameters})
    z = values["z_h" if len(hidden) == 1 else "z_h2"]
    np.testing.assert_array_equal(values["grad_W_o"], z.T @ values["grad_z_o"])


def test_what_is_right_for_the_output_is_not_made_a_fault() -> None:
    with pytest.raises(ChainruleError, match=r"grad-output-mismatch \(.*\) has no place"):
        place(["grad-output-mismatch"], (6, 5, 4), output="softmax")
    with pytest.raises(ChainruleError, match="misspelt-name is a mistake of the code"):
        place(["misspelt-name"], (6, 5, 4))


def test_no_hidden_layer_is_softmax_regression() -> None:
    x, t = samples(3, 4)
    model = LogisticRegression(6, 4, seed=1)
    values = run_steps(network_steps(0), {"x": x, "t": t, "W_o": model.W, "b_o": model.b})
    np.testing.assert_allclose(values["y"], model.forward(x), rtol=1e-12)
    np.testing.assert_allclose(values["grad_W_o"], model.grad_loss(x, t)[0], rtol=1e-10)
    np.testing.assert_allclose(values["loss"], nll(t, values["y"]))
    with pytest.raises(ChainruleError, match="must be 1 or more; got -1"):
        network_steps(-1)


def test_binary_cross_entropy_belongs_to_sigmoid_outputs() -> None:
    parameters = NeuralNet(6, 5, 4, init="glorot", seed=3).parameters
    x, t = samples(3, 4)
    values = run_steps(
        network_steps(output="sigmoid", loss="binary cross-entropy"),
        {"x": x, "t": t, **parameters},
    )
    y = values["y"]
    np.testing.assert_allclose(values["loss"], -np.sum(np.where(t > 0, np.log(y), np.log(1 - y))))
    np.testing.assert_array_equal(values["grad_z_o"], y - t)
    with pytest.raises(ChainruleError, match="takes each output as a probability of its own"):
        network_steps(loss="binary cross-entropy")
    with pytest.raises(ChainruleError, match="loss must be one of nll, binary cross-entropy"):
        network_steps(loss="hinge")


@pytest.mark.parametrize(("reduction", "number"), [("sum", 1), ("mean", 3), ("entries", 3 * 4)])
def test_a_reduction_divides_loss_and_gradients(reduction: str, number: int) -> None:
    x, t = samples(3, 2)
    given_values = {"x": x, "t": t, **network().parameters}
    summed = run_steps(network_steps(), given_values)
    values = run_steps(network_steps(reduction=reduction), given_values)
    for name in ("loss", "grad_z_o", "grad_W_o", "grad_b_h"):
        np.testing.assert_allclose(values[name] * number, summed[name])


@pytest.mark.parametrize(("base", "name"), [(np.e, "log"), (2, "log2"), (10, "log10")])
def test_logarithms_of_formulas_have_their_base_and_are_clipped(base: float, name: str) -> None:
    logarithm = compiled(f"np.{name}(y)", ("y",))
    np.testing.assert_allclose(logarithm(np.array([1 / base, base**-3.0])), [-1, -3])
    assert np.isfinite(logarithm(np.zeros(1)))
