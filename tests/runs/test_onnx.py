"""ONNX files, evaluated by onnxruntime."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest

from chainrule.data import Scaling
from chainrule.data.arrays import Array
from chainrule.errors import ChainruleError
from chainrule.faults import FaultyNet, place
from chainrule.nn.activations import ACTIVATIONS
from chainrule.nn.ensemble import Ensemble
from chainrule.nn.models import LogisticRegression, NeuralNet
from chainrule.runs.model_files import TrainedModel

Model = LogisticRegression | NeuralNet | Ensemble

D, K = 6, 4
# Far from 0, so that the scaling shows, and with one feature that single precision would round.
RAW = np.random.default_rng(0).normal((0, 1, 2, 3, 40, 1.7e9), (1, 2, 3, 1, 5, 9), (500, D))


def trained(model: Model, classes: tuple[int | str, ...] = (0, 1, 2, 3)) -> TrainedModel:
    return TrainedModel(model, Scaling.fit("standard", RAW), classes)


def evaluated(path: Path, X: Array) -> tuple[Any, Array]:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    label, probabilities = session.run(["label", "probabilities"], {"features": X})
    return label, probabilities


MODELS: tuple[Model, ...] = (
    LogisticRegression(D, K, seed=0),
    *(NeuralNet(D, (7, 5), K, activation=name, init="he", seed=0) for name in ACTIVATIONS),
    Ensemble([NeuralNet(D, 5, K, activation=name, seed=1) for name in ("elu", "tanh", "elu")]),
    Ensemble([LogisticRegression(D, K, seed=2)]),
)


@pytest.mark.parametrize("model", MODELS, ids=repr)
def test_onnxruntime_computes_the_same(model: Model, tmp_path: Path) -> None:
    for parameter in model.parameters.values():
        np.multiply(
            parameter, 3, out=parameter
        )  # probabilities that are near 0 and 1, pre-activations on both sides
    before, path = trained(model), tmp_path / "model.onnx"
    before.to_onnx(path)
    X = np.vstack([RAW, 30 * (RAW - RAW.mean(axis=0)) + RAW.mean(axis=0)])
    label, probabilities = evaluated(path, X)
    np.testing.assert_allclose(probabilities, before.forward(X), rtol=0, atol=1e-12)
    np.testing.assert_array_equal(label, before.predict(X))
    assert label.dtype == np.int64
    assert evaluated(path, X[:1])[1].shape == (1, K)


def test_labels_are_words_and_the_metadata_have_the_names(tmp_path: Path) -> None:
    model = TrainedModel(
        NeuralNet(2, 3, 3, seed=0),
        Scaling("none", np.zeros(2), np.ones(2)),
        ("rose", "été", 3),
        feature_names=("size", "colour=red"),
    )
    model.to_onnx(tmp_path / "model.onnx")
    X = np.random.default_rng(0).normal(size=(50, 2))
    label, _ = evaluated(tmp_path / "model.onnx", X)
    assert list(label) == list(model.predict(X))
    proto = onnx.load(tmp_path / "model.onnx")
    kept = {p.key: json.loads(p.value) for p in proto.metadata_props}
    assert kept == {"classes": ["rose", "été", 3], "feature_names": ["size", "colour=red"]}
    assert {node.output[0] for node in proto.graph.node} >= {"x", "z_h", "h", "z_o"}


def test_a_network_with_a_mistake_is_refused(tmp_path: Path) -> None:
    wrong = FaultyNet(D, 5, K, place(("grad-preactivation",), (D, 5, K)), seed=0)
    with pytest.raises(ChainruleError, match="a mistake on purpose"):
        trained(wrong).to_onnx(tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())


def test_what_is_larger_than_a_file_can_be_is_refused(tmp_path: Path) -> None:
    net = NeuralNet(D, 5, K, seed=0)
    net.W_h = np.broadcast_to(0.0, (2**14, 2**14))  # 2 GB that take no memory
    with pytest.raises(
        ChainruleError, match=r"has 2\.15 GB of parameters, and an ONNX file holds"
    ):
        trained(net).to_onnx(tmp_path / "model.onnx")


def test_without_the_extra_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ChainruleError, match=r'pip install "chainrule\[onnx\]"'):
        trained(MODELS[0]).to_onnx(tmp_path / "model.onnx")
