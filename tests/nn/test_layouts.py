"""Parameters on their way to Keras and PyTorch, and back."""

from importlib.util import find_spec

import numpy as np
import pytest

from chainrule.data.arrays import Array
from chainrule.errors import ChainruleError
from chainrule.faults import FaultyNet, place
from chainrule.nn.ensemble import Ensemble
from chainrule.nn.functions import softmax
from chainrule.nn.layouts import from_keras_weights, from_torch_state, keras_weights, torch_state
from chainrule.nn.models import LogisticRegression, NeuralNet
from helpers import assert_same_bits

MODELS = (
    LogisticRegression(4, 3, seed=0),
    NeuralNet(4, 5, 3, seed=0),
    NeuralNet(4, (5, 2), 3, activation="tanh", seed=0),
)
X = np.random.default_rng(0).normal(size=(7, 4))


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_there_and_back_to_the_bit(model: LogisticRegression | NeuralNet) -> None:
    activation = model.activation.name if isinstance(model, NeuralNet) else "relu"
    for after in (
        from_keras_weights(keras_weights(model), activation=activation),
        from_torch_state(torch_state(model), activation=activation),
    ):
        assert repr(after) == repr(model)
        assert_same_bits(after.parameters, model.parameters)


def test_keras_layers_are_x_times_w() -> None:
    net = MODELS[1]
    W_h, b_h, W_o, b_o = keras_weights(net)
    h = 1 / (1 + np.exp(-(X @ W_h + b_h)))
    np.testing.assert_allclose(softmax(h @ W_o + b_o), net.forward(X), atol=1e-15)


def test_torch_layers_are_x_times_w_transposed() -> None:
    state = torch_state(MODELS[2])
    assert list(state) == ["0.weight", "0.bias", "2.weight", "2.bias", "4.weight", "4.bias"]
    q: Array = X
    for place_of_layer in (0, 2, 4):
        q = q @ state[f"{place_of_layer}.weight"].T + state[f"{place_of_layer}.bias"]
        q = np.tanh(q) if place_of_layer < 4 else q
    np.testing.assert_allclose(q, MODELS[2].logits(X), atol=1e-15)


def test_what_is_given_is_a_copy() -> None:
    net = NeuralNet(4, 5, 3, seed=0)
    weights, state = keras_weights(net), torch_state(net)
    weights[0][:] = state["0.weight"][:] = 0
    assert net.W_h.all()


def test_single_precision_and_lists_are_taken() -> None:
    net = from_keras_weights([p.astype(np.float32) for p in keras_weights(MODELS[1])])
    assert net.parameters["W_h"].dtype == np.float64
    model = from_torch_state({"weight": [[1, 2], [3, 4], [5, 6]], "bias": [0, 0, 0]})
    assert model.forward([1, 0]).argmax() == 2


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        ([], "got, with weights as .*, nothing"),
        ([(4, 3)], r"got, .* \(4, 3\)$"),
        ([(4, 3), (4,)], r"got, .* \(4, 3\), \(4,\)$"),
        ([(4, 3), (3,), (2, 5), (5,)], r"\(2, 5\), \(5,\)$"),
        ([(3, 3, 1, 8), (8,)], r"give weights \(fan_in, fan_out\) and biases \(fan_out,\) of"),
        ([(0, 3), (3,)], "of each dense layer, from input to output"),
    ],
)
def test_what_is_no_list_of_dense_layers_is_refused(
    shapes: list[tuple[int, ...]], message: str
) -> None:
    with pytest.raises(ChainruleError, match=message):
        from_keras_weights([np.ones(shape) for shape in shapes])


def test_what_cannot_be_a_model_is_refused() -> None:
    W_h, b_h, W_o, b_o = keras_weights(MODELS[1])
    with pytest.raises(ChainruleError, match=r"activation must be one of sigmoid, .*; got 'gelu'"):
        from_keras_weights([W_h, b_h, W_o, b_o], activation="gelu")
    with pytest.raises(ChainruleError, match="the biases of layer 2 of 2 are not all finite"):
        from_keras_weights([W_h, b_h, W_o, np.full_like(b_o, np.nan)])
    with pytest.raises(ChainruleError, match=r"give weights \(fan_out, fan_in\)"):
        from_torch_state({"weight": W_h, "bias": b_h})  # not transposed


def test_a_network_with_a_mistake_is_refused() -> None:
    wrong = FaultyNet(4, 5, 3, place(("grad-preactivation",), (4, 5, 3)), seed=0)
    with pytest.raises(ChainruleError, match=r"a mistake on purpose .grad-preactivation., which"):
        keras_weights(wrong)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the backends
def test_an_ensemble_is_no_list_of_layers() -> None:
    both = Ensemble([NeuralNet(4, 3, 2, seed=seed) for seed in (0, 1)])
    for layout in (keras_weights, torch_state):
        with pytest.raises(ChainruleError, match=r"several networks; give one of its `members`"):
            layout(both)


def test_with_keras_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it is installed, as with the extra `bench`."""
    backends = [name for name in ("jax", "torch") if find_spec(name)]
    if not backends:
        pytest.skip("no backend of Keras is installed")
    monkeypatch.setenv("KERAS_BACKEND", backends[0])
    keras = pytest.importorskip("keras")
    net = MODELS[2]
    layers = [keras.layers.Dense(n, activation="tanh") for n in (5, 2)]
    output = keras.layers.Dense(3, activation="softmax")
    keras_net = keras.Sequential([keras.Input((4,)), *layers, output])
    keras_net.set_weights(keras_weights(net))
    np.testing.assert_allclose(keras_net.predict(X, verbose=0), net.forward(X), atol=1e-6)
    back = from_keras_weights(keras_net.get_weights(), activation="tanh")
    np.testing.assert_allclose(back.forward(X), net.forward(X), atol=1e-6)


def test_with_torch_itself() -> None:
    """Where it is installed."""
    torch = pytest.importorskip("torch")
    net = MODELS[1]
    layers = torch.nn.Linear(4, 5), torch.nn.Sigmoid(), torch.nn.Linear(5, 3)
    module = torch.nn.Sequential(*layers).double()
    module.load_state_dict({k: torch.tensor(p) for k, p in torch_state(net).items()})
    with torch.no_grad():
        y = torch.softmax(module(torch.tensor(X)), dim=-1).numpy()
    np.testing.assert_allclose(y, net.forward(X), atol=1e-14)
    assert_same_bits(from_torch_state(module.state_dict()).parameters, net.parameters)
