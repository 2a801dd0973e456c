import ast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.data.arrays import Array
from chainrule.errors import ChainruleError
from chainrule.faults import FORMULAS, Computation, FaultyNet, check_faults, place, run_steps
from chainrule.faults._catalogue import CODE_FAULTS, RECORD_FAULTS
from chainrule.nn.activations import sigmoid
from chainrule.nn.functions import log_clipped, one_hot
from chainrule.nn.models import NeuralNet
from helpers import assert_close, clusters, examples

D, K = 6, 4
NO_PLACE = (
    *("one-hot-wrong", "softmax-one-sample-fails", "sigmoid-overflows", "softmax-overflows"),
    *(id_ for id_ in FORMULAS if id_.startswith(("nll-", "loss-", "predict-", "accuracy-"))),
)
TRAINED = [id_ for id_ in FORMULAS if id_ not in (*NO_PLACE, *CODE_FAULTS, *RECORD_FAULTS)]
SQUARE = (
    *("grad-transposed", "grad-inputs-swapped", "grad-elementwise"),
    *("grad-hidden-weights-not-transposed", "forward-other-layer", "forward-product-order"),
)


def samples(n: int, seed: int = 2) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, D)), one_hot(K, rng.integers(0, K, n))


def faulty(*faults: str, hidden: tuple[int, ...] = (5,), batch: int = 1, **more: str) -> FaultyNet:
    computation = place(faults, (D, *hidden, K), batches=(batch,), **more)  # type: ignore[arg-type]
    net = FaultyNet(D, hidden, K, computation, init="glorot", seed=1)
    for name, parameter in net.parameters.items():
        if name.startswith("b"):
            parameter[:] += np.linspace(-0.3, 0.4, len(parameter))
    return net


@pytest.mark.parametrize("batch", [1, 7])
@pytest.mark.parametrize("id_", TRAINED)
def test_every_mistake_of_a_formula_can_be_trained_and_makes_a_difference(
    id_: str, batch: int
) -> None:
    if id_ == "grad-elementwise" and batch == 7:
        pytest.skip("needs as many samples as classes")
    net = faulty(id_, hidden=(K,) if id_ in SQUARE else (5,), batch=batch)
    assert net.computation.faults == (id_,)
    right = NeuralNet(D, net.hidden_sizes, K)
    for name, parameter in right.parameters.items():
        parameter[...] = net.parameters[name]
    x, t = samples(batch)
    wrong, gradients = net.gradients(x, t), right.gradients(x, t)
    assert list(wrong) == list(gradients)
    assert all(wrong[name].shape == g.shape for name, g in gradients.items())
    assert not all(np.allclose(wrong[name], g, atol=1e-9) for name, g in gradients.items())


@pytest.mark.parametrize("hidden", [(5,), (5, 3), (5, 3, 7)])
@pytest.mark.parametrize(
    "faults",
    [
        ("grad-preactivation",),
        ("grad-preactivation", "grad-output-mismatch"),
        ("forward-no-bias@h", "grad-output-sign"),
        ("grad-hidden-no-derivative@h", "train-sign"),
        ("forward-softmax-hidden", "grad-hidden-derivative-at-activation"),
    ],
)
def test_it_computes_what_its_steps_say(faults: tuple[str, ...], hidden: tuple[int, ...]) -> None:
    net = faulty(*faults, hidden=hidden, batch=7)
    rate = net.computation.learning_rate
    x, t = samples(7)
    with np.errstate(all="ignore"):
        values = run_steps(
            net.computation.steps, {"x": x, "t": t, "learning_rate": rate, **net.parameters}
        )
    np.testing.assert_array_equal(net.forward(x), values["y"])
    np.testing.assert_array_equal(net.predict(x), values["y"].argmax(axis=1))
    np.testing.assert_allclose(net.losses(x, t), -(t * log_clipped(values["y"])).sum(axis=1))
    for name, parameter in net.parameters.items():
        gradient = (parameter - values[f"new_{name}"]) / rate
        np.testing.assert_allclose(net.grad_loss(x, t)[name], gradient, rtol=1e-9, atol=1e-12)


@given(st.sampled_from(TRAINED), st.integers(1, 9), st.integers(0, 99))
@examples(100)
def test_one_sample_is_a_batch_of_one_and_the_largest_output_is_the_class(
    id_: str, n: int, seed: int
) -> None:
    net = faulty(id_, hidden=(K,) if id_ in SQUARE else (5,))
    x, _ = samples(n, seed)
    for name, quantity in net.forward_trace(x[:1]).items():
        np.testing.assert_array_equal(net.forward_trace(x[0])[name], quantity[0])
    np.testing.assert_array_equal(net.forward_output(net.forward_hidden(x)), net.forward(x))
    y = net.forward(x)
    np.testing.assert_array_equal(net.predict(x), y.argmax(axis=1))
    np.testing.assert_array_equal(net.log_probabilities(x).argmax(axis=1), y.argmax(axis=1))
    np.testing.assert_array_equal(net.log_probabilities(x[0]), net.log_probabilities(x[:1])[0])
    assert net.predict(x[0]) == np.asarray(net.predict(x[:1]))[0]


def test_logits_below_zero_still_have_a_largest_one() -> None:
    net = faulty("forward-logits")
    net.b_o[:] = [-9.0, -8.0, -7.0, -8.5]
    net.W_o[:] = 0
    x, t = samples(3)
    assert (net.predict(x) == 2).all()
    assert (net.log_probabilities(x).argmax(axis=1) == 2).all()
    np.testing.assert_allclose(net.losses(x, t), -np.log(1e-15))


