import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.check import FAULTS, StepNetwork, network_steps, run_steps, with_faults
from chainrule.errors import ChainruleError
from chainrule.functions import Array, nll, one_hot
from chainrule.models import NeuralNet

sizes = st.lists(st.integers(1, 5), min_size=1, max_size=3)


def samples(n: int, seed: int) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 6)), one_hot(4, rng.integers(0, 4, n))


@given(sizes, st.integers(1, 4), st.sampled_from(["sigmoid", "tanh", "relu"]))
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


def test_networks_side_by_side_compute_what_each_computes_alone() -> None:
    nets = [NeuralNet(6, 5, 4, seed=seed).parameters for seed in range(3)]
    stacked = {name: np.stack([net[name] for net in nets]) for name in nets[0]}
    x, t = samples(7, 0)
    together = StepNetwork(network_steps(), stacked)
    labels = t.argmax(axis=1)
    for i, parameters in enumerate(nets):
        alone = StepNetwork(network_steps(), parameters)
        np.testing.assert_allclose(together.forward(x)[i], alone.forward(x), rtol=1e-12)
        np.testing.assert_allclose(
            together.losses(x, labels)[i], alone.losses(x, labels), rtol=1e-12
        )
        assert (together.predict(x)[i] == alone.predict(x)).all()
        for name, gradient in alone.gradients(x, t).items():
            assert gradient.shape == parameters[name].shape
            np.testing.assert_allclose(
                together.gradients(x, t)[name][i], gradient, rtol=1e-12, atol=1e-15
            )


def relative_error(network: StepNetwork, x: Array, t: Array) -> float:
    """Largest difference of a gradient from central differences of the network's own loss."""
    gradients, worst = network.gradients(x, t), 0.0
    for name, parameter in network.parameters.items():
        for place in np.ndindex(parameter.shape):
            value, step = parameter[place], 1e-6
            parameter[place] = value + step
            above = nll(t, network.forward(x))
            parameter[place] = value - step
            below = nll(t, network.forward(x))
            parameter[place] = value
            difference = abs((above - below) / (2 * step) - gradients[name][place])
            worst = max(worst, difference)
    return worst


@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
@pytest.mark.parametrize("hidden", [[5], [5, 3], [5, 3, 2]])
def test_steps_without_fault_give_the_derivative_of_their_own_loss(
    output: str, hidden: list[int]
) -> None:
    parameters = NeuralNet(6, hidden, 4, init="glorot", seed=3).parameters
    network = StepNetwork(network_steps(len(hidden), output=output), parameters)
    assert relative_error(network, *samples(3, 4)) < 1e-7


@pytest.mark.parametrize("faults", [[id_] for id_ in FAULTS] + [list(FAULTS)])
def test_each_fault_makes_the_gradient_wrong(faults: list[str]) -> None:
    parameters = NeuralNet(6, 5, 4, init="glorot", seed=3).parameters
    network = StepNetwork(with_faults(network_steps(output="sigmoid"), faults), parameters)
    assert relative_error(network, *samples(3, 4)) > 1e-2


@pytest.mark.parametrize("id_", FAULTS)
def test_a_fault_changes_its_own_step_alone(id_: str) -> None:
    right = network_steps(output="sigmoid")
    wrong = with_faults(right, [id_])
    changed = [a.name for a, b in zip(right, wrong, strict=True) if a != b]
    assert changed == [FAULTS[id_].step]


def test_the_published_gradient_is_the_sum_of_its_two_faults() -> None:
    parameters = NeuralNet(6, 5, 4, seed=3).parameters
    x, t = samples(3, 4)
    network = StepNetwork(with_faults(network_steps(output="sigmoid"), FAULTS), parameters)
    z_h = x @ parameters["W_h"] + parameters["b_h"]
    h = 1 / (1 + np.exp(-z_h))
    error_o = 1 / (1 + np.exp(-(h @ parameters["W_o"] + parameters["b_o"]))) - t
    gradients = network.gradients(x, t)
    np.testing.assert_allclose(gradients["W_o"], z_h.T @ error_o)
    error_h = error_o @ parameters["W_o"].T * h * (1 - h)
    np.testing.assert_allclose(gradients["W_h"], x.T @ error_h)


def test_unknown_names_are_refused_by_name() -> None:
    with pytest.raises(ChainruleError, match="unknown fault 'grad-nonsense'; known are grad-pre"):
        with_faults(network_steps(), ["grad-nonsense"])
    with pytest.raises(ChainruleError, match="output must be one of softmax, sigmoid; got 'relu'"):
        network_steps(output="relu")
    with pytest.raises(ChainruleError, match=r"activation must be one of .*; got 'swish'"):
        network_steps(activation="swish")


@pytest.mark.parametrize("hidden", [[5], [5, 3], [3, 3]])
def test_the_preactivation_fault_reads_the_layer_below_at_any_depth(hidden: list[int]) -> None:
    parameters = NeuralNet(6, hidden, 4, seed=3).parameters
    steps = with_faults(network_steps(len(hidden)), ["grad-preactivation"])
    x, t = samples(3, 4)
    values = run_steps(steps, {"x": x, "t": t, **parameters})
    z = values["z_h" if len(hidden) == 1 else "z_h2"]
    np.testing.assert_array_equal(values["grad_W_o"], z.T @ values["grad_z_o"])


def test_what_is_right_for_the_output_is_not_made_a_fault() -> None:
    with pytest.raises(ChainruleError, match="no fault here: grad_z_o = y - t is right"):
        with_faults(network_steps(output="softmax"), ["grad-output-mismatch"])


def test_a_network_has_a_hidden_layer() -> None:
    with pytest.raises(ChainruleError, match="must be 1 or more; got 0"):
        network_steps(0)
