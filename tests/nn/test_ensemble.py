"""Several models as one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chainrule.errors import ChainruleError
from chainrule.nn.classifier import Classifier
from chainrule.nn.ensemble import Ensemble
from chainrule.nn.models import LogisticRegression, NeuralNet
from helpers import D, K, clusters, examples, net


@given(st.integers(1, 6), st.floats(0.1, 30), st.integers(0, 1000))
@examples(50)
def test_probabilities_are_the_mean_and_the_loss_at_most_that_of_the_members(
    n_members: int, scale: float, seed: int
) -> None:
    members: list[Classifier] = [net(seed + i) for i in range(n_members)]
    members.append(LogisticRegression(D, K, seed=seed))
    model, (X, y) = Ensemble(members), clusters(20, D, K, seed)
    X = scale * X
    mean = np.mean([member.forward(X) for member in members], axis=0)
    np.testing.assert_allclose(model.forward(X), mean, rtol=1e-10, atol=1e-15)
    np.testing.assert_array_equal(model.predict(X), model.forward(X).argmax(axis=1))
    losses = np.mean([member.losses(X, y) for member in members], axis=0)
    assert (model.losses(X, y) <= losses + 1e-10 * (1 + losses)).all()
    np.testing.assert_allclose(model.forward(X[0]), model.forward(X)[0], rtol=1e-12)


def test_one_member_is_that_model() -> None:
    model, (X, _) = net(), clusters(9, D, K)
    np.testing.assert_allclose(Ensemble([model]).forward(X), model.forward(X), rtol=1e-13)


def test_losses_stay_exact_where_all_probabilities_vanish() -> None:
    member = LogisticRegression(1, 2, init="zeros")
    member.b[...] = [0, -5000]
    assert Ensemble([member, member]).loss([[0.0]], [1]) == pytest.approx(5000)


def test_parameters_are_those_of_the_members() -> None:
    members = [net(0), net(1)]
    model = Ensemble(members)
    assert tuple(model.parameters) == model.parameter_names
    assert model.parameters["member2.W_h"] is members[1].W_h
    assert repr(Ensemble([net(), LogisticRegression(D, K)])) == (
        "Ensemble(NeuralNet(6-5-3, tanh), LogisticRegression(6-3))"
    )


def test_what_cannot_be_combined_is_said() -> None:
    with pytest.raises(ChainruleError, match="no members; give at least one"):
        Ensemble([])
    with pytest.raises(ChainruleError, match=r"NeuralNet\(6-5-3, tanh\) and .*\(6-5-4, sigmoid\)"):
        Ensemble([net(), NeuralNet(D, 5, K + 1)])
    with pytest.raises(ChainruleError, match=r"2 × .* is an ensemble itself.*give its `members`"):
        Ensemble([Ensemble([net(0), net(1)]), net(2)])
    with pytest.raises(ChainruleError, match=r"2 × .* is not trained as a whole; train each of"):
        Ensemble([net(0), net(1)]).gradients(np.zeros((1, D)), [0])