@pytest.mark.parametrize(
    "id_", ["grad-preactivation", "grad-bias-not-summed", "grad-batch-scale", "softmax-over-batch"]
)
def test_a_gradient_of_many_samples_is_that_of_their_batches(id_: str) -> None:
    net = faulty(id_, batch=4)
    x, t = samples(10)
    whole = net.gradients(x, t)
    parts = [net.gradients(x[i : i + 4], t[i : i + 4]) for i in (0, 4, 8)]
    for name, gradient in whole.items():
        np.testing.assert_allclose(gradient, sum(p[name] for p in parts), atol=1e-12)


def test_a_step_with_a_wrong_learning_rate_does_as_its_formula_says() -> None:
    net = faulty("train-learning-rate", batch=7)
    right = NeuralNet(D, 5, K)
    for name, parameter in right.parameters.items():
        parameter[...] = net.parameters[name]
    x, t = samples(7)
    before = {name: p.copy() for name, p in net.parameters.items()}
    net.train(x, t.argmax(axis=1), net.computation.learning_rate)
    for name, gradient in right.gradients(x, t).items():
        np.testing.assert_allclose(net.parameters[name], before[name] - gradient / 7, atol=1e-12)


def test_weights_used_after_their_update_are_those_of_a_step_on_the_mean() -> None:
    net = faulty("grad-hidden-stale-or-updated-weights", batch=7)
    x, t = samples(7)
    q, rate = net.forward_trace(x), net.computation.learning_rate
    grad_z_o = q["y"] - t
    updated = net.W_o - rate * (q["h"].T @ grad_z_o) / 7
    grad_z_h = grad_z_o @ updated.T * sigmoid(q["z_h"]) * (1 - sigmoid(q["z_h"]))
    np.testing.assert_allclose(net.gradients(x, t)["W_h"], x.T @ grad_z_h, rtol=1e-10)


@pytest.mark.parametrize("id_", TRAINED)
def test_a_computation_is_the_same_from_a_file(id_: str) -> None:
    hidden = (K,) if id_ in SQUARE else (5,)
    computation = faulty(id_, hidden=hidden).computation
    again = Computation.from_dict(computation.to_dict(), 1, "sigmoid")
    assert [s.text for s in again.steps] == [s.text for s in computation.steps]
    assert again.described() == computation.described()
    content = computation.to_dict()
    content["mistakes"][0][2] += " + 1"
    with pytest.raises(ChainruleError, match="is not known as"):
        Computation.from_dict(content, 1, "sigmoid")


def test_mistakes_are_put_where_they_are_asked_for() -> None:
    computation = place(["grad-preactivation@h2", "train-sign"], (D, 5, 3, K))
    described = [mistake["computed"] for mistake in computation.described()]
    assert described[0] == "grad_W_h2 = z_h.T @ grad_z_h2"
    assert len([d for d in described if d.startswith("new_")]) == 6
    (only,) = place(["train-sign@h"], (D, 5, K)).described()[:1]
    assert only["computed"] == "new_W_h = W_h + learning_rate * grad_W_h"
    assert only["right"] == "new_W_h = W_h - learning_rate * grad_W_h"


def test_a_sigmoid_output_is_taken_only_where_a_mistake_needs_it() -> None:
    assert check_faults(["grad-output-mismatch"], 1, "sigmoid") == "sigmoid"
    assert check_faults(["grad-preactivation", "dsigmoid-incomplete"], 1, "sigmoid") == "softmax"


@pytest.mark.parametrize("id_", NO_PLACE)
def test_what_training_does_not_show_is_refused_with_the_reason(id_: str) -> None:
    with pytest.raises(ChainruleError, match=id_) as error:
        place([id_], (D, 5, K))
    assert "training does not show" in str(error.value) or "the same numbers" in str(error.value)


def test_what_shows_in_batches_alone_is_refused_with_a_batch_in_which_it_shows() -> None:
    with pytest.raises(ChainruleError) as error:
        place(["grad-batch-scale@h"], (D, 5, K))
    assert str(error.value).endswith(
        "cannot be trained here: with one sample at a time it computes what is right; with "
        "batch_size=32 it can"
    )
    place(["grad-batch-scale@h"], (D, 5, K), batches=(32,))


@pytest.mark.parametrize("hidden", [1, 2])
@pytest.mark.parametrize("id_", SQUARE)
def test_the_sizes_that_are_suggested_do(id_: str, hidden: int) -> None:
    sizes = (D, *(5, 7)[:hidden], K)
    with pytest.raises(ChainruleError, match="its formula does not fit the sizes") as error:
        place([id_], sizes)
    said = str(error.value).split("; with ")[1].removesuffix(" it can")
    for option in said.split(" or "):
        name, value = option.split("=")
        assert name == "hidden"
        place([id_], (D, *ast.literal_eval(value), K))


@pytest.mark.parametrize(
    ("fault", "sizes", "batch"),
    [("grad-transposed", (6, 5, 4), 5), ("grad-bias-not-summed", (6, 5, 4), 1)],
)
def test_what_fits_for_batches_alone_is_the_sum_over_batches(
    fault: str, sizes: tuple[int, int, int], batch: int
) -> None:
    """So it goes where a dimension of the network must be that of the samples."""
    net = FaultyNet(*sizes, place([fault], sizes, batches=(batch,)), seed=0)
    X, y = clusters(2 * batch, 6, 4)
    one, other = (net.grad_loss(X[half], y[half]) for half in (slice(batch), slice(batch, None)))
    assert_close(net.grad_loss(X, y), {name: one[name] + other[name] for name in one}, 1e-12)
